// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Words with a grammar of their own inside expressions. */
#include "sql/call.h"
#include "sql/expr.h"

static void in_function(struct reader *p, const struct name *n)
{
	if (too_deep(p))
		return;
	read_table_function(p, n);
	leave(p);
}

/* x IN t, x IN s.t, x IN f(...) */
static void read_in(struct reader *p, struct expr *e)
{
	bool function = p->dialect == SQL_CLICKHOUSE && !e->operand && peek_is(p, 1, '('); /* in(a, t) */
	struct name n;

	advance(p);
	e->operand = false;
	if (function)
		clickhouse_function(p, SLICE("in"));
	if (p->dialect == SQL_CLICKHOUSE && at(p, KW_PARTITION) && !peek_is(p, 1, '.')) { /* UPDATE a = 1 IN PARTITION p WHERE ... */
		advance(p);
		return;
	}
	if (p->dialect == SQL_CLICKHOUSE && at(p, '(') && is_name(peek(p, 1)) && peek_is(p, 2, ')') && !peek(p, 1)->id &&
	    !is_variable(p, lex_name(p->text, peek(p, 1), '\\', p->arena))) /* a column's value, or the table */
		literal_relation(p, lex_name(p->text, peek(p, 1), '\\', p->arena), SQL_VIA_LITERAL);
	if (p->dialect == SQL_CLICKHOUSE && (peek_is(p, 1, '(') || (p->i > 4 && tok_at(p, p->i - 4)->id == KW_POSITION)))
		return;
	if ((p->dialect == SQL_SQLITE || p->dialect == SQL_CLICKHOUSE) &&
	    (is_name(tok(p)) || (p->dialect == SQL_SQLITE && tok(p)->type == TOKEN_STRING)) &&
	    !(keyword_flags(tok(p)->id) & (KF_OP | KF_STOP)) && read_relation_name(p, &n)) {
		if (n.n == 1 && p->dialect == SQL_CLICKHOUSE && is_variable(p, n.part[0]))
			;
		else if (at(p, '('))
			in_function(p, &n);
		else {
			struct sql_relation *r = add_read(p, &n, SQL_READ);

			if (r)
				r->all_columns = true;
		}
		e->operand = true;
	}
}

static void skip_type(struct reader *p)
{
	struct name n;

	if (tok(p)->type == TOKEN_WORD && names_table_behind(p)) /* no type, no alias: a clause */
		partial(p);
	else if (tok(p)->type == TOKEN_STRING)
		advance(p);
	else if (read_name(p, &n) && at(p, '('))
		skip_group(p);
	while (at(p, '[') && (peek_is(p, 1, ']') || peek_is(p, 2, ']')))
		p->i += peek_is(p, 1, ']') ? 2 : 3;
	if (ONE_OF(p, KW_WITH, KW_WITHOUT) && (peek_is(p, 1, KW_TIME) || peek_is(p, 1, KW_LOCAL)))
		p->i += peek_is(p, 1, KW_LOCAL) ? 4 : 3;
}

/* 'name'::regclass, CAST('name' AS regclass) */
void read_cast(struct reader *p)
{
	size_t before = p->i - 1;

	if (p->i > 0 && tok_at(p, before)->type == TOKEN_STRING && peek_is(p, 1, KW_REGCLASS))
		literal_names(p, tok_at(p, before));
	advance(p);
	skip_type(p);
}

/* TABLE t, TABLE (t), TABLE (f(x)) as an argument. */
void table_argument(struct reader *p, struct expr *e)
{
	struct name n;

	advance(p);
	e->operand = true;
	if (at(p, '(') && is_name(peek(p, 1)) && !starts_query(peek(p, 1)) && p->dialect != SQL_ORACLE) {
		size_t back = p->i;

		advance(p);
		if (read_relation_name(p, &n) && at(p, ')')) {
			add_read(p, &n, SQL_READ);
			advance(p);
			return;
		}
		move_to(p, back);
	} else if (is_name(tok(p)) && !(keyword_flags(tok(p)->id) & (KF_STOP | KF_MAYBE | KF_NOALIAS | KF_OP)) && e->depth &&
		   read_relation_name(p, &n)) {
		struct sql_relation *r = add_read(p, &n, SQL_READ);

		if (r)
			r->all_columns = true;
		return;
	}
	e->operand = false;
}

