// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define TEXT_MAX (1u << 20)

/* The first mount of type cgroup2: "cgroup2 /sys/fs/cgroup cgroup2 rw,...". */
static int open_cgroups(struct procfs *p)
{
	const char *text = procfs_text(p, p->proc, "self/mounts");
	char path[256], type[32];

	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : "") {
		if (sscanf(text, "%*s %255s %31s", path, type) == 2 && strcmp(type, "cgroup2") == 0)
			return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

int procfs_open(struct procfs *p)
{
	long hz = sysconf(_SC_CLK_TCK);

	p->tick_ns = 1000000000u / (uint64_t)(hz > 0 ? hz : 100);
	p->cgroups = -1;
	buf_init(&p->text, TEXT_MAX);
	p->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->proc < 0)
		return -errno;
	p->cgroups = open_cgroups(p);
	return 0;
}

void procfs_close(struct procfs *p)
{
	if (p->proc >= 0)
		close(p->proc);
	if (p->cgroups >= 0)
		close(p->cgroups);
	buf_done(&p->text);
}

const char *procfs_text(struct procfs *p, int dir, const char *name)
{
	buf_clear(&p->text);
	if (buf_read_file(&p->text, dir, name))
		return NULL;
	buf_addc(&p->text, 0);
	return p->text.err ? NULL : p->text.ptr;
}

int procfs_dir(const struct procfs *p, uint32_t pid)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%u", pid);
	fd = openat(p->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The name in parentheses may hold anything, also ") R 1": the fields begin after the last parenthesis. */
int procfs_parse_stat(const char *text, uint64_t tick_ns, struct procfs_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	struct procfs_stat s = { .ppid = 0 };
	unsigned long long start;
	int ppid, sid, tty;
	size_t n;

	if (!open || !close || close < open)
		return -EBADMSG;
	if (sscanf(close + 1, " %*c %d %*d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ppid, &sid, &tty,
		   &start) != 4)
		return -EBADMSG;
	n = (size_t)(close - open - 1);
	if (n > REC_COMM_LEN - 1)
		n = REC_COMM_LEN - 1;
	memcpy(s.comm, open + 1, n);
	s.ppid = (uint32_t)ppid;
	s.sid = (uint32_t)sid;
	s.tty = (uint32_t)tty;
	s.start_ns = start * tick_ns;
	*ret = s;
	return 0;
}

int procfs_stat(struct procfs *p, int dir, struct procfs_stat *ret)
{
	const char *text = procfs_text(p, dir, "stat");

	return text ? procfs_parse_stat(text, p->tick_ns, ret) : -ESRCH;
}

bool procfs_same(struct procfs *p, int dir, uint64_t start_ns)
{
	struct procfs_stat s;

	return procfs_stat(p, dir, &s) == 0 && s.start_ns <= start_ns && start_ns - s.start_ns < p->tick_ns;
}

uint32_t procfs_id(struct procfs *p, int dir, const char *name)
{
	const char *text = procfs_text(p, dir, name);

	return text ? (uint32_t)strtoul(text, NULL, 10) : REC_UNSET_ID;
}

/* The path of the line that begins so; up to its end. */
static struct slice line_after(const char *text, const char *start)
{
	for (const char *s = text; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : "")
		if (strncmp(s, start, strlen(start)) == 0)
			return slice_mem(s + strlen(start), strcspn(s + strlen(start), "\n"));
	return SLICE_NONE;
}

struct slice procfs_cgroup(struct procfs *p, int dir)
{
	const char *text = procfs_text(p, dir, "cgroup");
	struct slice path = text ? line_after(text, "0::") : SLICE_NONE;

	if (path.len <= 1 && text) {
		const char *named = strstr(text, ":name=systemd:");

		if (named && strcspn(named, "\n") > strlen(":name=systemd:/"))
			path = slice_mem(named + strlen(":name=systemd:"), strcspn(named, "\n") - strlen(":name=systemd:"));
	}
	return path;
}

uint64_t procfs_cgroup_id(const struct procfs *p, struct slice path)
{
	char name[REC_CGROUP_MAX];
	struct stat st;

	if (p->cgroups < 0 || path.len >= sizeof(name) || !path.len || path.ptr[0] != '/')
		return 0;
	memcpy(name, path.ptr, path.len);
	name[path.len] = 0;
	return fstatat(p->cgroups, path.len > 1 ? name + 1 : ".", &st, 0) == 0 ? st.st_ino : 0;
}
