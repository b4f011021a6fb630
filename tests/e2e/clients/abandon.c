// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Prepares statements and never lets them go, in processes of so many each, which end without a word.
 * abandon lite COUNT EACH DATABASE: SQLite, every tenth one steps once. abandon pg COUNT EACH: libpq, connected by its environment.
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int lite(const char *path, int from, int n)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db))
		return 1;
	for (int i = from; i < from + n; i++) {
		char sql[100];
		sqlite3_stmt *s;

		snprintf(sql, sizeof(sql), "SELECT name FROM users WHERE id = %d", i);
		if (sqlite3_prepare_v2(db, sql, -1, &s, NULL))
			return 1;
		if (i % 10 == 0)
			sqlite3_step(s);
	}
	return 0;
}

static int pg(int from, int n)
{
	PGconn *c = PQconnectdb("");
	int bad = PQstatus(c) != CONNECTION_OK;

	for (int i = from; i < from + n && !bad; i++) {
		char name[40];
		PGresult *r;

		snprintf(name, sizeof(name), "abandoned%d", i);
		r = PQprepare(c, name, "SELECT name FROM users WHERE id = $1", 0, NULL);
		bad = PQresultStatus(r) != PGRES_COMMAND_OK;
		PQclear(r);
	}
	return bad;
}

int main(int argc, char **argv)
{
	int count = argc > 3 ? atoi(argv[2]) : 0, each = argc > 3 ? atoi(argv[3]) : 0;

	if (each < 1 || (argv[1][0] == 'l' && argc < 5))
		return 2;
	for (int from = 0; from < count; from += each) {
		pid_t pid = fork();
		int status, n = each < count - from ? each : count - from;

		if (pid == 0)
			_exit(argv[1][0] == 'l' ? lite(argv[4], from, n) : pg(from, n));
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	return 0;
}
