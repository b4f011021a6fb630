// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Query expressions: set operators, VALUES, TABLE, queries in parentheses. */
#include "sql/query.h"

/* ---- depth ---- */

/*
 * Too deep to recurse: what stands behind FROM, JOIN and the like is taken as a relation, up to the parenthesis that closes this
 * level; the rest is left to the lexical pass.
 */
static void read_flat(struct reader *p)
{
	size_t open = 0;

	partial(p);
	while (!at_end(p) && (open || !at(p, ')')) && !(at(p, ';') && !open)) {
		unsigned id = tok(p)->id;
		struct name n;

		open += id == '(';
		open -= id == ')';
		advance(p);
		if ((id == KW_FROM || id == KW_JOIN || id == KW_INTO || id == KW_UPDATE || id == KW_TABLE) && is_name(tok(p)) &&
		    !(keyword_flags(tok(p)->id) & KF_STOP) && read_relation_name(p, &n) && !at(p, '('))
			add_read(p, &n, SQL_READ);
	}
}

static bool enter(struct reader *p)
{
	if (p->depth >= SQL_DEPTH_MAX) {
		read_flat(p);
		return false;
	}
	p->depth++;
	return true;
}

/* ---- query expressions ---- */

static bool set_word(unsigned id)
{
	return id == KW_UNION || id == KW_INTERSECT || id == KW_EXCEPT;
}

bool at_set_operator(struct reader *p)
{
	if (ONE_OF(p, KW_UNION, KW_INTERSECT, KW_EXCEPT))
		return true;
	if (at(p, KW_MINUS))
		return starts_query(peek(p, 1)) || peek_is(p, 1, '(') || peek_is(p, 1, KW_ALL) || peek_is(p, 1, KW_DISTINCT);
	/* BigQuery: LEFT OUTER UNION, INNER UNION */
	return ONE_OF(p, KW_LEFT, KW_FULL, KW_INNER, KW_OUTER) &&
	       (set_word(peek(p, 1)->id) || (peek_is(p, 1, KW_OUTER) && set_word(peek(p, 2)->id)));
}

static void skip_set_operator(struct reader *p)
{
	SKIP(p, KW_LEFT, KW_FULL, KW_INNER, KW_OUTER);
	advance(p);
	SKIP(p, KW_ALL, KW_DISTINCT, KW_DISTINCTROW, KW_STRICT, KW_CORRESPONDING);
	if (at(p, KW_BY) && !peek_is(p, 1, '('))
		p->i += 2; /* BY NAME */
	if (at(p, KW_MATCHING) || at(p, KW_ON) || at(p, KW_BY)) {
		advance(p);
		if (at(p, '('))
			skip_group(p);
	}
	if (at(p, '(') && tok_at(p, p->i - 1)->id == KW_CORRESPONDING)
		skip_group(p);
}

static void read_values(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	read_expr(p, 0);
	read_clauses(p);
	scope_pop(p);
}

static void read_table_query(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	read_from_item(p, SQL_READ);
	scope_ref(p, SLICE_NONE, SLICE_NONE, SQL_USE_OUTPUT);
	read_clauses(p);
	scope_pop(p);
}

static bool primary(struct reader *p)
{
	switch (tok(p)->id) {
	case '(':
		read_paren(p, false, SQL_READ);
		if (at(p, KW_AS) && is_name(peek(p, 1)) && p->dialect == SQL_BIGQUERY)
			p->i += 2;
		return true;
	case KW_SELECT:
		read_select(p);
		return true;
	case KW_VALUES:
		read_values(p);
		return true;
	case KW_TABLE:
		read_table_query(p);
		return true;
	case KW_FROM:
		read_from_first(p);
		return true;
	case KW_CREATE: /* WITH x AS (...) CREATE TABLE t AS SELECT * FROM x */
		read_create(p);
		return true;
	case KW_WITH: /* (...) UNION WITH x AS (...) SELECT */
		read_query(p);
		return true;
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_PIVOT_WIDER:
	case KW_PIVOT_LONGER:
	case KW_COPY:
	case KW_SUMMARIZE:
	case KW_DESCRIBE:
	case KW_DESC:
	case KW_SHOW:
	case KW_EXEC:
	case KW_CALL:
		if (read_more_utilities(p))
			return true;
		return read_utility(p);
	default:
		return read_dml(p);
	}
}

