// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Most tokens are words of ASCII, signs of one byte and plain numbers, behind one space, or none: they are told apart here, where the
 * compiler can put them into the loop that wants them, and what may be anything else is left to lex_any().
 */
#ifndef QPROV_LEX_FAST_H
#define QPROV_LEX_FAST_H

#include "sql/lex_char.h"

/* ---- lex.c ---- */
void lex_any(struct lexer *lx, struct token *t);

/* A byte that may begin an operator, but with what is behind it does not; nor a number, a command. */
static inline bool lex_stands_alone(const struct lexer *lx, const char *at, unsigned char c)
{
	enum char_class next = class_of(at + 1 < lx->end ? (unsigned char)at[1] : 0);

	return (next == C_SPACE || next == C_WORD || (next == C_DIGIT && c != '.')) && c != '\\';
}

/* A sign of one byte. */
static inline void lex_sign(struct lexer *lx, struct token *t, const char *start, unsigned char c)
{
	*t = (struct token){ .off = (uint32_t)(start - lx->text), .len = 1, .id = c, .type = TOKEN_PUNCT };
	lx->at = start + 1;
	lx->last_id = c;
	lx->last = TOKEN_PUNCT;
	lx->last_flags = 0;
}

/* Digits, and nothing behind them that could belong to a number or a name. */
static inline bool lex_digits(struct lexer *lx, struct token *t, const char *start)
{
	const char *at = start + 1, *end = lx->end;

	while (at < end && is_digit((unsigned char)*at))
		at++;
	if (at < end && (*at == '.' || lex_is_word((unsigned char)*at)))
		return false;
	*t = (struct token){ .off = (uint32_t)(start - lx->text), .len = (uint32_t)(at - start), .type = TOKEN_NUMBER };
	lx->at = at;
	lx->last_id = 0;
	lx->last = TOKEN_NUMBER;
	lx->last_flags = 0;
	return true;
}

static inline void lex_no_word(struct lexer *lx, struct token *t, const char *start, enum char_class k)
{
	unsigned char c = (unsigned char)*start;

	if (k == C_OTHER || (k == C_OP && lex_stands_alone(lx, start, c)))
		lex_sign(lx, t, start, c);
	else if (k != C_DIGIT || !lex_digits(lx, t, start))
		lex_any(lx, t);
}

/* Where a line begins, a word may be one for the client: GO, DELIMITER. */
static inline bool lex_may_be_command(const struct lexer *lx, unsigned char c)
{
	return lx->line_start && ((c | 0x20) == 'g' || (c | 0x20) == 'd');
}

/* As lex_next(). */
static inline void lex_fast(struct lexer *lx, struct token *t)
{
	const char *start = lx->at, *end = lx->end, *at;
	unsigned bits = lx->word;
	enum char_class k;

	if (start < end && *start == ' ')
		start++;
	if (start >= end || lx->closely) {
		lex_any(lx, t);
		return;
	}
	k = class_of((unsigned char)*start);
	if (k != C_WORD) {
		lx->line_start ? lex_any(lx, t) : lex_no_word(lx, t, start, k);
		return;
	}
	for (at = start + 1; at < end && lex_word_bits[(unsigned char)*at] & bits;)
		at++;
	if ((at < end && ((unsigned char)*at >= 0x80 || (at - start <= 2 && (*at == '\'' || *at == '"' || *at == '&')))) ||
	    lex_may_be_command(lx, (unsigned char)*start)) {
		lex_any(lx, t);
		return;
	}
	*t = (struct token){ .off = (uint32_t)(start - lx->text), .len = (uint32_t)(at - start), .type = TOKEN_WORD };
	lx->at = at;
	lx->line_start = false;
	lx->last = TOKEN_WORD;
	lx->last_flags = 0;
	t->id = lx->last_id = (uint16_t)keyword_of_word(slice_mem(start, (size_t)(at - start)));
}

#endif
