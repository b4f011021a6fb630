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

/* Zeroed, 16-byte aligned memory, valid until the next reset; NULL at the limit. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed: for what is written before it is read. */
void *arena_raw(struct arena *a, size_t size);
/* n zeroed elements of size bytes; overflow-safe. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of the bytes, followed by a NUL that is not part of the length. SLICE_NONE at the limit. */
struct slice arena_dup(struct arena *a, struct slice s);

#endif
