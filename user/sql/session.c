// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What changes the session: SET, USE, RESET, DISCARD, ATTACH, transactions. */
#include <string.h>

#include "sql/proc.h"
#include "sql/utility.h"

static void to_end(struct reader *p)
{
	skip_to_next(p);
}

static struct slice value_at(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type == TOKEN_STRING || is_name(t))
		return lex_name(p->text, t, '\\', p->arena);
	return t->type == TOKEN_NUMBER ? tok_raw(p) : SLICE_NONE;
}

/* a, b, c as one text "a, b, c" */
static struct slice value_list(struct reader *p)
{
	struct slice first = value_at(p), next;
	char *out;

	if (!first.ptr)
		return SLICE_NONE;
	advance(p);
	while (at(p, ',')) {
		char *o;

		advance(p);
		next = value_at(p);
		if (!next.ptr)
			return SLICE_NONE;
		out = o = arena_alloc(p->arena, first.len + next.len + 3);
		if (!out)
			return SLICE_NONE;
		for (size_t i = 0; i < first.len; i++)
			*o++ = first.ptr[i];
		*o++ = ',';
		*o++ = ' ';
		for (size_t i = 0; i < next.len; i++)
			*o++ = next.ptr[i];
		first = slice_mem(out, first.len + next.len + 2);
		advance(p);
	}
	return first;
}

static bool setting_kind(struct slice name, enum sql_setting_kind *ret)
{
	if (slice_ieq(name, SLICE("search_path")) || slice_ieq(name, SLICE("current_schema")) || slice_ieq(name, SLICE("schema")))
		*ret = SQL_SET_SEARCH_PATH;
	else if (slice_ieq(name, SLICE("role")))
		*ret = SQL_SET_ROLE;
	else if (slice_ieq(name, SLICE("session_authorization")))
		*ret = SQL_SET_USER;
	else if (slice_ieq(name, SLICE("sql_mode")))
		*ret = SQL_SET_SQL_MODE;
	else if (slice_ieq(name, SLICE("standard_conforming_strings")))
		*ret = SQL_SET_STRINGS;
	else
		return false;
	return true;
}

static void add(struct reader *p, enum sql_setting_kind kind, struct slice name, bool local)
{
	struct sql_setting s = { .kind = kind, .name = name, .local = local };

	s.reset = at(p, KW_DEFAULT) || (at(p, KW_NONE) && (kind == SQL_SET_ROLE || kind == SQL_SET_USER));
	s.value = value_list(p);
	if (s.reset)
		s.value = SLICE_NONE;
	add_setting(p, s);
}

/* @@session.sql_mode, @x, name: behind the words GLOBAL, SESSION ... */
static struct slice variable_name(struct reader *p)
{
	struct slice name = SLICE_NONE;
	struct name n;

	if (tok(p)->type == TOKEN_PARAM) {
		name = tok_raw(p);
		advance(p);
		while (at(p, '.') && is_name(peek(p, 1))) {
			advance(p);
			name = tok_name(p);
			advance(p);
		}
		if (slice_starts(name, SLICE("@@")))
			name = slice_skip(name, 2);
	} else if (read_name(p, &n)) {
		name = last_part(&n);
	}
	return name;
}

/* T-SQL: SET @s += 'x' */
static struct slice appended(struct reader *p, struct slice name, size_t target, struct slice text, bool *whole)
{
	bool certain;
	struct slice old = get_variable(p, name, target, &certain);
	char *out;

	*whole &= certain;
	spend(p, old.len + text.len);
	out = old.ptr && !p->exhausted ? arena_raw(p->arena, old.len + text.len + 1) : NULL;
	if (!out)
		return SLICE_NONE;
	memcpy(out, old.ptr, old.len);
	memcpy(out + old.len, text.ptr, text.len);
	return slice_mem(out, old.len + text.len);
}

/* Remembered when it is constant text. target: the token that is the name, SIZE_MAX: it has several. */
static void variable_value(struct reader *p, struct slice name, size_t target, char op)
{
	size_t back = p->i;
	bool whole = false;
	struct slice text;

	if (!name.ptr)
		return;
	if (target != SIZE_MAX)
		mark_read(p, target);
	if (!look_at_constant(p, &text, &whole) || !(at_statement_end(p) || at(p, ',') || starts_statement(p)) || op == '-')
		text = SLICE_NONE;
	else if (op == '+')
		text = target == SIZE_MAX ? SLICE_NONE : appended(p, name, target, text, &whole);
	set_variable(p, name, text, text.ptr && whole && target != SIZE_MAX);
	move_to(p, back);
}

