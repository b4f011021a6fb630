// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Secrets in SQL: string constants told by the words before them. Anything else is left as it is, see redact.h. */
#include "redact/redact.h"

#include <string.h>

#include "base/cleanup.h"
#include "redact/comment.h"
#include "redact/constant.h"
#include "redact/sql_words.h"
#include "sql/lex.h"

enum { CONNECTORS_MAX = 6 };

enum want {
	WANT_NOTHING,
	WANT_STRING, /* a string constant */
	WANT_ANY,    /* a string, a quoted or a bare word, a number */
};

/* A token, with what is asked of it here. */
struct piece {
	enum token_type type;
	struct slice raw;  /* as written */
	struct slice body; /* between the quotes; of other tokens as raw */
	char quote;        /* the closing quote of QUOTED and STRING */
	bool escaped;      /* doubled quotes or backslashes are in body */
	bool backslash;    /* a backslash in body escapes the next byte */
};

/* What is known of a statement; all of it goes with its semicolon. */
struct statement {
	bool identified, set_password, account; /* account: it is about a user or a role */
	bool pragma, attach;
	bool procedure;  /* of SQL Server, with a password among its arguments */
	bool set, maker; /* SET; CREATE SECRET, in which no string is the name of a table */
	bool source;     /* OPENDATASOURCE: its strings are settings */
	bool setting;    /* set_config(): the first string may say that the next one is a secret */
	struct slice login_name;
	unsigned login, login_from, strings; /* depth of the arguments of sql_login_function(), its answer, strings there so far */
	unsigned parens, function;           /* depth; depth of an encryption function's arguments, 0: outside */
};

struct mark_sql {
	enum sql_dialect dialect;
	struct arena *arena;
	struct slice text;
	unsigned char *hide;
	unsigned depth;
	enum want want;
	unsigned connectors; /* seen since the word that made us want */
	bool taken;          /* one was marked: an adjacent string belongs to it */
	struct statement st;
	struct piece prev; /* TOKEN_END before the first of a statement */
};

static void mark_sql(struct mark_sql *m);

static bool piece_is(const struct piece *t, const char *word)
{
	return t->type == TOKEN_WORD && slice_ieq(t->raw, slice_cstr(word));
}

static bool piece_punct(const struct piece *t, char c)
{
	return t->type == TOKEN_PUNCT && t->raw.len == 1 && t->raw.ptr[0] == c;
}

static struct piece next_piece(const struct mark_sql *m, struct lexer *lx)
{
	struct token t;
	struct piece out;

	lex_next(lx, &t);
	out = (struct piece){ .type = (enum token_type)t.type,
			      .raw = lex_raw(m->text, &t),
			      .body = lex_body(m->text, &t),
			      .escaped = t.flags & TF_ESCAPED,
			      .backslash = t.flags & TF_BACKSLASH };
	if ((t.type == TOKEN_STRING || t.type == TOKEN_QUOTED) && t.pre) {
		char open = m->text.ptr[t.off + t.pre - 1];

		out.quote = open == '[' ? ']' : open;
	}
	return out;
}

static bool is_any(const struct piece *t, const char *const *list)
{
	return t->type == TOKEN_WORD && slice_ieq_any(t->raw, list);
}

static void mark(struct mark_sql *m, struct slice s, int how)
{
	if (s.len)
		memset(m->hide + (s.ptr - m->text.ptr), how, s.len);
}

/* A constant that is nobody's secret may hold one: settings, or a statement. */
static void look_inside(struct mark_sql *m, const struct piece *t)
{
	struct mark_sql inner = { .dialect = m->dialect, .arena = m->arena, .text = t->body, .depth = m->depth + 1 };

	if ((m->st.attach || m->st.maker) && redact_hint(t->body)) { /* a path, a URI or settings */
		redact_mark_text(t->body, m->hide + (t->body.ptr - m->text.ptr));
		return;
	}
	/* These run no text, and a constant may be the name of a table. */
	if (m->dialect == SQL_SQLITE || m->dialect == SQL_DUCKDB || !redact_hint(t->body))
		return;
	inner.hide = m->hide + (t->body.ptr - m->text.ptr);
	redact_mark_tokens(t->body, inner.hide);
	if (piece_is(&m->prev, "PROGRAM")) {
		redact_mark_line(t->body, inner.hide, m->arena);
		return;
	}
	if (redact_is_settings(t->body) || m->st.source) {
		redact_mark_text(t->body, inner.hide);
		return;
	}
	if (inner.depth > REDACT_DEPTH_MAX)
		return;
	if (t->escaped)
		inner.text = redact_plain_quotes(t->body, t->quote, t->backslash, m->arena);
	if (inner.text.ptr)
		mark_sql(&inner);
}

static void want(struct mark_sql *m, enum want w)
{
	m->want = w;
	m->connectors = 0;
	m->taken = false;
}

