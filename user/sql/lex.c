// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/lex.h"

#include <string.h>

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_word(unsigned char c)
{
	return is_word_start(c) || is_digit(c) || c == '$';
}

void lex_init(struct lexer *lx, enum sql_dialect dialect, struct slice text)
{
	*lx = (struct lexer){ .dialect = dialect, .at = text.ptr, .end = text.ptr + text.len };
}

static size_t left(const struct lexer *lx)
{
	return (size_t)(lx->end - lx->at);
}

static unsigned char look(const struct lexer *lx, size_t n)
{
	return n < left(lx) ? (unsigned char)lx->at[n] : 0;
}

static bool backslashes(const struct lexer *lx)
{
	return lx->dialect == SQL_MYSQL;
}

/* Behind the opening of a block comment; PostgreSQL nests them. */
static void skip_block(struct lexer *lx)
{
	unsigned depth = 1;

	while (left(lx)) {
		if (look(lx, 0) == '*' && look(lx, 1) == '/') {
			lx->at += 2;
			if (--depth == 0)
				return;
		} else if (look(lx, 0) == '/' && look(lx, 1) == '*' && lx->dialect == SQL_POSTGRES) {
			lx->at += 2;
			depth++;
		} else {
			lx->at++;
		}
	}
	lx->open_comment = true;
}

static void skip_line(struct lexer *lx)
{
	const char *nl = memchr(lx->at, '\n', left(lx));

	lx->at = nl ? nl + 1 : lx->end;
}

/* MySQL's executable comment (slash star bang, or bang and a version) and MariaDB's (M bang): what follows runs. */
static bool open_executable(struct lexer *lx)
{
	size_t n = 3;

	if (lx->dialect != SQL_MYSQL && lx->dialect != SQL_ANSI)
		return false;
	if (look(lx, 2) == 'M' && look(lx, 3) == '!')
		n = 4;
	else if (look(lx, 2) != '!')
		return false;
	while (is_digit(look(lx, n)))
		n++;
	lx->at += n;
	lx->executable++;
	return true;
}

static bool dash_comment(const struct lexer *lx)
{
	if (look(lx, 0) != '-' || look(lx, 1) != '-')
		return false;
	/* MySQL wants white space behind it: "5--3" is arithmetic. */
	return lx->dialect != SQL_MYSQL || left(lx) == 2 || is_space(look(lx, 2));
}

static void skip_blank(struct lexer *lx)
{
	while (left(lx)) {
		unsigned char c = look(lx, 0);

		if (is_space(c)) {
			lx->bad_bytes |= c == 0;
			lx->at++;
		} else if (dash_comment(lx) || (c == '#' && lx->dialect == SQL_MYSQL)) {
			skip_line(lx);
		} else if (c == '/' && look(lx, 1) == '*') {
			if (open_executable(lx))
				continue;
			lx->at += 2;
			skip_block(lx);
		} else if (c == '*' && look(lx, 1) == '/' && lx->executable) {
			lx->executable--;
			lx->at += 2;
		} else {
			return;
		}
	}
}

/* At the opening quote: to the closing one, doubled quotes belong to the body. */
static void lex_quoted(struct lexer *lx, struct token *t, char close, bool backslash)
{
	const char *start = ++lx->at;

	t->quote = close;
	t->backslash = backslash;
	while (left(lx)) {
		char c = *lx->at;

		if (c == '\\' && backslash && left(lx) > 1) {
			t->escaped = true;
			lx->at += 2;
		} else if (c == close && look(lx, 1) == (unsigned char)close && close != ']') {
			t->escaped = true;
			lx->at += 2;
		} else if (c == close) {
			t->body = slice_mem(start, (size_t)(lx->at++ - start));
			return;
		} else {
			lx->at++;
		}
	}
	t->open = true;
	t->body = slice_mem(start, (size_t)(lx->end - start));
}

/* $tag$ ... $tag$. False: not a dollar quote. */
static bool lex_dollar(struct lexer *lx, struct token *t)
{
	size_t n = 1;
	const char *end;

	if (lx->dialect != SQL_POSTGRES && lx->dialect != SQL_ANSI)
		return false;
	while (is_word(look(lx, n)) && look(lx, n) != '$')
		n++;
	if (look(lx, n) != '$' || is_digit(look(lx, 1)))
		return false;
	n++;
	end = memmem(lx->at + n, left(lx) - n, lx->at, n);
	t->type = TOKEN_STRING;
	t->quote = '$';
	t->open = !end;
	t->body = slice_mem(lx->at + n, (size_t)((end ? end : lx->end) - (lx->at + n)));
	lx->at = end ? end + n : lx->end;
	return true;
}

/* Letters glued to a quote: E'', N'', B'', X'', U&'', U&"", _utf8'' is an introducer word of its own. */
static bool lex_prefixed(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0) | 0x20;
	size_t n = 1;
	char q;

	if (c == 'u' && look(lx, 1) == '&')
		n = 2;
	else if (!strchr("enbx", c))
		return false;
	q = (char)look(lx, n);
	if (q != '\'' && !(q == '"' && n == 2))
		return false;
	lx->at += n;
	t->type = q == '"' ? TOKEN_QUOTED : TOKEN_STRING;
	t->unicode = n == 2;
	lex_quoted(lx, t, q, c == 'e' || backslashes(lx));
	return true;
}

