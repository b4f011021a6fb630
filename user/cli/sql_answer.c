// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/sql_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* server.catalog.schema.name, absent parts left out; link: and @link of Oracle */
static struct slice dotted(const struct sql_relation *r, bool link, struct arena *arena)
{
	const struct slice parts[] = { r->server, r->catalog, r->schema, r->name };
	size_t len = 0, n = 0;
	char *out;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		len += parts[i].len + 1;
	len += link ? r->link.len + 1 : 0;
	out = arena_alloc(arena, len);
	if (!out)
		return r->name;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].ptr)
			continue;
		if (n || (i && parts[i - 1].ptr))
			out[n++] = '.';
		if (parts[i].len)
			memcpy(out + n, parts[i].ptr, parts[i].len);
		n += parts[i].len;
	}
	if (link) {
		out[n++] = '@';
		memcpy(out + n, r->link.ptr, r->link.len);
		n += r->link.len;
	}
	return slice_mem(out, n);
}

static int order(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* Understood by the structure of the statement, or only possible: named by a constant, or found by the lexical pass. */
static bool wanted(const struct sql_relation *r, uint32_t access)
{
	if (!access)
		return r->via > SQL_VIA_DYNAMIC;
	return r->via <= SQL_VIA_DYNAMIC && r->access & access;
}

/* The sorted, unique names of all relations with one of these accesses; access 0: of the possible ones. */
static void write_names(struct json *j, const char *key, const struct sql_result *r, uint32_t access, bool links, struct arena *arena)
{
	size_t total = 0, n = 0;
	struct slice *v;

	for (size_t s = 0; s < r->nstatements; s++)
		total += r->statements[s].nrelations;
	v = arena_array(arena, total + 1, sizeof(*v));
	json_open(j, key, '[');
	for (size_t s = 0; v && s < r->nstatements; s++)
		for (size_t i = 0; i < r->statements[s].nrelations; i++)
			if (wanted(&r->statements[s].relations[i], access))
				v[n++] = dotted(&r->statements[s].relations[i], links && r->statements[s].relations[i].link.len, arena);
	if (n)
		qsort(v, n, sizeof(*v), order);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !slice_eq(v[i], v[i - 1]))
			json_str(j, NULL, v[i]);
	json_close(j, ']');
}

static void write_optional(struct json *j, const char *key, struct slice s)
{
	if (s.ptr)
		json_str(j, key, s);
}

static void write_uses(struct json *j, const struct sql_relation *r)
{
	json_open(j, "uses", '{');
	for (size_t u = 0; u < SQL_USES; u++) {
		bool any = false;

		for (size_t i = 0; i < r->ncolumns && !any; i++)
			any = r->columns[i].use & sql_uses[u].use;
		if (!any)
			continue;
		json_open(j, sql_uses[u].name, '[');
		for (size_t i = 0; i < r->ncolumns; i++)
			if (r->columns[i].use & sql_uses[u].use)
				json_str(j, NULL, r->columns[i].name);
		json_close(j, ']');
	}
	json_close(j, '}');
}

void sql_answer_columns(struct json *j, const struct sql_relation *r)
{
	json_open(j, "columns", '[');
	if (r->all_columns)
		json_cstr(j, NULL, "*");
	for (size_t i = 0; i < r->ncolumns; i++)
		json_str(j, NULL, r->columns[i].name);
	json_close(j, ']');
}

static void write_relation(struct json *j, const struct sql_relation *r)
{
	json_open(j, NULL, '{');
	write_optional(j, "server", r->server);
	write_optional(j, "catalog", r->catalog);
	write_optional(j, "schema", r->schema);
	json_str(j, "name", r->name);
	write_optional(j, "alias", r->alias);
	write_optional(j, "link", r->link);
	json_cstr(j, "access", sql_access_name(r->access));
	if (r->access & SQL_TEMPORARY)
		json_boolean(j, "temporary", true);
	if (r->via)
		json_cstr(j, "via", sql_via_name(r->via));
	sql_answer_columns(j, r);
	if (r->ncolumns)
		write_uses(j, r);
	json_close(j, '}');
}

