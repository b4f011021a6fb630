// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Quoted things: strings and names, from the opening quote to the closing one. */
#include <string.h>

#include "sql/lex_char.h"

static void unclosed(struct lexer *lx, struct token *t)
{
	t->flags |= TF_OPEN;
	t->post = 0;
	lx->at = lx->end;
}

/* Is the byte in front of at the first one of a character of two bytes, in an encoding that is not UTF-8? */
static bool stray_lead(const struct lexer *lx, const char *at)
{
	const char *p = at - 1;
	unsigned n = 0, want;

	if (!(lx->bits & DL_MYSQL) || p < lx->text || (unsigned char)*p < 0x81)
		return false;
	while (n < 3 && p > lx->text && ((unsigned char)*p & 0xc0) == 0x80) {
		p--;
		n++;
	}
	want = (unsigned char)*p >= 0xf0 ? 3 : (unsigned char)*p >= 0xe0 ? 2 : (unsigned char)*p >= 0xc2 ? 1 : 9;
	return want != n;
}

static bool swallowed(struct lexer *lx, const char *at)
{
	if (!at || !stray_lead(lx, at))
		return false;
	lx->multibyte_met = true;
	return lx->multibyte;
}

/* At the prefix, pre bytes up to and with the opening quote; doubled quotes belong to the body. */
void lex_quoted(struct lexer *lx, struct token *t, unsigned pre, char close, bool backslash)
{
	const char *q = lx->at;

	t->pre = (uint16_t)pre;
	t->post = 1;
	if (backslash)
		t->flags |= TF_BACKSLASH;
	lx->at += pre;
	for (;;) {
		const char *b;

		if (q && q < lx->at) /* looked for once behind each place, or many backslashes would cost their square */
			q = memchr(lx->at, close, left(lx));
		b = backslash ? memchr(lx->at, '\\', q ? (size_t)(q - lx->at) : left(lx)) : NULL;

		if (swallowed(lx, b)) {
			lx->at = b + 1;
		} else if (!b && close == '`' && swallowed(lx, q)) {
			lx->at = q + 1;
		} else if (b && lx->end - b > 1) {
			t->flags |= TF_ESCAPED;
			lx->at = b + 2;
		} else if (!q || b) {
			unclosed(lx, t);
			return;
		} else if (lx->end - q > 1 && q[1] == close) {
			t->flags |= TF_ESCAPED;
			lx->at = q + 2;
		} else {
			lx->at = q + 1;
			return;
		}
	}
}

/* Three quotes, with pre bytes of prefix in front of them. */
bool lex_triple(struct lexer *lx, struct token *t, unsigned pre, bool raw)
{
	char q = (char)look(lx, pre);

	if (q != (char)look(lx, pre + 1) || q != (char)look(lx, pre + 2))
		return false;
	t->pre = (uint16_t)(pre + 3);
	t->post = 3;
	t->flags |= raw ? 0 : TF_BACKSLASH;
	lx->at += pre + 3;
	while (left(lx)) {
		if (*lx->at == '\\' && left(lx) > 1) {
			t->flags |= raw ? 0 : TF_ESCAPED;
			lx->at += 2;
		} else if (*lx->at == q && (char)look(lx, 1) == q && (char)look(lx, 2) == q) {
			lx->at += 3;
			return true;
		} else {
			lx->at++;
		}
	}
	unclosed(lx, t);
	return true;
}

/* $tag$ ... $tag$. False: not a dollar quote. */
bool lex_dollar(struct lexer *lx, struct token *t)
{
	size_t n = 1;
	const char *end;

	while (lex_is_word(look(lx, n)) && look(lx, n) != '$')
		n++;
	if (look(lx, n) != '$' || n > 1000 || (look(lx, 1) >= '0' && look(lx, 1) <= '9'))
		return false;
	n++;
	end = memmem(lx->at + n, left(lx) - n, lx->at, n);
	t->type = TOKEN_STRING;
	t->pre = t->post = (uint16_t)n;
	if (!end)
		unclosed(lx, t);
	else
		lx->at = end + n;
	return true;
}

