// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "redact/comment.h"

#include "base/ascii.h"
#include "redact/redact.h"

/* What begins and ends comments stays, or a secret in one would take what stands behind it into the comment, or bring it out. */
static void show_borders(struct slice s, unsigned char *hide)
{
	bool outside = true; /* nothing but blanks since the last border */

	for (size_t i = 0; i < s.len; i++) {
		struct slice two = slice_mem(s.ptr + i, s.len - i < 2 ? s.len - i : 2);
		bool line = outside && (slice_eq(two, SLICE("--")) || slice_eq(two, SLICE("//")));
		bool end = slice_eq(two, SLICE("*/")), border = end || line || slice_eq(two, SLICE("/*"));

		if (border)
			hide[i] = hide[i + 1] = REDACT_SHOW;
		outside = end || s.ptr[i] == '\n' || s.ptr[i] == '\r' || (outside && (ascii_is_space(s.ptr[i]) || s.ptr[i] == '#'));
		if (outside)
			hide[i] = REDACT_SHOW;
		i += border;
	}
}

void redact_mark_comment(struct slice text, unsigned char *hide)
{
	redact_mark_text(text, hide);
	show_borders(text, hide);
}
