// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Calls that read or write data without SQL: large objects of libpq and its function calls, SQLite's backup, blob, serialize. They become
 * executions with a text written here, that says what they do in the words of SQL where there are such (synthetic).
 */
#include <errno.h>
#include <string.h>

#include "query/internal.h"
#include "query/layer.h"

/* BACKUP and SERIALIZE take every table: what they read is not in their words. */
static bool takes_all(enum client_op op)
{
	return op == OP_LITE_BACKUP || op == OP_LITE_IMAGE;
}

static int tell(struct query *q, const struct call *c)
{
	struct pending *p = pending_new(q, c);

	if (!p)
		return -ENOMEM;
	pending_text(q, p, buf_slice(&q->utf8), q->utf8.len, c->rec->text_status == REC_TEXT_TRUNCATED,
		     c->rec->text_status == REC_TEXT_FAILED);
	p->x.synthetic = true;
	p->x.text_unknown = takes_all(c->site->op);
	p->x.end_ns = c->rec->hdr.ts_ns;
	if (c->site->op == OP_PG_LO)
		p->wait_ns = QUERY_SETTLE_NS; /* what it calls itself comes soon */
	else
		p->done_ns = c->rec->hdr.ts_ns;
	if (c->inner)
		pending_emit(q, p);
	return 0;
}

/* The function under its own name: PostgreSQL has one for each on the server, too, with the same arguments. */
static void add_call(struct buf *b, const struct call *c)
{
	struct slice symbol = slice_cstr(c->site->symbol);

	buf_adds(b, "SELECT ");
	buf_add(b, symbol);
	buf_addc(b, '(');
	if (slice_starts(symbol, SLICE("lo_import"))) {
		buf_add_quoted(b, c->text, '\'');
	} else {
		buf_addu(b, (uint32_t)c->rec->args[1]);
		if (slice_eq(symbol, SLICE("lo_export"))) {
			buf_adds(b, ", ");
			buf_add_quoted(b, c->text, '\'');
		}
	}
	buf_addc(b, ')');
}

/*
 * lo_import and lo_export open the object by the functions a program has for that, out of a function of their own that has no name: it is
 * the first such call after them, deeper in the stack.
 */
static bool part_of_copy(const struct call *c)
{
	struct slice symbol = slice_cstr(c->site->symbol);
	struct pending *last = NULL;
	struct slice *via;

	if (!slice_starts(symbol, SLICE("lo_creat")) && !slice_eq(symbol, SLICE("lo_open")))
		return false;
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->x.task.tid == c->rec->task.tid && p->x.synthetic)
			last = p;
	if (!last || !(slice_starts(last->x.symbol, SLICE("lo_import")) || slice_starts(last->x.symbol, SLICE("lo_export"))))
		return false;
	if (!last->frame || layer_frame(c->rec) >= last->frame || last->x.nvia >= QUERY_VIA_MAX)
		return false;
	via = last->via;
	for (size_t i = 0; i < last->x.nvia; i++)
		if (slice_eq(via[i], symbol))
			return false;
	via[last->x.nvia++] = symbol;
	return true;
}

/* PostgreSQL's own functions for large objects, by their numbers in pg_proc.dat: lo_open ... lo_tell, lo_unlink, lo_create, lo_truncate,
 * *64. */
static bool is_large_object_function(uint32_t number)
{
	return (number >= 952 && number <= 958) || number == 964 || number == 715 || number == 1004 || (number >= 3170 && number <= 3172);
}

/* Made by a function for large objects: one that was told, or one that works on what was opened. */
static bool inside_told(const struct call *c)
{
	if (!slice_starts(c->outer, SLICE("lo_")))
		return false;
	if (c->site->op == OP_PG_FN)
		return is_large_object_function((uint32_t)c->rec->args[1]);
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->x.task.tid == c->rec->task.tid && slice_eq(p->own, c->outer))
			return true;
	return false;
}

int other_pg(struct query *q, const struct call *c)
{
	struct pending *p;

	if (inside_told(c) || part_of_copy(c)) {
		q->stats.nested++;
		return 0;
	}
	if (c->site->op == OP_PG_FN) { /* a function by its number: what it reads is not known */
		p = pending_new(q, c);
		if (p)
			p->done_ns = c->rec->hdr.ts_ns;
		return p ? 0 : -ENOMEM;
	}
	buf_clear(&q->utf8);
	add_call(&q->utf8, c);
	return tell(q, c);
}

/* BACKUP "main" TO "main": no SQL of SQLite's, so that it is a match wherever statements that are not understood are. */
static void add_backup(struct buf *b, const struct call *c)
{
	buf_adds(b, "BACKUP ");
	buf_add_quoted(b, c->text, '"');
	buf_adds(b, " TO ");
	buf_add_quoted(b, c->name, '"');
}

static void add_image(struct buf *b, const struct call *c)
{
	buf_adds(b, slice_eq(slice_cstr(c->site->symbol), SLICE("sqlite3_serialize")) ? "SERIALIZE " : "DESERIALIZE ");
	buf_add_quoted(b, c->text.len ? c->text : SLICE("main"), '"');
}

/* A value of one row, read or written through a handle. */
static void add_blob(struct buf *b, const struct call *c)
{
	bool write = c->rec->args[5] != 0;

	buf_adds(b, write ? "UPDATE " : "SELECT ");
	buf_add_quoted(b, write ? c->text : c->name, '"');
	buf_adds(b, write ? " SET " : " FROM ");
	buf_add_quoted(b, write ? c->name : c->text, '"');
	buf_adds(b, write ? " = ? WHERE rowid = " : " WHERE rowid = ");
	buf_addu(b, c->rec->args[4]);
}

int other_lite(struct query *q, const struct call *call)
{
	struct call copy = *call, *c = &copy;

	c->inner = c->caller == CALLER_INTERNAL || c->caller == CALLER_HOOKED;
	buf_clear(&q->utf8);
	if (c->site->op == OP_LITE_BACKUP)
		add_backup(&q->utf8, c);
	else if (c->site->op == OP_LITE_BLOB)
		add_blob(&q->utf8, c);
	else
		add_image(&q->utf8, c);
	return tell(q, c);
}
