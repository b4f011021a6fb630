// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* CREATE of what is no table and no view: rules, synonyms, tasks and streams, macros, schemas, publications, models. */
#include "sql/call.h"
#include "sql/ddl.h"

/* T-SQL: RULE r AS @x > 1 */
static void rule_of_values(struct reader *p)
{
	while (!at_statement_end(p) && !at(p, KW_AS))
		skip_word(p);
	if (accept(p, KW_AS))
		read_expr(p, 0);
}

/* CREATE RULE r AS ON SELECT TO t DO INSTEAD query */
void create_rule(struct reader *p)
{
	name_operation(p, "CREATE", "RULE");
	if (p->bits & DL_BATCH) {
		rule_of_values(p);
		return;
	}
	while (!at_statement_end(p) && !at(p, KW_TO))
		pass_word(p);
	if (accept(p, KW_TO))
		read_target(p, SQL_ALTER);
	if (accept(p, KW_WHERE))
		read_expr(p, 0);
	SKIP(p, KW_DO, KW_ALSO, KW_INSTEAD, KW_NOTHING);
	if (at(p, '(') && !starts_query(peek(p, 1))) { /* (stmt; stmt) */
		advance(p);
		while (!at(p, ')') && !at_end(p)) {
			if (!accept(p, ';'))
				read_statement(p);
			if (!at(p, ';') && !at(p, ')')) {
				partial(p);
				return;
			}
		}
		accept(p, ')');
	} else if (!at_statement_end(p)) {
		read_statement(p);
	}
}

/* T-SQL: EVENT SESSION s ON SERVER ADD EVENT e (...) WITH (...) STATE = START, EVENT NOTIFICATION n ON SERVER FOR e TO SERVICE 's', 'b' */
void batch_event(struct reader *p, const char *verb)
{
	name_operation(p, verb, "EVENT");
	while (!at_statement_end(p) && (at(p, KW_SET) || tok_at(p, p->i - 1)->id == '=' || !next_in_batch(p)))
		at(p, '(') ? read_group(p) : skip_word(p);
}

void create_synonym(struct reader *p)
{
	struct sql_relation *r;

	name_operation(p, "CREATE", "SYNONYM");
	skip_if_exists(p);
	r = read_target(p, SQL_CREATE);
	(void)r;
	if (accept(p, KW_FOR))
		read_target(p, SQL_READ);
}

/* CREATE STREAM s ON TABLE t, TASK ... AS stmt, PIPE ... AS COPY INTO ..., ALERT ... IF (EXISTS (...)) THEN stmt */
void create_code(struct reader *p, const char *object)
{
	name_operation(p, "CREATE", object);
	while (!at_statement_end(p)) {
		if (at(p, KW_ON) && (peek_is(p, 1, KW_TABLE) || peek_is(p, 1, KW_VIEW) || peek_is(p, 1, KW_EXTERNAL))) {
			p->i += peek_is(p, 1, KW_EXTERNAL) ? 3 : 2;
			read_target(p, SQL_READ);
		} else if (at(p, KW_AS) &&
			   (starts_query(peek(p, 1)) || peek_is(p, 1, KW_COPY) || (keyword_flags(peek(p, 1)->id) & KF_STATEMENT))) {
			advance(p);
			if (at(p, KW_BEGIN) || at(p, KW_DECLARE)) {
				read_body(p);
				return;
			}
			read_statement(p);
		} else if (at(p, KW_THEN)) {
			advance(p);
			read_statement(p);
		} else if (at(p, '(')) {
			read_group(p);
		} else {
			skip_word(p);
		}
	}
}

void create_macro(struct reader *p)
{
	struct name n;

	name_operation(p, "CREATE", tok_at(p, p->i - 1)->id == KW_FUNCTION ? "FUNCTION" : "MACRO");
	skip_if_exists(p);
	if (read_name(p, &n))
		set_routine(p, &n);
	do {
		if (at(p, '('))
			read_group(p);
		if (!accept(p, KW_AS) && !(p->bits & (DL_SPARK | DL_FROM_FIRST))) /* Hive: no AS */
			return;
		if (accept(p, KW_TABLE) || starts_query(tok(p)))
			read_query(p);
		else
			read_expr(p, EX_COMMA);
	} while (accept(p, ','));
}

/* ADD TABLE t, REMOVE TABLE t, of an extension ADD VIEW v, DROP MATERIALIZED VIEW v */
static bool adds_table(struct reader *p)
{
	unsigned before = p->i ? tok_at(p, p->i - 1)->id : 0;

	if (at(p, KW_TABLE))
		return (before == KW_ADD || before == KW_REMOVE) && names_table_behind(p);
	if (before == KW_MATERIALIZED && p->i > 1)
		before = tok_at(p, p->i - 2)->id;
	return at(p, KW_VIEW) && (before == KW_ADD || before == KW_DROP) && is_name(peek(p, 1));
}

