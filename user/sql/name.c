// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names of relations and their parts. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/reader.h"

/* ---- names ---- */

static char unicode_escape_of(struct reader *p)
{
	/* U&"x" UESCAPE '!' */
	if (tok(p)->flags & TF_UNICODE && peek_is(p, 1, KW_UESCAPE) && peek(p, 2)->type == TOKEN_STRING) {
		struct slice e = lex_body(p->text, peek(p, 2));

		if (e.len == 1)
			return *e.ptr;
	}
	return '\\';
}

enum { PG_NAME_MAX = 63 }; /* NAMEDATALEN - 1: the server cuts longer names */

static struct slice cut_name(struct slice s)
{
	size_t n = PG_NAME_MAX;

	while (n && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n--;
	return slice_head(s, n);
}

struct slice tok_name(struct reader *p)
{
	struct slice s = lex_name(p->text, tok(p), unicode_escape_of(p), p->arena);

	return s.len > PG_NAME_MAX && p->dialect == SQL_POSTGRES ? cut_name(s) : s;
}

static void advance_name(struct reader *p)
{
	bool unicode = tok(p)->flags & TF_UNICODE && tok(p)->type != TOKEN_PUNCT;

	advance(p);
	if (unicode && at(p, KW_UESCAPE) && peek(p, 1)->type == TOKEN_STRING)
		p->i += 2;
}

static void add_part(struct name *n, struct slice part)
{
	if (n->n == NAME_PARTS) {
		memmove(n->part, n->part + 1, (NAME_PARTS - 1) * sizeof(n->part[0]));
		n->n--;
	}
	n->part[n->n++] = part;
}

/* `project.dataset.table` in one pair of quotes. */
static void add_dotted(struct name *n, struct slice s)
{
	const char *dot;

	while ((dot = memchr(s.ptr, '.', s.len))) {
		add_part(n, slice_mem(s.ptr, (size_t)(dot - s.ptr)));
		s = slice_skip(s, (size_t)(dot - s.ptr) + 1);
	}
	add_part(n, s);
}

void name_of_text(struct reader *p, struct slice text, struct name *ret)
{
	struct lexer lx;
	struct token t;
	struct sql_options o = *p->options;

	*ret = (struct name){ .n = 0 };
	lex_init(&lx, &o, text);
	for (lex_next(&lx, &t); is_name(&t); lex_next(&lx, &t)) {
		add_part(ret, lex_name(text, &t, '\\', p->arena));
		ret->quoted = t.type == TOKEN_QUOTED;
		lex_next(&lx, &t);
		if (t.id != '.')
			break;
	}
	if (t.type != TOKEN_END)
		ret->n = 0;
}

static bool name_part(const struct token *t, bool first)
{
	return is_name(t) || (!first && t->type == TOKEN_NUMBER);
}

/* Of one part, as most are. */
static inline bool short_name(struct reader *p, struct name *ret)
{
	const struct token *t = tok(p);

	if (!is_name(t) || t->flags & TF_UNICODE)
		return false;
	ret->quoted = t->type == TOKEN_QUOTED;
	if (peek_is(p, 1, '.'))
		return false;
	ret->part[0] = tok_name(p);
	ret->n = 1;
	p->i++;
	return true;
}

bool read_name(struct reader *p, struct name *ret)
{
	ret->n = 0;
	ret->quoted = false;
	ret->link = SLICE_NONE;
	if (short_name(p, ret))
		return true;
	while (name_part(tok(p), ret->n == 0)) {
		ret->quoted = tok(p)->type == TOKEN_QUOTED;
		add_part(ret, tok_name(p));
		advance_name(p);
		if (!at(p, '.'))
			break;
		if (peek_is(p, 1, '.') && (is_name(peek(p, 2)) || (p->dialect == SQL_TSQL && peek_is(p, 2, '.') && is_name(peek(p, 3))))) {
			for (; peek_is(p, 1, '.'); advance(p)) /* db..t, server...t */
				add_part(ret, slice_mem("", 0));
			advance(p);
			continue;
		}
		if (!name_part(peek(p, 1), false))
			break;
		advance(p);
	}
	return ret->n > 0;
}

/* my-project.data-set.table without quotes: the run of bytes is one name. */
static bool dashed(struct reader *p, struct name *n)
{
	const struct token *t = tok(p);
	size_t end = t->off;
	bool dash = false;

	if (p->dialect != SQL_BIGQUERY || t->type != TOKEN_WORD)
		return false;
	for (; end < p->text.len; end++) {
		char c = p->text.ptr[end];

		if (c == '-' && end > t->off && lex_is_word((unsigned char)p->text.ptr[end - 1]) && end + 1 < p->text.len &&
		    lex_is_word((unsigned char)p->text.ptr[end + 1]))
			dash = true;
		else if (!lex_is_word((unsigned char)c) &&
			 !(c == '.' && end + 1 < p->text.len && lex_is_word((unsigned char)p->text.ptr[end + 1])))
			break;
	}
	if (!dash)
		return false;
	add_dotted(n, slice_mem(p->text.ptr + t->off, end - t->off));
	while (!at_end(p) && tok(p)->off < end)
		advance(p);
	return true;
}

static void read_link(struct reader *p, struct name *n)
{
	const char *from;

	if (!at(p, '@') || !is_name(peek(p, 1)))
		return;
	advance(p);
	from = p->text.ptr + tok(p)->off;
	advance(p);
	while ((at(p, '.') || at(p, '@')) && is_name(peek(p, 1)))
		p->i += 2;
	n->link = slice_mem(from, (size_t)(p->text.ptr + tok_at(p, p->i - 1)->off + tok_at(p, p->i - 1)->len - from));
}

bool looks_like_file(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] && strchr("./*:@\\", s.ptr[i]))
			return true;
	return false;
}

