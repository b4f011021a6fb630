// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Layers of client libraries: each statement once, whichever of them tell of it, and none lost when the guess about nesting is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/layer.h"
#include "feed.inc.c"
#include "records.inc.c"

enum {
	DM_DIRECT = 1,
	DM_DIRECT_W,
	DM_PREPARE,
	DM_EXECUTE,
	DM_COLUMNS,
	DM_CONNECT,
	DM_NUMCOLS,
	DM_DIAG,
	DM_FREE,
	DM_CLOSE,
	DR_DIRECT,
	DR_PREPARE,
	DR_EXECUTE,
	DR_DIRECT_A,
	DR_DIAG,
	DR_NUMCOLS,
	SEND,
	SEND_PREPARE,
	SEND_PREPARED,
	CLEAR,
	DB_CMD,
	DB_SEND,
	DB_EXEC,
	DB_RPC,
	DB_RESULTS,
	BCP,
	CREATE,
	BIND,
	RUN_STMT,
	WIDE32,
	CT_COMMAND,
	CT_DYNAMIC,
	CT_CURSOR,
	CT_SEND,
	BLK,
	FIND,
	INSERT,
	UPDATE,
	DELETE,
	DERIVE,
	DM_PARAM_DATA,
	DR_PARAM_DATA,
};

enum { APP = 1000, IN_DM = 900, IN_DRIVER = 800, DEEP = 700 };

struct seen {
	char log[8192]; /* "text|outcome|symbol|via,via|system;" for each execution */
	struct query *q;
	uint64_t now;
};

static void on_execution(void *ctx, const struct execution *x)
{
	static const char *const outcomes[] = { "?", "ok", "fail" };
	struct seen *s = ctx;
	size_t n = strlen(s->log);

	n += (size_t)snprintf(s->log + n, sizeof(s->log) - n, "%.*s%s|%s|%.*s|", (int)x->text.len, x->text.ptr ? x->text.ptr : "",
			      x->text_unknown ? "<unknown>" : "", outcomes[x->outcome], (int)x->symbol.len, x->symbol.ptr);
	for (size_t i = 0; i < x->nvia; i++)
		n += (size_t)snprintf(s->log + n, sizeof(s->log) - n, "%s%.*s", i ? "," : "", (int)x->via[i].len, x->via[i].ptr);
	snprintf(s->log + n, sizeof(s->log) - n, "|%.*s;", (int)x->system_name.len, x->system_name.ptr ? x->system_name.ptr : "");
}

/* A call a millisecond after the last one. */
static void call(struct seen *s, uint32_t site, uint64_t frame, uint64_t handle, const char *text)
{
	struct test_call c = { .site = site, .frame = frame, .arg0 = handle, .text = text, .ts_ns = s->now += 1000000 };

	feed(s->q, test_call(&c));
}

static void finish(struct seen *s, const char *want)
{
	query_finish(s->q);
	assert_string_equal(s->log, want);
}

