// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* CREATE FUNCTION, PROCEDURE, PACKAGE, EVENT and TRIGGER: their bodies. */
#include <string.h>

#include "sql/proc.h"

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

static void kept_for_later(struct reader *p, void (*read)(struct reader *p))
{
	enum sql_via via = p->via;

	if (p->via < SQL_VIA_DYNAMIC)
		p->via = SQL_VIA_DYNAMIC;
	in_routine(p, read);
	p->via = via;
}

/* Statements of a body that stands in the text itself. */
void read_body(struct reader *p)
{
	bool declares = at(p, KW_DECLARE) && (!(p->bits & DL_MYSQL) || p->dialect == SQL_MARIADB);

	if (p->bits & DL_BATCH)
		kept_for_later(p, batch_body);
	else if (at(p, KW_BEGIN))
		kept_for_later(p, read_begin);
	else
		kept_for_later(p, p->dialect == SQL_ORACLE || declares ? declared_block : read_statement);
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

/* MariaDB with sql_mode ORACLE: RETURN type AS, not a statement. */
static bool type_follows(struct reader *p)
{
	for (size_t n = 1; n < 10 && !peek_is(p, 1, '('); n++) {
		if (peek_is(p, n, KW_AS) || peek_is(p, n, KW_IS))
			return true;
		if (peek(p, n)->type == TOKEN_END || peek_is(p, n, ';'))
			return false;
	}
	return false;
}

static bool body_begins(struct reader *p)
{
	if (at(p, KW_BEGIN) || at(p, KW_DECLARE))
		return true;
	if (p->dialect == SQL_MARIADB && at(p, KW_RETURN) && type_follows(p))
		return false;
	if (p->bits & DL_MYSQL) /* also CHARACTER SET x, of a type */
		return starts_statement(p) && !ONE_OF(p, KW_COMMENT, KW_LANGUAGE) &&
		       !(at(p, KW_SET) && (tok_at(p, p->i - 1)->id == KW_CHARACTER || peek_is(p, 1, '(')));
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
	if (p->dialect == SQL_MARIADB) { /* when sql_mode is ORACLE */
		kept_for_later(p, declared_block);
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

static void routine(struct reader *p, const char *verb, const char *kind)
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
		if ((at(p, KW_AS) || at(p, KW_IS)) && !(p->dialect == SQL_MYSQL && at(p, KW_IS))) {
			if (p->bits & DL_BATCH && (tok_at(p, p->i - 1)->id == KW_EXECUTE || tok_at(p, p->i - 1)->id == KW_EXEC)) {
				p->i += 2; /* WITH EXECUTE AS OWNER */
				continue;
			}
			advance(p);
			if (slice_ieq(lex_raw(p->text, tok_at(p, p->i - 2)), SLICE("self"))) /* RETURN SELF AS RESULT */
				continue;
			if (at(p, KW_LANGUAGE) || at(p, KW_EXTERNAL)) { /* Oracle: a library */
				skip_rest(p);
				return;
			}
			if (behind_as(p, language))
				return;
		} else if (tok(p)->type == TOKEN_PARAM && p->bits & DL_BATCH) {
			advance(p);
			accept(p, KW_AS); /* @p AS int */
			while (!at_statement_end(p) && !ONE_OF(p, ',', KW_AS, '=', KW_WITH))
				at(p, '(') ? skip_group(p) : advance(p);
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

void read_routine(struct reader *p, const char *verb, const char *kind)
{
	unsigned outer = routine_begin(p);

	routine(p, verb, kind);
	routine_end(p, outer);
}

/* ---- triggers ---- */

static void hide_transition_tables(struct reader *p)
{
	if (!(p->bits & DL_BATCH))
		return;
	scope_cte(p, SLICE("inserted"), false);
	scope_cte(p, SLICE("deleted"), false);
}

/* At TABLE: the name is that of the rows that change. */
static void transition_table(struct reader *p)
{
	advance(p);
	accept(p, KW_AS);
	if (is_name(tok(p))) {
		scope_cte(p, tok_name(p), tok(p)->type == TOKEN_QUOTED);
		advance(p);
	}
}

static void trigger(struct reader *p, const char *verb)
{
	struct sql_relation *r = NULL;
	bool each = false;
	struct scope s;

	if (!p->inner)
		set_operation(p, verb, "TRIGGER");
	scope_push(p, &s);
	while (!at_statement_end(p) && !at(p, KW_ON))
		skip_word(p);
	if (at(p, KW_ON) && peek_is(p, 1, KW_NESTED) && peek_is(p, 2, KW_TABLE) && peek_is(p, 4, KW_OF)) /* Oracle: NESTED TABLE n OF v */
		p->i += 4;
	if ((accept(p, KW_ON) || accept(p, KW_OF)) && !ONE_OF(p, KW_DATABASE, KW_SCHEMA, KW_ALL) && is_name(tok(p)))
		r = read_target(p, SQL_ALTER);
	scope_source(p, r ? r->name : SLICE_NONE, r);
	hide_transition_tables(p);
	while (!at_statement_end(p)) {
		each |= slice_ieq(tok_raw(p), SLICE("each"));
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
			bool owner = tok_at(p, p->i - 1)->id == KW_EXECUTE || tok_at(p, p->i - 1)->id == KW_EXEC;

			advance(p);
			if (owner) /* WITH EXECUTE AS CALLER */
				continue;
			read_body(p);
			break;
		} else if (at(p, KW_BEGIN) || at(p, KW_DECLARE)) {
			read_body(p);
			break;
		} else if (at(p, KW_TABLE) && is_name(tok_at(p, p->i - 1)) && is_name(peek(p, 1))) { /* REFERENCING NEW TABLE AS n */
			transition_table(p);
		} else if (p->dialect == SQL_DUCKDB && each && starts_statement(p)) {
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

void read_trigger(struct reader *p, const char *verb)
{
	unsigned outer = routine_begin(p);

	trigger(p, verb);
	routine_end(p, outer);
}

/* The name behind or in front of DO's text; NULL: none. */
static const struct token *at_language(struct reader *p)
{
	if (peek_is(p, 1, KW_LANGUAGE))
		return peek(p, 2);
	return p->i > 1 && tok_at(p, p->i - 2)->id == KW_LANGUAGE ? tok_at(p, p->i - 1) : NULL;
}

void read_do(struct reader *p)
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
