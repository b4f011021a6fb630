// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Expressions: stepped over, with the columns, calls, literals and subqueries in them. Parentheses are counted, not recursed into; only
 * a query in them is. What ends an expression is a clause's word outside parentheses.
 */
#include "sql/reader.h"

struct expr {
	unsigned flags; /* enum expr_flags */
	unsigned depth; /* open parentheses, brackets, braces */
	unsigned cases; /* open CASEs */
	bool operand;   /* the last thing was a value: a name that follows is an alias */
	bool start;     /* of an element of the list */
};

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

static bool query_at(struct reader *p, size_t n)
{
	const struct token *t = peek(p, n);

	if (t->id == KW_SELECT || t->id == KW_SEL)
		return t->id == KW_SELECT || p->dialect == SQL_ANSI;
	if (t->id == KW_WITH)
		return (is_name(peek(p, n + 1)) && (peek_is(p, n + 2, KW_AS) || peek_is(p, n + 2, '(') || is_name(peek(p, n + 2)))) ||
		       p->dialect == SQL_CLICKHOUSE;
	if (t->id == KW_VALUES)
		return peek_is(p, n + 1, '(') || peek_is(p, n + 1, KW_ROW);
	if (t->id == KW_TABLE)
		return is_name(peek(p, n + 1)) && !one_of_arguments(p, n + 1);
	return t->id == KW_FROM && p->bits & DL_FROM_FIRST;
}

/* ---- where it ends ---- */

static bool names_column(struct reader *p)
{
	static const uint16_t after[] = { ',',   ')',     '.',        '=',      '+',       '-',     '*',     '/',
					  '<',   '>',     OP_CAST,    OP_OTHER, OP_CONCAT, KW_FROM, KW_AS,   KW_IS,
					  KW_IN, KW_LIKE, KW_BETWEEN, KW_AND,   KW_OR,     KW_ASC,  KW_DESC, 0 };
	const struct token *next = peek(p, 1);

	for (const uint16_t *a = after; *a; a++)
		if (next->id == *a)
			return true;
	return next->type == TOKEN_END || next->id == ';';
}

/* Words that end an expression in some places only. */
static bool maybe_stops(struct reader *p, const struct expr *e)
{
	unsigned id = tok(p)->id, next = peek(p, 1)->id;

	switch (id) {
	case KW_GROUP:
	case KW_ORDER:
	case KW_CLUSTER:
	case KW_DISTRIBUTE:
	case KW_SORT:
	case KW_PARTITION:
	case KW_CONNECT:
		return next == KW_BY || next == KW_SIBLINGS || (next == KW_ALL && id != KW_PARTITION);
	case KW_START:
		return next == KW_WITH;
	case KW_FETCH:
		return next == KW_FIRST || next == KW_NEXT || (p->procedural && e->operand);
	case KW_BULK:
		return next == KW_COLLECT;
	case KW_LATERAL:
		return next == KW_VIEW || e->operand;
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_MATCH_RECOGNIZE:
	case KW_OPTION:
	case KW_TABLESAMPLE:
	case KW_OPTIONS:
		return next == '(' && e->operand;
	case KW_WINDOW:
		return is_name(peek(p, 1)) && peek_is(p, 2, KW_AS);
	case KW_LOCK:
		return next == KW_IN && e->operand;
	case KW_MINUS:
		return next == KW_SELECT || next == '(' || next == KW_ALL || next == KW_WITH || next == KW_DISTINCT;
	case KW_LEFT:
	case KW_RIGHT:
	case KW_FULL:
	case KW_INNER:
	case KW_CROSS:
	case KW_NATURAL:
	case KW_OUTER:
	case KW_ASOF:
	case KW_GLOBAL:
	case KW_SEMI:
	case KW_ANTI:
	case KW_ANY:
	case KW_POSITIONAL:
	case KW_ARRAY:
		return e->operand && (at_join(p) || at_set_operator(p));
	case KW_LIMIT:
	case KW_OFFSET:
	case KW_QUALIFY:
	case KW_PREWHERE:
		return !names_column(p) || peek(p, 1)->id == '-' || peek(p, 1)->id == '(';
	case KW_FORMAT:
	case KW_SETTINGS:
		return e->operand && p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1));
	case KW_VALUES:
		return e->operand || (next != '(' && !names_column(p));
	case KW_OUTPUT:
		return e->operand && (p->bits & DL_BATCH || p->dialect == SQL_ANSI) && !names_column(p);
	case KW_EXCEPT:
		return true;
	case KW_LOOP:
		return p->procedural;
	case KW_END:
		return !e->cases;
	case KW_WITH:
		return e->operand && next != KW_TIME && next != KW_UNIQUE;
	case KW_DO:
	case KW_SAMPLE:
		return e->operand && !names_column(p);
	case KW_SET:
	case KW_FOR:
	case KW_RETURNING:
		return e->operand;
	case KW_USING: /* ORDER BY a USING < */
		return e->operand && next != '<' && next != '>' && next != KW_OPERATOR && next != OP_OTHER;
	case KW_LOG:
		return next == KW_ERRORS;
	case KW_MULTISET:
		return false;
	default: /* words that begin a statement: REPLACE(x, y) and INSERT(x, y) are functions */
		if (!e->operand || names_column(p))
			return false;
		return p->bits & DL_BATCH || p->procedural || next != '(';
	}
}