static int setup(void **state)
{
	static const struct {
		uint32_t site, lib;
		enum client_op op;
		enum client_system system;
		const char *symbol;
	} sites[] = {
		{ DM_DIRECT, 0, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirect" },
		{ DM_PREPARE, 0, OP_LAYER_PREPARE, SYSTEM_OTHER, "SQLPrepare" },
		{ DM_EXECUTE, 0, OP_LAYER_EXECUTE, SYSTEM_OTHER, "SQLExecute" },
		{ DM_COLUMNS, 0, OP_LAYER_CATALOG, SYSTEM_OTHER, "SQLColumns" },
		{ DM_CONNECT, 0, OP_LAYER_CONNECT, SYSTEM_OTHER, "SQLDriverConnect" },
		{ DM_NUMCOLS, 0, OP_LAYER_RESULT, SYSTEM_OTHER, "SQLNumResultCols" },
		{ DM_DIAG, 0, OP_LAYER_ERROR, SYSTEM_OTHER, "SQLGetDiagRec" },
		{ DM_FREE, 0, OP_LAYER_END, SYSTEM_OTHER, "SQLFreeStmt" },
		{ DM_CLOSE, 0, OP_LAYER_CLOSE, SYSTEM_OTHER, "SQLFreeHandle" },
		{ DR_DIRECT, 1, OP_LAYER_RUN, SYSTEM_MSSQL, "SQLExecDirect" },
		{ DR_DIRECT_A, 1, OP_LAYER_RUN, SYSTEM_MSSQL, "SQLExecDirectA" },
		{ DR_PREPARE, 1, OP_LAYER_PREPARE, SYSTEM_MSSQL, "SQLPrepare" },
		{ DR_EXECUTE, 1, OP_LAYER_EXECUTE, SYSTEM_MSSQL, "SQLExecute" },
		{ DR_DIAG, 1, OP_LAYER_ERROR, SYSTEM_MSSQL, "SQLGetDiagRec" },
		{ DR_NUMCOLS, 1, OP_LAYER_RESULT, SYSTEM_MSSQL, "SQLNumResultCols" },
		{ DM_PARAM_DATA, 0, OP_LAYER_RESUME, SYSTEM_OTHER, "SQLParamData" },
		{ DR_PARAM_DATA, 1, OP_LAYER_RESUME, SYSTEM_MSSQL, "SQLParamData" },
		{ SEND, 2, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery" },
		{ SEND_PREPARE, 2, OP_PREPARE, SYSTEM_POSTGRESQL, "PQsendPrepare" },
		{ SEND_PREPARED, 2, OP_EXECUTE_NAMED, SYSTEM_POSTGRESQL, "PQsendQueryPrepared" },
		{ CLEAR, 2, OP_PG_RESULT, SYSTEM_POSTGRESQL, "PQclear" },
		{ DB_CMD, 3, OP_LAYER_APPEND, SYSTEM_MSSQL, "dbcmd" },
		{ DB_SEND, 3, OP_LAYER_EXECUTE, SYSTEM_MSSQL, "dbsqlsend" },
		{ DB_EXEC, 3, OP_LAYER_EXECUTE, SYSTEM_MSSQL, "dbsqlexec" },
		{ DB_RPC, 3, OP_LAYER_RPC, SYSTEM_MSSQL, "dbrpcinit" },
		{ DB_RESULTS, 3, OP_LAYER_RESULT, SYSTEM_MSSQL, "dbresults" },
		{ BCP, 3, OP_LAYER_BULK, SYSTEM_MSSQL, "bcp_init" },
		{ CT_COMMAND, 3, OP_LAYER_COMMAND, SYSTEM_MSSQL, "ct_command" },
		{ CT_DYNAMIC, 3, OP_LAYER_DYNAMIC, SYSTEM_MSSQL, "ct_dynamic" },
		{ CT_CURSOR, 3, OP_LAYER_CURSOR, SYSTEM_MSSQL, "ct_cursor" },
		{ CT_SEND, 3, OP_LAYER_SEND, SYSTEM_MSSQL, "ct_send" },
		{ BLK, 3, OP_LAYER_BLK, SYSTEM_MSSQL, "blk_init" },
		{ FIND, 5, OP_LAYER_SELECT, SYSTEM_MONGODB, "mongoc_collection_find" },
		{ INSERT, 5, OP_LAYER_INSERT, SYSTEM_MONGODB, "mongoc_collection_insert_one" },
		{ UPDATE, 5, OP_LAYER_UPDATE, SYSTEM_MONGODB, "mongoc_collection_update_one" },
		{ DELETE, 5, OP_LAYER_DELETE, SYSTEM_MONGODB, "mongoc_collection_delete_one" },
		{ DERIVE, 4, OP_LAYER_DERIVE, SYSTEM_CASSANDRA, "cass_prepared_bind" },
		{ CREATE, 4, OP_LAYER_CREATE, SYSTEM_CASSANDRA, "cass_statement_new" },
		{ BIND, 4, OP_LAYER_BIND, SYSTEM_CASSANDRA, "cass_statement_bind_int32" },
		{ RUN_STMT, 4, OP_LAYER_EXECUTE, SYSTEM_CASSANDRA, "cass_session_execute" },
	};
	static const char *const libraries[][2] = {
		{ "/lib/libodbc.so.2", "unixodbc" }, { "/lib/libtdsodbc.so", "odbc-freetds" },  { "/lib/libpq.so.5", "libpq" },
		{ "/lib/libsybdb.so.5", "dblib" },   { "/lib/libcassandra.so.2", "cassandra" }, { "/lib/libmongoc.so", "mongoc" },
	};
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_int_equal(query_new(on_execution, s, &s->q), 0);
	for (uint32_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		feed(s->q, test_library(i, libraries[i][0], libraries[i][1]));
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		feed(s->q, test_site(sites[i].site, sites[i].lib, sites[i].op, sites[i].system, sites[i].symbol,
				     0x10000 + 0x1000 * sites[i].site));
	feed(s->q, test_wide_site(DM_DIRECT_W, 0, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirectW", 0x80000, REC_UTF16));
	feed(s->q, test_wide_site(WIDE32, 0, OP_LAYER_RUN, SYSTEM_OTHER, "SQLExecDirectW", 0x90000, REC_UTF32));
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

/* Manager, driver, libpq: one event, named by the outermost function, told by the innermost. */
static void three_layers(void **state)
{
	struct seen *s = *state;

	call(s, DM_DIRECT, APP, 1, "SELECT ip FROM t WHERE id = ?");
	call(s, DR_DIRECT, IN_DM, 2, "SELECT ip FROM t WHERE id = ?");
	call(s, SEND, IN_DRIVER, 3, "BEGIN;SELECT ip FROM t WHERE id = $1");
	call(s, DM_NUMCOLS, APP, 1, NULL);
	finish(s, "BEGIN;SELECT ip FROM t WHERE id = $1|?|SQLExecDirect|libtdsodbc.so:SQLExecDirect,PQsendQuery|postgresql;");
}

/* The driver speaks to the server itself: it tells. */
static void driver_only(void **state)
{
	struct seen *s = *state;

	call(s, DM_DIRECT, APP, 1, "SELECT ip FROM t");
	call(s, DR_DIRECT, IN_DM, 2, "SELECT ip FROM t");
	call(s, DM_NUMCOLS, APP, 1, NULL);
	call(s, DR_NUMCOLS, IN_DM, 2, NULL);
	finish(s, "SELECT ip FROM t|ok|SQLExecDirect|libtdsodbc.so:SQLExecDirect|microsoft.sql_server;");
}

static void manager_only(void **state)
{
	struct seen *s = *state;

	call(s, DM_DIRECT, APP, 1, "SELECT ip FROM t");
	finish(s, "SELECT ip FROM t|?|SQLExecDirect||;");
}

/* Prepared lazily: the driver prepares and runs below SQLExecute. */
static void prepared(void **state)
{
	struct seen *s = *state;

	call(s, DM_PREPARE, APP, 1, "SELECT ip FROM t WHERE id = ?");
	call(s, DR_PREPARE, IN_DM, 2, "SELECT ip FROM t WHERE id = ?");
	for (int i = 0; i < 2; i++) {
		call(s, DM_EXECUTE, APP, 1, NULL);
		call(s, DR_EXECUTE, IN_DM, 2, NULL);
		if (!i)
			call(s, SEND_PREPARE, IN_DRIVER, 3, "SELECT ip FROM t WHERE id = $1");
		call(s, SEND_PREPARED, IN_DRIVER, 3, NULL);
		call(s, DM_FREE, APP, 1, NULL);
	}
	finish(s, "SELECT ip FROM t WHERE id = $1|?|SQLExecute|libtdsodbc.so:SQLExecute,PQsendQueryPrepared|postgresql;"
		  "SELECT ip FROM t WHERE id = $1|?|SQLExecute|libtdsodbc.so:SQLExecute,PQsendQueryPrepared|postgresql;");
}

/* Values are given at execution: SQLExecute comes back for them, and SQLParamData sends the statement. Without a library below: told once.
 */
static void given_at_execution(void **state)
{
	struct seen *s = *state;

	for (int below = 1; below >= 0; below--) {
		call(s, DM_PREPARE, APP, 1, "SELECT ip FROM t WHERE id = ?");
		call(s, DR_PREPARE, IN_DM, 2, "SELECT ip FROM t WHERE id = ?");
		call(s, DM_EXECUTE, APP, 1, NULL);
		call(s, DR_EXECUTE, IN_DM, 2, NULL);
		for (int i = 0; i < 2; i++) {
			call(s, DM_PARAM_DATA, APP, 1, NULL);
			call(s, DR_PARAM_DATA, IN_DM, 2, NULL);
		}
		if (below)
			call(s, SEND, IN_DRIVER, 3, "SELECT ip FROM t WHERE id = $1");
		call(s, DM_NUMCOLS, APP, 1, NULL);
		call(s, DR_NUMCOLS, IN_DM, 2, NULL);
	}
	finish(s, "SELECT ip FROM t WHERE id = $1|?|SQLParamData|libtdsodbc.so:SQLExecute,PQsendQuery|postgresql;"
		  "SELECT ip FROM t WHERE id = ?|ok|SQLExecute|libtdsodbc.so:SQLExecute|microsoft.sql_server;");
}

/* The same over a driver that is all there is; what was only prepared is no statement. */
static void prepared_in_driver(void **state)
{
	struct seen *s = *state;

	call(s, DM_PREPARE, APP, 1, "SELECT 1 FROM never");
	call(s, DR_PREPARE, IN_DM, 2, "SELECT 1 FROM never");
	call(s, DM_PREPARE, APP, 1, "SELECT ip FROM t");
	call(s, DR_PREPARE, IN_DM, 2, "SELECT ip FROM t");
	call(s, DM_EXECUTE, APP, 1, NULL);
	call(s, DR_EXECUTE, IN_DM, 2, NULL);
	call(s, DM_CLOSE, APP, 1, NULL);
	finish(s, "SELECT ip FROM t|?|SQLExecute|libtdsodbc.so:SQLExecute|microsoft.sql_server;");
}

/* Statements that the driver makes up are told as well, under the name of the function that caused them. */
static void chatter(void **state)
{
	struct seen *s = *state;

	call(s, DM_CONNECT, APP, 1, "DSN=crm");
	call(s, SEND, IN_DRIVER, 3, "SET DateStyle = 'ISO'");
	call(s, DM_DIRECT, APP, 1, "SELECT ip FROM t");
	call(s, SEND, IN_DRIVER, 3, "SAVEPOINT x");
	call(s, SEND, IN_DRIVER, 3, "select ip  from t");
	call(s, DM_COLUMNS, APP, 1, "t");
	call(s, SEND, IN_DRIVER, 3, "SELECT attname FROM pg_attribute");
	finish(s, "SET DateStyle = 'ISO'|?|SQLDriverConnect|PQsendQuery|postgresql;"
		  "SAVEPOINT x|?|SQLExecDirect|PQsendQuery|postgresql;"
		  "select ip  from t|?|SQLExecDirect|PQsendQuery|postgresql;"
		  "SELECT attname FROM pg_attribute|?|SQLColumns|PQsendQuery|postgresql;");
}

/* A call from deeper in the stack after the outer function returned: wrongly taken for an inner one, but nothing is lost. */
static void stale_frame(void **state)
{
	struct seen *s = *state;

	call(s, DM_DIRECT, APP, 1, "SELECT a FROM one");
	call(s, SEND, DEEP, 3, "SELECT b FROM two");
	finish(s, "SELECT b FROM two|?|SQLExecDirect|PQsendQuery|postgresql;SELECT a FROM one|?|SQLExecDirect||;");
}

/* The probe saw that the return address is gone: nothing is taken for what it is not. */
static void counted_layers(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .site = SEND, .frame = DEEP, .arg0 = 3, .text = "SELECT b FROM two", .ts_ns = 50000000, .outer = 1 };

	call(s, DM_DIRECT, APP, 1, "SELECT a FROM one");
	feed(s->q, test_call(&c));
	s->now = c.ts_ns;
	call(s, DM_DIRECT, APP, 1, "SELECT b FROM two");
	call(s, DR_DIRECT, IN_DM, 2, "SELECT b FROM two");
	c.ts_ns = s->now += 1000000;
	c.outer = 2; /* the driver's function is over, the manager's is not */
	feed(s->q, test_call(&c));
	finish(s, "SELECT a FROM one|?|SQLExecDirect||;SELECT b FROM two|?|PQsendQuery||postgresql;"
		  "SELECT b FROM two|?|SQLExecDirect|PQsendQuery|postgresql;SELECT b FROM "
		  "two|?|SQLExecDirect|libtdsodbc.so:SQLExecDirect|microsoft.sql_server;");
}

/* So deep inside a function that is over, as far as the probe can tell: its return address is where it was. */
static void deeper(struct seen *s, uint32_t site, uint64_t handle, const char *text, uint64_t from)
{
	struct test_call c = {
		.site = site, .frame = DEEP, .arg0 = handle, .text = text, .from = from, .outer = 2, .ts_ns = s->now += 1000000
	};

	feed(s->q, test_call(&c));
}

/* Nobody wrote over the return address of the last call: what the program calls next from deeper is not inside of that. */
static void stale_address(void **state)
{
	struct seen *s = *state;

	feed(s->q, test_code(1, 0x10000, 0x70000)); /* of all that these libraries have */
	call(s, DR_DIRECT, APP, 1, "SELECT a FROM one");
	deeper(s, DR_DIRECT_A, 2, "SELECT b FROM two", 0);
	call(s, DR_EXECUTE, APP, 3, NULL);
	deeper(s, DR_DIRECT, 4, "SELECT c FROM three", 0);
	call(s, DR_DIRECT, APP, 5, "SELECT d FROM four");
	deeper(s, DR_DIRECT, 6, "SELECT d FROM four", 0);
	call(s, DR_EXECUTE, APP, 7, NULL);
	deeper(s, SEND, 8, "SELECT e FROM five", 0);
	finish(s, "SELECT e FROM five|?|SQLExecute|PQsendQuery|postgresql;SELECT a FROM one|?|SQLExecDirect||microsoft.sql_server;"
		  "SELECT b FROM two|?|SQLExecDirect|libtdsodbc.so:SQLExecDirectA|microsoft.sql_server;"
		  "<unknown>|?|SQLExecute||microsoft.sql_server;"
		  "SELECT c FROM three|?|SQLExecute|libtdsodbc.so:SQLExecDirect|microsoft.sql_server;"
		  "SELECT d FROM four|?|SQLExecDirect||microsoft.sql_server;"
		  "SELECT d FROM four|?|SQLExecDirect|libtdsodbc.so:SQLExecDirect|microsoft.sql_server;"
		  "<unknown>|?|SQLExecute||microsoft.sql_server;");
}

/* The library's own calls are: whatever they run, it is the outer one's. */
static void inside_library(void **state)
{
	struct seen *s = *state;

	feed(s->q, test_code(1, 0x10000, 0x70000));
	call(s, DR_DIRECT, APP, 1, "SELECT a FROM one");
	deeper(s, DR_DIRECT_A, 2, "SELECT b FROM two", 0x10050);
	call(s, DR_EXECUTE, APP, 3, NULL);
	deeper(s, SEND, 4, "SELECT c FROM three", 0x7ffff);
	finish(s, "SELECT c FROM three|?|SQLExecute|PQsendQuery|postgresql;"
		  "SELECT b FROM two|?|SQLExecDirect|libtdsodbc.so:SQLExecDirectA|microsoft.sql_server;");
}

/* Back at the same height the outer function is over: the same text again is another statement. */
static void twice(void **state)
{
	struct seen *s = *state;

	call(s, DM_DIRECT, APP, 1, "SELECT a FROM one");
	call(s, DM_DIRECT, APP, 1, "SELECT a FROM one");
	call(s, SEND, APP, 3, "SELECT a FROM one");
	finish(s, "SELECT a FROM one|?|SQLExecDirect||;SELECT a FROM one|?|PQsendQuery||postgresql;SELECT a FROM one|?|SQLExecDirect||;");
}

/* Other threads have stacks of their own. */
static void threads(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .site = SEND, .frame = DEEP, .arg0 = 3, .tid = 101, .text = "SELECT a FROM one", .ts_ns = 9000000 };

	call(s, DM_DIRECT, APP, 1, "SELECT a FROM one");
	feed(s->q, test_call(&c));
	finish(s, "SELECT a FROM one|?|PQsendQuery||postgresql;SELECT a FROM one|?|SQLExecDirect||;");
}

/* SQLExecDirectA that ends in a jump to SQLExecDirect: the same stack, the same return address, one statement. */
static void tail_jump(void **state)
{
	struct seen *s = *state;

	call(s, DR_DIRECT_A, APP, 1, "SELECT a FROM one");
	call(s, DR_DIRECT, APP, 1, "SELECT a FROM one");
	finish(s, "SELECT a FROM one|?|SQLExecDirect||microsoft.sql_server;");
}

static void outcomes(void **state)
{
	struct seen *s = *state;

	call(s, DR_DIRECT, APP, 2, "SELECT a FROM failed");
	call(s, DR_DIAG, APP, 2, NULL);
	call(s, DR_DIRECT, APP, 2, "SELECT a FROM warned");
	call(s, DR_DIAG, APP, 2, NULL);
	call(s, DR_NUMCOLS, APP, 2, NULL);
	call(s, DR_DIRECT, APP, 2, "SELECT a FROM open");
	finish(s,
	       "SELECT a FROM failed|fail|SQLExecDirect||microsoft.sql_server;SELECT a FROM warned|ok|SQLExecDirect||microsoft.sql_server;"
	       "SELECT a FROM open|?|SQLExecDirect||microsoft.sql_server;");
}

static void utf16(void **state)
{
	static const uint16_t text[] = u"SELECT 'ä' FROM größe";
	static const uint32_t text32[] = U"SELECT 'ä' FROM größe";
	struct seen *s = *state;
	struct test_call c = { .site = DM_DIRECT_W, .frame = APP, .text = (const char *)text, .bytes = sizeof(text) - 2, .ts_ns = 1 };
	struct test_call c32 = { .site = WIDE32, .frame = APP, .text = (const char *)text32, .bytes = sizeof(text32) - 4, .ts_ns = 2 };

	feed(s->q, test_call(&c));
	/* Below the manager in another code page: what is not ASCII is no difference. */
	call(s, DR_DIRECT, IN_DM, 2,
	     "SELECT '\xe4' FROM gr\xf6\xdf"
	     "e");
	feed(s->q, test_call(&c32));
	finish(s, "SELECT '\xe4' FROM gr\xf6\xdf"
		  "e|?|SQLExecDirectW|libtdsodbc.so:SQLExecDirect|microsoft.sql_server;"
		  "SELECT 'ä' FROM größe|?|SQLExecDirectW||;");
}

/* The text comes in pieces and is sent as one; a function of the library may send for another. */
static void pieces(void **state)
{
	struct seen *s = *state;

	call(s, DB_CMD, APP, 1, "SELECT a ");
	call(s, DB_CMD, APP, 1, "FROM one");
	call(s, DB_EXEC, APP, 1, NULL);
	call(s, DB_SEND, IN_DM, 1, NULL);
	call(s, DB_RESULTS, APP, 1, NULL);
	call(s, DB_CMD, APP, 1, "SELECT b FROM two");
	call(s, DB_SEND, APP, 1, NULL);
	call(s, DB_RPC, APP, 1, "sp_who");
	call(s, DB_SEND, APP, 1, NULL);
	finish(s, "SELECT a FROM one|ok|dbsqlexec|libsybdb.so.5:dbsqlsend|microsoft.sql_server;"
		  "SELECT b FROM two|?|dbsqlsend||microsoft.sql_server;EXEC sp_who|?|dbsqlsend||microsoft.sql_server;");
}

static void bulk(void **state)
{
	struct seen *s = *state;
	struct test_call c = { .site = BCP, .frame = APP, .arg0 = 1, .arg4 = 1, .text = "dbo.t", .name = "/tmp/o'x", .ts_ns = 1 };

	feed(s->q, test_call(&c));
	c.arg4 = 2;
	feed(s->q, test_call(&c));
	finish(s,
	       "BULK INSERT dbo.t FROM '/tmp/o''x'|?|bcp_init||microsoft.sql_server;SELECT * FROM dbo.t|?|bcp_init||microsoft.sql_server;");
}

/* Handles that are given out by the function that takes the text: known at their first use. */
static void late_handles(void **state)
{
	struct seen *s = *state;

	call(s, CREATE, APP, 1, "SELECT a FROM one");
	call(s, BIND, APP, 11, NULL);
	call(s, CREATE, APP, 1, "SELECT b FROM two");
	call(s, BIND, APP, 12, NULL);
	call(s, RUN_STMT, APP, 12, NULL);
	call(s, RUN_STMT, APP, 11, NULL);
	call(s, RUN_STMT, APP, 12, NULL);
	finish(s, "SELECT b FROM two|?|cass_session_execute||cassandra;SELECT a FROM one|?|cass_session_execute||cassandra;"
		  "SELECT b FROM two|?|cass_session_execute||cassandra;");
}

static void typed(struct seen *s, uint32_t site, uint32_t type, const char *name, const char *text)
{
	struct test_call c = {
		.site = site, .frame = APP, .arg0 = 1, .arg1 = type, .name = name, .text = text, .ts_ns = s->now += 1000000
	};

	feed(s->q, test_call(&c));
}

/* CT-Library: what was set since the last ct_send is sent by it; a prepare and a DEALLOC run nothing. */
static void commands(void **state)
{
	enum { LANG = 148, RPC = 149, PREPARE = 717, RUN = 718, AT_ONCE = 719, FORGET = 711, DECLARE = 700, OPEN = 701 };
	struct seen *s = *state;

	typed(s, CT_COMMAND, LANG, NULL, "SELECT a FROM one");
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_COMMAND, RPC, NULL, "sp_who");
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_DYNAMIC, PREPARE, "st1", "SELECT b FROM two");
	call(s, CT_SEND, APP, 1, NULL);
	for (int i = 0; i < 2; i++) {
		typed(s, CT_DYNAMIC, RUN, "st1", NULL);
		call(s, CT_SEND, APP, 1, NULL);
	}
	typed(s, CT_DYNAMIC, FORGET, "st1", NULL);
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_DYNAMIC, RUN, "before us", NULL);
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_DYNAMIC, AT_ONCE, NULL, "DELETE FROM three");
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_CURSOR, DECLARE, "c", "SELECT d FROM four");
	call(s, CT_SEND, APP, 1, NULL);
	typed(s, CT_CURSOR, OPEN, "c", NULL);
	call(s, CT_SEND, APP, 1, NULL);
	finish(s, "SELECT a FROM one|?|ct_send||microsoft.sql_server;EXEC sp_who|?|ct_send||microsoft.sql_server;"
		  "SELECT b FROM two|?|ct_send||microsoft.sql_server;SELECT b FROM two|?|ct_send||microsoft.sql_server;"
		  "<unknown>|?|ct_send||microsoft.sql_server;DELETE FROM three|?|ct_send||microsoft.sql_server;"
		  "SELECT d FROM four|?|ct_send||microsoft.sql_server;");
}

