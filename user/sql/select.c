// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SELECT: its modifiers and lists, INTO, FROM-first. */
#include "sql/query.h"

/* ---- SELECT ---- */

void select_modifiers(struct reader *p)
{
	for (;;) {
		unsigned id = tok(p)->id, next = peek(p, 1)->id;

		if (id == KW_DISTINCT && next == KW_ON && peek_is(p, 2, '(')) {
			p->i += 2;
			read_group(p);
		} else if (id == KW_TOP && (next == '(' || peek(p, 1)->type == TOKEN_NUMBER || peek(p, 1)->type == TOKEN_PARAM)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			else
				advance(p);
			accept(p, KW_PERCENT);
			if (at(p, KW_WITH) && peek_is(p, 1, KW_TIES))
				p->i += 2;
		} else if (id == KW_AS && (is_name(peek(p, 1)))) { /* BigQuery: AS STRUCT, AS VALUE, AS a.type */
			struct name n;

			advance(p);
			read_name(p, &n);
		} else if ((id == KW_SKIP || id == KW_FIRST) && peek(p, 1)->type == TOKEN_NUMBER) { /* Informix, Firebird */
			p->i += 2;
		} else if ((id == KW_DISTINCT || id == KW_ALL || id == KW_DISTINCTROW || id == KW_UNIQUE || id == KW_STRAIGHT_JOIN ||
			    id == KW_HIGH_PRIORITY || id == KW_SQL_SMALL_RESULT || id == KW_SQL_BIG_RESULT || id == KW_SQL_BUFFER_RESULT ||
			    id == KW_SQL_CACHE || id == KW_SQL_NO_CACHE || id == KW_SQL_CALC_FOUND_ROWS) &&
			   next != ',' && next != '.' && next != KW_FROM && next != '(') {
			advance(p);
		} else if (next == '(' && (id == KW_DISTINCT || id == KW_ALL || id == KW_STRAIGHT_JOIN || id == KW_HIGH_PRIORITY ||
					   id == KW_SQL_CALC_FOUND_ROWS || id == KW_SQL_NO_CACHE || id == KW_SQL_CACHE)) {
			advance(p);
		} else if (id == KW_WITH &&
			   (next == KW_DIFFERENTIAL_PRIVACY || next == KW_ANONYMIZATION || next == KW_AGGREGATION_THRESHOLD)) {
			p->i += 2;
			accept(p, KW_OPTIONS);
			if (at(p, '('))
				skip_group(p);
		} else {
			return;
		}
	}
}

void into_variables(struct reader *p)
{
	do {
		if (tok(p)->type == TOKEN_PARAM) {
			advance(p);
			if (tok(p)->type == TOKEN_PARAM) /* :value:indicator */
				advance(p);
			if (at(p, '(') || at(p, '.'))
				read_expr(p, EX_COMMA);
		} else {
			struct name n;

			if (names_table_behind(p))
				partial(p);
			if (!read_name(p, &n))
				return;
			while (at(p, '(') || at(p, '['))
				at(p, '(') ? skip_group(p) : read_expr(p, EX_COMMA);
		}
	} while (accept(p, ','));
}

/* INTO OUTFILE 'x' ... */
static void into_file(struct reader *p)
{
	advance(p);
	if (is_name(tok(p)) && peek(p, 1)->type == TOKEN_STRING) /* Aurora: OUTFILE S3 's3://...' */
		advance(p);
	if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), true, p->dialect == SQL_CLICKHOUSE);
		advance(p);
	}
	while (!at_statement_end(p) && !at(p, ')') && !ONE_OF(p, KW_FROM, KW_WHERE, KW_FOR, KW_UNION, KW_SETTINGS))
		advance(p);
}

/* SELECT ... INTO t (a new table), INTO @v, INTO OUTFILE 'x' */
void read_into(struct reader *p)
{
	struct sql_relation *r;
	bool temporary;

	advance(p);
	if (ONE_OF(p, KW_OUTFILE, KW_DUMPFILE)) {
		into_file(p);
		return;
	}
	accept(p, KW_STRICT);
	if (tok(p)->type == TOKEN_PARAM || p->pl || !(p->bits & DL_INTO_TABLE)) {
		if (!p->pl && !p->procedural && is_name(tok(p))) /* no variable without a routine */
			partial(p);
		into_variables(p);
		return;
	}
	temporary = ONE_OF(p, KW_TEMPORARY, KW_TEMP) ||
		    (ONE_OF(p, KW_LOCAL, KW_GLOBAL) && (peek_is(p, 1, KW_TEMP) || peek_is(p, 1, KW_TEMPORARY)));
	SKIP(p, KW_TEMPORARY, KW_TEMP, KW_UNLOGGED, KW_LOCAL, KW_GLOBAL);
	if (at(p, KW_TABLE))
		advance(p);
	r = read_target(p, SQL_CREATE | SQL_INSERT | (temporary ? SQL_TEMPORARY : 0));
	if (r)
		r->all_columns = true;
	if (at(p, KW_ON) && p->bits & DL_BATCH && is_name(peek(p, 1))) /* a filegroup */
		p->i += 2;
}

/* Hive: SELECT TRANSFORM (a, b) ROW FORMAT ... USING 'script' AS (c, d) ROW FORMAT ... FROM t */
static bool transforms(struct reader *p)
{
	if (!(p->bits & (DL_SPARK | DL_FROM_FIRST)) || !at(p, KW_TRANSFORM) || !peek_is(p, 1, '('))
		return false;
	advance(p);
	read_group(p);
	while (!at_stop(p) && !ONE_OF(p, KW_FROM, KW_WHERE, KW_INSERT, KW_SELECT)) {
		if (at(p, '(')) {
			skip_group(p);
			continue;
		}
		if (tok(p)->type == TOKEN_STRING && tok_at(p, p->i - 1)->id == KW_USING)
			add_file(p, literal_value(p, tok(p)), SQL_PROGRAM, false, false);
		advance(p);
	}
	return true;
}

void read_select(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	select_modifiers(p);
	if (p->pl && at(p, KW_INTO)) /* PL/pgSQL: the variables may stand first */
		read_into(p);
	if (!transforms(p))
		read_expr(p, EX_LIST | EX_OUTPUT);
	read_clauses(p);
	scope_pop(p);
}

/* FROM t [SELECT a] [WHERE ...]; Hive: FROM t INSERT INTO a SELECT ... INSERT INTO b SELECT ... */
void read_from_first(struct reader *p)
{
	struct scope s;
	bool selected = false;

	scope_push(p, &s);
	advance(p);
	read_from(p, SQL_READ);
	do {
		if (at(p, KW_SELECT)) {
			selected = true;
			advance(p);
			select_modifiers(p);
			if (!transforms(p))
				read_expr(p, EX_LIST | EX_OUTPUT);
		}
		if (at(p, KW_INSERT)) {
			selected = true;
			read_dml(p);
		}
		read_clauses(p);
	} while (at(p, KW_SELECT) || at(p, KW_INSERT));
	if (!selected)
		scope_ref(p, SLICE_NONE, SLICE_NONE, SQL_USE_OUTPUT);
	scope_pop(p);
}
