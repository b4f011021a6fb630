// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/unwind.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const uint8_t *p, *end;
};

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool skip(struct cursor *c, size_t n)
{
	if ((size_t)(c->end - c->p) < n)
		return false;
	c->p += n;
	return true;
}

static bool skip_leb128(struct cursor *c)
{
	while (c->p < c->end)
		if (!(*c->p++ & 0x80))
			return true;
	return false;
}

/* An address of the personality routine, in the given encoding. */
static bool skip_address(struct cursor *c, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case 0x00:
	case 0x04:
	case 0x0c:
		return skip(c, 8);
	case 0x03:
	case 0x0b:
		return skip(c, 4);
	default:
		return false;
	}
}

/* A common entry, behind its id: whether its functions' addresses are of the common form. */
static bool common_form(struct cursor c)
{
	const char *letters;
	uint8_t version;

	if (!skip(&c, 1))
		return false;
	version = c.p[-1];
	letters = (const char *)c.p;
	if ((version != 1 && version != 3) || !memchr(c.p, 0, (size_t)(c.end - c.p)) || *letters++ != 'z')
		return false;
	c.p += strlen((const char *)c.p) + 1;
	if (!skip_leb128(&c) || !skip_leb128(&c) || !(version == 1 ? skip(&c, 1) : skip_leb128(&c)) || !skip_leb128(&c))
		return false;
	for (; *letters; letters++) {
		if (*letters == 'S' || *letters == 'B')
			continue;
		if (!skip(&c, 1))
			return false;
		if (*letters == 'R')
			return c.p[-1] == UNWIND_PCREL_SDATA4;
		if (*letters != 'L' && (*letters != 'P' || !skip_address(&c, c.p[-1])))
			return false;
	}
	return false;
}

struct found {
	struct extent *x;
	size_t n, room;
};

static int note(struct found *f, uint64_t begin, uint64_t size)
{
	if (!size || f->n == UNWIND_FUNCTIONS_MAX)
		return 0;
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 1024;
		struct extent *x = reallocarray(f->x, room, sizeof(*x));

		if (!x)
			return -ENOMEM;
		f->x = x;
		f->room = room;
	}
	f->x[f->n++] = (struct extent){ begin, size };
	return 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void sort(struct found *f)
{
	size_t n = 0;

	if (f->n)
		qsort(f->x, f->n, sizeof(*f->x), by_begin);
	for (size_t i = 0; i < f->n; i++)
		if (!n || f->x[n - 1].begin != f->x[i].begin)
			f->x[n++] = f->x[i];
	f->n = n;
}

/* A function's entry: where it begins and how far it reaches, if it is of the common form. */
static int read_entry(struct found *f, const uint8_t *table, uint64_t vaddr, const uint8_t *entry)
{
	uint64_t at = vaddr + (uint64_t)(entry + 8 - table);

	return note(f, at + (uint64_t)(int64_t)(int32_t)u32(entry + 8), u32(entry + 12));
}

int unwind_functions(const uint8_t *table, size_t len, uint64_t vaddr, struct extent **ret, size_t *ret_n)
{
	const uint8_t *common = NULL; /* the entry that was looked at last, and what came out */
	struct found f = { 0 };
	bool usual = false;
	size_t at = 0;
	int err = 0;

	while (!err && len - at >= 8) {
		const uint8_t *entry = table + at, *id = entry + 4;
		size_t reach = u32(entry), back;

		if (reach < 4 || reach > len - at - 4) /* 0: the end; 0xffffffff: a form that no compiler writes here */
			break;
		at += 4 + reach;
		back = u32(id);
		if (back == 0 || back > (size_t)(id - table) || reach < 12)
			continue;
		if (common != id - back) {
			common = id - back; /* at its length */
			usual = (size_t)(entry - common) >= 8 && u32(common + 4) == 0 && u32(common) >= 4 &&
				u32(common) <= (size_t)(entry - common) - 4 &&
				common_form((struct cursor){ common + 8, common + 4 + u32(common) });
		}
		if (usual)
			err = read_entry(&f, table, vaddr, entry);
	}
	sort(&f);
	*ret = f.x;
	*ret_n = f.n;
	return err;
}

const struct extent *extent_at(const struct extent *x, size_t n, uint64_t begin)
{
	struct extent key = { .begin = begin };

	return n ? bsearch(&key, x, n, sizeof(*x), by_begin) : NULL;
}
