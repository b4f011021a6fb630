// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * How fast statements are read, one "name value" a line: nanoseconds for short ones, MB/s for long ones of many shapes at 64 KB and at 16
 * MB, microseconds for one text from 1 KB to 16 MB. Beside it, in the same run, other parsers of the same statements: SQLite's (prepare,
 * with tables made for it) and libpg_query's, where this was compiled with -DWITH_SQLITE and -DWITH_PG_QUERY.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sql/sql.h"

#ifdef WITH_SQLITE
#include <sqlite3.h>
#endif
#ifdef WITH_PG_QUERY
#include <pg_query.h>
#endif

static const char simple[] = "SELECT a, b FROM t WHERE id = 1";
static const char join[] =
	"SELECT u.name, l.ip, count(*) AS n FROM users u JOIN user_ip_log l ON l.user_id = u.id LEFT JOIN contacts c ON c.user_id = u.id "
	"WHERE u.id IN (SELECT user_id FROM posts WHERE body LIKE 'x%' AND created > '2026-01-01') AND l.ip <> '10.0.0.1' "
	"GROUP BY u.name, l.ip HAVING count(*) > 3 ORDER BY n DESC LIMIT 10";

static struct arena arena;
static enum sql_dialect dialect = SQL_POSTGRES;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ours(const char *sql, size_t len)
{
	const struct sql_options o = { .dialect = dialect };
	const struct sql_result *r;

	arena_reset(&arena);
	if (sql_analyze(&o, slice_mem(sql, len), &arena, &r) || !r->nstatements)
		abort();
}

#ifdef WITH_SQLITE
static sqlite3 *db;

static void lite(const char *sql, size_t len)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, sql, (int)len, &st, NULL))
		abort();
	sqlite3_finalize(st);
}

static void lite_open(void)
{
	if (sqlite3_open(":memory:", &db) ||
	    sqlite3_exec(db,
			 "CREATE TABLE t(id, a, b); CREATE TABLE users(id, name); CREATE TABLE user_ip_log(user_id, ip); "
			 "CREATE TABLE contacts(user_id); CREATE TABLE posts(user_id, body, created)",
			 NULL, NULL, NULL))
		abort();
}
#endif

#ifdef WITH_PG_QUERY
static void pg(const char *sql, size_t len)
{
	PgQueryProtobufParseResult r = pg_query_parse_protobuf(sql);

	(void)len;
	if (r.error)
		abort();
	pg_query_free_protobuf_parse_result(r);
}

/* It has limits of its own: of depth, of memory. */
static bool pg_reads(const char *sql)
{
	PgQueryProtobufParseResult r = pg_query_parse_protobuf(sql);
	bool reads = !r.error;

	pg_query_free_protobuf_parse_result(r);
	return reads;
}

static void pg_print(const char *sql, size_t len)
{
	PgQueryFingerprintResult r = pg_query_fingerprint(sql);

	(void)len;
	if (r.error)
		abort();
	pg_query_free_fingerprint_result(r);
}
#endif

/* Seconds of one call: the least of several rounds. */
static double cost(void (*f)(const char *, size_t), const char *sql, size_t len)
{
	double best = 1e9;
	unsigned times = 1;

	for (unsigned round = 0; round < (len < 1u << 20 ? 7 : 3); round++) {
		double start, t;

		do {
			start = now();
			for (unsigned i = 0; i < times; i++)
				f(sql, len);
			t = now() - start;
			if (t < 0.02)
				times *= 2;
		} while (t < 0.02);
		if (t / times < best)
			best = t / times;
	}
	return best;
}

struct shape {
	const char *name;
	enum sql_dialect dialect;
	bool others; /* libpg_query reads it too */
	const char *head, *open, *inner, *close;
	unsigned deepest; /* repetitions nest: so many at most, side by side beyond it; 0: they do not nest */
};

