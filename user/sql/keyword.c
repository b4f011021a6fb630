// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/keyword.h"

enum { SLOTS = 4096 };

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

static uint16_t slots[SLOTS];

static uint32_t hash_of(struct slice s)
{
	uint32_t h = KEYWORD_SEED;

	for (size_t i = 0; i < s.len; i++)
		h = KEYWORD_STEP(h, s.ptr[i]);
	return h;
}

static uint32_t slot_of(uint32_t hash)
{
	return (hash ^ hash >> 12) & (SLOTS - 1);
}

/* Before main: the table is constant afterwards. */
static void __attribute__((constructor)) fill_slots(void)
{
	for (unsigned i = 1; i < KEYWORDS_END - KW_NOT_ONE; i++) {
		uint32_t at = slot_of(hash_of(words[i]));

		while (slots[at])
			at = (at + 1) & (SLOTS - 1);
		slots[at] = (uint16_t)i;
	}
}

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

unsigned keyword_find(struct slice word, uint32_t hash)
{
	for (uint32_t at = slot_of(hash); slots[at]; at = (at + 1) & (SLOTS - 1))
		if (same(words[slots[at]], word))
			return KW_NOT_ONE + slots[at];
	return 0;
}

unsigned keyword_of(struct slice name)
{
	return name.len <= KEYWORD_LONGEST ? keyword_find(name, hash_of(name)) : 0;
}