static void assignment(struct reader *p, bool local)
{
	enum sql_setting_kind kind;
	size_t target = p->i;
	struct slice name;
	char op = 0;

	if (at(p, '(')) { /* BigQuery: SET (a, b) = (1, 2) */
		read_expr(p, EX_COMMA);
		return;
	}
	if (ONE_OF(p, KW_UPDATE, KW_INSERT, KW_DELETE, KW_MERGE, KW_SELECT))
		partial(p);
	name = variable_name(p);
	if (!ONE_OF(p, '=', OP_ASSIGN, KW_TO, '+', '-')) {
		if (setting_kind(name, &kind) && !at_statement_end(p)) {
			add(p, kind, name, local); /* SET ROLE x, SET SCHEMA 'x' */
			return;
		}
		read_expr(p, EX_COMMA);
		return;
	}
	if (p->i != target + 1)
		target = SIZE_MAX;
	if (ONE_OF(p, '+', '-')) {
		op = p->text.ptr[tok(p)->off];
		advance(p);
	}
	advance(p);
	if (name.ptr && setting_kind(name, &kind)) {
		add(p, kind, name, local);
		return;
	}
	if (accept(p, KW_ON)) {
		set_variable(p, name, SLICE_NONE, false);
		return;
	}
	if (at(p, KW_CURSOR) && p->bits & DL_BATCH) { /* SET @c = CURSOR LOCAL FOR SELECT ... */
		while (!at_statement_end(p) && !at(p, KW_FOR))
			skip_word(p);
		if (accept(p, KW_FOR) && !at_statement_end(p))
			read_query(p);
		return;
	}
	variable_value(p, name, target, op);
	if (starts_query(tok(p)))
		read_query(p);
	else
		read_expr(p, EX_COMMA);
}

static void read_set(struct reader *p)
{
	bool local;

	advance(p);
	local = at(p, KW_LOCAL);
	if (at(p, KW_SESSION) && peek_is(p, 1, KW_AUTHORIZATION)) {
		p->i += 2;
		add(p, SQL_SET_USER, SLICE("session authorization"), local);
		to_end(p);
		return;
	}
	if (ONE_OF(p, KW_LOCAL, KW_SESSION, KW_GLOBAL, KW_PERSIST, KW_PERSIST_ONLY, KW_VARIABLE, KW_VAR) && !peek_is(p, 1, '=') &&
	    !peek_is(p, 1, KW_TO) && !peek_is(p, 1, '.'))
		advance(p);
	if (at(p, KW_SESSION) && peek_is(p, 1, KW_AUTHORIZATION)) {
		p->i += 2;
		add(p, SQL_SET_USER, SLICE("session authorization"), local);
		to_end(p);
		return;
	}
	if (at(p, KW_DEFAULT) && peek_is(p, 1, KW_ROLE)) {
		to_end(p);
		return;
	}
	if (at(p, KW_STATEMENT) && p->bits & DL_MYSQL) { /* MariaDB: SET STATEMENT a = 1 FOR SELECT ... */
		while (!at_statement_end(p) && !at(p, KW_FOR))
			at(p, '(') ? read_group(p) : skip_word(p);
		if (accept(p, KW_FOR))
			read_statement(p);
		return;
	}
	if (at(p, KW_IDENTITY_INSERT)) { /* T-SQL: SET IDENTITY_INSERT t ON */
		advance(p);
		read_target(p, SQL_LOCK);
		advance(p);
		return;
	}
	if (ONE_OF(p, KW_TRANSACTION, KW_CONSTRAINTS, KW_NAMES, KW_CHARACTER, KW_CHARSET, KW_PASSWORD, KW_TIME, KW_RESOURCE, KW_DEFAULT) ||
	    (p->bits & DL_SPARK && !peek_is(p, 1, '=') && tok(p)->type == TOKEN_WORD)) {
		while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p) && !ONE_OF(p, KW_WITH)))
			partner(p, p->i) ? read_group(p) : skip_word(p);
		return;
	}
	if (p->bits & DL_BATCH && tok(p)->type == TOKEN_WORD && !peek_is(p, 1, '=')) { /* SET NOCOUNT ON */
		while (!at_statement_end(p) && !starts_statement(p))
			skip_word(p);
		return;
	}
	do {
		SKIP(p, KW_GLOBAL, KW_SESSION, KW_LOCAL, KW_PERSIST);
		assignment(p, local);
	} while (accept(p, ','));
	if (!(p->bits & DL_BATCH) && !p->procedural)
		skip_rest(p);
}

static void read_reset(struct reader *p)
{
	enum sql_setting_kind kind;

	advance(p);
	if (at(p, KW_ALL)) {
		add_setting(p, (struct sql_setting){ .kind = SQL_DISCARD_ALL, .reset = true });
	} else if (at(p, KW_SESSION) && peek_is(p, 1, KW_AUTHORIZATION)) {
		add_setting(p, (struct sql_setting){ .kind = SQL_SET_USER, .reset = true });
	} else if (is_name(tok(p)) && setting_kind(tok_name(p), &kind)) {
		add_setting(p, (struct sql_setting){ .kind = kind, .name = tok_name(p), .reset = true });
	}
	skip_rest(p);
}

