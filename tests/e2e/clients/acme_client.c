// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Calls each function of acme_lib.c as its documentation would have it; with an argument, acme_run alone for each line of input. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

struct acme;
struct acme *acme_connect(void);
int acme_query(struct acme *c, const char *sql);
int acme_query_size(const char *sql, size_t n, struct acme *c);
int acme_query_late(int a, int b, int d, int e, int f, int g, const char *sql, int n);
int acme_query_wide(struct acme *c, const wchar_t *sql, short n);
int acme_prepare(struct acme *st, const char *sql, int n);
int acme_run(struct acme *st);
int acme_rows(struct acme *st);
int acme_error(struct acme *st);
void acme_free(struct acme *st);

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = "

int main(int argc, char **argv)
{
	struct acme *c = acme_connect(), *st = acme_connect();

	(void)argv;
	if (argc > 1) {
		for (int ch; (ch = getchar()) != EOF;)
			if (ch == '\n')
				acme_run(st);
		return 0;
	}

	acme_query(c, LIT "1");
	acme_query_size(LIT "2 and what stands behind", strlen(LIT) + 1, c);
	acme_query_late(1, 2, 3, 4, 5, 6, LIT "3 and more", (int)strlen(LIT) + 1);
	acme_query_wide(c, L"" LIT "4", -1);
	acme_query_wide(c, L"" LIT "5 and more", (short)strlen(LIT) + 1);
	acme_prepare(st, LIT "6", -3);
	acme_run(st);
	acme_rows(st);
	acme_run(st);
	acme_error(st);
	acme_prepare(st, "SELECT 1 FROM never_run", -3);
	acme_free(st);
	acme_free(c);
	return 0;
}
