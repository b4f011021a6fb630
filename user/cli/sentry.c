// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/sentry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "attach/records.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fetch.h"
#include "base/log.h"
#include "base/mounts.h"
#include "cli/carriers.h"
#include "cli/endpoints.h"
#include "cli/formats.h"
#include "cli/profile.h"
#include "cli/records.h"
#include "decode/decode.h"
#include "decode/encode.h"

/*
 * All memory is in tables of fixed size in which a newcomer takes the place of whoever had the same hash: a collision costs work or a
 * repeated record, never memory. LOOK_SHARE: a look that took t comes again after LOOK_SHARE * t, at the earliest after LOOK_NS.
 */
enum { PROFILED_MAX = 4096, HELD_MAX = 8192, FILES_MAX = 16384, LOOK_SHARE = 200, TASKS_MAX = 4096, LATE_MAX = 64 };
#define SECOND 1000000000ull
#define LOOK_NS SECOND
#define PROFILE_AGAIN_NS SECOND
#define SLOW_NS (5 * SECOND) /* between two looks */
#define SLOW_AGAIN_NS (600 * SECOND)
#define HELD_AGAIN_NS (10 * SECOND)
#define NO_DATABASE_NS (60 * SECOND) /* a file that is none is asked again after so long */
#define UNKNOWN_NS (5 * SECOND)      /* ... and one whose storage does not answer */

struct held {
	uint64_t key, sent, received, told_ns;
	bool told;
};

struct file_verdict {
	uint64_t key, until_ns;
	uint16_t system; /* format_of() */
};

struct profiled {
	uint64_t key, at_ns;
};

struct sentry {
	struct floor *floor;
	struct profiler *profiler;
	attach_emit_fn emit;
	void *ctx;
	bool files;
	uint64_t next_look_ns, next_slow_ns;
	struct endpoints endpoints;
	struct profiled profiled[PROFILED_MAX];
	struct held held[HELD_MAX];
	struct file_verdict verdicts[FILES_MAX];
	struct carriers *carriers;
	struct rec_task tasks[TASKS_MAX]; /* by pid: the last one */
	struct buf late[LATE_MAX];
	size_t nlate, nready; /* nready: those that were there at the last flush */
	struct buf out;
	int floor_error;
};

int sentry_new(struct capture *c, struct attach *a, attach_emit_fn emit, void *ctx, struct sentry **ret)
{
	struct sentry *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->emit = emit;
	s->ctx = ctx;
	buf_init(&s->out, DECODE_RECORD_MAX);
	s->floor_error = floor_new(c, &s->floor);
	err = profiler_new(a, &s->profiler);
	if (!err)
		err = carriers_new(s->profiler, a, emit, ctx, &s->carriers);
	if (!err)
		err = endpoints_configure(&s->endpoints, NULL, s->floor);
	if (err) {
		sentry_free(s);
		return err;
	}
	*ret = s;
	return 0;
}

void sentry_free(struct sentry *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nlate; i++)
		buf_done(&s->late[i]);
	floor_free(s->floor);
	carriers_free(s->carriers);
	profiler_free(s->profiler);
	buf_done(&s->out);
	free(s);
}

int sentry_config(struct sentry *s, const struct config *c)
{
	s->files = c->floor.files;
	if (s->floor)
		floor_unquiet(s->floor);
	return endpoints_configure(&s->endpoints, c, s->floor);
}

void sentry_announce(struct sentry *s)
{
	for (unsigned i = 0; i < FLOOR_PARTS; i++) {
		char text[192];
		int err = s->floor ? floor_error(s->floor, (enum floor_part)i) : s->floor_error;

		if (!err)
			continue;
		snprintf(text, sizeof(text), "this kernel does not tell of %s: %s", floor_part_name((enum floor_part)i), strerror(-err));
		record_coverage(&s->out, slice_cstr(text), SLICE_NONE, SLICE_NONE);
		s->emit(s->ctx, buf_slice(&s->out));
	}
}

/* ---- what a record is about ---- */

/* Once for each process, and again when it opens a connection later: it may have loaded a library since. */
static void tell_profile(struct sentry *s, const struct rec_task *t, uint64_t ts_ns)
{
	uint64_t key = hash_u64(t->pid, t->start_ns) | 1;
	struct profiled *p = &s->profiled[key % PROFILED_MAX];

	if (p->key == key && ts_ns < p->at_ns + PROFILE_AGAIN_NS)
		return;
	*p = (struct profiled){ .key = key, .at_ns = ts_ns };
	if (!profile_record(s->profiler, t->pid, t->start_ns, ts_ns, &s->out))
		s->emit(s->ctx, buf_slice(&s->out));
}

/*
 * False: there is no such socket, so that the connect fails. Seen from the process where it still lives, else from here. What does not
 * answer may be one.
 */
