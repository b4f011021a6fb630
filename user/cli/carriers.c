// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/carriers.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fetch.h"
#include "base/mounts.h"
#include "decode/encode.h"

#define AGAIN_NS (3600ull * 1000000000u)

enum reason {
	CARRIES,
	GONE,
	GONE_HEARD,
	FOREIGN,
	STILL,
	MANY,
};

static const char *const reasons[] = {
	[CARRIES] = "the program carries a library that reads database files, without the names of its functions",
	[GONE] = "the program's file could not be opened any more: what it carries is not known",
	[GONE_HEARD] = ("the program's file could not be opened any more: its calls were seen, whether it carries a library without names "
			"is not known"),
	[FOREIGN] = "the program's filesystem is a user's own (FUSE), which is not opened: what it carries is not known",
	[STILL] = "the program's storage does not answer: what it carries is not known",
	[MANY] = "too many new programs at once: what this one carries is not known",
};

/* One state of one file, in the exec record's words and in stat's. */
struct known {
	uint64_t ino, ctime_ns;
	uint32_t dev;
	bool files;
	dev_t st_dev;
	ino_t st_ino;
};

/* Of a file, a login uid and a reason was told. */
struct told {
	uint64_t key, ts_ns;
};

struct waiting {
	int fd; /* what can be read of it */
	struct stat st;
	struct known key;
	struct rec_task task;
	uint64_t ts_ns;
	size_t path_len;
	char path[REC_PATH_MAX];
};

/* Its file is gone. Told when the calls that it made before it ended have been read. */
struct gone {
	struct known key;
	struct rec_task task;
	uint64_t ts_ns;
	bool heard;
	size_t path_len;
	char path[REC_PATH_MAX];
};

struct carriers {
	struct profiler *profiler;
	struct attach *attach;
	attach_emit_fn emit;
	void *ctx;
	struct stat self; /* our own program, which starts children that look things up and try hooks */
	struct told told[CARRIERS_TOLD];
	struct known known[CARRIERS_KNOWN];
	struct waiting waiting[CARRIERS_WAITING];
	size_t nwaiting;
	struct gone gone[CARRIERS_GONE];
	size_t ngone;
	struct buf out;
};

int carriers_new(struct profiler *p, struct attach *a, attach_emit_fn emit, void *ctx, struct carriers **ret)
{
	struct carriers *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->profiler = p;
	c->attach = a;
	c->emit = emit;
	c->ctx = ctx;
	buf_init(&c->out, DECODE_RECORD_MAX);
	if (stat("/proc/self/exe", &c->self))
		c->self.st_ino = 0;
	*ret = c;
	return 0;
}

void carriers_free(struct carriers *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nwaiting; i++)
		(void)close(c->waiting[i].fd);
	buf_done(&c->out);
	free(c);
}

/* The kernel's own dev_t has twenty bits of minor number. Where a filesystem tells stat() another device, we are told of like others. */
static bool is_self(const struct carriers *c, const struct rec_exec *r)
{
	return c->self.st_ino && r->exe_ino == c->self.st_ino && r->exe_dev == (major(c->self.st_dev) << 20 | minor(c->self.st_dev));
}

static void tell(struct carriers *c, const struct known *k, const struct rec_task *task, uint64_t ts_ns, struct slice path,
		 enum reason reason)
{
	uint64_t key = hash_u64(hash_u64(hash_u64(k->dev, k->ino), k->ctime_ns), ((uint64_t)reason << 32) | task->loginuid) | 1;
	struct rec_coverage r = { .hdr = { .type = REC_COVERAGE, .ts_ns = ts_ns }, .task = *task };
	struct slice str[3] = { slice_cstr(reasons[reason]), path, SLICE("") };
	struct told *told = &c->told[(key >> 1) % CARRIERS_TOLD];

