// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Values that are handed over one by one before a statement runs, and those of a layer around the one that tells it; SQLSTATEs left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "query/query.h"
#include "feed.inc.c"
#include "records.inc.c"

enum {
	PREPARE = 1,
	EXTRACT,
	PREPARE_ONE,
	DESTROY,
	INT32,
	INT64,
	UINT,
	STRING,
	BYTES,
	NULLED,
	BOOL,
	DATE,
	TIME,
	OTHER,
	OBJECT,
	RUN,
	INNER,
	RPC,
	RPC_PARAM,
	RPC_SEND,
	CASS_NEW,
	CASS_INT,
	CASS_NAMED,
	CASS_RUN,
	DM_DIRECT,
	DR_DIRECT,
	DR_DIAG,
	CT_COMMAND,
	CT_PARAM,
	CT_SETPARAM,
	CT_SEND,
	OCI_PREPARE,
	OCI_BIND,
	OCI_RUN
};

enum { APP = 1000, INSIDE = 900 };

#define AT(site) (0x10000 + 0x1000 * (uint64_t)(site))
#define IN_PREPARE (AT(PREPARE) + 0x20)

struct seen {
	char log[8192]; /* "text:values|state outcome;" */
	struct query *q;
	uint64_t now;
};

static void on_execution(void *ctx, const struct execution *x)
{
	static const char kinds[] = "?-n'b", outcomes[] = "?+!";
	struct seen *s = ctx;
	size_t n = strlen(s->log);

	n += (size_t)snprintf(s->log + n, sizeof(s->log) - n, "%.*s:", (int)x->text.len, x->text.ptr ? x->text.ptr : "");
	for (size_t i = 0; i < x->nparameters; i++)
		n += (size_t)snprintf(s->log + n, sizeof(s->log) - n, "%c%.*s%s,", kinds[x->parameters[i].kind],
				      (int)x->parameters[i].value.len, x->parameters[i].value.ptr ? x->parameters[i].value.ptr : "",
				      x->parameters[i].cut ? "..." : "");
	snprintf(s->log + n, sizeof(s->log) - n, "%s|%.*s%c;", x->parameters_total > x->nparameters ? "more" : "", (int)x->status_code.len,
		 x->status_code.ptr ? x->status_code.ptr : "", outcomes[x->outcome]);
}

static void call(struct seen *s, struct test_call c)
{
	c.ts_ns = s->now += 1000000;
	if (!c.frame)
		c.frame = APP;
	feed(s->q, test_call(&c));
}

#define CALL(...) call(s, (struct test_call){ __VA_ARGS__ })

static void finish(struct seen *s, const char *want)
{
	query_finish(s->q);
	assert_string_equal(s->log, want);
}

