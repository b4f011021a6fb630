// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table of descriptors: kinds, readers, limits, and what time forgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "identity/flow.h"
#include "identity/identity.h"

#define PIPE_IN 100u

static struct flows *flows;

static struct rec_fd descriptor(uint16_t mode, uint32_t major, uint32_t minor, uint64_t ino)
{
	return (struct rec_fd){ .ino = ino, .rdev = major << 20 | minor, .mode = mode, .flags = REC_FD_OPEN };
}

static struct rec_fd pipe_fd(uint64_t ino)
{
	return (struct rec_fd){ .ino = ino, .mode = S_IFIFO | 0600, .flags = REC_FD_OPEN | REC_FD_PIPE };
}

static void tell(uint32_t pid, struct rec_fd in, struct rec_fd out, const char *path)
{
	struct rec_stdio r = { .hdr = { .type = REC_STDIO, .ts_ns = pid }, .pid = pid, .start_ns = pid, .fd = { in, out, in } };

	assert_int_equal(flow_stdio(flows, &r, SLICE_NONE, slice_cstr(path)), 0);
}

static int setup(void **state)
{
	(void)state;
	return flows_new(&flows);
}

static int teardown(void **state)
{
	(void)state;
	flows_free(flows);
	return 0;
}

static void test_kinds(void **state)
{
	const struct {
		struct rec_fd fd;
		enum flow_kind want;
	} rows[] = {
		{ { 0 }, FLOW_CLOSED },
		{ descriptor(S_IFREG | 0644, 0, 0, 1), FLOW_FILE },
		{ descriptor(S_IFCHR | 0666, 1, 3, 1), FLOW_NULL },
		{ descriptor(S_IFCHR | 0666, 1, 5, 1), FLOW_DEVICE },
		{ descriptor(S_IFCHR | 0620, 136, 2, 1), FLOW_TERMINAL },
		{ descriptor(S_IFCHR | 0620, 4, 1, 1), FLOW_TERMINAL },
		{ descriptor(S_IFIFO | 0600, 0, 0, 1), FLOW_FIFO },
		{ pipe_fd(1), FLOW_PIPE },
		{ descriptor(S_IFSOCK | 0777, 0, 0, 1), FLOW_SOCKET },
		{ descriptor(S_IFDIR | 0777, 0, 0, 1), FLOW_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tell(7, rows[i].fd, rows[i].fd, "/x");
		assert_int_equal(flow_find(flows, 7, 7)->kind[1], rows[i].want);
	}
	assert_null(flow_find(flows, 7, 8));
	assert_null(flow_find(flows, 8, 7));
}

static void test_readers(void **state)
{
	struct rec_reader told = { .hdr = { .type = REC_READER }, .pipe = 6, .pid = 55, .start_ns = 5 };
	uint64_t began;
	uint32_t pid;

	(void)state;
	assert_false(flow_reads(flows, 5, &pid, &began));
	tell(10, pipe_fd(5), pipe_fd(6), "");
	assert_true(flow_reads(flows, 5, &pid, &began));
	assert_int_equal(pid, 10);
	assert_int_equal(flow_reader(flows, &told), 0);
	assert_true(flow_reads(flows, 6, &pid, &began));
	assert_int_equal(pid, 55);
	/* A program that was seen starting on that pipe is the better answer. */
	tell(11, pipe_fd(6), pipe_fd(7), "");
	assert_true(flow_reads(flows, 6, &pid, &began));
	assert_int_equal(pid, 11);
	/* Another stdin: it reads no more. */
	tell(10, pipe_fd(9), pipe_fd(6), "");
	assert_false(flow_reads(flows, 5, &pid, &began));
	told.pid = 0;
	told.pipe = 8;
	assert_int_equal(flow_reader(flows, &told), 0);
	assert_false(flow_reads(flows, 8, &pid, &began));
}

static void test_outputs(void **state)
{
	struct rec_output r = { .hdr = { .type = REC_OUTPUT }, .task = { .pid = 10, .start_ns = 10 } };
	char path[32];

	(void)state;
	assert_int_equal(flow_output(flows, &r, SLICE("/a")), 0); /* nobody */
	tell(10, pipe_fd(5), pipe_fd(6), "");
	assert_int_equal(flow_output(flows, &r, SLICE("/a")), 1);
	assert_int_equal(flow_output(flows, &r, SLICE("/a")), 0);
	for (unsigned i = 0; i < FLOW_OUTPUTS_MAX; i++) {
		snprintf(path, sizeof(path), "/file/%u", i);
		assert_int_equal(flow_output(flows, &r, slice_cstr(path)), i + 1 < FLOW_OUTPUTS_MAX);
	}
	assert_true(flow_find(flows, 10, 10)->more_outputs);
	assert_int_equal(flow_find(flows, 10, 10)->noutputs, FLOW_OUTPUTS_MAX);
}

static void test_limits(void **state)
{
	uint64_t began;
	uint32_t pid;

	(void)state;
	for (uint32_t i = 1; i <= FLOW_PROCESSES_MAX + 100; i++)
		tell(i, pipe_fd(PIPE_IN + i), pipe_fd(PIPE_IN + i + 1), "/some/path");
	assert_int_equal(flow_evictions(flows), 100);
	assert_null(flow_find(flows, 100, 100));
	assert_non_null(flow_find(flows, 101, 101));
	assert_false(flow_reads(flows, PIPE_IN + 100, &pid, &began));
	for (uint32_t i = 1; i <= FLOW_PROCESSES_MAX + 100; i++) {
		struct rec_reader r = { .pipe = 1000000 + i, .pid = i };

		assert_int_equal(flow_reader(flows, &r), 0);
	}
	assert_int_equal(flow_evictions(flows), 200);
}

/* What ended is kept as long as its process, what lives stays. */
static void test_time(void **state)
{
	(void)state;
	tell(1, pipe_fd(5), pipe_fd(6), "");
	tell(2, pipe_fd(6), pipe_fd(7), "");
	flow_exit(flows, 2, 2, 1000);
	flow_tick(flows, 1000 + IDENTITY_LINGER_NS);
	assert_non_null(flow_find(flows, 2, 2));
	for (int i = 0; i < 2; i++)
		flow_tick(flows, 1001 + IDENTITY_LINGER_NS);
	assert_null(flow_find(flows, 2, 2));
	assert_non_null(flow_find(flows, 1, 1));
	assert_int_equal(flow_evictions(flows), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outputs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
