// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/globs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GRAM 3u

/* FNV-1a (Fowler, Noll, Vo): goes on byte by byte. Patterns are the administrator's, so nobody can aim at its collisions. */
#define FNV_START 2166136261u
#define FNV_PRIME 16777619u

enum { STAGE_WHOLE, STAGE_BEGIN, STAGE_END, STAGE_GRAM, STAGE_REST, STAGE_OVER };

/* What tells the kinds apart in the common buckets. */
static const uint32_t salt[] = { [STAGE_WHOLE] = 0x9e3779b9u, [STAGE_BEGIN] = 0x85ebca6bu, [STAGE_END] = 0xc2b2ae35u };

static unsigned char byte_of(const struct glob_index *x, char c)
{
	return (unsigned char)(x->fold && c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static uint32_t more(uint32_t hash, unsigned char c)
{
	return (hash ^ c) * FNV_PRIME;
}

static uint32_t key_of(unsigned stage, uint32_t hash)
{
	uint32_t k = hash ^ salt[stage];

	k ^= k >> 15;
	k *= 0x2c1b3c6du; /* the low bits pick the bucket */
	return k ^ k >> 12;
}

static uint32_t gram_slot(const struct glob_index *x, const char *s)
{
	uint32_t v = (uint32_t)byte_of(x, s[0]) | (uint32_t)byte_of(x, s[1]) << 8 | (uint32_t)byte_of(x, s[2]) << 16;

	return (v * 0x9e3779b1u) >> 20 & (GLOBS_GRAM_SLOTS - 1);
}

static bool is_wild(char c)
{
	return c == '*' || c == '?';
}

int globs_init(struct glob_index *x, struct arena *arena, size_t cap, bool fold)
{
	uint32_t buckets = 1;

	if (cap > UINT32_MAX / 4)
		return -ENOMEM;
	while (buckets < cap * 2)
		buckets *= 2;
	*x = (struct glob_index){ .cap = cap, .fold = fold, .mask = buckets - 1, .arena = arena };
	x->v = arena_array(arena, cap, sizeof(*x->v));
	x->buckets = arena_array(arena, buckets, sizeof(*x->buckets));
	return x->v && x->buckets ? 0 : -ENOMEM;
}

static void file_under(struct glob_index *x, uint32_t *head, struct glob_entry *e, uint32_t key, size_t len)
{
	e->key = key;
	e->len = (uint32_t)len;
	e->next = *head;
	*head = (uint32_t)(e - x->v) + 1;
}

/* Under a hash over n bytes from the beginning, or backwards from the end. */
static void file_hashed(struct glob_index *x, struct glob_entry *e, unsigned stage, size_t n)
{
	uint32_t hash = FNV_START;

	for (size_t i = 0; i < n; i++)
		hash = more(hash, byte_of(x, e->pattern.ptr[stage == STAGE_END ? e->pattern.len - 1 - i : i]));
	hash = key_of(stage, hash);
	file_under(x, &x->buckets[hash & x->mask], e, hash, n);
	if (stage == STAGE_BEGIN)
		x->begins |= 1ull << (n - 1);
	if (stage == STAGE_END)
		x->ends |= 1ull << (n - 1);
}

/* The three literal bytes with the fewest others under them; false: there are none. */
static bool best_gram(const struct glob_index *x, struct slice p, uint32_t *ret)
{
	bool found = false;

	for (size_t i = 0; i + GRAM <= p.len; i++) {
		uint32_t slot;

		if (is_wild(p.ptr[i]) || is_wild(p.ptr[i + 1]) || is_wild(p.ptr[i + 2]))
			continue;
		slot = gram_slot(x, p.ptr + i);
		if (found && x->gram_counts[slot] >= x->gram_counts[*ret])
			continue;
		*ret = slot;
		found = true;
	}
	return found;
}

static int need_grams(struct glob_index *x)
{
	if (x->grams)
		return 0;
	x->gram_counts = arena_array(x->arena, GLOBS_GRAM_SLOTS, sizeof(*x->gram_counts));
	x->grams = x->gram_counts ? arena_array(x->arena, GLOBS_GRAM_SLOTS, sizeof(*x->grams)) : NULL;
	return x->grams ? 0 : -ENOMEM;
}

int globs_add(struct glob_index *x, struct slice pattern, uint32_t id)
{
	size_t begin = 0, end = 0;
	struct glob_entry *e;
	uint32_t slot = 0;

	if (x->n == x->cap)
		return -ENOMEM;
	while (begin < pattern.len && begin < GLOBS_ANCHOR_MAX && !is_wild(pattern.ptr[begin]))
		begin++;
	while (end < pattern.len && end < GLOBS_ANCHOR_MAX && !is_wild(pattern.ptr[pattern.len - 1 - end]))
		end++;
	e = &x->v[x->n];
	*e = (struct glob_entry){ .pattern = pattern, .id = id };
	if (begin == pattern.len) {
		file_hashed(x, e, STAGE_WHOLE, begin);
	} else if (begin >= GRAM || end >= GRAM) {
		file_hashed(x, e, begin >= end ? STAGE_BEGIN : STAGE_END, begin >= end ? begin : end);
	} else {
		int err = need_grams(x);

		if (err)
			return err;
		if (best_gram(x, pattern, &slot)) {
			x->gram_counts[slot]++;
			file_under(x, &x->grams[slot], e, slot, GRAM);
		} else if (begin || end) {
			file_hashed(x, e, begin >= end ? STAGE_BEGIN : STAGE_END, begin >= end ? begin : end);
		} else {
			file_under(x, &x->rest, e, 0, 0);
		}
	}
	x->n++;
	return 0;
}

/* ---- looking up ---- */

void globs_begin(const struct glob_index *x, struct slice text, struct glob_cursor *c)
{
	c->x = x;
	c->text = text;
	c->stage = x->n && text.ptr ? STAGE_WHOLE : STAGE_OVER;
	c->at = 0;
	c->hash = FNV_START;
	c->next = 0;
	c->key = c->len = 0;
	c->steps = 0;
}

static void enter(struct glob_cursor *c, unsigned stage)
{
	c->stage = stage;
	c->at = 0;
	c->hash = FNV_START;
	if (stage == STAGE_GRAM)
		memset(c->seen, 0, sizeof(c->seen));
}

static void open_bucket(struct glob_cursor *c, unsigned stage)
{
	c->key = key_of(stage, c->hash);
	c->len = (uint32_t)c->at;
	c->next = c->x->buckets[c->key & c->x->mask];
}

static void open_whole(struct glob_cursor *c)
{
	for (; c->at < c->text.len && c->at < GLOBS_ANCHOR_MAX; c->at++)
		c->hash = more(c->hash, byte_of(c->x, c->text.ptr[c->at]));
	open_bucket(c, STAGE_WHOLE);
	enter(c, STAGE_BEGIN);
}

/* The next length at which something is filed; false: there is none. */
static bool open_length(struct glob_cursor *c, uint64_t lengths)
{
	while (c->at < c->text.len && c->at < GLOBS_ANCHOR_MAX && lengths >> c->at) {
		size_t from = c->stage == STAGE_END ? c->text.len - 1 - c->at : c->at;

		c->hash = more(c->hash, byte_of(c->x, c->text.ptr[from]));
		if (lengths >> c->at++ & 1) {
			open_bucket(c, c->stage);
			return true;
		}
	}
	return false;
}

/* Each slot once, however often its bytes stand in the text. */
static bool open_gram(struct glob_cursor *c)
{
	while (c->x->grams && c->at + GRAM <= c->text.len) {
		uint32_t slot = gram_slot(c->x, c->text.ptr + c->at++);

		if (!c->x->grams[slot] || (c->seen[slot / 64] >> slot % 64 & 1))
			continue;
		c->seen[slot / 64] |= 1ull << slot % 64;
		c->next = c->x->grams[slot];
		c->key = slot;
		c->len = GRAM;
		return true;
	}
	return false;
}

/* The next list of entries; false: there is none. */
static bool open_list(struct glob_cursor *c)
{
	while (c->stage != STAGE_OVER) {
		bool found = false;

		switch (c->stage) {
		case STAGE_WHOLE:
			open_whole(c);
			found = true;
			break;
		case STAGE_BEGIN:
			found = open_length(c, c->x->begins);
			break;
		case STAGE_END:
			found = open_length(c, c->x->ends);
			break;
		case STAGE_GRAM:
			found = open_gram(c);
			break;
		default:
			c->next = c->x->rest;
			c->key = c->len = 0;
			c->stage = STAGE_OVER;
			return true;
		}
		if (found)
			return true;
		enter(c, c->stage + 1);
	}
	return false;
}

const struct glob_entry *globs_next(struct glob_cursor *c)
{
	do {
		while (c->next) {
			const struct glob_entry *e = &c->x->v[c->next - 1];

			c->next = e->next;
			if (e->key != c->key || e->len != c->len)
				continue;
			c->steps++;
			if (slice_glob(e->pattern, c->text, c->x->fold))
				return e;
		}
	} while (open_list(c));
	return NULL;
}

/* ---- sets of ids ---- */

int glob_ids_add(struct glob_ids *ids, struct arena *arena, const uint32_t *v, size_t n)
{
	if (n > ids->cap - ids->n) {
		size_t cap = ids->cap * 2 > ids->n + n ? ids->cap * 2 : ids->n + n + 8;
		uint32_t *bigger = arena_array(arena, cap, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		if (ids->n)
			memcpy(bigger, ids->v, ids->n * sizeof(*bigger));
		ids->v = bigger;
		ids->cap = cap;
	}
	if (n)
		memcpy(ids->v + ids->n, v, n * sizeof(*v));
	ids->n += n;
	return 0;
}

int globs_collect(const struct glob_index *x, struct slice text, struct arena *arena, struct glob_ids *ids)
{
	const struct glob_entry *e;
	struct glob_cursor c;
	int err = 0;

	globs_begin(x, text, &c);
	while (!err && (e = globs_next(&c)))
		err = glob_ids_add(ids, arena, &e->id, 1);
	return err;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void glob_ids_sort(struct glob_ids *ids)
{
	size_t kept = 0;

	if (ids->n < 2)
		return;
	qsort(ids->v, ids->n, sizeof(*ids->v), by_value);
	for (size_t i = 0; i < ids->n; i++)
		if (kept == 0 || ids->v[kept - 1] != ids->v[i])
			ids->v[kept++] = ids->v[i];
	ids->n = kept;
}