static int setup(void **state)
{
	static const struct {
		uint32_t site, lib;
		enum client_op op;
		enum client_system system;
		const char *symbol;
		unsigned handle;
	} sites[] = {
		{ PREPARE, 0, OP_LAYER_CREATE, SYSTEM_DUCKDB, "duckdb_prepare", 0 },
		{ EXTRACT, 0, OP_LAYER_CREATE, SYSTEM_DUCKDB, "duckdb_extract_statements", 0 },
		{ PREPARE_ONE, 0, OP_LAYER_DERIVE, SYSTEM_DUCKDB, "duckdb_prepare_extracted_statement", 1 },
		{ DESTROY, 0, OP_LAYER_FORGET, SYSTEM_DUCKDB, "duckdb_destroy_prepare", 0 },
		{ INT32, 0, OP_LAYER_VALUE_INT32, SYSTEM_DUCKDB, "duckdb_bind_int32", 0 },
		{ INT64, 0, OP_LAYER_VALUE_INT, SYSTEM_DUCKDB, "duckdb_bind_int64", 0 },
		{ UINT, 0, OP_LAYER_VALUE_UINT, SYSTEM_DUCKDB, "duckdb_bind_uint64", 0 },
		{ STRING, 0, OP_LAYER_VALUE_STRING, SYSTEM_DUCKDB, "duckdb_bind_varchar", 0 },
		{ BYTES, 0, OP_LAYER_VALUE_BYTES, SYSTEM_DUCKDB, "duckdb_bind_blob", 0 },
		{ NULLED, 0, OP_LAYER_VALUE_NULL, SYSTEM_DUCKDB, "duckdb_bind_null", 0 },
		{ BOOL, 0, OP_LAYER_VALUE_BOOL, SYSTEM_DUCKDB, "duckdb_bind_boolean", 0 },
		{ DATE, 0, OP_LAYER_VALUE_DATE, SYSTEM_DUCKDB, "duckdb_bind_date", 0 },
		{ TIME, 0, OP_LAYER_VALUE_TIME, SYSTEM_DUCKDB, "duckdb_bind_timestamp", 0 },
		{ OTHER, 0, OP_LAYER_VALUE_OTHER, SYSTEM_DUCKDB, "duckdb_bind_double", 0 },
		{ OBJECT, 0, OP_LAYER_VALUE_OBJECT, SYSTEM_DUCKDB, "duckdb_bind_value", 0 },
		{ RUN, 0, OP_LAYER_EXECUTE_INTO, SYSTEM_DUCKDB, "duckdb_execute_prepared", 0 },
		{ INNER, 0, OP_LAYER_SUBMIT, SYSTEM_DUCKDB, "ClientContext", 0 },
		{ RPC, 1, OP_LAYER_RPC, SYSTEM_MSSQL, "dbrpcinit", 0 },
		{ RPC_PARAM, 1, OP_LAYER_VALUE_TDS, SYSTEM_MSSQL, "dbrpcparam", 0 },
		{ RPC_SEND, 1, OP_LAYER_EXECUTE, SYSTEM_MSSQL, "dbrpcsend", 0 },
		{ CASS_NEW, 2, OP_LAYER_CREATE, SYSTEM_CASSANDRA, "cass_statement_new", 0 },
		{ CASS_INT, 2, OP_LAYER_VALUE_INT32, SYSTEM_CASSANDRA, "cass_statement_bind_int32", 0 },
		{ CASS_NAMED, 2, OP_LAYER_VALUE_NAMED, SYSTEM_CASSANDRA, "cass_statement_bind_int32_by_name", 0 },
		{ CASS_RUN, 2, OP_LAYER_EXECUTE, SYSTEM_CASSANDRA, "cass_session_execute", 1 },
		{ DM_DIRECT, 3, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirect", 0 },
		{ DR_DIRECT, 4, OP_LAYER_RUN, SYSTEM_MSSQL, "SQLExecDirect", 0 },
		{ DR_DIAG, 4, OP_LAYER_ERROR, SYSTEM_MSSQL, "SQLGetDiagRec", 1 },
		{ CT_COMMAND, 5, OP_LAYER_COMMAND, SYSTEM_MSSQL, "ct_command", 0 },
		{ CT_PARAM, 5, OP_LAYER_VALUE_CT, SYSTEM_MSSQL, "ct_param", 0 },
		{ CT_SETPARAM, 5, OP_LAYER_VALUE_OTHER, SYSTEM_MSSQL, "ct_setparam", 0 },
		{ CT_SEND, 5, OP_LAYER_SEND, SYSTEM_MSSQL, "ct_send", 0 },
		{ OCI_PREPARE, 6, OP_LAYER_CREATE, SYSTEM_ORACLE, "OCIStmtPrepare2", 0 },
		{ OCI_BIND, 6, OP_LAYER_VALUE_OTHER, SYSTEM_ORACLE, "OCIBindByPos", 0 },
		{ OCI_RUN, 6, OP_LAYER_EXECUTE, SYSTEM_ORACLE, "OCIStmtExecute", 1 },
	};
	static const char *const libraries[] = { "libduckdb.so",  "libsybdb.so.5", "libcassandra.so.2", "libodbc.so.2",
						 "libtdsodbc.so", "libct.so.4",    "libclntsh.so.21.1" };
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(libraries); i++)
		feed(s->q, test_library(i, libraries[i], "x"));
	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		uint64_t vaddr = AT(sites[i].site);
		struct slice r = test_site(sites[i].site, sites[i].lib, sites[i].op, sites[i].system, sites[i].symbol, vaddr);

		((struct rec_site *)(uintptr_t)(const void *)r.ptr)->hdr.flags = (uint16_t)sites[i].handle;
		feed(s->q, r);
	}
	feed(s->q, test_range(0, "duckdb_prepare", AT(PREPARE), 0x100));
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

static void run(struct seen *s, uint64_t handle)
{
	CALL(.site = RUN, .arg0 = handle, .arg1 = 50);
	CALL(.site = INNER, .arg0 = 9, .text = "SELECT ?", .frame = INSIDE);
}

