// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Relations made from sensitive ones: CREATE VIEW and TABLE AS, SELECT INTO, INSERT ... SELECT, RENAME, SYNONYM. What is temporary lives as
 * long as its session, what stays is remembered for all sessions of the same system. Temporary relations without a sensitive origin are
 * remembered too, because what is written into one later stays in the session, and because one may bear, and hide, a sensitive name.
 *
 * It fails closed: a rolled back creation is kept, a drop counts only when it succeeded outside a transaction, and names are compared
 * without case and without a schema where one of both has none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/session_internal.h"

enum {
	DERIVED_MAX = 16384, /* in sessions; and as many that stay */
	PLAIN_MAX = 4096,    /* temporary ones without a sensitive origin */
	BASES_MAX = 16,      /* sensitive origins of one; further ones are as sensitive as these */
	NAME_MAX_BYTES = 1024,
	BEHIND_MAX = 4096, /* told of one string */
};

#define TARGETS (SQL_CREATE | SQL_INSERT | SQL_UPDATE)
#define ABOUT_IT (SQL_CREATE | SQL_ALTER | SQL_DROP) /* touches no row of what it was made from */

struct name {
	struct slice catalog, schema, name;
};

struct derived {
	struct hnode node;
	struct list lru;
	struct list in_scope;
	const struct session *session; /* NULL: it stays */
	enum client_system system;
	uint64_t place; /* database or file, hashed; 0: unknown */
	bool temporary;
	struct name name;
	struct name base[BASES_MAX];
	size_t nbases;
	char *text; /* owns the slices */
};

static uint64_t name_hash(struct slice name)
{
	char folded[256];
	size_t n = name.len < sizeof(folded) ? name.len : sizeof(folded);

	for (size_t i = 0; i < n; i++)
		folded[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] + 32) : name.ptr[i];
	return slice_hash(slice_mem(folded, n));
}

/* The temporary schemas are those of the session. */
static struct slice usual_schema(struct slice schema)
{
	bool temp = slice_ieq(slice_head(schema, 7), SLICE("pg_temp")) || slice_ieq(schema, SLICE("temp"));

	return temp ? SLICE_NONE : schema;
}

static bool may_be(struct slice a, struct slice b)
{
	return !a.ptr || !b.ptr || slice_ieq(a, b);
}

/* A schema of SQLite is a file, whatever it was attached as: place_of() tells them apart. */
static bool same_name(const struct in_session *in, const struct name *a, const struct sql_relation *r)
{
	if (in->x->system == SYSTEM_SQLITE)
		return slice_ieq(a->name, r->name);
	return slice_ieq(a->name, r->name) && may_be(a->schema, usual_schema(r->schema)) && may_be(a->catalog, r->catalog);
}

static struct slice base_name(struct slice path)
{
	const char *query = slice_starts(path, SLICE("file:")) ? memchr(path.ptr, '?', path.len) : NULL;
	const char *slash;

	if (query)
		path = slice_head(path, (size_t)(query - path.ptr));
	slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
	return slash ? slice_skip(path, (size_t)(slash - path.ptr) + 1) : path;
}

/* The file a relation of SQLite lies in; by its last name, since paths are written in many ways. */
static struct slice file_of(const struct in_session *in, const struct sql_relation *r)
{
	const struct session *t = session_find(in->s, in->x);

	for (size_t i = 0; t && r->schema.ptr && i < t->nattached; i++)
		if (slice_ieq(slice_cstr(t->attached[i].name), r->schema))
			return base_name(slice_cstr(t->attached[i].file));
	return in->x->conn ? base_name(in->x->conn->path) : SLICE_NONE;
}

/* Which database it lies in; a server is known by many names and addresses, so it does not count. 0: unknown. */
static uint64_t place_of(const struct in_session *in, const struct sql_relation *r)
{
	struct slice s = SLICE_NONE;

	if (in->x->system == SYSTEM_SQLITE)
		s = file_of(in, r);
	else if (in->x->conn && in->x->system == SYSTEM_POSTGRESQL)
		s = in->x->conn->database;
	return s.len ? slice_hash(s) | 1 : 0;
}

static bool in_scope(const struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	uint64_t place;

	if (d->session)
		return session_is_of(d->session, in->x);
	if (d->system != in->x->system)
		return false;
	place = place_of(in, r);
	return !place || !d->place || place == d->place;
}

