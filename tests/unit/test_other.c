// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Calls without SQL: what is told of them, once each; statements that only the library made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/query.h"
#include "feed.inc.c"
#include "records.inc.c"

enum { SEND = 1, CLEAR, LO_IMPORT, LO_EXPORT, LO_OPEN, FN, BACKUP, BLOB, SERIALIZE, FINALIZE };

struct seen {
	char log[2048]; /* "text|synthetic|unknown|symbol|code;" */
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	struct seen *s = ctx;
	size_t n = strlen(s->log);

	snprintf(s->log + n, sizeof(s->log) - n, "%.*s|%s%s|%.*s|%.*s;", (int)x->text.len, x->text.ptr ? x->text.ptr : "",
		 x->synthetic ? "synthetic" : "", x->text_unknown ? " unknown" : "", (int)x->symbol.len, x->symbol.ptr,
		 (int)x->status_code.len, x->status_code.ptr ? x->status_code.ptr : "");
}

/* A call with further arguments, and how deep the stack is. */
static void call(struct seen *s, struct test_call c, uint64_t arg1, uint64_t arg4, uint64_t arg5, uint8_t frame)
{
	struct slice r = test_call(&c);
	struct rec_call *rec = (struct rec_call *)(uintptr_t)r.ptr;

	rec->args[1] = arg1;
	rec->args[4] = arg4;
	rec->args[5] = arg5;
	rec->frame[0] = frame;
	feed(s->q, r);
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
		{ CLEAR, 0, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear" },
		{ LO_IMPORT, 0, OP_PG_LO, SYSTEM_POSTGRESQL, "lo_import" },
		{ LO_EXPORT, 0, OP_PG_LO, SYSTEM_POSTGRESQL, "lo_export" },
		{ LO_OPEN, 0, OP_PG_LO, SYSTEM_POSTGRESQL, "lo_open" },
		{ FN, 0, OP_PG_FN, SYSTEM_POSTGRESQL, "PQfn" },
		{ BACKUP, 1, OP_LITE_BACKUP, SYSTEM_SQLITE, "sqlite3_backup_init" },
		{ BLOB, 1, OP_LITE_BLOB, SYSTEM_SQLITE, "sqlite3_blob_open" },
		{ SERIALIZE, 1, OP_LITE_IMAGE, SYSTEM_SQLITE, "sqlite3_serialize" },
		{ FINALIZE, 1, OP_LITE_FINALIZE, SYSTEM_SQLITE, "sqlite3_finalize" },
	};
	struct seen *s = calloc(1, sizeof(*s));

	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s->q, test_library(0, "/lib/libpq.so.5", "libpq"));
	feed(s->q, test_library(1, "/lib/libsqlite3.so.0", "sqlite"));
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		feed(s->q, test_site(sites[i].site, sites[i].lib, sites[i].op, sites[i].system, sites[i].symbol, 0x1000 * (i + 1)));
	feed(s->q, test_range(0, "lo_export", 0x4000, 0x100));
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
	query_finish(s->q);
	assert_string_equal(s->log, want);
	s->log[0] = 0;
}

static void large_objects(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = LO_IMPORT, .ts_ns = 10, .arg0 = 1, .text = "/tmp/it's" }, 0, 0, 0, 9);
	call(s, (struct test_call){ .site = LO_OPEN, .ts_ns = 11, .arg0 = 1 }, 7, 0, 0, 8); /* its own */
	call(s, (struct test_call){ .site = LO_EXPORT, .ts_ns = 12, .arg0 = 1, .text = "/tmp/x" }, 16385, 0, 0, 9);
	call(s, (struct test_call){ .site = LO_OPEN, .ts_ns = 13, .arg0 = 1 }, 8, 0, 0, 9); /* the program's */
	expect(s, "SELECT lo_import('/tmp/it''s')|synthetic|lo_import|;SELECT lo_export(16385, '/tmp/x')|synthetic|lo_export|;"
		  "SELECT lo_open(8)|synthetic|lo_open|;");
}

static void function_calls(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = FN, .ts_ns = 10, .arg0 = 1 }, 952, 0, 0, 9);
	call(s, (struct test_call){ .site = FN, .ts_ns = 11, .arg0 = 1, .from = 0x4010 }, 952, 0, 0, 9); /* out of lo_export */
	expect(s, "| unknown|PQfn|;");
}

static void sqlite_without_sql(void **state)
{
	struct seen *s = *state;

	call(s, (struct test_call){ .site = BACKUP, .ts_ns = 10, .arg0 = 1, .text = "main", .name = "ma\"in" }, 0, 0, 0, 9);
	call(s, (struct test_call){ .site = BLOB, .ts_ns = 11, .arg0 = 1, .text = "t", .name = "c" }, 0, 7, 0, 9);
	call(s, (struct test_call){ .site = BLOB, .ts_ns = 12, .arg0 = 1, .text = "t", .name = "c" }, 0, 7, 1, 9);
	call(s, (struct test_call){ .site = SERIALIZE, .ts_ns = 13, .arg0 = 1, .text = "" }, 0, 0, 0, 9);
	/* the statement behind a blob handle has no SQL, and was told */
	call(s, (struct test_call){ .site = FINALIZE, .ts_ns = 14, .arg0 = 5, .status = REC_TEXT_NULL, .fields = { 1, 1 }, .field_ok = 3 },
	     0, 0, 0, 9);
	expect(s, "BACKUP \"main\" TO \"ma\"\"in\"|synthetic unknown|sqlite3_backup_init|0;"
		  "SELECT \"c\" FROM \"t\" WHERE rowid = 7|synthetic|sqlite3_blob_open|0;"
		  "UPDATE \"t\" SET \"c\" = ? WHERE rowid = 7|synthetic|sqlite3_blob_open|0;"
		  "SERIALIZE \"main\"|synthetic unknown|sqlite3_serialize|0;");
}

static void sqlstate(void **state)
{
	struct seen *s = *state;
	struct test_call failed = { .site = CLEAR, .ts_ns = 11, .arg0 = 0x77, .name = "42703", .fields = { 0, 7 }, .field_ok = 7 };
	struct slice r;

	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 1, .text = "SELECT nothing" }, 0, 0, 0, 9);
	r = test_call(&failed);
	((struct rec_call *)(uintptr_t)r.ptr)->hdr.flags |= REC_CALL_STATE;
	feed(s->q, r);
	expect(s, "SELECT nothing||PQsendQuery|42703;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(large_objects),
		CASE(function_calls),
		CASE(sqlite_without_sql),
		CASE(sqlstate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
