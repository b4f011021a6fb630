// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/lex.h"

#include <string.h>

enum char_class {
	C_OTHER, /* punctuation of one byte */
	C_SPACE, /* white space and control characters */
	C_WORD,
	C_DIGIT,
	C_HIGH, /* beyond ASCII: part of names */
	C_QUOTE,
	C_OP,    /* may begin a longer operator */
	C_PARAM, /* ? $ : @ */
};

#define S C_SPACE
#define W C_WORD
#define D C_DIGIT
#define Q C_QUOTE
#define O C_OP
#define P C_PARAM
static const uint8_t classes[128] = {
	S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, /* control */
	S, O, Q, O, P, 0, 0, Q, 0, 0, O, 0, 0, O, O, O, /*   ! " # $ % & ' ( ) * + , - . / */
	D, D, D, D, D, D, D, D, D, D, P, O, O, O, O, P, /* 0-9 : ; < = > ? */
	P, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* @ A-O */
	W, W, W, W, W, W, W, W, W, W, W, Q, O, 0, 0, W, /* P-Z [ \ ] ^ _ */
	Q, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* ` a-o */
	W, W, W, W, W, W, W, W, W, W, W, 0, O, 0, 0, S, /* p-z { | } ~ DEL */
};
#undef S
#undef W
#undef D
#undef Q
#undef O
#undef P

static enum char_class class_of(unsigned char c)
{
	return c < 128 ? classes[c] : C_HIGH;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

bool lex_is_word(unsigned char c)
{
	enum char_class k = class_of(c);

	return k == C_WORD || k == C_DIGIT || k == C_HIGH || c == '$';
}

void lex_init(struct lexer *lx, const struct sql_options *o, struct slice text)
{
	*lx = (struct lexer){ .bits = dialect_bits(o->dialect),
			      .dialect = o->dialect,
			      .text = text.ptr,
			      .at = text.ptr,
			      .end = text.ptr + text.len,
			      .line_start = true,
			      .fresh = true };
	if (lx->bits & DL_MYSQL && o->ansi_quotes)
		lx->bits &= ~(uint32_t)DL_DQ_STRING;
	if (lx->bits & DL_MYSQL && o->no_backslash)
		lx->bits &= ~(uint32_t)DL_BACKSLASH;
	if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3)) /* byte order mark */
		lx->at += 3;
}

static size_t left(const struct lexer *lx)
{
	return (size_t)(lx->end - lx->at);
}

static unsigned char look(const struct lexer *lx, size_t n)
{
	return n < left(lx) ? (unsigned char)lx->at[n] : 0;
}

/* ---- between tokens ---- */

static void skip_block(struct lexer *lx)
{
	unsigned depth = 1;

	while (left(lx) > 1) {
		if (lx->at[0] == '*' && lx->at[1] == '/') {
			lx->at += 2;
			if (--depth == 0)
				return;
		} else if (lx->at[0] == '/' && lx->at[1] == '*' && lx->bits & DL_NESTED) {
			lx->at += 2;
			depth++;
		} else {
			lx->at++;
		}
	}
	lx->at = lx->end;
	lx->open_comment = true;
}

static void skip_line(struct lexer *lx)
{
	const char *nl = memchr(lx->at, '\n', left(lx));
	const char *cr = lx->bits & DL_PG ? memchr(lx->at, '\r', nl ? (size_t)(nl - lx->at) : left(lx)) : NULL;

	if (cr)
		nl = cr;
	lx->at = nl ? nl + 1 : lx->end;
	lx->line_start = true;
}

/*
 * MySQL's comments that run: bang, bang and a version, MariaDB's M and bang. Which server runs which version: MySQL up to its own,
 * MariaDB too, but not 50700 to 99999 unless it is M (MariaDB's documentation, "Comment Syntax").
 */
static bool version_runs(struct lexer *lx, bool maria_only, unsigned long version, size_t digits)
{
	if (maria_only ? lx->dialect != SQL_MYSQL && digits < 5 : digits < 5 || version < 50700)
		return true;
	if (lx->dialect == SQL_MYSQL && !maria_only && version <= 80499)
		return true;
	if (lx->dialect == SQL_MARIADB && version >= 100000 && version <= 101100)
		return true;
	lx->version_dependent = true;
	return !lx->as_comment;
}

static bool open_executable(struct lexer *lx)
{
	bool maria = look(lx, 2) == 'M' && look(lx, 3) == '!';
	size_t n = maria ? 4 : 3, digits = 0;
	unsigned long version = 0;

	if (!(lx->bits & DL_EXECUTABLE) || (!maria && look(lx, 2) != '!'))
		return false;
	while (digits < 6 && is_digit(look(lx, n + digits)))
		version = version * 10 + look(lx, n + digits++) - '0';
	if (!version_runs(lx, maria, version, digits))
		return false;
	lx->at += n + (digits >= 5 ? digits : 0);
	lx->executable++;
	return true;
}

/* U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF: their length in bytes, or 0. */
static size_t unicode_space(const struct lexer *lx)
{
	unsigned char a = look(lx, 0), b = look(lx, 1), c = look(lx, 2);

	if (a == 0xc2)
		return b == 0xa0 ? 2 : 0;
	if (a == 0xe1)
		return b == 0x9a && c == 0x80 ? 3 : 0;
	if (a == 0xe2)
		return (b == 0x80 && ((c >= 0x80 && c <= 0x8a) || c == 0xa8 || c == 0xa9 || c == 0xaf)) || (b == 0x81 && c == 0x9f) ? 3 : 0;
	if (a == 0xe3)
		return b == 0x80 && c == 0x80 ? 3 : 0;
	return a == 0xef && b == 0xbb && c == 0xbf ? 3 : 0;
}

static bool skip_comment(struct lexer *lx, unsigned char c)
{
	if (c == '-' && look(lx, 1) == '-') {
		/* MySQL wants white space behind it: "5--3" is arithmetic. */
		if (lx->bits & DL_DASH_SPACE && left(lx) > 2 && class_of(look(lx, 2)) != C_SPACE)
			return false;
		skip_line(lx);
		return true;
	}
	if (c == '#' && (lx->bits & DL_HASH || (lx->dialect == SQL_CLICKHOUSE && (look(lx, 1) == '!' || look(lx, 1) == ' ')))) {
		skip_line(lx);
		return true;
	}
	if (c == '/' && look(lx, 1) == '*') {
		if (open_executable(lx))
			return true;
		lx->at += 2;
		lx->line_start = false;
		skip_block(lx);
		return true;
	}
	if (c == '@' && look(lx, 1) == '{' && lx->dialect == SQL_BIGQUERY) { /* a hint */
		const char *end = memchr(lx->at, '}', left(lx));

		lx->open_comment |= !end;
		lx->at = end ? end + 1 : lx->end;
		return true;
	}
	if (c == '/' && look(lx, 1) == '/' && lx->bits & DL_SLASHES) {
		skip_line(lx);
		return true;
	}
	if (c == '*' && look(lx, 1) == '/' && lx->executable) {
		lx->executable--;
		lx->at += 2;
		return true;
	}
	return false;
}

static void skip_blank(struct lexer *lx)
{
	size_t n;

	while (lx->at < lx->end) {
		unsigned char c = (unsigned char)*lx->at;
		enum char_class k = class_of(c);

		if (k == C_SPACE && !(c == 1 && lx->holes)) {
			if (c == '\n')
				lx->line_start = true;
			else if (c == 0)
				lx->bad_bytes = true;
			lx->at++;
		} else if (k == C_HIGH && lx->dialect == SQL_SQLITE && c == 0xef && unicode_space(lx)) {
			lx->at += 3; /* byte order mark */
		} else if (k == C_HIGH && (lx->bits & (DL_UNICODE_SPACE | DL_LOOSE_SPACE)) && (n = unicode_space(lx))) {
			lx->at += n;
		} else if (lx->dialect == SQL_SQLITE && c == 0xef && look(lx, 1) == 0xbb && look(lx, 2) == 0xbf) {
			lx->at += 3; /* a byte order mark is white space, where a token may begin */
		} else if ((k != C_OP && c != '*' && c != '@') || !skip_comment(lx, c)) {
			return;
		}
	}
}

/* ---- lines for the client ---- */

static bool word_is(const struct lexer *lx, const char *word)
{
	size_t n = strlen(word);

	if (left(lx) < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((lx->at[i] | 0x20) != word[i])
			return false;
	return !lex_is_word(look(lx, n));
}

static size_t line_length(const struct lexer *lx)
{
	const char *nl = memchr(lx->at, '\n', left(lx));

	return nl ? (size_t)(nl - lx->at) : left(lx);
}

static void command(struct lexer *lx, struct token *t, size_t n)
{
	t->type = TOKEN_COMMAND;
	lx->at += n;
}

static void terminator(struct lexer *lx, struct token *t, size_t n)
{
	t->type = TOKEN_PUNCT;
	t->id = ';';
	t->flags |= TF_BATCH;
	lx->at += n;
}

static void set_delimiter(struct lexer *lx, size_t n)
{
	struct slice d = slice_trim(slice_mem(lx->at + 9, n - 9));

	lx->delimiter = d.len && !slice_eq(d, SLICE(";")) ? d : SLICE_NONE;
}

/* GO, a lone slash, DELIMITER, \d, .tables: at the first byte of a line. */
static bool lex_line(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0);
	size_t n = line_length(lx);

	if (lx->dialect == SQL_TSQL && (c | 0x20) == 'g' && word_is(lx, "go")) {
		struct slice rest = slice_trim(slice_mem(lx->at + 2, n - 2));
		uint64_t count;

		if (rest.len && slice_u64(rest, &count) && rest.ptr[0] != ';' && !slice_starts(rest, SLICE("--")))
			return false;
		terminator(lx, t, n);
		return true;
	}
	if (c == '/' && slice_trim(slice_mem(lx->at, n)).len == 1 && (lx->dialect == SQL_ORACLE || lx->dialect == SQL_ANSI)) {
		terminator(lx, t, n);
		return true;
	}
	if ((c | 0x20) == 'd' && lx->bits & (DL_MYSQL | DL_EXECUTABLE) && word_is(lx, "delimiter") && n > 10) {
		set_delimiter(lx, n);
		command(lx, t, n);
		return true;
	}
	if (c == '.' && lx->dialect == SQL_SQLITE && lx->fresh && class_of(look(lx, 1)) == C_WORD) {
		command(lx, t, n);
		return true;
	}
	return false;
}

/* \g and \G end a statement, \; too; any other command of psql or mysql is a line. */
static bool lex_backslash(struct lexer *lx, struct token *t, bool line_start)
{
	unsigned char c = look(lx, 1);

	if (lx->dialect != SQL_POSTGRES && lx->dialect != SQL_REDSHIFT && !(lx->bits & DL_MYSQL) && lx->dialect != SQL_ANSI)
		return false;
	if (c == 'N' && !lex_is_word(look(lx, 2))) { /* MySQL: NULL */
		t->type = TOKEN_WORD;
		t->id = KW_NULL;
		lx->at += 2;
		return true;
	}
	if (lx->bits & DL_MYSQL && !line_start && c != 'g' && c != 'G')
		return false;
	if (c == ';' || ((c == 'g' || c == 'G') && !lex_is_word(look(lx, 2)))) {
		terminator(lx, t, 2);
		return true;
	}
	if (class_of(c) != C_WORD && c != '!' && c != '.' && c != '?' && c != '\\')
		return false;
	if (c == 'g' && !lx->fresh) { /* psql: \gset, \gx, \gexec end the statement too */
		terminator(lx, t, line_length(lx));
		return true;
	}
	command(lx, t, line_length(lx));
	return true;
}

/* ---- tokens ---- */

/* A space of Unicode between the bytes of a word belongs to it where the server knows ASCII white space only. */
static bool inside_word(const struct lexer *lx)
{
	struct lexer here = *lx;
	size_t n;

	while ((n = unicode_space(&here)))
		here.at += n;
	return lex_is_word(look(&here, 0));
}

static void lex_word(struct lexer *lx, struct token *t)
{
	const char *start = lx->at;
	uint32_t hash = KEYWORD_SEED;
	bool tsql = lx->dialect == SQL_TSQL || lx->dialect == SQL_ORACLE;
	size_t n = 0, max = left(lx);

	t->type = TOKEN_WORD;
	for (; n < max; n++) {
		unsigned char c = (unsigned char)start[n];
		enum char_class k = class_of(c);

		if (k == C_HIGH) {
			const struct lexer here = { .at = start + n, .end = lx->end };

			if (lx->bits & (DL_UNICODE_SPACE | DL_LOOSE_SPACE) && unicode_space(&here) &&
			    (lx->bits & DL_UNICODE_SPACE || !inside_word(&here)))
				break;
		} else if (k != C_WORD && k != C_DIGIT && c != '$' && !(tsql && (c == '#' || (c == '@' && lx->dialect == SQL_TSQL))) &&
			   !(c == 1 && lx->holes)) {
			break;
		}
		hash = KEYWORD_STEP(hash, c);
	}
	lx->at = start + n;
	if (n <= KEYWORD_LONGEST)
		t->id = (uint16_t)keyword_find(slice_mem(start, n), hash);
}

/* 2020_log, 1st: a name where names may begin with digits; not 12, 1e5, 0x1f, nor 10L, 1.5BD of Spark. */
static bool is_digit_name(const struct lexer *lx)
{
	size_t n = 0, digits = 0;
	unsigned char c;

	while (is_digit(look(lx, digits)))
		digits++;
	for (n = digits; lex_is_word(look(lx, n)); n++)
		;
	if (n == digits || (lx->last_id != '.' && look(lx, n) == '.' && look(lx, n + 1) != '.' && n == digits))
		return false;
	c = look(lx, digits) | 0x20;
	if (digits == 1 && look(lx, 0) == '0' && (c == 'x' || c == 'b'))
		return lx->last_id == '.';
	if (c == 'e' && lx->last_id != '.') {
		size_t i = digits + 1;

		while (is_digit(look(lx, i)))
			i++;
		if (i == n && (i > digits + 1 || look(lx, n) == '+' || look(lx, n) == '-'))
			return false;
	}
	if (lx->bits & DL_SPARK && lx->last_id != '.' &&
	    ((n == digits + 1 && (c == 'l' || c == 's' || c == 'y' || c == 'd' || c == 'f')) || (n == digits + 2 && c == 'b')))
		return false;
	return true;
}

static void digits(struct lexer *lx)
{
	while (is_digit(look(lx, 0)) || (look(lx, 0) == '_' && is_digit(look(lx, 1))))
		lx->at++;
}

/* 10L, 1.5BD of Spark, 1.5f of Oracle */
static size_t number_suffix(const struct lexer *lx)
{
	size_t n = 0;

	while (class_of(look(lx, n)) == C_WORD || is_digit(look(lx, n)))
		n++;
	if (n == 1 && (lx->bits & DL_SPARK || lx->dialect == SQL_ORACLE))
		return 1;
	return n == 2 && lx->bits & DL_SPARK && (look(lx, 0) | 0x20) == 'b' ? 2 : 0;
}

static void lex_number(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 1) | 0x20, sign;

	t->type = TOKEN_NUMBER;
	if (lx->bits & DL_DIGIT_NAMES && is_digit_name(lx)) {
		lex_word(lx, t);
		t->id = 0;
		return;
	}
	if (look(lx, 0) == '0' && (c == 'x' || c == 'b' || c == 'o')) {
		lx->at += 2;
		while (lex_is_word(look(lx, 0)))
			lx->at++;
		return;
	}
	digits(lx);
	if (look(lx, 0) == '.' && look(lx, 1) != '.' && !(lx->bits & DL_DIGIT_NAMES && lx->last_id == '.')) {
		lx->at++;
		digits(lx);
	}
	sign = look(lx, 1) == '+' || look(lx, 1) == '-';
	if ((look(lx, 0) | 0x20) == 'e' && is_digit(look(lx, 1u + sign))) {
		lx->at += 1 + sign;
		digits(lx);
	}
	lx->at += number_suffix(lx);
}

/* ?, ?1, $1, :name, @name, @@name, ${name}. False: the byte is punctuation. */
static bool lex_param(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0);
	size_t n = 1;

	t->type = TOKEN_PARAM;
	if (c == '?') {
		lx->at++;
		while (is_digit(look(lx, 0)))
			lx->at++;
		return true;
	}
	if (c == '$' && look(lx, 1) == '{') {
		const char *close = memchr(lx->at, '}', left(lx) < 200 ? left(lx) : 200);

		if (close) {
			lx->at = close + 1;
			return true;
		}
	}
	if (c == '@' && lx->dialect == SQL_SNOWFLAKE &&
	    (look(lx, 1) == '~' || look(lx, 1) == '%' || lex_is_word(look(lx, 1)) || look(lx, 1) == '"')) {
		t->type = TOKEN_STAGE;
		while (left(lx) && class_of(look(lx, 0)) != C_SPACE && !strchr("();,", look(lx, 0)))
			lx->at++;
		return true;
	}
	if (c == '@' && !(lx->bits & DL_AT_VARIABLE))
		return false;
	if (c == '@' && look(lx, 1) == '@')
		n = 2;
	if (c == '@' && (look(lx, n) == '`' || look(lx, n) == '\'' || look(lx, n) == '"') && lx->bits & DL_MYSQL) {
		lx->at += n;
		lex_quoted(lx, t, 1, (char)look(lx, 0), false);
		t->flags = 0;
		return true;
	}
	if (!lex_is_word(look(lx, n)) && !(c == '@' && look(lx, n) == '#'))
		return false;
	lx->at += n;
	while (lex_is_word(look(lx, 0)) || (c == '@' && look(lx, 0) == '#'))
		lx->at++;
	return true;
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

