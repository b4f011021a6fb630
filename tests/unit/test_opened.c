// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is known of a connection whose library tells nothing but what it was asked for; rows that a library counts itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "query/layer.h"
#include "query/source.h"
#include "feed.inc.c"
#include "records.inc.c"

/* ---- the words ---- */

enum form { STRING, URI, SERVER };

static const struct {
	enum form form;
	const char *text, *want; /* host:port|user|database|source|path */
} words[] = {
	{ STRING, "", ":0||||" },
	{ STRING, "DSN=crm", ":0|||crm|" },
	{ STRING, "DRIVER={FreeTDS};SERVER=db7;PORT=1433;UID=ann;PWD=***;DATABASE=crm", "db7:1433|ann|crm||" },
	{ STRING, "driver=x; Server = tcp:db7,1433 ; Uid=ann ;Database={c;r}", "db7:1433|ann|c;r||" },
	{ STRING, "SERVER=db7;PORT=x", "db7:0||||" },
	{ STRING, "SERVER=db7;PORT=70000", "db7:0||||" },
	{ STRING, "HOSTNAME=db7;Initial Catalog=crm", "db7:0||crm||" },
	{ STRING, "SERVER=::1;SOCKET=/run/my.sock", "::1:0||||/run/my.sock" },
	{ STRING, "no;=x;UID", ":0||||" },
	{ STRING, "UID={never closed;DATABASE=crm", ":0|{never closed;DATABASE=crm|||" },
	{ STRING, "XSERVER=a;SERVERX=b", ":0||||" },
	{ URI, "mongodb://db7", "db7:0||||" },
	{ URI, "mongodb://ann:***@db7:27017/crm?replicaSet=a@b", "db7:27017|ann|crm||" },
	{ URI, "mongodb://ann@db7/", "db7:0|ann|||" },
	{ URI, "mongodb://a:1,b:2/crm", "a:1,b:2:0||crm||" },
	{ URI, "mongodb+srv://c.example/crm", "c.example:0||crm||" },
	{ URI, "://", ":0||||" },
	{ URI, "", ":0||||" },
	{ SERVER, "standin", "standin:0||||" },
	{ SERVER, "db7:5000", "db7:5000||||" },
	{ SERVER, "fe80::1", "fe80::1:0||||" },
	{ SERVER, ":", "::0||||" },
};

static void print(const struct db_connection *c, char *out, size_t n)
{
	snprintf(out, n, "%.*s:%u|%.*s|%.*s|%.*s|%.*s", (int)c->host.len, c->host.ptr ? c->host.ptr : "", c->remote_port, (int)c->user.len,
		 c->user.ptr ? c->user.ptr : "", (int)c->database.len, c->database.ptr ? c->database.ptr : "", (int)c->source.len,
		 c->source.ptr ? c->source.ptr : "", (int)c->path.len, c->path.ptr ? c->path.ptr : "");
}

static void parse(enum form form, struct slice text, struct db_connection *ret)
{
	if (form == STRING)
		source_string(text, ret);
	else if (form == URI)
		source_uri(text, ret);
	else
		source_server(text, ret);
}

static void told_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct db_connection c = { .id = 0 };
		char got[256];

		parse(words[i].form, slice_cstr(words[i].text), &c);
		print(&c, got, sizeof(got));
		if (strcmp(got, words[i].want))
			fail_msg("%s: %s, not %s", words[i].text, got, words[i].want);
		/* At every length, in memory that ends there. */
		for (size_t n = 0; n <= strlen(words[i].text); n++) {
			char *cut = malloc(n ? n : 1);

			assert_non_null(cut);
			memcpy(cut, words[i].text, n);
			parse(words[i].form, slice_mem(cut, n), &c);
			free(cut);
		}
	}
}

/* ---- connections ---- */

enum {
	CONNECT = 1,
	CONNECT_W,
	ALLOC_STMT,
	DIRECT,
	FREE_STMT,
	DR_CONNECT,
	DR_ALLOC,
	DR_DIRECT,
	SEND,
	DB_LOGIN,
	DB_OPEN,
	DB_CMD,
	DB_SEND,
	DB_RESULTS,
	DB_CLOSE,
	CT_PROPS,
	CT_CONNECT,
	CT_ALLOC,
	CT_COMMAND,
	CT_SEND_CMD,
	DUCK_OPEN,
	DUCK_CONNECT,
	DUCK_QUERY,
	DUCK_INNER,
	DUCK_RESULT,
	DUCK_END,
	BCP_INIT,
	BCP_EXEC,
	CASS_POINTS,
	CASS_USER,
	CASS_LINK,
	CASS_NEW,
	CASS_RUN,
	OCI_ATTACH,
	OCI_ATTR,
	OCI_LOGON,
	OCI_GET,
	OCI_NEW,
	OCI_RUN,
	MORE,
};

