// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* partitions: parents and parts, of partitioned and inherited tables. */
#include <errno.h>
#include <string.h>

#include "policy/compiled.h"

#define ABOUT_IT (SQL_CREATE | SQL_ALTER | SQL_DROP)

enum { ADDED_MAX = 4096 }; /* told of one event: all of them are sensitive */

int policy_compile_partitions(struct policy *p)
{
	const struct config *c = p->config;
	size_t parts = 0;
	int err;

	for (size_t i = 0; i < c->npartitions; i++)
		parts += c->partitions[i].bases.n;
	err = rel_index_init(&p->parents, &p->arena, c->npartitions);
	if (!err)
		err = rel_index_init(&p->parts, &p->arena, parts);
	for (size_t i = 0; i < c->npartitions && !err; i++) {
		err = rel_index_add(&p->parents, c->partitions[i].name, (uint32_t)i);
		for (size_t k = 0; k < c->partitions[i].bases.n && !err; k++)
			err = rel_index_add(&p->parts, c->partitions[i].bases.v[k], (uint32_t)i);
	}
	return err;
}

struct walk {
	const struct policy *p;
	struct arena *arena;
	struct sql_relation *added;
	size_t n, cap;
	bool *seen; /* per entry of partitions:, in this direction from this relation */
	uint32_t *stack;
	size_t depth;
};

static bool is_part(const struct policy *p, const struct sql_relation *r)
{
	return rel_index_any(&p->parents, r) || rel_index_any(&p->parts, r);
}

static struct sql_relation named(struct slice text, const struct sql_relation *from)
{
	struct rel_pattern name = rel_pattern_parse(text);

	return (struct sql_relation){ .catalog = name.catalog,
				      .schema = name.schema,
				      .name = name.name,
				      .access = from->access & ~(uint32_t)ABOUT_IT,
				      .via = from->via,
				      .all_columns = from->all_columns,
				      .columns = from->columns,
				      .ncolumns = from->ncolumns,
				      .behind = SQL_BEHIND_PARTITION,
				      .through = from->through.ptr ? from->through : from->name };
}

static void add(struct walk *w, const struct sql_relation *r)
{
	for (size_t i = 0; i < w->n; i++)
		if (slice_ieq(w->added[i].name, r->name) && slice_ieq(w->added[i].schema, r->schema) &&
		    slice_ieq(w->added[i].catalog, r->catalog)) {
			w->added[i].access |= r->access;
			return;
		}
	if (w->n == w->cap && w->cap < ADDED_MAX) {
		size_t cap = w->cap ? w->cap * 2 : 8;
		struct sql_relation *v = arena_array(w->arena, cap, sizeof(*v));

		if (v && w->n)
			memcpy(v, w->added, w->n * sizeof(*v));
		w->added = v ? v : w->added;
		w->cap = v ? cap : w->cap;
	}
	if (w->n < w->cap)
		w->added[w->n++] = *r;
}

/* The entries that name r as parent (down) or as part (up), each once. */
static void find_entries(struct walk *w, const struct sql_relation *r, bool down)
{
	const struct rel_entry *e;
	struct rel_cursor c;

	rel_index_begin(down ? &w->p->parents : &w->p->parts, r, &c);
	while ((e = rel_index_next(&c))) {
		if (w->seen[e->id])
			continue;
		w->seen[e->id] = true;
		w->stack[w->depth++] = e->id;
	}
}

static void follow(struct walk *w, const struct sql_relation *r, bool down)
{
	memset(w->seen, 0, w->p->config->npartitions * sizeof(*w->seen));
	find_entries(w, r, down);
	while (w->depth) {
		const struct config_view *entry = &w->p->config->partitions[w->stack[--w->depth]];

		for (size_t i = 0; i < (down ? entry->bases.n : 1); i++) {
			struct sql_relation next = named(down ? entry->bases.v[i] : entry->name, r);

			if (!down || policy_touches(w->p, SLICE_NONE, &next, SQL_PARSED))
				add(w, &next);
			find_entries(w, &next, down);
		}
	}
}

int policy_add_partitions(const struct policy *p, struct arena *arena, struct sql_relation **v, size_t *n)
{
	struct walk w = { .p = p, .arena = arena };
	struct sql_relation *all;
	size_t first = 0;

	while (first < *n && (!p->parents.n || !is_part(p, &(*v)[first])))
		first++;
	if (first == *n)
		return 0;
	w.seen = arena_array(arena, p->config->npartitions, sizeof(*w.seen));
	w.stack = arena_array(arena, p->config->npartitions, sizeof(*w.stack));
	if (!w.seen || !w.stack)
		return -ENOMEM;
	for (size_t i = first; i < *n; i++) {
		if (!((*v)[i].access & ~(uint32_t)ABOUT_IT) || !is_part(p, &(*v)[i]))
			continue;
		follow(&w, &(*v)[i], false);
		follow(&w, &(*v)[i], true);
	}
	all = arena_array(arena, *n + w.n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	memcpy(all, *v, *n * sizeof(*all));
	if (w.n)
		memcpy(all + *n, w.added, w.n * sizeof(*all));
	*v = all;
	*n += w.n;
	return 0;
}
