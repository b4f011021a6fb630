// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Words of the grammar: found once, by the lexer, in a hash table. */
#ifndef QPROV_KEYWORD_H
#define QPROV_KEYWORD_H

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
/* The same of a word: no bytes but letters, digits, _, $, #, @, \001 and those beyond ASCII, which differ by more than their case. */
unsigned keyword_of_word(struct slice word);

#endif
