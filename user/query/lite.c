// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * SQLite. A prepared statement counts its own runs (sqlite3_stmt_status, SQLITE_STMTSTATUS_RUN); the probes on reset and finalize
 * read that counter and the statement's own text, so that no probe sits on sqlite3_step, which runs per row. A prepare
 * waits as a "prepare" until its statement shows up there: no run, no execution. sqlite3_exec is told at once, the calls it makes of
 * its own text are part of it.
 */
#include <errno.h>
#include <string.h>

#include "query/first.h"
#include "query/internal.h"
#include "query/layer.h"
#include "query/utf16.h"

enum { RUNS_MAX = 64 }; /* executions told for one jump of the counter; more is one with the rest folded */

static bool same_thread(const struct pending *p, const struct call *c)
{
	return p->x.task.tid == c->rec->task.tid;
}

/* Told before its run was seen; stays, so that the run is not told again. */
static void tell_early(struct query *q, struct pending *p)
{
	q->stats.executions++;
	q->emit(q->ctx, &p->x);
	p->told = true;
	p->wait_ns = UINT64_MAX / 2;
}

/* A sqlite3_exec whose callback, or whose next statement, this call may be. */
static bool under_way(const struct pending *p, const struct call *c)
{
	uint64_t frame = layer_frame(c->rec);

	return p->site->op == OP_LITE_EXEC && frame && frame < p->frame;
}

/* The thread goes on: what it ran before is over, and did not fail. */
static void settle(struct query *q, const struct call *c)
{
	struct pending *next;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = next) {
		next = pending_next(c->proc, p);
		if (p->prepare || !same_thread(p, c) || c->caller == CALLER_INTERNAL || (p->told && under_way(p, c)))
			continue;
		if (p->x.outcome == OUTCOME_UNKNOWN) {
			p->x.outcome = OUTCOME_SUCCESS;
			pending_code(p, "0");
			p->x.end_ns = p->x.end_ns ? p->x.end_ns : c->rec->hdr.ts_ns;
		}
		if (under_way(p, c))
			tell_early(q, p);
		else
			pending_emit(q, p);
	}
}

/* The 16-bit forms: from here on their text is UTF-8, as the statement's own copy of it is. */
static void to_utf8(struct query *q, struct call *c)
{
	buf_clear(&q->utf8);
	utf16_to_utf8(c->text, &q->utf8);
	c->text = buf_slice(&q->utf8);
	if (c->rec->text_status == REC_TEXT_FULL)
		c->text_len = c->text.len;
}

/* A statement that waits for its run, or is told at once. Of a script that was not read to its end the first statement may be all there. */
static struct pending *new_prepare(struct query *q, const struct call *c)
{
	size_t n = c->rec->text_status == REC_TEXT_TRUNCATED ? first_statement(c->text) : 0;
	struct call first = *c;
	struct pending *p;

	if (n)
		first.text = slice_head(c->text, n);
	p = pending_new(q, &first);
	if (p && n) {
		p->x.truncated = p->x.text_len_at_least = false;
		p->x.text_len = n;
	}
	return p;
}

static int prepare(struct query *q, const struct call *call)
{
	struct call utf8 = *call, *c = &utf8;
	struct pending *p;

	if (slice_starts(slice_cstr(c->site->symbol), SLICE("sqlite3_prepare16")))
		to_utf8(q, c);
	settle(q, c);
	p = new_prepare(q, c);
	if (!p)
		return -ENOMEM;
	p->prepare = true;
	p->wait_ns = QUERY_LITE_WAIT_NS;
	return 0;
}

static int exec(struct query *q, const struct call *c)
{
	struct pending *p;

	settle(q, c);
	p = pending_new(q, c);
	if (!p)
		return -ENOMEM;
	p->wait_ns = QUERY_LITE_WAIT_NS;
	return 0;
}

/* The prepare that made this statement: same database, its text begins with the statement's. */
static struct pending *find_prepare(const struct call *c, uint64_t db)
{
	struct slice sql = slice_trim(c->text);
	struct pending *newest = NULL; /* an older one with this text may have failed */

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p)) {
		struct slice text = slice_trim(p->x.text);

		if (!p->prepare || p->handle || (db && p->x.connection != db))
			continue;
		if (sql.len && slice_starts(text, slice_head(sql, text.len)))
			newest = p;
	}
	return newest;
}

static struct handle *new_statement(struct query *q, const struct call *c, uint64_t db, uint32_t runs)
{
	struct pending *made_by = find_prepare(c, db);
	struct handle *h;

	if (!made_by && c->caller != CALLER_APPLICATION)
		return NULL; /* the library's own statement: its prepare was folded */
	if (c->rec->text_status == REC_TEXT_NULL)
		return NULL; /* made without SQL, for a blob handle: that was told when it was opened */
	h = handle_put(q, c, HANDLE_LITE, c->handle, SLICE_NONE);
	if (!h)
		return NULL;
	/* Prepared before we watched: of the runs so far, at most the last one is news. */
	h->runs = made_by || runs == 0 ? 0 : runs - 1;
	h->since_ns = made_by ? made_by->x.start_ns : c->rec->hdr.ts_ns;
	if (made_by)
		made_by->handle = c->handle;
	return h;
}

/* The first run of a statement, or its end: its prepare need not wait any longer. True when that run was told already. */
static bool end_prepare(struct query *q, const struct call *c, bool ran)
{
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p)) {
		if (p->prepare && p->handle == c->handle) {
			bool told = p->told;

			if (p->vouched && !ran)
				pending_emit(q, p);
			else
				pending_drop(q, p);
			return told;
		}
	}
	return false;
}

