// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/keyword.h"

#include <string.h>

enum { SLOT_BITS = 12, SLOTS = 1 << SLOT_BITS };

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

#define K(word, flags) _Static_assert(sizeof(#word) - 1 <= KEYWORD_LONGEST, #word " would never be found");
#include "sql/keyword_list.h"
#undef K

/* The first and the last eight bytes of a word, letters in lower case: all of it, when it is not longer than 16. */
struct ends {
	uint64_t first, last;
};

static struct ends ends_of[KEYWORDS_END - KW_NOT_ONE];
static uint16_t slots[SLOTS];

static uint64_t load8(const char *s)
{
	uint64_t v;

	memcpy(&v, s, sizeof(v));
	return v;
}

static uint64_t load4(const char *s)
{
	uint32_t v;

	memcpy(&v, s, sizeof(v));
	return v;
}

/* Reads no byte but those of s; n > 0. */
static struct ends ends(const char *s, size_t n)
{
	const uint64_t lower = 0x2020202020202020ull;

	if (n >= 8)
		return (struct ends){ load8(s) | lower, load8(s + n - 8) | lower };
	if (n >= 4)
		return (struct ends){ (load4(s) | load4(s + n - 4) << 32) | lower, n };
	return (struct ends){
		((uint64_t)(unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << 8 | (uint64_t)(unsigned char)s[n - 1] << 16) | lower,
		n
	};
}

static size_t slot_of(struct ends e)
{
	return ((e.first ^ e.last * 0x9e3779b97f4a7c15ull) * 0xd6e8feb86659fd93ull) >> (64 - SLOT_BITS);
}

/* Before main: the table is constant afterwards. */
static void __attribute__((constructor)) fill_slots(void)
{
	for (unsigned i = 1; i < KEYWORDS_END - KW_NOT_ONE; i++) {
		size_t at;

		ends_of[i] = ends(words[i].ptr, words[i].len);
		at = slot_of(ends_of[i]);
		while (slots[at])
			at = (at + 1) & (SLOTS - 1);
		slots[at] = (uint16_t)i;
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

enum { BOTH_ENDS = 16 }; /* of a longer word these are not all */

/* From a slot on that another word has, or a long one. */
static __attribute__((noinline)) unsigned search(struct slice word, struct ends e, size_t at)
{
	for (; slots[at]; at = (at + 1) & (SLOTS - 1)) {
		const struct ends *k = &ends_of[slots[at]];
		const struct slice *w = &words[slots[at]];

		if (k->first == e.first && k->last == e.last && w->len == word.len && (word.len <= BOTH_ENDS || same(*w, word)))
			return KW_NOT_ONE + (unsigned)slots[at];
	}
	return 0;
}

unsigned keyword_of_word(struct slice word)
{
	struct ends e;
	size_t at, i;

	if (word.len - 1 >= KEYWORD_LONGEST)
		return 0;
	e = ends(word.ptr, word.len);
	at = slot_of(e);
	i = slots[at];
	if (!i) /* most names */
		return 0;
	if (ends_of[i].first == e.first && ends_of[i].last == e.last && words[i].len == word.len && word.len <= BOTH_ENDS)
		return KW_NOT_ONE + (unsigned)i;
	return search(word, e, at);
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
