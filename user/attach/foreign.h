// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Filesystems in which a program of an ordinary user answers for the kernel: FUSE. Whoever opens a file there waits for that program, and
 * whoever puts a probe in while a page of it is read waits with a lock that every fork on the machine needs (dup_mmap_sem, kernel/events/
 * uprobes.c), in the end deaf to signals (request_wait_answer(), fs/fuse/dev.c). So nothing in them is opened, even where root may
 * (user_allow_other in fuse.conf).
 */
#ifndef QPROV_FOREIGN_H
#define QPROV_FOREIGN_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#define FOREIGN_REFUSED (-EREMOTEIO) /* what functions here return for a file in one */

/*
 * Whether the device, in the kernel's numbers (of a mapping, an exec record), is such a filesystem. Asks the list of FUSE connections
 * (fusectl), which tells the owner; never the filesystem. Kept for this thread of the program until foreign_done().
 */
bool foreign_device(uint32_t major, uint32_t minor);
void foreign_done(void);

#endif
