// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * ODBC, one way of calling a time: odbc_client WAY TIMES CONNECTION-STRING. Linked with unixODBC or iODBC, or (no manager) with a driver.
 * WIDE32: the library's SQLWCHAR is wchar_t.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define PARAM "SELECT ip FROM user_ip_log WHERE user_id = ?"
#define WRONG "SELECT ip FROM user_ip_log WHERE nothing = 1"

static SQLHENV env;
static SQLHDBC dbc;
static SQLHSTMT stmt;

static void fail(const char *what, SQLSMALLINT type, SQLHANDLE h)
{
	SQLCHAR state[6] = "", text[512] = "";
	SQLINTEGER native;
	SQLSMALLINT len;

	SQLGetDiagRec(type, h, 1, state, &native, text, sizeof(text), &len);
	fprintf(stderr, "%s: %s %s\n", what, state, text);
	exit(1);
}

static void check(const char *what, SQLRETURN r)
{
	if (!SQL_SUCCEEDED(r))
		fail(what, SQL_HANDLE_STMT, stmt);
}

/* The text in the library's wide characters. */
static SQLWCHAR *wide(const char *s)
{
#ifdef WIDE32
	static wchar_t w[256];
#else
	static SQLWCHAR w[256];
#endif
	size_t i;

	for (i = 0; s[i]; i++)
		w[i] = (unsigned char)s[i];
	w[i] = 0;
	return (SQLWCHAR *)(void *)w;
}

static void fetch(void)
{
	SQLSMALLINT columns;
	char ip[64];
	SQLLEN len;

	check("SQLNumResultCols", SQLNumResultCols(stmt, &columns));
	while (SQL_SUCCEEDED(SQLFetch(stmt)))
		SQLGetData(stmt, 1, SQL_C_CHAR, ip, sizeof(ip), &len);
	check("SQLCloseCursor", SQLFreeStmt(stmt, SQL_CLOSE));
}

static void direct(int times)
{
	for (int i = 0; i < times; i++) {
		check("SQLExecDirect", SQLExecDirect(stmt, (SQLCHAR *)LIT, SQL_NTS));
		fetch();
	}
}

/* With a length, and more behind it. */
static void length(int times)
{
	char text[] = LIT "; DROP TABLE users";

	for (int i = 0; i < times; i++) {
		check("SQLExecDirect", SQLExecDirect(stmt, (SQLCHAR *)text, (SQLINTEGER)strlen(LIT)));
		fetch();
	}
}

static void direct_wide(int times)
{
	for (int i = 0; i < times; i++) {
		check("SQLExecDirectW", SQLExecDirectW(stmt, wide(LIT "; DROP TABLE users"), (SQLINTEGER)strlen(LIT)));
		fetch();
		check("SQLExecDirectW", SQLExecDirectW(stmt, wide(LIT), SQL_NTS));
		fetch();
	}
}

static void prepared(int times, int is_wide)
{
	SQLINTEGER id = 1;
	SQLLEN len = 0;

	if (is_wide)
		check("SQLPrepareW", SQLPrepareW(stmt, wide(PARAM), SQL_NTS));
	else
		check("SQLPrepare", SQLPrepare(stmt, (SQLCHAR *)PARAM, SQL_NTS));
	check("SQLBindParameter", SQLBindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 0, 0, &id, 0, &len));
	for (int i = 0; i < times; i++) {
		check("SQLExecute", SQLExecute(stmt));
		fetch();
	}
}

static void bind(SQLUSMALLINT n, SQLSMALLINT c_type, SQLSMALLINT type, SQLULEN size, void *value, SQLLEN *len)
{
	check("SQLBindParameter", SQLBindParameter(stmt, n, SQL_PARAM_INPUT, c_type, type, size, 0, value, 0, len));
}

/* A value of each type. */
static void types(int times)
{
	char text[] = "ann and more";
	SQLINTEGER number = -7;
	SQLBIGINT large = 9000000000;
	SQLDOUBLE real = 1.5;
	SQL_TIMESTAMP_STRUCT at = { .year = 2026, .month = 11, .day = 25, .hour = 4, .minute = 15 };
	SQLLEN three = 3;

	check("SQLPrepare",
	      SQLPrepare(stmt, (SQLCHAR *)"SELECT ip FROM user_ip_log WHERE a = ? AND b = ? AND c = ? AND d = ? AND e = ?", SQL_NTS));
	bind(1, SQL_C_CHAR, SQL_VARCHAR, 20, text, &three);
	bind(2, SQL_C_SLONG, SQL_INTEGER, 0, &number, NULL);
	bind(3, SQL_C_SBIGINT, SQL_BIGINT, 0, &large, NULL);
	bind(4, SQL_C_DOUBLE, SQL_DOUBLE, 0, &real, NULL);
	bind(5, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 23, &at, NULL);
	for (int i = 0; i < times; i++) {
		check("SQLExecute", SQLExecute(stmt));
		fetch();
	}
}

