// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The meaning of a client function: shared by the client table (attach) and the query stage. Values are part of recorded files. */
#ifndef QPROV_CLIENT_H
#define QPROV_CLIENT_H

enum client_system {
	SYSTEM_NONE,
	SYSTEM_POSTGRESQL,
	SYSTEM_MYSQL, /* MariaDB's and Oracle's libraries alike; the family tells which */
	SYSTEM_SQLITE,
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

	OP_CONN_END = 40, /* not sent: the connection args[0] is closed, or becomes another one */

	OP_COUNT = 128 /* above all of them */
};

#endif
