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
		predicates_behind(p, ref);
		predicate_before(p, first, ref);
	}
}
