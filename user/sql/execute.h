// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Prepared statements, calls and cursors: each is called at its first word. */
#ifndef QPROV_EXECUTE_H
#define QPROV_EXECUTE_H

#include "sql/reader.h"

void read_prepare(struct reader *p);
void read_execute(struct reader *p);
void read_call(struct reader *p);
/* T-SQL, behind the name of a procedure: what its arguments run, of those of the server's own. */
void read_procedure_text(struct reader *p, const struct name *n);
/* DECLARE begins a cursor, not a block. */
bool is_cursor_declaration(struct reader *p);
void read_declare_cursor(struct reader *p);
/* FETCH, MOVE, OPEN, CLOSE, DEALLOCATE */
void read_cursor(struct reader *p);

#endif
