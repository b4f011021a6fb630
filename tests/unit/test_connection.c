// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Executions are told with their connection: the one the object was when they ran, forgotten with its process, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/query.h"
#include "feed.inc.c"
#include "records.inc.c"

enum { SEND = 1, CLEAR };

struct seen {
	char log[4096];
	struct query *q;
};

static void on_execution(void *ctx, const struct execution *x)
{
	struct seen *s = ctx;
	size_t n = strlen(s->log);
	const struct db_connection *c = x->conn;

	snprintf(s->log + n, sizeof(s->log) - n, "%.*s@", (int)x->text.len, x->text.ptr);
	n = strlen(s->log);
	if (c)
		snprintf(s->log + n, sizeof(s->log) - n, "%.*s/%.*s/%.*s:%u#%llu", (int)c->database.len, c->database.ptr, (int)c->user.len,
			 c->user.ptr, (int)c->host.len, c->host.ptr, c->remote_port, (unsigned long long)c->id);
	strcat(s->log, ";");
}

static void call(struct seen *s, struct test_call c)
{
	feed(s->q, test_call(&c));
}

static int setup(void **state)
{
	struct seen *s = calloc(1, sizeof(*s));

	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	feed(s->q, test_library(0, "/lib/libpq.so.5", "libpq"));
	feed(s->q, test_site(SEND, 0, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x1000));
	feed(s->q, test_site(CLEAR, 0, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear", 0x2000));
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct seen *s = *state;

	query_free(s->q);
	free(s);
	return 0;
}

static void expect(struct seen *s, const char *want)
{
	assert_string_equal(s->log, want);
	s->log[0] = 0;
}

static void told_with_its_connection(void **state)
{
	struct seen *s = *state;

	feed(s->q, test_conn(9, 0xc1, 41, "crm", "crm_ro"));
	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 0xc1, .text = "SELECT 1" });
	call(s, (struct test_call){ .site = SEND, .ts_ns = 11, .arg0 = 0xc2, .text = "SELECT 2" });
	query_finish(s->q);
	expect(s, "SELECT 1@crm/crm_ro/db7:5432#41;SELECT 2@;");
}

/* The result of the old connection's query comes after the object became another connection. */
static void another_connection_at_the_same_address(void **state)
{
	struct seen *s = *state;

	feed(s->q, test_conn(9, 0xc1, 41, "crm", "crm_ro"));
	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 0xc1, .text = "SELECT 1" });
	feed(s->q, test_conn(11, 0xc1, 42, "hr", "hr_ro"));
	call(s, (struct test_call){ .site = SEND, .ts_ns = 12, .arg0 = 0xc1, .text = "SELECT 2" });
	query_finish(s->q);
	expect(s, "SELECT 1@crm/crm_ro/db7:5432#41;SELECT 2@hr/hr_ro/db7:5432#42;");
}

static void another_program_has_none(void **state)
{
	struct seen *s = *state;

	feed(s->q, test_conn(9, 0xc1, 41, "crm", "crm_ro"));
	query_exec(s->q, 100, 5, 20);
	call(s, (struct test_call){ .site = SEND, .ts_ns = 30, .arg0 = 0xc1, .text = "SELECT 1" });
	query_finish(s->q);
	expect(s, "SELECT 1@;");
}

static void many_are_bounded(void **state)
{
	struct seen *s = *state;

	for (uint64_t i = 1; i <= 2 * QUERY_CONNECTIONS_MAX; i++)
		feed(s->q, test_conn(i, i, i, "crm", "crm_ro"));
	assert_int_equal(query_stats(s->q)->evictions, QUERY_CONNECTIONS_MAX);
}

static void names_as_long_as_their_place(void **state)
{
	struct seen *s = *state;
	char name[CONN_NAME_MAX + 8], want[300];
	struct slice r;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	r = test_conn(9, 0xc1, 41, "crm", "");
	memset(((struct rec_conn *)(uintptr_t)r.ptr)->user, 'x', CONN_NAME_MAX); /* no NUL at all */
	feed(s->q, r);
	call(s, (struct test_call){ .site = SEND, .ts_ns = 10, .arg0 = 0xc1, .text = "S" });
	query_finish(s->q);
	snprintf(want, sizeof(want), "S@crm/%.*s/db7:5432#41;", CONN_NAME_MAX, name);
	expect(s, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		CASE(told_with_its_connection), CASE(another_connection_at_the_same_address), CASE(another_program_has_none),
		CASE(many_are_bounded),         CASE(names_as_long_as_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