/* Each kind; bound anew, the others stay. */
static void kinds(void **state)
{
	struct seen *s = *state;

	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT ?");
	CALL(.site = INT32, .arg0 = 2, .arg1 = 1, .arg2 = 0xdeadffffffffull);
	CALL(.site = INT64, .arg0 = 2, .arg1 = 2, .arg2 = (uint64_t)-5);
	CALL(.site = UINT, .arg0 = 2, .arg1 = 3, .arg2 = UINT64_MAX);
	CALL(.site = STRING, .arg0 = 2, .arg1 = 4, .text = "ann");
	CALL(.site = BYTES, .arg0 = 2, .arg1 = 5, .text = "raw");
	CALL(.site = NULLED, .arg0 = 2, .arg1 = 6);
	CALL(.site = BOOL, .arg0 = 2, .arg1 = 7, .arg2 = 0x101);
	CALL(.site = DATE, .arg0 = 2, .arg1 = 8, .arg2 = 20782);
	CALL(.site = TIME, .arg0 = 2, .arg1 = 9, .arg2 = 1764044101000000);
	CALL(.site = OTHER, .arg0 = 2, .arg1 = 11);
	run(s, 2);
	CALL(.site = STRING, .arg0 = 2, .arg1 = 1, .text = "ben");
	run(s, 2);
	finish(s, "SELECT ?:n-1,n-5,n18446744073709551615,'ann,braw,-,'true,'2026-11-25,'2025-11-25 04:15:01,?,?,|?;"
		  "SELECT ?:'ben,n-5,n18446744073709551615,'ann,braw,-,'true,'2026-11-25,'2025-11-25 04:15:01,?,?,|?;");
}

#define BIND(number, ...) CALL(.site = OBJECT, .arg0 = 2, .arg1 = (number), .fields = { __VA_ARGS__ }, .field_ok = 15)

/* duckdb_bind_int32() that goes on to duckdb_bind_value() in its place; and a program that calls it itself. */
static void by_another(void **state)
{
	struct seen *s = *state;

	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT ?");
	CALL(.site = INT32, .arg0 = 2, .arg1 = 1, .arg2 = 1);
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 1); /* not read */
	run(s, 2);
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 1, .frame = APP + 1);
	run(s, 2);
	/* What does not tell its value goes on with an object that does. */
	CALL(.site = OTHER, .arg0 = 2, .arg1 = 1);
	BIND(1, 23, 0, 0x3ff8000000000000);
	run(s, 2);
	finish(s, "SELECT ?:n1,|?;SELECT ?:?,|?;SELECT ?:n1.5,|?;");
}

/* Values that are objects: the type's number has a byte, and so has what says that it is NULL; what stands beside them is something else.
 */
static void objects(void **state)
{
	enum { BESIDE = 0x7f00 };
	const uint64_t all = UINT64_MAX, top = 1ull << 63;
	struct seen *s = *state;

	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT ?");
	BIND(1, BESIDE | 13, BESIDE, 0xdeadfffffffe, 99);
	BIND(2, 14, 0, (uint64_t)-3, 99);
	BIND(3, 11, 0, 0xfe);
	BIND(4, 28, 0, 0xfe);
	BIND(5, 31, 0, all);
	BIND(6, 10, 0, 0x5500);
	BIND(7, 50, 0, (uint64_t)-7, all);
	BIND(8, 50, 0, 0, 1);
	BIND(9, 50, 0, 0, top);
	BIND(10, 49, 0, all, all);
	BIND(11, 22, 0, 0x99993fc00000);
	BIND(12, 14, BESIDE | 1, 5);
	BIND(13, 15, 0, 20782);
	BIND(14, 17, 0, 1764044101);
	BIND(15, 18, 0, 1764044101999);
	BIND(16, 20, 0, (uint64_t)-1);
	BIND(17, 19, 0, INT64_MAX);
	BIND(18, 17, 0, 1ull << 62);
	BIND(19, 21, 0, 5); /* a decimal: its scale is not read */
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 20, .fields = { 25 }, .field_ok = 15, .text = "ann");
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 21, .fields = { 26 }, .field_ok = 15, .text = "a\0b", .bytes = 3);
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 22, .fields = { 25 }, .field_ok = 15, .text = "x", .status = REC_TEXT_FAILED);
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 23, .fields = { 101 }, .field_ok = 15, .text = "a list");
	CALL(.site = OBJECT, .arg0 = 2, .arg1 = 24, .fields = { 14, 0, 5 }, .field_ok = 7);
	BIND(25, 16, 0, 86399999999);
	BIND(26, 16, 0, all);
	BIND(27, 54, 0, 0x8877665544332211, 0x9234567890abcdef);
	run(s, 2);
	finish(s, "SELECT ?:n-2,n-3,n-2,n254,n18446744073709551615,'false,n-7,n18446744073709551616,"
		  "n-170141183460469231731687303715884105728,n340282366920938463463374607431768211455,n1.5,-,'2026-11-25,"
		  "'2025-11-25 04:15:01,'2025-11-25 04:15:01,'1969-12-31 23:59:59,?,?,?,'ann,ba,?,?,?,"
		  "'23:59:59,?,'12345678-90ab-cdef-8877-665544332211,|?;");
}

