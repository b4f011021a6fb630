// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What qprov sql says of a text. */
#ifndef QPROV_SQL_ANSWER_H
#define QPROV_SQL_ANSWER_H

#include "event/json.h"
#include "sql/sql.h"

/* The members of the answer behind "id", into an open object. links: names with the database link they go through. Memory in arena. */
void sql_answer_write(struct json *j, const struct sql_result *r, bool links, struct arena *arena);

/* "columns": names, "*" first where all are touched; into the open object of a relation. */
void sql_answer_columns(struct json *j, const struct sql_relation *r);

#endif
