// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What /proc alone can tell of where data goes, as records: who reads the pipe of a process that queries, and which files it holds open for
 * writing, when it queries and for a while after. Best effort, and bounded: a process may open and close a file between two looks. One that
 * could not be looked through in time is told.
 */
#ifndef QPROV_TRAIL_H
#define QPROV_TRAIL_H

#include "base/slice.h"
#include "identity/flow.h"

#define TRAIL_PROCESSES_MAX 64                 /* watched at once; beyond it the oldest is not looked at any more */
#define TRAIL_WATCH_NS (10ull * 1000000000ull) /* after the last call */
#define TRAIL_SCANS_MAX 20                     /* searches for a reader through all of /proc, each second */

struct trail;

typedef int (*trail_emit_fn)(void *ctx, struct slice record);

/* 0 or -errno. */
int trail_new(trail_emit_fn emit, void *ctx, struct trail **ret);
void trail_free(struct trail *t);

/* A record from the rings: looks up what belongs to it, before the pipeline takes it. flows: of the pipeline. NULL t is fine. */
void trail_record(struct trail *t, const struct flows *flows, struct slice record);
/* Is it about a database's own file, opened for reading and writing? That is not where data goes; it is not told. NULL t is fine. */
bool trail_skips(const struct trail *t, struct slice record);
/* Looks again at the processes that queried lately. */
void trail_tick(struct trail *t, uint64_t now_ns);
/* Are some being watched? Then ticks should come fast. */
bool trail_busy(const struct trail *t);

#endif
