// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov.tables: complete, if need be over several lines. */
#include "event/line.h"

#define IDENTIFIER_MAX 400 /* PostgreSQL: 63 bytes, MySQL: 64 characters; only SQLite has longer ones */
#define QUALIFIER_MAX 200
#define TAGS_MAX 400

static bool cut_str(struct json *j, const char *key, struct slice v, size_t max)
{
	return v.ptr && json_str_max(j, key, v, max) < v.len;
}

static void write_tags(struct json *j, const struct policy_table *t)
{
	size_t start = j->out->len;

	if (!t || !t->ntags)
		return;
	json_open(j, "tags", '[');
	for (size_t i = 0; i < t->ntags && j->out->len - start < TAGS_MAX; i++)
		json_str_max(j, NULL, t->tags[i], 64);
	json_close(j, ']');
}

/* All of a relation but its columns. */
static void write_relation(struct json *j, const struct sql_relation *r, const struct policy_table *t)
{
	bool cut;

	json_open(j, NULL, '{');
	cut = cut_str(j, "catalog", r->catalog, QUALIFIER_MAX);
	cut |= cut_str(j, "schema", r->schema, QUALIFIER_MAX);
	cut |= cut_str(j, "name", r->name.ptr ? r->name : SLICE(""), IDENTIFIER_MAX);
	json_cstr(j, "access", sql_access_name(r->access));
	json_boolean(j, "sensitive", t && t->sensitive);
	write_tags(j, t);
	if (cut)
		json_boolean(j, "name_truncated", true);
}

/* Columns from *at on, "*" counting as the first one where there is one; stops when the line is end bytes long. Returns true when done. */
static bool write_columns(struct json *j, const struct sql_relation *r, size_t *at, size_t end)
{
	size_t star = r->all_columns, n = r->ncolumns + star;

	json_open(j, "columns", '[');
	for (; *at < n; ++*at) {
		struct slice name = *at < star ? SLICE("*") : r->columns[*at - star].name;
		struct json saved = *j;
		size_t len = j->out->len;

		json_str_max(j, NULL, name, IDENTIFIER_MAX);
		if (j->out->err || j->out->len + 2 > end) {
			*j = saved;
			j->out->len = len;
			j->out->err = 0;
			break;
		}
	}
	json_close(j, ']');
	return *at == n;
}

static bool write_one(struct json *j, const struct event_query *q, struct line_tables *at, size_t end)
{
	const struct sql_relation *r = &q->relations[at->relation];
	const struct policy_table *t = q->verdict && q->verdict->tables ? &q->verdict->tables[at->relation] : NULL;
	struct json saved = *j;
	size_t len = j->out->len, from = at->column;
	bool done = true;

	write_relation(j, r, t);
	if (r->ncolumns || r->all_columns)
		done = write_columns(j, r, &at->column, end);
	json_close(j, '}');
	/* No room even for the name or for one column: the next line begins with it. */
	if (j->out->err || j->out->len > end || (!done && at->column == from)) {
		*j = saved;
		j->out->len = len;
		j->out->err = 0;
		at->column = from;
		return false;
	}
	return done;
}

bool line_tables(struct json *j, const struct event_query *q, struct line_tables *at, size_t room)
{
	size_t end = j->out->len + room;

	if (end > j->out->max)
		end = j->out->max;
	for (; at->relation < q->nrelations; at->relation++, at->column = 0)
		if (!write_one(j, q, at, end))
			return false;
	return true;
}
