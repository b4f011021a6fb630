// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A database client library that nobody knows: it keeps what it is given and sends nothing. */
#include <stdlib.h>
#include <wchar.h>

struct acme {
	int calls;
	const void *text;
};

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

struct acme *acme_connect(void)
{
	return calloc(1, sizeof(struct acme));
}

static int keep(struct acme *c, const void *text)
{
	c->text = text;
	return ++c->calls;
}

int acme_query(struct acme *c, const char *sql)
{
	return keep(c, sql);
}

int acme_query_size(const char *sql, size_t n, struct acme *c)
{
	return n ? keep(c, sql) : 0;
}

int acme_query_late(int a, int b, int d, int e, int f, int g, const char *sql, int n)
{
	return sql && n ? a + b + d + e + f + g : 0;
}

int acme_query_wide(struct acme *c, const wchar_t *sql, short n)
{
	return n ? keep(c, sql) : 0;
}

int acme_prepare(struct acme *st, const char *sql, int n)
{
	return n ? keep(st, sql) : 0;
}

int acme_run(struct acme *st)
{
	return keep(st, NULL);
}

int acme_rows(struct acme *st)
{
	return st->calls;
}

int acme_error(struct acme *st)
{
	return st->calls;
}

void acme_free(struct acme *st)
{
	free(st);
}
