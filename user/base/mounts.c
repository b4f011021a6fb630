// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/mounts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define CONNECTIONS "/sys/fs/fuse/connections"
#define FUSECTL_MAGIC 0x65735543 /* fs/fuse/control.c */
#define CREATE 6                 /* FSCONFIG_CMD_CREATE */
#define CLOEXEC 1                /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
#define NO_CONNECTION 2          /* links of a folder without folders */
#define MOUNTS_MAX 4096

struct mount {
	uint32_t major, minor;
	bool local;
};

static int connections = -1; /* -1: not opened yet, or this kernel knows no FUSE, now */
static FILE *mountinfo;
static struct mount table[MOUNTS_MAX];
static size_t ntable;
static bool all_local;

/* ---- FUSE ---- */

/* Where nobody mounted it: for us alone, seen by no one. */
static int mount_own(void)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "fusectl", CLOEXEC);

	if (fs < 0 || syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(SYS_fsmount, fs, CLOEXEC, 0);
}

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

static bool have_connections(void)
{
	if (connections < 0)
		connections = open_connections();
	return connections >= 0;
}

bool mounts_users_fuse(uint32_t major, uint32_t minor)
{
	char name[16];
	struct stat st;

	if (major) /* on a disk, which only root mounts */
		return false;
	snprintf(name, sizeof(name), "%u", minor);
	return have_connections() && !fstatat(connections, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_uid != 0;
}

/* Each connection is a folder there. */
static bool any_connection(void)
{
	struct stat st;

	return have_connections() && (fstat(connections, &st) || st.st_nlink > NO_CONNECTION);
}

/* ---- mounts ---- */

static bool answers_itself(const char *type)
{
	static const char *const local[] = {
		"bcachefs", "binfmt_misc", "bpf",     "btrfs",    "cgroup", "cgroup2",    "configfs",  "debugfs",    "devpts",
		"devtmpfs", "efivarfs",    "erofs",   "exfat",    "ext2",   "ext3",       "ext4",      "f2fs",       "fusectl",
		"hfsplus",  "hugetlbfs",   "iso9660", "jfs",      "mqueue", "nsfs",       "ntfs3",     "overlay",    "proc",
		"pstore",   "ramfs",       "resctrl", "reiserfs", "rootfs", "rpc_pipefs", "selinuxfs", "securityfs", "squashfs",
		"sysfs",    "tmpfs",       "tracefs", "udf",      "vfat",   "virtiofs",   "xfs",       "zfs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		if (!strcmp(type, local[i]))
			return true;
	return false;
}

/* "id parent major:minor root where options tag... - type source options" */
static bool parse_mount(const char *line, struct mount *m)
{
	const char *rest = strstr(line, " - ");
	char type[64], where[64];

	if (!rest || sscanf(line, "%*u %*u %u:%u %*s %63s", &m->major, &m->minor, where) != 3 || sscanf(rest, " - %63s", type) != 1)
		return false;
	/* Each machine with systemd has this one, and it never asks further. */
	if (!strcmp(type, "autofs") && !strcmp(where, "/proc/sys/fs/binfmt_misc"))
		strcpy(type, "binfmt_misc");
	m->local = answers_itself(type);
	return true;
}

static void read_mounts(void)
{
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	ntable = 0;
	all_local = true;
	rewind(mountinfo);
	while (getline(&line, &cap, mountinfo) > 0) {
		struct mount m;

		if (!parse_mount(line, &m) || ntable == MOUNTS_MAX) {
			all_local = false;
			continue;
		}
		all_local &= m.local;
		table[ntable++] = m;
	}
}

/* The kernel says when the list is another one (POLLPRI). False: it cannot be read. */
static bool refresh(void)
{
	struct pollfd p = { .events = POLLPRI };

	if (!mountinfo) {
		mountinfo = fopen("/proc/self/mountinfo", "re");
		if (!mountinfo)
			return false;
		read_mounts();
	}
	p.fd = fileno(mountinfo);
	if (poll(&p, 1, 0) > 0)
		read_mounts();
	return true;
}

bool mounts_local(uint32_t major, uint32_t minor)
{
	bool known = refresh();

	for (size_t i = 0; known && i < ntable; i++)
		if (table[i].major == major && table[i].minor == minor)
			return table[i].local;
	return major != 0;
}

bool mounts_all_local(void)
{
	return !any_connection() && refresh() && all_local;
}

void mounts_done(void)
{
	if (connections >= 0)
		(void)close(connections);
	connections = -1;
	if (mountinfo)
		(void)fclose(mountinfo);
	mountinfo = NULL;
}
