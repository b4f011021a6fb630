// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One statement: by its first word, to the reader of its form. What has no reader is partial, and read lexically. */
#include "sql/execute.h"
#include "sql/expr.h"
#include "sql/utility.h"

bool starts_statement(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type != TOKEN_WORD)
		return false;
	if (at_batch_label(p))
		return true;
	if (!(keyword_flags(t->id) & (KF_STATEMENT | KF_BLOCK)))
		return false;
	if (!(keyword_flags(t->id) & KF_STATEMENT) && p->bits & DL_BATCH)
		return false;
	return !peek_is(p, 1, '.') && !peek_is(p, 1, '=') && !peek_is(p, 1, ',') && !peek_is(p, 1, ')');
}

/* WITH ... SELECT, or WITH ... UPDATE: the operation is the main one. */
static void read_select_statement(struct reader *p)
{
	struct scope s;

	if (!at(p, KW_WITH)) {
		read_query(p);
		return;
	}
	scope_push(p, &s);
	read_with(p);
	if (!p->inner && tok(p)->type == TOKEN_WORD && !at(p, KW_FROM))
		p->st->operation = upper(p, tok_raw(p));
	else if (!p->inner)
		p->st->operation = SLICE("SELECT");
	read_query_body(p);
	scope_pop(p);
}

static bool explains_statement(struct reader *p)
{
	return starts_query(tok(p)) || (at(p, '(') && (query_at(p, 1) || peek_is(p, 1, '('))) || at(p, KW_FROM) || at(p, KW_TABLE) ||
	       at(p, KW_REFRESH) || (p->dialect == SQL_DUCKDB && ONE_OF(p, KW_PIVOT, KW_UNPIVOT, KW_SUMMARIZE, KW_DESCRIBE, KW_SHOW)) ||
	       (starts_statement(p) && !ONE_OF(p, KW_ANALYZE, KW_FORMAT, KW_FOR));
}

/* EXPLAIN [options] statement; MySQL: EXPLAIN t */
static void read_explain(struct reader *p)
{
	bool describe = ONE_OF(p, KW_DESCRIBE, KW_DESC);

	advance(p);
	if (at(p, '(') && !starts_query(peek(p, 1)) && !peek_is(p, 1, '('))
		skip_group(p);
	if (at(p, KW_PLAN) && peek_is(p, 1, KW_SET)) { /* Oracle: SET STATEMENT_ID = 'x' INTO t FOR */
		while (!at_statement_end(p) && !at(p, KW_FOR) && !at(p, KW_INTO))
			skip_word(p);
	}
	while (!at_statement_end(p) && !explains_statement(p)) {
		if (at(p, KW_PLAN) && peek_is(p, 1, KW_FOR))
			p->i += 2;
		else if (at(p, KW_INTO)) {
			advance(p);
			read_target(p, SQL_INSERT);
		} else if (at(p, KW_FOR) && peek_is(p, 1, KW_CONNECTION)) {
			skip_rest(p);
		} else if (is_name(tok(p)) &&
			   (peek(p, 1)->type == TOKEN_END || peek_is(p, 1, ';') || peek_is(p, 1, '.') ||
			    (is_name(peek(p, 1)) && (describe || !tok(p)->id) && peek(p, 2)->type == TOKEN_END)) &&
			   p->bits & (DL_MYSQL | DL_EXECUTABLE)) {
			read_target(p, SQL_READ);
			skip_rest(p);
		} else if (at(p, '(')) {
			skip_group(p);
		} else {
			skip_word(p);
		}
	}
	if (!at_statement_end(p))
		read_statement(p);
}

/* x: and <<x>> */
static bool read_label(struct reader *p)
{
	size_t start = p->i;

	if (is_name(tok(p)) ? peek_is(p, 1, ':') : at(p, '<') || at(p, OP_OTHER))
		variables_label(p);
	while (is_name(tok(p)) && peek_is(p, 1, ':') && !at(p, KW_CASE))
		p->i += 2;
	while ((at(p, '<') && peek_is(p, 1, '<')) || (at(p, OP_OTHER) && slice_eq(tok_raw(p), SLICE("<<")))) {
		p->i += at(p, '<') ? 2 : 1;
		if (is_name(tok(p)))
			advance(p);
		if (!accept(p, OP_OTHER)) {
			accept(p, '>');
			accept(p, '>');
		}
	}
	return p->i != start;
}

/* Lines for psql, mysql and sqlite3; psql's \copy is COPY. */
static void read_command(struct reader *p)
{
	struct slice s = tok_raw(p);

	p->st->operation = SLICE("CLIENT");
	if (slice_starts(s, SLICE("\\copy")) && s.len > 5) {
		p->st->operation = SLICE("COPY");
		read_client_copy(p, slice_skip(s, 1));
	} else if (slice_starts(s, SLICE("\\gexec")) || slice_starts(s, SLICE("\\i")) || slice_starts(s, SLICE("\\.")) ||
		   slice_starts(s, SLICE(".read"))) {
		dynamic(p);
	} else if (slice_starts(s, SLICE(".import")) || slice_starts(s, SLICE(".dump")) || slice_starts(s, SLICE("\\d"))) {
		partial(p);
	}
	advance(p);
}

