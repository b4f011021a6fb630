// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * COPY between client and server (libpq). It begins with a result that says so, the client hands over or takes the data in any number of
 * calls, and a last result tells the rows. The bytes that go in are counted by the probe on PQputCopyData, which tells of them whenever
 * they have doubled: of a COPY that was broken off so much is known to have been sent. The rows that come out are counted by a probe on
 * PQgetCopyData, likewise, where there is one: it is put there when the first COPY of a sensitive table begins. Where the library's buffer
 * is known each call sees the row before it, with its bytes; else calls are counted, of which the last may have brought none.
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

/* Whether what is handed out may be something else than a row: the names of the columns, the end of the binary format. */
static bool may_have_more(const struct execution *x)
{
	return x->truncated || x->text_unknown || x->unreadable || slice_imentions(x->text, SLICE("header")) ||
	       slice_imentions(x->text, SLICE("binary"));
}

/* Rows of a COPY out that has not ended well. Of mere calls all but the last brought one, or told the end of a COPY before. */
static void count_rows(struct pending *p)
{
	struct copy *k = &p->x.copy;
	uint64_t none = k->sees_rows && !may_have_more(&p->x) ? 0 : k->parts + 1, n = k->sees_rows ? k->taken : k->calls;

	if (k->in || n <= none || (p->x.has_rows && !k->rows_at_least && p->x.rows >= n - none))
		return;
	p->x.has_rows = true;
	p->x.rows = n - none;
	k->rows_at_least = true;
}

/*
 * A row is missed where the client looked at what follows before it took the next one (PQconsumeInput, PQisBusy), or took it before the
 * probe was there. None was when each call but the first of a COPY saw one, or when they are as many as the server says.
 */
static bool saw_all(const struct execution *x)
{
	const struct copy *k = &x->copy;

	return k->state == COPY_DONE && k->over && k->taken >= x->rows &&
	       (k->calls - k->taken == k->parts || (k->taken == x->rows && !may_have_more(x)));
}

/* Nothing is said where rows came in a way that is not seen (PQgetline). */
static void count_bytes(struct pending *p)
{
	struct copy *k = &p->x.copy;

	if (k->in || !k->sees_rows)
		return;
	k->at_least = !saw_all(&p->x);
	k->has_bytes = k->taken || !k->at_least;
}

static int rows_taken(struct query *q, const struct call *c)
{
	struct pending *p = copying(c);

	if (!p) {
		q->stats.unmatched++;
		return 0;
	}
	copy_begins(p, false);
	p->x.copy.over = false;
	copy_calls(p, c);
	return 0;
}

/* Counting begins anew with the next COPY of the text. What was counted before this one began is another statement's. */
static int rows_over(const struct call *c)
{
	struct pending *p = copying(c);
	struct copy *k = p ? &p->x.copy : NULL;

	if (!k || k->calls == k->before.calls)
		return 0;
	copy_calls(p, c);
	k->before.calls = k->calls;
	k->before.taken = k->taken;
	k->before.bytes = k->bytes;
	k->over = true;
	return 0;
}

void copy_calls(struct pending *p, const struct call *c)
{
	struct copy *k = &p->x.copy;
	uint64_t calls, taken, bytes;

	if (!call_field(c, 3, &calls))
		return;
	k->calls = k->before.calls + calls;
	if (!call_field(c, 0, &taken) || !call_field(c, 1, &bytes))
		return;
	k->sees_rows = true;
	k->taken = k->before.taken + taken;
	k->bytes = k->before.bytes + bytes;
}

int copy_data(struct query *q, const struct call *c)
{
	struct pending *p;
	uint64_t bytes;

	if (c->site->op == OP_PG_COPY_ROWS)
		return rows_taken(q, c);
	if (c->site->op == OP_PG_COPY_OVER)
		return rows_over(c);
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
	count_bytes(p);
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
	count_bytes(p);
}
