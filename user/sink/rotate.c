// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sink/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

static int name_of(char *out, size_t size, const char *path, unsigned n)
{
	int len = n ? snprintf(out, size, "%s.%u", path, n) : snprintf(out, size, "%s", path);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

/* A rename is only as durable as its directory. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_close_ int fd = -1;
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)!fsync(fd);
}

int rotate_files(const char *path, unsigned keep)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16];
	unsigned n;
	int r;

	if (keep == 0)
		return unlink(path) ? -errno : 0;
	/* Only the names in use move: the first gap ends the chain. */
	for (n = 1; n < keep; n++) {
		r = name_of(from, sizeof(from), path, n);
		if (r)
			return r;
		if (faccessat(AT_FDCWD, from, F_OK, AT_SYMLINK_NOFOLLOW))
			break;
	}
	for (; n > 0; n--) {
		r = name_of(from, sizeof(from), path, n - 1);
		if (r == 0)
			r = name_of(to, sizeof(to), path, n);
		if (r)
			return r;
		if (rename(from, to))
			return -errno;
	}
	sync_directory(path);
	return 0;
}
