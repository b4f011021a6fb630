// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov.tables: complete, if need be over several lines. */
#include <string.h>

#include "event/line.h"

#define IDENTIFIER_MAX 400 /* PostgreSQL: 63 bytes, MySQL: 64 characters; only SQLite has longer ones */
#define QUALIFIER_MAX 200
#define TAGS_MAX 400
#define USE_MAX 40 /* "output+filter+write+ambiguous" with quotes and comma */

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

/* The name of a link or a server; a connection string says more than that. */
static bool is_plain(struct slice link)
{
	for (size_t i = 0; i < link.len; i++)
		if (strchr("=@:;/ ", link.ptr[i]))
			return false;
	return true;
}

/* How a relation that the statement does not simply name was found. */
static bool write_via(struct json *j, const struct sql_relation *r)
{
	bool cut = cut_str(j, "server", r->server, QUALIFIER_MAX);

	if (r->link.ptr)
		cut |= cut_str(j, "link", is_plain(r->link) ? r->link : SLICE("?"), QUALIFIER_MAX);
	if (r->behind)
		json_cstr(j, "via", sql_behind_name(r->behind));
	else if (r->via)
		json_cstr(j, "via", sql_via_name(r->via));
	if (r->behind && r->via)
		json_cstr(j, "found", sql_via_name(r->via));
	cut |= cut_str(j, "through", r->through, IDENTIFIER_MAX);
	if (r->hidden)
		json_boolean(j, "hidden_by_temporary", true);
	return cut;
}

/* The file a schema of SQLite was attached from. */
static void write_file(struct json *j, const struct event_session *s, const struct sql_relation *r)
{
	for (size_t i = 0; r->schema.len && i < s->nattached; i++)
		if (slice_ieq(s->attached[i].name, r->schema))
			line_opt(j, "file", s->attached[i].file, QUALIFIER_MAX);
}

/* All of a relation but its columns. */
static void write_relation(struct json *j, const struct event_query *q, const struct sql_relation *r, const struct policy_table *t)
{
	bool cut;

	json_open(j, NULL, '{');
	cut = cut_str(j, "catalog", r->catalog, QUALIFIER_MAX);
	cut |= cut_str(j, "schema", r->schema, QUALIFIER_MAX);
	cut |= cut_str(j, "name", r->name.ptr ? r->name : SLICE(""), IDENTIFIER_MAX);
	json_cstr(j, "access", sql_access_name(r->access));
	json_boolean(j, "sensitive", t && t->sensitive);
	write_tags(j, t);
	cut |= write_via(j, r);
	write_file(j, &q->session, r);
	if (cut)
		json_boolean(j, "name_truncated", true);
}

/* "output", "filter+output", ... */
static void use_name(uint32_t use, struct buf *out)
{
	for (size_t i = 0; i < SQL_USES; i++) {
		if (!(use & sql_uses[i].use))
			continue;
		if (out->len)
			buf_addc(out, '+');
		buf_adds(out, sql_uses[i].name);
	}
}

/* One for each column written, "*" included. */
static void write_uses(struct json *j, const struct sql_relation *r, size_t from, size_t to)
{
	size_t star = r->all_columns;

	json_open(j, "uses", '[');
	for (size_t i = from; i < to; i++) {
		char bytes[USE_MAX];
		struct buf b;

		line_buf(&b, bytes, sizeof(bytes));
		use_name(i < star ? 0 : r->columns[i - star].use, &b);
		json_str(j, NULL, buf_slice(&b));
	}
	json_close(j, ']');
}

static bool has_uses(const struct sql_relation *r)
{
	for (size_t i = 0; i < r->ncolumns; i++)
		if (r->columns[i].use)
			return true;
	return false;
}

/* Columns from *at on, "*" counting as the first one where there is one; stops when the line is end bytes long. Returns true when done. */
static bool write_columns(struct json *j, const struct sql_relation *r, size_t *at, size_t end)
{
	size_t star = r->all_columns, n = r->ncolumns + star, from = *at, uses = has_uses(r) ? USE_MAX : 0;

	json_open(j, "columns", '[');
	for (; *at < n; ++*at) {
		struct slice name = *at < star ? SLICE("*") : r->columns[*at - star].name;
		struct json saved = *j;
		size_t len = j->out->len;

		json_str_max(j, NULL, name, IDENTIFIER_MAX);
		/* Behind it comes a use for each column so far. */
		if (j->out->err || j->out->len + 2 + uses * (*at - from + 2) > end) {
			*j = saved;
			j->out->len = len;
			j->out->err = 0;
			break;
		}
	}
	json_close(j, ']');
	if (uses && *at > from)
		write_uses(j, r, from, *at);
	return *at == n;
}

static bool write_one(struct json *j, const struct event_query *q, struct line_tables *at, size_t end)
{
	const struct sql_relation *r = &q->relations[at->relation];
	const struct policy_table *t = q->verdict && q->verdict->tables ? &q->verdict->tables[at->relation] : NULL;
	struct json saved = *j;
	size_t len = j->out->len, from = at->column;
	bool done = true;

	write_relation(j, q, r, t);
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

bool line_only_word(const struct event_query *q, size_t i)
{
	return q->relations[i].via >= SQL_VIA_LITERAL && !(q->verdict && q->verdict->tables && q->verdict->tables[i].sensitive);
}

bool line_tables(struct json *j, const struct event_query *q, struct line_tables *at, size_t room)
{
	size_t end = j->out->len + room;

	if (end > j->out->max)
		end = j->out->max;
	for (; at->relation < q->nrelations; at->relation++, at->column = 0)
		if (!line_only_word(q, at->relation) && !write_one(j, q, at, end))
			return false;
	return true;
}
