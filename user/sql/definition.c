// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What stands behind the name of a table or view that is made: columns, options, models, the query. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/ddl.h"
#include "sql/naming.h"
#include "sql/remote.h"

void read_reference_table(struct reader *p, uint32_t access)
{
	struct name n;

	accept(p, '(');
	do {
		if (!read_relation_name(p, &n))
			return;
		add_relation(p, &n, access);
	} while (accept(p, ','));
}

static void edge_tables(struct reader *p)
{
	advance(p);
	while (is_name(tok(p)) && read_target(p, SQL_READ) && (accept(p, KW_TO) || accept(p, ',')))
		;
	if (!accept(p, ')'))
		partial(p);
}

/* Inside the parentheses of a definition: REFERENCES t, LIKE t as an element, subqueries. At '('. */
void definition_group(struct reader *p)
{
	size_t depth = 0;
	struct name n;

	do {
		unsigned id = tok(p)->id, before = p->i ? tok_at(p, p->i - 1)->id : 0;

		if (id == '(' && starts_query(peek(p, 1)) && (peek_is(p, 1, KW_SELECT) || peek_is(p, 1, KW_WITH))) {
			read_group(p);
			continue;
		}
		depth += id == '(';
		depth -= id == ')';
		if (tok(p)->type == TOKEN_STRING) {
			add_literal(p, tok(p));
			naming_option(p, p->i);
		}
		skip_word(p);
		if (id == KW_CONNECTION && p->bits & DL_BATCH && at(p, '(')) /* of an edge: (a TO b, c TO d) */
			edge_tables(p);
		if (id == KW_REFERENCES || (id == KW_LIKE && depth == 1 && (before == '(' || before == ',')) ||
		    (id == KW_HISTORY_TABLE && accept(p, '='))) { /* T-SQL: SYSTEM_VERSIONING = ON (HISTORY_TABLE = t) */
			if (is_name(tok(p)) && read_relation_name(p, &n))
				add_relation(p, &n, SQL_READ);
		}
	} while (depth && !at_statement_end(p));
	if (depth)
		partial(p);
}

static void read_location(struct reader *p)
{
	advance(p);
	accept(p, '=');
	if (tok(p)->type == TOKEN_STRING || tok(p)->type == TOKEN_STAGE) {
		add_file_token(p, tok(p), false, false);
		advance(p);
	}
}

/* CLONE s, LIKE s, SHALLOW CLONE s AT (...) */
static void read_model(struct reader *p)
{
	struct sql_relation *r;
	struct source *s;

	advance(p);
	accept(p, '(');
	r = read_target(p, SQL_READ);
	if (r)
		r->all_columns = true;
	while (at(p, ',')) { /* INHERITS (a, b) */
		advance(p);
		r = read_target(p, SQL_READ);
	}
	accept(p, ')');
	if (!at(p, KW_AS) && r)
		while (ONE_OF(p, KW_AT, KW_BEFORE, KW_VERSION, KW_TIMESTAMP, KW_FOR) && !(at(p, KW_FOR) && peek_is(p, 1, KW_VALUES))) {
			read_table_suffix(p, SLICE_NONE, &s, NULL);
			break;
		}
}

/* COPY GRANTS, LIKE PARQUET 'file': no table is named. */
static bool no_model(struct reader *p)
{
	if (at(p, KW_LIKE) && starts_query(peek(p, 1))) { /* LIKE SELECT ... */
		advance(p);
		return true;
	}
	if (at(p, KW_COPY) && peek_is(p, 1, KW_GRANTS)) {
		p->i += 2;
		return true;
	}
	if (at(p, KW_LIKE) && is_name(peek(p, 1)) && peek(p, 2)->type == TOKEN_STRING) {
		p->i += 2;
		add_file_token(p, tok(p), false, false);
		advance(p);
		return true;
	}
	return false;
}

/* TABLE t, not Oracle's NESTED TABLE n STORE AS, ON PREBUILT TABLE WITH */
static bool table_query(struct reader *p, size_t n)
{
	unsigned before = p->i + n ? tok_at(p, p->i + n - 1)->id : 0;

	return peek_is(p, n, KW_TABLE) && is_name(peek(p, n + 1)) && !(keyword_flags(peek(p, n + 1)->id) & KF_NOALIAS) &&
	       before != KW_NESTED && before != KW_PREBUILT;
}

