// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/lex.h"

#include <string.h>

#include "sql/lex_char.h"
#include "sql/lex_fast.h"

/* clang-format off */
#define S C_SPACE
#define W C_WORD
#define D C_DIGIT
#define Q C_QUOTE
#define O C_OP
#define P C_PARAM
#define N C_COMMENT
const uint8_t lex_classes[256] = {
	S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, /* control */
	S, O, Q, N, P, 0, 0, Q, 0, 0, N, 0, 0, N, O, N, /*   ! " # $ % & ' ( ) * + , - . / */
	D, D, D, D, D, D, D, D, D, D, P, O, O, O, O, P, /* 0-9 : ; < = > ? */
	P, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* @ A-O */
	W, W, W, W, W, W, W, W, W, W, W, Q, O, 0, 0, W, /* P-Z [ \ ] ^ _ */
	Q, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* ` a-o */
	W, W, W, W, W, W, W, W, W, W, W, 0, O, 0, 0, S, /* p-z { | } ~ DEL */
	[128 ... 255] = C_HIGH,
};
#undef S
#undef W
#undef D
#undef Q
#undef O
#undef P
#undef N
/* clang-format on */

const uint8_t lex_word_bits[256] = {
	[1] = WB_HOLE,           ['#'] = WB_HASH,           ['$'] = WB_ALWAYS, ['0' ... '9'] = WB_ALWAYS,
	['@'] = WB_AT,           ['A' ... 'Z'] = WB_ALWAYS, ['_'] = WB_ALWAYS, ['a' ... 'z'] = WB_ALWAYS,
	[128 ... 255] = WB_HIGH,
};

void lex_init(struct lexer *lx, const struct sql_options *o, struct slice text)
{
	*lx = (struct lexer){ .bits = dialect_bits(o->dialect),
			      .dialect = o->dialect,
			      .text = text.ptr,
			      .at = text.ptr,
			      .end = text.ptr + text.len,
			      .line_start = true,
			      .word = WB_ALWAYS,
			      .last = TOKEN_COMMAND };
	if (!(lx->bits & (DL_UNICODE_SPACE | DL_LOOSE_SPACE))) /* else some of these bytes are white space: looked at closely */
		lx->word |= WB_HIGH;
	if (o->dialect == SQL_TSQL || o->dialect == SQL_ORACLE)
		lx->word |= o->dialect == SQL_TSQL ? WB_HASH | WB_AT : WB_HASH;
	if (lx->bits & DL_MYSQL && o->ansi_quotes)
		lx->bits &= ~(uint32_t)DL_DQ_STRING;
	if (lx->bits & DL_MYSQL && o->no_backslash)
		lx->bits &= ~(uint32_t)DL_BACKSLASH;
	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3)) /* byte order mark */
		lx->at += 3;
}

void lex_holes(struct lexer *lx)
{
	lx->holes = true;
	lx->word |= WB_HOLE;
}

/* ---- tokens ---- */

/* At a byte beyond ASCII of a word: where the word goes on, or NULL when white space ends it here. */
static const char *over_high(const struct lexer *lx, const char *at)
{
	struct lexer here = { .at = at, .end = lx->end };
	size_t n = lex_unicode_space(&here);

	if (!n)
		return at + 1;
	if (lx->bits & DL_UNICODE_SPACE)
		return NULL;
	/* Where the server knows ASCII white space only, such spaces between the bytes of a word belong to it. */
	for (; n; n = lex_unicode_space(&here))
		here.at += n;
	return lex_is_word(look(&here, 0)) ? here.at : NULL;
}

static const char *over_word_bytes(const struct lexer *lx, const char *at)
{
	unsigned bits = lx->word;
	const char *end = lx->end;

	while (at < end && lex_word_bits[(unsigned char)*at] & bits)
		at++;
	return at;
}

/* From a byte on that is none of those which may be a byte of a word; beyond ASCII, it may be all the same. */
static __attribute__((noinline)) const char *word_end(const struct lexer *lx, const char *at)
{
	while (at < lx->end && (unsigned char)*at >= 0x80) {
		const char *next = over_high(lx, at);

		if (!next)
			return at;
		at = over_word_bytes(lx, next);
	}
	return at;
}

void lex_word(struct lexer *lx, struct token *t)
{
	const char *start = lx->at, *end = over_word_bytes(lx, start);

	if (end < lx->end && (unsigned char)*end >= 0x80)
		end = word_end(lx, end);
	lx->at = end;
	t->type = TOKEN_WORD;
	t->id = (uint16_t)keyword_of_word(slice_mem(start, (size_t)(end - start)));
}

/* A letter, or a byte beyond ASCII: a word, or what stands in front of a quote, as in E'', U&"". */
static inline void lex_letter(struct lexer *lx, struct token *t)
{
	const char *start = lx->at, *end = over_word_bytes(lx, start);
	size_t n = (size_t)(end - start);

	if (end < lx->end) {
		unsigned char c = (unsigned char)*end;

		if (n <= 2 && (c == '\'' || c == '"' || c == '&') && lex_prefixed(lx, t))
			return;
		if (c >= 0x80)
			end = word_end(lx, end);
	}
	lx->at = end;
	t->type = TOKEN_WORD;
	t->id = (uint16_t)keyword_of_word(slice_mem(start, (size_t)(end - start)));
}

/* [ begins a name: always in SQLite and T-SQL; where the dialect is not known, where a subscript or an array could not stand. */
static bool bracket_quotes(const struct lexer *lx)
{
	if (lx->bits & DL_BRACKET)
		return true;
	if (lx->dialect != SQL_ANSI || (class_of(look(lx, 1)) != C_WORD && class_of(look(lx, 1)) != C_HIGH))
		return false;
	return lx->last_id == '.' ||
	       !(lx->last == TOKEN_WORD || lx->last == TOKEN_QUOTED || lx->last == TOKEN_PARAM || lx->last_id == ')' ||
		 lx->last_id == ']') ||
	       lx->last_id == KW_FROM || lx->last_id == KW_JOIN || lx->last_id == KW_INTO || lx->last_id == KW_UPDATE ||
	       lx->last_id == KW_TABLE || lx->last_id == KW_SELECT || lx->last_id == KW_AS || lx->last_id == KW_BY ||
	       lx->last_id == KW_WHERE || lx->last_id == KW_ON || lx->last_id == KW_AND;
}

/* Behind an E'' string: the next one is its continuation. */
static bool goes_on(const struct lexer *lx)
{
	return lx->last == TOKEN_STRING && lx->bits & DL_ESCAPE_PREFIX && lx->last_flags & TF_BACKSLASH && !(lx->last_flags & TF_DOUBLE);
}

static __attribute__((noinline)) void lex_quote(struct lexer *lx, struct token *t, unsigned char c)
{
	bool backslash = lx->bits & DL_BACKSLASH || (c == '\'' && goes_on(lx));

	if (c == '\'' || (c == '"' && lx->bits & DL_DQ_STRING)) {
		t->type = TOKEN_STRING;
		t->flags |= c == '"' ? TF_DOUBLE : 0;
		if (!(lx->dialect == SQL_BIGQUERY && lex_triple(lx, t, 0, false)))
			lex_quoted(lx, t, 1, (char)c, backslash);
	} else if (c == '"' || (c == '`' && lx->bits & DL_BACKTICK)) {
		t->type = TOKEN_QUOTED;
		lex_quoted(lx, t, 1, (char)c, backslash && (lx->dialect == SQL_BIGQUERY || lx->dialect == SQL_CLICKHOUSE));
	} else if (c == '`' && memchr(lx->at + 1, '`', left(lx) - 1 < 256 ? left(lx) - 1 : 256)) {
		t->type = TOKEN_QUOTED;
		lex_quoted(lx, t, 1, '`', false);
	} else if (c == '[' && bracket_quotes(lx)) {
		t->type = TOKEN_QUOTED;
		lex_quoted(lx, t, 1, ']', false);
	} else {
		lx->at++;
		t->id = c;
	}
}

