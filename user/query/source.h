// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What a client was told to connect to, in the words of its library: an ODBC connection string, a URI, the name of a server, a data source
 * or a file. Passwords are not looked for; where a text may hold one it was taken out before (capture/secret.h).
 */
#ifndef QPROV_SOURCE_H
#define QPROV_SOURCE_H

#include "query/execution.h"

/* "SERVER=db7;PORT=1433;UID=alice;DATABASE={crm}": what it names is set in *ret, the rest stays. Values borrow from text. */
void source_string(struct slice text, struct db_connection *ret);
/* "mongodb://alice:***@db7:27017/crm?...": the same. Of several hosts the list stands as the host. */
void source_uri(struct slice text, struct db_connection *ret);
/* "db7", "db7:1433", "db7,1433": host and port. */
void source_server(struct slice text, struct db_connection *ret);

#endif
