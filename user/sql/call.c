// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Calls: functions whose arguments name a query, a table or a file. */
#include <string.h>

#include "sql/call.h"
#include "sql/expr.h"
#include "sql/naming.h"
#include "sql/remote.h"

static void file_arguments(struct reader *p, bool client)
{
	size_t end = partner(p, p->i);

	spend(p, end > p->i ? end - p->i : 0);
	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->type == TOKEN_STRING) {
			struct slice s = lex_body(p->text, tok_at(p, i));

			if (s.len > 2 && (memchr(s.ptr, '/', s.len) || memchr(s.ptr, '.', s.len)))
				add_file_token(p, tok_at(p, i), false, client);
		}
}

static struct slice first_text(struct reader *p)
{
	return peek(p, 1)->type == TOKEN_STRING || is_name(peek(p, 1)) ? lex_name(p->text, peek(p, 1), '\\', p->arena) : SLICE_NONE;
}

/* CONTAINSTABLE(t, ...), CHANGETABLE(CHANGES t, ...), PREDICT(MODEL = @m, DATA = t AS d) */
static void named_argument(struct reader *p, size_t at_token)
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
static void remote_query(struct reader *p, bool openquery)
{
	struct slice link = p->link;

	p->link = first_text(p);
	if (looks_like_sql(p->link))
		p->link = SLICE("");
	if (!openquery)
		add_file(p, p->link, SQL_REMOTE, false, false);
	text_arguments(p, true, false, SQL_VIA_DYNAMIC);
	p->link = link;
}

/* The same of a name that the function takes as a text. */
static void named_as_text(struct reader *p, size_t at_token)
{
	enum sql_via via = p->via;

	p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
	named_argument(p, at_token);
	p->via = via;
}

/* OPENROWSET('provider', 'connection', db.schema.t): at '('. */
static void remote_table(struct reader *p)
{
	size_t end = partner(p, p->i), last = 0;
	struct slice link = p->link;

	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->id == ',')
			last = i;
	if (!last || peek(p, 1)->type != TOKEN_STRING)
		return;
	p->link = first_text(p);
	named_as_text(p, last + 1);
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

/* Functions whose first argument names a relation. */
static void naming_function(struct reader *p, unsigned function)
{
	switch (function) {
	case KW_TO_REGCLASS:
	case KW_GET_RAW_PAGE:
	case KW_PGROWLOCKS:
	case KW_PG_FREESPACE:
	case KW_PGSTATTUPLE:
	case KW_PG_TABLE_SIZE:
	case KW_PG_RELATION_SIZE:
	case KW_PG_TOTAL_RELATION_SIZE:
	case KW_TABLE_CHANGES:
	case KW_OBJECT_ID:
	case KW_PRAGMA_TABLE_INFO:
	case KW_PRAGMA_TABLE_XINFO:
	case KW_PRAGMA_INDEX_LIST:
	case KW_PRAGMA_FOREIGN_KEY_LIST:
		text_arguments(p, false, true, SQL_VIA_LITERAL);
		break;
	case KW_JOINGET:
	case KW_JOINGETORNULL:
		if (is_name(peek(p, 1)))
			named_argument(p, p->i + 1);
		else
			text_arguments(p, false, true, SQL_VIA_LITERAL);
		break;
	default:
		break;
	}
}