/* Words that stand between the telling word and the secret. */
static bool is_connector(const struct mark_sql *m, const struct piece *t)
{
	/* Not IN: SQLite reads a table whose name is a string there. */
	static const char *const words[] = { "TO", "AS", "BY", "USING", "IS", "LIKE", "SET", "ADD", NULL };

	if (piece_punct(t, ','))
		return m->prev.type == TOKEN_STRING && !m->taken;
	if (t->type == TOKEN_PUNCT)
		return strchr("=:>(<!", t->raw.ptr[0]) &&
		       (t->raw.len == 1 || (t->raw.len == 2 && strchr("=:>(<!", t->raw.ptr[1]) && !slice_eq(t->raw, SLICE("::"))));
	return is_any(t, words) || (m->want == WANT_ANY && (piece_is(t, "PASSWORD") || piece_is(t, "VALUES")));
}

/* Continues or ends the wish; true when the token was the secret. */
static bool take(struct mark_sql *m, const struct piece *t)
{
	static const char *const no_password[] = { "RANDOM", "EXTERNALLY", "GLOBALLY", "SELECT", "WITH", "TABLE",
						   "FROM",   "JOIN",       "INTO",     "UPDATE", NULL };
	bool bare = m->want == WANT_ANY && !m->taken;

	if (t->type == TOKEN_STRING) {
		mark(m, t->body, REDACT_HIDE);
		m->taken = true; /* adjacent and concatenated ones follow */
		return true;
	}
	if (m->taken && t->type == TOKEN_PUNCT && t->raw.ptr[0] == '|')
		return false;
	if (t->type == TOKEN_QUOTED && t->quote != '`' && t->quote != ']' && !m->taken && (bare || m->dialect == SQL_ANSI)) {
		mark(m, t->body, REDACT_HIDE);
		want(m, WANT_NOTHING);
		return true;
	}
	if (!m->taken && m->connectors++ < CONNECTORS_MAX && is_connector(m, t))
		return false;
	if (bare && (t->type == TOKEN_WORD || t->type == TOKEN_NUMBER) && !is_any(t, no_password)) {
		mark(m, t->raw, m->depth ? REDACT_HIDE : REDACT_HIDE_BARE); /* quotes would end the constant that it stands in */
		want(m, WANT_NOTHING);
		return true;
	}
	want(m, WANT_NOTHING);
	return false;
}

/* The first word tells where else to look. */
static void begin_statement(struct mark_sql *m, const struct piece *t)
{
	static const char *const accounts[] = { "CREATE", "ALTER", "GRANT", "SET", NULL };

	m->st = (struct statement){
		.account = is_any(t, accounts), .pragma = piece_is(t, "PRAGMA"), .attach = piece_is(t, "ATTACH"), .set = piece_is(t, "SET")
	};
}

/* CREATE [OR REPLACE] [TEMPORARY | PERSISTENT] SECRET */
static bool makes_secret(const struct mark_sql *m, const struct piece *t)
{
	static const char *const before[] = { "CREATE", "REPLACE", "TEMPORARY", "TEMP", "PERSISTENT", NULL };

	return m->st.account && piece_is(t, "SECRET") && is_any(&m->prev, before);
}

/* Does this word announce a secret? */
static void announce(struct mark_sql *m, const struct piece *t)
{
	static const char *const how[] = { "BY", "WITH", "VIA", NULL };
	bool query = piece_is(t, "SELECT") || piece_is(t, "FROM");

	if (m->prev.type == TOKEN_END)
		begin_statement(m, t);
	if (piece_is(&m->prev, "IDENTIFIED") && ((m->st.account && is_any(t, how)) || piece_is(t, "BY")))
		m->st.identified = true;
	m->st.maker = (m->st.maker && !query) || makes_secret(m, t);
	if (m->st.identified && (piece_is(t, "BY") || piece_is(t, "REPLACE")))
		want(m, WANT_ANY);
	else if (m->st.set && piece_is(t, "REPLACE") && m->prev.type == TOKEN_STRING) /* SET PASSWORD; not the function */
		want(m, WANT_STRING);
	else if (m->st.identified && (piece_is(t, "AS") || piece_is(t, "USING")))
		want(m, WANT_STRING);
	else if (piece_is(t, "FOR") && piece_is(&m->prev, "PASSWORD")) {
		m->st.set_password = true;
		want(m, WANT_NOTHING);
	} else if ((m->st.pragma && sql_key_pragma(t->body)) || (m->st.attach && piece_is(t, "KEY")))
		want(m, WANT_ANY);
	else if (redact_word(t->body))
		want(m, WANT_STRING);
	if (query || piece_is(t, "WITH"))
		m->st.function = 0;                     /* strings may be names there */
	if (m->st.login && m->st.parens == m->st.login) /* the table is no string */
		m->st.login_from = sql_login_function(m->st.login_name, true);
	if (sql_password_procedure(t->body))
		m->st.procedure = true;
	else if (!piece_is(t, "NULL") && !piece_is(t, "OUTPUT"))
		m->st.procedure = false;
	m->st.setting |= piece_is(t, "SET_CONFIG");
	if (query)
		m->st.identified = false; /* its ORDER BY announces nothing */
}