enum { APP = 1000, INSIDE = 900, DEEP = 800 };

struct seen {
	char log[4096]; /* "text|host:port|user|database|source|path|rows;" */
	struct query *q;
	uint64_t now;
};

static void on_execution(void *ctx, const struct execution *x)
{
	struct seen *s = ctx;
	size_t n = strlen(s->log);
	struct db_connection c = { .id = 0 };
	char conn[512], rows[32] = "-";

	if (x->conn)
		c = *x->conn;
	if (x->source.len)
		c.source = x->source;
	print(&c, conn, sizeof(conn));
	if (x->has_rows)
		snprintf(rows, sizeof(rows), "%llu", (unsigned long long)x->rows);
	snprintf(s->log + n, sizeof(s->log) - n, "%.*s|%s|%s;", (int)x->text.len, x->text.ptr ? x->text.ptr : "", conn, rows);
}

static void call(struct seen *s, struct test_call c)
{
	c.ts_ns = s->now += 1000000;
	if (!c.frame)
		c.frame = APP;
	feed(s->q, test_call(&c));
}

#define CALL(...) call(s, (struct test_call){ __VA_ARGS__ })
#define ROWS(n) .fields = { (uint64_t)(n) }, .field_ok = 1

static void finish(struct seen *s, const char *want)
{
	query_finish(s->q);
	assert_string_equal(s->log, want);
	s->log[0] = 0;
}

