// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What the entry of a function means: OP(NAME, number, name in `qprov probes`, OPF_*) and arguments and fields by convention of the
 * operation. The numbers are part of recorded files: a new one takes one that is free. Included by client.h and user/base/op.c.
 */
/* clang-format off */
OP(NONE, 0, "none", OPF_CALLER)
OP(OUTER, 1, "outer", OPF_CALLER) /* never hooked unless it inlines the inner one: only its extent is known */
OP(SUBMIT, 2, "submit", OPF_STATEMENT | OPF_CALLER) /* text runs now; args[0] connection */
OP(PREPARE, 3, "prepare", OPF_STATEMENT | OPF_CALLER) /* text is prepared; args[0] connection, name = statement name (libpq) */
OP(EXECUTE_NAMED, 4, "execute", OPF_STATEMENT | OPF_CALLER) /* name = statement name; args[0] connection (libpq) */
OP(EXECUTE_STMT, 5, "execute", OPF_STATEMENT | OPF_CALLER) /* args[0] statement handle (mysql_stmt_execute) */
OP(STMT_PREPARE, 6, "prepare", OPF_STATEMENT | OPF_CALLER) /* text is prepared on handle args[0] (mysql_stmt_prepare) */
OP(STMT_SUBMIT, 7, "submit", OPF_STATEMENT | OPF_CALLER) /* text is prepared on handle args[0] and runs now (mariadb_stmt_execute_direct) */
OP(STMT_CLOSE, 8, "close", 0) /* handle args[0] ends */
OP(PG_RESULT, 9, "result", 0) /* PQclear: fields 0 ntups s32, 1 resultStatus u32; name = cmdStatus */
OP(MY_RESULT, 10, "result", 0) /* mysql_free_result: field 0 row_count u64 */
OP(MY_STORE, 11, "result", 0) /* mysql_store_result / mysql_use_result: fields 0 affected_rows u64, 1 errno u32; args[0] connection */
OP(MY_STATUS, 12, "status", 0) /* mysql_affected_rows, mysql_errno, mysql_error, mysql_next_result ...: fields as OP_MY_STORE */
OP(MY_STMT_STATUS, 13, "status", 0) /* mysql_stmt_affected_rows, _errno, _store_result, ...: args[0] statement; fields as decoded */
OP(LITE_PREPARE, 14, "prepare", OPF_STATEMENT | OPF_CALLER) /* sqlite3_prepare*: args[0] db; text may hold further statements */
OP(LITE_EXEC, 15, "submit", OPF_STATEMENT | OPF_CALLER) /* sqlite3_exec: args[0] db; the whole text runs now */
/* sqlite3_reset: args[0] stmt; text = zSql; fields 0 run counter u32, 1 db u64, 2 pResultRow u64, 3 step count */
OP(LITE_RESET, 16, "result", OPF_STATEMENT | OPF_CALLER)
OP(LITE_FINALIZE, 17, "result", OPF_STATEMENT | OPF_CALLER) /* sqlite3_finalize: the same; the handle ends */
OP(LITE_ERROR, 18, "status", OPF_CALLER) /* sqlite3_errmsg: args[0] db: the last call failed */
OP(LITE_STEP, 19, "count", OPF_CALLER | OPF_UNTRIED) /* counted only */
OP(PG_ERROR, 20, "result", 0) /* PQresultErrorField: as OP_PG_RESULT, when the error is built, long before the client frees it */

/* args[0] connection: its session begins anew (mysql_change_user, mysql_reset_connection), or its database is another one (mysql_select_db) */
OP(MY_SESSION, 21, "connect", OPF_CALLER | OPF_UNTRIED)

OP(MY_ARRAY, 24, "bind", OPF_CALLER | OPF_UNTRIED) /* the statement args[0] is bound to arrays from now on */

