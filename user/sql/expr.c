// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Expressions: stepped over, with the columns, calls, literals and subqueries in them. Parentheses are counted, not recursed into; only
 * a query in them is. What ends an expression is a clause's word outside parentheses.
 */
#include "sql/expr.h"

bool starts_query(const struct token *t)
{
	return t->id == KW_SELECT || t->id == KW_WITH || t->id == KW_VALUES;
}

/* f(TABLE t, x): not a query, but the first of several arguments. */
static bool one_of_arguments(struct reader *p, size_t n)
{
	while (is_name(peek(p, n)) && peek_is(p, n + 1, '.'))
		n += 2;
	return peek_is(p, n + 1, ',');
}

bool query_at(struct reader *p, size_t n)
{
	const struct token *t = peek(p, n);

	if (t->id == KW_SELECT || t->id == KW_SEL)
		return t->id == KW_SELECT || p->dialect == SQL_ANSI;
	if (t->id == KW_WITH)
		return (is_name(peek(p, n + 1)) && !peek_is(p, n + 1, KW_UNMATCHED) &&
			(peek_is(p, n + 2, KW_AS) || peek_is(p, n + 2, '(') || is_name(peek(p, n + 2)))) ||
		       p->dialect == SQL_CLICKHOUSE;
	if (t->id == KW_VALUES)
		return peek_is(p, n + 1, '(') || peek_is(p, n + 1, KW_ROW);
	if (t->id == KW_TABLE)
		return is_name(peek(p, n + 1)) && !one_of_arguments(p, n + 1);
	return t->id == KW_FROM && p->bits & DL_FROM_FIRST;
}

/* ---- parts ---- */

/* Expressions, which may hold a star of their own. */
static void replacements(struct reader *p)
{
	if (too_deep(p))
		return;
	read_group(p);
	leave(p);
}

/* True: an expression follows. * EXCEPT (a, b), * EXCLUDE a, * REPLACE (x AS a), * RENAME (a AS b), * ILIKE 'x' */
static bool star_modifiers(struct reader *p)
{
	for (;;) {
		unsigned id = tok(p)->id, next = peek(p, 1)->id;

		if ((id == KW_EXCEPT || id == KW_EXCLUDE || id == KW_RENAME) && next == '(' && !query_at(p, 2)) {
			advance(p);
			skip_group(p);
		} else if ((id == KW_EXCLUDE || id == KW_RENAME || id == KW_EXCEPT) && is_name(peek(p, 1)) && !query_at(p, 1)) {
			p->i += 2;
			if (accept(p, KW_AS))
				advance(p);
		} else if ((id == KW_REPLACE && next == '(') || (id == KW_APPLY && next == '(')) {
			advance(p);
			replacements(p);
		} else if (id == KW_REPLACE) {
			advance(p);
			return true;
		} else if ((id == KW_ILIKE || id == KW_LIKE) && peek(p, 1)->type == TOKEN_STRING) {
			p->i += 2;
		} else {
			return false;
		}
	}
}

static void star(struct reader *p, struct expr *e, struct slice qualifier)
{
	scope_ref(p, qualifier, SLICE_NONE, column_use(e));
	advance(p);
	e->operand = !star_modifiers(p);
	e->start = false;
}

/* x ->: the parameter of a lambda */
static bool lambda(struct reader *p, size_t first)
{
	unsigned before;

	if (!at(p, OP_ARROW))
		return false;
	before = first ? tok_at(p, first - 1)->id : 0;
	return (before == '(' || before == ',') && !(p->bits & DL_PG && p->dialect != SQL_DUCKDB) && !(p->bits & DL_MYSQL);
}

/* a, t.a, s.t.a, t.*, f( */
static void reference(struct reader *p, struct expr *e)
{
	size_t first = p->i;
	bool alias = e->operand;
	struct name n;

	if (!read_name(p, &n)) {
		advance(p);
		return;
	}
	e->operand = true;
	if (at(p, '.') && peek_is(p, 1, '*')) {
		advance(p);
		star(p, e, last_part(&n));
		return;
	}
	if (at(p, '(')) {
		read_arguments(p, &n);
	} else if (at(p, OP_NAMED) || (at(p, OP_ASSIGN) && e->depth)) {
		advance(p);
		e->operand = false;
	} else if (!(alias && n.n == 1) && !lambda(p, first)) {
		read_column(p, e, &n, first);
	}
	e->start = false;
}

