// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"

struct cursor {
	struct hnode by_name, by_session;
	struct list all; /* the longest unused first */
	uint32_t pid;
	uint64_t start_ns, connection, server_id;
	uint64_t due_ns;  /* of what waits; 0: nothing does */
	uint64_t gone_ns; /* the process or the connection ended; 0: they live */
	const char *gone;
	bool holds; /* outlives its transaction */
	/* What waits: */
	struct arena arena;
	struct event_query q;
	struct execution x;
	struct policy_question question;
	struct event_cursor here;
	/* Told before: */
	char id[EVENT_ID_SIZE];
	uint64_t fetches, rows;
	size_t name_len;
	char name[];
};

struct cursors {
	cursor_tell_fn tell;
	void *ctx;
	struct hmap names, sessions;
	struct list all;
	size_t waiting;
	size_t bytes;    /* of their arenas */
	uint64_t due_ns; /* nothing is to be done before; 0: ever */
};

int cursors_new(cursor_tell_fn tell, void *ctx, struct cursors **ret)
{
	struct cursors *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->tell = tell;
	c->ctx = ctx;
	hmap_init(&c->names);
	hmap_init(&c->sessions);
	list_init(&c->all);
	*ret = c;
	return 0;
}

static uint64_t session_hash(const struct execution *x)
{
	return hash_u64(x->task.start_ns ^ ((uint64_t)x->task.pid << 32), x->connection);
}

static bool is_of(const struct cursor *k, const struct execution *x)
{
	return k->pid == x->task.pid && k->start_ns == x->task.start_ns && k->connection == x->connection;
}

/* The same place in memory, but another connection. */
static bool is_stale(const struct cursor *k, const struct execution *x)
{
	return (k->server_id && x->conn && x->conn->id && k->server_id != x->conn->id) || (k->gone_ns && x->start_ns > k->gone_ns);
}

static void release(struct cursors *c, struct cursor *k)
{
	if (!k->due_ns)
		return;
	c->bytes -= k->arena.total;
	c->waiting--;
	arena_done(&k->arena);
	k->due_ns = 0;
}

/* end: why there will be no more; NULL: it may go on. */
static void tell(struct cursors *c, struct cursor *k, const char *end)
{
	char id[EVENT_ID_SIZE] = "";

	if (!k->due_ns)
		return;
	k->fetches += k->here.fetches;
	k->rows += k->x.has_rows ? k->x.rows : 0;
	k->here.end = end;
	if (k->id[0]) {
		k->here.declared_in = slice_cstr(k->id);
		k->here.all_fetches = k->fetches;
		k->here.all_rows = k->rows;
	}
	c->tell(c->ctx, &k->q, &k->question, &k->arena, id);
	if (!k->id[0])
		memcpy(k->id, id, sizeof(id));
	release(c, k);
}

static void forget(struct cursors *c, struct cursor *k, const char *end)
{
	tell(c, k, end);
	hmap_del(&c->names, &k->by_name);
	hmap_del(&c->sessions, &k->by_session);
	list_del(&k->all);
	free(k);
}

void cursors_free(struct cursors *c)
{
	if (!c)
		return;
	while (!list_empty(&c->all)) {
		struct cursor *k = LIST_ENTRY(c->all.next, struct cursor, all);

		release(c, k);
		forget(c, k, NULL);
	}
	hmap_done(&c->names);
	hmap_done(&c->sessions);
	free(c);
}

static struct cursor *find(struct cursors *c, const struct execution *x, struct slice name)
{
	for (struct hnode *n = hmap_first(&c->names, session_hash(x) ^ slice_hash(name)); n; n = hmap_next(n)) {
		struct cursor *k = CONTAINER_OF(n, struct cursor, by_name);

		if (!is_of(k, x) || !slice_eq(slice_mem(k->name, k->name_len), name))
			continue;
		if (!is_stale(k, x))
			return k;
		forget(c, k, "connection");
		return NULL;
	}
	return NULL;
}

static struct cursor *make(struct cursors *c, const struct execution *x, struct slice name)
{
	struct cursor *k;

