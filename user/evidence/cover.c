// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/cover_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define CANCEL_NS SECOND      /* the library connects at once */
#define QUIET_NS (5 * SECOND) /* bytes of the connection's beginning (login, TLS) are over by then */

int cover_new(struct cover **ret)
{
	struct cover *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	hmap_init(&c->connections);
	hmap_init(&c->processes);
	list_init(&c->connections_lru);
	list_init(&c->processes_lru);
	*ret = c;
	return 0;
}

void cover_drop_connection(struct cover *c, struct connection *x)
{
	hmap_del(&c->connections, &x->node);
	list_del(&x->lru);
	list_del(&x->of);
	free(x);
}

void cover_drop_process(struct cover *c, struct subject *p)
{
	while (!list_empty(&p->connections))
		cover_drop_connection(c, LIST_ENTRY(p->connections.next, struct connection, of));
	hmap_del(&c->processes, &p->node);
	list_del(&p->lru);
	free(p);
}

void cover_free(struct cover *c)
{
	if (!c)
		return;
	while (!list_empty(&c->connections_lru))
		cover_drop_connection(c, LIST_ENTRY(c->connections_lru.next, struct connection, lru));
	while (!list_empty(&c->processes_lru))
		cover_drop_process(c, LIST_ENTRY(c->processes_lru.next, struct subject, lru));
	hmap_done(&c->connections);
	hmap_done(&c->processes);
	free(c);
}

struct subject *cover_find_process(const struct cover *c, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&c->processes, hash_u64(pid, start_ns)); n; n = hmap_next(n)) {
		struct subject *p = CONTAINER_OF(n, struct subject, node);

		if (p->pid == pid && p->start_ns == start_ns)
			return p;
	}
	return NULL;
}

static struct subject *get_process(struct cover *c, uint32_t pid, uint64_t start_ns)
{
	struct subject *p = cover_find_process(c, pid, start_ns);

	if (p)
		return p;
	if (c->processes.count >= COVER_PROCESSES_MAX) {
		cover_drop_process(c, LIST_ENTRY(c->processes_lru.next, struct subject, lru));
		c->evictions++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->pid = pid;
	p->start_ns = start_ns;
	list_init(&p->connections);
	if (hmap_add(&c->processes, &p->node, hash_u64(pid, start_ns))) {
		free(p);
		return NULL;
	}
	list_add_tail(&c->processes_lru, &p->lru);
	return p;
}

static struct connection *find_connection(const struct cover *c, uint64_t id, uint32_t dev, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&c->connections, hash_u64(id, dev)); n; n = hmap_next(n)) {
		struct connection *x = CONTAINER_OF(n, struct connection, node);

		if (x->id == id && x->file_dev == dev && x->task.pid == pid && x->task.start_ns == start_ns)
			return x;
	}
	return NULL;
}

/* The one who opened the socket that this process holds, 0: nobody was seen to, or itself. */
static uint32_t opener_of(const struct cover *c, uint64_t id, const struct rec_task *t)
{
	for (struct hnode *n = hmap_first(&c->connections, hash_u64(id, 0)); n; n = hmap_next(n)) {
		const struct connection *x = CONTAINER_OF(n, struct connection, node);

		if (x->id == id && !x->file && !x->opener && (x->task.pid != t->pid || x->task.start_ns != t->start_ns))
			return x->task.pid;
	}
	return 0;
}

static struct connection *new_connection(struct cover *c, const struct rec_task *t, uint64_t id, uint32_t dev, uint64_t ts_ns,
					 struct slice path, struct slice system)
{
	struct subject *p = get_process(c, t->pid, t->start_ns);
	struct connection *x;

	if (!p)
		return NULL;

