// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Scopes: which names are CTEs, which source a column belongs to. */
#include "sql/reader.h"

enum { REFS_MAX = 1024, SOURCES_MAX = 256 }; /* of one scope, for columns; beyond it: all columns */

void scope_push(struct reader *p, struct scope *s)
{
	*s = (struct scope){ .up = p->scope };
	p->scope = s;
}

/* ---- CTEs ---- */

void scope_cte(struct reader *p, struct slice name, bool quoted)
{
	struct cte *c = p->nctes++ < CTES_MAX ? arena_alloc(p->arena, sizeof(*c)) : NULL;

	if (!c) { /* its name is then taken for a relation's */
		partial(p);
		return;
	}
	*c = (struct cte){ .next = p->scope->ctes, .name = name, .quoted = quoted };
	p->scope->ctes = c;
}

static bool same_upper(struct slice quoted, struct slice folded)
{
	if (quoted.len != folded.len)
		return false;
	for (size_t i = 0; i < quoted.len; i++) {
		char c = folded.ptr[i];

		if (quoted.ptr[i] != (c >= 'a' && c <= 'z' ? (char)(c - 32) : c))
			return false;
	}
	return true;
}

static bool same_cte(const struct reader *p, const struct cte *c, struct slice name, bool quoted)
{
	if (!slice_ieq(c->name, name))
		return false;
	if (p->bits & DL_EXACT_CTE)
		return slice_eq(c->name, name);
	if (!(p->bits & DL_UPPER))
		return true;
	if (c->quoted == quoted)
		return slice_eq(c->name, name);
	return c->quoted ? same_upper(c->name, name) : same_upper(name, c->name);
}

bool scope_is_cte(struct reader *p, const struct name *n)
{
	if (n->n != 1)
		return false;
	for (const struct scope *s = p->scope; s; s = s->up)
		for (const struct cte *c = s->ctes; c; c = c->next)
			if (same_cte(p, c, n->part[0], n->quoted))
				return true;
	return false;
}

/* ---- sources ---- */

struct source *scope_source(struct reader *p, struct slice alias, struct sql_relation *r)
{
	struct source *s = arena_alloc(p->arena, sizeof(*s));

	if (!s) {
		partial(p);
		return NULL;
	}
	*s = (struct source){ .next = p->scope->sources, .alias = alias, .relation = r };
	p->scope->sources = s;
	p->scope->nsources++;
	return s;
}

struct source *scope_find(struct reader *p, struct slice alias)
{
	for (struct scope *s = p->scope; s; s = s->up)
		for (struct source *src = s->sources; src; src = src->next)
			if (src->alias.ptr && slice_ieq(src->alias, alias))
				return src;
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
static void resolve_paths(struct scope *s)
{
	struct path *next;

	for (struct path *path = s->paths; path; path = next) {
		struct source *src = s->sources;

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
	r = arena_alloc(p->arena, sizeof(*r));
	if (!r) {
		partial(p);
		return NULL;
	}
	*r = (struct column_ref){ .next = s->refs, .qualifier = qualifier, .name = name, .use = use };
	s->refs = r;
	s->nrefs++;
	return r;
}

static void give(struct reader *p, struct source *src, const struct column_ref *ref, uint32_t use)
{
	if (!src->relation)
		return;
	add_column(p, src->relation, ref->name, ref->use | use);
	if (!(use & SQL_USE_AMBIGUOUS))
		for (struct predicate *q = ref->predicates; q; q = q->next)
			q->owner = src->relation;
}

/* True when the column has found its source, or can have no other one. */
static bool attribute(struct reader *p, struct scope *s, const struct column_ref *ref)
{
	bool found = false;

	if (s->nsources > SOURCES_MAX) {
		for (struct source *src = s->sources; src; src = src->next)
			if (src->relation)
				src->relation->all_columns = true;
		return true;
	}
	for (struct source *src = s->sources; src; src = src->next) {
		if (ref->qualifier.ptr && !(src->alias.ptr && slice_ieq(src->alias, ref->qualifier)))
			continue;
		found = true;
		give(p, src, ref, !ref->qualifier.ptr && ref->name.ptr && s->nsources > 1 ? SQL_USE_AMBIGUOUS : 0);
		if (ref->qualifier.ptr)
			break;
	}
	return found;
}

/* What found no source goes to the scope around it, whose sources may come later. */
static void pass_up(struct reader *p, struct scope *s, struct column_ref *ref)
{
	struct scope *up = s->up;

	if (!up || !ref->name.ptr)
		return;
	if (up->nrefs >= REFS_MAX) {
		scope_ref(p, SLICE_NONE, SLICE_NONE, ref->use);
		return;
	}
	ref->next = up->refs;
	up->refs = ref;
	up->nrefs++;
}

void scope_resolve(struct reader *p)
{
	struct scope *s = p->scope;
	struct column_ref *next;

	for (struct column_ref *ref = s->refs; ref; ref = next) {
		next = ref->next;
		if (!attribute(p, s, ref))
			pass_up(p, s, ref);
	}
	resolve_paths(s);
	s->refs = NULL;
	s->sources = NULL;
	s->in_from = false;
	s->nrefs = s->nsources = 0;
}

void scope_pop(struct reader *p)
{
	scope_resolve(p);
	p->scope = p->scope->up;
}