/* 200,000 characters up to their NUL. */
static void wide_long(int times)
{
	enum { PAD = 200000 };
	SQLWCHAR *w = malloc(sizeof(*w) * (PAD + 128));
	const char *s = LIT;
	size_t n = 0;

	w[n++] = '/';
	w[n++] = '*';
	while (n < PAD)
		w[n++] = 'x';
	w[n++] = '*';
	w[n++] = '/';
	for (; *s; s++)
		w[n++] = (unsigned char)*s;
	w[n] = 0;
	for (int i = 0; i < times; i++) {
		check("SQLExecDirectW", SQLExecDirectW(stmt, w, SQL_NTS));
		fetch();
	}
	free(w);
}

static void more(int times)
{
	for (int i = 0; i < times; i++) {
		char ip[64];
		SQLLEN len;

		check("SQLExecDirect", SQLExecDirect(stmt, (SQLCHAR *)LIT "; " LIT, SQL_NTS));
		do {
			while (SQL_SUCCEEDED(SQLFetch(stmt)))
				SQLGetData(stmt, 1, SQL_C_CHAR, ip, sizeof(ip), &len);
		} while (SQL_SUCCEEDED(SQLMoreResults(stmt)));
		SQLFreeStmt(stmt, SQL_CLOSE);
	}
}

/* Prepared and never run: no statement. */
static void unused(int times)
{
	for (int i = 0; i < times; i++) {
		check("SQLPrepare", SQLPrepare(stmt, (SQLCHAR *)"SELECT contact_id FROM contacts WHERE user_id = ?", SQL_NTS));
		check("SQLExecDirect", SQLExecDirect(stmt, (SQLCHAR *)LIT, SQL_NTS));
		fetch();
	}
}

static void wrong(int times)
{
	SQLCHAR state[6], text[512];
	SQLINTEGER native;
	SQLSMALLINT len;

	for (int i = 0; i < times; i++) {
		if (SQL_SUCCEEDED(SQLExecDirect(stmt, (SQLCHAR *)WRONG, SQL_NTS)))
			exit(1);
		SQLGetDiagRec(SQL_HANDLE_STMT, stmt, 1, state, &native, text, sizeof(text), &len);
	}
}

static void catalogue(int times)
{
	for (int i = 0; i < times; i++) {
		check("SQLColumns", SQLColumns(stmt, NULL, 0, NULL, 0, (SQLCHAR *)"user_ip_log", SQL_NTS, NULL, 0));
		fetch();
	}
}

