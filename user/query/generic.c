// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Libraries whose functions mean what OP_LAYER_* say: ODBC managers and drivers, FreeTDS, DuckDB, OCI, Cassandra, MongoDB, and a site's own
 * rows. How a run ended is seen when its handle is used next: one that looks at the result succeeded, one that asks for an error first
 * (and for no result after it) failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/layer.h"
#include "query/utf16.h"

/* The run is over for good: the next one on this handle begins, or the handle ends. */
void layer_over(struct query *q, const struct call *c)
{
	struct pending *p;

	while ((p = layer_of(c->proc, c->handle)) != NULL) {
		if (!p->returned && p->x.task.tid == c->rec->task.tid && p->frame > layer_frame(c->rec))
			return; /* a driver that uses its own functions: the run is still under way */
		pending_emit(q, p);
	}
}

struct pending *layer_begin(struct query *q, const struct call *c, bool silent)
{
	struct pending *p = pending_new(q, c);

	if (!p)
		return NULL;
	p->handle = c->handle;
	if (c->site->op != OP_LAYER_SUBMIT && c->site->op != OP_LAYER_BULK && !layer_is_collection(c->site->op))
		pending_conn(q, p, 0);
	layer_put(q, p, silent);
	return p;
}

static int submit(struct query *q, const struct call *c)
{
	layer_over(q, c);
	return layer_begin(q, c, false) ? 0 : -ENOMEM;
}

int layer_hold(struct query *q, const struct call *c, bool procedure)
{
	struct handle *h;

	layer_over(q, c);
	h = handle_put(q, c, HANDLE_LAYER, c->handle, SLICE_NONE);
	if (!h)
		return -ENOMEM;
	h->spent = h->unknown = false;
	h->procedure = procedure;
	return layer_begin(q, c, true) ? 0 : -ENOMEM;
}

int layer_append(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);

	if (!h || h->spent || h->procedure)
		return layer_hold(q, c, false);
	return handle_append(q, h, c);
}

/*
 * Texts whose handles this thread has not used yet. With one of them the next new handle is its; with several it can be any, and the run
 * is told with all of them: more than was sent, but nothing is missed.
 */
static int create(struct query *q, const struct call *c)
{
	struct handle *fresh = handle_find(q, c->proc, HANDLE_FRESH, c->rec->task.tid, SLICE_NONE);
	int r = 0;

	if (fresh && fresh->waiting) {
		r = handle_append_text(q, fresh, SLICE(";\n"));
		r = r ? r : handle_append(q, fresh, c);
	} else {
		fresh = handle_put(q, c, HANDLE_FRESH, c->rec->task.tid, SLICE_NONE);
		r = fresh ? 0 : -ENOMEM;
	}
	if (r)
		return r;
	fresh->waiting++;
	return layer_begin(q, c, true) ? 0 : -ENOMEM;
}

static struct handle *bind(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);
	struct handle *fresh = h ? NULL : handle_find(q, c->proc, HANDLE_FRESH, c->rec->task.tid, SLICE_NONE);
	struct call made = *c;
	struct rec_call rec = *c->rec;

	if (!fresh || !fresh->waiting)
		return h;
	rec.text_status = fresh->unreadable ? REC_TEXT_FAILED : fresh->truncated ? REC_TEXT_TRUNCATED : REC_TEXT_FULL;
	made.rec = &rec;
	made.text = slice_mem(fresh->text, fresh->text_len);
	made.text_len = fresh->true_len;
	h = handle_put(q, &made, HANDLE_LAYER, c->handle, SLICE_NONE);
	fresh->waiting--;
	return h;
}

/* A new statement from a prepared one: the function returns its handle. */
static int derive(struct query *q, const struct call *c)
{
	struct handle *h = bind(q, c);
	struct call made = *c;
	struct rec_call rec = *c->rec;

	if (!h)
		return 0;
	rec.text_status = h->unreadable ? REC_TEXT_FAILED : h->truncated ? REC_TEXT_TRUNCATED : REC_TEXT_FULL;
	made.rec = &rec;
	made.text = slice_mem(h->text, h->text_len);
	made.text_len = h->true_len;
	return create(q, &made);
}