/* SELECT end FROM t */
static bool end_as_name(struct reader *p, const struct expr *e)
{
	return at(p, KW_END) && !e->operand && (peek_is(p, 1, KW_FROM) || peek_is(p, 1, KW_AS) || peek_is(p, 1, ','));
}

/* SELECT 1 AS select, 2 AS from FROM t: behind AS any word is a name. */
static bool any_alias(struct reader *p, const struct expr *e)
{
	const struct token *next = peek(p, 1);

	return e->flags & EX_LIST && !e->depth && !e->cases && p->i && tok_at(p, p->i - 1)->id == KW_AS &&
	       (next->id == ',' || next->id == KW_FROM || next->id == ';' || next->id == ')' || next->type == TOKEN_END);
}

/* A word of the grammar. False: it ends the expression. */
static bool keyword(struct reader *p, struct expr *e, unsigned flags)
{
	unsigned next;

	if (any_alias(p, e)) {
		advance(p);
		e->operand = true;
		return true;
	}
	if ((flags & KF_STOP && e->depth && misplaced(p)) || (tok(p)->id == KW_TABLE && names_table_behind(p)))
		partial(p);

	if (!e->depth) {
		if (flags & KF_CASE ? !e->cases && !end_as_name(p, e) : flags & KF_STOP)
			return false;
		if (flags & KF_MAYBE && maybe_stops(p, e))
			return false;
	}
	if (special_word(p, e))
		return true;
	next = peek(p, 1)->id;
	if (next == '.' || (next == '(' && flags & KF_FUNC && !(flags & KF_OP && e->operand))) {
		reference(p, e); /* as a name after all */
		return true;
	}
	if (flags & KF_MAYBE && next == KW_BY)
		advance(p);
	if (flags & KF_VALUE) {
		e->operand = true;
	} else if (flags & KF_WEAK && !e->operand && names_column(p)) {
		reference(p, e); /* as a name after all */
		return true;
	} else if (flags & KF_SKIP) {
		advance(p);
		return true;
	} else if (flags & KF_MAYBE && !(flags & KF_OP) && next != KW_BY && !(e->operand && e->depth)) {
		reference(p, e);
		return true;
	} else if (!(flags & ~(unsigned)(KF_SPECIAL | KF_JOIN | KF_BLOCK))) {
		reference(p, e);
		return true;
	} else {
		e->operand = false;
	}
	e->start = false;
	advance(p);
	return true;
}

/* Behind the '(' of one: up to behind its partner. */
static void parenthesised_query(struct reader *p)
{
	read_query(p);
	if (ONE_OF(p, KW_RETURNING, KW_FORMAT)) /* JSON_ARRAY(SELECT a FROM t RETURNING jsonb) */
		while (!at_stop(p))
			skip_word(p);
	if (!accept(p, ')'))
		partial(p);
}

/* TRIM(FROM a), which is no query that begins with FROM */
static bool in_trim(struct reader *p)
{
	struct slice name = lex_raw(p->text, tok_at(p, p->i - 1));

	return name.len >= 4 && slice_ieq(slice_skip(name, name.len - 4), SLICE("trim"));
}

static void open_paren(struct reader *p, struct expr *e)
{
	if (query_at(p, 1) && !(peek_is(p, 1, KW_FROM) && p->i && in_trim(p))) {
		advance(p);
		parenthesised_query(p);
		e->operand = true;
	} else {
		advance(p);
		e->depth++;
		e->operand = false;
	}
	e->start = false;
}

static void open_brace(struct reader *p, struct expr *e)
{
	e->depth++;
	advance(p);
	if (is_name(tok(p)) && (at(p, KW_FN) || peek(p, 1)->type == TOKEN_STRING)) /* ODBC: {fn f(x)}, {d '...'} */
		advance(p);
	e->operand = e->start = false;
}