/* ORDER BY, LIMIT ... behind a query in parentheses. */
void read_tail(struct reader *p)
{
	struct scope s;

	if (!begins_clause(tok(p)))
		return;
	scope_push(p, &s);
	read_clauses(p);
	scope_pop(p);
}

static void implicit_recursion(struct reader *p)
{
	struct scope *s = p->scope;

	/* The scope of WITH ... AS (, or that of the query right inside it. */
	for (unsigned n = 0; s && n < 2; n++, s = s->up)
		if (s->recursive.ptr) {
			struct scope *back = p->scope;

			p->scope = s;
			scope_cte(p, s->recursive, s->recursive_quoted);
			p->scope = back;
			s->recursive = SLICE_NONE;
			return;
		}
}

void read_query_body(struct reader *p)
{
	if (!primary(p)) {
		partial(p);
		return;
	}
	for (;;) {
		if (at(p, OP_PIPE))
			read_tail(p);
		if (!at_set_operator(p))
			break;
		skip_set_operator(p);
		implicit_recursion(p);
		if (!primary(p)) {
			partial(p);
			return;
		}
	}
	read_tail(p);
}

void read_query(struct reader *p)
{
	struct scope s;

	if (!enter(p))
		return;
	scope_push(p, &s);
	if (at(p, KW_WITH))
		read_with(p);
	read_query_body(p);
	scope_pop(p);
	p->depth--;
}

/* ---- parentheses ---- */

static void set_operations(struct reader *p)
{
	while (at_set_operator(p)) {
		skip_set_operator(p);
		implicit_recursion(p);
		if (!primary(p))
			partial(p);
	}
	read_tail(p);
}

/* What may follow inside one level: joins and aliases of tables, set operators and clauses of queries. */
static void paren_tail(struct reader *p, bool from, uint32_t access, struct source *before)
{
	if (at_set_operator(p)) {
		set_operations(p);
		return;
	}
	if (!at(p, ')') && from && (is_alias(p) || at(p, KW_AS)))
		read_join_suffix(p, before);
	if (from) {
		read_joins(p, access);
		while (accept(p, ',')) {
			read_from_item(p, access);
			read_joins(p, access);
		}
	}
	set_operations(p);
}

/* DuckDB: FROM (DESCRIBE t), FROM (SHOW TABLES), FROM (SUMMARIZE SELECT ...) */
static void description(struct reader *p, size_t end)
{
	bool show;

	advance(p);
	show = ONE_OF(p, KW_TABLES, KW_ALL, KW_DATABASES, KW_SCHEMAS, KW_VARIABLES);
	if (starts_query(tok(p)) || ONE_OF(p, KW_FROM, KW_PIVOT, KW_UNPIVOT, '('))
		read_query(p);
	else if (!show && is_name(tok(p)))
		read_target(p, SQL_READ);
	while (p->i < end && !at_end(p))
		advance(p);
}

void read_paren(struct reader *p, bool from, uint32_t access)
{
	struct source *before = p->scope->sources;
	size_t open = 0;

	while (at(p, '(')) {
		advance(p);
		open++;
	}
	if (!enter(p)) {
		while (open && accept(p, ')'))
			open--;
		return;
	}
	if (from && p->dialect == SQL_DUCKDB && ONE_OF(p, KW_SHOW, KW_DESCRIBE, KW_DESC, KW_SUMMARIZE) && partner(p, p->i - 1) > p->i)
		description(p, partner(p, p->i - 1));
	else if (starts_query(tok(p)) || ONE_OF(p, KW_FROM, KW_SHOW, KW_DESCRIBE, KW_SUMMARIZE) ||
		 (p->bits & DL_BATCH && ONE_OF(p, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE)) ||
		 (p->dialect == SQL_DUCKDB && ONE_OF(p, KW_PIVOT, KW_UNPIVOT, KW_PIVOT_WIDER, KW_PIVOT_LONGER)) ||
		 (at(p, KW_TABLE) && !peek_is(p, 1, '(')) || !from)
		read_query(p);
	else
		read_from(p, access);
	for (; open; open--) {
		if (!at(p, ')'))
			paren_tail(p, from, access, before);
		if (!accept(p, ')')) {
			partial(p);
			break;
		}
	}
	p->depth--;
}
