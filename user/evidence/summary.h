// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov.summary: what one person did to one table, in the last hour, since it is known, and in a threshold's window. */
#ifndef QPROV_SUMMARY_H
#define QPROV_SUMMARY_H

#include "event/event.h"
#include "evidence/repetition.h"

/* t and w NULL: the account of an hour. Appends one line; number of lines. */
unsigned summary_line(const struct event_context *ctx, uint64_t ts_ns, const struct repetition *r, const struct repetition_entry *e,
		      const struct config_threshold *t, const struct repetition_window *w, struct buf *out);
/* What a state file did not give back of what ("repetition"): all (lost), or only what came after it was written. */
unsigned summary_state(const struct event_context *ctx, uint64_t ts_ns, const char *what, bool lost, struct slice file, struct slice why,
		       struct buf *out);

#endif