/* At ')'. False: it ends the expression. */
static bool closing(struct reader *p, struct expr *e)
{
	if (!e->depth)
		return false;
	e->depth--;
	advance(p);
	e->operand = true;
	return e->depth || !(e->flags & EX_GROUP);
}

/* (x).y, x[1].y */
static void behind_dot(struct reader *p, struct expr *e)
{
	advance(p);
	e->operand = true;
	if (is_name(tok(p)) && (!peek_is(p, 1, '(') || tok(p)->id)) { /* a(i).delete(j) */
		advance(p);
	} else if (at(p, '*') && e->flags & EX_LIST) {
		advance(p);
		e->operand = !star_modifiers(p);
	}
}

/* False: it ends the expression. */
static bool punctuation(struct reader *p, struct expr *e)
{
	unsigned id = tok(p)->id;

	switch (id) {
	case ';':
		if (e->depth || e->flags & EX_GROUP)
			partial(p);
		return false;
	case '(':
		open_paren(p, e);
		return true;
	case '{':
		open_brace(p, e);
		return true;
	case '[':
		e->depth++;
		advance(p);
		e->operand = e->start = false;
		return true;
	case ')':
		return closing(p, e);
	case '}':
		if (!e->depth) /* of an ODBC escape around */
			return false;
		/* fall through */
	case ']':
		if (e->depth)
			e->depth--;
		advance(p);
		e->operand = true;
		return true;
	case ',':
		if (!e->depth && e->flags & EX_COMMA)
			return false;
		advance(p);
		e->operand = false;
		e->start = !e->depth;
		return true;
	case '*':
		if (e->start && e->flags & EX_LIST && !e->depth) {
			star(p, e, SLICE_NONE);
			return true;
		}
		break;
	case OP_CAST:
		read_cast(p);
		e->operand = true;
		return true;
	case '.':
		behind_dot(p, e);
		return true;
	case OP_PIPE: /* |>> is an operator of PostgreSQL */
		if (!e->depth && !(p->bits & DL_PG))
			return false;
		break;
	case OP_OTHER:
		if (!e->depth && at_flow(p))
			return false;
		break;
	default:
		break;
	}
	advance(p);
	e->operand = e->start = false;
	return true;
}

static void constant(struct reader *p, struct expr *e)
{
	const struct token *t = tok(p);

	if (t->type == TOKEN_STAGE) {
		add_file_token(p, t, false, false);
	} else if (t->type == TOKEN_PARAM) {
		p->parameters += p->text.ptr[t->off] == '?';
	} else {
		struct sql_literal *v = add_literal(p, t);

		if (v)
			v->count = e->flags & EX_COUNT;
		if (t->type == TOKEN_STRING) {
			literal_names(p, t);
			if (peek_is(p, 1, OP_CONCAT))
				computed_chain(p);
		}
	}
	advance(p);
	e->operand = true;
	e->start = false;
}

void read_expr(struct reader *p, unsigned flags)
{
	struct expr e = { .flags = flags, .start = true, .depth = flags & EX_GROUP ? 1 : 0 };

	for (;;) {
		const struct token *t = tok(p);
		unsigned kf;

		switch (t->type) {
		case TOKEN_END:
		case TOKEN_COMMAND:
			if (e.depth || e.cases)
				partial(p);
			return;
		case TOKEN_WORD:
			kf = t->id ? keyword_flags(t->id) : 0;
			if (t->id == KW_TABLE && names_table(p, &e))
				table_argument(p, &e);
			else if (!kf && !e.depth && at_batch_label(p))
				return;
			else if (!kf)
				reference(p, &e);
			else if (!keyword(p, &e, kf))
				return;
			break;
		case TOKEN_QUOTED:
			reference(p, &e);
			break;
		case TOKEN_PUNCT:
			if (!punctuation(p, &e))
				return;
			break;
		default:
			constant(p, &e);
			break;
		}
	}
}

void read_group(struct reader *p)
{
	advance(p);
	if (query_at(p, 0)) {
		parenthesised_query(p);
		return;
	}
	read_expr(p, EX_GROUP);
}