/* Oracle's q'[ ... ]': n bytes of prefix up to and with the quote. */
static void lex_alternative(struct lexer *lx, struct token *t, unsigned n)
{
	static const char open[] = "[{(<", close[] = "]})>";
	char c = (char)look(lx, n);
	const char *o = c ? strchr(open, c) : NULL;
	char end[2] = { o ? close[o - open] : c, '\'' };
	const char *found;

	t->type = TOKEN_STRING;
	if (left(lx) <= n) {
		t->pre = (uint16_t)n;
		unclosed(lx, t);
		return;
	}
	t->pre = (uint16_t)(n + 1);
	t->post = 2;
	lx->at += n + 1;
	found = memmem(lx->at, left(lx), end, 2);
	if (!found)
		unclosed(lx, t);
	else
		lx->at = found + 2;
}

static bool dq_string(const struct lexer *lx)
{
	return lx->bits & DL_DQ_STRING;
}

/* r'..', b"..", rb'''..''' of BigQuery and Spark. */
static bool lex_raw_prefix(struct lexer *lx, struct token *t)
{
	unsigned n = 0;
	bool raw = false, bytes = false;

	for (; n < 2; n++) {
		unsigned char c = look(lx, n) | 0x20;

		if (c == 'r' && !raw)
			raw = true;
		else if (c == 'b' && !bytes)
			bytes = true;
		else
			break;
	}
	if (!n || (look(lx, n) != '\'' && (look(lx, n) != '"' || !dq_string(lx))))
		return false;
	t->type = TOKEN_STRING;
	t->flags |= look(lx, n) == '"' ? TF_DOUBLE : 0;
	if (lx->dialect != SQL_BIGQUERY || !lex_triple(lx, t, n, raw)) {
		if (raw && lx->dialect != SQL_BIGQUERY)
			lex_quoted(lx, t, n + 1, (char)look(lx, n), false);
		else
			lex_quoted(lx, t, n + 1, (char)look(lx, n), true);
		if (raw)
			t->flags &= (uint8_t) ~(TF_BACKSLASH | TF_ESCAPED);
	}
	return true;
}

/* At a letter: E'..', N'..', U&"..", x'..', q'[..]', r".." . False: a plain word. */
bool lex_prefixed(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0) | 0x20, next = look(lx, 1);

	if (next == '\'') {
		if (c == 'q' && lx->dialect == SQL_ORACLE) {
			lex_alternative(lx, t, 2);
			return true;
		}
		if (lx->bits & DL_RAW && lex_raw_prefix(lx, t))
			return true;
		if (c == 'e' && lx->bits & DL_ESCAPE_PREFIX) {
			t->type = TOKEN_STRING;
			lex_quoted(lx, t, 2, '\'', true);
			return true;
		}
		if (c != 'n' && c != 'x' && c != 'b')
			return false;
		t->type = TOKEN_STRING;
		t->flags |= c != 'n' ? TF_BYTES : 0;
		lex_quoted(lx, t, 2, '\'', c == 'n' && lx->bits & DL_BACKSLASH);
		return true;
	}
	if (lx->bits & DL_RAW && (next == '"' || (next | 0x20) == 'r' || (next | 0x20) == 'b') && lex_raw_prefix(lx, t))
		return true;
	if (c == 'n' && (next | 0x20) == 'q' && look(lx, 2) == '\'' && lx->dialect == SQL_ORACLE) {
		lex_alternative(lx, t, 3);
		return true;
	}
	if (c == 'u' && next == '&' && lx->bits & DL_ESCAPE_PREFIX && (look(lx, 2) == '\'' || look(lx, 2) == '"')) {
		t->type = look(lx, 2) == '"' ? TOKEN_QUOTED : TOKEN_STRING;
		t->flags |= TF_UNICODE;
		lex_quoted(lx, t, 3, (char)look(lx, 2), false);
		return true;
	}
	return false;
}

/* ---- what quoted things stand for ---- */

struct slice lex_body(struct slice text, const struct token *t)
{
	if (t->type != TOKEN_STRING && t->type != TOKEN_QUOTED)
		return lex_raw(text, t);
	if ((size_t)t->pre + t->post > t->len)
		return slice_mem("", 0);
	return slice_mem(text.ptr + t->off + t->pre, t->len - t->pre - t->post);
}

static unsigned hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
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

static bool hex_digits(struct slice in, size_t at, size_t digits, uint32_t *ret)
{
	uint32_t v = 0;

	if (in.len < at + digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		unsigned h = hex_value((unsigned char)in.ptr[at + i]);

		if (h > 15)
			return false;
		v = v << 4 | h;
	}
	*ret = v > 0x10ffff || v == 0 ? 0xfffd : v;
	return true;
}

