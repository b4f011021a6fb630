// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 16384 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) char data[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_done(struct arena *a)
{
	free_blocks(a->blocks);
	free_blocks(a->spare);
	arena_init(a, a->max);
}

void arena_reset(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		b->next = a->spare;
		a->spare = b;
	}
	a->at = a->end = NULL;
	a->full = false;
}

static struct arena_block *take_spare(struct arena *a, size_t size)
{
	for (struct arena_block **p = &a->spare; *p; p = &(*p)->next) {
		struct arena_block *b = *p;

		if (b->size >= size) {
			*p = b->next;
			return b;
		}
	}
	return NULL;
}

static struct arena_block *new_block(struct arena *a, size_t size)
{
	size_t want = size > BLOCK_MIN ? size : BLOCK_MIN;
	struct arena_block *b = take_spare(a, size);

	if (!b) {
		if (want > a->max - a->total)
			return NULL;
		b = malloc(sizeof(*b) + want);
		if (!b)
			return NULL;
		b->size = want;
		a->total += want;
		a->mallocs++;
	}
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_from_new_block(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - 15)
		return NULL;
	if (!size && a->at)
		return a->at;
	size = (size + 15) & ~(size_t)15;
	b = new_block(a, size);
	if (!b) {
		a->full = true;
		return NULL;
	}
	a->at = b->data + size;
	a->end = b->data + b->size;
	return b->data;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

struct slice arena_dup(struct arena *a, struct slice s)
{
	char *p = arena_raw(a, s.len + 1);

	if (!p)
		return SLICE_NONE;
	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = 0;
	return slice_mem(p, s.len);
}
