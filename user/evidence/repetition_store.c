// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The form in which repetition is kept: a header (magic, version, number of entries, bytes behind it, SHA-256 of those), then whether it is
 * the last state of its writer, and the entries, the longest unseen first. Version 1 knew no hours and no writer, and is read as well.
 * Numbers are little-endian 64 bit, texts a length and their bytes. Foreign input: every length is checked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "evidence/repetition_priv.h"

#define MAGIC "QPROVREP"
#define VERSION 2
#define LEVEL_MAX 48 /* 2^48 times what is kept */

struct header {
	char magic[8];
	uint64_t version;
	uint64_t entries;
	uint64_t bytes;
	unsigned char sha256[crypto_hash_sha256_BYTES];
};

static void put(struct buf *out, uint64_t v)
{
	unsigned char b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	buf_add(out, slice_mem(b, sizeof(b)));
}

static void put_text(struct buf *out, struct slice s)
{
	put(out, s.len);
	buf_add(out, s);
}

static void put_buckets(struct buf *out, const struct buckets *b)
{
	put(out, b->n);
	for (unsigned i = 0; i < b->n; i++) {
		put(out, (uint64_t)b->v[i].at << 32 | b->v[i].queries);
		put(out, b->v[i].rows);
	}
}

static void put_node(struct buf *out, const struct node *n)
{
	put(out, (uint64_t)n->e.human << 32 | n->e.uid);
	put_text(out, n->e.name);
	put_text(out, n->e.system);
	put_text(out, n->e.table);
	put_text(out, n->e.subject);
	put(out, n->e.queries);
	put(out, n->e.rows);
	put(out, n->e.first_ns);
	put(out, n->e.last_ns);
	put(out, n->e.period_queries);
	put(out, n->e.period_rows);
	put(out, n->level);
	put_buckets(out, &n->days);
	put_buckets(out, &n->hours);
	put(out, n->nseen);
	for (unsigned i = 0; i < n->nseen; i++) {
		put(out, n->seen[i].hash);
		put(out, n->seen[i].hour);
	}
	put(out, n->ntold);
	for (unsigned i = 0; i < n->ntold; i++) {
		put(out, n->told[i].threshold);
		put(out, n->told[i].value);
	}
}

void repetition_save(const struct repetition *r, bool last, struct buf *out)
{
	struct header h = { .magic = MAGIC };
	size_t start = out->len, body;
	struct buf head;

	buf_add(out, slice_mem(&h, sizeof(h)));
	body = out->len;
	put(out, last);
	for (const struct list *l = r->lru.next; l != &r->lru; l = l->next)
		put_node(out, LIST_ENTRY(l, struct node, lru));
	if (out->err)
		return;
	crypto_hash_sha256(h.sha256, (const unsigned char *)out->ptr + body, out->len - body);
	head = (struct buf){ .ptr = out->ptr + start, .len = sizeof(h.magic), .cap = sizeof(h), .max = sizeof(h) };
	put(&head, VERSION);
	put(&head, r->map.count);
	put(&head, out->len - body);
	buf_add(&head, slice_mem(h.sha256, sizeof(h.sha256)));
}

/* ---- reading: bad is sticky, and zeros come after it ---- */

struct reader {
	struct slice in;
	bool bad;
	uint64_t version;
};

static uint64_t get(struct reader *r)
{
	uint64_t v = 0;

	if (r->in.len < 8) {
		r->bad = true;
		return 0;
	}
	for (int i = 7; i >= 0; i--)
		v = v << 8 | (unsigned char)r->in.ptr[i];
	r->in = slice_skip(r->in, 8);
	return v;
}

static uint64_t get_max(struct reader *r, uint64_t max)
{
	uint64_t v = get(r);

	if (v <= max)
		return v;
	r->bad = true;
	return 0;
}

static struct slice get_text(struct reader *r, size_t max)
{
	size_t n = get_max(r, max);
	struct slice s;

	if (n > r->in.len) {
		r->bad = true;
		return SLICE_NONE;
	}
	s = n ? slice_head(r->in, n) : SLICE_NONE;
	r->in = slice_skip(r->in, n);
	return s;
}

