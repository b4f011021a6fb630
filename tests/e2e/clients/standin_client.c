// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Programs for standin_lib.c. With an argument they wait for a line of input first. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = "

#ifdef OCI
#include "standin_oci.h"

enum { SQLT_CHR = 1, SQLT_INT = 3, SQLT_VNU = 6, DATA_AT_EXEC = 2 };

/* By name, one of them bound anew before the second run, which reads what is there then. */
static void named(void *svc, void *err)
{
	const unsigned char *text = (const unsigned char *)LIT ":id", *id_name = (const unsigned char *)":id, :name";
	unsigned char number[22] = { 2, 0xc1, 8 }; /* 7 */
	char name[] = "ann and more", other[] = "ben";
	void *st, *bound[3] = { NULL };
	uint16_t len = 3;
	int16_t good = 0, null = -1;
	int id = 1;

	OCIStmtPrepare2(svc, &st, err, text, (uint32_t)strlen((const char *)text), NULL, 0, 1, 0);
	OCIBindByName(st, &bound[0], err, id_name, 3, &id, sizeof(id), SQLT_INT, &good, NULL, NULL, 0, NULL, 0);
	OCIBindByName(st, &bound[1], err, id_name + 5, 5, name, sizeof(name), SQLT_CHR, &good, &len, NULL, 0, NULL, 0);
	OCIBindByName(st, &bound[2], err, (const unsigned char *)":later", 6, NULL, 100, SQLT_CHR, NULL, NULL, NULL, 0, NULL, DATA_AT_EXEC);
	id = 5;
	OCIStmtExecute(svc, st, err, 0, 0, NULL, NULL, 0);
	OCIBindByName(st, &bound[1], err, id_name + 5, 5, other, 3, SQLT_CHR, &null, NULL, NULL, 0, NULL, 0);
	OCIBindByName(st, &bound[0], err, id_name, 3, number, sizeof(number), SQLT_VNU, NULL, NULL, NULL, 0, NULL, 0);
	OCIStmtExecute(svc, st, err, 0, 0, NULL, NULL, 0);
	OCIStmtRelease(st, err, NULL, 0, 0);
}

/* A logon whose names end where their lengths say. */
static void logon(void *err)
{
	static const char words[] = "ben/geheim@db8:1521/crm";
	uint32_t len = 3;
	int64_t id = 9;
	int16_t good = 0;
	void *svc, *st, *bound = NULL;

	OCILogon(err, err, &svc, (const unsigned char *)words, 3, (const unsigned char *)words + 4, 6, (const unsigned char *)words + 11,
		 8);
	OCIStmtPrepare2(svc, &st, err, (const unsigned char *)LIT ":1", (uint32_t)strlen(LIT) + 2, NULL, 0, 1, 0);
	OCIBindByPos2(st, &bound, err, 1, &id, sizeof(id), SQLT_INT, &good, NULL, NULL, 0, NULL, 0);
	OCIBindByPos2(st, &bound, err, 2, (void *)words, sizeof(words), SQLT_CHR, &good, &len, NULL, 0, NULL, 0);
	OCIStmtExecute(svc, st, err, 0, 0, NULL, NULL, 0);
	OCIStmtRelease(st, err, NULL, 0, 0);
}

