// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Programs that carry a library that reads database files (SQLite, DuckDB) without its functions' names: neither probes nor sockets tell of
 * them, and one may be over before a look finds its files open. So each start is judged by its file: REC_COVERAGE, once an hour for each
 * state of a file and login uid. What is known of a file is kept by what the exec record says of it, so that a later start is told even
 * when the process is gone before the record is read; a file that cannot be found or searched any more is told as unknown, and whether
 * calls of that program were seen.
 */
#ifndef QPROV_CARRIERS_H
#define QPROV_CARRIERS_H

#include "cli/profile.h"
#include "decode/decode.h"

#define CARRIERS_TOLD 1024  /* files and users of which was told; a newcomer takes the place of whoever had the same hash */
#define CARRIERS_KNOWN 8192 /* files of which is known what they carry; likewise */
#define CARRIERS_WAITING 16 /* starts whose file is open and waits to be searched: more are told as unknown */
#define CARRIERS_GONE 64    /* starts in one round whose file is not there any more: likewise */

struct carriers;

/* attach tells what is hooked; both outlive it. emit gets the records. 0 or -ENOMEM. */
int carriers_new(struct profiler *p, struct attach *a, attach_emit_fn emit, void *ctx, struct carriers **ret);
void carriers_free(struct carriers *c);

/* A program was started; path as its own root names it. */
void carriers_exec(struct carriers *c, const struct rec_exec *r, struct slice path);
/* A call of a hooked function was read, after the start of its program; of use only while carriers_ask() says so. */
bool carriers_ask(const struct carriers *c);
void carriers_call(struct carriers *c, const struct rec_task *task);
/* Each round of the loop, after the rings were drained: searches what had to wait, tells what cannot be found. last: there will be no other
 * round. */
void carriers_tick(struct carriers *c, bool last);

#endif