static int setup(void **state)
{
	static const struct {
		uint32_t site, lib;
		enum client_op op;
		enum client_system system;
		const char *symbol;
		unsigned handle;
	} sites[] = {
		{ CONNECT, 0, OP_LAYER_CONNECT, SYSTEM_OTHER, "SQLDriverConnect", 0 },
		{ ALLOC_STMT, 0, OP_LAYER_STATEMENT, SYSTEM_OTHER, "SQLAllocHandle", 1 },
		{ DIRECT, 0, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirect", 0 },
		{ FREE_STMT, 0, OP_LAYER_CLOSE, SYSTEM_OTHER, "SQLFreeHandle", 1 },
		{ MORE, 0, OP_LAYER_MORE, SYSTEM_OTHER, "SQLMoreResults", 0 },
		{ DR_CONNECT, 1, OP_LAYER_CONNECT, SYSTEM_MSSQL, "SQLDriverConnect", 0 },
		{ DR_ALLOC, 1, OP_LAYER_STATEMENT, SYSTEM_MSSQL, "SQLAllocHandle", 1 },
		{ DR_DIRECT, 1, OP_LAYER_RUN, SYSTEM_MSSQL, "SQLExecDirect", 0 },
		{ SEND, 2, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0 },
		{ DB_LOGIN, 3, OP_LAYER_USER, SYSTEM_MSSQL, "dbsetlname", 0 },
		{ DB_OPEN, 3, OP_LAYER_OPEN, SYSTEM_MSSQL, "tdsdbopen", 0 },
		{ DB_CMD, 3, OP_LAYER_APPEND, SYSTEM_MSSQL, "dbcmd", 0 },
		{ DB_SEND, 3, OP_LAYER_EXECUTE, SYSTEM_MSSQL, "dbsqlsend", 0 },
		{ DB_RESULTS, 3, OP_LAYER_NEXT, SYSTEM_MSSQL, "dbresults", 0 },
		{ DB_CLOSE, 3, OP_LAYER_CLOSE, SYSTEM_MSSQL, "dbclose", 0 },
		{ BCP_INIT, 3, OP_LAYER_BULK, SYSTEM_MSSQL, "bcp_init", 0 },
		{ BCP_EXEC, 3, OP_LAYER_BULK_RUN, SYSTEM_MSSQL, "bcp_exec", 0 },
		{ CT_PROPS, 4, OP_LAYER_PROPERTY, SYSTEM_MSSQL, "ct_con_props", 0 },
		{ CT_CONNECT, 4, OP_LAYER_SERVER, SYSTEM_MSSQL, "ct_connect", 0 },
		{ CT_ALLOC, 4, OP_LAYER_STATEMENT, SYSTEM_MSSQL, "ct_cmd_alloc", 0 },
		{ CT_COMMAND, 4, OP_LAYER_COMMAND, SYSTEM_MSSQL, "ct_command", 0 },
		{ CT_SEND_CMD, 4, OP_LAYER_SEND, SYSTEM_MSSQL, "ct_send", 0 },
		{ DUCK_OPEN, 5, OP_LAYER_OPEN, SYSTEM_DUCKDB, "duckdb_open", 0 },
		{ DUCK_CONNECT, 5, OP_LAYER_ALLOC, SYSTEM_DUCKDB, "duckdb_connect", 0 },
		{ DUCK_QUERY, 5, OP_LAYER_SUBMIT_INTO, SYSTEM_DUCKDB, "duckdb_query", 0 },
		{ DUCK_INNER, 5, OP_LAYER_SUBMIT, SYSTEM_DUCKDB, "ClientContext", 0 },
		{ DUCK_RESULT, 5, OP_LAYER_RESULT, SYSTEM_DUCKDB, "duckdb_column_count", 0 },
		{ DUCK_END, 5, OP_LAYER_END, SYSTEM_DUCKDB, "duckdb_destroy_result", 0 },
		{ CASS_POINTS, 6, OP_LAYER_SERVER, SYSTEM_CASSANDRA, "cass_cluster_set_contact_points", 0 },
		{ CASS_USER, 6, OP_LAYER_USER, SYSTEM_CASSANDRA, "cass_cluster_set_credentials", 0 },
		{ CASS_LINK, 6, OP_LAYER_LINK, SYSTEM_CASSANDRA, "cass_session_connect_keyspace", 0 },
		{ CASS_NEW, 6, OP_LAYER_CREATE, SYSTEM_CASSANDRA, "cass_statement_new", 0 },
		{ CASS_RUN, 6, OP_LAYER_EXECUTE, SYSTEM_CASSANDRA, "cass_session_execute", 1 },
		{ OCI_ATTACH, 7, OP_LAYER_SERVER, SYSTEM_ORACLE, "OCIServerAttach", 0 },
		{ OCI_ATTR, 7, OP_LAYER_ATTRIBUTE, SYSTEM_ORACLE, "OCIAttrSet", 0 },
		{ OCI_LOGON, 7, OP_LAYER_LOGON, SYSTEM_ORACLE, "OCILogon", 0 },
		{ OCI_GET, 7, OP_LAYER_OPEN, SYSTEM_ORACLE, "OCISessionGet", 3 },
		{ OCI_NEW, 7, OP_LAYER_CREATE, SYSTEM_ORACLE, "OCIStmtPrepare2", 0 },
		{ OCI_RUN, 7, OP_LAYER_EXECUTE, SYSTEM_ORACLE, "OCIStmtExecute", 1 },
	};
	static const char *const libraries[] = { "libodbc.so.2", "libtdsodbc.so", "libpq.so.5",      "libsybdb.so.5",
						 "libct.so.4",   "libduckdb.so",  "libcassandra.so", "libclntsh.so.21.1" };
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(libraries); i++)
		feed(s->q, test_library(i, libraries[i], "x"));
	for (size_t i = 0; i < ARRAY_SIZE(sites); i++) {
		struct slice r = test_site(sites[i].site, sites[i].lib, sites[i].op, sites[i].system, sites[i].symbol,
					   0x10000 + 0x1000 * sites[i].site);
		struct rec_site *site = (struct rec_site *)(uintptr_t)(const void *)r.ptr;

		site->hdr.flags = (uint16_t)sites[i].handle;
		site->fields_known = 1;
		feed(s->q, r);
	}
	feed(s->q, test_wide_site(CONNECT_W, 0, OP_LAYER_CONNECT, SYSTEM_OTHER, "SQLConnectW", 0x80000, REC_UTF16));
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

static void odbc(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "SERVER=db7;PORT=1433;UID=ann;DATABASE=crm");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1");
	CALL(.site = DIRECT, .arg0 = 9, .text = "SELECT 2"); /* of a connection from before */
	finish(s, "SELECT 1|db7:1433|ann|crm|||-;SELECT 2|:0|||||-;");
}

