// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Connections as their libraries describe them: one for each (process, object), replaced when the object becomes another connection. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"

static uint64_t conn_hash(const struct qproc *proc, uint64_t address)
{
	return hash_u64(proc->start_ns ^ ((uint64_t)proc->pid << 32), address);
}

static struct conn *find(const struct query *q, const struct qproc *proc, uint64_t address)
{
	for (struct hnode *n = hmap_first(&q->conns, conn_hash(proc, address)); n; n = hmap_next(n)) {
		struct conn *c = CONTAINER_OF(n, struct conn, node);

		if (c->proc == proc && c->address == address)
			return c;
	}
	return NULL;
}

void conn_put(struct conn *c)
{
	if (c && --c->refs == 0)
		free(c);
}

void conn_count(const struct query *q, const struct qproc *proc, uint64_t address)
{
	struct conn *c = address && q->connected ? find(q, proc, address) : NULL;

	if (c)
		c->statements++;
}

struct conn *conn_get(const struct query *q, const struct qproc *proc, uint64_t address)
{
	struct conn *c = address ? find(q, proc, address) : NULL;

	if (c)
		c->refs++;
	return c;
}

/* Executions in flight keep theirs. */
void conn_forget(struct query *q, struct conn *c)
{
	hmap_del(&q->conns, &c->node);
	list_del(&c->in_proc);
	list_del(&c->lru);
	c->proc = NULL;
	conn_put(c);
}

static void tell(struct query *q, const struct conn *c, uint64_t end_ns)
{
	struct execution x = { .task = c->task,
			       .start_ns = c->since_ns,
			       .end_ns = end_ns,
			       .system = c->system,
			       .system_name = c->system_name,
			       .connection = c->address,
			       .conn = &c->x };

	if (q->connected && c->since_ns)
		q->connected(q->ctx, &x, c->statements);
}

void conn_end(struct query *q, struct conn *c, uint64_t at_ns)
{
	if (at_ns)
		tell(q, c, at_ns);
	conn_forget(q, c);
}

static void add(struct conn *c, size_t *used, struct slice *s)
{
	if (!s->len) {
		*s = SLICE_NONE;
		return;
	}
	memcpy(c->text + *used, s->ptr, s->len);
	*s = slice_mem(c->text + *used, s->len);
	*used += s->len;
}

int conn_describe(struct query *q, struct qproc *proc, uint64_t address, const struct db_connection *x)
{
	size_t used = 0, len = x->database.len + x->user.len + x->host.len + x->application.len + x->path.len + x->source.len;
	struct conn *c = calloc(1, sizeof(*c) + len + 1), *old;

	if (!c)
		return -ENOMEM;
	c->refs = 1;
	c->address = address;
	c->x = *x;
	add(c, &used, &c->x.database);
	add(c, &used, &c->x.user);
	add(c, &used, &c->x.host);
	add(c, &used, &c->x.application);
	add(c, &used, &c->x.path);
	add(c, &used, &c->x.source);
	old = find(q, proc, address);
	if (hmap_add(&q->conns, &c->node, conn_hash(proc, address))) {
		free(c);
		return -ENOMEM;
	}
	if (old)
		conn_forget(q, old);
	c->proc = proc;
	list_add_tail(&proc->conns, &c->in_proc);
	list_add_tail(&q->conns_lru, &c->lru);
	if (q->conns.count > QUERY_CONNECTIONS_MAX) {
		conn_forget(q, LIST_ENTRY(q->conns_lru.next, struct conn, lru));
		q->stats.evictions++;
	}
	return 0;
}

int query_conn(struct query *q, const struct decoded *d)
{
	const struct rec_conn *r = d->conn;
	struct qproc *proc = query_proc(q, &r->task, d->hdr->ts_ns);
	struct db_connection x = { .id = r->id,
				   .family = r->family,
				   .tls = (enum rec_conn_tls)r->tls,
				   .local_port = r->local_port,
				   .remote_port = r->remote_port,
				   .database = d->str[0],
				   .user = d->str[1],
				   .host = d->str[2],
				   .application = d->str[3],
				   .path = d->str[4] };
	struct conn before = { .since_ns = 0 }, *known;
	int err;

	if (r->site < PROBE_SITES_MAX && q->sites.site[r->site].system == SYSTEM_MSSQL)
		x.id = 0; /* DB-Library: a part of the database's name, rows_tds.c */
	memcpy(x.local, r->local, sizeof(x.local));
	memcpy(x.remote, r->remote, sizeof(x.remote));
	/* The place of another connection, or the same one made anew. */
	known = proc ? find(q, proc, r->conn) : NULL;
	if (proc && (!known || known->x.id != x.id))
		prepared_forget(q, proc, r->conn, d->hdr->ts_ns);
	if (known && known->since_ns && known->x.id != x.id)
		conn_end(q, known, d->hdr->ts_ns);
	else if (known)
		before = *known; /* told once more, after the BPF side had forgotten it */
	err = proc ? conn_describe(q, proc, r->conn, &x) : -ENOMEM;
	known = err ? NULL : find(q, proc, r->conn);
	if (!known || r->site >= PROBE_SITES_MAX || !q->sites.site[r->site].known)
		return err;
	known->task = r->task;
	known->system = q->sites.site[r->site].system;
	known->system_name = site_system_name(&q->sites.site[r->site]);
	known->since_ns = before.since_ns ? before.since_ns : d->hdr->ts_ns;
	known->statements = before.statements;
	if (!before.since_ns)
		tell(q, known, 0);
	return 0;
}
