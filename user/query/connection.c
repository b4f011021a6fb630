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

static void add(struct conn *c, size_t *used, struct slice from, struct slice *ret)
{
	if (!from.len)
		return;
	memcpy(c->text + *used, from.ptr, from.len);
	*ret = slice_mem(c->text + *used, from.len);
	*used += from.len;
}

static struct conn *make(const struct decoded *d)
{
	const struct rec_conn *r = d->conn;
	size_t len = 0, used = 0;
	struct conn *c;

	for (unsigned i = 0; i < 5; i++)
		len += d->str[i].len;
	c = calloc(1, sizeof(*c) + len + 1);
	if (!c)
		return NULL;
	c->refs = 1;
	c->address = r->conn;
	c->x = (struct db_connection){ .id = r->id,
				       .family = r->family,
				       .tls = (enum rec_conn_tls)r->tls,
				       .local_port = r->local_port,
				       .remote_port = r->remote_port };
	memcpy(c->x.local, r->local, sizeof(c->x.local));
	memcpy(c->x.remote, r->remote, sizeof(c->x.remote));
	add(c, &used, d->str[0], &c->x.database);
	add(c, &used, d->str[1], &c->x.user);
	add(c, &used, d->str[2], &c->x.host);
	add(c, &used, d->str[3], &c->x.application);
	add(c, &used, d->str[4], &c->x.path);
	return c;
}

int query_conn(struct query *q, const struct decoded *d)
{
	struct qproc *proc = query_proc(q, &d->conn->task, d->hdr->ts_ns);
	struct conn *c = proc ? make(d) : NULL, *old;

	if (!c)
		return -ENOMEM;
	old = find(q, proc, c->address);
	if (old)
		conn_forget(q, old);
	if (hmap_add(&q->conns, &c->node, conn_hash(proc, c->address))) {
		free(c);
		return -ENOMEM;
	}
	c->proc = proc;
	list_add_tail(&proc->conns, &c->in_proc);
	list_add_tail(&q->conns_lru, &c->lru);
	if (q->conns.count > QUERY_CONNECTIONS_MAX) {
		conn_forget(q, LIST_ENTRY(q->conns_lru.next, struct conn, lru));
		q->stats.evictions++;
	}
	return 0;
}
