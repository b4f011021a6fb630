// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Relations and who -> verdict. policy_explain() runs the very same code with a place to write its steps to, so that
 * explanation and verdict cannot differ.
 */
#include <errno.h>
#include <stdlib.h>

#include "policy/compiled.h"
#include "policy/explain.h"

enum { SEVERITY_UNCERTAIN = 47 };

/* Statements that take or change whole rows, whatever columns they name. */
#define WHOLE_ROWS (SQL_DELETE | SQL_TRUNCATE | SQL_CREATE | SQL_ALTER | SQL_DROP | SQL_COPY_OUT | SQL_COPY_IN)

static bool system_matches(const struct config_table *t, struct slice system)
{
	bool my = slice_eq(system, SLICE("mysql")) || slice_eq(system, SLICE("mariadb"));

	if (t->systems.n == 0 || system.len == 0)
		return true; /* an unknown system could be any */
	for (size_t i = 0; i < t->systems.n; i++) {
		struct slice s = t->systems.v[i];

		if (slice_eq(s, system) || (my && (slice_eq(s, SLICE("mysql")) || slice_eq(s, SLICE("mariadb")))))
			return true;
	}
	return false;
}

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

static int by_place(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The entries that make a relation sensitive, in the order of the configuration. */
static int find_entries(const struct judgement *j, const struct sql_relation *r, uint32_t **ret, size_t *ret_n)
{
	const struct config *c = j->p->config;
	const struct rel_entry *e;
	struct rel_cursor cursor = { 0 };
	uint32_t *v = NULL;
	size_t n = 0, cap = 0;

	while ((e = rel_index_next(&j->p->tables, r, &cursor))) {
		const struct config_table *t = &c->tables[e->id];
		const char *why_not = !system_matches(t, j->system)        ? "another database system"
				      : !columns_match(t, r, j->certainty) ? "none of its columns"
									   : NULL;

		if (j->out)
			explain_entry(j, r, t, why_not);
		if (why_not)
			continue;
		if (n == cap) {
			uint32_t *bigger = arena_array(j->arena, cap ? cap * 2 : 4, sizeof(*v));

			if (!bigger)
				return -ENOMEM;
			for (size_t i = 0; i < n; i++)
				bigger[i] = v[i];
			v = bigger;
			cap = cap ? cap * 2 : 4;
		}
		v[n++] = e->id;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_place);
	*ret = v;
	*ret_n = n;
	return 0;
}

static void add_tag(struct slice *tags, size_t *n, struct slice tag)
{
	for (size_t i = 0; i < *n; i++)
		if (slice_eq(tags[i], tag))
			return;
	tags[(*n)++] = tag;
}

static int unite_tags(const struct judgement *j, const uint32_t *entries, size_t n, struct policy_table *to)
{
	const struct config_table *t = j->p->config->tables;
	size_t total = 0, ntags = 0;
	struct slice *tags;

	if (n == 1) {
		to->tags = t[entries[0]].tags.v;
		to->ntags = t[entries[0]].tags.n;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		total += t[entries[i]].tags.n;
	tags = arena_array(j->arena, total, sizeof(*tags));
	if (!tags)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < t[entries[i]].tags.n; k++)
			add_tag(tags, &ntags, t[entries[i]].tags.v[k]);
	to->tags = tags;
	to->ntags = ntags;
	return 0;
}

/* Fills the verdict's row of one relation; *worst becomes the entry with the highest severity so far. */
static int judge_relation(const struct judgement *j, size_t i, struct policy_table *to, const struct config_table **worst)
{
	const struct config *c = j->p->config;
	uint32_t *entries;
	size_t n;
	int err = find_entries(j, &j->relations[i], &entries, &n);

	if (err)
		return err;
	if (n == 0) {
		if (j->out)
			explain_harmless(j, &j->relations[i]);
		return 0;
	}
	to->sensitive = true;
	for (size_t k = 0; k < n; k++) {
		const struct config_table *t = &c->tables[entries[k]];

		if (t->severity > to->severity)
			to->severity = t->severity;
		if (!*worst || t->severity > (*worst)->severity)
			*worst = t;
	}
	return unite_tags(j, entries, n, to);
}

static bool any_glob(const struct config_strings *patterns, struct slice text)
{
	for (size_t i = 0; text.ptr && i < patterns->n; i++)
		if (slice_glob(patterns->v[i], text, false))
			return true;
	return false;
}

static bool user_matches(const struct config_strings *patterns, const struct policy_who *who)
{
	if (who->has_loginuid)
		for (size_t i = 0; who->user.ptr && i < patterns->n; i++) {
			if (!slice_eq(patterns->v[i], SLICE("unset")) && slice_glob(patterns->v[i], who->user, false))
				return true;
		}
	else
		for (size_t i = 0; i < patterns->n; i++)
			if (slice_eq(patterns->v[i], SLICE("unset")))
				return true;
	return false;
}

static bool uid_matches(const struct config_strings *uids, uint32_t uid)
{
	for (size_t i = 0; i < uids->n; i++) {
		uint64_t v;

		if (slice_u64(uids->v[i], &v) == 0 && v == uid)
			return true;
	}
	return false;
}

static bool any_pattern(const struct policy_rule *rule, const struct sql_relation *r, enum rel_strictness strictness)
{
	for (size_t i = 0; i < rule->ntables; i++)
		if (rel_pattern_match(&rule->tables[i], r, strictness))
			return true;
	return false;
}

/*
 * An alert needs one of its tables. An allowance (log, ignore) must cover every sensitive table, by what the statement
 * really says, so that it never hides another one.
 */
static bool tables_match(const struct judgement *j, const struct policy_rule *rule, const struct policy_table *tables)
{
	bool alert = rule->action == POLICY_ALERT;

	for (size_t i = 0; i < j->n; i++) {
		if (!tables[i].sensitive)
			continue;
		if (any_pattern(rule, &j->relations[i], alert ? REL_SUSPECT : REL_PROVEN) == alert)
			return alert;
	}
	return !alert;
}

/* NULL: the rule applies; else the condition that does not hold. */
static const char *rule_misses(const struct judgement *j, const struct policy_rule *rule, const struct policy_table *tables)
{
	const struct config_rule *c = rule->config;

	if (c->user.n && !user_matches(&c->user, j->who))
		return "user";
	if (c->uid.n && !uid_matches(&c->uid, j->who->uid))
		return "uid";
	if (c->exe.n && !any_glob(&c->exe, j->who->exe))
		return "exe";
	if (c->comm.n && !any_glob(&c->comm, j->who->comm))
		return "comm";
	if (c->tables.n && !tables_match(j, rule, tables))
		return "tables";
	return NULL;
}

static void apply_rules(const struct judgement *j, const struct config_table *worst, struct policy_verdict *v)
{
	v->severity = worst->severity;
	for (size_t i = 0; i < j->p->config->nrules; i++) {
		const struct policy_rule *rule = &j->p->rules[i];
		const char *misses = rule_misses(j, rule, v->tables);

		if (j->out)
			explain_rule(j, rule, misses);
		if (misses)
			continue;
		v->action = rule->action;
		v->rule = rule->config->name;
		v->ruleset = rule->config->file;
		return;
	}
	v->action = POLICY_ALERT;
	v->rule = SLICE("sensitive table");
	v->ruleset = worst->file;
	if (j->out)
		buf_adds(j->out, "no rule applies: a sensitive table alerts\n");
}

/* A statement that was not wholly understood may touch anything: the stronger of both actions decides. */
static void apply_uncertainty(const struct judgement *j, struct policy_verdict *v)
{
	bool decides = j->p->uncertain > v->action;

	if (j->out)
		explain_uncertain(j, decides);
	if (!decides)
		return;
	v->action = j->p->uncertain;
	v->uncertain = true;
	v->rule = SLICE("uncertain statement");
	v->ruleset = j->p->config->file;
	if (v->severity < SEVERITY_UNCERTAIN)
		v->severity = SEVERITY_UNCERTAIN;
}

int policy_judge(const struct judgement *j, struct policy_verdict *ret)
{
	struct policy_verdict v = { .action = POLICY_NONE };
	const struct config_table *worst = NULL;

	v.tables = arena_array(j->arena, j->n, sizeof(*v.tables));
	if (!v.tables)
		return -ENOMEM;
	for (size_t i = 0; i < j->n; i++) {
		int err = judge_relation(j, i, &v.tables[i], &worst);

		if (err)
			return err;
	}
	if (worst)
		apply_rules(j, worst, &v);
	if (j->certainty != SQL_PARSED)
		apply_uncertainty(j, &v);
	*ret = v;
	return 0;
}

int policy_match(const struct policy *p, struct slice system, const struct sql_relation *relations, size_t n, enum sql_certainty certainty,
		 const struct policy_who *who, struct arena *arena, struct policy_verdict *ret)
{
	struct judgement j = {
		.p = p, .system = system, .relations = relations, .n = n, .certainty = certainty, .who = who, .arena = arena
	};

	return policy_judge(&j, ret);
}
