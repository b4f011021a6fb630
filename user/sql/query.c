// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Queries: WITH, FROM and joins, subqueries, expressions with the columns they name. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/parse.h"

/* Words that are no column and no alias where an expression or an alias may stand. Sorted. */
static const char *const reserved[] = {
	"all",          "analyze",      "and",          "any",
	"array",        "as",           "asc",          "asof",
	"between",      "by",           "case",         "cast",
	"collate",      "conflict",     "constraint",   "cross",
	"current",      "current_date", "current_time", "current_timestamp",
	"current_user", "delayed",      "desc",         "distinct",
	"do",           "duplicate",    "else",         "end",
	"escape",       "except",       "exists",       "false",
	"fetch",        "filter",       "first",        "following",
	"for",          "force",        "from",         "full",
	"glob",         "group",        "having",       "ilike",
	"in",           "indexed",      "inner",        "intersect",
	"interval",     "into",         "is",           "isnull",
	"join",         "key",          "last",         "lateral",
	"left",         "like",         "limit",        "lock",
	"match",        "matched",      "minus",        "natural",
	"next",         "not",          "nothing",      "notnull",
	"null",         "nulls",        "of",           "offset",
	"on",           "only",         "or",           "order",
	"outer",        "over",         "partition",    "preceding",
	"procedure",    "qualify",      "range",        "regexp",
	"returning",    "right",        "rlike",        "row",
	"rows",         "select",       "set",          "share",
	"similar",      "skip",         "some",         "straight_join",
	"table",        "tablesample",  "then",         "ties",
	"true",         "unbounded",    "union",        "update",
	"use",          "using",        "values",       "when",
	"where",        "window",       "with",         "within",
	"without",      "xor",
};