/* Where temporary relations have a schema of their own, one named with another schema is no temporary one. */
static bool may_stand_for(const struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	bool elsewhere = in->x->system != SYSTEM_MYSQL && r->schema.ptr && usual_schema(r->schema).ptr;

	return !(d->temporary && elsewhere) && same_name(in, &d->name, r) && in_scope(in, d, r);
}

/* The next one in scope with the name of r; n NULL starts. */
static struct derived *next_named(const struct in_session *in, const struct sql_relation *r, struct hnode *n, bool start)
{
	if (start)
		n = in->s->derived.count ? hmap_first(&in->s->derived, name_hash(r->name)) : NULL;
	else
		n = hmap_next(n);
	for (; n; n = hmap_next(n)) {
		struct derived *d = CONTAINER_OF(n, struct derived, node);

		if (may_stand_for(in, d, r))
			return d;
	}
	return NULL;
}

static size_t *count_of(struct sessions *s, const struct derived *d)
{
	return !d->nbases ? &s->nplain : d->session ? &s->nderived : &s->nmemory;
}

static struct list *lru_of(struct sessions *s, const struct derived *d)
{
	return !d->nbases ? &s->plain_lru : d->session ? &s->derived_lru : &s->memory_lru;
}

static void forget(struct sessions *s, struct derived *d)
{
	--*count_of(s, d);
	hmap_del(&s->derived, &d->node);
	list_del(&d->lru);
	list_del(&d->in_scope);
	free(d->text);
	free(d);
}

void derived_clear(struct sessions *s, struct session *t)
{
	while (!list_empty(&t->derived))
		forget(s, LIST_ENTRY(t->derived.next, struct derived, in_scope));
}

void derived_done(struct sessions *s)
{
	while (!list_empty(&s->memory))
		forget(s, LIST_ENTRY(s->memory.next, struct derived, in_scope));
}

/* ---- reading ---- */

static int add_behind(struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	struct session_effect *e = in->effect;
	uint32_t access = r->access & ~(uint32_t)(ABOUT_IT | SQL_TEMPORARY);

	for (size_t i = 0; access && i < d->nbases; i++) {
		if (!e->behind)
			e->behind = arena_array(in->arena, BEHIND_MAX, sizeof(*e->behind));
		if (!e->behind)
			return -ENOMEM;
		if (e->nbehind == BEHIND_MAX) {
			e->cut = true;
			return 0;
		}
		e->behind[e->nbehind++] = (struct sql_relation){
			.catalog = d->base[i].catalog.ptr ? arena_dup(in->arena, d->base[i].catalog) : SLICE_NONE,
			.schema = d->base[i].schema.ptr ? arena_dup(in->arena, d->base[i].schema) : SLICE_NONE,
			.name = arena_dup(in->arena, d->base[i].name),
			.access = access,
			.all_columns = true,
			.via = r->via,
			.behind = d->session ? SQL_BEHIND_SESSION : SQL_BEHIND_MEMORY,
			.through = r->name,
		};
	}
	return 0;
}

/* Returns 0 or -ENOMEM; marks r when a temporary relation of the session may stand for it. */
static int look_behind(struct in_session *in, struct sql_relation *r)
{
	struct derived *d = next_named(in, r, NULL, true);
	int err = 0;

	while (d && !err) {
		if (d->temporary && d->session && !(r->access & SQL_TEMPORARY))
			r->hidden = true;
		err = add_behind(in, d, r);
		list_move_tail(lru_of(in->s, d), &d->lru);
		d = next_named(in, r, &d->node, false);
	}
	return err;
}

/* ---- learning ---- */

static bool is_temporary(const struct in_session *in, const struct sql_relation *r)
{
	const struct derived *d;

	if ((r->access & SQL_TEMPORARY) || (r->name.len && r->name.ptr[0] == '#'))
		return true;
	if (r->schema.ptr && !usual_schema(r->schema).ptr)
		return true;
	for (d = next_named(in, r, NULL, true); d; d = next_named(in, r, (struct hnode *)&d->node, false))
		if (d->session && d->temporary)
			return true;
	return false;
}

static struct derived *find_own(const struct in_session *in, const struct sql_relation *r, const struct session *t)
{
	struct derived *d = next_named(in, r, NULL, true);

