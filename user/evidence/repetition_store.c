// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * How repetition is kept (base/pack.h): whether it is the last state of its writer, then the entries, the longest unseen first. Version 1
 * knew no hours and no writer, and is read as well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pack.h"
#include "evidence/repetition_priv.h"

#define MAGIC "QPROVREP"
#define VERSION 2
#define LEVEL_MAX 48 /* 2^48 times what is kept */

static void put_buckets(struct buf *out, const struct buckets *b)
{
	pack_u64(out, b->n);
	for (unsigned i = 0; i < b->n; i++) {
		pack_u64(out, (uint64_t)b->v[i].at << 32 | b->v[i].queries);
		pack_u64(out, b->v[i].rows);
	}
}

static void put_node(struct buf *out, const struct node *n)
{
	pack_u64(out, (uint64_t)n->e.human << 32 | n->e.uid);
	pack_text(out, n->e.name);
	pack_text(out, n->e.system);
	pack_text(out, n->e.table);
	pack_text(out, n->e.subject);
	pack_u64(out, n->e.queries);
	pack_u64(out, n->e.rows);
	pack_u64(out, n->e.first_ns);
	pack_u64(out, n->e.last_ns);
	pack_u64(out, n->e.period_queries);
	pack_u64(out, n->e.period_rows);
	pack_u64(out, n->level);
	put_buckets(out, &n->days);
	put_buckets(out, &n->hours);
	pack_u64(out, n->nseen);
	for (unsigned i = 0; i < n->nseen; i++) {
		pack_u64(out, n->seen[i].hash);
		pack_u64(out, n->seen[i].hour);
	}
	pack_u64(out, n->ntold);
	for (unsigned i = 0; i < n->ntold; i++) {
		pack_u64(out, n->told[i].threshold);
		pack_u64(out, n->told[i].value);
	}
}

void repetition_save(const struct repetition *r, bool last, struct buf *out)
{
	size_t start = pack_begin(out, MAGIC);

	pack_u64(out, last);
	for (const struct list *l = r->lru.next; l != &r->lru; l = l->next)
		put_node(out, LIST_ENTRY(l, struct node, lru));
	pack_end(out, start, VERSION, r->map.count);
}

/* ---- reading ---- */

static int get_buckets(struct repetition *rep, struct node *n, struct buckets *b, unsigned max, struct unpack *r)
{
	uint64_t count = unpack_max(r, max);
	uint32_t last = 0;

	while (count-- && !r->bad) {
		uint64_t both = unpack_u64(r), rows = unpack_u64(r);
		struct repetition_bucket *d;

		if ((uint32_t)(both >> 32) <= last) {
			r->bad = true;
			break;
		}
		d = repetition_push_bucket(rep, n, b, max);
		if (!d)
			return -ENOMEM;
		*d = (struct repetition_bucket){ .at = last = (uint32_t)(both >> 32), .queries = (uint32_t)both, .rows = rows };
	}
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = ((const struct seen_subject *)a)->hash, y = ((const struct seen_subject *)b)->hash;

	return (x > y) - (x < y);
}

static int get_lists(struct repetition *rep, struct node *n, struct unpack *r)
{
	uint64_t count = unpack_max(r, REPETITION_SEEN_MAX);

	while (count-- && !r->bad) {
		struct seen_subject *s = repetition_push_seen(rep, n);

		if (!s)
			return -ENOMEM;
		s->hash = unpack_u64(r);
		s->hour = (uint32_t)unpack_max(r, UINT32_MAX);
		if (r->version == 1)
			s->hour = s->hour < UINT32_MAX / 24 ? s->hour * 24 + 23 : 0; /* it was the day */
	}
	if (r->version == 1 && n->nseen)
		qsort(n->seen, n->nseen, sizeof(*n->seen), by_hash);
	for (unsigned i = 0; i < n->nseen; i++)
		r->bad |= (n->seen[i].hash & ((1ull << n->level) - 1)) || (i && n->seen[i - 1].hash >= n->seen[i].hash);
	count = unpack_max(r, REPETITION_THRESHOLDS_MAX);
	while (count-- && !r->bad) {
		struct told *t = repetition_push_told(rep, n);

		if (!t)
			return -ENOMEM;
		t->threshold = unpack_u64(r);
		t->value = unpack_u64(r);
	}
	return 0;
}

static int get_node(struct repetition *rep, struct unpack *r)
{
	uint64_t who = unpack_max(r, 1ull << 32 | UINT32_MAX);
	struct slice name = unpack_text(r, REPETITION_NAME_MAX), system = unpack_text(r, REPETITION_NAME_MAX);
	struct slice table = unpack_text(r, REPETITION_TABLE_MAX), subject = unpack_text(r, REPETITION_NAME_MAX);
	struct node *n;
	int err;

	if (r->bad || repetition_find(rep, who >> 32, (uint32_t)who, system, table, subject))
		return -EBADMSG;
	n = repetition_insert(rep, who >> 32, (uint32_t)who, system, table, subject);
	if (!n || repetition_set_name(rep, n, name))
		return -ENOMEM;
	n->e.queries = unpack_u64(r);
	n->e.rows = unpack_u64(r);
	n->e.first_ns = unpack_u64(r);
	n->e.last_ns = unpack_u64(r);
	n->e.period_queries = unpack_u64(r);
	n->e.period_rows = unpack_u64(r);
	n->level = (unsigned)unpack_max(r, LEVEL_MAX);
	if (r->version == 1)
		n->level = 0; /* it was that there were more */
	err = get_buckets(rep, n, &n->days, REPETITION_DAYS_MAX, r);
	if (!err && r->version > 1)
		err = get_buckets(rep, n, &n->hours, REPETITION_HOURS_MAX, r);
	if (!err)
		err = get_lists(rep, n, r);
	repetition_sync(n);
	return err ? err : r->bad ? -EBADMSG : 0;
}

int repetition_load(struct repetition *rep, struct slice in)
{
	struct unpack r;
	int err = unpack_open(&r, in, MAGIC, VERSION, REPETITION_ENTRIES_MAX);
	bool last = true;

	if (err)
		return err;
	if (r.version > 1)
		last = unpack_max(&r, 1);
	while (r.entries-- && !err)
		err = get_node(rep, &r);
	if (!err && (r.in.len || r.bad))
		err = -EBADMSG;
	if (err)
		repetition_clear(rep);
	else
		repetition_evict(rep, NULL);
	return err ? err : !last;
}