/* SQLConnect: a data source, and a user of a given length; both of two characters in UTF-16. */
static void data_source(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "crm", .name = "annette", .arg4 = 3);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1");
	finish(s, "SELECT 1|:0|ann||crm||-;");
}

static void data_source_wide(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .site = CONNECT_W, .arg0 = 1, .text = "c\0r\0", .bytes = 4, .frame = APP, .arg4 = 2 };
	struct slice r;
	struct rec_call *raw;

	c.ts_ns = s->now += 1000000;
	r = test_call(&c);
	raw = (struct rec_call *)(uintptr_t)(const void *)r.ptr;
	memcpy(raw->name, "a\0n\0n\0e\0", 8);
	raw->name_len = REC_NAME_LEN;
	feed(s->q, r);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1");
	finish(s, "SELECT 1|:0|an||cr||-;");
}

/* Two sessions on one server, each with its user; a handle as an attribute is no text. */
static void oci_sessions(void **state)
{
	enum { OF_SERVER = 6, OF_SESSION = 7, OF_USER = 22 };
	struct seen *s = *state;

	CALL(.site = OCI_ATTACH, .arg0 = 1, .text = "db7:1521");
	CALL(.site = OCI_ATTR, .arg0 = 10, .arg2 = 1, .arg4 = OF_SERVER, .text = "raw");
	CALL(.site = OCI_ATTR, .arg0 = 20, .arg2 = 1, .arg4 = OF_SERVER);
	CALL(.site = OCI_ATTR, .arg0 = 11, .arg4 = OF_USER, .text = "ann");
	CALL(.site = OCI_ATTR, .arg0 = 21, .arg4 = OF_USER, .text = "ben");
	CALL(.site = OCI_ATTR, .arg0 = 10, .arg2 = 11, .arg4 = OF_SESSION);
	CALL(.site = OCI_NEW, .arg0 = 10, .text = "SELECT 1");
	CALL(.site = OCI_RUN, .arg0 = 10, .arg1 = 50);
	CALL(.site = OCI_NEW, .arg0 = 20, .text = "SELECT 2");
	CALL(.site = OCI_RUN, .arg0 = 20, .arg1 = 51);
	CALL(.site = OCI_ATTR, .arg0 = 20, .arg2 = 21, .arg4 = OF_SESSION);
	CALL(.site = OCI_RUN, .arg0 = 20, .arg1 = 51);
	finish(s, "SELECT 2|db7:1521|||||-;SELECT 1|db7:1521|ann||||-;SELECT 2|db7:1521|ben||||-;");
}

/* OCILogon: the service comes out, the user's length is an argument of its own. OCISessionGet: the user is the authentication's. */
static void oci_logons(void **state)
{
	struct seen *s = *state;

	CALL(.site = OCI_LOGON, .arg0 = 1, .text = "db7:1521", .name = "annette", .arg4 = 3);
	CALL(.site = OCI_NEW, .arg0 = 10, .text = "SELECT 1");
	CALL(.site = OCI_RUN, .arg0 = 10, .arg1 = 50);
	CALL(.site = OCI_ATTR, .arg0 = 2, .arg4 = 22, .text = "ben");
	CALL(.site = OCI_GET, .arg0 = 1, .arg3 = 2, .text = "db8");
	CALL(.site = OCI_NEW, .arg0 = 20, .text = "SELECT 2");
	CALL(.site = OCI_RUN, .arg0 = 20, .arg1 = 51);
	finish(s, "SELECT 1|db7:1521|ann||||-;SELECT 2|db8:0|ben||||-;");
}

/* Two connections, and the statement of one of them: which, is not known. Then it is. */
static void ambiguous(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "SERVER=a");
	CALL(.site = CONNECT, .arg0 = 2, .text = "SERVER=b");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 2);
	CALL(.site = DIRECT, .arg0 = 11, .text = "SELECT 1");
	CALL(.site = DIRECT, .arg0 = 12, .text = "SELECT 2");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 2);
	CALL(.site = DIRECT, .arg0 = 13, .text = "SELECT 3");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 14, .text = "SELECT 4");
	finish(s, "SELECT 1|:0|||||-;SELECT 2|:0|||||-;SELECT 3|b:0|||||-;SELECT 4|a:0|||||-;");
}

