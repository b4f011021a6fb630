// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What objects of a database stand for, as views: and partitions: of a policy. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "policy/catalog_priv.h"

static int by_name(const void *a, const void *b)
{
	const struct object *x = *(struct object *const *)a, *y = *(struct object *const *)b;
	int r = slice_cmp(x->schema, y->schema);

	return r ? r : slice_cmp(x->name, y->name);
}

/* Length of the character at s[at] if YAML takes it as it is, 0 if not: UTF-8 without control characters, surrogates and noncharacters. */
static size_t yaml_char(struct slice s, size_t at)
{
	unsigned char b = (unsigned char)s.ptr[at];
	size_t n = b < 0x80 ? 1 : b >= 0xc2 && b < 0xe0 ? 2 : b >= 0xe0 && b < 0xf0 ? 3 : b >= 0xf0 && b < 0xf5 ? 4 : 0;
	uint32_t c = n == 1 ? b : b & (0x7fu >> n);

	if (!n || at + n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.ptr[at + i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s.ptr[at + i] & 0x3f);
	}
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	    (c & 0xfffe) == 0xfffe || c > 0x10ffff || (n == 3 && c < 0x800) || (n == 4 && c < 0x10000))
		return 0;
	return n;
}

/* A policy splits names at dots and knows no quotes. */
static bool can_be_named(const struct object *o)
{
	struct slice parts[] = { o->schema, o->name };

	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0, n; i < parts[k].len; i += n) {
			n = yaml_char(parts[k], i);
			if (!n || strchr(".\"'`*?\\", parts[k].ptr[i]))
				return false;
		}
		if (parts[k].len > NAME_BYTES_MAX || slice_trim(parts[k]).len != parts[k].len)
			return false;
	}
	return !slice_eq(o->name, SLICE("<<")); /* means something to YAML, quoted or not */
}

static void put_name(struct buf *out, const struct object *o)
{
	buf_addc(out, '"');
	if (o->schema.len) {
		buf_add(out, o->schema);
		buf_addc(out, '.');
	}
	buf_add(out, o->name);
	buf_addc(out, '"');
}

static void put_comment(struct buf *out, const struct object *o, const char *why)
{
	buf_adds(out, "  # ");
	if (o->schema.len)
		buf_printf(out, "%s.", slice_quote(o->schema));
	buf_printf(out, "%s: %s\n", slice_quote(o->name), why);
}

/* What one entry names; room for every object of the catalog. */
struct bases {
	struct object **v;
	size_t n;
	bool cut;
};

static void add_bases(struct catalog *c, const struct object *o, bool partitions, struct bases *to)
{
	const struct objects *from = partitions ? &o->children : &o->reads;

	to->cut |= from->cut;
	for (size_t i = 0; i < from->n; i++) {
		if (from->v[i]->walk == c->walk)
			continue;
		from->v[i]->walk = c->walk;
		to->v[to->n++] = from->v[i];
	}
}

/* What an entry names: what o reads, and in place of a name that no policy can hold what is behind that one. */
static void gather_bases(struct catalog *c, struct object *o, bool partitions, struct bases *to, struct buf *out,
			 struct catalog_summary *sum)
{
	size_t named = 0;

	o->walk = ++c->walk; /* not itself */
	to->n = 0;
	to->cut = false;
	add_bases(c, o, partitions, to);
	for (size_t i = 0; i < to->n; i++) {
		if (can_be_named(to->v[i])) {
			to->v[named++] = to->v[i];
			continue;
		}
		put_comment(out, to->v[i], "read by the next, which is told to read what is behind it: a policy cannot hold this name");
		sum->unnamed++;
		add_bases(c, to->v[i], partitions, to);
	}
	to->n = named < CONFIG_LIST_MAX ? named : CONFIG_LIST_MAX;
	to->cut |= to->n < named;
	if (to->cut) {
		put_comment(out, o, "reads more than can be listed");
		sum->unseen++;
	}
}

static bool put_entry(struct buf *out, const struct object *o, const struct bases *bases)
{
	if (!bases->n)
		return false;
	buf_adds(out, "  ");
	put_name(out, o);
	for (size_t i = 0; i < bases->n; i++) {
		buf_adds(out, i ? ", " : ": [");
		put_name(out, bases->v[i]);
	}
	buf_adds(out, "]\n");
	return true;
}

static size_t put_section(struct catalog *c, bool partitions, struct bases *bases, struct buf *out, struct catalog_summary *sum)
{
	size_t entries = 0, at = out->len;

	buf_adds(out, partitions ? "partitions:\n" : "views:\n");
	for (size_t i = 0; i < c->n; i++) {
		struct object *o = c->v[i];

		if (!partitions && o->unseen) {
			put_comment(out, o, o->unseen);
			sum->unseen++;
		}
		if (!(partitions ? o->children.n : o->reads.n))
			continue;
		if (!can_be_named(o)) {
			put_comment(out, o, "a policy cannot hold this name");
			sum->unnamed++;
			continue;
		}
		gather_bases(c, o, partitions, bases, out, sum);
		qsort(bases->v, bases->n, sizeof(struct object *), by_name);
		entries += put_entry(out, o, bases);
	}
	if (!entries && !out->err) { /* an empty map is no YAML map: keep only what was said about it */
		memset(out->ptr + at, ' ', partitions ? strlen("partitions:") : strlen("views:"));
		out->ptr[at] = '#';
	}
	return entries;
}

void catalog_write(struct catalog *c, struct buf *out, struct catalog_summary *ret)
{
	struct bases bases = { .v = arena_array(&c->arena, c->n + 1, sizeof(struct object *)) };

	*ret = (struct catalog_summary){ 0 };
	if (!bases.v) {
		out->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		ret->relations += c->v[i]->is_relation;
		ret->functions += c->v[i]->is_function;
	}
	if (c->n)
		qsort(c->v, c->n, sizeof(struct object *), by_name);
	ret->views = put_section(c, false, &bases, out, ret);
	ret->partitions = put_section(c, true, &bases, out, ret);
}