static bool socket_exists(const struct rec_task *t, struct slice path)
{
	char name[SOCKET_PATH_MAX + 64];
	struct stat st;
	int r;

	if (!path.len || path.ptr[0] == 0)
		return true; /* the abstract namespace: nothing to look up */
	snprintf(name, sizeof(name), "/proc/%u/%s/%.*s", t->pid, path.ptr[0] == '/' ? "root" : "cwd", (int)path.len, path.ptr);
	r = fetch_stat(t->pid, name, &st);
	if (!r)
		return S_ISSOCK(st.st_mode);
	if (fetch_unknown(r))
		return true;
	snprintf(name, sizeof(name), "/proc/%u", t->pid);
	if (!stat(name, &st) || path.ptr[0] != '/')
		return stat(name, &st) != 0;
	snprintf(name, sizeof(name), "%.*s", (int)path.len, path.ptr);
	r = fetch_stat(t->pid, name, &st);
	return fetch_unknown(r) || (!r && S_ISSOCK(st.st_mode));
}

/*
 * Whether this sight of a held socket is news: when it is seen the second time (a process between fork and exec holds what is not its
 * own), and when bytes went over it since it was told last.
 */
static bool held_is_news(struct sentry *s, const struct rec_socket *r)
{
	uint64_t key = hash_u64(hash_u64(r->id, r->task.pid), r->task.start_ns) | 1;
	struct held *h = &s->held[key % HELD_MAX];
	bool news;

	if (h->key != key) {
		*h = (struct held){ .key = key };
		return false;
	}
	news = !h->told || ((h->sent != r->sent || h->received != r->received) && r->hdr.ts_ns >= h->told_ns + HELD_AGAIN_NS);
	if (news)
		*h = (struct held){ .key = key, .sent = r->sent, .received = r->received, .told_ns = r->hdr.ts_ns, .told = true };
	return news;
}

/* The text of a path ends at its first NUL, unless it begins with one. */
static struct slice path_text(struct slice path)
{
	return path.len && path.ptr[0] ? slice_head(path, strnlen(path.ptr, path.len)) : path;
}

static void on_socket(struct sentry *s, const struct decoded *d)
{
	struct rec_socket r = *d->socket;
	struct slice str[2] = { path_text(d->str[0]), SLICE("") };
	bool by_name = r.event == REC_SOCKET_OPENING && d->str[0].len && !(r.hdr.flags & REC_SOCKET_PEER);
	const char *system = "";

	if (r.event == REC_SOCKET_OPENING || r.event == REC_SOCKET_HELD) {
		system = d->str[0].len ? endpoints_by_path(&s->endpoints, str[0]) : endpoints_by_port(&s->endpoints, r.port);
		if (!system && d->str[0].len)
			floor_quiet(s->floor, d->str[0]);
		if (!system || (r.event == REC_SOCKET_HELD && !held_is_news(s, &r)))
			return;
		if (by_name && !socket_exists(&r.task, str[0]))
			return;
		tell_profile(s, &r.task, r.hdr.ts_ns);
	}
	str[1] = slice_cstr(system);
	if (!encode_record(&s->out, &r, str, 2))
		s->emit(s->ctx, buf_slice(&s->out));
}

/* ---- database files ---- */

/* The format of an open file, 0: none of ours. Or -errno; -ETIMEDOUT: it is not known yet. */
static int read_format(const struct rec_dbfile *r)
{
	char name[64], magic[FORMAT_BYTES];
	struct fetch q = {
		.what = FETCH_OPEN, .path = name, .max = FORMAT_BYTES, .pid = r->task.pid, .dev = makedev(r->dev >> 20, r->dev & 0xfffff)
	};
	struct fetched f;
	int format;

	if (mounts_users_fuse((uint32_t)(r->dev >> 20), (uint32_t)(r->dev & 0xfffff)))
		return 0;
	snprintf(name, sizeof(name), "/proc/%u/fd/%u", r->task.pid, r->fd);
	format = fetch(&q, &f);
	if (format)
		return fetch_unknown(format) ? -ETIMEDOUT : 0;
	if (f.st.st_ino == r->ino && pread(f.content, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic))
		format = format_of(magic);
	fetched_done(&f);
	return format;
}

static void on_file(struct sentry *s, const struct decoded *d)
{
	struct rec_dbfile r = *d->dbfile;
	uint64_t key = hash_u64(r.dev, r.ino) | 1;
	struct file_verdict *v = &s->verdicts[key % FILES_MAX];
	struct rec_socket as_socket = { .hdr = r.hdr, .task = r.task, .id = key };
	char name[64], path[REC_PATH_MAX];
	struct slice str[2];
	ssize_t n;

	if (!s->files)
		return;
	if (v->key != key || (!v->system && r.hdr.ts_ns >= v->until_ns)) {
		int format = read_format(&r);

		*v = (struct file_verdict){ .key = key,
					    .system = format > 0 ? (uint16_t)format : 0,
					    .until_ns = r.hdr.ts_ns + (format < 0 ? UNKNOWN_NS : NO_DATABASE_NS) };
	}
	if (!v->system || !held_is_news(s, &as_socket))
		return;
	snprintf(name, sizeof(name), "/proc/%u/fd/%u", r.task.pid, r.fd);
	n = readlink(name, path, sizeof(path));
	tell_profile(s, &r.task, r.hdr.ts_ns);
	str[0] = n > 0 ? slice_mem(path, (size_t)n) : SLICE("");
	str[1] = slice_cstr(format_system(v->system));
	if (!encode_record(&s->out, &r, str, 2))
		s->emit(s->ctx, buf_slice(&s->out));
}