/* A freed statement's address is another one's afterwards. */
static void reused(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "SERVER=a");
	CALL(.site = CONNECT, .arg0 = 2, .text = "SERVER=b");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 11, .text = "SELECT 1");
	CALL(.site = FREE_STMT, .arg0 = 3, .arg1 = 11);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 2);
	CALL(.site = DIRECT, .arg0 = 11, .text = "SELECT 2");
	finish(s, "SELECT 1|a:0|||||-;SELECT 2|b:0|||||-;");
}

/* The innermost library knows the server; the data source is known to the layer around it. */
static void source_of_a_layer(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "crm", .name = "ann", .arg4 = (uint64_t)-3);
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1");
	feed(s->q, test_conn(s->now, 7, 4711, "shop", "app"));
	CALL(.site = SEND, .arg0 = 7, .text = "SELECT 1", .frame = DEEP);
	finish(s, "SELECT 1|db7:5432|app|shop|crm||-;");
}

/* A driver that knows nothing of itself has what the manager was told. */
static void driver(void **state)
{
	struct seen *s = *state;

	CALL(.site = CONNECT, .arg0 = 1, .text = "SERVER=db7");
	CALL(.site = ALLOC_STMT, .arg0 = 3, .arg1 = 1);
	CALL(.site = DR_ALLOC, .arg0 = 3, .arg1 = 5, .frame = INSIDE);
	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1");
	CALL(.site = DR_DIRECT, .arg0 = 6, .text = "SELECT 1", .frame = INSIDE);
	finish(s, "SELECT 1|db7:0|||||-;");
}

static void db_library(void **state)
{
	struct seen *s = *state;
	struct slice r;

	CALL(.site = DB_LOGIN, .arg0 = 1, .text = "ann");
	CALL(.site = DB_OPEN, .arg0 = 1, .text = "standin");
	r = test_conn(s->now, 2, 0, "master", "");
	memset(((struct rec_conn *)(uintptr_t)(const void *)r.ptr)->host, 0, CONN_NAME_MAX);
	feed(s->q, r);
	CALL(.site = DB_CMD, .arg0 = 2, .text = "SELECT 1", ROWS(-1));
	CALL(.site = DB_SEND, .arg0 = 2, ROWS(-1));
	CALL(.site = DB_RESULTS, .arg0 = 2, ROWS(-1));
	CALL(.site = DB_RESULTS, .arg0 = 2, ROWS(4)); /* of the first one */
	CALL(.site = DB_RESULTS, .arg0 = 2, ROWS(3));
	CALL(.site = DB_CMD, .arg0 = 2, .text = "UPDATE t", ROWS(3));
	CALL(.site = DB_SEND, .arg0 = 2, ROWS(3));
	CALL(.site = DB_RESULTS, .arg0 = 2, ROWS(5));
	CALL(.site = DB_CLOSE, .arg0 = 2, ROWS(5));
	finish(s, "SELECT 1|standin:5432|ann|master|||7;UPDATE t|standin:5432|ann|master|||5;");
}

/* A copy is set up, statements run on its connection, then it runs. */
static void bulk(void **state)
{
	struct seen *s = *state;

	CALL(.site = BCP_INIT, .arg0 = 2, .arg4 = 2, .text = "t", .name = "f");
	CALL(.site = DB_CMD, .arg0 = 2, .text = "SET FMTONLY ON", ROWS(-1));
	CALL(.site = DB_SEND, .arg0 = 2, ROWS(-1));
	CALL(.site = BCP_EXEC, .arg0 = 2);
	CALL(.site = DB_CLOSE, .arg0 = 2, ROWS(9));
	finish(s, "SET FMTONLY ON|:0|||||-;SELECT * FROM t|:0|||||9;");
}

static void ct_library(void **state)
{
	struct seen *s = *state;

	CALL(.site = CT_PROPS, .arg0 = 1, .arg1 = 34, .arg2 = 9100, .text = "ann");
	CALL(.site = CT_PROPS, .arg0 = 1, .arg1 = 33, .arg2 = 9100, .text = "asked for");
	CALL(.site = CT_CONNECT, .arg0 = 1, .text = "standin");
	CALL(.site = CT_ALLOC, .arg0 = 1);
	CALL(.site = CT_COMMAND, .arg0 = 2, .arg1 = 148, .text = "SELECT 1");
	CALL(.site = CT_SEND_CMD, .arg0 = 2);
	finish(s, "SELECT 1|standin:0|ann||||-;");
}

