// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Between tokens: white space and comments, and comments of MySQL that run. */
#include <string.h>

#include "sql/lex_char.h"

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
	lx->closely = true;
	return true;
}

/* U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF: their length in bytes, or 0. */
size_t lex_unicode_space(const struct lexer *lx)
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
		lx->closely = lx->executable || lx->delimiter.ptr;
		lx->at += 2;
		return true;
	}
	return false;
}

void lex_blank(struct lexer *lx)
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
		} else if (k == C_HIGH && lx->dialect == SQL_SQLITE && c == 0xef && lex_unicode_space(lx)) {
			lx->at += 3; /* byte order mark */
		} else if (k == C_HIGH && (lx->bits & (DL_UNICODE_SPACE | DL_LOOSE_SPACE)) && (n = lex_unicode_space(lx))) {
			lx->at += n;
		} else if (lx->dialect == SQL_SQLITE && c == 0xef && look(lx, 1) == 0xbb && look(lx, 2) == 0xbf) {
			lx->at += 3; /* a byte order mark is white space, where a token may begin */
		} else if ((k != C_COMMENT && c != '@') || !skip_comment(lx, c)) {
			return;
		}
	}
}
