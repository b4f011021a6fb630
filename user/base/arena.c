// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 16384 };

struct arena_block {
	struct arena_block *next;
	size_t used;
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
		b->used = 0;
		b->next = a->spare;
		a->spare = b;
	}
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
		b->used = 0;
		a->total += want;
		a->mallocs++;
	}
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_raw(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX - 15)
		return NULL;
	size = (size + 15) & ~(size_t)15;
	if (!b || size > b->size - b->used)
		b = new_block(a, size);
	if (!b) {
		a->full = true;
		return NULL;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_raw(a, size);

	if (!p || size > 256)
		return p ? memset(p, 0, size) : NULL;
	for (size_t i = 0; i < size; i += 16) /* aligned, and rounded up to that */
		memset((char *)p + i, 0, 16);
	return p;
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
