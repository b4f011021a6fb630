// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"

int open_regular(int dirfd, const char *path, int flags, struct stat *ret)
{
	_cleanup_close_ int held = openat(dirfd, path, O_PATH | O_CLOEXEC | flags);
	char name[32];
	struct stat st;
	int fd;

	if (held < 0 || fstat(held, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : S_ISLNK(st.st_mode) ? -ELOOP : -EINVAL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", held);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (ret)
		*ret = st;
	return fd;
}