static void write_calls(struct json *j, const struct sql_statement *st)
{
	if (!st->ncalls)
		return;
	json_open(j, "calls", '[');
	for (size_t i = 0; i < st->ncalls; i++) {
		const struct sql_call *c = &st->calls[i];

		json_open(j, NULL, '{');
		write_optional(j, "catalog", c->catalog);
		write_optional(j, "schema", c->schema);
		json_str(j, "name", c->name);
		if (c->procedure)
			json_boolean(j, "procedure", true);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_files(struct json *j, const struct sql_statement *st)
{
	static const char *const kinds[] = { "file", "url", "program", "stage", "remote" };

	if (!st->nfiles)
		return;
	json_open(j, "files", '[');
	for (size_t i = 0; i < st->nfiles; i++) {
		const struct sql_file *f = &st->files[i];

		json_open(j, NULL, '{');
		write_optional(j, "path", f->path);
		json_cstr(j, "kind", kinds[f->kind]);
		json_boolean(j, "write", f->write);
		json_boolean(j, "client", f->client);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_predicates(struct json *j, const struct sql_statement *st)
{
	if (!st->npredicates)
		return;
	json_open(j, "predicates", '[');
	for (size_t i = 0; i < st->npredicates; i++) {
		const struct sql_predicate *q = &st->predicates[i];

		json_open(j, NULL, '{');
		if (q->relation >= 0)
			json_uint(j, "relation", (uint64_t)q->relation);
		json_str(j, "column", q->column);
		if (q->parameter)
			json_uint(j, "parameter", q->parameter);
		else
			json_str(j, "value", q->value);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_settings(struct json *j, const struct sql_statement *st)
{
	static const char *const kinds[] = { "search_path", "database", "role",    "user",        "sql_mode", "strings",
					     "attach",      "detach",   "discard", "transaction", "commit",   "rollback" };

	if (!st->nsettings)
		return;
	json_open(j, "settings", '[');
	for (size_t i = 0; i < st->nsettings; i++) {
		const struct sql_setting *s = &st->settings[i];

		json_open(j, NULL, '{');
		json_cstr(j, "kind", kinds[s->kind]);
		write_optional(j, "name", s->name);
		write_optional(j, "value", s->value);
		if (s->reset)
			json_boolean(j, "reset", true);
		if (s->local)
			json_boolean(j, "local", true);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void write_statement(struct json *j, const struct sql_statement *st)
{
	json_open(j, NULL, '{');
	json_str(j, "operation", st->operation);
	json_cstr(j, "certainty", sql_certainty_name(st->certainty));
	if (st->certainty != SQL_PARSED)
		json_uint(j, "partial_at", st->partial_at);
	json_open(j, "relations", '[');
	for (size_t i = 0; i < st->nrelations; i++)
		write_relation(j, &st->relations[i]);
	json_close(j, ']');
	write_calls(j, st);
	write_files(j, st);
	write_predicates(j, st);
	write_settings(j, st);
	if (st->nliterals)
		json_uint(j, "literals", st->nliterals);
	json_close(j, '}');
}

void sql_answer_write(struct json *j, const struct sql_result *r, bool links, struct arena *arena)
{
	struct slice operation = r->nstatements ? r->statements[0].operation : SLICE("");
	char print[17];

	json_str(j, "operation", operation);
	json_cstr(j, "certainty", sql_certainty_name(r->certainty));
	json_open(j, "statements", '[');
	for (size_t s = 0; s < r->nstatements; s++)
		write_statement(j, &r->statements[s]);
	json_close(j, ']');
	write_names(j, "reads", r, SQL_READ, links, arena);
	write_names(j, "writes", r, SQL_WRITES, links, arena);
	if (r->certainty != SQL_PARSED)
		write_names(j, "possible", r, 0, links, arena);
	snprintf(print, sizeof(print), "%016llx", (unsigned long long)r->fingerprint);
	json_cstr(j, "fingerprint", print);
	json_str(j, "masked", r->masked);
}
