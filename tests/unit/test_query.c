// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Calls in, executions out: one case for each way the client functions tell of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "query/first.h"
#include "query/query.h"
#include "records.inc.c"

enum {
	SEND = 1,
	SEND_PREPARE,
	SEND_PREPARED,
	CLEAR,
	ERROR_FIELD,
	LOOK,
	MY_REAL,
	MY_SEND,
	MY_ERRNO,
	MY_STORE,
	MY_FREE,
	MY_NEXT,
	MY_STMT_PREPARE,
	MY_STMT_EXECUTE,
	MY_DIRECT,
	MY_STMT_ERRNO,
	MY_STMT_NEXT,
	MY_STMT_FREE,
	MY_STMT_CLOSE,
	ORACLE_EXECUTE, /* the same functions of Oracle's library */
	ORACLE_CLOSE,
	LITE_PREPARE,
	LITE_PREPARE16,
	LITE_RESET,
	LITE_FINALIZE,
	LITE_EXEC,
	LITE_ERRMSG,
	AGAIN, /* PQsendQuery of the same file, which another overlay shows under another number */
};

struct seen {
	char log[8192]; /* "text|outcome|rows|symbol|via;" for each execution */
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	static const char *const outcomes[] = { "?", "ok", "fail" };
	struct seen *s = ctx;
	char rows[24] = "-";
	size_t n = strlen(s->log);

	if (x->has_rows)
		snprintf(rows, sizeof(rows), "%llu", (unsigned long long)x->rows);
	snprintf(s->log + n, sizeof(s->log) - n, "%.*s%s%s|%s|%s|%.*s|%.*s%s;", (int)x->text.len, x->text.ptr ? x->text.ptr : "",
		 x->text_unknown ? "<unknown>" : "", x->truncated ? "<cut>" : "", outcomes[x->outcome], rows, (int)x->symbol.len,
		 x->symbol.ptr, x->nvia ? (int)x->via[0].len : 0, x->nvia ? x->via[0].ptr : "", x->inner ? "(inner)" : "");
}

static void feed(struct seen *s, struct slice record)
{
	struct decoded d;

	assert_int_equal(decode_record(record, &d), 0);
	switch (d.type) {
	case REC_LIBRARY:
		assert_int_equal(query_library(s->q, &d), 0);
		break;
	case REC_SITE:
		assert_int_equal(query_site(s->q, &d), 0);
		break;
	case REC_RANGE:
		assert_int_equal(query_range(s->q, &d), 0);
		break;
	default:
		query_call(s->q, &d);
	}
}

static void call(struct seen *s, struct test_call c)
{
	feed(s, test_call(&c));
}

