// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "event/json.h"

#include <errno.h>
#include <string.h>

#include "base/screen.h"

#define JSON_DEPTH_MAX 16
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/*
 * The comma that is due and the key. Keys are ours: they need no escaping. Returns where up to extra bytes of the value can be
 * written and added to the buffer's length; NULL when there is no room.
 */
static char *begin(struct json *j, const char *key, size_t extra)
{
	size_t n = key ? strlen(key) : 0;
	char *p = buf_reserve(j->out, n + 4 + extra);
	size_t i = 0;

	if (!p)
		return NULL;
	if (j->filled & 1u << j->depth)
		p[i++] = ',';
	j->filled |= 1u << j->depth;
	if (key) {
		p[i++] = '"';
		memcpy(p + i, key, n);
		i += n;
		p[i++] = '"';
		p[i++] = ':';
	}
	j->out->len += i;
	return p + i;
}

void json_open(struct json *j, const char *key, char bracket)
{
	char *p = begin(j, key, 1);

	if (!p)
		return;
	*p = bracket;
	j->out->len++;
	if (j->depth == JSON_DEPTH_MAX) {
		j->out->err = -E2BIG;
		return;
	}
	j->depth++;
	j->filled &= ~(1u << j->depth);
}

void json_close(struct json *j, char bracket)
{
	if (j->depth)
		j->depth--;
	buf_addc(j->out, bracket);
}

static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* U+0080 to U+009F: JSON allows them as they are, and terminals obey them. */
static bool is_c1(const unsigned char *s, size_t len)
{
	return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

/* One control character, quote or backslash; at most 6 bytes. */
static size_t escape(unsigned char c, char *out)
{
	static const char hex[] = "0123456789abcdef";
	static const char named[] = "\"\"\\\\\nn\tt\rr\bb\ff";

	out[0] = '\\';
	for (size_t i = 0; i < sizeof(named) - 1; i += 2) {
		if (c == (unsigned char)named[i]) {
			out[1] = named[i + 1];
			return 2;
		}
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return 6;
}

/* What stands for the character at s: bytes written to out (at most 6), and bytes taken from s. */
static size_t encode(struct json *j, const unsigned char *s, size_t n, char *out, size_t *ret_taken)
{
	size_t len = utf8_length(s, n);

	*ret_taken = len ? len : 1;
	if (len == 0) {
		j->lossy = true;
		memcpy(out, REPLACEMENT, 3);
		return 3;
	}
	if (len == 1 && !plain(s[0]))
		return escape(s[0], out);
	if (is_c1(s, len))
		return escape(s[1], out);
	memcpy(out, s, len);
	return len;
}

static size_t plain_run(const unsigned char *s, size_t n)
{
	size_t run = 0;

	while (run < n && plain(s[run]))
		run++;
	return run;
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t json_str_max(struct json *j, const char *key, struct slice v, size_t max)
{
	const unsigned char *s = (const unsigned char *)v.ptr;
	size_t i = plain_run(s, min(v.len, max)), left = max - i;
	char *p = begin(j, key, i + 1);

	if (p) {
		*p = '"';
		if (i)
			memcpy(p + 1, s, i);
		j->out->len += i + 1;
	}
	while (i < v.len && left) {
		size_t run = plain_run(s + i, min(v.len - i, left)), taken, n;
		char one[8];

		buf_add(j->out, slice_mem(s + i, run));
		left -= run;
		i += run;
		if (i == v.len || plain(s[i]))
			continue;
		n = encode(j, s + i, v.len - i, one, &taken);
		if (n > left)
			break;
		buf_add(j->out, slice_mem(one, n));
		left -= n;
		i += taken;
	}
	buf_addc(j->out, '"');
	return i;
}

void json_str(struct json *j, const char *key, struct slice v)
{
	json_str_max(j, key, v, SIZE_MAX);
}

void json_cstr(struct json *j, const char *key, const char *v)
{
	json_str(j, key, slice_cstr(v));
}

void json_uint(struct json *j, const char *key, uint64_t v)
{
	begin(j, key, 0);
	buf_addu(j->out, v);
}

void json_id(struct json *j, const char *key, uint64_t v)
{
	begin(j, key, 0);
	buf_addc(j->out, '"');
	buf_addu(j->out, v);
	buf_addc(j->out, '"');
}

void json_boolean(struct json *j, const char *key, bool v)
{
	begin(j, key, 0);
	buf_adds(j->out, v ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin(j, key, 0);
	buf_adds(j->out, "null");
}

/* Days since 1970 to a date of the Gregorian calendar; years are counted from 1 March, so that the leap day comes last. */
static void civil_date(uint64_t days, unsigned *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	uint64_t shifted = days + 719468; /* since 0000-03-01 */
	uint64_t era = shifted / 146097;
	unsigned of_era = (unsigned)(shifted % 146097);
	unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153;

	*ret_day = of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = (unsigned)(era * 400) + year + (*ret_month <= 2);
}

static void digits(char *p, unsigned n, uint64_t v)
{
	while (n--) {
		p[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void json_time(struct json *j, const char *key, uint64_t wall_ns)
{
	char text[] = "\"0000-00-00T00:00:00.000000000Z\"";
	uint64_t s = wall_ns / 1000000000u;
	unsigned year, month, day;

	civil_date(s / 86400, &year, &month, &day);
	digits(text + 1, 4, year);
	digits(text + 6, 2, month);
	digits(text + 9, 2, day);
	digits(text + 12, 2, s / 3600 % 24);
	digits(text + 15, 2, s / 60 % 60);
	digits(text + 18, 2, s % 60);
	digits(text + 21, 9, wall_ns % 1000000000u);
	begin(j, key, 0);
	buf_add(j->out, slice_mem(text, sizeof(text) - 1));
}
