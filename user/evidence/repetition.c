// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/repetition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "evidence/repetition_priv.h"
#include "policy/relation.h"

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
	return ENTRY_BYTES + n->e.system.len + n->e.table.len + n->e.subject.len + n->e.ndays * sizeof(*n->days) +
	       n->nseen * sizeof(*n->seen) + n->ntold * sizeof(*n->told);
}

static void forget(struct repetition *r, struct node *n)
{
	r->bytes -= bytes_of(n);
	hmap_del(&r->map, &n->node);
	list_del(&n->lru);
	free(n->days);
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

struct repetition_day *repetition_push_day(struct repetition *r, struct node *n)
{
	struct repetition_day *v;

	if (n->e.ndays == REPETITION_DAYS_MAX) {
		memmove(n->days, n->days + 1, (n->e.ndays - 1) * sizeof(*n->days));
		n->e.ndays--;
		r->bytes -= sizeof(*v);
	}
	v = grow(n->days, n->e.ndays, &n->days_cap, sizeof(*v));
	if (!v)
		return NULL;
	n->e.days = n->days = v;
	v += n->e.ndays++;
	r->bytes += sizeof(*v);
	*v = (struct repetition_day){ 0 };
	return v;
}

struct seen_subject *repetition_push_seen(struct repetition *r, struct node *n)
{
	struct seen_subject *v = grow(n->seen, n->nseen, &n->seen_cap, sizeof(*v));

	if (!v)
		return NULL;
	n->seen = v;
	v += n->nseen++;
	n->e.subjects = n->nseen;
	r->bytes += sizeof(*v);
	*v = (struct seen_subject){ 0 };
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

/* ---- one access ---- */

/* Records come nearly in order; one of an earlier day goes to its day, or to the last one when that day is not there. */
static struct repetition_day *day_of(struct repetition *r, struct node *n, uint32_t day)
{
	struct repetition_day *d;

	for (unsigned i = n->e.ndays; i > 0; i--)
		if (n->days[i - 1].day <= day) {
			if (n->days[i - 1].day == day)
				return &n->days[i - 1];
			break;
		}
	if (n->e.ndays && n->days[n->e.ndays - 1].day > day)
		return &n->days[n->e.ndays - 1];
	while (n->e.ndays && day - n->days[0].day >= REPETITION_DAYS_MAX) {
		memmove(n->days, n->days + 1, (n->e.ndays - 1) * sizeof(*n->days));
		n->e.ndays--;
		r->bytes -= sizeof(*d);
	}
	d = repetition_push_day(r, n);
	if (d)
		d->day = day;
	return d;
}

static int count(struct repetition *r, struct node *n, const struct repetition_access *a)
{
	struct repetition_day *d = day_of(r, n, (uint32_t)(a->wall_ns / NS_PER_DAY));

	if (!d)
		return -ENOMEM;
	d->queries += d->queries != UINT32_MAX;
	d->rows += a->rows;
	n->e.queries++;
	n->e.rows += a->rows;
	n->e.period_queries++;
	n->e.period_rows += a->rows;
	if (!n->e.first_ns || a->wall_ns < n->e.first_ns)
		n->e.first_ns = a->wall_ns;
	if (a->wall_ns > n->e.last_ns)
		n->e.last_ns = a->wall_ns;
	list_move_tail(&r->lru, &n->lru);
	return repetition_set_name(r, n, slice_head(a->who.name, REPETITION_NAME_MAX));
}

static int see_subject(struct repetition *r, struct node *n, struct slice id, uint32_t day)
{
	uint64_t hash = repetition_hash(id);
	struct seen_subject *s;

	for (unsigned i = 0; i < n->nseen; i++)
		if (n->seen[i].hash == hash) {
			n->seen[i].day = day > n->seen[i].day ? day : n->seen[i].day;
			return 0;
		}
	if (n->nseen == REPETITION_SUBJECTS_MAX) {
		n->e.subjects_more = true;
		return 0;
	}
	s = repetition_push_seen(r, n);
	if (!s)
		return -ENOMEM;
	s->hash = hash;
	s->day = day;
	return 0;
}

void repetition_window(const struct repetition_entry *e, uint32_t day, unsigned days, struct repetition_window *ret)
{
	const struct node *n = CONTAINER_OF(e, struct node, e);
	struct repetition_window w = { .subjects_more = e->subjects_more };

	for (unsigned i = e->ndays; i > 0 && e->days[i - 1].day + days > day; i--) {
		w.queries += e->days[i - 1].queries;
		w.rows += e->days[i - 1].rows;
	}
	for (unsigned i = 0; i < n->nseen; i++)
		w.subjects += n->seen[i].day + days > day;
	*ret = w;
}

static bool concerns(const struct config_threshold *t, const struct repetition_entry *e, const struct sql_relation *relation)
{
	struct slice name = e->human ? e->name : SLICE("unset");
	bool user = !t->user.n, table = !t->tables.n;

	if (t->per_subject != (e->subject.len != 0))
		return false;
	for (size_t i = 0; i < t->user.n && !user; i++)
		user = name.len && slice_glob(t->user.v[i], name, false);
	for (size_t i = 0; i < t->tables.n && !table && relation; i++) {
		struct rel_pattern p = rel_pattern_parse(t->tables.v[i]);

		table = rel_pattern_match(&p, relation, REL_SUSPECT);
	}
	return user && table;
}

/* How far beyond, in hundredths of the limit that is exceeded most; 0: none is reached. */
static uint64_t excess(const struct config_threshold *t, const struct repetition_window *w)
{
	uint64_t best = 0, v;

	if (t->queries && (v = w->queries * 100 / t->queries) > best)
		best = v;
	if (t->rows && (v = (w->rows / t->rows > UINT64_MAX / 200 ? UINT64_MAX / 2 : w->rows * 100 / t->rows)) > best)
		best = v;
	if (t->subjects && (v = w->subjects * 100ull / t->subjects) > best)
		best = v;
	return best >= 100 ? best : 0;
}

static int check(struct repetition *r, struct node *n, uint32_t day, const struct config_threshold *t, repetition_fn fn, void *ctx)
{
	uint64_t hash = repetition_hash(t->name), now;
	struct repetition_window w;
	struct told *told = NULL;

	repetition_window(&n->e, day, t->days, &w);
	now = excess(t, &w);
	for (unsigned i = 0; i < n->ntold; i++)
		if (n->told[i].threshold == hash)
			told = &n->told[i];
	if (!now) {
		if (told)
			told->value = 0;
		return 0;
	}
	if (told && told->value && now < 2 * told->value)
		return 0;
	if (!told && n->ntold < REPETITION_THRESHOLDS_MAX) {
		told = repetition_push_told(r, n);
		if (!told)
			return -ENOMEM;
		told->threshold = hash;
	}
	if (!told)
		return 0;
	told->value = now;
	fn(ctx, &n->e, t, &w);
	return 0;
}

static int add_one(struct repetition *r, const struct repetition_access *a, struct slice subject, const struct config *c, repetition_fn fn,
		   void *ctx)
{
	struct slice system = slice_head(a->system, REPETITION_NAME_MAX), table = slice_head(a->table, REPETITION_TABLE_MAX);
	uint32_t day = (uint32_t)(a->wall_ns / NS_PER_DAY);
	struct node *n = repetition_find(r, a->who.human, a->who.uid, system, table, subject);
	int err = 0;

	if (!n)
		n = repetition_insert(r, a->who.human, a->who.uid, system, table, subject);
	if (!n)
		return -ENOMEM;
	err = count(r, n, a);
	for (size_t i = 0; i < a->nsubjects && !subject.len && !err; i++)
		err = see_subject(r, n, slice_head(a->subjects[i], REPETITION_NAME_MAX), day);
	for (size_t i = 0; i < c->nthresholds && !err; i++)
		if (concerns(&c->thresholds[i], &n->e, a->relation))
			err = check(r, n, day, &c->thresholds[i], fn, ctx);
	repetition_evict(r, n);
	return err;
}

int repetition_add(struct repetition *r, const struct repetition_access *a, const struct config *c, repetition_fn fn, void *ctx)
{
	int err;

	r->changes++;
	/* Subjects first, so that they are there when the table's threshold tells of them. */
	for (size_t i = 0; i < a->nsubjects && i < REPETITION_SUBJECTS_MAX; i++) {
		if (!a->subjects[i].len)
			continue;
		err = add_one(r, a, slice_head(a->subjects[i], REPETITION_NAME_MAX), c, fn, ctx);
		if (err)
			return err;
	}
	return add_one(r, a, SLICE_NONE, c, fn, ctx);
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
