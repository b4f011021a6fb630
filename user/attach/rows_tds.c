// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * FreeTDS (Sybase and SQL Server). DB-Library: the text comes in pieces (dbcmd; dbfcmd and dbuse call it) and is sent as one; dbsqlexec
 * calls dbsqlsend. CT-Library: commands are set on a CS_COMMAND and sent by ct_send. The ODBC driver is in rows_odbc.c: it has the protocol
 * inside. No row for dbnextrow and ct_fetch: they are called for every row; how many there were the connection counts itself (dbcount,
 * ct_res_info). Of a login's properties only the user is looked at. Source: sybdb.h, ctpublic.h, cspublic.h, bkpublic.h of FreeTDS 1.3.
 */
#include "attach/rows.h"
#include "base/cleanup.h"

#define MAIN (ROW_MARKER | ROW_ESSENTIAL)

/* What was bound to the command is over. */
#define UNBIND (PROBE_UNBIND | PROBE_BIND_NEW)

#define ONLY(arg_, value_) .probe_flags = PROBE_ONLY, .only_arg = (arg_), .only = (value_)

enum { DBSETUSER = 2 };      /* sybdb.h: what dbsetlname() sets; 3 is the password */
enum { CS_USERNAME = 9100 }; /* cspublic.h: a property; 9101 is the password */

static const struct client_row dblib_rows[] = {
	{ .symbol = "dbsetlname", .op = OP_LAYER_USER, TEXT(NUL, 1, -1), ONLY(2, DBSETUSER) },
	{ .symbol = "tdsdbopen", .op = OP_LAYER_OPEN, TEXT(NUL, 1, -1) },
	{ .symbol = "dbopen", .op = OP_LAYER_OPEN, .flags = ROW_OUTER, TEXT(NUL, 1, -1), .inner = { "tdsdbopen" } },
	{ .symbol = "dbcmd", .op = OP_LAYER_APPEND, .flags = MAIN | ROW_CONN | ROW_COUNTS, TEXT(NUL, 1, -1) },
	{ .symbol = "dbfcmd", .op = OP_LAYER_APPEND, .flags = ROW_OUTER, TEXT(NUL, 1, -1), .inner = { "dbcmd" } },
	{ .symbol = "dbsqlsend", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL | ROW_CONN | ROW_COUNTS },
	{ .symbol = "dbsqlexec", .op = OP_LAYER_EXECUTE, .flags = ROW_CONN | ROW_COUNTS },
	{ .symbol = "dbrpcinit", .op = OP_LAYER_RPC, .flags = ROW_ESSENTIAL | ROW_CONN | ROW_COUNTS, TEXT(NUL, 1, -1) },
	{ .symbol = "dbrpcparam",
	  .op = OP_LAYER_VALUE_TDS,
	  .text = PROBE_TEXT_VALUE,
	  .text_arg = 6,
	  .len_arg = 5,
	  .probe_flags = PROBE_HEAD | PROBE_STACK_ARGS,
	  .also_args = 1 << 3 },
	{ .symbol = "dbrpcsend", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL | ROW_CONN },
	{ .symbol = "dbuse", .op = OP_LAYER_CALLS, .flags = ROW_CONN },
	{ .symbol = "bcp_init",
	  .op = OP_LAYER_BULK,
	  .flags = ROW_ESSENTIAL | ROW_CONN | ROW_COUNTS,
	  TEXT(NUL, 1, -1),
	  NAME(2),
	  .also_args = 1 << 4 },
	{ .symbol = "dbresults", .op = OP_LAYER_NEXT, .flags = ROW_ESSENTIAL | ROW_COUNTS },
	{ .symbol = "bcp_exec", .op = OP_LAYER_BULK_RUN },
	{ .symbol = "bcp_done", .op = OP_LAYER_BULK_RUN },
	{ .symbol = "dbcancel", .op = OP_LAYER_END, .flags = ROW_COUNTS },
	{ .symbol = "dbclose", .op = OP_LAYER_CLOSE, .flags = ROW_ESSENTIAL | ROW_CONN | ROW_COUNTS, .probe_flags = PROBE_CONN_DROP },
};