	while (d && d->session != t)
		d = next_named(in, r, &d->node, false);
	return d;
}

static void make_room(struct sessions *s, const struct derived *d)
{
	size_t max = d->nbases ? DERIVED_MAX : PLAIN_MAX;

	if (*count_of(s, d) < max)
		return;
	/* One without a sensitive origin may go: what is written into it later is taken to stay. */
	s->evictions += d->nbases != 0;
	forget(s, LIST_ENTRY(lru_of(s, d)->next, struct derived, lru));
}

static struct slice take(char **at, struct slice s)
{
	struct slice copy = { *at, s.len };

	if (!s.ptr)
		return SLICE_NONE;
	memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return copy;
}

static size_t name_bytes(const struct name *n)
{
	return n->catalog.len + n->schema.len + n->name.len;
}

static void take_name(char **at, struct name *to, const struct name *from)
{
	to->catalog = take(at, from->catalog);
	to->schema = take(at, from->schema);
	to->name = take(at, from->name);
}

static void insert(struct in_session *in, struct derived *d, struct session *t, const struct derived *from, uint64_t place)
{
	size_t bytes = name_bytes(&from->name) + 1;
	char *at;

	for (size_t i = 0; i < from->nbases; i++)
		bytes += name_bytes(&from->base[i]);
	at = d->text = malloc(bytes);
	if (!d->text || hmap_add(&in->s->derived, &d->node, name_hash(from->name.name))) {
		in->s->evictions++;
		free(d->text);
		free(d);
		return;
	}
	d->session = t;
	d->system = in->x->system;
	d->place = place;
	d->temporary = from->temporary;
	take_name(&at, &d->name, &from->name);
	for (size_t i = 0; i < from->nbases; i++)
		take_name(&at, &d->base[i], &from->base[i]);
	d->nbases = from->nbases;
	make_room(in->s, d);
	++*count_of(in->s, d);
	list_add_tail(lru_of(in->s, d), &d->lru);
	list_add_tail(t ? &t->derived : &in->s->memory, &d->in_scope);
}

static bool has_base(const struct derived *d, const struct name *n)
{
	for (size_t i = 0; i < d->nbases; i++)
		if (slice_ieq(d->base[i].name, n->name) && slice_ieq(d->base[i].schema, n->schema) &&
		    slice_ieq(d->base[i].catalog, n->catalog))
			return true;
	return false;
}

static void add_base(struct derived *d, const struct name *n)
{
	if (d->nbases < BASES_MAX && name_bytes(n) <= NAME_MAX_BYTES && !has_base(d, n))
		d->base[d->nbases++] = *n;
}

/* Remembers that target was made from the bases of d, besides what it was made from before. */
static void remember(struct in_session *in, const struct sql_relation *target, struct derived *d)
{
	struct session *t = NULL;
	struct derived *old, *fresh;
	size_t known;

	d->temporary = is_temporary(in, target);
	d->name = (struct name){ target->catalog, usual_schema(target->schema), target->name };
	if (name_bytes(&d->name) > NAME_MAX_BYTES)
		return; /* longer than any server's names */
	if (d->temporary)
		t = session_get(in->s, in->x);
	if (d->temporary && !t)
		return;
	old = find_own(in, target, t);
	known = old ? old->nbases : 0;
	for (size_t i = 0; i < known; i++)
		add_base(d, &old->base[i]);
	if (old && d->nbases == known)
		return;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh) {
		in->s->evictions++;
		return;
	}
	if (old)
		list_move_tail(lru_of(in->s, old), &old->lru); /* not the one that makes room: its texts are still in use */
	insert(in, fresh, t, d, place_of(in, target));
	if (old)
		forget(in->s, old);
}

/* Only compared, sorted or grouped by: no data of it is passed on. */
static bool only_filters(const struct sql_relation *r)
{
	for (size_t i = 0; i < r->ncolumns; i++)
		if ((r->columns[i].use & ~(uint32_t)SQL_USE_AMBIGUOUS) != SQL_USE_FILTER)
			return false;
	return r->ncolumns && !r->all_columns;
}

/* Data flows from it into what the statement writes. */
static bool is_source(const struct sql_statement *st, const struct sql_relation *r)
{
	if (r->via >= SQL_VIA_LITERAL || only_filters(r))
		return false;
	if (r->access & SQL_READ)
		return true;
	/* RENAME: the old name is altered, the new one created. */
	return (r->access & SQL_ALTER) && !(r->access & SQL_CREATE) && !slice_starts(st->operation, SLICE("CREATE INDEX"));
}