static int setup(void **state)
{
	static const struct {
		uint32_t site, lib;
		enum client_op op;
		enum client_system system;
		const char *symbol;
	} sites[] = {
		{ SEND, 0, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery" },
		{ SEND_PREPARE, 0, OP_PREPARE, SYSTEM_POSTGRESQL, "PQsendPrepare" },
		{ SEND_PREPARED, 0, OP_EXECUTE_NAMED, SYSTEM_POSTGRESQL, "PQsendQueryPrepared" },
		{ CLEAR, 0, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear" },
		{ ERROR_FIELD, 0, OP_PG_ERROR, SYSTEM_POSTGRESQL, "PQresultErrorField" },
		{ LOOK, 0, OP_PG_LOOK, SYSTEM_POSTGRESQL, "PQresultStatus" },
		{ MY_REAL, 1, OP_SUBMIT, SYSTEM_MYSQL, "mysql_real_query" },
		{ MY_SEND, 1, OP_SUBMIT, SYSTEM_MYSQL, "mysql_send_query" },
		{ MY_ERRNO, 1, OP_MY_STATUS, SYSTEM_MYSQL, "mysql_errno" },
		{ MY_STORE, 1, OP_MY_STORE, SYSTEM_MYSQL, "mysql_store_result" },
		{ MY_FREE, 1, OP_MY_RESULT, SYSTEM_MYSQL, "mysql_free_result" },
		{ MY_NEXT, 1, OP_MY_STATUS, SYSTEM_MYSQL, "mysql_next_result" },
		{ MY_STMT_PREPARE, 1, OP_STMT_PREPARE, SYSTEM_MYSQL, "mysql_stmt_prepare" },
		{ MY_STMT_EXECUTE, 1, OP_EXECUTE_STMT, SYSTEM_MYSQL, "mysql_stmt_execute" },
		{ MY_DIRECT, 1, OP_STMT_SUBMIT, SYSTEM_MYSQL, "mariadb_stmt_execute_direct" },
		{ MY_STMT_ERRNO, 1, OP_MY_STMT_STATUS, SYSTEM_MYSQL, "mysql_stmt_errno" },
		{ MY_STMT_NEXT, 1, OP_MY_STMT_STATUS, SYSTEM_MYSQL, "mysql_stmt_next_result" },
		{ MY_STMT_FREE, 1, OP_MY_STMT_STATUS, SYSTEM_MYSQL, "mysql_stmt_free_result" },
		{ MY_STMT_CLOSE, 1, OP_STMT_CLOSE, SYSTEM_MYSQL, "mysql_stmt_close" },
		{ ORACLE_EXECUTE, 3, OP_EXECUTE_STMT, SYSTEM_MYSQL, "mysql_stmt_execute" },
		{ ORACLE_CLOSE, 3, OP_STMT_CLOSE, SYSTEM_MYSQL, "mysql_stmt_close" },
		{ LITE_PREPARE, 2, OP_LITE_PREPARE, SYSTEM_SQLITE, "sqlite3_prepare_v2" },
		{ LITE_PREPARE16, 2, OP_LITE_PREPARE, SYSTEM_SQLITE, "sqlite3_prepare16_v2" },
		{ LITE_RESET, 2, OP_LITE_RESET, SYSTEM_SQLITE, "sqlite3_reset" },
		{ LITE_FINALIZE, 2, OP_LITE_FINALIZE, SYSTEM_SQLITE, "sqlite3_finalize" },
		{ LITE_EXEC, 2, OP_LITE_EXEC, SYSTEM_SQLITE, "sqlite3_exec" },
		{ LITE_ERRMSG, 2, OP_LITE_ERROR, SYSTEM_SQLITE, "sqlite3_errmsg" },
	};
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s, test_library(0, "/lib/libpq.so.5", "libpq"));
	feed(s, test_library(1, "/lib/libmariadb.so.3", "mariadb"));
	feed(s, test_library(2, "/lib/libsqlite3.so.0", "sqlite"));
	feed(s, test_library(3, "/lib/libmysqlclient.so.24", "mysql"));
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		uint64_t at = 0x10000 + 0x1000 * sites[i].site;

		feed(s, test_site(sites[i].site, sites[i].lib, sites[i].op, sites[i].system, sites[i].symbol, at));
		feed(s, test_range(sites[i].lib, sites[i].symbol, at, 0x100));
	}
	feed(s, test_range(0, "PQexec", 0x5000, 0x100));
	feed(s, test_range(2, NULL, 0x1000, 0x100000));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct seen *s = *state;

	query_free(s->q);
	free(s);
	return 0;
}

static void expect(struct seen *s, const char *want)
{
	assert_string_equal(s->log, want);
	s->log[0] = 0;
}

#define OK_TUPLES(n)                                                                                                                       \
	{                                                                                                                                  \
		(n), 2                                                                                                                     \
	}
#define OK_COMMAND                                                                                                                         \
	{                                                                                                                                  \
		0, 1                                                                                                                       \
	}

static void pg_result_joined(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	expect(s, "");
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 20, .arg0 = 9, .name = "SELECT 3", .fields = OK_TUPLES(3), .field_ok = 3 });
	expect(s, "");
	call(s, (struct test_call){ .site = SEND, .ts_ns = 30, .arg0 = 1, .text = "BEGIN" });
	expect(s, "SELECT 1|ok|3|PQsendQuery|;");
	query_finish(s->q);
	expect(s, "BEGIN|?|-|PQsendQuery|;");
}

static void pg_outer_named(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .from = 0x5010, .text = "DELETE FROM t" });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 20, .arg0 = 9, .name = "DELETE 7", .fields = OK_COMMAND, .field_ok = 3 });
	query_tick(s->q, 20 + QUERY_SETTLE_NS);
	expect(s, "DELETE FROM t|ok|7|PQexec|PQsendQuery;");
}

/* Two overlays show one inode: each hit comes twice, and is told once; also when the first of them is no longer hooked. */
static void hooked_twice_told_once(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "DELETE FROM t", .frame = 77 };

	feed(s, test_library(3, "/merged/lib/libpq.so.5", "libpq"));
	feed(s, test_site(AGAIN, 3, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x10000 + 0x1000 * SEND));
	for (unsigned i = 0; i < 3; i++) {
		c.site = SEND;
		c.ts_ns += 10;
		call(s, c);
		c.site = AGAIN;
		c.ts_ns++;
		call(s, c);
	}
	c.ts_ns += 10;
	call(s, c); /* the other half never came: no second half, but a hit of its own */
	query_finish(s->q);
	expect(s, "DELETE FROM t|?|-|PQsendQuery|;DELETE FROM t|?|-|PQsendQuery|;DELETE FROM t|?|-|PQsendQuery|;"
		  "DELETE FROM t|?|-|PQsendQuery|;");
}

