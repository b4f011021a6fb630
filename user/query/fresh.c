// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statements whose handles are not seen when they are made: a text waits for the first use of a handle that nobody knows. */
#include <errno.h>

#include "query/layer.h"
#include "query/params.h"

/* DuckDB's clients in JavaScript give each call to another thread. */
static uint64_t fresh_key(const struct call *c)
{
	return c->site->system == SYSTEM_DUCKDB ? 0 : c->rec->task.tid;
}

/*
 * By a function of the library itself. The stack alone does not tell: a thread that waited for work may have the return address of an older
 * call where it was.
 */
static bool made_inside(const struct call *c)
{
	return layer_nested(c) && c->outer.len;
}

/*
 * Texts whose handles this thread has not used yet. With one of them the next new handle is its; with several it can be any, and the run
 * is told with all of them: more than was sent, but nothing is missed.
 */
int layer_create(struct query *q, const struct call *c)
{
	struct handle *fresh = handle_find(q, c->proc, HANDLE_FRESH, fresh_key(c), SLICE_NONE);
	uint64_t conn = layer_known(q, c, c->handle);
	int r = 0;

	if (made_inside(c)) /* duckdb_prepare() extracts first */
		return layer_around(q, c, conn);
	conn = layer_connection(q, c, c->handle);
	if (fresh && fresh->waiting) {
		r = handle_append_text(q, fresh, SLICE(";\n"));
		r = r ? r : handle_append(q, fresh, c);
	} else {
		fresh = handle_put(q, c, HANDLE_FRESH, fresh_key(c), SLICE_NONE);
		r = fresh ? 0 : -ENOMEM;
	}
	if (r)
		return r;
	fresh->conn = fresh->waiting && fresh->conn != conn ? 0 : conn;
	fresh->waiting++;
	return layer_around(q, c, conn);
}

/* The same call, with the text of a handle; it needs room for a record. */
static struct call with_text_of(const struct handle *h, const struct call *c, struct rec_call *rec)
{
	struct call made = *c;

	*rec = *c->rec;
	rec->text_status = h->unreadable ? REC_TEXT_FAILED : h->truncated ? REC_TEXT_TRUNCATED : REC_TEXT_FULL;
	made.rec = rec;
	made.text = slice_mem(h->text, h->text_len);
	made.text_len = h->true_len;
	return made;
}

struct handle *layer_bind(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);
	struct handle *fresh = h ? NULL : handle_find(q, c->proc, HANDLE_FRESH, fresh_key(c), SLICE_NONE);
	struct call made;
	struct rec_call rec;

	if (!fresh || !fresh->waiting)
		return h;
	made = with_text_of(fresh, c, &rec);
	h = handle_put(q, &made, HANDLE_LAYER, c->handle, SLICE_NONE);
	if (h)
		h->conn = fresh->conn;
	fresh->waiting--;
	return h;
}

/* A new statement from a prepared one: the function returns its handle. */
int layer_derive(struct query *q, const struct call *c)
{
	struct handle *h;
	struct call made;
	struct rec_call rec;

	if (made_inside(c)) /* duckdb_prepare() again */
		return layer_around(q, c, 0);
	h = layer_bind(q, c);
	if (!h || h->unknown)
		return 0;
	made = with_text_of(h, c, &rec);
	if (c->site->handle_arg == 1)
		made.handle = rec.args[0];
	return layer_create(q, &made);
}

/*
 * Its memory may be the next statement's, which must not get the text and the values of this one. When it was never used, this is its
 * first use: a text that could not be prepared.
 */
void layer_forget(struct query *q, const struct call *call)
{
	struct call c = *call;
	struct handle *h;

	if (made_inside(call) || !call_field(call, 1, &c.handle) || !c.handle)
		return;
	h = layer_bind(q, &c);
	if (h)
		handle_free(q, h);
}

/* The first use of a new statement, mostly. Of one that is not known the values are, nevertheless. */
int layer_value(struct query *q, const struct call *c)
{
	struct handle *h = layer_bind(q, c);

	if (!h) {
		h = handle_put_bare(q, c, HANDLE_LAYER, c->handle);
		if (!h)
			return -ENOMEM;
		h->unknown = true;
	}
	return values_add(q, h, c);
}
