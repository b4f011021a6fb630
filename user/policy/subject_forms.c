// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/subject_forms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/subjects.h"

enum { HEX_MIN = 8, INTEGER_DIGITS = 18, EXPONENT_MAX = 99 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 0x1f, 0b101, 0o17; 0: none of these. */
static unsigned base_of(struct slice v)
{
	char c = v.len > 2 && v.ptr[0] == '0' ? v.ptr[1] | 0x20 : 0;

	return c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : 0;
}

static bool is_hex(struct slice v)
{
	return v.len > 2 && v.ptr[0] == '0' && (v.ptr[1] | 0x20) == 'x';
}

/* Digits and underscores from *at on: their number goes on in *n, how many there are is returned; -1: too many. */
static int take_digits(struct slice v, size_t *at, unsigned base, uint64_t *n)
{
	int count = 0;

	for (; *at < v.len; ++*at) {
		int d = hex_digit(v.ptr[*at]);

		if (v.ptr[*at] == '_')
			continue;
		if (d < 0 || (unsigned)d >= base)
			break;
		if (*n > UINT64_MAX / base - base || (base == 10 && *n && ++count > INTEGER_DIGITS))
			return -1;
		count += base != 10 || !*n;
		*n = *n * base + (unsigned)d;
	}
	return count;
}

static struct slice put(uint64_t n, char *to)
{
	int len = snprintf(to, SUBJECT_VALUE_MAX, "%" PRIu64, n);

	return slice_mem(to, (size_t)len);
}

static bool take_exponent(struct slice v, size_t *at, int *exponent)
{
	uint64_t n = 0;
	bool minus;

	if (*at == v.len || (v.ptr[*at] | 0x20) != 'e')
		return true;
	++*at;
	minus = *at < v.len && v.ptr[*at] == '-';
	*at += *at < v.len && (minus || v.ptr[*at] == '+');
	if (take_digits(v, at, 10, &n) < 1 || n > EXPONENT_MAX)
		return false;
	*exponent += minus ? -(int)n : (int)n;
	return true;
}

struct slice form_integer(struct slice v, char *to)
{
	int exponent = 0, whole, fraction = 0;
	uint64_t n = 0;
	size_t at = 0;

	if (base_of(v)) {
		at = 2;
		return v.len <= 66 && take_digits(v, &at, base_of(v), &n) > 0 && at == v.len ? put(n, to) : SLICE_NONE;
	}
	whole = take_digits(v, &at, 10, &n);
	if (whole >= 0 && at < v.len && v.ptr[at] == '.') {
		at++;
		fraction = take_digits(v, &at, 10, &n);
	}
	if (whole < 0 || fraction < 0 || whole + fraction == 0 || whole + fraction > INTEGER_DIGITS || !take_exponent(v, &at, &exponent) ||
	    at != v.len)
		return SLICE_NONE;
	for (exponent -= fraction; exponent < 0; exponent++, n /= 10)
		if (n % 10)
			return SLICE_NONE;
	for (; exponent > 0 && n; exponent--, n *= 10)
		if (n > UINT64_MAX / 10)
			return SLICE_NONE;
	return put(n, to);
}

struct slice form_hex(struct slice v, char *to)
{
	size_t n = 0;

	if (is_hex(v) || slice_starts(v, SLICE("\\x")))
		v = slice_skip(v, 2);
	if (v.len < HEX_MIN || v.len % 2 || v.len / 2 > SUBJECT_VALUE_MAX)
		return SLICE_NONE;
	for (size_t i = 0; i < v.len; i += 2) {
		int high = hex_digit(v.ptr[i]), low = hex_digit(v.ptr[i + 1]), c = high * 16 + low;

		if (high < 0 || low < 0 || c < 0x20 || c == 0x7f)
			return SLICE_NONE;
		to[n++] = (char)c;
	}
	return slice_mem(to, n);
}

struct slice form_swapped(struct slice v, char *to)
{
	const char *comma = v.len && v.len < SUBJECT_VALUE_MAX ? memchr(v.ptr, ',', v.len) : NULL;
	struct slice last, first;

	if (!comma || memchr(comma + 1, ',', v.len - (size_t)(comma + 1 - v.ptr)))
		return SLICE_NONE;
	last = slice_trim(slice_head(v, (size_t)(comma - v.ptr)));
	first = slice_trim(slice_skip(v, (size_t)(comma + 1 - v.ptr)));
	if (!last.len || !first.len)
		return SLICE_NONE;
	memcpy(to, first.ptr, first.len);
	to[first.len] = ' ';
	memcpy(to + first.len + 1, last.ptr, last.len);
	return slice_mem(to, first.len + 1 + last.len);
}

static bool in_word(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '\'' ||
	       c == '-';
}

/* The next word of v, which becomes what is behind it. */
static struct slice next_word(struct slice *v)
{
	struct slice word;
	size_t n = 0;

	while (v->len && (!in_word(*v->ptr) || *v->ptr == '-' || *v->ptr == '\''))
		*v = slice_skip(*v, 1);
	while (n < v->len && in_word(v->ptr[n]))
		n++;
	word = slice_head(*v, n);
	*v = slice_skip(*v, n);
	while (word.len && (word.ptr[word.len - 1] == '\'' || word.ptr[word.len - 1] == '-'))
		word.len--;
	return word;
}

struct slice form_words(struct slice v, bool swapped, char *to)
{
	enum { WORDS_MAX = 6 };
	struct slice words[WORDS_MAX], rest = v;
	size_t n = 0, len = 0;

	if (v.len >= SUBJECT_VALUE_MAX)
		return SLICE_NONE;
	while (rest.len && n < WORDS_MAX) {
		words[n] = next_word(&rest);
		n += words[n].len != 0;
	}
	if (n < 2 || rest.len || (swapped && n != 2))
		return SLICE_NONE;
	for (size_t i = 0; i < n; i++) {
		struct slice w = words[swapped ? n - 1 - i : i];

		if (i)
			to[len++] = ' ';
		memcpy(to + len, w.ptr, w.len);
		len += w.len;
	}
	return slice_mem(to, len);
}

struct slice form_pattern(struct slice v, char *to)
{
	size_t n = 0, wild = 0, bracketed = 0;

	if (v.len < 3 || v.len >= SUBJECT_VALUE_MAX)
		return SLICE_NONE;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.ptr[i];

		if (v.len - i >= 3 && c == '[' && v.ptr[i + 2] == ']') {
			c = v.ptr[i + 1];
			i += 2;
			bracketed++;
		} else if ((c == '_' || c == '%') && i && i + 1 < v.len) {
			c = '@';
			wild++;
		}
		to[n++] = c;
	}
	return bracketed || (wild == 1 && !memchr(v.ptr, '@', v.len)) ? slice_mem(to, n) : SLICE_NONE;
}
