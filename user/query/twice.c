// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * One hit, told twice. A file can be hooked twice without anybody seeing it: two overlays (containers of one image) show one inode under
 * two numbers, and at each hit the program runs once for each of them, before the thread goes on, always in the same order.
 *
 * So the second half of a hit is the next call of its thread, from the same address and the same place on the stack, at another site for
 * the same function; no clock has to tell that from the next hit. For that one begins with the site that was taken, as long as it is hooked
 * (or its record is lost, which is told); once it is not, a site that was passed over comes round again, and is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"

void hits_init(struct hits *h)
{
	memset(h, 0, sizeof(*h));
	hmap_init(&h->map);
	list_init(&h->lru);
}

void hits_done(struct hits *h)
{
	struct list *next;

	for (struct list *e = h->lru.next; e != &h->lru; e = next) {
		next = e->next;
		free(LIST_ENTRY(e, struct hit, lru));
	}
	hmap_done(&h->map);
}

static struct hit *find(const struct hits *h, const struct rec_call *r, uint64_t hash)
{
	for (struct hnode *n = hmap_first(&h->map, hash); n; n = hmap_next(n)) {
		struct hit *x = CONTAINER_OF(n, struct hit, node);

		if (x->tid == r->task.tid && x->start_ns == r->task.start_ns)
			return x;
	}
	return NULL;
}

/* The place of a thread that has none; the one that was silent for longest gives its own. NULL without memory. */
static struct hit *take(struct hits *h, const struct rec_call *r, uint64_t hash)
{
	struct hit *x;

	if (h->map.count >= QUERY_HITS_MAX) {
		x = LIST_ENTRY(h->lru.next, struct hit, lru);
		hmap_del(&h->map, &x->node);
		list_del(&x->lru);
	} else {
		x = malloc(sizeof(*x));
	}
	if (!x)
		return NULL;
	*x = (struct hit){ .tid = r->task.tid, .start_ns = r->task.start_ns };
	if (hmap_add(&h->map, &x->node, hash)) {
		free(x);
		return NULL;
	}
	list_add_tail(&h->lru, &x->lru);
	return x;
}

static bool is_half(const struct query *q, const struct hit *x, const struct rec_call *r)
{
	const struct site *site = &q->sites.site[r->site], *taken = &q->sites.site[x->site];

	return x->ip == r->ip && !memcmp(x->frame, r->frame, sizeof(x->frame)) && taken->known && taken->library != site->library &&
	       taken->op == site->op && taken->vaddr == site->vaddr && x->passed != r->site + 1;
}

bool call_is_told(struct query *q, const struct rec_call *r)
{
	uint64_t hash = hash_u64(r->task.tid, r->task.start_ns);
	struct hit *x = find(&q->hits, r, hash);

	if (x && is_half(q, x, r)) {
		if (!x->passed)
			x->passed = r->site + 1;
		return true;
	}
	if (x)
		list_move_tail(&q->hits.lru, &x->lru);
	else
		x = take(&q->hits, r, hash);
	if (!x) /* its other half is told as well */
		return false;
	x->ip = r->ip;
	x->site = r->site;
	x->passed = 0;
	memcpy(x->frame, r->frame, sizeof(x->frame));
	return false;
}