	if (c->names.count >= CURSORS_MAX)
		forget(c, LIST_ENTRY(c->all.next, struct cursor, all), NULL);
	k = calloc(1, sizeof(*k) + name.len);
	if (!k || hmap_add(&c->names, &k->by_name, session_hash(x) ^ slice_hash(name))) {
		free(k);
		return NULL;
	}
	if (hmap_add(&c->sessions, &k->by_session, session_hash(x))) {
		hmap_del(&c->names, &k->by_name);
		free(k);
		return NULL;
	}
	k->pid = x->task.pid;
	k->start_ns = x->task.start_ns;
	k->connection = x->connection;
	k->server_id = x->conn ? x->conn->id : 0;
	k->name_len = name.len;
	if (name.len)
		memcpy(k->name, name.ptr, name.len);
	list_add_tail(&c->all, &k->all);
	return k;
}

static void set_due(struct cursors *c, uint64_t ns)
{
	if (!c->due_ns || ns < c->due_ns)
		c->due_ns = ns;
}

static void goes(struct cursors *c, struct cursor *k, uint64_t ts_ns, const char *why)
{
	if (k->gone_ns)
		return;
	k->gone_ns = ts_ns ? ts_ns : 1;
	k->gone = why;
	set_due(c, k->gone_ns + CURSOR_LINGER_NS);
}

/* The event waits from now on, with the arena. */
static void hold_back(struct cursors *c, struct cursor *k, const struct event_query *q, const struct policy_question *question,
		      struct arena *arena, uint64_t ns)
{
	k->x = *q->exec;
	k->here = (struct event_cursor){ .name = slice_mem(k->name, k->name_len) };
	k->q = *q;
	k->q.exec = &k->x;
	k->q.cursor = &k->here;
	k->question = *question;
	k->arena = *arena;
	arena_init(arena, arena->max);
	k->due_ns = k->x.start_ns + ns;
	c->waiting++;
	c->bytes += k->arena.total;
	set_due(c, k->due_ns);
	if (k->x.gone_ns)
		goes(c, k, k->x.gone_ns, "process");
	for (struct list *e = c->all.next; e != &c->all && c->bytes > CURSORS_BYTES_MAX; e = e->next)
		tell(c, LIST_ENTRY(e, struct cursor, all), NULL);
}

/* MOVE returns no rows, though the server counts them. */
static void add_fetch(struct cursor *k, const struct event_query *q)
{
	const struct execution *x = q->exec;

	if (slice_eq(q->sql->statements[0].operation, SLICE("FETCH"))) {
		k->here.fetches++;
		k->x.has_rows |= x->has_rows;
		k->x.rows += x->has_rows ? x->rows : 0;
	}
	if (x->end_ns > k->x.end_ns)
		k->x.end_ns = x->end_ns;
	if (x->outcome == OUTCOME_FAILURE) {
		k->x.outcome = x->outcome;
		k->x.status_code = arena_dup(&k->arena, x->status_code);
	}
}

/* ---- statements ---- */

/* Those of the session end; transaction: unless they outlive it. */
static void end_all(struct cursors *c, const struct execution *x, const char *end, bool transaction)
{
	struct hnode *next;

	for (struct hnode *n = hmap_first(&c->sessions, session_hash(x)); n; n = next) {
		struct cursor *k = CONTAINER_OF(n, struct cursor, by_session);

		next = hmap_next(n);
		if (is_of(k, x) && !(transaction && k->holds))
			forget(c, k, end);
	}
}

static void end_by_setting(struct cursors *c, const struct execution *x, const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nsettings; i++) {
		enum sql_setting_kind kind = st->settings[i].kind;

		if (kind == SQL_TX_COMMIT || kind == SQL_TX_ROLLBACK)
			end_all(c, x, "transaction", true);
		else if (kind == SQL_DISCARD_ALL && slice_starts(st->operation, SLICE("DISCARD")) && st->settings[i].reset)
			end_all(c, x, "discard", false);
	}
}

static void end_by(struct cursors *c, const struct execution *x, const struct sql_statement *st)
{
	struct cursor *k;

	end_by_setting(c, x, st);
	if (!st->cursor || (st->session != SQL_SESSION_FORGET && st->session != SQL_SESSION_PREPARE))
		return;
	if (st->session == SQL_SESSION_FORGET && !st->session_name.len) {
		end_all(c, x, "close", false);
		return;
	}
	k = find(c, x, st->session_name);
	if (k)
		forget(c, k, st->session == SQL_SESSION_FORGET ? "close" : "declared_again");
}

