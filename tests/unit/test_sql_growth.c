// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Shapes repeated and nested without end: no stack runs out, nothing is hidden, and what is done beyond reading each token once, counted in
 * steps and not in time, grows with the length and no faster.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "sql/sql.h"

static struct arena arena;

struct shape {
	enum sql_dialect dialect;
	const char *head, *open, *inner, *close;
};

/* Each row names hidden_t in the middle. */
static const struct shape nests[] = {
	{ SQL_ANSI, "SELECT * FROM ", "{oj ", "hidden_t", "}" },
	{ SQL_DUCKDB, "SELECT * FROM ", "a : ", "hidden_t", "" },
	{ SQL_POSTGRES, "SELECT * FROM ", "TABLE ", "hidden_t", "" },
	{ SQL_DATABRICKS, "SELECT * FROM ", "STREAM ", "hidden_t", "" },
	{ SQL_TSQL, "EXEC ", "(", "'select * from hidden_t'", ")" },
	{ SQL_TSQL, "EXEC (", "concat(", "'select * from hidden_t'", ")" },
	{ SQL_ORACLE, "EXECUTE IMMEDIATE ", "trim(", "'select * from hidden_t'", ")" },
	{ SQL_POSTGRES, "SELECT ", "query_to_xml(", "'select * from hidden_t'", ")" },
	{ SQL_POSTGRES, "SELECT ", "query_to_xml('select ' || ", "'* from hidden_t'", ")" },
	{ SQL_POSTGRES, "SELECT query_to_xml(", "format('select %s', ", "'* from hidden_t'", ")" },
	{ SQL_POSTGRES, "SELECT query_to_xml(", "format('%1$s %1$s', ", "'select * from hidden_t'", ")" },
	{ SQL_POSTGRES, "SELECT ", "'select * from hidden_t' || f(", "1", ")" },
	{ SQL_SNOWFLAKE, "SELECT * FROM ", "IDENTIFIER(", "'hidden_t'", ")" },
	{ SQL_DUCKDB, "SELECT * FROM ", "query_table((SELECT * FROM ", "query_table('hidden_t')", "))" },
	{ SQL_POSTGRES, "SELECT ", "(SELECT ", "1 FROM hidden_t", ")" },
	{ SQL_POSTGRES, "SELECT ", "CASE WHEN a THEN ", "(SELECT 1 FROM hidden_t)", " END" },
	{ SQL_POSTGRES, "", "WITH a AS (", "SELECT 1 FROM hidden_t", ") SELECT 1" },
	{ SQL_POSTGRES, "", "WITH RECURSIVE a AS (", "SELECT 1 FROM hidden_t", ") SELECT 1" },
	{ SQL_POSTGRES, "SELECT 1 ", "UNION (SELECT 1 ", "FROM hidden_t", ")" },
	{ SQL_POSTGRES, "SELECT * FROM ", "a JOIN (", "hidden_t", " ON true)" },
	{ SQL_POSTGRES, "", "EXPLAIN ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_POSTGRES, "", "CREATE VIEW v AS ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_POSTGRES, "", "PREPARE a AS ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_TSQL, "", "BEGIN ", "SELECT 1 FROM hidden_t", " END" },
	{ SQL_TSQL, "", "IF 1=1 ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_MYSQL, "CREATE PROCEDURE p() BEGIN ", "IF a THEN ", "SELECT 1 FROM hidden_t; ", "END IF; " },
	{ SQL_ORACLE, "", "DECLARE PROCEDURE p IS ", "BEGIN SELECT 1 INTO x FROM hidden_t; END;", " BEGIN NULL; END;" },
	{ SQL_POSTGRES, "", "DO $a$ ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_HIVE, "", "FROM (", "SELECT 1 FROM hidden_t", ") x SELECT *" },
	{ SQL_ANSI, "SELECT * FROM ", "{oj a JOIN ", "hidden_t", "}" },
	{ SQL_SQLITE, "SELECT ", "a IN f(", "(SELECT 1 FROM hidden_t)", ")" },
	{ SQL_BIGQUERY, "", "FROM t |> UNION ALL ", "FROM hidden_t", "" },
	{ SQL_BIGQUERY, "FROM hidden_t ", "|> INSERT INTO t ", "", "" },
	{ SQL_DUCKDB, "SELECT ", "* REPLACE (", "(SELECT 1 FROM hidden_t) AS a", ")" },
	{ SQL_TSQL, "INSERT INTO t ", "OUTPUT a INTO b ", "SELECT 1 FROM hidden_t", "" },
	{ SQL_MYSQL, "SELECT ", "/*!50000 ", "1 FROM hidden_t", " */" },
};

/* Rows whose elements are many: the last part names hidden_t. */
static const struct shape lists[] = {
	{ SQL_POSTGRES, "SELECT 1 FROM a", " UNION ALL SELECT x.a, y.b FROM s.t x JOIN u y ON x.i = y.i", " UNION SELECT 1 FROM hidden_t",
	  "" },
	{ SQL_POSTGRES, "SELECT * FROM a", " JOIN b ON a.i = b.i", " JOIN hidden_t ON true", "" },
	{ SQL_POSTGRES, "SELECT 1 FROM hidden_t WHERE a IN (1", ", 2", ")", "" },
	{ SQL_POSTGRES, "INSERT INTO t VALUES (1, 'a')", ", (2, 'b')", " RETURNING (SELECT 1 FROM hidden_t)", "" },
	{ SQL_POSTGRES, "SELECT 1 FROM hidden_t WHERE a = 1", " OR (b = 2 AND t.c > 'x')", "", "" },
	{ SQL_POSTGRES, "SELECT /* a ", "/* b */ ", " */ 1 FROM hidden_t", "" },
	{ SQL_POSTGRES, "SELECT $a$ ", "$b$ $b$", "$a$ FROM hidden_t", "" },
	{ SQL_DUCKDB, "SELECT 1", ", (SELECT 1 FROM query_table('t'))", ", (SELECT 1 FROM query_table('hidden_t'))", "" },
	{ SQL_BIGQUERY, "SELECT 1 FROM a", ", a.b", ", hidden_t", "" },
	{ SQL_MYSQL, "SELECT a", "\xc2\xa0", "b FROM hidden_t", "" },
	{ SQL_TSQL, "SELECT 1", " SELECT 2 FROM a", " SELECT 3 FROM hidden_t", "" },
	{ SQL_POSTGRES, "SELECT 1", "; SELECT 2", "; SELECT 3 FROM hidden_t", "" },
	{ SQL_POSTGRES, "SELECT f()", ", f()", " FROM hidden_t", "" },
	{ SQL_MYSQL, "SET @a = 'x'", ", @a = concat(@a, @a)", "; SELECT 1 FROM hidden_t", "" },
};

static char *text_of(const struct shape *s, size_t n, size_t *ret_len)
{
	size_t open = strlen(s->open), close = strlen(s->close);
	char *text = malloc(strlen(s->head) + n * (open + close) + strlen(s->inner) + 1), *at = text;

	assert_non_null(text);
	at = stpcpy(at, s->head);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, s->open);
	at = stpcpy(at, s->inner);
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, s->close);
	*ret_len = (size_t)(at - text);
	return text;
}

static bool names_it(const struct sql_result *r)
{
	for (size_t s = 0; s < r->nstatements; s++)
		for (size_t i = 0; i < r->statements[s].nrelations; i++)
			if (slice_eq(r->statements[s].relations[i].name, SLICE("hidden_t")))
				return true;
	return false;
}

/* The steps of n repetitions; ret_parsed: understood to the end. */
static size_t steps(const struct shape *s, size_t n, bool *ret_parsed)
{
	const struct sql_result *r;
	size_t len;
	char *text = text_of(s, n, &len);

	arena_reset(&arena);
	sql_analyze(&(struct sql_options){ .dialect = s->dialect }, slice_mem(text, len), &arena, &r);
	if (r->certainty == SQL_PARSED && !names_it(r))
		fail_msg("%zu times %s: hidden_t is missed", n, s->open);
	if (r->steps > 10 * len + 2 * 65536)
		fail_msg("%zu times %s: %zu steps for %zu bytes", n, s->open, r->steps, len);
	*ret_parsed = r->certainty == SQL_PARSED;
	free(text);
	return r->steps;
}

static void nesting_is_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(nests); i++) {
		bool parsed;
		size_t few = steps(&nests[i], 8, &parsed), twice = steps(&nests[i], 16, &parsed);

		if (twice > 3 * few + 1000)
			fail_msg("%s: %zu steps for 8, %zu for 16", nests[i].open, few, twice);
		for (size_t n = 40; n <= 40000; n *= 10)
			steps(&nests[i], n, &parsed);
	}
}

