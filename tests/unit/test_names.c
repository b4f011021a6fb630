// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names of prepared statements, of SQL and of calls, and COPY, through the whole pipeline: calls in, and which events come of them. */
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

enum { SEND, CLEAR, PREPARE, RUN, CLOSE, CLOSE_PORTAL, FINISH, COPY_DATA, COPY_END, ERROR_FIELD, COPY_ROWS, COPY_OVER };
enum { COMMAND_OK = 1, TUPLES_OK = 2, COPY_OUT = 3, COPY_IN = 4, FATAL_ERROR = 7 };

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
	at = strstr(text, "\"dataset\":\"qprov.connect\"");
	if (at) {
		at = strstr(at, "\"message\":\"") + strlen("\"message\":\"");
		buf_add(&f->told, slice_mem(at, (size_t)(strchr(at, '"') - at)));
		buf_addc(&f->told, '\n');
	}
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
		at = strstr(stop, "\"copy\":");
		if (at) {
			buf_addc(&f->told, ' ');
			buf_add(&f->told, slice_mem(at, (size_t)(strchr(at, '}') - at)));
		}
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
	if (config_parse(SLICE("capture: {all_queries: true, connections: true}\ntables:\n  - match: user_ip_log\n"), "t.yaml", &f->config,
			 &e))
		fail_msg("%s", e.text);
	assert_int_equal(pipeline_new(f->config, NULL, &ops, f, &f->p), 0);
	push(f, test_hello());
	push(f, test_library(1, "/usr/lib/libpq.so.5", "libpq"));
	push(f, test_site(SEND, 1, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x1000));
	push(f, test_site(CLEAR, 1, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear", 0x2000));
	push(f, test_site(PREPARE, 1, OP_PREPARE, SYSTEM_POSTGRESQL, "PQsendPrepare", 0x3000));
	push(f, test_site(RUN, 1, OP_EXECUTE_NAMED, SYSTEM_POSTGRESQL, "PQsendQueryPrepared", 0x4000));
	push(f, test_site(CLOSE, 1, OP_PG_CLOSE, SYSTEM_POSTGRESQL, "PQclosePrepared", 0x5000));
	push(f, test_site(CLOSE_PORTAL, 1, OP_PG_CLOSE, SYSTEM_POSTGRESQL, "PQclosePortal", 0x6000));
	push(f, test_site(FINISH, 1, OP_CONN_CLOSE, SYSTEM_POSTGRESQL, "PQfinish", 0x7000));
	push(f, test_site(COPY_DATA, 1, OP_PG_COPY_DATA, SYSTEM_POSTGRESQL, "PQputCopyData", 0x8000));
	push(f, test_site(COPY_END, 1, OP_PG_COPY_END, SYSTEM_POSTGRESQL, "PQputCopyEnd", 0x9000));
	push(f, test_site(ERROR_FIELD, 1, OP_PG_ERROR, SYSTEM_POSTGRESQL, "PQresultErrorField", 0xa000));
	push(f, test_site(COPY_ROWS, 1, OP_PG_COPY_ROWS, SYSTEM_POSTGRESQL, "PQgetCopyData", 0xb000));
	push(f, test_site(COPY_OVER, 1, OP_PG_COPY_OVER, SYSTEM_POSTGRESQL, "PQgetResult", 0xc000));
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

static void answer(struct fixture *f, unsigned status, uint64_t rows, const char *tag)
{
	struct test_call c = { .site = CLEAR, .ts_ns = f->now++, .arg0 = 0x77, .name = tag, .fields = { rows, status }, .field_ok = 3 };

	if (status == FATAL_ERROR) {
		c.site = ERROR_FIELD;
		push(f, test_call(&c));
		c.site = CLEAR;
	}
	push(f, test_call(&c));
}

static void prepare(struct fixture *f, const char *name, const char *sql, bool taken)
{
	struct test_call c = { .site = PREPARE, .ts_ns = f->now++, .arg0 = 1, .name = name, .text = sql };

	push(f, test_call(&c));
	answer(f, taken ? COMMAND_OK : FATAL_ERROR, 0, "");
}

static void run_prepared(struct fixture *f, const char *name)
{
	struct test_call c = { .site = RUN, .ts_ns = f->now++, .arg0 = 1, .name = name };

	push(f, test_call(&c));
	answer(f, TUPLES_OK, 4, "SELECT 4");
}

static void close_name(struct fixture *f, uint32_t site, const char *name)
{
	struct test_call c = { .site = site, .ts_ns = f->now++, .arg0 = 1, .name = name };

	push(f, test_call(&c));
}

#define SECRET "SELECT ip FROM user_ip_log"
#define HARMLESS "SELECT name FROM users"

/* A text that the server refused must not stand in for the one it kept. */
static void test_refused(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	prepare(&f, "q", SECRET, true);
	prepare(&f, "q", HARMLESS, false);
	run_prepared(&f, "q");
	wait_until(&f, 2 * SEC);
	expect(&f, "SELECT users with psql: failed\nSELECT user_ip_log with psql: 4 rows\n");
	run_on(&f, 1, "PREPARE q AS " HARMLESS, FATAL_ERROR, 0, "");
	run_on(&f, 1, "EXECUTE q", TUPLES_OK, 4, "SELECT 4");
	wait_until(&f, 3 * SEC);
	expect(&f, "PREPARE users with psql: failed\nEXECUTE user_ip_log with psql: 4 rows\n");
	/* the same between statements of SQL; of several in a string it is not known which one failed */
	command(&f, "PREPARE s AS " SECRET, "PREPARE");
	run_on(&f, 1, "PREPARE s AS " HARMLESS, FATAL_ERROR, 0, "");
	run_on(&f, 1, "EXECUTE s", TUPLES_OK, 4, "SELECT 4");
	run_on(&f, 1, "PREPARE s AS " HARMLESS "; SELECT 1/0", FATAL_ERROR, 0, "");
	run_on(&f, 1, "EXECUTE s", TUPLES_OK, 4, "SELECT 4");
	wait_until(&f, 4 * SEC);
	expect(&f, "PREPARE user_ip_log with psql\nPREPARE users with psql: failed\nEXECUTE user_ip_log with psql: 4 rows\n"
		   "PREPARE users with psql: failed\nEXECUTE with psql: 4 rows [dynamic]\n");
	teardown(&f);
}

static void test_shared(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	prepare(&f, "q", SECRET, true);
	run_on(&f, 1, "EXECUTE q", TUPLES_OK, 4, "SELECT 4");
	command(&f, "DEALLOCATE q", "DEALLOCATE");
	run_on(&f, 1, "EXECUTE q", TUPLES_OK, 4, "SELECT 4");
	command(&f, "PREPARE q AS " HARMLESS, "PREPARE");
	run_prepared(&f, "q");
	close_name(&f, CLOSE, "q");
	run_prepared(&f, "q");
	wait_until(&f, 2 * SEC);
	expect(&f,
	       "EXECUTE user_ip_log with psql: 4 rows\nDEALLOCATE with psql\nEXECUTE with psql: 4 rows [dynamic]\nPREPARE users with psql\n"
	       "SELECT users with psql: 4 rows\nran a statement with psql: 4 rows [dynamic]\n");
	teardown(&f);
}

static void test_forgotten(void **state)
{
	static const char *const how[] = { "DEALLOCATE q", "DEALLOCATE ALL", "DISCARD ALL", NULL };
	struct fixture f;

	(void)state;
	setup(&f);
	for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
		prepare(&f, "q", SECRET, true);
		if (how[i])
			command(&f, how[i], "DEALLOCATE");
		else
			close_name(&f, FINISH, NULL);
		wait_until(&f, f.now + SEC);
		buf_clear(&f.told);
		run_prepared(&f, "q");
		wait_until(&f, f.now + SEC);
		expect(&f, "ran a statement with psql: 4 rows [dynamic]\n");
	}
	/* what forgets something else */
	prepare(&f, "q", SECRET, true);
	command(&f, "DEALLOCATE other", "DEALLOCATE");
	command(&f, "RESET ALL", "RESET");
	run_on(&f, 1, "DEALLOCATE q", FATAL_ERROR, 0, "");
	run_on(&f, 2, "DEALLOCATE ALL", COMMAND_OK, 0, "DEALLOCATE ALL");
	wait_until(&f, f.now + SEC);
	buf_clear(&f.told);
	run_prepared(&f, "q");
	wait_until(&f, f.now + SEC);
	expect(&f, "SELECT user_ip_log with psql: 4 rows\n");
	/* the same place, another connection */
	push(&f, test_conn(f.now++, 1, 4711, "crm", "ro"));
	run_prepared(&f, "q");
	wait_until(&f, f.now + SEC);
	buf_addc(&f.told, 0);
	assert_non_null(strstr(f.told.ptr, "ran a statement with psql: 4 rows [dynamic]\n"));
	teardown(&f);
}

static void copy_data(struct fixture *f, uint32_t site, uint64_t bytes, const char *error)
{
	struct test_call c = { .site = site, .ts_ns = f->now++, .arg0 = 1, .fields = { 0, 0, 0, bytes }, .field_ok = 8, .text = error };

	if (site == COPY_END && !error)
		c.status = REC_TEXT_NULL;
	push(f, test_call(&c));
}

static void copy(struct fixture *f, const char *sql, unsigned status)
{
	struct test_call send = { .site = SEND, .ts_ns = f->now++, .arg0 = 1, .text = sql };

	push(f, test_call(&send));
	answer(f, status, 0, "");
}

#define IN "COPY user_ip_log FROM STDIN"

static void test_copy(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	copy(&f, IN, COPY_IN);
	copy_data(&f, COPY_DATA, 8, NULL);
	copy_data(&f, COPY_DATA, 16, NULL);
	copy_data(&f, COPY_END, 24, NULL);
	answer(&f, COMMAND_OK, 0, "COPY 3");
	copy(&f, IN, COPY_IN);
	copy_data(&f, COPY_END, 5, "changed my mind");
	answer(&f, FATAL_ERROR, 0, "");
	copy(&f, "COPY user_ip_log TO STDOUT", COPY_OUT);
	answer(&f, COMMAND_OK, 0, "COPY 5");
	wait_until(&f, 2 * SEC);
	expect(&f, "COPY user_ip_log with psql: 3 rows \"copy\":{\"direction\":\"in\",\"state\":\"done\",\"bytes\":24\n"
		   "COPY user_ip_log with psql: failed \"copy\":{\"direction\":\"in\",\"state\":\"failed\",\"bytes\":5,\"given_up\":true\n"
		   "COPY user_ip_log with psql: 5 rows \"copy\":{\"direction\":\"out\",\"state\":\"done\"\n");
	/* a long one is told while it runs, and at its end */
	copy(&f, IN, COPY_IN);
	copy_data(&f, COPY_DATA, 1024, NULL);
	wait_until(&f, 90 * SEC);
	expect(&f, "COPY user_ip_log with psql: still copying "
		   "\"copy\":{\"direction\":\"in\",\"state\":\"running\",\"bytes\":1024,\"bytes_at_least\":true\n");
	copy_data(&f, COPY_DATA, 2048, NULL);
	push(&f, test_exit(f.now++));
	wait_until(&f, f.now + SEC);
	expect(&f, "COPY user_ip_log with psql: broken off "
		   "\"copy\":{\"direction\":\"in\",\"state\":\"broken_off\",\"bytes\":2048,\"bytes_at_least\":true,\"again\":true\n");
	teardown(&f);
}

#define OUT "COPY user_ip_log TO STDOUT"

/* Calls that take a row, as they are told: whenever they have doubled. */
static void take_rows(struct fixture *f, uint64_t calls)
{
	for (uint64_t n = 1; n <= calls; n *= 2)
		copy_data(f, COPY_ROWS, n, NULL);
}

static void send(struct fixture *f, const char *sql)
{
	struct test_call c = { .site = SEND, .ts_ns = f->now++, .arg0 = 1, .text = sql };

	push(f, test_call(&c));
}

/* The rows of a COPY out are those of its tag; of one that ends otherwise, all calls but the last have brought one. */
static void test_copy_out(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	copy(&f, OUT, COPY_OUT);
	take_rows(&f, 6);
	answer(&f, COMMAND_OK, 0, "COPY 5");
	copy(&f, OUT, COPY_OUT);
	take_rows(&f, 600);
	answer(&f, FATAL_ERROR, 0, "");
	send(&f, OUT); /* the result that announces it is freed at its end */
	take_rows(&f, 13);
	copy_data(&f, FINISH, 13, NULL);
	send(&f, OUT); /* one call: it may have brought nothing */
	take_rows(&f, 1);
	copy_data(&f, FINISH, 1, NULL);
	copy(&f, OUT "; " OUT, COPY_OUT);
	answer(&f, COMMAND_OK, 0, "COPY 5");
	answer(&f, COPY_OUT, 0, "");
	take_rows(&f, 16);
	copy_data(&f, FINISH, 10, NULL);
	wait_until(&f, 2 * SEC);
	expect(&f, "COPY user_ip_log with psql: 5 rows \"copy\":{\"direction\":\"out\",\"state\":\"done\"\n"
		   "COPY user_ip_log with psql: failed \"copy\":{\"direction\":\"out\",\"state\":\"failed\",\"rows_at_least\":true\n"
		   "COPY user_ip_log with psql: broken off: at least 12 rows "
		   "\"copy\":{\"direction\":\"out\",\"state\":\"broken_off\",\"rows_at_least\":true\n"
		   "COPY user_ip_log with psql: broken off \"copy\":{\"direction\":\"out\",\"state\":\"broken_off\"\n"
		   "COPY user_ip_log with psql: broken off: at least 8 rows "
		   "\"copy\":{\"direction\":\"out\",\"state\":\"broken_off\",\"rows_at_least\":true\n");
	/* told while it runs, and once more with the rows of its tag */
	send(&f, OUT);
	take_rows(&f, 64);
	wait_until(&f, 90 * SEC);
	answer(&f, COPY_OUT, 0, "");
	answer(&f, COMMAND_OK, 0, "COPY 100");
	wait_until(&f, f.now + SEC);
	expect(&f, "COPY user_ip_log with psql: still copying: at least 63 rows "
		   "\"copy\":{\"direction\":\"out\",\"state\":\"running\",\"rows_at_least\":true\n"
		   "COPY user_ip_log with psql: 100 rows \"copy\":{\"direction\":\"out\",\"state\":\"done\",\"again\":true\n");
	teardown(&f);
}

/* So many calls, which saw so many rows with so many bytes. */
static void seen(struct fixture *f, uint32_t site, uint64_t calls, uint64_t rows, uint64_t bytes)
{
	struct test_call c = { .site = site, .ts_ns = f->now++, .arg0 = 1, .fields = { rows, bytes, 0, calls }, .field_ok = 11 };

	push(f, test_call(&c));
}

/* A whole COPY out whose rows are seen, as it stands at its end. */
static void copied(struct fixture *f, const char *sql, uint64_t calls, uint64_t rows, uint64_t bytes, const char *tag)
{
	copy(f, sql, COPY_OUT);
	seen(f, COPY_ROWS, 1, 0, 0);
	seen(f, COPY_OVER, calls, rows, bytes);
	answer(f, COMMAND_OK, 0, tag);
}

#define DONE(rows, bytes) "COPY user_ip_log with psql: " rows " rows \"copy\":{\"direction\":\"out\",\"state\":\"done\"" bytes "\n"
#define AT_LEAST ",\"bytes_at_least\":true"
#define HEADER "COPY user_ip_log TO STDOUT (FORMAT csv, Header)"

/* Each call sees the row before it: all but the first one in a COPY, unless it did not wait or rows were missed. */
static void test_copy_bytes(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	copied(&f, OUT, 6, 5, 200, "COPY 5");
	copied(&f, HEADER, 7, 6, 230, "COPY 5");
	copied(&f, OUT, 9, 5, 200, "COPY 5");    /* calls that did not wait */
	copied(&f, HEADER, 9, 5, 200, "COPY 5"); /* is one of them missing? */
	copied(&f, OUT, 4, 4, 160, "COPY 5");    /* the probe came late */
	copied(&f, OUT, 6, 4, 160, "COPY 5");    /* the client looked ahead */
	copied(&f, OUT, 6, 0, 0, "COPY 5");      /* rows that are not seen at all */
	copied(&f, OUT, 1, 0, 0, "COPY 0");
	wait_until(&f, 2 * SEC);
	expect(&f,
	       DONE("5", ",\"bytes\":200") DONE("5", ",\"bytes\":230") DONE("5", ",\"bytes\":200") DONE("5", ",\"bytes\":200" AT_LEAST)
		       DONE("5", ",\"bytes\":160" AT_LEAST) DONE("5", ",\"bytes\":160" AT_LEAST) DONE("5", "") DONE("0", ",\"bytes\":0"));
	teardown(&f);
}

/* COPYs that do not come to their end, several in one text, and counts of a COPY before. */
static void test_copy_bytes_parts(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	copy(&f, OUT, COPY_OUT);
	seen(&f, COPY_ROWS, 2, 1, 40);
	seen(&f, FINISH, 3, 3, 120);
	copy(&f, HEADER, COPY_OUT);
	seen(&f, COPY_ROWS, 3, 2, 80);
	seen(&f, COPY_OVER, 3, 3, 120);
	answer(&f, FATAL_ERROR, 0, "");
	copied(&f, OUT "; " OUT, 6, 5, 200, "COPY 5");
	answer(&f, COPY_OUT, 0, "");
	seen(&f, COPY_ROWS, 1, 0, 0);
	seen(&f, COPY_OVER, 4, 3, 100);
	answer(&f, COMMAND_OK, 0, "COPY 3");
	send(&f, OUT);
	seen(&f, COPY_OVER, 100, 99, 9999); /* of one that was left by a reset */
	answer(&f, COPY_OUT, 0, "");
	answer(&f, COMMAND_OK, 0, "COPY 5");
	wait_until(&f, 2 * SEC);
	expect(&f, "COPY user_ip_log with psql: broken off: at least 3 rows \"copy\":{\"direction\":\"out\",\"state\":\"broken_off\","
		   "\"bytes\":120,\"bytes_at_least\":true,\"rows_at_least\":true\n"
		   "COPY user_ip_log with psql: failed \"copy\":{\"direction\":\"out\",\"state\":\"failed\","
		   "\"bytes\":120,\"bytes_at_least\":true,\"rows_at_least\":true\n" DONE("8", ",\"bytes\":300") DONE("5", ""));
	teardown(&f);
}

/* The result that announces a COPY, freed when the COPY is over, and when the next statement is under way. */
static void test_copy_freed_late(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	send(&f, OUT);
	answer(&f, COMMAND_OK, 0, "COPY 5");
	answer(&f, COPY_OUT, 0, "");
	send(&f, "COMMIT");
	answer(&f, COPY_OUT, 0, "");
	answer(&f, COMMAND_OK, 0, "COMMIT");
	wait_until(&f, 2 * SEC);
	expect(&f, "COPY user_ip_log with psql: 5 rows \"copy\":{\"direction\":\"out\",\"state\":\"done\"\nCOMMIT with psql\n");
	teardown(&f);
}

/* Rows are counted when something sensitive, or what is not understood, goes out to the client. */
static void test_wanted(void **state)
{
	static const struct {
		const char *sql;
		size_t wanted;
	} cases[] = {
		{ OUT, 1 },
		{ "BEGIN; copy (SELECT ip FROM public.user_ip_log) TO stdout", 1 },
		{ "COPY posts TO STDOUT", 0 },
		{ "COPY user_ip_log FROM STDIN", 0 },
		{ "COPY user_ip_log TO '/tmp/copy'", 0 },
		{ "SELECT copy FROM user_ip_log", 0 },
	};
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t library[PIPELINE_WANTED_MAX];
		size_t n;

		send(&f, cases[i].sql);
		send(&f, cases[i].sql);
		n = pipeline_wanted(f.p, library);
		if (n != cases[i].wanted || (n && library[0] != 1))
			fail_msg("%s: %zu", cases[i].sql, n);
		assert_int_equal(pipeline_wanted(f.p, library), 0);
	}
	teardown(&f);
}

