// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Stand-ins for libraries that cannot be had here: the functions of Oracle's OCI, of Db2's CLI and of Cassandra's C driver that qprov has
 * rows for, with the signatures of their public headers. They keep what they are given and send nothing. Built three times, with OCI, DB2
 * or CASSANDRA defined.
 */
#include <stdint.h>
#include <stdlib.h>

struct kept {
	const void *text;
	long length;
};

struct kept *keep(struct kept *k, const void *text, long length);
struct kept *keep(struct kept *k, const void *text, long length)
{
	if (!k)
		k = calloc(1, sizeof(*k));
	if (k) {
		k->text = text;
		k->length = length;
	}
	return k;
}

#ifdef OCI /* oci.h, ociap.h */
#include "standin_oci.h"

int OCIBindByPos2(void *stmt, void **bind, void *err, uint32_t n, void *value, int64_t size, uint16_t type, void *ind, uint32_t *len,
		  uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode)
{
	return stmt == err && bind && value && n + (uint32_t)size + type + max + mode && ind && len && code && now;
}

int OCIBindByName(void *stmt, void **bind, void *err, const unsigned char *name, int32_t name_len, void *value, int32_t size, uint16_t type,
		  void *ind, uint16_t *len, uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode)
{
	return stmt == err && bind && value && name && name_len + size + type + (int32_t)(max + mode) && ind && len && code && now;
}

int OCILogon(void *env, void *err, void **svc, const unsigned char *user, uint32_t user_len, const unsigned char *password,
	     uint32_t password_len, const unsigned char *db, uint32_t db_len)
{
	*svc = keep(NULL, user, user_len + password_len + db_len);
	return env == err && password && db;
}

int OCIServerAttach(void *srv, void *err, const unsigned char *link, int32_t len, uint32_t mode)
{
	return srv == err && link && len + (int32_t)mode;
}

int OCIAttrSet(void *of, uint32_t kind, void *value, uint32_t size, uint32_t which, void *err)
{
	return of == err && value && kind + size + which;
}

int OCIBindByPos(void *stmt, void **bind, void *err, uint32_t n, void *value, int32_t size, uint16_t type, void *ind, uint16_t *len,
		 uint16_t *code, uint32_t max, uint32_t *now, uint32_t mode)
{
	return stmt == err && bind && value && n + (uint32_t)size + type + max + mode && ind && len && code && now;
}

int OCIStmtPrepare(void *stmt, void *err, const unsigned char *text, uint32_t len, uint32_t lang, uint32_t mode)
{
	keep(stmt, text, len + lang + mode);
	return err != NULL;
}

int OCIStmtPrepare2(void *svc, void **stmt, void *err, const unsigned char *text, uint32_t len, const unsigned char *key, uint32_t key_len,
		    uint32_t lang, uint32_t mode)
{
	*stmt = keep(NULL, text, len + lang + mode + key_len);
	return svc == err && key;
}

int OCIStmtExecute(void *svc, void *stmt, void *err, uint32_t iters, uint32_t off, const void *in, void *out, uint32_t mode)
{
	keep(stmt, in, iters + off + mode);
	return svc == err && out;
}

int OCIStmtFetch2(void *stmt, void *err, uint32_t n, uint16_t orientation, int32_t off, uint32_t mode)
{
	return stmt == err && n + orientation + (uint32_t)off + mode;
}

int OCIStmtRelease(void *stmt, void *err, unsigned char *key, uint32_t key_len, uint32_t mode)
{
	free(stmt);
	return err && key && key_len + mode;
}
#endif

#ifdef DB2 /* sqlcli1.h: as ODBC, and functions of its own */
short SQLExecDirect(void *stmt, unsigned char *text, int32_t len);
short SQLPrepare(void *stmt, unsigned char *text, int32_t len);
short SQLExecute(void *stmt);
short SQLNumResultCols(void *stmt, short *n);
short SQLBindFileToCol(void *stmt, unsigned short col, unsigned char *file);
short SQLConnect(void *dbc, unsigned char *dsn, short dsn_len, unsigned char *user, short user_len, unsigned char *password,
		 short password_len);
short SQLAllocHandle(short type, void *from, void **ret);

short SQLConnect(void *dbc, unsigned char *dsn, short dsn_len, unsigned char *user, short user_len, unsigned char *password,
		 short password_len)
{
	return dbc == dsn && user == password && dsn_len + user_len + password_len;
}

short SQLAllocHandle(short type, void *from, void **ret)
{
	*ret = keep(NULL, from, type);
	return *ret == NULL;
}

short SQLExecDirect(void *stmt, unsigned char *text, int32_t len)
{
	return keep(stmt, text, len) == NULL;
}

short SQLPrepare(void *stmt, unsigned char *text, int32_t len)
{
	return keep(stmt, text, len) == NULL;
}

short SQLExecute(void *stmt)
{
	return keep(stmt, NULL, 0) == NULL;
}

short SQLNumResultCols(void *stmt, short *n)
{
	*n = 1;
	return stmt == NULL;
}

short SQLBindFileToCol(void *stmt, unsigned short col, unsigned char *file)
{
	return keep(stmt, file, col) == NULL;
}
#endif

#ifdef CASSANDRA /* cassandra.h 2.16 */
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

int cass_cluster_set_contact_points(void *cluster, const char *points)
{
	return keep(cluster, points, 1) == NULL;
}

void cass_cluster_set_credentials(void *cluster, const char *user, const char *password)
{
	keep(cluster, user, password != NULL);
}

void *cass_session_connect_keyspace(void *session, const void *cluster, const char *keyspace)
{
	return keep(session, keyspace, cluster != NULL);
}

void *cass_statement_new(const char *query, size_t n)
{
	return keep(NULL, query, (long)n);
}

void *cass_statement_new_n(const char *query, size_t len, size_t n)
{
	return keep(NULL, query, (long)(len + n));
}

int cass_statement_bind_int32(void *st, size_t i, int32_t v)
{
	return ((struct kept *)st)->length == (long)i + v;
}

void cass_statement_free(void *st)
{
	free(st);
}

/* The future is the prepared statement here. */
void *cass_session_prepare(void *session, const char *query)
{
	return keep(session, query, 0);
}

void *cass_prepared_bind(const void *prepared)
{
	return keep(NULL, ((const struct kept *)prepared)->text, 1);
}

void *cass_session_execute(void *session, const void *st)
{
	return keep(session, st, 1);
}
#endif
