// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What drivers and tools run on their own account: catalogue look-ups, transactions, settings. Marked, never left out. */
#ifndef QPROV_CHATTER_H
#define QPROV_CHATTER_H

#include "event/event.h"

/* Understood to the end, and nothing in it but that. relations: of all statements together. */
bool chatter(const struct sql_result *r, enum sql_certainty certainty, const struct sql_relation *relations, size_t n);

#endif
