// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/mask.h"

#include <errno.h>
#include <string.h>

/* How a token stands beside others. */
enum glue {
	G_AFTER = 1,   /* nothing between it and the next one */
	G_BEFORE = 2,  /* nothing in front of it */
	G_PUNCT = 4,   /* two of them that stood together stay together */
	G_APART = 8,   /* but not behind this one */
	G_OPEN = 16,   /* (: belongs to the word before it, when that is */
	G_CALLED = 32, /* one of these */
};

int mask_init(struct mask *m, struct arena *arena, struct slice text)
{
	*m = (struct mask){ .text = text.ptr, .hash = 0xcbf29ce484222325ull, .before = G_AFTER };
	m->cap = text.len < SQL_MASKED_MAX / 3 ? text.len * 3 + 16 : SQL_MASKED_MAX;
	m->out = arena_raw(arena, m->cap);
	return m->out ? 0 : -ENOMEM;
}

/* FNV-1a, 64 bit: stable between runs and versions (http://www.isthe.com/chongo/tech/comp/fnv/). */
static const uint64_t prime = 0x100000001b3ull;

static uint64_t hash_byte(uint64_t h, unsigned char c)
{
	return (h ^ c) * prime;
}

static uint64_t hash_bytes(uint64_t h, struct slice s, bool fold)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (fold && c >= 'A' && c <= 'Z')
			c += 32;
		h = hash_byte(h, c);
	}
	return h;
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

static void put_slowly(struct mask *m, struct slice s)
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

/* ASCII as it is, and in lower case; 0: no ASCII, or NUL. */
#define ROW(x) (x), (x) + 1, (x) + 2, (x) + 3, (x) + 4, (x) + 5, (x) + 6, (x) + 7
static const uint8_t plain[2][256] = {
	{ ROW(0), ROW(8), ROW(16), ROW(24), ROW(32), ROW(40), ROW(48), ROW(56), ROW(64), ROW(72), ROW(80), ROW(88), ROW(96), ROW(104),
	  ROW(112), ROW(120) },
	{ ROW(0), ROW(8),   ROW(16),  ROW(24), ROW(32), ROW(40), ROW(48), ROW(56), '@', 'a', 'b', 'c',      'd',      'e',      'f',
	  'g',    ROW('h'), ROW('p'), 'x',     'y',     'z',     '[',     '\\',    ']', '^', '_', ROW('`'), ROW('h'), ROW('p'), ROW('x') },
};
#undef ROW

/* Where the text is full, and from bytes on that are no ASCII. */
static __attribute__((noinline)) void put_rest(struct mask *m, struct slice s, bool fold)
{
	put_slowly(m, s);
	m->hash = hash_byte(hash_bytes(m->hash, s, fold), 0xff);
}

/* A token into the text, perhaps behind a space, and into the fingerprint. */
static inline void put(struct mask *m, bool apart, struct slice s, bool fold)
{
	const uint8_t *map = plain[fold];
	size_t len = m->len, n, i = 0;
	char *out = m->out;
	uint64_t h = m->hash;

	if (apart && len + 4 <= m->cap)
		out[len++] = ' ';
	n = s.len + 4 <= m->cap - len ? s.len : 0;
	for (out += len; i < n; i++) {
		unsigned char c = (unsigned char)s.ptr[i], as = map[c];

		if (!as)
			break;
		out[i] = (char)c;
		h = hash_byte(h, as);
	}
	m->len = len + i;
	if (i == s.len) {
		m->hash = hash_byte(h, 0xff);
		return;
	}
	m->hash = h;
	put_rest(m, slice_mem(s.ptr + i, s.len - i), fold);
}

static const uint8_t punctuation[128] = {
	['('] = G_AFTER | G_OPEN,   [')'] = G_BEFORE | G_APART, [','] = G_BEFORE | G_APART,
	['.'] = G_BEFORE | G_AFTER, [';'] = G_BEFORE,           [OP_CAST] = G_BEFORE | G_AFTER,
};

static unsigned glue_of(const struct token *t)
{
	unsigned flags;

	if (t->type == TOKEN_PUNCT)
		return G_PUNCT | (t->id < sizeof(punctuation) ? punctuation[t->id] : 0u);
	if (t->type != TOKEN_WORD)
		return 0;
	flags = keyword_flags(t->id);
	return !(flags & (KF_STOP | KF_OP | KF_NOALIAS)) || flags & KF_FUNC ? G_CALLED : 0;
}

static inline bool apart(const struct mask *m, unsigned glue, size_t off)
{
	unsigned before = m->before;

	if (before & G_AFTER || glue & G_BEFORE)
		return false;
	if (glue & G_OPEN)
		return !(before & G_CALLED);
	return !(glue & before & G_PUNCT) || m->end != off || before & G_APART;
}

static __attribute__((noinline)) void literal(struct mask *m, const struct token *t)
{
	/* Adjacent strings are one; a further element of a list of literals is the same list. */
	if (m->list == NO_LIST)
		put(m, apart(m, 0, t->off), SLICE("?"), false);
	m->list = LIST_VALUE;
	m->before = 0;
	m->end = t->off + t->len;
}

static inline void other(struct mask *m, const struct token *t)
{
	unsigned glue = glue_of(t);
	bool behind_space = apart(m, glue, t->off);

	m->before = glue;
	m->end = t->off + t->len;
	put(m, behind_space, slice_mem(m->text + t->off, t->len), t->type == TOKEN_WORD);
}

/* Behind a literal, or a literal and a comma. */
static __attribute__((noinline)) void behind_literal(struct mask *m, const struct token *t)
{
	if (m->list == LIST_VALUE && t->id == ',' && t->type == TOKEN_PUNCT) {
		m->list = LIST_COMMA;
		return;
	}
	if (m->list == LIST_COMMA) { /* the list goes on with something else */
		put(m, false, SLICE(","), false);
		m->before = G_PUNCT | punctuation[','];
	}
	m->list = NO_LIST;
	other(m, t);
}

void mask_token(struct mask *m, const struct token *t)
{
	if (t->type == TOKEN_STRING || t->type == TOKEN_NUMBER)
		literal(m, t);
	else if (t->type == TOKEN_END)
		return;
	else if (m->list != NO_LIST)
		behind_literal(m, t);
	else
		other(m, t);
}
