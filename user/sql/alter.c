// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* ALTER, DROP. */
#include "sql/ddl.h"
#include "sql/remote.h"
#include "sql/utility.h"

/* ---- ALTER, DROP ---- */

/* RENAME TO t: of the table, not of a column, an index, a constraint. */
static void rename_action(struct reader *p)
{
	if (at(p, KW_TO) || at(p, KW_AS)) {
		advance(p);
		if (is_name(tok(p)) && !peek_is(p, 1, KW_TO) && !(at(p, KW_PARTITION) && peek_is(p, 1, '(')))
			read_target(p, SQL_CREATE);
	} else if (p->bits & DL_MYSQL && is_name(tok(p)) && !ONE_OF(p, KW_COLUMN, KW_INDEX, KW_KEY)) {
		read_target(p, SQL_CREATE);
	}
}

/* EXCHANGE PARTITION p WITH TABLE t, SWAP WITH t, MOVE ... TO TABLE t */
static void exchange_action(struct reader *p)
{
	while (!at_statement_end(p) && !ONE_OF(p, KW_TABLE, KW_TO, KW_WITH) && !next_in_batch(p))
		at(p, '(') ? read_group(p) : advance(p);
	accept(p, KW_WITH);
	accept(p, KW_TO);
	accept(p, KW_TABLE);
	if (is_name(tok(p)) && !at(p, KW_DISK) && !at(p, KW_VOLUME))
		read_target(p, SQL_ALTER);
}

static void split_partition(struct reader *p)
{
	size_t end;

	read_target(p, SQL_DROP);
	if (!accept(p, KW_INTO) || !at(p, '('))
		return;
	for (end = partner(p, p->i); p->i < end && !at_statement_end(p);) {
		if (at(p, KW_PARTITION) && is_name(peek(p, 1))) {
			advance(p);
			read_target(p, SQL_CREATE);
		} else {
			advance(p);
		}
	}
}

/* One word of an action, read already: what may follow it. */
static void alter_action(struct reader *p, unsigned word)
{
	switch (word) {
	case KW_RENAME:
		rename_action(p);
		break;
	case KW_REFERENCES:
	case KW_INHERIT:
		if (is_name(tok(p)))
			read_target(p, SQL_READ);
		break;
	case KW_ATTACH:
	case KW_DETACH:
		if (accept(p, KW_PARTITION) && p->bits & DL_PG && is_name(tok(p)))
			read_target(p, SQL_ALTER);
		break;
	case KW_MERGE: /* PostgreSQL: MERGE PARTITIONS (a, b) INTO c */
		if (p->bits & DL_PG && accept(p, KW_PARTITIONS) && at(p, '(')) {
			read_reference_table(p, SQL_DROP);
			accept(p, ')');
		}
		break;
	case KW_SPLIT: /* PostgreSQL: SPLIT PARTITION a INTO (PARTITION b ..., PARTITION c ...) */
		if (p->bits & DL_PG && accept(p, KW_PARTITION))
			split_partition(p);
		break;
	case KW_EXCHANGE:
	case KW_SWITCH:
	case KW_SWAP:
	case KW_CLONE:
	case KW_MOVE:
		exchange_action(p);
		break;
	case KW_APPEND: /* Redshift: ALTER TABLE t APPEND FROM s */
		if (accept(p, KW_FROM))
			read_target(p, SQL_READ | SQL_DELETE);
		break;
	case KW_AS:
		if (query_follows(p, 0))
			read_query(p);
		break;
	case KW_UNION:
		if (accept(p, '=')) {
			read_reference_table(p, SQL_READ);
			accept(p, ')');
		}
		break;
	case KW_LOCATION:
		if (tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), false, false);
		break;
	case KW_CONVERT: /* MariaDB: CONVERT TABLE t TO PARTITION p, CONVERT PARTITION p TO TABLE t */
		if (accept(p, KW_TABLE) && is_name(tok(p)))
			read_target(p, SQL_ALTER);
		else if (at(p, KW_PARTITION) && peek_is(p, 2, KW_TO) && peek_is(p, 3, KW_TABLE))
			p->i += 4, read_target(p, SQL_CREATE);
		break;
	case KW_INTO: /* Oracle: EXCEPTIONS INTO t; not SPLIT PARTITION p INTO (...) */
		if (is_name(tok(p)) && !ONE_OF(p, KW_PARTITION, KW_SUBPARTITION))
			read_target(p, SQL_INSERT);
		break;
	case KW_WHERE: /* ClickHouse: ALTER TABLE t DELETE WHERE ... */
	case KW_UPDATE:
		read_expr(p, EX_COMMA);
		break;
	case KW_FROM: /* ClickHouse: REPLACE PARTITION p FROM t, ATTACH PARTITION p FROM t */
		if (p->dialect == SQL_CLICKHOUSE && is_name(tok(p)))
			read_target(p, SQL_READ);
		break;
	case KW_SELECT:
		p->i--;
		read_query(p);
		break;
	case KW_DEPENDS:
		if (p->dialect == SQL_CLICKHOUSE && accept(p, KW_ON))
			read_reference_table(p, SQL_READ);
		break;
	default:
		break;
	}
}

