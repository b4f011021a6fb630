// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Names of prepared statements are the same for SQL and for the protocol (libpq), but the query stage keeps what calls prepared, and the
 * sessions what SQL did. Here one learns from the other.
 */
#ifndef QPROV_SHARED_NAMES_H
#define QPROV_SHARED_NAMES_H

#include "pipeline/cursor.h"
#include "pipeline/session.h"
#include "query/query.h"

/* A call closed a name, or its connection: sessions and cursors forget it. For query_on_name(). */
void shared_names_closed(struct sessions *s, struct cursors *c, enum query_name_kind kind, const struct execution *x);
/* DEALLOCATE and DISCARD ALL in q end what calls prepared. */
void shared_names_forget(struct query *query, const struct event_query *q);
/* x itself, or a copy in arena with the text that SQL prepared under the name that it runs. */
const struct execution *shared_names_text(struct sessions *s, const struct execution *x, struct arena *arena);

#endif
