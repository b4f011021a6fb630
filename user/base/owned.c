// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/owned.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF". By the number alone: some filesystems tell stat(2) another device. 0: unknown. */
static uint32_t owner_of(int fd)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/locks", "re");
	_cleanup_free_ char *line = NULL;
	struct stat st;
	size_t cap = 0;
	uint64_t ino;
	uint32_t pid;

	if (fstat(fd, &st))
		return 0;
	while (f && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%*u: FLOCK %*s %*s %" SCNu32 " %*x:%*x:%" SCNu64, &pid, &ino) == 2 && ino == st.st_ino)
			return pid;
	return 0;
}

static bool is_ours(uint32_t pid)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%" PRIu32, pid);
	return !stat(name, &st) && st.st_uid == geteuid();
}

int owned_take(int fd, uint32_t *ret_pid)
{
	uint32_t pid;

	if (!flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return 0;
	pid = owner_of(fd);
	if (pid && !is_ours(pid))
		return 0;
	*ret_pid = pid;
	return -EBUSY;
}
