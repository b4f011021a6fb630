// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* CREATE, ALTER, DROP. */
#include "sql/reader.h"

/* Between the verb and what it makes; also IF NOT EXISTS. */
static const uint16_t noise[] = {
	KW_OR,           KW_REPLACE,     KW_TEMPORARY,      KW_TEMP,       KW_UNLOGGED,     KW_GLOBAL,     KW_LOCAL,    KW_UNIQUE,
	KW_RECURSIVE,    KW_FOREIGN,     KW_MATERIALIZED,   KW_VIRTUAL,    KW_CONCURRENTLY, KW_ONLY,       KW_FULLTEXT, KW_SPATIAL,
	KW_ONLINE,       KW_OFFLINE,     KW_IGNORE,         KW_CONSTRAINT, KW_TRANSIENT,    KW_EXTERNAL,   KW_SECURE,   KW_VOLATILE,
	KW_FORCE,        KW_EDITIONABLE, KW_NONEDITIONABLE, KW_MULTISET,   KW_DYNAMIC,      KW_HYBRID,     KW_ICEBERG,  KW_CLUSTERED,
	KW_NONCLUSTERED, KW_COLUMNSTORE, KW_BITMAP,         KW_STREAMING,  KW_LIVE,         KW_REFRESH,    KW_NO,       KW_PRIVATE,
	KW_AGGREGATE,    KW_SHARDED,     KW_DUPLICATED,     KW_IMMUTABLE,  KW_BLOCKCHAIN,   KW_PUBLIC,     KW_TRUSTED,  KW_PROCEDURAL,
	KW_SEARCH,       KW_HADOOP,      KW_CACHED,         KW_MANAGED,    KW_STANDARD,     KW_PERSISTENT, KW_VECTOR,   0
};

static void if_exists(struct reader *p)
{
	if (at(p, KW_IF) && (peek_is(p, 1, KW_NOT) || peek_is(p, 1, KW_EXISTS)))
		p->i += peek_is(p, 1, KW_NOT) ? 3 : 2;
}

static void skip_noise(struct reader *p, bool *ret_temporary)
{
	for (;;) {
		if (at(p, KW_DEFINER) || at(p, KW_ALGORITHM)) { /* DEFINER = u@h, ALGORITHM = MERGE */
			p->i += 2;
			while (!at_statement_end(p) &&
			       !ONE_OF(p, KW_SQL, KW_VIEW, KW_PROCEDURE, KW_FUNCTION, KW_TRIGGER, KW_EVENT, KW_DEFINER, KW_AGGREGATE))
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
		} else if (reader_one_of(p, noise) && peek(p, 1)->type == TOKEN_WORD) {
			advance(p);
		} else {
			return;
		}
	}
}

/* Two words say what was done: CREATE TABLE, DROP VIEW. */
static void name_operation(struct reader *p, const char *verb, const char *object)
{
	if (!p->inner)
		set_operation(p, verb, object);
}

static void read_reference_table(struct reader *p, uint32_t access)
{
	struct name n;

	accept(p, '(');
	do {
		if (!read_relation_name(p, &n))
			return;
		add_relation(p, &n, access);
	} while (accept(p, ','));
}

/* Inside the parentheses of a definition: REFERENCES t, LIKE t, subqueries. At '('. */
static void definition_group(struct reader *p)
{
	size_t depth = 0;
	struct name n;

	do {
		unsigned id = tok(p)->id;

		if (id == '(' && starts_query(peek(p, 1)) && (peek_is(p, 1, KW_SELECT) || peek_is(p, 1, KW_WITH))) {
			read_group(p);
			continue;
		}
		depth += id == '(';
		depth -= id == ')';
		if (tok(p)->type == TOKEN_STRING)
			add_literal(p, tok(p));
		advance(p);
		if (id == KW_REFERENCES || (id == KW_LIKE && depth == 1 && is_name(tok(p)))) {
			if (is_name(tok(p)) && read_relation_name(p, &n))
				add_relation(p, &n, SQL_READ);
		}
	} while (depth && !at_statement_end(p));
	if (depth)
		partial(p);
}

