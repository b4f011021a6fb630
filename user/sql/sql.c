// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sql/mask.h"
#include "sql/parse.h"

enum { LEXICAL_MAX = 1024, LEXICAL_DEPTH = 3 };

/* ---- text within text ---- */

/* Words that begin a statement: no table is named so without quotes. */
static bool is_verb(const struct token *t)
{
	static const char *const verbs[] = { "BEGIN",   "DELETE",  "INSERT", "MERGE",   "PREPARE",
					     "EXECUTE", "DECLARE", "RETURN", "PERFORM", NULL };

	for (const char *const *v = verbs; *v; v++)
		if (token_is(t, *v))
			return true;
	return false;
}

void parse_lexical(struct parser *p, struct slice text, unsigned depth)
{
	struct lexer lx;

	if (depth >= LEXICAL_DEPTH)
		return;
	lex_init(&lx, p->dialect, text);
	for (struct token t = lex_next(&lx); t.type != TOKEN_END; t = lex_next(&lx)) {
		struct name n = { .n = 1 };
		struct sql_relation *r;

		if (t.type == TOKEN_STRING)
			parse_lexical(p, t.body, depth + 1);
		if (t.type != TOKEN_QUOTED && (t.type != TOKEN_WORD || keyword_reserved(&t) || is_verb(&t)))
			continue;
		if (p->nrelations >= LEXICAL_MAX)
			return;
		n.part[0] = token_name(&t, p->arena);
		p->via = SQL_VIA_LEXICAL;
		r = parse_relation(p, &n, SQL_READ);
		p->via = SQL_VIA_NAME;
		if (r)
			r->all_columns = true;
	}
}

void parse_inner_text(struct parser *p, struct slice text)
{
	struct parser inner = *p;

	if (p->depth >= SQL_DEPTH_MAX / 4) {
		parse_partial(p);
		return;
	}
	inner.depth = p->depth + SQL_DEPTH_MAX / 16;
	lex_init(&inner.lx, p->dialect, text);
	inner.cur = inner.prev = inner.before = (struct token){ .type = TOKEN_END };
	inner.st = arena_alloc(p->arena, sizeof(*inner.st));
	if (!inner.st) {
		parse_partial(p);
		return;
	}
	parse_advance(&inner);
	while (inner.cur.type != TOKEN_END) {
		if (!parse_accept_punct(&inner, ';'))
			parse_statement(&inner);
		if (!parse_end(&inner)) {
			parse_partial(&inner);
			parse_advance(&inner);
		}
	}
	p->relations = inner.relations;
	p->nrelations = inner.nrelations;
	p->cap = inner.cap;
	if (inner.certainty > p->certainty)
		p->certainty = inner.certainty;
}

/* ---- one statement ---- */

static int column_order(const void *a, const void *b)
{
	return slice_cmp(((const struct sql_column *)a)->name, ((const struct sql_column *)b)->name);
}

static void finish_statement(struct parser *p, struct sql_statement *st, struct slice text)
{
	/* Fail closed: not understood means that every name in it may be a relation. */
	if (p->certainty != SQL_PARSED)
		parse_lexical(p, text, 0);
	st->certainty = p->certainty;
	st->relations = arena_array(p->arena, p->nrelations + 1, sizeof(*st->relations));
	if (!st->relations)
		return;
	for (size_t i = 0; i < p->nrelations; i++) {
		struct sql_relation *r = p->relations[i];

		if (!r->access)
			r->access = SQL_READ;
		/* The same name, understood and lexical: understood. */
		if (r->ncolumns)
			qsort(r->columns, r->ncolumns, sizeof(*r->columns), column_order);
		else if (r->via == SQL_VIA_LEXICAL ||
			 r->access & (SQL_DELETE | SQL_TRUNCATE | SQL_DROP | SQL_CREATE | SQL_ALTER | SQL_LOCK))
			r->all_columns = true;
		st->relations[st->nrelations++] = *r;
	}
}

/* psql and sqlite3 commands, DELIMITER: not SQL, nothing runs. */
static bool is_client_command(const struct parser *p)
{
	return token_punct(&p->cur, '\\') || token_punct(&p->cur, '.');
}

static void analyze_one(struct parser *p, struct sql_statement *st)
{
	const char *start = p->cur.raw.ptr, *end;

	p->st = st;
	p->certainty = SQL_PARSED;
	p->relations = NULL;
	p->nrelations = p->cap = 0;
	p->scope = NULL;
	p->depth = 0;
	if (is_client_command(p)) {
		parse_partial(p);
		parse_skip_rest(p);
	} else {
		struct scope s;

		scope_push(p, &s);
		parse_statement(p);
		scope_pop(p);
	}
	if (!parse_end(p)) {
		parse_partial(p);
		parse_skip_rest(p);
	}
	if (!st->operation.len)
		st->operation = SLICE("UNKNOWN");
	end = p->cur.type == TOKEN_END ? p->lx.end : p->cur.raw.ptr;
	finish_statement(p, st, slice_mem(start, (size_t)(end - start)));
}

/* ---- the whole text ---- */

static int too_large(struct arena *arena, const struct sql_result **ret)
{
	static const struct sql_result empty = { .certainty = SQL_PARTIAL };

	(void)arena;
	*ret = &empty;
	return -ENOMEM;
}

static bool more(struct parser *p)
{
	while (parse_accept_punct(p, ';'))
		;
	return p->cur.type != TOKEN_END;
}