/* The halves of a hit may be far apart, with other threads' calls between them; but the one that was taken need not come again. */
static void hooked_twice_by_threads(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .ts_ns = 10, .arg0 = 1, .text = "DELETE FROM t", .frame = 77 };

	feed(s, test_library(3, "/merged/lib/libpq.so.5", "libpq"));
	for (c.tid = 100; c.tid < 1100; c.tid++) { /* before the other one is hooked: a hit of one half */
		c.site = SEND;
		call(s, c);
	}
	feed(s, test_site(AGAIN, 3, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x10000 + 0x1000 * SEND));
	for (unsigned half = 0; half < 2; half++) {
		c.site = half ? AGAIN : SEND;
		c.ts_ns += 3600ull * 1000000000;
		for (c.tid = 100; c.tid < 1100; c.tid++)
			call(s, c);
	}
	assert_int_equal(query_stats(s->q)->nested, 1000);
	query_library_gone(s->q, 1, ++c.ts_ns);
	for (c.tid = 100; c.tid < 1100; c.tid++)
		call(s, c);
	assert_int_equal(query_stats(s->q)->nested, 1000);
}

static void pg_results_freed_out_of_order(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = SEND, .ts_ns = 11, .arg0 = 1, .text = " commit" });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 20, .arg0 = 9, .name = "COMMIT", .fields = OK_COMMAND, .field_ok = 3 });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 21, .arg0 = 8, .name = "SELECT 4", .fields = OK_TUPLES(4), .field_ok = 3 });
	query_finish(s->q);
	expect(s, "SELECT 1|ok|4|PQsendQuery|; commit|ok|-|PQsendQuery|;");
}

static void look(struct seen *s, uint32_t site, uint64_t ts_ns, uint64_t result, const char *tag, uint64_t rows)
{
	call(s, (struct test_call){ .site = site, .ts_ns = ts_ns, .arg0 = result, .name = tag, .fields = OK_TUPLES(rows), .field_ok = 3 });
}

/* RPostgreSQL asks the catalogue about a result that it still holds; Ruby and PHP free results when they like. The first look decides. */
static void pg_results_looked_at(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT ip FROM log" });
	look(s, LOOK, 11, 0xa, "SELECT 1000", 1000);
	call(s, (struct test_call){ .site = SEND, .ts_ns = 12, .arg0 = 1, .text = "SELECT attnotnull" });
	look(s, LOOK, 13, 0xb, "SELECT 1", 1);
	look(s, CLEAR, 14, 0xb, "SELECT 1", 1);
	look(s, LOOK, 15, 0xa, "SELECT 1000", 1000);
	call(s, (struct test_call){ .site = SEND, .ts_ns = 16, .arg0 = 1, .text = "SELECT 7 rows" });
	look(s, CLEAR, 17, 0xa, "SELECT 1000", 1000);
	/* The same place again, of another result. */
	look(s, LOOK, 18, 0xa, "SELECT 7", 7);
	query_finish(s->q);
	expect(s, "SELECT ip FROM log|ok|1000|PQsendQuery|;SELECT attnotnull|ok|1|PQsendQuery|;SELECT 7 rows|ok|7|PQsendQuery|;");
}

/* More results are held than are remembered: what is freed then is taken for one of them, and not for the answer to a query. */
static void pg_many_results_held(void **state)
{
	struct seen *s = *state;

	for (unsigned i = 0; i < 64 + 2; i++) {
		call(s, (struct test_call){ .site = SEND, .ts_ns = 10 + 2 * i, .arg0 = 1, .text = "SELECT 1" });
		look(s, LOOK, 11 + 2 * i, 0x1000 + i, "SELECT 1", 1);
	}
	query_finish(s->q);
	s->log[0] = 0;
	call(s, (struct test_call){ .site = SEND, .ts_ns = 1000, .arg0 = 1, .text = "SELECT 2" });
	look(s, CLEAR, 1001, 0x1000, "SELECT 1", 1);
	look(s, CLEAR, 1002, 0x1001, "SELECT 1", 1);
	/* Nobody looked at this one. */
	look(s, CLEAR, 1003, 0x9000, "SELECT 2", 2);
	query_finish(s->q);
	expect(s, "SELECT 2|ok|2|PQsendQuery|;");
}

static void pg_error_told_once(void **state)
{
	struct seen *s = *state;
	struct test_call error = { .site = ERROR_FIELD, .ts_ns = 12, .arg0 = 9, .name = "", .fields = { 0, 7 }, .field_ok = 3 };

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELEC" });
	call(s, error);
	call(s, error);
	call(s, (struct test_call){ .site = SEND, .ts_ns = 13, .arg0 = 1, .text = "SELECT 1" });
	expect(s, "SELEC|fail|-|PQsendQuery|;");
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 20, .arg0 = 9, .name = "", .fields = { 0, 7 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 21, .arg0 = 9, .name = "SELECT 1", .fields = OK_TUPLES(1), .field_ok = 3 });
	query_finish(s->q);
	expect(s, "SELECT 1|ok|1|PQsendQuery|;");
}

static void pg_failure(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELEC" });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 20, .arg0 = 9, .name = "", .fields = { 0, 7 }, .field_ok = 3 });
	query_tick(s->q, 20 + QUERY_SETTLE_NS);
	expect(s, "SELEC|fail|-|PQsendQuery|;");
}

