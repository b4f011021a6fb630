// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/rows.h"
#include "base/cleanup.h"

const struct accessor_row accessor_rows[ACC_COUNT] = {
	[ACC_PG_NTUPLES] = { "PQntuples", ACCESSOR_RETURN_32, PROBE_FIELD_S32, 0, NULL },
	[ACC_PG_STATUS] = { "PQresultStatus", ACCESSOR_RETURN_32, PROBE_FIELD_U32, 0, NULL },
	[ACC_PG_TAG] = { "PQcmdStatus", ACCESSOR_ADDRESS, PROBE_FIELD_NONE, 0, NULL },
	[ACC_MY_AFFECTED] = { "mysql_affected_rows", ACCESSOR_RETURN_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_MY_ERRNO] = { "mysql_errno", ACCESSOR_RETURN_32, PROBE_FIELD_U32, 0, NULL },
	[ACC_MY_ROWS] = { "mysql_num_rows", ACCESSOR_RETURN_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_MY_STMT_AFFECTED] = { "mysql_stmt_affected_rows", ACCESSOR_RETURN_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_MY_STMT_ERRNO] = { "mysql_stmt_errno", ACCESSOR_RETURN_32, PROBE_FIELD_U32, 0, NULL },
	[ACC_MY_STMT_CONN] = { "mysql_stmt_next_result", ACCESSOR_FIRST_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_MY_STMT_PARAMS] = { "mysql_stmt_param_count", ACCESSOR_RETURN_32, PROBE_FIELD_U32, 0, NULL },
	[ACC_MY_STMT_STATE] = { "mysql_stmt_fetch_column", ACCESSOR_FIRST_32, PROBE_FIELD_U32, 0, NULL },
	[ACC_LITE_SQL] = { "sqlite3_sql", ACCESSOR_RETURN_64, PROBE_FIELD_NONE, 0, NULL },
	[ACC_LITE_DB] = { "sqlite3_db_handle", ACCESSOR_RETURN_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_LITE_RUN] = { "sqlite3_stmt_status", ACCESSOR_INDEX_32, PROBE_FIELD_U32, 6 /* SQLITE_STMTSTATUS_RUN */, "sqlite3_prepare_v3" },
	[ACC_LITE_ROW] = { "sqlite3_data_count", ACCESSOR_FIRST_64, PROBE_FIELD_U64, 0, NULL },
	[ACC_MONGO_NAME] = { "mongoc_collection_get_name", ACCESSOR_RETURN_64, PROBE_FIELD_NONE, 0, NULL },
};

static const struct conn_row libpq_conn[] = {
	{ "PQbackendPID", CHAIN_RETURN_32, CONN_ID, CONN_U32 },
	{ "PQsocket", CHAIN_RETURN_32, CONN_SOCKET, CONN_U32 },
	{ "PQsslInUse", CHAIN_RETURN_8, CONN_TLS, CONN_FLAG },
	{ "PQdb", CHAIN_RETURN_64, CONN_DATABASE, CONN_STRING },
	{ "PQuser", CHAIN_RETURN_64, CONN_USER, CONN_STRING },
	{ "PQhost", CHAIN_RETURN_64, CONN_HOST, CONN_STRING },
	{ "PQparameterStatus", CHAIN_LIST, CONN_PARAMS, CONN_LIST },
	{ "PQresultErrorField", CHAIN_FIELD, CONN_ITEMS, CONN_NONE }, /* of a result; conn.c */
	/* conn->inCursor = conn->inStart, the first thing that is done with what came in */
	{ "PQisBusy", CHAIN_COPIED, CONN_ITEMS, CONN_NONE },
	{ "PQgetCopyData", CHAIN_COPIED, CONN_ITEMS, CONN_NONE },
};

/* The last three confirm the order of the public header: conn.c. */
static const struct conn_row mysql_conn[] = {
	{ "mysql_thread_id", CHAIN_RETURN_64, CONN_ID, CONN_U64 },
	{ "mysql_get_ssl_cipher", CHAIN_SECOND, CONN_TLS, CONN_POINTER },
	{ "mysql_get_host_info", CHAIN_RETURN_64, CONN_ITEMS, CONN_STRING },
	{ "mysql_get_server_info", CHAIN_RETURN_64, CONN_ITEMS, CONN_STRING },
	{ "mysql_info", CHAIN_RETURN_64, CONN_ITEMS, CONN_STRING },
};

