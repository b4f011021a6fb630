// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "query/first.h"

#include <string.h>

#include "base/cleanup.h"

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

/* Behind the first `end` at or after i; the text's length + 1 where there is none. */
static size_t behind(struct slice s, size_t i, struct slice end)
{
	const char *at = i < s.len ? memmem(s.ptr + i, s.len - i, end.ptr, end.len) : NULL;

	return at ? (size_t)(at - s.ptr) + end.len : s.len + 1;
}

/* Behind what begins at i and hides a ';': a quoted text (a doubled quote is two of them) or a comment; i: nothing of that kind does. */
static size_t hidden(struct slice s, size_t i)
{
	char c = s.ptr[i], next = i + 1 < s.len ? s.ptr[i + 1] : 0;

	if (c == '\'' || c == '"' || c == '`')
		return behind(s, i + 1, slice_mem(s.ptr + i, 1));
	if (c == '[')
		return behind(s, i + 1, SLICE("]"));
	if (c == '-' && next == '-')
		return behind(s, i + 2, SLICE("\n"));
	if (c == '/' && next == '*')
		return behind(s, i + 2, SLICE("*/"));
	return i;
}

size_t first_statement(struct slice s)
{
	for (size_t i = 0; i < s.len;) {
		size_t next = hidden(s, i), end = i;

		if (next != i) {
			i = next;
			continue;
		}
		if (s.ptr[i] == ';')
			return i + 1;
		if (!s.ptr[i] || s.ptr[i] == '$' || s.ptr[i] == '@' || s.ptr[i] == '#' || s.ptr[i] == ':')
			return 0; /* a variable may hold anything: $a(;) */
		while (end < s.len && is_word(s.ptr[end]))
			end++;
		if (slice_ieq(slice_mem(s.ptr + i, end - i), SLICE("trigger")))
			return 0;
		i = end > i ? end : i + 1;
	}
	return 0;
}
