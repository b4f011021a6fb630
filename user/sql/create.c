// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* CREATE: tables, views, indexes, rules, schemas and what else there is. */
#include "sql/ddl.h"
#include "sql/remote.h"

/* Between the verb and what it makes; also IF NOT EXISTS. */
static const uint16_t noise[] = { KW_OR,
				  KW_REPLACE,
				  KW_TEMPORARY,
				  KW_TEMP,
				  KW_UNLOGGED,
				  KW_GLOBAL,
				  KW_LOCAL,
				  KW_UNIQUE,
				  KW_RECURSIVE,
				  KW_FOREIGN,
				  KW_MATERIALIZED,
				  KW_VIRTUAL,
				  KW_CONCURRENTLY,
				  KW_ONLY,
				  KW_FULLTEXT,
				  KW_SPATIAL,
				  KW_ONLINE,
				  KW_OFFLINE,
				  KW_IGNORE,
				  KW_CONSTRAINT,
				  KW_TRANSIENT,
				  KW_EXTERNAL,
				  KW_SECURE,
				  KW_VOLATILE,
				  KW_FORCE,
				  KW_EDITIONABLE,
				  KW_NONEDITIONABLE,
				  KW_MULTISET,
				  KW_DYNAMIC,
				  KW_HYBRID,
				  KW_ICEBERG,
				  KW_CLUSTERED,
				  KW_NONCLUSTERED,
				  KW_COLUMNSTORE,
				  KW_BITMAP,
				  KW_STREAMING,
				  KW_LIVE,
				  KW_REFRESH,
				  KW_NO,
				  KW_PRIVATE,
				  KW_AGGREGATE,
				  KW_SHARDED,
				  KW_DUPLICATED,
				  KW_IMMUTABLE,
				  KW_BLOCKCHAIN,
				  KW_PUBLIC,
				  KW_TRUSTED,
				  KW_PROCEDURAL,
				  KW_SHARED,
				  KW_MULTIVALUE,
				  KW_SEARCH,
				  KW_HADOOP,
				  KW_CACHED,
				  KW_MANAGED,
				  KW_STANDARD,
				  KW_PERSISTENT,
				  KW_VECTOR,
				  0 };

void skip_noise(struct reader *p, bool *ret_temporary)
{
	for (;;) {
		if (at(p, KW_DEFINER) || at(p, KW_ALGORITHM)) { /* DEFINER = u@h, ALGORITHM = MERGE */
			p->i += 2;
			while (!at_statement_end(p) && !ONE_OF(p, KW_SQL, KW_VIEW, KW_PROCEDURE, KW_FUNCTION, KW_TRIGGER, KW_EVENT,
							       KW_PACKAGE, KW_DEFINER, KW_AGGREGATE))
				advance(p);
		} else if (at(p, KW_SQL) && peek_is(p, 1, KW_SECURITY)) {
			p->i += 3;
		} else if (at(p, KW_TEMPORARY) || at(p, KW_TEMP) || at(p, KW_VOLATILE)) {
			*ret_temporary = true;
			advance(p);
		} else if (at(p, KW_OR) && peek_is(p, 1, KW_ALTER)) {
			p->i += 2;
		} else if (at(p, KW_OR) && peek_is(p, 1, KW_REFRESH)) {
			p->i += 2;
		} else if ((at(p, KW_WINDOW) && peek_is(p, 1, KW_VIEW)) || /* ClickHouse */
			   (at(p, KW_EVENT) && peek_is(p, 1, KW_TABLE) && p->dialect == SQL_SNOWFLAKE)) {
			advance(p);
		} else if (reader_one_of(p, noise) && peek(p, 1)->type == TOKEN_WORD &&
			   (!at(p, KW_AGGREGATE) || peek_is(p, 1, KW_FUNCTION))) {
			advance(p);
		} else {
			return;
		}
	}
}

/* Two words say what was done: CREATE TABLE, DROP VIEW. */
void name_operation(struct reader *p, const char *verb, const char *object)
{
	if (!p->inner)
		set_operation(p, verb, object);
}

static void create_table(struct reader *p, uint32_t access, const char *object)
{
	bool recursive = p->i > 1 && tok_at(p, p->i - 2)->id == KW_RECURSIVE; /* RECURSIVE VIEW v: v in it is itself */
	struct sql_relation *r;
	struct scope s;

	name_operation(p, "CREATE", object);
	skip_if_exists(p);
	if (at(p, '(') || (at(p, KW_AS) && query_follows(p, 1))) { /* no name */
		partial(p);
		skip_rest(p);
		return;
	}
	r = read_target(p, access);
	if (r)
		r->all_columns = true;
	while (is_name(tok(p)) && !tok(p)->id && peek_is(p, 1, '.')) /* odd names */
		advance(p);
	scope_push(p, &s);
	if (recursive && r)
		scope_cte(p, r->name, false);
	read_table_definition(p);
	scope_pop(p);
}

