// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach/x86.h"
#include "base/cleanup.h"

struct walk {
	const struct reach *r;
	uint8_t *flags;
	uint32_t *todo;
	size_t ntodo;
	const uint64_t *called;
	size_t ncalled;
};

static void go(struct walk *w, const struct extent *f)
{
	size_t i = (size_t)(f - w->r->functions);

	if (w->flags[i] & REACH_REACHED)
		return;
	w->flags[i] |= REACH_REACHED;
	w->todo[w->ntodo++] = (uint32_t)i; /* each function once, so there is room */
}

static bool is_asked(const struct walk *w, uint64_t begin)
{
	for (size_t i = 0; i < w->ncalled; i++)
		if (w->called[i] == begin)
			return true;
	return false;
}

/* Every byte that could begin a branch is taken for one: only what leads exactly to a function's begin counts. */
static void look_at(struct walk *w, uint32_t index)
{
	const struct extent *f = &w->r->functions[index];
	const uint8_t *code = w->r->code(w->r->ctx, f);
	uint64_t target;

	for (size_t at = 0; code && at + 5 <= f->size; at++) {
		const struct extent *to;

		if (!x86_branch_target(code + at, (size_t)f->size - at, f->begin + at, &target))
			continue;
		to = extent_at(w->r->functions, w->r->nfunctions, target);
		if (!to) {
			target = w->r->stub(w->r->ctx, target);
			to = target ? extent_at(w->r->functions, w->r->nfunctions, target) : NULL;
		}
		if (!to)
			continue;
		if (is_asked(w, target))
			w->flags[index] |= REACH_CALLS;
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
	return 0;
}
