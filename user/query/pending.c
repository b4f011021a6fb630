// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Executions in flight and prepared handles: their creation, limits and end. */
#include <errno.h>
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
	if (q->begun && p->x.text.ptr)
		q->begun(q->ctx, &p->x);
}

void pending_code(struct pending *p, const char *code)
{
	size_t n = strnlen(code, sizeof(p->code) - 1);

	memcpy(p->code, code, n);
	p->code[n] = 0;
	p->x.status_code = slice_mem(p->code, n);
}

void handle_put_back(struct handle *h)
{
	if (!h || --h->refs)
		return;
	free(h->name);
	free(h->text);
	free(h->types);
	free(h->long_data);
	values_free(h);
	free(h);
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
	if (p->claimed)
		q->stats.nested++;
	if (!p->told && !p->silent && !p->claimed) {
		q->stats.executions++;
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

void call_fold(struct query *q, const struct call *c)
{
	struct pending *last = NULL;
	struct slice inner = slice_cstr(c->site->symbol);

	q->stats.nested++;
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->x.task.tid == c->rec->task.tid && slice_eq(p->own, c->outer))
			last = p;
	if (!last || last->x.nvia >= QUERY_VIA_MAX)
		return;
	for (size_t i = 0; i < last->x.nvia; i++)
		if (slice_eq(last->via[i], inner))
			return;
	last->via[last->x.nvia++] = inner;
}

/* ---- handles ---- */

static uint64_t handle_hash(const struct qproc *proc, enum handle_kind kind, uint64_t key, struct slice name)
{
	uint64_t h = hash_u64(proc->start_ns ^ ((uint64_t)proc->pid << 32), key ^ ((uint64_t)kind << 62));

	return name.len ? h ^ slice_hash(name) : h;
}

struct handle *handle_find(struct query *q, struct qproc *proc, enum handle_kind kind, uint64_t key, struct slice name)
{
	uint64_t hash = handle_hash(proc, kind, key, name);

	for (struct hnode *n = hmap_first(&q->handles, hash); n; n = hmap_next(n)) {
		struct handle *h = CONTAINER_OF(n, struct handle, node);

		if (h->proc == proc && h->kind == kind && h->key == key && slice_eq(slice_mem(h->name, h->name_len), name)) {
			list_move_tail(&q->handles_lru, &h->lru);
			return h;
		}
	}
	return NULL;
}

static struct handle *handle_new(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key, struct slice name)
{
	struct handle *h;

	if (q->handles.count >= QUERY_HANDLES_MAX) {
		handle_free(q, LIST_ENTRY(q->handles_lru.next, struct handle, lru));
		q->stats.evictions++;
	}
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->proc = c->proc;
	h->refs = 1;
	h->kind = kind;
	h->key = key;
	h->name = name.len ? malloc(name.len) : NULL;
	if (h->name)
		memcpy(h->name, name.ptr, name.len);
	h->name_len = h->name ? name.len : 0;
	if ((name.len && !h->name) || hmap_add(&q->handles, &h->node, handle_hash(c->proc, kind, key, name))) {
		free(h->name);
		free(h);
		return NULL;
	}
	list_add_tail(&c->proc->handles, &h->in_proc);
	list_add_tail(&q->handles_lru, &h->lru);
	return h;
}

void handle_account(struct query *q, struct handle *h, size_t before)
{
	q->handle_bytes += h->text_len;
	q->handle_bytes -= before;
	while (q->handle_bytes > QUERY_TEXT_BYTES_MAX && q->handles_lru.next != &q->handles_lru) {
		struct handle *old = LIST_ENTRY(q->handles_lru.next, struct handle, lru);

		if (old == h)
			break;
		handle_free(q, old);
		q->stats.evictions++;
	}
}

struct handle *handle_put(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key, struct slice name)
{
	struct handle *h = handle_find(q, c->proc, kind, key, name);
	const struct rec_call *r = c->rec;
	size_t before;
	char *text;

	if (!h)
		h = handle_new(q, c, kind, key, name);
	if (!h || r->text_status == REC_TEXT_NONE)
		return h;
	text = malloc(c->text.len + 1);
	if (!text)
		return NULL;
	if (c->text.len)
		memcpy(text, c->text.ptr, c->text.len);
	free(h->text);
	h->text = text;
	before = h->text_len;
	h->text_len = c->text.len;
	h->call_ns = r->hdr.ts_ns;
	h->call_tid = r->task.tid;
	h->raw_len = r->cap_len;
	handle_account(q, h, before);
	h->true_len = c->text_len;
	h->truncated = r->text_status == REC_TEXT_TRUNCATED;
	h->unreadable = r->text_status == REC_TEXT_FAILED || r->text_status == REC_TEXT_NULL;
	return h;
}

int handle_append_text(struct query *q, struct handle *h, struct slice text)
{
	size_t before = h->text_len;
	struct slice fits = slice_head(text, h->text_len < REC_TEXT_MAX ? REC_TEXT_MAX - h->text_len : 0);
	char *v = realloc(h->text, h->text_len + fits.len + 1);

	if (!v)
		return -ENOMEM;
	h->text = v;
	if (fits.len)
		memcpy(v + h->text_len, fits.ptr, fits.len);
	h->text_len += fits.len;
	h->true_len += text.len;
	h->truncated |= fits.len < text.len;
	handle_account(q, h, before);
	return 0;
}

int handle_append(struct query *q, struct handle *h, const struct call *c)
{
	int r = handle_append_text(q, h, c->text);

	h->true_len += c->text_len - c->text.len;
	h->truncated |= c->rec->text_status == REC_TEXT_TRUNCATED;
	h->unreadable |= c->rec->text_status == REC_TEXT_FAILED || c->rec->text_status == REC_TEXT_NULL;
	return r;
}

struct handle *handle_take_out(struct query *q, struct handle *h)
{
	h->refs++;
	handle_free(q, h);
	return h;
}

void handle_put_in(struct query *q, struct qproc *proc, struct handle *h)
{
	struct slice name = slice_mem(h->name, h->name_len);
	struct handle *now = handle_find(q, proc, h->kind, h->key, name);

	if (now)
		handle_free(q, now);
	if (hmap_add(&q->handles, &h->node, handle_hash(proc, h->kind, h->key, name))) {
		q->stats.evictions++;
		return;
	}
	h->proc = proc;
	h->refs++;
	list_add_tail(&proc->handles, &h->in_proc);
	list_add_tail(&q->handles_lru, &h->lru);
	handle_account(q, h, 0);
}

void handle_free(struct query *q, struct handle *h)
{
	q->handle_bytes -= h->text_len;
	h->proc = NULL;
	hmap_del(&q->handles, &h->node);
	list_del(&h->in_proc);
	list_del(&h->lru);
	handle_put_back(h);
}
