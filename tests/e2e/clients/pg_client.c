// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* libpq, one way of calling per run: exec, params, binary, prepared, async, error, pad:BYTES (a comment of that length before the table).
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	return -1;
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
