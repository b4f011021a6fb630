// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Bound values as text, from the forms in which each library keeps them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "query/query.h"
#include "records.inc.c"

enum { SEND = 1, PREPARE, EXECUTE };

struct seen {
	char log[8192];
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	static const char kinds[] = "?-n'b";
	struct seen *s = ctx;

	for (size_t i = 0; i < x->nparameters; i++) {
		size_t n = strlen(s->log);
		const struct parameter *v = &x->parameters[i];

		snprintf(s->log + n, sizeof(s->log) - n, "%c%.*s%s;", kinds[v->kind], (int)v->value.len, v->value.ptr, v->cut ? "..." : "");
	}
	if (x->parameters_total > x->nparameters)
		strcat(s->log, "more;");
}

static int feed(struct seen *s, struct slice record)
{
	struct decoded d;
	int err = decode_record(record, &d);

	if (err)
		return err;
	if (d.type == REC_LIBRARY)
		return query_library(s->q, &d);
	if (d.type == REC_SITE)
		return query_site(s->q, &d);
	return d.type == REC_PARAMS ? query_params(s->q, &d) : query_call(s->q, &d);
}

static int setup(void **state)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s, test_library(0, "/lib/libpq.so.5", "libpq"));
	feed(s, test_site(SEND, 0, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQueryParams", 0x1000));
	feed(s, test_site(PREPARE, 0, OP_PREPARE, SYSTEM_POSTGRESQL, "PQsendPrepare", 0x2000));
	feed(s, test_site(EXECUTE, 0, OP_EXECUTE_NAMED, SYSTEM_POSTGRESQL, "PQsendQueryPrepared", 0x3000));
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

static struct rec_param value(enum rec_param_form form, uint32_t type, const char *data, uint32_t len)
{
	struct rec_param p = { .form = (uint8_t)form, .type = type, .len = len };

	p.cap = len < PARAM_BYTES ? (uint16_t)len : PARAM_BYTES;
	if (p.cap)
		memcpy(p.data, data, p.cap);
	return p;
}

static struct slice record(uint64_t ts_ns, const struct rec_param *p, uint32_t n, uint32_t total)
{
	static _Alignas(8) char out[sizeof(struct rec_params) + PARAM_SLOTS * sizeof(struct rec_param)];
	struct rec_params *r = (struct rec_params *)(void *)out;

	*r = (struct rec_params){ .start_ns = 5, .pid = 100, .tid = 100, .total = total, .count = n };
	r->hdr = (struct rec_hdr){ .type = REC_PARAMS, .ts_ns = ts_ns, .size = (uint32_t)(sizeof(*r) + n * sizeof(*p)) };
	if (n)
		memcpy(r->p, p, n * sizeof(*p));
	return slice_mem(out, r->hdr.size);
}

static void call(struct seen *s, uint32_t site, uint64_t ts, const char *text, const char *name)
{
	feed(s, test_call(&(struct test_call){ .site = site, .ts_ns = ts, .arg0 = 1, .text = text, .name = name }));
}

struct sample {
	struct rec_param p;
	const char *want;
};

#define PG(oid, bytes) value(PARAM_PG_BINARY, oid, bytes, sizeof(bytes) - 1)
#define MY(type, bytes) value(PARAM_MYSQL, type, bytes, sizeof(bytes) - 1)
#define LITE(flags, bytes) value(PARAM_LITE, flags, bytes, sizeof(bytes) - 1)
#define ODBC(type, bytes) value(PARAM_ODBC, (uint16_t)(type), bytes, sizeof(bytes) - 1)
#define CT(type, bytes) value(PARAM_CT, type, bytes, sizeof(bytes) - 1)
#define OCI(type, bytes) value(PARAM_OCI, type, bytes, sizeof(bytes) - 1)
#define TDS(type, bytes) value(PARAM_TDS, type, bytes, sizeof(bytes) - 1)

static void forms(void **state)
{
	const struct sample samples[] = {
		{ value(PARAM_NULL, 0, "", 0), "-;" },
		{ ODBC(1, "ann"), "'ann;" },
		{ ODBC(-8, "a\0n\0\344\0"), "'an\303\244;" },
		{ ODBC(-8, "a\0\0\0x\0"), "'a;" },
		{ ODBC(4, "\377\377\377\377"), "n-1;" },
		{ ODBC(-18, "\377\377\377\377"), "n4294967295;" },
		{ ODBC(5, "\376\377"), "n-2;" },
		{ ODBC(-17, "\376\377"), "n65534;" },
		{ ODBC(-25, "\1\0\0\0\0\0\0\200"), "n-9223372036854775807;" },
		{ ODBC(-27, "\1\0\0\0\0\0\0\200"), "n9223372036854775809;" },
		{ ODBC(-6, "\377"), "n-1;" },
		{ ODBC(-7, "\1"), "n1;" },
		{ ODBC(7, "\0\0\300\77"), "n1.5;" },
		{ ODBC(8, "\0\0\0\0\0\0\370\77"), "n1.5;" },
		{ ODBC(91, "\352\7\13\0\31\0"), "'2026-11-25;" },
		{ ODBC(92, "\4\0\17\0\1\0"), "'04:15:01;" },
		{ ODBC(93, "\352\7\13\0\31\0\4\0\17\0\1\0\0\0\0\0"), "'2026-11-25 04:15:01;" },
		{ ODBC(11, "\352\7\13\0\31\0\4\0\17\0\1\0\0\145\315\35"), "'2026-11-25 04:15:01.500000000;" },
		{ ODBC(-11, "\3\2\1\0\5\4\7\6\10\11\12\13\14\15\16\17"), "'00010203-0405-0607-0809-0a0b0c0d0e0f;" },
		{ ODBC(-2, "\1\2"), "b\1\2;" },
		{ ODBC(99, "x"), "?;" },
		{ ODBC(4, "\1\2"), "?;" },
		{ ODBC(93, "\1"), "?;" },
		{ TDS(56, "\7\0\0\0\0\0\0\0"), "n7;" },
		{ TDS(48, "\377"), "n255;" },
		{ TDS(52, "\377\377"), "n-1;" },
		{ TDS(127, "\1\0\0\0\0\0\0\0"), "n1;" },
		{ TDS(62, "\0\0\0\0\0\0\370\77"), "n1.5;" },
		{ TDS(39, "ann"), "'ann;" },
		{ TDS(37, "\1"), "b\1;" },
		{ TDS(61, "\0\0\0\0\0\0\0\0"), "'1900-01-01 00:00:00;" },
		{ TDS(61, "\377\377\377\177\0\0\0\0"), "?;" },
		{ TDS(56, "\7"), "?;" },
		{ TDS(1, "x"), "?;" },
		{ CT(0, "ann"), "'ann;" },
		{ CT(18, ""), "';" },
		{ CT(1, "\1\0"), "b\1;" },
		{ CT(25, "a\0n\0\344\0"), "'an\303\244;" },
		{ CT(6, "\377"), "n255;" },
		{ CT(7, "\376\377"), "n-2;" },
		{ CT(24, "\376\377"), "n65534;" },
		{ CT(8, "\371\377\377\377"), "n-7;" },
		{ CT(32, "\377\377\377\377"), "n4294967295;" },
		{ CT(30, "\0\32\161\30\2\0\0\0"), "n9000000000;" },
		{ CT(33, "\1\0\0\0\0\0\0\200"), "n9223372036854775809;" },
		{ CT(9, "\0\0\300\77"), "n1.5;" },
		{ CT(10, "\0\0\0\0\0\0\370\77"), "n1.5;" },
		{ CT(12, "\0\0\0\0\0\0\0\0"), "'1900-01-01 00:00:00;" },
		{ CT(13, "\1\0\2\0"), "'1900-01-02 00:02:00;" },
		{ CT(14, "\377\377\377\377\377\377\377\377"), "n-0.0001;" },
		{ CT(14, "\0\0\0\0\71\60\0\0"), "n1.2345;" },
		{ CT(15, "\71\60\0\0"), "n1.2345;" },
		{ CT(40, "\3\2\1\0\5\4\7\6\10\11\12\13\14\15\16\17"), "'00010203-0405-0607-0809-0a0b0c0d0e0f;" },
		{ CT(8, "\1\2"), "?;" },
		{ CT(14, "\1\2"), "?;" },
		{ CT(13, "\1"), "?;" },
		{ CT(16, "\1\2\3\4"), "?;" },
		{ CT(0xfffe, "x"), "?;" },
		{ OCI(1, "ann"), "'ann;" },
		{ OCI(5, "ann"), "'ann;" },
		{ OCI(96, "ann  "), "'ann  ;" },
		{ OCI(23, "\1\2"), "b\1\2;" },
		{ OCI(3, "\371\377\377\377"), "n-7;" },
		{ OCI(3, "\376\377\377\377\377\377\377\377"), "n-2;" },
		{ OCI(68, "\376\377"), "n65534;" },
		{ OCI(3, "\1\2\3"), "?;" },
		{ OCI(4, "\0\0\0\0\0\0\370\77"), "n1.5;" },
		{ OCI(21, "\0\0\300\77"), "n1.5;" },
		{ OCI(4, "\1"), "?;" },
		{ OCI(2, "\301\10"), "n7;" },
		{ OCI(2, "\200"), "n0;" },
		{ OCI(2, "\302\2\30"), "n123;" },
		{ OCI(2, "\303\2"), "n10000;" },
		{ OCI(2, "\301\2\63"), "n1.5;" },
		{ OCI(2, "\300\6"), "n0.05;" },
		{ OCI(2, "\277\6"), "n0.0005;" },
		{ OCI(2, "\76\136\146"), "n-7;" },
		{ OCI(2, "\75\144\116\146"), "n-123;" },
		{ OCI(2, "\301"), "?;" },
		{ OCI(2, "\301\0"), "?;" },
		{ OCI(2, "\377\145"), "?;" },
		{ OCI(2, "\200\1"), "?;" },
		{ OCI(6, "\2\301\10\0\0"), "n7;" },
		{ OCI(6, "\25\301\10"), "?;" },
		{ OCI(9, "\3\0annx"), "'ann;" },
		{ OCI(9, "\377\0ann"), "'ann...;" },
		{ OCI(94, "\3\0\0\0ann"), "'ann;" },
		{ OCI(95, "\1\0\0\0\1"), "b\1;" },
		{ OCI(94, "\377\377\377\377"), "';" },
		{ OCI(94, "\3"), "?;" },
		{ OCI(12, "\170\176\13\31\5\20\2"), "'2026-11-25 04:15:01;" },
		{ OCI(12, "\1\176\13\31\5\20\2"), "?;" },
		{ OCI(156, "\352\7\13\31\4\17\1\0"), "'2026-11-25 04:15:01;" },
		{ OCI(156, "\352"), "?;" },
		{ OCI(112, "x"), "?;" },
		{ value(PARAM_TEXT, 0, "journalist", 10), "'journalist;" },
		{ PG(20, "\0\0\0\0\0\0\0\7"), "n7;" },
		{ PG(21, "\377\376"), "n-2;" },
		{ PG(23, "\200\0\0\0"), "n-2147483648;" },
		{ PG(26, "\377\377\377\377"), "n4294967295;" },
		{ PG(16, "\0"), "'f;" },
		{ PG(701, "\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "n0.1;" },
		{ PG(700, "\x40\x20\0\0"), "n2.5;" },
		{ PG(1082, "\0\0\0\0"), "'2000-01-01;" },
		{ PG(1082, "\377\377\377\377"), "'1999-12-31;" },
		{ PG(1082, "\0\0\x22\x79"), "'2024-02-29;" },
		{ PG(1114, "\0\0\0\0\0\x0f\x42\x40"), "'2000-01-01 00:00:01;" },
		{ PG(1184, "\377\377\377\377\377\377\377\377"), "'1999-12-31 23:59:59;" },
		{ PG(1700, "\0\1\0\0\0\0\0\0\0\x2a"), "n42;" },
		{ PG(1700, "\0\2\0\1\x40\0\0\0\0\1\0\0"), "n-10000;" },
		{ PG(1700, "\0\1\377\377\0\0\0\2\4\xe2"), "n0.12;" },
		{ PG(1700, "\0\0\0\0\xc0\0\0\0"), "b" }, /* NaN: as bytes */
		{ PG(869, "\2\x20\0\4\xc0\0\2\1"), "'192.0.2.1;" },
		{ PG(25, "text"), "'text;" },
		{ PG(17, "ab"), "bab;" },
		{ PG(0, "\0\0\0\7"), "?" }, /* four bytes of what? */
		{ PG(23, "\0\0"), "n0;" },
		{ MY(1, "\377"), "n-1;" },
		{ MY(1 | PARAM_MYSQL_UNSIGNED, "\377"), "n255;" },
		{ MY(3, "\1\0\0\0"), "n1;" },
		{ MY(8, "\1\0\0"), "?;" }, /* cut short */
		{ MY(254, "text"), "'text;" },
		{ MY(252, "blob"), "bblob;" },
		{ LITE(2, "text"), "'text;" },
		{ LITE(16, "blob"), "bblob;" },
		{ LITE(4, "\5\0\0\0\0\0\0\0"), "n5;" },
		{ LITE(8, "\0\0\0\0\0\0\4\xc0"), "n-2.5;" },
		{ LITE(4, "\5"), "?;" },
	};
	struct seen *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		s->log[0] = 0;
		call(s, SEND, 10 + i, "SELECT $1", NULL);
		assert_int_equal(feed(s, record(10 + i, &samples[i].p, 1, 1)), 0);
		query_finish(s->q);
		if (strncmp(s->log, samples[i].want, strlen(samples[i].want)))
			fail_msg("%zu: %s, not %s", i, s->log, samples[i].want);
	}
}

static void long_values_are_cut(void **state)
{
	struct seen *s = *state;
	struct rec_param p = value(PARAM_TEXT, 0, "x", 1);

	p.status = PARAM_CUT;
	call(s, SEND, 10, "SELECT $1", NULL);
	feed(s, record(10, &p, 1, 9));
	query_finish(s->q);
	assert_string_equal(s->log, "'x...;more;");
}

/* The types are given once, at the prepare. */
static void types_of_a_prepare(void **state)
{
	struct seen *s = *state;
	struct rec_param type = value(PARAM_NONE, 23, "", 0), v = PG(0, "\0\0\0\7");

	call(s, PREPARE, 10, "SELECT $1", "p");
	assert_int_equal(feed(s, record(10, &type, 1, 1)), 0);
	call(s, EXECUTE, 20, NULL, "p");
	assert_int_equal(feed(s, record(20, &v, 1, 1)), 0);
	query_finish(s->q);
	assert_string_equal(s->log, "n7;");
}

/* Of another thread or time, or of a call that made no execution: nothing. */
static void strangers_are_left_alone(void **state)
{
	struct seen *s = *state;
	struct rec_param v = value(PARAM_TEXT, 0, "x", 1);

	call(s, SEND, 10, "SELECT 1", NULL);
	assert_int_equal(feed(s, record(11, &v, 1, 1)), 0);
	query_finish(s->q);
	assert_string_equal(s->log, "");
}

static void damaged_records(void **state)
{
	struct seen *s = *state;
	struct rec_param v = value(PARAM_TEXT, 0, "x", 1);
	struct slice r;

	v.cap = PARAM_BYTES + 1;
	assert_int_not_equal(feed(s, record(10, &v, 1, 1)), 0);
	v.cap = 1;
	v.form = PARAM_FORMS;
	assert_int_not_equal(feed(s, record(10, &v, 1, 1)), 0);
	v.form = PARAM_TEXT;
	r = record(10, &v, 1, 1);
	((struct rec_params *)(uintptr_t)r.ptr)->count = 2;
	assert_int_not_equal(feed(s, r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(forms), CASE(long_values_are_cut), CASE(types_of_a_prepare), CASE(strangers_are_left_alone), CASE(damaged_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
