// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Tokens, names, relations and scopes of the reader. */
#include "sql/parse.h"

#include <string.h>

void parse_advance(struct parser *p)
{
	p->before = p->prev;
	p->prev = p->cur;
	p->cur = lex_next(&p->lx);
	if (p->cur.open || p->lx.open_comment)
		parse_partial(p);
}

bool parse_at(const struct parser *p, const char *keyword)
{
	return token_is(&p->cur, keyword);
}

bool parse_at_any(const struct parser *p, const char *const *keywords)
{
	if (p->cur.type != TOKEN_WORD)
		return false;
	for (; *keywords; keywords++)
		if (token_is(&p->cur, *keywords))
			return true;
	return false;
}

bool parse_accept(struct parser *p, const char *keyword)
{
	if (!parse_at(p, keyword))
		return false;
	parse_advance(p);
	return true;
}

bool parse_accept_punct(struct parser *p, char c)
{
	if (!token_punct(&p->cur, c))
		return false;
	parse_advance(p);
	return true;
}

bool parse_end(const struct parser *p)
{
	return p->cur.type == TOKEN_END || token_punct(&p->cur, ';');
}

struct token parse_peek(const struct parser *p)
{
	struct lexer ahead = p->lx;

	return lex_next(&ahead);
}

void parse_skip_rest(struct parser *p)
{
	while (!parse_end(p))
		parse_advance(p);
}

void parse_partial(struct parser *p)
{
	if (p->certainty < SQL_PARTIAL)
		p->certainty = SQL_PARTIAL;
}

void parse_skip_words(struct parser *p, const char *const *keywords)
{
	while (parse_at_any(p, keywords))
		parse_advance(p);
}

/* ---- names ---- */

bool parse_is_name(const struct parser *p)
{
	if (p->cur.type == TOKEN_STRING)
		return p->dialect == SQL_SQLITE && p->cur.quote == '\'';
	return p->cur.type == TOKEN_WORD || p->cur.type == TOKEN_QUOTED;
}

bool parse_name(struct parser *p, struct name *ret)
{
	struct name n = { .n = 0 };

	while (parse_is_name(p)) {
		if (n.n == 3) { /* server.catalog.schema.name: the last three */
			n.part[0] = n.part[1];
			n.part[1] = n.part[2];
			n.n = 2;
		}
		n.part[n.n++] = token_name(&p->cur, p->arena);
		parse_advance(p);
		if (!token_punct(&p->cur, '.'))
			break;
		parse_advance(p);
	}
	if (!n.n)
		return false;
	*ret = n;
	return true;
}

static bool is_cte(const struct parser *p, struct slice name)
{
	for (const struct scope *s = p->scope; s; s = s->up)
		for (const struct cte *c = s->ctes; c; c = c->next)
			if (slice_ieq(c->name, name))
				return true;
	return false;
}

static bool same(const struct sql_relation *r, const struct name *n)
{
	struct slice schema = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE;
	struct slice catalog = n->n > 2 ? n->part[0] : SLICE_NONE;

	return slice_eq(r->name, n->part[n->n - 1]) && slice_eq(r->schema, schema) && slice_eq(r->catalog, catalog);
}

static bool grow(struct parser *p)
{
	size_t cap = p->cap ? p->cap * 2 : 8;
	struct sql_relation **v = arena_array(p->arena, cap, sizeof(struct sql_relation *));

	if (!v)
		return false;
	if (p->nrelations)
		memcpy(v, p->relations, p->nrelations * sizeof(struct sql_relation *));
	p->relations = v;
	p->cap = cap;
	return true;
}

struct sql_relation *parse_relation(struct parser *p, const struct name *n, uint32_t access)
{
	struct sql_relation *r;

