// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"

/* first, first + step, ... last become that plus delta. Sorted, without overlap. */
struct fold_range {
	uint32_t first, last;
	int32_t step, delta;
};

struct fold_text {
	uint32_t code;
	char to[12];
};

#include "base/fold_table.h"

enum { UTF8_MAX = 4 };

static int by_range(const void *code, const void *entry)
{
	const struct fold_range *r = entry;
	uint32_t c = *(const uint32_t *)code;

	return c < r->first ? -1 : c > r->last;
}

static int by_code(const void *code, const void *entry)
{
	uint32_t a = *(const uint32_t *)code, b = ((const struct fold_text *)entry)->code;

	return a < b ? -1 : a > b;
}

static const struct fold_range *find_range(const struct fold_range *v, size_t n, uint32_t code)
{
	const struct fold_range *r = bsearch(&code, v, n, sizeof(*v), by_range);

	return r && (code - r->first) % (uint32_t)r->step ? NULL : r;
}

/* One code point; its length. A byte that belongs to none is taken for Latin-1, which old clients send. */
static size_t decode(struct slice s, uint32_t *ret)
{
	unsigned char c = (unsigned char)s.ptr[0];
	size_t n = c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 1;
	uint32_t code = n == 1 ? c : c & (0xffu >> (n + 1));

	*ret = c;
	for (size_t i = 1; i < n; i++) {
		if (i >= s.len || ((unsigned char)s.ptr[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | ((unsigned char)s.ptr[i] & 0x3f);
	}
	*ret = code;
	return n;
}

static size_t encode(uint32_t code, char *out)
{
	static const unsigned char lead[UTF8_MAX + 1] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(lead[n] | code);
	return n;
}

/* What a code point beyond ASCII becomes; SLICE_NONE: nothing. as_is: its bytes in UTF-8, SLICE_NONE: it came as
 * a single one. */
static struct slice folded(uint32_t code, struct slice as_is, char *bytes)
{
	const struct fold_text *text;
	const struct fold_range *r;

	if (find_range(unseen, ARRAY_SIZE(unseen), code))
		return SLICE_NONE;
	text = bsearch(&code, texts, ARRAY_SIZE(texts), sizeof(texts[0]), by_code);
	if (text)
		return slice_cstr(text->to);
	r = find_range(ranges, ARRAY_SIZE(ranges), code);
	if (!r && as_is.ptr)
		return as_is;
	return slice_mem(bytes, encode(r ? (uint32_t)((int32_t)code + r->delta) : code, bytes));
}

int fold_text(struct slice s, char *out, size_t max, size_t *ret_len)
{
	size_t len = 0;

	while (s.len) {
		char c = s.ptr[0], bytes[UTF8_MAX];
		struct slice to;
		uint32_t code;
		size_t n = 1;

		if ((unsigned char)c < 0x80) {
			bytes[0] = ascii_lower(c);
			to = slice_mem(bytes, 1);
		} else {
			n = decode(s, &code);
			to = folded(code, n > 1 ? slice_head(s, n) : SLICE_NONE, bytes);
		}
		if (to.len > max - len)
			return -E2BIG;
		if (to.len)
			memcpy(out + len, to.ptr, to.len);
		len += to.len;
		s = slice_skip(s, n);
	}
	*ret_len = len;
	return 0;
}