static void pg_prepared(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELECT $1", .name = "p" });
	call(s, (struct test_call){ .site = CLEAR, .ts_ns = 11, .arg0 = 9, .name = "", .fields = OK_COMMAND, .field_ok = 3 });
	for (int i = 0; i < 2; i++) {
		call(s, (struct test_call){ .site = SEND_PREPARED, .ts_ns = 20, .arg0 = 1, .name = "p" });
		call(s, (struct test_call){
				.site = CLEAR, .ts_ns = 21, .arg0 = 9, .name = "SELECT 1", .fields = OK_TUPLES(1), .field_ok = 3 });
	}
	call(s, (struct test_call){ .site = SEND_PREPARED, .ts_ns = 30, .arg0 = 1, .name = "never seen" });
	query_finish(s->q);
	expect(s, "SELECT $1|ok|1|PQsendQueryPrepared|;SELECT $1|ok|1|PQsendQueryPrepared|;<unknown>|?|-|PQsendQueryPrepared|;");
}

static void exec_forgets_what_was_prepared(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1", .name = "p" });
	query_exec(s->q, 100, 5, 20);
	call(s, (struct test_call){ .site = SEND_PREPARED, .ts_ns = 19, .arg0 = 1, .name = "p" });
	call(s, (struct test_call){ .site = SEND_PREPARED, .ts_ns = 21, .arg0 = 1, .name = "p" });
	expect(s, "SELECT 1|?|-|PQsendQueryPrepared|;");
	query_finish(s->q);
	expect(s, "<unknown>|?|-|PQsendQueryPrepared|;");
}

static void pg_several_results(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1; SELECT 2" });
	for (uint64_t i = 0; i < 2; i++)
		call(s, (struct test_call){
				.site = CLEAR, .ts_ns = 20 + i, .arg0 = 9, .name = "SELECT 1", .fields = OK_TUPLES(1), .field_ok = 3 });
	query_finish(s->q);
	expect(s, "SELECT 1; SELECT 2|ok|2|PQsendQuery|;");
}

static void my_nested_once(void **state)
{
	struct seen *s = *state;
	uint64_t real = 0x10000 + 0x1000 * MY_REAL;

	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .arg1 = 0x700, .text = "UPDATE t SET a=1" });
	call(s,
	     (struct test_call){ .site = MY_SEND, .ts_ns = 11, .arg0 = 1, .arg1 = 0x700, .from = real + 0x20, .text = "UPDATE t SET a=1" });
	call(s, (struct test_call){ .site = MY_ERRNO, .ts_ns = 12, .arg0 = 1, .fields = { 4, 0 }, .field_ok = 3 });
	query_tick(s->q, 12 + QUERY_SETTLE_NS);
	expect(s, "UPDATE t SET a=1|ok|4|mysql_real_query|mysql_send_query;");
	assert_int_equal(query_stats(s->q)->nested, 1);
}

/* A return address can be pushed by anybody: what no outer call was given is a statement of its own. */
static void my_nested_by_its_word(void **state)
{
	struct seen *s = *state;
	uint64_t real = 0x10000 + 0x1000 * MY_REAL;

	call(s,
	     (struct test_call){ .site = MY_SEND, .ts_ns = 9, .arg0 = 1, .arg1 = 0x600, .from = real + 0x20, .text = "SELECT * FROM s" });
	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .arg1 = 0x700, .text = "SELECT 1 FROM a" });
	call(s,
	     (struct test_call){ .site = MY_SEND, .ts_ns = 11, .arg0 = 1, .arg1 = 0x700, .from = real + 0x20, .text = "SELECT * FROM s" });
	call(s,
	     (struct test_call){ .site = MY_SEND, .ts_ns = 12, .arg0 = 1, .arg1 = 0x800, .from = real + 0x20, .text = "SELECT 1 FROM a" });
	call(s,
	     (struct test_call){
		     .site = MY_SEND, .ts_ns = 13, .arg0 = 1, .arg1 = 0x700, .from = real + 0x20, .status = REC_TEXT_FAILED, .text = "" });
	query_finish(s->q);
	expect(s, "SELECT * FROM s|?|-|mysql_send_query|;SELECT 1 FROM a|?|-|mysql_real_query|;SELECT * FROM s|?|-|mysql_send_query|;"
		  "SELECT 1 FROM a|?|-|mysql_send_query|;|?|-|mysql_send_query|;");
	assert_int_equal(query_stats(s->q)->nested, 0);
}

