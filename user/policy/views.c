// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* views: -> the base relations behind a reference, transitively. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/compiled.h"

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
	uint32_t *access; /* per base: the access found so far, 0 when not reached */
	uint32_t *order;  /* bases in the order they were reached */
	size_t found;
	uint32_t *stack; /* bases whose own views are still to be followed */
	size_t depth;
	bool *waiting; /* per base: on the stack */
};

/* A cycle ends by itself: a base is followed again only when it is reached with an access not seen before. */
static void reach(struct expansion *e, const struct sql_relation *r)
{
	uint32_t access = r->access & ~(uint32_t)ABOUT_THE_VIEW;
	struct rel_cursor c = { 0 };
	const struct rel_entry *view;

	if (!access)
		return;
	while ((view = rel_index_next(&e->p->views, r, &c))) {
		for (size_t k = 0; k < e->p->config->views[view->id].bases.n; k++) {
			uint32_t base = e->p->view_bases[view->id][k];

			if ((e->access[base] | access) == e->access[base])
				continue;
			if (!e->access[base])
				e->order[e->found++] = base;
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
		.catalog = name->catalog, .schema = name->schema, .name = name->name, .access = e->access[base], .all_columns = true
	};
}

static bool names_view(const struct policy *p, const struct sql_relation *relations, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rel_cursor c = { 0 };

		if (rel_index_next(&p->views, &relations[i], &c))
			return true;
	}
	return false;
}

static int expand(struct expansion *e, const struct sql_relation *relations, size_t n, struct arena *arena)
{
	size_t nbases = e->p->nbases;

	e->access = arena_array(arena, nbases, sizeof(*e->access));
	e->order = arena_array(arena, nbases, sizeof(*e->order));
	e->stack = arena_array(arena, nbases, sizeof(*e->stack));
	e->waiting = arena_array(arena, nbases, sizeof(*e->waiting));
	if (!e->access || !e->order || !e->stack || !e->waiting)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		reach(e, &relations[i]);
	while (e->depth) {
		uint32_t base = e->stack[--e->depth];
		struct sql_relation r = base_relation(e, base);

		e->waiting[base] = false;
		reach(e, &r);
	}
	return 0;
}

int policy_expand(const struct policy *p, const struct sql_relation *relations, size_t n, struct arena *arena, struct sql_relation **ret,
		  size_t *ret_n)
{
	struct expansion e = { .p = p };
	struct sql_relation *all;
	int err = names_view(p, relations, n) ? expand(&e, relations, n, arena) : 0;

	if (err)
		return err;
	all = arena_array(arena, n + e.found, sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (n)
		memcpy(all, relations, n * sizeof(*all));
	for (size_t i = 0; i < e.found; i++)
		all[n + i] = base_relation(&e, e.order[i]);
	*ret = all;
	*ret_n = n + e.found;
	return 0;
}