static const struct conn_row sqlite_conn[] = {
	{ "sqlite3_db_filename", CHAIN_RETURN_64, CONN_FILE, CONN_STRING },
	/* in this order: chain_mem_layout() */
	{ "sqlite3_clear_bindings", CHAIN_MEM, CONN_ITEMS, CONN_NONE },
	{ "sqlite3_value_blob", CHAIN_MEM, CONN_ITEMS, CONN_NONE },
	{ "sqlite3_value_int64", CHAIN_MEM, CONN_ITEMS, CONN_NONE },
};

#define CONN_END .op = OP_CONN_END, .probe_flags = PROBE_CONN_END, .flags = ROW_CONN

#define CONN_CLOSE .op = OP_CONN_CLOSE

/* What runs a statement takes what was counted of a COPY before it. */
static const struct client_row libpq_rows[] = {
	{ .symbol = "PQsendQuery",
	  .op = OP_SUBMIT,
	  .flags = ROW_MARKER | ROW_ESSENTIAL | ROW_CONN,
	  TEXT(NUL, 1, -1),
	  .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQsendQueryParams",
	  .op = OP_SUBMIT,
	  .flags = ROW_MARKER | ROW_ESSENTIAL | ROW_CONN,
	  TEXT(NUL, 1, -1),
	  .params = PARAMS_PG,
	  .probe_flags = PROBE_STACK_ARGS | PROBE_TAKE_COUNT },
	{ .symbol = "PQsendPrepare",
	  .op = OP_PREPARE,
	  .flags = ROW_MARKER | ROW_ESSENTIAL | ROW_CONN,
	  TEXT(NUL, 2, -1),
	  NAME(1),
	  .params = PARAMS_PG_TYPES },
	{ .symbol = "PQsendQueryPrepared",
	  .op = OP_EXECUTE_NAMED,
	  .flags = ROW_MARKER | ROW_ESSENTIAL | ROW_CONN,
	  NAME(1),
	  .params = PARAMS_PG_PREPARED,
	  .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQclear",
	  .op = OP_PG_RESULT,
	  .flags = ROW_ESSENTIAL,
	  .probe_flags = PROBE_LOOK_END,
	  .name_acc = ACC_PG_TAG,
	  .fields = { ACC_PG_NTUPLES, ACC_PG_STATUS } },
	{ .symbol = "PQresultStatus",
	  .op = OP_PG_LOOK,
	  .probe_flags = PROBE_LOOK,
	  .name_acc = ACC_PG_TAG,
	  .fields = { ACC_PG_NTUPLES, ACC_PG_STATUS } },
	{ .symbol = "PQresultErrorField", .op = OP_PG_ERROR, .name_acc = ACC_PG_TAG, .fields = { ACC_PG_NTUPLES, ACC_PG_STATUS } },
	{ .symbol = "PQexec",
	  .op = OP_SUBMIT,
	  .flags = ROW_OUTER | ROW_MARKER | ROW_CONN,
	  TEXT(NUL, 1, -1),
	  .inner = { "PQsendQuery" },
	  .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQexecParams",
	  .op = OP_SUBMIT,
	  .flags = ROW_OUTER | ROW_MARKER | ROW_CONN,
	  TEXT(NUL, 1, -1),
	  .inner = { "PQsendQueryParams" },
	  .params = PARAMS_PG,
	  .probe_flags = PROBE_STACK_ARGS | PROBE_TAKE_COUNT },
	{ .symbol = "PQprepare",
	  .op = OP_PREPARE,
	  .flags = ROW_OUTER | ROW_CONN,
	  TEXT(NUL, 2, -1),
	  NAME(1),
	  .inner = { "PQsendPrepare" },
	  .params = PARAMS_PG_TYPES },
	{ .symbol = "PQexecPrepared",
	  .op = OP_EXECUTE_NAMED,
	  .flags = ROW_OUTER | ROW_MARKER | ROW_CONN,
	  NAME(1),
	  .inner = { "PQsendQueryPrepared" },
	  .params = PARAMS_PG_PREPARED,
	  .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQclosePrepared", .op = OP_PG_CLOSE, NAME(1) },
	{ .symbol = "PQsendClosePrepared", .op = OP_PG_CLOSE, NAME(1) },
	{ .symbol = "PQclosePortal", .op = OP_PG_CLOSE, NAME(1) },
	{ .symbol = "PQsendClosePortal", .op = OP_PG_CLOSE, NAME(1) },
	{ .symbol = "PQputCopyData", .op = OP_PG_COPY_DATA, .len_arg = 2, .probe_flags = PROBE_ADD | PROBE_TAKE_COUNT },
	{ .symbol = "PQgetCopyData",
	  .op = OP_PG_COPY_ROWS,
	  .flags = ROW_COUNTED | ROW_TAKEN,
	  .len_arg = -1,
	  .probe_flags = PROBE_ADD | PROBE_TAKE_COUNT | PROBE_ONLY,
	  .only_arg = 2, /* async: such a call may return without a row */
	  .only = 0 },
	{ .symbol = "PQgetResult", .op = OP_PG_COPY_OVER, .flags = ROW_COUNTED | ROW_TAKEN },
	{ .symbol = "PQputCopyEnd", .op = OP_PG_COPY_END, TEXT(NUL, 1, -1), .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQfinish", CONN_CLOSE, .flags = ROW_TAKEN, .probe_flags = PROBE_TAKE_COUNT },
	{ .symbol = "PQcancel", .op = OP_PG_CANCEL },
	{ .symbol = "PQrequestCancel", .op = OP_PG_CANCEL, .flags = ROW_OUTER, .inner = { "PQcancel" } },
	{ .symbol = "PQcancelStart", .op = OP_PG_CANCEL },
	{ .symbol = "PQcancelBlocking", .op = OP_PG_CANCEL, .flags = ROW_OUTER, .inner = { "PQcancelStart" } },
	{ .symbol = "PQsetClientEncoding", OUTER(NULL) },
	{ .symbol = "PQencryptPasswordConn", OUTER(NULL) },
	{ .symbol = "PQchangePassword", OUTER(NULL) },
	{ .symbol = "PQconnectPoll", OUTER(NULL) },
	{ .symbol = "lo_import", .op = OP_PG_LO, .flags = ROW_CONN, TEXT(NUL, 1, -1) },
	{ .symbol = "lo_import_with_oid", .op = OP_PG_LO, .flags = ROW_CONN, TEXT(NUL, 1, -1) },
	{ .symbol = "lo_export", .op = OP_PG_LO, .flags = ROW_CONN, TEXT(NUL, 2, -1) },
	{ .symbol = "lo_open", .op = OP_PG_LO, .flags = ROW_CONN },
	{ .symbol = "lo_creat", .op = OP_PG_LO, .flags = ROW_CONN },
	{ .symbol = "lo_create", .op = OP_PG_LO, .flags = ROW_CONN },
	{ .symbol = "PQfn", .op = OP_PG_FN, .flags = ROW_CONN },
	{ .symbol = "lo_read", OUTER(NULL) },
	{ .symbol = "lo_write", OUTER(NULL) },
	{ .symbol = "lo_close", OUTER(NULL) },
	{ .symbol = "lo_truncate64", OUTER(NULL) },
	{ .symbol = "lo_truncate", OUTER(NULL) },
	{ .symbol = "lo_tell64", OUTER(NULL) },
	{ .symbol = "lo_tell", OUTER(NULL) },
	{ .symbol = "lo_lseek64", OUTER(NULL) },
	{ .symbol = "lo_lseek", OUTER(NULL) },
	{ .symbol = "lo_unlink", .op = OP_PG_LO, .flags = ROW_CONN },
};

/* Of the last statement, also at the entry of what runs the next one: a client that frees its results late may look at nothing else. */
#define MY_FIELDS .fields = { ACC_MY_AFFECTED, ACC_MY_ERRNO }
#define MY_STMT_FIELDS .fields = { ACC_MY_STMT_AFFECTED, ACC_MY_STMT_ERRNO, ACC_MY_STMT_STATE }
#define MY_STMT_STATUS .op = OP_MY_STMT_STATUS, .flags = ROW_TAKE_COUNT, MY_STMT_FIELDS
#define MY_STMT_RUN .conn_acc = ACC_MY_STMT_CONN, .fields = { ACC_NONE, ACC_MY_STMT_STATE, ACC_MY_STMT_CONN }
#define MY_SESSION .op = OP_MY_SESSION, .flags = ROW_CONN, .probe_flags = PROBE_CONN_DROP, MY_FIELDS
#define MY_TEXT TEXT(LEN_ULONG_NUL, 1, 2)
#define MY_TEXT_START TEXT(LEN_ULONG_NUL, 2, 3), .handle = 1

/*
 * MariaDB's *_start functions run the plain function of the same name on another stack, so they are hooked themselves only in
 * a build where the way there is not found; their arguments are shifted by one. In Oracle's library mysql_real_query ends in
 * mysql_send_query, in MariaDB's they are siblings.
 */
static const struct client_row mysql_rows[] = {
	{ .symbol = "mysql_send_query", .op = OP_SUBMIT, .flags = ROW_CONN | ROW_MARKER | ROW_ESSENTIAL, MY_TEXT, MY_FIELDS },
	{ .symbol = "mysql_real_query",
	  .op = OP_SUBMIT,
	  .flags = ROW_CONN | ROW_OUTER | ROW_MARKER | ROW_ESSENTIAL,
	  MY_TEXT,
	  MY_FIELDS,
	  .inner = { "mysql_send_query" } },
	{ .symbol = "mysql_query",
	  .op = OP_SUBMIT,
	  .flags = ROW_CONN | ROW_OUTER | ROW_MARKER,
	  TEXT(NUL, 1, -1),
	  .inner = { "mysql_real_query", "mysql_send_query" } },
	{ .symbol = "mysql_real_query_nonblocking", .op = OP_SUBMIT, .flags = ROW_CONN | ROW_MARKER, MY_TEXT, MY_FIELDS },
	{ .symbol = "mysql_send_query_nonblocking", .op = OP_SUBMIT, .flags = ROW_CONN | ROW_MARKER, MY_TEXT, MY_FIELDS },
	{ .symbol = "mysql_real_query_start",
	  .op = OP_SUBMIT,
	  .flags = ROW_CONN | ROW_OUTER,
	  MY_TEXT_START,
	  .inner = { "mysql_real_query" } },
	{ .symbol = "mysql_send_query_start",
	  .op = OP_SUBMIT,
	  .flags = ROW_CONN | ROW_OUTER,
	  MY_TEXT_START,
	  .inner = { "mysql_send_query" } },
	{ .symbol = "mysql_query_start",
	  .op = OP_SUBMIT,
	  .flags = ROW_CONN | ROW_OUTER,
	  .handle = 1,
	  TEXT(NUL, 2, -1),
	  .inner = { "mysql_query", "mysql_real_query" } },
	{ .symbol = "mysql_stmt_prepare",
	  .op = OP_STMT_PREPARE,
	  .flags = ROW_MARKER | ROW_ESSENTIAL | ROW_TAKE_COUNT,
	  MY_TEXT,
	  .fields = { ACC_NONE, ACC_MY_STMT_STATE } },
	{ .symbol = "mysql_stmt_prepare_start",
	  .op = OP_STMT_PREPARE,
	  .flags = ROW_OUTER,
	  MY_TEXT_START,
	  .inner = { "mysql_stmt_prepare" } },
	{ .symbol = "mysql_stmt_execute",
	  .op = OP_EXECUTE_STMT,
	  .flags = ROW_CONN | ROW_MARKER | ROW_ESSENTIAL | ROW_TAKE_COUNT,
	  MY_STMT_RUN,
	  .params = PARAMS_MYSQL },
	{ .symbol = "mysql_stmt_execute_start", .op = OP_EXECUTE_STMT, .flags = ROW_OUTER, .handle = 1, .inner = { "mysql_stmt_execute" } },
	{ .symbol = "mariadb_stmt_execute_direct",
	  .op = OP_STMT_SUBMIT,
	  .flags = ROW_CONN | ROW_MARKER | ROW_TAKE_COUNT,
	  MY_TEXT,
	  MY_STMT_RUN },
	{ .symbol = "mysql_stmt_bind_param", .op = OP_BIND, .probe_flags = PROBE_BIND, .fields = { ACC_MY_STMT_PARAMS } },
	{ .symbol = "mysql_stmt_attr_set",
	  .op = OP_MY_ARRAY,
	  .probe_flags = PROBE_ONLY,
	  .only_arg = 1,
	  .only = 201 /* STMT_ATTR_ARRAY_SIZE of mariadb_stmt.h; Oracle's has none */ },
	{ .symbol = "mysql_stmt_send_long_data", .op = OP_LONG_DATA, .text = PROBE_TEXT_LEN, .text_arg = 2, .len_arg = 3 },
	{ .symbol = "mysql_stmt_close", .op = OP_STMT_CLOSE, .flags = ROW_ESSENTIAL | ROW_TAKE_COUNT, MY_STMT_FIELDS },
	{ .symbol = "mysql_store_result", .op = OP_MY_STORE, .flags = ROW_ESSENTIAL, MY_FIELDS },
	{ .symbol = "mysql_use_result", .op = OP_MY_STORE, .flags = ROW_ESSENTIAL, MY_FIELDS },
	{ .symbol = "mysql_free_result", .op = OP_MY_RESULT, .flags = ROW_ESSENTIAL, .fields = { ACC_MY_ROWS } },
	{ .symbol = "mysql_affected_rows", .op = OP_MY_STATUS, MY_FIELDS },
	{ .symbol = "mysql_errno", .op = OP_MY_STATUS, MY_FIELDS },
	{ .symbol = "mysql_error", .op = OP_MY_STATUS, MY_FIELDS },
	{ .symbol = "mysql_next_result", .op = OP_MY_STATUS, MY_FIELDS },
	{ .symbol = "mysql_stmt_fetch", .op = OP_MY_FETCH, .flags = ROW_EACH, .probe_flags = PROBE_COUNT },
	{ .symbol = "mysql_stmt_affected_rows", MY_STMT_STATUS },
	{ .symbol = "mysql_stmt_errno", MY_STMT_STATUS },
	{ .symbol = "mysql_stmt_store_result", MY_STMT_STATUS },
	{ .symbol = "mysql_stmt_free_result", MY_STMT_STATUS },
	{ .symbol = "mysql_stmt_next_result", MY_STMT_STATUS },
	{ .symbol = "mysql_stmt_reset", MY_STMT_STATUS },
	{ .symbol = "mysql_autocommit", OUTER(NULL) },
	{ .symbol = "mysql_commit", OUTER(NULL) },
	{ .symbol = "mysql_rollback", OUTER(NULL) },
	{ .symbol = "mysql_list_tables", OUTER(NULL) },
	{ .symbol = "mysql_list_dbs", OUTER(NULL) },
	{ .symbol = "mysql_list_processes", OUTER(NULL) },
	{ .symbol = "mysql_kill", OUTER(NULL) },
	{ .symbol = "mysql_select_db", MY_SESSION },
	{ .symbol = "mysql_set_character_set", OUTER(NULL) },
	{ .symbol = "mysql_real_connect", OUTER(NULL) },
	{ .symbol = "mysql_change_user", MY_SESSION },
	{ .symbol = "mysql_reset_connection", MY_SESSION },
	{ .symbol = "mysql_close", CONN_CLOSE, MY_FIELDS },
};

/* A script is given whole for each of its statements (executescript of Python): what follows the first one is not read each time. */
#define LITE_TEXT TEXT(LEN_I32, 1, 2), .probe_flags = PROBE_STOP_NUL | PROBE_FIRST
#define LITE_FIELDS .fields = { ACC_LITE_RUN, ACC_LITE_DB, ACC_LITE_ROW }

static const struct client_row sqlite_rows[] = {
	{ .symbol = "sqlite3_prepare", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER, LITE_TEXT },
	{ .symbol = "sqlite3_prepare_v2", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER | ROW_ESSENTIAL, LITE_TEXT },
	{ .symbol = "sqlite3_prepare_v3", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER, LITE_TEXT },
	{ .symbol = "sqlite3_prepare16", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER, TEXT(UTF16, 1, 2) },
	{ .symbol = "sqlite3_prepare16_v2", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER, TEXT(UTF16, 1, 2) },
	{ .symbol = "sqlite3_prepare16_v3", .op = OP_LITE_PREPARE, .flags = ROW_CONN | ROW_MARKER, TEXT(UTF16, 1, 2) },
	{ .symbol = "sqlite3_exec", .op = OP_LITE_EXEC, .flags = ROW_CONN | ROW_MARKER | ROW_ESSENTIAL, TEXT(NUL, 1, -1) },
	{ .symbol = "sqlite3_reset",
	  .op = OP_LITE_RESET,
	  .flags = ROW_ESSENTIAL | ROW_TAKE_COUNT | ROW_CONN,
	  .conn_acc = ACC_LITE_DB,
	  TEXT(NUL, 0, -1),
	  .text_acc = ACC_LITE_SQL,
	  LITE_FIELDS,
	  .params = PARAMS_LITE },
	{ .symbol = "sqlite3_finalize",
	  .op = OP_LITE_FINALIZE,
	  .flags = ROW_ESSENTIAL | ROW_TAKE_COUNT | ROW_CONN,
	  .conn_acc = ACC_LITE_DB,
	  TEXT(NUL, 0, -1),
	  .text_acc = ACC_LITE_SQL,
	  LITE_FIELDS,
	  .params = PARAMS_LITE },
	{ .symbol = "sqlite3_errmsg", .op = OP_LITE_ERROR },
	{ .symbol = "sqlite3_step", .op = OP_LITE_STEP, .flags = ROW_EACH, .probe_flags = PROBE_COUNT, .fields = { ACC_LITE_RUN } },
	{ .symbol = "sqlite3_get_table", OUTER(NULL) },
	{ .symbol = "sqlite3_backup_init", .op = OP_LITE_BACKUP, .flags = ROW_CONN, .handle = 2, TEXT(NUL, 3, -1), NAME(1) },
	{ .symbol = "sqlite3_blob_open", .op = OP_LITE_BLOB, .flags = ROW_CONN, TEXT(NUL, 2, -1), NAME(3) },
	{ .symbol = "sqlite3_serialize", .op = OP_LITE_IMAGE, .flags = ROW_CONN, TEXT(NUL, 1, -1) },
	{ .symbol = "sqlite3_deserialize", .op = OP_LITE_IMAGE, .flags = ROW_CONN, TEXT(NUL, 1, -1) },
	{ .symbol = "sqlite3_close", CONN_END },
	{ .symbol = "sqlite3_close_v2", CONN_END },
};

static const struct client_family libpq_family = {
	"libpq",
	{ "PQsend", "PQexec" },
	.system = SYSTEM_POSTGRESQL,
	.rows = libpq_rows,
	.nrows = ARRAY_SIZE(libpq_rows),
	.conn = libpq_conn,
	.nconn = ARRAY_SIZE(libpq_conn),
};
static const struct client_family mysql_family = {
	"mysql",
	{ "mysql_", "mariadb_" },
	.system = SYSTEM_MYSQL,
	.rows = mysql_rows,
	.nrows = ARRAY_SIZE(mysql_rows),
	.conn = mysql_conn,
	.nconn = ARRAY_SIZE(mysql_conn),
};
static const struct client_family sqlite_family = {
	"sqlite",
	{ "sqlite3_" },
	.prefix = "sqlite3",
	.system = SYSTEM_SQLITE,
	.rows = sqlite_rows,
	.nrows = ARRAY_SIZE(sqlite_rows),
	.conn = sqlite_conn,
	.nconn = ARRAY_SIZE(sqlite_conn),
};

const struct client_family *const client_families[] = { &libpq_family, &mysql_family,  &sqlite_family,   &odbc_family,
							&iodbc_family, &dblib_family,  &ctlib_family,    &duckdb_family,
							&oci_family,   &mongoc_family, &cassandra_family };
const size_t client_families_len = ARRAY_SIZE(client_families);

_Static_assert(ARRAY_SIZE(libpq_rows) <= ROWS_MAX && ARRAY_SIZE(mysql_rows) <= ROWS_MAX && ARRAY_SIZE(sqlite_rows) <= ROWS_MAX, "ROWS_MAX");

unsigned row_args(const struct client_row *r)
{
	unsigned mask = 1u << r->handle | r->also_args;

	if (r->probe_flags & PROBE_ONLY)
		mask |= 1u << r->only_arg;

	if (r->text != PROBE_TEXT_NONE) {
		mask |= 1u << r->text_arg;
		if (r->len_arg >= 0)
			mask |= 1u << r->len_arg;
	}
	if (r->named || r->name_acc)
		mask |= 1u << r->name_arg;
	if (r->params && r->params <= PARAMS_PG_TYPES)
		mask |= 0x3c; /* its arrays, and their length */
	if (r->probe_flags & PROBE_BIND)
		mask |= 2;
	if (r->probe_flags & PROBE_ADD && r->len_arg >= 0)
		mask |= 1u << r->len_arg;
	if (r->probe_flags & PROBE_BIND_ODBC)
		mask |= 0xe;
	if (r->probe_flags & (PROBE_BIND_CT | PROBE_BIND_OCI))
		mask |= 0x3e;
	if (r->params == PARAMS_OCI)
		mask |= 2;
	return mask & ((1u << REC_ARGS) - 1); /* the rest is on the stack */
}
