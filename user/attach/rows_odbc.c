// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * ODBC: driver managers and drivers export the same functions, Db2's CLI as well. Forms that end in W take UTF-16 (unixODBC, drivers) or
 * wchar_t (iODBC), with lengths in characters or SQL_NTS (-3). No row for SQLFetch: it is called for every row.
 * Source: ODBC Programmer's Reference, and sql.h, sqlext.h, sqlucode.h of unixODBC 2.3.11.
 */
#include "attach/rows.h"
#include "base/cleanup.h"

#define MAIN (ROW_MARKER | ROW_ESSENTIAL)
#define SHORT_TEXT(text_, arg_, len_, more_)                                                                                               \
	.text = (text_), .text_arg = (arg_), .len_arg = (len_), .probe_flags = PROBE_LEN_SHORT | (more_)

/* NAME, NAMEA (as a rule only another name) and NAMEW(stmt, text, int length) */
#define WITH_TEXT(name_, op_, flags_, wide_, params_)                                                                                      \
	{ .symbol = name_, .op = (op_), .flags = (flags_) | ROW_COUNTS, TEXT(LEN_I32, 1, 2), .params = (params_) },                        \
		{ .symbol = name_ "A", .op = (op_), .flags = ROW_OUTER, TEXT(LEN_I32, 1, 2), .inner = { name_ } },                         \
	{                                                                                                                                  \
		.symbol = name_ "W", .op = (op_), .flags = ROW_MARKER | ROW_COUNTS, .text = (wide_), .text_arg = 1, .len_arg = 2,          \
		.params = (params_)                                                                                                        \
	}

/* (stmt, catalog, length, schema, length, table, length, ...): the seventh argument is on the stack. */
#define TABLE_TEXT(text_) SHORT_TEXT(text_, 5, 6, PROBE_STACK_ARGS)
#define WITH_TABLE(name_, wide_)                                                                                                           \
	{ .symbol = name_, .op = OP_LAYER_CATALOG, TABLE_TEXT(PROBE_TEXT_LEN_I32) },                                                       \
		{ .symbol = name_ "A", .op = OP_LAYER_CATALOG, .flags = ROW_OUTER, TABLE_TEXT(PROBE_TEXT_LEN_I32), .inner = { name_ } },   \
	{                                                                                                                                  \
		.symbol = name_ "W", .op = OP_LAYER_CATALOG, TABLE_TEXT(wide_)                                                             \
	}

/* SQLConnect(dbc, source, length, user, length, password, length): the last two are not looked at. */
#define CONNECT(suffix_, flags_, text_, more_)                                                                                             \
	{                                                                                                                                  \
		.symbol = "SQLConnect" suffix_, .op = OP_LAYER_CONNECT, .flags = (flags_),                                                 \
		SHORT_TEXT(text_, 1, 2, (more_) | PROBE_NAME_LEN), NAME(3), .also_args = 1 << 4, .inner = {                                \
			(flags_)&ROW_OUTER ? "SQLConnect" : NULL                                                                           \
		}                                                                                                                          \
	}

/* Connection strings: a short as length. */
#define WITH_SOURCE(name_, arg_, more_, wide_)                                                                                             \
	{ .symbol = name_, .op = OP_LAYER_CONNECT, SHORT_TEXT(PROBE_TEXT_LEN_I32, arg_, (arg_) + 1, more_) },                              \
		{ .symbol = name_ "A",                                                                                                     \
		  .op = OP_LAYER_CONNECT,                                                                                                  \
		  .flags = ROW_OUTER,                                                                                                      \
		  SHORT_TEXT(PROBE_TEXT_LEN_I32, arg_, (arg_) + 1, more_),                                                                 \
		  .inner = { name_ } },                                                                                                    \
	{                                                                                                                                  \
		.symbol = name_ "W", .op = OP_LAYER_CONNECT, SHORT_TEXT(wide_, arg_, (arg_) + 1, more_)                                    \
	}