static void lists_are_linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		bool parsed, again;
		size_t some = steps(&lists[i], 1000, &parsed), twice = steps(&lists[i], 2000, &again);

		if (parsed && again && twice > 2 * some + some / 4 + 1000)
			fail_msg("%s: %zu steps for 1000, %zu for 2000", lists[i].open, some, twice);
		steps(&lists[i], 20000, &parsed);
	}
}

/* Each of 10,000 names reads the one before it; a wide scope finds its columns' sources by a hash. */
static void many_names(void **state)
{
	static const char *const how[] = { "WITH", "WITH RECURSIVE" };
	const struct sql_result *r;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t k = 0; k < ARRAY_SIZE(how); k++) {
		buf_clear(&b);
		buf_printf(&b, "%s c0 AS (SELECT * FROM hidden_t)", how[k]);
		for (int i = 1; i < 10000; i++)
			buf_printf(&b, ", c%d AS (SELECT * FROM c%d)", i, i - 1);
		buf_printf(&b, " SELECT * FROM c9999");
		arena_reset(&arena);
		sql_analyze(&(struct sql_options){ .dialect = SQL_POSTGRES }, buf_slice(&b), &arena, &r);
		assert_int_equal(r->certainty, SQL_PARSED);
		assert_int_equal(r->statements[0].nrelations, 1);
		assert_true(names_it(r));
	}
	buf_clear(&b);
	buf_printf(&b, "SELECT t0.c0");
	for (int i = 1; i < 200; i++)
		buf_printf(&b, ", T%d.c%d", i, i);
	buf_printf(&b, " FROM a0 AS t0");
	for (int i = 1; i < 200; i++)
		buf_printf(&b, ", a%d AS t%d", i, i);
	arena_reset(&arena);
	sql_analyze(&(struct sql_options){ .dialect = SQL_POSTGRES }, buf_slice(&b), &arena, &r);
	assert_int_equal(r->statements[0].nrelations, 200);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(r->statements[0].relations[i].ncolumns, 1);
	buf_done(&b);
}

