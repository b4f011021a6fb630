// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Blocks: BEGIN ... END, IF, loops, declarations, assignments, of PL/pgSQL, PL/SQL, T-SQL, MySQL, BigQuery and Snowflake scripting. */
#include <string.h>

#include "sql/reader.h"

static bool at_block_end(struct reader *p)
{
	return at_end(p) || ONE_OF(p, KW_END, KW_ELSE, KW_ELSIF, KW_ELSEIF, KW_UNTIL, KW_WHEN, KW_EXCEPTION) ||
	       (at(p, ';') && tok(p)->flags & TF_BATCH);
}

void read_block_statements(struct reader *p)
{
	for (;;) {
		size_t start;

		while (at(p, ';') && !(tok(p)->flags & TF_BATCH))
			advance(p);
		if (at_block_end(p))
			return;
		start = p->i;
		read_statement(p);
		if (p->i == start) {
			partial(p);
			advance(p);
		}
		if (!at(p, ';') && !at_block_end(p) && !(p->bits & DL_BATCH) && !starts_statement(p) && p->i != start) {
			partial(p);
			skip_rest(p);
		}
	}
}

/* END [IF|LOOP|...] [label] */
static void read_end(struct reader *p)
{
	if (!accept(p, KW_END)) {
		partial(p);
		return;
	}
	SKIP(p, KW_IF, KW_LOOP, KW_CASE, KW_WHILE, KW_REPEAT, KW_FOR, KW_TRY, KW_CATCH);
	if (is_name(tok(p)) && !starts_statement(p) && !at_block_end(p) && !(keyword_flags(tok(p)->id) & KF_STATEMENT))
		advance(p);
}

static void exceptions(struct reader *p)
{
	if (!at(p, KW_EXCEPTION) || !peek_is(p, 1, KW_WHEN))
		return;
	advance(p);
	while (accept(p, KW_WHEN)) {
		read_expr(p, 0);
		if (!accept(p, KW_THEN))
			partial(p);
		read_block_statements(p);
	}
}

static void read_begin(struct reader *p)
{
	advance(p);
	SKIP(p, KW_ATOMIC, KW_NOT, KW_TRY, KW_CATCH);
	if (at(p, KW_WITH) && peek_is(p, 1, '(')) { /* natively compiled: ATOMIC WITH (...) */
		advance(p);
		skip_group(p);
	}
	read_block_statements(p);
	exceptions(p);
	read_end(p);
}

static void one_or_block(struct reader *p)
{
	while (at(p, ';') && !(tok(p)->flags & TF_BATCH))
		advance(p);
	if (!at_block_end(p))
		read_statement(p);
}

static void read_if(struct reader *p)
{
	do {
		advance(p);
		read_expr(p, 0);
		if (!at(p, KW_THEN)) { /* T-SQL: one statement */
			one_or_block(p);
			if (at(p, ';') && peek_is(p, 1, KW_ELSE))
				advance(p);
			if (accept(p, KW_ELSE))
				one_or_block(p);
			return;
		}
		advance(p);
		read_block_statements(p);
	} while (ONE_OF(p, KW_ELSIF, KW_ELSEIF));
	if (accept(p, KW_ELSE))
		read_block_statements(p);
	read_end(p);
}

static void read_case(struct reader *p)
{
	advance(p);
	if (!at(p, KW_WHEN))
		read_expr(p, 0);
	while (accept(p, KW_WHEN)) {
		read_expr(p, 0);
		if (!accept(p, KW_THEN))
			partial(p);
		read_block_statements(p);
	}
	if (accept(p, KW_ELSE))
		read_block_statements(p);
	read_end(p);
}

static void loop_body(struct reader *p)
{
	if (accept(p, KW_LOOP) || accept(p, KW_DO)) {
		read_block_statements(p);
		read_end(p);
	} else {
		one_or_block(p);
	}
}

