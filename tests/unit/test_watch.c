// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* New mappings, live: each one wakes whoever waits, at once, however empty the ring is. Needs root. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "capture/watch.h"

#define PAGE 4096
#define ROUNDS 20
#define DEADLINE_MS 2000

static void note(void *ctx, const struct watch_mapping *m)
{
	uint64_t *addr = ctx;

	if (m->pid == (uint32_t)getpid())
		*addr = m->addr;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Looks only when it is woken, as the agent's loop does; others map something too. 0: nothing came. */
static uint64_t wait_for_ours(struct watch *w)
{
	struct pollfd p = { .fd = watch_poll_fd(w), .events = POLLIN };
	int64_t end = now_ms() + DEADLINE_MS;
	uint64_t addr = 0;

	while (!addr && now_ms() < end)
		if (poll(&p, 1, (int)(end - now_ms())) > 0)
			watch_drain(w, note, &addr);
	return addr;
}

static void test_wakes(void **state)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct watch *w;
	uint64_t before = 0;

	(void)state;
	assert_int_equal(watch_new(&w), 0);
	watch_drain(w, note, &before);
	for (int i = 0; i < ROUNDS; i++) {
		void *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

		assert_ptr_not_equal(p, MAP_FAILED);
		assert_int_equal(wait_for_ours(w), (uintptr_t)p);
		(void)munmap(p, PAGE);
	}
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_wakes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
