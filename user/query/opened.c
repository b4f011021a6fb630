// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Connections of the libraries in generic.c, by what their programs told them to connect to. Handles that a function gives out are not
 * seen at its entry: such a one is known at its first use, which must be on the same thread and before another one of its kind is
 * given out there that belongs to a different connection. Otherwise the connection stays unknown. (DuckDB's clients in JavaScript give
 * each call to another thread: there it is the process.)
 */
#include <errno.h>
#include <string.h>

#include "query/layer.h"
#include "query/source.h"

/* No address of user space: connections that have none yet. */
#define OPENED (1ull << 63)

enum { CS_SET = 34 }; /* cspublic.h */

static struct handle *fresh_link(struct query *q, const struct call *c, bool make)
{
	uint64_t thread = c->site->system == SYSTEM_DUCKDB ? 0 : c->rec->task.tid, key = (uint64_t)c->site->library->id << 32 | thread;

	return make ? handle_put_bare(q, c, HANDLE_FRESH_LINK, key) : handle_find(q, c->proc, HANDLE_FRESH_LINK, key, SLICE_NONE);
}

static struct handle *link_of(struct query *q, const struct call *c, uint64_t handle, bool make)
{
	return make ? handle_put_bare(q, c, HANDLE_LINK, handle) : handle_find(q, c->proc, HANDLE_LINK, handle, SLICE_NONE);
}

/* Something was made here that belongs to this connection. */
static int expect(struct query *q, const struct call *c, uint64_t conn)
{
	struct handle *h = fresh_link(q, c, true);

	if (!h)
		return -ENOMEM;
	if (h->waiting && h->conn != conn)
		h->conn = 0;
	else
		h->conn = conn;
	h->waiting++;
	return 0;
}

static void fill(struct slice *to, struct slice from)
{
	if (!to->len)
		*to = from;
}

/* What the library itself told of the object counts; the program's words fill in what is missing. */
static int join(struct query *q, const struct call *c, uint64_t handle, uint64_t conn)
{
	struct conn *own = conn_get(q, c->proc, handle), *told = conn_get(q, c->proc, conn);
	struct db_connection x;
	int r = 0;

	if (own && told) {
		x = own->x;
		fill(&x.database, told->x.database);
		fill(&x.user, told->x.user);
		fill(&x.host, told->x.host);
		fill(&x.path, told->x.path);
		fill(&x.source, told->x.source);
		r = conn_describe(q, c->proc, handle, &x);
	}
	conn_put(own);
	conn_put(told);
	return r;
}

/* The first use of a handle that somebody waits for. */
static uint64_t meet(struct query *q, const struct call *c, uint64_t handle, bool is_conn)
{
	struct handle *fresh = layer_nested(c) ? NULL : fresh_link(q, c, false), *h;
	uint64_t conn = fresh && fresh->waiting ? fresh->conn : 0;

	if (!fresh || !fresh->waiting)
		return is_conn ? handle : 0;
	fresh->waiting--;
	h = conn ? link_of(q, c, handle, true) : NULL;
	if (!h)
		return is_conn ? handle : 0;
	if (is_conn && !join(q, c, handle, conn))
		conn = handle;
	h->conn = conn;
	return conn;
}

uint64_t layer_known(struct query *q, const struct call *c, uint64_t handle)
{
	struct handle *h = handle ? link_of(q, c, handle, false) : NULL;
	struct conn *own = h ? NULL : conn_get(q, c->proc, handle);

	conn_put(own);
	return h ? h->conn : own ? meet(q, c, handle, true) : 0;
}

uint64_t layer_connection(struct query *q, const struct call *c, uint64_t handle)
{
	struct handle *h = handle ? link_of(q, c, handle, false) : NULL;
	struct conn *own;

	if (!handle)
		return 0;
	if (h)
		return h->conn;
	own = conn_get(q, c->proc, handle);
	conn_put(own);
	return meet(q, c, handle, own != NULL);
}

void layer_unlink(struct query *q, const struct call *c)
{
	struct handle *h = link_of(q, c, c->handle, false);

	if (h)
		handle_free(q, h);
}

/* ---- what connects ---- */

static bool is_uri(struct slice s)
{
	return memmem(s.ptr, s.len, "://", 3) != NULL;
}

/* The user of a login, or of a connection before it is opened. */
static struct slice login_user(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_LOGIN, c->handle, SLICE_NONE);

	return h ? slice_mem(h->text, h->text_len) : SLICE_NONE;
}

static void told(struct query *q, const struct call *c, struct db_connection *x)
{
	if (c->site->op == OP_LAYER_CONNECT) {
		if (memchr(c->text.ptr, '=', c->text.len))
			source_string(c->text, x);
		else
			x->source = c->text;
		fill(&x->user, c->name);
		return;
	}
	if (c->site->op == OP_LAYER_LOGON)
		x->user = c->name;
	fill(&x->user, login_user(q, c));
	if (c->site->system == SYSTEM_DUCKDB)
		x->path = c->text;
	else if (is_uri(c->text))
		source_uri(c->text, x);
	else
		source_server(c->text, x);
}

