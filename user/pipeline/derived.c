// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Relations made from sensitive ones: CREATE VIEW and TABLE AS, SELECT INTO, INSERT ... SELECT, RENAME, SYNONYM, ATTACH PARTITION; and
 * functions and procedures whose body reads them. What is temporary lives as long as its session, what stays is remembered for all sessions
 * of the same system. Temporary relations without a sensitive origin are remembered too, because what is written into one later stays in
 * the session, and because one may bear, and hide, a sensitive name.
 *
 * It fails closed: a rolled back creation is kept, a drop counts only when it succeeded outside a transaction, and names are compared
 * without case and without a schema where one of both has none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/derived.h"

/* Numbers and lengths of one, and of a name, in derived_store.c. */
enum { WRITTEN_BYTES = 96, WRITTEN_NAME = 24 };

static uint64_t name_hash(struct slice name)
{
	char folded[NAME_MAX_BYTES];
	size_t n = name.len < sizeof(folded) ? name.len : sizeof(folded);

	for (size_t i = 0; i < n; i++)
		folded[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] + 32) : name.ptr[i];
	return slice_hash(slice_mem(folded, n));
}

/* The temporary schemas are those of the session. */
struct slice derived_schema(struct slice schema)
{
	bool temp = slice_ieq(slice_head(schema, 7), SLICE("pg_temp")) || slice_ieq(schema, SLICE("temp"));

	return temp ? SLICE_NONE : schema;
}

bool derived_may_be(struct slice a, struct slice b)
{
	return !a.len || !b.len || slice_ieq(a, b);
}

/* A schema of SQLite is a file, whatever it was attached as: place_of() tells them apart. */
static bool same_name(const struct in_session *in, const struct name *a, const struct sql_relation *r)
{
	if (in->x->system == SYSTEM_SQLITE || (r->name.len && r->name.ptr[0] == '#')) /* T-SQL: these lie in tempdb */
		return slice_ieq(a->name, r->name);
	return slice_ieq(a->name, r->name) && derived_may_be(a->schema, derived_schema(r->schema)) &&
	       derived_may_be(a->catalog, r->catalog);
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
	if (t && t->attached_more && r->schema.len && !slice_ieq(r->schema, SLICE("main")) && !slice_ieq(r->schema, SLICE("temp")))
		return SLICE_NONE;
	return in->x->conn ? base_name(in->x->conn->path) : SLICE_NONE;
}

/* A server is known by many names and addresses, so it does not count. */
struct slice derived_where(const struct in_session *in, const struct sql_relation *r)
{
	struct slice s = SLICE_NONE;

	if (in->x->system == SYSTEM_SQLITE)
		s = file_of(in, r);
	else if (in->x->conn && in->x->system == SYSTEM_POSTGRESQL)
		s = in->x->conn->database;
	return slice_head(s, WHERE_MAX);
}

static uint64_t place_of(struct slice where)
{
	return where.len ? slice_hash(where) | 1 : 0;
}

static bool in_scope(const struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	uint64_t place;

	if (d->session)
		return session_is_of(d->session, in->x);
	if (d->system != in->x->system)
		return false;
	place = place_of(derived_where(in, r));
	return !place || !d->place || place == d->place;
}

struct derived *derived_next_schema(const struct in_session *in, const struct sql_relation *r, struct hnode *n, bool start)
{
	n = !start ? hmap_next(n) : in->s->derived.count && r->schema.len ? hmap_first(&in->s->derived, name_hash(SLICE("*"))) : NULL;
	for (; n; n = hmap_next(n)) {
		struct derived *d = CONTAINER_OF(n, struct derived, node);

		if (d->schema && slice_ieq(d->name.schema, r->schema) && in_scope(in, d, r))
			return d;
	}
	return NULL;
}

/* Where temporary relations have a schema of their own, one named with another schema is no temporary one. */
static bool may_stand_for(const struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	bool elsewhere = in->x->system != SYSTEM_MYSQL && in->x->system != SYSTEM_MSSQL && r->schema.ptr && derived_schema(r->schema).ptr;

	return !(d->temporary && elsewhere) && same_name(in, &d->name, r) && in_scope(in, d, r);
}

