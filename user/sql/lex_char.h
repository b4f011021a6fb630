// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the files of the lexer share: classes of bytes, looking ahead. */
#ifndef QPROV_LEX_CHAR_H
#define QPROV_LEX_CHAR_H

#include "sql/lex.h"

enum char_class {
	C_OTHER, /* punctuation of one byte */
	C_WORD,
	C_DIGIT,
	C_QUOTE,
	C_OP,      /* may begin a longer operator */
	C_PARAM,   /* ? $ : @ */
	C_SPACE,   /* white space and control characters */
	C_HIGH,    /* beyond ASCII: part of names, or white space */
	C_COMMENT, /* an operator, or the first byte of a comment */
	C_MAY_BE_BLANK = C_SPACE,
};

extern const uint8_t lex_classes[256]; /* enum char_class */

static inline enum char_class class_of(unsigned char c)
{
	return (enum char_class)lex_classes[c];
}

static inline bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline size_t left(const struct lexer *lx)
{
	return (size_t)(lx->end - lx->at);
}

/* The byte n behind the current one, 0 beyond the end. */
static inline unsigned char look(const struct lexer *lx, size_t n)
{
	return n < left(lx) ? (unsigned char)lx->at[n] : 0;
}

/* ---- lex.c ---- */
void lex_word(struct lexer *lx, struct token *t);

/* ---- lex_value.c ---- */
void lex_number(struct lexer *lx, struct token *t);
bool lex_money(struct lexer *lx, struct token *t);
/* ?, ?1, $1, :name, @name, @@name, ${name}. False: the byte is punctuation. */
bool lex_param(struct lexer *lx, struct token *t);

/* ---- lex_blank.c ---- */
/* To the next token: behind white space and comments. */
void lex_blank(struct lexer *lx);
/* The length of the white space of Unicode here, in bytes, or 0. */
size_t lex_unicode_space(const struct lexer *lx);

/* ---- lex_line.c: what is said to the client ---- */
/* GO, a lone slash, DELIMITER, .tables: at the first byte of a line. */
bool lex_line(struct lexer *lx, struct token *t);
/* \\g and \\G end a statement, \\; too; any other command of psql or mysql is a line. */
bool lex_backslash(struct lexer *lx, struct token *t, bool line_start);
/* n bytes that end a statement. */
void lex_terminator(struct lexer *lx, struct token *t, size_t n);

/* ---- lex_quote.c ---- */
bool lex_prefixed(struct lexer *lx, struct token *t);
void lex_quoted(struct lexer *lx, struct token *t, unsigned pre, char close, bool backslash);
bool lex_triple(struct lexer *lx, struct token *t, unsigned pre, bool raw);
bool lex_dollar(struct lexer *lx, struct token *t);

#endif