static void read_for(struct reader *p)
{
	bool all = at(p, KW_FORALL);

	advance(p);
	while (!at_statement_end(p) && !ONE_OF(p, KW_IN, KW_AS))
		advance(p);
	advance(p);
	SKIP(p, KW_REVERSE, KW_ARRAY);
	if (at(p, KW_EXECUTE)) {
		advance(p);
		accept(p, KW_IMMEDIATE);
		read_dynamic(p);
	} else if (starts_query(tok(p)) || (at(p, '(') && starts_query(peek(p, 1)))) {
		read_query(p);
	} else {
		read_expr(p, 0);
		if (accept(p, KW_CURSOR) && accept(p, KW_FOR)) /* MySQL-like: FOR r AS c CURSOR FOR */
			read_query(p);
	}
	if (all) {
		SKIP(p, KW_SAVE, KW_EXCEPTIONS);
		one_or_block(p);
		return;
	}
	loop_body(p);
}

/* ---- declarations ---- */

/* Behind '=' or DEFAULT: remembered when it is constant text. */
static void value_of_variable(struct reader *p, struct slice name)
{
	struct slice text = SLICE_NONE;
	size_t back = p->i;
	bool whole = false;

	if (name.ptr && read_constant(p, &text, &whole) && (at_statement_end(p) || at(p, ',') || starts_statement(p)))
		set_variable(p, name, whole ? text : SLICE_NONE);
	else if (name.ptr)
		set_variable(p, name, SLICE_NONE);
	p->i = back;
	read_expr(p, EX_COMMA);
}

/* One declaration, up to its semicolon. */
static void read_declaration(struct reader *p)
{
	struct slice name = SLICE_NONE;

	if (ONE_OF(p, KW_PROCEDURE, KW_FUNCTION) && is_name(peek(p, 1))) { /* inside PL/SQL */
		read_routine(p, NULL, NULL);
		return;
	}
	while (!at_statement_end(p)) {
		if (p->bits & DL_BATCH && name.ptr && starts_statement(p) && !at(p, KW_DEFAULT))
			return;
		if (ONE_OF(p, OP_ASSIGN, '=', KW_DEFAULT)) {
			advance(p);
			value_of_variable(p, name);
		} else if (at(p, KW_CURSOR)) {
			while (!at_statement_end(p) && !ONE_OF(p, KW_FOR, KW_IS, KW_AS))
				advance(p);
			advance(p);
			if (starts_query(tok(p)) || at(p, '('))
				read_query(p);
			else if (!at_statement_end(p))
				read_expr(p, 0);
		} else if (at(p, KW_HANDLER)) {
			advance(p);
			accept(p, KW_FOR);
			while (!at_statement_end(p) && !starts_statement(p) && !at(p, KW_BEGIN))
				advance(p);
			read_statement(p);
			return;
		} else if (tok(p)->type == TOKEN_PARAM || (is_name(tok(p)) && !name.ptr)) {
			name = tok(p)->type == TOKEN_PARAM ? tok_raw(p) : tok_name(p);
			advance(p);
		} else if (at(p, '(')) {
			if (starts_query(peek(p, 1)))
				read_group(p);
			else
				skip_group(p);
		} else {
			advance(p);
		}
	}
}

/* Declarations up to BEGIN, of PL/pgSQL, PL/SQL, Snowflake. */
static void declare_section(struct reader *p)
{
	while (!at_end(p) && !at(p, KW_BEGIN) && !(at(p, ';') && tok(p)->flags & TF_BATCH) && !at(p, KW_END)) {
		size_t start = p->i;

		if (accept(p, ';') || accept(p, KW_DECLARE))
			continue;
		read_declaration(p);
		if (p->i == start)
			advance(p);
	}
}

static void read_declare(struct reader *p)
{
	advance(p);
	if (tok(p)->type == TOKEN_PARAM || p->bits & (DL_MYSQL | DL_BATCH) || p->dialect == SQL_BIGQUERY || p->dialect == SQL_DATABRICKS ||
	    p->dialect == SQL_SPARK) {
		read_declaration(p);
		return;
	}
	declare_section(p);
	if (at(p, KW_BEGIN))
		read_begin(p);
}