/* What the arguments of some functions mean, at '('. */
static void known_function(struct reader *p, const struct name *n, unsigned function)
{
	switch (function) {
	case KW_DBLINK:
	case KW_DBLINK_EXEC:
	case KW_DBLINK_OPEN:
	case KW_DBLINK_SEND_QUERY:
		needs_text(p, 1, 3);
		remote_query(p, false);
		break;
	case KW_OPENQUERY:
	case KW_OPENROWSET:
	case KW_EXTERNAL_QUERY:
	case KW_POSTGRES_QUERY:
	case KW_MYSQL_QUERY:
	case KW_SQLITE_QUERY:
		remote_query(p, function == KW_OPENQUERY);
		break;
	case KW_PARSE: /* Oracle: DBMS_SQL.PARSE(c, '...', 1) */
		if (p->dialect != SQL_ORACLE)
			break;
		if (n->n > 1 && slice_ieq(n->part[n->n - 2], SLICE("dbms_sql")))
			needs_text(p, 1, 1);
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		break;
	case KW_QUERY_TO_XML:
	case KW_QUERY_TO_XML_AND_XMLSCHEMA:
	case KW_QUERY_TO_XMLSCHEMA:
	case KW_TS_STAT:
	case KW_CROSSTAB:
		needs_text(p, 0, function == KW_CROSSTAB);
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		break;
	case KW_GETXML:
	case KW_GETXMLTYPE:
	case KW_QUERY:
	case KW_SYSTEM_QUERY:
		text_arguments(p, true, false, SQL_VIA_DYNAMIC);
		break;
	case KW_TABLE_TO_XML:
	case KW_TABLE_TO_XMLSCHEMA:
	case KW_TABLE_TO_XML_AND_XMLSCHEMA:
		text_arguments(p, false, true, SQL_VIA_DYNAMIC);
		break;
	case KW_SCHEMA_TO_XML:
	case KW_SCHEMA_TO_XML_AND_XMLSCHEMA:
	case KW_DATABASE_TO_XML:
	case KW_DATABASE_TO_XML_AND_XMLSCHEMA:
	case KW_PG_LOGICAL_SLOT_GET_CHANGES:
	case KW_PG_LOGICAL_SLOT_PEEK_CHANGES:
	case KW_PG_LOGICAL_SLOT_GET_BINARY_CHANGES:
	case KW_PG_LOGICAL_SLOT_PEEK_BINARY_CHANGES:
		whole_database(p);
		break;
	case KW_QUERY_TABLE:
		text_arguments(p, false, false, SQL_VIA_DYNAMIC);
		break;
	case KW_IDENTIFIER:
		if (p->dialect == SQL_SNOWFLAKE || p->bits & DL_SPARK || p->dialect == SQL_ANSI)
			text_arguments(p, false, true, SQL_VIA_DYNAMIC);
		break;
	case KW_PG_READ_FILE:
	case KW_PG_READ_BINARY_FILE:
	case KW_PG_LS_DIR:
	case KW_LO_IMPORT:
	case KW_LOAD_FILE:
	case KW_LOAD_EXTENSION:
	case KW_READFILE:
	case KW_BFILENAME:
		path_arguments(p, false);
		break;
	case KW_LO_EXPORT:
	case KW_WRITEFILE:
		path_arguments(p, true);
		break;
	default:
		naming_function(p, function);
		break;
	}
}

void read_arguments(struct reader *p, const struct name *n)
{
	unsigned function = keyword_of(last_part(n));

	add_call(p, n, false);
	if (peek_is(p, 1, KW_ON) && is_name(peek(p, 2)) && !peek_is(p, 3, '(')) /* Hive, Teradata: f(ON t PARTITION BY a) */
		named_argument(p, p->i + 2);
	if (function)
		known_function(p, n, function);
	naming_arguments(p, n);
	if (p->dialect == SQL_CLICKHOUSE)
		clickhouse_function(p, last_part(n));
}

void read_merged(struct reader *p)
{
	const struct token *t = tok_at(p, partner(p, p->i) - 1);
	struct slice s;

	dynamic(p);
	if (t->type != TOKEN_STRING)
		return;
	s = literal_value(p, t);
	if (s.len && *s.ptr == '^')
		s = slice_skip(s, 1);
	if (s.len && s.ptr[s.len - 1] == '$')
		s.len--;
	literal_relation(p, s, SQL_VIA_LITERAL);
}

/* At a name of a pattern, (a:person), (a IS person|company), -[:knows]->: a label is by default the name of its table. */
static void graph_label(struct reader *p)
{
	unsigned before = p->i ? tok_at(p, p->i - 1)->id : 0;

	if ((before == ':' || before == KW_IS || before == '|' || before == '&') && !(keyword_flags(tok(p)->id) & ~(unsigned)KF_WEAK))
		literal_relation(p, tok_name(p), SQL_VIA_LITERAL);
}

void read_graph_pattern(struct reader *p, size_t end)
{
	size_t braces = 0; /* {key: value} of a property */

	while (p->i < end && !at_statement_end(p)) {
		braces += at(p, '{');
		braces -= at(p, '}') && braces;
		if (at(p, '(') && query_at(p, 1)) {
			read_group(p);
			continue;
		}
		if (!braces && is_name(tok(p)))
			graph_label(p);
		skip_word(p);
	}
}