static void alter_actions(struct reader *p)
{
	while (!at_statement_end(p)) {
		unsigned id = tok(p)->id;

		if (next_in_batch(p))
			return;
		if (id == '(') {
			if (query_follows(p, 1))
				read_group(p);
			else
				definition_group(p);
			continue;
		}
		if (id == KW_UPDATE || id == KW_SELECT || id == KW_INTO || (id == KW_FROM && p->dialect == SQL_CLICKHOUSE))
			advance(p); /* read by alter_action() */
		else
			skip_word(p);
		alter_action(p, id);
	}
}

static struct slice name_at(struct reader *p, unsigned ahead)
{
	const struct token *t = tok_at(p, p->i + ahead);

	return is_name(t) ? lex_name(p->text, t, '\\', p->arena) : SLICE_NONE;
}

static void alter_relation(struct reader *p, const char *object)
{
	struct scope s;

	name_operation(p, "ALTER", object);
	advance(p);
	if (at(p, KW_ALL) && peek_is(p, 1, KW_IN)) {
		skip_rest(p);
		return;
	}
	skip_if_exists(p);
	accept(p, KW_ONLY);
	scope_push(p, &s);
	do {
		struct sql_relation *r = read_target(p, SQL_ALTER);

		scope_source(p, r ? r->name : SLICE_NONE, r);
		accept(p, '*');
	} while (accept(p, ','));
	if (at(p, KW_SET) && peek_is(p, 1, KW_SCHEMA)) {
		p->st->moved_to = name_at(p, 2);
		skip_rest(p);
	}
	alter_actions(p);
	scope_pop(p);
}

void read_alter(struct reader *p)
{
	bool temporary = false;

	advance(p);
	skip_noise(p, &temporary);
	switch (tok(p)->id) {
	case KW_TABLE:
	case KW_VIEW:
		alter_relation(p, at(p, KW_TABLE) ? "TABLE" : "VIEW");
		return;
	case KW_INDEX:
	case KW_POLICY:
	case KW_RULE:
		on_table(p, "ALTER", at(p, KW_INDEX) ? "INDEX" : at(p, KW_POLICY) ? "POLICY" : "RULE", SQL_ALTER);
		return;
	case KW_TRIGGER:
		if (p->bits & DL_BATCH)
			read_trigger(p, "ALTER"); /* with the new body */
		else
			on_table(p, "ALTER", "TRIGGER", SQL_ALTER);
		return;
	case KW_DATABASE:
		if (!peek_is(p, 1, KW_AUDIT))
			break;
		audit_specification(p, "ALTER");
		return;
	case KW_FUNCTION:
	case KW_PROCEDURE:
	case KW_PROC:
	case KW_EVENT:
		if (at(p, KW_EVENT) && p->bits & DL_BATCH)
			batch_event(p, "ALTER");
		else
			read_routine(p, "ALTER", NULL);
		return;
	case KW_PUBLICATION:
		create_publication(p, "ALTER", "PUBLICATION");
		return;
	case KW_PROPERTY:
		if (!peek_is(p, 1, KW_GRAPH))
			break;
		create_graph(p, "ALTER");
		return;
	case KW_ROW: /* ClickHouse */
		if (p->dialect != SQL_CLICKHOUSE)
			break;
		on_table(p, "ALTER", "ROW POLICY", SQL_ALTER);
		return;
	case KW_AUTHORIZATION: /* T-SQL: AUTHORIZATION ON OBJECT::t TO u: who owns it */
		if (!(p->bits & DL_BATCH))
			break;
		read_grant(p);
		return;
	case KW_SECURITY:
		if (!peek_is(p, 1, KW_POLICY))
			break;
		security_policy(p, "ALTER");
		return;
	case KW_SCHEMA: /* T-SQL: SCHEMA s TRANSFER [OBJECT ::] t */
		if (peek_is(p, 2, KW_RENAME) && peek_is(p, 3, KW_TO)) {
			p->st->moved_from = name_at(p, 1);
			p->st->moved_to = name_at(p, 4);
		}
		if (!(p->bits & DL_BATCH))
			break;
		p->st->moved_to = name_at(p, 1);
		while (!at_statement_end(p) && !at(p, KW_TRANSFER))
			skip_word(p);
		name_operation(p, "ALTER", "SCHEMA");
		if (accept(p, KW_TRANSFER)) {
			if (at(p, KW_OBJECT) && peek_is(p, 1, OP_CAST))
				p->i += 2;
			if (!peek_is(p, 1, OP_CAST)) /* TYPE ::, XML SCHEMA COLLECTION :: */
				read_target(p, SQL_ALTER);
		}
		skip_to_next(p);
		return;
	default:
		break;
	}
	if (at_server(p)) {
		read_server(p, "ALTER");
		return;
	}
	name_operation(p, "ALTER", NULL);
	read_rest_with_groups(p);
}

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
	name_operation_here(p, "DROP");
	advance(p);
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
	if (!tok(p)->id && peek_is(p, 1, KW_VIEW)) /* Snowflake: SEMANTIC VIEW */
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
		drop_routines(p);
		return;
	default:
		break;
	}
	name_operation_here(p, "DROP");
	if (at(p, KW_STATISTICS) && p->bits & DL_BATCH) { /* T-SQL: t.s, u.s */
		advance(p);
		drop_on_table(p);
		return;
	}
	if (at(p, KW_MACRO)) /* DuckDB: DROP MACRO TABLE f */
		skip_known_rest(p);
	skip_to_next(p);
}
