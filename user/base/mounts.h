// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which filesystems answer by themselves, and which wait for somebody: a server (NFS, CIFS, ...), or a program (FUSE, autofs). Asks the
 * kernel's lists, /proc/self/mountinfo and fusectl, never the filesystem. For one thread.
 */
#ifndef QPROV_MOUNTS_H
#define QPROV_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* A device in the kernel's numbers. What is mounted in other mount namespaces alone is not known, and so not local, unless it is a disk. */
bool mounts_local(uint32_t major, uint32_t minor);
/*
 * Whether nothing on this machine waits for others: no FUSE connection of anybody, in whatever namespace, and no other such mount in ours.
 * Two system calls.
 */
bool mounts_all_local(void);
/* A FUSE connection of the device that is another's than root's. */
bool mounts_users_fuse(uint32_t major, uint32_t minor);
void mounts_done(void);

#endif
