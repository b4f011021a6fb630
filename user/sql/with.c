// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* WITH: the names of CTEs, and when they become visible. */
#include "sql/reader.h"

/* ---- WITH ---- */

static bool mutual(const struct reader *p, bool recursive)
{
	return p->dialect == SQL_SQLITE || (recursive && p->dialect != SQL_MYSQL);
}

static void cte_body(struct reader *p, struct slice name, bool quoted)
{
	struct scope inner;

	if (!at(p, '(')) {
		partial(p);
		return;
	}
	advance(p);
	scope_push(p, &inner);
	inner.recursive = p->bits & DL_IMPLICIT_RECURSION ? name : SLICE_NONE;
	inner.recursive_quoted = quoted;
	read_query(p);
	scope_pop(p);
	if (!accept(p, ')'))
		partial(p);
}

/* Up to a word of the suffix, over a list of names. */
static bool skip_to_set(struct reader *p)
{
	while (!at_stop(p) && !starts_query(tok(p)) && !ONE_OF(p, KW_SET, KW_RESTRICT))
		advance(p);
	if (accept(p, KW_RESTRICT) || !accept(p, KW_SET))
		return false;
	advance(p);
	return true;
}

/* CYCLE a, b SET c TO 'Y' DEFAULT 'N' USING d; MariaDB: CYCLE a, b RESTRICT */
static void cycle_clause(struct reader *p)
{
	if (!skip_to_set(p))
		return;
	if (at(p, KW_TO) || at(p, KW_DEFAULT))
		while (!at_stop(p) && !starts_query(tok(p)) && !ONE_OF(p, ',', KW_USING, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE))
			advance(p);
	if (accept(p, KW_USING))
		advance(p);
}

/* BigQuery: WITH DEPTH [AS d] [BETWEEN 1 AND 5] */
static void depth_clause(struct reader *p)
{
	p->i += 2;
	if (accept(p, KW_AS))
		advance(p);
	if (accept(p, KW_BETWEEN))
		read_expr(p, EX_COMMA);
}

/* SEARCH DEPTH FIRST BY a, b SET c; USING KEY (a) */
static void cte_suffix(struct reader *p)
{
	for (;;) {
		if (at(p, KW_WITH) && p->dialect == SQL_BIGQUERY && slice_ieq(lex_raw(p->text, peek(p, 1)), SLICE("DEPTH"))) {
			depth_clause(p);
		} else if (at(p, KW_SEARCH) && is_name(peek(p, 1))) {
			skip_to_set(p);
		} else if (accept(p, KW_CYCLE)) {
			cycle_clause(p);
		} else if (at(p, KW_USING)) {
			advance(p);
			while (!at_stop(p) && !ONE_OF(p, ',', '(') && !starts_query(tok(p)))
				advance(p);
			if (at(p, '('))
				skip_group(p);
		} else {
			return;
		}
	}
}

/* At '(': to behind its partner; what is in it is read later. */
static void pass_group(struct reader *p)
{
	size_t end = partner(p, p->i);

	p->i = end > p->i ? end + 1 : p->i + 1;
}

/* Databricks: MAX RECURSION LEVEL 5 */
static void recursion_level(struct reader *p)
{
	if (p->bits & DL_SPARK && slice_ieq(tok_raw(p), SLICE("max")) && peek(p, 3)->type == TOKEN_NUMBER)
		p->i += 4;
}

/* The names of a list whose elements may name each other, before any is read. */
static void all_names(struct reader *p)
{
	size_t back = p->i, hold = p->tokens.hold;

	if (!hold)
		p->tokens.hold = back;
	while (is_name(tok(p))) {
		bool quoted = tok(p)->type == TOKEN_QUOTED;
		struct slice name = tok_name(p);

		advance(p);
		if (at(p, '('))
			pass_group(p);
		if (at(p, KW_USING) && peek_is(p, 1, KW_KEY) && peek_is(p, 2, '(')) {
			p->i += 2;
			pass_group(p);
		}
		recursion_level(p);
		if (at(p, KW_AS))
			scope_cte(p, name, quoted);
		while (!at_stop(p) && !at(p, '(') && !starts_query(tok(p)))
			advance(p);
		if (!at(p, '('))
			break;
		pass_group(p);
		cte_suffix(p);
		if (!accept(p, ','))
			break;
	}
	p->tokens.hold = hold;
	move_to(p, back);
}