	if (told->key == key && ts_ns < told->ts_ns + AGAIN_NS)
		return;
	*told = (struct told){ .key = key, .ts_ns = ts_ns };
	if (!encode_record(&c->out, &r, str, 3))
		c->emit(c->ctx, buf_slice(&c->out));
}

static struct known *slot_of(struct carriers *c, const struct known *k)
{
	return &c->known[hash_u64(hash_u64(k->dev, k->ino), k->ctime_ns) % CARRIERS_KNOWN];
}

static bool same(const struct known *a, const struct known *b)
{
	return a->ino == b->ino && a->ctime_ns == b->ctime_ns && a->dev == b->dev;
}

/* What is hooked is heard: nothing to tell of it, for as long as it is. */
static bool to_be_told(const struct carriers *c, const struct known *k)
{
	struct stat st = { .st_dev = k->st_dev, .st_ino = k->st_ino };

	return k->files && !attach_systems(c->attach, &st);
}

/* On an overlay stat() tells another number than the kernel has. */
static bool is_started(const struct fetched *f, const struct rec_exec *r)
{
	const struct stat *st = &f->st;
	struct statfs fs;

	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec != r->exe_ctime_ns)
		return false;
	return st->st_ino == r->exe_ino || (f->content == f->fd && !fstatfs(f->fd, &fs) && fs.f_type == OVERLAYFS_SUPER_MAGIC);
}

/* What can be read of the file by one of its names, if it is the very one that was started; or -errno. */
static int open_name(const char *name, const struct rec_exec *r, struct stat *st)
{
	struct fetch q = { .what = FETCH_OPEN,
			   .path = name,
			   .max = FETCH_COPY_MAX,
			   .user = r->task.uid,
			   .dev = makedev(r->exe_dev >> 20, r->exe_dev & 0xfffff) };
	struct fetched f;
	int err = fetch(&q, &f), fd;

	if (err)
		return err;
	fd = is_started(&f, r) ? f.content : -ENOENT;
	if (fd < 0) {
		fetched_done(&f);
		return fd;
	}
	if (f.fd != fd)
		(void)close(f.fd);
	*st = f.st;
	return fd;
}

/* From the process, or from its parent when it is over already, or from here. -ETIMEDOUT: its storage does not answer. */
static int open_started(const struct rec_exec *r, struct slice path, struct stat *st)
{
	char name[REC_PATH_MAX + 64];
	uint32_t pids[] = { r->task.pid, r->task.ppid };
	int fd;

	snprintf(name, sizeof(name), "/proc/%u/exe", r->task.pid);
	fd = open_name(name, r, st);
	for (size_t i = 0; fd < 0 && !fetch_unknown(fd) && i < ARRAY_SIZE(pids); i++) {
		snprintf(name, sizeof(name), "/proc/%u/root%.*s", pids[i], (int)path.len, path.ptr);
		fd = open_name(name, r, st);
	}
	if (fd < 0 && !fetch_unknown(fd)) {
		snprintf(name, sizeof(name), "%.*s", (int)path.len, path.ptr);
		fd = open_name(name, r, st);
	}
	return fetch_unknown(fd) ? -ETIMEDOUT : fd;
}

/* False: it has to wait. */
static bool search(struct carriers *c, int fd, const struct stat *st, struct known *k, const struct rec_task *task, uint64_t ts_ns,
		   struct slice path)
{
	switch (profile_file(c->profiler, fd, st)) {
	case PROFILE_LATER:
		return false;
	case PROFILE_CARRIES_FILES:
		k->files = true;
		break;
	case PROFILE_PLAIN:
		break;
	}
	*slot_of(c, k) = *k;
	if (to_be_told(c, k))
		tell(c, k, task, ts_ns, path, CARRIES);
	return true;
}

static void wait_for_search(struct carriers *c, int fd, const struct stat *st, const struct known *k, const struct rec_exec *r,
			    struct slice path)
{
	struct waiting *w = &c->waiting[c->nwaiting];