static bool sql_language(struct slice s)
{
	return !s.ptr || slice_ieq(s, SLICE("sql")) || slice_ieq(s, SLICE("plpgsql")) || slice_ieq(s, SLICE("plsql"));
}

/* The text of a body in another language: its strings may be SQL. */
static void foreign_body(struct reader *p, const struct token *t)
{
	dynamic(p);
	read_lexical(p, lex_body(p->text, t), SQL_VIA_LEXICAL, 0);
}

/* ---- statements ---- */

static void read_return(struct reader *p)
{
	advance(p);
	if (accept(p, KW_QUERY)) {
		if (accept(p, KW_EXECUTE))
			read_dynamic(p);
		else
			read_query(p);
		if (accept(p, KW_USING))
			read_expr(p, 0);
		return;
	}
	if (at(p, KW_TABLE) && peek_is(p, 1, '('))
		advance(p);
	accept(p, KW_NEXT);
	if (starts_query(tok(p)))
		read_query(p);
	else if (!at_statement_end(p) && !at(p, KW_END) && !(p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_CASE)))
		read_expr(p, 0);
}

/* x := value, x.y = value, p(arguments), p: at a name or a parameter. */
static bool read_assignment(struct reader *p)
{
	size_t back = p->i;
	struct name n = { .n = 0 };
	struct slice variable = tok_raw(p);

	if (tok(p)->type == TOKEN_PARAM) {
		advance(p);
		if (at(p, '.') && is_name(peek(p, 1)))
			p->i += 2;
	} else if (!read_name(p, &n)) {
		return false;
	}
	if (at(p, '(') && n.n && p->procedural && tok_at(p, peek(p, 0)->match + 1)->id != OP_ASSIGN) {
		add_call(p, &n, true);
		read_arguments(p, &n);
		read_expr(p, 0);
		return true;
	}
	while (at(p, '(') || at(p, '['))
		at(p, '(') ? skip_group(p) : (void)(p->i += 3);
	while (at(p, '.') && is_name(peek(p, 1)))
		p->i += 2;
	if (at(p, OP_ASSIGN) || (at(p, '=') && p->procedural)) {
		advance(p);
		value_of_variable(p, n.n == 1 ? n.part[0] : n.n ? SLICE_NONE : variable);
		return true;
	}
	if (n.n && at_statement_end(p) && (p->procedural || p->bits & DL_BATCH)) {
		add_call(p, &n, true);
		return true;
	}
	if (n.n && p->bits & DL_BATCH && (tok(p)->type == TOKEN_STRING || tok(p)->type == TOKEN_PARAM || (n.n > 1 && !at(p, '.')))) {
		add_call(p, &n, true); /* a procedure without EXEC, at the beginning of a batch */
		read_expr(p, 0);
		return true;
	}
	p->i = back;
	return false;
}

static void read_words(struct reader *p)
{
	advance(p);
	accept(p, KW_WHEN);
	if (!at_block_end(p) && !at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p)))
		read_expr(p, 0);
	if (!(p->bits & DL_BATCH) && !at_block_end(p))
		skip_rest(p);
}

static bool begins_block(struct reader *p)
{
	const struct token *next = peek(p, 1);

	if (p->procedural)
		return next->id != KW_TRANSACTION && next->id != KW_TRAN;
	return next->type != TOKEN_END && next->id != ';' && next->id != KW_TRANSACTION && next->id != KW_TRAN && next->id != KW_WORK &&
	       next->id != KW_ISOLATION && next->id != KW_DEFERRED && next->id != KW_IMMEDIATE && next->id != KW_EXCLUSIVE &&
	       next->id != KW_READ && next->id != KW_DISTRIBUTED && next->id != KW_CONCURRENT && next->id != KW_DEFERRABLE &&
	       next->id != KW_NAME && next->id != KW_NOT;
}

