// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The lexer: SQL text -> tokens of 16 bytes. No allocation, no failure: what no rule knows is a one-byte punctuation. A word's
 * keyword is looked up here, once. Comments of MySQL that run are read as what they hold.
 */
#ifndef QPROV_LEX_H
#define QPROV_LEX_H

#include "sql/dialect.h"
#include "sql/keyword.h"

enum token_type {
	TOKEN_END,
	TOKEN_WORD,   /* keyword or unquoted identifier */
	TOKEN_QUOTED, /* "x", `x`, [x], U&"x": an identifier */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_PARAM,   /* ?, $1, :x, @x, ${x} */
	TOKEN_STAGE,   /* Snowflake: @stage/path */
	TOKEN_COMMAND, /* a line for the client, not for the server */
	TOKEN_PUNCT,   /* one byte, or one of enum token_op */
};

/* Ids of punctuation are its byte, or these; ids of words are enum keyword. */
enum token_op {
	OP_CAST = 1, /* :: */
	OP_ASSIGN,   /* := */
	OP_CONCAT,   /* || */
	OP_NAMED,    /* => */
	OP_ARROW,    /* -> */
	OP_PIPE,     /* |> */
	OP_EQUAL,    /* == */
	OP_OTHER,    /* <=, >=, <>, !=, ->> */
};

enum token_flags {
	TF_OPEN = 1,        /* the end of the text came before the closing quote */
	TF_ESCAPED = 2,     /* doubled quotes or backslashes in the body */
	TF_BACKSLASH = 4,   /* a backslash in the body escapes */
	TF_UNICODE = 8,     /* U& */
	TF_READ = 16,       /* of a variable's name: its text is taken here, and nothing put into it */
	TF_BATCH = 16,      /* of ';': GO, a delimiter of the client, a slash on its own line */
	TF_EXECUTABLE = 32, /* inside a comment that runs */
	TF_DOUBLE = 64,     /* a string in double quotes */
	TF_BYTES = 128,     /* x'..', b'..': no text */
};

struct token {
	uint32_t off, len; /* in the text, with the quotes */
	uint16_t id;       /* 0: none */
	uint8_t type;      /* enum token_type */
	uint8_t flags;     /* enum token_flags */
	union {
		struct {
			uint16_t pre, post; /* bytes of the quotes */
		};
		uint32_t match; /* of '(': index of its ')', 0: not known: ask partner() */
	};
};

struct lexer {
	uint32_t bits; /* enum dialect_bits */
	enum sql_dialect dialect;
	const char *text, *at, *end;
	struct slice delimiter; /* of the client, SLICE_NONE: none */
	unsigned executable;    /* open comments that run */
	bool closely;           /* there is such a comment, or a delimiter: no token is what it looks like */
	bool as_comment;        /* comments whose running depends on the version are comments */
	bool version_dependent; /* such a one was met */
	bool multibyte;         /* a byte beyond ASCII that is no UTF-8 takes the next one with it (GBK, Big5, Shift-JIS) */
	bool multibyte_met;     /* where that would change the reading */
	bool open_comment;      /* a comment without an end was met */
	bool bad_bytes;         /* NUL bytes between tokens */
	bool holes;             /* \001 stands for text that is not known, and is part of words */
	uint8_t word;           /* enum word_bits: what its words are made of */
	bool line_start;        /* nothing but white space since the line began */
	uint16_t last_id;       /* of the last token; before the first one as behind a command */
	uint8_t last;           /* its type */
	uint8_t last_flags;
};

void lex_init(struct lexer *lx, const struct sql_options *o, struct slice text);
/* Some of the text is not known. */
void lex_holes(struct lexer *lx);
/* TOKEN_END: at the end; its off is the length of the text. */
void lex_next(struct lexer *lx, struct token *t);

static inline struct slice lex_raw(struct slice text, const struct token *t)
{
	return slice_mem(text.ptr + t->off, t->len);
}

/* Between the quotes. */
struct slice lex_body(struct slice text, const struct token *t);
/* The name a WORD or QUOTED token stands for, or the value of a STRING: unquoted folded to lower case, quotes and escapes resolved; memory
 * in arena when changed. escape: of U&, normally a backslash. */
struct slice lex_name(struct slice text, const struct token *t, char escape, struct arena *arena);

/* What may be a byte of a word. */
enum word_bits {
	WB_ALWAYS = 1, /* letters, digits, _, $ */
	WB_HIGH = 2,   /* beyond ASCII */
	WB_HASH = 4,
	WB_AT = 8,
	WB_HOLE = 16, /* \001, see holes */
};

extern const uint8_t lex_word_bits[256];

static inline bool lex_is_word(unsigned char c)
{
	return lex_word_bits[c] & (WB_ALWAYS | WB_HIGH);
}

#endif