	if (c->nwaiting == CARRIERS_WAITING) {
		(void)close(fd);
		tell(c, k, &r->task, r->hdr.ts_ns, path, MANY);
		return;
	}
	w->fd = fd;
	w->st = *st;
	w->key = *k;
	w->task = r->task;
	w->ts_ns = r->hdr.ts_ns;
	w->path_len = path.len;
	memcpy(w->path, path.ptr, path.len);
	c->nwaiting++;
}

static void add_gone(struct carriers *c, const struct known *k, const struct rec_exec *r, struct slice path)
{
	struct gone *g = &c->gone[c->ngone];
	struct stat st = { .st_dev = makedev(k->dev >> 20, k->dev & 0xfffff), .st_ino = k->ino };

	if (attach_systems(c->attach, &st))
		return;
	if (c->ngone == CARRIERS_GONE) {
		tell(c, k, &r->task, r->hdr.ts_ns, path, MANY);
		return;
	}
	*g = (struct gone){ .key = *k, .task = r->task, .ts_ns = r->hdr.ts_ns, .path_len = path.len };
	memcpy(g->path, path.ptr, path.len);
	c->ngone++;
}

bool carriers_ask(const struct carriers *c)
{
	return c->ngone > 0;
}

void carriers_call(struct carriers *c, const struct rec_task *task)
{
	for (size_t i = 0; i < c->ngone; i++) {
		const struct rec_task *t = &c->gone[i].task;

		c->gone[i].heard |= t->pid == task->pid && t->start_ns == task->start_ns && t->exec_id == task->exec_id;
	}
}

static void tell_gone(struct carriers *c)
{
	for (size_t i = 0; i < c->ngone; i++) {
		const struct gone *g = &c->gone[i];

		tell(c, &g->key, &g->task, g->ts_ns, slice_mem(g->path, g->path_len), g->heard ? GONE_HEARD : GONE);
	}
	c->ngone = 0;
}

void carriers_exec(struct carriers *c, const struct rec_exec *r, struct slice path)
{
	struct known k = { .ino = r->exe_ino, .ctime_ns = r->exe_ctime_ns, .dev = r->exe_dev };
	const struct known *old = slot_of(c, &k);
	struct stat st;
	int fd;

	if (!path.len || path.len > REC_PATH_MAX || is_self(c, r))
		return;
	if (same(old, &k)) {
		if (to_be_told(c, old))
			tell(c, &k, &r->task, r->hdr.ts_ns, path, CARRIES);
		return;
	}
	if (mounts_users_fuse(k.dev >> 20, k.dev & 0xfffff)) {
		tell(c, &k, &r->task, r->hdr.ts_ns, path, FOREIGN);
		return;
	}
	fd = open_started(r, path, &st);
	if (fd == -ETIMEDOUT) {
		tell(c, &k, &r->task, r->hdr.ts_ns, path, STILL);
		return;
	}
	if (fd < 0) {
		add_gone(c, &k, r, path);
		return;
	}
	k.st_dev = st.st_dev;
	k.st_ino = st.st_ino;
	if (search(c, fd, &st, &k, &r->task, r->hdr.ts_ns, path))
		(void)close(fd);
	else
		wait_for_search(c, fd, &st, &k, r, path);
}

void carriers_tick(struct carriers *c, bool last)
{
	size_t left = 0;

	tell_gone(c);
	for (size_t i = 0; i < c->nwaiting; i++) {
		struct waiting *w = &c->waiting[i];
		struct slice path = slice_mem(w->path, w->path_len);

		if (!search(c, w->fd, &w->st, &w->key, &w->task, w->ts_ns, path)) {
			if (!last) {
				if (left != i)
					c->waiting[left] = *w;
				left++;
				continue;
			}
			tell(c, &w->key, &w->task, w->ts_ns, path, MANY);
		}
		(void)close(w->fd);
	}
	c->nwaiting = left;
}
