// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Connections with state, and the way of one string through its session. */
#include "pipeline/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/session_internal.h"

int sessions_new(struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	hmap_init(&s->map);
	hmap_init(&s->procs);
	hmap_init(&s->names);
	hmap_init(&s->derived);
	list_init(&s->lru);
	list_init(&s->names_lru);
	list_init(&s->memory);
	list_init(&s->derived_lru);
	list_init(&s->memory_lru);
	list_init(&s->plain_lru);
	*ret = s;
	return 0;
}

static void forget(struct sessions *s, struct session *t)
{
	names_clear(s, t);
	derived_clear(s, t);
	attached_clear(t);
	free(t->attached);
	vars_done(&t->now);
	vars_done(&t->before);
	hmap_del(&s->map, &t->by_key);
	hmap_del(&s->procs, &t->by_process);
	list_del(&t->lru);
	free(t);
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	while (!list_empty(&s->lru))
		forget(s, LIST_ENTRY(s->lru.next, struct session, lru));
	derived_done(s);
	hmap_done(&s->map);
	hmap_done(&s->procs);
	hmap_done(&s->names);
	hmap_done(&s->derived);
	free(s);
}

static uint64_t key_hash(uint32_t pid, uint64_t start_ns, uint64_t connection)
{
	return hash_u64(start_ns ^ ((uint64_t)pid << 32), connection);
}

static uint64_t process_hash(uint32_t pid, uint64_t start_ns)
{
	return hash_u64(start_ns, pid);
}

static struct session *find(const struct sessions *s, uint32_t pid, uint64_t start_ns, uint64_t connection)
{
	for (struct hnode *n = hmap_first(&s->map, key_hash(pid, start_ns, connection)); n; n = hmap_next(n)) {
		struct session *t = CONTAINER_OF(n, struct session, by_key);

		if (t->pid == pid && t->start_ns == start_ns && t->connection == connection)
			return t;
	}
	return NULL;
}

/* The same place in memory, but another connection: the server numbers it otherwise, or another program has it. */
static bool is_stale(const struct session *t, const struct execution *x)
{
	return (t->gone_ns && x->start_ns > t->gone_ns) || (t->server_id && x->conn && x->conn->id && x->conn->id != t->server_id);
}

struct session *session_find(const struct sessions *s, const struct execution *x)
{
	struct session *t = s->map.count ? find(s, x->task.pid, x->task.start_ns, x->connection) : NULL;

	return t && !is_stale(t, x) ? t : NULL;
}

bool session_is_of(const struct session *t, const struct execution *x)
{
	if (is_stale(t, x) && t->connection == x->connection)
		return false;
	/* A statement handle whose connection is not known may belong to any of its process. */
	return t->pid == x->task.pid && t->start_ns == x->task.start_ns &&
	       (t->connection == x->connection || !t->connection || !x->connection);
}

static struct session *make(struct sessions *s, const struct execution *x)
{
	struct session *t = calloc(1, sizeof(*t));

	if (!t || hmap_add(&s->map, &t->by_key, key_hash(x->task.pid, x->task.start_ns, x->connection))) {
		free(t);
		return NULL;
	}
	if (hmap_add(&s->procs, &t->by_process, process_hash(x->task.pid, x->task.start_ns))) {
		hmap_del(&s->map, &t->by_key);
		free(t);
		return NULL;
	}
	t->pid = x->task.pid;
	t->start_ns = x->task.start_ns;
	t->connection = x->connection;
	list_init(&t->names);
	list_init(&t->derived);
	list_add_tail(&s->lru, &t->lru);
	return t;
}

struct session *session_get(struct sessions *s, const struct execution *x)
{
	struct session *t = s->map.count ? find(s, x->task.pid, x->task.start_ns, x->connection) : NULL;

	if (t && is_stale(t, x)) {
		forget(s, t);
		t = NULL;
	}
	if (!t && s->map.count >= SESSIONS_MAX) {
		forget(s, LIST_ENTRY(s->lru.next, struct session, lru));
		s->evictions++;
	}
	if (!t)
		t = make(s, x);
	if (!t) {
		s->evictions++;
		return NULL;
	}
	if (x->conn && x->conn->id)
		t->server_id = x->conn->id;
	list_move_tail(&s->lru, &t->lru);
	return t;
}