static void my_rows_of_a_result(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .text = "SELECT * FROM t" });
	call(s, (struct test_call){ .site = MY_STORE, .ts_ns = 11, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	query_tick(s->q, 11 + QUERY_SETTLE_NS);
	expect(s, "");
	call(s, (struct test_call){ .site = MY_FREE, .ts_ns = 12, .arg0 = 77, .fields = { 42 }, .field_ok = 1 });
	query_tick(s->q, 12 + QUERY_SETTLE_NS);
	expect(s, "SELECT * FROM t|ok|42|mysql_real_query|;");
}

/* Several statements in a string: a result of 4 rows, 3 rows changed, a result of 1 row. */
static void my_rows_of_several(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .text = "select 1; update t; select 2" });
	call(s, (struct test_call){ .site = MY_STORE, .ts_ns = 11, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_FREE, .ts_ns = 12, .arg0 = 77, .fields = { 4 }, .field_ok = 1 });
	call(s, (struct test_call){ .site = MY_NEXT, .ts_ns = 13, .arg0 = 1, .fields = { 4, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_NEXT, .ts_ns = 14, .arg0 = 1, .fields = { 3, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_STORE, .ts_ns = 15, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_FREE, .ts_ns = 16, .arg0 = 78, .fields = { 1 }, .field_ok = 1 });
	call(s, (struct test_call){ .site = MY_NEXT, .ts_ns = 17, .arg0 = 1, .fields = { 1, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_ERRNO, .ts_ns = 18, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "select 1; update t; select 2|ok|8|mysql_real_query|;");
}

/* DBD::MariaDB asks for the next result before it frees this one, whose rows are not more for that. */
static void my_freed_after_next(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = MY_STORE, .ts_ns = 11, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_NEXT, .ts_ns = 12, .arg0 = 1, .fields = { 4, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_FREE, .ts_ns = 13, .arg0 = 77, .fields = { 4 }, .field_ok = 1 });
	query_finish(s->q);
	expect(s, "SELECT 1|ok|4|mysql_real_query|;");
}

/* mysql2 looks at nothing else, and frees its results when Ruby likes: the next statement finds what the connection says of the last one.
 */
static void my_freed_late(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = MY_STORE, .ts_ns = 11, .arg0 = 1, .fields = { UINT64_MAX, 0 }, .field_ok = 3 });
	call(s, (struct test_call){ .site = MY_SEND, .ts_ns = 12, .arg0 = 1, .text = "SELECT 2", .fields = { 4, 0 }, .field_ok = 3 });
	expect(s, "SELECT 1|ok|4|mysql_send_query|;");
	/* What a prepared statement left there since is not of the text before it. */
	call(s, (struct test_call){ .site = MY_STMT_PREPARE, .ts_ns = 13, .arg0 = 5, .text = "UPDATE t" });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 14, .arg0 = 5, .fields = { 0, 0, 1 }, .field_ok = 7 });
	call(s, (struct test_call){ .site = MY_SEND, .ts_ns = 15, .arg0 = 1, .text = "SELECT 3", .fields = { 9, 0 }, .field_ok = 3 });
	expect(s, "SELECT 2|?|-|mysql_send_query|;");
	query_finish(s->q);
	expect(s, "UPDATE t|?|-|mysql_stmt_execute|;SELECT 3|?|-|mysql_send_query|;");
}

/* A stored result of four rows from which five were asked for: the state still says that the last one came. */
static void my_rows_of_a_stored_result(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_STMT_PREPARE, .ts_ns = 10, .arg0 = 5, .text = "SELECT ?" });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 11, .arg0 = 5 });
	call(s, (struct test_call){ .site = MY_STMT_CLOSE, .ts_ns = 12, .arg0 = 5, .fields = { 4, 0, 5, 5 }, .field_ok = 15 });
	query_finish(s->q);
	expect(s, "SELECT ?|ok|4|mysql_stmt_execute|;");
}

static void my_error(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_REAL, .ts_ns = 10, .arg0 = 1, .text = "SELECT nothing" });
	call(s, (struct test_call){ .site = MY_ERRNO, .ts_ns = 12, .arg0 = 1, .fields = { UINT64_MAX, 1054 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "SELECT nothing|fail|-|mysql_real_query|;");
}

static void my_statements(void **state)
{
	struct seen *s = *state;
	uint64_t direct = 0x10000 + 0x1000 * MY_DIRECT;

	call(s, (struct test_call){ .site = MY_STMT_PREPARE, .ts_ns = 10, .arg0 = 5, .text = "SELECT ?" });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 11, .arg0 = 5 });
	call(s, (struct test_call){ .site = MY_DIRECT, .ts_ns = 12, .arg0 = 6, .text = "SELECT 2" });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 13, .arg0 = 6, .from = direct + 9 });
	query_finish(s->q);
	expect(s, "SELECT ?|?|-|mysql_stmt_execute|;SELECT 2|?|-|mariadb_stmt_execute_direct|mysql_stmt_execute;");
}

#define FETCHED(state, n)                                                                                                                  \
	{                                                                                                                                  \
		UINT64_MAX, 0, (state), (n)                                                                                                \
	}

