// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A program as a child, without a shell: text in, bounded text out. */
#ifndef QPROV_CHILD_H
#define QPROV_CHILD_H

#include "base/buf.h"

#define CHILD_ERROR_MAX 4096 /* bytes kept of what it says on stderr */

/*
 * Runs argv[0] (looked for in PATH), writes in to its stdin, appends its stdout to out and the beginning of its stderr to err. 0: it ended,
 * and *ret_status is its exit status (128 + signal when it was killed); -ENOENT: there is no such program; -E2BIG: out is full (it is
 * killed); -ETIMEDOUT: it said nothing for silence_ms (it is killed); other errors of pipe(2), fork(2), read(2).
 */
int child_run(const char *const *argv, struct slice in, int silence_ms, struct buf *out, struct buf *err, int *ret_status);

#endif
