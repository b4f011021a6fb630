// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/keyword.h"

#include <string.h>

const uint16_t keyword_flag_table[KEYWORDS_END - KW_NOT_ONE] = {
	0,
#define K(word, flags) flags,
#include "sql/keyword_list.h"
#undef K
};

static const struct slice words[] = {
	{ "", 0 },
#define K(word, flags) SLICE_INIT(#word),
#include "sql/keyword_list.h"
#undef K
};

#define K(word, flags) _Static_assert(sizeof(#word) > 2 && sizeof(#word) - 1 <= KEYWORD_LONGEST, #word " would never be found");
#include "sql/keyword_list.h"
#undef K

struct keyword_ends keyword_ends[KEYWORDS_END - KW_NOT_ONE];
uint16_t keyword_slots[KEYWORD_SLOTS];

/* Before main: the table is constant afterwards. */
static void __attribute__((constructor)) fill_slots(void)
{
	for (unsigned i = 1; i < KEYWORDS_END - KW_NOT_ONE; i++) {
		size_t at;

		keyword_ends[i] = keyword_ends_of(words[i].ptr, words[i].len);
		at = keyword_slot(keyword_ends[i]);
		while (keyword_slots[at])
			at = (at + 1) & (KEYWORD_SLOTS - 1);
		keyword_slots[at] = (uint16_t)i;
	}
}

/* Of the same ends. */
static bool same(struct slice word, struct slice text)
{
	if (word.len != text.len)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c >= 'a' && c <= 'z')
			c -= 32;
		if (c != (unsigned char)word.ptr[i])
			return false;
	}
	return true;
}

unsigned keyword_search(struct slice word, struct keyword_ends e, size_t at)
{
	for (; keyword_slots[at]; at = (at + 1) & (KEYWORD_SLOTS - 1)) {
		unsigned i = keyword_slots[at];
		const struct keyword_ends *k = &keyword_ends[i];

		if (k->first == e.first && k->last == e.last && words[i].len == word.len &&
		    (word.len <= KEYWORD_BOTH_ENDS || same(words[i], word)))
			return KW_NOT_ONE + i;
	}
	return 0;
}

unsigned keyword_of(struct slice name)
{
	unsigned id = keyword_of_word(name);

	return id && same(words[id - KW_NOT_ONE], name) ? id : 0;
}

struct slice keyword_text(unsigned id)
{
	return words[id - KW_NOT_ONE];
}
