// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Blocks of procedural code: BEGIN ... END, IF, CASE, loops. */
#include "sql/proc.h"

bool at_block_end(struct reader *p)
{
	return at_end(p) || ONE_OF(p, KW_END, KW_ELSE, KW_ELSIF, KW_ELSEIF, KW_UNTIL, KW_WHEN, KW_EXCEPTION) ||
	       (at(p, ';') && tok(p)->flags & TF_BATCH);
}

static bool at_directive(struct reader *p, const char *name)
{
	return tok(p)->type == TOKEN_PARAM && slice_ieq(tok_raw(p), slice_cstr(name));
}

/* PL/SQL: $if c $then, $else, $end: what is compiled is not known, all branches are read. */
static bool conditional_compilation(struct reader *p)
{
	if (p->dialect != SQL_ORACLE || tok(p)->type != TOKEN_PARAM)
		return false;
	if (at_directive(p, "$else") || at_directive(p, "$end")) {
		variables_lost(p);
		advance(p);
		return true;
	}
	if (!at_directive(p, "$if") && !at_directive(p, "$elsif"))
		return false;
	variables_lost(p);
	while (!at_statement_end(p) && !at_directive(p, "$then"))
		advance(p);
	advance(p);
	return true;
}

void read_block_statements(struct reader *p)
{
	for (;;) {
		size_t start;

		while ((at(p, ';') && !(tok(p)->flags & TF_BATCH)) || conditional_compilation(p))
			accept(p, ';');
		if (at_block_end(p))
			return;
		start = p->i;
		read_statement(p);
		if (p->i == start) {
			partial(p);
			advance(p);
		}
		if (!at(p, ';') && !at_block_end(p) && !(p->bits & DL_BATCH) && !starts_statement(p) && p->i != start) {
			partial(p);
			skip_rest(p);
		}
	}
}

/* END [IF|LOOP|...] [label] */
void read_end(struct reader *p)
{
	if (!accept(p, KW_END)) {
		partial(p);
		return;
	}
	if (p->bits & DL_BATCH) {
		if (ONE_OF(p, KW_TRY, KW_CATCH))
			advance(p);
		return;
	}
	if (ONE_OF(p, KW_IF, KW_LOOP, KW_CASE, KW_WHILE, KW_REPEAT, KW_FOR))
		advance(p);
	if (is_name(tok(p)) && !starts_statement(p) && !at_block_end(p) && !(keyword_flags(tok(p)->id) & KF_STATEMENT))
		advance(p);
}

/* Statements that are not always run. */
static void branch(struct reader *p)
{
	struct block b;

	block_begin(p, &b, false);
	read_block_statements(p);
	block_end(p, &b);
}

static void exceptions(struct reader *p)
{
	if (!at(p, KW_EXCEPTION) || !peek_is(p, 1, KW_WHEN))
		return;
	advance(p);
	while (accept(p, KW_WHEN)) {
		read_expr(p, 0);
		if (!accept(p, KW_THEN))
			partial(p);
		branch(p);
	}
}

void read_begin(struct reader *p)
{
	advance(p);
	SKIP(p, KW_ATOMIC, KW_NOT, KW_TRY, KW_CATCH);
	if (at(p, KW_WITH) && peek_is(p, 1, '(')) { /* natively compiled: ATOMIC WITH (...) */
		advance(p);
		skip_group(p);
	}
	branch(p);
	exceptions(p);
	read_end(p);
}

static void one_or_block(struct reader *p)
{
	while (at(p, ';') && !(tok(p)->flags & TF_BATCH))
		advance(p);
	if (!at_block_end(p))
		read_statement(p);
}

static void branch_of_one(struct reader *p)
{
	struct block b;

	block_begin(p, &b, false);
	one_or_block(p);
	block_end(p, &b);
}

void read_if(struct reader *p)
{
	do {
		advance(p);
		read_condition(p);
		if (!at(p, KW_THEN)) { /* T-SQL: one statement */
			branch_of_one(p);
			if (at(p, ';') && peek_is(p, 1, KW_ELSE))
				advance(p);
			if (accept(p, KW_ELSE))
				branch_of_one(p);
			return;
		}
		advance(p);
		branch(p);
	} while (ONE_OF(p, KW_ELSIF, KW_ELSEIF));
	if (accept(p, KW_ELSE))
		branch(p);
	read_end(p);
}

void read_case(struct reader *p)
{
	advance(p);
	if (!at(p, KW_WHEN))
		read_condition(p);
	while (accept(p, KW_WHEN)) {
		read_condition(p);
		if (!accept(p, KW_THEN))
			partial(p);
		branch(p);
	}
	if (accept(p, KW_ELSE))
		branch(p);
	read_end(p);
}

void loop_body(struct reader *p)
{
	struct block b;

	block_begin(p, &b, true);
	if (accept(p, KW_LOOP) || accept(p, KW_DO)) {
		read_block_statements(p);
		read_end(p);
	} else {
		one_or_block(p);
	}
	block_end(p, &b);
}

void read_repeat(struct reader *p)
{
	struct block b;

	block_begin(p, &b, true);
	advance(p);
	read_block_statements(p);
	if (accept(p, KW_UNTIL))
		read_condition(p);
	read_end(p);
	block_end(p, &b);
}

void read_for(struct reader *p)
{
	bool all = at(p, KW_FORALL);

	advance(p);
	while (!at_statement_end(p) && !ONE_OF(p, KW_IN, KW_AS))
		skip_word(p);
	advance(p);
	SKIP(p, KW_REVERSE, KW_ARRAY);
	if (at(p, KW_EXECUTE)) {
		advance(p);
		accept(p, KW_IMMEDIATE);
		read_dynamic(p);
	} else if (starts_query(tok(p)) || (at(p, '(') && starts_query(peek(p, 1)))) {
		read_query(p);
	} else {
		read_expr(p, 0);
		if (accept(p, KW_CURSOR) && accept(p, KW_FOR)) /* MySQL-like: FOR r AS c CURSOR FOR */
			read_query(p);
	}
	if (all)
		SKIP(p, KW_SAVE, KW_EXCEPTIONS);
	loop_body(p);
}