/* ClickHouse: WITH expression AS name */
static bool with_expression(struct reader *p)
{
	if (p->dialect != SQL_CLICKHOUSE || (is_name(tok(p)) && peek_is(p, 1, KW_AS) && peek_is(p, 2, '(')) ||
	    (is_name(tok(p)) && peek_is(p, 1, '(') && tok_at(p, partner(p, p->i + 1) + 1)->id == KW_AS &&
	     tok_at(p, partner(p, p->i + 1) + 2)->id == '('))
		return false;
	read_expr(p, EX_COMMA);
	if (is_name(tok_at(p, p->i - 1)) && p->i > 1 && tok_at(p, p->i - 2)->id == KW_AS)
		scope_cte(p, lex_name(p->text, tok_at(p, p->i - 1), '\\', p->arena), false);
	return true;
}

/* Oracle: WITH FUNCTION f ... BEGIN ... END; SELECT */
static bool with_function(struct reader *p)
{
	if (!ONE_OF(p, KW_FUNCTION, KW_PROCEDURE) || !is_name(peek(p, 1)) || peek_is(p, 1, KW_AS))
		return false;
	read_routine(p, "WITH", "FUNCTION");
	while (accept(p, ';'))
		;
	return true;
}

/* Trino: WITH SESSION a.b = 1, c = 2, in front of another WITH or the query. True: the query begins. */
static bool with_session(struct reader *p)
{
	struct name n;

	if ((p->dialect != SQL_TRINO && p->dialect != SQL_ATHENA) || !at(p, KW_SESSION) || peek_is(p, 1, KW_AS) || peek_is(p, 1, '('))
		return false;
	advance(p);
	do {
		if (!read_name(p, &n) || !accept(p, '='))
			partial(p);
		read_expr(p, EX_COMMA);
	} while (accept(p, ','));
	return !accept(p, KW_WITH);
}

void read_with(struct reader *p)
{
	bool recursive, known, function;

	advance(p);
	if (with_session(p))
		return;
	recursive = !peek_is(p, 1, KW_AS) && !peek_is(p, 1, '(') && accept(p, KW_RECURSIVE);
	if (ONE_OF(p, KW_XMLNAMESPACES, KW_CHANGE_TRACKING_CONTEXT) && peek_is(p, 1, '(')) {
		advance(p);
		skip_group(p);
		if (!accept(p, ','))
			return;
	}
	known = mutual(p, recursive);
	if (known)
		all_names(p);
	do {
		struct slice name;
		bool quoted;

		function = with_function(p);
		if (function) { /* a list may follow, without a comma */
			if (starts_query(tok(p)) || at_stop(p))
				return;
			continue;
		}
		accept(p, KW_WITH);
		if (with_expression(p))
			continue;
		if (at(p, KW_SELECT) || at(p, OP_PIPE) || (at_stop(p) && p->dialect == SQL_BIGQUERY)) /* a comma too many */
			return;
		if (!is_name(tok(p)) && tok(p)->type != TOKEN_STRING) {
			partial(p);
			return;
		}
		quoted = tok(p)->type != TOKEN_WORD;
		name = tok(p)->type == TOKEN_STRING ? literal_value(p, tok(p)) : tok_name(p);
		advance(p);
		if (recursive && !known)
			scope_cte(p, name, quoted);
		if (at(p, '(') && !(peek(p, 1)->id && starts_query(peek(p, 1))))
			skip_group(p);
		recursion_level(p);
		if (at(p, KW_USING) && peek_is(p, 1, KW_KEY)) { /* DuckDB */
			p->i += 2;
			if (at(p, '('))
				skip_group(p);
		}
		if (!accept(p, KW_AS) && !at(p, '('))
			partial(p);
		SKIP(p, KW_NOT, KW_MATERIALIZED);
		cte_body(p, name, quoted);
		if (!recursive && !known)
			scope_cte(p, name, quoted);
		cte_suffix(p);
	} while (accept(p, ',') || function);
}
