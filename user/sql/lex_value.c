// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Numbers, and names that begin with a digit; parameters and variables. */
#include <ctype.h>
#include <string.h>

#include "sql/lex_char.h"

/* Behind the first i of n bytes a word begins that is no part of a name: 1FROM t, 1dFROM t, of a database that is not known. */
static bool ends_at_word(const struct lexer *lx, size_t i, size_t n)
{
	enum { WORDS = KF_STOP | KF_JOIN | KF_OP };
	unsigned char c = look(lx, i) | 0x20;

	if (lx->dialect != SQL_ANSI || lx->last_id == '.' || i >= n)
		return false;
	return keyword_flags(keyword_of(slice_mem(lx->at + i, n - i))) & WORDS ||
	       ((c == 'd' || c == 'f') && keyword_flags(keyword_of(slice_mem(lx->at + i + 1, n - i - 1))) & WORDS);
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
		if (i > digits + 1 && (i == n || (lx->bits & DL_MYSQL && keyword_of(slice_mem(lx->at + i, n - i))) || /* 1e1FROM t */
				       ends_at_word(lx, i, n)))
			return false;
		if (i == n && (look(lx, n) == '+' || look(lx, n) == '-'))
			return false;
	}
	if (ends_at_word(lx, digits, n))
		return false;
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

/* Oracle: 1.5f, 1d, and 1dFROM t; not 1FROM t, 1FETCH. */
static size_t oracle_suffix(const struct lexer *lx, size_t n)
{
	unsigned char c = look(lx, 0) | 0x20;

	return n && (c == 'f' || c == 'd') && !keyword_of(slice_mem(lx->at, n));
}

/* 10L, 1.5BD of Spark, 1.5f of Oracle */
static size_t number_suffix(const struct lexer *lx)
{
	size_t n = 0;

	while (class_of(look(lx, n)) == C_WORD || is_digit(look(lx, n)))
		n++;
	if (lx->dialect == SQL_ORACLE || lx->dialect == SQL_ANSI)
		return oracle_suffix(lx, n);
	if (n == 1 && lx->bits & DL_SPARK)
		return 1;
	if (n > 1 && lx->dialect == SQL_ORACLE && ((look(lx, 0) | 0x20) == 'd' || (look(lx, 0) | 0x20) == 'f')) /* 1dFROM */
		return (keyword_flags(keyword_of(slice_mem(lx->at + 1, n - 1))) & KF_STOP) != 0;
	return n == 2 && lx->bits & DL_SPARK && (look(lx, 0) | 0x20) == 'b' ? 2 : 0;
}

/* Digits, and nothing behind them that could belong to it. */
static bool plain_number(struct lexer *lx)
{
	const char *at = lx->at, *end = lx->end;

	while (at < end && is_digit((unsigned char)*at))
		at++;
	if (at < end && (*at == '.' || lex_is_word((unsigned char)*at)))
		return false;
	lx->at = at;
	return true;
}

void lex_number(struct lexer *lx, struct token *t)
{
	unsigned char c, sign;

	t->type = TOKEN_NUMBER;
	if (is_digit(look(lx, 0)) && plain_number(lx))
		return;
	c = look(lx, 1) | 0x20;
	if (lx->bits & DL_DIGIT_NAMES && is_digit_name(lx)) {
		lex_word(lx, t);
		t->id = 0;
		return;
	}
	if (look(lx, 0) == '0' && (c == 'x' || c == 'b' || c == 'o')) {
		lx->at += 2;
		while (lx->dialect == SQL_TSQL ? isxdigit(look(lx, 0)) : lex_is_word(look(lx, 0))) /* T-SQL: 0xUNION is 0x UNION */
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
	} else if ((look(lx, 0) | 0x20) == 'e' && lx->dialect == SQL_TSQL) { /* 1e is a number */
		lx->at++;
	}
	lx->at += number_suffix(lx);
}

/* $1FROM t, Oracle: :1FROM t: a parameter by number, in T-SQL money, then a word. */
static bool ends_with_digits(const struct lexer *lx)
{
	if (!is_digit(look(lx, 1)))
		return false;
	if (lx->dialect == SQL_SNOWFLAKE || lx->dialect == SQL_ANSI)
		return look(lx, 0) == '$' || look(lx, 0) == ':';
	return look(lx, 0) == '$' ? lx->bits & DL_PG || lx->dialect == SQL_TSQL : look(lx, 0) == ':' && lx->dialect == SQL_ORACLE;
}

/* T-SQL: $1FROM t with another sign of money, beyond ASCII. */
bool lex_money(struct lexer *lx, struct token *t)
{
	size_t n = look(lx, 0) == 0xc2 && look(lx, 1) >= 0xa2 && look(lx, 1) <= 0xa5   ? 2
		   : look(lx, 0) == 0xe2 && look(lx, 1) == 0x82 && look(lx, 2) >= 0xa0 ? 3
										       : 0;

	if (lx->dialect != SQL_TSQL || !n || !is_digit(look(lx, n)))
		return false;
	lx->at += n;
	lex_number(lx, t);
	return true;
}

/* ?, ?1, $1, :name, @name, @@name, ${name}. False: the byte is punctuation. */
bool lex_param(struct lexer *lx, struct token *t)
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
	if (ends_with_digits(lx)) {
		while (is_digit(look(lx, n)))
			n++;
		lx->at += n;
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