/* ---- parts ---- */

static uint32_t use_of(const struct expr *e)
{
	return e->flags & EX_OUTPUT ? SQL_USE_OUTPUT : e->flags & EX_WRITE ? SQL_USE_WRITE : SQL_USE_FILTER;
}

static bool is_constant(const struct token *t)
{
	return (t->type == TOKEN_STRING && !(t->flags & TF_BYTES)) || t->type == TOKEN_NUMBER || t->type == TOKEN_PARAM;
}

static void predicate(struct reader *p, struct column_ref *ref, const struct token *value, unsigned nth)
{
	struct predicate *q;

	if (!ref)
		return;
	q = add_predicate(p, ref->name, value, nth);
	if (!q)
		return;
	q->next = ref->predicates;
	ref->predicates = q;
}

static bool wildcard(struct reader *p, const struct token *t)
{
	struct slice s = lex_body(p->text, t);

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '%' || s.ptr[i] == '_')
			return true;
	return false;
}

/* Behind a column: = x, IN (x, y), LIKE x. */
static void predicates_behind(struct reader *p, struct column_ref *ref)
{
	unsigned id = tok(p)->id, nth = 0;

	if (id == '=' || id == OP_EQUAL) {
		if (is_constant(peek(p, 1)))
			predicate(p, ref, peek(p, 1), 0);
	} else if (id == KW_LIKE || id == KW_ILIKE) {
		if (peek(p, 1)->type == TOKEN_STRING && !wildcard(p, peek(p, 1)))
			predicate(p, ref, peek(p, 1), 0);
	} else if (id == KW_IN && peek_is(p, 1, '(')) {
		for (size_t i = 2; is_constant(peek(p, i)); i += 2) {
			predicate(p, ref, peek(p, i), nth);
			nth += peek(p, i)->type == TOKEN_PARAM;
			if (p->st->predicates_cut || !peek_is(p, i + 1, ','))
				return;
		}
	}
}

/* x = column */
static void predicate_before(struct reader *p, size_t first, struct column_ref *ref)
{
	if (first < 2 || (tok_at(p, first - 1)->id != '=' && tok_at(p, first - 1)->id != OP_EQUAL) || !is_constant(tok_at(p, first - 2)))
		return;
	predicate(p, ref, tok_at(p, first - 2), (unsigned)-1);
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
		} else if (id == KW_REPLACE && next != '(') {
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
	scope_ref(p, qualifier, SLICE_NONE, use_of(e));
	advance(p);
	e->operand = !star_modifiers(p);
	e->start = false;
}

