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
	for (unsigned i = 0; i < REPETITION_SUBJECTS_MAX + 5; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		add(1001, "t", name, 1, START + DAY_NS + i);
	}
	repetition_period(rep, crossed, NULL);
	before = repetition_evictions(rep);
	for (unsigned day = 0; day < 3 * REPETITION_DAYS_MAX; day++)
		add(1001, "t", NULL, 1, START + day * DAY_NS);
	assert_int_equal(repetition_period(rep, crossed, NULL), 1);
	assert_int_equal(last_entry.ndays, REPETITION_DAYS_MAX);
	assert_int_equal(last_entry.subjects, REPETITION_SUBJECTS_MAX);
	assert_true(last_entry.subjects_more);
	assert_int_equal(repetition_evictions(rep), before);
	/* An hour of an earlier day goes where it can. */
	add(1001, "t", NULL, 1, START);
	assert_int_equal(repetition_period(rep, crossed, NULL), 1);
	assert_int_equal(last_entry.ndays, REPETITION_DAYS_MAX);
}

static struct repetition *again(struct buf *b)
{
	struct repetition *r;

	buf_clear(b);
	repetition_save(rep, b);
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
	repetition_save(other, &b);
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

/* Any damage is noticed, at any byte and any length. */
static void test_damage(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 32u << 20);
	add(1001, "t", "s", 1, START);
	add(1002, "user_ip_log", NULL, 1, START);
	repetition_save(rep, &b);
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
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_period, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