/* Every catalogue function once. */
static void catalogues(int times)
{
	SQLCHAR *table = (SQLCHAR *)"user_ip_log";

	for (int i = 0; i < times; i++) {
		check("SQLTables", SQLTables(stmt, NULL, 0, NULL, 0, table, SQL_NTS, NULL, 0));
		fetch();
		check("SQLPrimaryKeys", SQLPrimaryKeys(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLStatistics", SQLStatistics(stmt, NULL, 0, NULL, 0, table, SQL_NTS, SQL_INDEX_ALL, SQL_QUICK));
		fetch();
		check("SQLSpecialColumns",
		      SQLSpecialColumns(stmt, SQL_BEST_ROWID, NULL, 0, NULL, 0, table, SQL_NTS, SQL_SCOPE_SESSION, SQL_NULLABLE));
		fetch();
		check("SQLForeignKeys", SQLForeignKeys(stmt, NULL, 0, NULL, 0, table, SQL_NTS, NULL, 0, NULL, 0, NULL, 0));
		fetch();
		check("SQLTablePrivileges", SQLTablePrivileges(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLProcedures", SQLProcedures(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLGetTypeInfo", SQLGetTypeInfo(stmt, SQL_INTEGER));
		fetch();
	}
}

/* Their forms in UTF-16, or wchar_t. */
static void catalogues_wide(int times)
{
	SQLWCHAR *table = wide("user_ip_log");

	for (int i = 0; i < times; i++) {
		check("SQLTablesW", SQLTablesW(stmt, NULL, 0, NULL, 0, table, SQL_NTS, NULL, 0));
		fetch();
		check("SQLColumnsW", SQLColumnsW(stmt, NULL, 0, NULL, 0, table, SQL_NTS, NULL, 0));
		fetch();
		check("SQLPrimaryKeysW", SQLPrimaryKeysW(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLStatisticsW", SQLStatisticsW(stmt, NULL, 0, NULL, 0, table, SQL_NTS, SQL_INDEX_ALL, SQL_QUICK));
		fetch();
		check("SQLSpecialColumnsW",
		      SQLSpecialColumnsW(stmt, SQL_BEST_ROWID, NULL, 0, NULL, 0, table, SQL_NTS, SQL_SCOPE_SESSION, SQL_NULLABLE));
		fetch();
		check("SQLForeignKeysW", SQLForeignKeysW(stmt, NULL, 0, NULL, 0, table, SQL_NTS, NULL, 0, NULL, 0, NULL, 0));
		fetch();
		check("SQLTablePrivilegesW", SQLTablePrivilegesW(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLProceduresW", SQLProceduresW(stmt, NULL, 0, NULL, 0, table, SQL_NTS));
		fetch();
		check("SQLGetTypeInfoW", SQLGetTypeInfoW(stmt, SQL_INTEGER));
		fetch();
	}
}

/* A connection string, or SOURCE/USER. */
static SQLRETURN connect_by(const char *string, int is_wide)
{
	SQLCHAR out[1024];
	SQLWCHAR source[64];
	SQLSMALLINT len;
	const char *slash = strchr(string, '/');

	if (strchr(string, '='))
		return SQLDriverConnect(dbc, NULL, (SQLCHAR *)string, SQL_NTS, out, sizeof(out), &len, SQL_DRIVER_NOPROMPT);
	if (!slash || slash - string > 60)
		return SQL_ERROR;
	/* The name has a length, and more behind it; the user is up to its NUL. */
	len = (SQLSMALLINT)(slash - string);
	if (!is_wide)
		return SQLConnect(dbc, (SQLCHAR *)string, len, (SQLCHAR *)slash + 1, SQL_NTS, (SQLCHAR *)"geheim", SQL_NTS);
	for (int i = 0; i <= len; i++)
		source[i] = (unsigned char)string[i];
	return SQLConnectW(dbc, source, len, wide(slash + 1), SQL_NTS, source, len);
}

static void connect_to(const char *string, int is_wide)
{
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
	SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
	if (!SQL_SUCCEEDED(connect_by(string, is_wide)))
		fail("connect", SQL_HANDLE_DBC, dbc);
	SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt);
}

int main(int argc, char **argv)
{
	int times = argc == 4 ? atoi(argv[2]) : 0;

	if (!times)
		return 2;
	connect_to(argv[3], strstr(argv[1], "wide") != NULL);
	if (!strcmp(argv[1], "direct"))
		direct(times);
	else if (!strcmp(argv[1], "length"))
		length(times);
	else if (!strcmp(argv[1], "wide"))
		direct_wide(times);
	else if (!strcmp(argv[1], "prepare"))
		prepared(times, 0);
	else if (!strcmp(argv[1], "prepare-wide"))
		prepared(times, 1);
	else if (!strcmp(argv[1], "unused"))
		unused(times);
	else if (!strcmp(argv[1], "error"))
		wrong(times);
	else if (!strcmp(argv[1], "catalogue"))
		catalogue(times);
	else if (!strcmp(argv[1], "catalogues"))
		catalogues(times);
	else if (!strcmp(argv[1], "catalogues-wide"))
		catalogues_wide(times);
	else if (!strcmp(argv[1], "types"))
		types(times);
	else if (!strcmp(argv[1], "wide-long"))
		wide_long(times);
	else if (!strcmp(argv[1], "more"))
		more(times);
	else
		return 2;
	SQLFreeHandle(SQL_HANDLE_STMT, stmt);
	SQLDisconnect(dbc);
	SQLFreeHandle(SQL_HANDLE_DBC, dbc);
	SQLFreeHandle(SQL_HANDLE_ENV, env);
	return 0;
}
