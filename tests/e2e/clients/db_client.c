// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* FreeTDS' DB-Library, one way of calling a time: db_client WAY TIMES SERVER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sybfront.h>
#include <sybdb.h>

static DBPROCESS *db;

static void results(void)
{
	while (dbresults(db) == SUCCEED)
		while (dbnextrow(db) != NO_MORE_ROWS)
			;
}

static void pieces(void)
{
	dbcmd(db, "SELECT ip FROM ");
	dbfcmd(db, "%s WHERE user_id = %d", "user_ip_log", 1);
}

static int on_error(DBPROCESS *p, int severity, int code, int os, char *text, char *os_text)
{
	(void)p, (void)severity, (void)code, (void)os, (void)text, (void)os_text;
	return INT_CANCEL;
}

static int way(const char *name)
{
	DBINT rows;

	if (!strcmp(name, "exec")) {
		pieces();
		dbsqlexec(db);
	} else if (!strcmp(name, "send")) {
		pieces();
		dbsqlsend(db);
		dbsqlok(db);
	} else if (!strcmp(name, "rpc")) {
		dbrpcinit(db, "read_user_ip_log", 0);
		dbrpcsend(db);
		dbsqlok(db);
	} else if (!strcmp(name, "rpc-param")) {
		DBINT id = 7;

		dbrpcinit(db, "read_user_ip_log", 0);
		dbrpcparam(db, "@id", 0, SYBINT4, -1, -1, (BYTE *)&id);
		dbrpcparam(db, "@name", 0, SYBVARCHAR, -1, 3, (BYTE *)"ann and more");
		dbrpcsend(db);
		dbsqlok(db);
	} else if (!strcmp(name, "use")) {
		dbuse(db, "social");
	} else if (!strcmp(name, "bcp-out")) {
		bcp_init(db, "user_ip_log", "/dev/null", NULL, DB_OUT);
		return bcp_columns(db, 1) == FAIL || bcp_colfmt(db, 1, SYBCHAR, 0, -1, (BYTE *)"\n", 1, 1) == FAIL ||
		       bcp_exec(db, &rows) == FAIL;
	} else {
		return 2;
	}
	results();
	return 0;
}

int main(int argc, char **argv)
{
	LOGINREC *login;
	int r = 0;

	if (argc != 4 || dbinit() == FAIL)
		return 2;
	dberrhandle(on_error);
	login = dblogin();
	DBSETLUSER(login, "sa");
	DBSETLPWD(login, "geheim");
	BCP_SETL(login, TRUE);
	db = dbopen(login, argv[3]);
	if (!db)
		return 1;
	for (int i = 0; !r && i < atoi(argv[2]); i++)
		r = way(argv[1]);
	dbclose(db);
	dbexit();
	return r;
}
