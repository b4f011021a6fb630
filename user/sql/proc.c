// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Declarations, assignments and the other statements of PL/pgSQL, PL/SQL, T-SQL, MySQL, BigQuery and Snowflake scripting. */
#include "sql/execute.h"
#include "sql/proc.h"

/* ---- declarations ---- */

/* Behind '=' or DEFAULT: remembered when it is constant text. target: the token that is the name. */
static void value_of_variable(struct reader *p, struct slice name, size_t target)
{
	struct slice text = SLICE_NONE;
	size_t back = p->i;
	bool whole = false;

	if (name.ptr)
		mark_read(p, target);
	if (name.ptr && look_at_constant(p, &text, &whole) && (at_statement_end(p) || at(p, ',') || starts_statement(p)))
		set_variable(p, name, text, whole);
	else if (name.ptr)
		set_variable(p, name, SLICE_NONE, false);
	move_to(p, back);
	read_expr(p, EX_COMMA);
}

/* NOT FOUND, SQLSTATE VALUE '42S02', 1146, c */
static void skip_conditions(struct reader *p)
{
	do {
		SKIP(p, KW_NOT, KW_SQLSTATE, KW_VALUE);
		if (!at_statement_end(p))
			advance(p);
	} while (accept(p, ','));
}

/* PL/SQL, in the body of a type: OVERRIDING MEMBER FUNCTION f ..., CONSTRUCTOR FUNCTION t ... */
static void skip_method_words(struct reader *p)
{
	size_t n = 0;

	while (n < 5 && p->dialect == SQL_ORACLE && tok_at(p, p->i + n)->type == TOKEN_WORD && !peek_is(p, n, KW_PROCEDURE) &&
	       !peek_is(p, n, KW_FUNCTION))
		n++;
	if (n && n < 5 && (peek_is(p, n, KW_PROCEDURE) || peek_is(p, n, KW_FUNCTION)) && is_name(peek(p, n + 1)))
		p->i += n;
}

static struct slice declared_name(struct reader *p)
{
	struct slice name = tok(p)->type == TOKEN_PARAM ? tok_raw(p) : tok_name(p);

	advance(p);
	if (!(p->bits & DL_BATCH))
		declare_variable(p, name);
	if (peek_is(p, 1, KW_FOR) && peek(p, 2)->type != TOKEN_PARAM && slice_ieq(tok_raw(p), SLICE("alias")))
		p->vars.unknown = true; /* PL/pgSQL: a ALIAS FOR v */
	return name;
}

/* Its statement runs at any time. */
static void read_handler(struct reader *p)
{
	unsigned outer = routine_begin(p);

	read_statement(p);
	routine_end(p, outer);
}

/* One declaration, up to its semicolon. */
static void read_declaration(struct reader *p)
{
	struct slice name = SLICE_NONE;
	size_t target = 0;

	skip_method_words(p);
	if (ONE_OF(p, KW_PROCEDURE, KW_FUNCTION) && is_name(peek(p, 1))) { /* inside PL/SQL */
		read_routine(p, NULL, NULL);
		return;
	}
	while (!at_statement_end(p)) {
		if (p->bits & DL_BATCH && name.ptr && starts_statement(p) && !at(p, KW_DEFAULT))
			return;
		if (ONE_OF(p, OP_ASSIGN, '=', KW_DEFAULT)) {
			advance(p);
			value_of_variable(p, name, target);
		} else if (at(p, KW_CURSOR)) {
			while (!at_statement_end(p) && !ONE_OF(p, KW_FOR, KW_IS, KW_AS) && !(p->bits & DL_BATCH && starts_statement(p)))
				skip_word(p);
			if (!ONE_OF(p, KW_FOR, KW_IS, KW_AS)) /* a variable */
				continue;
			advance(p);
			if (starts_query(tok(p)) || at(p, '('))
				read_query(p);
			else if (!at_statement_end(p))
				read_expr(p, 0);
		} else if (at(p, KW_HANDLER)) {
			advance(p);
			accept(p, KW_FOR);
			skip_conditions(p);
			read_handler(p);
			return;
		} else if (tok(p)->type == TOKEN_PARAM || (is_name(tok(p)) && !name.ptr)) {
			target = p->i;
			name = declared_name(p);
		} else if (at(p, '(')) {
			if (starts_query(peek(p, 1)))
				read_group(p);
			else
				skip_group(p);
		} else {
			if (ONE_OF(p, KW_SELECT, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE, KW_BEGIN)) /* no declaration after all */
				partial(p);
			skip_word(p);
		}
	}
}