static void read_use(struct reader *p)
{
	struct name n;

	advance(p);
	if (ONE_OF(p, KW_ROLE)) {
		advance(p);
		add(p, SQL_SET_ROLE, SLICE("role"), false);
		to_end(p);
		return;
	}
	if (ONE_OF(p, KW_WAREHOUSE, KW_SECONDARY)) {
		to_end(p);
		return;
	}
	if (ONE_OF(p, KW_DATABASE, KW_SCHEMA, KW_CATALOG, KW_NAMESPACE) && is_name(peek(p, 1)))
		advance(p);
	if (tok(p)->type == TOKEN_STRING) {
		add_setting(p, (struct sql_setting){ .kind = SQL_SET_DATABASE, .value = literal_value(p, tok(p)) });
		advance(p);
	} else if (read_name(p, &n)) {
		add_setting(p, (struct sql_setting){
				       .kind = SQL_SET_DATABASE, .name = n.n > 1 ? n.part[n.n - 2] : SLICE_NONE, .value = last_part(&n) });
	}
	to_end(p);
}

/* DuckDB: ATTACH 'dbname=d host=h' AS n (TYPE postgres): no file. */
static bool attaches_server(struct reader *p)
{
	struct slice type = SLICE("");

	if (p->dialect != SQL_DUCKDB)
		return false;
	for (size_t n = 1; n < 12 && peek(p, n)->type != TOKEN_END && !peek_is(p, n, ';') && !type.len; n++)
		if (peek_is(p, n, KW_TYPE))
			type = lex_body(p->text, peek(p, n + 1));
	return type.len && !slice_ieq(type, SLICE("sqlite")) && !slice_ieq(type, SLICE("sqlite_scanner")) &&
	       !slice_ieq(type, SLICE("duckdb"));
}

/* ATTACH [DATABASE] 'file' AS n (options) */
static void read_attach(struct reader *p)
{
	struct sql_setting s = { .kind = at(p, KW_ATTACH) ? SQL_ATTACH : SQL_DETACH };

	advance(p);
	SKIP(p, KW_DATABASE, KW_IF, KW_NOT, KW_EXISTS, KW_OR, KW_REPLACE);
	if (s.kind == SQL_DETACH) {
		s.name = value_at(p);
	} else {
		s.value = value_at(p);
		if (attaches_server(p))
			add_file(p, s.value, SQL_REMOTE, false, false);
		else if (tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), false, false);
		while (!at_statement_end(p) && !at(p, KW_AS)) /* SQLite: any expression */
			at(p, '(') ? read_group(p) : skip_word(p);
		if (accept(p, KW_AS))
			s.name = value_at(p);
	}
	add_setting(p, s);
	skip_rest(p);
}

static bool transaction(struct reader *p, enum sql_setting_kind kind)
{
	struct sql_setting s = { .kind = kind };

	advance(p);
	if (ONE_OF(p, KW_WORK, KW_TRANSACTION))
		advance(p);
	s.local = kind == SQL_TX_ROLLBACK && at(p, KW_TO);
	s.reset = kind != SQL_TX_BEGIN && at(p, KW_AND) && !peek_is(p, 1, KW_NO);
	add_setting(p, s);
	to_end(p);
	return true;
}

bool read_session(struct reader *p)
{
	unsigned next = peek(p, 1)->id;

	switch (tok(p)->id) {
	case KW_SET:
		read_set(p);
		return true;
	case KW_RESET:
		read_reset(p);
		return true;
	case KW_USE:
		read_use(p);
		return true;
	case KW_DISCARD:
		if (next == KW_ALL || next == KW_TEMP || next == KW_TEMPORARY)
			add_setting(p, (struct sql_setting){ .kind = SQL_DISCARD_ALL, .reset = next == KW_ALL });
		skip_rest(p);
		return true;
	case KW_ATTACH:
	case KW_DETACH:
		if (next == KW_TABLE || next == KW_VIEW || next == KW_MASKING || next == KW_RLS)
			return false;
		read_attach(p);
		return true;
	case KW_PRAGMA:
		if (p->procedural)
			return false;
		read_pragma(p);
		return true;
	case KW_BEGIN:
	case KW_START:
		if (at(p, KW_BEGIN) && (begins_block(p) || next == KW_DIALOG || next == KW_CONVERSATION))
			return false;
		return transaction(p, SQL_TX_BEGIN);
	case KW_COMMIT:
		return transaction(p, SQL_TX_COMMIT);
	case KW_END:
		if (p->procedural)
			return false;
		return transaction(p, SQL_TX_COMMIT);
	case KW_ROLLBACK:
	case KW_ABORT:
		return transaction(p, SQL_TX_ROLLBACK);
	case KW_SAVEPOINT:
	case KW_RELEASE:
	case KW_SAVE:
		advance(p);
		to_end(p);
		return true;
	default:
		return false;
	}
}