/* The next statement in the place of one that is no more: nothing of the old one is its own. */
static void place_used_again(void **state)
{
	struct seen *s = *state;

	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT 1");
	CALL(.site = INT32, .arg0 = 2, .arg1 = 1, .arg2 = 1);
	CALL(.site = INT32, .arg0 = 2, .arg1 = 2, .arg2 = 2);
	CALL(.site = RUN, .arg0 = 2, .arg1 = 50);
	CALL(.site = DESTROY, .arg0 = 0x7000, .fields = { 0, 2 }, .field_ok = 2);
	CALL(.site = PREPARE, .arg0 = 1, .text = "not to be prepared");
	CALL(.site = DESTROY, .arg0 = 0x7000, .fields = { 0, 2 }, .field_ok = 2);
	CALL(.site = DESTROY, .arg0 = 0x7000, .fields = { 0, 0 }, .field_ok = 2);
	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT 2");
	CALL(.site = EXTRACT, .arg0 = 1, .text = "SELECT 2", .from = IN_PREPARE, .frame = INSIDE);
	CALL(.site = PREPARE_ONE, .arg0 = 1, .arg1 = 4, .from = IN_PREPARE, .frame = INSIDE);
	CALL(.site = DESTROY, .arg0 = 0x7100, .fields = { 0, 4 }, .field_ok = 2, .from = IN_PREPARE, .frame = INSIDE);
	CALL(.site = INT32, .arg0 = 2, .arg1 = 1, .arg2 = 3);
	CALL(.site = RUN, .arg0 = 2, .arg1 = 51);
	finish(s, "SELECT 1:n1,n2,|?;SELECT 2:n3,|?;");
}

/* Several of one text, each of its own; and one that was prepared before us. */
static void of_an_extract(void **state)
{
	struct seen *s = *state;

	CALL(.site = EXTRACT, .arg0 = 1, .text = "SELECT ?", .frame = APP + 10); /* on a stack where it leaves traces */
	for (uint64_t i = 0; i < 2; i++) {
		CALL(.site = PREPARE_ONE, .arg0 = 1, .arg1 = 4);
		CALL(.site = INT32, .arg0 = 5 + i, .arg1 = 1, .arg2 = i);
		run(s, 5 + i);
	}
	CALL(.site = STRING, .arg0 = 8, .arg1 = 1, .text = "ann");
	run(s, 8);
	CALL(.site = STRING, .arg0 = 9, .arg1 = 1, .text = "ben");
	CALL(.site = RUN, .arg0 = 9, .arg1 = 52);
	finish(s, "SELECT ?:n0,|?;SELECT ?:n1,|?;SELECT ?:'ann,|?;:'ben,|?;");
}

/* A long one is cut; numbers beyond what is kept are counted; a number that is none changes nothing. */
static void limits(void **state)
{
	struct seen *s = *state;
	char text[PROBE_HEAD_BYTES + 1], want[256];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	CALL(.site = PREPARE, .arg0 = 1, .text = "SELECT ?");
	CALL(.site = STRING, .arg0 = 2, .arg1 = 1, .text = text);
	CALL(.site = INT32, .arg0 = 2, .arg1 = 2000, .arg2 = 1);
	CALL(.site = INT32, .arg0 = 2, .arg1 = 1ull << 40, .arg2 = 1);
	CALL(.site = INT32, .arg0 = 2, .arg1 = 0, .arg2 = 1);
	run(s, 2);
	snprintf(want, sizeof(want), "SELECT ?:'%.*s...,more|?;", PARAM_BYTES, text);
	finish(s, want);
}

