// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Linked with tiny_pq: says that it is there, waits for the end of its standard input, then sends one statement. */
#include <stdio.h>
#include <unistd.h>

int PQsendQuery(void *conn, const char *sql);
void PQclear(void *result);

int main(void)
{
	static char conn[4096], result[4096];
	char c;

	puts("mapped");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	PQsendQuery(conn, "SELECT ip FROM user_ip_log WHERE user_id = 1");
	PQclear(result);
	return 0;
}
