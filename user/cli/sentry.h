// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The user's half of the floor: which of the connections and open files that the kernel reports lead to a database, and what kind
 * of program stands behind them. All of it leaves as records; whether a statement was captured is decided in the pipeline.
 */
#ifndef QPROV_SENTRY_H
#define QPROV_SENTRY_H

#include "attach/attach.h"
#include "capture/floor.h"
#include "capture/watch.h"
#include "config/config.h"

struct sentry;

/* emit as for attach. 0 or -errno; what this kernel cannot tell leaves as REC_COVERAGE by sentry_announce(). */
int sentry_new(struct capture *c, struct attach *a, attach_emit_fn emit, void *ctx, struct sentry **ret);
void sentry_free(struct sentry *s);

/* Takes over floor.ports, sockets and files of a configuration (copied; a later one adds). 0 or -errno. */
int sentry_config(struct sentry *s, const struct config *c);
void sentry_announce(struct sentry *s);

/* A record from the rings. True: it was one of the floor's, and has been completed and emitted, or dropped. NULL s is fine. */
bool sentry_record(struct sentry *s, struct slice record);
/*
 * A process record or a call, after it was pushed: its task is remembered for sentry_late(), and a program that carries SQLite or DuckDB
 * without names is told (cli/carriers.h).
 */
void sentry_process(struct sentry *s, struct slice record);
void sentry_mapping(struct sentry *s, const struct watch_mapping *m);
/* A coverage record about a process of which only the pid is known. True: it is kept, and emitted with its task by sentry_flush(). */
bool sentry_late(struct sentry *s, struct slice record);
/* After the rings were drained. last: there will be no other round. */
void sentry_flush(struct sentry *s, bool last);
/* Looks through the descriptors of all processes when it is time again. */
void sentry_tick(struct sentry *s, uint64_t now_ns);

#endif