/* GRAPH_TABLE(g MATCH ... COLUMNS (...)): at '('. The graph is read as a view is. */
static void read_graph_table(struct reader *p)
{
	size_t end = partner(p, p->i);

	if (end <= p->i) {
		partial(p);
		skip_rest(p);
		return;
	}
	advance(p);
	read_graph_pattern(p, end);
	p->i = end + 1;
}

void read_table_function(struct reader *p, const struct name *n)
{
	if (!n) { /* TABLE(...), ROWS FROM (...) */
		if (peek(p, 1)->type == TOKEN_STRING && peek_is(p, 2, ')') && p->dialect == SQL_SNOWFLAKE) {
			struct name named;

			name_of_text(p, literal_value(p, peek(p, 1)), &named);
			if (named.n)
				add_read(p, &named, SQL_READ);
		} else if (peek(p, 1)->type == TOKEN_PARAM && peek_is(p, 2, ')')) {
			dynamic(p);
		}
		if (p->bits & (DL_SPARK | DL_FROM_FIRST) || p->dialect == SQL_TRINO) {
			if (is_name(peek(p, 1)) && peek_is(p, 2, ')'))
				named_argument(p, p->i + 1);
		}
		read_group(p);
		return;
	}
	read_arguments(p, n);
	if (p->bits & DL_BATCH && peek_is(p, 1, KW_TABLE) && peek_is(p, 2, '=')) /* VECTOR_SEARCH(TABLE = t AS a, ...) */
		named_argument(p, p->i + 3);
	switch (keyword_of(last_part(n))) {
	case KW_CONTAINERS: /* Oracle: of all containers, of all shards */
	case KW_SHARDS:
		if (p->dialect != SQL_ORACLE && p->dialect != SQL_ANSI)
			break;
		/* fall through */
	case KW_HIERARCHIES: /* Oracle: of an attribute dimension */
	case KW_CONTAINSTABLE:
	case KW_FREETEXTTABLE:
	case KW_SEMANTICKEYPHRASETABLE:
	case KW_SEMANTICSIMILARITYTABLE:
	case KW_SEMANTICSIMILARITYDETAILSTABLE:
	case KW_SEMANTIC_VIEW: /* Snowflake */
		named_argument(p, p->i + 1);
		break;
	case KW_OPENROWSET:
		remote_table(p);
		break;
	case KW_HISTOGRAM: /* DuckDB */
	case KW_HISTOGRAM_VALUES:
		if (p->dialect == SQL_DUCKDB && peek(p, 1)->type == TOKEN_STRING)
			text_arguments(p, false, true, SQL_VIA_LITERAL);
		else if (p->dialect == SQL_DUCKDB)
			named_as_text(p, p->i + 1);
		break;
	case KW_CHANGETABLE:
		named_argument(p, p->i + 2);
		break;
	case KW_GRAPH_TABLE:
		named_argument(p, p->i + 1);
		read_graph_table(p);
		return;
	case KW_MERGE:
		if (p->dialect == SQL_CLICKHOUSE && partner(p, p->i) > p->i)
			read_merged(p);
		break;
	case KW_PREDICT:
		for (size_t i = p->i + 1; i < partner(p, p->i) && i < p->i + 12; i++)
			if (tok_at(p, i)->id == KW_DATA && tok_at(p, i + 1)->id == '=')
				named_argument(p, i + 2);
		break;
	case KW_REMOTE:
	case KW_REMOTESECURE:
	case KW_CLUSTER:
	case KW_CLUSTERALLREPLICAS:
	case KW_MYSQL:
	case KW_POSTGRESQL:
	case KW_MONGODB:
	case KW_POSTGRES_SCAN:
	case KW_POSTGRES_SCAN_PUSHDOWN:
	case KW_MYSQL_SCAN:
		if (n->n == 1)
			remote_arguments(p, SQL_REMOTE);
		break;
	case KW_SQLITE_SCAN:
		remote_arguments(p, SQL_FILE);
		break;
	case KW_JSON_TABLE: /* paths within a document */
	case KW_XMLTABLE:
		break;
	default:
		table_of_arguments(p, last_part(n));
		file_arguments(p, false);
		break;
	}
	read_group(p);
}
