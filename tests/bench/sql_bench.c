// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * How fast statements are read, one "name value" a line: nanoseconds for short ones, MB/s for long ones, seconds for one text from 1 KB to
 * 16 MB. Beside it, in the same run, other parsers of the same statements: SQLite's (prepare, with tables made for it) and libpg_query's,
 * where this was compiled with -DWITH_SQLITE and -DWITH_PG_QUERY.
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

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ours(const char *sql, size_t len)
{
	const struct sql_options o = { .dialect = SQL_POSTGRES };
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
#endif

/* Seconds of one call: the least of several rounds. */
static double cost(void (*f)(const char *, size_t), const char *sql, size_t len)
{
	double best = 1e9;
	unsigned times = 1;

	for (unsigned round = 0; round < 7; round++) {
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

static char *repeat(const char *head, const char *unit, size_t bytes, size_t *ret_len)
{
	char *s = malloc(bytes + 1);
	size_t h = strlen(head), u = strlen(unit), n = h;

	if (!s)
		abort();
	memcpy(s, head, h);
	for (; n + u <= bytes; n += u)
		memcpy(s + n, unit, u);
	s[n] = 0;
	*ret_len = n;
	return s;
}

static void texts(void)
{
	static const struct {
		const char *name, *head, *unit;
	} rows[] = {
		{ "conditions", "SELECT a, b FROM t WHERE id = 1",
		  " OR (user_name = 'somebody' AND created_at > '2026-01-01' AND t.amount < 125.50)" },
		{ "values", "INSERT INTO t (id, a, b) VALUES (0, 'x', 'y')",
		  ", (12345, 'somebody@example.org', 'another text of some length')" },
		{ "unions", "SELECT a FROM t",
		  " UNION ALL SELECT x.a, y.b FROM s.some_table x JOIN other_table y ON x.id = y.id WHERE y.c = 1" },
		{ "statements", "SELECT 1", "; UPDATE t SET a = a + 1 WHERE id = 17" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len;
		char *s = repeat(rows[i].head, rows[i].unit, 100000, &len);

		printf("%s_100KB_MB/s %.1f\n", rows[i].name, (double)len / cost(ours, s, len) / 1e6);
#ifdef WITH_PG_QUERY
		printf("%s_100KB_libpg_query_MB/s %.1f\n", rows[i].name, (double)len / cost(pg, s, len) / 1e6);
#endif
		free(s);
	}
	for (size_t bytes = 1024; bytes <= 16u << 20; bytes *= 4) {
		size_t len;
		char *s = repeat(rows[0].head, rows[0].unit, bytes, &len);
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
#endif
	texts();
	arena_done(&arena);
	return 0;
}