/* The connection ends: neither a COPY nor a cursor goes on. */
static void test_finish(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	command(&f, "DECLARE c CURSOR FOR " SECRET, "DECLARE CURSOR");
	command(&f, "DECLARE d CURSOR FOR " SECRET, "DECLARE CURSOR");
	close_name(&f, CLOSE_PORTAL, "c");
	expect(&f, "DECLARE user_ip_log with psql, close\n");
	copy(&f, IN, COPY_IN);
	copy_data(&f, FINISH, 3, NULL);
	wait_until(&f, 3 * SEC);
	expect(&f, "COPY user_ip_log with psql: broken off \"copy\":{\"direction\":\"in\",\"state\":\"broken_off\"\n"
		   "DECLARE user_ip_log with psql, connection\n");
	teardown(&f);
}

/* Records of processes are read first: the end of a short program comes before what it did. */
static void test_end_first(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	push(&f, test_exec(f.now++, "/usr/bin/psql", "psql"));
	push(&f, test_exit(2 * SEC));
	push(&f, test_conn(f.now++, 1, 4711, "crm", "ro"));
	copy(&f, "COPY user_ip_log TO STDOUT", COPY_OUT);
	wait_until(&f, 3 * SEC);
	expect(&f, "unknown human connected to crm at db7 as ro with psql\n"
		   "COPY user_ip_log with psql: broken off \"copy\":{\"direction\":\"out\",\"state\":\"broken_off\"\n"
		   "unknown human left crm at db7 as ro with psql after 0 s, 1 statement\n");
	teardown(&f);
}

