// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the readers of calls share: arguments that are text. */
#ifndef QPROV_CALL_H
#define QPROV_CALL_H

#include "sql/reader.h"

bool looks_like_sql(struct slice s);
/* The table that the text names. */
void literal_relation(struct reader *p, struct slice text, enum sql_via how);
/* A table whose name is the whole text, dots and all. */
void literal_whole_name(struct reader *p, struct slice text);
/* At '(' of a call: the first argument, when it is a string or a name. */
struct slice first_text(struct reader *p);
/* CONTAINSTABLE(t, ...), CHANGETABLE(CHANGES t, ...): the token names a table that is read. */
void named_argument(struct reader *p, size_t at_token);
/* At '(': each argument that is constant text, by what to do with it. */
void text_arguments(struct reader *p, bool query, bool first_only, enum sql_via how);
/* At '(' of a function that runs these arguments, as bits, or named query, sql, statement; 0: the last one that is text: whatever it looks
 * like. */
void run_arguments(struct reader *p, uint32_t which);
/* At '(' of a function that runs the arguments from..to as SQL: dynamic, unless they are constants. */
void needs_text(struct reader *p, size_t from, size_t to);
/* At '(' of a function that may be listed in call_known.c: what its arguments run, read or name. */
void known_arguments(struct reader *p, const struct name *n);
/* The same at the arguments of EXEC; false: it is not listed. */
bool known_procedure(struct reader *p, const struct name *n);
/* T-SQL, at its arguments. */
void read_sp_rename(struct reader *p);
/* At '(' of a function of ClickHouse: some take a table among values. */
void clickhouse_function(struct reader *p, struct slice function);

#endif
