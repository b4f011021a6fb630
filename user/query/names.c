// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Names of libpq's prepared statements, and the ends of connections. A name stands for the text of the last PQprepare that the server took:
 * it refuses one for a name that is in use, and that must not change what the name stands for here.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"

#define BEFORE_BYTES_MAX (8u << 20)

static void set_statement(struct pending *p, struct slice name)
{
	name = slice_head(name, sizeof(p->statement));
	if (name.len)
		memcpy(p->statement, name.ptr, name.len);
	p->x.statement = slice_mem(p->statement, name.len);
}

void names_tell(struct query *q, enum query_name_kind kind, const struct call *c, struct slice name)
{
	struct conn *conn = conn_get(q, c->proc, c->handle);
	struct execution x = { .task = c->rec->task,
			       .start_ns = c->rec->hdr.ts_ns,
			       .system = c->site->system,
			       .connection = c->handle,
			       .conn = conn ? &conn->x : NULL,
			       .statement = name };

	if (q->named)
		q->named(q->ctx, kind, &x);
	conn_put(conn);
}

int pg_prepare(struct query *q, const struct call *c)
{
	struct handle *before, *h;
	struct pending *p;

	pg_settle(q, c);
	before = handle_find(q, c->proc, HANDLE_NAME, c->handle, c->name);
	if (before && q->before_bytes + before->text_len > BEFORE_BYTES_MAX) {
		handle_free(q, before); /* when the server refuses the new one, nothing is known of the name */
		q->stats.evictions++;
		before = NULL;
	}
	if (before)
		before = handle_take_out(q, before);
	h = handle_put(q, c, HANDLE_NAME, c->handle, c->name);
	p = h ? pending_new(q, c) : NULL;
	if (!p) {
		handle_put_back(before);
		return -ENOMEM;
	}
	p->prepare = true;
	p->before = before;
	q->before_bytes += before ? before->text_len : 0;
	pending_names(p, h);
	set_statement(p, c->name);
	return 0;
}

void pg_refused(struct query *q, struct pending *p)
{
	/* Unless the name was given anew meanwhile. */
	if (!p->names || !p->names->proc)
		return;
	if (p->before)
		handle_put_in(q, p->proc, p->before);
	else
		handle_free(q, p->names);
}

int pg_execute(struct query *q, const struct call *c)
{
	struct handle *h;
	struct pending *p;

	pg_settle(q, c);
	h = handle_find(q, c->proc, HANDLE_NAME, c->handle, c->name);
	p = pending_new(q, c);
	if (!p)
		return -ENOMEM;
	p->x.prepared = true;
	pending_names(p, h);
	set_statement(p, c->name);
	if (h)
		pending_text(q, p, slice_mem(h->text, h->text_len), h->true_len, h->truncated, h->unreadable);
	return 0;
}

int pg_close(struct query *q, const struct call *c)
{
	bool cursor = slice_ends(slice_cstr(c->site->symbol), SLICE("Portal"));
	struct handle *h = cursor ? NULL : handle_find(q, c->proc, HANDLE_NAME, c->handle, c->name);

	pg_settle(q, c);
	if (h)
		handle_free(q, h);
	names_tell(q, cursor ? QUERY_NAME_CURSOR_CLOSED : QUERY_NAME_CLOSED, c, c->name);
	return 0;
}

void prepared_forget(struct query *q, struct qproc *proc, uint64_t connection, uint64_t before_ns)
{
	struct list *next;

	for (struct list *e = proc->handles.next; e != &proc->handles; e = next) {
		struct handle *h = LIST_ENTRY(e, struct handle, in_proc);

		next = e->next;
		if (h->kind == HANDLE_NAME && h->key == connection && h->call_ns < before_ns)
			handle_free(q, h);
	}
}

void query_forget(struct query *q, const struct execution *x, struct slice name)
{
	struct qproc *proc = x->system == SYSTEM_POSTGRESQL ? query_proc(q, &x->task, 0) : NULL;
	struct handle *h;

	if (!proc)
		return;
	if (!name.ptr) {
		prepared_forget(q, proc, x->connection, x->start_ns);
		return;
	}
	h = handle_find(q, proc, HANDLE_NAME, x->connection, name);
	if (h && h->call_ns < x->start_ns)
		handle_free(q, h);
}

int query_prepared(struct query *q, const struct execution *x, struct slice name, struct slice *ret)
{
	struct qproc *proc = x->system == SYSTEM_POSTGRESQL ? query_proc(q, &x->task, 0) : NULL;
	const struct handle *h = proc ? handle_find(q, proc, HANDLE_NAME, x->connection, name) : NULL;

	if (!h)
		return -ENOENT;
	if (h->truncated || h->unreadable)
		return -ENODATA;
	*ret = slice_mem(h->text, h->text_len);
	return 0;
}

static void close_copy(struct pending *p, const struct call *c)
{
	if (p->x.copy.state != COPY_RUNNING)
		return;
	if (!p->x.copy.in)
		copy_calls(p, c);
	else if (call_field(c, 3, &p->x.copy.bytes))
		p->x.copy.at_least = false;
	copy_ends(p, true);
	p->done_ns = c->rec->hdr.ts_ns;
}

/* What is complete is told while its names are known. The rest waits for its result, which may be freed later; but a COPY cannot go on. */
int conn_close(struct query *q, const struct call *c)
{
	struct pending *next;
	struct conn *conn;

	if (!c->handle)
		return 0;
	if (c->site->system == SYSTEM_MYSQL)
		my_settle(q, c, false);
	for (struct pending *p = pending_next(c->proc, NULL); p; p = next) {
		next = pending_next(c->proc, p);
		if (p->x.connection != c->handle)
			continue;
		close_copy(p, c);
		if (p->done_ns)
			pending_emit(q, p);
	}
	prepared_forget(q, c->proc, c->handle, c->rec->hdr.ts_ns);
	names_tell(q, QUERY_NAME_CONNECTION, c, SLICE_NONE);
	conn = conn_get(q, c->proc, c->handle);
	if (conn) {
		conn_end(q, conn, c->rec->hdr.ts_ns);
		conn_put(conn);
	}
	return 0;
}
