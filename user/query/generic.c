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

#include "base/op.h"
#include "query/layer.h"
#include "query/params.h"
#include "query/utf16.h"

/*
 * The rows that the library counted so far. What counts them is of the current result: of those that were left for the next one (NEXT,
 * MORE) the number is kept. The first NEXT goes to the first result, which was left for nothing.
 */
static void count_rows(struct pending *p, const struct call *c)
{
	enum client_op op = c->site->op;
	uint64_t rows;

	p->results += op == OP_LAYER_NEXT;
	if (!call_field(c, 0, &rows) || (int64_t)rows < 0)
		return;
	p->x.has_rows = true;
	if (op == OP_LAYER_MORE || (op == OP_LAYER_NEXT && p->results > 1)) {
		p->left_rows += rows;
		p->x.rows = p->left_rows;
	} else if (p->results <= 1) {
		p->x.rows = p->left_rows + rows;
	}
}

/* The run is over for good: the next one on this handle begins, or the handle ends. */
void layer_over(struct query *q, const struct call *c)
{
	struct pending *p;

	while ((p = layer_of(c->proc, c->handle)) != NULL) {
		if (!p->returned && p->x.task.tid == c->rec->task.tid && p->frame > layer_frame(c->rec))
			return; /* a driver that uses its own functions: the run is still under way */
		if (p->result && p->result != c->handle)
			break; /* several may be open at once; it ends with its result */
		count_rows(p, c);
		pending_emit(q, p);
	}
	p = layer_of(c->proc, LAYER_BULK_OF(c->handle));
	if (p && p->results)
		count_rows(p, c);
	if (p && (p->results || c->site->op == OP_LAYER_BULK || c->site->op == OP_LAYER_CLOSE))
		pending_emit(q, p);
}

/* Calls on a connection, and not on a statement. */
static bool on_connection(enum client_op op)
{
	return op == OP_LAYER_SUBMIT || op == OP_LAYER_SUBMIT_INTO || op == OP_LAYER_BULK || op == OP_LAYER_DOCUMENT ||
	       layer_is_collection(op);
}

/* The place of an older result that nobody ended is used again. */
static void result_into(struct query *q, struct pending *p, uint64_t result)
{
	struct pending *old;

	while (result && (old = layer_of(p->proc, result)) != NULL)
		pending_emit(q, old);
	p->result = result;
}

static struct pending *begin(struct query *q, const struct call *c, bool silent, uint64_t conn)
{
	struct pending *p = pending_new(q, c);

	if (!p)
		return NULL;
	p->handle = c->handle;
	if (conn || !on_connection(c->site->op)) {
		pending_conn(q, p, conn);
		layer_inherit(p);
	}
	if (c->site->op == OP_LAYER_SUBMIT_INTO || c->site->op == OP_LAYER_EXECUTE_INTO)
		result_into(q, p, c->rec->args[c->site->op == OP_LAYER_SUBMIT_INTO ? 2 : 1]);
	layer_put(q, p, silent);
	return p;
}

struct pending *layer_begin(struct query *q, const struct call *c, bool silent)
{
	/* A run that names its connection beside its statement (OCI, Cassandra) has it in front. */
	return begin(q, c, silent, layer_connection(q, c, c->site->handle_arg == 1 ? c->rec->args[0] : c->handle));
}

int layer_around(struct query *q, const struct call *c, uint64_t conn)
{
	return begin(q, c, true, conn) ? 0 : -ENOMEM;
}

/* ODBC's values at execution: SQLExecute came back for them, and the statement is sent in here. */
static int resume(struct query *q, const struct call *c)
{
	struct pending *p = layer_of(c->proc, c->handle);

	if (!p || !p->returned || p->x.task.tid != c->rec->task.tid)
		return layer_around(q, c, layer_known(q, c, c->handle));
	list_del(&p->in_proc); /* below the layers that this call is made in */
	list_add_tail(&c->proc->layers, &p->in_proc);
	p->returned = false;
	p->frame = layer_frame(c->rec);
	p->ret_addr = c->rec->ret_addr;
	p->done_ns = p->x.end_ns = 0;
	p->wait_ns = c->rec->hdr.ts_ns - p->x.start_ns + QUERY_WAIT_NS;
	return 0;
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
	values_clear(h);
	h->procedure = procedure;
	if (c->site->op == OP_LAYER_RPC) /* calls nothing */
		return 0;
	return layer_begin(q, c, true) ? 0 : -ENOMEM;
}

