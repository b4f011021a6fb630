// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach/x86.h"
#include "base/cleanup.h"

enum {
	INITS_MAX = 64,     /* extensions that are built in */
	JUMP_BYTES = 16,    /* of a function that sets an argument and jumps */
	JUMPS_MAX = 8,      /* one after the other that are followed */
	WORDS_MAX = 1 << 20 /* places and words of data that are looked at; beyond it modules are not followed */
};

struct walk {
	const struct reach *r;
	uint8_t *flags;
	uint32_t *todo;
	size_t ntodo;
	const uint64_t *called;
	size_t ncalled;
	unsigned words; /* WORDS_MAX */
};

static void go(struct walk *w, const struct extent *f)
{
	size_t i = (size_t)(f - w->r->functions);

	if (w->flags[i] & REACH_REACHED)
		return;
	w->flags[i] |= REACH_REACHED;
	w->todo[w->ntodo++] = (uint32_t)i; /* each function once, so there is room */
}

static bool is_among(const uint64_t *list, size_t n, uint64_t begin)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == begin)
			return true;
	return false;
}

/*
 * The function to which a branch at this place leads, or NULL. Every byte that could begin a branch is taken for one: only what leads
 * exactly to a function's begin counts.
 */
static const struct extent *branch_at(const struct walk *w, const struct extent *f, const uint8_t *code, size_t at)
{
	const struct extent *to;
	uint64_t target;

	if (!x86_branch_target(code + at, (size_t)f->size - at, f->begin + at, &target))
		return NULL;
	to = extent_at(w->r->functions, w->r->nfunctions, target);
	if (to)
		return to;
	target = w->r->stub(w->r->ctx, target);
	return target ? extent_at(w->r->functions, w->r->nfunctions, target) : NULL;
}

/* An address that an instruction there may take, as it is written with and without code that can lie anywhere; 0: it takes none. */
static uint64_t address_at(const struct extent *f, const uint8_t *code, size_t at)
{
	const uint8_t *p = code + at;
	int32_t v;

	if (at + 7 <= f->size && (p[0] & 0xfb) == 0x48 && p[1] == 0x8d && (p[2] & 0xc7) == 0x05) { /* lea */
		memcpy(&v, p + 3, sizeof(v));
		return f->begin + at + 7 + (uint64_t)(int64_t)v;
	}
	if ((p[0] & 0xf8) == 0xb8) { /* mov */
		memcpy(&v, p + 1, sizeof(v));
		return v > 0 ? (uint64_t)v : 0;
	}
	return 0;
}

/* One of the makers, or where one that is nothing but a jump leads. */
static bool is_maker(const struct walk *w, const struct extent *f)
{
	for (size_t i = 0; i < w->r->nmakers; i++) {
		const struct extent *m = extent_at(w->r->functions, w->r->nfunctions, w->r->makers[i]);
		const uint8_t *code = m && m->size <= JUMP_BYTES ? w->r->code(w->r->ctx, m) : NULL;

		if (m == f)
			return true;
		for (size_t at = 0; code && at + 5 <= m->size; at++)
			if (branch_at(w, m, code, at) == f)
				return true;
	}
	return false;
}

static bool makes_modules(struct walk *w, const struct extent *f)
{
	uint8_t *flags = &w->flags[f - w->r->functions];
	const uint8_t *code = *flags & (REACH_MAKES | REACH_MAKES_NONE) ? NULL : w->r->code(w->r->ctx, f);

	for (size_t at = 0; code && at + 5 <= f->size && !(*flags & REACH_MAKES); at++) {
		const struct extent *to = branch_at(w, f, code, at);

		if (to && is_maker(w, to))
			*flags |= REACH_MAKES;
	}
	if (!(*flags & REACH_MAKES))
		*flags |= REACH_MAKES_NONE;
	return *flags & REACH_MAKES;
}

static const struct extent *function_in(const struct walk *w, const uint8_t *word)
{
	uint64_t v;

	memcpy(&v, word, sizeof(v));
	return v ? extent_at(w->r->functions, w->r->nfunctions, v) : NULL;
}