static const struct shape shapes[] = {
	{ "conditions", SQL_POSTGRES, true, "SELECT a, b FROM t WHERE id = 1",
	  " OR (user_name = 'somebody' AND created_at > '2026-01-01' AND t.amount < 125.50)", "", "", 0 },
	{ "values", SQL_POSTGRES, true, "INSERT INTO t (id, a, b) VALUES (0, 'x', 'y')",
	  ", (12345, 'somebody@example.org', 'another text of some length')", "", "", 0 },
	{ "in_list", SQL_POSTGRES, true, "SELECT a FROM t WHERE id IN (1", ", 12345", ")", "", 0 },
	{ "unions", SQL_POSTGRES, true, "SELECT a FROM t",
	  " UNION ALL SELECT x.a, y.b FROM s.some_table x JOIN other_table y ON x.id = y.id WHERE y.c = 1", "", "", 0 },
	{ "joins", SQL_POSTGRES, true, "SELECT * FROM t", " JOIN some_table s ON t.id = s.id AND s.kind = 3", "", "", 0 },
	{ "columns", SQL_POSTGRES, true, "SELECT t.a", ", t.some_column AS x, coalesce(t.other, 0)", " FROM t", "", 0 },
	{ "ctes", SQL_POSTGRES, true, "WITH c AS (SELECT 1)", ", d AS (SELECT a, b FROM t WHERE a = 1)", " SELECT * FROM c", "", 0 },
	{ "statements", SQL_POSTGRES, true, "SELECT 1", "; UPDATE t SET a = a + 1 WHERE id = 17", "", "", 0 },
	{ "subqueries", SQL_POSTGRES, true, "SELECT 1", ", (SELECT a FROM t WHERE b = ", "1", ")", 400 },
	{ "deep_subqueries", SQL_POSTGRES, false, "SELECT 1", ", (SELECT a FROM t WHERE b = ", "1", ")", 10000 },
	{ "parentheses", SQL_POSTGRES, true, "SELECT 1", ", ((((a + ", "1", "))))", 200 },
	{ "cases", SQL_POSTGRES, true, "SELECT 1", ", CASE WHEN a = 1 THEN b ELSE ", "c", " END", 200 },
	{ "comments", SQL_POSTGRES, true, "SELECT 1", " /* a remark of some length, with 'quotes' -- and dashes */ -- and more\n", "", "",
	  0 },
	{ "nested_comments", SQL_POSTGRES, true, "SELECT 1 ", "/* a ", "b", " */", 1000 },
	{ "executable_comments", SQL_MYSQL, false, "SELECT 1", " /*!50000 + a */ /* x */", "", "", 0 },
	{ "dollar_quotes", SQL_POSTGRES, true, "SELECT 1", ", $a$ text $b$ more $b$ of it $a$", "", "", 0 },
	{ "routine", SQL_POSTGRES, false, "DO $a$ BEGIN", " UPDATE t SET a = a + 1 WHERE id = 17; PERFORM f(a) FROM s;", " END $a$", "",
	  0 },
	{ "query_table", SQL_DUCKDB, false, "SELECT 1", ", (SELECT a FROM query_table('some_table'))", "", "", 0 },
	{ "batch", SQL_TSQL, false, "SELECT 1", "\nUPDATE [t] SET a = a + 1 WHERE id = @x\nSELECT * FROM dbo.s", "", "", 0 },
	{ "dynamic", SQL_TSQL, false, "SELECT 1", "; EXEC sp_executesql N'EXEC (''SELECT a FROM t WHERE b = 1'')'", "", "", 0 },
	{ "hive", SQL_HIVE, false, "FROM t", " INSERT INTO TABLE `s` SELECT a, \"b\" WHERE c = 1", "", "", 0 },
	{ "words", SQL_ANSI, false, "", "neither this nor that is a statement ", "", "", 0 },
	{ "punctuation", SQL_ANSI, false, "SELECT ", "(,.)=", "", "", 0 },
};

/* At least bytes of it, as far as whole repetitions go. */
static char *text_of(const struct shape *s, size_t bytes, size_t *ret_len)
{
	size_t open = strlen(s->open), close = strlen(s->close), n = 0, deep = 0;
	char *text = malloc(bytes + strlen(s->head) + strlen(s->inner) * (bytes / (open + close) + 2) + 2 * (open + close) + 1), *at;

	if (!text)
		abort();
	at = stpcpy(text, s->head);
	while ((size_t)(at - text) + deep * close < bytes || deep) {
		if ((size_t)(at - text) + deep * close < bytes) {
			at = stpcpy(at, s->open);
			n++;
			deep += s->deepest > 0;
			if (!s->deepest || n % s->deepest)
				continue;
		}
		for (at = deep ? stpcpy(at, s->inner) : at; deep; deep--)
			at = stpcpy(at, s->close);
	}
	if (!s->deepest)
		at = stpcpy(at, s->inner);
	*ret_len = (size_t)(at - text);
	return text;
}

static void print_shape(const struct shape *s, const char *size, size_t bytes)
{
	size_t len;
	char *text = text_of(s, bytes, &len);

	dialect = s->dialect;
	printf("%s_%s_MB/s %.1f\n", s->name, size, (double)len / cost(ours, text, len) / 1e6);
#ifdef WITH_PG_QUERY
	if (s->others && bytes < 1u << 20 && pg_reads(text))
		printf("%s_%s_libpg_query_MB/s %.1f\n", s->name, size, (double)len / cost(pg, text, len) / 1e6);
#endif
	free(text);
}

static void lengths(void)
{
	for (size_t bytes = 1024; bytes <= 16u << 20; bytes *= 4) {
		size_t len;
		char *s = text_of(&shapes[0], bytes, &len);
		double t = cost(ours, s, len);

		printf("length_%zuKB_us %.1f\n", bytes / 1024, t * 1e6);
		printf("length_%zuKB_MB/s %.1f\n", bytes / 1024, (double)len / t / 1e6);
		free(s);
	}
}

int main(void)
{
	arena_init(&arena, 1ul << 30);
	printf("simple_ns %.0f\n", cost(ours, simple, strlen(simple)) * 1e9);
	printf("join_ns %.0f\n", cost(ours, join, strlen(join)) * 1e9);
#ifdef WITH_SQLITE
	lite_open();
	printf("simple_sqlite_prepare_ns %.0f\n", cost(lite, simple, strlen(simple)) * 1e9);
	printf("join_sqlite_prepare_ns %.0f\n", cost(lite, join, strlen(join)) * 1e9);
#endif
#ifdef WITH_PG_QUERY
	printf("simple_libpg_query_ns %.0f\n", cost(pg, simple, strlen(simple)) * 1e9);
	printf("join_libpg_query_ns %.0f\n", cost(pg, join, strlen(join)) * 1e9);
	printf("simple_libpg_query_fingerprint_ns %.0f\n", cost(pg_print, simple, strlen(simple)) * 1e9);
	printf("join_libpg_query_fingerprint_ns %.0f\n", cost(pg_print, join, strlen(join)) * 1e9);
#endif
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		print_shape(&shapes[i], "64KB", 64u << 10);
		print_shape(&shapes[i], "16MB", 16u << 20);
	}
	lengths();
	arena_done(&arena);
	return 0;
}
