// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "redact/constant.h"

#include <string.h>

#include "redact/redact.h"

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_+-.", c));
}

bool redact_is_settings(struct slice s)
{
	size_t i = 0;

	s = slice_trim(s);
	if (s.len && (s.ptr[0] == '{' || s.ptr[0] == '[' || slice_ieq(slice_head(s, 7), SLICE("bearer "))))
		return true;
	while (i < s.len && is_name(s.ptr[i]))
		i++;
	if (!i)
		return false;
	if (s.len - i > 3 && memcmp(s.ptr + i, "://", 3) == 0)
		return true;
	while (i < s.len && s.ptr[i] == ' ')
		i++;
	return i < s.len && s.ptr[i] == '=';
}

/* Does a pair of bytes at i stand for one? */
static bool is_pair(struct slice body, size_t i, char quote, bool backslash)
{
	char c = body.ptr[i];

	return i + 1 < body.len && ((c == '\\' && backslash) || (c == quote && body.ptr[i + 1] == quote));
}

struct slice redact_plain_quotes(struct slice body, char quote, bool backslash, struct arena *arena)
{
	char *copy = arena_alloc(arena, body.len + 1);
	bool open = false;

	if (!copy)
		return SLICE_NONE;
	memcpy(copy, body.ptr, body.len);
	for (size_t i = 0; i < body.len; i++) {
		if (!is_pair(body, i, quote, backslash))
			continue;
		if (body.ptr[i + 1] == quote) {
			/* The blank goes outside of the inner constant. */
			copy[i] = open ? quote : ' ';
			copy[i + 1] = open ? ' ' : quote;
			open = !open;
		}
		i++;
	}
	return slice_mem(copy, body.len);
}

void redact_keep_pairs(struct slice body, char quote, bool backslash, unsigned char *hide)
{
	for (size_t i = 0; i < body.len; i++) {
		if (!is_pair(body, i, quote, backslash))
			continue;
		if (!hide[i] != !hide[i + 1])
			hide[i] = hide[i + 1] = REDACT_SHOW;
		i++;
	}
}
