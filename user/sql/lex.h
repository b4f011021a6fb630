// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The lexer: SQL text -> tokens as slices of it. No allocation, no failure: what no rule knows is a one-byte punctuation.
 * Executable comments of MySQL are read as what they hold, since the server runs them.
 */
#ifndef QPROV_LEX_H
#define QPROV_LEX_H

#include "sql/sql.h"

enum token_type {
	TOKEN_END,
	TOKEN_WORD,   /* keyword or unquoted identifier */
	TOKEN_QUOTED, /* "x", `x`, [x], U&"x": an identifier */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_PARAM, /* ?, $1, :x, @x */
	TOKEN_PUNCT, /* one byte, or :: */
};

struct token {
	enum token_type type;
	struct slice raw;  /* as written */
	struct slice body; /* between the quotes; of other tokens as raw */
	char quote;        /* the closing quote of QUOTED and STRING; '$' for dollar quotes */
	bool escaped;      /* doubled quotes, backslashes or Unicode escapes are in body */
	bool backslash;    /* a backslash in body escapes the next byte */
	bool unicode;      /* U&"..." */
	bool open;         /* the end of the text came before the closing quote */
};

struct lexer {
	enum sql_dialect dialect;
	const char *at, *end;
	unsigned executable; /* open MySQL executable comments */
	bool open_comment;   /* a comment without an end was met */
	bool bad_bytes;      /* NUL bytes between tokens */
};

void lex_init(struct lexer *lx, enum sql_dialect dialect, struct slice text);
struct token lex_next(struct lexer *lx);
/* An unquoted word equal to the upper-case keyword. */
bool token_is(const struct token *t, const char *keyword);
bool token_punct(const struct token *t, char c);
/* The name a WORD or QUOTED token stands for: unquoted folded to lower case, quotes and escapes resolved; memory in arena when changed. */
struct slice token_name(const struct token *t, struct arena *arena);

#endif