static void added_tables(struct reader *p)
{
	do {
		advance(p);
		read_target(p, SQL_ALTER);
	} while (at(p, ',') && is_name(peek(p, 1)) && !peek_is(p, 1, KW_TABLE));
}

void read_rest_with_groups(struct reader *p)
{
	/* FROM names a file, a share, a login: not in ALTER t ..., where TABLE was left out, and not in Oracle */
	static const char *const over[] = { "attribute", "analytic", NULL };
	bool dimension = slice_ieq_any(tok_raw(p), over); /* Oracle: ATTRIBUTE DIMENSION d USING t, ANALYTIC VIEW v USING t */
	bool object = p->i && (tok_at(p, p->i - 1)->id != KW_ALTER || tok(p)->id) && p->dialect != SQL_ORACLE;

	if (keyword_flags(tok(p)->id) & (KF_STOP | KF_OP) || ONE_OF(p, KW_AS, KW_DELETE, KW_UPDATE, KW_INSERT, KW_MERGE, KW_SHOW))
		partial(p);
	while (!at_statement_end(p)) {
		if (next_in_batch(p) && !at(p, KW_SET)) /* ALTER DATABASE d SET RECOVERY SIMPLE */
			return;
		if (at(p, '('))
			read_group(p);
		else if (at(p, KW_AS) && (query_follows(p, 1) || peek_is(p, 1, KW_INSERT)))
			advance(p), read_statement(p);
		else if (adds_table(p))
			added_tables(p);
		else if (at(p, KW_USING) && dimension && is_name(peek(p, 1)))
			advance(p), read_target(p, SQL_READ);
		else if (at(p, KW_TABLE) && tok_at(p, p->i - 1)->id == KW_IN && names_table_behind(p)) /* Trino: BRANCH b IN TABLE t */
			advance(p), read_target(p, SQL_ALTER);
		else if (at(p, KW_FROM) && object && tok_at(p, p->i - 1)->id != KW_DELETE)
			advance(p);
		else
			skip_word(p);
	}
}

/* CREATE SCHEMA s [CREATE TABLE ...] */
void create_schema(struct reader *p)
{
	name_operation(p, "CREATE", "SCHEMA");
	while (!at_statement_end(p) && !ONE_OF(p, KW_CREATE, KW_GRANT) && !next_in_batch(p)) {
		if (at(p, KW_CLONE))
			whole_database(p);
		pass_word(p);
	}
	while (!at_statement_end(p) && ONE_OF(p, KW_CREATE, KW_GRANT)) {
		size_t i = p->i;

		p->inner++;
		p->elements = true;
		read_statement(p);
		p->elements = false;
		p->inner--;
		if (p->i == i)
			break;
	}
}

/* At TABLE of a publication: FOR TABLE t, SCHEMA s, TABLE t, ADD TABLE t, SET TABLE t, DROP TABLE t; not IN TABLE s. */
static bool published(struct reader *p)
{
	unsigned before = p->i ? tok_at(p, p->i - 1)->id : 0;

	return before == KW_FOR || before == ',' || before == KW_ADD || before == KW_SET || before == KW_DROP;
}

/* PUBLICATION p FOR TABLE a, b (c), CREATE STATISTICS s ON a FROM t */
void create_publication(struct reader *p, const char *verb, const char *object)
{
	name_operation(p, verb, object);
	while (!at_statement_end(p)) {
		bool list = (at(p, KW_TABLE) && published(p)) || at(p, KW_FROM);

		if (at(p, KW_TABLES)) /* ALL TABLES, TABLES IN SCHEMA s */
			whole_database(p);
		if (!list) {
			skip_word(p);
			continue;
		}
		advance(p);
		if (tok_at(p, p->i - 1)->id == KW_FROM) {
			read_from(p, SQL_READ);
			continue;
		}
		do {
			if (is_name(peek(p, 1)))
				SKIP(p, KW_TABLE, KW_ONLY);
			if (!is_name(tok(p)) || at(p, KW_TABLES))
				break;
			read_target(p, SQL_READ);
			accept(p, '*');
			if (at(p, '('))
				skip_group(p);
			if (accept(p, KW_WHERE))
				read_expr(p, EX_COMMA);
		} while (accept(p, ','));
	}
}

void create_model(struct reader *p)
{
	name_operation(p, "CREATE", "MODEL");
	while (!at_statement_end(p)) {
		if (at(p, KW_AS) && query_follows(p, 1)) {
			advance(p);
			read_query(p);
		} else if (at(p, KW_FROM) && p->dialect == SQL_REDSHIFT) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			else if (is_name(tok(p)))
				read_target(p, SQL_READ);
		} else if (at(p, '(')) {
			read_group(p);
		} else {
			skip_word(p);
		}
	}
}

