// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The agent's side: which libraries, which functions, and what came of it. */
#include "cli/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/op.h"
#include "decode/decode.h"
#include "decode/encode.h"

#define SPOKEN_MAX 8192
#define FAMILY_BYTES 24

struct tried_site {
	uint32_t site;
	bool fired;
	char symbol[48];
};

struct candidate {
	uint32_t library;
	char family[FAMILY_BYTES];
	char *path;
	size_t nsites;
	struct tried_site sites[CANARY_SITES_MAX];
};

struct canary {
	attach_emit_fn emit;
	void *ctx;
	struct candidate *queue[CANARY_QUEUE_MAX];
	size_t n;
	struct candidate *now;
	pid_t pid;
	bool reaped;     /* it was ended, but pid still stands for its calls */
	int fd;          /* what it says */
	bool ended;      /* it has said all; the rings are drained once more before the verdict */
	uint64_t end_ns; /* when its time is up */
	char spoken[SPOKEN_MAX];
	size_t nspoken;
	struct buf out;
};

int canary_new(attach_emit_fn emit, void *ctx, struct canary **ret)
{
	struct canary *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->emit = emit;
	c->ctx = ctx;
	c->fd = -1;
	buf_init(&c->out, DECODE_RECORD_MAX);
	*ret = c;
	return 0;
}

static void candidate_free(struct candidate *k)
{
	if (!k)
		return;
	free(k->path);
	free(k);
}

void canary_end(struct canary *c)
{
	if (!c || c->pid <= 0 || c->reaped)
		return;
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	c->reaped = true;
}

static void stop_running(struct canary *c)
{
	canary_end(c);
	c->reaped = false;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->pid = 0;
	candidate_free(c->now);
	c->now = NULL;
}

void canary_free(struct canary *c)
{
	if (!c)
		return;
	stop_running(c);
	for (size_t i = 0; i < c->n; i++)
		candidate_free(c->queue[i]);
	buf_done(&c->out);
	free(c);
}

/* ---- what is there to be tried ---- */

/* Every folder on the way and the file itself belong to root and nobody else may write there: loading it runs nobody else's code. */
static bool is_roots_own(const char *path)
{
	char part[REC_PATH_MAX + 1];
	size_t n = strlen(path);
	struct stat st;

	if (path[0] != '/' || n >= sizeof(part))
		return false;
	memcpy(part, path, n + 1);
	for (;;) {
		char *slash;

		if (lstat(part[0] ? part : "/", &st) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) || S_ISLNK(st.st_mode))
			return false;
		if (!part[0])
			return true;
		slash = strrchr(part, '/');
		*slash = 0;
	}
}

bool canary_may_try(struct slice family, struct slice path)
{
	char name[REC_PATH_MAX + 1];

	if (!canary_knows(family) || path.len >= sizeof(name) || !memmem(path.ptr, path.len, ".so", 3))
		return false;
	memcpy(name, path.ptr, path.len);
	name[path.len] = 0;
	return is_roots_own(name);
}

static void on_library(struct canary *c, const struct decoded *d)
{
	struct candidate *k;

	if (c->n == CANARY_QUEUE_MAX || d->str[2].len >= FAMILY_BYTES || !canary_may_try(d->str[2], d->str[0]))
		return;
	k = calloc(1, sizeof(*k));
	if (!k)
		return;
	k->library = d->library->library;
	memcpy(k->family, d->str[2].ptr, d->str[2].len);
	k->path = strndup(d->str[0].ptr, d->str[0].len);
	if (!k->path) {
		candidate_free(k);
		return;
	}
	c->queue[c->n++] = k;
}

static void on_site(struct canary *c, const struct decoded *d)
{
	struct candidate *k = c->n ? c->queue[c->n - 1] : NULL;
	struct tried_site *s;

	if (op_is(d->site->op, OPF_UNTRIED))
		return;
	if (!k || k->library != d->site->library || k->nsites == CANARY_SITES_MAX || d->str[0].len >= sizeof(s->symbol))
		return;
	s = &k->sites[k->nsites++];
	*s = (struct tried_site){ .site = d->site->site };
	memcpy(s->symbol, d->str[0].ptr, d->str[0].len);
}

static void on_gone(struct canary *c, uint32_t library)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->queue[i]->library != library)
			continue;
		candidate_free(c->queue[i]);
		memmove(&c->queue[i], &c->queue[i + 1], (c->n - i - 1) * sizeof(c->queue[0]));
		c->n--;
		return;
	}
	if (c->now && c->now->library == library)
		stop_running(c);
}

