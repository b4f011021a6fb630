// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Cursors through the whole pipeline: statements in, and which events come of them, with rows and fetches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/pipeline.h"
#include "records.inc.c"

#define SEC 1000000000ull

enum { SEND, CLEAR };
enum { COMMAND_OK = 1, TUPLES_OK = 2, FATAL_ERROR = 7 };

struct fixture {
	struct config *config;
	struct pipeline *p;
	struct buf told; /* "MESSAGE {cursor}" of each query event, one a line */
	uint64_t now;
};

/* "DECLARE user_ip_log: 4 rows in 2 fetches end close" */
static void on_lines(void *ctx, enum line_kind kind, struct slice lines)
{
	struct fixture *f = ctx;
	char *text = strndup(lines.ptr, lines.len), *at, *stop;

	assert_non_null(text);
	if (kind == LINE_QUERY) {
		at = strstr(text, "\"message\":\"uid 1001 ");
		assert_non_null(at);
		at += strlen("\"message\":\"uid 1001 ");
		stop = strchr(at, '"');
		buf_add(&f->told, slice_mem(at, (size_t)(stop - at)));
		at = strstr(stop, "\"cursor\":{");
		at = at ? strstr(at, "\"end\":\"") : NULL;
		if (at) {
			at += strlen("\"end\":\"");
			buf_adds(&f->told, ", ");
			buf_add(&f->told, slice_mem(at, (size_t)(strchr(at, '"') - at)));
		}
		at = strstr(stop, "\"all_rows\":");
		if (at)
			buf_printf(&f->told, ", %d of all", atoi(at + strlen("\"all_rows\":")));
		buf_addc(&f->told, '\n');
	}
	free(text);
}

static void push(struct fixture *f, struct slice record)
{
	assert_int_equal(pipeline_push(f->p, record), 0);
}

