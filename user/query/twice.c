// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * One hit, told twice. A file can be hooked twice without anybody seeing it: two overlays (containers of one image) show one inode under
 * two numbers, and at each hit the program runs once for each of them, in the order in which they were hooked.
 */
#include <string.h>

#include "query/internal.h"

#define SAME_HIT_NS 20000000ull

bool call_is_told(const struct query *q, struct qproc *p, const struct rec_call *r)
{
	struct hit *h = &p->hits[r->task.tid % QUERY_HITS];
	const struct site *site = &q->sites.site[r->site];
	const struct site *taken = &q->sites.site[h->site];

	if (h->ip == r->ip && h->tid == r->task.tid && !memcmp(h->frame, r->frame, sizeof(h->frame)) && taken->known &&
	    taken->library != site->library && taken->op == site->op && taken->vaddr == site->vaddr && r->hdr.ts_ns >= h->ts_ns &&
	    r->hdr.ts_ns - h->ts_ns < SAME_HIT_NS && h->passed != r->site + 1) {
		/* A site that comes round again without the one that was taken is told: that one is gone. */
		if (!h->passed)
			h->passed = r->site + 1;
		return true;
	}
	*h = (struct hit){ .ip = r->ip, .ts_ns = r->hdr.ts_ns, .tid = r->task.tid, .site = r->site };
	memcpy(h->frame, r->frame, sizeof(h->frame));
	return false;
}
