// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/delays.h"

enum { SUB_BITS = 3, SUB = 1 << SUB_BITS };

/* Values below 8 are steps of their own; then eight steps for each power of two. */
static unsigned step_of(uint32_t us)
{
	unsigned top;

	if (us < SUB)
		return us;
	top = 31 - (unsigned)__builtin_clz(us);
	return (top - SUB_BITS + 1) * SUB + ((us >> (top - SUB_BITS)) & (SUB - 1));
}

/* The largest value in it. */
static uint32_t step_end(unsigned step)
{
	unsigned shift = step / SUB - 1;

	if (step < SUB)
		return step;
	return (uint32_t)(((uint64_t)(SUB + step % SUB + 1) << shift) - 1);
}

void delays_add(struct delays *d, uint32_t us)
{
	d->count++;
	d->step[step_of(us)]++;
	if (us > d->most_us)
		d->most_us = us;
}

uint32_t delays_percentile(const struct delays *d, unsigned percent)
{
	uint64_t wanted = (d->count * percent + 99) / 100, seen = 0;

	for (unsigned i = 0; i < DELAYS_STEPS && wanted; i++) {
		seen += d->step[i];
		if (seen >= wanted)
			return step_end(i) < d->most_us ? step_end(i) : d->most_us;
	}
	return 0;
}
