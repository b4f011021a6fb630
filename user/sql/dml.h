// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the readers of INSERT, UPDATE, DELETE and MERGE share; each is called at its verb. */
#ifndef QPROV_DML_H
#define QPROV_DML_H

#include "sql/reader.h"

void read_insert(struct reader *p);
void read_update(struct reader *p);
void read_delete(struct reader *p);
void read_merge(struct reader *p);

/* LOW_PRIORITY, OR REPLACE, TOP (5): between the verb and the target. */
void skip_modifiers(struct reader *p);
/* Oracle: TABLE(SELECT nested_table FROM t) as what is written. */
bool nested_table(struct reader *p, uint32_t access);
/* What the statement does to a source. */
void decide(struct source *s, uint32_t access);
/* Sources of the scope that nothing was decided for are read. */
void rest_is_read(struct reader *p);
/* FROM, WHERE, RETURNING ... behind SET or the target. */
void rest_of_dml(struct reader *p);
/* BigQuery and Spanner: THEN RETURN */
bool at_then_return(struct reader *p);
/* LOG ERRORS [INTO t] ('tag') REJECT LIMIT n, if it stands here. */
bool read_error_log(struct reader *p);

#endif
