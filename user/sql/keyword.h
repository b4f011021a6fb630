// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Words of the grammar: found once, by the lexer, in a hash table. */
#ifndef QPROV_KEYWORD_H
#define QPROV_KEYWORD_H

#include <string.h>

#include "base/slice.h"

enum keyword_flags {
	KF_STOP = 1 << 0,       /* ends an expression outside parentheses */
	KF_MAYBE = 1 << 1,      /* may end one */
	KF_NOALIAS = 1 << 2,    /* is no alias without AS */
	KF_OP = 1 << 3,         /* an operator: a value follows */
	KF_VALUE = 1 << 4,      /* a value itself */
	KF_SKIP = 1 << 5,       /* says nothing about values */
	KF_CASE = 1 << 6,       /* belongs to CASE; ends an expression outside one */
	KF_WEAK = 1 << 7,       /* a name where only a name fits */
	KF_FUNC = 1 << 8,       /* a function in front of a parenthesis */
	KF_JOIN = 1 << 9,       /* may stand in front of JOIN */
	KF_STATEMENT = 1 << 10, /* begins a statement */
	KF_BLOCK = 1 << 11,     /* begins a block of a routine */
	KF_SPECIAL = 1 << 12,   /* a word of the grammar in front of certain others */
};

enum keyword {
	KW_NOT_ONE = 255, /* below: punctuation, see enum token_op */
#define K(word, flags) KW_##word,
#include "sql/keyword_list.h"
#undef K
	KEYWORDS_END
};

enum { KEYWORD_LONGEST = 35 };

extern const uint16_t keyword_flag_table[KEYWORDS_END - KW_NOT_ONE];

static inline unsigned keyword_flags(unsigned id)
{
	return id > KW_NOT_ONE ? keyword_flag_table[id - KW_NOT_ONE] : 0;
}

/* In upper case. */
struct slice keyword_text(unsigned id);
/* A name in any case, of any bytes. 0: none. */
unsigned keyword_of(struct slice name);

/* ---- how a word is found ---- */

/* The first and the last eight bytes of a word, letters in lower case: all of it, when it is not longer than 16; last: the length of one
 * shorter than eight. */
struct keyword_ends {
	uint64_t first, last;
};

enum { KEYWORD_SLOT_BITS = 12, KEYWORD_SLOTS = 1 << KEYWORD_SLOT_BITS, KEYWORD_BOTH_ENDS = 16 };

extern struct keyword_ends keyword_ends[KEYWORDS_END - KW_NOT_ONE];
extern uint16_t keyword_slots[KEYWORD_SLOTS]; /* index of a word, 0: none */

/* From a slot on that another word has, or a long one. */
unsigned keyword_search(struct slice word, struct keyword_ends e, size_t at);

/* Reads no byte but those of s; n > 0. */
static inline struct keyword_ends keyword_ends_of(const char *s, size_t n)
{
	const uint64_t lower = 0x2020202020202020ull;
	uint64_t a = 0, b = 0;

	if (n >= 8) {
		memcpy(&a, s, 8);
		memcpy(&b, s + n - 8, 8);
		return (struct keyword_ends){ a | lower, b | lower };
	}
	if (n >= 4) {
		memcpy(&a, s, 4);
		memcpy(&b, s + n - 4, 4);
		return (struct keyword_ends){ (a | b << 32) | lower, n };
	}
	a = (uint64_t)(unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << 8 | (uint64_t)(unsigned char)s[n - 1] << 16;
	return (struct keyword_ends){ a | lower, n };
}

/* The factors were found by trial: with them no word of every day shares its slot with another one. */
static inline size_t keyword_slot(struct keyword_ends e)
{
	return ((e.first ^ e.last * 0x7c3f9cf2b23bf82bull) * 0x9cffc4696c92e51bull) >> (64 - KEYWORD_SLOT_BITS);
}

/*
 * The same as keyword_of(), of a word: no bytes but letters, digits, _, $, #, @, \001 and those beyond ASCII, which differ by more than
 * their case.
 */
static inline unsigned keyword_of_word(struct slice word)
{
	struct keyword_ends e;
	size_t at, i;

	if (word.len - 2 >= KEYWORD_LONGEST - 1) /* none has one letter */
		return 0;
	e = keyword_ends_of(word.ptr, word.len);
	at = keyword_slot(e);
	i = keyword_slots[at];
	if (!i) /* most names */
		return 0;
	if (keyword_ends[i].first == e.first && keyword_ends[i].last == e.last && word.len < 8)
		return KW_NOT_ONE + (unsigned)i;
	return keyword_search(word, e, at);
}

#endif