static int get_buckets(struct repetition *rep, struct node *n, struct buckets *b, unsigned max, struct reader *r)
{
	uint64_t count = get_max(r, max);
	uint32_t last = 0;

	while (count-- && !r->bad) {
		uint64_t both = get(r), rows = get(r);
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

static int get_lists(struct repetition *rep, struct node *n, struct reader *r)
{
	uint64_t count = get_max(r, REPETITION_SEEN_MAX);

	while (count-- && !r->bad) {
		struct seen_subject *s = repetition_push_seen(rep, n);

		if (!s)
			return -ENOMEM;
		s->hash = get(r);
		s->hour = (uint32_t)get_max(r, UINT32_MAX);
		if (r->version == 1)
			s->hour = s->hour < UINT32_MAX / 24 ? s->hour * 24 + 23 : 0; /* it was the day */
	}
	if (r->version == 1 && n->nseen)
		qsort(n->seen, n->nseen, sizeof(*n->seen), by_hash);
	for (unsigned i = 0; i < n->nseen; i++)
		r->bad |= (n->seen[i].hash & ((1ull << n->level) - 1)) || (i && n->seen[i - 1].hash >= n->seen[i].hash);
	count = get_max(r, REPETITION_THRESHOLDS_MAX);
	while (count-- && !r->bad) {
		struct told *t = repetition_push_told(rep, n);

		if (!t)
			return -ENOMEM;
		t->threshold = get(r);
		t->value = get(r);
	}
	return 0;
}

static int get_node(struct repetition *rep, struct reader *r)
{
	uint64_t who = get_max(r, 1ull << 32 | UINT32_MAX);
	struct slice name = get_text(r, REPETITION_NAME_MAX), system = get_text(r, REPETITION_NAME_MAX);
	struct slice table = get_text(r, REPETITION_TABLE_MAX), subject = get_text(r, REPETITION_NAME_MAX);
	struct node *n;
	int err;

	if (r->bad || repetition_find(rep, who >> 32, (uint32_t)who, system, table, subject))
		return -EBADMSG;
	n = repetition_insert(rep, who >> 32, (uint32_t)who, system, table, subject);
	if (!n || repetition_set_name(rep, n, name))
		return -ENOMEM;
	n->e.queries = get(r);
	n->e.rows = get(r);
	n->e.first_ns = get(r);
	n->e.last_ns = get(r);
	n->e.period_queries = get(r);
	n->e.period_rows = get(r);
	n->level = (unsigned)get_max(r, LEVEL_MAX);
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

static bool header_ok(const struct header *h, struct slice body, uint64_t *ret_entries, uint64_t *ret_version)
{
	struct reader r = { .in = slice_mem((const char *)h + sizeof(h->magic), sizeof(*h) - sizeof(h->magic)) };
	unsigned char sha256[crypto_hash_sha256_BYTES];

	*ret_version = get(&r);
	*ret_entries = get_max(&r, REPETITION_ENTRIES_MAX);
	if (memcmp(h->magic, MAGIC, sizeof(h->magic)) != 0 || !*ret_version || *ret_version > VERSION || r.bad || get(&r) != body.len)
		return false;
	crypto_hash_sha256(sha256, (const unsigned char *)body.ptr, body.len);
	return memcmp(sha256, h->sha256, sizeof(sha256)) == 0;
}

int repetition_load(struct repetition *rep, struct slice in)
{
	struct reader r = { .in = slice_skip(in, sizeof(struct header)) };
	uint64_t entries = 0;
	bool last = true;
	struct header h;
	int err = 0;

	if (in.len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, in.ptr, sizeof(h));
	if (!header_ok(&h, r.in, &entries, &r.version))
		return -EBADMSG;
	if (r.version > 1)
		last = get_max(&r, 1);
	while (entries-- && !err)
		err = get_node(rep, &r);
	if (!err && (r.in.len || r.bad))
		err = -EBADMSG;
	if (err)
		repetition_clear(rep);
	else
		repetition_evict(rep, NULL);
	return err ? err : !last;
}
