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

struct reached {
	uint32_t base;
	uint32_t access;      /* found so far */
	struct slice through; /* the name in the statement that led to it first */
	bool waiting;         /* on the stack */
};

/* Bases that were reached, in that order, by a hash of their places: what a statement does not touch costs nothing. */
struct expansion {
	const struct policy *p;
	struct arena *arena;
	struct reached *v;
	uint32_t *stack; /* indices of those whose own views are still to be followed; as much room as v */
	uint32_t *slots; /* index + 1; 0: free; twice as much room as v */
	size_t found, cap, depth;
	bool failed; /* no memory */
};

static uint32_t *slot_of(const struct expansion *e, uint32_t base)
{
	size_t mask = 2 * e->cap - 1, at = (base * 2654435761u) & mask; /* Knuth's multiplicative hash */

	while (e->slots[at] && e->v[e->slots[at] - 1].base != base)
		at = (at + 1) & mask;
	return &e->slots[at];
}

static bool grow(struct expansion *e)
{
	size_t cap = e->cap ? e->cap * 2 : 16;
	struct reached *v = arena_array(e->arena, cap, sizeof(*v));
	uint32_t *stack = arena_array(e->arena, cap, sizeof(*stack));
	uint32_t *slots = arena_array(e->arena, 2 * cap, sizeof(*slots));

	e->failed = !v || !stack || !slots;
	if (e->failed)
		return false;
	if (e->found) {
		memcpy(v, e->v, e->found * sizeof(*v));
		memcpy(stack, e->stack, e->depth * sizeof(*stack));
	}
	e->v = v;
	e->stack = stack;
	e->slots = slots;
	e->cap = cap;
	for (size_t i = 0; i < e->found; i++)
		*slot_of(e, v[i].base) = (uint32_t)i + 1;
	return true;
}

/* NULL: no memory. */
static struct reached *reached(struct expansion *e, uint32_t base, struct slice through)
{
	uint32_t *slot;

	if (e->found == e->cap && !grow(e))
		return NULL;
	slot = slot_of(e, base);
	if (!*slot) {
		e->v[e->found] = (struct reached){ .base = base, .through = through };
		*slot = (uint32_t)++e->found;
	}
	return &e->v[*slot - 1];
}

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
			struct reached *to = reached(e, e->p->view_bases[view->id][k], through);

			if (!to)
				return;
			if ((to->access | access) == to->access)
				continue;
			to->access |= access;
			if (!to->waiting) {
				to->waiting = true;
				e->stack[e->depth++] = (uint32_t)(to - e->v);
			}
		}
	}
}

/* Which columns a view passes on is not known: all of them. */
static struct sql_relation base_relation(const struct expansion *e, const struct reached *b)
{
	const struct rel_pattern *name = &e->p->bases[b->base].name;

	return (struct sql_relation){
		.catalog = name->catalog,
		.schema = name->schema,
		.name = name->name,
		.access = b->access,
		.all_columns = true,
		.behind = SQL_BEHIND_VIEW,
		.through = b->through,
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

static int expand(struct expansion *e, const struct sql_relation *relations, size_t n, const struct sql_call *calls, size_t ncalls)
{
	for (size_t i = 0; i < n; i++)
		reach(e, &relations[i], relations[i].name);
	for (size_t i = 0; i < ncalls; i++) {
		struct sql_relation r = called(&calls[i]);

		reach(e, &r, calls[i].name);
	}
	while (e->depth) {
		struct reached *b = &e->v[e->stack[--e->depth]];
		struct sql_relation r = base_relation(e, b);

		b->waiting = false;
		reach(e, &r, b->through);
	}
	return e->failed ? -ENOMEM : 0;
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
	struct expansion e = { .p = p, .arena = arena };
	struct sql_relation *all;
	size_t total = n;
	int err = names_view(p, relations, n, calls, ncalls) ? expand(&e, relations, n, calls, ncalls) : 0;

	if (err)
		return err;
	all = arena_array(arena, n + e.found, sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (n)
		memcpy(all, relations, n * sizeof(*all));
	for (size_t i = 0; i < e.found; i++) {
		all[total] = base_relation(&e, &e.v[i]);
		total += !is_known(relations, n, &all[total]);
	}
	err = policy_add_partitions(p, arena, &all, &total);
	if (err)
		return err;
	*ret = all;
	*ret_n = total;
	return 0;
}
