// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Counting by person, table and subject; windows of days; thresholds; limits; what is kept and read again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/repetition.h"

#define DAY_NS (86400ull * 1000000000ull)
#define HOUR_NS (3600ull * 1000000000ull)
#define START (19000 * DAY_NS) /* 2022-01-08 */

static struct repetition *rep;
static struct config *config;
static unsigned crossings;
static char last_name[64];
static struct repetition_window last_window;
static struct repetition_entry last_entry;

static void crossed(void *ctx, const struct repetition_entry *e, const struct config_threshold *t, const struct repetition_window *w)
{
	(void)ctx;
	crossings++;
	last_entry = *e;
	if (w)
		last_window = *w;
	if (t)
		snprintf(last_name, sizeof(last_name), "%.*s", (int)t->name.len, t->name.ptr);
}

static void configure(const char *text)
{
	struct config_error err;

	config_free(config);
	if (config_parse(slice_cstr(text), "test", &config, &err))
		fail_msg("%s", err.text);
}

static void add(uint32_t uid, const char *table, const char *subject, uint64_t rows, uint64_t wall_ns)
{
	struct slice s = slice_cstr(subject);
	struct sql_relation rel = { .name = slice_cstr(table) };
	struct repetition_access a = { .who = { true, uid, uid == 1001 ? SLICE("alice") : SLICE("bob") },
				       .system = SLICE("postgresql"),
				       .table = slice_cstr(table),
				       .relation = &rel,
				       .rows = rows,
				       .wall_ns = wall_ns,
				       .subjects = &s,
				       .nsubjects = subject ? 1 : 0 };

	assert_int_equal(repetition_add(rep, &a, config, crossed, NULL), 0);
}

static int setup(void **state)
{
	(void)state;
	config = NULL;
	crossings = 0;
	configure("tables: [{match: t}]\n");
	return repetition_new(&rep);
}

static int teardown(void **state)
{
	(void)state;
	repetition_free(rep);
	config_free(config);
	return 0;
}

/* One query about the same person every third day, at any hour, for four months: no day stands out, the sum does. */
static void test_slow_drip(void **state)
{
	unsigned told_at = 0, n = 0;

	(void)state;
	configure("tables: [{match: user_ip_log}]\n"
		  "thresholds:\n"
		  "  - {name: burst, queries: 20, within: 1d}\n"
		  "  - {name: month, queries: 20, within: 30d}\n"
		  "  - {name: slow drip, tables: \"*.user_ip_log\", queries: 30, within: 120d, severity: critical}\n");
	for (unsigned day = 0; day < 120; day++) {
		for (unsigned i = 0; i < 40 && day % 2; i++) /* the harmless ones */
			add(2000 + i, "posts", NULL, 1, START + day * DAY_NS + i);
		if (day % 3)
			continue;
		add(1001, "user_ip_log", "journalist", 4, START + day * DAY_NS + (day * 7 % 24) * 3600000000000ull);
		n++;
		if (crossings && !told_at)
			told_at = n;
	}
	assert_int_equal(n, 40);
	assert_int_equal(told_at, 30);
	assert_int_equal(crossings, 1);
	assert_string_equal(last_name, "slow drip");
	assert_int_equal(last_entry.uid, 1001);
	assert_int_equal(last_window.queries, 30);
	assert_int_equal(last_window.rows, 120);
	assert_int_equal(last_window.subjects, 1);
	assert_int_equal(last_entry.first_ns, START);
}

/* Told once, again when it has doubled, and again after it was below. */
static void test_again(void **state)
{
	(void)state;
	configure("tables: [{match: t}]\nthresholds:\n  - {name: n, queries: 5, within: 2d}\n");
	for (unsigned i = 0; i < 9; i++)
		add(1001, "t", NULL, 0, START + i);
	assert_int_equal(crossings, 1);
	add(1001, "t", NULL, 0, START + 9);
	assert_int_equal(crossings, 2);
	for (unsigned i = 0; i < 4; i++)
		add(1001, "t", NULL, 0, START + 10 * DAY_NS + i);
	assert_int_equal(crossings, 2);
	add(1001, "t", NULL, 0, START + 11 * DAY_NS);
	assert_int_equal(crossings, 3);
}

/*
 * The clock was a year ahead for a while, and is set right: what is counted then goes to the newest day, which every window of days holds.
 * So the same is told earlier, never later. (Windows of hours forget at a leap forward what lies before it, as when that time had passed.)
 */