static int connect_to(struct query *q, const struct call *c)
{
	struct db_connection x = { .id = 0 };
	struct conn *before = c->site->op == OP_LAYER_SERVER ? conn_get(q, c->proc, c->handle) : NULL;
	struct handle *h = link_of(q, c, c->handle, true);
	int r = h ? 0 : -ENOMEM;

	if (before)
		x = before->x;
	told(q, c, &x);
	r = r ? r : conn_describe(q, c->proc, c->handle, &x);
	if (!r)
		h->conn = c->handle; /* it is nothing else's, and waits for nothing */
	conn_put(before);
	return r;
}

static int open_new(struct query *q, const struct call *c, uint64_t *ret_conn)
{
	struct db_connection x = { .id = 0 };
	uint64_t conn = OPENED | ++q->opened;
	int r;

	told(q, c, &x);
	r = conn_describe(q, c->proc, conn, &x);
	if (!r)
		*ret_conn = conn;
	return r ? r : expect(q, c, conn);
}

static int user(struct query *q, const struct call *c)
{
	struct conn *known = conn_get(q, c->proc, c->handle);
	struct db_connection x;
	int r = handle_put(q, c, HANDLE_LOGIN, c->handle, SLICE_NONE) ? 0 : -ENOMEM;

	if (!r && known) {
		x = known->x;
		x.user = c->text;
		r = conn_describe(q, c->proc, c->handle, &x);
	}
	conn_put(known);
	return r;
}

/* The connection with another database, when the call names one. */
static int with_database(struct query *q, const struct call *c, uint64_t *conn)
{
	struct conn *of = *conn && c->text.len ? conn_get(q, c->proc, *conn) : NULL;
	struct db_connection x;
	int r;

	if (!of)
		return 0;
	x = of->x;
	x.database = c->text;
	*conn = OPENED | ++q->opened;
	r = conn_describe(q, c->proc, *conn, &x);
	conn_put(of);
	return r;
}

static int alloc(struct query *q, const struct call *c)
{
	uint64_t conn = c->site->op == OP_LAYER_ALLOC ? layer_connection(q, c, c->handle) : layer_known(q, c, c->handle);
	int r = with_database(q, c, &conn);

	if (r)
		return r;
	/* A handle of a connection of which nothing is known is told apart from those of others all the same. */
	return expect(q, c, conn ? conn : c->handle);
}

static int link_to(struct query *q, const struct call *c)
{
	uint64_t conn = layer_connection(q, c, c->rec->args[c->site->op == OP_LAYER_ATTRIBUTE ? 2 : 1]);
	struct handle *h;
	int r = with_database(q, c, &conn);

	if (r || !conn)
		return r;
	h = link_of(q, c, c->handle, true);
	if (h)
		h->conn = conn;
	return h ? 0 : -ENOMEM;
}

/* The session of a service context that has its server: several may be on one server, so this is a connection of its own. */
static int session(struct query *q, const struct call *c)
{
	struct handle *login = handle_find(q, c->proc, HANDLE_LOGIN, c->rec->args[2], SLICE_NONE), *h = link_of(q, c, c->handle, false);
	struct conn *of = login && h ? conn_get(q, c->proc, h->conn) : NULL;
	struct db_connection x;
	uint64_t conn = OPENED | ++q->opened;
	int r;

	if (!of)
		return 0;
	x = of->x;
	x.user = slice_mem(login->text, login->text_len);
	r = conn_describe(q, c->proc, conn, &x);
	conn_put(of);
	if (!r)
		h->conn = conn;
	return r;
}

static int attribute(struct query *q, const struct call *c)
{
	enum { OCI_ATTR_SERVER = 6, OCI_ATTR_SESSION = 7 };
	uint32_t what = (uint32_t)c->rec->args[4];
	struct call link = *c;

	if (what != OCI_ATTR_SERVER && what != OCI_ATTR_SESSION)
		return user(q, c);
	if (what == OCI_ATTR_SESSION)
		return session(q, c);
	link.text = SLICE_NONE; /* a handle is no text */
	return link_to(q, &link);
}

int layer_opened(struct query *q, const struct call *c, uint64_t *ret_conn)
{
	int r;

	*ret_conn = 0;
	if (layer_nested(c)) /* by a function of its library that was told */
		return 0;
	switch (c->site->op) {
	case OP_LAYER_CONNECT:
	case OP_LAYER_SERVER:
		r = connect_to(q, c);
		break;
	case OP_LAYER_ATTRIBUTE:
		return attribute(q, c);
	case OP_LAYER_OPEN:
	case OP_LAYER_LOGON:
		return open_new(q, c, ret_conn);
	case OP_LAYER_PROPERTY:
		return (uint32_t)c->rec->args[1] == CS_SET ? user(q, c) : 0;
	case OP_LAYER_USER:
		return user(q, c);
	case OP_LAYER_STATEMENT:
	case OP_LAYER_ALLOC:
		r = alloc(q, c);
		break;
	default:
		r = link_to(q, c);
	}
	if (!r)
		*ret_conn = layer_known(q, c, c->handle);
	return r;
}
