// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The inside of a live run: live.c starts it and waits, live_records.c takes what comes to the pipeline. */
#ifndef QPROV_CLI_LIVE_PRIV_H
#define QPROV_CLI_LIVE_PRIV_H

#include "attach/attach.h"
#include "attach/walk.h"
#include "capture/recfile.h"
#include "cli/canary.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "cli/sentry.h"
#include "cli/state.h"
#include "cli/trail.h"
#include "cli/who.h"
#include "redact/redact.h"

struct live {
	const struct options *o;
	struct config **config;
	struct view *view;
	struct capture *capture;
	struct watch *watch;
	struct attach *attach;
	struct hurry *hurry;   /* NULL: not here */
	struct sentry *sentry; /* NULL: switched off */
	struct canary *canary;
	struct trail *trail;
	struct walk *walk; /* NULL: over */
	char below[32];    /* where it searches: "", or the root of a container's process */
	struct state repetition, derived;
	struct recfile *record;
	struct scrubber *scrubber; /* of what is recorded; the pipeline has its own */
	struct who *who;
	struct buf made; /* a record of our own */
	int epoll_fd, signal_fd;
	int state_fd; /* its lock; -1: none */
	uint64_t next_tick_ns, next_trail_ns, next_sync_ns, end_ns;
	uint32_t libraries, sites;
	uint64_t uncounted; /* told so far */
	unsigned taken;     /* records from the rings */
	const char *stop;   /* the reason, once there is one */
};

/*
 * Records on their way into the pipeline, for callbacks: ctx is the struct live. All return 0, or -ENOMEM.
 *
 * found: of walks, as it is. captured: from the rings. attached: from attaching. seeded: what /proc tells at the start.
 */
int live_found(void *ctx, struct slice record);
int live_captured(void *ctx, struct slice record);
int live_attached(void *ctx, struct slice record);
int live_seeded(void *ctx, struct slice record);
/* With what is known of the users it names before it, and questions about them after it. */
int live_push(void *ctx, struct slice record);
/* New mappings, now. among: from among many records, at every so many of them only. */
void live_notice(struct live *l);
void live_notice_among(struct live *l);
/* The pause after a drain that found records; new mappings are taken in it. */
void live_gather(struct live *l);
/* Until something is due. */
int live_wait_ms(const struct live *l, uint64_t now);

/* The record in l->made. built: what its maker returned. */
void live_push_made(struct live *l, int built);

/* What there is to keep over restarts; last: at the end. */
void live_save(struct live *l, bool last);
/* Once a second or ten times: counters, and what comes with time. */
void live_tick(struct live *l);

#endif
