// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Clocks as one number. */
#ifndef QPROV_CLOCK_H
#define QPROV_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of one of clock_gettime(2)'s clocks. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The clock of all records: since the machine started, time asleep included. */
static inline uint64_t boottime_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

#endif
