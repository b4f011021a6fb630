// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The meaning of a client function: shared by the client table (attach) and the query stage. Values are part of recorded files. */
#ifndef QPROV_CLIENT_H
#define QPROV_CLIENT_H

enum client_system {
	SYSTEM_NONE,
	SYSTEM_POSTGRESQL,
	SYSTEM_MYSQL, /* MariaDB's and Oracle's libraries alike; the family tells which */
	SYSTEM_SQLITE,
	SYSTEM_OTHER, /* not known, or named by the library's family (a site's own rows) */
	SYSTEM_MSSQL,
	SYSTEM_ORACLE,
	SYSTEM_DB2,
	SYSTEM_DUCKDB,
	SYSTEM_MONGODB,
	SYSTEM_CASSANDRA,
	SYSTEM_COUNT
};

/* What the entry of the function means. Arguments and fields by convention of the operation. */
enum client_op {
	OP_NONE,
	OP_OUTER,          /* never hooked unless it inlines the inner one: only its extent is known */
	OP_SUBMIT,         /* text runs now; args[0] connection */
	OP_PREPARE,        /* text is prepared; args[0] connection, name = statement name (libpq) */
	OP_EXECUTE_NAMED,  /* name = statement name; args[0] connection (libpq) */
	OP_EXECUTE_STMT,   /* args[0] statement handle (mysql_stmt_execute) */
	OP_STMT_PREPARE,   /* text is prepared on handle args[0] (mysql_stmt_prepare) */
	OP_STMT_SUBMIT,    /* text is prepared on handle args[0] and runs now (mariadb_stmt_execute_direct) */
	OP_STMT_CLOSE,     /* handle args[0] ends */
	OP_PG_RESULT,      /* PQclear: fields 0 ntups s32, 1 resultStatus u32; name = cmdStatus */
	OP_MY_RESULT,      /* mysql_free_result: field 0 row_count u64 */
	OP_MY_STORE,       /* mysql_store_result / mysql_use_result: fields 0 affected_rows u64, 1 errno u32; args[0] connection */
	OP_MY_STATUS,      /* mysql_affected_rows, mysql_errno, mysql_error, mysql_next_result ...: fields as OP_MY_STORE */
	OP_MY_STMT_STATUS, /* mysql_stmt_affected_rows, _errno, _store_result, ...: args[0] statement; fields as decoded */
	OP_LITE_PREPARE,   /* sqlite3_prepare*: args[0] db; text may hold further statements */
	OP_LITE_EXEC,      /* sqlite3_exec: args[0] db; the whole text runs now */
	OP_LITE_RESET,    /* sqlite3_reset: args[0] stmt; text = zSql; fields 0 run counter u32, 1 db u64, 2 pResultRow u64, 3 step count */
	OP_LITE_FINALIZE, /* sqlite3_finalize: the same; the handle ends */
	OP_LITE_ERROR,    /* sqlite3_errmsg: args[0] db: the last call failed */
	OP_LITE_STEP,     /* counted only */
	OP_PG_ERROR,      /* PQresultErrorField: as OP_PG_RESULT, when the error is built, long before the client frees it */

	OP_CONN_END = 40,     /* not sent: the connection args[0] is closed, or becomes another one */
	OP_BIND = 41,         /* not sent: an array of values is bound to the statement args[0] */
	OP_LONG_DATA = 42,    /* text: a piece of the value of parameter args[1] (from 0) of the statement args[0] */
	OP_PG_LO = 43,        /* large objects: args[1] object or descriptor; text: file name of import and export */
	OP_PG_FN = 44,        /* PQfn: args[1] number of the function */
	OP_LITE_BACKUP = 45,  /* sqlite3_backup_init: name = destination, text = source database; args[2] the source's db */
	OP_LITE_BLOB = 46,    /* sqlite3_blob_open: text table, name column, args[4] rowid, args[5] written to */
	OP_LITE_IMAGE = 47,   /* sqlite3_serialize, _deserialize: text = database */
	OP_CONN_CLOSE = 48,   /* the connection args[0] is closed */
	OP_PG_CLOSE = 49,     /* the prepared statement or cursor of this name is closed; args[0] connection */
	OP_PG_COPY_DATA = 50, /* sent when its count doubles: field 3 so many bytes or rows of a COPY so far; args[0] connection */
	OP_PG_COPY_END = 51,  /* PQputCopyEnd: text = why the client gives up, NULL when it does not; field 3 as before */
	OP_PG_CANCEL = 52,    /* the thread's next connection is a request to cancel and carries no statement */
	OP_MY_FETCH = 53,     /* mysql_stmt_fetch, counted only: of statement args[0] */
	OP_PG_COPY_ROWS = 54, /* PQgetCopyData: sent when a count doubles; field 3: calls so far, 0 and 1: rows and bytes taken, if known */
	OP_PG_COPY_OVER = 55, /* PQgetResult, where rows were taken: the same, of the COPY that is over */