/* DuckDB: a query, too. */
static bool describes(const struct token *t)
{
	return t->id == KW_UNPIVOT || t->id == KW_DESCRIBE || t->id == KW_SUMMARIZE || t->id == KW_SHOW;
}

bool query_follows(struct reader *p, size_t n)
{
	while (peek_is(p, n, '('))
		n++;
	return peek_is(p, n, KW_SELECT) || (peek_is(p, n, KW_WITH) && (is_name(peek(p, n + 1)) || p->dialect == SQL_CLICKHOUSE)) ||
	       peek_is(p, n, KW_VALUES) || table_query(p, n) || (peek_is(p, n, KW_FROM) && p->bits & DL_FROM_FIRST) ||
	       peek_is(p, n, KW_PIVOT) || (p->dialect == SQL_DUCKDB && describes(peek(p, n)));
}

static void skip_bounds(struct reader *p)
{
	advance(p);
	SKIP(p, KW_FROM, KW_IN, KW_WITH, KW_LESS, KW_THAN);
	if (at(p, '('))
		skip_group(p);
	else if (tok_at(p, p->i - 1)->id == KW_FROM)
		partial(p);
	if (at(p, KW_TO) && peek_is(p, 1, '(')) {
		advance(p);
		skip_group(p);
	}
}

static void ctas_source(struct reader *p)
{
	if (at(p, KW_EXECUTE)) {
		read_statement(p);
		return;
	}
	if (ONE_OF(p, KW_WITH, '(', KW_SELECT, KW_VALUES, KW_TABLE, KW_FROM, KW_PIVOT) || (p->dialect == SQL_DUCKDB && describes(tok(p))) ||
	    (p->bits & DL_PG && at(p, KW_INSERT)))
		read_query(p);
}

/* AS query, AS COPY, ClickHouse: AS t, AS f(...) */
static void behind_name(struct reader *p, bool closed)
{
	struct name n;

	if (p->dialect == SQL_BIGQUERY && slice_ieq(lex_raw(p->text, peek(p, 1)), SLICE("replica")) && peek_is(p, 2, KW_OF)) {
		p->i += 3;
		read_target(p, SQL_READ);
	} else if (p->dialect == SQL_ORACLE && is_name(peek(p, 1)) && opens_object(p, 2)) {
		advance(p);
		duality_tables(p);
	} else if (query_follows(p, 1) || peek_is(p, 1, KW_EXECUTE)) {
		advance(p);
		ctas_source(p);
	} else if (p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1)) && !peek_is(p, 1, KW_CLONE) && !peek_is(p, 1, KW_COPY)) {
		if (!peek_is(p, 2, '(')) {
			if (closed)
				advance(p);
			else
				read_model(p);
			return;
		}
		advance(p);
		if (read_name(p, &n) && at(p, '('))
			read_table_function(p, &n);
	} else {
		advance(p);
	}
}

static void model_clause(struct reader *p)
{
	if (no_model(p))
		return;
	if (at(p, KW_CLONE) && (peek_is(p, 1, KW_AS) || peek_is(p, 1, KW_OF))) /* ClickHouse; T-SQL: AS CLONE OF t */
		advance(p);
	if (is_name(peek(p, 1)) || (peek_is(p, 1, '(') && is_name(peek(p, 2))) || peek_is(p, 1, '.'))
		read_model(p);
	else
		advance(p);
}

static void using_clause(struct reader *p)
{
	if (peek_is(p, 1, KW_TEMPLATE) && peek_is(p, 2, '(')) { /* Snowflake */
		p->i += 2;
		read_group(p);
		return;
	}
	advance(p);
	if (!is_name(tok(p)))
		return;
	advance(p);
	if ((p->dialect == SQL_SQLITE || p->dialect == SQL_ANSI) && at(p, '('))
		virtual_table(p, lex_raw(p->text, tok_at(p, p->i - 1)));
}