/* CS_NULLTERM is -9; of an RPC the text is the procedure's name. */
static const struct client_row ctlib_rows[] = {
	{ .symbol = "ct_con_props", .op = OP_LAYER_PROPERTY, TEXT(LEN_I32, 3, 4), ONLY(2, CS_USERNAME), .also_args = 1 << 1 },
	{ .symbol = "ct_connect", .op = OP_LAYER_SERVER, TEXT(LEN_I32, 1, 2) },
	{ .symbol = "ct_cmd_alloc", .op = OP_LAYER_STATEMENT },
	{ .symbol = "blk_alloc", .op = OP_LAYER_STATEMENT },
	{ .symbol = "ct_command",
	  .op = OP_LAYER_COMMAND,
	  .flags = MAIN | ROW_COUNTS,
	  TEXT(LEN_I32, 2, 3),
	  .probe_flags = UNBIND,
	  .also_args = 1 << 1 },
	{ .symbol = "ct_dynamic",
	  .op = OP_LAYER_DYNAMIC,
	  .flags = ROW_ESSENTIAL | ROW_COUNTS,
	  TEXT(LEN_I32, 4, 5),
	  NAME(2),
	  .probe_flags = UNBIND,
	  .also_args = 1 << 1 },
	{ .symbol = "ct_cursor",
	  .op = OP_LAYER_CURSOR,
	  .flags = ROW_ESSENTIAL | ROW_COUNTS,
	  TEXT(LEN_I32, 4, 5),
	  NAME(2),
	  .probe_flags = UNBIND,
	  .also_args = 1 << 1 },
	{ .symbol = "ct_param",
	  .op = OP_LAYER_VALUE_CT,
	  .text = PROBE_TEXT_VALUE,
	  .text_arg = 2,
	  .len_arg = 3,
	  .probe_flags = PROBE_HEAD | PROBE_BIND_CT },
	{ .symbol = "ct_setparam", .op = OP_LAYER_VALUE_OTHER, .probe_flags = PROBE_BIND_CT },
	{ .symbol = "ct_send", .op = OP_LAYER_SEND, .flags = ROW_ESSENTIAL | ROW_COUNTS, .params = PARAMS_CT },
	{ .symbol = "ct_results", .op = OP_LAYER_RESULT, .flags = ROW_ESSENTIAL | ROW_COUNTS },
	{ .symbol = "ct_cancel", .op = OP_LAYER_END, .handle = 1, .flags = ROW_COUNTS },
	{ .symbol = "ct_cmd_drop", .op = OP_LAYER_CLOSE, .flags = ROW_ESSENTIAL | ROW_COUNTS, .probe_flags = UNBIND },
	{ .symbol = "blk_init", .op = OP_LAYER_BLK, TEXT(LEN_I32, 2, 3), .also_args = 1 << 1 },
};

/* In a build whose functions write a protocol of their calls on demand, the demand is taken to be off or on, whichever leads on. */
static const struct conn_row dblib_conn[] = {
	{ "dbiordesc", CHAIN_WAYS_32, CONN_SOCKET, CONN_U32 },
	{ "dbname", CHAIN_ADDRESS, CONN_DATABASE, CONN_CHARS },
	{ "dbname", CHAIN_ADDRESS, CONN_ID, CONN_U64 }, /* no number, but told anew when the database changes */
	{ "dbcount", CHAIN_ROWS, CONN_ROWS, CONN_NONE },
};

static const struct conn_row ctlib_conn[] = {
	{ "ct_res_info", CHAIN_ROWS_INFO, CONN_ROWS, CONN_NONE },
};

const struct client_family dblib_family = {
	"dblib",
	{ "dbcmd" },
	.system = SYSTEM_MSSQL,
	.rows = dblib_rows,
	.nrows = ARRAY_SIZE(dblib_rows),
	.conn = dblib_conn,
	.nconn = ARRAY_SIZE(dblib_conn),
	.needs = { "dbsqlsend", "dbnextrow" },
};

const struct client_family ctlib_family = {
	"ctlib",
	{ "ct_command" },
	.system = SYSTEM_MSSQL,
	.rows = ctlib_rows,
	.nrows = ARRAY_SIZE(ctlib_rows),
	.conn = ctlib_conn,
	.nconn = ARRAY_SIZE(ctlib_conn),
	.needs = { "ct_send" },
};
