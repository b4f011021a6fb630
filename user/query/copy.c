// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * COPY between client and server (libpq). It begins with a result that says so, the client hands over or takes the data in any number of
 * calls, and a last result tells the rows. The bytes that go in are counted by the probe on PQputCopyData, which tells of them whenever
 * they have doubled: of a COPY that was broken off so much is known to have been sent.
 */
#include "query/internal.h"

void copy_begins(struct pending *p, bool in)
{
	p->x.copy.state = COPY_RUNNING;
	p->x.copy.in = in;
	p->done_ns = 0;
}

/* The connection's last statement: it is copying, whether the result that says so was freed yet or not. */
static struct pending *copying(const struct call *c)
{
	struct pending *last = NULL;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->x.connection == c->handle && !p->prepare && !p->done_ns)
			last = p;
	return last;
}

int copy_data(struct query *q, const struct call *c)
{
	struct pending *p = copying(c);
	uint64_t bytes;

	if (!p) {
		q->stats.unmatched++;
		return 0;
	}
	copy_begins(p, true);
	if (call_field(c, 3, &bytes)) {
		p->x.copy.has_bytes = true;
		p->x.copy.bytes = bytes;
		p->x.copy.at_least = c->site->op == OP_PG_COPY_DATA;
	} else if (c->site->op == OP_PG_COPY_END) {
		p->x.copy.has_bytes = true; /* nothing was handed over */
	}
	p->x.copy.given_up |= c->site->op == OP_PG_COPY_END && c->rec->text_status != REC_TEXT_NULL;
	return 0;
}

void copy_tell_running(struct query *q, struct pending *p)
{
	q->stats.executions++;
	q->emit(q->ctx, &p->x);
	p->x.copy.again = true;
	p->wait_ns = UINT64_MAX / 2;
}

void copy_ends(struct pending *p, bool gone)
{
	if (p->x.copy.state != COPY_RUNNING)
		return;
	if (gone)
		p->x.copy.state = COPY_BROKEN_OFF;
	else if (p->x.outcome != OUTCOME_UNKNOWN)
		p->x.copy.state = p->x.outcome == OUTCOME_SUCCESS ? COPY_DONE : COPY_FAILED;
}
