// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Calls: functions whose arguments name a query, a table or a file. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/expr.h"
#include "sql/naming.h"
#include "sql/remote.h"

struct slice first_text(struct reader *p)
{
	return peek(p, 1)->type == TOKEN_STRING || is_name(peek(p, 1)) ? lex_name(p->text, peek(p, 1), '\\', p->arena) : SLICE_NONE;
}

void named_argument(struct reader *p, size_t at_token)
{
	size_t back = p->i;
	struct name n;

	move_to(p, at_token);
	if (is_name(tok(p)) && read_relation_name(p, &n)) {
		struct sql_relation *r = add_read(p, &n, SQL_READ);

		if (r)
			r->all_columns = true;
	}
	move_to(p, back);
}

/* dblink('connection', 'query'), OPENQUERY(server, 'query') */
static void remote_query(struct reader *p, bool openquery, uint32_t which)
{
	struct slice link = p->link;

	p->link = first_text(p);
	if (looks_like_sql(p->link))
		p->link = SLICE("");
	if (!openquery)
		add_file(p, p->link, SQL_REMOTE, false, false);
	text_arguments(p, true, false, SQL_VIA_DYNAMIC);
	run_arguments(p, which);
	p->link = link;
}

/* Strings among the first arguments are paths. */
static void path_arguments(struct reader *p, bool write)
{
	size_t end = partner(p, p->i);

	for (size_t i = p->i + 1; i < end && i < p->i + 8; i++)
		if (tok_at(p, i)->type == TOKEN_STRING)
			add_file_token(p, tok_at(p, i), write, false);
}

/* What the arguments of a function mean. */
enum meaning {
	M_NOTHING,
	M_NAME,         /* the first one names a relation */
	M_NAME_OR_TEXT, /* the same, without quotes, too */
	M_SETS,         /* each is the name of a relation that is read */
	M_TABLE,        /* the first one is a relation that is read */
	M_QUERY,        /* one is a query */
	M_RUNS_FIRST,   /* the first one is a query */
	M_RUNS_BOTH,    /* the first two are */
	M_DBLINK,
	M_REMOTE,
	M_OPENQUERY,
	M_OPENROWSET,
	M_PARSE,
	M_IDENTIFIER,
	M_EVERYTHING, /* it reads all tables of the database */
	M_FILE,
	M_FILE_WRITTEN,
};

static enum meaning meaning_of(unsigned function)
{
	static const struct {
		uint16_t function;
		uint8_t meaning;
	} known[] = {
		{ KW_TO_REGCLASS, M_NAME },
		{ KW_GET_RAW_PAGE, M_NAME },
		{ KW_PGROWLOCKS, M_NAME },
		{ KW_PG_FREESPACE, M_NAME },
		{ KW_PGSTATTUPLE, M_NAME },
		{ KW_PG_TABLE_SIZE, M_NAME },
		{ KW_PG_RELATION_SIZE, M_NAME },
		{ KW_PG_TOTAL_RELATION_SIZE, M_NAME },
		{ KW_TABLE_CHANGES, M_NAME },
		{ KW_OBJECT_ID, M_NAME },
		{ KW_PRAGMA_TABLE_INFO, M_NAME },
		{ KW_PRAGMA_TABLE_XINFO, M_NAME },
		{ KW_PRAGMA_INDEX_LIST, M_NAME },
		{ KW_PRAGMA_FOREIGN_KEY_LIST, M_NAME },
		{ KW_JOINGET, M_NAME_OR_TEXT },
		{ KW_JOINGETORNULL, M_NAME_OR_TEXT },
		{ KW_DBLINK, M_DBLINK },
		{ KW_DBLINK_EXEC, M_DBLINK },
		{ KW_DBLINK_OPEN, M_DBLINK },
		{ KW_DBLINK_SEND_QUERY, M_DBLINK },
		{ KW_OPENQUERY, M_OPENQUERY },
		{ KW_OPENROWSET, M_OPENROWSET },
		{ KW_EXTERNAL_QUERY, M_REMOTE },
		{ KW_POSTGRES_QUERY, M_REMOTE },
		{ KW_MYSQL_QUERY, M_REMOTE },
		{ KW_SQLITE_QUERY, M_REMOTE },
		{ KW_PARSE, M_PARSE },
		{ KW_QUERY_TO_XML, M_RUNS_FIRST },
		{ KW_QUERY_TO_XML_AND_XMLSCHEMA, M_RUNS_FIRST },
		{ KW_QUERY_TO_XMLSCHEMA, M_RUNS_FIRST },
		{ KW_TS_STAT, M_RUNS_FIRST },
		{ KW_CROSSTAB, M_RUNS_BOTH },
		{ KW_GETXML, M_QUERY },
		{ KW_GETXMLTYPE, M_QUERY },
		{ KW_QUERY, M_QUERY },
		{ KW_SYSTEM_QUERY, M_QUERY },
		{ KW_TABLE_TO_XML, M_TABLE },
		{ KW_TABLE_TO_XMLSCHEMA, M_TABLE },
		{ KW_TABLE_TO_XML_AND_XMLSCHEMA, M_TABLE },
		{ KW_CURSOR_TO_XML, M_EVERYTHING }, /* of a cursor, whose query was told when it was declared */
		{ KW_SCHEMA_TO_XML, M_EVERYTHING },
		{ KW_SCHEMA_TO_XML_AND_XMLSCHEMA, M_EVERYTHING },
		{ KW_DATABASE_TO_XML, M_EVERYTHING },
		{ KW_DATABASE_TO_XML_AND_XMLSCHEMA, M_EVERYTHING },
		{ KW_PG_LOGICAL_SLOT_GET_CHANGES, M_EVERYTHING },
		{ KW_PG_LOGICAL_SLOT_PEEK_CHANGES, M_EVERYTHING },
		{ KW_PG_LOGICAL_SLOT_GET_BINARY_CHANGES, M_EVERYTHING },
		{ KW_PG_LOGICAL_SLOT_PEEK_BINARY_CHANGES, M_EVERYTHING },
		{ KW_QUERY_TABLE, M_SETS },
		{ KW_IDENTIFIER, M_IDENTIFIER },
		{ KW_PG_READ_FILE, M_FILE },
		{ KW_PG_READ_BINARY_FILE, M_FILE },
		{ KW_PG_LS_DIR, M_FILE },
		{ KW_LO_IMPORT, M_FILE },
		{ KW_LOAD_FILE, M_FILE },
		{ KW_LOAD_EXTENSION, M_FILE },
		{ KW_READFILE, M_FILE },
		{ KW_BFILENAME, M_FILE },
		{ KW_LO_EXPORT, M_FILE_WRITTEN },
		{ KW_WRITEFILE, M_FILE_WRITTEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].function == function)
			return (enum meaning)known[i].meaning;
	return M_NOTHING;
}

