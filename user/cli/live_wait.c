// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* How the loop waits. New mappings go before everything else: until their file is hooked, statements pass unseen. */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/fetch.h"
#include "base/clock.h"
#include "cli/live_priv.h"
#include "cli/records.h"

/*
 * GATHER_NS: after a drain that found records, so long before the next look: a steady stream then costs one wake-up for many records, here
 * and in the traced program, which wakes us only when we had caught up.
 */
enum { GATHER_NS = 2000000, CANARY_POLL_MS = 10, NOTICE_EVERY = 32 };

static void on_mapping(void *ctx, const struct watch_mapping *m)
{
	struct live *l = ctx;

	attach_mapping(l->attach, m);
	sentry_mapping(l->sentry, m);
}

void live_notice(struct live *l)
{
	if (l->attach && l->watch)
		watch_drain(l->watch, on_mapping, l);
}

void live_notice_among(struct live *l)
{
	if (++l->taken % NOTICE_EVERY == 0)
		live_notice(l);
}

void live_gather(struct live *l)
{
	struct pollfd p = { .fd = watch_poll_fd(l->watch), .events = POLLIN };
	uint64_t now = boottime_ns(), until = now + GATHER_NS;

	for (; now < until; now = boottime_ns()) {
		struct timespec left = { .tv_nsec = (long)(until - now) };

		if (ppoll(&p, 1, &left, NULL) > 0)
			live_notice(l);
	}
}

int live_wait_ms(const struct live *l, uint64_t now)
{
	uint64_t until = l->next_tick_ns;

	if (trail_busy(l->trail) && l->next_trail_ns < until)
		until = l->next_trail_ns;
	if (l->end_ns && l->end_ns < until)
		until = l->end_ns;
	if (canary_busy(l->canary) && now + CANARY_POLL_MS * 1000000ull < until)
		until = now + CANARY_POLL_MS * 1000000ull;
	if (fetch_ready())
		return 0;
	return until <= now ? 0 : (int)((until - now) / 1000000 + 1);
}
