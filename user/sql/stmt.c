// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One statement: by its first word, to the reader of its form. What has no reader is partial, and read lexically. */
#include <string.h>

#include "sql/reader.h"

bool starts_statement(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type != TOKEN_WORD || !(keyword_flags(t->id) & (KF_STATEMENT | KF_BLOCK)))
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
	if (!p->inner && tok(p)->type == TOKEN_WORD)
		p->st->operation = upper(p, tok_raw(p));
	else if (!p->inner)
		p->st->operation = SLICE("SELECT");
	read_query_body(p);
	scope_pop(p);
}

static bool explains_statement(struct reader *p)
{
	return starts_query(tok(p)) || at(p, '(') || at(p, KW_FROM) || at(p, KW_TABLE) ||
	       (starts_statement(p) && !at(p, KW_ANALYZE) && !at(p, KW_FORMAT));
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
			advance(p);
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
			    (is_name(peek(p, 1)) && describe && peek(p, 2)->type == TOKEN_END)) &&
			   p->bits & (DL_MYSQL | DL_EXECUTABLE)) {
			read_target(p, SQL_READ);
			skip_rest(p);
		} else if (at(p, '(')) {
			skip_group(p);
		} else {
			advance(p);
		}
	}
	if (!at_statement_end(p))
		read_statement(p);
}

static void read_label(struct reader *p)
{
	while (is_name(tok(p)) && peek_is(p, 1, ':') && !at(p, KW_CASE))
		p->i += 2;
	while (at(p, '<') && peek_is(p, 1, '<')) { /* <<label>> */
		while (!at_statement_end(p) && !(at(p, '>') && peek_is(p, 1, '>')))
			advance(p);
		p->i += 2;
	}
}

/* PREPARE p AS ..., PREPARE p FROM '...' */
static void session_text(struct reader *p, size_t first)
{
	size_t from = tok_at(p, first)->off, to = tok(p)->off;

	while (to > from && (p->text.ptr[to - 1] == ' ' || (p->text.ptr[to - 1] >= '\t' && p->text.ptr[to - 1] <= '\r')))
		to--;
	if (!p->inner)
		p->st->session_body = slice_mem(p->text.ptr + from, to - from);
}

static void read_prepare(struct reader *p)
{
	size_t first;

	advance(p);
	if (at(p, KW_TRANSACTION)) {
		skip_rest(p);
		return;
	}
	if (!is_name(tok(p))) {
		partial(p);
		return;
	}
	if (!p->inner) {
		p->st->session = SQL_SESSION_PREPARE;
		p->st->session_name = tok_name(p);
	}
	advance(p);
	if (at(p, '('))
		skip_group(p);
	if (accept(p, KW_FROM) && !starts_query(tok(p))) {
		struct slice text;
		bool whole;

		if (!read_constant(p, &text, &whole)) {
			dynamic(p);
			return;
		}
		if (whole && !p->inner)
			p->st->session_body = text;
		if (!whole)
			dynamic(p);
		read_inner(p, text, false);
		return;
	}
	accept(p, KW_AS);
	first = p->i;
	if (at_statement_end(p))
		return;
	read_statement(p);
	skip_rest(p);
	session_text(p, first);
}

static void read_declare_cursor(struct reader *p)
{
	size_t first;

	advance(p);
	if (!p->inner) {
		p->st->session = SQL_SESSION_PREPARE;
		p->st->cursor = true;
		p->st->session_name = tok_name(p);
	}
	advance(p);
	while (!at_statement_end(p) && !at(p, KW_FOR))
		advance(p);
	accept(p, KW_FOR);
	if (ONE_OF(p, KW_READ)) /* T-SQL: FOR READ ONLY */
		skip_rest(p);
	first = p->i;
	if (starts_query(tok(p)) || ONE_OF(p, '(', KW_TABLE))
		read_statement(p);
	else if (is_name(tok(p)))
		dynamic(p), advance(p);
	if (!(p->bits & DL_BATCH))
		skip_rest(p);
	session_text(p, first);
}

static bool is_cursor_declaration(struct reader *p)
{
	if (!is_name(peek(p, 1)))
		return false;
	for (size_t n = 2; n < 12; n++) {
		if (peek_is(p, n, KW_CURSOR))
			return true;
		if (!peek(p, n)->id || peek(p, n)->type != TOKEN_WORD)
			return false;
	}
	return false;
}

