// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A file that one process has to itself, for as long as it lives and has it open: flock(2). Two agents that write one file make neither's.
 */
#ifndef QPROV_OWNED_H
#define QPROV_OWNED_H

#include <stdint.h>

/*
 * 0, also where the filesystem knows no locks; -EBUSY: another process of our user has it, *ret_pid (0: unknown). What others have locked
 * means nothing: whoever once could read the file could keep us from it.
 */
int owned_take(int fd, uint32_t *ret_pid);

#endif