	/*
	 * For libraries that keep their handles and texts alike, and may stand above another one of them (a driver manager above a driver
	 * above a client library): query/layer.h. args[handle] is the connection (SUBMIT, RPC, BULK) or the statement.
	 */
	OP_LAYER_SUBMIT = 60, /* text runs now */
	OP_LAYER_RUN,         /* the same, on a statement's handle */
	OP_LAYER_PREPARE,     /* text is prepared */
	OP_LAYER_EXECUTE,     /* what the handle holds runs */
	OP_LAYER_APPEND,      /* text is added to what the handle holds; begins anew after a run */
	OP_LAYER_CREATE,      /* text is prepared on a handle that is known only at its first use, on the same thread as a rule */
	OP_LAYER_BIND,        /* uses such a handle without running it */
	OP_LAYER_RPC,         /* text is the name of a procedure that EXECUTE runs */
	OP_LAYER_BULK,        /* text: table, name: file; the row's probe flags tell nothing: args[4] is 1 (in) or 2 (out) */
	OP_LAYER_CATALOG,     /* asks for the catalogue's entries on a table, which is the text */
	OP_LAYER_CALLS,       /* runs nothing of its own, though others below it may: connect, commit */
	OP_LAYER_CONNECT,     /* the same; text: data source or connection string */
	OP_LAYER_RESULT,      /* looks at the result of the last run: it succeeded */
	OP_LAYER_ERROR,       /* asks for an error */
	OP_LAYER_END,         /* is done with the result */
	OP_LAYER_CLOSE,       /* the handle ends */
	OP_LAYER_COMMAND,     /* CT-Library: APPEND, or RPC where args[1] is CS_RPC_CMD */
	OP_LAYER_DYNAMIC,     /* CT-Library: args[1] prepares text under a name, runs it, or runs text at once, at the next SEND */
	OP_LAYER_CURSOR,      /* CT-Library: args[1] declares a cursor for text, or does something with it */
	OP_LAYER_SEND,        /* EXECUTE, unless nothing was set since the last one */
	OP_LAYER_BLK,         /* BULK without a file: args[1] is 1 (in) or 2 (out) */
	OP_LAYER_SELECT,      /* no statement: reads the collection that the text names */
	OP_LAYER_INSERT,
	OP_LAYER_UPDATE,
	OP_LAYER_DELETE,
	OP_LAYER_DERIVE, /* CREATE with the text of args[handle]; its connection is args[0], where that is another one */
	OP_LAYER_OPEN, /* CALLS, opens a connection whose handle is known at its first use; text: server, file, URI; args[handle]: login */
	OP_LAYER_SERVER,       /* CALLS, text: the server of the connection args[handle] */
	OP_LAYER_USER,         /* text: the user of the login or connection args[handle] */
	OP_LAYER_PROPERTY,     /* CT-Library: USER, where args[1] sets it */
	OP_LAYER_STATEMENT,    /* CALLS, makes a statement of the connection args[handle]; it is known at its first use */
	OP_LAYER_ALLOC,        /* the same of what may be used for the first time itself, and for what may be used so; text: its database */
	OP_LAYER_LINK,         /* CALLS, args[handle] has the connection of args[1]; text: its database */
	OP_LAYER_NEXT,         /* RESULT, goes to the first result, then to the next one */
	OP_LAYER_MORE,         /* RESULT, goes to the next result */
	OP_LAYER_BULK_RUN,     /* what the last BULK on args[handle] set up runs, or is over */
	OP_LAYER_SUBMIT_INTO,  /* SUBMIT; args[2] is the handle of its result from then on */
	OP_LAYER_EXECUTE_INTO, /* EXECUTE; so is args[1] */

	/* A value is bound to the statement args[handle]: number args[1], from 1 on (Cassandra: from 0); with a name the next one. */
	OP_LAYER_VALUE_NULL,
	OP_LAYER_VALUE_STRING, /* text */
	OP_LAYER_VALUE_BYTES,  /* text */
	OP_LAYER_VALUE_INT,    /* args[2], 64 bits; of INT32 the low half */
	OP_LAYER_VALUE_INT32,
	OP_LAYER_VALUE_UINT,
	OP_LAYER_VALUE_BOOL,
	OP_LAYER_VALUE_DATE,  /* args[2]: days since 1970 */
	OP_LAYER_VALUE_TIME,  /* args[2]: microseconds since 1970 */
	OP_LAYER_VALUE_OTHER, /* something that is not read */
	OP_LAYER_VALUE_NAMED, /* the same, by a name */
	OP_LAYER_VALUE_TDS,   /* dbrpcparam: text, args[3] its type, args[5] its length; the next parameter */
	OP_LAYER_VALUE_CT,    /* ct_param: text, args[5] its type, a CS_*_TYPE of cspublic.h */

	OP_LAYER_ATTRIBUTE, /* OCIAttrSet: args[4]: args[0] gets a server or a session, args[2], or a session its user, the text */
	OP_LAYER_LOGON,     /* OCILogon: OPEN, name: user */

	/* As OP_LAYER_VALUE_*, the value is an object: fields 0 its type, 1 not 0 for NULL, 2 and 3 a number's low and high half; text. */
	OP_LAYER_VALUE_OBJECT = 113,

	OP_LAYER_FORGET = 125, /* the statement *args[handle], field 1, is no more; what it ran last may go on */

	OP_COUNT = 128 /* above all of them */
};

#endif
