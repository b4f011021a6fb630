// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Objects of a database by their names. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/catalog_priv.h"

#define MEMORY_MAX (1u << 30)
#define BODY_MEMORY_MAX (256u << 20)

enum { SAME_NAME_MAX = 16 }; /* relations of one name in as many schemas that are listed one by one */

int catalog_new(enum sql_dialect dialect, struct catalog **ret)
{
	struct catalog *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->dialect = dialect;
	arena_init(&c->arena, MEMORY_MAX);
	arena_init(&c->scratch, BODY_MEMORY_MAX);
	hmap_init(&c->names);
	hmap_init(&c->wholes);
	*ret = c;
	return 0;
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i]->reads.v);
		free(c->v[i]->writes.v);
		free(c->v[i]->children.v);
	}
	free(c->v);
	hmap_done(&c->names);
	hmap_done(&c->wholes);
	arena_done(&c->arena);
	arena_done(&c->scratch);
	free(c);
}

static uint64_t name_hash(struct slice name)
{
	char folded[256];
	size_t n = name.len < sizeof(folded) ? name.len : sizeof(folded);

	for (size_t i = 0; i < n; i++)
		folded[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] + 32) : name.ptr[i];
	return slice_hash(slice_mem(folded, n));
}

static uint64_t whole_hash(struct slice schema, struct slice name)
{
	return slice_hash(schema) * 31 + slice_hash(name);
}

static struct object *find(const struct catalog *c, struct slice schema, struct slice name)
{
	for (struct hnode *n = hmap_first(&c->wholes, whole_hash(schema, name)); n; n = hmap_next(n)) {
		struct object *o = CONTAINER_OF(n, struct object, by_whole);

		if (slice_eq(o->name, name) && slice_eq(o->schema, schema))
			return o;
	}
	return NULL;
}

/* The capacity of the array is the power of two that holds it. */
static int grow(struct object ***v, size_t n)
{
	struct object **bigger;

	if (n & (n - 1))
		return 0;
	bigger = realloc(*v, (n ? n * 2 : 1) * sizeof(struct object *));
	if (!bigger)
		return -ENOMEM;
	*v = bigger;
	return 0;
}

int objects_push(struct objects *to, struct object *o)
{
	int err = grow(&to->v, to->n);

	if (!err)
		to->v[to->n++] = o;
	return err;
}

int objects_add(struct objects *to, struct object *o)
{
	for (size_t i = 0; i < to->n; i++)
		if (to->v[i] == o)
			return 0;
	if (to->n < CATALOG_READS_MAX)
		return objects_push(to, o);
	to->cut = true;
	return 0;
}

int catalog_intern(struct catalog *c, struct slice schema, struct slice name, struct object **ret)
{
	struct object *o = find(c, schema, name);
	int err;

	*ret = o;
	if (o)
		return 0;
	if (c->n >= CATALOG_OBJECTS_MAX)
		return -E2BIG;
	o = arena_alloc(&c->arena, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->schema = arena_dup(&c->arena, schema);
	o->name = arena_dup(&c->arena, name);
	if (!o->schema.ptr || !o->name.ptr)
		return -ENOMEM;
	err = grow(&c->v, c->n);
	if (!err)
		err = hmap_add(&c->names, &o->by_name, name_hash(name));
	if (!err)
		err = hmap_add(&c->wholes, &o->by_whole, whole_hash(schema, name));
	if (err)
		return err;
	c->v[c->n++] = o;
	*ret = o;
	return 0;
}

int catalog_add_named(struct catalog *c, const struct object *o, struct objects *to, struct slice schema, struct slice name, bool function)
{
	struct object *found[SAME_NAME_MAX], *any;
	size_t n = 0;
	int err = 0;

	for (struct hnode *h = hmap_first(&c->names, name_hash(name)); h; h = hmap_next(h)) {
		struct object *t = CONTAINER_OF(h, struct object, by_name);

		if (t == o || !(function ? t->is_function : t->is_relation) || !slice_ieq(t->name, name) ||
		    (schema.len && t->schema.len && !slice_ieq(t->schema, schema)))
			continue;
		if (n == SAME_NAME_MAX) {
			err = catalog_intern(c, SLICE_NONE, name, &any);
			return err ? err : objects_add(to, any);
		}
		found[n++] = t;
	}
	for (size_t i = 0; i < n && !err; i++)
		err = objects_add(to, found[i]);
	return err;
}

void object_unseen(struct object *o, const char *why)
{
	if (!o->unseen)
		o->unseen = why;
}
