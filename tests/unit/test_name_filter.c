// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "attach/name_filter.h"
#include "attach/table.h"

static void test_empty(void **state)
{
	struct name_filter f = { 0 };

	(void)state;
	assert_false(name_filter_has(&f, ""));
	assert_false(name_filter_has(&f, "PQexec"));
}

/* Every function of the table is let through, with whatever follows where it is the beginning of a name; most others are not. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < client_families_len; i++) {
		const struct client_family *c = client_families[i];
		struct name_filter f = { 0 };
		unsigned passed = 0;
		char name[256];

		for (size_t k = 0; k < c->nrows; k++)
			name_filter_add(&f, c->rows[k].symbol, c->rows[k].flags & ROW_PREFIX);
		for (size_t k = 0; k < c->nrows; k++) {
			assert_true(name_filter_has(&f, c->rows[k].symbol));
			snprintf(name, sizeof(name), "%sEv.part.0", c->rows[k].symbol);
			if (c->rows[k].flags & ROW_PREFIX)
				assert_true(name_filter_has(&f, name));
		}
		for (unsigned n = 0; n < 4096; n++) {
			snprintf(name, sizeof(name), "_ZN%u", n * 7919);
			passed += name_filter_has(&f, name);
		}
		assert_true(passed < 4096 / 16);
	}
}

static void test_short_prefix(void **state)
{
	struct name_filter f = { 0 };

	(void)state;
	name_filter_add(&f, "site_", true);
	assert_true(name_filter_has(&f, "site_query"));
}

/* Names that differ behind the head are not told apart, and nothing behind the NUL is read. */
static void test_head(void **state)
{
	struct name_filter f = { 0 };
	char name[NAME_FILTER_HEAD + 2] = { 0 };

	(void)state;
	memset(name, 'a', NAME_FILTER_HEAD + 1);
	name_filter_add(&f, name, false);
	name[NAME_FILTER_HEAD] = 'b';
	assert_true(name_filter_has(&f, name));
	for (size_t n = 0; n < NAME_FILTER_HEAD; n++) {
		char *cut = strndup(name, n); /* the sanitizer watches its end */

		assert_non_null(cut);
		(void)name_filter_has(&f, cut);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_short_prefix),
		cmocka_unit_test(test_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
