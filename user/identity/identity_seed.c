// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/identity_seed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "decode/encode.h"
#include "identity/procfs.h"

#define PASSWD_MAX (1u << 20)
#define INITIAL_USER_NS 4026531837u /* PROC_USER_INIT_INO, include/linux/proc_ns.h: part of the kernel's interface */
#define CGROUPS_SEEN 1024           /* a power of two; what falls out is told again */

struct seed {
	struct procfs fs;
	struct buf record;
	uint64_t cgroups[CGROUPS_SEEN];
	char path[REC_PATH_MAX];
	char cwd[REC_PATH_MAX];
	char args[REC_EXEC_ARGS_MAX];
};

/* The last number of "NStgid:\t100\t1": the pid in the innermost namespace. */
static uint32_t last_number(const char *line)
{
	size_t n = line ? strcspn(line, "\n") : 0;

	while (n && line[n - 1] >= '0' && line[n - 1] <= '9')
		n--;
	return line ? (uint32_t)strtoul(line + n, NULL, 10) : 0;
}

static int read_ids(struct seed *s, int dir, struct rec_task *t)
{
	const char *text = procfs_text(&s->fs, dir, "status");
	const char *uid = text ? strstr(text, "\nUid:") : NULL;
	const char *gid = text ? strstr(text, "\nGid:") : NULL;
	const char *ns = text ? strstr(text, "\nNStgid:") : NULL;

	if (!uid || !gid || sscanf(uid, "\nUid: %u %u %u", &t->uid, &t->euid, &t->suid) != 3 ||
	    sscanf(gid, "\nGid: %u %u", &t->gid, &t->egid) != 2)
		return -EBADMSG;
	t->ns_pid = last_number(ns ? ns + 1 : NULL);
	t->loginuid = procfs_id(&s->fs, dir, "loginuid");
	t->sessionid = procfs_id(&s->fs, dir, "sessionid");
	return 0;
}

static uint32_t namespace_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 ? (uint32_t)st.st_ino : 0;
}

static void read_namespaces(int dir, struct rec_task *t)
{
	_cleanup_close_ int fd = openat(dir, "ns/user", O_RDONLY | O_CLOEXEC);
	uid_t owner;

	t->pid_ns = namespace_of(dir, "ns/pid");
	t->mnt_ns = namespace_of(dir, "ns/mnt");
	t->user_ns = namespace_of(dir, "ns/user");
	t->user_owner = REC_UNSET_ID;
	if (fd >= 0 && t->user_ns != INITIAL_USER_NS && ioctl(fd, NS_GET_OWNER_UID, &owner) == 0)
		t->user_owner = owner;
}

static uint64_t start_of(struct seed *s, uint32_t pid)
{
	_cleanup_close_ int dir = procfs_dir(&s->fs, pid);
	struct procfs_stat f;

	return dir >= 0 && procfs_stat(&s->fs, dir, &f) == 0 ? f.start_ns : 0;
}

/* Kernel threads have no executable: that is not a failure. */
static struct slice read_link(int dir, const char *name, char *out, uint16_t cut_flag, uint16_t *flags)
{
	ssize_t n = readlinkat(dir, name, out, REC_PATH_MAX);

	if (n < 0) {
		if (errno != ENOENT)
			*flags |= REC_EXEC_FAILED;
		return SLICE_NONE;
	}
	if (n == REC_PATH_MAX)
		*flags |= cut_flag;
	return slice_mem(out, (size_t)n);
}

/* Not asked for directly: whoever unmaps a file of his own FUSE mount holds the lock that this waits for. */
static struct slice read_args(uint32_t pid, char *out, uint16_t *flags)
{
	_cleanup_close_ int fd = fetch_proc(pid, "cmdline");
	size_t len = 0;
	ssize_t n = 0;
	char more;

