// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * FreeTDS (Sybase and SQL Server). DB-Library: the text comes in pieces (dbcmd; dbfcmd and dbuse call it) and is sent as one; dbsqlexec
 * calls dbsqlsend. CT-Library: commands are set on a CS_COMMAND and sent by ct_send. The ODBC driver is in rows_odbc.c: it has the protocol
 * inside. No row for dbnextrow and ct_fetch: they are called for every row. Source: sybdb.h, ctpublic.h, bkpublic.h of FreeTDS 1.3.
 */
#include "attach/rows.h"
#include "base/cleanup.h"

#define MAIN (ROW_MARKER | ROW_ESSENTIAL)

static const struct client_row dblib_rows[] = {
	{ .symbol = "dbcmd", .op = OP_LAYER_APPEND, .flags = MAIN, TEXT(NUL, 1, -1) },
	{ .symbol = "dbfcmd", .op = OP_LAYER_APPEND, .flags = ROW_OUTER, TEXT(NUL, 1, -1), .inner = { "dbcmd" } },
	{ .symbol = "dbsqlsend", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL },
	{ .symbol = "dbsqlexec", .op = OP_LAYER_EXECUTE },
	{ .symbol = "dbrpcinit", .op = OP_LAYER_RPC, .flags = ROW_ESSENTIAL, TEXT(NUL, 1, -1) },
	{ .symbol = "dbrpcsend", .op = OP_LAYER_EXECUTE, .flags = ROW_ESSENTIAL },
	{ .symbol = "dbuse", .op = OP_LAYER_CALLS },
	{ .symbol = "bcp_init", .op = OP_LAYER_BULK, .flags = ROW_ESSENTIAL, TEXT(NUL, 1, -1), NAME(2) },
	{ .symbol = "dbresults", .op = OP_LAYER_RESULT, .flags = ROW_ESSENTIAL },
	{ .symbol = "bcp_exec", .op = OP_LAYER_RESULT },
	{ .symbol = "bcp_done", .op = OP_LAYER_RESULT },
	{ .symbol = "dbcancel", .op = OP_LAYER_END },
	{ .symbol = "dbclose", .op = OP_LAYER_CLOSE, .flags = ROW_ESSENTIAL },
};

/* CS_NULLTERM is -9; of an RPC the text is the procedure's name. */
static const struct client_row ctlib_rows[] = {
	{ .symbol = "ct_command", .op = OP_LAYER_COMMAND, .flags = MAIN, TEXT(LEN_I32, 2, 3) },
	{ .symbol = "ct_dynamic", .op = OP_LAYER_DYNAMIC, .flags = ROW_ESSENTIAL, TEXT(LEN_I32, 4, 5), NAME(2) },
	{ .symbol = "ct_cursor", .op = OP_LAYER_CURSOR, .flags = ROW_ESSENTIAL, TEXT(LEN_I32, 4, 5), NAME(2) },
	{ .symbol = "ct_send", .op = OP_LAYER_SEND, .flags = ROW_ESSENTIAL },
	{ .symbol = "ct_results", .op = OP_LAYER_RESULT, .flags = ROW_ESSENTIAL },
	{ .symbol = "ct_cancel", .op = OP_LAYER_END, .handle = 1 },
	{ .symbol = "ct_cmd_drop", .op = OP_LAYER_CLOSE, .flags = ROW_ESSENTIAL },
	{ .symbol = "blk_init", .op = OP_LAYER_BLK, TEXT(LEN_I32, 2, 3) },
};

const struct client_family dblib_family = {
	"dblib",
	{ "dbcmd" },
	.system = SYSTEM_MSSQL,
	.rows = dblib_rows,
	.nrows = ARRAY_SIZE(dblib_rows),
	.needs = { "dbsqlsend", "dbnextrow" },
};

const struct client_family ctlib_family = {
	"ctlib", { "ct_command" }, .system = SYSTEM_MSSQL, .rows = ctlib_rows, .nrows = ARRAY_SIZE(ctlib_rows), .needs = { "ct_send" },
};
