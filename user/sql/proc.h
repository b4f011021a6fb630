// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Procedural code: what its files share. Each read_ function is called at its first word. */
#ifndef QPROV_PROC_H
#define QPROV_PROC_H

#include "sql/reader.h"

bool at_block_end(struct reader *p);
void read_begin(struct reader *p);
void read_end(struct reader *p);
void read_if(struct reader *p);
void read_case(struct reader *p);
void read_for(struct reader *p);
void read_repeat(struct reader *p);
/* At BEGIN: it begins a block, not a transaction. */
bool begins_block(struct reader *p);
/* LOOP ... END LOOP, DO ... END, or one statement. */
void loop_body(struct reader *p);
/* Declarations up to BEGIN, of PL/pgSQL, PL/SQL, Snowflake. */
void declare_section(struct reader *p);
/* Declarations, perhaps none, and their block; of a package, perhaps without one. */
void declared_block(struct reader *p);
/* read, with names in INTO being variables. */
void in_routine(struct reader *p, void (*read)(struct reader *p));
/* The language's text can be read; no language counts as SQL. */
bool sql_language(struct slice s);
/* DO: the body behind it, in PL/pgSQL and its kin, or in SQL; an expression. */
void read_do(struct reader *p);
/* The text of a body in another language: its strings may be SQL. */
void foreign_body(struct reader *p, const struct token *t);

#endif
