// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a statement holds besides the names of its relations: columns and their uses, predicates, literals, calls, files, settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sql/sql.h"

static struct arena arena;
static char text[4096];

static const struct sql_statement *first(enum sql_dialect d, const char *sql)
{
	const struct sql_options o = { .dialect = d };
	const struct sql_result *r;

	arena_reset(&arena);
	assert_int_equal(sql_analyze(&o, slice_cstr(sql), &arena, &r), 0);
	assert_true(r->nstatements > 0);
	return &r->statements[0];
}

static void put(const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
}

#define SLICE_ARGS(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* "t(a:o b:f) u(*)": o output, f filter, w write, ? ambiguous */
static void put_columns(const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nrelations; i++) {
		const struct sql_relation *r = &st->relations[i];

		put("%s%.*s(", i ? " " : "", SLICE_ARGS(r->name));
		if (r->all_columns)
			put("*");
		for (size_t k = 0; k < r->ncolumns; k++) {
			uint32_t u = r->columns[k].use;

			put("%s%.*s:%s%s%s%s", k || r->all_columns ? " " : "", SLICE_ARGS(r->columns[k].name),
			    u & SQL_USE_OUTPUT ? "o" : "", u & SQL_USE_FILTER ? "f" : "", u & SQL_USE_WRITE ? "w" : "",
			    u & SQL_USE_AMBIGUOUS ? "?" : "");
		}
		put(")");
	}
}

