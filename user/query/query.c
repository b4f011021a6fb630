// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "query/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/op.h"
#include "query/layer.h"

int query_new(query_emit_fn emit, void *ctx, struct query **ret)
{
	struct query *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->emit = emit;
	q->ctx = ctx;
	hmap_init(&q->procs);
	hits_init(&q->hits);
	hmap_init(&q->handles);
	list_init(&q->procs_all);
	list_init(&q->handles_lru);
	hmap_init(&q->conns);
	list_init(&q->conns_lru);
	list_init(&q->pending_all);
	list_init(&q->pool);
	buf_init(&q->utf8, 2 * REC_TEXT_MAX);
	buf_init(&q->wide, 2 * REC_TEXT_MAX);
	*ret = q;
	return 0;
}

void query_on_begin(struct query *q, query_emit_fn begun)
{
	q->begun = begun;
}

void query_on_connection(struct query *q, query_connection_fn fn)
{
	q->connected = fn;
}

void query_on_name(struct query *q, query_name_fn fn)
{
	q->named = fn;
}

static void proc_free(struct query *q, struct qproc *p)
{
	while (!list_empty(&p->pending))
		pending_drop(q, LIST_ENTRY(p->pending.next, struct pending, in_proc));
	while (!list_empty(&p->layers))
		pending_drop(q, LIST_ENTRY(p->layers.next, struct pending, in_proc));
	while (!list_empty(&p->handles))
		handle_free(q, LIST_ENTRY(p->handles.next, struct handle, in_proc));
	while (!list_empty(&p->conns))
		conn_end(q, LIST_ENTRY(p->conns.next, struct conn, in_proc), p->exited_ns);
	hmap_del(&q->procs, &p->node);
	list_del(&p->all);
	free(p);
}

void query_free(struct query *q)
{
	if (!q)
		return;
	q->connected = NULL;
	while (!list_empty(&q->procs_all))
		proc_free(q, LIST_ENTRY(q->procs_all.next, struct qproc, all));
	while (!list_empty(&q->pool)) {
		struct pending *p = LIST_ENTRY(q->pool.next, struct pending, in_all);

		list_del(&p->in_all);
		buf_done(&p->text);
		free(p);
	}
	hits_done(&q->hits);
	hmap_done(&q->procs);
	hmap_done(&q->handles);
	hmap_done(&q->conns);
	sites_done(&q->sites);
	buf_done(&q->utf8);
	buf_done(&q->wide);
	free(q);
}

void query_library_gone(struct query *q, uint32_t library, uint64_t ts_ns)
{
	if (sites_gone(&q->sites, library, ts_ns))
		return;
	query_finish(q);
	sites_tick(&q->sites, UINT64_MAX);
}

int query_library(struct query *q, const struct decoded *d)
{
	return sites_library(&q->sites, d);
}

int query_site(struct query *q, const struct decoded *d)
{
	return sites_site(&q->sites, d);
}

int query_range(struct query *q, const struct decoded *d)
{
	return sites_range(&q->sites, d);
}

static struct qproc *proc_find(const struct query *q, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&q->procs, hash_u64(pid, start_ns)); n; n = hmap_next(n)) {
		struct qproc *p = CONTAINER_OF(n, struct qproc, node);

		if (p->pid == pid && p->start_ns == start_ns)
			return p;
	}
	return NULL;
}

/* What is in flight cannot be joined any more: it is told as it is. gone: the program is. */
static void proc_flush(struct query *q, struct qproc *p, bool gone)
{
	while (!list_empty(&p->pending)) {
		struct pending *x = LIST_ENTRY(p->pending.next, struct pending, in_proc);

		copy_ends(x, gone);
		if (x->prepare)
			prepare_expire(q, x, true);
		else
			pending_emit(q, x);
	}
	while (!list_empty(&p->layers))
		pending_emit(q, LIST_ENTRY(p->layers.next, struct pending, in_proc));
}

/* Calls of the old program may still be read after the record of the exec: the first later call tells that they are over. */
static void forget_old_program(struct query *q, struct qproc *p, uint64_t ts_ns)
{
	uint64_t ended_ns;

	if (!p->exec_ns || ts_ns <= p->exec_ns)
		return;
	ended_ns = p->exec_ns;
	p->exec_ns = 0;
	proc_flush(q, p, true);
	while (!list_empty(&p->handles))
		handle_free(q, LIST_ENTRY(p->handles.next, struct handle, in_proc));
	while (!list_empty(&p->conns))
		conn_end(q, LIST_ENTRY(p->conns.next, struct conn, in_proc), ended_ns);
}

static struct qproc *proc_get(struct query *q, const struct rec_task *t)
{
	struct qproc *p = proc_find(q, t->pid, t->start_ns);