/* Of two bytes; 0: they are none. */
static unsigned operator_of(unsigned char c, unsigned char next)
{
	switch (c) {
	case ':':
		return next == ':' ? OP_CAST : next == '=' ? OP_ASSIGN : 0;
	case '|':
		return next == '|' ? OP_CONCAT : next == '>' ? OP_PIPE : 0;
	case '=':
		return next == '>' ? OP_NAMED : next == '=' ? OP_EQUAL : 0;
	case '-':
		return next == '>' ? OP_ARROW : 0;
	case '<':
		return next == '=' || next == '>' ? OP_OTHER : 0;
	case '>':
	case '!':
		return next == '=' ? OP_OTHER : 0;
	default:
		return 0;
	}
}

static void lex_operator(struct lexer *lx, struct token *t, unsigned char c)
{
	unsigned op = operator_of(c, look(lx, 1));

	t->id = c;
	lx->at++;
	if (!op)
		return;
	t->id = (uint16_t)op;
	lx->at++;
	if (op == OP_ARROW && look(lx, 0) == '>') {
		t->id = OP_OTHER;
		lx->at++;
	}
}

static __attribute__((noinline)) void lex_symbol(struct lexer *lx, struct token *t, unsigned char c, bool line_start)
{
	t->type = TOKEN_PUNCT;
	if (c == '.' && is_digit(look(lx, 1)) && !(lx->bits & DL_DIGIT_NAMES && lx->last_id == '.') && /* a..2 is a name */
	    !((lx->last == TOKEN_WORD || lx->last == TOKEN_QUOTED) && lx->at > lx->text &&
	      class_of((unsigned char)lx->at[-1]) != C_SPACE)) {
		lex_number(lx, t);
	} else if (c == '#' && (lx->dialect == SQL_TSQL || lx->dialect == SQL_REDSHIFT) &&
		   (lex_is_word(look(lx, 1)) || look(lx, 1) == '#')) {
		lx->at++;
		while (look(lx, 0) == '#')
			lx->at++;
		lex_word(lx, t);
		t->id = 0;
	} else if (c == '\\' && lex_backslash(lx, t, line_start)) {
		return;
	} else {
		lex_operator(lx, t, c);
	}
}

