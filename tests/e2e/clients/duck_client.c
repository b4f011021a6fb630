// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* DuckDB's C API, one way of calling a time: duck_client WAY TIMES DATABASE [SQL]. The package brings no header; source: duckdb.h 1.5. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *handle;
typedef struct {
	uint64_t deprecated[3];
	void *deprecated_data[3]; /* more than the structure holds */
	void *internal_data;
} result;

int duckdb_open(const char *path, handle *db);
int duckdb_connect(handle db, handle *c);
int duckdb_query(handle c, const char *sql, result *r);
uint64_t duckdb_row_count(result *r);
void duckdb_destroy_result(result *r);
const char *duckdb_result_error(result *r);
int duckdb_prepare(handle c, const char *sql, handle *st);
int duckdb_bind_int32(handle st, uint64_t n, int32_t v);
int duckdb_bind_uint8(handle st, uint64_t n, uint8_t v);
int duckdb_bind_uint16(handle st, uint64_t n, uint16_t v);
int duckdb_bind_uint32(handle st, uint64_t n, uint32_t v);
int duckdb_bind_int64(handle st, uint64_t n, int64_t v);
int duckdb_bind_timestamp_tz(handle st, uint64_t n, int64_t v);
int duckdb_bind_varchar(handle st, uint64_t n, const char *v);
int duckdb_bind_null(handle st, uint64_t n);
int duckdb_execute_prepared(handle st, result *r);
int duckdb_query_arrow(handle c, const char *sql, handle *r);
int duckdb_execute_prepared_arrow(handle st, handle *r);
void duckdb_destroy_arrow(handle *r);
void duckdb_destroy_prepare(handle *st);
uint64_t duckdb_extract_statements(handle c, const char *sql, handle *found);
int duckdb_prepare_extracted_statement(handle c, handle found, uint64_t n, handle *st);
void duckdb_destroy_extracted(handle *found);
int duckdb_appender_create(handle c, const char *schema, const char *table, handle *a);
int duckdb_append_int32(handle a, int32_t v);
int duckdb_append_varchar(handle a, const char *v);
int duckdb_appender_end_row(handle a);
int duckdb_appender_destroy(handle *a);
void duckdb_disconnect(handle *c);
void duckdb_close(handle *db);

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define TYPES "SELECT ip FROM user_ip_log WHERE user_id = ? AND ? = 2 AND ? = 3 AND ? < 0 AND ? IS NOT NULL AND ? = 'text' AND ? IS NULL"
#define PARAM "SELECT ip FROM user_ip_log WHERE user_id = ?"

static handle db, con;

static void must(int failed)
{
	if (failed)
		exit(1);
}

static void query(const char *sql)
{
	result r;

	must(duckdb_query(con, sql, &r));
	duckdb_row_count(&r);
	duckdb_destroy_result(&r);
}

static void wrong(void)
{
	result r;

	must(!duckdb_query(con, "SELECT ip FROM user_ip_log WHERE nothing = 1", &r));
	must(!strstr(duckdb_result_error(&r), "nothing"));
	duckdb_destroy_result(&r);
}

static void run(handle st)
{
	result r;

	must(duckdb_execute_prepared(st, &r));
	duckdb_destroy_result(&r);
}

static void prepared(int times)
{
	handle unused, st;

	must(duckdb_prepare(con, "SELECT contact_id FROM contacts WHERE user_id = ?", &unused));
	must(duckdb_prepare(con, PARAM, &st));
	for (int i = 0; i < times; i++) {
		must(duckdb_bind_int32(st, 1, 1));
		run(st);
	}
	duckdb_destroy_prepare(&st);
	duckdb_destroy_prepare(&unused);
}

/* By Arrow, and values of several types. */
static void arrow(int times)
{
	handle st, r;

	must(duckdb_prepare(con, TYPES, &st));
	for (int i = 0; i < times; i++) {
		must(duckdb_query_arrow(con, LIT, &r));
		duckdb_destroy_arrow(&r);
		must(duckdb_bind_uint8(st, 1, 1) || duckdb_bind_uint16(st, 2, 2) || duckdb_bind_uint32(st, 3, 3) ||
		     duckdb_bind_int64(st, 4, -4) || duckdb_bind_timestamp_tz(st, 5, 86400000000) || duckdb_bind_varchar(st, 6, "text") ||
		     duckdb_bind_null(st, 7));
		must(duckdb_execute_prepared_arrow(st, &r));
		duckdb_destroy_arrow(&r);
	}
	duckdb_destroy_prepare(&st);
}

static void extracted(void)
{
	handle found, st;
	uint64_t n = duckdb_extract_statements(con, LIT "; SELECT name FROM users", &found);

	for (uint64_t i = 0; i < n; i++) {
		must(duckdb_prepare_extracted_statement(con, found, i, &st));
		run(st);
		duckdb_destroy_prepare(&st);
	}
	duckdb_destroy_extracted(&found);
}

static void appended(int times)
{
	handle a;

	must(duckdb_appender_create(con, NULL, "user_ip_log", &a));
	for (int i = 0; i < times; i++)
		must(duckdb_append_int32(a, 10 * (int32_t)getpid() + i) || duckdb_append_int32(a, 9) ||
		     duckdb_append_varchar(a, "203.0.113.9") || duckdb_appender_end_row(a));
	must(duckdb_appender_destroy(&a));
}

int main(int argc, char **argv)
{
	int times = argc >= 4 ? atoi(argv[2]) : 0;

	if (!times || duckdb_open(argv[3], &db) || duckdb_connect(db, &con))
		return 2;
	if (!strcmp(argv[1], "hold") && puts("ready") >= 0 && !fflush(stdout))
		(void)getchar();
	for (int i = 0; !strcmp(argv[1], "query") && i < times; i++)
		query(LIT);
	for (int i = 0; !strcmp(argv[1], "sql") && argc == 5 && i < times; i++)
		query(argv[4]);
	for (int i = 0; !strcmp(argv[1], "extract") && i < times; i++)
		extracted();
	for (int i = 0; !strcmp(argv[1], "wrong") && i < times; i++)
		wrong();
	if (!strcmp(argv[1], "prepare"))
		prepared(times);
	if (!strcmp(argv[1], "arrow"))
		arrow(times);
	if (!strcmp(argv[1], "append"))
		appended(times);
	duckdb_disconnect(&con);
	duckdb_close(&db);
	return 0;
}
