// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* ALTER. */
#include "sql/ddl.h"
#include "sql/remote.h"
#include "sql/utility.h"

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
			pass_word(p);
		}
	}
}

/* PostgreSQL: FUNCTION f(int) RENAME TO g, SET SCHEMA s: what it was called counts as called, what it is called now as made. */
static bool moved_routine(struct reader *p)
{
	size_t back = p->i;
	struct name n, to;

	if (!(p->bits & DL_PG))
		return false;
	advance(p);
	if (read_name(p, &n)) {
		bool renamed;

		if (at(p, '('))
			skip_group(p);
		renamed = at(p, KW_RENAME) && peek_is(p, 1, KW_TO);
		if ((renamed || (at(p, KW_SET) && peek_is(p, 1, KW_SCHEMA))) && is_name(peek(p, 2))) {
			set_operation(p, "ALTER", tok_at(p, back)->id == KW_FUNCTION ? "FUNCTION" : "PROCEDURE");
			p->i += 2;
			to = n;
			if (renamed) {
				to.part[to.n - 1] = tok_name(p);
			} else {
				to.part[0] = tok_name(p);
				to.part[1] = last_part(&n);
				to.n = 2;
			}
			add_call(p, &n, false);
			set_routine(p, &to);
			skip_rest(p);
			return true;
		}
	}
	move_to(p, back);
	return false;
}

/* One word of an action, read already: what may follow it. */
static void alter_action(struct reader *p, unsigned word)
{
	switch (word) {
	case KW_RENAME:
		rename_action(p);
		break;
	case KW_REFERENCES:
		if (is_name(tok(p)))
			read_target(p, SQL_READ);
		break;
	case KW_INHERIT: /* which reads its children from then on */
		if (is_name(tok(p)))
			read_target(p, SQL_READ | SQL_ALTER);
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

/* SCHEMA s RENAME TO u; T-SQL: SCHEMA s TRANSFER [OBJECT ::] t. False: the rest is to be read. */
static bool alter_schema(struct reader *p)
{
	if (peek_is(p, 2, KW_RENAME) && peek_is(p, 3, KW_TO)) {
		p->st->moved_from = name_at(p, 1);
		p->st->moved_to = name_at(p, 4);
	}
	if (!(p->bits & DL_BATCH))
		return false;
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
	return true;
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
		else if (!moved_routine(p))
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
	case KW_ALL: /* BigQuery: ALL ROW ACCESS POLICIES ON t */
		if (!peek_is(p, 1, KW_ROW))
			break;
		advance(p);
		/* fall through */
	case KW_ROW: /* Snowflake: without ON */
		on_table(p, "ALTER", p->dialect == SQL_CLICKHOUSE ? "ROW POLICY" : "ROW ACCESS POLICY", SQL_ALTER);
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
	case KW_SCHEMA:
		if (!alter_schema(p))
			break;
		return;
	default:
		break;
	}
	if (at_server(p)) {
		read_server(p, "ALTER");
		return;
	}
	name_operation(p, "ALTER", NULL);
	expect_kind(p);
	read_rest_with_groups(p);
}