/* T-SQL: a:SELECT 1 */
static bool ends_label(const struct lexer *lx)
{
	return lx->dialect == SQL_TSQL && lx->last == TOKEN_WORD && lx->at > lx->text && lex_is_word((unsigned char)lx->at[-1]);
}

static __attribute__((noinline)) void lex_parameter(struct lexer *lx, struct token *t, unsigned char c)
{
	if (c == '$' && lx->bits & DL_DOLLAR && lex_dollar(lx, t))
		return;
	if (c == ':' && (look(lx, 1) == ':' || look(lx, 1) == '=' || ends_label(lx))) {
		t->type = TOKEN_PUNCT;
		lex_operator(lx, t, c);
	} else if (!lex_param(lx, t)) {
		t->type = TOKEN_PUNCT;
		t->id = c;
		lx->at++;
	}
}

static inline void lex_one(struct lexer *lx, struct token *t, unsigned char c, bool line_start)
{
	switch (class_of(c)) {
	case C_HIGH:
		if (!lex_money(lx, t))
			lex_letter(lx, t);
		break;
	case C_WORD:
		lex_letter(lx, t);
		break;
	case C_SPACE: /* a hole */
		lex_word(lx, t);
		break;
	case C_DIGIT:
		lex_number(lx, t);
		break;
	case C_QUOTE:
		t->type = TOKEN_PUNCT;
		lex_quote(lx, t, c);
		break;
	case C_PARAM:
		lex_parameter(lx, t, c);
		break;
	case C_OP:
		if (lex_stands_alone(lx, lx->at, c)) {
			t->type = TOKEN_PUNCT;
			t->id = c;
			lx->at++;
			break;
		}
		/* fall through */
	case C_COMMENT:
		lex_symbol(lx, t, c, line_start);
		break;
	default:
		t->type = TOKEN_PUNCT;
		t->id = c;
		lx->at++;
		break;
	}
}

static bool at_delimiter(const struct lexer *lx)
{
	return left(lx) >= lx->delimiter.len && !memcmp(lx->at, lx->delimiter.ptr, lx->delimiter.len);
}

/* Where a line begins, and where the client has a delimiter of its own. False: nothing is different here. */
static __attribute__((noinline)) bool lex_client(struct lexer *lx, struct token *t, bool line_start)
{
	if (lx->delimiter.ptr && at_delimiter(lx)) {
		lex_terminator(lx, t, lx->delimiter.len);
		return true;
	}
	return line_start && lex_line(lx, t);
}

/* Behind white space. Most often that is one space, or none. */
static inline const char *token_start(struct lexer *lx)
{
	const char *at = lx->at;

	if (at < lx->end && *at == ' ')
		lx->at = ++at;
	if (at < lx->end && (class_of((unsigned char)*at) >= C_MAY_BE_BLANK || *at == '@')) {
		lex_blank(lx);
		return lx->at;
	}
	return at;
}

void lex_any(struct lexer *lx, struct token *t)
{
	const char *start = token_start(lx);
	bool line_start = lx->line_start;

	*t = (struct token){ .type = TOKEN_END, .off = (uint32_t)(start - lx->text) };
	if (start >= lx->end)
		return;
	lx->line_start = false;
	if (lx->executable)
		t->flags = TF_EXECUTABLE;
	if (!(line_start || lx->delimiter.ptr) || !lex_client(lx, t, line_start))
		lex_one(lx, t, (unsigned char)*start, line_start);
	t->len = (uint32_t)(lx->at - start);
	lx->last_id = t->id;
	lx->last = t->type;
	lx->last_flags = t->flags;
}

void lex_next(struct lexer *lx, struct token *t)
{
	lex_fast(lx, t);
}
