// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"

#define PG_CANCEL_BYTES 16 /* CancelRequest: length, code, process, key */
#define SECOND 1000000000ull
#define QUIET_NS (5 * SECOND) /* bytes of the connection's beginning (login, TLS) are over by then */
#define AGAIN_NS (3600 * SECOND)
#define PATH_TEXT_MAX 256
#define KIND_TEXT_MAX 16

struct subject { /* a process with a connection */
	struct hnode node;
	struct list lru;
	struct list connections; /* struct connection.of */
	uint32_t pid;
	uint64_t start_ns;
	uint64_t ended_ns;
	uint32_t systems, flags;
	bool uring, profiled;
	char kind[KIND_TEXT_MAX];
};

struct connection {
	struct hnode node; /* by socket and process */
	struct list lru;   /* oldest first */
	struct list of;    /* in its process */
	struct rec_task task;
	uint64_t id;
	uint64_t began_ns, seen_ns, ended_ns, told_ns;
	uint64_t sent, received;
	uint64_t base_sent, base_received, base_ns; /* at the first sight after QUIET_NS */
	uint64_t handle;                            /* of the client library, once a statement was seen */
	uint32_t opener;                            /* the process that opened the socket, when it is another one */
	uint16_t family, port;
	uint8_t addr[16];
	bool answered, covered, file;
	uint32_t file_dev;
	uint16_t path_len, system_len;
	char path[PATH_TEXT_MAX];
	char system[33];
};

struct cover {
	struct hmap connections, processes;
	struct list connections_lru, processes_lru;
	uint64_t evictions;
};

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

static void drop_connection(struct cover *c, struct connection *x)
{
	hmap_del(&c->connections, &x->node);
	list_del(&x->lru);
	list_del(&x->of);
	free(x);
}

static void drop_process(struct cover *c, struct subject *p)
{
	while (!list_empty(&p->connections))
		drop_connection(c, LIST_ENTRY(p->connections.next, struct connection, of));
	hmap_del(&c->processes, &p->node);
	list_del(&p->lru);
	free(p);
}

void cover_free(struct cover *c)
{
	if (!c)
		return;
	while (!list_empty(&c->connections_lru))
		drop_connection(c, LIST_ENTRY(c->connections_lru.next, struct connection, lru));
	while (!list_empty(&c->processes_lru))
		drop_process(c, LIST_ENTRY(c->processes_lru.next, struct subject, lru));
	hmap_done(&c->connections);
	hmap_done(&c->processes);
	free(c);
}