bool sentry_record(struct sentry *s, struct slice record)
{
	const struct rec_hdr *h = (const void *)record.ptr;
	struct decoded d;

	if (record.len < sizeof(*h) || (h->type != REC_SOCKET && h->type != REC_DBFILE))
		return false;
	if (!s || decode_record(record, &d))
		return true;
	if (d.type == REC_SOCKET)
		on_socket(s, &d);
	else
		on_file(s, &d);
	return true;
}

/* ---- processes ---- */

void sentry_process(struct sentry *s, struct slice record)
{
	const struct rec_hdr *h = (const void *)record.ptr;
	const struct rec_task *t;
	struct decoded d;

	if (s && h->type == REC_CALL && carriers_ask(s->carriers) && !decode_record(record, &d))
		carriers_call(s->carriers, &d.call->task);
	if (!s || (h->type != REC_EXEC && h->type != REC_FORK && h->type != REC_PROC) || decode_record(record, &d))
		return;
	t = d.type == REC_FORK ? &d.fork->task : &d.exec->task;
	s->tasks[t->pid % TASKS_MAX] = *t;
	if (d.type == REC_EXEC && s->files)
		carriers_exec(s->carriers, d.exec, d.str[0]);
}

void sentry_mapping(struct sentry *s, const struct watch_mapping *m)
{
	if (s)
		profile_mapping(s->profiler, m);
}

bool sentry_late(struct sentry *s, struct slice record)
{
	struct decoded d;

	if (!s || decode_record(record, &d) || d.type != REC_COVERAGE || !d.coverage->task.pid || s->nlate == LATE_MAX)
		return false;
	buf_init(&s->late[s->nlate], DECODE_RECORD_MAX);
	buf_add(&s->late[s->nlate], record);
	s->nlate++;
	return true;
}

static void tell_late(struct sentry *s, struct buf *late)
{
	struct rec_coverage *r = (void *)late->ptr;

	if (!late->err && s->tasks[r->task.pid % TASKS_MAX].pid == r->task.pid)
		r->task = s->tasks[r->task.pid % TASKS_MAX];
	if (!late->err)
		s->emit(s->ctx, buf_slice(late));
	buf_done(late);
}

void sentry_flush(struct sentry *s, bool last)
{
	size_t n;

	if (!s)
		return;
	/* A program's own file is mapped just before the record of its start: what came since the last time waits for one more look at the
	 * rings. */
	n = last ? s->nlate : s->nready;
	for (size_t i = 0; i < n; i++)
		tell_late(s, &s->late[i]);
	memmove(s->late, s->late + n, (s->nlate - n) * sizeof(s->late[0]));
	s->nlate -= n;
	s->nready = s->nlate;
	carriers_tick(s->carriers, last);
}

static int on_look(void *ctx, struct slice record)
{
	sentry_record(ctx, record);
	return 0;
}

/* Who opens files without end makes looks rare: what is held only for a time is then missed, and that is told. */
static void tell_slow(struct sentry *s, uint64_t pause_ns, uint64_t now_ns)
{
	char text[160];

	if (pause_ns < SLOW_NS || now_ns < s->next_slow_ns)
		return;
	s->next_slow_ns = now_ns + SLOW_AGAIN_NS;
	snprintf(text, sizeof(text),
		 "so many open files on this host that they are looked through every %llu s only: sockets and files held for less are "
		 "missed",
		 (unsigned long long)(pause_ns / SECOND));
	record_coverage(&s->out, slice_cstr(text), SLICE_NONE, SLICE_NONE);
	s->emit(s->ctx, buf_slice(&s->out));
}

void sentry_tick(struct sentry *s, uint64_t now_ns)
{
	uint64_t began, took;
	int r;

	if (!s || !s->floor || now_ns < s->next_look_ns)
		return;
	began = boottime_ns();
	r = floor_look(s->floor, on_look, s);
	if (r < 0 && r != -ENOTSUP)
		log_debug("looking through open files: %s", strerror(-r));
	took = boottime_ns() - began;
	s->next_look_ns = now_ns + (took * LOOK_SHARE > LOOK_NS ? took * LOOK_SHARE : LOOK_NS);
	tell_slow(s, took * LOOK_SHARE, now_ns);
}