/* Oracle: DBMS_SQL.PARSE(c, '...', 1) */
static void parse_arguments(struct reader *p, const struct name *n)
{
	if (p->dialect != SQL_ORACLE)
		return;
	if (n->n > 1 && slice_ieq(n->part[n->n - 2], SLICE("dbms_sql")))
		needs_text(p, 1, 1);
	text_arguments(p, true, false, SQL_VIA_DYNAMIC);
	if (n->n > 1 && slice_ieq(n->part[n->n - 2], SLICE("dbms_sql")))
		run_arguments(p, 2);
}

/* OPENROWSET('provider', 'connection', 'query'), (..., db.schema.t), (BULK 'file', ...) */
static void text_or_table(struct reader *p)
{
	size_t end = partner(p, p->i), last = p->i;

	spend(p, end > p->i ? end - p->i : 0);
	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->id == ',')
			last = i;
	if (last > p->i && last + 2 == end && tok_at(p, last + 1)->type == TOKEN_STRING && peek(p, 1)->type == TOKEN_STRING) {
		remote_query(p, false, 0);
		return;
	}
	remote_query(p, false, UINT32_C(1) << 31);
}

/* query('...') of DuckDB, system.query(query => '...') of Trino's connectors, DBMS_XMLGEN.getXML('...') */
static bool runs_first(struct reader *p, const struct name *n)
{
	if (peek_is(p, 1, ')')) /* a method: uri.getXML() */
		return false;
	return p->dialect == SQL_DUCKDB || p->dialect == SQL_TRINO || p->dialect == SQL_ATHENA ||
	       (n->n > 1 && slice_ieq(n->part[n->n - 2], SLICE("dbms_xmlgen")));
}

/* What the arguments of some functions mean, at '('. */
static void known_function(struct reader *p, const struct name *n, unsigned function)
{
	enum meaning m = meaning_of(function);

	switch (m) {
	case M_NOTHING:
		break;
	case M_NAME_OR_TEXT:
		if (is_name(peek(p, 1))) {
			named_argument(p, p->i + 1);
			break;
		}
		/* fall through */
	case M_NAME:
		text_arguments(p, false, true, SQL_VIA_LITERAL);
		break;
	case M_SETS:
	case M_TABLE:
		text_arguments(p, false, m == M_TABLE, SQL_VIA_DYNAMIC);
		break;
	case M_RUNS_FIRST:
	case M_RUNS_BOTH:
		needs_text(p, 0, m == M_RUNS_BOTH);
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		run_arguments(p, m == M_RUNS_BOTH ? 3 : 1);
		break;
	case M_QUERY:
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		if (runs_first(p, n))
			run_arguments(p, 1);
		break;
	case M_DBLINK:
		needs_text(p, 1, 3);
		remote_query(p, false, 0);
		break;
	case M_OPENROWSET:
		text_or_table(p);
		break;
	case M_REMOTE:
	case M_OPENQUERY:
		remote_query(p, m == M_OPENQUERY, 2);
		break;
	case M_PARSE:
		parse_arguments(p, n);
		break;
	case M_IDENTIFIER:
		if (p->dialect == SQL_SNOWFLAKE || p->bits & DL_SPARK || p->dialect == SQL_ANSI)
			text_arguments(p, false, true, SQL_VIA_DYNAMIC);
		break;
	case M_EVERYTHING:
		whole_database(p);
		break;
	case M_FILE:
	case M_FILE_WRITTEN:
		path_arguments(p, m == M_FILE_WRITTEN);
		break;
	}
}

void read_arguments(struct reader *p, const struct name *n)
{
	static const char *const executes[] = { "postgres_execute", "mysql_execute", NULL };
	unsigned function = keyword_of(last_part(n));

	add_call(p, n, false);
	if (peek_is(p, 1, KW_ON) && is_name(peek(p, 2)) && !peek_is(p, 3, '(')) /* Hive, Teradata: f(ON t PARTITION BY a) */
		named_argument(p, p->i + 2);
	if (function)
		known_function(p, n, function);
	naming_arguments(p, n);
	known_arguments(p, n);
	computed_literal(p, n);
	if (p->dialect == SQL_DUCKDB && slice_ieq_any(last_part(n), executes))
		remote_query(p, false, 2);
	if (p->dialect == SQL_CLICKHOUSE)
		clickhouse_function(p, last_part(n));
}
