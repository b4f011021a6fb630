// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The share of each second that looking through /proc may take: whoever opens many files, or has slow storage, would else stop the agent.
 */
#ifndef QPROV_SHARE_H
#define QPROV_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_WORK_NS 50000000ull   /* of this thread */
#define SHARE_CLOCK_NS 250000000ull /* where storage or other programs are waited for */

struct spent {
	uint64_t work_ns, clock_ns;
};

/* All zero at the beginning. */
struct share {
	uint64_t second;    /* of the clock */
	struct spent spent; /* in it, by looks that have ended */
	struct spent began; /* when the look under way did */
	bool most;          /* most of the share was there then: what does not come to its end will not another time */
	bool late;          /* it was told that the share is used up */
};

/* A look begins. False: it may not, nothing is left of this second. */
bool share_begin(struct share *s);
/* During a look: is nothing left? */
bool share_used_up(struct share *s);
void share_end(struct share *s);

#endif
