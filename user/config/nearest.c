// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* "did you mean": the known name with the fewest edits. */
#include <string.h>

#include "config/value.h"

enum { WORD_MAX = 32 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '-' ? '_' : c;
}

/* Insertions, deletions and replacements from a to b; both at most WORD_MAX long. */
static unsigned distance(struct slice a, struct slice b)
{
	unsigned row[WORD_MAX + 1];

	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (fold(a.ptr[i - 1]) != fold(b.ptr[j - 1])));
			diagonal = above;
		}
	}
	return row[b.len];
}

const char *value_nearest(struct slice s, const void *names, size_t stride)
{
	const char *best = NULL;
	unsigned best_distance = WORD_MAX;

	if (s.len == 0 || s.len > WORD_MAX)
		return NULL;
	for (const char *p = names;; p += stride) {
		const char *name;
		unsigned d;

		memcpy(&name, p, sizeof(name));
		if (!name)
			break;
		if (strlen(name) > WORD_MAX)
			continue;
		d = distance(s, slice_cstr(name));
		/* Near: at most a third of the letters differ, but always one or two slips in longer words. */
		if (d < best_distance && d <= 1 + strlen(name) / 4) {
			best = name;
			best_distance = d;
		}
	}
	return best;
}
