// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Executions in flight: their creation, limits and end. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/layer.h"
#include "query/params.h"

enum { POOL_MAX = 256, POOL_TEXT_MAX = 8192 };

struct slice site_system_name(const struct site *s)
{
	if (s->library->own)
		return slice_cstr(s->library->family);
	switch (s->system) {
	case SYSTEM_POSTGRESQL:
		return SLICE("postgresql");
	case SYSTEM_SQLITE:
		return SLICE("sqlite");
	case SYSTEM_MYSQL:
		return s->library->mariadb ? SLICE("mariadb") : SLICE("mysql");
	case SYSTEM_MSSQL:
		return SLICE("microsoft.sql_server");
	case SYSTEM_ORACLE:
		return SLICE("oracle.db");
	case SYSTEM_DB2:
		return SLICE("ibm.db2");
	case SYSTEM_DUCKDB:
		return SLICE("duckdb");
	case SYSTEM_MONGODB:
		return SLICE("mongodb");
	case SYSTEM_CASSANDRA:
		return SLICE("cassandra");
	default:
		return SLICE_NONE; /* the event says other_sql */
	}
}

static struct pending *take(struct query *q, struct qproc *proc)
{
	struct pending *p;

	if (proc->npending >= QUERY_PROCESS_PENDING_MAX) { /* layers are not among them */
		pending_emit(q, LIST_ENTRY(proc->pending.next, struct pending, in_proc));
		q->stats.evictions++;
	}
	if (q->npending >= QUERY_PENDING_MAX) {
		pending_emit(q, LIST_ENTRY(q->pending_all.next, struct pending, in_all));
		q->stats.evictions++;
	}
	if (!list_empty(&q->pool)) {
		struct buf text;

		p = LIST_ENTRY(q->pool.next, struct pending, in_all);
		list_del(&p->in_all);
		q->npool--;
		text = p->text;
		*p = (struct pending){ .text = text };
		buf_clear(&p->text);
		return p;
	}
	p = calloc(1, sizeof(*p));
	if (p)
		buf_init(&p->text, 2 * REC_TEXT_MAX); /* UTF-16 may grow */
	return p;
}

struct pending *pending_new(struct query *q, const struct call *c)
{
	const struct rec_call *r = c->rec;
	struct pending *p = take(q, c->proc);

	if (!p)
		return NULL;
	p->proc = c->proc;
	p->wait_ns = QUERY_WAIT_NS;
	p->call_ns = r->hdr.ts_ns;
	p->raw_len = r->cap_len;
	p->x = (struct execution){ .task = r->task,
				   .start_ns = r->hdr.ts_ns,
				   .system = c->site->system,
				   .system_name = site_system_name(c->site),
				   .connection = c->handle,
				   .library_id = c->site->library->id,
				   .library = slice_cstr(c->site->library->path),
				   .symbol = slice_cstr(c->site->symbol),
				   .inner = c->inner,
				   .via = p->via };
	pending_conn(q, p, c->handle);
	if (c->caller == CALLER_OUTER) {
		p->via[p->x.nvia++] = p->x.symbol;
		p->x.symbol = c->outer;
	}
	if (r->text_status == REC_TEXT_NONE)
		p->x.text_unknown = true;
	else
		pending_text(q, p, c->text, c->text_len, r->text_status == REC_TEXT_TRUNCATED,
			     r->text_status == REC_TEXT_FAILED || r->text_status == REC_TEXT_NULL);
	p->x.text_len_at_least = r->hdr.flags & REC_CALL_LEN_AT_LEAST;
	list_add_tail(&c->proc->pending, &p->in_proc);
	list_add_tail(&q->pending_all, &p->in_all);
	q->npending++;
	c->proc->npending++;
	p->site = c->site;
	p->ret_addr = r->ret_addr;
	p->at[0] = r->args[1];
	p->at[1] = r->args[2];
	p->base = r->ip - c->site->vaddr;
	p->frame = layer_frame(r);
	p->counted = layer_counted(r);
	p->own = p->x.symbol;
	p->qualified = c->site->op >= OP_LAYER_SUBMIT ? slice_cstr(c->site->qualified) : p->own;
	if (c->proc->nlayers) {
		layer_claim(p);
		layer_name(p);
		layer_inherit(p);
	}
	return p;
}

void pending_conn(struct query *q, struct pending *p, uint64_t address)
{
	conn_put(p->conn);
	p->conn = conn_get(q, p->proc, address);
	p->x.connection = address;
	p->x.conn = p->conn ? &p->conn->x : NULL;
}

void pending_text(struct query *q, struct pending *p, struct slice text, uint64_t true_len, bool truncated, bool unreadable)
{
	q->long_bytes -= p->long_bytes;
	p->long_bytes = text.len > REC_TEXT_MAX ? text.len - REC_TEXT_MAX : 0;
	if (p->long_bytes && q->long_bytes + p->long_bytes > QUERY_TEXT_BYTES_MAX) {
		text = slice_head(text, REC_TEXT_MAX);
		p->long_bytes = 0;
		truncated = true;
		q->stats.evictions++;
	}
	q->long_bytes += p->long_bytes;
	buf_clear(&p->text);
	p->text.max = 2 * REC_STATEMENT_MAX;
	buf_add(&p->text, text);
	p->x.text_unknown = false;
	p->x.unreadable = unreadable || p->text.err;
	p->x.truncated = truncated;
	p->x.text_len = true_len;
	p->x.text = p->x.unreadable && !p->text.len ? SLICE_NONE : buf_slice(&p->text);
	if (p->frame && p->proc->nlayers) {
		layer_claim(p);
		layer_inherit(p);
	}
	if (q->begun && p->x.text.ptr && !p->x.inner)
		q->begun(q->ctx, &p->x);
}

