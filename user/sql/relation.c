// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names, and the relations of a statement: unique, found by a hash. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/reader.h"

/* ---- names ---- */

struct slice last_part(const struct name *n)
{
	return n->part[n->n - 1];
}

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

bool read_name(struct reader *p, struct name *ret)
{
	ret->n = 0;
	ret->quoted = false;
	ret->link = SLICE_NONE;
	while (name_part(tok(p), ret->n == 0)) {
		ret->quoted = tok(p)->type == TOKEN_QUOTED;
		add_part(ret, tok_name(p));
		advance_name(p);
		if (!at(p, '.'))
			break;
		if (peek_is(p, 1, '.') && is_name(peek(p, 2))) { /* db..t */
			add_part(ret, slice_mem("", 0));
			p->i += 2;
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

/* x.y.* of wildcard tables and t.* stay; a string is a name in SQLite, and where "x" is a string but can only be a name. */
static bool string_name(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type != TOKEN_STRING || t->flags & TF_BYTES)
		return false;
	return p->dialect == SQL_SQLITE || t->flags & TF_DOUBLE || p->bits & DL_MYSQL;
}

/* IDENTIFIER('db.t'), IDENTIFIER('db' || '.t'): a name as constant text. */
static bool identifier_clause(struct reader *p, struct name *ret)
{
	size_t end = peek(p, 1)->match;
	struct slice text;
	bool whole = false;

	p->i += 2;
	if (read_constant(p, &text, &whole) && whole)
		name_of_text(p, text, ret);
	if (end > p->i)
		p->i = end;
	if (!accept(p, ')') || !ret->n) {
		dynamic(p);
		return false;
	}
	return true;
}

bool read_relation_name(struct reader *p, struct name *ret)
{
	ret->n = 0;
	ret->quoted = false;
	ret->link = SLICE_NONE;
	if (at(p, '.') && is_name(peek(p, 1))) /* MySQL: .t, T-SQL: ..t */
		advance(p);
	if (at(p, '.') && is_name(peek(p, 1)))
		advance(p);
	if (at(p, KW_IDENTIFIER) && peek_is(p, 1, '(')) {
		if (!identifier_clause(p, ret))
			return false;
	} else if (string_name(p)) {
		add_part(ret, literal_value(p, tok(p)));
		ret->quoted = true;
		advance(p);
	} else if (dashed(p, ret)) {
		;
	} else if (!read_name(p, ret)) {
		return false;
	}
	while (at(p, '.') && (name_part(peek(p, 1), false) || peek(p, 1)->type == TOKEN_STRING)) {
		struct name more;

		advance(p);
		if (tok(p)->type == TOKEN_STRING) {
			add_part(ret, literal_value(p, tok(p)));
			advance(p);
			continue;
		}
		if (tok(p)->type == TOKEN_NUMBER) {
			add_part(ret, tok_raw(p));
			advance(p);
			continue;
		}
		if (!read_name(p, &more))
			break;
		ret->quoted = more.quoted;
		for (unsigned i = 0; i < more.n; i++)
			add_part(ret, more.part[i]);
	}
	if (p->dialect == SQL_BIGQUERY) {
		struct name split = { .quoted = ret->quoted };

		for (unsigned i = 0; i < ret->n; i++)
			add_dotted(&split, ret->part[i]);
		if (at(p, '*') && p->text.ptr + tok(p)->off == p->text.ptr + tok_at(p, p->i - 1)->off + tok_at(p, p->i - 1)->len) {
			struct slice s = split.part[split.n - 1];
			char *all = arena_alloc(p->arena, s.len + 1);

			if (all) {
				memcpy(all, s.ptr, s.len);
				all[s.len] = '*';
				split.part[split.n - 1] = slice_mem(all, s.len + 1);
			}
			advance(p);
		}
		*ret = split;
	}
	if (p->dialect == SQL_ORACLE || p->dialect == SQL_ANSI)
		read_link(p, ret);
	return true;
}

/* ---- relations ---- */

static uint32_t hash_part(uint32_t h, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
	return h * 31 + 1;
}

static void fill(struct sql_relation *r, const struct name *n, struct reader *p)
{
	r->name = n->part[n->n - 1];
	if (n->n > 1)
		r->schema = n->part[n->n - 2];
	if (n->n > 2)
		r->catalog = n->part[n->n - 3];
	r->link = n->link.ptr ? n->link : p->link;
	if (n->n > 3) {
		size_t len = 0, o = 0;
		char *out;

		for (unsigned i = 0; i + 3 < n->n; i++)
			len += n->part[i].len + 1;
		out = arena_alloc(p->arena, len + 1);
		for (unsigned i = 0; out && i + 3 < n->n; i++) {
			if (i)
				out[o++] = '.';
			memcpy(out + o, n->part[i].ptr, n->part[i].len);
			o += n->part[i].len;
		}
		r->server = slice_mem(out, out ? o : 0);
		if (p->dialect == SQL_TSQL)
			r->link = r->server;
	}
}

static bool same(const struct sql_relation *a, const struct sql_relation *b)
{
	return slice_eq(a->name, b->name) && slice_eq(a->schema, b->schema) && slice_eq(a->catalog, b->catalog) &&
	       slice_eq(a->server, b->server) && slice_eq(a->link, b->link);
}

static uint32_t hash_relation(const struct sql_relation *r)
{
	return hash_part(hash_part(hash_part(2166136261u, r->name), r->schema), r->catalog);
}

static bool grow_relations(struct reader *p)
{
	size_t cap = p->relations_cap ? p->relations_cap * 2 : 8;
	struct sql_relation **v = arena_array(p->arena, cap, sizeof(struct sql_relation *));
	uint32_t *slots = arena_array(p->arena, cap * 4, sizeof(*slots));

	if (!v || !slots)
		return false;
	if (p->nrelations)
		memcpy(v, p->relations, p->nrelations * sizeof(struct sql_relation *));
	for (size_t i = 0; i < p->nrelations; i++) {
		size_t at = hash_relation(v[i]) & (cap * 4 - 1);

		while (slots[at])
			at = (at + 1) & (cap * 4 - 1);
		slots[at] = (uint32_t)i + 1;
	}
	p->relations = v;
	p->relations_cap = cap;
	p->slots = slots;
	p->nslots = cap * 4;
	return true;
}

/* Names with a part that is not known: text that is put together at run time. */
static bool has_hole(const struct name *n)
{
	for (unsigned i = 0; i < n->n; i++)
		if (n->part[i].len && memchr(n->part[i].ptr, 1, n->part[i].len))
			return true;
	return false;
}

/* What a constant or the lexical pass names says nothing about a relation that was understood. */
static void found_again(const struct reader *p, struct sql_relation *r, uint32_t access)
{
	bool guess = p->via > SQL_VIA_DYNAMIC, was_guess = r->via > SQL_VIA_DYNAMIC;

	if (guess && !was_guess)
		return;
	r->access = was_guess && !guess ? access : r->access | access;
	if (p->via < r->via)
		r->via = p->via;
}

struct sql_relation *add_relation(struct reader *p, const struct name *n, uint32_t access)
{
	struct sql_relation key = { .access = 0 }, *r;
	size_t at;

	if (p->lx.holes && has_hole(n)) {
		dynamic(p);
		return NULL;
	}
	fill(&key, n, p);
	if (!key.name.len) {
		partial(p);
		return NULL;
	}
	if (p->nrelations == p->relations_cap && (p->nrelations >= SQL_RELATIONS_MAX || !grow_relations(p))) {
		partial(p);
		return NULL;
	}
	for (at = hash_relation(&key) & (p->nslots - 1); p->slots[at]; at = (at + 1) & (p->nslots - 1)) {
		r = p->relations[p->slots[at] - 1];
		if (same(r, &key)) {
			found_again(p, r, access);
			return r;
		}
	}
	r = arena_alloc(p->arena, sizeof(struct relation));
	if (!r) {
		partial(p);
		return NULL;
	}
	*r = key;
	r->access = access;
	r->via = p->via;
	p->relations[p->nrelations] = r;
	p->slots[at] = (uint32_t)++p->nrelations;
	return r;
}

struct sql_relation *add_read(struct reader *p, const struct name *n, uint32_t access)
{
	return scope_is_cte(p, n) ? NULL : add_relation(p, n, access);
}

struct sql_relation *read_target(struct reader *p, uint32_t access)
{
	struct name n;

	if (!read_relation_name(p, &n)) {
		if (tok(p)->type == TOKEN_PARAM) { /* a variable of the client, a table variable */
			if (*tok_raw(p).ptr != '@')
				dynamic(p);
			advance(p);
			return NULL;
		}
		partial(p);
		return NULL;
	}
	return add_relation(p, &n, access);
}

/* ---- columns ---- */

enum { COLUMNS_MAX = 512 }; /* of one relation; beyond it: all of them */

void add_column(struct reader *p, struct sql_relation *r, struct slice name, uint32_t use)
{
	size_t cap = 8;

	if (!name.ptr) {
		r->all_columns = true;
		return;
	}
	for (size_t i = 0; i < r->ncolumns; i++)
		if (slice_eq(r->columns[i].name, name)) {
			r->columns[i].use |= use;
			return;
		}
	if (r->ncolumns >= COLUMNS_MAX) {
		r->all_columns = true;
		return;
	}
	while (cap < r->ncolumns)
		cap *= 2;
	if (!r->columns || r->ncolumns == cap) { /* full, or new */
		struct sql_column *v = arena_array(p->arena, r->columns ? cap * 2 : cap, sizeof(*v));

		if (!v) {
			r->all_columns = true;
			return;
		}
		if (r->ncolumns)
			memcpy(v, r->columns, r->ncolumns * sizeof(*v));
		r->columns = v;
	}
	r->columns[r->ncolumns++] = (struct sql_column){ .name = name, .use = use };
}
