// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* libmariadb, one way of calling per run: query, real_query, use_result, stmt, types, direct, error, several, cursor, cursor_left (after
 * two rows), unstored (a result that is read as it comes), load_local, bulk (a statement run for each of several values), change_user,
 * select_db, use_select_db, reset (of a session with a role), pad:BYTES (a comment of that length before the table). argv: way, times,
 * target (a socket's path, or host:port, with :tls). MYUSER: who to be there, root. */
#include <mysql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define SQL_PARAM "SELECT ip FROM user_ip_log WHERE user_id = ?"

static int count(MYSQL_RES *r)
{
	int n = 0;

	if (!r)
		return -1;
	while (mysql_fetch_row(r))
		n++;
	mysql_free_result(r);
	return n;
}

static int fetch_all(MYSQL_STMT *s)
{
	int n = 0;

	if (mysql_stmt_store_result(s))
		return -1;
	while (!mysql_stmt_fetch(s))
		n++;
	mysql_stmt_free_result(s);
	return n;
}

static int run_stmt(MYSQL *m, int times)
{
	MYSQL_STMT *s = mysql_stmt_init(m);
	MYSQL_BIND b = { 0 };
	int id = 1;

	b.buffer_type = MYSQL_TYPE_LONG;
	b.buffer = &id;
	if (mysql_stmt_prepare(s, SQL_PARAM, strlen(SQL_PARAM)) || mysql_stmt_bind_param(s, &b))
		return -1;
	for (int i = 0; i < times; i++)
		if (mysql_stmt_execute(s) || fetch_all(s) != 4)
			return -1;
	return mysql_stmt_close(s);
}

#define SQL_TYPES                                                                                                                          \
	"SELECT ip FROM user_ip_log WHERE user_id = ? AND ? < 0 AND ? = 'text' AND ? IS NULL AND ? > 0 AND ? > '2000-01-01' AND ? > 1 "    \
	"AND ? <> ''"

static int run_types(MYSQL *m, int times)
{
	MYSQL_STMT *s = mysql_stmt_init(m);
	MYSQL_TIME t = { .year = 2024, .month = 2, .day = 29, .hour = 12, .minute = 34, .second = 56 };
	MYSQL_BIND b[8] = { 0 };
	unsigned long len = 4;
	unsigned long long big = ~0ull;
	short minus = -2;
	double d = 2.5;
	int id = 1;

	b[0] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_LONG, .buffer = &id };
	b[1] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_SHORT, .buffer = &minus };
	b[2] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = "text and more", .length = &len };
	b[3] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_NULL };
	b[4] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &d };
	b[5] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_DATETIME, .buffer = &t };
	b[6] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &big, .is_unsigned = 1 };
	b[7] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING };
	if (mysql_stmt_prepare(s, SQL_TYPES, strlen(SQL_TYPES)) || mysql_stmt_bind_param(s, b))
		return -1;
	memset(b, 0xee, sizeof(b)); /* the library has its own copy */
	for (int i = 0; i < times; i++)
		if (mysql_stmt_send_long_data(s, 7, "long ", 5) || mysql_stmt_send_long_data(s, 7, "long data", 9) ||
		    mysql_stmt_execute(s) || fetch_all(s) != 4)
			return -1;
	return mysql_stmt_close(s);
}

static int run_direct(MYSQL *m, int times)
{
#ifdef MARIADB_PACKAGE_VERSION
	MYSQL_STMT *s = mysql_stmt_init(m);

	for (int i = 0; i < times; i++)
		if (mariadb_stmt_execute_direct(s, SQL, (size_t)-1) || fetch_all(s) != 4)
			return -1;
	return mysql_stmt_close(s);
#else
	(void)m, (void)times;
	return -1;
#endif
}

static int run_padded(MYSQL *m, const char *way)
{
	size_t n = (size_t)atol(way + 4);
	char *text = malloc(n + 200);
	MYSQL_STMT *s = mysql_stmt_init(m);
	int r;

	memcpy(text, "SELECT /*", 9);
	memset(text + 9, 'x', n);
	strcpy(text + 9 + n, "*/ ip FROM user_ip_log WHERE user_id = 1");
	r = mysql_stmt_prepare(s, text, strlen(text)) || mysql_stmt_execute(s) ? -1 : fetch_all(s);
	mysql_stmt_close(s);
	free(text);
	return r;
}

/* Two statements in one string; a result after the other. */
static int run_several(MYSQL *m)
{
	int n = 0;

	mysql_set_server_option(m, MYSQL_OPTION_MULTI_STATEMENTS_ON);
	if (mysql_query(m, SQL "; SELECT name FROM users WHERE id = 1"))
		return -1;
	do {
		int k = count(mysql_store_result(m));

		n += k == 4 ? k : 0;
	} while (mysql_next_result(m) == 0);
	return n;
}

/* As far as `most` rows of it. */
static int run_fetching(MYSQL *m, bool cursor, int most)
{
	MYSQL_STMT *s = mysql_stmt_init(m);
	unsigned long type = CURSOR_TYPE_READ_ONLY, three = 3;
	int n = 0;

	if (cursor && (mysql_stmt_attr_set(s, STMT_ATTR_CURSOR_TYPE, &type) || mysql_stmt_attr_set(s, STMT_ATTR_PREFETCH_ROWS, &three)))
		return -1;
	if (mysql_stmt_prepare(s, SQL, strlen(SQL)) || mysql_stmt_execute(s))
		return -1;
	while (n < most && !mysql_stmt_fetch(s))
		n++;
	mysql_stmt_close(s);
	return n;
}