static int execute(struct query *q, const struct call *c)
{
	struct handle *h = bind(q, c);
	struct pending *p;

	layer_over(q, c);
	if (h && h->spent && c->site->op == OP_LAYER_SEND)
		return 0;
	p = layer_begin(q, c, false);
	if (!p)
		return -ENOMEM;
	p->x.prepared = true;
	if (!h || h->unknown)
		return 0;
	h->spent = true;
	if (h->procedure)
		layer_procedure(q, p, h);
	else
		pending_text(q, p, slice_mem(h->text, h->text_len), h->true_len, h->truncated, h->unreadable);
	layer_claim(p);
	return 0;
}

static void looked_at(const struct call *c, bool error)
{
	struct pending *p = layer_of(c->proc, c->handle);

	if (!p)
		return;
	if (error && p->x.outcome == OUTCOME_UNKNOWN)
		p->x.outcome = OUTCOME_FAILURE;
	else if (!error)
		p->x.outcome = OUTCOME_SUCCESS;
	/* Its result is open still, or the error was but a message: it is told when nothing more comes. */
	p->done_ns = c->rec->hdr.ts_ns;
	p->x.end_ns = p->x.end_ns ? p->x.end_ns : c->rec->hdr.ts_ns;
}

static void end(struct query *q, const struct call *c)
{
	struct pending *p = layer_of(c->proc, c->handle);

	if (p && p->x.outcome == OUTCOME_UNKNOWN)
		p->x.outcome = OUTCOME_SUCCESS;
	layer_over(q, c);
}

static void close_handle(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);

	end(q, c);
	if (h)
		handle_free(q, h);
}

/* From here on the text is UTF-8. */
static void to_utf8(struct query *q, struct call *c)
{
	buf_clear(&q->wide);
	if (c->site->encoding == REC_UTF16)
		utf16_to_utf8(c->text, &q->wide);
	else
		utf32_to_utf8(c->text, &q->wide);
	c->text = buf_slice(&q->wide);
	if (c->rec->text_status == REC_TEXT_FULL)
		c->text_len = c->text.len;
}

/* What runs nothing. */
static void look(struct query *q, const struct call *c)
{
	switch (c->site->op) {
	case OP_LAYER_BIND:
		bind(q, c);
		break;
	case OP_LAYER_RESULT:
	case OP_LAYER_ERROR:
		looked_at(c, c->site->op == OP_LAYER_ERROR);
		break;
	case OP_LAYER_END:
		end(q, c);
		break;
	case OP_LAYER_CLOSE:
		close_handle(q, c);
		break;
	default:
		break;
	}
}

int layer_call(struct query *q, const struct call *call)
{
	struct call c = *call;

	c.caller = CALLER_APPLICATION; /* decided by the stack instead */
	if (c.site->encoding != REC_UTF8 && c.text.len)
		to_utf8(q, &c);
	if (layer_is_collection(c.site->op))
		return layer_collection(q, &c);
	switch (c.site->op) {
	case OP_LAYER_SUBMIT:
	case OP_LAYER_RUN:
		return submit(q, &c);
	case OP_LAYER_PREPARE:
	case OP_LAYER_RPC:
		return layer_hold(q, &c, c.site->op == OP_LAYER_RPC);
	case OP_LAYER_EXECUTE:
	case OP_LAYER_SEND:
		return execute(q, &c);
	case OP_LAYER_APPEND:
		return layer_append(q, &c);
	case OP_LAYER_CREATE:
		return create(q, &c);
	case OP_LAYER_DERIVE:
		return derive(q, &c);
	case OP_LAYER_BULK:
	case OP_LAYER_BLK:
		return layer_bulk(q, &c);
	case OP_LAYER_CATALOG:
		return layer_catalog(q, &c);
	case OP_LAYER_CALLS:
	case OP_LAYER_CONNECT:
		return layer_begin(q, &c, true) ? 0 : -ENOMEM;
	case OP_LAYER_COMMAND:
		return layer_command(q, &c);
	case OP_LAYER_DYNAMIC:
		return layer_dynamic(q, &c);
	case OP_LAYER_CURSOR:
		return layer_cursor(q, &c);
	default:
		look(q, &c);
		return 0;
	}
}
