// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * An index of thousands of globs: which of them match a text? Each glob is filed under one thing that every text it matches must have: the
 * whole text where it has no wildcard, how the text begins, how it ends, or three bytes in a row that stand anywhere in it, of those the
 * ones under which fewest others are filed. A look-up hashes the beginnings and ends of the lengths that occur, and each three bytes of the
 * text; what it finds is then compared in full. Only globs without anything of that ("*", "??") are tried each time.
 */
#ifndef QPROV_GLOBS_H
#define QPROV_GLOBS_H

#include "base/arena.h"
#include "base/slice.h"

#define GLOBS_GRAM_SLOTS 4096u /* a power of two; three bytes share a slot when their hashes do */
#define GLOBS_ANCHOR_MAX 64u   /* bytes of a beginning or an end that count */

struct glob_entry {
	struct slice pattern;
	uint32_t id;   /* the caller's */
	uint32_t key;  /* hash of what it is filed under */
	uint32_t len;  /* bytes of that */
	uint32_t next; /* place + 1 of the next one in the same bucket; 0: none */
};

struct glob_index {
	struct glob_entry *v;
	size_t n, cap;
	bool fold; /* ASCII letters are compared without case */
	uint32_t *buckets, mask;
	uint64_t begins, ends;         /* bit L - 1: some are filed under L bytes */
	uint32_t *grams, *gram_counts; /* NULL: none are */
	uint32_t rest;
	struct arena *arena;
};

/* Room for cap globs, all of it in arena. 0 or -ENOMEM. */
int globs_init(struct glob_index *x, struct arena *arena, size_t cap, bool fold);
/* The pattern must outlive the index. 0 or -ENOMEM (also beyond cap). */
int globs_add(struct glob_index *x, struct slice pattern, uint32_t id);

/* Walks the globs that match a text, each once, in no order: globs_begin(), then globs_next() until it returns NULL. */
struct glob_cursor {
	const struct glob_index *x;
	struct slice text;
	unsigned stage;
	size_t at;                            /* in the text */
	uint32_t hash;                        /* of the bytes so far */
	uint32_t next;                        /* place + 1 of the entry to be looked at */
	uint32_t key, len;                    /* that it must have */
	uint64_t steps;                       /* entries compared so far */
	uint64_t seen[GLOBS_GRAM_SLOTS / 64]; /* set up when it is needed */
};
void globs_begin(const struct glob_index *x, struct slice text, struct glob_cursor *c);
const struct glob_entry *globs_next(struct glob_cursor *c);

/* A growing set of ids in an arena. */
struct glob_ids {
	uint32_t *v;
	size_t n, cap;
};
/* Adds the ids of all globs that match. 0 or -ENOMEM. */
int globs_collect(const struct glob_index *x, struct slice text, struct arena *arena, struct glob_ids *ids);
int glob_ids_add(struct glob_ids *ids, struct arena *arena, const uint32_t *v, size_t n);
/* Ascending, each once. */
void glob_ids_sort(struct glob_ids *ids);

#endif
