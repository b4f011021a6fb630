// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* DROP. */
#include "sql/ddl.h"
#include "sql/remote.h"

static void drop_list(struct reader *p, const char *object)
{
	name_operation(p, "DROP", object);
	advance(p);
	skip_if_exists(p);
	do {
		skip_if_exists(p);
		if (at_statement_end(p))
			return;
		read_target(p, SQL_DROP);
		if (at(p, '@'))
			skip_rest(p);
	} while (accept(p, ','));
	skip_to_next(p);
}

static void index_of_table(struct reader *p)
{
	struct name n;

	if (!read_name(p, &n) || n.n < 2)
		return;
	n.n--;
	add_relation(p, &n, SQL_ALTER);
}

/* DROP INDEX [IF EXISTS] i ON t [WITH (...)], j ON u: behind the word. */
static void drop_on_table(struct reader *p)
{
	skip_if_exists(p);
	do {
		if (p->bits & DL_BATCH && is_name(tok(p)) && peek_is(p, 1, '.')) /* T-SQL of old: DROP INDEX t.i */
			index_of_table(p);
		while (!at_statement_end(p) && !at(p, KW_ON) && !at(p, ',') && !next_in_batch(p))
			skip_word(p);
		if (accept(p, KW_ON) && !ONE_OF(p, KW_ALL, KW_DATABASE, KW_SCHEMA, KW_COMMIT) && is_name(tok(p)))
			read_target(p, SQL_ALTER);
		if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		}
	} while (p->bits & DL_BATCH && accept(p, ','));
	skip_to_next(p);
}

/* DROP FUNCTION f, s.g(int): with arguments it is one of perhaps several of that name, the others stay. */
static void drop_routines(struct reader *p)
{
	bool macro = at(p, KW_MACRO);

	name_operation_here(p, "DROP");
	advance(p);
	if (macro)
		accept(p, KW_TABLE);
	do {
		struct name n;

		skip_if_exists(p);
		if (!read_name(p, &n))
			break;
		if (at(p, '('))
			skip_group(p);
		else if (!p->inner)
			add_dropped(p, &n);
	} while (accept(p, ','));
	skip_to_next(p);
}

void read_drop(struct reader *p)
{
	bool temporary = false;

	advance(p);
	skip_noise(p, &temporary);
	if (!tok(p)->id &&
	    (peek_is(p, 1, KW_VIEW) || peek_is(p, 1, KW_TABLE))) /* Snowflake: SEMANTIC VIEW; Greenplum: [EXTERNAL] WEB TABLE */
		advance(p);
	skip_if_exists(p);
	if (at_server(p)) {
		read_server(p, "DROP");
		return;
	}
	switch (tok(p)->id) {
	case KW_TABLE:
	case KW_TABLES:
		if (peek_is(p, 1, KW_FUNCTION)) /* BigQuery */
			break;
		drop_list(p, "TABLE");
		return;
	case KW_VIEW:
		if (peek_is(p, 1, KW_LOG) && peek_is(p, 2, KW_ON)) { /* Oracle: MATERIALIZED VIEW LOG ON t */
			on_table(p, "DROP", "MATERIALIZED VIEW LOG", SQL_ALTER);
			return;
		}
		drop_list(p, "VIEW");
		return;
	case KW_SYNONYM:
		drop_list(p, "SYNONYM");
		return;
	case KW_SNAPSHOT:
		if (peek_is(p, 1, KW_TABLE))
			advance(p);
		drop_list(p, "TABLE");
		return;
	case KW_INDEX:
	case KW_TRIGGER:
	case KW_POLICY:
	case KW_RULE:
	case KW_ROW:
	case KW_ALL:
		name_operation(p, "DROP", at(p, KW_INDEX) ? "INDEX" : at(p, KW_TRIGGER) ? "TRIGGER" : at(p, KW_RULE) ? "RULE" : "POLICY");
		advance(p);
		drop_on_table(p);
		return;
	case KW_FUNCTION:
	case KW_PROCEDURE:
	case KW_PROC:
	case KW_ROUTINE:
	case KW_MACRO:
		drop_routines(p);
		return;
	default:
		break;
	}
	name_operation_here(p, "DROP");
	expect_kind(p);
	if (at(p, KW_STATISTICS) && p->bits & DL_BATCH) { /* T-SQL: t.s, u.s */
		advance(p);
		drop_on_table(p);
		return;
	}
	skip_to_next(p);
}
