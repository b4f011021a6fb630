// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Beside the stream: finds out whose a record is and adds that as records. Names of local accounts come before the record that needs them;
 * what may take its time is asked of child processes (identity/lookup.h), and comes when it comes. Nothing here makes a record wait.
 */
#ifndef QPROV_WHO_H
#define QPROV_WHO_H

#include "decode/decode.h"
#include "identity/identity.h"

#define WHO_POLL_FDS 3
#define WHO_NAME_AGE_NS (600ull * 1000000000ull) /* then an account's name is asked again */

struct who;

/* push: where records go. Starts the children: to be called before anything is open that they should not hold. 0 or a negative errno. */
int who_new(int (*push)(void *ctx, struct slice record), void *ctx, struct who **ret);
void who_free(struct who *w);
/* Whether the groups of people are wanted: a directory service is not asked for what no rule needs. */
void who_groups(struct who *w, bool wanted);
void who_poll_fds(const struct who *w, int fds[WHO_POLL_FDS]);
/* Before a record is pushed: names of its accounts. */
void who_before(struct who *w, const struct decoded *d, uint64_t now_ns);
/* After it was pushed: questions about its session and its program. */
void who_after(struct who *w, const struct decoded *d, const struct identity *id, uint64_t now_ns);
/* Pushes the answers that have come. */
void who_drain(struct who *w, uint64_t now_ns);
void who_tick(struct who *w, uint64_t now_ns);

#endif