/* ENGINE = Distributed(cluster, db, t), Buffer(db, t, ...), Merge(...) */
static void read_engine(struct reader *p)
{
	struct name n = { .n = 2 };

	advance(p);
	accept(p, '=');
	if (!is_name(tok(p)))
		return;
	if (p->dialect == SQL_CLICKHOUSE && peek_is(p, 1, '(')) {
		bool distributed = slice_ieq(tok_raw(p), SLICE("Distributed")), buffer = slice_ieq(tok_raw(p), SLICE("Buffer"));
		size_t first = p->i + (distributed ? 4 : 2);

		if ((distributed || buffer) && tok_at(p, first + 1)->id == ',') {
			n.part[0] = lex_name(p->text, tok_at(p, first), '\\', p->arena);
			n.part[1] = lex_name(p->text, tok_at(p, first + 2), '\\', p->arena);
			if (tok_at(p, first + 2)->type != TOKEN_PUNCT && tok_at(p, first)->type != TOKEN_PUNCT) {
				enum sql_via via = p->via;

				p->via = SQL_VIA_LITERAL;
				add_relation(p, &n, SQL_READ);
				p->via = via;
			}
		}
		advance(p);
		read_group(p);
		return;
	}
	if (slice_ieq(tok_raw(p), SLICE("FEDERATED")))
		add_file(p, SLICE("FEDERATED"), SQL_REMOTE, false, false);
	advance(p);
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

static bool query_follows(struct reader *p, size_t n)
{
	while (peek_is(p, n, '('))
		n++;
	return peek_is(p, n, KW_SELECT) || (peek_is(p, n, KW_WITH) && (is_name(peek(p, n + 1)) || p->dialect == SQL_CLICKHOUSE)) ||
	       peek_is(p, n, KW_VALUES) || (peek_is(p, n, KW_TABLE) && is_name(peek(p, n + 1))) ||
	       (peek_is(p, n, KW_FROM) && p->bits & DL_FROM_FIRST) || peek_is(p, n, KW_PIVOT);
}

static void skip_bounds(struct reader *p)
{
	advance(p);
	SKIP(p, KW_FROM, KW_IN, KW_WITH, KW_LESS, KW_THAN);
	if (at(p, '('))
		skip_group(p);
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
	if (ONE_OF(p, KW_WITH, '(', KW_SELECT, KW_VALUES, KW_TABLE, KW_FROM, KW_PIVOT) || (p->bits & DL_PG && at(p, KW_INSERT)))
		read_query(p);
}

/* Behind the name of a table or view: everything. */
void read_table_definition(struct reader *p, struct sql_relation *target)
{
	bool closed = false;

	(void)target;
	while (!at_statement_end(p) && !at(p, ')')) {
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
			if (query_follows(p, 1) || peek_is(p, 1, KW_EXECUTE)) {
				advance(p);
				ctas_source(p);
			} else if (is_name(peek(p, 1)) && (peek_is(p, 1, KW_CLONE) || peek_is(p, 1, KW_COPY))) {
				advance(p);
			} else if (p->bits & DL_BATCH && peek_is(p, 1, KW_CLONE)) {
				advance(p);
			} else if (p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1)) && !peek_is(p, 2, '(') && !closed) {
				read_model(p); /* CREATE TABLE a AS b */
			} else if (p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1)) && peek_is(p, 2, '(')) {
				struct name n;

				advance(p);
				if (read_name(p, &n) && at(p, '('))
					read_table_function(p, &n);
			} else {
				advance(p);
			}
			break;
		case KW_CREATE:
		case KW_GRANT:
			if (p->elements)
				return;
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
		case KW_LIKE:
		case KW_CLONE:
		case KW_INHERITS:
		case KW_COPY:
			if (no_model(p))
				break;
			if (at(p, KW_CLONE) && peek_is(p, 1, KW_AS)) /* ClickHouse */
				advance(p);
			if (is_name(peek(p, 1)) || (peek_is(p, 1, '(') && is_name(peek(p, 2))))
				read_model(p);
			else if (peek_is(p, 1, '.'))
				read_model(p);
			else
				advance(p);
			break;
		case KW_USING:
			if (peek_is(p, 1, KW_TEMPLATE) && peek_is(p, 2, '(')) { /* Snowflake */
				p->i += 2;
				read_group(p);
			} else {
				advance(p);
				if (is_name(tok(p)))
					advance(p);
			}
			break;
		case KW_PARTITION:
			advance(p);
			if (accept(p, KW_OF))
				read_target(p, SQL_READ);
			break;
		case KW_REFERENCES:
			advance(p);
			if (is_name(tok(p)))
				read_target(p, SQL_READ);
			break;
		case KW_TO: /* ClickHouse: MATERIALIZED VIEW v TO t */
			advance(p);
			if (p->dialect == SQL_CLICKHOUSE && is_name(tok(p)) && !ONE_OF(p, KW_DISK, KW_VOLUME))
				read_target(p, SQL_INSERT);
			break;
		case KW_ENGINE:
			read_engine(p);
			break;
		case KW_UNION: /* MySQL: UNION = (a, b) */
			if (peek_is(p, 1, '=')) {
				p->i += 2;
				read_reference_table(p, SQL_READ);
				accept(p, ')');
			} else {
				advance(p);
			}
			break;
		case KW_LOCATION:
			read_location(p);
			break;
		case KW_PROPERTIES:
		case KW_TBLPROPERTIES:
		case KW_OPTIONS:
		case KW_SERDEPROPERTIES:
			advance(p);
			if (at(p, '('))
				read_group(p);
			break;
		default:
			if (p->bits & DL_BATCH && starts_statement(p) &&
			    !ONE_OF(p, KW_SET, KW_UPDATE, KW_DELETE, KW_FOR, KW_WITH, KW_DEFAULT, KW_ALTER))
				return;
			if (tok(p)->type == TOKEN_STRING)
				add_literal(p, tok(p));
			advance(p);
			break;
		}
	}
}

