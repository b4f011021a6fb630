// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Judged queries into the account of repetition (evidence/repetition.h), and the lines that come of it: summaries each hour, thresholds. */
#ifndef QPROV_REPEAT_H
#define QPROV_REPEAT_H

#include "decode/decode.h"
#include "evidence/repetition.h"
#include "event/event.h"

struct repeat {
	struct repetition *repetition;
	struct buf state; /* pieces of what an earlier run kept */
	uint64_t hour;    /* since 1970, of the last summaries; 0: none yet */
};

/* 0 or -ENOMEM. */
int repeat_init(struct repeat *r);
void repeat_done(struct repeat *r);

/* Counts each sensitive table of a query that the policy tells of, and appends a line for each threshold crossed. 0 or -ENOMEM. */
int repeat_query(struct repeat *r, const struct event_context *ec, const struct config *c, const struct event_query *q, struct buf *out,
		 unsigned *ret_lines);
/* Every full hour of the records' time, and at the end (last): one line for each person and table that counted since. Number of lines. */
unsigned repeat_period(struct repeat *r, const struct event_context *ec, uint64_t ts_ns, bool last, struct buf *out);
/* A REC_STATE: what an earlier run kept, or that it is gone, which makes a line. 0 or -ENOMEM. */
int repeat_state(struct repeat *r, const struct event_context *ec, const struct decoded *d, struct buf *out);

#endif
