// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What views, functions, partitions and foreign tables of a database stand for: rows of its catalog -> views: and partitions: of a policy.
 *
 * A row is a line of fields joined by '|', all but the first in hexadecimal (UTF-8), so that no name can be mistaken for a separator:
 *   R|SCHEMA|NAME                            a relation
 *   F|SCHEMA|NAME                            a function or procedure
 *   D|SCHEMA|NAME|SCHEMA|NAME                the first reads the second
 *   P|SCHEMA|NAME|SCHEMA|NAME                the first is the parent of the second (inheritance, partition)
 *   B|SCHEMA|NAME|TEXT[|A]                   the SQL that a view or function runs; empty: it cannot be seen; A not empty: "x" is a name
 *   T|SCHEMA|NAME|TEXT[|A]                   the SQL of a trigger or rule: runs when rows of the relation change
 *   S|SCHEMA|NAME|TEXT[|A]                   the SQL of a scheduled event
 *   Q|SCHEMA|NAME|TEXT                       the SQL that another database runs for this relation
 *   W|SCHEMA|NAME|TEXT                       text of which each word counts that is the name of a relation
 *   H|SCHEMA|NAME|WHY                        something of it is hidden: "language", "engine", "rights"
 *   E                                        the last row: without it the answer is not whole
 * R and F stand before the others, T and S behind the B of the functions they call.
 */
#ifndef QPROV_CATALOG_H
#define QPROV_CATALOG_H

#include "base/buf.h"
#include "sql/sql.h"

#define CATALOG_OBJECTS_MAX 1000000
#define CATALOG_READS_MAX 8192 /* relations and functions that one view or function reads */

struct catalog;

int catalog_new(enum sql_dialect dialect, struct catalog **ret);
void catalog_free(struct catalog *c);
/* 0, -EBADMSG (not such rows: *ret_line is the line, from 1), -ENODATA (the last row is missing), -E2BIG or -ENOMEM. */
int catalog_rows(struct catalog *c, struct slice rows, size_t *ret_line);

struct catalog_summary {
	size_t relations, functions;
	size_t views;      /* entries under views: */
	size_t partitions; /* entries under partitions: */
	size_t unseen;     /* objects of which not all could be read; told as comments */
	size_t unnamed;    /* entries whose names no policy can hold (dots, quotes, globs); told as comments */
};
/* The YAML, sorted by name. */
void catalog_write(struct catalog *c, struct buf *out, struct catalog_summary *ret);

#endif
