// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/identity_seed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "decode/encode.h"

#define PASSWD_MAX (1u << 20)

struct seed {
	int proc;
	uint64_t tick_ns;
	struct buf text;
	struct buf record;
	char path[REC_PATH_MAX];
	char cwd[REC_PATH_MAX];
	char args[REC_EXEC_ARGS_MAX];
};

static uint64_t boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The whole of /proc/PID/name as a NUL-terminated string in s->text; NULL when it cannot be read. */
static const char *read_text(struct seed *s, int dir, const char *name)
{
	buf_clear(&s->text);
	if (buf_read_file(&s->text, dir, name))
		return NULL;
	buf_addc(&s->text, 0);
	return s->text.err ? NULL : s->text.ptr;
}

struct stat_fields {
	uint32_t ppid;
	uint32_t sid;
	uint32_t tty;
	uint64_t start_ns;
};

/* The name in parentheses may hold anything, also ") R 1": the fields begin after the last parenthesis. */
static int parse_stat(const char *text, uint64_t tick_ns, char comm[REC_COMM_LEN], struct stat_fields *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
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
	memset(comm, 0, REC_COMM_LEN);
	memcpy(comm, open + 1, n);
	*ret = (struct stat_fields){ (uint32_t)ppid, (uint32_t)sid, (uint32_t)tty, start * tick_ns };
	return 0;
}

static uint32_t read_id(struct seed *s, int dir, const char *name)
{
	const char *text = read_text(s, dir, name);

	return text ? (uint32_t)strtoul(text, NULL, 10) : REC_UNSET_ID;
}

static int read_ids(struct seed *s, int dir, struct rec_task *t)
{
	const char *text = read_text(s, dir, "status");
	const char *uid = text ? strstr(text, "\nUid:") : NULL;
	const char *gid = text ? strstr(text, "\nGid:") : NULL;

	if (!uid || !gid || sscanf(uid, "\nUid: %u %u", &t->uid, &t->euid) != 2 || sscanf(gid, "\nGid: %u", &t->gid) != 1)
		return -EBADMSG;
	t->loginuid = read_id(s, dir, "loginuid");
	t->sessionid = read_id(s, dir, "sessionid");
	return 0;
}

static uint64_t start_of(struct seed *s, uint32_t pid)
{
	struct stat_fields f;
	char name[32], comm[REC_COMM_LEN];
	const char *text;

	snprintf(name, sizeof(name), "%u/stat", pid);
	text = read_text(s, s->proc, name);
	return text && parse_stat(text, s->tick_ns, comm, &f) == 0 ? f.start_ns : 0;
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

static struct slice read_args(int dir, char *out, uint16_t *flags)
{
	_cleanup_close_ int fd = openat(dir, "cmdline", O_RDONLY | O_CLOEXEC);
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

static int build_record(struct seed *s, uint32_t pid, int dir)
{
	struct rec_exec r = { .hdr = { .type = REC_PROC, .ts_ns = boottime_ns() }, .task = { .pid = pid, .tid = pid } };
	const char *text = read_text(s, dir, "stat");
	struct slice str[3];
	struct stat_fields f;
	struct stat st;
	uint16_t flags = 0;

	if (!text || parse_stat(text, s->tick_ns, r.task.comm, &f) || read_ids(s, dir, &r.task))
		return -ESRCH;
	r.task.ppid = f.ppid;
	r.task.start_ns = f.start_ns;
	r.task.parent_start_ns = f.ppid ? start_of(s, f.ppid) : 0;
	r.sid = f.sid;
	r.tty = f.tty;
	str[0] = read_link(dir, "exe", s->path, REC_EXEC_PATH_CUT, &flags);
	str[1] = read_link(dir, "cwd", s->cwd, REC_EXEC_CWD_CUT, &flags);
	str[2] = read_args(dir, s->args, &flags);
	if (fstatat(dir, "exe", &st, 0) == 0) {
		r.exe_ino = st.st_ino;
		r.exe_dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev)); /* as the kernel packs a dev_t */
	}
	r.hdr.flags = flags;
	return encode_record(&s->record, &r, str, 3);
}

static int seed_one(struct seed *s, const char *name, int (*emit)(void *ctx, struct slice record), void *ctx)
{
	_cleanup_close_ int dir = -1;
	uint64_t pid;

	if (slice_u64(slice_cstr(name), &pid) || pid > INT32_MAX)
		return 0;
	dir = openat(s->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	if (build_record(s, (uint32_t)pid, dir))
		return 0;
	return emit(ctx, buf_slice(&s->record));
}

int identity_seed(int (*emit)(void *ctx, struct slice record), void *ctx)
{
	_cleanup_free_ struct seed *s = calloc(1, sizeof(*s));
	long hz = sysconf(_SC_CLK_TCK);
	struct dirent *d;
	DIR *dir;
	int r = 0;

	if (!s)
		return -ENOMEM;
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	s->proc = dirfd(dir);
	s->tick_ns = 1000000000u / (uint64_t)(hz > 0 ? hz : 100);
	buf_init(&s->text, 1u << 16);
	buf_init(&s->record, 1u << 16);
	while (r == 0 && (d = readdir(dir)))
		r = seed_one(s, d->d_name, emit, ctx);
	buf_done(&s->text);
	buf_done(&s->record);
	closedir(dir);
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
