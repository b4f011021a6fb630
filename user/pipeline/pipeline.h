// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The way of one query through the house: raw record -> decode -> query -> sql -> policy -> identity -> event. Live capture and
 * replay push the same records here; nothing in it looks at the clock, at /proc or at the user database, so equal records give equal
 * lines.
 */
#ifndef QPROV_PIPELINE_H
#define QPROV_PIPELINE_H

#include "config/config.h"
#include "evidence/account.h"
#include "pipeline/filter.h"

struct pipeline;

enum line_kind { LINE_QUERY, LINE_LOSS, LINE_OTHER };

struct pipeline_ops {
	/* Complete lines of one event. */
	void (*lines)(void *ctx, enum line_kind kind, struct slice lines);
	/* Instead of lines for query events, for a viewer; NULL: lines. */
	void (*query)(void *ctx, const struct event_context *ec, const struct event_query *q);
};

struct pipeline_stats {
	uint64_t records;
	uint64_t executions; /* statements that ran */
	uint64_t events;     /* query events written */
	uint64_t alerts;
	uint64_t filtered;  /* events the filter held back */
	uint64_t uncovered; /* coverage records about what could not be hooked */
	uint64_t libraries, sites;
};

/* config and filter (may be NULL) are borrowed. 0 or -ENOMEM. */
int pipeline_new(const struct config *config, const struct filter *filter, const struct pipeline_ops *ops, void *ctx,
		 struct pipeline **ret);
void pipeline_free(struct pipeline *p);
/* Another configuration from now on; the old one may be freed when this returns 0. */
int pipeline_config(struct pipeline *p, const struct config *config);

/* One raw record. 0, -EBADMSG (corrupt: counted and told) or -ENOMEM (counted and told). */
int pipeline_push(struct pipeline *p, struct slice record);
/* Libraries whose rows are to be counted from now on, because something sensitive is on its way; how many. They are told once. */
#define PIPELINE_WANTED_MAX 16
size_t pipeline_wanted(struct pipeline *p, uint32_t ret[PIPELINE_WANTED_MAX]);
/* Everything in flight is emitted, losses and a last heartbeat are told. Done by REC_STOP as well. */
void pipeline_finish(struct pipeline *p);

/* Writes a loss record: n lines that a sink could not take, total since start. */
void pipeline_sink_lost(struct pipeline *p, uint64_t n, uint64_t total, const char *why);

/* What is kept over a restart. */
enum pipeline_kept { KEPT_REPETITION, KEPT_DERIVED };
/* As it is now, for keeping it, last: nothing comes any more; and a number that changes with it. */
void pipeline_state(const struct pipeline *p, enum pipeline_kept what, bool last, struct buf *out);
uint64_t pipeline_state_changes(const struct pipeline *p, enum pipeline_kept what);

size_t pipeline_inflight(const struct pipeline *p);
const struct flows *pipeline_flows(const struct pipeline *p);
const struct identity *pipeline_identity(const struct pipeline *p);
const struct pipeline_stats *pipeline_stats(const struct pipeline *p);
const struct account *pipeline_account(const struct pipeline *p);

#endif
