// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/relation.h"

#include <errno.h>
#include <string.h>

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
	if (!part.len) /* not written, or left out between two dots: crm..contacts */
		return strictness == REL_SUSPECT || slice_glob(pattern, SLICE(""), false);
	return slice_glob(pattern, part, true);
}

bool rel_pattern_match(const struct rel_pattern *p, const struct sql_relation *r, enum rel_strictness strictness)
{
	return slice_glob(p->name, r->name, true) && match_part(p->schema, r->schema, strictness) &&
	       match_part(p->catalog, r->catalog, strictness);
}

int rel_index_init(struct rel_index *x, struct arena *a, size_t cap)
{
	*x = (struct rel_index){ .v = arena_array(a, cap, sizeof(*x->v)) };
	return x->v ? globs_init(&x->names, a, cap, true) : -ENOMEM;
}

int rel_index_add(struct rel_index *x, struct slice pattern, uint32_t id)
{
	struct rel_entry e = { .pattern = rel_pattern_parse(pattern), .id = id };
	int err = globs_add(&x->names, e.pattern.name, (uint32_t)x->n);

	if (!err)
		x->v[x->n++] = e;
	return err;
}

void rel_index_begin(const struct rel_index *x, const struct sql_relation *r, struct rel_cursor *c)
{
	c->x = x;
	c->r = r;
	globs_begin(&x->names, r->name, &c->names);
}

/* The name is compared already. */
const struct rel_entry *rel_index_next(struct rel_cursor *c)
{
	const struct glob_entry *g;

	while ((g = globs_next(&c->names))) {
		const struct rel_entry *e = &c->x->v[g->id];

		if (match_part(e->pattern.schema, c->r->schema, REL_SUSPECT) && match_part(e->pattern.catalog, c->r->catalog, REL_SUSPECT))
			return e;
	}
	return NULL;
}

const struct rel_entry *rel_index_any(const struct rel_index *x, const struct sql_relation *r)
{
	struct rel_cursor c;

	rel_index_begin(x, r, &c);
	return rel_index_next(&c);
}