/* Collections have no text: the name, quoted, in the words of SQL. A function of the library that uses another one is one access. */
static void collections(void **state)
{
	struct seen *s = *state;

	call(s, FIND, APP, 1, "user_ip_log");
	call(s, FIND, IN_DM, 1, "user_ip_log");
	call(s, INSERT, APP, 1, "a\"b");
	call(s, UPDATE, APP, 1, "t");
	call(s, DELETE, APP, 1, "t");
	typed(s, BLK, 1, NULL, "t");
	finish(s, "SELECT * FROM \"user_ip_log\"|?|mongoc_collection_find|libmongoc.so:mongoc_collection_find|mongodb;"
		  "INSERT INTO \"a\"\"b\" VALUES (?)|?|mongoc_collection_insert_one||mongodb;"
		  "UPDATE \"t\" SET document = ?|?|mongoc_collection_update_one||mongodb;"
		  "DELETE FROM \"t\"|?|mongoc_collection_delete_one||mongodb;BULK INSERT t FROM ''|?|blk_init||microsoft.sql_server;");
}

/* A statement from a prepared one, which was itself known at its first use only. */
static void derived(void **state)
{
	struct seen *s = *state;

	call(s, CREATE, APP, 1, "SELECT a FROM one");
	call(s, DERIVE, APP, 20, NULL);
	call(s, RUN_STMT, APP, 21, NULL);
	call(s, DERIVE, APP, 20, NULL);
	call(s, RUN_STMT, APP, 22, NULL);
	finish(s, "SELECT a FROM one|?|cass_session_execute||cassandra;SELECT a FROM one|?|cass_session_execute||cassandra;");
}

