// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * How long files were in use before their probes were in place, since the start: a histogram whose steps are an eighth of the value.
 */
#ifndef QPROV_DELAYS_H
#define QPROV_DELAYS_H

#include <stdint.h>

#define DELAYS_STEPS 240 /* all of 32 bits */

struct delays {
	uint64_t count;
	uint32_t most_us;
	uint32_t step[DELAYS_STEPS];
};

void delays_add(struct delays *d, uint32_t us);
/* So many percent (1 to 100) took no longer than this, at most an eighth too large; 0 when there are none. */
uint32_t delays_percentile(const struct delays *d, unsigned percent);

#endif
