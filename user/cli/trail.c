// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/trail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/records.h"
#include "base/cleanup.h"
#include "base/fetch.h"
#include "cli/formats.h"
#include "cli/records.h"
#include "cli/share.h"
#include "decode/decode.h"
#include "decode/encode.h"
#include "identity/procfs.h"

enum { DESCRIPTORS_MAX = 4096, NEW_FILES_MAX = 16 }; /* of one process, in one look */
#define SECOND_NS 1000000000ull
#define AGAIN_NS (60 * SECOND_NS)

struct watched {
	struct rec_task task; /* pid 0: free */
	uint64_t until_ns;
	bool behind; /* the last look was put off, or not finished */
	bool told;   /* that it was */
};

struct trail {
	trail_emit_fn emit;
	void *ctx;
	struct procfs procfs;
	struct buf record;
	struct watched watched[TRAIL_PROCESSES_MAX];
	unsigned next; /* the slot that is given away next when all are taken */
	unsigned nwatched;
	uint64_t second; /* of the count below */
	unsigned scans;
	unsigned turn;                     /* where the next tick begins */
	uint64_t pushed_out, next_told_ns; /* processes that lost their place to others; when that may be told again */
	struct share share;                /* for what processes have open */
	struct share search;               /* for readers of pipes, which may be anywhere */
	bool too_many;                     /* descriptors, in the look under way */
	uint64_t unsearched;               /* readers that were not searched for to the end; told with pushed_out */
};

