// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A look at the words of a text: one that makes or changes something, and one that reads or renames. */
#include "base/cleanup.h"
#include "pipeline/judge.h"

static const struct {
	struct slice word;
	unsigned part; /* 1: makes, 2: takes from something, 3: both */
} words[] = {
	{ SLICE_INIT("create"), 1 },   { SLICE_INIT("insert"), 1 },  { SLICE_INIT("into"), 1 },    { SLICE_INIT("update"), 1 },
	{ SLICE_INIT("merge"), 1 },    { SLICE_INIT("replace"), 1 }, { SLICE_INIT("alter"), 1 },   { SLICE_INIT("select"), 2 },
	{ SLICE_INIT("from"), 2 },     { SLICE_INIT("table"), 2 },   { SLICE_INIT("view"), 2 },    { SLICE_INIT("like"), 2 },
	{ SLICE_INIT("synonym"), 2 },  { SLICE_INIT("using"), 2 },   { SLICE_INIT("execute"), 2 }, { SLICE_INIT("rename"), 3 },
	{ SLICE_INIT("exchange"), 3 },
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

bool judge_may_derive(struct slice text)
{
	unsigned seen = 0;

	for (size_t i = 0; i < text.len && seen != 3; i++) {
		size_t n = 0;

		while (i + n < text.len && is_letter(text.ptr[i + n]))
			n++;
		/* The shortest has four letters, the longest eight; another length is no word of them. */
		for (size_t k = 0; n >= 4 && n <= 8 && k < ARRAY_SIZE(words); k++)
			if (words[k].word.len == n && slice_ieq(words[k].word, slice_mem(text.ptr + i, n)))
				seen |= words[k].part;
		i += n;
	}
	return seen == 3;
}