static void test_clock_back(void **state)
{
	(void)state;
	configure("tables: [{match: t}]\nthresholds:\n  - {name: n, queries: 5, within: 2d}\n");
	for (unsigned i = 0; i < 3; i++)
		add(1001, "t", NULL, 0, START + 10 * DAY_NS + i);
	add(1001, "t", NULL, 0, START + 375 * DAY_NS);
	assert_int_equal(crossings, 0);
	add(1001, "t", NULL, 0, START + 10 * DAY_NS + 3);
	assert_int_equal(crossings, 1);
	assert_int_equal(last_window.queries, 5);
	assert_int_equal(last_entry.queries, 5);
	assert_true(last_entry.first_ns == START + 10 * DAY_NS);
	assert_true(last_entry.last_ns == START + 375 * DAY_NS);
	/* A dead battery, 1970: the day does not matter, it counts. */
	for (unsigned i = 0; i < 5; i++)
		add(1001, "t", NULL, 0, 5 + i);
	assert_int_equal(crossings, 2);
	assert_int_equal(last_window.queries, 10);
}

static void test_kinds(void **state)
{
	char subject[16];

	(void)state;
	configure("tables: [{match: t}]\n"
		  "thresholds:\n"
		  "  - {name: rows, rows: 1000, within: 1d, user: alice}\n"
		  "  - {name: people, subjects: 5, within: 10d}\n"
		  "  - {name: one person, queries: 3, within: 10d, per: subject}\n");
	add(1002, "t", NULL, 5000, START);
	assert_int_equal(crossings, 0);
	add(1001, "t", NULL, 999, START);
	assert_int_equal(crossings, 0);
	add(1001, "t", NULL, 1, START);
	assert_string_equal(last_name, "rows");
	crossings = 0;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(crossings, 0);
		snprintf(subject, sizeof(subject), "person%u", i);
		add(1002, "t", subject, 0, START + i * DAY_NS);
	}
	assert_string_equal(last_name, "people");
	assert_int_equal(last_window.subjects, 5);
	/* Ten days later four of them are out of the window. */
	crossings = 0;
	add(1002, "t", "person0", 0, START + 13 * DAY_NS);
	add(1002, "t", "person0", 0, START + 13 * DAY_NS);
	assert_int_equal(crossings, 0);
	add(1002, "t", "person0", 0, START + 13 * DAY_NS);
	assert_int_equal(crossings, 1);
	assert_string_equal(last_name, "one person");
	assert_memory_equal(last_entry.subject.ptr, "person0", 7);
	assert_int_equal(last_window.queries, 3);
}

static void test_period(void **state)
{
	(void)state;
	add(1001, "t", "j", 2, START);
	add(1001, "t", NULL, 3, START + 5);
	add(1002, "t", NULL, 3, START);
	assert_int_equal(repetition_period(rep, crossed, NULL), 2);
	assert_int_equal(last_entry.uid, 1002);
	assert_int_equal(repetition_period(rep, crossed, NULL), 0);
	add(1001, "t", "j", 1, START + 9);
	assert_int_equal(repetition_period(rep, crossed, NULL), 1);
	assert_int_equal(last_entry.queries, 3);
	assert_int_equal(last_entry.rows, 6);
	assert_int_equal(last_entry.first_ns, START);
	assert_int_equal(last_entry.last_ns, START + 9);
}

static void test_limits(void **state)
{
	char name[32];
	uint64_t before;

	(void)state;
	for (unsigned i = 0; i < REPETITION_ENTRIES_MAX + 10; i++)
		add(i, "t", NULL, 1, START + i);
	assert_int_equal(repetition_count(rep), REPETITION_ENTRIES_MAX);
	assert_int_equal(repetition_evictions(rep), 10);
	for (unsigned i = 0; i < REPETITION_SEEN_MAX + 1; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		add(1001, "t", name, 1, START + DAY_NS + i);
	}
	repetition_period(rep, crossed, NULL);
	before = repetition_evictions(rep);
	for (unsigned day = 0; day < 3 * REPETITION_DAYS_MAX; day++)
		add(1001, "t", NULL, 1, START + day * DAY_NS);
	assert_int_equal(repetition_period(rep, crossed, NULL), 1);
	assert_int_equal(last_entry.ndays, REPETITION_DAYS_MAX);
	assert_true(last_entry.subjects_estimated);
	assert_in_range(last_entry.subjects, REPETITION_SEEN_MAX / 2, REPETITION_SEEN_MAX * 2);
	assert_int_equal(repetition_evictions(rep), before);
	/* An hour of an earlier day goes where it can. */
	add(1001, "t", NULL, 1, START);
	assert_int_equal(repetition_period(rep, crossed, NULL), 1);
	assert_int_equal(last_entry.ndays, REPETITION_DAYS_MAX);
}

