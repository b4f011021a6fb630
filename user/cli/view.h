// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where the pipeline's output goes: sinks (run), stdout as JSON lines or as a readable view (trace, replay). */
#ifndef QPROV_VIEW_H
#define QPROV_VIEW_H

#include "cli/options.h"
#include "pipeline/pipeline.h"
#include "sink/sink.h"

struct view {
	struct pipeline *pipeline;
	struct sinks *sinks;
	enum output output;
	bool colour;
	bool events_only; /* a filtered view: other records go to the closing line */
	uint64_t shown;
	uint64_t count; /* 0: no limit */
	bool done;      /* the limit is reached, or nobody reads stdout any more */
	bool closed;    /* the latter */
	struct buf line;
	struct buf message;      /* as it is, for the line on the screen */
	uint64_t lost;           /* lines that a sink could not take, in all */
	uint64_t lost_told;      /* as told in all sinks */
	uint64_t lost_told_some; /* as told in those that take lines while others do not */
};

/* config NULL: stdout only. 0 or -errno after a message. */
int view_open(struct view *v, const struct config_sink *sinks, size_t nsinks, const struct options *o, bool pretty);
void view_close(struct view *v);
/* The callbacks for pipeline_new(), with the view as context. */
const struct pipeline_ops *view_ops(const struct view *v);
/* Puts sink losses into the stream. */
void view_account(struct view *v);
/* "12 events of 340 queries; lost 0; 1 not covered" on stderr. */
void view_totals(const struct view *v);

#endif
