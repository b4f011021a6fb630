// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The answer of a database's client, a row a line, into objects. */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "policy/catalog_priv.h"

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

static int on_relation(struct catalog *c, struct object *o, const struct row *r)
{
	(void)c;
	(void)r;
	o->is_relation = true;
	return 0;
}

static int on_function(struct catalog *c, struct object *o, const struct row *r)
{
	(void)c;
	(void)r;
	o->is_function = true;
	return 0;
}

static int on_pair(struct catalog *c, struct object *o, const struct row *r)
{
	struct object *other;
	int err = r->field[3].len ? catalog_intern(c, r->field[2], r->field[3], &other) : -EBADMSG;

	if (err || o == other)
		return err;
	return r->kind == 'P' ? objects_push(&o->children, other) : objects_add(&o->reads, other);
}

static int on_text(struct catalog *c, struct object *o, const struct row *r)
{
	enum catalog_text kind = r->kind == 'T'   ? CATALOG_TRIGGER
				 : r->kind == 'S' ? CATALOG_EVENT
				 : r->kind == 'Q' ? CATALOG_REMOTE
						  : CATALOG_BODY;

	return catalog_add_text(c, o, kind, r->field[2], r->n == 4 && r->field[3].len);
}

static int on_words(struct catalog *c, struct object *o, const struct row *r)
{
	return catalog_add_words(c, o, r->field[2]);
}

static int on_hidden(struct catalog *c, struct object *o, const struct row *r)
{
	static const struct {
		const char *code, *text;
	} reasons[] = {
		{ "language", "its language is not read" },
		{ "engine", "its engine reads other tables, which the catalog does not name; put them under views: by hand" },
		{ "rights",
		  "what this user has no rights for is missing: grant it SELECT, SHOW VIEW, TRIGGER and EVENT on *.* to be sure that "
		  "all is here" },
	};

	(void)c;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (slice_eq(r->field[2], slice_cstr(reasons[i].code))) {
			object_unseen(o, reasons[i].text);
			return 0;
		}
	return -EBADMSG;
}

static const struct kind {
	char kind;
	size_t min, max; /* fields */
	int (*take)(struct catalog *c, struct object *o, const struct row *r);
} kinds[] = {
	{ 'R', 2, 2, on_relation }, { 'F', 2, 2, on_function }, { 'D', 4, 4, on_pair }, { 'P', 4, 4, on_pair },  { 'B', 3, 4, on_text },
	{ 'T', 3, 4, on_text },     { 'S', 3, 4, on_text },     { 'Q', 3, 3, on_text }, { 'W', 3, 3, on_words }, { 'H', 3, 3, on_hidden },
};

static int on_row(struct catalog *c, const struct row *r)
{
	const struct kind *k = kinds;
	struct object *o;
	int err;

	if (c->ended)
		return -EBADMSG;
	if (r->kind == 'E' && !r->n) {
		c->ended = true;
		return 0;
	}
	while (k < kinds + ARRAY_SIZE(kinds) && k->kind != r->kind)
		k++;
	if (k == kinds + ARRAY_SIZE(kinds) || r->n < k->min || r->n > k->max || !r->field[1].len)
		return -EBADMSG;
	err = catalog_intern(c, r->field[0], r->field[1], &o);
	return err ? err : k->take(c, o, r);
}

int catalog_rows(struct catalog *c, struct slice rows, size_t *ret_line)
{
	for (*ret_line = 1; rows.len; ++*ret_line) {
		struct slice text = slice_trim(slice_line(&rows));
		struct row r;
		int err;

		if (!text.len)
			continue;
		err = take_row(c, text, &r);
		if (!err)
			err = on_row(c, &r);
		if (err)
			return err;
	}
	return c->ended ? 0 : -ENODATA;
}
