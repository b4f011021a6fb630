// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Memory of the "event" lifetime: bump allocation, all released at once by arena_reset(), which keeps the blocks, so
 * that the warm path makes no malloc. Bounded: beyond max bytes arena_alloc() returns NULL and sets full.
 */
#ifndef QPROV_ARENA_H
#define QPROV_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	char *at, *end;             /* what is free in the newest block */
	struct arena_block *blocks; /* newest first */
	struct arena_block *spare;
	size_t total; /* bytes held in blocks */
	size_t max;
	bool full;        /* an allocation failed since the last reset */
	uint64_t mallocs; /* blocks ever taken from the heap, for the tests */
};

void arena_init(struct arena *a, size_t max);
void arena_done(struct arena *a);
void arena_reset(struct arena *a);

/* Where the newest block has no room for it. */
void *arena_from_new_block(struct arena *a, size_t size);

/* Memory, 16-byte aligned, valid until the next reset; NULL at the limit. Not zeroed: for what is written before it is read. */
static inline void *arena_raw(struct arena *a, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	char *p = a->at;

	if (rounded - 1 >= (size_t)(a->end - p)) /* 0, which is also what overflows, is not less */
		return arena_from_new_block(a, size);
	a->at = p + rounded;
	return p;
}

/* The same, zeroed. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_raw(a, size);

	return p ? memset(p, 0, size) : NULL;
}

/* n zeroed elements of size bytes; overflow-safe. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of the bytes, followed by a NUL that is not part of the length. SLICE_NONE at the limit. */
struct slice arena_dup(struct arena *a, struct slice s);

#endif
