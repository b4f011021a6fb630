// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* String constants of SQL that hold settings or a statement: what is inside, and what must stay so that they end where they ended. */
#ifndef QPROV_REDACT_CONSTANT_H
#define QPROV_REDACT_CONSTANT_H

#include "base/arena.h"
#include "base/slice.h"

/* "host=db password=x", "scheme://", JSON: no statement begins like that. */
bool redact_is_settings(struct slice body);
/*
 * A copy of the same length in which quotes that are doubled for the constant, or escaped by a backslash where that is an escape there, are
 * plain ones. quote: the one that ends the constant. It belongs to the arena; SLICE_NONE without memory.
 */
struct slice redact_plain_quotes(struct slice body, char quote, bool backslash, struct arena *arena);
/* Half of a doubled or escaped quote would end the constant: such a pair is shown whole, which betrays nothing, or hidden whole. */
void redact_keep_pairs(struct slice body, char quote, bool backslash, unsigned char *hide);

#endif