int layer_append(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LAYER, c->handle, SLICE_NONE);

	if (!h || h->spent || h->procedure)
		return layer_hold(q, c, false);
	return handle_append(q, h, c);
}

static int execute(struct query *q, const struct call *c)
{
	struct handle *h = layer_bind(q, c);
	struct pending *p;

	layer_over(q, c);
	if (h && h->spent && c->site->op == OP_LAYER_SEND)
		return 0;
	p = layer_begin(q, c, false);
	if (!p)
		return -ENOMEM;
	p->x.prepared = true;
	if (!p->conn && h && h->conn)
		pending_conn(q, p, h->conn);
	if (h && values_run(h, p))
		return -ENOMEM;
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

/*
 * Who asks for a second record of an error still has the SQLSTATE of the first one where he asked to have it put (PROBE_STATE). Driver
 * managers do that below the function that failed, whatever the program does. Success with information has states as well.
 */
static void error_state(struct pending *p, const struct call *c)
{
	unsigned number = (uint16_t)c->rec->args[2];
	size_t step = c->name.len >= 10 ? 2 : 1;
	char state[6] = "";

	if (number > 1 && number == p->diag_number + 1 && c->rec->args[3] == p->diag_at && c->name.len >= 5 * step && number == 2) {
		for (size_t i = 0; i < 5; i++)
			state[i] = c->name.ptr[i * step];
		if (strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5) {
			pending_code(p, state);
			if (!memcmp(state, "01", 2) || !memcmp(state, "00", 2))
				p->x.outcome = OUTCOME_SUCCESS;
			else
				p->x.outcome = OUTCOME_FAILURE;
		}
	}
	p->diag_number = number;
	p->diag_at = c->rec->args[3];
}

static void looked_at(const struct call *c, bool error)
{
	struct pending *p = layer_of(c->proc, c->handle);

	if (!p)
		return;
	count_rows(p, c);
	if (error)
		error_state(p, c);
	if (error && p->x.outcome == OUTCOME_UNKNOWN)
		p->x.outcome = OUTCOME_FAILURE;
	else if (!error)
		p->x.outcome = OUTCOME_SUCCESS;
	/* Its result is open still, or the error was but a message: it is told when nothing more comes. */
	p->done_ns = c->rec->hdr.ts_ns;
	p->x.end_ns = p->x.end_ns ? p->x.end_ns : c->rec->hdr.ts_ns;
}

/* It may take its time: it is over with the next call on the connection. */
static void bulk_run(struct query *q, const struct call *c)
{
	struct pending *p;

	while ((p = layer_of(c->proc, c->handle)) != NULL)
		pending_emit(q, p);
	p = layer_of(c->proc, LAYER_BULK_OF(c->handle));
	if (!p)
		return;
	p->x.outcome = OUTCOME_SUCCESS;
	p->results = 1;
	p->wait_ns = c->rec->hdr.ts_ns - p->x.start_ns + QUERY_WAIT_NS;
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
	layer_unlink(q, c);
	if (h)
		handle_free(q, h);
}

/* From here on the text is UTF-8. */
static void to_utf8(struct query *q, struct call *c)
{
	void (*convert)(struct slice, struct buf *) = c->site->encoding == REC_UTF16 ? utf16_to_utf8 : utf32_to_utf8;

	buf_clear(&q->wide);
	convert(c->text, &q->wide);
	c->text = buf_slice(&q->wide);
	if (c->rec->text_status == REC_TEXT_FULL)
		c->text_len = c->text.len;
}

/* What runs nothing. */
static void look(struct query *q, const struct call *c)
{
	switch (c->site->op) {
	case OP_LAYER_BIND:
		layer_bind(q, c);
		break;
	case OP_LAYER_RESULT:
	case OP_LAYER_NEXT:
	case OP_LAYER_MORE:
	case OP_LAYER_ERROR:
		looked_at(c, c->site->op == OP_LAYER_ERROR);
		break;
	case OP_LAYER_BULK_RUN:
		bulk_run(q, c);
		break;
	case OP_LAYER_END:
		end(q, c);
		break;
	case OP_LAYER_CLOSE:
		close_handle(q, c);
		break;
	case OP_LAYER_FORGET:
		layer_forget(q, c);
		break;
	default:
		break;
	}
}

/* A name in UTF-16 or wchar_t came as the bytes that had room; the call's text is UTF-8 already. Its length is a short behind it. */
static struct slice wide_name(const struct call *c, struct buf *b)
{
	size_t unit = c->site->encoding == REC_UTF16 ? 2 : 4;
	int16_t given = (int16_t)c->rec->args[4];
	struct slice s = given >= 0 ? slice_head(c->name, (size_t)given * unit) : c->name;

	if (c->site->encoding == REC_UTF16)
		utf16_to_utf8(s, b);
	else
		utf32_to_utf8(s, b);
	return buf_slice(b);
}

/* What is told of a connection is known before anything runs inside. */
static int opened(struct query *q, struct call *c)
{
	char bytes[4 * REC_NAME_LEN];
	struct buf b = { .ptr = bytes, .cap = sizeof(bytes), .max = sizeof(bytes) };
	uint64_t conn;
	int r;

	if (c->site->op == OP_LAYER_CONNECT && c->name.len && c->site->encoding != REC_UTF8) {
		c->name = wide_name(c, &b);
	} else if ((c->site->op == OP_LAYER_CONNECT || c->site->op == OP_LAYER_LOGON) && c->name.len && (int16_t)c->rec->args[4] >= 0) {
		c->name = slice_head(c->name, (uint16_t)c->rec->args[4]);
	}
	r = layer_opened(q, c, &conn);
	if (r || !op_is(c->site->op, OPF_AROUND))
		return r;
	return layer_around(q, c, conn);
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
	case OP_LAYER_SUBMIT_INTO:
	case OP_LAYER_RUN:
		return submit(q, &c);
	case OP_LAYER_PREPARE:
	case OP_LAYER_RPC:
		return layer_hold(q, &c, c.site->op == OP_LAYER_RPC);
	case OP_LAYER_EXECUTE:
	case OP_LAYER_EXECUTE_INTO:
	case OP_LAYER_SEND:
		return execute(q, &c);
	case OP_LAYER_APPEND:
		return layer_append(q, &c);
	case OP_LAYER_CREATE:
		return layer_create(q, &c);
	case OP_LAYER_DERIVE:
		return layer_derive(q, &c);
	case OP_LAYER_BULK:
	case OP_LAYER_BLK:
		return layer_bulk(q, &c);
	case OP_LAYER_DOCUMENT:
		return layer_document(q, &c);
	case OP_LAYER_CATALOG:
		return layer_catalog(q, &c);
	case OP_LAYER_RESUME:
		return resume(q, &c);
	case OP_LAYER_CALLS:
		return layer_around(q, &c, layer_known(q, &c, c.handle));
	case OP_LAYER_CONNECT:
	case OP_LAYER_OPEN:
	case OP_LAYER_SERVER:
	case OP_LAYER_STATEMENT:
	case OP_LAYER_ALLOC:
	case OP_LAYER_LINK:
	case OP_LAYER_USER:
	case OP_LAYER_PROPERTY:
	case OP_LAYER_ATTRIBUTE:
	case OP_LAYER_LOGON:
		return opened(q, &c);
	case OP_LAYER_VALUE_NULL ... OP_LAYER_VALUE_CT:
	case OP_LAYER_VALUE_OBJECT:
		return layer_value(q, &c);
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