static struct subject *find_process(const struct cover *c, uint32_t pid, uint64_t start_ns)
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
	struct subject *p = find_process(c, pid, start_ns);

	if (p)
		return p;
	if (c->processes.count >= COVER_PROCESSES_MAX) {
		drop_process(c, LIST_ENTRY(c->processes_lru.next, struct subject, lru));
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
		drop_connection(c, LIST_ENTRY(c->connections_lru.next, struct connection, lru));
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

static int sighted(struct cover *c, const struct decoded *d)
{
	const struct rec_socket *r = d->socket;
	struct connection *x = find_connection(c, r->id, 0, r->task.pid, r->task.start_ns);

	if (!x || r->event == REC_SOCKET_OPENING) {
		uint32_t opener = r->event == REC_SOCKET_HELD ? opener_of(c, r->id, &r->task) : 0;

		if (x) /* the same socket again: the first attempt came to nothing */
			drop_connection(c, x);
		x = new_connection(c, &r->task, r->id, 0, r->hdr.ts_ns, d->str[0], d->str[1]);
		if (!x)
			return -ENOMEM;
		x->opener = opener;
		x->family = r->family;
		x->port = r->port;
		memcpy(x->addr, r->addr, sizeof(x->addr));
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
		drop_connection(c, x); /* refused */
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

/* ---- systems by name and by number ---- */

static bool is_system(struct slice name, enum client_system system)
{
	static const char *const names[SYSTEM_COUNT] = {
		[SYSTEM_SQLITE] = "sqlite",       [SYSTEM_MSSQL] = "microsoft.sql_server",
		[SYSTEM_ORACLE] = "oracle.db",    [SYSTEM_DB2] = "ibm.db2",
		[SYSTEM_DUCKDB] = "duckdb",       [SYSTEM_MONGODB] = "mongodb",
		[SYSTEM_CASSANDRA] = "cassandra",
	};

	if (system == SYSTEM_POSTGRESQL) /* its protocol has many servers */
		return slice_eq(name, SLICE("postgresql")) || slice_eq(name, SLICE("aws.redshift"));
	if (system == SYSTEM_MYSQL)
		return slice_eq(name, SLICE("mysql")) || slice_eq(name, SLICE("mariadb"));
	/* Without a name it is a layer over several systems, ODBC for one. */
	return !names[system] || slice_eq(name, slice_cstr(names[system]));
}

static struct slice system_of(const struct connection *x)
{
	return slice_mem(x->system, x->system_len);
}

bool cover_maps_system(uint32_t systems, struct slice name)
{
	for (unsigned i = 1; i < SYSTEM_COUNT; i++)
		if ((systems >> i & 1) && is_system(name, (enum client_system)i))
			return true;
	return false;
}

static bool maps_library(const struct connection *x, const struct subject *p)
{
	return p && cover_maps_system(p->systems, system_of(x));
}

/*
 * A statement covers one connection: the one its handle was bound to, if that still is open, or else the oldest one without
 * statement. UNIX sockets and files have no end that is seen, so there a known handle may also have moved to a new connection.
 */
void cover_call(struct cover *c, const struct rec_task *t, enum client_system system, uint64_t handle, uint64_t ts_ns)
{
	const struct subject *p = find_process(c, t->pid, t->start_ns);
	struct connection *free_one = NULL;

	for (struct list *l = p ? p->connections.next : NULL; p && l != &p->connections; l = l->next) {
		struct connection *x = LIST_ENTRY(l, struct connection, of);

		if (!is_system(system_of(x), system))
			continue;
		if (x->file) {
			x->covered = true;
			continue;
		}
		if (x->covered && x->handle == handle && !x->ended_ns && x->family != 1)
			return;
		if (!x->covered && !free_one && x->began_ns <= ts_ns)
			free_one = x;
	}
	if (!free_one)
		return;
	free_one->covered = true;
	free_one->handle = handle;
}

void cover_moved(struct cover *c, const struct rec_task *t, uint64_t handle)
{
	const struct subject *p = find_process(c, t->pid, t->start_ns);

	for (struct list *l = p ? p->connections.next : NULL; p && l != &p->connections; l = l->next) {
		struct connection *x = LIST_ENTRY(l, struct connection, of);

		if (x->handle == handle)
			x->handle = 0;
	}
}

void cover_exit(struct cover *c, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	struct subject *p = find_process(c, pid, start_ns);

	if (p)
		p->ended_ns = ts_ns;
}

/* ---- the decision ---- */

static bool overdue(const struct connection *x, const struct subject *p, uint64_t now_ns, unsigned grace_s)
{
	uint64_t ended = x->ended_ns;

	if (!ended && p && p->ended_ns)
		ended = p->ended_ns;
	if (ended)
		return now_ns >= ended + COVER_SETTLE_NS;
	if (now_ns < x->began_ns + grace_s * SECOND)
		return false;
	if (!maps_library(x, p))
		return true;
	return x->base_ns && (x->sent > x->base_sent || x->received > x->base_received) && now_ns >= x->base_ns + COVER_SETTLE_NS;
}

static const char *reason(const struct connection *x, const struct subject *p)
{
	if (x->opener)
		return "a socket that another process opened";
	if (maps_library(x, p) && (p->flags & REC_PROFILE_EXEC))
		return "the client library is hooked, but its code was made writable";
	if (maps_library(x, p) && p->uring)
		return "the client library is hooked, but io_uring is in use and no statement was seen";
	if (maps_library(x, p))
		return x->file ? "the client library is hooked, but no statement was seen"
			       : "the client library is hooked, but no statement was seen on this connection";
	if (p && p->uring)
		return "no client library, io_uring in use";
	if (p && p->kind[0])
		return "driver without a client library";
	if (p && (p->flags & REC_PROFILE_CARRIES))
		return "client library linked in, without the names of its functions";
	if (!p || (p->flags & REC_PROFILE_GONE))
		return "no client library known; the process ended before it could be looked at";
	return (p->flags & REC_PROFILE_STATIC) ? "static program without a known client library" : "no client library in the process";
}

/* Forked from the opener and still the same program: it inherited the socket. */
static bool merely_inherited(const struct connection *x, const struct event_context *ctx)
{
	const struct process *p = identity_process(ctx->identity, x->task.pid, x->task.start_ns);

	return x->opener && x->opener == x->task.ppid && p && !p->known;
}

static unsigned tell(struct connection *x, const struct subject *p, const struct event_context *ctx, uint64_t now_ns, struct buf *out)
{
	struct event_uncovered u = { .task = &x->task,
				     .reason = slice_cstr(reason(x, p)),
				     .system = system_of(x),
				     .kind = slice_cstr(p ? p->kind : ""),
				     .path = slice_mem(x->path, x->path_len),
				     .file = x->file,
				     .family = x->family,
				     .port = x->port,
				     .addr = x->addr,
				     .opener = x->opener,
				     .sent = x->sent,
				     .received = x->received,
				     .began_ns = x->began_ns,
				     .open = !x->ended_ns && !(p && p->ended_ns),
				     .uring = p && p->uring };

	x->told_ns = now_ns;
	return event_uncovered(ctx, now_ns, &u, out);
}

/* PostgreSQL's request to cancel is a connection of its own, of so many bytes and no answer; a statement needs more. */
static bool only_cancels(const struct connection *x)
{
	return slice_eq(system_of(x), SLICE("postgresql")) && x->ended_ns && x->sent && x->sent <= PG_CANCEL_BYTES && x->received <= 1;
}

/* Nothing more is to be decided about it. */
static bool finished(const struct connection *x, const struct subject *p, uint64_t now_ns)
{
	uint64_t ended = x->ended_ns ? x->ended_ns : p ? p->ended_ns : 0;

	return ended && now_ns >= ended + COVER_SETTLE_NS;
}

unsigned cover_tell(struct cover *c, const struct event_context *ctx, uint64_t now_ns, unsigned grace_s, bool last, struct buf *out)
{
	struct list *next;
	unsigned lines = 0;

	for (struct list *l = c->connections_lru.next; l != &c->connections_lru && lines < COVER_LINES_MAX; l = next) {
		struct connection *x = LIST_ENTRY(l, struct connection, lru);
		struct subject *p = find_process(c, x->task.pid, x->task.start_ns);
		bool due;

		next = l->next;
		due = !x->covered && x->answered && (!x->told_ns || (!last && now_ns >= x->told_ns + AGAIN_NS));
		if (due && !x->told_ns)
			due = overdue(x, p, now_ns, grace_s) || (last && !maps_library(x, p));
		if (due && (merely_inherited(x, ctx) || only_cancels(x)))
			due = false;
		if (due)
			lines += tell(x, p, ctx, now_ns, out);
		if (finished(x, p, now_ns) || (last && due))
			drop_connection(c, x);
	}
	for (struct list *l = c->processes_lru.next; l != &c->processes_lru; l = next) {
		struct subject *p = LIST_ENTRY(l, struct subject, lru);

		next = l->next;
		if (p->ended_ns && list_empty(&p->connections) && now_ns >= p->ended_ns + COVER_SETTLE_NS)
			drop_process(c, p);
	}
	return lines;
}

uint64_t cover_evictions(const struct cover *c)
{
	return c->evictions;
}
