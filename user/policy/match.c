// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Relations and who -> verdict. policy_explain() runs the very same code with a place to write its steps to, so that
 * explanation and verdict cannot differ.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/explain.h"

enum { SEVERITY_MENTION = 21, SEVERITY_UNCERTAIN = 47 };

/* Statements that take or change whole rows, whatever columns they name. */
#define WHOLE_ROWS (SQL_DELETE | SQL_TRUNCATE | SQL_CREATE | SQL_ALTER | SQL_DROP | SQL_COPY_OUT | SQL_COPY_IN)

bool policy_system_matches(const struct config_strings *systems, struct slice system)
{
	bool my = slice_eq(system, SLICE("mysql")) || slice_eq(system, SLICE("mariadb"));

	if (systems->n == 0 || system.len == 0)
		return true; /* an unknown system could be any */
	for (size_t i = 0; i < systems->n; i++) {
		struct slice s = systems->v[i];

		if (slice_eq(s, system) || (my && (slice_eq(s, SLICE("mysql")) || slice_eq(s, SLICE("mariadb")))))
			return true;
	}
	return false;
}

/* A column that could belong to several relations counts as touched in each of them. */
static bool columns_match(const struct config_table *t, const struct sql_relation *r, enum sql_certainty certainty)
{
	if (t->columns.n == 0 || r->all_columns || (r->access & WHOLE_ROWS) || r->via == SQL_VIA_LEXICAL || certainty != SQL_PARSED)
		return true;
	for (size_t i = 0; i < t->columns.n; i++)
		for (size_t k = 0; k < r->ncolumns; k++)
			if (slice_glob(t->columns.v[i], r->columns[k].name, true))
				return true;
	return false;
}

static const char *entry_misses(const struct config_table *t, struct slice system, const struct sql_relation *r,
				enum sql_certainty certainty)
{
	if (!policy_system_matches(&t->systems, system))
		return "another database system";
	return columns_match(t, r, certainty) ? NULL : "none of its columns";
}

bool policy_touches(const struct policy *p, struct slice system, const struct sql_relation *r, enum sql_certainty certainty)
{
	const struct rel_entry *e;
	struct rel_cursor cursor;

	rel_index_begin(&p->tables, r, &cursor);
	while ((e = rel_index_next(&cursor)))
		if (!entry_misses(&p->config->tables[e->id], system, r, certainty))
			return true;
	return false;
}

/* The entries that make a relation sensitive, in the order of the configuration. */
static int find_entries(const struct judgement *j, const struct sql_relation *r, struct glob_ids *ids)
{
	const struct rel_entry *e;
	struct rel_cursor cursor;
	size_t kept = 0;
	int err = 0;

	rel_index_begin(&j->p->tables, r, &cursor);
	while (!err && (e = rel_index_next(&cursor)))
		err = glob_ids_add(ids, j->arena, &e->id, 1);
	glob_ids_sort(ids);
	for (size_t i = 0; i < ids->n; i++) {
		const struct config_table *t = &j->p->config->tables[ids->v[i]];
		const char *why_not = entry_misses(t, j->q->system, r, j->q->certainty);

		if (j->out)
			explain_entry(j, r, t, why_not);
		if (!why_not)
			ids->v[kept++] = ids->v[i];
	}
	ids->n = kept;
	return err;
}

void cause_note(struct cause *c, const char *rule, struct slice file, unsigned severity)
{
	if (c->rule && severity <= c->severity)
		return;
	*c = (struct cause){ .rule = rule, .file = file, .severity = severity };
}

static void add_tag(struct tag_union *u, struct slice tag)
{
	for (size_t i = 0; i < u->n; i++)
		if (slice_eq(u->v[i], tag))
			return;
	u->v[u->n++] = tag;
}

/* One list is used as it is; only several are put together. */
int tags_add(struct tag_union *u, const struct config_strings *tags, struct arena *arena)
{
	struct slice *v;
	size_t n;

	if (!tags->n)
		return 0;
	if (!u->first) {
		u->first = tags;
		return 0;
	}
	n = u->v ? u->n : u->first->n;
	v = arena_array(arena, n + tags->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	memcpy(v, u->v ? u->v : u->first->v, n * sizeof(*v));
	u->v = v;
	u->n = n;
	for (size_t i = 0; i < tags->n; i++)
		add_tag(u, tags->v[i]);
	return 0;
}

void tags_put(const struct tag_union *u, struct policy_table *to)
{
	to->tags = u->v ? u->v : u->first ? u->first->v : NULL;
	to->ntags = u->v ? u->n : u->first ? u->first->n : 0;
}

/* A string constant that names a table is no access yet: it is told, and decides by a setting of its own. */
static int judge_relation(struct judgement *j, size_t i)
{
	const struct sql_relation *r = &j->q->relations[i];
	struct policy_table *to = &j->v.tables[i];
	struct tag_union tags = { 0 };
	struct glob_ids entries = { 0 };
	int err = find_entries(j, r, &entries);

	if (!err && entries.n == 0 && j->out)
		explain_harmless(j, r);
	for (size_t k = 0; k < entries.n && !err; k++) {
		const struct config_table *t = &j->p->config->tables[entries.v[k]];

		to->sensitive = true;
		if (t->severity > to->severity)
			to->severity = t->severity;
		if (r->via == SQL_VIA_LITERAL)
			j->mentioned = true;
		else
			cause_note(&j->cause, "sensitive table", t->file, t->severity);
		err = tags_add(&tags, &t->tags, j->arena);
	}
	tags_put(&tags, to);
	return err;
}

static void decide(struct judgement *j, enum policy_action action, const char *rule, unsigned severity)
{
	j->v.action = action;
	j->v.rule = slice_cstr(rule);
	j->v.ruleset = j->p->config->file;
	if (j->v.severity < severity)
		j->v.severity = severity;
}

static void apply_mentions(struct judgement *j)
{
	bool decides = j->p->mentions > j->v.action;

	if (j->out)
		explain_mention(j, decides);
	if (decides)
		decide(j, j->p->mentions, "table named in a string", SEVERITY_MENTION);
}

/* A statement that was not wholly understood may touch anything: the stronger of both actions decides. */
static void apply_uncertainty(struct judgement *j)
{
	bool decides = j->p->uncertain > j->v.action;

	if (j->out)
		explain_uncertain(j, decides);
	if (!decides)
		return;
	j->v.uncertain = true;
	decide(j, j->p->uncertain, "uncertain statement", SEVERITY_UNCERTAIN);
}

int policy_judge(struct judgement *j)
{
	int err = 0;

	j->v.cut = j->q->cut;
	j->v.tables = arena_array(j->arena, j->q->n, sizeof(*j->v.tables));
	if (!j->v.tables)
		return -ENOMEM;
	for (size_t i = 0; i < j->q->n && !err; i++)
		err = judge_relation(j, i);
	if (!err)
		err = judge_calls(j);
	if (!err)
		err = judge_files(j);
	if (!err)
		err = judge_subjects(j);
	if (!err && j->cause.rule)
		err = apply_rules(j);
	if (err)
		return err;
	if (j->mentioned)
		apply_mentions(j);
	if (j->q->certainty != SQL_PARSED || j->v.cut)
		apply_uncertainty(j);
	return 0;
}

int policy_match(const struct policy *p, const struct policy_question *q, struct arena *arena, struct policy_verdict *ret)
{
	struct judgement j = { .p = p, .q = q, .arena = arena };
	int err = policy_judge(&j);

	if (!err)
		*ret = j.v;
	return err;
}
