// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* libpq, one way of calling per run: exec, params, binary, prepared, async, error, pipeline, single, several, copy_in, copy_out,
 * large_object, close, describe, reset, pad:BYTES (a comment of that length before the table).
 */
#include <libpq-fe.h>
#include <libpq/libpq-fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SQL "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define SQL_PARAM "SELECT ip FROM user_ip_log WHERE user_id = $1"

static const char *const params[] = { "1" };

/* One value of each common type, in binary form: int8, date, text, NULL, numeric, float8, bool, uuid. */
#define SQL_BINARY                                                                                                                         \
	"SELECT ip FROM user_ip_log WHERE user_id = $1 AND $2 > '2000-01-01'::date AND $3 = 'text' AND $4::text IS NULL AND $5 < 0 AND "   \
	"$6 > 0 "                                                                                                                          \
	"AND $7 AND $8 IS NOT NULL"

static const Oid types[] = { 20, 1082, 25, 25, 1700, 701, 16, 2950 };
static const int lengths[] = { 8, 4, 4, 0, 12, 8, 1, 16 };
static const int formats[] = { 1, 1, 1, 1, 1, 1, 1, 1 };
static const char *const binary[] = { "\0\0\0\0\0\0\0\1",
				      "\0\0\x22\x79", /* days since 2000-01-01 */
				      "text",
				      NULL,
				      "\0\2\0\0\x40\0\0\1\0\x0c\x13\x88", /* two digits, weight 0, negative, scale 1: 12, 5000 */
				      "\x3f\xd0\0\0\0\0\0\0",
				      "\1",
				      "\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8" };

static int rows(PGresult *r)
{
	int n = PQresultStatus(r) == PGRES_TUPLES_OK ? PQntuples(r) : -1;

	PQclear(r);
	return n;
}

static int run_async(PGconn *c)
{
	PGresult *r;
	int n = -1;

	if (!PQsendQuery(c, SQL))
		return -1;
	while ((r = PQgetResult(c)))
		n = rows(r);
	return n;
}

static int run_padded(PGconn *c, const char *way)
{
	size_t n = (size_t)atol(way + 4);
	char *text = malloc(n + 200);
	int r;

	memcpy(text, "SELECT /*", 9);
	memset(text + 9, 'x', n);
	strcpy(text + 9 + n, "*/ ip FROM user_ip_log WHERE user_id = 1");
	r = rows(PQexec(c, text));
	free(text);
	return r;
}

/* Three queries in flight before the first answer is read. */
static int run_pipeline(PGconn *c)
{
#ifdef LIBPQ_HAS_PIPELINING
	PGresult *r;
	int n = -1;

	if (!PQenterPipelineMode(c))
		return -1;
	for (int i = 0; i < 3; i++)
		if (!PQsendQueryParams(c, SQL_PARAM, 1, NULL, params, NULL, NULL, 0))
			return -1;
	if (!PQpipelineSync(c))
		return -1;
	for (int i = 0; i < 3; i++) {
		r = PQgetResult(c);
		n = rows(r);
		PQclear(PQgetResult(c)); /* NULL: the end of this query */
	}
	PQclear(PQgetResult(c)); /* the sync */
	return PQexitPipelineMode(c) ? n : -1;
#else
	(void)c;
	return -1;
#endif
}

static int run_single(PGconn *c)
{
	PGresult *r;
	int n = 0;

	if (!PQsendQuery(c, SQL) || !PQsetSingleRowMode(c))
		return -1;
	while ((r = PQgetResult(c))) {
		n += PQresultStatus(r) == PGRES_SINGLE_TUPLE;
		PQclear(r);
	}
	return n;
}

static int run_copy(PGconn *c, bool in)
{
	PGresult *r = PQexec(c, in ? "COPY contacts FROM STDIN" : "COPY user_ip_log TO STDOUT");
	char *line = NULL;
	int ok = PQresultStatus(r) == (in ? PGRES_COPY_IN : PGRES_COPY_OUT);

	PQclear(r);
	if (in)
		ok = ok && PQputCopyData(c, "7\t8\n7\t9\n", 8) == 1 && PQputCopyEnd(c, NULL) == 1;
	else
		while (PQgetCopyData(c, &line, 0) > 0)
			PQfreemem(line);
	r = PQgetResult(c);
	ok = ok && PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	PQclear(PQgetResult(c));
	return ok ? 4 : -1;
}