/* Rows that come one by one: read to the end, left after the first, run again, two results, none fetched. */
static void my_fetched_rows(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = MY_STMT_PREPARE, .ts_ns = 10, .arg0 = 5, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 11, .arg0 = 5 });
	call(s, (struct test_call){ .site = MY_STMT_ERRNO, .ts_ns = 12, .arg0 = 5, .fields = FETCHED(3, 0), .field_ok = 7 });
	call(s, (struct test_call){ .site = MY_FREE, .ts_ns = 12, .arg0 = 77, .field_ok = 1 }); /* metadata */
	query_tick(s->q, 12 + 2 * QUERY_SETTLE_NS);
	expect(s, "");
	call(s, (struct test_call){ .site = MY_STMT_ERRNO, .ts_ns = 13, .arg0 = 5, .fields = FETCHED(5, 2), .field_ok = 0xf });
	query_tick(s->q, 13 + 2 * QUERY_SETTLE_NS);
	expect(s, "");
	call(s, (struct test_call){ .site = MY_STMT_FREE, .ts_ns = 14, .arg0 = 5, .fields = FETCHED(6, 3), .field_ok = 0xf });
	query_tick(s->q, 14 + 2 * QUERY_SETTLE_NS);
	expect(s, "SELECT 1|ok|4|mysql_stmt_execute|;");
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 20, .arg0 = 5 });
	call(s, (struct test_call){ .site = MY_STMT_EXECUTE, .ts_ns = 21, .arg0 = 5, .fields = { 0, 5, 0, 1 }, .field_ok = 0xe });
	expect(s, "SELECT 1|?|1|mysql_stmt_execute|;");
	call(s, (struct test_call){ .site = MY_STMT_NEXT, .ts_ns = 22, .arg0 = 5, .fields = FETCHED(6, 4), .field_ok = 0xf });
	call(s, (struct test_call){ .site = MY_STMT_CLOSE, .ts_ns = 23, .arg0 = 5, .fields = FETCHED(5, 2), .field_ok = 0xf });
	expect(s, "SELECT 1|ok|5|mysql_stmt_execute|;");
}

/* Oracle's library counts its states otherwise. What was stored and then fetched is counted once. */
static void my_fetched_rows_of_oracle(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = ORACLE_EXECUTE, .ts_ns = 11, .arg0 = 5 });
	call(s, (struct test_call){ .site = ORACLE_EXECUTE, .ts_ns = 12, .arg0 = 5, .fields = { 0, 2, 0, 5 }, .field_ok = 0xe });
	call(s, (struct test_call){ .site = ORACLE_EXECUTE, .ts_ns = 13, .arg0 = 5, .fields = { 0, 4, 0, 5 }, .field_ok = 0xe });
	call(s, (struct test_call){ .site = ORACLE_CLOSE, .ts_ns = 14, .arg0 = 5, .fields = { 9, 0, 2, 10 }, .field_ok = 0xf });
	expect(s, "<unknown>|?|4|mysql_stmt_execute|;<unknown>|?|5|mysql_stmt_execute|;<unknown>|ok|9|mysql_stmt_execute|;");
}