OP(CONN_END, 40, "connect", OPF_CALLER | OPF_UNTRIED) /* not sent: the connection args[0] is closed, or becomes another one */
OP(BIND, 41, "bind", OPF_CALLER | OPF_UNTRIED) /* not sent: an array of values is bound to the statement args[0] */
OP(LONG_DATA, 42, "bind", OPF_CALLER) /* text: a piece of the value of parameter args[1] (from 0) of the statement args[0] */
OP(PG_LO, 43, "submit", OPF_STATEMENT | OPF_CALLER) /* large objects: args[1] object or descriptor; text: file name of import and export */
OP(PG_FN, 44, "submit", OPF_STATEMENT | OPF_CALLER) /* PQfn: args[1] number of the function */
/* sqlite3_backup_init: name = destination, text = source database; args[2] the source's db */
OP(LITE_BACKUP, 45, "submit", OPF_STATEMENT | OPF_CALLER)
OP(LITE_BLOB, 46, "submit", OPF_STATEMENT | OPF_CALLER) /* sqlite3_blob_open: text table, name column, args[4] rowid, args[5] written to */
OP(LITE_IMAGE, 47, "submit", OPF_STATEMENT | OPF_CALLER) /* sqlite3_serialize, _deserialize: text = database */
OP(CONN_CLOSE, 48, "connect", OPF_CALLER) /* the connection args[0] is closed */
OP(PG_CLOSE, 49, "close", OPF_CALLER) /* the prepared statement or cursor of this name is closed; args[0] connection */
/* sent when its count doubles: field 3 so many bytes or rows of a COPY so far; args[0] connection */
OP(PG_COPY_DATA, 50, "count", OPF_CALLER)
OP(PG_COPY_END, 51, "result", OPF_CALLER) /* PQputCopyEnd: text = why the client gives up, NULL when it does not; field 3 as before */
OP(PG_CANCEL, 52, "cancel", OPF_CALLER) /* the thread's next connection is a request to cancel and carries no statement */
OP(MY_FETCH, 53, "count", OPF_CALLER | OPF_UNTRIED) /* mysql_stmt_fetch, counted only: of statement args[0] */
/* PQgetCopyData: sent when a count doubles; field 3: calls so far, 0 and 1: rows and bytes taken, if known */
OP(PG_COPY_ROWS, 54, "count", OPF_CALLER | OPF_UNTRIED)
OP(PG_LOOK, 56, "result", 0) /* PQresultStatus: as OP_PG_RESULT, when the client looks at the result, long before it may free it */
OP(PG_COPY_OVER, 55, "count", OPF_UNTRIED) /* PQgetResult, where rows were taken: the same, of the COPY that is over */

/*
 * For libraries that keep their handles and texts alike, and may stand above another one of them (a driver manager above a driver
 * above a client library): query/layer.h. args[handle] is the connection (SUBMIT, RPC, BULK) or the statement.
 */
