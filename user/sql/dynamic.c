// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQL within SQL: constant text that is executed. */
#include <string.h>

#include "sql/reader.h"

enum { INNER_MAX = 8 };

/* Snowflake: a function's text may be one value. */
static bool is_expression(struct reader *p)
{
	return !starts_statement(p) && !starts_query(tok(p)) && !at(p, '(') && !at(p, KW_BEGIN) && !at(p, KW_DECLARE);
}

static void inner_statements(struct reader *in, bool body)
{
	while (!at_end(in)) {
		size_t start = in->i;

		if (accept(in, ';'))
			continue;
		if (body && in->dialect == SQL_SNOWFLAKE && !start && is_expression(in))
			read_expr(in, 0);
		else
			read_statement(in);
		if (!at_statement_end(in) && !(starts_statement(in) && (body || in->bits & DL_BATCH))) {
			partial(in);
			skip_rest(in);
		}
		if (in->i == start)
			advance(in);
	}
	if (in->tokens.cut || in->tokens.open || in->lx.open_comment)
		partial(in);
}

/* The text has variables of its own; in MySQL it sees those of the session. */
static void lend_variables(struct reader *p, struct reader *in)
{
	if (!(p->bits & DL_MYSQL)) {
		in->vars = (struct variables){ .v = NULL };
		return;
	}
	variables_pass(p, p->i);
	in->vars = p->vars;
	in->vars.within |= in->text.len && memchr(in->text.ptr, '@', in->text.len);
	in->vars.seen = 0;
}

static void return_variables(struct reader *p, struct reader *in)
{
	size_t seen = p->vars.seen;

	if (!(p->bits & DL_MYSQL))
		return;
	variables_pass(in, in->i);
	p->vars = in->vars;
	p->vars.seen = seen;
}

void read_inner(struct reader *p, struct slice text, bool body)
{
	struct reader in;
	struct scope s;

	if (p->inner >= INNER_MAX || p->depth + 64 >= SQL_DEPTH_MAX || text.len > UINT32_MAX / 2) {
		dynamic(p);
		return;
	}
	spend(p, text.len);
	if (p->exhausted)
		return;
	in = *p;
	in.text = text;
	in.tokens = (struct tokens){ .v = NULL };
	lend_variables(p, &in);
	in.mask = NULL;
	in.i = 0;
	in.inner++;
	in.depth += 32;
	in.scope = NULL;
	in.cte_slots = NULL;
	in.ncte_slots = in.nvisible = 0;
	in.ahead = false;
	in.procedural = body;
	in.pl = body && !(p->bits & DL_BATCH);
	if (in.via < SQL_VIA_DYNAMIC)
		in.via = SQL_VIA_DYNAMIC;
	lex_init(&in.lx, p->options, text);
	in.lx.bits = p->lx.bits;
	in.lx.as_comment = p->lx.as_comment;
	if (p->lx.holes || (text.len && memchr(text.ptr, 1, text.len)))
		lex_holes(&in.lx);
	scope_push(&in, &s);
	tokens_fill(&in, 0);
	inner_statements(&in, body);
	scope_pop(&in);
	return_variables(p, &in);
	p->certainty = in.certainty;
	if (p->certainty != SQL_PARSED && !p->partial_at)
		p->partial_at = tok(p)->off;
	p->relations = in.relations;
	p->nrelations = in.nrelations;
	p->relations_cap = in.relations_cap;
	p->slots = in.slots;
	p->nslots = in.nslots;
	p->predicates = in.predicates;
	p->spare_sources = in.spare_sources;
	p->spare_refs = in.spare_refs;
	p->spent = in.spent;
	p->lx.version_dependent |= in.lx.version_dependent;
	spend(p, 0);
}

void read_inner_token(struct reader *p, const struct token *t, bool body)
{
	read_inner(p, literal_value(p, t), body);
}

/* EXECUTE text [INTO x] [USING a, b] */
void read_dynamic(struct reader *p)
{
	struct slice text;
	bool whole;

	if (!read_constant(p, &text, &whole)) {
		dynamic(p);
	} else {
		read_inner(p, text, false);
		if (!whole)
			dynamic(p);
	}
	if (!at_stop(p) && !at(p, ',') && !(p->bits & DL_BATCH) && !ONE_OF(p, KW_INTO, KW_USING, KW_LOOP, KW_BULK, KW_RETURNING))
		read_expr(p, EX_COMMA);
	while (ONE_OF(p, KW_INTO, KW_USING, KW_BULK, KW_RETURNING, KW_RETURN)) {
		bool pl = p->pl;

		if (at(p, KW_USING)) {
			advance(p);
			read_expr(p, 0);
			continue;
		}
		if (at(p, KW_RETURNING) || at(p, KW_RETURN)) {
			advance(p);
			continue;
		}
		p->pl = true;
		read_clauses(p);
		p->pl = pl;
	}
}
