// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* libpq, one way of calling per run: exec, params, prepared, async, error. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define SQL_PARAM "SELECT ip FROM user_ip_log WHERE user_id = $1"

static const char *const params[] = { "1" };

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

static int run(PGconn *c, const char *way)
{
	if (!strcmp(way, "exec"))
		return rows(PQexec(c, SQL));
	if (!strcmp(way, "params"))
		return rows(PQexecParams(c, SQL_PARAM, 1, NULL, params, NULL, NULL, 0));
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