static void login_begins(struct mark_sql *m)
{
	if (m->st.login || m->dialect != SQL_CLICKHOUSE || !(m->st.login_from = sql_login_function(m->prev.body, false)))
		return;
	m->st.login = m->st.parens;
	m->st.login_name = m->prev.body;
	m->st.strings = 0;
}

/* A string that nothing announced: is it a secret by where it stands? */
static bool by_place(struct mark_sql *m)
{
	if (m->st.function || m->st.procedure)
		return true;
	if (m->st.login && m->st.parens == m->st.login && ++m->st.strings >= m->st.login_from)
		return true;
	return m->st.parens && piece_punct(&m->prev, ';');
}

static void punctuation(struct mark_sql *m, const struct piece *t)
{
	if (piece_punct(t, ';') && m->st.parens && m->prev.type == TOKEN_STRING && m->dialect != SQL_SQLITE && m->dialect != SQL_DUCKDB)
		return; /* OPENROWSET('provider', 'server';'user';'password', ...) */
	if (piece_punct(t, ';')) {
		m->st = (struct statement){ .account = false };
	} else if (piece_punct(t, '(')) {
		m->st.parens++;
		login_begins(m);
		m->st.source |= piece_is(&m->prev, "OPENDATASOURCE");
		if (!m->st.function && sql_key_function(m->prev.body))
			m->st.function = m->st.parens;
	} else if (piece_punct(t, ')') && m->st.parens) {
		if (m->st.function == m->st.parens)
			m->st.function = 0;
		if (m->st.login == m->st.parens)
			m->st.login = 0;
		m->st.source = m->st.setting = false;
		m->st.parens--;
	} else if (piece_punct(t, '=') && m->st.set_password) {
		want(m, WANT_STRING);
	}
}

/* Comments are the only text between tokens. */
static void gap(struct mark_sql *m, const char *from, const char *to)
{
	struct slice s = slice_mem(from, (size_t)(to - from));
	unsigned char *hide = m->hide + (from - m->text.ptr);

	if (s.len <= 2 || !redact_hint(s))
		return;
	redact_mark_comment(s, hide);
}

static void string(struct mark_sql *m, const struct piece *t)
{
	if (m->st.setting && redact_word(t->body)) {
		want(m, WANT_STRING); /* the value behind the comma */
		m->st.setting = false;
		return;
	}
	look_inside(m, t);
	if (t->escaped)
		redact_keep_pairs(t->body, t->quote, t->backslash, m->hide + (t->body.ptr - m->text.ptr));
}

static void mark_sql(struct mark_sql *m)
{
	const char *end = m->text.ptr;
	struct lexer lx;

	lex_init(&lx, &(struct sql_options){ .dialect = m->dialect }, m->text);
	for (;;) {
		struct piece t = next_piece(m, &lx);
		bool secret = false;

		gap(m, end, t.type == TOKEN_END ? m->text.ptr + m->text.len : t.raw.ptr);
		if (t.type == TOKEN_END)
			return;
		end = t.raw.ptr + t.raw.len;
		if (m->want != WANT_NOTHING)
			secret = take(m, &t);
		if (secret)
			;
		else if (t.type == TOKEN_STRING && by_place(m))
			mark(m, t.body, REDACT_HIDE);
		else if (t.type == TOKEN_STRING)
			string(m, &t);
		else if (t.type == TOKEN_WORD || t.type == TOKEN_QUOTED)
			announce(m, &t);
		else if (t.type == TOKEN_PARAM && redact_word(t.raw)) /* @password = 'x' */
			want(m, WANT_STRING);
		else if (t.type == TOKEN_PUNCT)
			punctuation(m, &t);
		m->prev = piece_punct(&t, ';') && !m->st.parens ? (struct piece){ .type = TOKEN_END } : t;
	}
}

void redact_mark_sql(enum sql_dialect dialect, struct slice text, unsigned char *hide, struct arena *arena)
{
	struct mark_sql m = { .dialect = dialect, .arena = arena, .text = text, .hide = hide };

	mark_sql(&m);
}

struct slice redact_sql(enum sql_dialect dialect, struct slice text, struct arena *arena)
{
	unsigned char *hide;
	struct buf out;
	char *bytes;

	if (!text.len || !redact_hint(text))
		return text;
	hide = arena_alloc(arena, text.len);
	if (!hide)
		return slice_mem("", 0);
	redact_mark_sql(dialect, text, hide, arena);
	if (!memchr(hide, REDACT_HIDE, text.len) && !memchr(hide, REDACT_HIDE_BARE, text.len))
		return text;
	/* A run of one byte grows by four at most, and is followed by one that is shown. */
	bytes = arena_alloc(arena, 3 * text.len + 8);
	if (!bytes)
		return slice_mem("", 0);
	out = (struct buf){ .ptr = bytes, .cap = 3 * text.len + 8, .max = 3 * text.len + 8 };
	redact_replace(text, hide, &out);
	return out.err ? slice_mem("", 0) : buf_slice(&out);
}
