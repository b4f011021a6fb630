// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The libraries that are hooked now: told when they come, when they go, and all of them again each hour, so that a part of the stream
 * says by itself what was watched. Bounded by the numbers that attach gives out.
 */
#ifndef QPROV_INVENTORY_H
#define QPROV_INVENTORY_H

#include "decode/decode.h"
#include "event/event.h"
#include "evidence/delays.h"

#define INVENTORY_MAX 16384
#define INVENTORY_AGAIN_NS (3600ull * 1000000000ull)
#define INVENTORY_LINES_MAX 64 /* in one tick */

struct inventory;

int inventory_new(struct inventory **ret);
void inventory_free(struct inventory *v);

/* REC_LIBRARY, REC_LIBRARY_GONE, REC_CANARY, and REC_COVERAGE for the functions a library lacks: remembered and told. Lines appended. */
unsigned inventory_feed(struct inventory *v, const struct event_context *ctx, const struct decoded *d, struct buf *out);
/* How long files were in use before they were hooked. Valid as long as v. */
const struct delays *inventory_delays(const struct inventory *v);
/* The hourly account, in portions. Lines appended. */
unsigned inventory_tick(struct inventory *v, const struct event_context *ctx, uint64_t now_ns, struct buf *out);

#endif
