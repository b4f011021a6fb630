// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The reader of references against texts that end anywhere, nest deeply, are large or are no text at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sql/sql.h"

static struct arena arena;

static const struct sql_result *analyze(enum sql_dialect d, struct slice text, bool truncated)
{
	const struct sql_result *r;

	arena_reset(&arena);
	sql_analyze(&(struct sql_options){ .dialect = d, .truncated = truncated }, text, &arena, &r);
	return r;
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1ul << 30);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* At the end of a page before one that cannot be read. */
static void every_truncation(void **state)
{
	static const char *const texts[] = {
		"SELECT a, \"b\"\"c\" FROM s.t x JOIN [u] ON x.i = u.i WHERE a IN (1, 'it''s', E'x\\'y', $q$z$q$) -- end",
		"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n FROM c) INSERT INTO t (a) SELECT * FROM c /* x /* y */ z */",
		"MERGE INTO t USING (SELECT * FROM s) q ON t.i = q.i WHEN MATCHED THEN UPDATE SET a = U&'\\0041'; COPY t FROM STDIN",
		"DELETE a FROM t a, b USING c WHERE x = /*!50000 1 */ 2 # y",
		"DECLARE c CURSOR FOR SELECT 1; FETCH ALL FROM c; PREPARE p FROM 'SELECT 1'; DO $$ BEGIN END $$",
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t len = 0; len <= strlen(texts[i]); len++)
			for (int d = 0; d < SQL_DIALECTS; d++) {
				memcpy(map + page - len, texts[i], len);
				assert_non_null(analyze((enum sql_dialect)d, slice_mem(map + page - len, len), false));
			}
	munmap(map, 2 * page);
}

static char *nested(size_t depth, const char *open, const char *inner, const char *close)
{
	size_t n = 0, lo = strlen(open), li = strlen(inner), lc = strlen(close);
	char *text = malloc(depth * (lo + lc) + li + 64);

	assert_non_null(text);
	for (size_t i = 0; i < depth; i++, n += lo)
		memcpy(text + n, open, lo);
	memcpy(text + n, inner, li);
	n += li;
	for (size_t i = 0; i < depth; i++, n += lc)
		memcpy(text + n, close, lc);
	text[n] = 0;
	return text;
}

static bool reads(const struct sql_result *r, struct slice name)
{
	for (size_t s = 0; s < r->nstatements; s++)
		for (size_t i = 0; i < r->statements[s].nrelations; i++)
			if (slice_eq(r->statements[s].relations[i].name, name) && r->statements[s].relations[i].access & SQL_READ &&
			    r->statements[s].relations[i].via == SQL_VIA_NAME)
				return true;
	return false;
}

