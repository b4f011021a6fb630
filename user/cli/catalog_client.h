// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The command-line client of a database, asked for its catalog. */
#ifndef QPROV_CATALOG_CLIENT_H
#define QPROV_CATALOG_CLIENT_H

#include "base/buf.h"
#include "sql/sql.h"

#define CATALOG_ARGS_MAX 256          /* of the user, for the client */
#define CATALOG_ROWS_MAX (256u << 20) /* bytes that a client may answer */

struct catalog_client {
	const char *system;
	enum sql_dialect dialect;
	const char *needs; /* what must stand among the user's arguments; NULL: nothing */
};

/* "postgresql", "mariadb", "sqlite"; NULL when unknown. */
const struct catalog_client *catalog_client(const char *system);
/*
 * A password among the arguments, which every user of the host could read, or an option that asks for one where there is no terminal. 0, or
 * -EINVAL after a complaint that does not repeat it.
 */
int catalog_client_check(const struct catalog_client *c, const char *const *args, size_t n);
/*
 * Runs the client (argv[0] of its programs that is there) with the user's arguments and appends the rows of policy/catalog.h to out. Never
 * waits for a password without a terminal, nor longer than silence_s for a sign of life. 0, or -EIO after a complaint.
 */
int catalog_client_ask(const struct catalog_client *c, const char *const *args, size_t n, int silence_s, struct buf *out);

#endif