/* x ->: the parameter of a lambda */
static bool lambda(struct reader *p, size_t first)
{
	unsigned before = first ? tok_at(p, first - 1)->id : 0;

	return at(p, OP_ARROW) && (before == '(' || before == ',') && !(p->bits & DL_PG && p->dialect != SQL_DUCKDB) &&
	       !(p->bits & DL_MYSQL);
}

static void column(struct reader *p, struct expr *e, const struct name *n, size_t first)
{
	struct slice qualifier = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE;
	uint32_t use = use_of(e);
	struct column_ref *ref;

	if (at(p, '=') && e->start && !e->depth && n->n == 1 && e->flags & EX_OUTPUT && p->bits & DL_BATCH)
		return; /* T-SQL: alias = value */
	if (e->flags & EX_ASSIGN && e->start)
		use = SQL_USE_WRITE;
	ref = scope_ref(p, qualifier, last_part(n), use);
	if (!(e->flags & EX_ASSIGN && e->start) && ref) {
		predicates_behind(p, ref);
		predicate_before(p, first, ref);
	}
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
		column(p, e, &n, first);
	}
	e->start = false;
}

/* x IN t, x IN s.t, x IN f(...) */
static void read_in(struct reader *p, struct expr *e)
{
	struct name n;

	advance(p);
	e->operand = false;
	if (p->dialect == SQL_CLICKHOUSE && (peek_is(p, 1, '(') || (p->i > 4 && tok_at(p, p->i - 4)->id == KW_POSITION)))
		return;
	if ((p->dialect == SQL_SQLITE || p->dialect == SQL_CLICKHOUSE) &&
	    (is_name(tok(p)) || (p->dialect == SQL_SQLITE && tok(p)->type == TOKEN_STRING)) &&
	    !(keyword_flags(tok(p)->id) & (KF_OP | KF_STOP)) && read_relation_name(p, &n)) {
		if (n.n == 1 && p->dialect == SQL_CLICKHOUSE && get_variable(p, n.part[0]).ptr)
			;
		else if (at(p, '('))
			read_table_function(p, &n);
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

	if (tok(p)->type == TOKEN_STRING)
		advance(p);
	else if (read_name(p, &n) && at(p, '('))
		skip_group(p);
	while (at(p, '[') && (peek_is(p, 1, ']') || peek_is(p, 2, ']')))
		p->i += peek_is(p, 1, ']') ? 2 : 3;
	if (ONE_OF(p, KW_WITH, KW_WITHOUT) && (peek_is(p, 1, KW_TIME) || peek_is(p, 1, KW_LOCAL)))
		p->i += peek_is(p, 1, KW_LOCAL) ? 4 : 3;
}

/* 'name'::regclass, CAST('name' AS regclass) */
static void read_cast(struct reader *p)
{
	size_t before = p->i - 1;

	if (p->i > 0 && tok_at(p, before)->type == TOKEN_STRING && peek_is(p, 1, KW_REGCLASS))
		literal_names(p, tok_at(p, before));
	advance(p);
	skip_type(p);
}

/* TABLE t, TABLE (t), TABLE (f(x)) as an argument. */
static void table_argument(struct reader *p, struct expr *e)
{
	struct name n;

	advance(p);
	e->operand = true;
	if (at(p, '(') && is_name(peek(p, 1)) && !starts_query(peek(p, 1)) && p->dialect != SQL_ORACLE && p->dialect != SQL_SNOWFLAKE) {
		size_t back = p->i;

		advance(p);
		if (read_relation_name(p, &n) && at(p, ')')) {
			add_read(p, &n, SQL_READ);
			advance(p);
			return;
		}
		p->i = back;
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
static bool names_table(struct reader *p, const struct expr *e)
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

/* Words with a meaning of their own inside expressions. True: done. */
static bool special_word(struct reader *p, struct expr *e)
{
	unsigned next = peek(p, 1)->id;

	if (ONE_OF(p, KW_WITH, KW_WITHOUT) && next == KW_TIME && peek_is(p, 2, KW_ZONE)) {
		p->i += 3; /* TIMESTAMP WITH TIME ZONE '...' */
		return true;
	}
	switch (tok(p)->id) {
	case KW_SELECT:
	case KW_WITH:
		if (tok(p)->id == KW_WITH && next == KW_UNIQUE) { /* JSON: WITH UNIQUE KEYS */
			p->i += 2;
			accept(p, KW_KEYS);
			return true;
		}
		if (!e->depth || (tok(p)->id == KW_WITH && (e->operand || !query_at(p, 0))))
			return false;
		read_query(p);
		e->operand = true;
		return true;
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
		advance(p);
		if (tok(p)->type == TOKEN_STRING)
			advance(p);
		else if (is_name(tok(p)) && !peek_is(p, 0, KW_SELECT))
			skip_type(p);
		e->operand = true;
		return true;
	case KW_COLLATE:
	case KW_OVER:
		advance(p);
		if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING)
			skip_type(p);
		e->operand = true;
		return true;
	case KW_WITHIN:
	case KW_IGNORE:
	case KW_RESPECT:
		if (next != KW_GROUP && next != KW_NULLS)
			return false;
		p->i += 2;
		return true;
	case KW_WITHOUT:
		if (next != KW_UNIQUE)
			return false;
		p->i += 2;
		accept(p, KW_KEYS);
		return true;
	case KW_MULTISET: /* Oracle: a MULTISET EXCEPT [ALL] b */
		if (next != KW_EXCEPT && next != KW_UNION && next != KW_INTERSECT)
			return false;
		p->i += 2;
		SKIP(p, KW_ALL, KW_DISTINCT);
		e->operand = false;
		return true;
	case KW_USING:
		if (!e->operand || e->depth)
			return false;
		advance(p);
		if (accept(p, KW_OPERATOR) && at(p, '('))
			skip_group(p);
		while (tok(p)->type == TOKEN_PUNCT && !at(p, ',') && !at(p, ';') && !at(p, ')') && !at(p, '('))
			advance(p);
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
	case KW_RETURNING: /* JSON_VALUE(x, '$' RETURNING type) */
		if (!e->depth)
			return false;
		advance(p);
		skip_type(p);
		return true;
	default:
		return false;
	}
}

/* SELECT end FROM t */
static bool end_as_name(struct reader *p, const struct expr *e)
{
	return at(p, KW_END) && !e->operand && (peek_is(p, 1, KW_FROM) || peek_is(p, 1, KW_AS) || peek_is(p, 1, ','));
}

/* A word of the grammar. False: it ends the expression. */
static bool keyword(struct reader *p, struct expr *e, unsigned flags)
{
	unsigned next;

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

static void open_paren(struct reader *p, struct expr *e)
{
	if (query_at(p, 1)) {
		advance(p);
		read_query(p);
		if (!accept(p, ')'))
			partial(p);
		e->operand = true;
	} else {
		advance(p);
		e->depth++;
		e->operand = false;
	}
	e->start = false;
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
	case '[':
	case '{':
		e->depth++;
		advance(p);
		e->operand = e->start = false;
		return true;
	case ')':
		if (!e->depth)
			return false;
		e->depth--;
		advance(p);
		e->operand = true;
		if (!e->depth && e->flags & EX_GROUP)
			return false;
		return true;
	case ']':
	case '}':
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
	case '.': /* (x).y, x[1].y */
		advance(p);
		if (is_name(tok(p)) && !peek_is(p, 1, '('))
			advance(p);
		else if (at(p, '*') && e->flags & EX_LIST) {
			advance(p);
			e->operand = !star_modifiers(p);
			return true;
		}
		e->operand = true;
		return true;
	case OP_PIPE:
		if (!e->depth)
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
		add_literal(p, t);
		if (t->type == TOKEN_STRING)
			literal_names(p, t);
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
		read_query(p);
		if (!accept(p, ')'))
			partial(p);
		return;
	}
	read_expr(p, EX_GROUP);
}
