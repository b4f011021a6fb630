// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The Common Process Identifier of OCSF (github.com/ocsf/common-process-id, specification.md, "Linux"): SHA-256 over the boot's UUID, the
 * inode of the pid namespace, the start time in clock ticks and the pid in that namespace; of that the first 16 bytes as a UUID of
 * version 8. Other agents on the host come to the same one.
 */
#ifndef QPROV_CPID_H
#define QPROV_CPID_H

#include "base/slice.h"

#define CPID_TEXT 36

/* boot_id: as in /proc/sys/kernel/random/boot_id. 0, or -EINVAL: it is no UUID, or one of the numbers is not known (0). */
int cpid(struct slice boot_id, uint32_t pid_ns, uint64_t start_ns, uint32_t ns_pid, char ret[CPID_TEXT]);

#endif
