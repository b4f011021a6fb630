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

/* What the entry of the function means. */
enum client_op {
#define OP(name, number, shown, flags) OP_##name = (number),
#include "op_list.h"
#undef OP
	OP_COUNT = 128 /* above all of them */
};

/* What holds for an operation: user/base/op.h. */
enum client_op_flags {
	OPF_STATEMENT = 1, /* sends something to a database, or runs it there */
	OPF_AROUND = 2,    /* functions of other libraries may be called inside (PROBE_LAYER) */
	OPF_CALLER = 4,    /* who called matters; a look at a result is the same whoever looks */
	OPF_UNTRIED = 8,   /* no canary tries it: its calls are not sent, or its probe is not there yet */
};

#endif
