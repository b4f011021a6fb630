// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Cursors. A program that reads by FETCH runs one query, so it is one event: that of the DECLARE, with the rows of all its FETCHes. It is
 * told when the cursor ends (CLOSE, end of the transaction or the process, another DECLARE of its name), or CURSOR_FIRST_NS after its
 * beginning when it is still open then; what is fetched later is told as FETCH, once in CURSOR_MORE_NS, and refers to the first event. Each
 * event counts its own rows, so that their sum is right.
 *
 * An event that waits was judged when its statement ran, in the session as it was then, and keeps the arena of that.
 */
#ifndef QPROV_CURSOR_H
#define QPROV_CURSOR_H

#include "event/event.h"

#define CURSORS_MAX 4096              /* known; beyond it the longest unused one is told and forgotten */
#define CURSORS_BYTES_MAX (16u << 20) /* of arenas; beyond it the longest unused ones are told at once */
#define CURSOR_FIRST_NS 5000000000ull
#define CURSOR_MORE_NS 60000000000ull
#define CURSOR_LINGER_NS 1000000000ull /* after the end of the process: calls may still be read */

struct cursors;

/*
 * Tells q, whose rows are complete and whose verdict is not set; scratch memory in arena. ret_id: of the event; left empty when none was
 * written.
 */
typedef void (*cursor_tell_fn)(void *ctx, struct event_query *q, struct policy_question *question, struct arena *arena,
			       char ret_id[EVENT_ID_SIZE]);

int cursors_new(cursor_tell_fn tell, void *ctx, struct cursors **ret);
void cursors_free(struct cursors *c);

/* Before the judgement: a copy of x in arena when its text may be about a cursor, else x itself. */
const struct execution *cursors_keep(const struct execution *x, struct arena *arena);
/*
 * What the statements of q do to the cursors of its session; those that end are told before this returns. kept: q was judged on the copy of
 * cursors_keep(). True: q is told later, or is part of another event, and what arena held may have been taken: it is empty then. False: q
 * is to be told now.
 */
bool cursors_take(struct cursors *c, const struct event_query *q, const struct policy_question *question, bool kept, struct arena *arena);
/* The process ended, or became another program. */
void cursors_exit(struct cursors *c, uint32_t pid, uint64_t start_ns, uint64_t ts_ns);
/* A call closed the cursor x->statement, or (SLICE_NONE) the connection of x. */
void cursors_close(struct cursors *c, const struct execution *x);
void cursors_tick(struct cursors *c, uint64_t now_ns);
/* Everything that waits is told; the cursors stay known. */
void cursors_flush(struct cursors *c);
/* Events that wait. */
size_t cursors_waiting(const struct cursors *c);

#endif
