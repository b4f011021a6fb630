// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the readers of SHOW, GRANT, maintenance and their kin share; each is called at its first word. */
#ifndef QPROV_UTILITY_H
#define QPROV_UTILITY_H

#include "sql/reader.h"

void read_truncate(struct reader *p);
void read_lock(struct reader *p);
void read_maintenance(struct reader *p);
void read_grant(struct reader *p);
void read_comment(struct reader *p);
void read_security_label(struct reader *p);
void read_show(struct reader *p);
/* SQLite, DuckDB: PRAGMA s.table_info(t) */
void read_pragma(struct reader *p);
/* False: it explains a statement. */
bool read_describe(struct reader *p);
/* Of less known words; false: none of them. */
bool read_rare(struct reader *p);
/* Impala: DROP [INCREMENTAL] STATS t */
void read_drop_stats(struct reader *p);
/* T-SQL: ADD or DROP SENSITIVITY CLASSIFICATION */
void read_classification(struct reader *p);

void read_backup(struct reader *p);
void read_clone(struct reader *p);

/* All columns of it are touched; NULL stays NULL. */
struct sql_relation *all_of(struct sql_relation *r);
/* a [what not], b [what not] */
void relation_list(struct reader *p, uint32_t access);
/* One relation, the rest is stepped over. */
void one_target(struct reader *p, uint32_t access);

#endif