static void in_routine(struct reader *p, void (*read)(struct reader *p))
{
	bool procedural = p->procedural, pl = p->pl;

	p->procedural = true;
	p->pl = !(p->bits & DL_BATCH);
	read(p);
	p->procedural = procedural;
	p->pl = pl;
}

static void declare_and_block(struct reader *p)
{
	read_declare(p);
}

/* The name behind or in front of DO's text; NULL: none. */
static const struct token *at_language(struct reader *p)
{
	if (peek_is(p, 1, KW_LANGUAGE))
		return peek(p, 2);
	return p->i > 1 && tok_at(p, p->i - 2)->id == KW_LANGUAGE ? tok_at(p, p->i - 1) : NULL;
}

/* The body of DO, or of a function: in PL/pgSQL and its kin, or in SQL. */
static void read_do(struct reader *p)
{
	advance(p);
	if (at(p, KW_LANGUAGE))
		p->i += 2;
	if (tok(p)->type == TOKEN_STRING && !(p->bits & DL_MYSQL)) {
		if (at_language(p) && !sql_language(lex_body(p->text, at_language(p))))
			foreign_body(p, tok(p));
		else
			read_inner_token(p, tok(p), true);
		advance(p);
		if (at(p, KW_LANGUAGE))
			p->i += 2;
		return;
	}
	read_expr(p, 0);
}

bool read_procedural(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_BEGIN:
		if (!begins_block(p))
			return false;
		in_routine(p, read_begin);
		return true;
	case KW_DECLARE:
		in_routine(p, declare_and_block);
		return true;
	case KW_DO:
		read_do(p);
		return true;
	case KW_LET: /* Snowflake: LET x int := 1, LET c CURSOR FOR ... */
		if (!is_name(peek(p, 1)))
			return false;
		advance(p);
		in_routine(p, read_declaration);
		return true;
	case KW_IF:
		in_routine(p, read_if);
		return true;
	case KW_CASE:
		in_routine(p, read_case);
		return true;
	case KW_WHILE:
		advance(p);
		read_expr(p, 0);
		in_routine(p, loop_body);
		return true;
	case KW_LOOP:
		in_routine(p, loop_body);
		return true;
	case KW_REPEAT:
		advance(p);
		in_routine(p, read_block_statements);
		if (accept(p, KW_UNTIL))
			read_expr(p, 0);
		read_end(p);
		return true;
	case KW_FOR:
	case KW_FORALL:
	case KW_FOREACH:
		in_routine(p, read_for);
		return true;
	case KW_RETURN:
		read_return(p);
		return true;
	case KW_PERFORM:
		read_select(p);
		return true;
	case KW_NULL:
	case KW_RAISE:
	case KW_RAISERROR:
	case KW_THROW:
	case KW_PRINT:
	case KW_SIGNAL:
	case KW_RESIGNAL:
	case KW_LEAVE:
	case KW_ITERATE:
	case KW_EXIT:
	case KW_CONTINUE:
	case KW_BREAK:
	case KW_GOTO:
	case KW_WAITFOR:
	case KW_ASSERT:
	case KW_GET:
	case KW_PRAGMA:
		read_words(p);
		return true;
	default:
		return (is_name(tok(p)) || tok(p)->type == TOKEN_PARAM) && read_assignment(p);
	}
}

/* ---- routines ---- */

static void find_language(struct reader *p, struct slice *ret)
{
	size_t depth = 0;

	for (size_t n = 0; n < 400; n++) {
		const struct token *t = peek(p, n);

		depth += t->id == '(';
		depth -= t->id == ')' && depth;
		if (t->type == TOKEN_END || (t->id == ';' && !depth))
			return;
		if (t->id == KW_LANGUAGE && (is_name(peek(p, n + 1)) || peek(p, n + 1)->type == TOKEN_STRING)) {
			*ret = lex_body(p->text, peek(p, n + 1));
			return;
		}
	}
}