	if (c->connections.count >= COVER_CONNECTIONS_MAX) {
		cover_drop_connection(c, LIST_ENTRY(c->connections_lru.next, struct connection, lru));
		c->evictions++;
	}
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	*x = (struct connection){ .task = *t, .id = id, .file_dev = dev, .began_ns = ts_ns, .seen_ns = ts_ns };
	path = slice_head(path, sizeof(x->path));
	system = slice_head(system, sizeof(x->system));
	if (path.len)
		memcpy(x->path, path.ptr, path.len);
	if (system.len)
		memcpy(x->system, system.ptr, system.len);
	x->path_len = (uint16_t)path.len;
	x->system_len = (uint16_t)system.len;
	if (hmap_add(&c->connections, &x->node, hash_u64(id, dev))) {
		free(x);
		return NULL;
	}
	list_add_tail(&c->connections_lru, &x->lru);
	list_add_tail(&p->connections, &x->of);
	list_move_tail(&c->processes_lru, &p->lru);
	return x;
}

static void set_bytes(struct connection *x, const struct rec_socket *r)
{
	x->sent = r->sent;
	x->received = r->received;
	if (!x->base_ns && r->hdr.ts_ns >= x->began_ns + QUIET_NS) {
		x->base_ns = r->hdr.ts_ns;
		x->base_sent = r->sent;
		x->base_received = r->received;
	}
}

/* ---- requests to cancel ---- */

static bool may_cancel(const struct connection *x, uint32_t tid, uint64_t ts_ns)
{
	return !x->file && !x->cancels && !x->covered && x->task.tid == tid && x->began_ns >= ts_ns && x->began_ns - ts_ns <= CANCEL_NS &&
	       cover_is_system(cover_system(x), SYSTEM_POSTGRESQL);
}

/* Calls and connections come through rings of their own, in either order. */
void cover_cancel(struct cover *c, const struct rec_task *t, uint64_t ts_ns)
{
	struct subject *p = get_process(c, t->pid, t->start_ns);

	if (!p)
		return;
	for (struct list *l = p->connections.next; l != &p->connections; l = l->next) {
		struct connection *x = LIST_ENTRY(l, struct connection, of);

		if (may_cancel(x, t->tid, ts_ns)) {
			x->cancels = true;
			return;
		}
	}
	p->cancels[p->next_cancel++ % CANCELS] = (struct cancel){ .ts_ns = ts_ns, .tid = t->tid };
}

static bool asked_to_cancel(struct subject *p, const struct connection *x)
{
	for (unsigned i = 0; p && i < CANCELS; i++) {
		struct cancel *k = &p->cancels[i];

		if (k->ts_ns && may_cancel(x, k->tid, k->ts_ns)) {
			k->ts_ns = 0;
			return true;
		}
	}
	return false;
}

static int sighted(struct cover *c, const struct decoded *d)
{
	const struct rec_socket *r = d->socket;
	struct connection *x = find_connection(c, r->id, 0, r->task.pid, r->task.start_ns);

	if (!x || r->event == REC_SOCKET_OPENING) {
		uint32_t opener = r->event == REC_SOCKET_HELD ? opener_of(c, r->id, &r->task) : 0;
		bool cancels = x && x->cancels;

		if (x) /* the same socket again: the first attempt came to nothing */
			cover_drop_connection(c, x);
		x = new_connection(c, &r->task, r->id, 0, r->hdr.ts_ns, d->str[0], d->str[1]);
		if (!x)
			return -ENOMEM;
		x->opener = opener;
		x->family = r->family;
		x->port = r->port;
		memcpy(x->addr, r->addr, sizeof(x->addr));
		x->cancels = r->event == REC_SOCKET_OPENING &&
			     (cancels || asked_to_cancel(cover_find_process(c, r->task.pid, r->task.start_ns), x));
		x->answered = r->event == REC_SOCKET_HELD || d->str[0].len;
	}
	x->seen_ns = r->hdr.ts_ns;
	x->answered |= r->event == REC_SOCKET_HELD;
	if (r->event == REC_SOCKET_HELD)
		set_bytes(x, r);
	return 0;
}

