// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Scopes: which source a column belongs to. */
#include "sql/name_hash.h"
#include "sql/reader.h"

/* Of one scope, for columns; beyond it: all columns. Ambiguous ones are given to each source. */
enum { REFS_MAX = 1024, SOURCES_MAX = 256, AMBIGUOUS_MAX = 16384 };

void scope_push(struct reader *p, struct scope *s)
{
	*s = (struct scope){ .up = p->scope };
	p->scope = s;
}

struct source *scope_source(struct reader *p, struct slice alias, struct sql_relation *r)
{
	struct source *s = p->spare_sources;

	if (s)
		p->spare_sources = s->next;
	else
		s = arena_raw(p->arena, sizeof(*s));
	if (!s) {
		partial(p);
		return NULL;
	}
	*s = (struct source){ .next = p->scope->sources, .alias = alias, .relation = r };
	p->scope->sources = s;
	p->scope->nsources++;
	return s;
}

void scope_all_columns(struct reader *p, const struct source *before)
{
	size_t walked = 0;

	for (struct source *s = p->scope->sources; s && s != before; s = s->next, walked++)
		if (s->relation)
			s->relation->all_columns = true;
	spend(p, walked);
}

struct source *scope_find(struct reader *p, struct slice alias)
{
	size_t walked = 0;

	for (struct scope *s = p->scope; s; s = s->up)
		for (struct source *src = s->sources; src; src = src->next, walked++)
			if (src->alias.ptr && slice_ieq(src->alias, alias)) {
				spend(p, walked / 8);
				return src;
			}
	spend(p, walked / 8);
	return NULL;
}

/* To the scope around, when this one is part of its list: there the sources come later. */
static void pass_path(struct scope *s, struct path *path)
{
	if (!s->up || s->up->in_from)
		return;
	path->next = s->up->paths;
	s->up->paths = path;
}

void scope_path(struct reader *p, struct slice alias, struct sql_relation *r)
{
	struct path *path = p->scope->up ? arena_alloc(p->arena, sizeof(*path)) : NULL;

	if (!path) /* it stays a relation */
		return;
	*path = (struct path){ .alias = alias, .relation = (struct relation *)(void *)r };
	pass_path(p->scope, path);
}

/* Those whose source is found are no relations. */
static void resolve_paths(struct reader *p, struct scope *s)
{
	struct path *next;

	for (struct path *path = s->paths; path; path = next) {
		struct source *src = s->sources;

		spend(p, 1 + s->nsources / 8);
		next = path->next;
		while (src && !(src->alias.ptr && slice_ieq(src->alias, path->alias)))
			src = src->next;
		if (src)
			path->relation->paths++;
		else
			pass_path(s, path);
	}
	s->paths = NULL;
}

/* ---- columns ---- */

struct column_ref *scope_ref(struct reader *p, struct slice qualifier, struct slice name, uint32_t use)
{
	struct scope *s = p->scope;
	struct column_ref *r;

	if (s->nrefs >= REFS_MAX) { /* too many to tell apart: all columns */
		if (s->refs && !s->refs->name.ptr && !s->refs->qualifier.ptr)
			return NULL;
		qualifier = name = SLICE_NONE;
	}
	for (r = s->refs; r && s->nrefs < 32; r = r->next)
		if (r->name.ptr == name.ptr ? slice_eq(r->qualifier, qualifier)
					    : name.ptr && r->name.ptr && slice_eq(r->name, name) && slice_eq(r->qualifier, qualifier)) {
			r->use |= use;
			return r;
		}
	r = p->spare_refs;
	if (r)
		p->spare_refs = r->next;
	else
		r = arena_raw(p->arena, sizeof(*r));
	if (!r) {
		partial(p);
		return NULL;
	}
	*r = (struct column_ref){ .next = s->refs, .qualifier = qualifier, .name = name, .use = use };
	s->refs = r;
	s->nrefs++;
	return r;
}

static void give(struct reader *p, const struct source *src, const struct column_ref *ref, uint32_t use)
{
	if (!src->relation)
		return;
	add_column(p, src->relation, ref->name, ref->use | use);
	if (!(use & SQL_USE_AMBIGUOUS))
		for (struct predicate *q = ref->predicates; q; q = q->next)
			q->owner = src->relation;
}

static void all_of_them(struct scope *s)
{
	for (struct source *src = s->sources; src; src = src->next)
		if (src->relation)
			src->relation->all_columns = true;
}

/* Sources of a large scope by a hash of their aliases; of those of one name the newest, as a walk would find it. */
struct index {
	struct source **v;
	size_t n;
};

enum { WALKED = 8 /* sources: so few are compared one by one */ };

