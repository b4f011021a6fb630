// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Scopes: which names are CTEs. */
#include "sql/name_hash.h"
#include "sql/reader.h"

static uint32_t hash_name(struct slice s)
{
	return (uint32_t)name_hash_folded(s);
}

static struct cte **slot_of(struct reader *p, uint32_t hash)
{
	return &p->cte_slots[hash & (p->ncte_slots - 1)];
}

static void put_cte(struct reader *p, struct cte *c)
{
	struct cte **slot = slot_of(p, c->hash);

	c->other = *slot;
	c->where = slot;
	if (c->other)
		c->other->where = &c->other;
	*slot = c;
}

static bool grow_slots(struct reader *p)
{
	unsigned old = p->ncte_slots, n = old ? old * 4 : 16;
	struct cte **v = arena_array(p->arena, n, sizeof(*v)), **slots = p->cte_slots;

	if (!v)
		return false;
	p->cte_slots = v;
	p->ncte_slots = n;
	for (unsigned i = 0; i < old; i++)
		for (struct cte *c = slots[i], *other; c; c = other) {
			other = c->other;
			put_cte(p, c);
		}
	return true;
}

void scope_cte(struct reader *p, struct slice name, bool quoted)
{
	struct cte *c = p->nctes++ < CTES_MAX ? arena_alloc(p->arena, sizeof(*c)) : NULL;

	if (!c || (p->nvisible >= p->ncte_slots && !grow_slots(p))) { /* its name is then taken for a relation's */
		partial(p);
		return;
	}
	*c = (struct cte){ .next = p->scope->ctes, .name = name, .hash = hash_name(name), .quoted = quoted };
	p->scope->ctes = c;
	put_cte(p, c);
	p->nvisible++;
}

void scope_forget_ctes(struct reader *p)
{
	for (struct cte *c = p->scope->ctes; c; c = c->next) {
		*c->where = c->other;
		if (c->other)
			c->other->where = c->where;
		p->nvisible--;
	}
}

static bool same_upper(struct slice quoted, struct slice folded)
{
	if (quoted.len != folded.len)
		return false;
	for (size_t i = 0; i < quoted.len; i++) {
		char c = folded.ptr[i];

		if (quoted.ptr[i] != (c >= 'a' && c <= 'z' ? (char)(c - 32) : c))
			return false;
	}
	return true;
}

static bool same_cte(const struct reader *p, const struct cte *c, struct slice name, bool quoted)
{
	if (!slice_ieq(c->name, name))
		return false;
	if (p->bits & DL_EXACT_CTE)
		return slice_eq(c->name, name);
	if (!(p->bits & DL_UPPER))
		return true;
	if (c->quoted == quoted)
		return slice_eq(c->name, name);
	return c->quoted ? same_upper(c->name, name) : same_upper(name, c->name);
}

bool scope_is_cte(struct reader *p, const struct name *n)
{
	const struct cte *c;
	size_t walked = 0;
	uint32_t hash;

	if (n->n != 1 || !p->nvisible)
		return false;
	hash = hash_name(n->part[0]);
	for (c = *slot_of(p, hash); c; c = c->other, walked++)
		if (c->hash == hash && same_cte(p, c, n->part[0], n->quoted))
			break;
	spend(p, walked);
	return c;
}
