// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/relation.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

enum { HASHED_MAX = 256 }; /* bytes of a name that go into its hash */

static struct slice take_last(struct slice *rest)
{
	for (size_t i = rest->len; i > 0; i--) {
		if (rest->ptr[i - 1] != '.')
			continue;
		struct slice last = slice_skip(*rest, i);

		*rest = slice_head(*rest, i - 1);
		return last;
	}
	struct slice all = *rest;

	*rest = SLICE_NONE;
	return all;
}

struct rel_pattern rel_pattern_parse(struct slice text)
{
	struct rel_pattern p;

	p.name = take_last(&text);
	p.schema = take_last(&text);
	p.catalog = text;
	return p;
}

static bool match_part(struct slice pattern, struct slice part, enum rel_strictness strictness)
{
	if (!pattern.ptr)
		return true;
	if (!part.ptr)
		return strictness == REL_SUSPECT || slice_glob(pattern, SLICE(""), false);
	return slice_glob(pattern, part, true);
}

bool rel_pattern_match(const struct rel_pattern *p, const struct sql_relation *r, enum rel_strictness strictness)
{
	return slice_glob(p->name, r->name, true) && match_part(p->schema, r->schema, strictness) &&
	       match_part(p->catalog, r->catalog, strictness);
}

static uint64_t fold_hash(struct slice name)
{
	char folded[HASHED_MAX] = { 0 };
	size_t n = name.len < sizeof(folded) ? name.len : sizeof(folded);

	for (size_t i = 0; i < n; i++) {
		char c = name.ptr[i];

		folded[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	return slice_hash(slice_mem(folded, n));
}

static bool has_glob(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '*' || s.ptr[i] == '?')
			return true;
	return false;
}

int rel_index_init(struct rel_index *x, struct arena *a, size_t cap)
{
	*x = (struct rel_index){ .cap = cap };
	hmap_init(&x->exact);
	x->v = arena_array(a, cap, sizeof(*x->v));
	x->globs = arena_array(a, cap, sizeof(*x->globs));
	return x->v && x->globs ? 0 : -ENOMEM;
}

void rel_index_done(struct rel_index *x)
{
	hmap_done(&x->exact);
}

int rel_index_add(struct rel_index *x, struct slice pattern, uint32_t id)
{
	struct rel_entry *e;

	if (x->n == x->cap)
		return -ENOMEM;
	e = &x->v[x->n];
	*e = (struct rel_entry){ .pattern = rel_pattern_parse(pattern), .id = id };
	if (has_glob(e->pattern.name)) {
		x->globs[x->nglobs++] = e;
	} else {
		int err = hmap_add(&x->exact, &e->node, fold_hash(e->pattern.name));

		if (err)
			return err;
	}
	x->n++;
	return 0;
}

const struct rel_entry *rel_index_next(const struct rel_index *x, const struct sql_relation *r, struct rel_cursor *c)
{
	if (!c->started) {
		c->started = true;
		c->hash = x->exact.count ? hmap_first(&x->exact, fold_hash(r->name)) : NULL;
	}
	while (c->hash) {
		const struct rel_entry *e = CONTAINER_OF(c->hash, struct rel_entry, node);

		c->hash = hmap_next(c->hash);
		if (rel_pattern_match(&e->pattern, r, REL_SUSPECT))
			return e;
	}
	while (c->glob < x->nglobs) {
		const struct rel_entry *e = x->globs[c->glob++];

		if (rel_pattern_match(&e->pattern, r, REL_SUSPECT))
			return e;
	}
	return NULL;
}
