// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/mask.h"

#include <errno.h>
#include <string.h>

#include "sql/lex.h"

struct mask {
	char *out;
	size_t len, cap;
	uint64_t hash;
	bool space; /* a space is due before the next token that wants one */
	/* "?, ?, ?" becomes "?": what was seen of a list */
	bool value;       /* the last token was a literal */
	bool value_comma; /* a literal, then a comma that is not written yet */
	bool lossy;
};

/* FNV-1a, 64 bit: stable between runs and versions (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void hash_bytes(struct mask *m, struct slice s, bool fold)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (fold && c >= 'A' && c <= 'Z')
			c += 32;
		m->hash = (m->hash ^ c) * 0x100000001b3ull;
	}
	m->hash = (m->hash ^ 0xff) * 0x100000001b3ull;
}

/* Length of a valid UTF-8 sequence at s, 0 when there is none (RFC 3629). */
static size_t utf8_length(struct slice s)
{
	unsigned char c = (unsigned char)s.ptr[0];
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

	if (!n || n > s.len || c == 0)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && (unsigned char)s.ptr[1] < 0xa0) || (c == 0xed && (unsigned char)s.ptr[1] > 0x9f) ||
	    (c == 0xf0 && (unsigned char)s.ptr[1] < 0x90) || (c == 0xf4 && (unsigned char)s.ptr[1] > 0x8f))
		return 0;
	return n;
}

static void put(struct mask *m, struct slice s)
{
	while (s.len && m->len + 4 <= m->cap) {
		size_t n = utf8_length(s);

		if (!n) {
			memcpy(m->out + m->len, "\xef\xbf\xbd", 3);
			m->len += 3;
			m->lossy = true;
			n = 1;
		} else {
			memcpy(m->out + m->len, s.ptr, n);
			m->len += n;
		}
		s = slice_skip(s, n);
	}
}

static bool glued_after(const struct token *t)
{
	return token_punct(t, '(') || token_punct(t, '.') || t->type == TOKEN_END || (t->type == TOKEN_PUNCT && t->raw.len == 2);
}

static bool glued_before(const struct token *t, const struct token *prev)
{
	if (token_punct(t, ',') || token_punct(t, ')') || token_punct(t, '.') || token_punct(t, ';') ||
	    (t->type == TOKEN_PUNCT && t->raw.len == 2))
		return true;
	return token_punct(t, '(') && prev->type == TOKEN_WORD && !token_is(prev, "IN") && !token_is(prev, "VALUES") &&
	       !token_is(prev, "AND") && !token_is(prev, "OR") && !token_is(prev, "AS") && !token_is(prev, "FROM") &&
	       !token_is(prev, "WHERE") && !token_is(prev, "ON") && !token_is(prev, "SELECT") && !token_is(prev, "NOT") &&
	       !token_is(prev, "EXISTS") && !token_is(prev, "JOIN") && !token_is(prev, "USING") && !token_is(prev, "UNION") &&
	       !token_is(prev, "ALL");
}

/* Two operator bytes that stood together stay together. */
static bool same_operator(const struct token *t, const struct token *prev)
{
	return t->type == TOKEN_PUNCT && prev->type == TOKEN_PUNCT && prev->raw.ptr + prev->raw.len == t->raw.ptr &&
	       !token_punct(prev, ')') && !token_punct(prev, ',') && !token_punct(t, '(');
}

static void write_token(struct mask *m, const struct token *t, const struct token *prev, struct slice text)
{
	if (!glued_after(prev) && !glued_before(t, prev) && !same_operator(t, prev))
		put(m, SLICE(" "));
	put(m, text);
}

static bool is_literal(const struct token *t)
{
	return t->type == TOKEN_STRING || t->type == TOKEN_NUMBER;
}

static void literal(struct mask *m, const struct token *t, const struct token *prev)
{
	/* Adjacent strings are one; a further element of a list of literals is the same list. */
	if (m->value || m->value_comma) {
		m->value = true;
		m->value_comma = false;
		return;
	}
	write_token(m, t, prev, SLICE("?"));
	hash_bytes(m, SLICE("?"), false);
	m->value = true;
}

static void other(struct mask *m, const struct token *t, struct token *prev)
{
	static const struct token comma = { .type = TOKEN_PUNCT, .raw = SLICE_INIT(",") };

	if (m->value && token_punct(t, ',')) {
		m->value = false;
		m->value_comma = true;
		return;
	}
	if (m->value_comma) { /* the list goes on with something else */
		write_token(m, &comma, prev, SLICE(","));
		hash_bytes(m, SLICE(","), false);
		*prev = comma;
	}
	m->value = m->value_comma = false;
	write_token(m, t, prev, t->raw);
	hash_bytes(m, t->raw, t->type == TOKEN_WORD);
}

int mask_text(enum sql_dialect dialect, struct slice text, struct arena *arena, struct slice *ret, uint64_t *ret_fingerprint,
	      bool *ret_lossy)
{
	struct mask m = { .hash = 0xcbf29ce484222325ull };
	struct token prev = { .type = TOKEN_END };
	struct lexer lx;

	m.cap = text.len * 3 + 16 < SQL_MASKED_MAX ? text.len * 3 + 16 : SQL_MASKED_MAX;
	m.out = arena_alloc(arena, m.cap);
	if (!m.out)
		return -ENOMEM;
	lex_init(&lx, dialect, text);
	for (struct token t = lex_next(&lx); t.type != TOKEN_END; t = lex_next(&lx)) {
		if (is_literal(&t))
			literal(&m, &t, &prev);
		else
			other(&m, &t, &prev);
		if (!m.value_comma)
			prev = t;
	}
	*ret = slice_mem(m.out, m.len);
	*ret_fingerprint = m.hash;
	*ret_lossy = m.lossy || lx.bad_bytes;
	return 0;
}
