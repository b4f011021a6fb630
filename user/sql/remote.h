// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What statements say of servers elsewhere. */
#ifndef QPROV_REMOTE_H
#define QPROV_REMOTE_H

#include "sql/reader.h"

/* SERVER s, if it stands here: that is remote. */
bool server_clause(struct reader *p);
/* At the '(' of a foreign table's OPTIONS: what it stands for, there; SLICE_NONE: the server is not known. */
void foreign_options(struct reader *p, struct slice server);
/* SERVER, USER MAPPING or DATABASE LINK, behind the verb. */
bool at_server(struct reader *p);
void read_server(struct reader *p, const char *verb);
/* At FOREIGN, behind IMPORT. */
void import_foreign_schema(struct reader *p);

/*
 * The name of a table among arguments, from token i on, in at most two of them: names, strings, currentDatabase(). The token at which it
 * ends, end at the latest; no part is found: none of n.
 */
size_t argument_name(struct reader *p, size_t i, size_t end, struct name *n);
/* It is read there; dynamic, where there is no name. */
void argument_table(struct reader *p, const struct name *n);

/* At the '(' of remote('host', db, t), mysql('host', 'db', 't', ...): the table there. */
void remote_arguments(struct reader *p, enum sql_file_kind where);

#endif