int cover_socket(struct cover *c, const struct decoded *d)
{
	const struct rec_socket *r = d->socket;
	struct connection *x;

	if (r->event == REC_SOCKET_OPENING || r->event == REC_SOCKET_HELD)
		return sighted(c, d);
	x = find_connection(c, r->id, 0, r->task.pid, r->task.start_ns);
	if (!x)
		return 0;
	if (r->event == REC_SOCKET_OPEN) {
		x->answered = true;
		return 0;
	}
	x->sent = r->sent;
	x->received = r->received;
	x->ended_ns = r->hdr.ts_ns;
	if (!x->answered)
		cover_drop_connection(c, x); /* refused */
	return 0;
}

int cover_dbfile(struct cover *c, const struct decoded *d)
{
	const struct rec_dbfile *r = d->dbfile;
	uint32_t dev = r->dev ? r->dev : 1; /* 0 is for sockets */
	struct connection *x = find_connection(c, r->ino, dev, r->task.pid, r->task.start_ns);

	if (!x)
		x = new_connection(c, &r->task, r->ino, dev, r->hdr.ts_ns, d->str[0], d->str[1]);
	if (!x)
		return -ENOMEM;
	x->file = x->answered = true;
	x->seen_ns = r->hdr.ts_ns;
	return 0;
}

int cover_profile(struct cover *c, const struct decoded *d)
{
	const struct rec_profile *r = d->profile;
	struct subject *p = get_process(c, r->pid, r->start_ns);
	struct slice kind = slice_head(d->str[0], KIND_TEXT_MAX - 1);

	if (!p)
		return -ENOMEM;
	if (p->profiled && (r->flags & REC_PROFILE_GONE))
		return 0;
	p->profiled = true;
	p->systems = r->systems;
	p->flags = r->flags;
	memset(p->kind, 0, sizeof(p->kind));
	if (kind.len)
		memcpy(p->kind, kind.ptr, kind.len);
	list_move_tail(&c->processes_lru, &p->lru);
	return 0;
}

int cover_uring(struct cover *c, const struct decoded *d)
{
	struct subject *p = get_process(c, d->uring->task.pid, d->uring->task.start_ns);

	if (!p)
		return -ENOMEM;
	p->uring = true;
	return 0;
}

/*
 * A statement covers one connection: the one its handle was bound to, if that still is open, or else the oldest one without
 * statement. UNIX sockets and files have no end that is seen, so there a known handle may also have moved to a new connection.
 */
void cover_call(struct cover *c, const struct rec_task *t, enum client_system system, uint64_t handle, uint64_t ts_ns)
{
	const struct subject *p = cover_find_process(c, t->pid, t->start_ns);
	struct connection *free_one = NULL;

	for (struct list *l = p ? p->connections.next : NULL; p && l != &p->connections; l = l->next) {
		struct connection *x = LIST_ENTRY(l, struct connection, of);

		if (!cover_is_system(cover_system(x), system))
			continue;
		if (x->file) {
			x->covered = true;
			continue;
		}
		if (x->covered && x->handle == handle && !x->ended_ns && x->family != 1)
			return;
		if (!x->covered && !x->cancels && !free_one && x->began_ns <= ts_ns)
			free_one = x;
	}
	if (!free_one)
		return;
	free_one->covered = true;
	free_one->handle = handle;
}

void cover_moved(struct cover *c, const struct rec_task *t, uint64_t handle)
{
	const struct subject *p = cover_find_process(c, t->pid, t->start_ns);

	for (struct list *l = p ? p->connections.next : NULL; p && l != &p->connections; l = l->next) {
		struct connection *x = LIST_ENTRY(l, struct connection, of);

		if (x->handle == handle)
			x->handle = 0;
	}
}

void cover_exit(struct cover *c, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	struct subject *p = cover_find_process(c, pid, start_ns);

	if (p)
		p->ended_ns = ts_ns;
}

uint64_t cover_evictions(const struct cover *c)
{
	return c->evictions;
}
