// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Constants that name a table. What they name is told via literal: the statement does not read it by that name, or perhaps not at all. */
#ifndef QPROV_NAMING_H
#define QPROV_NAMING_H

#include "sql/reader.h"

/* At the '(' of a call of n: connectby('t', ...), DBMS_MVIEW.REFRESH('T'). */
void naming_arguments(struct reader *p, const struct name *n);
/* At the '(' of what FROM names as a function: a table with its hidden columns in SQLite, a view with parameters in ClickHouse. */
void naming_call(struct reader *p, const struct name *n);
/* T-SQL: at the first argument of sp_help 't' and its kin. */
void naming_procedure(struct reader *p, struct slice procedure);
/* T-SQL: at the first argument of xp_cmdshell: what a shell runs; of sp_execute_remote and its kin: what a server runs. */
void naming_command(struct reader *p, struct slice procedure);
/* T-SQL: at the word behind DBCC. */
void naming_dbcc(struct reader *p, struct slice what);
/* The token i may be the value of an option: CONNECTION = 'mysql://h/db/t', dbtable 't'. */
void naming_option(struct reader *p, size_t i);
/* At '(': the options in it. */
void naming_options(struct reader *p);
/* Oracle: a constant that may hold the path of a table in the database. */
void naming_path(struct reader *p, struct slice text);
/* Snowflake: @%t/path is the stage of a table. */
void naming_stage(struct reader *p, struct slice stage);
/* A name that was read: "t$data", db.t.branch_b are rows of t. */
void naming_suffix(struct reader *p, const struct name *n);

#endif
