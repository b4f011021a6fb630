// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <sodium.h>

#include "base/ascii.h"

struct slice slice_cstr(const char *s)
{
	return s ? (struct slice){ s, strlen(s) } : SLICE_NONE;
}

bool slice_ieq_bytes(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i] && ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

bool slice_ieq_any(struct slice s, const char *const *list)
{
	for (; *list; list++)
		if (slice_ieq(s, slice_cstr(*list)))
			return true;
	return false;
}

static int by_word(const void *key, const void *member)
{
	const struct slice *s = key;
	const char *word = *(const char *const *)member;

	for (size_t i = 0; i < s->len; i++) {
		int c = (unsigned char)ascii_lower(s->ptr[i]), d = (unsigned char)word[i];

		if (c != d || !d) /* its NUL, too */
			return c < d ? -1 : 1;
	}
	return word[s->len] ? -1 : 0;
}

bool slice_ieq_sorted(struct slice s, const char *const *sorted, size_t n)
{
	return bsearch(&s, sorted, n, sizeof(*sorted), by_word);
}

bool slice_imentions(struct slice s, struct slice word)
{
	for (size_t i = 0; i + word.len <= s.len; i++)
		if ((s.ptr[i] | 0x20) == word.ptr[0] && slice_ieq(slice_mem(s.ptr + i, word.len), word))
			return true;
	return false;
}

int slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (r)
		return r;
	return (a.len > b.len) - (a.len < b.len);
}

bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(slice_head(s, prefix.len), prefix);
}

bool slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_eq(slice_skip(s, s.len - suffix.len), suffix);
}

struct slice slice_trim(struct slice s)
{
	while (s.len && ascii_is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && ascii_is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct slice slice_line(struct slice *rest)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	struct slice line = end ? slice_head(*rest, (size_t)(end - rest->ptr)) : *rest;

	*rest = slice_skip(*rest, line.len + 1);
	return line;
}

int slice_u64(struct slice s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		unsigned d = (unsigned)(unsigned char)s.ptr[i] - '0';

		if (d > 9)
			return -EINVAL;
		if (v > (UINT64_MAX - d) / 10)
			return -ERANGE;
		v = v * 10 + d;
	}
	*ret = v;
	return 0;
}

static const unsigned char *hash_seed(void)
{
	static unsigned char seed[crypto_shorthash_KEYBYTES];
	static bool ready;

	/* A short read leaves zeroes: still a valid, if predictable, key. */
	if (!ready) {
		if (getrandom(seed, sizeof(seed), 0) < 0)
			memset(seed, 0x5a, sizeof(seed));
		ready = true;
	}
	return seed;
}

uint64_t slice_hash(struct slice s)
{
	uint64_t h;

	crypto_shorthash((unsigned char *)&h, (const unsigned char *)s.ptr, s.len, hash_seed());
	return h;
}

uint64_t hash_u64(uint64_t a, uint64_t b)
{
	uint64_t pair[2] = { a, b };

	return slice_hash(slice_mem(pair, sizeof(pair)));
}

bool slice_glob(struct slice pattern, struct slice text, bool fold)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (t < text.len) {
		unsigned char c = (unsigned char)text.ptr[t];
		unsigned char g = p < pattern.len ? (unsigned char)pattern.ptr[p] : 0;

		if (p < pattern.len && g == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.len && (g == '?' || g == c || (fold && ascii_lower((char)g) == ascii_lower((char)c)))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

const char *slice_quote(struct slice s)
{
	static char ring[8][864];
	static unsigned next;
	static const char hex[] = "0123456789abcdef";
	char *out = ring[next++ % 8];
	size_t n = 0, max = s.len > 200 ? 200 : s.len;

	out[n++] = '"';
	for (size_t i = 0; i < max; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == '"' || c == '\\') {
			out[n++] = '\\';
			out[n++] = (char)c;
		} else if (c < 0x20 || c >= 0x7f) {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		} else {
			out[n++] = (char)c;
		}
	}
	if (max < s.len) {
		memcpy(out + n, "...", 3);
		n += 3;
	}
	out[n++] = '"';
	out[n] = 0;
	return out;
}
