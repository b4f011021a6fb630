// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Functions behind FROM: what they read instead of a table. */
#include <string.h>

#include "sql/call.h"
#include "sql/expr.h"
#include "sql/remote.h"

/* x.csv, dir/x, s3://b/x; not an address of mail, a person, a number: what is told of a statement must not hold who was looked for. */
static bool looks_like_path(struct slice s)
{
	enum { EXTENSION_MAX = 8 };
	const char *dot = s.len > 2 ? memrchr(s.ptr, '.', s.len) : NULL;
	size_t n = dot ? (size_t)(s.ptr + s.len - dot) - 1 : 0;

	if (s.len > 2 && memmem(s.ptr, s.len, "://", 3))
		return true;
	if (s.len < 3 || memchr(s.ptr, '@', s.len) || memchr(s.ptr, '=', s.len) ||
	    (memchr(s.ptr, ' ', s.len) && s.ptr[0] != '/' && s.ptr[1] != ':'))
		return false;
	return memchr(s.ptr, '/', s.len) || (n && n <= EXTENSION_MAX && (dot[1] | 0x20) >= 'a' && (dot[1] | 0x20) <= 'z');
}

static void file_arguments(struct reader *p, bool client)
{
	size_t end = partner(p, p->i);

	spend(p, end > p->i ? end - p->i : 0);
	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->type == TOKEN_STRING) {
			struct slice s = lex_body(p->text, tok_at(p, i));

			if (looks_like_path(s))
				add_file_token(p, tok_at(p, i), false, client);
		}
}

/* A name that the function takes as a text. */
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

	spend(p, end > p->i ? end - p->i : 0);
	for (size_t i = p->i + 1; i < end; i++)
		if (tok_at(p, i)->id == ',')
			last = i;
	if (!last || peek(p, 1)->type != TOKEN_STRING)
		return;
	p->link = first_text(p);
	named_as_text(p, last + 1);
	p->link = link;
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

/* TABLE(...), ROWS FROM (...): at '('. */
static void table_of_nothing(struct reader *p)
{
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
}

/* PREDICT(MODEL = @m, DATA = t AS d) */
static void data_argument(struct reader *p)
{
	for (size_t i = p->i + 1; i < partner(p, p->i) && i < p->i + 12; i++)
		if (tok_at(p, i)->id == KW_DATA && tok_at(p, i + 1)->id == '=')
			named_argument(p, i + 2);
}

void read_table_function(struct reader *p, const struct name *n)
{
	if (!n) {
		table_of_nothing(p);
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
		data_argument(p);
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