static void batch_body(struct reader *p)
{
	while (!at_end(p) && !(at(p, ';') && tok(p)->flags & TF_BATCH)) {
		size_t start = p->i;

		if (accept(p, ';'))
			continue;
		read_statement(p);
		if (p->i == start) {
			partial(p);
			advance(p);
		}
	}
}

static void package_body(struct reader *p)
{
	declare_section(p);
	if (at(p, KW_BEGIN))
		read_begin(p);
	else if (at(p, KW_END))
		read_end(p);
}

/* Statements of a body that stands in the text itself. */
void read_body(struct reader *p)
{
	enum sql_via via = p->via;

	if (p->via < SQL_VIA_DYNAMIC)
		p->via = SQL_VIA_DYNAMIC;
	if (p->bits & DL_BATCH)
		in_routine(p, batch_body);
	else if (at(p, KW_BEGIN))
		in_routine(p, read_begin);
	else if (p->dialect == SQL_ORACLE || (at(p, KW_DECLARE) && !(p->bits & DL_MYSQL)))
		in_routine(p, package_body);
	else
		in_routine(p, read_statement);
	p->via = via;
}

static void routine_text(struct reader *p, struct slice language)
{
	if (p->bits & DL_SPARK || (p->dialect == SQL_CLICKHOUSE)) {
		advance(p); /* the name of a class */
		return;
	}
	if (sql_language(language)) {
		read_inner_token(p, tok(p), true);
	} else if (slice_ieq(language, SLICE("c")) || slice_ieq(language, SLICE("internal"))) {
		;
	} else {
		foreign_body(p, tok(p));
	}
	advance(p);
	while (at(p, ',') && peek(p, 1)->type == TOKEN_STRING)
		p->i += 2;
}

static bool body_begins(struct reader *p)
{
	if (at(p, KW_BEGIN) || at(p, KW_DECLARE))
		return true;
	if (p->bits & DL_MYSQL)
		return starts_statement(p) && !ONE_OF(p, KW_COMMENT, KW_LANGUAGE);
	return at(p, KW_RETURN) && p->dialect != SQL_ORACLE;
}

/* Behind AS or IS. True: the body was read. */
static bool behind_as(struct reader *p, struct slice language)
{
	if (tok(p)->type == TOKEN_STRING) {
		routine_text(p, language);
		return !(p->bits & (DL_PG | DL_FROM_FIRST) || p->dialect == SQL_SNOWFLAKE);
	}
	if (p->dialect == SQL_ORACLE || p->bits & DL_BATCH) {
		read_body(p);
		return true;
	}
	if (at(p, '(') || starts_query(tok(p)) || at(p, KW_BEGIN) || at(p, KW_DECLARE) || starts_statement(p)) {
		enum sql_via via = p->via;

		if (at(p, KW_BEGIN) || at(p, KW_DECLARE) || (starts_statement(p) && !starts_query(tok(p)))) {
			read_body(p);
			return true;
		}
		p->via = via < SQL_VIA_DYNAMIC ? SQL_VIA_DYNAMIC : via;
		if (starts_query(tok(p)))
			read_query(p);
		else
			read_expr(p, 0);
		p->via = via;
		return true;
	}
	return false;
}

static void routine_operation(struct reader *p, const char *verb, const char *kind)
{
	if (p->inner || !verb)
		return;
	if (!kind)
		kind = ONE_OF(p, KW_FUNCTION)             ? "FUNCTION"
		       : ONE_OF(p, KW_PROCEDURE, KW_PROC) ? "PROCEDURE"
		       : at(p, KW_EVENT)                  ? "EVENT"
		       : at(p, KW_TYPE)                   ? "TYPE"
							  : "PACKAGE";
	set_operation(p, verb, kind);
}

