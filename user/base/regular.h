// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Files whose names are chosen by those who are watched. Opening a FIFO waits, opening a device may rewind a tape or arm a watchdog, and a
 * name looked at first is another file when it is opened: so the file is held without being opened, looked at, and that very one opened.
 */
#ifndef QPROV_REGULAR_H
#define QPROV_REGULAR_H

#include <sys/stat.h>

/*
 * For reading, without ever waiting (a file with a lease: -EAGAIN). flags: 0 or O_NOFOLLOW. ret: what fstat(2) says of it; NULL is fine.
 * The descriptor, which is the caller's, or -errno: -EISDIR, -EINVAL for what else is no regular file.
 */
int open_regular(int dirfd, const char *path, int flags, struct stat *ret);

#endif