static uint64_t asked_ns;

static void look(void *ctx, const struct repetition_entry *e, const struct config_threshold *t, const struct repetition_window *w)
{
	(void)ctx;
	(void)t;
	(void)w;
	repetition_window(e, &config->thresholds[0], asked_ns, &last_window);
}

/* What the only entry that counted since the last time has in a window that ends then. */
static const struct repetition_window *window(const char *within, uint64_t wall_ns)
{
	char yaml[128];

	snprintf(yaml, sizeof(yaml), "tables: [{match: t}]\nthresholds: [{name: w, queries: 1000000, within: %s}]\n", within);
	configure(yaml);
	asked_ns = wall_ns;
	add(1001, "t", NULL, 0, wall_ns);
	assert_int_equal(repetition_period(rep, look, NULL), 1);
	return &last_window;
}

/* Hours are told apart for as long as a threshold asks. */
static void test_hours(void **state)
{
	(void)state;
	configure("tables: [{match: t}]\nthresholds:\n  - {name: day, queries: 20, within: 24h}\n  - {name: week, queries: 99, within: "
		  "7d}\n");
	for (unsigned i = 0; i < 19; i++) /* over midnight */
		add(1001, "t", "j", 1, START + (15 + i) * HOUR_NS);
	assert_int_equal(crossings, 0);
	add(1001, "t", NULL, 1, START + 38 * HOUR_NS + HOUR_NS / 2);
	assert_int_equal(crossings, 1);
	assert_string_equal(last_name, "day");
	assert_int_equal(last_window.queries, 20);
	assert_int_equal(last_window.subjects, 1);
	/* Twelve hours later the first of them are out. */
	add(1001, "t", NULL, 1, START + 50 * HOUR_NS);
	assert_int_equal(crossings, 1);
	assert_int_equal(window("24h", START + 50 * HOUR_NS)->queries, 10); /* 27..33, 38, and two at 50 */
	assert_int_equal(window("1w", START + 50 * HOUR_NS)->queries, 23);
	assert_int_equal(repetition_period(rep, crossed, NULL), 0);
}

/* Exact up to the limit, then an estimate: within four standard errors, in all and in a window, and the same after a restart. */
static void test_many_subjects(void **state)
{
	static const unsigned sizes[] = { 10, REPETITION_SEEN_MAX, 2000, 50000 };
	char name[32];
	unsigned n = 0;

	(void)state;
	configure("tables: [{match: t}]\nthresholds: [{name: w, queries: 1000000, within: 2d}]\n");
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		unsigned fresh = sizes[k] - n, tolerance;

		for (; n < sizes[k]; n++) {
			snprintf(name, sizeof(name), "person%u", n);
			add(1001, "t", name, 0, START + k * 10 * DAY_NS);
		}
		asked_ns = START + k * 10 * DAY_NS;
		add(1001, "t", NULL, 0, asked_ns);
		repetition_period(rep, look, NULL);
		assert_int_equal(last_window.subjects_estimated, n > REPETITION_SEEN_MAX);
		tolerance = last_window.subjects_estimated ? fresh * 22 / 100 : 0;
		assert_in_range(last_window.subjects, fresh - tolerance, fresh + tolerance);
		add(1001, "t", NULL, 0, asked_ns);
		repetition_period(rep, crossed, NULL);
		tolerance = last_window.subjects_estimated ? n * 22 / 100 : 0;
		assert_in_range(last_entry.subjects, n - tolerance, n + tolerance);
	}
}

