// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/foreign.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CONNECTIONS "/sys/fs/fuse/connections"
#define FUSECTL_MAGIC 0x65735543 /* fs/fuse/control.c */
#define CREATE 6                 /* FSCONFIG_CMD_CREATE */
#define CLOEXEC 1                /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */

static int connections = -1;

/* Where nobody mounted it: for us alone, seen by no one. */
static int mount_own(void)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "fusectl", CLOEXEC);

	if (fs < 0 || syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(SYS_fsmount, fs, CLOEXEC, 0);
}

/* Below 0: this kernel knows no FUSE, now. */
static int open_connections(void)
{
	int fd = open(CONNECTIONS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == FUSECTL_MAGIC)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return mount_own();
}

bool foreign_device(uint32_t major, uint32_t minor)
{
	char name[16];
	struct stat st;

	if (major) /* on a disk, which only root mounts */
		return false;
	if (connections < 0)
		connections = open_connections();
	snprintf(name, sizeof(name), "%u", minor);
	return connections >= 0 && !fstatat(connections, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_uid != 0;
}

void foreign_done(void)
{
	if (connections >= 0)
		(void)close(connections);
	connections = -1;
}