OP(LAYER_SUBMIT, 60, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* text runs now */
OP(LAYER_RUN, 61, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* the same, on a statement's handle */
OP(LAYER_PREPARE, 62, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* text is prepared */
OP(LAYER_EXECUTE, 63, "execute", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* what the handle holds runs */
/* text is added to what the handle holds; begins anew after a run */
OP(LAYER_APPEND, 64, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
/* text is prepared on a handle that is known only at its first use, on the same thread as a rule */
OP(LAYER_CREATE, 65, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_BIND, 66, "status", OPF_CALLER) /* uses such a handle without running it */
OP(LAYER_RPC, 67, "prepare", OPF_STATEMENT | OPF_CALLER) /* text is the name of a procedure that EXECUTE runs */
/* text: table, name: file; the row's probe flags tell nothing: args[4] is 1 (in) or 2 (out) */
OP(LAYER_BULK, 68, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
/* asks for the catalogue's entries on a table, which is the text */
OP(LAYER_CATALOG, 69, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_CALLS, 70, "caller", OPF_AROUND | OPF_CALLER) /* runs nothing of its own, though others below it may: connect, commit */
OP(LAYER_CONNECT, 71, "connect", OPF_AROUND | OPF_CALLER) /* the same; text: data source or connection string */
OP(LAYER_RESULT, 72, "status", 0) /* looks at the result of the last run: it succeeded */
OP(LAYER_ERROR, 73, "status", 0) /* asks for an error */
OP(LAYER_END, 74, "result", 0) /* is done with the result */
OP(LAYER_CLOSE, 75, "close", 0) /* the handle ends */
OP(LAYER_COMMAND, 76, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* CT-Library: APPEND, or RPC where args[1] is CS_RPC_CMD */
/* CT-Library: args[1] prepares text under a name, runs it, or runs text at once, at the next SEND */
OP(LAYER_DYNAMIC, 77, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
/* CT-Library: args[1] declares a cursor for text, or does something with it */
OP(LAYER_CURSOR, 78, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_SEND, 79, "execute", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* EXECUTE, unless nothing was set since the last one */
OP(LAYER_BLK, 80, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* BULK without a file: args[1] is 1 (in) or 2 (out) */
OP(LAYER_SELECT, 81, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* no statement: reads the collection that the text names */
OP(LAYER_INSERT, 82, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_UPDATE, 83, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_DELETE, 84, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
/* CREATE with the text of args[handle]; its connection is args[0], where that is another one */
OP(LAYER_DERIVE, 85, "prepare", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
/* CALLS, opens a connection whose handle is known at its first use; text: server, file, URI; args[handle]: login */
OP(LAYER_OPEN, 86, "connect", OPF_AROUND | OPF_CALLER)
OP(LAYER_SERVER, 87, "connect", OPF_AROUND | OPF_CALLER) /* CALLS, text: the server of the connection args[handle] */
OP(LAYER_USER, 88, "connect", OPF_CALLER) /* text: the user of the login or connection args[handle] */
OP(LAYER_PROPERTY, 89, "connect", OPF_CALLER) /* CT-Library: USER, where args[1] sets it */
/* CALLS, makes a statement of the connection args[handle]; it is known at its first use */
OP(LAYER_STATEMENT, 90, "connect", OPF_AROUND | OPF_CALLER)
/* the same of what may be used for the first time itself, and for what may be used so; text: its database */
OP(LAYER_ALLOC, 91, "connect", OPF_AROUND | OPF_CALLER)
OP(LAYER_LINK, 92, "connect", OPF_AROUND | OPF_CALLER) /* CALLS, args[handle] has the connection of args[1]; text: its database */
OP(LAYER_NEXT, 93, "status", OPF_CALLER) /* RESULT, goes to the first result, then to the next one */
OP(LAYER_MORE, 94, "status", OPF_CALLER) /* RESULT, goes to the next result */
OP(LAYER_BULK_RUN, 95, "execute", OPF_AROUND | OPF_CALLER) /* what the last BULK on args[handle] set up runs, or is over */
OP(LAYER_SUBMIT_INTO, 96, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* SUBMIT; args[2] is the handle of its result from then on */
OP(LAYER_EXECUTE_INTO, 97, "execute", OPF_STATEMENT | OPF_AROUND | OPF_CALLER) /* EXECUTE; so is args[1] */

/* A value is bound to the statement args[handle]: number args[1], from 1 on (Cassandra: from 0); with a name the next one. */
OP(LAYER_VALUE_NULL, 98, "bind", OPF_CALLER)
OP(LAYER_VALUE_STRING, 99, "bind", OPF_CALLER) /* text */
OP(LAYER_VALUE_BYTES, 100, "bind", OPF_CALLER) /* text */
OP(LAYER_VALUE_INT, 101, "bind", OPF_CALLER) /* args[2], 64 bits; of INT32 the low half */
OP(LAYER_VALUE_INT32, 102, "bind", OPF_CALLER)
OP(LAYER_VALUE_UINT, 103, "bind", OPF_CALLER)
OP(LAYER_VALUE_BOOL, 104, "bind", OPF_CALLER)
OP(LAYER_VALUE_DATE, 105, "bind", OPF_CALLER) /* args[2]: days since 1970 */
OP(LAYER_VALUE_TIME, 106, "bind", OPF_CALLER) /* args[2]: microseconds since 1970 */
OP(LAYER_VALUE_OTHER, 107, "bind", OPF_CALLER) /* something that is not read */
OP(LAYER_VALUE_NAMED, 108, "bind", OPF_CALLER) /* the same, by a name */
OP(LAYER_VALUE_TDS, 109, "bind", OPF_CALLER) /* dbrpcparam: text, args[3] its type, args[5] its length; the next parameter */
OP(LAYER_VALUE_CT, 110, "bind", OPF_CALLER) /* ct_param: text, args[5] its type, a CS_*_TYPE of cspublic.h */

/* OCIAttrSet: args[4]: args[0] gets a server or a session, args[2], or a session its user, the text */
OP(LAYER_ATTRIBUTE, 111, "connect", OPF_CALLER)
OP(LAYER_LOGON, 112, "connect", OPF_AROUND | OPF_CALLER) /* OCILogon: OPEN, name: user */

/* As OP_LAYER_VALUE_*, the value is an object: fields 0 its type, 1 not 0 for NULL, 2 and 3 a number's low and high half; text. */
OP(LAYER_VALUE_OBJECT, 113, "bind", OPF_CALLER)

/* CALLS; the run on args[handle], which asked for values and has returned, goes on in here */
OP(LAYER_RESUME, 114, "caller", OPF_AROUND | OPF_CALLER)
/* the command that a document says, whose first bytes as they lie in memory are the name; text: its database, if it is not the connection's */
OP(LAYER_DOCUMENT, 115, "submit", OPF_STATEMENT | OPF_AROUND | OPF_CALLER)
OP(LAYER_FORGET, 125, "close", OPF_CALLER) /* the statement *args[handle], field 1, is no more; what it ran last may go on */