static void lex_number(struct lexer *lx)
{
	while (is_word(look(lx, 0)) || look(lx, 0) == '.') {
		unsigned char c = look(lx, 0) | 0x20;

		lx->at++;
		if (c == 'e' && (look(lx, 0) == '+' || look(lx, 0) == '-') && is_digit(look(lx, 1)))
			lx->at++;
	}
}

/* ?, ?1, $1, :name, @name, @@name. False: the byte is punctuation. */
static bool lex_param(struct lexer *lx)
{
	unsigned char c = look(lx, 0);
	size_t n = 1;

	if (c == '?') {
		lx->at++;
		while (is_digit(look(lx, 0)))
			lx->at++;
		return true;
	}
	if (c == '@' && look(lx, 1) == '@')
		n = 2;
	if (c == '$' ? !is_word(look(lx, 1)) : (c != ':' && c != '@') || !is_word(look(lx, n)))
		return false;
	lx->at += n;
	while (is_word(look(lx, 0)))
		lx->at++;
	return true;
}

static void lex_other(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0);

	t->type = TOKEN_PUNCT;
	if (c == '\'' || (c == '"' && lx->dialect == SQL_MYSQL)) {
		t->type = TOKEN_STRING;
		lex_quoted(lx, t, (char)c, backslashes(lx));
	} else if (c == '"' || c == '`') {
		t->type = TOKEN_QUOTED;
		lex_quoted(lx, t, (char)c, false);
	} else if (c == '[' && lx->dialect == SQL_SQLITE) {
		t->type = TOKEN_QUOTED;
		lex_quoted(lx, t, ']', false);
	} else if (c == '$' && lex_dollar(lx, t)) {
		return;
	} else if (c == ':' && look(lx, 1) == ':') {
		lx->at += 2;
	} else if (lex_param(lx)) {
		t->type = TOKEN_PARAM;
	} else {
		lx->at++;
	}
}

struct token lex_next(struct lexer *lx)
{
	struct token t = { .type = TOKEN_END };
	const char *start;
	unsigned char c;

	skip_blank(lx);
	start = lx->at;
	if (!left(lx))
		return t;
	c = look(lx, 0);
	if (is_word_start(c)) {
		if (!lex_prefixed(lx, &t)) {
			t.type = TOKEN_WORD;
			while (is_word(look(lx, 0)))
				lx->at++;
		}
	} else if (is_digit(c) || (c == '.' && is_digit(look(lx, 1)))) {
		t.type = TOKEN_NUMBER;
		lex_number(lx);
	} else {
		lex_other(lx, &t);
	}
	t.raw = slice_mem(start, (size_t)(lx->at - start));
	if (t.type != TOKEN_STRING && t.type != TOKEN_QUOTED)
		t.body = t.raw;
	return t;
}

bool token_is(const struct token *t, const char *keyword)
{
	return t->type == TOKEN_WORD && slice_ieq(t->raw, slice_cstr(keyword));
}

bool token_punct(const struct token *t, char c)
{
	return t->type == TOKEN_PUNCT && t->raw.len == 1 && t->raw.ptr[0] == c;
}

static unsigned hex_value(unsigned char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16;
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* \XXXX and \+XXXXXX behind a backslash at in[0]; the number of bytes used, or 0. */
static size_t unicode_escape(struct slice in, uint32_t *ret)
{
	size_t at = in.len > 1 && in.ptr[1] == '+' ? 2 : 1, digits = at == 2 ? 6 : 4;
	uint32_t v = 0;

	if (in.len < at + digits)
		return 0;
	for (size_t i = 0; i < digits; i++) {
		unsigned h = hex_value((unsigned char)in.ptr[at + i]);

		if (h > 15)
			return 0;
		v = v << 4 | h;
	}
	*ret = v > 0x10ffff ? 0xfffd : v;
	return at + digits;
}

struct slice token_name(const struct token *t, struct arena *arena)
{
	struct slice in = t->body;
	char *buf, *out;

	if (!in.len)
		return slice_mem("", 0);
	if (t->type != TOKEN_WORD && !t->escaped && !t->unicode)
		return in;
	buf = out = arena_alloc(arena, in.len + 1);
	if (!buf)
		return in;
	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];
		uint32_t code;
		size_t n;

		if (t->type == TOKEN_WORD) {
			*out++ = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		} else if (c == t->quote && i + 1 < in.len && in.ptr[i + 1] == c) {
			*out++ = c;
			i++;
		} else if (c == '\\' && t->unicode && (n = unicode_escape(slice_skip(in, i), &code))) {
			out = put_utf8(out, code);
			i += n - 1;
		} else if (c == '\\' && t->backslash && i + 1 < in.len) {
			c = in.ptr[++i];
			*out++ = c == 'n' || c == 't' || c == 'r' ? ' ' : c; /* white space either way */
		} else {
			*out++ = c;
		}
	}
	return slice_mem(buf, (size_t)(out - buf));
}