/* Which of two it is cannot be told: both are named. One that was never seen is told as that. */
static void unclear_handles(void **state)
{
	struct seen *s = *state;

	call(s, RUN_STMT, APP, 10, NULL);
	call(s, CREATE, APP, 1, "SELECT a FROM one");
	call(s, CREATE, APP, 1, "SELECT b FROM two");
	call(s, RUN_STMT, APP, 12, NULL);
	finish(s, "<unknown>|?|cass_session_execute||cassandra;SELECT a FROM one;\nSELECT b FROM two|?|cass_session_execute||cassandra;");
}

static void bounded(void **state)
{
	struct seen *s = *state;
	char text[64];

	for (unsigned i = 0; i < 10 * LAYERS_MAX; i++) {
		snprintf(text, sizeof(text), "SELECT %u", i);
		call(s, DM_DIRECT, 1000000 - i, i, text);
		s->log[0] = 0;
		assert_true(query_inflight(s->q) <= LAYERS_MAX);
	}
	assert_true(query_stats(s->q)->evictions >= 9 * LAYERS_MAX);
}

static void related(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool want;
	} cases[] = {
		{ "SELECT a FROM t", "SELECT a FROM t", true },
		{ "SELECT a FROM t;", "BEGIN;SELECT a FROM t", true },
		{ "select\n a from  T", "SELECT a FROM t ", true },
		{ "SELECT a FROM t WHERE x = ? AND y = ?", "SELECT a FROM t WHERE x = $1 AND y = 'o''brien'", true },
		{ "SELECT a FROM t WHERE x = '?'", "SELECT a FROM t WHERE x = $1", false },
		{ "{call p(?)}", "SELECT * FROM p($1)", true },
		{ "SELECT {fn NOW()} FROM t", "SELECT now() FROM t", true },
		{ "SELECT a FROM t", "SELECT a FROM u", false },
		{ "SELECT a FROM t", "BEGIN", false },
		{ "SELECT ?, b FROM t", "b FROM t", false },
		{ "SELECT a FROM t", "", false },
		{ "SELECT 'A' FROM t", "SELECT 'a' FROM t", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (layer_related(slice_cstr(cases[i].outer), slice_cstr(cases[i].inner)) != cases[i].want)
			fail_msg("%s / %s", cases[i].outer, cases[i].inner);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(three_layers), CASE(driver_only), CASE(manager_only),  CASE(prepared),        CASE(prepared_in_driver),
		CASE(chatter),      CASE(stale_frame), CASE(stale_address), CASE(inside_library),  CASE(counted_layers),
		CASE(twice),        CASE(threads),     CASE(tail_jump),     CASE(outcomes),        CASE(utf16),
		CASE(pieces),       CASE(bulk),        CASE(late_handles),  CASE(unclear_handles), CASE(commands),
		CASE(collections),  CASE(derived),     CASE(bounded),       CASE(related),         CASE(given_at_execution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
