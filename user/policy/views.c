// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* views: -> the base relations behind a reference, transitively. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/compiled.h"

enum { KNOWN_MAX = 64 }; /* relations that a base is compared with */

/* Making, changing or dropping a view touches no row of its bases. */
#define ABOUT_THE_VIEW (SQL_CREATE | SQL_ALTER | SQL_DROP)

/* The place in bases of a name, added when new. Names that differ only in case are two bases, which does no harm. */
static uint32_t intern_base(struct policy *p, struct hmap *known, struct slice text, int *err)
{
	uint64_t hash = slice_hash(text);
	struct policy_base *b;

	for (struct hnode *h = hmap_first(known, hash); h; h = hmap_next(h)) {
		b = CONTAINER_OF(h, struct policy_base, node);
		if (slice_eq(b->text, text))
			return (uint32_t)(b - p->bases);
	}
	b = &p->bases[p->nbases];
	*b = (struct policy_base){ .text = text, .name = rel_pattern_parse(text) };
	*err = hmap_add(known, &b->node, hash);
	return (uint32_t)p->nbases++;
}

static int compile_view(struct policy *p, struct hmap *known, size_t i)
{
	const struct config_view *v = &p->config->views[i];
	uint32_t *bases = arena_array(&p->arena, v->bases.n, sizeof(*bases));
	int err = bases ? rel_index_add(&p->views, v->name, (uint32_t)i) : -ENOMEM;

	for (size_t k = 0; !err && k < v->bases.n; k++)
		bases[k] = intern_base(p, known, v->bases.v[k], &err);
	p->view_bases[i] = bases;
	return err;
}

int policy_compile_views(struct policy *p)
{
	const struct config *c = p->config;
	size_t total = 0;
	struct hmap known;
	int err;

	for (size_t i = 0; i < c->nviews; i++)
		total += c->views[i].bases.n;
	err = rel_index_init(&p->views, &p->arena, c->nviews);
	if (err)
		return err;
	p->bases = arena_array(&p->arena, total, sizeof(*p->bases));
	p->view_bases = arena_array(&p->arena, c->nviews, sizeof(*p->view_bases));
	if (!p->bases || !p->view_bases)
		return -ENOMEM;
	hmap_init(&known);
	for (size_t i = 0; !err && i < c->nviews; i++)
		err = compile_view(p, &known, i);
	hmap_done(&known);
	return err;
}

struct expansion {
	const struct policy *p;
	uint32_t *access;      /* per base: the access found so far, 0 when not reached */
	uint32_t *order;       /* bases in the order they were reached */
	struct slice *through; /* per base: the name in the statement that led to it first */
	size_t found;
	uint32_t *stack; /* bases whose own views are still to be followed */
	size_t depth;
	bool *waiting; /* per base: on the stack */
};

/* A cycle ends by itself: a base is followed again only when it is reached with an access not seen before. */
static void reach(struct expansion *e, const struct sql_relation *r, struct slice through)
{
	uint32_t access = r->access & ~(uint32_t)ABOUT_THE_VIEW;
	const struct rel_entry *view;
	struct rel_cursor c;

	if (!access)
		return;
	rel_index_begin(&e->p->views, r, &c);
	while ((view = rel_index_next(&c))) {
		for (size_t k = 0; k < e->p->config->views[view->id].bases.n; k++) {
			uint32_t base = e->p->view_bases[view->id][k];

			if ((e->access[base] | access) == e->access[base])
				continue;
			if (!e->access[base]) {
				e->order[e->found++] = base;
				e->through[base] = through;
			}
			e->access[base] |= access;
			if (!e->waiting[base]) {
				e->waiting[base] = true;
				e->stack[e->depth++] = base;
			}
		}
	}
}

/* Which columns a view passes on is not known: all of them. */
static struct sql_relation base_relation(const struct expansion *e, uint32_t base)
{
	const struct rel_pattern *name = &e->p->bases[base].name;

	return (struct sql_relation){
		.catalog = name->catalog,
		.schema = name->schema,
		.name = name->name,
		.access = e->access[base],
		.all_columns = true,
		.behind = SQL_BEHIND_VIEW,
		.through = e->through[base],
	};
}

/* A function stands in views: as a view does; calling it reads. */
static struct sql_relation called(const struct sql_call *c)
{
	return (struct sql_relation){ .catalog = c->catalog, .schema = c->schema, .name = c->name, .access = SQL_READ };
}

static bool is_view(const struct policy *p, const struct sql_relation *r)
{
	return rel_index_any(&p->views, r);
}

static bool names_view(const struct policy *p, const struct sql_relation *relations, size_t n, const struct sql_call *calls, size_t ncalls)
{
	if (!p->views.n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_view(p, &relations[i]))
			return true;
	for (size_t i = 0; i < ncalls; i++) {
		struct sql_relation r = called(&calls[i]);

		if (is_view(p, &r))
			return true;
	}
	return false;
}

static int expansion_init(struct expansion *e, struct arena *arena)
{
	size_t nbases = e->p->nbases;

	e->access = arena_array(arena, nbases, sizeof(*e->access));
	e->order = arena_array(arena, nbases, sizeof(*e->order));
	e->through = arena_array(arena, nbases, sizeof(*e->through));
	e->stack = arena_array(arena, nbases, sizeof(*e->stack));
	e->waiting = arena_array(arena, nbases, sizeof(*e->waiting));
	return e->access && e->order && e->through && e->stack && e->waiting ? 0 : -ENOMEM;
}

static int expand(struct expansion *e, const struct sql_relation *relations, size_t n, const struct sql_call *calls, size_t ncalls,
		  struct arena *arena)
{
	int err = expansion_init(e, arena);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		reach(e, &relations[i], relations[i].name);
	for (size_t i = 0; i < ncalls; i++) {
		struct sql_relation r = called(&calls[i]);

		reach(e, &r, calls[i].name);
	}
	while (e->depth) {
		uint32_t base = e->stack[--e->depth];
		struct sql_relation r = base_relation(e, base);

		e->waiting[base] = false;
		reach(e, &r, e->through[base]);
	}
	return 0;
}

/* What the statement names itself, with all the view could do to it, is not told again: a partition leads back to its parent. */
static bool is_known(const struct sql_relation *relations, size_t n, const struct sql_relation *r)
{
	for (size_t i = 0; i < n && i < KNOWN_MAX; i++)
		if (slice_ieq(relations[i].name, r->name) && slice_ieq(relations[i].schema, r->schema) &&
		    slice_ieq(relations[i].catalog, r->catalog) && relations[i].all_columns &&
		    (relations[i].access & r->access) == r->access)
			return true;
	return false;
}

int policy_expand(const struct policy *p, const struct sql_relation *relations, size_t n, const struct sql_call *calls, size_t ncalls,
		  struct arena *arena, struct sql_relation **ret, size_t *ret_n)
{
	struct expansion e = { .p = p };
	struct sql_relation *all;
	size_t total = n;
	int err = names_view(p, relations, n, calls, ncalls) ? expand(&e, relations, n, calls, ncalls, arena) : 0;

	if (err)
		return err;
	all = arena_array(arena, n + e.found, sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (n)
		memcpy(all, relations, n * sizeof(*all));
	for (size_t i = 0; i < e.found; i++) {
		all[total] = base_relation(&e, e.order[i]);
		total += !is_known(relations, n, &all[total]);
	}
	err = policy_add_partitions(p, arena, &all, &total);
	if (err)
		return err;
	*ret = all;
	*ret_n = total;
	return 0;
}