static int tell_run(struct query *q, const struct call *c, struct handle *h, uint64_t db)
{
	struct pending *p = pending_new(q, c);
	uint64_t row, steps;

	if (!p)
		return -ENOMEM;
	pending_conn(q, p, db);
	p->x.start_ns = h->since_ns;
	p->x.end_ns = p->done_ns = c->rec->hdr.ts_ns;
	p->x.prepared = h->runs > 0;
	p->x.symbol = slice_cstr("sqlite3_step");
	p->x.nvia = 0;
	p->wait_ns = UINT64_MAX / 2;
	if (call_field(c, 3, &steps) && call_field(c, 2, &row)) {
		/* The step after the last row returns no row: the result row is then gone. */
		p->x.has_rows = true;
		p->x.rows = steps && !row ? steps - 1 : steps;
	}
	return 0;
}

static int runs_seen(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LITE, c->handle, SLICE_NONE);
	uint64_t runs = 0, db = 0;
	bool counted = call_field(c, 0, &runs);
	int r = 0;

	if (!c->handle)
		return 0;
	call_field(c, 1, &db);
	if (!counted)
		runs = h ? h->runs + 1 : 1; /* no counter in this build: a reset or finalize stands for a run */
	if (!h) {
		settle(q, c);
		h = new_statement(q, c, db, (uint32_t)runs);
	}
	if (!h)
		return 0;
	if (h->runs == 0 && (runs || c->site->op == OP_LITE_FINALIZE) && end_prepare(q, c, runs) && runs)
		h->runs++;
	for (unsigned i = 0; (uint32_t)runs != h->runs && i < RUNS_MAX && !r; i++) {
		settle(q, c);
		r = tell_run(q, c, h, db);
		h->runs++;
	}
	h->runs = (uint32_t)runs;
	h->since_ns = c->rec->hdr.ts_ns;
	if (c->site->op == OP_LITE_FINALIZE)
		handle_free(q, h);
	return r;
}

/* sqlite3_errmsg: the last thing the thread did on this database failed. */
static int failed(struct query *q, const struct call *c)
{
	struct pending *last = NULL;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (same_thread(p, c) && p->x.connection == c->handle && !p->told)
			last = p;
	if (!last)
		return 0;
	last->x.outcome = OUTCOME_FAILURE;
	last->x.status_code = SLICE_NONE;
	last->x.end_ns = c->rec->hdr.ts_ns;
	if (last->prepare)
		tell_early(q, last);
	else
		last->done_ns = c->rec->hdr.ts_ns;
	return 0;
}

/* libpq's prepare that never got an answer ran nothing. SQLite's statement may be running: told, and remembered as told. */
void prepare_expire(struct query *q, struct pending *p, bool last)
{
	if (last || p->x.system != SYSTEM_SQLITE) {
		if (p->x.system == SYSTEM_SQLITE)
			pending_emit(q, p);
		else
			pending_drop(q, p);
		return;
	}
	tell_early(q, p);
}

/*
 * VACUUM copies each table by a statement. It is told itself, as one that takes all of them: also when it is not seen to run, since it has
 * spoken for what came from inside meanwhile.
 */
static bool is_part_of_vacuum(const struct call *c)
{
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p)) {
		if (!p->prepare || !same_thread(p, c) || p->x.connection != c->handle ||
		    !slice_ieq(slice_head(slice_trim(p->x.text), 6), SLICE("VACUUM")))
			continue;
		p->vouched = true;
		return true;
	}
	return false;
}

/* Old releases read their schema by preparing each of its statements. One that makes a table and takes nothing from elsewhere
 * touches no row. */
static bool is_schema(const struct call *c)
{
	struct slice text = slice_trim(c->text);

	return c->site->op == OP_LITE_PREPARE && c->rec->text_status == REC_TEXT_FULL &&
	       slice_ieq(slice_head(text, strlen("CREATE TABLE")), SLICE("CREATE TABLE")) && !slice_imentions(text, SLICE("select"));
}

/*
 * What the library asks for itself (its full text search, VACUUM), or somebody who makes it look so: told once and at once, not for each
 * run, if it is sensitive.
 */
static int inner(struct query *q, const struct call *call)
{
	struct call utf8 = *call;
	struct pending *p;

	if (is_part_of_vacuum(call) || is_schema(call)) {
		q->stats.nested++;
		return 0;
	}
	if (slice_starts(slice_cstr(call->site->symbol), SLICE("sqlite3_prepare16")))
		to_utf8(q, &utf8);
	utf8.inner = true;
	p = new_prepare(q, &utf8);
	if (!p)
		return -ENOMEM;
	pending_emit(q, p);
	return 0;
}

void exec_expire(struct query *q, struct pending *p)
{
	if (p->told)
		pending_drop(q, p);
	else
		tell_early(q, p);
}

int lite_call(struct query *q, const struct call *c)
{
	bool text = c->site->op == OP_LITE_PREPARE || c->site->op == OP_LITE_EXEC;

	if (text && c->caller == CALLER_HOOKED && call_fold(q, c))
		return 0;
	if (text && (c->caller == CALLER_HOOKED || c->caller == CALLER_INTERNAL))
		return inner(q, c);
	switch (c->site->op) {
	case OP_LITE_PREPARE:
		return prepare(q, c);
	case OP_LITE_EXEC:
		return exec(q, c);
	case OP_LITE_BACKUP:
	case OP_LITE_BLOB:
	case OP_LITE_IMAGE:
		settle(q, c);
		return other_lite(q, c);
	case OP_LITE_RESET:
	case OP_LITE_FINALIZE:
		return runs_seen(q, c);
	case OP_LITE_ERROR:
		return c->caller == CALLER_INTERNAL ? 0 : failed(q, c);
	default:
		return 0;
	}
}
