// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Options, stages and suffixes of names that lead to a table. */
#include <string.h>

#include "sql/call.h"
#include "sql/naming.h"

/* ---- options ---- */

/* scheme://user@host/db/t: what stands behind the last slash. */
static struct slice last_of_url(struct slice url)
{
	for (size_t i = url.len; i-- > 0;)
		if (url.ptr[i] == '/')
			return slice_skip(url, i + 1);
	return url;
}

/* a,db.b,c */
static void listed(struct reader *p, struct slice list)
{
	while (list.len) {
		const char *comma = memchr(list.ptr, ',', list.len);
		size_t n = comma ? (size_t)(comma - list.ptr) : list.len;

		literal_relation(p, slice_trim(slice_head(list, n)), SQL_VIA_LITERAL);
		list = slice_skip(list, comma ? n + 1 : n);
	}
}

/* Spider: 'wrapper "mysql", srv "s", table "t"' */
static void within_comment(struct reader *p, struct slice text)
{
	static const char word[] = "table \"";
	const char *at = memmem(text.ptr, text.len, word, sizeof(word) - 1);

	if (at) {
		struct slice rest = slice_skip(text, (size_t)(at - text.ptr) + sizeof(word) - 1);
		const char *end = memchr(rest.ptr, '"', rest.len);

		if (end)
			listed(p, slice_head(rest, (size_t)(end - rest.ptr)));
	}
}

void naming_option(struct reader *p, size_t i)
{
	size_t k = i && (tok_at(p, i - 1)->id == '=' || tok_at(p, i - 1)->id == ':') ? 2 : 1;
	const struct token *t = tok_at(p, i), *key;
	struct slice name, value, link = p->link;

	if (i < k || !(t->type == TOKEN_STRING || is_name(t)))
		return;
	key = tok_at(p, i - k);
	if (key->type != TOKEN_WORD && key->type != TOKEN_STRING && key->type != TOKEN_QUOTED)
		return;
	name = lex_body(p->text, key);
	if (name.len < 5 || name.len > 14)
		return;
	p->link = SLICE("engine"); /* what is made stands for it */
	value = t->type == TOKEN_STRING ? literal_value(p, t) : lex_name(p->text, t, '\\', p->arena);
	if (slice_ieq(name, SLICE("dbtable")) || slice_ieq(name, SLICE("hive.sql.table")) || slice_ieq(name, SLICE("object_name")) ||
	    slice_ieq(name, SLICE("tabname")))
		looks_like_sql(value) ? read_lexical(p, value, SQL_VIA_LITERAL, 0) : literal_relation(p, value, SQL_VIA_LITERAL);
	else if (slice_ieq(name, SLICE("table_list")))
		listed(p, value);
	else if (slice_ieq(name, SLICE("srcdef")))
		read_lexical(p, value, SQL_VIA_LITERAL, 0);
	else if (slice_ieq(name, SLICE("connection")) && memchr(value.ptr, '/', value.len))
		literal_relation(p, last_of_url(value), SQL_VIA_LITERAL);
	else if (slice_ieq(name, SLICE("comment")) || slice_ieq(name, SLICE("connection")))
		within_comment(p, value);
	p->link = link;
}

void naming_options(struct reader *p)
{
	size_t end = partner(p, p->i);

	spend(p, end > p->i ? end - p->i : 0);
	for (size_t i = p->i + 2; i < end; i++)
		if (tok_at(p, i)->type == TOKEN_STRING)
			naming_option(p, i);
}

/* ---- names that stand for another one's rows ---- */

void naming_stage(struct reader *p, struct slice stage)
{
	size_t n = 0, k = 0;
	char *name;

	while (n < stage.len && stage.ptr[n] != '/')
		n++;
	stage = slice_head(stage, n);
	if (!stage.len || !memchr(stage.ptr, '%', stage.len))
		return;
	name = arena_raw(p->arena, stage.len + 1);
	if (!name)
		return;
	for (size_t i = 0; i < stage.len; i++)
		if (stage.ptr[i] != '%' && stage.ptr[i] != '@')
			name[k++] = stage.ptr[i];
	literal_relation(p, slice_mem(name, k), SQL_VIA_LITERAL);
}

/* Iceberg: db.t.branch_b, db.t.changes */
static bool part_of_table(struct slice name)
{
	static const char *const heads[] = { "branch_", "tag_", "snapshot_id_", "at_timestamp_", NULL };
	static const char *const words[] = { "changes",    "files",       "data_files",     "delete_files", "entries",
					     "partitions", "all_entries", "all_data_files", "all_files",    NULL };

	for (const char *const *h = heads; *h; h++)
		if (name.len > strlen(*h) && slice_ieq(slice_head(name, strlen(*h)), slice_mem(*h, strlen(*h))))
			return true;
	return slice_ieq_any(name, words);
}

void naming_suffix(struct reader *p, const struct name *n)
{
	struct name base = *n;
	struct slice last = last_part(n);
	enum sql_via via = p->via;

	if (p->dialect == SQL_TRINO || p->dialect == SQL_ATHENA) { /* "t$data" */
		const char *at = last.len ? memchr(last.ptr, '$', last.len) : NULL;

		if (!at || at == last.ptr)
			return;
		base.part[base.n - 1] = slice_head(last, (size_t)(at - last.ptr));
	} else if ((p->dialect == SQL_IMPALA && n->n > 1) || (n->n > 2 && p->bits & DL_SPARK && part_of_table(last))) {
		base.n--; /* t.array, db.t.array, db.t.branch_b */
	} else {
		return;
	}
	p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
	add_relation(p, &base, SQL_READ);
	p->via = via;
}

/* SQLite: FROM t('text to match'); these are its own. */
static bool sqlite_function(struct slice name)
{
	static const char *const names[] = { "json_each", "json_tree",  "jsonb_each", "jsonb_tree",  "generate_series",
					     "carray",    "bytecode",   "dbstat",     "tables_used", "fsdir",
					     "zipfile",   "completion", "csv",        NULL };

	return slice_ieq_any(name, names) || slice_ieq(slice_head(name, 7), SLICE("pragma_"));
}

void naming_call(struct reader *p, const struct name *n)
{
	struct slice last = last_part(n);
	enum sql_via via = p->via;
	bool view = p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1)) && peek_is(p, 2, '='); /* v(a = 1) */

	if (!view && !(p->dialect == SQL_SQLITE && !sqlite_function(last)))
		return;
	p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
	add_read(p, n, SQL_READ);
	p->via = via;
}

/* Oracle: DBURITYPE('/SCHEMA/T/ROW[a=1]'), fn:collection("oradb:/SCHEMA/T") in a query of XML. */
void naming_path(struct reader *p, struct slice text)
{
	static const char scheme[] = "oradb:";
	const char *at = memmem(text.ptr, text.len, scheme, sizeof(scheme) - 1);
	struct slice path = at ? slice_skip(text, (size_t)(at - text.ptr) + sizeof(scheme) - 1) : text;

	for (unsigned part = 0; part < 2 && path.len && *path.ptr == '/'; part++) {
		size_t n = 1;

		while (n < path.len && (lex_is_word((unsigned char)path.ptr[n])))
			n++;
		if (n > 1)
			literal_relation(p, slice_mem(path.ptr + 1, n - 1), SQL_VIA_LITERAL);
		path = slice_skip(path, n);
	}
}
