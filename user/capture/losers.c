// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Whose calls found no room in their ring. */
#include <bpf/bpf.h>

#include "../../bpf/counters.h"
#include "capture/capture.h"
#include "capture/internal.h"

/* What is counted between the look and the end of the entry is in the total only. */
unsigned capture_losers(struct capture *c, capture_loser_fn fn, void *ctx)
{
	unsigned n = 0;
	uint32_t pid;

	while (n < CAPTURE_LOSERS_MAX && bpf_map_get_next_key(c->losers_fd, NULL, &pid) == 0) {
		struct loser l;

		if (bpf_map_lookup_elem(c->losers_fd, &pid, &l) == 0) {
			if (!l.n) /* it is being made */
				break;
			fn(ctx, &l.task, l.n);
			n++;
		}
		if (bpf_map_delete_elem(c->losers_fd, &pid) < 0)
			break;
	}
	return n;
}
