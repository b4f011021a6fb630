// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evidence/delays.h"

static void test_none(void **state)
{
	struct delays d = { 0 };

	(void)state;
	assert_int_equal(delays_percentile(&d, 50), 0);
	assert_int_equal(delays_percentile(&d, 100), 0);
}

/* Each value alone: told not below itself, at most an eighth above, and never above the longest. */
static void test_every_size(void **state)
{
	(void)state;
	for (uint64_t us = 0; us <= UINT32_MAX; us = us < 4096 ? us + 1 : us + us / 5) {
		struct delays d = { 0 };
		uint32_t told;

		delays_add(&d, (uint32_t)us);
		assert_int_equal(delays_percentile(&d, 50), us);
		delays_add(&d, UINT32_MAX);
		told = delays_percentile(&d, 50);
		assert_true(told >= us && told <= us + us / 8);
	}
}

static void test_distribution(void **state)
{
	struct delays d = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 1000; i++)
		delays_add(&d, i * 100);
	assert_int_equal(d.count, 1000);
	assert_int_equal(d.most_us, 100000);
	assert_in_range(delays_percentile(&d, 50), 50000, 50000 * 9 / 8);
	assert_in_range(delays_percentile(&d, 99), 99000, 100000);
	assert_int_equal(delays_percentile(&d, 100), 100000);
	assert_in_range(delays_percentile(&d, 1), 1000, 1000 * 9 / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_distribution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
