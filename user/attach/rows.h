// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* How rows are written, and the tables that stand in files of their own. Private to attach. */
#ifndef QPROV_ROWS_H
#define QPROV_ROWS_H

#include "attach/table.h"

#define TEXT(kind_, arg_, len_) .text = PROBE_TEXT_##kind_, .text_arg = (arg_), .len_arg = (len_)
#define NAME(arg_) .named = true, .name_arg = (arg_)
#define OUTER(...) .op = OP_OUTER, .flags = ROW_OUTER, .inner = { __VA_ARGS__ }

extern const struct client_family odbc_family, iodbc_family, dblib_family, ctlib_family, duckdb_family, oci_family, mongoc_family,
	cassandra_family;

#endif