	if (n->n == 1 && access == SQL_READ && is_cte(p, n->part[0]))
		return NULL;
	for (size_t i = 0; i < p->nrelations; i++) {
		if (same(p->relations[i], n)) {
			p->relations[i]->access |= access;
			if (p->via < p->relations[i]->via)
				p->relations[i]->via = p->via;
			return p->relations[i];
		}
	}
	if (p->nrelations >= SQL_RELATIONS_MAX || (p->nrelations == p->cap && !grow(p))) {
		parse_partial(p);
		return NULL;
	}
	r = arena_alloc(p->arena, sizeof(*r));
	if (!r) {
		parse_partial(p);
		return NULL;
	}
	r->name = n->part[n->n - 1];
	r->schema = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE;
	r->catalog = n->n > 2 ? n->part[0] : SLICE_NONE;
	r->access = access;
	r->via = p->via;
	p->relations[p->nrelations++] = r;
	return r;
}

enum { COLUMNS_MAX = 512, REFS_MAX = 512 }; /* of one relation, of one scope; beyond it: all of them */

void parse_add_column(struct parser *p, struct sql_relation *r, struct slice column)
{
	size_t cap = 8;

	if (r->all_columns && r->ncolumns >= COLUMNS_MAX)
		return;
	for (size_t i = 0; i < r->ncolumns; i++)
		if (slice_eq(r->columns[i].name, column))
			return;
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
	r->columns[r->ncolumns++].name = column;
}

/* ---- scopes ---- */

void scope_push(struct parser *p, struct scope *s)
{
	*s = (struct scope){ .up = p->scope };
	p->scope = s;
}

static void attribute(struct parser *p, struct scope *s, const struct column_ref *ref)
{
	for (struct scope *in = s; in; in = in->up) {
		bool found = false;

		for (struct source *src = in->sources; src; src = src->next) {
			if (ref->qualifier.ptr && !slice_ieq(src->alias, ref->qualifier))
				continue;
			found = true;
			if (!src->relation)
				continue;
			if (ref->name.ptr)
				parse_add_column(p, src->relation, ref->name);
			else
				src->relation->all_columns = true;
		}
		/* A star and a qualified name belong to the nearest scope that has it; a bare name may be an outer one's. */
		if (found && (ref->qualifier.ptr || !ref->name.ptr))
			return;
	}
}

void scope_resolve(struct parser *p)
{
	struct scope *s = p->scope;

	for (const struct column_ref *ref = s->refs; ref; ref = ref->next)
		attribute(p, s, ref);
	s->refs = NULL;
	s->sources = NULL;
	s->nrefs = 0;
}

void scope_pop(struct parser *p)
{
	scope_resolve(p);
	p->scope = p->scope->up;
}

void scope_cte(struct parser *p, struct slice name)
{
	struct cte *c = arena_alloc(p->arena, sizeof(*c));

	if (!c) {
		parse_partial(p);
		return;
	}
	c->name = name;
	c->next = p->scope->ctes;
	p->scope->ctes = c;
}

void scope_source(struct parser *p, struct slice alias, struct sql_relation *r)
{
	struct source *s = arena_alloc(p->arena, sizeof(*s));

	if (!s) {
		parse_partial(p);
		return;
	}
	s->alias = alias;
	s->relation = r;
	s->next = p->scope->sources;
	p->scope->sources = s;
}

void scope_ref(struct parser *p, struct slice qualifier, struct slice name)
{
	struct column_ref *r;

	if (p->scope->nrefs >= REFS_MAX) { /* too many to tell apart: all columns */
		qualifier = SLICE_NONE;
		name = SLICE_NONE;
	}
	for (r = p->scope->refs; r; r = r->next)
		if (slice_eq(r->qualifier, qualifier) && slice_eq(r->name, name) && !r->name.ptr == !name.ptr)
			return;
	r = arena_alloc(p->arena, sizeof(*r));
	if (!r) {
		parse_partial(p);
		return;
	}
	r->qualifier = qualifier;
	r->name = name;
	r->next = p->scope->refs;
	p->scope->refs = r;
	p->scope->nrefs++;
}

struct sql_relation *scope_find(const struct parser *p, struct slice alias)
{
	for (const struct scope *s = p->scope; s; s = s->up)
		for (const struct source *src = s->sources; src; src = src->next)
			if (slice_ieq(src->alias, alias))
				return src->relation;
	return NULL;
}
