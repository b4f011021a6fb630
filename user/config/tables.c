// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* tables: and views: */
#include <errno.h>
#include <string.h>

#include "config/schema.h"

#define WANT_PATTERN "[catalog.][schema.]relation, such as \"*.user_ip_log\""
#define WANT_NAME "a relation, such as public.user_ip_log"

/* One to three parts, none empty, as written in the configuration: without SQL quotes. */
static int check_relation(struct load *l, const struct yaml *n, struct slice s, bool globs)
{
	size_t parts = 1, start = 0;

	for (size_t i = 0; i <= s.len; i++) {
		char c = i < s.len ? s.ptr[i] : '.';

		if (c == '"' || c == '`' || c == '\'')
			return yaml_fail(&l->f, n, "a quote in %s; write names as they are stored, without SQL quotes", slice_quote(s));
		if (!globs && (c == '*' || c == '?'))
			return yaml_fail(&l->f, n, "a pattern, %s; give " WANT_NAME, slice_quote(s));
		if (c != '.')
			continue;
		if (i == start)
			return yaml_fail(&l->f, n, "an empty part in %s; give " WANT_PATTERN, slice_quote(s));
		parts += i < s.len;
		start = i + 1;
	}
	if (parts > 3)
		return yaml_fail(&l->f, n, "%zu parts in %s; give " WANT_PATTERN " (a dot inside a name is written ?)", parts,
				 slice_quote(s));
	return 0;
}

static int set_match(struct load *l, const struct yaml *n, void *target)
{
	struct config_table *t = target;
	int err = value_text(l, n, WANT_PATTERN, &t->match);

	return err ? err : check_relation(l, n, t->match, true);
}

/* Of the libraries under probes: as well. */
static bool own_system(const struct load *l, const struct yaml *n)
{
	for (size_t i = 0; i < l->c->nlibraries; i++)
		if (n->kind == YAML_SCALAR && slice_eq(l->c->libraries[i].system, n->text))
			return true;
	return false;
}

int schema_systems(struct load *l, const struct yaml *n, struct config_strings *ret)
{
	static const struct config_word systems[] = {
		{ "postgresql", 0 }, { "mysql", 0 },   { "mariadb", 0 }, { "sqlite", 0 },  { "microsoft.sql_server", 0 },
		{ "oracle.db", 0 },  { "ibm.db2", 0 }, { "duckdb", 0 },  { "mongodb", 0 }, { "cassandra", 0 },
		{ "other_sql", 0 },  { NULL, 0 },
	};
	int err = value_texts(l, n, "a system, such as postgresql", ret);

	for (const struct yaml *i = n->kind == YAML_LIST ? n->first : n; i && !err; i = n->kind == YAML_LIST ? i->next : NULL) {
		unsigned unused;

		err = own_system(l, i) ? 0 : value_word(l, i, systems, &unused);
	}
	return err;
}

static int set_systems(struct load *l, const struct yaml *n, void *target)
{
	struct config_table *t = target;

	return schema_systems(l, n, &t->systems);
}

static int set_columns(struct load *l, const struct yaml *n, void *target)
{
	struct config_table *t = target;

	return value_texts(l, n, "a column name", &t->columns);
}

static int set_tags(struct load *l, const struct yaml *n, void *target)
{
	struct config_table *t = target;

	return value_texts(l, n, "a tag, such as pii", &t->tags);
}

int schema_severity(struct load *l, const struct yaml *n, unsigned *ret)
{
	static const struct config_word words[] = { { "low", 21 }, { "medium", 47 }, { "high", 73 }, { "critical", 99 }, { NULL, 0 } };

	return value_word(l, n, words, ret);
}

static int set_severity(struct load *l, const struct yaml *n, void *target)
{
	struct config_table *t = target;

	return schema_severity(l, n, &t->severity);
}

static const struct config_key table_keys[] = {
	{ "match", set_match, false }, { "systems", set_systems, false },   { "columns", set_columns, false },
	{ "tags", set_tags, false },   { "severity", set_severity, false }, { NULL, NULL, false },
};

int schema_tables(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST)
		return yaml_fail(&l->f, n, "%s; give a list, such as - match: \"*.user_ip_log\"", yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_table t = { .severity = 47, .file = l->file, .line = i->line };
		struct config_table *v;
		int err = value_map(l, i, table_keys, &t, "a table");

		if (err)
			return err;
		if (!t.match.ptr)
			return yaml_fail(&l->f, i, "a table without match; give match: " WANT_PATTERN);
		v = value_push(&c->arena, c->tables, &c->ntables, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->tables = v;
		v[c->ntables - 1] = t;
	}
	return 0;
}

static int read_view(struct load *l, const struct yaml *n, struct config_view *v)
{
	int err;

	v->name = arena_dup(&l->c->arena, n->key);
	if (!v->name.ptr)
		return yaml_nomem(&l->f);
	err = check_relation(l, n, v->name, true);
	if (!err)
		err = value_texts(l, n, WANT_NAME, &v->bases);
	for (size_t i = 0; !err && i < v->bases.n; i++)
		err = check_relation(l, n, v->bases.v[i], false);
	return err;
}

static int read_map(struct load *l, const struct yaml *n, const char *example, struct config_view **views, size_t *nviews)
{
	if (n->kind != YAML_MAP)
		return yaml_fail(&l->f, n, "%s; give a map of %s", yaml_kind_name(n), example);
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_view view = { 0 };
		struct config_view *v;
		int err = read_view(l, i, &view);

		if (err)
			return err;
		v = value_push(&l->c->arena, *views, nviews, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		*views = v;
		v[*nviews - 1] = view;
	}
	return 0;
}

int schema_views(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return read_map(l, n, "views to the relations they read, such as public.v_ips: [public.user_ip_log]", &c->views, &c->nviews);
}

int schema_partitions(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return read_map(l, n, "parents to their parts, such as public.user_ip_log: [public.user_ip_log_2026]", &c->partitions,
			&c->npartitions);
}

/* For rules.c: the same form in when.tables. */
int schema_check_pattern(struct load *l, const struct yaml *n, struct slice s)
{
	return check_relation(l, n, s, true);
}