/* Declarations up to BEGIN, of PL/pgSQL, PL/SQL, Snowflake. */
void declare_section(struct reader *p)
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

/* Declarations and their block, of PL/SQL, and of MariaDB when sql_mode is ORACLE. */
void declared_block(struct reader *p)
{
	struct block b;

	block_begin(p, &b, false);
	declare_section(p);
	if (at(p, KW_BEGIN))
		read_begin(p);
	else if (at(p, KW_END))
		read_end(p);
	block_end(p, &b);
}

/* Behind the semicolon: a INT, b t.c%TYPE, CURSOR c IS ...; a statement begins with another word. */
static bool one_more_declaration(struct reader *p)
{
	const struct token *t = peek(p, 1);

	if (t->id == KW_CURSOR)
		return true;
	return is_name(t) && !(keyword_flags(t->id) & (KF_STATEMENT | KF_BLOCK | KF_STOP)) && is_name(peek(p, 2)) &&
	       !(keyword_flags(peek(p, 2)->id) & (KF_STOP | KF_OP)) && t->id != KW_DECLARE;
}

static void read_declare(struct reader *p)
{
	advance(p);
	if (p->bits & DL_SPARK)
		SKIP(p, KW_OR, KW_REPLACE, KW_VARIABLE, KW_VAR);
	if (tok(p)->type == TOKEN_PARAM || p->bits & (DL_MYSQL | DL_BATCH) || p->dialect == SQL_BIGQUERY || p->dialect == SQL_DATABRICKS ||
	    p->dialect == SQL_SPARK) {
		read_declaration(p);
		while (p->dialect == SQL_MARIADB && at(p, ';') && one_more_declaration(p)) { /* sql_mode ORACLE */
			advance(p);
			read_declaration(p);
		}
		return;
	}
	declared_block(p);
}

bool sql_language(struct slice s)
{
	return !s.ptr || slice_ieq(s, SLICE("sql")) || slice_ieq(s, SLICE("plpgsql")) || slice_ieq(s, SLICE("plsql"));
}

/* The text of a body in another language: its strings may be SQL. */
void foreign_body(struct reader *p, const struct token *t)
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
	if (at(p, '(') && n.n && p->procedural && tok_at(p, partner(p, p->i) + 1)->id != OP_ASSIGN) {
		add_call(p, &n, true);
		read_arguments(p, &n);
		read_expr(p, 0);
		return true;
	}
	while (at(p, '(') || at(p, '['))
		at(p, '(') ? skip_group(p) : (void)(p->i += 3);
	while (at(p, '.') && is_name(peek(p, 1)))
		p->i += 2;
	if (at(p, '(') && p->procedural) { /* a(i).delete(j) */
		read_group(p);
		read_expr(p, 0);
		return true;
	}
	if (at(p, OP_ASSIGN) || (at(p, '=') && p->procedural)) {
		advance(p);
		value_of_variable(p, p->i != back + 2 ? SLICE_NONE : n.n ? n.part[0] : variable, back);
		return true;
	}
	if (n.n && at_statement_end(p) && (p->procedural || p->bits & DL_BATCH)) {
		add_call(p, &n, true);
		return true;
	}
	if (n.n && p->bits & DL_BATCH && (tok(p)->type == TOKEN_STRING || tok(p)->type == TOKEN_PARAM || (n.n > 1 && !at(p, '.')))) {
		add_call(p, &n, true); /* a procedure without EXEC, at the beginning of a batch */
		if (p->bits & DL_BATCH)
			read_procedure_text(p, &n);
		read_expr(p, 0);
		return true;
	}
	move_to(p, back);
	return false;
}

