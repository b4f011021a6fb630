// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQLite linked in: hold_sqlite DATABASE SECONDS. One query; the database stays open for that long. */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef UNFOUND
/* In the place of SQLite's own (-z muldefs): without a number that can be read there, its functions are not found in a stripped file. */
int sqlite3_libversion_number(void)
{
	static volatile int number = SQLITE_VERSION_NUMBER;

	return number;
}
#endif

static int count(void *ctx, int n, char **values, char **names)
{
	(void)n;
	(void)values;
	(void)names;
	++*(int *)ctx;
	return 0;
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	int rows = 0;

	if (argc < 3 || sqlite3_open(argv[1], &db) || sqlite3_exec(db, "SELECT ip FROM user_ip_log WHERE user_id = 1", count, &rows, NULL))
		return 2;
	sleep((unsigned)atoi(argv[2]));
	sqlite3_close(db);
	return rows == 4 ? 0 : 1;
}