	if (fd < 0) {
		*flags |= REC_EXEC_FAILED;
		return SLICE_NONE;
	}
	while (len < REC_EXEC_ARGS_MAX && (n = read(fd, out + len, REC_EXEC_ARGS_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		*flags |= REC_EXEC_FAILED;
	if (len == REC_EXEC_ARGS_MAX && read(fd, &more, 1) == 1)
		*flags |= REC_EXEC_ARGS_CUT;
	return slice_mem(out, len);
}

static void read_file(uint32_t pid, struct rec_exec *r)
{
	struct stat st;
	char name[32];

	snprintf(name, sizeof(name), "/proc/%u/exe", pid);
	if (fetch_stat(pid, name, &st))
		return;
	r->exe_ino = st.st_ino;
	r->exe_dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev)); /* as the kernel packs a dev_t */
	r->exe_uid = st.st_uid;
	r->exe_gid = st.st_gid;
	r->exe_nlink = (uint32_t)st.st_nlink;
	r->exe_mode = (uint16_t)st.st_mode;
	r->exe_ctime_ns = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec;
}

static int build_record(struct seed *s, uint32_t pid, int dir)
{
	struct rec_exec r = { .hdr = { .type = REC_PROC, .ts_ns = boottime_ns() }, .task = { .pid = pid, .tid = pid } };
	struct slice str[3];
	struct procfs_stat f;
	uint16_t flags = 0;

	if (procfs_stat(&s->fs, dir, &f) || read_ids(s, dir, &r.task))
		return -ESRCH;
	memcpy(r.task.comm, f.comm, sizeof(r.task.comm));
	r.task.ppid = f.ppid;
	r.task.start_ns = f.start_ns;
	r.task.parent_start_ns = f.ppid ? start_of(s, f.ppid) : 0;
	r.task.sid = f.sid;
	r.task.tty = f.tty;
	read_namespaces(dir, &r.task);
	r.task.cgroup_id = procfs_cgroup_id(&s->fs, procfs_cgroup(&s->fs, dir));
	str[0] = read_link(dir, "exe", s->path, REC_EXEC_PATH_CUT, &flags);
	str[1] = read_link(dir, "cwd", s->cwd, REC_EXEC_CWD_CUT, &flags);
	str[2] = read_args(pid, s->args, &flags);
	read_file(pid, &r);
	r.hdr.flags = flags;
	return encode_record(&s->record, &r, str, 3);
}

/* The path of the control group, before the first process in it. 0, or what emit said. */
static int tell_cgroup(struct seed *s, int dir, int (*emit)(void *ctx, struct slice record), void *ctx)
{
	struct slice path = procfs_cgroup(&s->fs, dir);
	struct rec_cgroup r = { .hdr = { .type = REC_CGROUP, .ts_ns = boottime_ns() }, .cgroup_id = procfs_cgroup_id(&s->fs, path) };
	uint64_t *seen = &s->cgroups[hash_u64(r.cgroup_id, 0) & (CGROUPS_SEEN - 1)];

	if (!r.cgroup_id || *seen == r.cgroup_id)
		return 0;
	*seen = r.cgroup_id;
	if (encode_record(&s->record, &r, &path, 1))
		return -ENOMEM;
	return emit(ctx, buf_slice(&s->record));
}

static int seed_one(struct seed *s, const char *name, int (*emit)(void *ctx, struct slice record), void *ctx)
{
	_cleanup_close_ int dir = -1;
	uint64_t pid;
	int r;

	if (slice_u64(slice_cstr(name), &pid) || pid > INT32_MAX)
		return 0;
	dir = procfs_dir(&s->fs, (uint32_t)pid);
	if (dir < 0)
		return 0;
	r = tell_cgroup(s, dir, emit, ctx);
	if (r || build_record(s, (uint32_t)pid, dir))
		return r;
	return emit(ctx, buf_slice(&s->record));
}

int identity_seed(int (*emit)(void *ctx, struct slice record), void *ctx)
{
	_cleanup_free_ struct seed *s = calloc(1, sizeof(*s));
	struct dirent *d;
	DIR *dir;
	int r;

	if (!s)
		return -ENOMEM;
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	r = procfs_open(&s->fs);
	buf_init(&s->record, 1u << 16);
	while (r == 0 && (d = readdir(dir)))
		r = seed_one(s, d->d_name, emit, ctx);
	buf_done(&s->record);
	procfs_close(&s->fs);
	closedir(dir);
	return r;
}

int identity_process_record(uint32_t pid, uint64_t start_ns, struct buf *out)
{
	_cleanup_free_ struct seed *s = calloc(1, sizeof(*s));
	int dir, r;

	if (!s)
		return -ENOMEM;
	r = procfs_open(&s->fs);
	if (r)
		return r;
	buf_init(&s->record, 1u << 16);
	dir = procfs_dir(&s->fs, pid);
	r = dir < 0 ? dir : build_record(s, pid, dir);
	if (!r) {
		struct rec_exec *made = (void *)s->record.ptr;

		if (made->task.start_ns <= start_ns && start_ns - made->task.start_ns < s->fs.tick_ns) {
			buf_clear(out);
			buf_add(out, buf_slice(&s->record));
			r = out->err;
		} else {
			r = -ESRCH;
		}
	}
	if (dir >= 0)
		close(dir);
	buf_done(&s->record);
	procfs_close(&s->fs);
	return r;
}

int identity_user_record(uint32_t uid, struct buf *out, uint64_t ts_ns)
{
	struct rec_user r = { .hdr = { .type = REC_USER, .ts_ns = ts_ns }, .uid = uid };
	struct slice name = SLICE_NONE;
	struct passwd pw, *found = NULL;
	struct buf b;
	int err;

	buf_init(&b, PASSWD_MAX);
	for (size_t n = 1024; buf_reserve(&b, n); n *= 2) {
		err = getpwuid_r(uid, &pw, b.ptr, n, &found);
		if (err == 0 && found)
			name = slice_cstr(pw.pw_name);
		if (err != ERANGE && err != EINTR)
			break;
		found = NULL;
	}
	err = encode_record(out, &r, &name, 1);
	buf_done(&b);
	return err;
}