enum { SQL_HANDLE_STMT = 3 }; /* sql.h */

/* Looks at a statement of which the driver may know how many rows it had: SQLRowCount() is followed. */
#define COUNTS(name_, op_, handle_)                                                                                                        \
	{                                                                                                                                  \
		.symbol = name_, .op = (op_), .handle = (handle_), .flags = ROW_COUNTS                                                     \
	}

#define PLAIN(name_, op_, handle_)                                                                                                         \
	{                                                                                                                                  \
		.symbol = name_, .op = (op_), .handle = (handle_)                                                                          \
	}

/* (type, handle, number, state, ...) */
#define DIAGNOSTICS(name_)                                                                                                                 \
	{                                                                                                                                  \
		.symbol = name_, .op = OP_LAYER_ERROR, .handle = 1, .probe_flags = PROBE_STATE, NAME(3), .also_args = 1 << 2               \
	}

#define ENDS(name_, op_, handle_)                                                                                                          \
	{                                                                                                                                  \
		.symbol = name_, .op = (op_), .handle = (handle_), .flags = ROW_COUNTS, .probe_flags = PROBE_UNBIND, .also_args = 1 << 1   \
	}

#define ODBC_ROWS(wide_)                                                                                                                   \
	WITH_TEXT("SQLExecDirect", OP_LAYER_RUN, MAIN, wide_, PARAMS_ODBC),                                                                \
		WITH_TEXT("SQLPrepare", OP_LAYER_PREPARE, MAIN, wide_, PARAMS_NONE),                                                       \
		{ .symbol = "SQLExecute", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL | ROW_COUNTS, .params = PARAMS_ODBC },            \
		WITH_TABLE("SQLTables", wide_), WITH_TABLE("SQLColumns", wide_), WITH_TABLE("SQLPrimaryKeys", wide_),                      \
		WITH_TABLE("SQLForeignKeys", wide_), WITH_TABLE("SQLStatistics", wide_), WITH_TABLE("SQLTablePrivileges", wide_),          \
		WITH_TABLE("SQLColumnPrivileges", wide_), WITH_TABLE("SQLProcedures", wide_), WITH_TABLE("SQLProcedureColumns", wide_),    \
		{ .symbol = "SQLSpecialColumns", .op = OP_LAYER_CATALOG, SHORT_TEXT(PROBE_TEXT_LEN_I32, 6, 7, PROBE_STACK_ARGS) },         \
		{ .symbol = "SQLSpecialColumnsW", .op = OP_LAYER_CATALOG, SHORT_TEXT(wide_, 6, 7, PROBE_STACK_ARGS) },                     \
		PLAIN("SQLGetTypeInfo", OP_LAYER_CALLS, 0), PLAIN("SQLGetTypeInfoW", OP_LAYER_CALLS, 0),                                   \
		CONNECT("", 0, PROBE_TEXT_LEN_I32, 0), CONNECT("A", ROW_OUTER, PROBE_TEXT_LEN_I32, 0),                                     \
		CONNECT("W", 0, wide_, PROBE_NAME_WIDE), PLAIN("SQLAllocStmt", OP_LAYER_STATEMENT, 0),                                     \
		{ .symbol = "SQLAllocHandle",                                                                                              \
		  .op = OP_LAYER_STATEMENT,                                                                                                \
		  .handle = 1,                                                                                                             \
		  .probe_flags = PROBE_ONLY,                                                                                               \
		  .only_arg = 0,                                                                                                           \
		  .only = SQL_HANDLE_STMT },                                                                                               \
		WITH_SOURCE("SQLDriverConnect", 2, PROBE_SECRET, wide_), WITH_SOURCE("SQLBrowseConnect", 1, PROBE_SECRET, wide_),          \
		PLAIN("SQLDisconnect", OP_LAYER_CALLS, 0), PLAIN("SQLEndTran", OP_LAYER_CALLS, 1),                                         \
		PLAIN("SQLTransact", OP_LAYER_CALLS, 1), PLAIN("SQLSetConnectAttr", OP_LAYER_CALLS, 0),                                    \
		PLAIN("SQLSetConnectAttrW", OP_LAYER_CALLS, 0), PLAIN("SQLSetConnectOption", OP_LAYER_CALLS, 0),                           \
		PLAIN("SQLSetConnectOptionW", OP_LAYER_CALLS, 0), PLAIN("SQLParamData", OP_LAYER_RESUME, 0),                               \
		PLAIN("SQLBulkOperations", OP_LAYER_CALLS, 0), PLAIN("SQLSetPos", OP_LAYER_CALLS, 0),                                      \
		COUNTS("SQLRowCount", OP_LAYER_RESULT, 0), COUNTS("SQLNumResultCols", OP_LAYER_RESULT, 0),                                 \
		PLAIN("SQLDescribeCol", OP_LAYER_RESULT, 0), PLAIN("SQLDescribeColW", OP_LAYER_RESULT, 0),                                 \
		COUNTS("SQLMoreResults", OP_LAYER_MORE, 0), DIAGNOSTICS("SQLGetDiagRec"), DIAGNOSTICS("SQLGetDiagRecW"),                   \
		{ .symbol = "SQLBindParameter", .op = OP_BIND, .probe_flags = PROBE_BIND_ODBC }, PLAIN("SQLError", OP_LAYER_ERROR, 2),     \
		PLAIN("SQLErrorW", OP_LAYER_ERROR, 2), ENDS("SQLFreeStmt", OP_LAYER_END, 0), COUNTS("SQLCloseCursor", OP_LAYER_END, 0),    \
		ENDS("SQLFreeHandle", OP_LAYER_CLOSE, 1)