static void setup(struct fixture *f)
{
	static const struct pipeline_ops ops = { .lines = on_lines };
	struct config_error e;

	memset(f, 0, sizeof(*f));
	buf_init(&f->told, 1 << 20);
	if (config_parse(SLICE("capture: {all_queries: true}\ntables:\n  - match: user_ip_log\n"), "t.yaml", &f->config, &e))
		fail_msg("%s", e.text);
	assert_int_equal(pipeline_new(f->config, NULL, &ops, f, &f->p), 0);
	push(f, test_hello());
	push(f, test_library(1, "/usr/lib/libpq.so.5", "libpq"));
	push(f, test_site(SEND, 1, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x1000));
	push(f, test_site(CLEAR, 1, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear", 0x2000));
	f->now = SEC;
}

static void teardown(struct fixture *f)
{
	pipeline_free(f->p);
	config_free(f->config);
	buf_done(&f->told);
}

static void run_on(struct fixture *f, uint64_t connection, const char *sql, unsigned status, uint64_t rows, const char *tag)
{
	struct test_call send = { .site = SEND, .ts_ns = f->now++, .arg0 = connection, .text = sql };
	struct test_call clear = { .site = CLEAR, .ts_ns = f->now++, .arg0 = 0x77, .name = tag, .fields = { rows, status }, .field_ok = 3 };

	push(f, test_call(&send));
	push(f, test_call(&clear));
}

static void command(struct fixture *f, const char *sql, const char *tag)
{
	run_on(f, 1, sql, COMMAND_OK, 0, tag);
}

static void fetch(struct fixture *f, const char *sql, uint64_t rows)
{
	run_on(f, 1, sql, TUPLES_OK, rows, "FETCH");
}

/* Time goes by; results that are in are told. */
static void wait_until(struct fixture *f, uint64_t ns)
{
	f->now = ns;
	push(f, test_tick(f->now++));
}

static void expect(struct fixture *f, const char *want)
{
	buf_addc(&f->told, 0);
	if (strcmp(f->told.ptr, want))
		fail_msg("told:\n%sexpected:\n%s", f->told.ptr, want);
	buf_clear(&f->told);
}

static void test_folded(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	command(&f, "BEGIN", "BEGIN");
	command(&f, "DECLARE c NO SCROLL CURSOR FOR SELECT ip FROM user_ip_log", "DECLARE CURSOR");
	fetch(&f, "FETCH FORWARD 2 FROM c", 2);
	fetch(&f, "FETCH FORWARD 2 FROM \"c\"", 1);
	command(&f, "MOVE 5 IN c", "MOVE 5");
	command(&f, "CLOSE c", "CLOSE CURSOR");
	wait_until(&f, 2 * SEC);
	expect(&f, "BEGIN with psql\nDECLARE user_ip_log with psql: 3 rows in 2 fetches, close\nCLOSE with psql\n");
	/* closed: the name is not known any more */
	fetch(&f, "FETCH 1 FROM c", 1);
	wait_until(&f, 3 * SEC);
	expect(&f, "");
	push(&f, test_exit(4 * SEC));
	wait_until(&f, 6 * SEC);
	expect(&f, "FETCH with psql: 1 row in 1 fetch [dynamic], process\n");
	teardown(&f);
}

static void test_ends(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	command(&f, "DECLARE a CURSOR FOR SELECT ip FROM user_ip_log", "DECLARE CURSOR");
	command(&f, "DECLARE h CURSOR WITH HOLD FOR SELECT ip FROM user_ip_log", "DECLARE CURSOR");
	run_on(&f, 2, "DECLARE a CURSOR FOR SELECT ip FROM user_ip_log", COMMAND_OK, 0, "DECLARE CURSOR");
	fetch(&f, "FETCH 7 FROM a", 7);
	fetch(&f, "FETCH 2 FROM h", 2);
	command(&f, "COMMIT", "COMMIT");
	wait_until(&f, 2 * SEC);
	expect(&f, "DECLARE user_ip_log with psql: 7 rows in 1 fetch, transaction\nCOMMIT with psql\n");
	fetch(&f, "FETCH 2 FROM h", 1);
	command(&f, "DECLARE h CURSOR FOR SELECT name FROM users", "DECLARE CURSOR");
	wait_until(&f, 3 * SEC);
	expect(&f, "DECLARE user_ip_log with psql: 3 rows in 2 fetches, declared_again\n");
	run_on(&f, 1, "FETCH 1 FROM h", FATAL_ERROR, 0, "");
	wait_until(&f, 4 * SEC);
	expect(&f, "DECLARE users with psql: failed, error\n");
	/* the other connection's was touched by none of this */
	run_on(&f, 2, "DISCARD ALL", COMMAND_OK, 0, "DISCARD ALL");
	wait_until(&f, 5 * SEC);
	expect(&f, "DECLARE user_ip_log with psql, discard\nDISCARD with psql\n");
	teardown(&f);
}

static void test_goes_on(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	command(&f, "DECLARE c CURSOR FOR SELECT ip FROM user_ip_log", "DECLARE CURSOR");
	fetch(&f, "FETCH 10 FROM c", 10);
	wait_until(&f, 4 * SEC);
	expect(&f, "");
	wait_until(&f, 7 * SEC);
	expect(&f, "DECLARE user_ip_log with psql: 10 rows in 1 fetch\n");
	fetch(&f, "FETCH 10 FROM c", 10);
	wait_until(&f, 30 * SEC);
	fetch(&f, "FETCH 10 FROM c", 5);
	wait_until(&f, 31 * SEC);
	expect(&f, "");
	wait_until(&f, 70 * SEC);
	expect(&f, "FETCH user_ip_log with psql: 15 rows in 2 fetches, 25 of all\n");
	fetch(&f, "FETCH 10 FROM c", 1);
	wait_until(&f, 71 * SEC);
	pipeline_finish(f.p);
	expect(&f, "FETCH user_ip_log with psql: 1 row in 1 fetch, 26 of all\n");
	teardown(&f);
}

/* In one string with others a cursor is part of that string's event. */
static void test_strings(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	command(&f, "BEGIN; DECLARE c CURSOR FOR SELECT ip FROM user_ip_log", "DECLARE CURSOR");
	fetch(&f, "FETCH 1 FROM c", 1);
	fetch(&f, "FETCH 1 FROM c; SELECT name FROM users", 1);
	wait_until(&f, 2 * SEC);
	expect(&f, "SELECT user_ip_log with psql: 1 row\n");
	command(&f, "CLOSE ALL", "CLOSE CURSOR ALL");
	wait_until(&f, 3 * SEC);
	expect(&f, "DECLARE user_ip_log with psql: 1 row in 1 fetch, close\nCLOSE with psql\n");
	teardown(&f);
}

/* More than may be known, and more text than may wait: told early, and nothing is missing. */
static void test_limits(void **state)
{
	static char text[3000];
	struct fixture f;
	unsigned told = 0;

	(void)state;
	setup(&f);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "DECLARE c%u CURSOR FOR SELECT ip, '%*s' FROM user_ip_log", i, 2000, "x");
		command(&f, text, "DECLARE CURSOR");
	}
	wait_until(&f, 2 * SEC);
	assert_true(f.told.len > 0);
	pipeline_finish(f.p);
	for (size_t i = 0; i < f.told.len; i++)
		told += f.told.ptr[i] == '\n';
	assert_int_equal(told, 5000);
	teardown(&f);
}

/* One that takes more memory to understand than an event has is told of its person all the same, as not read. */
static void test_no_room(void **state)
{
	enum { RELATIONS = 3000, RUNS = 800 };
	struct fixture f;
	struct buf sql;

	(void)state;
	setup(&f);
	buf_init(&sql, 1 << 20);
	buf_adds(&sql, "PREPARE q AS SELECT 1 FROM user_ip_log");
	for (unsigned i = 0; i < RELATIONS; i++)
		buf_printf(&sql, ", t%u", i);
	buf_addc(&sql, 0);
	command(&f, sql.ptr, "PREPARE");
	buf_clear(&sql);
	for (unsigned i = 0; i < RUNS; i++)
		buf_adds(&sql, "EXECUTE q;");
	buf_addc(&sql, 0);
	buf_clear(&f.told);
	run_on(&f, 1, sql.ptr, TUPLES_OK, 1, "SELECT");
	wait_until(&f, f.now + 10 * SEC);
	pipeline_finish(f.p);
	buf_addc(&f.told, 0);
	assert_non_null(strstr(f.told.ptr, "ran a statement with psql: 1 row [unreadable]\n"));
	teardown(&f);
	buf_done(&sql);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folded),  cmocka_unit_test(test_ends),   cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_strings), cmocka_unit_test(test_limits), cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
