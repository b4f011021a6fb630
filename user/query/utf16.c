// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "query/utf16.h"

#include <string.h>

static void put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static uint16_t unit(struct slice in, size_t i)
{
	uint16_t u;

	memcpy(&u, in.ptr + i, sizeof(u));
	return u;
}

void utf16_to_utf8(struct slice in, struct buf *out)
{
	size_t i = 0;

	while (i + 1 < in.len) {
		uint32_t c = unit(in, i);

		i += 2;
		if (c == 0)
			return;
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < in.len && (unit(in, i) & 0xfc00) == 0xdc00) {
			c = 0x10000 + ((c - 0xd800) << 10) + (unit(in, i) - 0xdc00u);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		put(out, c);
	}
	if (i < in.len)
		put(out, 0xfffd);
}

void utf32_to_utf8(struct slice in, struct buf *out)
{
	size_t i = 0;

	for (; i + 4 <= in.len; i += 4) {
		uint32_t c;

		memcpy(&c, in.ptr + i, sizeof(c));
		if (c == 0)
			return;
		put(out, c >= 0x110000 || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c);
	}
	if (i < in.len)
		put(out, 0xfffd);
}