bool keyword_reserved(const struct token *t)
{
	size_t lo = 0, hi = ARRAY_SIZE(reserved);
	char low[20];

	if (t->type != TOKEN_WORD || t->raw.len >= sizeof(low))
		return false;
	for (size_t i = 0; i < t->raw.len; i++)
		low[i] = (char)(t->raw.ptr[i] >= 'A' && t->raw.ptr[i] <= 'Z' ? t->raw.ptr[i] + 32 : t->raw.ptr[i]);
	low[t->raw.len] = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int r = strcmp(low, reserved[mid]);

		if (r == 0)
			return true;
		if (r < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

bool parse_query_starts(const struct token *t)
{
	return token_is(t, "SELECT") || token_is(t, "WITH") || token_is(t, "VALUES");
}

/* ---- parentheses ---- */

/* Too deep to recurse: the names in there are left to the lexical pass. */
static void skip_group(struct parser *p)
{
	unsigned open = 0;

	parse_partial(p);
	do {
		if (token_punct(&p->cur, '('))
			open++;
		if (token_punct(&p->cur, ')'))
			open--;
		parse_advance(p);
	} while (open && p->cur.type != TOKEN_END);
}

static bool enter(struct parser *p)
{
	if (p->depth >= SQL_DEPTH_MAX) {
		skip_group(p);
		return false;
	}
	p->depth++;
	parse_advance(p);
	return true;
}

static void leave(struct parser *p)
{
	p->depth--;
	if (!parse_accept_punct(p, ')'))
		parse_partial(p);
}

void parse_group(struct parser *p)
{
	if (!enter(p))
		return;
	if (parse_query_starts(&p->cur))
		parse_query(p);
	else
		parse_clauses(p, false, false, NULL);
	leave(p);
}

/* ---- FROM ---- */

static void parse_alias(struct parser *p, struct slice name, struct sql_relation *r)
{
	bool as = parse_accept(p, "AS");

	if (parse_is_name(p) && (as || !keyword_reserved(&p->cur))) {
		name = token_name(&p->cur, p->arena);
		parse_advance(p);
	}
	/* Column aliases, or the column definitions of a function's result. */
	if (token_punct(&p->cur, '(') && name.ptr) {
		unsigned open = 0;

		do {
			open += token_punct(&p->cur, '(');
			open -= token_punct(&p->cur, ')');
			parse_advance(p);
		} while (open && !parse_end(p));
	}
	if (name.ptr)
		scope_source(p, name, r);
}

static void parse_table_group(struct parser *p, uint32_t access)
{
	if (!enter(p))
		return;
	if (parse_query_starts(&p->cur)) {
		parse_query(p);
	} else {
		parse_table(p, access);
		parse_clauses(p, true, true, NULL);
	}
	leave(p);
	parse_alias(p, SLICE_NONE, NULL);
}

/* ROWS FROM (f(), g()), TABLE(f()), UNNEST(...), a function: no relation, but what its arguments read. */
static void parse_function(struct parser *p, struct slice name)
{
	parse_group(p);
	if (parse_accept(p, "WITH"))
		parse_accept(p, "ORDINALITY");
	parse_alias(p, name, NULL);
}

static void parse_hints(struct parser *p)
{
	/* t PARTITION (p0), t INDEXED BY i, t USE INDEX (i), t TABLESAMPLE bernoulli (10), t NOT INDEXED */
	static const char *const words[] = { "INDEX", "KEY", "FOR", "BY", "BERNOULLI", "SYSTEM", "REPEATABLE", NULL };
	static const char *const first[] = { "PARTITION", "INDEXED", "USE", "FORCE", "TABLESAMPLE", "IGNORE", NULL };

	while (parse_at_any(p, first)) {
		bool indexed = parse_at(p, "INDEXED");

		parse_advance(p);
		parse_skip_words(p, words);
		if (indexed && parse_is_name(p))
			parse_advance(p);
		while (token_punct(&p->cur, '('))
			parse_group(p);
	}
	if (parse_at(p, "NOT")) {
		struct token next = parse_peek(p);

		if (token_is(&next, "INDEXED")) {
			parse_advance(p);
			parse_advance(p);
		}
	}
}

void parse_table(struct parser *p, uint32_t access)
{
	static const char *const before[] = { "LATERAL", "ONLY", "TABLE", "ROWS", "FROM", NULL };
	struct sql_relation *r;
	struct name n;

	parse_skip_words(p, before);
	if (token_punct(&p->cur, '(')) {
		if (token_is(&p->prev, "TABLE") || token_is(&p->prev, "FROM")) {
			struct token next = parse_peek(p);

			if (token_is(&p->prev, "TABLE") || (token_is(&p->before, "ROWS") && !parse_query_starts(&next))) {
				parse_function(p, SLICE_NONE);
				return;
			}
		}
		parse_table_group(p, access);
		return;
	}
	if (!parse_name(p, &n)) {
		parse_partial(p);
		return;
	}
	if (token_punct(&p->cur, '(')) {
		parse_function(p, n.part[n.n - 1]);
		return;
	}
	r = parse_relation(p, &n, access);
	parse_accept_punct(p, '*');
	parse_hints(p);
	parse_alias(p, n.part[n.n - 1], r);
	parse_hints(p);
}

/* ---- WITH ---- */

static void parse_cte_body(struct parser *p)
{
	struct scope inner;

	if (!token_punct(&p->cur, '(')) {
		parse_partial(p);
		return;
	}
	if (!enter(p))
		return;
	scope_push(p, &inner);
	if (!parse_dml(p))
		parse_query(p);
	scope_pop(p);
	leave(p);
}

static bool at_main(const struct parser *p)
{
	static const char *const words[] = { "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "VALUES", "TABLE", NULL };

	return parse_end(p) || token_punct(&p->cur, ')') || token_punct(&p->cur, '(') || parse_at_any(p, words);
}

void parse_with(struct parser *p)
{
	static const char *const after_as[] = { "NOT", "MATERIALIZED", NULL };
	bool recursive;

	parse_advance(p);
	recursive = parse_accept(p, "RECURSIVE") || p->dialect == SQL_SQLITE;
	do {
		struct slice name;

		if (!parse_is_name(p)) {
			parse_partial(p);
			break;
		}
		name = token_name(&p->cur, p->arena);
		parse_advance(p);
		if (recursive)
			scope_cte(p, name);
		if (token_punct(&p->cur, '(')) {
			while (!parse_end(p) && !token_punct(&p->cur, ')'))
				parse_advance(p);
			parse_advance(p);
		}
		if (!parse_accept(p, "AS"))
			parse_partial(p);
		parse_skip_words(p, after_as);
		parse_cte_body(p);
		if (!recursive)
			scope_cte(p, name);
		while (!at_main(p) && !token_punct(&p->cur, ',')) /* SEARCH ..., CYCLE ... */
			parse_advance(p);
	} while (parse_accept_punct(p, ','));
}

void parse_query(struct parser *p)
{
	struct scope s;

	scope_push(p, &s);
	if (parse_at(p, "WITH"))
		parse_with(p);
	if (!parse_dml(p))
		parse_clauses(p, true, false, NULL);
	scope_pop(p);
}

/* ---- clauses ---- */

struct clauses {
	bool query, from;
	bool operand; /* the last thing was a value: a name that follows is an alias */
};

static bool ends_from(const struct parser *p)
{
	static const char *const words[] = { "WHERE",     "GROUP", "ORDER",   "HAVING",    "LIMIT",  "WINDOW", "SET",
					     "RETURNING", "FOR",   "QUALIFY", "FETCH",     "OFFSET", "VALUES", "SELECT",
					     "WHEN",      "UNION", "EXCEPT",  "INTERSECT", "MINUS",  NULL };

	return parse_at_any(p, words);
}

/* SELECT ... INTO t (a new table); INTO OUTFILE and INTO @v are no tables. */
static void parse_into(struct parser *p)
{
	static const char *const words[] = { "TEMPORARY", "TEMP", "UNLOGGED", "TABLE", "LOCAL", "GLOBAL", NULL };
	struct name n;

	parse_advance(p);
	if (p->cur.type == TOKEN_PARAM || parse_at(p, "OUTFILE") || parse_at(p, "DUMPFILE") || parse_at(p, "STRICT"))
		return;
	parse_skip_words(p, words);
	if (parse_name(p, &n))
		parse_relation(p, &n, SQL_CREATE | SQL_INSERT);
}

/* FOR UPDATE OF a, b: the names are aliases. */
static void parse_locking(struct parser *p)
{
	static const char *const words[] = { "FOR", "NO", "KEY", "UPDATE", "SHARE", NULL };

	parse_skip_words(p, words);
	if (!parse_accept(p, "OF"))
		return;
	do {
		struct name n;

		if (!parse_name(p, &n))
			break;
	} while (parse_accept_punct(p, ','));
}

/* a, t.a, s.t.a, t.*; not a function's name. */
static void parse_reference(struct parser *p, struct clauses *c)
{
	struct slice part[2] = { SLICE_NONE, SLICE_NONE };
	bool star = false, alias = c->operand;

	while (p->cur.type == TOKEN_WORD || p->cur.type == TOKEN_QUOTED) {
		part[0] = part[1];
		part[1] = token_name(&p->cur, p->arena);
		parse_advance(p);
		if (!token_punct(&p->cur, '.'))
			break;
		parse_advance(p);
		if (token_punct(&p->cur, '*')) {
			star = true;
			parse_advance(p);
			break;
		}
	}
	c->operand = true;
	if (token_punct(&p->cur, '(')) {
		c->operand = false;
		return;
	}
	if (star)
		scope_ref(p, part[1], SLICE_NONE);
	else if (!alias || part[0].ptr)
		scope_ref(p, part[0], part[1]);
}

static void parse_in(struct parser *p)
{
	struct name n;

	parse_advance(p);
	/* SQLite: x IN t, x IN schema.t, x IN f(...) */
	if (p->dialect != SQL_SQLITE || !parse_is_name(p))
		return;
	if (parse_name(p, &n) && !token_punct(&p->cur, '(')) {
		struct sql_relation *r = parse_relation(p, &n, SQL_READ);

		if (r)
			r->all_columns = true;
	}
}

static void parse_keyword(struct parser *p, struct clauses *c)
{
	bool distinct_from = token_is(&p->prev, "DISTINCT") && (token_is(&p->before, "IS") || token_is(&p->before, "NOT"));

	c->operand = parse_at(p, "END") || parse_at(p, "NULL") || parse_at(p, "TRUE") || parse_at(p, "FALSE");
	if (ends_from(p))
		c->from = false;
	if (parse_at(p, "FROM") && c->query && !distinct_from) {
		parse_advance(p);
		parse_table(p, SQL_READ);
		c->from = true;
	} else if ((parse_at(p, "JOIN") || parse_at(p, "STRAIGHT_JOIN")) && c->from) {
		parse_advance(p);
		parse_table(p, SQL_READ);
	} else if (parse_at(p, "UNION") || parse_at(p, "EXCEPT") || parse_at(p, "INTERSECT") || parse_at(p, "MINUS")) {
		parse_advance(p);
		if (c->query)
			scope_resolve(p);
	} else if (parse_at(p, "INTO") && c->query) {
		parse_into(p);
	} else if (parse_at(p, "FOR") && c->query) {
		parse_advance(p);
		parse_locking(p);
	} else if (parse_at(p, "TABLE") && c->query && !c->from) {
		parse_advance(p);
		parse_table(p, SQL_READ);
		scope_ref(p, SLICE_NONE, SLICE_NONE);
	} else if (parse_at(p, "IN")) {
		parse_in(p);
	} else if (parse_at(p, "AS") || parse_at(p, "COLLATE")) {
		parse_advance(p);
		if (p->cur.type == TOKEN_WORD || p->cur.type == TOKEN_QUOTED || p->cur.type == TOKEN_STRING)
			parse_advance(p); /* an alias or a type */
		c->operand = true;
	} else {
		parse_advance(p);
	}
}

static void parse_punct(struct parser *p, struct clauses *c)
{
	bool list_start = token_is(&p->prev, "SELECT") || token_is(&p->prev, "DISTINCT") || token_is(&p->prev, "ALL") ||
			  token_punct(&p->prev, ',') || token_is(&p->prev, "RETURNING");

	if (token_punct(&p->cur, '*') && c->query && list_start)
		scope_ref(p, SLICE_NONE, SLICE_NONE);
	c->operand = false;
	if (token_punct(&p->cur, ',') && c->from) {
		parse_advance(p);
		parse_table(p, SQL_READ);
		return;
	}
	if (p->cur.raw.len == 2) { /* ::type */
		parse_advance(p);
		if (p->cur.type == TOKEN_WORD || p->cur.type == TOKEN_QUOTED)
			parse_advance(p);
		c->operand = true;
		return;
	}
	parse_advance(p);
}

void parse_clauses(struct parser *p, bool query, bool from, const char *const *stop)
{
	struct clauses c = { .query = query, .from = from };

	while (!parse_end(p) && !token_punct(&p->cur, ')')) {
		if (stop && parse_at_any(p, stop))
			return;
		if (token_punct(&p->cur, '(')) {
			parse_group(p);
			c.operand = true;
		} else if (keyword_reserved(&p->cur)) {
			parse_keyword(p, &c);
		} else if (p->cur.type == TOKEN_WORD || p->cur.type == TOKEN_QUOTED) {
			parse_reference(p, &c);
		} else if (p->cur.type == TOKEN_PUNCT) {
			parse_punct(p, &c);
		} else {
			parse_advance(p);
			c.operand = true;
		}
	}
}