/* x.y.* of wildcard tables and t.* stay; a string is a name in SQLite, and where "x" is a string but can only be a name. */
static bool string_name(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type != TOKEN_STRING || t->flags & TF_BYTES)
		return false;
	return p->dialect == SQL_SQLITE || t->flags & TF_DOUBLE || p->bits & DL_MYSQL ||
	       (p->dialect == SQL_DUCKDB && !looks_like_file(lex_body(p->text, t)));
}

/* IDENTIFIER('db.t'), IDENTIFIER('db' || '.t'): a name as constant text. */
static bool identifier_clause(struct reader *p, struct name *ret)
{
	size_t end = partner(p, p->i + 1);
	struct slice text;
	bool whole = false;

	p->i += 2;
	if (read_constant(p, &text, &whole) && whole)
		name_of_text(p, text, ret);
	if (end > p->i)
		move_to(p, end);
	if (!accept(p, ')') || !ret->n) {
		dynamic(p);
		return false;
	}
	return true;
}

/* Parts behind a dot that read_name() does not take: strings, numbers. */
static void further_parts(struct reader *p, struct name *n)
{
	while (at(p, '.') && (name_part(peek(p, 1), false) || peek(p, 1)->type == TOKEN_STRING)) {
		struct name more;

		advance(p);
		if (tok(p)->type == TOKEN_STRING) {
			add_part(n, literal_value(p, tok(p)));
			advance(p);
			continue;
		}
		if (tok(p)->type == TOKEN_NUMBER) {
			add_part(n, tok_raw(p));
			advance(p);
			continue;
		}
		if (!read_name(p, &more))
			break;
		n->quoted = more.quoted;
		for (unsigned i = 0; i < more.n; i++)
			add_part(n, more.part[i]);
	}
}

static bool adjacent(struct reader *p)
{
	const struct token *before = tok_at(p, p->i - 1);

	return tok(p)->off == before->off + before->len;
}

/* BigQuery: `project.dataset.t` in one pair of quotes, and the star of wildcard tables. */
static void bigquery_parts(struct reader *p, struct name *n)
{
	struct name split = { .quoted = n->quoted };

	for (unsigned i = 0; i < n->n; i++)
		add_dotted(&split, n->part[i]);
	if (at(p, '*') && adjacent(p)) {
		struct slice s = split.part[split.n - 1];
		char *all = arena_alloc(p->arena, s.len + 1);

		if (all) {
			memcpy(all, s.ptr, s.len);
			all[s.len] = '*';
			split.part[split.n - 1] = slice_mem(all, s.len + 1);
		}
		advance(p);
	}
	*n = split;
}

/* MySQL: .t; T-SQL: ..t and ...t, with the parts left out that the session knows. */
void skip_leading_dots(struct reader *p)
{
	size_t n = 0;

	while (n < 4 && peek_is(p, n, '.'))
		n++;
	if (n && n < 4 && is_name(peek(p, n)))
		p->i += n;
}

/* Words that name no table unless they are quoted: with a name behind them, something was left out or stands too often. */
static bool reserved(struct reader *p, const struct token *t)
{
	static const uint16_t words[] = { KW_SELECT, KW_CREATE, KW_TABLE, KW_FROM, KW_INTO, KW_JOIN, KW_WHERE, KW_GROUP,    KW_ORDER,
					  KW_USING,  KW_WITH,   KW_UNION, KW_AS,   KW_ON,   KW_AND,  KW_OR,    KW_NOT,      KW_IN,
					  KW_CASE,   KW_WHEN,   KW_THEN,  KW_ELSE, KW_END,  KW_ALL,  KW_FOR,   KW_DISTINCT, KW_HAVING };
	static const uint16_t not_in_pg[] = { KW_UPDATE, KW_DELETE, KW_INSERT, KW_DROP, KW_ALTER, KW_SET,
					      KW_VALUES, KW_EXISTS, KW_BY,     KW_OVER, KW_IF };

	for (size_t i = 0; t->type == TOKEN_WORD && i < ARRAY_SIZE(words); i++)
		if (t->id == words[i])
			return true;
	for (size_t i = 0; t->type == TOKEN_WORD && !(p->bits & DL_PG) && i < ARRAY_SIZE(not_in_pg); i++)
		if (t->id == not_in_pg[i])
			return true;
	return false;
}

/* A name, and no word of a clause. */
static bool is_plain(const struct token *t)
{
	return t->type == TOKEN_QUOTED || (t->type == TOKEN_WORD && !(keyword_flags(t->id) & ~(unsigned)KF_WEAK));
}

bool read_relation_name(struct reader *p, struct name *ret)
{
	ret->n = 0;
	ret->quoted = false;
	ret->link = SLICE_NONE;
	skip_leading_dots(p);
	if (at(p, KW_IDENTIFIER) && peek_is(p, 1, '(')) {
		if (!identifier_clause(p, ret))
			return false;
	} else if (string_name(p)) {
		add_part(ret, literal_value(p, tok(p)));
		ret->quoted = true;
		advance(p);
	} else if (!dashed(p, ret) && !read_name(p, ret)) {
		return false;
	}
	if (ret->n == 1 && tok_at(p, p->i - 1)->id && (is_plain(tok(p)) || tok_at(p, p->i - 1)->id == KW_SELECT) &&
	    reserved(p, tok_at(p, p->i - 1)))
		partial(p);
	further_parts(p, ret);
	if (p->dialect == SQL_BIGQUERY)
		bigquery_parts(p, ret);
	if (p->dialect == SQL_ORACLE || p->dialect == SQL_ANSI)
		read_link(p, ret);
	return true;
}
