// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the text says to the client and not to the server: GO, DELIMITER, backslash and dot commands. */
#include <string.h>

#include "sql/lex_char.h"

/* No token since the last end of a statement. */
static bool is_fresh(const struct lexer *lx)
{
	return lx->last == TOKEN_COMMAND || (lx->last == TOKEN_PUNCT && lx->last_id == ';');
}

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

void lex_terminator(struct lexer *lx, struct token *t, size_t n)
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
	lx->closely = lx->executable || lx->delimiter.ptr;
}

/* GO, a lone slash, DELIMITER, \d, .tables: at the first byte of a line. */
bool lex_line(struct lexer *lx, struct token *t)
{
	unsigned char c = look(lx, 0);
	size_t n;

	if (c != '/' && c != '.' && (c | 0x20) != 'g' && (c | 0x20) != 'd')
		return false;
	n = line_length(lx);
	if (lx->dialect == SQL_TSQL && (c | 0x20) == 'g' && word_is(lx, "go")) {
		struct slice rest = slice_trim(slice_mem(lx->at + 2, n - 2));
		uint64_t count;

		if (rest.len && slice_u64(rest, &count) && rest.ptr[0] != ';' && !slice_starts(rest, SLICE("--")))
			return false;
		lex_terminator(lx, t, rest.len && rest.ptr[0] == ';' ? 2 : n); /* GO; SELECT 1: to a server it is a procedure's name */
		return true;
	}
	if (c == '/' && slice_trim(slice_mem(lx->at, n)).len == 1 && (lx->dialect == SQL_ORACLE || lx->dialect == SQL_ANSI)) {
		lex_terminator(lx, t, n);
		return true;
	}
	if ((c | 0x20) == 'd' && lx->bits & (DL_MYSQL | DL_EXECUTABLE) && word_is(lx, "delimiter") && n > 10) {
		set_delimiter(lx, n);
		command(lx, t, n);
		return true;
	}
	if (c == '.' && lx->dialect == SQL_SQLITE && is_fresh(lx) && class_of(look(lx, 1)) == C_WORD) {
		command(lx, t, n);
		return true;
	}
	return false;
}

/* \g and \G end a statement, \; too; any other command of psql or mysql is a line. */
bool lex_backslash(struct lexer *lx, struct token *t, bool line_start)
{
	unsigned char c = look(lx, 1);

	if (lx->dialect != SQL_POSTGRES && lx->dialect != SQL_REDSHIFT && !(lx->bits & DL_MYSQL) && lx->dialect != SQL_ANSI)
		return false;
	if (c == 'N' && (lx->bits & (DL_MYSQL | DL_EXECUTABLE) || !lex_is_word(look(lx, 2)))) { /* MySQL: NULL, and \NFROM t */
		t->type = TOKEN_WORD;
		t->id = KW_NULL;
		lx->at += 2;
		return true;
	}
	if (lx->bits & DL_MYSQL && !line_start && c != 'g' && c != 'G')
		return false;
	if (c == ';' || ((c == 'g' || c == 'G') && !lex_is_word(look(lx, 2)))) {
		lex_terminator(lx, t, 2);
		return true;
	}
	if (class_of(c) != C_WORD && c != '!' && c != '.' && c != '?' && c != '\\')
		return false;
	if (c == 'g' && !is_fresh(lx)) { /* psql: \gset, \gx, \gexec end the statement too */
		lex_terminator(lx, t, line_length(lx));
		return true;
	}
	command(lx, t, line_length(lx));
	return true;
}