void canary_attached(struct canary *c, struct slice record)
{
	struct decoded d;

	if (!c || decode_record(record, &d))
		return;
	if (d.type == REC_LIBRARY)
		on_library(c, &d);
	else if (d.type == REC_SITE)
		on_site(c, &d);
	else if (d.type == REC_LIBRARY_GONE)
		on_gone(c, d.gone->library);
}

bool canary_record(struct canary *c, struct slice record)
{
	const struct rec_hdr *h = (const void *)record.ptr;
	const struct rec_task *t = (const void *)(record.ptr + sizeof(*h));

	if (!c || !c->pid || (h->type != REC_CALL && h->type != REC_CONN && h->type != REC_SOCKET) || record.len < sizeof(*h) + sizeof(*t))
		return false;
	if (t->pid != (uint32_t)c->pid)
		return false;
	for (size_t i = 0; h->type == REC_CALL && i < c->now->nsites; i++)
		if (c->now->sites[i].site == ((const struct rec_call *)(const void *)h)->site)
			c->now->sites[i].fired = true;
	return true;
}

/* ---- one run ---- */

static void start_next(struct canary *c, uint64_t now_ns)
{
	char *environment[] = { NULL };
	char *argv[CANARY_SITES_MAX + 5] = { (char[]){ "qprov" }, (char[]){ "canary" } };
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], err;

	c->now = c->queue[0];
	memmove(&c->queue[0], &c->queue[1], --c->n * sizeof(c->queue[0]));
	argv[2] = c->now->family;
	argv[3] = c->now->path;
	for (size_t i = 0; i < c->now->nsites; i++)
		argv[4 + i] = c->now->sites[i].symbol;
	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK)) {
		stop_running(c);
		return;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(&c->pid, "/proc/self/exe", &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[1]);
	c->fd = pipe_fds[0];
	c->nspoken = 0;
	c->ended = false;
	c->end_ns = now_ns + CANARY_NS;
	if (err) {
		c->pid = 0;
		log_debug("canary: %s", strerror(err));
		stop_running(c);
	}
}

/* True at the end of what it says. */
static bool listen_to(struct canary *c)
{
	for (;;) {
		ssize_t n = read(c->fd, c->spoken + c->nspoken, sizeof(c->spoken) - c->nspoken);

		if (n > 0)
			c->nspoken += (size_t)n;
		else
			return n == 0 || (errno != EAGAIN && errno != EINTR);
		if (c->nspoken == sizeof(c->spoken))
			return true;
	}
}

/* It said so before it made the call. */
static bool was_tried(const struct canary *c, const char *symbol)
{
	size_t n = strlen(symbol);

	for (size_t i = 0; i + n < c->nspoken; i++)
		if ((i == 0 || c->spoken[i - 1] == '\n') && !memcmp(c->spoken + i, symbol, n) && c->spoken[i + n] == '\n')
			return true;
	return false;
}

static void judge(struct canary *c, uint64_t now_ns)
{
	struct rec_canary r = { .hdr = { .type = REC_CANARY, .ts_ns = now_ns }, .library = c->now->library };
	struct slice str[2] = { slice_cstr(c->now->path) };
	char silent[CANARY_SITES_MAX * 49] = "";
	size_t at = 0;

	for (size_t i = 0; i < c->now->nsites; i++) {
		const struct tried_site *s = &c->now->sites[i];

		if (!was_tried(c, s->symbol))
			continue;
		r.tried++;
		r.fired += s->fired;
		if (!s->fired)
			at += (size_t)snprintf(silent + at, sizeof(silent) - at, "%s%s", at ? " " : "", s->symbol);
	}
	str[1] = slice_mem(silent, at);
	log_debug("canary: %s: %u of %u probes fired%s%s", c->now->path, r.fired, r.tried, at ? ", not: " : "", silent);
	if (!encode_record(&c->out, &r, str, 2))
		c->emit(c->ctx, buf_slice(&c->out));
	stop_running(c);
}

void canary_tick(struct canary *c, uint64_t now_ns)
{
	if (!c)
		return;
	if (!c->now && c->n)
		start_next(c, now_ns);
	else if (c->now && c->ended)
		judge(c, now_ns);
	else if (c->now && (listen_to(c) || now_ns >= c->end_ns))
		c->ended = true;
}

bool canary_busy(const struct canary *c)
{
	return c && (c->now || c->n);
}