/* Names in front of FROM whose low bits meet in FNV-1a, a hash without a seed; or any names. */
static size_t steps_of_names(const char *before, const char *after, unsigned n, bool colliding)
{
	const struct sql_result *r;
	struct buf b;
	size_t steps;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "%s", before);
	for (unsigned i = 0, found = 0; found < n; i++) {
		char name[16];
		uint32_t h = 2166136261u;

		snprintf(name, sizeof(name), "n%u", i);
		for (const char *c = name; *c; c++)
			h = (h ^ (unsigned char)*c) * 16777619u;
		if (!colliding || !(h & 4095))
			buf_printf(&b, found++ ? ", %s%s" : "%s%s", name, after);
	}
	buf_printf(&b, "%s", *after ? " SELECT 1 FROM hidden_t" : " WHERE EXISTS (SELECT 1 FROM hidden_t)");
	arena_reset(&arena);
	sql_analyze(&(struct sql_options){ .dialect = SQL_ANSI }, buf_slice(&b), &arena, &r);
	assert_true(names_it(r));
	steps = r->steps;
	buf_done(&b);
	return steps;
}

/* Who writes the statements cannot make a table of names slow. */
static void chosen_names(void **state)
{
	(void)state;
	for (unsigned n = 500; n <= 1000; n *= 2) {
		size_t any = steps_of_names("SELECT 1 FROM ", "", n, false);
		size_t chosen = steps_of_names("SELECT 1 FROM ", "", n, true);

		if (chosen > any + 4 * n)
			fail_msg("%u relations: %zu steps, %zu for chosen names", n, any, chosen);
		any = steps_of_names("WITH ", " AS (SELECT 1 FROM x)", n, false);
		chosen = steps_of_names("WITH ", " AS (SELECT 1 FROM x)", n, true);
		if (chosen > any + 4 * n)
			fail_msg("%u names of WITH: %zu steps, %zu for chosen names", n, any, chosen);
	}
}