/* The file, and the rows of two results that are open at once, each ended by itself. */
static void duckdb(void **state)
{
	struct seen *s = *state;

	CALL(.site = DUCK_OPEN, .text = "/x.duckdb");
	CALL(.site = DUCK_CONNECT, .arg0 = 1, .tid = 101);
	CALL(.site = DUCK_QUERY, .arg0 = 2, .arg2 = 50, .text = "SELECT 1", .tid = 102);
	CALL(.site = DUCK_INNER, .arg0 = 3, .text = "SELECT 1", .frame = INSIDE, .tid = 102);
	CALL(.site = DUCK_QUERY, .arg0 = 2, .arg2 = 60, .text = "SELECT 2", .tid = 102);
	CALL(.site = DUCK_INNER, .arg0 = 3, .text = "SELECT 2", .frame = INSIDE, .tid = 102);
	CALL(.site = DUCK_END, .arg0 = 60, ROWS(2));
	CALL(.site = DUCK_RESULT, .arg0 = 50, ROWS(1));
	CALL(.site = DUCK_END, .arg0 = 50, ROWS(1));
	finish(s, "SELECT 2|:0||||/x.duckdb|2;SELECT 1|:0||||/x.duckdb|1;");
}

/* The place of a result is used again. */
static void duckdb_same_result(void **state)
{
	struct seen *s = *state;

	for (int i = 0; i < 2; i++) {
		CALL(.site = DUCK_QUERY, .arg0 = 2, .arg2 = 50, .text = i ? "SELECT 2" : "SELECT 1");
		CALL(.site = DUCK_INNER, .arg0 = 3, .text = i ? "SELECT 2" : "SELECT 1", .frame = INSIDE);
	}
	CALL(.site = DUCK_END, .arg0 = 50, ROWS(2));
	finish(s, "SELECT 1|:0|||||-;SELECT 2|:0|||||2;");
}

static void cassandra(void **state)
{
	struct seen *s = *state;

	CALL(.site = CASS_POINTS, .arg0 = 1, .text = "10.0.0.1,10.0.0.2");
	CALL(.site = CASS_USER, .arg0 = 1, .text = "ann");
	CALL(.site = CASS_LINK, .arg0 = 2, .arg1 = 1, .text = "crm");
	CALL(.site = CASS_NEW, .text = "SELECT 1");
	CALL(.site = CASS_RUN, .arg0 = 2, .arg1 = 3);
	finish(s, "SELECT 1|10.0.0.1,10.0.0.2:0|ann|crm|||-;");
}

static void more_results(void **state)
{
	struct seen *s = *state;

	CALL(.site = DIRECT, .arg0 = 2, .text = "SELECT 1; SELECT 2");
	CALL(.site = MORE, .arg0 = 2, ROWS(4));
	CALL(.site = MORE, .arg0 = 2, ROWS(3));
	CALL(.site = FREE_STMT, .arg1 = 2, ROWS(-1));
	finish(s, "SELECT 1; SELECT 2|:0|||||7;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_words),
		cmocka_unit_test_setup_teardown(odbc, setup, teardown),
		cmocka_unit_test_setup_teardown(data_source, setup, teardown),
		cmocka_unit_test_setup_teardown(data_source_wide, setup, teardown),
		cmocka_unit_test_setup_teardown(ambiguous, setup, teardown),
		cmocka_unit_test_setup_teardown(reused, setup, teardown),
		cmocka_unit_test_setup_teardown(source_of_a_layer, setup, teardown),
		cmocka_unit_test_setup_teardown(driver, setup, teardown),
		cmocka_unit_test_setup_teardown(db_library, setup, teardown),
		cmocka_unit_test_setup_teardown(bulk, setup, teardown),
		cmocka_unit_test_setup_teardown(ct_library, setup, teardown),
		cmocka_unit_test_setup_teardown(duckdb, setup, teardown),
		cmocka_unit_test_setup_teardown(duckdb_same_result, setup, teardown),
		cmocka_unit_test_setup_teardown(cassandra, setup, teardown),
		cmocka_unit_test_setup_teardown(more_results, setup, teardown),
		cmocka_unit_test_setup_teardown(oci_sessions, setup, teardown),
		cmocka_unit_test_setup_teardown(oci_logons, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
