// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* PREPARE, EXECUTE, CALL, cursors. */
#include "sql/call.h"
#include "sql/execute.h"
#include "sql/naming.h"

/* PREPARE p AS ..., PREPARE p FROM '...' */
static void session_text(struct reader *p, size_t first)
{
	size_t from = tok_at(p, first)->off, to = tok(p)->off;

	while (to > from && (p->text.ptr[to - 1] == ' ' || (p->text.ptr[to - 1] >= '\t' && p->text.ptr[to - 1] <= '\r')))
		to--;
	if (!p->inner)
		p->st->session_body = slice_mem(p->text.ptr + from, to - from);
}

void read_prepare(struct reader *p)
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
		p->vars.prepares = true;
		read_inner(p, text, false);
		p->vars.prepares = false;
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

void read_declare_cursor(struct reader *p)
{
	size_t first;

	advance(p);
	if (!p->inner) {
		p->st->session = SQL_SESSION_PREPARE;
		p->st->cursor = true;
		p->st->session_name = tok_name(p);
	}
	advance(p);
	while (!at_statement_end(p) && !at(p, KW_FOR)) {
		p->st->holds |= at(p, KW_WITH); /* HOLD */
		skip_word(p);
	}
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

bool is_cursor_declaration(struct reader *p)
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

/* T-SQL: EXECUTE AS USER = 'x' */
static void execute_as(struct reader *p)
{
	advance(p);
	if (is_name(tok(p)))
		advance(p);
	accept(p, '=');
	add_setting(p, (struct sql_setting){ .kind = SQL_SET_USER,
					     .name = SLICE("execute as"),
					     .value = tok(p)->type == TOKEN_STRING ? literal_value(p, tok(p)) : SLICE_NONE });
	while (!at_statement_end(p) && !starts_statement(p))
		advance(p);
}

/* @result = ..., in front of a procedure or of the text for it. */
static void skip_result(struct reader *p)
{
	if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
		p->i += 2;
}

static bool runs_text(struct slice procedure)
{
	return slice_ieq(procedure, SLICE("sp_executesql")) || slice_ieq(procedure, SLICE("sp_execute")) ||
	       slice_ieq(procedure, SLICE("sp_sqlexec"));
}

void read_procedure_text(struct reader *p, const struct name *n)
{
	struct slice name = last_part(n);

	if (slice_ieq(name, SLICE("sp_msforeachtable")) || slice_ieq(name, SLICE("sp_msforeachdb")))
		whole_database(p);
	naming_procedure(p, name);
	naming_command(p, name);
	if (runs_text(name)) {
		skip_result(p);
		read_dynamic(p);
		accept(p, ',');
	} else if (slice_ieq(name, SLICE("sp_rename"))) {
		read_sp_rename(p);
	} else {
		known_procedure(p, n);
	}
}

static void execute_name(struct reader *p)
{
	struct name n;

	if (names_table_behind(p))
		partial(p);
	skip_leading_dots(p);
	if (!read_name(p, &n)) {
		if (!at(p, '('))
			partial(p);
		return;
	}
	if (!p->inner && !(p->bits & DL_BATCH)) {
		p->st->session = SQL_SESSION_EXECUTE;
		p->st->session_name = last_part(&n);
	}
	if (!(p->bits & DL_BATCH) && p->dialect != SQL_SNOWFLAKE && p->dialect != SQL_ANSI)
		return;
	add_call(p, &n, true);
	read_procedure_text(p, &n);
}

/* WITH RECOMPILE, WITH RESULT SETS ((a int)) */
static void execute_options(struct reader *p)
{
	if (at(p, KW_WITH) && (peek_is(p, 1, KW_RECOMPILE) || peek_is(p, 1, KW_RESULT))) {
		p->i += 2;
		while (!at_statement_end(p) && !starts_statement(p)) {
			if (at(p, '('))
				skip_group(p);
			else
				advance(p);
		}
	}
}

/* Arguments, T-SQL's WITH RECOMPILE and AT server. */
static void behind_execute(struct reader *p)
{
	if (p->bits & DL_BATCH && at(p, ';') && peek(p, 1)->type == TOKEN_NUMBER) /* EXEC p;2 */
		p->i += 2;
	if (!at_statement_end(p) && !starts_statement(p))
		read_expr(p, 0);
	accept(p, KW_OUTPUT); /* the last argument's */
	execute_options(p);
	if (at(p, KW_AT)) /* EXEC ('...') AT server */
		p->i += 2;
}

/* EXEC ('...') [AT server] */
static void dynamic_at(struct reader *p)
{
	size_t end = partner(p, p->i);
	struct slice link = p->link;

	if (end && tok_at(p, end + 1)->id == KW_AT && is_name(tok_at(p, end + 2))) {
		p->link = lex_name(p->text, tok_at(p, end + 2), '\\', p->arena);
		add_file(p, p->link, SQL_REMOTE, false, false);
	}
	read_dynamic(p);
	p->link = link;
	if (at(p, KW_AS) && peek_is(p, 1, KW_USER) && peek_is(p, 2, '=')) /* AS USER = 'x' */
		p->i += 4;
	if (at(p, KW_AT) && is_name(peek(p, 1)))
		p->i += 2;
	execute_options(p);
}

void read_execute(struct reader *p)
{
	advance(p);
	if (at(p, KW_IMMEDIATE)) {
		advance(p);
		read_dynamic(p);
		return;
	}
	if (p->bits & DL_BATCH || p->dialect == SQL_ANSI) {
		if (at(p, KW_AS)) {
			execute_as(p);
			return;
		}
		if (at(p, '(') || (tok(p)->type == TOKEN_STRING && p->bits & DL_BATCH)) {
			dynamic_at(p);
			return;
		}
		skip_result(p);
	}
	if (p->dialect == SQL_CLICKHOUSE && at(p, KW_AS) && is_name(peek(p, 1))) { /* EXECUTE AS u SELECT ... */
		add_setting(p, (struct sql_setting){ .kind = SQL_SET_USER,
						     .name = SLICE("execute as"),
						     .value = lex_name(p->text, peek(p, 1), '\\', p->arena) });
		p->i += 2;
		if (!at_statement_end(p))
			read_statement(p);
		return;
	}
	if ((p->procedural && !(p->bits & DL_BATCH)) || tok(p)->type == TOKEN_STRING) { /* PL/pgSQL; EXECUTE '...' */
		read_dynamic(p);
		return;
	}
	if (tok(p)->type == TOKEN_PARAM) {
		dynamic(p);
		advance(p);
	} else {
		execute_name(p);
	}
	behind_execute(p);
	if (p->vars.within)
		variables_lost(p);
}

void read_call(struct reader *p)
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
	if (p->bits & DL_MYSQL) /* variables of the session */
		variables_lost(p);
	if (at(p, KW_INTO) && (p->dialect == SQL_ORACLE || p->dialect == SQL_SNOWFLAKE))
		skip_rest(p);
}

/* FETCH n FROM c INTO ..., MOVE, CLOSE, DEALLOCATE, OPEN c [FOR query] */
void read_cursor(struct reader *p)
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
		while (p->bits & DL_BATCH && !at_statement_end(p) && !starts_statement(p)) /* OPEN MASTER KEY ... */
			skip_word(p);
		return;
	}
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p)))
		pass_word(p);
}
