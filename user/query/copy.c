// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * COPY between client and server (libpq). It begins with a result that says so, the client hands over or takes the data in any number of
 * calls, and a last result tells the rows. The bytes that go in are counted by the probe on PQputCopyData, which tells of them whenever
 * they have doubled: of a COPY that was broken off so much is known to have been sent. The rows that come out are counted by a probe on
 * PQgetCopyData, likewise, where there is one: it is put there when the first COPY of a sensitive table begins. The last call may have
 * brought none.
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

/* Rows of a COPY out that has not ended well: all calls but the last brought one, or told the end of a COPY before. */
static void count_rows(struct pending *p)
{
	struct copy *k = &p->x.copy;
	uint64_t none = k->parts + 1;

	if (k->in || k->calls <= none || (p->x.has_rows && !k->rows_at_least && p->x.rows >= k->calls - none))
		return;
	p->x.has_rows = true;
	p->x.rows = k->calls - none;
	k->rows_at_least = true;
}

static int rows_taken(struct query *q, const struct call *c)
{
	struct pending *p = copying(c);

	if (!p) {
		q->stats.unmatched++;
		return 0;
	}
	copy_begins(p, false);
	copy_calls(p, c);
	return 0;
}

void copy_calls(struct pending *p, const struct call *c)
{
	uint64_t calls;

	if (call_field(c, 3, &calls))
		p->x.copy.calls = calls;
}

int copy_data(struct query *q, const struct call *c)
{
	struct pending *p;
	uint64_t bytes;

	if (c->site->op == OP_PG_COPY_ROWS)
		return rows_taken(q, c);
	p = copying(c);
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
	bool has_rows = p->x.has_rows;
	uint64_t rows = p->x.rows;

	count_rows(p);
	q->stats.executions++;
	q->emit(q->ctx, &p->x);
	p->x.has_rows = has_rows; /* the tag of each COPY adds its own */
	p->x.rows = rows;
	p->x.copy.rows_at_least = false;
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
	if (p->x.copy.state == COPY_DONE)
		p->x.copy.parts++;
	else
		count_rows(p);
}