/* Where names may begin with digits, a point behind a point is no number: each token takes a byte. */
static void points_end(void **state)
{
	const struct sql_result *r;

	(void)state;
	for (int d = 0; d < SQL_DIALECTS; d++) {
		arena_reset(&arena);
		sql_analyze(&(struct sql_options){ .dialect = (enum sql_dialect)d }, SLICE("SELECT 1 FROM hidden_t WHERE a...2.3..4x"),
			    &arena, &r);
		assert_true(names_it(r));
		assert_true(arena.total < 1 << 20);
	}
}

/* Each is read to its end within what the agent has, 16 MiB of text in an arena of 64 MiB; the last part names hidden_t. */
static const struct shape longest[] = {
	{ SQL_POSTGRES, "INSERT INTO t (a, b, c) VALUES (0, 'x', NULL)", ", (12345, 'somebody@example.org', -1.5)",
	  " RETURNING (SELECT 1 FROM hidden_t)", "" },
	{ SQL_MYSQL, "INSERT INTO t VALUES (0)", ",(1)", " ON DUPLICATE KEY UPDATE a = (SELECT 1 FROM hidden_t)", "" },
	{ SQL_POSTGRES, "SELECT 1 FROM t WHERE a IN (1", ",2", ") AND b IN (SELECT 1 FROM hidden_t)", "" },
	{ SQL_POSTGRES, "SELECT 1 FROM t WHERE a = 1", " OR (b = 2 AND t.c > 'x')", " OR EXISTS (SELECT 1 FROM hidden_t)", "" },
	{ SQL_POSTGRES, "SELECT 1 FROM a", " UNION ALL SELECT x.a, y.b FROM s.t x JOIN u y ON x.i = y.i", " UNION SELECT 1 FROM hidden_t",
	  "" },
	{ SQL_POSTGRES, "WITH v AS (VALUES (0, 'x')", ", (1, 'y')", ") SELECT * FROM v JOIN hidden_t USING (a)", "" },
	{ SQL_ORACLE, "BEGIN NULL; ", "UPDATE t SET a = a + 1 WHERE b = 17; ", "DELETE FROM hidden_t; END;", "" },
	{ SQL_POSTGRES, "SELECT * FROM a", " JOIN b ON a.i = b.i", " JOIN hidden_t ON true", "" },
};

static void longest_statements(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(longest); i++) {
		const struct shape *s = &longest[i];
		const struct sql_result *r;
		struct arena small;
		size_t len;
		char *text = text_of(s, ((16u << 20) - 200) / strlen(s->open), &len);

		assert_in_range(len, 15 << 20, 16 << 20);
		arena_init(&small, 64 << 20);
		assert_int_equal(sql_analyze(&(struct sql_options){ .dialect = s->dialect }, slice_mem(text, len), &small, &r), 0);
		if (r->certainty != SQL_PARSED || !names_it(r))
			fail_msg("%s %s: %s", s->head, s->open, sql_certainty_name(r->certainty));
		assert_true(r->steps <= 10 * len);
		arena_done(&small);
		free(text);
	}
}

/* What is too far behind to go back to is not passed over in silence. */
static void far_behind(void **state)
{
	static const struct shape s = { SQL_ORACLE, "WITH RECURSIVE v AS (SELECT 1 FROM hidden_t UNION ALL VALUES (0)", ", (1)",
					") SELECT * FROM v", "" };
	const struct sql_result *r;
	struct arena small;
	size_t len;
	char *text = text_of(&s, 3 << 20, &len);

	(void)state;
	arena_init(&small, 64 << 20);
	assert_int_equal(sql_analyze(&(struct sql_options){ .dialect = s.dialect }, slice_mem(text, len), &small, &r), 0);
	assert_int_equal(r->certainty, SQL_PARTIAL);
	assert_true(names_it(r));
	arena_done(&small);
	free(text);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_end), /* first: the arena is small still */
		cmocka_unit_test(nesting_is_linear), cmocka_unit_test(lists_are_linear),   cmocka_unit_test(many_names),
		cmocka_unit_test(chosen_names),      cmocka_unit_test(longest_statements), cmocka_unit_test(far_behind),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
