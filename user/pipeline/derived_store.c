// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Relations made from sensitive ones that stay: written out (base/pack.h: whether it is the last state of its writer, then the entries),
 * read again, listed and taken out. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "identity/identity.h"
#include "pipeline/derived.h"

#define MAGIC "QPROVDER"
#define VERSION 1

enum { FLAG_VIEW = 1, FLAG_ROUTINE = 2, FLAG_SCHEMA = 4, FLAGS = 7 };

void sessions_clock(struct sessions *s, uint64_t wall_offset_ns)
{
	s->wall_offset_ns = wall_offset_ns;
}

uint64_t sessions_kept_changes(const struct sessions *s)
{
	return s->memory_changes;
}

static void put_name(struct buf *out, const struct name *n)
{
	pack_text(out, n->catalog);
	pack_text(out, n->schema);
	pack_text(out, n->name);
}

static void put(struct buf *out, const struct derived *d)
{
	pack_u64(out, d->system);
	pack_u64(out, (d->view ? FLAG_VIEW : 0) | (d->routine ? FLAG_ROUTINE : 0) | (d->schema ? FLAG_SCHEMA : 0));
	pack_text(out, d->where);
	pack_u64(out, d->made.loginuid);
	pack_u64(out, d->made.uid);
	pack_u64(out, d->made.wall_ns);
	pack_text(out, d->made.name);
	put_name(out, &d->name);
	pack_u64(out, d->nbases);
	for (size_t i = 0; i < d->nbases; i++)
		put_name(out, &d->base[i]);
}

/* The longest unused first, so that reading them gives the same order. */
void sessions_save(struct sessions *s, const struct identity *names, bool last, struct buf *out)
{
	size_t start = pack_begin(out, MAGIC);
	uint64_t n = 0;

	pack_u64(out, last);
	for (struct list *l = s->memory_lru.next; l != &s->memory_lru; l = l->next) {
		struct derived *d = LIST_ENTRY(l, struct derived, lru);

		if (!d->made.name.len && names && d->made.loginuid != REC_UNSET_ID)
			(void)derived_set_maker(d, identity_user_name(names, d->made.loginuid)); /* the uid is there anyway */
		put(out, d);
		n++;
	}
	pack_end(out, start, VERSION, n);
}

static struct name get_name(struct unpack *u)
{
	struct name n;

	n.catalog = unpack_text(u, NAME_MAX_BYTES);
	n.schema = unpack_text(u, NAME_MAX_BYTES);
	n.name = unpack_text(u, NAME_MAX_BYTES);
	u->bad |= !n.name.len || derived_name_bytes(&n) > NAME_MAX_BYTES;
	return n;
}

static void get(struct unpack *u, struct derived *d)
{
	uint64_t flags;

	*d = (struct derived){ .system = (enum client_system)unpack_max(u, SYSTEM_COUNT - 1) };
	flags = unpack_max(u, FLAGS);
	d->view = flags & FLAG_VIEW;
	d->routine = flags & FLAG_ROUTINE;
	d->schema = flags & FLAG_SCHEMA;
	d->where = unpack_text(u, WHERE_MAX);
	d->made.loginuid = (uint32_t)unpack_max(u, UINT32_MAX);
	d->made.uid = (uint32_t)unpack_max(u, UINT32_MAX);
	d->made.wall_ns = unpack_u64(u);
	d->made.name = unpack_text(u, MAKER_MAX);
	d->name = get_name(u);
	d->nbases = unpack_max(u, BASES_MAX);
	u->bad |= !d->nbases;
	for (size_t i = 0; i < d->nbases && !u->bad; i++)
		d->base[i] = get_name(u);
}

int sessions_load(struct sessions *s, struct slice in)
{
	struct unpack u, check;
	struct derived d;
	int err = unpack_open(&u, in, MAGIC, VERSION, DERIVED_MAX);
	bool last;

	if (err)
		return err;
	last = unpack_max(&u, 1);
	check = u;
	for (uint64_t i = 0; i < check.entries && !check.bad; i++)
		get(&check, &d);
	if (check.bad || check.in.len)
		return -EBADMSG;
	for (uint64_t i = 0; i < u.entries; i++) {
		get(&u, &d);
		derived_insert(s, &d);
	}
	return !last;
}

/* ---- for people ---- */

struct text {
	char bytes[NAME_MAX_BYTES + 2];
};

static struct slice join(const struct name *n, struct text *t)
{
	struct buf b = { .ptr = t->bytes, .cap = sizeof(t->bytes), .max = sizeof(t->bytes) };

	if (n->catalog.len) {
		buf_add(&b, n->catalog);
		buf_addc(&b, '.');
	}
	if (n->schema.len) {
		buf_add(&b, n->schema);
		buf_addc(&b, '.');
	}
	buf_add(&b, n->name);
	return buf_slice(&b);
}

static void tell(const struct derived *d, sessions_kept_fn fn, void *ctx)
{
	struct slice bases[BASES_MAX];
	struct text texts[BASES_MAX + 1];

	for (size_t i = 0; i < d->nbases; i++)
		bases[i] = join(&d->base[i], &texts[i]);
	fn(ctx, &(struct sessions_kept){ .system = d->system,
					 .where = d->where,
					 .name = join(&d->name, &texts[BASES_MAX]),
					 .bases = bases,
					 .nbases = d->nbases,
					 .view = d->view,
					 .routine = d->routine,
					 .loginuid = d->made.loginuid,
					 .uid = d->made.uid,
					 .user = d->made.name,
					 .made_ns = d->made.wall_ns });
}

void sessions_each_kept(const struct sessions *s, sessions_kept_fn fn, void *ctx)
{
	for (const struct list *l = s->memory_lru.next; l != &s->memory_lru; l = l->next)
		tell(LIST_ENTRY(l, const struct derived, lru), fn, ctx);
}

/* The whole name, or what stands behind one of its dots. */
static bool ends_with_name(struct slice whole, struct slice name)
{
	struct slice rest = slice_skip(whole, whole.len - (name.len < whole.len ? name.len : whole.len));

	return name.len && slice_ieq(rest, name) && (rest.len == whole.len || whole.ptr[whole.len - rest.len - 1] == '.');
}

size_t sessions_forget(struct sessions *s, struct slice name)
{
	struct list *next;
	struct text t;
	size_t n = 0;

	for (struct list *l = s->memory_lru.next; l != &s->memory_lru; l = next) {
		struct derived *d = LIST_ENTRY(l, struct derived, lru);

		next = l->next;
		if (!ends_with_name(join(&d->name, &t), name))
			continue;
		derived_forget(s, d);
		n++;
	}
	return n;
}