/* ALTER FILTER PREDICATE f(a) ON t AFTER UPDATE: actions of a policy, no statements. */
static bool policy_action(struct reader *p)
{
	unsigned before = p->i ? tok_at(p, p->i - 1)->id : 0;

	return peek_is(p, 2, KW_PREDICATE) || before == KW_AFTER || before == KW_BEFORE;
}

/* T-SQL: SECURITY POLICY p ADD FILTER PREDICATE s.f(a) ON t, DROP BLOCK PREDICATE ON u: who sees which rows of them. */
void security_policy(struct reader *p, const char *verb)
{
	name_operation(p, verb, "SECURITY POLICY");
	while (!at_statement_end(p) && (!next_in_batch(p) || policy_action(p))) {
		bool on = at(p, KW_ON);

		if (at(p, '(')) {
			read_group(p);
			continue;
		}
		skip_word(p);
		if (on && is_name(tok(p)))
			read_target(p, SQL_ALTER);
	}
}

/* (SELECT, UPDATE ON OBJECT::t BY u) */
static void audited(struct reader *p)
{
	advance(p);
	while (!at_statement_end(p) && !at(p, ')')) {
		if (at(p, KW_FROM)) /* a query, no list of rights */
			partial(p);
		if (!accept(p, KW_ON)) {
			pass_word(p);
			continue;
		}
		if (at(p, KW_OBJECT) && peek_is(p, 1, OP_CAST))
			p->i += 2;
		if (is_name(tok(p)) && !peek_is(p, 1, OP_CAST)) /* not SCHEMA::s */
			read_target(p, SQL_GRANT);
	}
}

/* T-SQL: DATABASE AUDIT SPECIFICATION a FOR SERVER AUDIT b ADD (...), DROP (...): who is recorded, as GRANT says who may. */
void audit_specification(struct reader *p, const char *verb)
{
	name_operation(p, verb, "DATABASE AUDIT SPECIFICATION");
	while (!at_statement_end(p) && !next_in_batch(p)) {
		if (at(p, '('))
			audited(p);
		else
			skip_word(p);
	}
}

/* (t, s.u AS x KEY (a) LABEL l PROPERTIES (b), ...): the elements of a graph, read by its name later. */
static void graph_elements(struct reader *p)
{
	do {
		advance(p);
		if (!is_name(tok(p)))
			break;
		if (p->dialect == SQL_SNOWFLAKE && peek_is(p, 1, KW_AS)) /* alias AS t */
			p->i += 2;
		read_target(p, SQL_READ);
		while (!at_stop(p) && !at(p, ','))
			at(p, '(') ? skip_group(p) : skip_word(p);
	} while (at(p, ','));
	if (!accept(p, ')'))
		partial(p);
}

/* PROPERTY GRAPH g VERTEX TABLES (...) EDGE TABLES (...); BigQuery says NODE */
void create_graph(struct reader *p, const char *verb)
{
	name_operation(p, verb, "PROPERTY GRAPH");
	while (!at_statement_end(p)) {
		bool tables = at(p, KW_TABLES);

		skip_word(p);
		if (at(p, '('))
			tables ? graph_elements(p) : skip_group(p);
	}
}

/* ClickHouse: DICTIONARY d (...) SOURCE(CLICKHOUSE(TABLE 't')), SOURCE(MYSQL(QUERY 'SELECT ...')): its rows are those of another table. */
void create_dictionary(struct reader *p)
{
	name_operation(p, "CREATE", "DICTIONARY");
	while (!at_statement_end(p)) {
		bool table = at(p, KW_TABLE);

		pass_word(p);
		if (tok(p)->type == TOKEN_STRING && looks_like_sql(lex_body(p->text, tok(p))))
			read_lexical(p, literal_value(p, tok(p)), SQL_VIA_LITERAL, 0);
		else if (table && tok(p)->type == TOKEN_STRING)
			literal_relation(p, literal_value(p, tok(p)), SQL_VIA_LITERAL);
		else if (table && is_name(tok(p)))
			literal_relation(p, tok_name(p), SQL_VIA_LITERAL);
	}
}

/* v TABLES (a AS db.s.t PRIMARY KEY (x), u) RELATIONSHIPS (...) FACTS (...) DIMENSIONS (...) METRICS (...) */
void create_semantic_view(struct reader *p)
{
	name_operation(p, "CREATE", "SEMANTIC VIEW");
	skip_if_exists(p);
	read_target(p, SQL_CREATE);
	while (!at_statement_end(p)) {
		if (at(p, KW_TABLES) && peek_is(p, 1, '(')) {
			advance(p);
			graph_elements(p);
		} else if (at(p, '(')) {
			skip_group(p);
		} else {
			skip_word(p);
		}
	}
}