static void work(void)
{
	static char mem[5][64];
	void *st, *bound = NULL;
	int id = 1;

	OCIServerAttach(mem[4], mem[1], (const unsigned char *)"db7:1521 and more", 8, 0);
	OCIAttrSet(mem[2], 3, mem[4], sizeof(mem[4]), 6 /* OCI_ATTR_SERVER */, mem[1]);
	OCIAttrSet(mem[3], 9, (char *)"ann/geheim", 3, 22 /* OCI_ATTR_USERNAME */, mem[1]);
	OCIAttrSet(mem[3], 9, (char *)"geheim", 6, 23 /* OCI_ATTR_PASSWORD */, mem[1]);
	OCIAttrSet(mem[2], 3, mem[3], 0, 7 /* OCI_ATTR_SESSION */, mem[1]);
	OCIStmtPrepare(mem[0], mem[1], (const unsigned char *)LIT "1 and more", (uint32_t)strlen(LIT) + 1, 1, 0);
	OCIStmtExecute(mem[2], mem[0], mem[1], 0, 0, NULL, NULL, 0);
	OCIStmtPrepare2(mem[2], &st, mem[1], (const unsigned char *)LIT ":1", (uint32_t)strlen(LIT) + 2, NULL, 0, 1, 0);
	OCIBindByPos(st, &bound, mem[1], 1, &id, sizeof(id), 3, NULL, NULL, NULL, 0, NULL, 0);
	OCIStmtExecute(mem[2], st, mem[1], 0, 0, NULL, NULL, 0);
	for (int i = 0; i < 100; i++)
		OCIStmtFetch2(st, mem[1], 1, 2, 0, 0);
	id = 2;
	OCIStmtExecute(mem[2], st, mem[1], 0, 0, NULL, NULL, 0);
	OCIStmtRelease(st, mem[1], NULL, 0, 0);
	named(mem[2], mem[1]);
	logon(mem[1]);
}
#endif

#ifdef DB2
short SQLExecDirect(void *stmt, unsigned char *text, int32_t len);
short SQLPrepare(void *stmt, unsigned char *text, int32_t len);
short SQLExecute(void *stmt);
short SQLNumResultCols(void *stmt, short *n);
short SQLConnect(void *dbc, unsigned char *dsn, short dsn_len, unsigned char *user, short user_len, unsigned char *password,
		 short password_len);
short SQLAllocHandle(short type, void *from, void **ret);

static void work(void)
{
	static char dbc[64];
	void *stmt;
	short n;

	SQLConnect(dbc, (unsigned char *)"crm", -3, (unsigned char *)"ann", -3, (unsigned char *)"geheim", -3);
	SQLAllocHandle(3, dbc, &stmt);
	SQLExecDirect(stmt, (unsigned char *)LIT "1", -3);
	SQLNumResultCols(stmt, &n);
	SQLPrepare(stmt, (unsigned char *)LIT "?", -3);
	SQLExecute(stmt);
	SQLExecute(stmt);
}
#endif

#ifdef CASSANDRA
void *cass_statement_new(const char *query, size_t n);
void *cass_statement_new_n(const char *query, size_t len, size_t n);
int cass_statement_bind_int32(void *st, size_t i, int32_t v);
void cass_statement_free(void *st);
void *cass_session_prepare(void *session, const char *query);
void *cass_prepared_bind(const void *prepared);
void *cass_session_execute(void *session, const void *st);
int cass_cluster_set_contact_points(void *cluster, const char *points);
void cass_cluster_set_credentials(void *cluster, const char *user, const char *password);
void *cass_session_connect_keyspace(void *session, const void *cluster, const char *keyspace);

static void work(void)
{
	static char session[64], prepared[64], cluster[64];
	void *a, *b, *c;

	cass_cluster_set_contact_points(cluster, "db7:9042");
	cass_cluster_set_credentials(cluster, "ann", "geheim");
	cass_session_connect_keyspace(session, cluster, "social");
	a = cass_statement_new(LIT "1", 0);
	cass_session_execute(session, a);
	b = cass_statement_new_n(LIT "? and more", strlen(LIT) + 1, 1);
	cass_statement_bind_int32(b, 0, 1);
	cass_session_execute(session, b);
	c = cass_prepared_bind(cass_session_prepare(prepared, "SELECT ip FROM user_ip_log"));
	cass_session_execute(session, c);
	cass_statement_free(a);
	cass_statement_free(b);
	cass_statement_free(c);
}
#endif

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1 && getchar() == EOF)
		return 0;
	work();
	return 0;
}