void sessions_exit(struct sessions *s, uint32_t pid, uint64_t start_ns, uint64_t ts_ns)
{
	struct hnode *n = s->procs.count ? hmap_first(&s->procs, process_hash(pid, start_ns)) : NULL;

	for (; n; n = hmap_next(n)) {
		struct session *t = CONTAINER_OF(n, struct session, by_process);

		if (t->pid != pid || t->start_ns != start_ns || t->gone_ns)
			continue;
		t->gone_ns = ts_ns ? ts_ns : 1;
		if (!s->gone_ns || t->gone_ns < s->gone_ns)
			s->gone_ns = t->gone_ns;
	}
}

void sessions_tick(struct sessions *s, uint64_t now_ns)
{
	struct list *next;
	uint64_t earliest = 0;

	if (!s->gone_ns || now_ns < s->gone_ns + SESSION_LINGER_NS)
		return;
	for (struct list *e = s->lru.next; e != &s->lru; e = next) {
		struct session *t = LIST_ENTRY(e, struct session, lru);

		next = e->next;
		if (!t->gone_ns)
			continue;
		if (now_ns >= t->gone_ns + SESSION_LINGER_NS)
			forget(s, t);
		else if (!earliest || t->gone_ns < earliest)
			earliest = t->gone_ns;
	}
	s->gone_ns = earliest;
}

void sessions_close(struct sessions *s, const struct execution *x)
{
	struct session *t = session_find(s, x);

	if (!t || t->gone_ns)
		return;
	t->gone_ns = x->start_ns;
	if (!s->gone_ns || t->gone_ns < s->gone_ns)
		s->gone_ns = t->gone_ns;
}

void sessions_database(struct sessions *s, const struct execution *x)
{
	struct session *t = session_find(s, x);

	if (t)
		vars_database(t);
}

void sessions_look_up(struct sessions *s, sessions_prepared_fn prepared, void *ctx)
{
	s->prepared = prepared;
	s->prepared_ctx = ctx;
}

int sessions_statement(struct sessions *s, const struct execution *x, struct arena *arena, struct slice *ret)
{
	const struct session *t = x->statement.len ? session_find(s, x) : NULL;
	struct slice body;
	int err = t ? names_find(s, t, false, x->statement, &body) : -ENOENT;

	if (err)
		return -ENOENT;
	*ret = arena_dup(arena, body);
	return ret->ptr ? 0 : -ENOENT;
}

void sessions_close_name(struct sessions *s, const struct execution *x, bool cursor)
{
	struct session *t = x->statement.len ? session_find(s, x) : NULL;

	if (t)
		names_forget(s, t, &(struct sql_statement){ .session_name = x->statement, .cursor = cursor });
}

uint64_t sessions_evictions(const struct sessions *s)
{
	return s->evictions;
}

void sessions_options(const struct sessions *s, const struct execution *x, struct sql_options *options)
{
	const struct session *t = session_find(s, x);
	const struct setting *mode = t ? &t->now.v[VAR_SQL_MODE] : NULL;

	if (!t)
		return;
	options->strings_unknown |= t->now.strings_unknown || mode->unknown;
	if (!mode->text)
		return;
	for (size_t i = 0; i + 4 <= mode->len; i++) {
		struct slice rest = slice_skip(slice_mem(mode->text, mode->len), i);

		options->ansi_quotes |= slice_ieq(slice_head(rest, 11), SLICE("ANSI_QUOTES"));
		options->no_backslash |= slice_ieq(slice_head(rest, 20), SLICE("NO_BACKSLASH_ESCAPES"));
		/* ANSI, and the names of other systems, stand for ANSI_QUOTES and more. */
		options->ansi_quotes |= rest.len == 4 && slice_ieq(rest, SLICE("ANSI"));
		options->ansi_quotes |= slice_ieq(slice_head(rest, 5), SLICE("ANSI,"));
	}
}

