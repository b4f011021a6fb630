// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What a client call takes, in nanoseconds: the least of several rounds, one line "name ns" each. argv: database file, and a name when
 * only that is to be measured. With PGHOST set also calls on a real server. Run pinned to one CPU.
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 300       /* of about a millisecond: on a busy machine most are disturbed, some are not */
#define ATTACH_US 500000 /* the probe on PQgetCopyData comes with the first COPY */
#define SQL "SELECT ip FROM user_ip_log WHERE id = 1"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct bench {
	const char *name;
	unsigned times;
	void (*fn)(void *ctx, unsigned times);
	void *ctx;
};

static const char *only;

static void measure(const struct bench *b)
{
	uint64_t least = UINT64_MAX;

	if (only && strcmp(only, b->name))
		return;
	b->fn(b->ctx, b->times / 10 + 1);
	for (int r = 0; r < ROUNDS; r++) {
		uint64_t t = now_ns();

		b->fn(b->ctx, b->times);
		t = now_ns() - t;
		if (t < least)
			least = t;
	}
	printf("%s %.1f\n", b->name, (double)least / b->times);
	fflush(stdout);
}

static void pg_exec(void *ctx, unsigned times)
{
	while (times--)
		PQclear(PQexec(ctx, SQL));
}

/* A client as it is usual looks at each result. */
static void pg_looked(void *ctx, unsigned times)
{
	while (times--) {
		PGresult *r = PQexec(ctx, SQL);

		if (PQresultStatus(r) != PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_FATAL_ERROR)
			exit(1);
		PQclear(r);
	}
}

/* And more often than once. */
static void pg_look_again(void *ctx, unsigned times)
{
	while (times--)
		if (PQresultStatus(ctx) != PGRES_TUPLES_OK)
			exit(1);
}

/* Without a connection the call ends at once: what remains is the call and its probe. */
static void pg_bare(void *ctx, unsigned times)
{
	(void)ctx;
	while (times--)
		PQsendQuery(NULL, SQL);
}

/* A row of a sensitive table a call. */
static void pg_copy(void *ctx, unsigned times)
{
	char sql[128], *line = NULL;

	(void)snprintf(sql, sizeof(sql), "COPY (SELECT ip FROM user_ip_log, generate_series(1, %u) LIMIT %u) TO STDOUT", times, times);
	PQclear(PQexec(ctx, sql));
	while (PQgetCopyData(ctx, &line, 0) > 0)
		PQfreemem(line);
	PQclear(PQgetResult(ctx));
	PQclear(PQgetResult(ctx));
}

static void lite_cycle(void *ctx, unsigned times)
{
	sqlite3_stmt *s;

	while (times--) {
		if (sqlite3_prepare_v2(ctx, SQL, -1, &s, NULL))
			exit(1);
		while (sqlite3_step(s) == SQLITE_ROW)
			;
		sqlite3_finalize(s);
	}
}

static void lite_reuse(void *ctx, unsigned times)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(ctx, SQL, -1, &s, NULL))
		exit(1);
	while (times--) {
		while (sqlite3_step(s) == SQLITE_ROW)
			;
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
}

/* One statement, a row a step. */
static void lite_step(void *ctx, unsigned times)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", -1, &s, NULL))
		exit(1);
	while (times-- && sqlite3_step(s) == SQLITE_ROW)
		;
	sqlite3_finalize(s);
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	PGconn *c = NULL;

	only = argc == 3 ? argv[2] : NULL;
	if (argc < 2 || argc > 3 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL))
		return 2;
	measure(&(struct bench){ "PQsendQuery-bare", 1000, pg_bare, NULL });
	if (getenv("PGHOST")) {
		c = PQconnectdb("");
		if (PQstatus(c) != CONNECTION_OK)
			return 1;
		measure(&(struct bench){ "PQexec", 60, pg_exec, c });
		measure(&(struct bench){ "PQexec+PQresultStatus", 60, pg_looked, c });
		PGresult *r = PQexec(c, SQL);
		measure(&(struct bench){ "PQresultStatus-again", 1000, pg_look_again, r });
		PQclear(r);
		pg_copy(c, 1);
		usleep(ATTACH_US);
		measure(&(struct bench){ "PQgetCopyData-per-row", 4000, pg_copy, c });
		PQfinish(c);
	}
	measure(&(struct bench){ "sqlite3_step-per-row", 8000, lite_step, db });
	measure(&(struct bench){ "sqlite3-step-reset", 150, lite_reuse, db });
	measure(&(struct bench){ "sqlite3-prepare-step-finalize", 100, lite_cycle, db });
	sqlite3_close(db);
	return 0;
}
