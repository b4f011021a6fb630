// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Pipe syntax of BigQuery, Spark and Databricks: FROM t |> WHERE ... |> JOIN u ... */
#include "sql/query.h"

static void piped_insert(struct reader *p)
{
	if (too_deep(p))
		return;
	read_dml(p);
	leave(p);
}

static void piped_query(struct reader *p)
{
	if (too_deep(p))
		return;
	read_query_body(p);
	leave(p);
}

/* (|> WHERE a |> JOIN t): a pipe of its own. */
static void inner_pipe(struct reader *p)
{
	if (!accept(p, '(')) {
		partial(p);
		return;
	}
	while (at(p, OP_PIPE)) {
		if (too_deep(p))
			return;
		read_pipe(p);
		leave(p);
	}
	if (!accept(p, ')'))
		partial(p);
}

/* |> IF c THEN (...) ELSEIF c THEN (...) ELSE (...) */
static void pipe_if(struct reader *p)
{
	do {
		advance(p);
		read_expr(p, 0);
		if (!accept(p, KW_THEN)) {
			partial(p);
			return;
		}
		inner_pipe(p);
	} while (at(p, KW_ELSEIF));
	if (accept(p, KW_ELSE))
		inner_pipe(p);
}

static void skip_pipe_set(struct reader *p)
{
	SKIP(p, KW_UNION, KW_ALL, KW_DISTINCT, KW_INTERSECT, KW_EXCEPT, KW_BY, KW_NAME, KW_CORRESPONDING, KW_MINUS, KW_STRICT, KW_LEFT,
	     KW_FULL, KW_OUTER, KW_INNER, KW_ON);
}

/* |> FORK (...), (...) and |> TEE (...) */
static void pipe_fork(struct reader *p)
{
	do {
		advance(p);
		if (!at(p, '(')) /* none, or a comma too many */
			return;
		inner_pipe(p);
	} while (at(p, ','));
}

/* |> RECURSIVE UNION ALL (...) AS name: the name, which stands last, is known inside. */
static void pipe_recursive(struct reader *p)
{
	size_t group = p->i;

	while (tok_at(p, group)->type != TOKEN_END && tok_at(p, group)->id != ';' && tok_at(p, group)->id != '(')
		group++;
	group = partner(p, group);
	if (group > p->i) {
		size_t back = p->i;

		p->i = group + 1;
		accept(p, KW_AS);
		if (is_name(tok(p)))
			scope_cte(p, tok_name(p), false);
		p->i = back;
	}
	advance(p);
	if (!at_set_operator(p)) {
		partial(p);
		return;
	}
	skip_pipe_set(p);
	if (peek_is(p, 1, OP_PIPE))
		inner_pipe(p);
	else
		read_paren(p, false, SQL_READ);
	accept(p, KW_AS);
	if (is_alias(p))
		advance(p);
}

static void pipe_set(struct reader *p)
{
	skip_pipe_set(p);
	do {
		if (at(p, '('))
			read_paren(p, false, SQL_READ);
		else if (starts_query(tok(p)) || at(p, KW_FROM) || at(p, KW_TABLE))
			piped_query(p);
	} while (accept(p, ','));
}

/* Operators made of an expression or a list. */
static void pipe_expr(struct reader *p)
{
	bool output = ONE_OF(p, KW_SELECT, KW_EXTEND, KW_AGGREGATE), select = at(p, KW_SELECT);

	advance(p);
	if (select)
		select_modifiers(p);
	for (;;) {
		read_expr(p, output ? EX_LIST | EX_OUTPUT : 0);
		if (!ONE_OF(p, KW_GROUP, KW_ORDER, KW_AND, KW_OFFSET, KW_BY))
			return;
		advance(p);
		SKIP(p, KW_AND, KW_ORDER, KW_BY);
	}
}

/* |> WHERE ..., |> JOIN t ..., |> UNION ALL (...) */
void read_pipe(struct reader *p)
{
	size_t start = p->i + 1;

	advance(p);
	if (at_set_operator(p)) {
		pipe_set(p);
		return;
	}
	if (at_join(p)) {
		read_joins(p, SQL_READ);
		return;
	}
	switch (tok(p)->id) {
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_TABLESAMPLE:
	case KW_MATCH_RECOGNIZE:
		read_joins(p, SQL_READ);
		return;
	case KW_AS:
		p->i += 2;
		return;
	case KW_DROP:
	case KW_RENAME:
		while (!at_stop(p) && !at(p, OP_PIPE))
			advance(p);
		return;
	case KW_SELECT:
	case KW_EXTEND:
	case KW_SET:
	case KW_AGGREGATE:
	case KW_WHERE:
	case KW_LIMIT:
	case KW_ORDER:
	case KW_DISTINCT:
	case KW_CALL:
	case KW_WINDOW:
	case KW_ASSERT:
		pipe_expr(p);
		return;
	case KW_IF:
		pipe_if(p);
		return;
	case KW_FORK:
	case KW_TEE:
		pipe_fork(p);
		return;
	case KW_INSERT:
		piped_insert(p);
		return;
	case KW_RECURSIVE:
		pipe_recursive(p);
		return;
	case KW_EXPORT:
		while (!at_stop(p) && (p->i == start || !at(p, OP_PIPE)))
			at(p, '(') ? read_group(p) : advance(p);
		return;
	case KW_CREATE:
		p->inner++; /* the operation is the query's */
		read_statement(p);
		p->inner--;
		return;
	case KW_WITH:
		read_with(p);
		return;
	default:
		read_expr(p, 0);
		if (!at(p, OP_PIPE) && !at_stop(p))
			partial(p);
	}
}
