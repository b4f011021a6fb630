// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/catalog_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/ascii.h"
#include "base/cleanup.h"

#define MEMORY_MAX (1u << 30)
#define BODY_MEMORY_MAX (256u << 20)

int catalog_new(enum sql_dialect dialect, struct catalog **ret)
{
	struct catalog *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->dialect = dialect;
	arena_init(&c->arena, MEMORY_MAX);
	arena_init(&c->scratch, BODY_MEMORY_MAX);
	hmap_init(&c->names);
	*ret = c;
	return 0;
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i]->reads);
		free(c->v[i]->children);
	}
	free(c->v);
	hmap_done(&c->names);
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

static struct object *find(const struct catalog *c, struct slice schema, struct slice name)
{
	for (struct hnode *n = hmap_first(&c->names, name_hash(name)); n; n = hmap_next(n)) {
		struct object *o = CONTAINER_OF(n, struct object, node);

		if (slice_eq(o->name, name) && slice_eq(o->schema, schema))
			return o;
	}
	return NULL;
}

/* Adds p to an array whose capacity is the power of two that holds it. */
static int push(struct object ***v, size_t *n, struct object *p)
{
	if ((*n & (*n - 1)) == 0) { /* 0, 1, 2, 4 ...: full */
		struct object **bigger = realloc(*v, (*n ? *n * 2 : 1) * sizeof(struct object *));

		if (!bigger)
			return -ENOMEM;
		*v = bigger;
	}
	(*v)[(*n)++] = p;
	return 0;
}

static int add_read(struct object *o, struct object *base)
{
	for (size_t i = 0; i < o->nreads; i++)
		if (o->reads[i] == base)
			return 0;
	return o->nreads < CATALOG_READS_MAX ? push(&o->reads, &o->nreads, base) : -E2BIG;
}

static int intern(struct catalog *c, struct slice schema, struct slice name, struct object **ret)
{
	struct object *o = find(c, schema, name);

	*ret = o;
	if (o)
		return 0;
	if (c->n >= CATALOG_OBJECTS_MAX)
		return -E2BIG;
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 256;
		struct object **v = realloc(c->v, cap * sizeof(struct object *));

		if (!v)
			return -ENOMEM;
		c->v = v;
		c->cap = cap;
	}
	o = arena_alloc(&c->arena, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->schema = arena_dup(&c->arena, schema);
	o->name = arena_dup(&c->arena, name);
	if (!o->schema.ptr || !o->name.ptr || hmap_add(&c->names, &o->node, name_hash(name)))
		return -ENOMEM;
	c->v[c->n++] = o;
	*ret = o;
	return 0;
}

/* ---- bodies ---- */

/* Every object that a reference in the text of o may mean: without a schema, any of that name. */
static int add_named(struct catalog *c, struct object *o, struct slice schema, struct slice name, bool function)
{
	for (struct hnode *n = hmap_first(&c->names, name_hash(name)); n; n = hmap_next(n)) {
		struct object *t = CONTAINER_OF(n, struct object, node);
		int err;

		if (t == o || !(function ? t->is_function : t->is_relation) || !slice_ieq(t->name, name) ||
		    (schema.len && t->schema.len && !slice_ieq(t->schema, schema)))
			continue;
		err = add_read(o, t);
		if (err)
			return err;
	}
	return 0;
}

/* Each word that is the name of a relation: text that was not wholly understood. */
static int add_words(struct catalog *c, struct object *o, struct slice text)
{
	int err = 0;

	while (text.len && !err) {
		size_t n = 0;

		while (n < text.len && ascii_is_name(text.ptr[n]))
			n++;
		if (n)
			err = add_named(c, o, SLICE_NONE, slice_head(text, n), false);
		text = slice_skip(text, n + 1);
	}
	return err;
}

static int add_statement(struct catalog *c, struct object *o, const struct sql_statement *st)
{
	int err = 0;

	for (size_t i = 0; i < st->nrelations && !err; i++)
		if (st->relations[i].via < SQL_VIA_LITERAL)
			err = add_named(c, o, st->relations[i].schema, st->relations[i].name, false);
	for (size_t i = 0; i < st->ncalls && !err; i++)
		err = add_named(c, o, st->calls[i].schema, st->calls[i].name, true);
	return err;
}