/* RAISE EXCEPTION '...', LEAVE x WHEN c: a word, an expression. */
static void read_words(struct reader *p)
{
	bool raise = at(p, KW_RAISE), leave = ONE_OF(p, KW_EXIT, KW_CONTINUE), tells = ONE_OF(p, KW_RAISE, KW_PRINT, KW_RAISERROR);

	if (at(p, KW_GOTO))
		variables_jump(p);
	advance(p);
	if (raise)
		accept(p, KW_EXCEPTION);
	if (leave && is_name(tok(p)) && peek_is(p, 1, KW_WHEN)) /* EXIT label WHEN c */
		advance(p);
	accept(p, KW_WHEN);
	if (!at_block_end(p) && !at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p)))
		tells ? read_condition(p) : read_expr(p, 0);
	if (p->bits & DL_BATCH && accept(p, KW_WITH)) /* RAISERROR(...) WITH LOG, NOWAIT */
		do
			advance(p);
		while (accept(p, ','));
	if (!(p->bits & DL_BATCH) && !at_block_end(p))
		skip_rest(p);
}

bool begins_block(struct reader *p)
{
	const struct token *next = peek(p, 1);

	if (p->procedural)
		return next->id != KW_TRANSACTION && next->id != KW_TRAN;
	return next->type != TOKEN_END && next->id != ';' && next->id != KW_TRANSACTION && next->id != KW_TRAN && next->id != KW_WORK &&
	       next->id != KW_ISOLATION && next->id != KW_DEFERRED && next->id != KW_IMMEDIATE && next->id != KW_EXCLUSIVE &&
	       next->id != KW_READ && next->id != KW_DISTRIBUTED && next->id != KW_CONCURRENT && next->id != KW_DEFERRABLE &&
	       next->id != KW_NAME && (next->id != KW_NOT || peek_is(p, 2, KW_ATOMIC));
}

void in_routine(struct reader *p, void (*read)(struct reader *p))
{
	bool procedural = p->procedural, pl = p->pl;

	if (too_deep(p))
		return;
	p->procedural = true;
	p->pl = !(p->bits & DL_BATCH);
	read(p);
	p->procedural = procedural;
	p->pl = pl;
	leave(p);
}

bool read_procedural(struct reader *p)
{
	static const uint16_t plain[] = { KW_NULL,     KW_RAISE,   KW_RAISERROR, KW_THROW, KW_PRINT,    KW_SIGNAL,
					  KW_RESIGNAL, KW_LEAVE,   KW_ITERATE,   KW_EXIT,  KW_CONTINUE, KW_BREAK,
					  KW_GOTO,     KW_WAITFOR, KW_ASSERT,    KW_GET,   KW_PRAGMA,   0 };

	switch (tok(p)->id) {
	case KW_BEGIN:
		if (!begins_block(p))
			return false;
		in_routine(p, read_begin);
		return true;
	case KW_DECLARE:
		in_routine(p, p->dialect == SQL_MARIADB && !p->procedural ? declared_block : read_declare);
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
		read_condition(p);
		in_routine(p, loop_body);
		return true;
	case KW_LOOP:
		in_routine(p, loop_body);
		return true;
	case KW_REPEAT:
		in_routine(p, read_repeat);
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
	case KW_PIPE: /* PL/SQL: PIPE ROW (x) */
		if (!peek_is(p, 1, KW_ROW))
			return read_assignment(p);
		p->i += 2;
		read_expr(p, 0);
		return true;
	default:
		if (reader_one_of(p, plain)) {
			read_words(p);
			return true;
		}
		return (is_name(tok(p)) || tok(p)->type == TOKEN_PARAM) && read_assignment(p);
	}
}