/* \XXXX and \+XXXXXX of U&; the number of bytes used, or 0. Surrogate pairs are joined. */
static size_t unicode_escape(struct slice in, char escape, uint32_t *ret)
{
	size_t at = in.len > 1 && in.ptr[1] == '+' ? 2 : 1, digits = at == 2 ? 6 : 4;
	uint32_t low;

	if (!hex_digits(in, at, digits, ret))
		return 0;
	at += digits;
	if (*ret >= 0xd800 && *ret < 0xdc00 && in.len > at + 4 && in.ptr[at] == escape && hex_digits(in, at + 1, 4, &low) &&
	    low >= 0xdc00 && low < 0xe000) {
		*ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
		at += 5;
	}
	return at;
}

/* Behind a backslash that escapes: \x41, \101, A, \n. The number of bytes used, the backslash among them. */
static size_t backslash_escape(struct slice in, uint32_t *ret)
{
	unsigned char c = (unsigned char)in.ptr[1];
	uint32_t v;

	if (c == 'x' && hex_digits(in, 2, 2, &v)) {
		*ret = v;
		return 4;
	}
	if (c == 'u' && hex_digits(in, 2, 4, &v)) {
		*ret = v;
		return 6;
	}
	if (c == 'U' && hex_digits(in, 2, 8, &v)) {
		*ret = v;
		return 10;
	}
	if (c >= '0' && c <= '7' && in.len > 3 && in.ptr[2] >= '0' && in.ptr[2] <= '7' && in.ptr[3] >= '0' && in.ptr[3] <= '7') {
		*ret = (uint32_t)((c - '0') << 6 | (in.ptr[2] - '0') << 3 | (in.ptr[3] - '0')) & 0xff;
		return 4;
	}
	*ret = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
	return 2;
}

/* A word in lower case. */
static __attribute__((noinline)) struct slice folded(struct slice in, struct arena *arena)
{
	char *out = arena_raw(arena, in.len + 4);

	if (!out)
		return in;
	for (size_t i = 0; i < in.len; i++)
		out[i] = in.ptr[i] >= 'A' && in.ptr[i] <= 'Z' ? (char)(in.ptr[i] + 32) : in.ptr[i];
	return slice_mem(out, in.len);
}

/* What stands in quotes, without their escapes. */
static __attribute__((noinline)) struct slice decoded(struct slice text, const struct token *t, char escape, struct arena *arena)
{
	struct slice in = lex_body(text, t);
	char quote, *buf, *out;
	uint32_t code;
	size_t n;

	if (!in.len)
		return slice_mem("", 0);
	if (!(t->flags & (TF_ESCAPED | TF_UNICODE)))
		return in;
	buf = out = arena_alloc(arena, in.len + 4);
	if (!buf)
		return in;
	quote = text.ptr[t->off + t->pre - 1];
	if (quote == '[')
		quote = ']';
	for (size_t i = 0; i < in.len;) {
		struct slice rest = slice_skip(in, i);
		char c = *rest.ptr;

		if (c == quote && rest.len > 1 && rest.ptr[1] == c) {
			*out++ = c;
			i += 2;
		} else if (c == escape && t->flags & TF_UNICODE && rest.len > 1 && rest.ptr[1] == escape) {
			*out++ = c;
			i += 2;
		} else if (c == escape && t->flags & TF_UNICODE && (n = unicode_escape(rest, escape, &code))) {
			out = put_utf8(out, code);
			i += n;
		} else if (c == '\\' && t->flags & TF_BACKSLASH && rest.len > 1) {
			i += backslash_escape(rest, &code);
			if (code < 0x80 || rest.ptr[1] == 'u' || rest.ptr[1] == 'U')
				out = put_utf8(out, code);
			else
				*out++ = (char)code;
		} else {
			*out++ = c;
			i++;
		}
	}
	return slice_mem(buf, (size_t)(out - buf));
}

struct slice lex_name(struct slice text, const struct token *t, char escape, struct arena *arena)
{
	struct slice word;

	if (t->type != TOKEN_WORD)
		return decoded(text, t, escape, arena);
	word = lex_raw(text, t);
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] >= 'A' && word.ptr[i] <= 'Z')
			return folded(word, arena);
	return word;
}
