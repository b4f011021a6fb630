// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Long statements in pieces: put together, cut where one is missing, bounded in memory. */
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

enum { SEND = 1, STMT_PREPARE, STMT_EXECUTE, STMT_CLOSE, WIDE };

struct seen {
	char log[1024]; /* "length, truncated, last byte;" */
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	struct seen *s = ctx;
	size_t n = strlen(s->log);

	if (!x->truncated && x->text.len > REC_TEXT_MAX / 4)
		assert_int_equal(x->text_len, x->text.len);
	if (n < 900)
		snprintf(s->log + n, sizeof(s->log) - n, "%zu%s%c;", x->text.len, x->truncated ? "<cut>" : "",
			 x->text.len ? x->text.ptr[x->text.len - 1] : '-');
}

static int setup(void **state)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s->q, test_library(0, "/lib/libpq.so.5", "libpq"));
	feed(s->q, test_library(1, "/lib/libmariadb.so.3", "mysql"));
	feed(s->q, test_site(SEND, 0, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x1000));
	feed(s->q, test_site(STMT_PREPARE, 1, OP_STMT_PREPARE, SYSTEM_MYSQL, "mysql_stmt_prepare", 0x1000));
	feed(s->q, test_site(STMT_EXECUTE, 1, OP_EXECUTE_STMT, SYSTEM_MYSQL, "mysql_stmt_execute", 0x2000));
	feed(s->q, test_site(STMT_CLOSE, 1, OP_STMT_CLOSE, SYSTEM_MYSQL, "mysql_stmt_close", 0x3000));
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

/* A call whose text has total bytes; the record holds REC_TEXT_MAX of them. */
static void call(struct seen *s, uint32_t site, uint64_t ts, uint64_t handle, uint64_t total)
{
	static _Alignas(8) char out[sizeof(struct rec_call) + REC_TEXT_MAX];
	struct slice small = test_call(&(struct test_call){ .site = site, .ts_ns = ts, .arg0 = handle, .text = "x" });
	struct rec_call *r = (struct rec_call *)(void *)out;

	memcpy(out, small.ptr, sizeof(*r));
	r->hdr.size = sizeof(out);
	r->text_len = total;
	r->cap_len = REC_TEXT_MAX;
	r->text_status = REC_TEXT_TRUNCATED;
	memset(r->text, 'a', REC_TEXT_MAX);
	feed(s->q, slice_mem(out, sizeof(out)));
}

static void run(struct seen *s, uint32_t site, uint64_t ts, uint64_t handle)
{
	feed(s->q, test_call(&(struct test_call){ .site = site, .ts_ns = ts, .arg0 = handle }));
}

static void chunk(struct seen *s, uint64_t ts, uint64_t off, uint32_t len, uint64_t total, char c)
{
	static _Alignas(8) char out[sizeof(struct rec_chunk) + REC_TEXT_MAX];
	struct rec_chunk *r = (struct rec_chunk *)(void *)out;

	*r = (struct rec_chunk){ .start_ns = 5, .pid = 100, .tid = 100, .off = off, .len = len, .total = total };
	r->hdr = (struct rec_hdr){ .type = REC_CHUNK, .ts_ns = ts, .size = (uint32_t)((sizeof(*r) + len + 7) & ~7ul) };
	memset(r->data, c, len);
	feed(s->q, slice_mem(out, r->hdr.size));
}

static void expect(struct seen *s, const char *want)
{
	query_finish(s->q);
	assert_string_equal(s->log, want);
	s->log[0] = 0;
}

static void put_together(void **state)
{
	struct seen *s = *state;

	call(s, SEND, 10, 1, 150000);
	chunk(s, 10, 65536, 65536, 150000, 'b');
	chunk(s, 10, 131072, 18928, 150000, 'c');
	expect(s, "150000c;");
}

static void a_missing_piece(void **state)
{
	struct seen *s = *state;

	call(s, SEND, 10, 1, 200000);
	chunk(s, 10, 131072, 65536, 200000, 'c'); /* the one before it was lost */
	chunk(s, 10, 196608, 3392, 200000, 'd');
	expect(s, "131073<cut>c;");
	call(s, SEND, 20, 1, 200000);
	chunk(s, 20, 65536, 65536, 200000, 'b');
	expect(s, "131072<cut>b;");
}

static void of_something_prepared(void **state)
{
	struct seen *s = *state;

	call(s, STMT_PREPARE, 10, 7, 100000);
	chunk(s, 10, 65536, 34464, 100000, 'b');
	run(s, STMT_EXECUTE, 20, 7);
	run(s, STMT_EXECUTE, 30, 7);
	expect(s, "100000b;100000b;");
}