/* The reader that stands for a dialect. */
static enum sql_dialect nearest(enum sql_dialect d)
{
	static const enum sql_dialect readers[SQL_DIALECTS] = {
		[SQL_POSTGRES] = SQL_POSTGRES, [SQL_REDSHIFT] = SQL_POSTGRES, [SQL_DUCKDB] = SQL_POSTGRES,  [SQL_MYSQL] = SQL_MYSQL,
		[SQL_MARIADB] = SQL_MYSQL,     [SQL_HIVE] = SQL_MYSQL,        [SQL_SPARK] = SQL_MYSQL,      [SQL_DATABRICKS] = SQL_MYSQL,
		[SQL_IMPALA] = SQL_MYSQL,      [SQL_BIGQUERY] = SQL_MYSQL,    [SQL_CLICKHOUSE] = SQL_MYSQL, [SQL_SQLITE] = SQL_SQLITE,
	};

	return readers[d];
}

int sql_analyze(const struct sql_options *options, struct slice text, struct arena *arena, const struct sql_result **ret)
{
	enum sql_dialect dialect = nearest(options->dialect);
	struct parser p = { .dialect = dialect, .arena = arena };
	struct sql_result *r = arena_alloc(arena, sizeof(*r));
	size_t cap = 0;

	if (!r || mask_text(dialect, text, arena, &r->masked, &r->fingerprint, &r->lossy))
		return too_large(arena, ret);
	lex_init(&p.lx, dialect, text);
	parse_advance(&p);
	while (more(&p)) {
		if (r->nstatements == cap) {
			size_t want = cap ? cap * 2 : 1;
			struct sql_statement *v = arena_array(arena, want, sizeof(*v));

			if (!v)
				return too_large(arena, ret);
			if (cap)
				memcpy(v, r->statements, cap * sizeof(*v));
			r->statements = v;
			cap = want;
		}
		analyze_one(&p, &r->statements[r->nstatements]);
		if (r->statements[r->nstatements].certainty > r->certainty)
			r->certainty = r->statements[r->nstatements].certainty;
		if (++r->nstatements >= SQL_STATEMENTS_MAX && more(&p)) {
			r->certainty = r->certainty > SQL_PARTIAL ? r->certainty : SQL_PARTIAL;
			break;
		}
	}
	if (arena->full)
		return too_large(arena, ret);
	if (options->truncated && r->certainty < SQL_TRUNCATED)
		r->certainty = SQL_TRUNCATED;
	*ret = r;
	return 0;
}

/* ---- names ---- */

static const struct {
	const char *name;
	enum sql_dialect dialect;
} dialects[] = {
	{ "ansi", SQL_ANSI },
	{ "postgres", SQL_POSTGRES },
	{ "mysql", SQL_MYSQL },
	{ "mariadb", SQL_MARIADB },
	{ "sqlite", SQL_SQLITE },
	{ "tsql", SQL_TSQL },
	{ "oracle", SQL_ORACLE },
	{ "hive", SQL_HIVE },
	{ "spark", SQL_SPARK },
	{ "databricks", SQL_DATABRICKS },
	{ "impala", SQL_IMPALA },
	{ "trino", SQL_TRINO },
	{ "athena", SQL_ATHENA },
	{ "snowflake", SQL_SNOWFLAKE },
	{ "bigquery", SQL_BIGQUERY },
	{ "redshift", SQL_REDSHIFT },
	{ "duckdb", SQL_DUCKDB },
	{ "clickhouse", SQL_CLICKHOUSE },
	/* further names */
	{ "postgresql", SQL_POSTGRES },
	{ "greenplum", SQL_POSTGRES },
	{ "cockroachdb", SQL_POSTGRES },
	{ "presto", SQL_TRINO },
	{ "mssql", SQL_TSQL },
	{ "sqlserver", SQL_TSQL },
	{ "transactsql", SQL_TSQL },
	{ "sparksql", SQL_SPARK },
	{ "plsql", SQL_ORACLE },
	{ "generic", SQL_ANSI },
};

int sql_dialect_parse(struct slice name, enum sql_dialect *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++)
		if (slice_ieq(name, slice_cstr(dialects[i].name))) {
			*ret = dialects[i].dialect;
			return 0;
		}
	return -EINVAL;
}

const char *sql_dialect_name(enum sql_dialect d)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++)
		if (dialects[i].dialect == d)
			return dialects[i].name;
	return "ansi";
}

const char *sql_via_name(enum sql_via v)
{
	static const char *const names[] = { "name", "dynamic", "literal", "lexical" };

	return (size_t)v < ARRAY_SIZE(names) ? names[v] : "lexical";
}

const char *sql_behind_name(enum sql_behind b)
{
	static const char *const names[] = { NULL, "view", "session", "memory" };

	return (size_t)b < ARRAY_SIZE(names) ? names[b] : NULL;
}

const char *sql_certainty_name(enum sql_certainty c)
{
	static const char *const names[] = { "parsed", "partial", "dynamic", "truncated", "unreadable" };

	return (size_t)c < ARRAY_SIZE(names) ? names[c] : "unreadable";
}

const char *sql_access_name(uint32_t access)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ SQL_DROP, "drop" },     { SQL_TRUNCATE, "truncate" }, { SQL_COPY_OUT, "copy out" }, { SQL_COPY_IN, "copy in" },
		{ SQL_DELETE, "delete" }, { SQL_UPDATE, "update" },     { SQL_INSERT, "insert" },     { SQL_CREATE, "create" },
		{ SQL_ALTER, "alter" },   { SQL_LOCK, "lock" },         { SQL_READ, "read" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (access & names[i].bit)
			return names[i].name;
	return "read";
}
