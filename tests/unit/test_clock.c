// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A wall clock that is set while the agent runs is told; one that is kept right is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"
#include "pipeline/pipeline.h"

#include "records.inc.c"

#define SECOND 1000000000ull

struct fixture {
	struct config *config;
	struct pipeline *p;
	struct buf lines;
	uint64_t now;
};

static void on_lines(void *ctx, enum line_kind kind, struct slice lines)
{
	struct fixture *f = ctx;

	(void)kind;
	buf_add(&f->lines, lines);
}

static int setup(void **state)
{
	static const struct pipeline_ops ops = { .lines = on_lines };
	static struct fixture f;
	struct config_error e;

	f = (struct fixture){ .now = SECOND };
	buf_init(&f.lines, 1 << 20);
	assert_int_equal(config_parse(SLICE("tables:\n  - match: t\n"), "t.yaml", &f.config, &e), 0);
	assert_int_equal(pipeline_new(f.config, NULL, &ops, &f, &f.p), 0);
	assert_int_equal(pipeline_push(f.p, test_hello()), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pipeline_free(f->p);
	config_free(f->config);
	buf_done(&f->lines);
	return 0;
}

/* A second later, with the wall clock so far from where it was at the start. The lines that came of it. */
static const char *tick(struct fixture *f, int64_t off_ns)
{
	struct rec_tick r;

	f->now += SECOND;
	memcpy(&r, test_tick(f->now).ptr, sizeof(r));
	r.wall_offset_ns += (uint64_t)off_ns;
	buf_clear(&f->lines);
	assert_int_equal(pipeline_push(f->p, slice_mem(&r, sizeof(r))), 0);
	buf_addc(&f->lines, 0);
	return f->lines.ptr;
}

static void test_set(void **state)
{
	const char *lines = tick(*state, -3600 * (int64_t)SECOND);

	assert_non_null(strstr(lines, "\"action\":\"clock\""));
	assert_non_null(strstr(lines, "the clock was set: back by 3600.000 s"));
	assert_null(strstr(tick(*state, -3600 * (int64_t)SECOND), "\"action\":\"clock\"")); /* once */
	assert_non_null(strstr(tick(*state, 1500 * 1000000), "the clock was set: forward by 3601.500 s"));
}

static void test_kept_right(void **state)
{
	for (int64_t i = 0; i < 100; i++)
		assert_null(strstr(tick(*state, i * 500000), "\"action\":\"clock\"")); /* as fast as a clock is slewed */
	assert_null(strstr(tick(*state, 900 * 1000000), "\"action\":\"clock\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept_right, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