void pending_code(struct pending *p, const char *code)
{
	size_t n = strnlen(code, sizeof(p->code) - 1);

	memcpy(p->code, code, n);
	p->code[n] = 0;
	p->x.status_code = slice_mem(p->code, n);
}

void pending_names(struct pending *p, struct handle *h)
{
	if (h)
		h->refs++;
	handle_put_back(p->names);
	p->names = h;
}

void pending_drop(struct query *q, struct pending *p)
{
	list_del(&p->in_proc);
	list_del(&p->in_all);
	q->npending--;
	if (p->layer)
		p->proc->nlayers--;
	else
		p->proc->npending--;
	q->long_bytes -= p->long_bytes;
	conn_put(p->conn);
	conn_put(p->above);
	p->conn = p->above = NULL;
	handle_put_back(p->names);
	q->before_bytes -= p->before ? p->before->text_len : 0;
	handle_put_back(p->before);
	p->names = p->before = NULL;
	params_free(p->params);
	p->params = NULL;
	if (q->npool >= POOL_MAX || p->text.cap > POOL_TEXT_MAX) {
		buf_done(&p->text);
		free(p);
		return;
	}
	list_add_tail(&q->pool, &p->in_all);
	q->npool++;
}

void pending_emit(struct query *q, struct pending *p)
{
	/* SQLite's clients ask for the error right after the call that failed: a run that ended and was not asked about succeeded. */
	if (p->x.system == SYSTEM_SQLITE && p->done_ns && p->x.outcome == OUTCOME_UNKNOWN) {
		p->x.outcome = OUTCOME_SUCCESS;
		pending_code(p, "0");
	}
	if (p->claimed || p->x.inner)
		q->stats.nested++;
	if (!p->told && !p->silent && !p->claimed) {
		q->stats.executions += !p->x.inner;
		if (!p->x.inner)
			conn_count(q, p->proc, p->x.connection);
		p->x.gone_ns = p->proc->exited_ns;
		q->emit(q->ctx, &p->x);
	}
	pending_drop(q, p);
}

static struct pending *of_call(const struct list *all, uint64_t ts_ns, uint32_t tid)
{
	for (struct list *e = all->prev; e != all; e = e->prev) {
		struct pending *p = LIST_ENTRY(e, struct pending, in_proc);

		if (p->call_ns == ts_ns && p->x.task.tid == tid)
			return p;
	}
	return NULL;
}

struct pending *pending_of_call(const struct qproc *proc, uint64_t ts_ns, uint32_t tid)
{
	struct pending *p = of_call(&proc->pending, ts_ns, tid);

	return p ? p : of_call(&proc->layers, ts_ns, tid);
}

struct pending *pending_next(const struct qproc *proc, const struct pending *prev)
{
	const struct list *e = prev ? prev->in_proc.next : proc->pending.next;

	return e == &proc->pending ? NULL : LIST_ENTRY(e, struct pending, in_proc);
}

/*
 * Whether the text of the call is that of p, or the end of it. A return address says where the call goes back to, which the program can
 * choose (it need only push it), not that the outer function runs. So the outer call must be there, and must have been given this text at
 * this place.
 */
static bool vouches(const struct pending *p, const struct call *c)
{
	uint64_t at = UINT64_MAX, n;

	if (c->rec->text_status == REC_TEXT_NONE)
		return c->handle && (p->handle == c->handle || p->x.connection == c->handle);
	if (c->rec->text_status == REC_TEXT_NULL || c->rec->text_status == REC_TEXT_FAILED || !p->x.text.ptr)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(p->at); i++)
		if (p->at[i] && c->rec->args[i + 1] - p->at[i] < at)
			at = c->rec->args[i + 1] - p->at[i];
	if (at > p->x.text_len)
		return false;
	if (at >= p->x.text.len)
		return p->x.truncated || !c->text.len;
	n = p->x.text.len - at < c->text.len ? p->x.text.len - at : c->text.len;
	return !memcmp(p->x.text.ptr + at, c->text.ptr, n) && (n == c->text.len || p->x.truncated);
}

bool call_fold(struct query *q, const struct call *c)
{
	struct pending *last = NULL;
	struct slice inner = slice_cstr(c->site->symbol);

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->x.task.tid == c->rec->task.tid && slice_eq(slice_cstr(p->site->symbol), c->outer) && vouches(p, c))
			last = p;
	if (!last)
		return false;
	q->stats.nested++;
	for (size_t i = 0; i < last->x.nvia; i++)
		if (slice_eq(last->via[i], inner))
			return true;
	if (last->x.nvia < QUERY_VIA_MAX)
		last->via[last->x.nvia++] = inner;
	return true;
}