static void lite_runs_counted(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELECT a FROM t; SELECT b" });
	call(s, (struct test_call){
			.site = LITE_RESET, .ts_ns = 11, .arg0 = 5, .text = "SELECT a FROM t;", .fields = { 0, 1 }, .field_ok = 3 });
	expect(s, "");
	call(s, (struct test_call){
			.site = LITE_RESET, .ts_ns = 12, .arg0 = 5, .text = "SELECT a FROM t;", .fields = { 1, 1 }, .field_ok = 3 });
	call(s, (struct test_call){
			.site = LITE_RESET, .ts_ns = 13, .arg0 = 5, .text = "SELECT a FROM t;", .fields = { 1, 1 }, .field_ok = 3 });
	call(s, (struct test_call){
			.site = LITE_FINALIZE, .ts_ns = 14, .arg0 = 5, .text = "SELECT a FROM t;", .fields = { 2, 1 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "SELECT a FROM t;|ok|-|sqlite3_step|;SELECT a FROM t;|ok|-|sqlite3_step|;");
}

static void lite_utf16(void **state)
{
	static const char16_t sql[] = u"SELECT '\u00e9\U0001f600\xd800'";
	struct seen *s = *state;
	struct slice raw = test_call(
		&(struct test_call){ .site = LITE_PREPARE16, .ts_ns = 10, .arg0 = 1, .text = "................................" });
	struct rec_call *r = (struct rec_call *)(void *)(uintptr_t)raw.ptr;

	memcpy(r->text, sql, sizeof(sql) - 2);
	r->text_len = r->cap_len = sizeof(sql) - 2;
	feed(s, raw);
	query_finish(s->q);
	expect(s, "SELECT '\u00e9\U0001f600\ufffd'|?|-|sqlite3_prepare16_v2|;");
}

static void lite_prepared_never_run(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = LITE_FINALIZE, .ts_ns = 11, .arg0 = 5, .text = "SELECT 1", .fields = { 0, 1 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "");
}

static void lite_running_when_told(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	query_tick(s->q, 10 + QUERY_LITE_WAIT_NS);
	expect(s, "SELECT 1|?|-|sqlite3_prepare_v2|;");
	call(s, (struct test_call){
			.site = LITE_FINALIZE, .ts_ns = 6000000000, .arg0 = 5, .text = "SELECT 1", .fields = { 1, 1 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "");
}

static void lite_exec_and_its_own_calls(void **state)
{
	struct seen *s = *state;
	uint64_t exec = 0x10000 + 0x1000 * LITE_EXEC;

	call(s, (struct test_call){ .site = LITE_EXEC, .ts_ns = 10, .arg0 = 1, .arg1 = 0x700, .text = "DELETE FROM t" });
	call(s,
	     (struct test_call){ .site = LITE_PREPARE, .ts_ns = 11, .arg0 = 1, .arg1 = 0x700, .from = exec + 8, .text = "DELETE FROM t" });
	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 11, .arg0 = 1, .from = 0x2000, .text = "SELECT*FROM sqlite_master" });
	call(s, (struct test_call){ .site = LITE_FINALIZE,
				    .ts_ns = 12,
				    .arg0 = 8,
				    .from = 0x2000,
				    .text = "SELECT*FROM sqlite_master",
				    .fields = { 1, 1 },
				    .field_ok = 3 });
	call(s, (struct test_call){ .site = LITE_ERRMSG, .ts_ns = 13, .arg0 = 1 });
	query_finish(s->q);
	/* What the library asks for itself is passed on as such, once. */
	expect(s, "SELECT*FROM sqlite_master|?|-|sqlite3_prepare_v2|(inner);DELETE FROM t|fail|-|sqlite3_exec|sqlite3_prepare_v2;");
}

/* sqlite3_exec prepares one statement after the other, also after its callback ran others and after it was told. */
static void lite_exec_of_several(void **state)
{
	struct seen *s = *state;
	uint64_t exec = 0x10000 + 0x1000 * LITE_EXEC;
	struct test_call inner = { .site = LITE_PREPARE, .ts_ns = 11, .arg0 = 1, .from = exec + 8, .frame = 80 };

	call(s, (struct test_call){
			.site = LITE_EXEC, .ts_ns = 10, .arg0 = 1, .arg1 = 0x700, .text = "DELETE FROM a;DELETE FROM b", .frame = 90 });
	inner.arg1 = 0x700;
	inner.text = "DELETE FROM a;DELETE FROM b";
	call(s, inner);
	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 12, .arg0 = 2, .text = "SELECT 1", .frame = 70 });
	query_tick(s->q, 12 + QUERY_LITE_WAIT_NS);
	inner.arg1 = 0x700 + 14;
	inner.text = "DELETE FROM b";
	inner.ts_ns = 13 + QUERY_LITE_WAIT_NS;
	call(s, inner);
	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 14 + QUERY_LITE_WAIT_NS, .arg0 = 2, .text = "SELECT 2", .frame = 90 });
	inner.ts_ns = 15 + QUERY_LITE_WAIT_NS; /* that exec is over */
	call(s, inner);
	query_finish(s->q);
	expect(s, "DELETE FROM a;DELETE FROM b|ok|-|sqlite3_exec|sqlite3_prepare_v2;SELECT 1|?|-|sqlite3_prepare_v2|;"
		  "DELETE FROM b|?|-|sqlite3_prepare_v2|(inner);SELECT 2|?|-|sqlite3_prepare_v2|;");
}

/* Of a script only the first statement runs now, and where that ends has to be certain. */
static void lite_first_statement(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ "SELECT 1; SELECT 2", 9 },
		{ ";", 1 },
		{ "SELECT 1", 0 },
		{ "SELECT ';' , \"a;\"\"b;\", `;`, [;] ; x", 33 },
		{ "SELECT 'it''s;'; x", 16 },
		{ "SELECT 1 -- ;\n; x", 15 },
		{ "SELECT 1 -- ;", 0 },
		{ "SELECT 1 /* ; */; x", 17 },
		{ "SELECT 1 /* ; ", 0 },
		{ "SELECT ';", 0 },
		{ "SELECT $a(;), ip FROM user_ip_log; x", 0 },
		{ "SELECT :a; x", 0 },
		{ "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; x", 0 },
		{ "SELECT triggers; x", 16 },
		{ "SELECT 1 - 2 / 3; x", 17 },
	};
	struct seen *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(first_statement(slice_cstr(rows[i].text)), rows[i].n);
	call(s, (struct test_call){
			.site = LITE_PREPARE, .ts_ns = 1, .arg0 = 1, .text = "DELETE FROM a; DELETE F", .status = REC_TEXT_TRUNCATED });
	call(s, (struct test_call){
			.site = LITE_PREPARE, .ts_ns = 2, .arg0 = 1, .text = "DELETE FROM b /* ; ", .status = REC_TEXT_TRUNCATED });
	query_finish(s->q);
	expect(s, "DELETE FROM a;|?|-|sqlite3_prepare_v2|;DELETE FROM b /* ; <cut>|?|-|sqlite3_prepare_v2|;");
}

