// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Programs for standin_lib.c, and one for the real libmongoc (MONGOC). With an argument they wait for a line of input first. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LIT "SELECT ip FROM user_ip_log WHERE user_id = "

#ifdef OCI
int OCIStmtPrepare(void *stmt, void *err, const unsigned char *text, uint32_t len, uint32_t lang, uint32_t mode);
int OCIStmtPrepare2(void *svc, void **stmt, void *err, const unsigned char *text, uint32_t len, const unsigned char *key, uint32_t key_len,
		    uint32_t lang, uint32_t mode);
int OCIStmtExecute(void *svc, void *stmt, void *err, uint32_t iters, uint32_t off, const void *in, void *out, uint32_t mode);
int OCIStmtRelease(void *stmt, void *err, unsigned char *key, uint32_t key_len, uint32_t mode);

static void work(void)
{
	static char mem[4][64];
	void *st;

	OCIStmtPrepare(mem[0], mem[1], (const unsigned char *)LIT "1 and more", (uint32_t)strlen(LIT) + 1, 1, 0);
	OCIStmtExecute(mem[2], mem[0], mem[1], 0, 0, NULL, NULL, 0);
	OCIStmtPrepare2(mem[2], &st, mem[1], (const unsigned char *)LIT ":1", (uint32_t)strlen(LIT) + 2, NULL, 0, 1, 0);
	OCIStmtExecute(mem[2], st, mem[1], 0, 0, NULL, NULL, 0);
	OCIStmtExecute(mem[2], st, mem[1], 0, 0, NULL, NULL, 0);
	OCIStmtRelease(st, mem[1], NULL, 0, 0);
}
#endif

#ifdef DB2
short SQLExecDirect(void *stmt, unsigned char *text, int32_t len);
short SQLPrepare(void *stmt, unsigned char *text, int32_t len);
short SQLExecute(void *stmt);
short SQLNumResultCols(void *stmt, short *n);

static void work(void)
{
	static char stmt[64];
	short n;

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

static void work(void)
{
	static char session[64], prepared[64];
	void *a = cass_statement_new(LIT "1", 0), *b, *c;

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

#ifdef MONGOC
#include <mongoc/mongoc.h>

static void work(void)
{
	mongoc_client_t *client;
	mongoc_collection_t *c;
	bson_t *any = bson_new();
	bson_error_t e;

	mongoc_init();
	/* Nobody listens there: what is asked for fails, after it was asked for. */
	client = mongoc_client_new("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=10");
	c = mongoc_client_get_collection(client, "social", "user_ip_log");
	mongoc_cursor_destroy(mongoc_collection_find_with_opts(c, any, NULL, NULL));
	mongoc_cursor_destroy(mongoc_collection_aggregate(c, MONGOC_QUERY_NONE, any, NULL, NULL));
	mongoc_collection_insert_one(c, any, NULL, NULL, &e);
	mongoc_collection_update_one(c, any, any, NULL, NULL, &e);
	mongoc_collection_delete_many(c, any, NULL, NULL, &e);
	mongoc_collection_destroy(c);
	mongoc_client_destroy(client);
	bson_destroy(any);
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