static void columns_and_uses(void **state)
{
	static const struct {
		enum sql_dialect dialect;
		const char *sql, *want;
	} rows[] = {
		{ SQL_POSTGRES, "SELECT a, b FROM t WHERE id = 1", "t(a:o b:o id:f)" },
		{ SQL_POSTGRES, "SELECT * FROM t", "t(*)" },
		{ SQL_POSTGRES, "SELECT count(*) FROM t", "t()" },
		{ SQL_POSTGRES, "SELECT x.* FROM t x JOIN u ON u.id = x.id", "t(* id:f) u(id:f)" },
		{ SQL_POSTGRES, "SELECT a AS b, c d FROM t ORDER BY e", "t(a:o c:o e:f)" },
		{ SQL_POSTGRES, "SELECT a FROM t, u", "t(a:o?) u(a:o?)" },
		{ SQL_POSTGRES, "SELECT (SELECT max(u.x) FROM u WHERE u.y = t.z) FROM t", "u(x:o y:f) t(z:f)" },
		{ SQL_POSTGRES, "UPDATE t SET a = b WHERE c = 1", "t(a:w b:f c:f)" },
		{ SQL_POSTGRES, "INSERT INTO t (a, b) VALUES (1, 2)", "t(a:w b:w)" },
		{ SQL_POSTGRES, "DELETE FROM t WHERE a = 1 RETURNING b", "t(a:f b:o)" },
		{ SQL_POSTGRES, "WITH c AS (SELECT ip FROM t) SELECT ip FROM c", "t(ip:o)" },
		{ SQL_POSTGRES, "COPY t (a, b) TO STDOUT", "t(a:o b:o)" },
		{ SQL_TSQL, "SELECT n = a FROM t", "t(a:o)" },
		{ SQL_MYSQL, "UPDATE t JOIN u ON t.i = u.i SET t.a = u.b", "t(a:w i:f) u(b:f i:f)" },
		{ SQL_SQLITE, "SELECT extract_it(a) FROM t WHERE b IN u", "t(a:o b:f) u(*)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text[0] = 0;
		put_columns(first(rows[i].dialect, rows[i].sql));
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s\n  got  %s\n  want %s", rows[i].sql, text, rows[i].want);
	}
}

static void predicates(void **state)
{
	static const struct {
		enum sql_dialect dialect;
		const char *sql, *want;
	} rows[] = {
		{ SQL_POSTGRES, "SELECT 1 FROM t WHERE id = 17 AND mail = 'a@b'", "t.id=17 t.mail='a@b'" },
		{ SQL_POSTGRES, "SELECT 1 FROM t WHERE 17 = id", "t.id=17" },
		{ SQL_POSTGRES, "SELECT 1 FROM t WHERE id IN (1, 2, $3)", "t.id=1 t.id=2 t.id=$3" },
		{ SQL_POSTGRES, "SELECT 1 FROM t WHERE name LIKE 'bob' OR name LIKE 'b%'", "t.name='bob'" },
		{ SQL_POSTGRES, "SELECT 1 FROM t x JOIN u y ON x.a = y.b WHERE y.c = E'q\\'r'", "u.c='q'r'" },
		{ SQL_MYSQL, "SELECT 1 FROM t WHERE a = ? AND b IN (?, ?) AND c = ?", "t.a=$1 t.b=$2 t.b=$3 t.c=$4" },
		{ SQL_POSTGRES, "SELECT 1 FROM t, u WHERE a = 1", "?.a=1" },
		{ SQL_POSTGRES, "SELECT 1 FROM (SELECT id FROM t WHERE id = 5) s", "t.id=5" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sql_statement *st = first(rows[i].dialect, rows[i].sql);

		text[0] = 0;
		for (size_t k = 0; k < st->npredicates; k++) {
			const struct sql_predicate *q = &st->predicates[k];
			struct slice rel = q->relation < 0 ? SLICE("?") : st->relations[q->relation].name;

			put("%s%.*s.%.*s=", k ? " " : "", SLICE_ARGS(rel), SLICE_ARGS(q->column));
			if (q->parameter)
				put("$%u", q->parameter);
			else
				put(q->string ? "'%.*s'" : "%.*s", SLICE_ARGS(q->value));
		}
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s\n  got  %s\n  want %s", rows[i].sql, text, rows[i].want);
	}
}

/* Which strings are both ends of a range. */
static void between(void **state)
{
	static const struct {
		const char *sql;
		int at; /* the literal that ends it; -1: none */
	} rows[] = {
		{ "SELECT 1 FROM t WHERE a BETWEEN 'x' AND 'y'", 2 },
		{ "SELECT 1 FROM t WHERE a NOT BETWEEN SYMMETRIC inet 'x' AND inet 'y' AND b = 'z'", 2 },
		{ "SELECT 1 FROM t WHERE a BETWEEN 'x'::inet AND 'y'::inet", 2 },
		{ "SELECT 1 FROM t WHERE a BETWEEN INET_ATON('x') AND INET_ATON('y')", 2 },
		{ "SELECT 1 FROM t WHERE a BETWEEN CAST('x' AS inet) AND CAST('y' AS inet)", 2 },
		{ "SELECT 1 FROM t WHERE a = 'x' AND b = 'y'", -1 },
		{ "SELECT 1 FROM t WHERE a IN ('x', 'y')", -1 },
		{ "SELECT 1 FROM t WHERE a BETWEEN 1 AND 2 AND b = 'x' AND c = 'y'", 2 },
		{ "SELECT 1 FROM t WHERE a >= 1 AND a < 2", 2 },
		{ "SELECT 1 FROM t WHERE t.a > 'x' AND t.a <= 'y' AND b = 3", 2 },
		{ "SELECT 1 FROM t WHERE a >= 1 AND b < 2", -1 },
		{ "SELECT 1 FROM t WHERE a < 1 AND a > 2", -1 },
		{ "SELECT 1 FROM t WHERE a > 1 OR a < 2", -1 },
		{ "SELECT 1 FROM t WHERE a BETWEEN b AND 'y'", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sql_statement *st = first(SQL_POSTGRES, rows[i].sql);

		for (size_t k = 0; k < st->nliterals; k++)
			if (st->literals[k].between != ((int)k == rows[i].at))
				fail_msg("%s: literal %zu", rows[i].sql, k);
	}
}

static void calls_and_literals(void **state)
{
	const struct sql_statement *st =
		first(SQL_POSTGRES, "SELECT pg_read_file('/etc/passwd'), s.f(count(*)), count(1) FROM t WHERE a = 'x''y' AND b > 1.5");

	(void)state;
	assert_int_equal(st->ncalls, 3);
	assert_true(slice_eq(st->calls[0].name, SLICE("pg_read_file")));
	assert_true(slice_eq(st->calls[1].schema, SLICE("s")));
	assert_int_equal(st->nliterals, 4);
	assert_true(slice_eq(st->literals[2].value, SLICE("x'y")) && st->literals[2].string);
	assert_true(slice_eq(st->literals[3].value, SLICE("1.5")) && !st->literals[3].string);
	assert_int_equal(st->nfiles, 1);
	st = first(SQL_TSQL, "EXEC dbo.p @a = 1");
	assert_true(st->ncalls == 1 && st->calls[0].procedure && slice_eq(st->calls[0].schema, SLICE("dbo")));
	st = first(SQL_POSTGRES, "CALL p(1)");
	assert_true(st->ncalls == 1 && st->calls[0].procedure);
}

static void files(void **state)
{
	static const struct {
		enum sql_dialect dialect;
		const char *sql, *path;
		enum sql_file_kind kind;
		bool write, client;
	} rows[] = {
		{ SQL_POSTGRES, "COPY t TO '/tmp/x'", "/tmp/x", SQL_FILE, true, false },
		{ SQL_POSTGRES, "COPY t TO PROGRAM 'curl -d @- x'", "curl -d @- x", SQL_PROGRAM, true, false },
		{ SQL_POSTGRES, "COPY (SELECT * FROM t) TO STDOUT", NULL, SQL_FILE, true, true },
		{ SQL_POSTGRES, "\\copy t from '/tmp/y'", "/tmp/y", SQL_FILE, false, true },
		{ SQL_MYSQL, "SELECT * INTO OUTFILE '/tmp/o' FROM t", "/tmp/o", SQL_FILE, true, false },
		{ SQL_MYSQL, "LOAD DATA LOCAL INFILE 'i' INTO TABLE t", "i", SQL_FILE, false, true },
		{ SQL_DUCKDB, "SELECT * FROM read_parquet('https://h/x.parquet')", "https://h/x.parquet", SQL_URL, false, false },
		{ SQL_DUCKDB, "SELECT * FROM 'x.csv'", "x.csv", SQL_FILE, false, false },
		{ SQL_SNOWFLAKE, "COPY INTO @stage/x FROM t", "@stage/x", SQL_STAGE, true, false },
		{ SQL_REDSHIFT, "UNLOAD ('SELECT * FROM t') TO 's3://b/x'", "s3://b/x", SQL_URL, true, false },
		{ SQL_SQLITE, "ATTACH DATABASE '/tmp/z' AS z", "/tmp/z", SQL_FILE, false, false },
		{ SQL_POSTGRES, "IMPORT FOREIGN SCHEMA hr LIMIT TO (a) FROM SERVER \"S\" INTO x OPTIONS (o 'v.w')", "S", SQL_REMOTE, false,
		  false },
		{ SQL_POSTGRES, "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (table_name 't')", "s", SQL_REMOTE, false, false },
		{ SQL_POSTGRES, "CREATE SERVER IF NOT EXISTS s FOREIGN DATA WRAPPER w", "s", SQL_REMOTE, false, false },
		{ SQL_POSTGRES, "ALTER USER MAPPING FOR u SERVER s OPTIONS (SET password 'x')", "s", SQL_REMOTE, false, false },
		{ SQL_ORACLE, "CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY p", "l", SQL_REMOTE, false, false },
		{ SQL_MYSQL, "IMPORT TABLE FROM '/tmp/t.sdi'", "/tmp/t.sdi", SQL_FILE, false, false },
		{ SQL_MYSQL, "LOAD DATA FROM S3 's3://b/k' INTO TABLE t", "s3://b/k", SQL_URL, false, false },
		{ SQL_MYSQL, "SELECT * FROM t INTO OUTFILE S3 's3://b/k'", "s3://b/k", SQL_URL, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sql_statement *st = first(rows[i].dialect, rows[i].sql);

		if (st->nfiles != 1 || !slice_eq(st->files[0].path, slice_cstr(rows[i].path)) || st->files[0].kind != rows[i].kind ||
		    st->files[0].write != rows[i].write || st->files[0].client != rows[i].client)
			fail_msg("%s: %zu files", rows[i].sql, st->nfiles);
	}
}

/* Of a foreign table's options: the file or program it reads, the query or the table there; of a server where it is, and no secret. */
static void foreign(void **state)
{
	const struct sql_statement *st;

	(void)state;
	st = first(SQL_POSTGRES, "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (program 'cat /x', format 'csv')");
	assert_int_equal(st->nfiles, 2);
	assert_true(slice_eq(st->files[1].path, SLICE("cat /x")) && st->files[1].kind == SQL_PROGRAM);
	st = first(SQL_POSTGRES, "CREATE FOREIGN TABLE f (a int) SERVER s OPTIONS (query 'SELECT * FROM hr.far')");
	assert_true(st->nrelations >= 2);
	assert_true(slice_eq(st->relations[1].name, SLICE("far")) && slice_eq(st->relations[1].link, SLICE("s")));
	st = first(SQL_POSTGRES, "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', password 'secret')");
	assert_int_equal(st->nfiles, 2);
	assert_true(slice_eq(st->files[1].path, SLICE("h")) && st->files[1].kind == SQL_REMOTE);
	st = first(SQL_POSTGRES, "IMPORT FOREIGN SCHEMA hr LIMIT TO (far) FROM SERVER s INTO x");
	assert_int_equal(st->nrelations, 1);
	assert_true(slice_eq(st->relations[0].link, SLICE("s")));
	st = first(SQL_POSTGRES, "IMPORT FOREIGN SCHEMA hr EXCEPT (near) FROM SERVER s INTO x"); /* all but that one */
	assert_true(st->certainty != SQL_PARSED);
	st = first(SQL_POSTGRES, "SELECT * FROM JSON_TABLE(j, '$.a' COLUMNS (b int PATH '$.b')), XMLTABLE('/c/d' PASSING x COLUMNS e int)");
	assert_int_equal(st->nfiles, 0);
}

static void settings(void **state)
{
	static const struct {
		enum sql_dialect dialect;
		const char *sql;
		enum sql_setting_kind kind;
		const char *value;
		bool reset, local;
	} rows[] = {
		{ SQL_POSTGRES, "SET search_path TO a, \"B\"", SQL_SET_SEARCH_PATH, "a, B", false, false },
		{ SQL_POSTGRES, "SET LOCAL ROLE admin", SQL_SET_ROLE, "admin", false, true },
		{ SQL_POSTGRES, "SET ROLE NONE", SQL_SET_ROLE, NULL, true, false },
		{ SQL_POSTGRES, "SET SESSION AUTHORIZATION 'bob'", SQL_SET_USER, "bob", false, false },
		{ SQL_POSTGRES, "RESET search_path", SQL_SET_SEARCH_PATH, NULL, true, false },
		{ SQL_POSTGRES, "DISCARD ALL", SQL_DISCARD_ALL, NULL, true, false },
		{ SQL_POSTGRES, "SET standard_conforming_strings = off", SQL_SET_STRINGS, "off", false, false },
		{ SQL_MYSQL, "USE crm", SQL_SET_DATABASE, "crm", false, false },
		{ SQL_MYSQL, "SET SESSION sql_mode = 'ANSI_QUOTES'", SQL_SET_SQL_MODE, "ANSI_QUOTES", false, false },
		{ SQL_SQLITE, "ATTACH 'x.db' AS x", SQL_ATTACH, "x.db", false, false },
		{ SQL_POSTGRES, "BEGIN", SQL_TX_BEGIN, NULL, false, false },
		{ SQL_POSTGRES, "ROLLBACK", SQL_TX_ROLLBACK, NULL, false, false },
		{ SQL_TSQL, "EXECUTE AS USER = 'bob'", SQL_SET_USER, "bob", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sql_statement *st = first(rows[i].dialect, rows[i].sql);

		if (st->nsettings != 1 || st->settings[0].kind != rows[i].kind ||
		    !slice_eq(st->settings[0].value, slice_cstr(rows[i].value)) || st->settings[0].reset != rows[i].reset ||
		    st->settings[0].local != rows[i].local)
			fail_msg("%s: %zu settings, value %s", rows[i].sql, st->nsettings,
				 st->nsettings ? slice_quote(st->settings[0].value) : "-");
	}
}

static void where_it_was_not_understood(void **state)
{
	const struct sql_statement *st = first(SQL_POSTGRES, "SELECT a FROM t WHERE ) b");

	(void)state;
	assert_int_equal(st->certainty, SQL_PARTIAL);
	assert_int_equal(st->partial_at, 22);
	st = first(SQL_TSQL, "SELECT * FROM srv.db.dbo.t");
	assert_true(slice_eq(st->relations[0].server, SLICE("srv")) && slice_eq(st->relations[0].link, SLICE("srv")));
	st = first(SQL_ORACLE, "SELECT * FROM t@l.example");
	assert_true(slice_eq(st->relations[0].link, SLICE("l.example")));
	st = first(SQL_POSTGRES, "SELECT * FROM dblink('c', 'SELECT a FROM far')");
	assert_true(st->relations[0].via == SQL_VIA_DYNAMIC && slice_eq(st->relations[0].link, SLICE("c")));
	st = first(SQL_POSTGRES, "SELECT 'secret.t'::regclass");
	assert_true(st->relations[0].via == SQL_VIA_LITERAL && slice_eq(st->relations[0].name, SLICE("t")));
	st = first(SQL_POSTGRES, "CREATE TEMP TABLE x AS SELECT * FROM t");
	assert_true(st->relations[0].access == (SQL_CREATE | SQL_TEMPORARY));
}

/* Strings of an unknown mode are read both ways. */
static void both_readings(void **state)
{
	const struct sql_options o = { .dialect = SQL_MYSQL, .strings_unknown = true };
	const struct sql_result *r;
	bool found = false;

	(void)state;
	arena_reset(&arena);
	assert_int_equal(sql_analyze(&o, SLICE("SELECT '\\' FROM t -- '"), &arena, &r), 0);
	for (size_t s = 0; s < r->nstatements; s++)
		for (size_t i = 0; i < r->statements[s].nrelations; i++)
			found |= slice_eq(r->statements[s].relations[i].name, SLICE("t"));
	assert_true(found);
	assert_int_not_equal(r->certainty, SQL_PARSED);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1ul << 28);
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
		cmocka_unit_test(columns_and_uses),
		cmocka_unit_test(predicates),
		cmocka_unit_test(calls_and_literals),
		cmocka_unit_test(between),
		cmocka_unit_test(files),
		cmocka_unit_test(foreign),
		cmocka_unit_test(settings),
		cmocka_unit_test(where_it_was_not_understood),
		cmocka_unit_test(both_readings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
