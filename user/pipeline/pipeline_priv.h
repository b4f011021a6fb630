// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The inside of struct pipeline: pipeline.c routes the records, execution.c tells of statements, clock.c of what comes with time. */
#ifndef QPROV_PIPELINE_PRIV_H
#define QPROV_PIPELINE_PRIV_H

#include "decode/decode.h"
#include "evidence/cover.h"
#include "evidence/inventory.h"
#include "pipeline/cursor.h"
#include "pipeline/kept.h"
#include "pipeline/pipeline.h"
#include "pipeline/repeat.h"
#include "query/query.h"

enum { PIPELINE_ARENA_MAX = 64 << 20, SPARE_ARENA_MAX = 32 << 20, PIPELINE_LINES_MAX = 64 << 20 };

struct pipeline {
	const struct config *config;
	const struct filter *filter;
	struct pipeline_ops ops;
	void *ctx;
	uint32_t wanted[PIPELINE_WANTED_MAX];
	size_t nwanted;
	struct scrubber *scrubber;
	struct query *query;
	struct sessions *sessions;
	struct cursors *cursors;
	struct policy *policy;
	struct identity *identity;
	struct flows *flows;
	struct repeat repeat;
	struct kept kept;
	struct cover *cover;
	struct inventory *inventory;
	struct account account;
	struct event_context ec;
	struct event_origin origin;
	char *origin_text; /* owns the slices of origin */
	struct slice kernel;
	struct arena arena; /* one event */
	struct buf out;
	struct pipeline_stats stats;
	struct rec_tick tick; /* the last one */
	bool finished;
};

/* Hands out the lines gathered since the last time. */
void pipeline_hand_out(struct pipeline *p, enum line_kind kind, unsigned lines);
/* The same at the end of an event. */
void pipeline_flush(struct pipeline *p, enum line_kind kind, unsigned lines);

/* Makes query, sessions and cursors, and what they call when a statement begins, ends or is closed. 0 or -ENOMEM. */
int pipeline_wire(struct pipeline *p);

/* The stream begins: who tells it, and since when. 0, -EBADMSG: of another version, or -ENOMEM. */
int pipeline_hello(struct pipeline *p, const struct decoded *d);
void pipeline_tick(struct pipeline *p, const struct decoded *d);
/* All that waits is told, once. */
void pipeline_finish_at(struct pipeline *p, uint64_t ts_ns, struct slice reason);

#endif