static int run_large_object(PGconn *c)
{
	char name[] = "/tmp/qprov-lo-XXXXXX";
	int fd = mkstemp(name), ok;
	Oid oid;

	PQclear(PQexec(c, "BEGIN"));
	oid = lo_import(c, name);
	ok = oid && lo_export(c, oid, "/dev/null") == 1 && lo_unlink(c, oid) == 1;
	PQclear(PQexec(c, "COMMIT"));
	close(fd);
	unlink(name);
	return ok ? 4 : -1;
}

/* A name that is used again for another text, after DEALLOCATE. */
static int run_close(PGconn *c)
{
	int n;

	PQclear(PQprepare(c, "again", SQL_PARAM, 1, NULL));
	n = rows(PQexecPrepared(c, "again", 1, params, NULL, NULL, 0));
	PQclear(PQexec(c, "DEALLOCATE again"));
	PQclear(PQprepare(c, "again", "SELECT name FROM users WHERE id = $1", 1, NULL));
	return rows(PQexecPrepared(c, "again", 1, params, NULL, NULL, 0)) == 1 ? n : -1;
}

static int run_describe(PGconn *c)
{
	PGresult *r;
	int ok;

	PQclear(PQprepare(c, "", SQL_PARAM, 1, NULL));
	r = PQdescribePrepared(c, "");
	ok = PQresultStatus(r) == PGRES_COMMAND_OK && PQnfields(r) == 1;
	PQclear(r);
	return ok ? rows(PQexecPrepared(c, "", 1, params, NULL, NULL, 0)) : -1;
}

static int run_reset(PGconn *c)
{
	if (rows(PQexec(c, SQL)) != 4)
		return -1;
	PQreset(c);
	return rows(PQexec(c, SQL));
}

static int run_other(PGconn *c, const char *way)
{
	if (!strcmp(way, "pipeline"))
		return run_pipeline(c);
	if (!strcmp(way, "single"))
		return run_single(c);
	if (!strcmp(way, "several"))
		return rows(PQexec(c, SQL "; SELECT name FROM users WHERE id = 1; " SQL));
	if (!strcmp(way, "copy_in") || !strcmp(way, "copy_out"))
		return run_copy(c, !strcmp(way, "copy_in"));
	if (!strcmp(way, "large_object"))
		return run_large_object(c);
	if (!strcmp(way, "close"))
		return run_close(c);
	if (!strcmp(way, "describe"))
		return run_describe(c);
	return !strcmp(way, "reset") ? run_reset(c) : -1;
}

static int run(PGconn *c, const char *way)
{
	if (!strncmp(way, "pad:", 4))
		return run_padded(c, way);
	if (!strcmp(way, "exec"))
		return rows(PQexec(c, SQL));
	if (!strcmp(way, "params"))
		return rows(PQexecParams(c, SQL_PARAM, 1, NULL, params, NULL, NULL, 0));
	if (!strcmp(way, "binary"))
		return rows(PQexecParams(c, SQL_BINARY, 8, types, binary, lengths, formats, 0));
	if (!strcmp(way, "prepared"))
		return rows(PQexecPrepared(c, "by_user", 1, params, NULL, NULL, 0));
	if (!strcmp(way, "async"))
		return run_async(c);
	if (!strcmp(way, "error"))
		return rows(PQexec(c, "SELECT ip FROM user_ip_log WHERE no_such_column = 1")) == -1 ? 4 : -1;
	return run_other(c, way);
}

int main(int argc, char **argv)
{
	PGconn *c = PQconnectdb("");
	int times = argc > 2 ? atoi(argv[2]) : 1;

	if (argc < 2 || PQstatus(c) != CONNECTION_OK) {
		fprintf(stderr, "%s", PQerrorMessage(c));
		return 1;
	}
	if (!strcmp(argv[1], "prepared"))
		PQclear(PQprepare(c, "by_user", SQL_PARAM, 1, NULL));
	for (int i = 0; i < times; i++)
		if (run(c, argv[1]) != 4) {
			fprintf(stderr, "run %d: %s", i, PQerrorMessage(c));
			return 1;
		}
	PQfinish(c);
	return 0;
}
