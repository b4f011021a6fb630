// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The smallest thing that is taken for libpq: its functions' names, nothing behind them. */
int PQsendQuery(void *conn, const char *sql);
int PQsendQueryParams(void *conn, const char *sql);
int PQsendPrepare(void *conn, const char *name, const char *sql);
int PQsendQueryPrepared(void *conn, const char *name);
void PQclear(void *result);

static volatile int calls;

int PQsendQuery(void *conn, const char *sql)
{
	return calls += conn && sql;
}

int PQsendQueryParams(void *conn, const char *sql)
{
	return calls += conn && sql ? 2 : 3;
}

int PQsendPrepare(void *conn, const char *name, const char *sql)
{
	return calls += conn && name && sql ? 4 : 5;
}

int PQsendQueryPrepared(void *conn, const char *name)
{
	return calls += conn && name ? 6 : 7;
}

void PQclear(void *result)
{
	calls += result ? 8 : 9;
}