/* f(1, TABLE t), f(input => TABLE(t)): an argument that is a table. */
bool names_table(struct reader *p, const struct expr *e)
{
	unsigned before = p->i ? tok_at(p, p->i - 1)->id : 0;
	const struct token *next = peek(p, 1);

	if (!e->depth || (before != '(' && before != ',' && before != OP_NAMED))
		return false;
	return next->id == '(' || next->type == TOKEN_QUOTED || (next->type == TOKEN_WORD && !(keyword_flags(next->id) & ~KF_WEAK));
}

static void read_is(struct reader *p)
{
	advance(p);
	accept(p, KW_NOT);
	if (at(p, KW_DISTINCT) && peek_is(p, 1, KW_FROM))
		p->i += 2;
}

/* WITH TIME ZONE, WITH UNIQUE KEYS, WITHIN GROUP, IGNORE NULLS, a MULTISET EXCEPT b: words that come in twos and threes. */
static bool several_words(struct reader *p, struct expr *e)
{
	unsigned next = peek(p, 1)->id;

	switch (tok(p)->id) {
	case KW_WITH:
	case KW_WITHOUT:
		if (next == KW_TIME && peek_is(p, 2, KW_ZONE)) { /* TIMESTAMP WITH TIME ZONE '...' */
			p->i += 3;
			return true;
		}
		if (next != KW_UNIQUE)
			return false;
		p->i += 2;
		accept(p, KW_KEYS);
		return true;
	case KW_WITHIN:
	case KW_IGNORE:
	case KW_RESPECT:
		if (next != KW_GROUP && next != KW_NULLS)
			return false;
		p->i += 2;
		return true;
	case KW_MULTISET:
		if (next != KW_EXCEPT && next != KW_UNION && next != KW_INTERSECT)
			return false;
		p->i += 2;
		SKIP(p, KW_ALL, KW_DISTINCT);
		e->operand = false;
		return true;
	case KW_NEXT:
	case KW_PREVIOUS:
		if (next != KW_VALUE || !peek_is(p, 2, KW_FOR))
			return false;
		p->i += 3;
		skip_type(p);
		e->operand = true;
		return true;
	case KW_CURRENT:
		if (next != KW_OF)
			return false;
		p->i += 2;
		skip_type(p);
		e->operand = true;
		return true;
	default:
		return false;
	}
}

/* ORDER BY a USING <, USING OPERATOR(s.<) */
static bool using_operator(struct reader *p, const struct expr *e)
{
	if (!e->operand || e->depth)
		return false;
	advance(p);
	if (accept(p, KW_OPERATOR) && at(p, '('))
		skip_group(p);
	while (tok(p)->type == TOKEN_PUNCT && !ONE_OF(p, ',', ';', ')', '('))
		advance(p);
	return true;
}

static bool inner_query(struct reader *p, struct expr *e)
{
	if (!e->depth || (at(p, KW_WITH) && (e->operand || !query_at(p, 0))))
		return false;
	read_query(p);
	e->operand = true;
	return true;
}

/* AS name, AS type: the type of a CAST, an alias. */
static void read_as(struct reader *p)
{
	advance(p);
	if (tok(p)->type == TOKEN_STRING)
		advance(p);
	else if (is_name(tok(p)) && !at(p, KW_SELECT))
		skip_type(p);
}

bool special_word(struct reader *p, struct expr *e)
{
	switch (tok(p)->id) {
	case KW_SELECT:
		return inner_query(p, e);
	case KW_WITH:
		return several_words(p, e) || inner_query(p, e);
	case KW_CASE:
		e->cases++;
		advance(p);
		e->operand = false;
		return true;
	case KW_END:
		if (e->cases)
			e->cases--;
		advance(p);
		e->operand = true;
		return true;
	case KW_IS:
		read_is(p);
		e->operand = false;
		return true;
	case KW_IN:
		read_in(p, e);
		return true;
	case KW_AS:
		read_as(p);
		e->operand = true;
		return true;
	case KW_COLLATE:
	case KW_OVER:
		advance(p);
		if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING)
			skip_type(p);
		e->operand = true;
		return true;
	case KW_USING:
		return using_operator(p, e);
	case KW_RETURNING: /* JSON_VALUE(x, '$' RETURNING type) */
		if (!e->depth)
			return false;
		advance(p);
		skip_type(p);
		return true;
	default:
		return several_words(p, e);
	}
}