/* CREATE TABLE .. AS EXECUTE q: what q reads is what the table is made from. */
static int fill_from(struct arena *arena, const struct sql_statement *outer, struct sql_statement *run)
{
	struct sql_relation *v;

	if (!outer->nrelations)
		return 0;
	v = arena_array(arena, run->nrelations + outer->nrelations, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (run->nrelations)
		memcpy(v, run->relations, run->nrelations * sizeof(*v));
	memcpy(v + run->nrelations, outer->relations, outer->nrelations * sizeof(*v));
	run->relations = v;
	run->nrelations += outer->nrelations;
	run->operation = outer->operation;
	return 0;
}

static int run_named(struct in_session *in, const struct session *t, const struct sql_statement *st)
{
	struct session_effect *e = in->effect;
	struct slice body;
	int err = t ? names_find(in->s, t, st->cursor, st->session_name, &body) : -ENOENT;

	if (err == -ENOENT && !st->cursor && in->s->prepared)
		err = in->s->prepared(in->s->prepared_ctx, in->x, st->session_name, &body);
	in->run_bytes += err ? 0 : body.len;
	if (err || in->run_bytes > SESSION_RUN_BYTES_MAX) {
		e->certainty = SQL_DYNAMIC;
		return 0;
	}
	sql_analyze(in->options, arena_dup(in->arena, body), in->arena, &e->extra[e->nextra]);
	if (e->extra[e->nextra]->certainty > e->certainty)
		e->certainty = e->extra[e->nextra]->certainty;
	for (size_t i = 0; i < e->extra[e->nextra]->nstatements; i++) {
		struct sql_statement run = e->extra[e->nextra]->statements[i];

		err = fill_from(in->arena, st, &run);
		if (!err)
			err = derived_apply(in, &run);
		if (err)
			return err;
	}
	e->nextra++;
	return 0;
}

/* Prepared names and cursors. */
static int apply_name(struct in_session *in, const struct sql_statement *st)
{
	bool failed = in->x->outcome == OUTCOME_FAILURE;
	struct session *t;

	if (st->session == SQL_SESSION_NONE)
		return 0;
	/* The server refuses a name that is in use, and what it stands for stays. */
	if (failed && in->alone && st->session != SQL_SESSION_EXECUTE)
		return 0;
	t = st->session == SQL_SESSION_PREPARE ? session_get(in->s, in->x) : session_find(in->s, in->x);
	if (st->session == SQL_SESSION_EXECUTE)
		return run_named(in, t, st);
	if (!t)
		return 0;
	if (st->session == SQL_SESSION_PREPARE && failed)
		names_doubt(in->s, t, st); /* of several in a string it is not known which one failed */
	else if (st->session == SQL_SESSION_PREPARE)
		names_remember(in->s, t, st);
	else
		names_forget(in->s, t, st);
	return 0;
}

static int apply_statement(struct in_session *in, struct sql_statement *st, bool *shown)
{
	struct session *t;
	int err;

	if (!in->x->inner) /* what the library sets for itself it takes back, not always in SQL */
		vars_apply(in, st);
	if (!*shown && (st->nrelations || st->session == SQL_SESSION_EXECUTE)) {
		t = session_find(in->s, in->x);
		if (t)
			vars_show(t, in->arena, &in->effect->state);
		*shown = true;
	} else if (st->nrelations && (t = session_find(in->s, in->x)) && vars_role_differs(t, &in->effect->state)) {
		in->effect->state.role_unknown = true; /* who did which of it cannot be told */
	}
	err = derived_apply(in, st);
	return err || in->x->inner ? err : apply_name(in, st);
}

int sessions_apply(struct sessions *s, const struct policy *policy, const struct execution *x, const struct sql_options *options,
		   const struct sql_result *r, struct arena *arena, struct session_effect *ret)
{
	struct in_session in = {
		.s = s, .policy = policy, .x = x, .options = options, .arena = arena, .effect = ret, .alone = r->nstatements == 1
	};
	struct session *t;
	size_t runs = 0;
	bool shown = false;
	int err = 0;

	*ret = (struct session_effect){ .certainty = SQL_PARSED };
	for (size_t i = 0; i < r->nstatements; i++)
		runs += r->statements[i].session == SQL_SESSION_EXECUTE;
	if (runs) {
		ret->extra = arena_array(arena, runs, sizeof(struct sql_result *));
		if (!ret->extra)
			return -ENOMEM;
	}
	for (size_t i = 0; i < r->nstatements && !err; i++)
		err = apply_statement(&in, &r->statements[i], &shown);
	t = session_find(s, x);
	if (t && !shown)
		vars_show(t, arena, &ret->state);
	if (t)
		vars_end_string(&in, t);
	return err;
}

void sessions_learn(struct sessions *s, const struct policy *policy, const struct execution *x, const struct sql_options *options,
		    const struct sql_result *r, struct arena *arena)
{
	struct session_effect unused = { .certainty = SQL_PARSED };
	struct in_session in = { .s = s, .policy = policy, .x = x, .options = options, .arena = arena, .effect = &unused };

	for (size_t i = 0; i < r->nstatements; i++)
		if (derived_apply(&in, &r->statements[i]))
			s->evictions++;
}