static void make_index(struct reader *p, const struct scope *s, struct index *ix)
{
	size_t n = 4 * WALKED;

	*ix = (struct index){ .v = NULL };
	if (s->nsources <= WALKED || s->nsources > SOURCES_MAX || !s->refs)
		return;
	while (n < 2 * (size_t)s->nsources)
		n *= 2;
	ix->v = arena_array(p->arena, n, sizeof(struct source *));
	ix->n = n;
	for (struct source *src = s->sources; ix->v && src; src = src->next) {
		size_t at;

		if (!src->alias.ptr)
			continue;
		for (at = (uint32_t)name_hash_folded(src->alias) & (n - 1); ix->v[at]; at = (at + 1) & (n - 1))
			if (slice_ieq(ix->v[at]->alias, src->alias))
				break;
		if (!ix->v[at])
			ix->v[at] = src;
	}
}

static struct source *qualified(const struct scope *s, const struct index *ix, struct slice qualifier)
{
	if (ix->v) {
		size_t at = (uint32_t)name_hash_folded(qualifier) & (ix->n - 1);

		while (ix->v[at] && !slice_ieq(ix->v[at]->alias, qualifier))
			at = (at + 1) & (ix->n - 1);
		return ix->v[at];
	}
	for (struct source *src = s->sources; src; src = src->next)
		if (src->alias.ptr && slice_ieq(src->alias, qualifier))
			return src;
	return NULL;
}

/* SELECT t, row_to_json(t) FROM t: the name of a source stands for its row, unless it has a column of that name. */
static void whole_row(const struct reader *p, const struct scope *s, const struct index *ix, const struct column_ref *ref)
{
	struct source *src;

	if (!(p->bits & DL_PG) && p->dialect != SQL_BIGQUERY)
		return;
	src = s->nsources <= SOURCES_MAX ? qualified(s, ix, ref->name) : NULL;
	if (src && src->relation)
		src->relation->all_columns = true;
}

/* True when the column has found its source, or can have no other one. */
static bool attribute(struct reader *p, struct scope *s, const struct index *ix, const struct column_ref *ref)
{
	uint32_t use = ref->name.ptr && s->nsources > 1 ? SQL_USE_AMBIGUOUS : 0;

	spend(p, 1);
	if (!ref->qualifier.ptr && ref->name.ptr)
		whole_row(p, s, ix, ref);
	if (s->nsources > SOURCES_MAX) {
		all_of_them(s);
		return true;
	}
	if (ref->qualifier.ptr) {
		const struct source *src = qualified(s, ix, ref->qualifier);

		if (src)
			give(p, src, ref, 0);
		for (struct source *in = src ? src->inner : NULL; in && in != src->before; in = in->next, spend(p, 1))
			give(p, in, ref, ref->name.ptr ? SQL_USE_AMBIGUOUS : 0);
		return src != NULL;
	}
	if (use && (s->ngiven += s->nsources) > AMBIGUOUS_MAX) {
		all_of_them(s);
		return true;
	}
	for (struct source *src = s->sources; src; src = src->next)
		give(p, src, ref, use);
	return s->sources;
}

/* What found no source goes to the scope around it, whose sources may come later. False: it goes nowhere. */
static bool pass_up(struct reader *p, struct scope *s, struct column_ref *ref)
{
	struct scope *up = s->up;

	if (!up || !ref->name.ptr)
		return false;
	if (up->nrefs >= REFS_MAX) {
		scope_ref(p, SLICE_NONE, SLICE_NONE, ref->use);
		return false;
	}
	ref->next = up->refs;
	up->refs = ref;
	up->nrefs++;
	return true;
}

static void spare_ref(struct reader *p, struct column_ref *ref)
{
	ref->next = p->spare_refs;
	p->spare_refs = ref;
}

static void spare_sources(struct reader *p, struct source *sources)
{
	struct source *next;

	for (; sources; sources = next) {
		next = sources->next;
		sources->next = p->spare_sources;
		p->spare_sources = sources;
	}
}

void scope_resolve(struct reader *p)
{
	struct scope *s = p->scope;
	struct column_ref *next;
	struct index ix;

	make_index(p, s, &ix);
	for (struct column_ref *ref = s->refs; ref; ref = next) {
		next = ref->next;
		if (attribute(p, s, &ix, ref) || !pass_up(p, s, ref))
			spare_ref(p, ref);
	}
	resolve_paths(p, s);
	spare_sources(p, s->sources);
	s->refs = NULL;
	s->sources = NULL;
	s->in_from = false;
	s->nrefs = s->nsources = s->ngiven = 0;
}

void scope_pop(struct reader *p)
{
	const struct scope *s = p->scope;

	if (s->refs || s->sources || s->paths)
		scope_resolve(p);
	if (s->ctes)
		scope_forget_ctes(p);
	p->scope = s->up;
}