static void create_table(struct reader *p, uint32_t access, const char *object)
{
	struct sql_relation *r;
	struct scope s;

	name_operation(p, "CREATE", object);
	if_exists(p);
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
	read_table_definition(p, r);
	scope_pop(p);
}

/* CREATE INDEX i ON t (..), CREATE POLICY p ON t ...: the table is behind ON. */
static void on_table(struct reader *p, const char *verb, const char *object, uint32_t access)
{
	struct scope s;

	name_operation(p, verb, object);
	while (!at_statement_end(p) && !at(p, KW_ON))
		advance(p);
	if (!accept(p, KW_ON))
		return;
	SKIP(p, KW_ONLY, KW_TABLE, KW_VIEW);
	if (at(p, KW_EXTENSION)) { /* NO DEPENDS ON EXTENSION */
		skip_rest(p);
		return;
	}
	scope_push(p, &s);
	if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING) {
		struct sql_relation *r = read_target(p, access);

		scope_source(p, r ? r->name : SLICE_NONE, r);
	}
	/* expressions may hold subqueries */
	while (!at_statement_end(p) && !(p->elements && at(p, KW_CREATE))) {
		if (p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_WITH) && !at(p, KW_FOR) && !at(p, KW_SET))
			break;
		if (at(p, '('))
			read_group(p);
		else
			advance(p);
	}
	scope_pop(p);
}