/* The next one in scope with the name of r. */
struct derived *derived_next(const struct in_session *in, const struct sql_relation *r, bool routine, struct hnode *n, bool start)
{
	if (start)
		n = in->s->derived.count ? hmap_first(&in->s->derived, name_hash(r->name)) : NULL;
	else
		n = hmap_next(n);
	for (; n; n = hmap_next(n)) {
		struct derived *d = CONTAINER_OF(n, struct derived, node);

		if (d->routine == routine && !d->schema && may_stand_for(in, d, r))
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

/* About what it takes when it is written out. */
static size_t bytes_of(const struct derived *d)
{
	size_t bytes = WRITTEN_BYTES + d->where.len + MAKER_MAX + derived_name_bytes(&d->name);

	for (size_t i = 0; i < d->nbases; i++)
		bytes += WRITTEN_NAME + derived_name_bytes(&d->base[i]);
	return bytes;
}

void derived_touch(struct sessions *s, struct derived *d)
{
	list_move_tail(lru_of(s, d), &d->lru);
}

void derived_forget(struct sessions *s, struct derived *d)
{
	--*count_of(s, d);
	hmap_del(&s->derived, &d->node);
	list_del(&d->lru);
	list_del(&d->in_scope);
	if (!d->session && d->nbases) {
		s->memory_bytes -= bytes_of(d);
		s->memory_changes++;
	}
	free(d->text);
	free(d->made_by);
	free(d);
}

void derived_clear(struct sessions *s, struct session *t)
{
	while (!list_empty(&t->derived))
		derived_forget(s, LIST_ENTRY(t->derived.next, struct derived, in_scope));
}

void derived_settle(struct sessions *s, struct session *t, bool undone)
{
	struct list *next;

	for (struct list *e = t->derived.next; e != &t->derived; e = next) {
		struct derived *d = LIST_ENTRY(e, struct derived, in_scope);

		next = e->next;
		if (undone && d->uncommitted && !d->nbases)
			derived_forget(s, d);
		else
			d->uncommitted = false;
	}
}

void derived_done(struct sessions *s)
{
	while (!list_empty(&s->memory))
		derived_forget(s, LIST_ENTRY(s->memory.next, struct derived, in_scope));
}

/* ---- keeping ---- */

static bool is_full(const struct sessions *s, const struct derived *d)
{
	if (d->nbases && !d->session && s->memory_bytes + bytes_of(d) > MEMORY_BYTES_MAX)
		return true;
	return *count_of((struct sessions *)s, d) >= (d->nbases ? DERIVED_MAX : PLAIN_MAX);
}

/* One without a sensitive origin may go: what is written into it later is taken to stay. */
static void make_room(struct sessions *s, const struct derived *d)
{
	while (is_full(s, d)) {
		s->evictions += d->nbases != 0;
		derived_forget(s, LIST_ENTRY(lru_of(s, d)->next, struct derived, lru));
	}
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

size_t derived_name_bytes(const struct name *n)
{
	return n->catalog.len + n->schema.len + n->name.len;
}

static void take_name(char **at, struct name *to, const struct name *from)
{
	to->catalog = take(at, from->catalog);
	to->schema = take(at, from->schema);
	to->name = take(at, from->name);
}

int derived_set_maker(struct derived *d, struct slice name)
{
	char *copy;

	name = slice_head(name, MAKER_MAX);
	if (!name.len)
		return 0;
	copy = malloc(name.len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, name.ptr, name.len);
	free(d->made_by);
	d->made_by = copy;
	d->made.name = slice_mem(copy, name.len);
	return 0;
}

/* Its texts, in memory of their own. */
static int copy_texts(struct derived *d, const struct derived *from)
{
	size_t bytes = derived_name_bytes(&from->name) + from->where.len + 1;
	char *at;

	for (size_t i = 0; i < from->nbases; i++)
		bytes += derived_name_bytes(&from->base[i]);
	at = d->text = malloc(bytes);
	if (!at)
		return -ENOMEM;
	take_name(&at, &d->name, &from->name);
	for (size_t i = 0; i < from->nbases; i++)
		take_name(&at, &d->base[i], &from->base[i]);
	d->where = take(&at, from->where);
	d->made.name = SLICE_NONE;
	return derived_set_maker(d, from->made.name);
}

void derived_insert(struct sessions *s, const struct derived *from)
{
	struct derived *d = malloc(sizeof(*d));
	int err = -ENOMEM;

	if (d) {
		*d = *from;
		d->text = d->made_by = NULL;
		err = copy_texts(d, from);
	}
	if (err || hmap_add(&s->derived, &d->node, name_hash(from->name.name))) {
		s->evictions++;
		if (d) {
			free(d->text);
			free(d->made_by);
		}
		free(d);
		return;
	}
	d->place = place_of(d->where);
	make_room(s, d);
	++*count_of(s, d);
	list_add_tail(lru_of(s, d), &d->lru);
	list_add_tail(d->session ? (struct list *)(uintptr_t)&d->session->derived : &s->memory, &d->in_scope);
	if (!d->session && d->nbases) {
		s->memory_bytes += bytes_of(d);
		s->memory_changes++;
	}
}