void read_routine(struct reader *p, const char *verb, const char *kind)
{
	struct slice language = SLICE_NONE;
	struct name n;

	routine_operation(p, verb, kind);
	find_language(p, &language);
	advance(p);
	SKIP(p, KW_BODY, KW_IF, KW_NOT, KW_EXISTS, KW_FUNCTION);
	if (read_name(p, &n) && verb && strcmp(verb, "CREATE") == 0)
		set_routine(p, &n);
	while (!at_statement_end(p)) {
		if ((at(p, KW_AS) || at(p, KW_IS)) && !(p->bits & DL_MYSQL && at(p, KW_IS))) {
			if (p->bits & DL_BATCH && (tok_at(p, p->i - 1)->id == KW_EXECUTE || tok_at(p, p->i - 1)->id == KW_EXEC)) {
				p->i += 2; /* WITH EXECUTE AS OWNER */
				continue;
			}
			advance(p);
			if (at(p, KW_LANGUAGE) || at(p, KW_EXTERNAL)) { /* Oracle: a library */
				skip_rest(p);
				return;
			}
			if (behind_as(p, language))
				return;
		} else if (tok(p)->type == TOKEN_PARAM && p->bits & DL_BATCH) {
			advance(p);
			while (!at_statement_end(p) && !ONE_OF(p, ',', KW_AS, '=', KW_WITH)) /* @p AS int */
				at(p, '(') ? skip_group(p) : advance(p);
			if (at(p, KW_AS) && is_name(peek(p, 1)) &&
			    (peek_is(p, 2, ',') || peek_is(p, 2, '(') || peek_is(p, 2, ')') || peek_is(p, 2, '=')))
				advance(p);
		} else if (at(p, KW_EVENT) || (at(p, KW_DO) && p->bits & DL_MYSQL)) {
			advance(p);
			if (p->bits & DL_MYSQL && (starts_statement(p) || at(p, KW_BEGIN))) {
				read_body(p);
				return;
			}
		} else if (at(p, '(')) {
			skip_group(p);
		} else if (body_begins(p)) {
			read_body(p);
			return;
		} else {
			advance(p);
		}
	}
}

/* ---- triggers ---- */

static void hide_transition_tables(struct reader *p)
{
	if (!(p->bits & DL_BATCH))
		return;
	scope_cte(p, SLICE("inserted"), false);
	scope_cte(p, SLICE("deleted"), false);
}

void read_trigger(struct reader *p, const char *verb)
{
	struct sql_relation *r = NULL;
	struct scope s;

	if (!p->inner)
		set_operation(p, verb, "TRIGGER");
	scope_push(p, &s);
	while (!at_statement_end(p) && !at(p, KW_ON))
		advance(p);
	if (accept(p, KW_ON) && !ONE_OF(p, KW_DATABASE, KW_SCHEMA, KW_ALL) && is_name(tok(p)))
		r = read_target(p, SQL_ALTER);
	scope_source(p, r ? r->name : SLICE_NONE, r);
	hide_transition_tables(p);
	while (!at_statement_end(p)) {
		if (at(p, KW_EXECUTE) && (peek_is(p, 1, KW_FUNCTION) || peek_is(p, 1, KW_PROCEDURE))) {
			struct name n;

			p->i += 2;
			if (read_name(p, &n))
				add_call(p, &n, true);
			skip_rest(p);
		} else if (at(p, KW_WHEN)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			if (!at(p, KW_BEGIN) && !at(p, KW_EXECUTE) && !at(p, KW_DECLARE))
				read_expr(p, 0);
		} else if (at(p, KW_FROM)) {
			advance(p);
			read_target(p, SQL_READ);
		} else if (at(p, KW_AS) && p->bits & DL_BATCH) {
			advance(p);
			read_body(p);
			break;
		} else if (at(p, KW_BEGIN) || at(p, KW_DECLARE)) {
			read_body(p);
			break;
		} else if (at(p, KW_ROW) && p->bits & (DL_MYSQL | DL_EXECUTABLE)) {
			advance(p);
			if (at(p, KW_FOLLOWS) || at(p, KW_PRECEDES))
				p->i += 2;
			if (starts_statement(p)) {
				read_body(p);
				break;
			}
		} else {
			advance(p);
		}
	}
	scope_pop(p);
}