static void strangers(void **state)
{
	struct seen *s = *state;

	chunk(s, 10, 65536, 10, 100000, 'b');
	call(s, SEND, 20, 1, 100000);
	chunk(s, 21, 65536, 34464, 100000, 'b');
	expect(s, "65536<cut>a;");
}

/* 1,000,000 statements that are prepared and never closed. */
static void abandoned_handles(void **state)
{
	struct seen *s = *state;
	const struct query_stats *stats = query_stats(s->q);

	for (uint64_t i = 0; i < 1000000; i++)
		feed(s->q,
		     test_call(&(struct test_call){ .site = STMT_PREPARE, .ts_ns = 10 + i, .arg0 = 0x1000 + i * 16, .text = "SELECT 1" }));
	assert_int_equal(stats->evictions, 1000000 - QUERY_HANDLES_MAX);
	run(s, STMT_EXECUTE, 2000000, 0x1000); /* the oldest: its text is gone, the run is told */
	expect(s, "0-;");
}

/* The same with long texts: bytes count, not only their number. */
static void long_texts_are_bounded(void **state)
{
	struct seen *s = *state;
	const struct query_stats *stats = query_stats(s->q);

	for (uint64_t i = 0; i < 2 * QUERY_TEXT_BYTES_MAX / REC_TEXT_MAX; i++)
		call(s, STMT_PREPARE, 10 + i, 0x1000 + i * 16, 100000);
	assert_int_equal(stats->evictions, QUERY_TEXT_BYTES_MAX / REC_TEXT_MAX);
	for (uint64_t i = 0; i < 8; i++) { /* eight of 16 MiB in flight: the last ones stay cut */
		call(s, SEND, 100000 + i, 1 + i, 16 << 20);
		for (uint64_t off = REC_TEXT_MAX; off < 16 << 20; off += REC_TEXT_MAX)
			chunk(s, 100000 + i, off, REC_TEXT_MAX, 16 << 20, 'b');
	}
	assert_true(stats->evictions > QUERY_TEXT_BYTES_MAX / REC_TEXT_MAX);
	query_finish(s->q);
	assert_non_null(strstr(s->log, "16777216b;"));
	assert_non_null(strstr(s->log, "<cut>"));
}

static void utf16(char *to, size_t bytes, char c)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = i % 2 ? 0 : c;
}

/* UTF-16 up to a NUL: the end is known with its piece only, the call's length was where its page ends. Of a layer, which is found as well.
 */
static void wide_to_nul(void **state)
{
	static _Alignas(8) char out[sizeof(struct rec_call) + REC_TEXT_MAX];
	static _Alignas(8) char end[sizeof(struct rec_chunk) + 8];
	struct seen *s = *state;
	struct rec_call *r = (struct rec_call *)(void *)out;
	struct rec_chunk *k = (struct rec_chunk *)(void *)end;
	struct slice small;

	feed(s->q, test_library(2, "/lib/libodbc.so.2", "unixodbc"));
	feed(s->q, test_wide_site(WIDE, 2, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirectW", 0x9000, REC_UTF16));
	small = test_call(&(struct test_call){ .site = WIDE, .ts_ns = 7, .arg0 = 1, .text = "x" });
	memcpy(out, small.ptr, sizeof(*r));
	r->hdr.size = sizeof(out);
	r->text_len = REC_TEXT_MAX + 4096;
	r->cap_len = REC_TEXT_MAX;
	r->text_status = REC_TEXT_TRUNCATED;
	utf16(r->text, REC_TEXT_MAX, 'a');
	feed(s->q, slice_mem(out, sizeof(out)));
	*k = (struct rec_chunk){ .start_ns = 5, .pid = 100, .tid = 100, .off = REC_TEXT_MAX, .len = 8, .total = REC_TEXT_MAX + 8 };
	k->hdr = (struct rec_hdr){ .type = REC_CHUNK, .ts_ns = 7, .size = sizeof(end), .flags = REC_CHUNK_UTF16 | REC_CHUNK_NUL };
	utf16(k->data, 8, 'b');
	feed(s->q, slice_mem(end, sizeof(end)));
	expect(s, "32772b;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(wide_to_nul), CASE(put_together),      CASE(a_missing_piece),        CASE(of_something_prepared),
		CASE(strangers),   CASE(abandoned_handles), CASE(long_texts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