/* One entry, as version 1 wrote it: two days, two subjects, not in the order of their hashes. */
static const char version_1[] = "\x51\x50\x52\x4f\x56\x52\x45\x50\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"
				"\xc8\x00\x00\x00\x00\x00\x00\x00\x94\xfc\xd6\x31\xc1\x39\xe1\xf1\x06\x7f\xc6\x20\x00\x6d\x78\xfa"
				"\x6d\x94\x36\xc7\x2e\x4c\x88\x52\xd6\x60\x2c\x24\x99\x73\x89\xaa\xe9\x03\x00\x00\x01\x00\x00\x00"
				"\x05\x00\x00\x00\x00\x00\x00\x00\x61\x6c\x69\x63\x65\x0a\x00\x00\x00\x00\x00\x00\x00\x70\x6f\x73"
				"\x74\x67\x72\x65\x73\x71\x6c\x01\x00\x00\x00\x00\x00\x00\x00\x74\x00\x00\x00\x00\x00\x00\x00\x00"
				"\x05\x00\x00\x00\x00\x00\x00\x00\x32\x00\x00\x00\x00\x00\x00\x00\x00\x00\x48\x9f\x80\x22\xc8\x16"
				"\x00\x00\x97\x30\x15\x71\xc8\x16\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
				"\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x38\x4a\x00\x00"
				"\x1e\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x39\x4a\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00"
				"\x02\x00\x00\x00\x00\x00\x00\x00\x63\x00\x00\x00\x00\x00\x00\x00\x38\x4a\x00\x00\x00\x00\x00\x00"
				"\x07\x00\x00\x00\x00\x00\x00\x00\x39\x4a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";

static struct repetition *again(struct buf *b)
{
	struct repetition *r;

	buf_clear(b);
	repetition_save(rep, true, b);
	assert_int_equal(b->err, 0);
	assert_int_equal(repetition_new(&r), 0);
	assert_int_equal(repetition_load(r, buf_slice(b)), 0);
	return r;
}

static void test_kept(void **state)
{
	struct repetition *other;
	struct buf a, b;
	char name[32];

	(void)state;
	buf_init(&a, 32u << 20);
	buf_init(&b, 32u << 20);
	configure("tables: [{match: t}]\nthresholds:\n  - {name: n, queries: 50, within: 100d}\n");
	for (unsigned i = 0; i < 45; i++) {
		snprintf(name, sizeof(name), "s%u", i % 7);
		add(1001, "t", name, i, START + i * DAY_NS);
	}
	other = again(&a);
	repetition_save(other, true, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.ptr, b.ptr, a.len);
	/* It goes on where it stopped: five more reach the threshold. */
	repetition_free(rep);
	rep = other;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(crossings, 0);
		add(1001, "t", NULL, 1, START + 46 * DAY_NS);
	}
	assert_int_equal(crossings, 1);
	assert_int_equal(last_entry.first_ns, START);
	repetition_free(again(&a));
	buf_done(&a);
	buf_done(&b);
}

/* What an earlier version wrote is taken over; what was not written at the end says so. */
static void test_versions(void **state)
{
	struct repetition *r;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	add(1001, "t", "j", 3, START);
	repetition_save(rep, false, &b);
	assert_int_equal(repetition_new(&r), 0);
	assert_int_equal(repetition_load(r, buf_slice(&b)), 1);
	assert_int_equal(repetition_count(r), 2);
	repetition_free(r);
	assert_int_equal(repetition_new(&r), 0);
	assert_int_equal(repetition_load(r, slice_mem(version_1, sizeof(version_1) - 1)), 0);
	repetition_free(rep);
	rep = r;
	assert_int_equal(window("3d", 19002 * DAY_NS)->subjects, 2);
	assert_int_equal(last_window.queries, 6);
	assert_int_equal(window("2d", 19002 * DAY_NS)->subjects, 1);
	buf_done(&b);
}

/* Any damage is noticed, at any byte and any length. */
static void test_damage(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 32u << 20);
	add(1001, "t", "s", 1, START);
	add(1002, "user_ip_log", NULL, 1, START);
	repetition_save(rep, true, &b);
	for (size_t n = 0; n < b.len; n++) {
		struct repetition *r;

		assert_int_equal(repetition_new(&r), 0);
		assert_int_equal(repetition_load(r, slice_mem(b.ptr, n)), -EBADMSG);
		b.ptr[n] ^= 4;
		assert_int_equal(repetition_load(r, buf_slice(&b)), -EBADMSG);
		b.ptr[n] ^= 4;
		assert_int_equal(repetition_count(r), 0);
		repetition_free(r);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_slow_drip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_period, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hours, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_subjects, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