/* CREATE INDEX i ON t (..), CREATE POLICY p ON t ...: the table is behind ON. */
void on_table(struct reader *p, const char *verb, const char *object, uint32_t access)
{
	struct scope s;

	name_operation(p, verb, object);
	while (!at_statement_end(p) && !at(p, KW_ON) &&
	       !next_in_batch(p)) /* Snowflake: ROW ACCESS POLICY p AS (a int) RETURNS ... -> (query) */
		at(p, '(') ? read_group(p) : skip_word(p);
	if (!accept(p, KW_ON))
		return;
	SKIP(p, KW_ONLY, KW_TABLE, KW_VIEW);
	if (at(p, KW_CLUSTER) && p->dialect == SQL_ORACLE && is_name(peek(p, 1))) { /* of tables: no table itself */
		skip_rest(p);
		return;
	}
	if (at(p, KW_EXTENSION)) { /* NO DEPENDS ON EXTENSION */
		skip_rest(p);
		return;
	}
	scope_push(p, &s);
	if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING) {
		struct sql_relation *r = read_target(p, access);

		scope_source(p, r ? r->name : SLICE_NONE, r);
	}
	while (p->dialect == SQL_CLICKHOUSE && accept(p, ',')) /* a policy of several */
		read_target(p, access);
	/* expressions may hold subqueries */
	while (!at_statement_end(p) && !(p->elements && at(p, KW_CREATE))) {
		if (next_in_batch(p))
			break;
		if (at(p, '('))
			read_group(p);
		else if (accept(p, KW_WHERE))
			read_expr(p, EX_COMMA);
		else if (at(p, KW_FROM) && p->dialect == SQL_ORACLE) /* BITMAP INDEX i ON t (u.a) FROM t, u WHERE ... */
			read_clauses(p);
		else
			skip_word(p);
	}
	scope_pop(p);
}

/* The operation from the word here: CREATE SEQUENCE. */
void name_operation_here(struct reader *p, const char *verb)
{
	struct slice up;
	char *what;

	if (tok(p)->type != TOKEN_WORD || p->inner)
		return;
	up = upper(p, tok_raw(p));
	what = arena_alloc(p->arena, up.len + 1);
	for (size_t i = 0; what && i < up.len; i++)
		what[i] = up.ptr[i];
	set_operation(p, verb, what ? what : "");
}

/* CREATE TABLE, VIEW, SNAPSHOT TABLE, Teradata's SET TABLE: false when it is none. */
static bool create_relation(struct reader *p, bool temporary)
{
	uint32_t access = SQL_CREATE | (temporary ? SQL_TEMPORARY : 0);

	switch (tok(p)->id) {
	case KW_TABLE:
		advance(p);
		if (at(p, KW_FUNCTION)) /* BigQuery: TABLE FUNCTION f() AS query */
			read_routine(p, "CREATE", "FUNCTION");
		else
			create_table(p, access, "TABLE");
		return true;
	case KW_VIEW:
		advance(p);
		if (at(p, KW_LOG) && peek_is(p, 1, KW_ON)) { /* Oracle: MATERIALIZED VIEW LOG ON t */
			on_table(p, "CREATE", "MATERIALIZED VIEW LOG", SQL_ALTER);
			return true;
		}
		create_table(p, access, "VIEW");
		return true;
	case KW_SNAPSHOT:
	case KW_SET:
		if (!peek_is(p, 1, KW_TABLE))
			return false;
		p->i += 2;
		create_table(p, SQL_CREATE, "TABLE");
		return true;
	default:
		return false;
	}
}

/* What belongs to a table, or holds statements. */
static bool create_around(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_INDEX:
		on_table(p, "CREATE", "INDEX", SQL_ALTER);
		return true;
	case KW_XML: /* T-SQL: [PRIMARY] XML INDEX i ON t (x) */
	case KW_PRIMARY:
	case KW_SELECTIVE:
	case KW_JSON: /* JSON INDEX i ON t (j) */
		if (!peek_is(p, 1, KW_INDEX) && !peek_is(p, 2, KW_INDEX))
			return false;
		on_table(p, "CREATE", "INDEX", SQL_ALTER);
		return true;
	case KW_MASKING: /* ClickHouse: MASKING POLICY p ON t */
		if (p->dialect != SQL_CLICKHOUSE)
			return false;
		/* fall through */
	case KW_POLICY:
		on_table(p, "CREATE", "POLICY", SQL_ALTER);
		return true;
	case KW_ROW:
		on_table(p, "CREATE", "ROW ACCESS POLICY", SQL_ALTER);
		return true;
	case KW_RULE:
		create_rule(p);
		return true;
	case KW_TRIGGER:
		read_trigger(p, "CREATE");
		return true;
	case KW_TYPE:
		if (!peek_is(p, 1, KW_BODY))
			return false;
		read_routine(p, "CREATE", NULL);
		return true;
	case KW_FUNCTION:
		if (p->dialect == SQL_DUCKDB) { /* a macro */
			advance(p);
			create_macro(p);
			return true;
		}
		/* fall through */
	case KW_PROCEDURE:
	case KW_PROC:
	case KW_PACKAGE:
	case KW_EVENT:
		if (at(p, KW_EVENT) && p->dialect == SQL_SNOWFLAKE)
			return false;
		if (at(p, KW_EVENT) && p->bits & DL_BATCH)
			batch_event(p, "CREATE");
		else
			read_routine(p, "CREATE", NULL);
		return true;
	case KW_STREAM:
	case KW_TASK:
	case KW_PIPE:
	case KW_ALERT:
		create_code(p, at(p, KW_STREAM) ? "STREAM" : at(p, KW_TASK) ? "TASK" : at(p, KW_PIPE) ? "PIPE" : "ALERT");
		return true;
	default:
		return false;
	}
}