/* Old releases prepare their schema through it: what makes a table and reads none is passed over, what takes from elsewhere is told. */
static void lite_reads_its_schema(void **state)
{
	struct seen *s = *state;
	struct test_call inner = { .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .from = 0x2000 };
	static const char *const texts[] = { "CREATE TABLE t (a)", "CREATE TABLE t AS SELECT * FROM u", "CREATE VIEW v AS SELECT * FROM t",
					     "create table" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		inner.text = texts[i];
		inner.ts_ns++;
		call(s, inner);
	}
	inner.text = "CREATE TABLE t (a)";
	inner.status = REC_TEXT_TRUNCATED;
	call(s, inner);
	expect(s, "CREATE TABLE t AS SELECT * FROM u|?|-|sqlite3_prepare_v2|(inner);CREATE VIEW v AS SELECT * FROM "
		  "t|?|-|sqlite3_prepare_v2|(inner);"
		  "CREATE TABLE t (a)<cut>|?|-|sqlite3_prepare_v2|(inner);");
}

/* VACUUM speaks for what SQLite does for it, and has to be told then, also when it is given up unrun. */
static void lite_vacuum(void **state)
{
	struct seen *s = *state;
	struct test_call inside = {
		.site = LITE_PREPARE, .ts_ns = 11, .arg0 = 1, .from = 0x2000, .text = "INSERT INTO vacuum_1.t SELECT*FROM t"
	};

	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .text = " vacuum" });
	call(s, inside);
	expect(s, "");
	inside.arg0 = 2; /* another database */
	call(s, inside);
	call(s, (struct test_call){ .site = LITE_FINALIZE, .ts_ns = 12, .arg0 = 8, .text = " vacuum", .fields = { 0, 1 }, .field_ok = 3 });
	query_finish(s->q);
	expect(s, "INSERT INTO vacuum_1.t SELECT*FROM t|?|-|sqlite3_prepare_v2|(inner); vacuum|?|-|sqlite3_prepare_v2|;");
}

static void lite_error_of_a_prepare(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = LITE_PREPARE, .ts_ns = 10, .arg0 = 1, .text = "SELEC 1" });
	call(s, (struct test_call){ .site = LITE_ERRMSG, .ts_ns = 11, .arg0 = 1 });
	expect(s, "SELEC 1|fail|-|sqlite3_prepare_v2|;");
	query_finish(s->q);
	expect(s, "");
}

static void process_end_flushes(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT 1" });
	query_exit(s->q, 100, 5, 20);
	expect(s, "");
	query_tick(s->q, 20 + QUERY_SETTLE_NS);
	expect(s, "SELECT 1|?|-|PQsendQuery|;");
	assert_int_equal(query_inflight(s->q), 0);
}

static void bounded(void **state)
{
	struct seen *s = *state;

	for (uint64_t i = 0; i < 3 * QUERY_PROCESS_PENDING_MAX; i++) {
		s->log[0] = 0;
		call(s, (struct test_call){ .site = SEND, .ts_ns = 10 + i, .arg0 = 1, .text = "SELECT 1" });
	}
	assert_int_equal(query_inflight(s->q), QUERY_PROCESS_PENDING_MAX);
	assert_int_equal(query_stats(s->q)->evictions, 2 * QUERY_PROCESS_PENDING_MAX);
	s->log[0] = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(pg_result_joined),
		CASE(pg_outer_named),
		CASE(hooked_twice_told_once),
		CASE(hooked_twice_by_threads),
		CASE(pg_failure),
		CASE(pg_prepared),
		CASE(pg_several_results),
		CASE(my_nested_once),
		CASE(my_nested_by_its_word),
		CASE(my_rows_of_a_result),
		CASE(my_rows_of_several),
		CASE(my_error),
		CASE(my_statements),
		CASE(my_fetched_rows),
		CASE(my_fetched_rows_of_oracle),
		CASE(lite_runs_counted),
		CASE(lite_prepared_never_run),
		CASE(lite_running_when_told),
		CASE(lite_exec_and_its_own_calls),
		CASE(lite_exec_of_several),
		CASE(lite_first_statement),
		CASE(lite_vacuum),
		CASE(lite_reads_its_schema),
		CASE(lite_error_of_a_prepare),
		CASE(process_end_flushes),
		CASE(bounded),
		CASE(lite_utf16),
		CASE(exec_forgets_what_was_prepared),
		CASE(pg_error_told_once),
		CASE(pg_results_freed_out_of_order),
		CASE(pg_results_looked_at),
		CASE(pg_many_results_held),
		CASE(my_freed_after_next),
		CASE(my_freed_late),
		CASE(my_rows_of_a_stored_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
