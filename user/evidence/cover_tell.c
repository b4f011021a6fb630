// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Which connections are told as uncovered, when, and why. */
#include "base/cleanup.h"
#include "evidence/cover_priv.h"

#define PG_CANCEL_BYTES 16        /* CancelRequest: length, code, process, key */
#define PG_CANCEL_TLS_BYTES 16384 /* a handshake around it, with certificates */
#define CANCEL_LIVES_NS SECOND
#define AGAIN_NS (3600 * SECOND)

/* ---- systems by name and by number ---- */

bool cover_is_system(struct slice name, enum client_system system)
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

struct slice cover_system(const struct connection *x)
{
	return slice_mem(x->system, x->system_len);
}

bool cover_maps_system(uint32_t systems, struct slice name)
{
	for (unsigned i = 1; i < SYSTEM_COUNT; i++)
		if ((systems >> i & 1) && cover_is_system(name, (enum client_system)i))
			return true;
	return false;
}

bool cover_maps_library(const struct connection *x, const struct subject *p)
{
	return p && cover_maps_system(p->systems, cover_system(x));
}

/* ---- the decision ---- */

/* Over TLS, and over UNIX sockets, whose bytes nobody counts, it is known by its call, and told: another use of it cannot be excluded. */
static bool cancels(const struct connection *x)
{
	return x->cancels && x->sent <= PG_CANCEL_TLS_BYTES && x->received <= PG_CANCEL_TLS_BYTES &&
	       (!x->ended_ns || x->ended_ns - x->began_ns < CANCEL_LIVES_NS);
}

static bool overdue(const struct connection *x, const struct subject *p, uint64_t now_ns, unsigned grace_s)
{
	uint64_t ended = x->ended_ns;

	if (!ended && p && p->ended_ns)
		ended = p->ended_ns;
	if (ended)
		return now_ns >= ended + COVER_SETTLE_NS;
	if (cancels(x) && now_ns >= x->began_ns + CANCEL_LIVES_NS + COVER_SETTLE_NS)
		return true;
	if (now_ns < x->began_ns + grace_s * SECOND)
		return false;
	if (!cover_maps_library(x, p))
		return true;
	return x->base_ns && (x->sent > x->base_sent || x->received > x->base_received) && now_ns >= x->base_ns + COVER_SETTLE_NS;
}

static const char *reason(const struct connection *x, const struct subject *p)
{
	if (cancels(x))
		return "a request to cancel a statement";
	if (x->opener)
		return "a socket that another process opened";
	if (cover_maps_library(x, p) && (p->flags & REC_PROFILE_EXEC))
		return "the client library is hooked, but its code was made writable";
	if (cover_maps_library(x, p) && p->uring)
		return "the client library is hooked, but io_uring is in use and no statement was seen";
	if (cover_maps_library(x, p))
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
				     .system = cover_system(x),
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
				     .uring = p && p->uring,
				     .cancel = cancels(x) };

	x->told_ns = now_ns;
	return event_uncovered(ctx, now_ns, &u, out);
}

/*
 * PostgreSQL's request to cancel is a connection of its own, without an answer; a statement needs more. Over plain TCP its bytes prove that
 * it is nothing else.
 */
static bool only_cancels(const struct connection *x)
{
	return slice_eq(cover_system(x), SLICE("postgresql")) && x->ended_ns && x->sent && x->sent <= PG_CANCEL_BYTES && x->received <= 1;
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
		struct subject *p = cover_find_process(c, x->task.pid, x->task.start_ns);
		bool due;

		next = l->next;
		due = !x->covered && x->answered && (!x->told_ns || (!last && now_ns >= x->told_ns + AGAIN_NS));
		if (due && !x->told_ns)
			due = overdue(x, p, now_ns, grace_s) || (last && (cancels(x) || !cover_maps_library(x, p)));
		if (due && (merely_inherited(x, ctx) || only_cancels(x)))
			due = false;
		if (due)
			lines += tell(x, p, ctx, now_ns, out);
		if (finished(x, p, now_ns) || (due && (last || cancels(x))))
			cover_drop_connection(c, x);
	}
	for (struct list *l = c->processes_lru.next; l != &c->processes_lru; l = next) {
		struct subject *p = LIST_ENTRY(l, struct subject, lru);

		next = l->next;
		if (p->ended_ns && list_empty(&p->connections) && now_ns >= p->ended_ns + COVER_SETTLE_NS)
			cover_drop_process(c, p);
	}
	return lines;
}