static void lex_quote(struct lexer *lx, struct token *t, unsigned char c)
{
	bool backslash = lx->bits & DL_BACKSLASH || (c == '\'' && lx->e_string);

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

static void lex_operator(struct lexer *lx, struct token *t, unsigned char c)
{
	static const struct {
		char text[3];
		uint16_t id;
	} ops[] = {
		{ "::", OP_CAST },  { ":=", OP_ASSIGN }, { "||", OP_CONCAT }, { "=>", OP_NAMED }, { "->", OP_ARROW }, { "|>", OP_PIPE },
		{ "==", OP_EQUAL }, { "<=", OP_OTHER },  { ">=", OP_OTHER },  { "<>", OP_OTHER }, { "!=", OP_OTHER },
	};
	unsigned char next = look(lx, 1);

	t->id = c;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (c == (unsigned char)ops[i].text[0] && next == (unsigned char)ops[i].text[1]) {
			t->id = ops[i].id;
			lx->at += 2;
			if (t->id == OP_ARROW && look(lx, 0) == '>') {
				t->id = OP_OTHER;
				lx->at++;
			}
			return;
		}
	lx->at++;
}

static void lex_symbol(struct lexer *lx, struct token *t, unsigned char c, bool line_start)
{
	t->type = TOKEN_PUNCT;
	if (c == '.' && is_digit(look(lx, 1)) &&
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

static bool at_delimiter(const struct lexer *lx)
{
	return lx->delimiter.ptr && left(lx) >= lx->delimiter.len && !memcmp(lx->at, lx->delimiter.ptr, lx->delimiter.len);
}

static void lex_one(struct lexer *lx, struct token *t, unsigned char c, bool line_start)
{
	switch (class_of(c)) {
	case C_WORD:
	case C_HIGH:
		if (!((look(lx, 1) == '\'' || look(lx, 1) == '&' || look(lx, 1) == '"' || look(lx, 2) == '\'' || look(lx, 2) == '"') &&
		      lex_prefixed(lx, t)))
			lex_word(lx, t);
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
		if (c == '$' && lx->bits & DL_DOLLAR && lex_dollar(lx, t))
			break;
		if (c == ':' && (look(lx, 1) == ':' || look(lx, 1) == '=')) {
			t->type = TOKEN_PUNCT;
			lex_operator(lx, t, c);
			break;
		}
		if (lex_param(lx, t))
			break;
		t->type = TOKEN_PUNCT;
		t->id = c;
		lx->at++;
		break;
	case C_OP:
		lex_symbol(lx, t, c, line_start);
		break;
	default:
		t->type = TOKEN_PUNCT;
		t->id = c;
		lx->at++;
		break;
	}
}

void lex_next(struct lexer *lx, struct token *t)
{
	const char *start;
	bool line_start;

	*t = (struct token){ .type = TOKEN_END };
	skip_blank(lx);
	start = lx->at;
	t->off = (uint32_t)(start - lx->text);
	if (lx->at >= lx->end)
		return;
	line_start = lx->line_start;
	lx->line_start = false;
	if (lx->executable)
		t->flags |= TF_EXECUTABLE;
	if (at_delimiter(lx))
		terminator(lx, t, lx->delimiter.len);
	else if (!line_start || !lex_line(lx, t))
		lex_one(lx, t, (unsigned char)*start, line_start);
	t->len = (uint32_t)(lx->at - start);
	lx->e_string = t->type == TOKEN_STRING && lx->bits & DL_ESCAPE_PREFIX && t->flags & TF_BACKSLASH && !(t->flags & TF_DOUBLE);
	lx->last = t->type;
	lx->last_id = t->id;
	lx->fresh = t->type == TOKEN_COMMAND || (t->type == TOKEN_PUNCT && t->id == ';');
}
