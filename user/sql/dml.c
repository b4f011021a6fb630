// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What INSERT, UPDATE, DELETE and MERGE share: which of the named relations is written. */
#include "sql/dml.h"

/* LOW_PRIORITY, OR REPLACE, TOP (5): between the verb and the target. */
void skip_modifiers(struct reader *p)
{
	for (;;) {
		if (at(p, KW_OR) && is_name(peek(p, 1))) {
			p->i += 2;
		} else if (at(p, KW_WITH) && peek_is(p, 1, KW_SCHEMA) && peek_is(p, 2, KW_EVOLUTION)) { /* Databricks */
			p->i += 3;
		} else if (at(p, KW_TOP) && (peek_is(p, 1, '(') || peek(p, 1)->type == TOKEN_NUMBER)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			else
				advance(p);
			accept(p, KW_PERCENT);
		} else if (ONE_OF(p, KW_LOW_PRIORITY, KW_HIGH_PRIORITY, KW_DELAYED, KW_QUICK, KW_IGNORE, KW_HISTORY) &&
			   !peek_is(p, 1, '.') && !peek_is(p, 1, KW_SET)) {
			advance(p);
		} else {
			return;
		}
	}
}

/* Sources that nothing was decided for are read. */
void rest_is_read(struct reader *p)
{
	for (struct source *s = p->scope->sources; s; s = s->next)
		if (!s->decided && s->relation) {
			s->relation->access |= SQL_READ;
			s->decided = true;
		}
}

bool nested_table(struct reader *p, uint32_t access)
{
	size_t before = p->nrelations;

	if (!at(p, KW_TABLE) || !peek_is(p, 1, '(') || !starts_query(peek(p, 2)))
		return false;
	advance(p);
	read_group(p);
	for (size_t i = before; i < p->nrelations; i++)
		p->relations[i]->access |= access;
	if (is_alias(p))
		advance(p);
	return true;
}

void decide(struct source *s, uint32_t access)
{
	s->decided = true;
	if (s->relation)
		s->relation->access |= access;
}

/* BigQuery and Spanner: THEN RETURN [WITH ACTION [AS a]] list */
bool at_then_return(struct reader *p)
{
	return at(p, KW_THEN) && (peek_is(p, 1, KW_RETURN) || peek_is(p, 1, KW_RETURNING));
}

/* RETURNING list, OUTPUT list INTO t (columns): at the word. */
void read_returning(struct reader *p, struct sql_relation *target)
{
	bool output = at(p, KW_OUTPUT);

	advance(p);
	if (at(p, KW_WITH) && peek_is(p, 1, KW_ACTION)) {
		p->i += 2;
		if (accept(p, KW_AS))
			advance(p);
		else if (is_name(tok(p)) && is_name(peek(p, 1)))
			advance(p);
	}
	read_expr(p, EX_LIST | EX_OUTPUT);
	while (at(p, KW_INTO) && output) {
		advance(p);
		if (tok(p)->type == TOKEN_PARAM)
			advance(p);
		else
			read_target(p, SQL_INSERT);
		if (at(p, '('))
			skip_group(p);
		if (accept(p, KW_OUTPUT)) /* and once more */
			read_expr(p, EX_LIST | EX_OUTPUT);
	}
	if (at(p, KW_BULK) || at(p, KW_INTO)) {
		bool pl = p->pl;

		p->pl = true;
		read_clauses(p);
		p->pl = pl;
	}
	if (target && output)
		target->all_columns = true;
}

bool read_error_log(struct reader *p)
{
	if (!at(p, KW_LOG) || !peek_is(p, 1, KW_ERRORS))
		return false;
	p->i += 2;
	if (accept(p, KW_INTO))
		read_target(p, SQL_INSERT);
	if (at(p, '('))
		skip_group(p);
	if (accept(p, KW_REJECT))
		p->i += 2;
	return true;
}

/* FROM, WHERE, RETURNING ... behind SET or the target. */
void rest_of_dml(struct reader *p)
{
	size_t before = p->i - 1;

	while (p->i != before) {
		before = p->i;
		if (tok(p)->id <= KW_NOT_ONE)
			return;
		if (at(p, KW_FROM)) {
			advance(p);
			read_from(p, 0);
		} else if (at(p, KW_USING)) {
			advance(p);
			read_from(p, 0);
		} else if (at(p, KW_ON) && peek_is(p, 1, KW_CLUSTER)) { /* ClickHouse */
			p->i += 3;
		} else if (at(p, KW_IN) && peek_is(p, 1, KW_PARTITION)) {
			p->i += 2;
			read_expr(p, 0);
		} else if (at(p, KW_WHERE) || (at(p, KW_ORDER) && peek_is(p, 1, KW_BY)) || ONE_OF(p, KW_LIMIT, KW_OPTION, KW_FETCH) ||
			   at(p, KW_OFFSET) || (at(p, KW_SETTINGS) && p->dialect == SQL_CLICKHOUSE)) {
			size_t i = p->i;

			read_clauses(p);
			if (p->i == i)
				return;
		} else if (at(p, KW_RETURNING) || at(p, KW_OUTPUT) || at(p, KW_RETURN) || at_then_return(p)) {
			accept(p, KW_THEN);
			read_returning(p, NULL);
		} else if (at(p, KW_ASSERT_ROWS_MODIFIED)) {
			p->i += 2;
		} else if (read_error_log(p)) {
			continue;
		} else if (at(p, KW_BEFORE) && peek_is(p, 1, KW_SYSTEM_TIME)) { /* MariaDB: DELETE HISTORY */
			p->i += 2;
			accept(p, KW_TRANSACTION);
			read_expr(p, 0);
		} else if (at_join(p)) {
			read_joins(p, 0);
		} else {
			return;
		}
	}
}

bool read_dml(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_REPLACE:
		if (peek_is(p, 1, '('))
			return false;
		if (p->bits & DL_SPARK && (peek_is(p, 1, KW_TABLE) || peek_is(p, 1, KW_VIEW))) {
			read_create(p);
			return true;
		}
		/* fall through */
	case KW_INSERT:
	case KW_UPSERT:
		read_insert(p);
		return true;
	case KW_UPDATE:
		read_update(p);
		return true;
	case KW_DELETE:
		read_delete(p);
		return true;
	case KW_MERGE:
		read_merge(p);
		return true;
	default:
		return false;
	}
}