int trail_new(trail_emit_fn emit, void *ctx, struct trail **ret)
{
	struct trail *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->emit = emit;
	t->ctx = ctx;
	buf_init(&t->record, DECODE_RECORD_MAX);
	r = procfs_open(&t->procfs);
	if (r) {
		trail_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void trail_free(struct trail *t)
{
	if (!t)
		return;
	procfs_close(&t->procfs);
	buf_done(&t->record);
	free(t);
}

static void tell_cut(struct trail *t, const struct rec_task *task, uint64_t now_ns)
{
	static const char reason[] = "to look through open files took too long: where the data goes is not wholly known";
	struct rec_coverage r = { .hdr = { .type = REC_COVERAGE, .ts_ns = now_ns }, .task = *task };
	struct slice str[3] = { slice_cstr(reason), SLICE(""), SLICE("") };

	if (encode_record(&t->record, &r, str, 3) == 0)
		t->emit(t->ctx, buf_slice(&t->record));
}

/* Is it still the process that was meant? Start times from /proc count in ticks. */
static bool same_process(struct trail *t, int dir, uint64_t start_ns)
{
	struct procfs_stat st;
	uint64_t tick = t->procfs.tick_ns;

	return procfs_stat(&t->procfs, dir, &st) == 0 && st.start_ns / tick == start_ns / tick;
}

/* A number in the fdinfo of a descriptor; -1: unknown. */
static long long fd_number(struct trail *t, int dir, const char *fd, const char *key, int base)
{
	char name[64];
	const char *text, *at;

	snprintf(name, sizeof(name), "fdinfo/%.20s", fd);
	text = procfs_text(&t->procfs, dir, name);
	at = text ? strstr(text, key) : NULL;
	return at ? strtoll(at + strlen(key), NULL, base) : -1;
}

static int access_mode(struct trail *t, int dir, const char *fd)
{
	long long flags = fd_number(t, dir, fd, "flags:", 8);

	return flags < 0 ? -1 : (int)(flags & O_ACCMODE);
}

/* The number of a regular file; what does not answer may be one, of the number that the kernel has (Linux 5.14). */
static bool is_file(struct trail *t, int dir, const char *fd, uint32_t pid, uint64_t *ret_ino)
{
	struct stat st;
	char name[64];
	long long ino;
	int r;

	snprintf(name, sizeof(name), "/proc/%u/fd/%.20s", pid, fd);
	r = fetch_stat(pid, name, &st);
	if (fetch_unknown(r)) {
		ino = fd_number(t, dir, fd, "ino:", 10);
		*ret_ino = ino > 0 ? (uint64_t)ino : 0;
		return true;
	}
	*ret_ino = r ? 0 : st.st_ino;
	return !r && S_ISREG(st.st_mode);
}

typedef bool (*descriptor_fn)(struct trail *t, int dir, const char *fd, struct slice target, void *arg);

/* Calls fn for the descriptors of a process until it returns true. Whether it did. */
static bool walk_descriptors(struct trail *t, struct share *share, int dir, descriptor_fn fn, void *arg)
{
	int fds = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char target[REC_PATH_MAX];
	unsigned left = DESCRIPTORS_MAX;
	bool found = false;
	struct dirent *e;
	DIR *d;

	d = fds >= 0 ? fdopendir(fds) : NULL;
	if (!d) {
		if (fds >= 0)
			close(fds);
		return false;
	}
	while (!found && !share_used_up(share) && (e = readdir(d))) {
		ssize_t n;

		if (!left--) {
			t->too_many = true;
			break;
		}
		n = e->d_name[0] == '.' ? -1 : readlinkat(fds, e->d_name, target, sizeof(target));

		if (n > 0)
			found = fn(t, dir, e->d_name, slice_mem(target, (size_t)n), arg);
	}
	closedir(d);
	return found;
}

/* ---- files open for writing ---- */

struct outputs {
	const struct rec_task *task;
	uint64_t now_ns;
	unsigned told;
};

/* Only those that can be written and not read: a database file is open for both. */
static bool tell_output(struct trail *t, int dir, const char *fd, struct slice target, void *arg)
{
	struct rec_output r = { .hdr = { .type = REC_OUTPUT } };
	struct outputs *o = arg;
	uint64_t ino;

	if (target.ptr[0] != '/' || (fd[0] < '3' && !fd[1]) || access_mode(t, dir, fd) != O_WRONLY) /* 0, 1, 2 are told otherwise */
		return false;
	if (!is_file(t, dir, fd, o->task->pid, &ino))
		return false;
	r.ino = ino;
	r.hdr.ts_ns = o->now_ns;
	r.hdr.flags = o->told + 1 == NEW_FILES_MAX ? REC_OUTPUT_MORE : 0;
	r.task = *o->task;
	if (encode_record(&t->record, &r, &target, 1) == 0)
		t->emit(t->ctx, buf_slice(&t->record));
	return ++o->told == NEW_FILES_MAX;
}

/* False: the process is gone. */
static bool tell_outputs(struct trail *t, const struct rec_task *task, uint64_t now_ns)
{
	_cleanup_close_ int dir = procfs_dir(&t->procfs, task->pid);
	struct outputs o = { .task = task, .now_ns = now_ns };

	if (dir < 0 || !same_process(t, dir, task->start_ns))
		return false;
	walk_descriptors(t, &t->share, dir, tell_output, &o);
	return true;
}

/* ---- readers of pipes ---- */

struct reading {
	uint64_t pipe;
	uint32_t writer;
	struct share *share;
};

static bool reads_pipe(struct trail *t, int dir, const char *fd, struct slice target, void *arg)
{
	const struct reading *want = arg;
	char name[40];

	snprintf(name, sizeof(name), "pipe:[%llu]", (unsigned long long)want->pipe);
	return slice_eq(target, slice_cstr(name)) && access_mode(t, dir, fd) == O_RDONLY;
}

static bool try_reader(struct trail *t, uint32_t pid, struct reading *want, uint64_t *ret_start_ns)
{
	_cleanup_close_ int dir = pid && pid != want->writer ? procfs_dir(&t->procfs, pid) : -1;
	struct procfs_stat st;

	if (dir < 0 || !walk_descriptors(t, want->share, dir, reads_pipe, want) || procfs_stat(&t->procfs, dir, &st))
		return false;
	*ret_start_ns = st.start_ns;
	return true;
}

static uint32_t scan_readers(struct trail *t, struct reading *want, uint64_t *ret_start_ns)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	uint32_t found = 0;
	uint64_t pid;

	while (d && !found && !share_used_up(&t->search) && (e = readdir(d)))
		if (slice_u64(slice_cstr(e->d_name), &pid) == 0 && pid <= INT32_MAX && try_reader(t, (uint32_t)pid, want, ret_start_ns))
			found = (uint32_t)pid;
	if (d)
		closedir(d);
	return found;
}

static uint32_t search_reader(struct trail *t, struct reading *want, uint64_t now_ns, uint64_t *ret_start_ns)
{
	uint32_t found = 0;

	if (now_ns / SECOND_NS != t->second)
		t->scans = 0;
	t->second = now_ns / SECOND_NS;
	if (t->scans++ >= TRAIL_SCANS_MAX || !share_begin(&t->search)) {
		t->unsearched++;
		return 0;
	}
	want->share = &t->search;
	found = scan_readers(t, want, ret_start_ns);
	share_end(&t->search);
	t->unsearched += !found && t->search.late;
	return found;
}

/* The parent is looked at first: it is there where a program reads what its child writes. */
static void tell_reader(struct trail *t, uint32_t ppid, uint32_t pid, uint64_t pipe, uint64_t now_ns)
{
	struct rec_reader r = { .hdr = { .type = REC_READER, .ts_ns = now_ns }, .pipe = pipe };
	struct reading want = { .pipe = pipe, .writer = pid, .share = &t->share };
	uint64_t began = 0;

	if (share_begin(&t->share)) {
		r.pid = try_reader(t, ppid, &want, &began) ? ppid : 0;
		share_end(&t->share);
	}
	if (!r.pid)
		r.pid = search_reader(t, &want, now_ns, &began);
	r.start_ns = began;
	if (encode_record(&t->record, &r, NULL, 0) == 0)
		t->emit(t->ctx, buf_slice(&t->record));
}

/* ---- what is watched ---- */

static struct watched *find(struct trail *t, uint32_t pid, uint64_t start_ns)
{
	for (unsigned i = 0; t->nwatched && i < TRAIL_PROCESSES_MAX; i++)
		if (t->watched[i].task.pid == pid && t->watched[i].task.start_ns == start_ns)
			return &t->watched[i];
	return NULL;
}

static struct watched *slot(struct trail *t)
{
	for (unsigned i = 0; i < TRAIL_PROCESSES_MAX; i++)
		if (!t->watched[i].task.pid) {
			t->nwatched++;
			return &t->watched[i];
		}
	t->pushed_out += kill((pid_t)t->watched[t->next % TRAIL_PROCESSES_MAX].task.pid, 0) == 0;
	return &t->watched[t->next++ % TRAIL_PROCESSES_MAX];
}

static void tell_behind(struct trail *t, struct watched *w, uint64_t now_ns)
{
	if (w->told)
		return;
	w->told = true;
	tell_cut(t, &w->task, now_ns);
}

/* One that was not finished because others had taken the time is tried again, and told when nothing came of that. */
static void note_look(struct trail *t, struct watched *w, uint64_t now_ns)
{
	w->behind = t->share.late || t->too_many;
	if ((t->share.late && t->share.most) || t->too_many)
		tell_behind(t, w, now_ns);
}

/* False: the process is gone. One for which there is no time now has its turn with a later tick. */
static bool look_at(struct trail *t, struct watched *w, uint64_t now_ns)
{
	bool there;

	if (!share_begin(&t->share)) {
		w->behind = true;
		return true;
	}
	t->too_many = false;
	there = tell_outputs(t, &w->task, now_ns);
	share_end(&t->share);
	if (there)
		note_look(t, w, now_ns);
	return there;
}

/* A call: the first one of a process lets us look at what it has open already. */
static void on_call(struct trail *t, const struct flows *flows, const struct rec_call *c)
{
	struct watched *w = find(t, c->task.pid, c->task.start_ns);
	const struct flow *f;
	uint64_t began;
	uint32_t pid;

	if (w) {
		w->until_ns = c->hdr.ts_ns + TRAIL_WATCH_NS;
		return;
	}
	w = slot(t);
	*w = (struct watched){ .task = c->task, .until_ns = c->hdr.ts_ns + TRAIL_WATCH_NS };
	look_at(t, w, c->hdr.ts_ns);
	f = flow_find(flows, c->task.pid, c->task.start_ns);
	if (f && f->kind[1] == FLOW_PIPE && !flow_reads(flows, f->fd[1].ino, &pid, &began))
		tell_reader(t, c->task.ppid, c->task.pid, f->fd[1].ino, c->hdr.ts_ns);
}

void trail_record(struct trail *t, const struct flows *flows, struct slice record)
{
	struct decoded d;

	if (!t || decode_record(record, &d))
		return;
	if (d.type == REC_CALL && d.str[1].len)
		on_call(t, flows, d.call);
}

bool trail_skips(const struct trail *t, struct slice record)
{
	const struct rec_hdr *h = (const void *)record.ptr;
	struct decoded d;

	if (!t || record.len < sizeof(*h) || h->type != REC_OUTPUT || !(h->flags & REC_OUTPUT_READ) || decode_record(record, &d))
		return false;
	return format_is_database(d.output->task.pid, d.str[0]);
}

static void tell_number(struct trail *t, uint64_t *number, const char *what)
{
	char text[160];

	if (!*number)
		return;
	snprintf(text, sizeof(text), "%llu %s", (unsigned long long)*number, what);
	*number = 0;
	record_coverage(&t->record, slice_cstr(text), SLICE_NONE, SLICE_NONE);
	t->emit(t->ctx, buf_slice(&t->record));
}

static void tell_given_up(struct trail *t, uint64_t now_ns)
{
	if ((!t->pushed_out && !t->unsearched) || now_ns < t->next_told_ns)
		return;
	t->next_told_ns = now_ns + AGAIN_NS;
	tell_number(t, &t->pushed_out, "processes queried while too many others did: which files they open later is not known");
	tell_number(t, &t->unsearched, "processes wrote to a pipe while there was no time to search for who reads it");
}

void trail_tick(struct trail *t, uint64_t now_ns)
{
	unsigned first = t ? t->turn : 0;
	bool put_off = false;

	if (t)
		tell_given_up(t, now_ns);

	for (unsigned i = 0; t && t->nwatched && i < TRAIL_PROCESSES_MAX; i++) {
		unsigned at = (first + i) % TRAIL_PROCESSES_MAX;
		struct watched *w = &t->watched[at];

		if (!w->task.pid)
			continue;
		if (w->until_ns > now_ns && look_at(t, w, now_ns)) {
			if (w->behind && !put_off)
				t->turn = at;
			put_off |= w->behind;
			continue;
		}
		if (w->behind)
			tell_behind(t, w, now_ns);
		w->task.pid = 0;
		t->nwatched--;
	}
}

bool trail_busy(const struct trail *t)
{
	return t && t->nwatched;
}