/* The one statement of the string that has to do with data, when it declares a cursor or fetches from it. */
static const struct sql_statement *about_cursor(const struct event_query *q)
{
	const struct sql_statement *found = NULL;

	for (size_t i = 0; i < q->sql->nstatements; i++) {
		const struct sql_statement *st = &q->sql->statements[i];

		if (!st->cursor && st->session == SQL_SESSION_NONE && !st->nrelations && st->nsettings)
			continue; /* BEGIN, SET */
		if (found || !st->cursor || (st->session != SQL_SESSION_PREPARE && st->session != SQL_SESSION_EXECUTE))
			return NULL;
		found = st;
	}
	return found;
}

static bool declare(struct cursors *c, const struct event_query *q, const struct sql_statement *st, const struct policy_question *question,
		    struct arena *arena)
{
	struct cursor *k = make(c, q->exec, st->session_name);

	if (!k)
		return false;
	k->holds = st->holds;
	hold_back(c, k, q, question, arena, CURSOR_FIRST_NS);
	return true;
}

static bool fetch(struct cursors *c, const struct event_query *q, const struct sql_statement *st, const struct policy_question *question,
		  bool kept, struct arena *arena)
{
	struct cursor *k = find(c, q->exec, st->session_name);
	bool failed = q->exec->outcome == OUTCOME_FAILURE;

	if ((!k || !k->due_ns) && (!kept || failed))
		return false;
	if (!k)
		k = make(c, q->exec, st->session_name); /* declared before us, or by a function */
	if (!k)
		return false;
	list_move_tail(&c->all, &k->all);
	if (k->due_ns) {
		add_fetch(k, q);
		if (failed)
			forget(c, k, "error");
		return true;
	}
	hold_back(c, k, q, question, arena, CURSOR_MORE_NS);
	k->here.fetches = slice_eq(st->operation, SLICE("FETCH"));
	k->x.has_rows &= k->here.fetches == 1;
	return true;
}

bool cursors_take(struct cursors *c, const struct event_query *q, const struct policy_question *question, bool kept, struct arena *arena)
{
	const struct sql_statement *st;

	if (!q->sql)
		return false;
	/* A string that failed may have ended none of them; what was fetched until now is known all the same. */
	for (size_t i = 0; c->names.count && i < q->sql->nstatements; i++)
		end_by(c, q->exec, &q->sql->statements[i]);
	st = about_cursor(q);
	if (!st || arena->full)
		return false;
	if (st->session == SQL_SESSION_PREPARE)
		return kept && q->exec->outcome != OUTCOME_FAILURE && declare(c, q, st, question, arena);
	return q->sql->nstatements == 1 && fetch(c, q, st, question, kept, arena);
}

void cursors_exit(struct cursors *c, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	for (struct list *e = c->all.next; e != &c->all; e = e->next) {
		struct cursor *k = LIST_ENTRY(e, struct cursor, all);

		if (k->pid == pid && k->start_ns == start_ns)
			goes(c, k, ts_ns, "process");
	}
}

void cursors_close(struct cursors *c, const struct execution *x)
{
	struct cursor *k;

	if (x->statement.ptr) {
		k = find(c, x, x->statement);
		if (k)
			forget(c, k, "close");
		return;
	}
	for (struct hnode *n = hmap_first(&c->sessions, session_hash(x)); n; n = hmap_next(n)) {
		k = CONTAINER_OF(n, struct cursor, by_session);
		if (is_of(k, x))
			goes(c, k, x->start_ns, "connection");
	}
}

void cursors_tick(struct cursors *c, uint64_t now_ns)
{
	struct list *next;

	if (!c->due_ns || now_ns < c->due_ns)
		return;
	c->due_ns = 0;
	for (struct list *e = c->all.next; e != &c->all; e = next) {
		struct cursor *k = LIST_ENTRY(e, struct cursor, all);

		next = e->next;
		if (k->gone_ns && now_ns >= k->gone_ns + CURSOR_LINGER_NS) {
			forget(c, k, k->gone);
			continue;
		}
		if (k->due_ns && now_ns >= k->due_ns)
			tell(c, k, NULL);
		if (k->due_ns)
			set_due(c, k->due_ns);
		if (k->gone_ns)
			set_due(c, k->gone_ns + CURSOR_LINGER_NS);
	}
}

void cursors_flush(struct cursors *c)
{
	for (struct list *e = c->all.next; e != &c->all; e = e->next) {
		struct cursor *k = LIST_ENTRY(e, struct cursor, all);

		tell(c, k, k->gone);
	}
}

size_t cursors_waiting(const struct cursors *c)
{
	return c->waiting;
}