/* The parameters of a call of a procedure; those of the next one are its own. */
static void procedure(void **state)
{
	struct seen *s = *state;

	CALL(.site = RPC, .arg0 = 1, .text = "read_it");
	CALL(.site = RPC_PARAM, .arg0 = 1, .arg3 = 56, .arg5 = (uint64_t)-1, .text = "\7\0\0\0\0\0\0\0", .bytes = 8);
	CALL(.site = RPC_PARAM, .arg0 = 1, .arg3 = 39, .arg5 = 3, .text = "ann", .bytes = 3);
	CALL(.site = RPC_PARAM, .arg0 = 1, .arg3 = 39, .arg5 = 0, .text = "");
	CALL(.site = RPC_SEND, .arg0 = 1);
	CALL(.site = RPC, .arg0 = 1, .text = "next");
	CALL(.site = RPC_PARAM, .arg0 = 1, .arg3 = 39, .arg5 = 3, .text = "ben", .bytes = 3);
	CALL(.site = RPC_SEND, .arg0 = 1);
	finish(s, "EXEC read_it:n7,'ann,-,|?;EXEC next:'ben,|?;");
}

/* Numbered from 0; by name, in the order they come. */
static void cassandra(void **state)
{
	struct seen *s = *state;

	CALL(.site = CASS_NEW, .text = "SELECT ?");
	CALL(.site = CASS_INT, .arg0 = 2, .arg1 = 0, .arg2 = 7);
	CALL(.site = CASS_NAMED, .arg0 = 2, .arg1 = 0x7f00000000);
	CALL(.site = CASS_RUN, .arg0 = 1, .arg1 = 2);
	finish(s, "SELECT ?:n7,?,|?;");
}

/* What was bound for the manager's statement is told with the driver's, which tells it. */
static void of_a_layer(void **state)
{
	struct seen *s = *state;
	static struct {
		struct rec_params r;
		struct rec_param p[2];
	} one;

	CALL(.site = DM_DIRECT, .arg0 = 1, .text = "SELECT ?, ?");
	one.r = (struct rec_params){
		.hdr = { .type = REC_PARAMS, .ts_ns = s->now, .size = sizeof(one) }, .start_ns = 5, .pid = 100, .tid = 100
	};
	one.r.total = one.r.count = 2;
	one.p[0] = (struct rec_param){ .form = PARAM_ODBC, .type = 4, .len = 4, .cap = 4, .data = "\7" };
	one.p[1] = (struct rec_param){ .form = PARAM_ODBC, .type = 1, .status = PARAM_LATER };
	feed(s->q, slice_mem(&one, sizeof(one)));
	CALL(.site = DR_DIRECT, .arg0 = 2, .text = "SELECT ?, ?", .frame = INSIDE);
	finish(s, "SELECT ?, ?:n7,?,|?;");
}

/* What is read when the statement runs, behind the record of the last call; form PARAM_NONE: its own call told it. */
static void at_run(struct seen *s, const struct rec_param *p, uint32_t n)
{
	static struct {
		struct rec_params r;
		struct rec_param p[PARAM_SLOTS];
	} one;

	one.r = (struct rec_params){ .hdr = { .type = REC_PARAMS, .ts_ns = s->now, .size = (uint32_t)(sizeof(one.r) + n * sizeof(*p)) },
				     .start_ns = 5,
				     .pid = 100,
				     .tid = 100 };
	one.r.total = one.r.count = n;
	memcpy(one.p, p, n * sizeof(*p));
	feed(s->q, slice_mem(&one, one.r.hdr.size));
}