static int run_load(MYSQL *m)
{
	unsigned on = 1;

	mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &on);
	return mysql_query(m, "LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE contacts") ? -1 : 4;
}

static int run_bulk(MYSQL *m)
{
#ifdef MARIADB_PACKAGE_VERSION
	static const char sql[] = "UPDATE user_ip_log SET ip = ip WHERE ip = ? AND id > ?";
	char *texts[] = { "203.0.113.9", "203.0.113.10" };
	unsigned long lens[] = { 11, 12 };
	int ids[] = { 0, 0 };
	unsigned size = 2;
	MYSQL_STMT *s = mysql_stmt_init(m);
	MYSQL_BIND b[2] = { { .buffer_type = MYSQL_TYPE_STRING, .buffer = texts, .length = lens },
			    { .buffer_type = MYSQL_TYPE_LONG, .buffer = ids } };
	int r = mysql_stmt_prepare(s, sql, strlen(sql)) || mysql_stmt_attr_set(s, STMT_ATTR_ARRAY_SIZE, &size) ||
		mysql_stmt_bind_param(s, b) || mysql_stmt_execute(s);

	mysql_stmt_close(s);
	return r ? -1 : 4;
#else
	(void)m;
	return -1;
#endif
}

static int run_other(MYSQL *m, const char *way)
{
	if (!strcmp(way, "several"))
		return run_several(m);
	if (!strcmp(way, "cursor"))
		return run_fetching(m, true, 100);
	if (!strcmp(way, "cursor_left"))
		return run_fetching(m, true, 2) == 2 ? 4 : -1;
	if (!strcmp(way, "unstored"))
		return run_fetching(m, false, 100);
	if (!strcmp(way, "bulk"))
		return run_bulk(m);
	if (!strcmp(way, "load_local"))
		return run_load(m);
	if (!strcmp(way, "change_user"))
		return mysql_change_user(m, "other", "", "social") || mysql_query(m, SQL) ? -1 : count(mysql_store_result(m));
	if (!strcmp(way, "use_select_db"))
		return mysql_query(m, "USE mysql") || mysql_select_db(m, "social") || mysql_query(m, SQL) ? -1
													  : count(mysql_store_result(m));
	if (!strcmp(way, "reset"))
		return mysql_query(m, "SET ROLE analyst") || mysql_reset_connection(m) || mysql_query(m, SQL)
			       ? -1
			       : count(mysql_store_result(m));
	if (!strcmp(way, "select_db"))
		return mysql_select_db(m, "mysql") || mysql_query(m, "SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4")
			       ? -1
			       : count(mysql_store_result(m));
	return -1;
}

static int run_text(MYSQL *m, const char *way)
{
	char text[] = SQL "-- not part of it: the length says so";

	if (!strncmp(way, "pad:", 4))
		return run_padded(m, way);
	if (!strcmp(way, "query"))
		return mysql_query(m, SQL) ? -1 : count(mysql_store_result(m));
	if (!strcmp(way, "real_query"))
		return mysql_real_query(m, text, strlen(SQL)) ? -1 : count(mysql_store_result(m));
	if (!strcmp(way, "use_result"))
		return mysql_query(m, SQL) ? -1 : count(mysql_use_result(m));
	if (!strcmp(way, "error"))
		return mysql_query(m, "SELECT ip FROM user_ip_log WHERE no_such_column = 1") && mysql_errno(m) ? 4 : -1;
	return run_other(m, way);
}

static MYSQL *connect_to(MYSQL *m, const char *target)
{
	const char *user = getenv("MYUSER") ? getenv("MYUSER") : "root";
	char host[64];
	unsigned port = 0;
	int at = 0;

	if (target[0] == '/')
		return mysql_real_connect(m, NULL, user, NULL, "social", 0, target, 0);
	if (sscanf(target, "%63[^:]:%u%n", host, &port, &at) != 2)
		return NULL;
#ifdef MARIADB_PACKAGE_VERSION
	if (target[at])
		mysql_ssl_set(m, NULL, NULL, NULL, NULL, NULL);
#else
	/* It would encrypt wherever it can. */
	mysql_options(m, MYSQL_OPT_SSL_MODE, &(unsigned){ target[at] ? SSL_MODE_REQUIRED : SSL_MODE_DISABLED });
#endif
	return mysql_real_connect(m, host, user, NULL, "social", port, NULL, 0);
}

int main(int argc, char **argv)
{
	MYSQL *m = mysql_init(NULL);
	int times, r = 0;

	if (argc != 4 || !connect_to(m, argv[3])) {
		fprintf(stderr, "%s\n", mysql_error(m));
		return 1;
	}
	times = atoi(argv[2]);
	if (!strcmp(argv[1], "stmt"))
		r = run_stmt(m, times);
	else if (!strcmp(argv[1], "types"))
		r = run_types(m, times);
	else if (!strcmp(argv[1], "direct"))
		r = run_direct(m, times);
	else
		for (int i = 0; i < times && !r; i++)
			r = run_text(m, argv[1]) == 4 ? 0 : -1;
	if (r)
		fprintf(stderr, "%s: %s\n", argv[1], mysql_error(m));
	mysql_close(m);
	return r ? 1 : 0;
}