static bool sensitive(const struct in_session *in, const struct sql_statement *st, const struct sql_relation *r)
{
	return policy_touches(in->policy, in->x->system_name, r, st->certainty);
}

/* The sensitive origins among relations. */
static void gather_bases(const struct in_session *in, const struct sql_statement *st, const struct sql_relation *v, size_t n,
			 const struct sql_relation *target, struct derived *d)
{
	for (size_t i = 0; i < n; i++) {
		if (&v[i] == target || !is_source(st, &v[i]) || !sensitive(in, st, &v[i]))
			continue;
		add_base(d, &(struct name){ v[i].catalog, v[i].schema, v[i].name });
	}
	/* What a source was made from itself, also where its rows are not touched: RENAME. */
	for (size_t i = 0; i < st->nrelations; i++) {
		struct derived *from = &v[i] != target && is_source(st, &v[i]) ? next_named(in, &v[i], NULL, true) : NULL;

		for (; from; from = next_named(in, &v[i], &from->node, false))
			for (size_t k = 0; k < from->nbases; k++)
				add_base(d, &from->base[k]);
	}
}

/* expanded: the statement's relations, then what is behind them. */
static void learn(struct in_session *in, const struct sql_statement *st, const struct sql_relation *target,
		  const struct sql_relation *expanded, size_t n)
{
	struct derived d = { 0 };
	bool itself = sensitive(in, st, target);

	gather_bases(in, st, expanded, n, target, &d);
	if (itself && !(target->access & SQL_TEMPORARY))
		return; /* its name says enough */
	if (d.nbases || (target->access & SQL_TEMPORARY))
		remember(in, target, &d);
}

static void drop(struct in_session *in, const struct sql_relation *r)
{
	const struct session *t = session_find(in->s, in->x);
	struct derived *d, *next;

	if (in->x->outcome != OUTCOME_SUCCESS || (t && t->in_transaction))
		return;
	for (d = next_named(in, r, NULL, true); d; d = next) {
		next = next_named(in, r, &d->node, false);
		if (d->session ? d->session == t : slice_ieq(d->name.schema, r->schema))
			forget(in->s, d);
	}
}

static bool writes(const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nrelations; i++)
		if ((st->relations[i].access & (TARGETS | SQL_DROP)) && st->relations[i].via < SQL_VIA_LITERAL)
			return true;
	return false;
}

/* The statement's relations and what is behind them, by derivation and by views of the policy. */
static int expand_all(struct in_session *in, const struct sql_statement *st, size_t behind_from, struct sql_relation **ret, size_t *ret_n)
{
	size_t more = in->effect->nbehind - behind_from;
	struct sql_relation *v = arena_array(in->arena, st->nrelations + more + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	memcpy(v, st->relations, st->nrelations * sizeof(*v));
	for (size_t i = 0; i < st->nrelations; i++)
		if (is_source(st, &v[i]))
			v[i].access |= SQL_READ; /* a view that is renamed, too, leads to what it reads */
	if (more)
		memcpy(v + st->nrelations, in->effect->behind + behind_from, more * sizeof(*v));
	return policy_expand(in->policy, v, st->nrelations + more, st->calls, st->ncalls, in->arena, ret, ret_n);
}

int derived_apply(struct in_session *in, struct sql_statement *st)
{
	size_t behind_from = in->effect->nbehind, n;
	struct sql_relation *expanded;
	int err = 0;

	for (size_t i = 0; i < st->nrelations && !err && in->s->derived.count; i++)
		err = look_behind(in, &st->relations[i]);
	if (err || !writes(st) || (in->alone && in->x->outcome == OUTCOME_FAILURE))
		return err;
	err = expand_all(in, st, behind_from, &expanded, &n);
	for (size_t i = 0; i < st->nrelations && !err; i++) {
		if (st->relations[i].via >= SQL_VIA_LITERAL)
			continue;
		if (st->relations[i].access & TARGETS)
			learn(in, st, &expanded[i], expanded, n);
		else if (st->relations[i].access & SQL_DROP)
			drop(in, &st->relations[i]);
	}
	return err;
}
