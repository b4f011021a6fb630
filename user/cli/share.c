// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/share.h"

#include "base/clock.h"

#define SECOND_NS 1000000000ull

static struct spent time_now(void)
{
	return (struct spent){ clock_ns(CLOCK_THREAD_CPUTIME_ID), clock_ns(CLOCK_BOOTTIME) };
}

static struct spent with_look(const struct share *s)
{
	struct spent now = time_now();

	return (struct spent){ s->spent.work_ns + now.work_ns - s->began.work_ns, s->spent.clock_ns + now.clock_ns - s->began.clock_ns };
}

static bool nothing_left(struct spent s)
{
	return s.work_ns >= SHARE_WORK_NS || s.clock_ns >= SHARE_CLOCK_NS;
}

bool share_begin(struct share *s)
{
	s->began = time_now();
	if (s->began.clock_ns / SECOND_NS != s->second) {
		s->second = s->began.clock_ns / SECOND_NS;
		s->spent = (struct spent){ 0, 0 };
	}
	s->most = s->spent.work_ns <= SHARE_WORK_NS / 2 && s->spent.clock_ns <= SHARE_CLOCK_NS / 2;
	s->late = false;
	return !nothing_left(s->spent);
}

bool share_used_up(struct share *s)
{
	s->late |= nothing_left(with_look(s));
	return s->late;
}

void share_end(struct share *s)
{
	s->spent = with_look(s);
}