/* Each connection has a line when it is met and one at its end, however often the kernel's side tells of it. */
static void test_connections(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	push(&f, test_conn(f.now++, 1, 4711, "crm", "ro"));
	command(&f, "BEGIN", "BEGIN");
	push(&f, test_conn(f.now++, 1, 4711, "crm", "ro"));
	command(&f, "COMMIT", "COMMIT");
	wait_until(&f, 3 * SEC);
	expect(&f, "unknown human connected to crm at db7 as ro with psql\nBEGIN with psql\nCOMMIT with psql\n");
	push(&f, test_conn(f.now++, 1, 4712, "crm", "ro"));
	expect(&f, "unknown human left crm at db7 as ro with psql after 2 s, 2 statements\nunknown human connected to crm at db7 as ro "
		   "with psql\n");
	close_name(&f, FINISH, NULL);
	expect(&f, "unknown human left crm at db7 as ro with psql after 0 s, 0 statements\n");
	push(&f, test_conn(f.now++, 2, 4713, "hr", "ro"));
	push(&f, test_exit(f.now + SEC));
	wait_until(&f, f.now + 2 * SEC);
	expect(&f, "unknown human connected to hr at db7 as ro with psql\nunknown human left hr at db7 as ro with psql after 1 s, 0 "
		   "statements\n");
	/* met, and never seen to end */
	push(&f, test_conn(f.now++, 3, 4714, "hr", "ro"));
	buf_clear(&f.told);
	pipeline_finish(f.p);
	expect(&f, "");
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),          cmocka_unit_test(test_shared),
		cmocka_unit_test(test_forgotten),        cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_out),         cmocka_unit_test(test_copy_bytes),
		cmocka_unit_test(test_copy_bytes_parts), cmocka_unit_test(test_copy_freed_late),
		cmocka_unit_test(test_wanted),           cmocka_unit_test(test_finish),
		cmocka_unit_test(test_connections),      cmocka_unit_test(test_end_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
