// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/gather.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

/* Merging compares each with each: beyond this many relations they are kept apart. */
enum { MERGE_MAX = 512 };

static bool same_relation(const struct sql_relation *a, const struct sql_relation *b)
{
	return slice_eq(a->name, b->name) && slice_eq(a->schema, b->schema) && slice_eq(a->catalog, b->catalog) &&
	       slice_eq(a->server, b->server) && slice_eq(a->link, b->link) && a->behind == b->behind;
}

static int merge_columns(struct sql_relation *to, const struct sql_relation *from, struct arena *arena)
{
	struct sql_column *v;
	size_t n = to->ncolumns;

	if (!from->ncolumns)
		return 0;
	v = arena_array(arena, to->ncolumns + from->ncolumns, sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (n)
		memcpy(v, to->columns, n * sizeof(*v));
	for (size_t i = 0; i < from->ncolumns; i++) {
		size_t k = 0;

		while (k < to->ncolumns && !slice_eq(v[k].name, from->columns[i].name))
			k++;
		if (k == to->ncolumns)
			v[n++] = from->columns[i];
		else
			v[k].use |= from->columns[i].use;
	}
	to->columns = v;
	to->ncolumns = n;
	return 0;
}

static int merge(struct sql_relation *to, const struct sql_relation *from, struct arena *arena)
{
	to->access |= from->access;
	if (from->via < to->via)
		to->via = from->via;
	to->all_columns |= from->all_columns;
	to->hidden |= from->hidden;
	return merge_columns(to, from, arena);
}

static int add_relation(struct gathered *g, const struct sql_relation *r, struct arena *arena, size_t *ret_at)
{
	size_t k = g->n < MERGE_MAX ? 0 : g->n;

	while (k < g->n && !same_relation(&g->relations[k], r))
		k++;
	*ret_at = k;
	if (k < g->n)
		return merge(&g->relations[k], r, arena);
	g->relations[g->n++] = *r;
	return 0;
}

int gather_relations(struct gathered *g, const struct sql_relation *v, size_t n, struct arena *arena)
{
	struct sql_relation *all;
	size_t at;
	int err = 0;

	if (!n)
		return 0;
	all = arena_array(arena, g->n + n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (g->n)
		memcpy(all, g->relations, g->n * sizeof(*all));
	g->relations = all;
	for (size_t i = 0; i < n && !err; i++)
		err = add_relation(g, &v[i], arena, &at);
	return err;
}

static void add_call(struct gathered *g, const struct sql_call *c)
{
	for (size_t i = 0; i < g->ncalls; i++) {
		const struct sql_call *o = &g->calls[i];

		if (slice_eq(o->name, c->name) && slice_eq(o->schema, c->schema) && slice_eq(o->catalog, c->catalog) &&
		    o->procedure == c->procedure)
			return;
	}
	g->calls[g->ncalls++] = *c;
}

static struct slice parameter(const struct gather_parameter *v, size_t n, unsigned number)
{
	return number && number <= n ? v[number - 1].value : SLICE_NONE;
}

static void add_value(struct gathered *g, size_t max, const struct policy_value *v)
{
	if (!v->value.ptr)
		return;
	if (g->nvalues == max)
		g->more = true;
	else
		g->values[g->nvalues++] = *v;
}

struct room {
	size_t relations, calls, files, values;
};

static struct room count(const struct sql_result *const *results, size_t n, size_t nparameters, bool *cut, bool *more)
{
	struct room r = { .values = nparameters };

	for (size_t i = 0; i < n; i++) {
		for (size_t s = 0; s < results[i]->nstatements; s++) {
			const struct sql_statement *st = &results[i]->statements[s];

			r.relations += st->nrelations;
			r.calls += st->ncalls;
			r.files += st->nfiles;
			r.values += st->nliterals + st->npredicates;
			*more |= st->predicates_cut || st->literals_cut;
			*cut |= st->calls_cut || st->files_cut || st->settings_cut;
		}
	}
	*cut |= r.calls > GATHER_CALLS_MAX || r.files > GATHER_FILES_MAX;
	r.calls = r.calls < GATHER_CALLS_MAX ? r.calls : GATHER_CALLS_MAX;
	r.files = r.files < GATHER_FILES_MAX ? r.files : GATHER_FILES_MAX;
	r.values = r.values < GATHER_VALUES_MAX ? r.values : GATHER_VALUES_MAX;
	return r;
}

static size_t place_in(struct slice text, struct slice v)
{
	return v.ptr >= text.ptr && v.ptr + v.len <= text.ptr + text.len ? (size_t)(v.ptr - text.ptr) : SIZE_MAX;
}

/* 'a' || 'b', 'a' + 'b', 'a' 'b': nothing but quotes, blanks and such a sign between two strings, as they stand in the text. */
static bool is_joined(struct slice text, const struct sql_literal *a, const struct sql_literal *b)
{
	enum { GAP_MAX = 64 };
	size_t from = place_in(text, a->value), to = place_in(text, b->value), quotes = 0;

	if (!a->string || !b->string || from == SIZE_MAX || to == SIZE_MAX)
		return false;
	from += a->value.len;
	if (from >= to || to - from > GAP_MAX)
		return false;
	for (; from < to; from++) {
		if (strchr("NnEe", text.ptr[from]) && from + 1 < to && text.ptr[from + 1] == '\'')
			continue;
		if (!strchr("'\" \t\n\r|+", text.ptr[from]) || !text.ptr[from])
			return false;
		quotes += text.ptr[from] == '\'' || text.ptr[from] == '"';
	}
	return quotes == 2;
}

static int add_statement(struct slice text, struct gathered *g, const struct sql_statement *st, const struct room *room,
			 const struct gather_parameter *parameters, size_t nparameters, struct arena *arena)
{
	int *at = arena_array(arena, st->nrelations + 1, sizeof(*at));
	int err = at ? 0 : -ENOMEM;

	for (size_t i = 0; i < st->nrelations && !err; i++) {
		size_t place = 0;

		err = add_relation(g, &st->relations[i], arena, &place);
		at[i] = (int)place;
	}
	for (size_t i = 0; i < st->ncalls && g->ncalls < room->calls && !err; i++)
		add_call(g, &st->calls[i]);
	for (size_t i = 0; i < st->nfiles && g->nfiles < room->files && !err; i++)
		g->files[g->nfiles++] = st->files[i];
	for (size_t i = 0; i < st->npredicates && !err; i++) {
		const struct sql_predicate *p = &st->predicates[i];
		bool known = p->relation >= 0 && (size_t)p->relation < st->nrelations;

		add_value(g, room->values,
			  &(struct policy_value){ .value = p->value.ptr ? p->value : parameter(parameters, nparameters, p->parameter),
						  .string = p->value.ptr ? p->string : true,
						  .predicate = true,
						  .relation = known ? at[p->relation] : -1 });
	}
	for (size_t i = 0; i < st->nliterals && !err; i++)
		add_value(g, room->values,
			  &(struct policy_value){ .value = st->literals[i].value,
						  .string = st->literals[i].string,
						  .relation = -1,
						  .between = st->literals[i].between,
						  .symmetric = st->literals[i].symmetric,
						  .count = st->literals[i].count,
						  .joined = i && is_joined(text, &st->literals[i - 1], &st->literals[i]) });
	return err;
}

int gather(struct slice text, const struct sql_result *const *results, size_t n, const struct gather_parameter *parameters,
	   size_t nparameters, struct arena *arena, struct gathered *ret)
{
	struct gathered g = { 0 };
	struct room room = count(results, n, nparameters, &g.cut, &g.more);
	int err = 0;

	g.relations = arena_array(arena, room.relations + 1, sizeof(*g.relations));
	g.calls = arena_array(arena, room.calls + 1, sizeof(*g.calls));
	g.files = arena_array(arena, room.files + 1, sizeof(*g.files));
	g.values = arena_array(arena, room.values + 1, sizeof(*g.values));
	if (!g.relations || !g.calls || !g.files || !g.values)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		for (size_t s = 0; s < results[i]->nstatements && !err; s++)
			err = add_statement(text, &g, &results[i]->statements[s], &room, parameters, nparameters, arena);
	for (size_t i = 0; i < nparameters && !err; i++)
		add_value(&g, room.values, &(struct policy_value){ .value = parameters[i].value, .string = true, .relation = -1 });
	if (!err)
		*ret = g;
	return err;
}