static void deep_nesting_names_the_table(void **state)
{
	static const struct {
		const char *open, *close;
		bool parsed; /* parentheses alone need no recursion */
	} rows[] = {
		{ "(", ")", true },
		{ "SELECT * FROM (", ") x", false },
		{ "SELECT (", ")", false },
		{ "SELECT 1 WHERE EXISTS (", ")", false },
		{ "WITH a AS (", ") SELECT * FROM a", false },
		{ "SELECT f(a, (", "))", false },
		{ "(SELECT 1 UNION ", ")", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = nested(10000, rows[i].open, "SELECT ip FROM user_ip_log", rows[i].close);
		const struct sql_result *r = analyze(SQL_POSTGRES, slice_cstr(text), false);

		if (rows[i].parsed != (r->certainty == SQL_PARSED) || !reads(r, SLICE("user_ip_log")))
			fail_msg("nested %s: %s", rows[i].open, sql_certainty_name(r->certainty));
		free(text);
	}
}

static double seconds(size_t bytes)
{
	char *text = malloc(bytes);
	struct timespec a, b;

	assert_non_null(text);
	for (size_t i = 0; i < bytes; i++)
		text[i] = "SELECT a, b FROM t WHERE c IN (1, 2) AND "[i % 41];
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	analyze(SQL_POSTGRES, slice_mem(text, bytes), false);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	free(text);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

static void time_grows_with_length_only(void **state)
{
	double small = seconds(1 << 20), large = seconds(10 << 20);

	(void)state;
	assert_true(large < 40 * small);
}

static void bad_bytes(void **state)
{
	const struct sql_result *r = analyze(SQL_POSTGRES, SLICE("SELECT 'a' FROM \"t\xff\" WHERE \0 b = 1"), false);

	(void)state;
	assert_true(r->lossy);
	assert_true(slice_eq(r->statements[0].relations[0].name, SLICE("t\xff")));
	assert_true(slice_eq(r->masked, SLICE("SELECT ? FROM \"t\xef\xbf\xbd\" WHERE b = ?")));
	assert_false(analyze(SQL_POSTGRES, SLICE("SELECT \xc3\xa9 FROM t"), false)->lossy);
}

static void masks(void **state)
{
	static const struct {
		const char *sql, *masked;
	} rows[] = {
		{ "select  1 ,2", "select ?" },
		{ "SELECT name,email FROM customers WHERE region='x'", "SELECT name, email FROM customers WHERE region = ?" },
		{ "SELECT a FROM t WHERE i IN (1,2, 3) -- secret", "SELECT a FROM t WHERE i IN (?)" },
		{ "SELECT count(*) FROM s.t WHERE x>=5 AND y=$1", "SELECT count(*) FROM s.t WHERE x >= ? AND y = $1" },
		{ "SELECT 'open secret", "SELECT ?" },
		{ "SELECT $$secret$$, E'\\'secret', a::text", "SELECT ?, a::text" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct slice m = analyze(SQL_POSTGRES, slice_cstr(rows[i].sql), false)->masked;
		char got[200];

		snprintf(got, sizeof(got), "%.*s", (int)m.len, m.ptr);
		assert_string_equal(got, rows[i].masked);
	}
}

static uint64_t print_of(const char *sql)
{
	return analyze(SQL_POSTGRES, slice_cstr(sql), false)->fingerprint;
}

static void fingerprints(void **state)
{
	uint64_t a = print_of("SELECT a FROM t WHERE i IN (1, 2)");

	(void)state;
	assert_int_equal(a, print_of("select  A from T /* x */ where I in ('z')"));
	assert_int_not_equal(a, print_of("SELECT b FROM t WHERE i IN (1, 2)"));
	assert_int_not_equal(a, print_of("SELECT \"A\" FROM t WHERE i IN (1, 2)"));
}

static void warm_path_takes_no_memory(void **state)
{
	struct slice sql = SLICE("WITH x AS (SELECT a, b FROM t) SELECT * FROM x JOIN s.u USING (a) WHERE c = 'd'");
	uint64_t before;

	(void)state;
	analyze(SQL_POSTGRES, sql, false);
	before = arena.mallocs;
	for (int i = 0; i < 100; i++)
		analyze(SQL_POSTGRES, sql, false);
	assert_int_equal(arena.mallocs, before);
}

static void limits_fail_closed(void **state)
{
	struct arena tiny;
	const struct sql_result *r;
	char *many = malloc(3 * (SQL_STATEMENTS_MAX + 10));

	(void)state;
	assert_non_null(many);
	for (size_t i = 0; i < SQL_STATEMENTS_MAX + 10; i++)
		memcpy(many + 3 * i, "DO;", 3);
	r = analyze(SQL_POSTGRES, slice_mem(many, 3 * (SQL_STATEMENTS_MAX + 10)), false);
	assert_int_equal(r->nstatements, SQL_STATEMENTS_MAX);
	assert_int_not_equal(r->certainty, SQL_PARSED);
	free(many);
	arena_init(&tiny, 64);
	assert_true(sql_analyze(&(struct sql_options){ .dialect = SQL_POSTGRES }, SLICE("SELECT 1"), &tiny, &r) < 0);
	assert_int_equal(r->certainty, SQL_PARTIAL);
	arena_done(&tiny);
	assert_int_equal(analyze(SQL_POSTGRES, SLICE("SELECT a FROM"), true)->certainty, SQL_TRUNCATED);
}

static void session_names(void **state)
{
	const struct sql_result *r =
		analyze(SQL_POSTGRES,
			SLICE("PREPARE P AS SELECT * FROM t ; DECLARE \"C\" CURSOR FOR TABLE u; FETCH 5 FROM \"C\"; DEALLOCATE p"), false);

	(void)state;
	assert_int_equal(r->nstatements, 4);
	assert_int_equal(r->statements[0].session, SQL_SESSION_PREPARE);
	assert_true(slice_eq(r->statements[0].session_name, SLICE("p")));
	assert_true(slice_eq(r->statements[0].session_body, SLICE("SELECT * FROM t")));
	assert_true(r->statements[1].cursor);
	assert_true(slice_eq(r->statements[1].session_body, SLICE("TABLE u")));
	assert_int_equal(r->statements[2].session, SQL_SESSION_EXECUTE);
	assert_true(slice_eq(r->statements[2].session_name, SLICE("C")));
	assert_int_equal(r->statements[3].session, SQL_SESSION_FORGET);
	r = analyze(SQL_MYSQL, SLICE("PREPARE p FROM 'SELECT \\'x\\' FROM t'"), false);
	assert_true(slice_starts(r->statements[0].session_body, SLICE("SELECT ")));
	assert_true(slice_eq(r->statements[0].relations[0].name, SLICE("t")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(deep_nesting_names_the_table),
		cmocka_unit_test(time_grows_with_length_only),
		cmocka_unit_test(bad_bytes),
		cmocka_unit_test(masks),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(warm_path_takes_no_memory),
		cmocka_unit_test(limits_fail_closed),
		cmocka_unit_test(session_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
