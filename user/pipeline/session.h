// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a database session named: PREPARE and DECLARE CURSOR, so that EXECUTE and FETCH are known by what they run. */
#ifndef QPROV_SESSION_H
#define QPROV_SESSION_H

#include "query/execution.h"
#include "sql/sql.h"

#define SESSION_NAMES_MAX 16384 /* over all connections; beyond it the oldest is forgotten and counted */

struct sessions;

int sessions_new(struct sessions **ret);
void sessions_free(struct sessions *s);
/*
 * Applies what the statements of r do to the session of x, and adds to *ret_extra the analyses of the texts they run.
 * Returns the certainty those add: SQL_DYNAMIC when a name was never seen. ret_extra: array in arena of at most r->nstatements.
 */
enum sql_certainty sessions_apply(struct sessions *s, const struct execution *x, enum sql_dialect dialect, const struct sql_result *r,
				  struct arena *arena, const struct sql_result ***ret_extra, size_t *ret_nextra);
uint64_t sessions_evictions(const struct sessions *s);

#endif