static void read_execute(struct reader *p)
{
	struct name n;

	advance(p);
	if (at(p, KW_IMMEDIATE)) {
		advance(p);
		read_dynamic(p);
		return;
	}
	if (p->bits & DL_BATCH || p->dialect == SQL_ANSI) {
		if (ONE_OF(p, KW_AS)) { /* EXECUTE AS USER = 'x' */
			advance(p);
			if (is_name(tok(p)))
				advance(p);
			accept(p, '=');
			add_setting(p,
				    (struct sql_setting){ .kind = SQL_SET_USER,
							  .name = SLICE("execute as"),
							  .value = tok(p)->type == TOKEN_STRING ? literal_value(p, tok(p)) : SLICE_NONE });
			while (!at_statement_end(p) && !starts_statement(p))
				advance(p);
			return;
		}
		if (at(p, '(') || (tok(p)->type == TOKEN_STRING && p->bits & DL_BATCH)) {
			read_dynamic(p);
			return;
		}
		if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
			p->i += 2;
	}
	if (p->procedural && !(p->bits & DL_BATCH)) { /* PL/pgSQL */
		read_dynamic(p);
		return;
	}
	if (tok(p)->type == TOKEN_STRING) {
		read_dynamic(p);
		return;
	}
	if (tok(p)->type == TOKEN_PARAM) {
		dynamic(p);
		advance(p);
	} else if (read_name(p, &n)) {
		if (!p->inner && !(p->bits & DL_BATCH)) {
			p->st->session = SQL_SESSION_EXECUTE;
			p->st->session_name = last_part(&n);
		}
		if (p->bits & DL_BATCH || p->dialect == SQL_SNOWFLAKE || p->dialect == SQL_ANSI) {
			add_call(p, &n, true);
			if (slice_ieq(last_part(&n), SLICE("sp_executesql")) || slice_ieq(last_part(&n), SLICE("sp_execute")) ||
			    slice_ieq(last_part(&n), SLICE("sp_sqlexec")) || slice_ieq(last_part(&n), SLICE("sp_prepare"))) {
				if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
					p->i += 2;
				read_dynamic(p);
				accept(p, ',');
			}
		}
	} else if (!at(p, '(')) {
		partial(p);
	}
	if (!at_statement_end(p) && !starts_statement(p))
		read_expr(p, 0);
	if (at(p, KW_WITH) && (peek_is(p, 1, KW_RECOMPILE) || peek_is(p, 1, KW_RESULT))) {
		p->i += 2;
		while (!at_statement_end(p) && !starts_statement(p)) {
			if (at(p, '('))
				skip_group(p);
			else
				advance(p);
		}
	}
	if (at(p, KW_AT)) /* EXEC ('...') AT server */
		p->i += 2;
}

static void read_call(struct reader *p)
{
	struct name n;

	advance(p);
	if (!read_name(p, &n)) {
		if (!starts_query(tok(p)))
			dynamic(p);
		read_expr(p, 0);
		return;
	}
	add_call(p, &n, true);
	if (at(p, '('))
		read_arguments(p, &n);
	read_expr(p, 0);
}

/* FETCH n FROM c INTO ..., MOVE, CLOSE, DEALLOCATE, OPEN c [FOR query] */
static void read_cursor(struct reader *p)
{
	static const uint16_t words[] = { KW_NEXT,     KW_PRIOR, KW_FIRST, KW_LAST,   KW_ABSOLUTE, KW_RELATIVE, KW_ALL, KW_FORWARD,
					  KW_BACKWARD, KW_FROM,  KW_IN,    KW_CURSOR, KW_PREPARE,  KW_PLAN,     0 };
	bool fetch = ONE_OF(p, KW_FETCH, KW_MOVE), prepared = ONE_OF(p, KW_DEALLOCATE) || (at(p, KW_DROP));
	bool open = at(p, KW_OPEN);

	advance(p);
	while (reader_one_of(p, words) || tok(p)->type == TOKEN_NUMBER || at(p, '-')) {
		if (at(p, KW_ALL) && !fetch)
			break;
		advance(p);
	}
	if (!p->inner) {
		p->st->session = fetch || open ? SQL_SESSION_EXECUTE : SQL_SESSION_FORGET;
		p->st->cursor = !prepared;
		if (is_name(tok(p)) && !at(p, KW_ALL))
			p->st->session_name = tok_name(p);
		if (open)
			p->st->session = SQL_SESSION_NONE;
	}
	if (tok(p)->type == TOKEN_PARAM)
		advance(p);
	if (open) {
		struct name n;

		read_name(p, &n);
		if (at(p, '('))
			read_group(p);
		while (ONE_OF(p, KW_NO, KW_SCROLL))
			advance(p);
		if (accept(p, KW_FOR)) {
			if (accept(p, KW_EXECUTE))
				read_dynamic(p);
			else if (starts_query(tok(p)) || at(p, '('))
				read_query(p);
			else
				read_dynamic(p);
			if (accept(p, KW_USING))
				read_expr(p, 0);
		}
		return;
	}
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p)))
		advance(p);
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
	if (t->type == TOKEN_WORD)
		p->st->operation = upper(p, lex_raw(p->text, t));
	else if (t->id == '(')
		p->st->operation = SLICE("SELECT");
	if (slice_eq(p->st->operation, SLICE("FROM")) || slice_eq(p->st->operation, SLICE("SEL")))
		p->st->operation = SLICE("SELECT");
}

static bool dispatch(struct reader *p)
{
	switch (tok(p)->id) {
	case '(':
	case KW_SELECT:
	case KW_WITH:
	case KW_VALUES:
	case KW_FROM:
		read_select_statement(p);
		return true;
	case KW_TABLE:
		if (!is_name(peek(p, 1)))
			return false;
		read_query(p);
		return true;
	case KW_INSERT:
	case KW_UPDATE:
	case KW_DELETE:
	case KW_MERGE:
	case KW_REPLACE:
	case KW_UPSERT:
		return read_dml(p);
	case KW_CREATE:
		read_create(p);
		return true;
	case KW_ALTER:
		read_alter(p);
		return true;
	case KW_DROP:
	case KW_UNDROP:
		if (at(p, KW_DROP) && peek_is(p, 1, KW_PREPARE)) {
			read_cursor(p);
			return true;
		}
		read_drop(p);
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
	read_label(p);
	if (!dispatch(p) && !read_session(p) && !read_utility(p) && !read_more_utilities(p) && !read_procedural(p)) {
		partial(p);
		skip_rest(p);
	}
	p->depth--;
}