/* ct_param() tells its value, ct_setparam() where it will be; both may be used for one command, and the next one has none of them. */
static void ct_library(void **state)
{
	struct seen *s = *state;
	static const struct rec_param later[] = {
		{ .form = PARAM_NONE, .type = 0xffff },
		{ .form = PARAM_CT, .type = 8, .len = 4, .cap = 4, .data = "\7" },
		{ .form = PARAM_NONE, .type = 0xffff },
	};

	CALL(.site = CT_COMMAND, .arg0 = 1, .arg1 = 148, .text = "SELECT @a");
	CALL(.site = CT_PARAM, .arg0 = 1, .arg1 = 1, .arg5 = 0, .text = "ann", .bytes = 3);
	CALL(.site = CT_SETPARAM, .arg0 = 1, .arg1 = 2);
	CALL(.site = CT_PARAM, .arg0 = 1, .arg1 = 3, .arg5 = 8, .status = REC_TEXT_NULL);
	CALL(.site = CT_PARAM, .arg0 = 1, .arg1 = 0, .arg5 = 8, .text = "lost", .bytes = 4); /* without a number */
	CALL(.site = CT_SEND, .arg0 = 1);
	at_run(s, later, ARRAY_SIZE(later));
	CALL(.site = CT_COMMAND, .arg0 = 1, .arg1 = 148, .text = "SELECT 2");
	CALL(.site = CT_SEND, .arg0 = 1);
	finish(s, "SELECT @a:'ann,n7,-,|?;SELECT 2:|?;");
}

/* Bound once, read at each run; what was not read stays unknown. */
static void oci(void **state)
{
	struct seen *s = *state;
	static struct rec_param at[] = { { .form = PARAM_OCI, .type = 3, .len = 4, .cap = 4, .data = "\7" },
					 { .form = PARAM_OCI, .type = 1, .status = PARAM_LATER } };

	CALL(.site = OCI_PREPARE, .arg0 = 9, .text = "SELECT :1");
	CALL(.site = OCI_BIND, .arg0 = 2, .arg1 = 1);
	CALL(.site = OCI_BIND, .arg0 = 2, .arg1 = 2);
	CALL(.site = OCI_RUN, .arg0 = 9, .arg1 = 2);
	at_run(s, at, 2);
	at[0].data[0] = 8;
	CALL(.site = OCI_BIND, .arg0 = 2, .arg1 = 1);
	CALL(.site = OCI_RUN, .arg0 = 9, .arg1 = 2);
	at_run(s, at, 2);
	CALL(.site = OCI_RUN, .arg0 = 9, .arg1 = 2);
	finish(s, "SELECT :1:n7,?,|?;SELECT :1:n8,?,|?;SELECT :1:?,?,|?;");
}

static void diag(struct seen *s, unsigned number, uint64_t place, const char *state, size_t n)
{
	struct test_call c = { .site = DR_DIAG, .frame = INSIDE, .arg1 = 2, .arg2 = number, .arg3 = place, .ts_ns = s->now += 1000000 };
	struct slice r = test_call(&c);
	struct rec_call *raw = (struct rec_call *)(uintptr_t)(const void *)r.ptr;

	if (n)
		memcpy(raw->name, state, n);
	raw->name_len = (uint8_t)n;
	feed(s->q, r);
}

/* The second record is asked for in the same place: there is the state of the first. */
static void states(void **state)
{
	static const struct {
		unsigned second;
		uint64_t place;
		const char *bytes;
		size_t n;
		const char *want;
	} samples[] = {
		{ 2, 77, "42S22", 5, "42S22!" }, { 2, 77, "4\0002\0S\0002\0002\0\0\0", 12, "42S22!" },
		{ 2, 77, "01000", 5, "01000+" }, { 2, 78, "42S22", 5, "!" }, /* another place */
		{ 3, 77, "42S22", 5, "!" },                                  /* not the next one */
		{ 2, 77, "42s22", 5, "!" },                                  /* no state */
		{ 2, 77, "", 0, "!" },
	};
	struct seen *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		char want[64];

		s->log[0] = 0;
		CALL(.site = DR_DIRECT, .arg0 = 2, .text = "SELECT 1");
		diag(s, 1, 77, "", 0);
		diag(s, samples[i].second, samples[i].place, samples[i].bytes, samples[i].n);
		snprintf(want, sizeof(want), "SELECT 1:|%s;", samples[i].want);
		finish(s, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(by_another, setup, teardown),
		cmocka_unit_test_setup_teardown(objects, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(procedure, setup, teardown),
		cmocka_unit_test_setup_teardown(cassandra, setup, teardown),
		cmocka_unit_test_setup_teardown(of_a_layer, setup, teardown),
		cmocka_unit_test_setup_teardown(states, setup, teardown),
		cmocka_unit_test_setup_teardown(ct_library, setup, teardown),
		cmocka_unit_test_setup_teardown(oci, setup, teardown),
		cmocka_unit_test_setup_teardown(place_used_again, setup, teardown),
		cmocka_unit_test_setup_teardown(of_an_extract, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