/* struct sqlite3_module of sqlite3.h: a version, then so many pointers, of which some may be NULL. */
static bool add_module(struct walk *w, const uint8_t *d, size_t left)
{
	static const uint8_t counts[] = { 19, 19, 22, 23, 24 };
	static const uint32_t has = 0xfee; /* xConnect, xBestIndex, xDisconnect, xOpen, xClose, xFilter, xNext, xEof, xColumn, xRowid */
	const struct extent *f[24];
	uint32_t version[2];

	if (left < sizeof(version))
		return false;
	memcpy(version, d, sizeof(version));
	if (version[0] >= sizeof(counts) || version[1] || left < 8 + 8 * (size_t)counts[version[0]])
		return false;
	for (unsigned i = 0; i < counts[version[0]]; i++) {
		static const uint8_t null[8];

		f[i] = function_in(w, d + 8 + 8 * i);
		if (!f[i] && (has >> i & 1 || memcmp(d + 8 + 8 * i, null, 8) != 0))
			return false;
	}
	for (unsigned i = 0; i < counts[version[0]]; i++)
		if (f[i])
			go(w, f[i]);
	return true;
}

static void look_at_data(struct walk *w, const struct extent *from, uint64_t vaddr)
{
	size_t left = 0;
	const uint8_t *d = w->r->data(w->r->ctx, vaddr, &left);
	const struct extent *f;

	if (!d || left < 8 || ++w->words > WORDS_MAX || (makes_modules(w, from) && add_module(w, d, left)))
		return;
	/* A loop that counts from one takes the place before the table for its begin. */
	for (size_t i = function_in(w, d) ? 0 : 1; i < INITS_MAX && left >= 8 * (i + 1); i++) {
		f = ++w->words > WORDS_MAX ? NULL : function_in(w, d + 8 * i);
		if (!f)
			return;
		if (makes_modules(w, f))
			go(w, f);
	}
}

static bool is_call(uint8_t opcode)
{
	return opcode == 0xe8;
}

/* Those that call what jumps; true: there was one more. */
static bool callers_of_jumps(struct walk *w)
{
	bool more = false;

	for (size_t i = 0; i < w->r->nfunctions; i++) {
		const struct extent *f = &w->r->functions[i];
		uint8_t had = w->flags[i];
		const uint8_t *code = had & REACH_REACHED ? w->r->code(w->r->ctx, f) : NULL;

		for (size_t at = 0; code && at + 5 <= f->size; at++) {
			const struct extent *to = branch_at(w, f, code, at);

			if (to && to != f && w->flags[to - w->r->functions] & REACH_JUMPS)
				w->flags[i] |= REACH_CALLS | (is_call(code[at]) ? 0 : REACH_JUMPS);
		}
		more |= w->flags[i] != had;
	}
	return more;
}

static void look_at(struct walk *w, uint32_t index)
{
	const struct extent *f = &w->r->functions[index];
	const uint8_t *code = w->r->code(w->r->ctx, f);

	for (size_t at = 0; code && at + 5 <= f->size; at++) {
		const struct extent *to = branch_at(w, f, code, at);
		uint64_t address = to || !w->r->nmakers ? 0 : address_at(f, code, at);

		if (address)
			look_at_data(w, f, address);
		if (!to)
			continue;
		if (is_among(w->called, w->ncalled, to->begin))
			w->flags[index] |= REACH_CALLS | (is_call(code[at]) ? 0 : REACH_JUMPS);
		go(w, to);
	}
}

int reach_from(const struct reach *r, const uint64_t *begin, const uint64_t *called, size_t n, uint8_t *flags)
{
	_cleanup_free_ uint32_t *todo = calloc(r->nfunctions ? r->nfunctions : 1, sizeof(*todo));
	struct walk w = { .r = r, .flags = flags, .todo = todo, .called = called, .ncalled = n };

	if (!todo)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct extent *f = begin[i] ? extent_at(r->functions, r->nfunctions, begin[i]) : NULL;

		if (f)
			go(&w, f);
	}
	while (w.ntodo)
		look_at(&w, w.todo[--w.ntodo]);
	for (unsigned i = 0; i < JUMPS_MAX && callers_of_jumps(&w); i++)
		;
	return 0;
}