/* Clauses behind the columns that name another relation, or a file. False: none begins here. */
static bool naming_clause(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_LIKE:
	case KW_CLONE:
	case KW_INHERITS:
	case KW_COPY:
		model_clause(p);
		return true;
	case KW_USING:
		using_clause(p);
		return true;
	case KW_PARTITION:
		advance(p);
		if (accept(p, KW_OF))
			read_target(p, SQL_READ);
		return true;
	case KW_REFERENCES:
		advance(p);
		if (is_name(tok(p)))
			read_target(p, SQL_READ);
		return true;
	case KW_TO: /* ClickHouse: MATERIALIZED VIEW v TO t */
		advance(p);
		if (p->dialect == SQL_CLICKHOUSE && is_name(tok(p)) && !ONE_OF(p, KW_DISK, KW_VOLUME))
			read_target(p, SQL_INSERT);
		return true;
	case KW_DEPENDS: /* ClickHouse: REFRESH EVERY 1 HOUR DEPENDS ON a, b */
		advance(p);
		if (p->dialect == SQL_CLICKHOUSE && accept(p, KW_ON))
			read_reference_table(p, SQL_READ);
		return true;
	case KW_ENGINE:
		read_engine(p);
		return true;
	case KW_UNION: /* MySQL: UNION = (a, b) */
		advance(p);
		if (accept(p, '=')) {
			read_reference_table(p, SQL_READ);
			accept(p, ')');
		}
		return true;
	case KW_LOCATION:
		read_location(p);
		return true;
	default:
		return false;
	}
}

/* Behind the name of a table or view: everything. */
void read_table_definition(struct reader *p)
{
	bool closed = false;

	while (!at_statement_end(p) && !at(p, ')') && !at(p, OP_PIPE) && !(closed && next_in_batch(p))) {
		if (naming_clause(p))
			continue;
		switch (tok(p)->id) {
		case '(':
			if (query_follows(p, 1) && !peek_is(p, 1, KW_VALUES)) {
				read_query(p);
				break;
			}
			definition_group(p);
			closed = true;
			break;
		case KW_AS:
			behind_name(p, closed);
			closed |= (p->bits & DL_BATCH) != 0;
			break;
		case KW_CREATE:
		case KW_GRANT:
			if (p->elements)
				return;
			if (p->dialect == SQL_CLICKHOUSE && tok_at(p, p->i - 1)->id == KW_WITH) { /* PARALLEL WITH CREATE TABLE u */
				p->inner++;
				read_statement(p);
				p->inner--;
				break;
			}
			advance(p);
			break;
		case KW_SELECT:
		case KW_TABLE:
		case KW_VALUES:
			if (at(p, KW_VALUES) && !peek_is(p, 1, '(')) /* FOR VALUES FROM (..) TO (..), VALUES LESS THAN (..) */
				skip_bounds(p);
			else if (query_follows(p, 0))
				read_query(p);
			else
				advance(p);
			break;
		case KW_WITH:
			if (query_follows(p, 0) && peek_is(p, 2, KW_AS) && peek_is(p, 3, '('))
				read_query(p);
			else
				advance(p);
			break;
		case KW_PROPERTIES:
		case KW_TBLPROPERTIES:
		case KW_OPTIONS:
		case KW_SERDEPROPERTIES:
			advance(p);
			if (at(p, '(') && p->bits & DL_PG && p->i > 3 && tok_at(p, p->i - 3)->id == KW_SERVER)
				foreign_options(p, lex_name(p->text, tok_at(p, p->i - 2), '\\', p->arena));
			if (at(p, '(')) {
				naming_options(p);
				read_group(p);
			}
			break;
		case KW_SERVER:
			if (!(p->bits & DL_PG) || !server_clause(p))
				advance(p);
			break;
		default:
			if (p->bits & DL_BATCH && starts_statement(p) &&
			    !ONE_OF(p, KW_SET, KW_UPDATE, KW_DELETE, KW_FOR, KW_WITH, KW_DEFAULT, KW_ALTER))
				return;
			if (tok(p)->type == TOKEN_STRING)
				add_literal(p, tok(p));
			if (p->bits & DL_MYSQL)
				naming_option(p, p->i);
			skip_word(p);
			break;
		}
	}
}