static void set_first_operation(struct reader *p)
{
	const struct token *t = tok(p);

	if (p->inner || p->st->operation.len)
		return;
	if (t->type == TOKEN_WORD && t->id && *lex_raw(p->text, t).ptr != '\\') /* as MySQL's \N is */
		p->st->operation = keyword_text(t->id);
	else if (t->type == TOKEN_WORD)
		p->st->operation = upper(p, lex_raw(p->text, t));
	else if (t->id == '(')
		p->st->operation = SLICE("SELECT");
	if (slice_eq(p->st->operation, SLICE("FROM")) || slice_eq(p->st->operation, SLICE("SEL")))
		p->st->operation = SLICE("SELECT");
}

/* ODBC: {call p(1)}, {? = call p(1)} */
static void read_escape(struct reader *p)
{
	advance(p);
	if (tok(p)->type == TOKEN_PARAM) {
		advance(p);
		accept(p, '=');
	}
	if (!at(p, KW_CALL)) {
		partial(p);
		skip_rest(p);
		return;
	}
	if (!p->inner)
		p->st->operation = SLICE("CALL");
	read_call(p);
	if (!accept(p, '}'))
		partial(p);
}

/* DuckDB: UPDATE EXTENSIONS [(a, b)] */
static bool updates_extensions(struct reader *p)
{
	const struct token *next = peek(p, 1), *then = peek(p, 2);

	return p->dialect == SQL_DUCKDB && slice_ieq(lex_raw(p->text, next), SLICE("extensions")) &&
	       (then->id == '(' || then->id == ';' || then->type == TOKEN_END);
}

/* DROP and UNDROP of what is a table, and of what is none. */
static void dispatch_drop(struct reader *p)
{
	if (at(p, KW_DROP) && peek_is(p, 1, KW_PREPARE))
		read_cursor(p);
	else if (peek_is(p, 1, KW_SENSITIVITY))
		read_classification(p);
	else if (peek_is(p, 1, KW_STATS) || (peek_is(p, 1, KW_INCREMENTAL) && peek_is(p, 2, KW_STATS)))
		read_drop_stats(p);
	else
		read_drop(p);
}

/* Neither a query nor DML. */
static bool dispatch_other(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_CREATE:
		read_create(p);
		return true;
	case KW_ALTER:
		read_alter(p);
		return true;
	case KW_DROP:
	case KW_UNDROP:
		dispatch_drop(p);
		return true;
	case KW_EXPLAIN:
	case KW_DESCRIBE:
	case KW_DESC:
		if (!at(p, KW_EXPLAIN) && read_utility(p))
			return true;
		read_explain(p);
		return true;
	case KW_PREPARE:
		read_prepare(p);
		return true;
	case KW_EXECUTE:
	case KW_EXEC:
		read_execute(p);
		return true;
	case KW_CALL:
		read_call(p);
		return true;
	case KW_DECLARE:
		if (!is_cursor_declaration(p))
			return read_procedural(p);
		read_declare_cursor(p);
		return true;
	case KW_FETCH:
	case KW_MOVE:
	case KW_CLOSE:
	case KW_DEALLOCATE:
	case KW_OPEN:
		read_cursor(p);
		return true;
	default:
		return false;
	}
}

static bool dispatch(struct reader *p)
{
	switch (tok(p)->id) {
	case '{':
		read_escape(p);
		return true;
	case '(':
	case KW_SELECT:
	case KW_WITH:
	case KW_VALUES:
	case KW_FROM:
		read_select_statement(p);
		return true;
	case KW_TABLE:
		if (peek_is(p, 1, '.')) /* TABLE ..t */
			partial(p);
		if (!is_name(peek(p, 1)) && !(p->dialect == SQL_DUCKDB && peek(p, 1)->type == TOKEN_STRING))
			return false;
		read_query(p);
		return true;
	case KW_REPLACE:
		if (!peek_is(p, 1, KW_TABLE) || p->dialect != SQL_CLICKHOUSE)
			return read_dml(p);
		read_create(p); /* ClickHouse: REPLACE TABLE t ENGINE = e AS ... */
		return true;
	case KW_UPDATE:
		if (!updates_extensions(p))
			return read_dml(p);
		skip_rest(p);
		return true;
	case KW_INSERT:
	case KW_DELETE:
	case KW_MERGE:
	case KW_UPSERT:
		return read_dml(p);
	default:
		return dispatch_other(p);
	}
}

void read_statement(struct reader *p)
{
	set_first_operation(p);
	if (tok(p)->type == TOKEN_COMMAND) {
		read_command(p);
		return;
	}
	if (p->depth >= SQL_DEPTH_MAX) {
		partial(p);
		skip_rest(p);
		return;
	}
	p->depth++;
	if (read_label(p) && (at_statement_end(p) || at(p, KW_END))) {
		p->depth--;
		return;
	}
	if (!dispatch(p) && !read_session(p) && !read_utility(p) && !read_more_utilities(p) && !read_procedural(p)) {
		partial(p);
		skip_rest(p);
	}
	p->depth--;
}
