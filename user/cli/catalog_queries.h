// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQL for psql, mariadb and sqlite3 that answers in the rows of policy/catalog.h. Reads only. */
#ifndef QPROV_CATALOG_QUERIES_H
#define QPROV_CATALOG_QUERIES_H

extern const char catalog_postgresql[];
extern const char catalog_mariadb[];
extern const char catalog_sqlite[];

#endif