static const struct client_row odbc_rows[] = { ODBC_ROWS(PROBE_TEXT_UTF16_UNITS) };
static const struct client_row iodbc_rows[] = { ODBC_ROWS(PROBE_TEXT_UTF32_UNITS) };

static const struct conn_row odbc_conn[] = {
	{ "SQLRowCount", CHAIN_ROWS_OUT, CONN_ROWS, CONN_NONE },
};

_Static_assert(ARRAY_SIZE(odbc_rows) <= ROWS_MAX, "ROWS_MAX");

/* Which database a driver is for: by the client library it needs, else by its own name as it is linked (DT_SONAME). */
static const struct family_variant odbc_variants[] = {
	{ "SQLBindFileToCol", "db2cli", SYSTEM_DB2 },         { "SQLDrivers", "unixodbc", SYSTEM_OTHER },
	{ "libpq.so", "odbc-postgresql", SYSTEM_POSTGRESQL }, { "libmariadb.so", "odbc-mariadb", SYSTEM_MYSQL },
	{ "libmysqlclient.so", "odbc-mysql", SYSTEM_MYSQL },  { "libsqlite3.so", "odbc-sqlite", SYSTEM_SQLITE },
	{ "libclntsh.so", "odbc-oracle", SYSTEM_ORACLE },     { "libtdsodbc", "odbc-freetds", SYSTEM_MSSQL },
	{ "libmsodbcsql", "odbc-mssql", SYSTEM_MSSQL },       { NULL, NULL, SYSTEM_NONE },
};

const struct client_family odbc_family = {
	"odbc",
	{ "SQLExecDirect", "SQLPrepare" },
	.system = SYSTEM_OTHER,
	.rows = odbc_rows,
	.nrows = ARRAY_SIZE(odbc_rows),
	.conn = odbc_conn,
	.nconn = ARRAY_SIZE(odbc_conn),
	.lacks = "iodbc_version",
	.variants = odbc_variants,
};

const struct client_family iodbc_family = {
	"iodbc",
	{ "SQLExecDirect", "SQLPrepare" },
	.system = SYSTEM_OTHER,
	.rows = iodbc_rows,
	.nrows = ARRAY_SIZE(iodbc_rows),
	.needs = { "iodbc_version" },
};
