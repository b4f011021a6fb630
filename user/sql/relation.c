// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The relations of a statement: unique, found by a hash; their columns. */
#include <string.h>

#include "sql/name_hash.h"
#include "sql/reader.h"

/* ---- relations ---- */

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

/* With the process's seed, of all that tells relations apart: who writes the statements cannot choose names that meet in a slot. */
static uint64_t hash_relation(const struct sql_relation *r)
{
	uint64_t h = name_hash(0, r->name);

	if (r->schema.len)
		h = name_hash(h, r->schema);
	if (r->catalog.len)
		h = name_hash(h ^ 1, r->catalog);
	if (r->server.len)
		h = name_hash(h ^ 2, r->server);
	if (r->link.len)
		h = name_hash(h ^ 3, r->link);
	return h;
}

/* NULL: none, *ret_slot is where it belongs. */
static struct sql_relation *find_relation(struct reader *p, const struct sql_relation *key, size_t *ret_slot)
{
	size_t mask = p->nslots - 1, start = hash_relation(key) & mask, at = start;
	struct sql_relation *r = NULL;

	for (; p->slots[at]; at = (at + 1) & mask) {
		r = p->relations[p->slots[at] - 1];
		if (same(r, key))
			break;
		r = NULL;
	}
	spend(p, (at - start) & mask);
	*ret_slot = at;
	return r;
}

static bool grow_relations(struct reader *p)
{
	size_t cap = p->relations_cap ? p->relations_cap * 2 : 8;
	struct sql_relation **v = arena_array(p->arena, cap, sizeof(struct sql_relation *) + 4 * sizeof(uint32_t));
	uint32_t *slots;

	if (!v)
		return false;
	slots = (uint32_t *)(void *)(v + cap);
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
	size_t slot;

	if (p->lx.holes && has_hole(n)) {
		dynamic(p);
		return NULL;
	}
	fill(&key, n, p);
	if (!key.name.len) {
		partial(p);
		return NULL;
	}
	if (p->vars.n && p->bits & DL_MYSQL)
		relation_used(p, key.schema, key.name, access);
	if (p->nrelations == p->relations_cap && (p->nrelations >= SQL_RELATIONS_MAX || !grow_relations(p))) {
		partial(p);
		return NULL;
	}
	r = find_relation(p, &key, &slot);
	if (r) {
		found_again(p, r, access);
		((struct relation *)(void *)r)->named += p->via <= SQL_VIA_DYNAMIC;
		return r;
	}
	r = arena_raw(p->arena, sizeof(struct relation));
	if (!r) {
		partial(p);
		return NULL;
	}
	*(struct relation *)(void *)r = (struct relation){ .r = key, .named = p->via <= SQL_VIA_DYNAMIC };
	r->access = access;
	r->via = p->via;
	p->relations[p->nrelations] = r;
	p->slots[slot] = (uint32_t)++p->nrelations;
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

static uint32_t tag_of(struct slice name)
{
	uint32_t first = 0, last = 0;

	if (name.len >= 4) {
		memcpy(&first, name.ptr, 4);
		memcpy(&last, name.ptr + name.len - 4, 4);
	} else if (name.len) {
		first = (unsigned char)name.ptr[0] | (uint32_t)(unsigned char)name.ptr[name.len / 2] << 8;
		last = (unsigned char)name.ptr[name.len - 1];
	}
	return (first * 31 + last) * 31 + (uint32_t)name.len;
}

static bool grow_columns(struct reader *p, struct relation *r)
{
	size_t n = r->r.ncolumns, cap = n ? n * 2 : 8;
	struct sql_column *v = arena_raw(p->arena, cap * sizeof(*v));
	uint32_t *tags = arena_raw(p->arena, cap * sizeof(*tags));

	if (!v || !tags)
		return false;
	if (n) {
		memcpy(v, r->r.columns, n * sizeof(*v));
		memcpy(tags, r->tags, n * sizeof(*tags));
	}
	r->r.columns = v;
	r->tags = tags;
	return true;
}

void add_column(struct reader *p, struct sql_relation *relation, struct slice name, uint32_t use)
{
	struct relation *r = (struct relation *)(void *)relation;
	size_t n = relation->ncolumns;
	uint32_t tag;

	if (!name.ptr) {
		relation->all_columns = true;
		return;
	}
	tag = tag_of(name);
	for (size_t i = 0; i < n; i++)
		if (r->tags[i] == tag && slice_eq(relation->columns[i].name, name)) {
			relation->columns[i].use |= use;
			return;
		}
	if (n >= COLUMNS_MAX || ((n == 0 || (n >= 8 && !(n & (n - 1)))) && !grow_columns(p, r))) {
		relation->all_columns = true;
		return;
	}
	r->tags[n] = tag;
	relation->columns[n] = (struct sql_column){ .name = name, .use = use };
	relation->ncolumns++;
}
