// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/repetition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "evidence/repetition_priv.h"

/* What an entry takes when it is written out, about: the same bytes bound the memory. */
#define ENTRY_BYTES 128

int repetition_new(struct repetition **ret)
{
	struct repetition *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	hmap_init(&r->map);
	list_init(&r->lru);
	*ret = r;
	return 0;
}

static size_t bytes_of(const struct node *n)
{
	return ENTRY_BYTES + n->e.system.len + n->e.table.len + n->e.subject.len + (n->days.n + n->hours.n) * sizeof(*n->days.v) +
	       n->nseen * sizeof(*n->seen) + n->ntold * sizeof(*n->told);
}

static void forget(struct repetition *r, struct node *n)
{
	r->bytes -= bytes_of(n);
	hmap_del(&r->map, &n->node);
	list_del(&n->lru);
	free(n->days.v);
	free(n->hours.v);
	free(n->seen);
	free(n->told);
	free(n->name);
	free(n->text);
	free(n);
}

void repetition_clear(struct repetition *r)
{
	while (!list_empty(&r->lru))
		forget(r, LIST_ENTRY(r->lru.next, struct node, lru));
}

void repetition_free(struct repetition *r)
{
	if (!r)
		return;
	repetition_clear(r);
	hmap_done(&r->map);
	free(r);
}

uint64_t repetition_hash(struct slice s)
{
	unsigned char h[crypto_generichash_BYTES_MIN];
	uint64_t v;

	crypto_generichash(h, sizeof(h), (const unsigned char *)s.ptr, s.len, (const unsigned char *)"repetition", 10);
	memcpy(&v, h, sizeof(v));
	return v;
}

static uint64_t key_hash(bool human, uint32_t uid, struct slice table, struct slice subject)
{
	return hash_u64(uid, human) ^ slice_hash(table) ^ (subject.len ? slice_hash(subject) * 3 : 0);
}

struct node *repetition_find(const struct repetition *r, bool human, uint32_t uid, struct slice system, struct slice table,
			     struct slice subject)
{
	for (struct hnode *h = hmap_first(&r->map, key_hash(human, uid, table, subject)); h; h = hmap_next(h)) {
		struct node *n = CONTAINER_OF(h, struct node, node);

		if (n->e.human == human && n->e.uid == uid && slice_eq(n->e.table, table) && slice_eq(n->e.system, system) &&
		    slice_eq(n->e.subject, subject))
			return n;
	}
	return NULL;
}

static struct slice place(char **at, struct slice s)
{
	char *p = *at;

	if (!s.len)
		return SLICE_NONE;
	memcpy(p, s.ptr, s.len);
	*at += s.len;
	return slice_mem(p, s.len);
}

struct node *repetition_insert(struct repetition *r, bool human, uint32_t uid, struct slice system, struct slice table,
			       struct slice subject)
{
	struct node *n = calloc(1, sizeof(*n));
	char *at;

	if (!n)
		return NULL;
	at = n->text = malloc(system.len + table.len + subject.len + 1);
	if (!at || hmap_add(&r->map, &n->node, key_hash(human, uid, table, subject))) {
		free(n->text);
		free(n);
		return NULL;
	}
	n->e.human = human;
	n->e.uid = uid;
	n->e.system = place(&at, system);
	n->e.table = place(&at, table);
	n->e.subject = place(&at, subject);
	list_add_tail(&r->lru, &n->lru);
	r->bytes += bytes_of(n);
	return n;
}

int repetition_set_name(struct repetition *r, struct node *n, struct slice name)
{
	char *copy;

	(void)r;
	if (!name.len || slice_eq(n->e.name, name))
		return 0;
	copy = malloc(name.len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, name.ptr, name.len);
	free(n->name);
	n->name = copy;
	n->e.name = slice_mem(copy, name.len);
	return 0;
}

/* An array that doubles. */
static void *grow(void *v, unsigned n, unsigned *cap, size_t size)
{
	unsigned fresh = *cap ? *cap * 2 : 4;
	void *p;

	if (n < *cap)
		return v;
	p = realloc(v, fresh * size);
	if (p)
		*cap = fresh;
	return p;
}

void repetition_sync(struct node *n)
{
	n->e.days = n->days.v;
	n->e.ndays = n->days.n;
	n->e.hours = n->hours.v;
	n->e.nhours = n->hours.n;
	n->e.subjects = (uint64_t)n->nseen << n->level;
	n->e.subjects_estimated = n->level != 0;
}

