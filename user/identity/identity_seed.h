// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Records about what was there before the probes: running processes from /proc, names of uids. Best effort by nature. */
#ifndef QPROV_IDENTITY_SEED_H
#define QPROV_IDENTITY_SEED_H

#include "base/buf.h"
#include "record.h"

/*
 * One REC_PROC for every running process, in order of pid, and before the first one of each control group its REC_CGROUP. record is valid
 * during the call; emit returns 0 or a negative errno, which ends the walk and is returned. A process that ends while it is read is left
 * out. 0 or the error of opening /proc.
 */
int identity_seed(int (*emit)(void *ctx, struct slice record), void *ctx);

/* Builds the REC_PROC of one process in out (cleared first). 0, -ESRCH (gone, or another process by now) or another negative errno. */
int identity_process_record(uint32_t pid, uint64_t start_ns, struct buf *out);

/* Builds the REC_USER of uid in out (cleared first); without a name when there is none or the name service fails. 0 or -ENOMEM. */
int identity_user_record(uint32_t uid, struct buf *out, uint64_t ts_ns);

#endif