static int add_body(struct catalog *c, struct object *o, struct slice text)
{
	const struct sql_options options = { .dialect = c->dialect, .strings_unknown = true };
	const struct sql_result *r;
	int err = 0;

	if (!text.len) {
		o->unseen = "its text cannot be read with these rights";
		return 0;
	}
	arena_reset(&c->scratch);
	sql_analyze(&options, text, &c->scratch, &r);
	for (size_t i = 0; i < r->nstatements && !err; i++)
		err = add_statement(c, o, &r->statements[i]);
	return err || r->certainty == SQL_PARSED ? err : add_words(c, o, text);
}

/* ---- rows ---- */

enum { FIELDS_MAX = 5 };

struct row {
	char kind;
	struct slice field[FIELDS_MAX - 1];
	size_t n;
};

static int take_field(struct catalog *c, struct slice hex, struct slice *ret)
{
	size_t len;
	char *to = arena_array(&c->arena, hex.len / 2 + 1, 1);

	if (!to)
		return -ENOMEM;
	if (hex.len && (sodium_hex2bin((unsigned char *)to, hex.len / 2 + 1, hex.ptr, hex.len, NULL, &len, NULL) || len != hex.len / 2))
		return -EBADMSG;
	*ret = slice_mem(to, hex.len / 2);
	return 0;
}

static int take_row(struct catalog *c, struct slice line, struct row *ret)
{
	*ret = (struct row){ .kind = line.ptr[0] };
	line = slice_skip(line, 1);
	while (line.len) {
		const char *bar;
		struct slice hex;
		int err;

		if (line.ptr[0] != '|' || ret->n == FIELDS_MAX - 1)
			return -EBADMSG;
		line = slice_skip(line, 1);
		bar = line.len ? memchr(line.ptr, '|', line.len) : NULL;
		hex = slice_head(line, bar ? (size_t)(bar - line.ptr) : line.len);
		err = take_field(c, hex, &ret->field[ret->n++]);
		if (err)
			return err;
		line = slice_skip(line, hex.len);
	}
	return 0;
}

static int on_row(struct catalog *c, const struct row *r)
{
	static const struct {
		char kind;
		size_t fields;
	} kinds[] = { { 'R', 2 }, { 'F', 2 }, { 'D', 4 }, { 'P', 4 }, { 'B', 3 }, { 'W', 3 }, { 'L', 3 } };
	struct object *o, *other;
	size_t k = 0;
	int err;

	while (k < ARRAY_SIZE(kinds) && kinds[k].kind != r->kind)
		k++;
	if (k == ARRAY_SIZE(kinds) || kinds[k].fields != r->n || !r->field[1].len || (r->n == 4 && !r->field[3].len))
		return -EBADMSG;
	err = intern(c, r->field[0], r->field[1], &o);
	if (!err && r->n == 4)
		err = intern(c, r->field[2], r->field[3], &other);
	if (err)
		return err;
	o->is_relation |= r->kind == 'R';
	o->is_function |= r->kind == 'F';
	if (r->kind == 'D')
		return o == other ? 0 : add_read(o, other);
	if (r->kind == 'P')
		return push(&o->children, &o->nchildren, other);
	if (r->kind == 'B')
		return add_body(c, o, r->field[2]);
	if (r->kind == 'W')
		return add_words(c, o, r->field[2]);
	if (r->kind == 'L')
		o->unseen = "its language is not read";
	return 0;
}

int catalog_rows(struct catalog *c, struct slice rows, size_t *ret_line)
{
	for (size_t line = 1; rows.len; line++) {
		const char *nl = memchr(rows.ptr, '\n', rows.len);
		struct slice text = slice_head(rows, nl ? (size_t)(nl - rows.ptr) : rows.len);
		struct row r;
		int err;

		rows = slice_skip(rows, text.len + 1);
		text = slice_trim(text);
		if (!text.len)
			continue;
		err = take_row(c, text, &r);
		if (!err)
			err = on_row(c, &r);
		if (err) {
			*ret_line = line;
			return err;
		}
	}
	return 0;
}
