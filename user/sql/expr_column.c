// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Columns of expressions: what is done with them, and what they are compared with. */
#include "sql/expr.h"

uint32_t column_use(const struct expr *e)
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

/* What most often stands behind a column, and is no comparison. */
static bool ends_operand(const struct token *t)
{
	return t->id == '=' || t->id == KW_FROM || t->id == ';' || t->type == TOKEN_END;
}

/* A type that begins with the i-th token from here: its last token. */
static size_t type_at(struct reader *p, size_t i)
{
	enum { PRECISION = 6 };

	if (!peek_is(p, i + 1, '('))
		return i;
	for (size_t k = i + 2; k < i + PRECISION; k++)
		if (peek_is(p, k, ')'))
			return k;
	return i;
}

/* Words between a comparison and its values, or of a type in front of one: = ANY (ARRAY[1]), = CAST('1' AS int), = int '1', = +1 */
static bool before_value(struct reader *p, size_t i)
{
	const struct token *t = peek(p, i);

	if (t->id == '+' || t->id == KW_ANY || t->id == KW_SOME || t->id == KW_ALL || t->id == KW_ARRAY || t->id == KW_ROW ||
	    t->id == KW_CAST || t->id == KW_VALUES || t->id == KW_SELECT)
		return true;
	return is_name(t) && (peek(p, i + 1)->type == TOKEN_STRING || (t->id == KW_UNNEST && peek_is(p, i + 1, '(')));
}

/* Each constant up to where the value, or the list of them, ends; the first is the i-th token from here. */
static void values_behind(struct reader *p, struct column_ref *ref, size_t i)
{
	unsigned depth = 0, nth = 0;
	size_t begin = i;

	for (; !p->st->predicates_cut; i++) {
		const struct token *t = peek(p, i);

		if (is_constant(t)) {
			predicate(p, ref, t, nth);
			nth += t->type == TOKEN_PARAM;
			if (!depth)
				break;
		} else if (t->id == '(' || t->id == '[') {
			depth++;
		} else if (t->id == ')' || t->id == ']') {
			if (depth < 2)
				break;
			depth--;
		} else if (depth && (t->id == OP_CAST || t->id == KW_AS)) {
			i = type_at(p, i + 1);
		} else if (!(depth && t->id == ',') && !before_value(p, i)) {
			break;
		}
	}
	spend(p, (i - begin) / 4);
}

/* The column stands in a row: (a, b) = (1, 2). first: its first token. */
static bool in_row(struct reader *p, size_t first)
{
	return first > 1 && tok_at(p, first - 1)->id == '(' && !(is_name(tok_at(p, first - 2)) && !tok_at(p, first - 2)->id);
}

/* From behind a column to what it is compared by: over casts, what closes a call, other columns of a row. */
static size_t comparison_behind(struct reader *p, size_t first)
{
	enum { REACH = 12 };
	size_t i = 0;

	while (i < REACH) {
		const struct token *t = peek(p, i), *next = peek(p, i + 1);

		if (t->id == OP_CAST || t->id == KW_AS)
			i = type_at(p, i + 1) + 1;
		else if (t->id == ')')
			i++;
		else if (t->id == KW_COLLATE)
			i += 2;
		else if ((t->id == '+' || t->id == '-' || t->id == ',') && next->type == TOKEN_NUMBER)
			i += 2;
		else if (t->id == ',' && is_name(next) && in_row(p, first))
			i += 2;
		else
			break;
	}
	return i;
}

/* MySQL: <=> */
static bool null_safe(struct reader *p, size_t i)
{
	return peek_is(p, i, OP_OTHER) && peek_is(p, i + 1, '>') && slice_eq(lex_raw(p->text, peek(p, i)), SLICE("<="));
}

/* Behind a column: = x, IN (x, y), LIKE x, IS NOT DISTINCT FROM x. */
static void predicates_behind(struct reader *p, struct column_ref *ref, size_t first)
{
	unsigned id;
	size_t i;

	if (at(p, ',') && peek(p, 1)->type != TOKEN_NUMBER && !in_row(p, first)) /* the next of a list */
		return;
	i = ends_operand(tok(p)) ? 0 : comparison_behind(p, first);
	id = peek(p, i)->id;

	if (id == '=' || id == OP_EQUAL || null_safe(p, i))
		values_behind(p, ref, i + 1 + (id == OP_OTHER));
	else if (id == KW_WHEN && first && tok_at(p, first - 1)->id == KW_CASE) /* CASE a WHEN x */
		values_behind(p, ref, i + 1);
	else if (id == KW_IN && peek_is(p, i + 1, '('))
		values_behind(p, ref, i + 1);
	else if (id == KW_IS && peek_is(p, i + 1, KW_NOT) && peek_is(p, i + 2, KW_DISTINCT) && peek_is(p, i + 3, KW_FROM))
		values_behind(p, ref, i + 4);
	else if (id == KW_IS && is_constant(peek(p, i + 1)))
		values_behind(p, ref, i + 1);
	else if ((id == KW_LIKE || id == KW_ILIKE) && peek(p, i + 1)->type == TOKEN_STRING && !wildcard(p, peek(p, i + 1)))
		predicate(p, ref, peek(p, i + 1), 0);
}

/* x = column, x IN (column */
static void predicate_before(struct reader *p, size_t first, struct column_ref *ref)
{
	unsigned id;

	if (first > 2 && tok_at(p, first - 1)->id == '(')
		first--;
	if (first < 2)
		return;
	id = tok_at(p, first - 1)->id;
	if ((id == '=' || id == OP_EQUAL || id == KW_IN) && is_constant(tok_at(p, first - 2)))
		predicate(p, ref, tok_at(p, first - 2), (unsigned)-1);
}

void read_column(struct reader *p, struct expr *e, const struct name *n, size_t first)
{
	struct slice qualifier = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE;
	uint32_t use = column_use(e);
	struct column_ref *ref;

	if (at(p, '=') && e->start && !e->depth && n->n == 1 && e->flags & EX_OUTPUT && p->bits & DL_BATCH)
		return; /* T-SQL: alias = value */
	if (e->flags & EX_ASSIGN && e->start)
		use = SQL_USE_WRITE;
	ref = scope_ref(p, qualifier, last_part(n), use);
	if (!(e->flags & EX_ASSIGN && e->start) && ref) {
		predicates_behind(p, ref, first);
		predicate_before(p, first, ref);
	}
}
