// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One access: counted, its subjects noted, thresholds compared. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "evidence/repetition_priv.h"
#include "policy/relation.h"

/* Those that are max or more before the newest. */
static void forget_before(struct repetition *r, struct buckets *b, uint32_t at, unsigned max)
{
	unsigned gone = 0;

	while (gone < b->n && at - b->v[gone].at >= max)
		gone++;
	if (!gone)
		return;
	memmove(b->v, b->v + gone, (b->n - gone) * sizeof(*b->v));
	b->n -= gone;
	r->bytes -= gone * sizeof(*b->v);
}

/* Records come nearly in order; one of an earlier day goes to its day, or to the last one when that day is not there. */
static struct repetition_bucket *bucket_of(struct repetition *r, struct node *n, struct buckets *b, uint32_t at, unsigned max)
{
	struct repetition_bucket *fresh;

	for (unsigned i = b->n; i > 0 && b->v[i - 1].at >= at; i--)
		if (b->v[i - 1].at == at)
			return &b->v[i - 1];
	if (b->n && b->v[b->n - 1].at > at)
		return &b->v[b->n - 1];
	forget_before(r, b, at, max);
	fresh = repetition_push_bucket(r, n, b, max);
	if (fresh)
		fresh->at = at;
	return fresh;
}

static int count_in(struct repetition *r, struct node *n, struct buckets *b, uint32_t at, unsigned max, uint64_t rows)
{
	struct repetition_bucket *to = bucket_of(r, n, b, at, max);

	if (!to)
		return -ENOMEM;
	to->queries += to->queries != UINT32_MAX;
	to->rows += rows;
	return 0;
}

/* How far back hours are asked for. */
static unsigned hours_wanted(const struct config *c)
{
	unsigned most = 0;

	for (size_t i = 0; i < c->nthresholds; i++)
		most = c->thresholds[i].hours > most ? c->thresholds[i].hours : most;
	return most < REPETITION_HOURS_MAX ? most : REPETITION_HOURS_MAX;
}

static int count(struct repetition *r, struct node *n, const struct repetition_access *a, unsigned hours)
{
	int err = count_in(r, n, &n->days, (uint32_t)(a->wall_ns / NS_PER_DAY), REPETITION_DAYS_MAX, a->rows);

	if (!err && hours)
		err = count_in(r, n, &n->hours, (uint32_t)(a->wall_ns / NS_PER_HOUR), hours, a->rows);
	if (err)
		return err;
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

/* ---- different subjects ---- */

static bool is_kept(uint64_t hash, unsigned level)
{
	return !(hash & ((1ull << level) - 1));
}

/* Half of them go, until there is room again. */
static void raise_level(struct repetition *r, struct node *n)
{
	while (n->nseen > REPETITION_SEEN_MAX) {
		unsigned kept = 0;

		n->level++;
		for (unsigned i = 0; i < n->nseen; i++)
			if (is_kept(n->seen[i].hash, n->level))
				n->seen[kept++] = n->seen[i];
		r->bytes -= (n->nseen - kept) * sizeof(*n->seen);
		n->nseen = kept;
	}
	repetition_sync(n);
}

/* The first place whose hash is not below. */
static unsigned place_of(const struct node *n, uint64_t hash)
{
	unsigned from = 0, to = n->nseen;

	while (from < to) {
		unsigned middle = (from + to) / 2;

		if (n->seen[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int see_subject(struct repetition *r, struct node *n, struct slice id, uint32_t hour)
{
	uint64_t hash = repetition_hash(id);
	unsigned at = place_of(n, hash);

	if (!is_kept(hash, n->level))
		return 0;
	if (at < n->nseen && n->seen[at].hash == hash) {
		n->seen[at].hour = hour > n->seen[at].hour ? hour : n->seen[at].hour;
		return 0;
	}
	if (!repetition_push_seen(r, n))
		return -ENOMEM;
	memmove(n->seen + at + 1, n->seen + at, (n->nseen - 1 - at) * sizeof(*n->seen));
	n->seen[at] = (struct seen_subject){ .hash = hash, .hour = hour };
	raise_level(r, n);
	return 0;
}

/* ---- thresholds ---- */

static void sum(const struct buckets *b, uint32_t now, unsigned length, struct repetition_window *w)
{
	for (unsigned i = b->n; i > 0 && b->v[i - 1].at + length > now; i--) {
		w->queries += b->v[i - 1].queries;
		w->rows += b->v[i - 1].rows;
	}
}

void repetition_window(const struct repetition_entry *e, const struct config_threshold *t, uint64_t wall_ns, struct repetition_window *ret)
{
	const struct node *n = CONTAINER_OF(e, struct node, e);
	struct repetition_window w = { .subjects_estimated = n->level != 0 };
	uint32_t day = (uint32_t)(wall_ns / NS_PER_DAY), hour = (uint32_t)(wall_ns / NS_PER_HOUR);

	if (t->hours)
		sum(&n->hours, hour, t->hours, &w);
	else
		sum(&n->days, day, t->days, &w);
	for (unsigned i = 0; i < n->nseen; i++)
		w.subjects += t->hours ? n->seen[i].hour + t->hours > hour : n->seen[i].hour / 24 + t->days > day;
	w.subjects <<= n->level;
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
	if (t->subjects && (v = w->subjects * 100 / t->subjects) > best)
		best = v;
	return best >= 100 ? best : 0;
}

static int check(struct repetition *r, struct node *n, uint64_t wall_ns, const struct config_threshold *t, repetition_fn fn, void *ctx)
{
	uint64_t hash = repetition_hash(t->name), now;
	struct repetition_window w;
	struct told *told = NULL;

	repetition_window(&n->e, t, wall_ns, &w);
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
	uint32_t hour = (uint32_t)(a->wall_ns / NS_PER_HOUR);
	struct node *n = repetition_find(r, a->who.human, a->who.uid, system, table, subject);
	int err = 0;

	if (!n)
		n = repetition_insert(r, a->who.human, a->who.uid, system, table, subject);
	if (!n)
		return -ENOMEM;
	err = count(r, n, a, hours_wanted(c));
	for (size_t i = 0; i < a->nsubjects && !subject.len && !err; i++)
		err = see_subject(r, n, slice_head(a->subjects[i], REPETITION_NAME_MAX), hour);
	for (size_t i = 0; i < c->nthresholds && !err; i++)
		if (concerns(&c->thresholds[i], &n->e, a->relation))
			err = check(r, n, a->wall_ns, &c->thresholds[i], fn, ctx);
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