	if (p)
		return p;
	if (q->procs.count >= QUERY_PROCESSES_MAX) {
		struct qproc *old = LIST_ENTRY(q->procs_all.next, struct qproc, all);

		proc_flush(q, old, false);
		proc_free(q, old);
		q->stats.evictions++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pid = t->pid;
	p->start_ns = t->start_ns;
	list_init(&p->pending);
	list_init(&p->layers);
	list_init(&p->handles);
	list_init(&p->conns);
	if (hmap_add(&q->procs, &p->node, hash_u64(t->pid, t->start_ns))) {
		free(p);
		return NULL;
	}
	list_add_tail(&q->procs_all, &p->all);
	return p;
}

struct qproc *query_proc(struct query *q, const struct rec_task *t, uint64_t ts_ns)
{
	struct qproc *p = proc_get(q, t);

	if (p)
		forget_old_program(q, p, ts_ns);
	return p;
}

int query_call(struct query *q, const struct decoded *d)
{
	const struct rec_call *r = d->call;
	struct call c = { .rec = r, .name = d->str[0], .text = d->str[1], .text_len = r->text_len };

	q->stats.calls++;
	if (r->site >= PROBE_SITES_MAX || !q->sites.site[r->site].known) {
		q->stats.unknown_site++;
		return -ENOENT;
	}
	c.site = &q->sites.site[r->site];
	c.proc = query_proc(q, &r->task, r->hdr.ts_ns);
	if (!c.proc)
		return -ENOMEM;
	if (call_is_told(q, r)) {
		q->stats.nested++;
		return 0;
	}
	c.handle = r->args[c.site->handle_arg];
	c.caller = sites_caller(c.site, r, &c.outer);
	if (c.proc->nlayers)
		layer_enter(q, &c);
	if (c.site->op >= OP_LAYER_SUBMIT)
		return layer_call(q, &c);
	if (c.site->op == OP_CONN_CLOSE)
		return conn_close(q, &c);
	switch (c.site->system) {
	case SYSTEM_POSTGRESQL:
		return pg_call(q, &c);
	case SYSTEM_MYSQL:
		return my_call(q, &c);
	case SYSTEM_SQLITE:
		return lite_call(q, &c);
	default:
		return -ENOENT;
	}
}

void query_exit(struct query *q, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	struct qproc *p = proc_find(q, pid, start_ns);

	if (p)
		p->exited_ns = ts_ns ? ts_ns : 1;
}

void query_exec(struct query *q, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	struct qproc *p = proc_find(q, pid, start_ns);

	if (p)
		p->exec_ns = ts_ns;
}

static void tick_pending(struct query *q, uint64_t now_ns)
{
	struct list *next;

	for (struct list *e = q->pending_all.next; e != &q->pending_all; e = next) {
		struct pending *p = LIST_ENTRY(e, struct pending, in_all);

		next = e->next;
		if (p->done_ns && now_ns >= p->done_ns + QUERY_SETTLE_NS)
			pending_emit(q, p);
		else if (now_ns >= p->x.start_ns + p->wait_ns && p->prepare)
			prepare_expire(q, p, false);
		else if (now_ns >= p->x.start_ns + p->wait_ns && p->x.copy.state == COPY_RUNNING)
			copy_tell_running(q, p);
		else if (now_ns >= p->x.start_ns + p->wait_ns && p->site->op == OP_LITE_EXEC)
			exec_expire(q, p);
		else if (now_ns >= p->x.start_ns + p->wait_ns)
			pending_emit(q, p);
	}
}

void query_tick(struct query *q, uint64_t now_ns)
{
	struct list *next;

	tick_pending(q, now_ns);
	sites_tick(&q->sites, now_ns);
	for (struct list *e = q->procs_all.next; e != &q->procs_all; e = next) {
		struct qproc *p = LIST_ENTRY(e, struct qproc, all);

		next = e->next;
		if (!p->exited_ns || now_ns < p->exited_ns + QUERY_SETTLE_NS)
			continue;
		proc_flush(q, p, true);
		proc_free(q, p);
	}
}

void query_finish(struct query *q)
{
	for (struct list *e = q->procs_all.next; e != &q->procs_all; e = e->next) {
		struct qproc *p = LIST_ENTRY(e, struct qproc, all);

		proc_flush(q, p, p->exited_ns != 0);
	}
}

size_t query_inflight(const struct query *q)
{
	return q->npending;
}

const struct query_stats *query_stats(const struct query *q)
{
	return &q->stats;
}

bool call_field(const struct call *c, unsigned i, uint64_t *ret)
{
	if (!(c->rec->field_ok & (1u << i)) || !(c->site->fields_known & (1u << i)))
		return false;
	*ret = c->rec->fields[i];
	return true;
}

bool query_is_cancel(const struct query *q, const struct rec_call *c)
{
	const struct site *site = c->site < PROBE_SITES_MAX ? &q->sites.site[c->site] : NULL;

	return site && site->known && site->op == OP_PG_CANCEL && c->args[site->handle_arg];
}

bool query_is_statement(const struct query *q, const struct rec_call *c, enum client_system *ret_system, uint64_t *ret_handle)
{
	const struct site *site = c->site < PROBE_SITES_MAX ? &q->sites.site[c->site] : NULL;

	if (!site || !site->known || !op_is(site->op, OPF_STATEMENT))
		return false;
	*ret_system = site->system;
	*ret_handle = c->args[site->handle_arg];
	return true;
}