struct repetition_bucket *repetition_push_bucket(struct repetition *r, struct node *n, struct buckets *b, unsigned max)
{
	struct repetition_bucket *v;

	if (b->n == max) {
		memmove(b->v, b->v + 1, (b->n - 1) * sizeof(*b->v));
		b->n--;
		r->bytes -= sizeof(*v);
	}
	v = grow(b->v, b->n, &b->cap, sizeof(*v));
	if (!v)
		return NULL;
	b->v = v;
	v += b->n++;
	r->bytes += sizeof(*v);
	*v = (struct repetition_bucket){ 0 };
	repetition_sync(n);
	return v;
}

struct seen_subject *repetition_push_seen(struct repetition *r, struct node *n)
{
	struct seen_subject *v = grow(n->seen, n->nseen, &n->seen_cap, sizeof(*v));

	if (!v)
		return NULL;
	n->seen = v;
	v += n->nseen++;
	r->bytes += sizeof(*v);
	*v = (struct seen_subject){ 0 };
	repetition_sync(n);
	return v;
}

struct told *repetition_push_told(struct repetition *r, struct node *n)
{
	struct told *v = realloc(n->told, (n->ntold + 1) * sizeof(*v));

	if (!v)
		return NULL;
	n->told = v;
	v += n->ntold++;
	r->bytes += sizeof(*v);
	*v = (struct told){ 0 };
	return v;
}

void repetition_evict(struct repetition *r, const struct node *keep)
{
	while (r->map.count > REPETITION_ENTRIES_MAX || r->bytes > REPETITION_BYTES_MAX) {
		struct node *n = LIST_ENTRY(r->lru.next, struct node, lru);

		if (n == keep && r->map.count > 1)
			n = LIST_ENTRY(n->lru.next, struct node, lru);
		if (n == keep)
			return;
		forget(r, n);
		r->evictions++;
	}
}

/* ---- walks ---- */

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	int v = x->e.human != y->e.human ? (x->e.human ? -1 : 1) : 0;

	if (!v && x->e.uid != y->e.uid)
		v = x->e.uid < y->e.uid ? -1 : 1;
	if (!v)
		v = slice_cmp(x->e.table, y->e.table);
	if (!v)
		v = slice_cmp(x->e.system, y->e.system);
	return v ? v : slice_cmp(x->e.subject, y->e.subject);
}

/* Sorted, so that equal records give equal lines: the map has an order of its own in each process. */
static struct node **sorted(const struct repetition *r, const struct repetition_entry *table, bool period, size_t *ret_n)
{
	struct node **v = calloc(r->map.count + 1, sizeof(*v));
	size_t n = 0;

	for (struct hnode *h = hmap_walk(&r->map, NULL); v && h; h = hmap_walk(&r->map, h)) {
		struct node *one = CONTAINER_OF(h, struct node, node);

		if (period && (one->e.subject.len || !one->e.period_queries))
			continue;
		if (table && (!one->e.subject.len || one->e.human != table->human || one->e.uid != table->uid ||
			      !slice_eq(one->e.table, table->table) || !slice_eq(one->e.system, table->system)))
			continue;
		v[n++] = one;
	}
	if (v)
		qsort(v, n, sizeof(*v), by_key);
	*ret_n = n;
	return v;
}

size_t repetition_period(struct repetition *r, repetition_fn fn, void *ctx)
{
	size_t n = 0;
	struct node **v = sorted(r, NULL, true, &n);

	for (size_t i = 0; v && i < n; i++)
		fn(ctx, &v[i]->e, NULL, NULL);
	for (struct hnode *h = hmap_walk(&r->map, NULL); h; h = hmap_walk(&r->map, h)) {
		struct node *one = CONTAINER_OF(h, struct node, node);

		one->e.period_queries = one->e.period_rows = 0;
	}
	r->changes += n != 0;
	free(v);
	return n;
}

void repetition_subjects(const struct repetition *r, const struct repetition_entry *table, repetition_fn fn, void *ctx)
{
	size_t n = 0;
	struct node **v = sorted(r, table, false, &n);

	for (size_t i = 0; v && i < n; i++)
		fn(ctx, &v[i]->e, NULL, NULL);
	free(v);
}

uint64_t repetition_evictions(const struct repetition *r)
{
	return r->evictions;
}

size_t repetition_count(const struct repetition *r)
{
	return r->map.count;
}

uint64_t repetition_changes(const struct repetition *r)
{
	return r->changes;
}
