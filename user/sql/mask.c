// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/mask.h"

#include <errno.h>
#include <string.h>

int mask_init(struct mask *m, struct arena *arena, size_t text_len)
{
	*m = (struct mask){ .hash = 0xcbf29ce484222325ull };
	m->cap = text_len < SQL_MASKED_MAX / 3 ? text_len * 3 + 16 : SQL_MASKED_MAX;
	m->out = arena_alloc(arena, m->cap);
	return m->out ? 0 : -ENOMEM;
}

/* FNV-1a, 64 bit: stable between runs and versions (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void hash_bytes(struct mask *m, struct slice s, bool fold)
{
	uint64_t h = m->hash;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (fold && c >= 'A' && c <= 'Z')
			c += 32;
		h = (h ^ c) * 0x100000001b3ull;
	}
	m->hash = (h ^ 0xff) * 0x100000001b3ull;
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
		size_t n;

		if (*s.ptr > 0) { /* ASCII, no NUL */
			m->out[m->len++] = *s.ptr++;
			s.len--;
			continue;
		}
		n = utf8_length(s);

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

static bool is_punct(const struct token *t, unsigned id)
{
	return t->type == TOKEN_PUNCT && t->id == id;
}

static bool glued_after(const struct token *t)
{
	return is_punct(t, '(') || is_punct(t, '.') || t->type == TOKEN_END || is_punct(t, OP_CAST);
}

static bool glued_before(const struct token *t, const struct token *prev)
{
	if (is_punct(t, ',') || is_punct(t, ')') || is_punct(t, '.') || is_punct(t, ';') || is_punct(t, OP_CAST))
		return true;
	if (!is_punct(t, '(') || prev->type != TOKEN_WORD)
		return false;
	return !prev->id || !(keyword_flags(prev->id) & (KF_STOP | KF_OP | KF_NOALIAS)) || keyword_flags(prev->id) & KF_FUNC;
}

/* Two operator bytes that stood together stay together. */
static bool same_operator(const struct token *t, const struct token *prev)
{
	return t->type == TOKEN_PUNCT && prev->type == TOKEN_PUNCT && prev->off + prev->len == t->off && !is_punct(prev, ')') &&
	       !is_punct(prev, ',') && !is_punct(t, '(');
}

static void write_token(struct mask *m, const struct token *t, struct slice text)
{
	if (!glued_after(&m->prev) && !glued_before(t, &m->prev) && !same_operator(t, &m->prev))
		put(m, SLICE(" "));
	put(m, text);
}

static void literal(struct mask *m, const struct token *t)
{
	/* Adjacent strings are one; a further element of a list of literals is the same list. */
	if (m->value || m->value_comma) {
		m->value = true;
		m->value_comma = false;
		return;
	}
	write_token(m, t, SLICE("?"));
	hash_bytes(m, SLICE("?"), false);
	m->value = true;
}

static void other(struct mask *m, const struct token *t, struct slice raw)
{
	static const struct token comma = { .type = TOKEN_PUNCT, .id = ',', .len = 1 };

	if (m->value && is_punct(t, ',')) {
		m->value = false;
		m->value_comma = true;
		return;
	}
	if (m->value_comma) { /* the list goes on with something else */
		write_token(m, &comma, SLICE(","));
		hash_bytes(m, SLICE(","), false);
		m->prev = comma;
	}
	m->value = m->value_comma = false;
	write_token(m, t, raw);
	hash_bytes(m, raw, t->type == TOKEN_WORD);
}

void mask_token(struct mask *m, struct slice text, const struct token *t)
{
	if (t->type == TOKEN_END)
		return;
	if (t->type == TOKEN_STRING || t->type == TOKEN_NUMBER)
		literal(m, t);
	else
		other(m, t, lex_raw(text, t));
	if (!m->value_comma)
		m->prev = *t;
}