/* CREATE RULE r AS ON SELECT TO t DO INSTEAD query */
static void create_rule(struct reader *p)
{
	name_operation(p, "CREATE", "RULE");
	while (!at_statement_end(p) && !at(p, KW_TO))
		advance(p);
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

static void create_synonym(struct reader *p)
{
	struct sql_relation *r;

	name_operation(p, "CREATE", "SYNONYM");
	if_exists(p);
	r = read_target(p, SQL_CREATE);
	(void)r;
	if (accept(p, KW_FOR))
		read_target(p, SQL_READ);
}

/* CREATE STREAM s ON TABLE t, TASK ... AS stmt, PIPE ... AS COPY INTO ..., ALERT ... IF (EXISTS (...)) THEN stmt */
static void create_code(struct reader *p, const char *object)
{
	name_operation(p, "CREATE", object);
	while (!at_statement_end(p)) {
		if (at(p, KW_ON) && (peek_is(p, 1, KW_TABLE) || peek_is(p, 1, KW_VIEW))) {
			p->i += 2;
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
			advance(p);
		}
	}
}

static void create_macro(struct reader *p)
{
	struct name n;

	name_operation(p, "CREATE", "MACRO");
	if_exists(p);
	read_name(p, &n);
	do {
		if (at(p, '('))
			read_group(p);
		if (!accept(p, KW_AS))
			return;
		if (accept(p, KW_TABLE) || starts_query(tok(p)))
			read_query(p);
		else
			read_expr(p, EX_COMMA);
	} while (accept(p, ','));
}

static void read_rest_with_groups(struct reader *p)
{
	while (!at_statement_end(p)) {
		if (p->bits & DL_BATCH && starts_statement(p) && !ONE_OF(p, KW_WITH, KW_FOR, KW_SET, KW_ALTER, KW_DROP, KW_ADD, KW_GRANT))
			return;
		if (at(p, '(') && (peek_is(p, 1, KW_SELECT) || peek_is(p, 1, KW_WITH)))
			read_group(p);
		else
			advance(p);
	}
}

/* CREATE SCHEMA s [CREATE TABLE ...] */
static void create_schema(struct reader *p)
{
	name_operation(p, "CREATE", "SCHEMA");
	while (!at_statement_end(p) && !ONE_OF(p, KW_CREATE, KW_GRANT))
		advance(p);
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

/* CREATE PUBLICATION p FOR TABLE a, b (c), CREATE STATISTICS s ON a FROM t */
static void create_publication(struct reader *p, const char *object)
{
	name_operation(p, "CREATE", object);
	while (!at_statement_end(p)) {
		bool list = (at(p, KW_TABLE) && p->i && (tok_at(p, p->i - 1)->id == KW_FOR || tok_at(p, p->i - 1)->id == ',')) ||
			    at(p, KW_FROM);

		advance(p);
		if (!list)
			continue;
		if (tok_at(p, p->i - 1)->id == KW_FROM) {
			read_from(p, SQL_READ);
			continue;
		}
		do {
			accept(p, KW_ONLY);
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

static void create_model(struct reader *p)
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
			advance(p);
		}
	}
}

void read_create(struct reader *p)
{
	bool temporary = false;

	advance(p);
	skip_noise(p, &temporary);
	switch (tok(p)->id) {
	case KW_TABLE:
		advance(p);
		if (at(p, KW_FUNCTION)) { /* BigQuery: TABLE FUNCTION f() AS query */
			read_routine(p, "CREATE", "FUNCTION");
			return;
		}
		create_table(p, SQL_CREATE | (temporary ? SQL_TEMPORARY : 0), "TABLE");
		return;
	case KW_VIEW:
		advance(p);
		create_table(p, SQL_CREATE | (temporary ? SQL_TEMPORARY : 0), "VIEW");
		return;
	case KW_SNAPSHOT:
		if (!peek_is(p, 1, KW_TABLE))
			break;
		p->i += 2;
		create_table(p, SQL_CREATE, "TABLE");
		return;
	case KW_SET: /* Teradata */
		if (!peek_is(p, 1, KW_TABLE))
			break;
		p->i += 2;
		create_table(p, SQL_CREATE, "TABLE");
		return;
	case KW_INDEX:
		on_table(p, "CREATE", "INDEX", SQL_ALTER);
		return;
	case KW_POLICY:
		on_table(p, "CREATE", "POLICY", SQL_ALTER);
		return;
	case KW_ROW:
		on_table(p, "CREATE", "ROW ACCESS POLICY", SQL_ALTER);
		return;
	case KW_RULE:
		create_rule(p);
		return;
	case KW_TRIGGER:
		read_trigger(p, "CREATE");
		return;
	case KW_FUNCTION:
	case KW_PROCEDURE:
	case KW_PROC:
	case KW_PACKAGE:
	case KW_EVENT:
		read_routine(p, "CREATE", NULL);
		return;
	case KW_TYPE:
		if (peek_is(p, 1, KW_BODY)) {
			read_routine(p, "CREATE", NULL);
			return;
		}
		break;
	case KW_SYNONYM:
		advance(p);
		create_synonym(p);
		return;
	case KW_SCHEMA:
		create_schema(p);
		return;
	case KW_STREAM:
	case KW_TASK:
	case KW_PIPE:
	case KW_ALERT:
		create_code(p, at(p, KW_STREAM) ? "STREAM" : at(p, KW_TASK) ? "TASK" : at(p, KW_PIPE) ? "PIPE" : "ALERT");
		return;
	case KW_MACRO:
		advance(p);
		create_macro(p);
		return;
	case KW_PUBLICATION:
	case KW_STATISTICS:
		if (p->bits & DL_BATCH) {
			on_table(p, "CREATE", "STATISTICS", SQL_ALTER);
			return;
		}
		create_publication(p, at(p, KW_STATISTICS) ? "STATISTICS" : "PUBLICATION");
		return;
	case KW_MODEL:
		create_model(p);
		return;
	default:
		break;
	}
	if (tok(p)->type == TOKEN_WORD && !p->inner) {
		char *what = arena_alloc(p->arena, tok(p)->len + 1);
		struct slice up = upper(p, tok_raw(p));

		for (size_t i = 0; what && i < up.len; i++)
			what[i] = up.ptr[i];
		set_operation(p, "CREATE", what ? what : "");
	}
	read_rest_with_groups(p);
}

/* ---- ALTER, DROP ---- */

static void alter_actions(struct reader *p)
{
	while (!at_statement_end(p)) {
		unsigned id = tok(p)->id;
		struct name n;

		if (p->bits & DL_BATCH && starts_statement(p) &&
		    !ONE_OF(p, KW_WITH, KW_SET, KW_ALTER, KW_DROP, KW_FOR, KW_UPDATE, KW_DELETE, KW_REPLACE, KW_ENABLE, KW_DISABLE))
			return;
		if (id == '(') {
			if (query_follows(p, 1))
				read_group(p);
			else
				definition_group(p);
			continue;
		}
		advance(p);
		switch (id) {
		case KW_RENAME:
			/* to another name: not of a column, an index, a constraint */
			if (at(p, KW_TO) || at(p, KW_AS)) {
				advance(p);
				if (is_name(tok(p)) && !peek_is(p, 1, KW_TO))
					read_target(p, SQL_CREATE);
			} else if (p->bits & DL_MYSQL && is_name(tok(p)) && !ONE_OF(p, KW_COLUMN, KW_INDEX, KW_KEY)) {
				read_target(p, SQL_CREATE);
			}
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
		case KW_EXCHANGE:
		case KW_SWITCH:
		case KW_SWAP:
		case KW_CLONE:
		case KW_MOVE:
			while (!at_statement_end(p) && !ONE_OF(p, KW_TABLE, KW_TO, KW_WITH))
				advance(p);
			accept(p, KW_WITH);
			accept(p, KW_TO);
			accept(p, KW_TABLE);
			if (is_name(tok(p)) && !at(p, KW_DISK) && !at(p, KW_VOLUME))
				read_target(p, SQL_ALTER);
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
		default:
			(void)n;
			break;
		}
	}
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
	if_exists(p);
	accept(p, KW_ONLY);
	scope_push(p, &s);
	do {
		struct sql_relation *r = read_target(p, SQL_ALTER);

		scope_source(p, r ? r->name : SLICE_NONE, r);
		accept(p, '*');
	} while (accept(p, ','));
	if (at(p, KW_SET) && peek_is(p, 1, KW_SCHEMA))
		skip_rest(p);
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
		on_table(p, "ALTER", "TRIGGER", SQL_ALTER);
		return;
	case KW_FUNCTION:
	case KW_PROCEDURE:
	case KW_PROC:
	case KW_EVENT:
		read_routine(p, "ALTER", NULL);
		return;
	case KW_PUBLICATION:
		create_publication(p, "PUBLICATION");
		return;
	default:
		name_operation(p, "ALTER", NULL);
		read_rest_with_groups(p);
	}
}

static void drop_list(struct reader *p, const char *object)
{
	name_operation(p, "DROP", object);
	advance(p);
	if_exists(p);
	do {
		if_exists(p);
		if (at_statement_end(p))
			return;
		read_target(p, SQL_DROP);
		if (at(p, '@'))
			skip_rest(p);
	} while (accept(p, ','));
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p)))
		advance(p);
}

void read_drop(struct reader *p)
{
	bool temporary = false;

	advance(p);
	skip_noise(p, &temporary);
	if_exists(p);
	switch (tok(p)->id) {
	case KW_TABLE:
	case KW_TABLES:
		if (peek_is(p, 1, KW_FUNCTION)) /* BigQuery */
			break;
		drop_list(p, "TABLE");
		return;
	case KW_VIEW:
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
		while (!at_statement_end(p) && !at(p, KW_ON))
			advance(p);
		if (accept(p, KW_ON) && !ONE_OF(p, KW_ALL, KW_DATABASE, KW_SCHEMA, KW_COMMIT) && is_name(tok(p)))
			read_target(p, SQL_ALTER);
		skip_rest(p);
		return;
	default:
		break;
	}
	if (tok(p)->type == TOKEN_WORD && !p->inner) {
		struct slice up = upper(p, tok_raw(p));
		char *what = arena_alloc(p->arena, up.len + 1);

		for (size_t i = 0; what && i < up.len; i++)
			what[i] = up.ptr[i];
		set_operation(p, "DROP", what ? what : "");
	}
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && p->i && starts_statement(p)))
		advance(p);
}