/* CREATE x y TABLE t, READ ONLY TABLE t, WRITABLE EXTERNAL TABLE t, JSON RELATIONAL DUALITY VIEW v, DATA METRIC FUNCTION f():
 * words that are not known make no difference. */
static void skip_unknown(struct reader *p)
{
	size_t n = 0;

	while (n < 4 && peek(p, n)->type == TOKEN_WORD &&
	       (!peek(p, n)->id || peek_is(p, n, KW_DIMENSION) ||
		(!n && (peek_is(p, n, KW_JSON) || peek_is(p, n, KW_DATA) || (peek_is(p, n, KW_READ) && peek_is(p, 1, KW_ONLY)))) ||
		(n && (peek_is(p, n, KW_MATERIALIZED) || peek_is(p, n, KW_EXTERNAL) || peek_is(p, n, KW_ONLY)))))
		n++;
	if (n && n < 4 && peek_is(p, n, KW_VIEW) && is_name(peek(p, n + 1)) && !slice_ieq(tok_raw(p), SLICE("semantic")) &&
	    !slice_ieq(tok_raw(p), SLICE("analytic")))
		p->i += n;
	if (n == 2 && peek_is(p, n, KW_FUNCTION) && p->dialect == SQL_SNOWFLAKE)
		p->i += n;
	if (n && n < 4 &&
	    ((peek_is(p, n, KW_TABLE) && is_name(peek(p, n + 1)) && !peek_is(p, n + 1, KW_OF)) ||
	     (peek_is(p, n, KW_INDEX) && (peek_is(p, n + 1, KW_ON) || peek_is(p, n + 2, KW_ON)))))
		p->i += n;
}

void read_create(struct reader *p)
{
	bool temporary = false;

	advance(p);
	skip_noise(p, &temporary);
	skip_unknown(p);
	if (create_relation(p, temporary) || create_around(p))
		return;
	if (at_server(p)) {
		read_server(p, "CREATE");
		return;
	}
	switch (tok(p)->id) {
	case KW_SYNONYM:
		advance(p);
		create_synonym(p);
		return;
	case KW_SCHEMA:
		create_schema(p);
		return;
	case KW_DATABASE:
		if (peek_is(p, 1, KW_AUDIT))
			audit_specification(p, "CREATE");
		else
			read_create_database(p);
		return;
	case KW_MACRO:
		advance(p);
		create_macro(p);
		return;
	case KW_PUBLICATION:
		create_publication(p, "CREATE", "PUBLICATION");
		return;
	case KW_STATISTICS:
		if (p->bits & DL_BATCH)
			on_table(p, "CREATE", "STATISTICS", SQL_ALTER);
		else
			create_publication(p, "CREATE", "STATISTICS");
		return;
	case KW_MODEL:
		create_model(p);
		return;
	case KW_DICTIONARY:
		if (p->dialect != SQL_CLICKHOUSE)
			break;
		create_dictionary(p);
		return;
	case KW_SECURITY:
		security_policy(p, "CREATE");
		return;
	case KW_PROPERTY:
		if (!peek_is(p, 1, KW_GRAPH))
			break;
		create_graph(p, "CREATE");
		return;
	default:
		break;
	}
	if (p->dialect == SQL_ORACLE && slice_ieq(tok_raw(p), SLICE("zonemap")) && (peek_is(p, 2, KW_ON) || peek_is(p, 4, KW_ON))) {
		on_table(p, "CREATE", "ZONEMAP", SQL_ALTER);
		return;
	}
	if (p->dialect == SQL_SNOWFLAKE && slice_ieq(tok_raw(p), SLICE("semantic")) && peek_is(p, 1, KW_VIEW)) {
		p->i += 2;
		create_semantic_view(p);
		return;
	}
	name_operation_here(p, "CREATE");
	expect_kind(p);
	read_rest_with_groups(p);
}
