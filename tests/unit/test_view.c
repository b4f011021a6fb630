// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Lines that a sink did not take are told in the stream: once in each sink, whatever becomes of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "cli/view.h"
#include "config/config.h"

#include "tree.inc.c"

#define FULL "/dev/full" /* takes nothing, ever */

struct fixture {
	char path[64];
	struct config *config;
	struct view view;
};

static void setup(struct fixture *f, const char *first, size_t nsinks)
{
	struct config_sink sinks[2] = { { CONFIG_SINK_FILE, slice_cstr(first), 0, 1 } };
	const struct options o = { 0 };
	struct config_error err;

	snprintf(f->path, sizeof(f->path), "%s/events", tree_make());
	sinks[1] = (struct config_sink){ CONFIG_SINK_FILE, slice_cstr(f->path), 0, 1 };
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(config_parse(SLICE("tables:\n  - match: t\n"), "test", &f->config, &err), 0);
	assert_int_equal(view_open(&f->view, sinks, nsinks, &o, false), 0);
	assert_int_equal(pipeline_new(f->config, &o.filter, view_ops(&f->view), &f->view, &f->view.pipeline), 0);
}

static void teardown(struct fixture *f)
{
	pipeline_free(f->view.pipeline);
	view_close(&f->view);
	config_free(f->config);
}

/* Lines that tell of a loss, in the file. */
static size_t told(const struct fixture *f)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, 1 << 20);
	assert_int_equal(buf_read_file(&b, -1, f->path), 0);
	buf_addc(&b, 0);
	for (const char *s = b.ptr; (s = strstr(s, "qprov.loss")); s++)
		n++;
	buf_done(&b);
	return n;
}

static void ticks(struct fixture *f, int n)
{
	while (n--)
		view_account(&f->view);
}

static void test_one_of_two(void **state)
{
	struct fixture f = { .config = NULL };

	(void)state;
	setup(&f, FULL, 2);
	assert_int_equal(sinks_write(f.view.sinks, SLICE("a\nb\n")), 0);
	ticks(&f, 5);
	assert_int_equal(told(&f), 1);
	assert_int_equal(f.view.lost, 2);
	ticks(&f, 5);
	assert_int_equal(told(&f), 1);
	assert_int_equal(sinks_write(f.view.sinks, SLICE("c\n")), 0);
	ticks(&f, 5);
	assert_int_equal(told(&f), 2);
	assert_int_equal(f.view.lost_told, 0); /* the full one has not been told */
	teardown(&f);
}

/* Where nobody takes it, it is tried each time. */
static void test_alone(void **state)
{
	struct fixture f = { .config = NULL };

	(void)state;
	setup(&f, FULL, 1);
	assert_int_equal(sinks_write(f.view.sinks, SLICE("a\n")), 0);
	ticks(&f, 3);
	assert_int_equal(f.view.lost, 1);
	assert_int_equal(f.view.lost_told, 0);
	teardown(&f);
}

static void test_all_well(void **state)
{
	struct fixture f = { .config = NULL };

	(void)state;
	setup(&f, "/dev/null", 2);
	assert_int_equal(sinks_write(f.view.sinks, SLICE("a\n")), 0);
	ticks(&f, 3);
	assert_int_equal(told(&f), 0);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_of_two, tree_remove),
		cmocka_unit_test_teardown(test_alone, tree_remove),
		cmocka_unit_test_teardown(test_all_well, tree_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
