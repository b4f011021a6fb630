// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The asking side. One datagram for each question, one for each answer, in the same order; files come with it. */
#include "base/fetch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fetch_priv.h"
#include "base/mounts.h"

#define USERS 256 /* whose waiting is counted; a power of two */
#define SECOND 1000000000u
#define SLOW_NS 10000000u   /* what is answered sooner is not counted */
#define STILL_NS 200000000u /* without an answer for so long: who asks the same waits behind it */
#define FDS_MAX 2
#define DONE_MAX 128 /* late answers, with their descriptors */

/* A question without an answer, and who is told late; fn NULL: nobody. */
struct waiting {
	fetch_late_fn fn;
	void *ctx;
	char *tag; /* owned */
	uint64_t since_ns;
	bool told;
};

struct child {
	int fd;
	pid_t pid; /* 0: none */
	uint64_t key;
	uint32_t user;
	struct waiting queue[FETCH_OPEN_MAX];
	unsigned head, open;
};

/* A late answer on its way to who waits for it. */
struct done {
	struct waiting w;
	int r;
	struct fetched f;
};

struct held {
	uint32_t user;
	uint64_t second, ns;
};

static struct {
	pid_t owner; /* 0: not started */
	int epoll_fd;
	int patience_ms;
	bool always;
	struct child children[FETCH_CHILDREN_MAX];
	struct done done[DONE_MAX];
	unsigned ndone;
	pid_t ended[FETCH_CHILDREN_MAX]; /* told to end */
	unsigned nended;
	struct held held[USERS];
} pool = { .epoll_fd = -1, .patience_ms = FETCH_WAIT_MS };

/* ---- children ---- */

static void reap(void)
{
	for (unsigned i = 0; i < pool.nended;)
		if (waitpid(pool.ended[i], NULL, WNOHANG) != 0)
			pool.ended[i] = pool.ended[--pool.nended];
		else
			i++;
}

/* -EBUSY: as many that were to end still wait. */
static int start_child(struct child *c)
{
	int fds[2];
	pid_t pid;

	reap();
	if (pool.nended == FETCH_CHILDREN_MAX)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (pid == 0)
		fetch_serve(fds[1]);
	if (pid > 0) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

		*c = (struct child){ .fd = fds[0], .pid = pid };
		(void)epoll_ctl(pool.epoll_fd, EPOLL_CTL_ADD, c->fd, &e);
	} else {
		close(fds[0]);
	}
	close(fds[1]);
	return pid < 0 ? -EAGAIN : 0;
}

/* Not waited for: what it waits for may never come. */
static void end_child(struct child *c)
{
	if (!c->pid)
		return;
	close(c->fd);
	kill(c->pid, SIGKILL);
	if (pool.nended < FETCH_CHILDREN_MAX)
		pool.ended[pool.nended++] = c->pid;
	for (; c->open; c->open--)
		free(c->queue[c->head++ % FETCH_OPEN_MAX].tag);
	c->pid = 0;
}

int fetch_start(bool always)
{
	int r;

	pool.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (pool.epoll_fd < 0)
		return -errno;
	r = start_child(&pool.children[0]);
	if (r) {
		close(TAKE_FD(pool.epoll_fd));
		return r;
	}
	pool.owner = getpid();
	pool.always = always;
	return 0;
}

void fetch_stop(void)
{
	if (pool.owner != getpid())
		return;
	for (size_t i = 0; i < FETCH_CHILDREN_MAX; i++)
		end_child(&pool.children[i]);
	for (; pool.ndone; fetched_done(&pool.done[pool.ndone].f))
		free(pool.done[--pool.ndone].w.tag);
	close(TAKE_FD(pool.epoll_fd));
	pool.owner = 0;
	mounts_done();
}

void fetch_patience(int ms)
{
	pool.patience_ms = ms;
}

int fetch_poll_fd(void)
{
	return pool.epoll_fd;
}

/* What was not answered within our patience may only be slow: the machine has other work. What is older stands still. */
static bool stands_still(const struct child *c, uint64_t at)
{
	return c->open && at >= c->queue[c->head % FETCH_OPEN_MAX].since_ns + STILL_NS;
}

/*
 * Behind an open question of the same user and filesystem that stands still, or of a user who has as many as he gets; else whoever is free.
 * The number of children that wait in vain is limited by users.
 */
static struct child *choose(uint64_t key, uint32_t user, uint64_t at)
{
	struct child *free_one = NULL, *none = NULL, *of_user = NULL;
	unsigned busy = 0;

	for (size_t i = 0; i < FETCH_CHILDREN_MAX; i++) {
		struct child *c = &pool.children[i];

		if (c->key == key && stands_still(c, at))
			return c;
		if (c->open && c->user == user) {
			busy++;
			of_user = c;
		} else if (!c->pid) {
			none = none ? none : c;
		} else if (!c->open) {
			free_one = free_one ? free_one : c;
		}
	}
	if (busy >= FETCH_CHILDREN_OF_ONE)
		return of_user;
	if (!free_one && none && !start_child(none))
		free_one = none;
	return free_one;
}

/* ---- answers ---- */

union passed {
	struct cmsghdr h;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

/* 0, or -EMFILE: there was no room for them here, and none is kept. */
static int take_files(struct msghdr *m, const struct fetch_answer *a, struct fetched *f)
{
	struct cmsghdr *h = CMSG_FIRSTHDR(m);
	int fds[FDS_MAX] = { -1, -1 };

	*f = (struct fetched){ .st = a->st, .fd = -1, .content = -1 };
	if (h && h->cmsg_type == SCM_RIGHTS && h->cmsg_len <= CMSG_LEN(sizeof(fds)))
		memcpy(fds, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
	f->fd = fds[0];
	f->content = fds[1] >= 0 ? fds[1] : fds[0];
	if (a->fds <= (fds[0] >= 0 ? 1u : 0u) + (fds[1] >= 0 ? 1u : 0u))
		return 0;
	fetched_done(f);
	return -EMFILE;
}

/* 0: the oldest question of c has its answer, *ret_r; -EAGAIN: not yet; -EIO: the child is gone. */
static int receive(struct child *c, int *ret_r, struct fetched *f)
{
	struct fetch_answer a;
	struct iovec io = { &a, sizeof(a) };
	union passed u;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = u.bytes, .msg_controllen = sizeof(u.bytes) };
	ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (n != (ssize_t)sizeof(a))
		return -EIO;
	*ret_r = take_files(&m, &a, f);
	if (a.err)
		*ret_r = a.err;
	return 0;
}

static struct waiting next_waiting(struct child *c)
{
	c->open--;
	return c->queue[c->head++ % FETCH_OPEN_MAX];
}

/*
 * What a child has answered is taken from it at once, so that it is free again, and handed out by fetch_drain(), where whoever waits for it
 * expects it. Of a child that died, of whatever, each question is one that failed; another child is started when it is needed.
 */
static void collect(struct child *c)
{
	while (c->open && pool.ndone < DONE_MAX) {
		struct done d = { .r = -EIO, .f = { .fd = -1, .content = -1 } };
		int got = receive(c, &d.r, &d.f);

		if (got == -EAGAIN)
			return;
		d.w = next_waiting(c);
		if (d.w.fn) {
			pool.done[pool.ndone++] = d;
		} else {
			free(d.w.tag);
			fetched_done(&d.f);
		}
		if (got && !c->open)
			end_child(c);
	}
}

static void collect_all(void)
{
	for (size_t i = 0; i < FETCH_CHILDREN_MAX; i++)
		collect(&pool.children[i]);
}

static void hand_out(void)
{
	while (pool.ndone) {
		struct done d = pool.done[0];

		memmove(pool.done, pool.done + 1, --pool.ndone * sizeof(d));
		d.w.fn(d.w.ctx, d.w.tag, d.r, d.r ? NULL : &d.f);
		free(d.w.tag);
		fetched_done(&d.f);
	}
}

static void tell_missing(struct child *c, uint64_t now_ns)
{
	for (unsigned k = 0; k < c->open; k++) {
		struct waiting *w = &c->queue[(c->head + k) % FETCH_OPEN_MAX];

		if (!w->fn || w->told || now_ns < w->since_ns + FETCH_PATIENCE_NS)
			continue;
		w->told = true;
		w->fn(w->ctx, w->tag, -ETIMEDOUT, NULL);
	}
}

void fetch_drain(uint64_t now_ns)
{
	if (pool.owner != getpid())
		return;
	collect_all();
	hand_out();
	for (size_t i = 0; i < FETCH_CHILDREN_MAX; i++)
		tell_missing(&pool.children[i], now_ns);
}

bool fetch_ready(void)
{
	return pool.ndone > 0;
}

/* ---- questions ---- */

/* Twice our patience in each second, and no longer, may what one user has us look at hold the caller. */
static bool may_wait(uint32_t user, uint64_t at)
{
	struct held *h = &pool.held[user % USERS];

	if (h->user != user || h->second != at / SECOND)
		*h = (struct held){ .user = user, .second = at / SECOND };
	return h->ns < (uint64_t)pool.patience_ms * 2000000u;
}

/* As receive(), within the time that we have. */
static int wait_for(struct child *c, uint32_t user, uint64_t began, int *ret_r, struct fetched *f)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	uint64_t until = began + (uint64_t)pool.patience_ms * 1000000u, at = began;
	int got = -EAGAIN;

	while (got == -EAGAIN && at < until) {
		(void)poll(&p, 1, (int)((until - at + 999999) / 1000000));
		got = receive(c, ret_r, f);
		at = boottime_ns();
	}
	if (at - began > SLOW_NS)
		pool.held[user % USERS].ns += at - began;
	return got;
}

static int put(struct child *c, const struct fetch *q)
{
	struct fetch_question m = { .what = q->what, .max = q->max };
	size_t n = strlen(q->path) + 1;

	if (n > sizeof(m.path))
		return -ENAMETOOLONG;
	if (c->open == FETCH_OPEN_MAX)
		return -EBUSY;
	memcpy(m.path, q->path, n);
	n += offsetof(struct fetch_question, path);
	if (send(c->fd, &m, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return 0;
	return errno == EAGAIN ? -EBUSY : -EPIPE;
}

/* As /proc shows it, which needs nothing of the process's memory. */
static uint32_t user_of(uint32_t pid)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), "/proc/%u", pid);
	return stat(name, &st) ? FETCH_NOBODY : st.st_uid;
}

static int ask(const struct fetch *q, struct fetched *ret, const struct waiting *late, struct slice tag)
{
	uint32_t user = q->pid ? user_of(q->pid) : q->user;
	uint64_t key = hash_u64(q->dev, user), began = boottime_ns();
	struct waiting *w;
	struct child *c;
	int r, got;

	collect_all();
	c = choose(key, user, began);
	if (!c || (c->open && !late->fn))
		return c ? -ETIMEDOUT : -EBUSY;
	r = put(c, q);
	if (r == -EPIPE && !c->open) { /* it died: another one in its place */
		end_child(c);
		r = start_child(c) ? -EPIPE : put(c, q);
	}
	if (r)
		return r;
	c->key = key;
	c->user = user;
	if (!c->open && may_wait(user, began)) {
		got = wait_for(c, user, began, &r, ret);
		if (got == -EIO)
			end_child(c);
		if (got != -EAGAIN)
			return got ? got : r;
	}
	w = &c->queue[(c->head + c->open++) % FETCH_OPEN_MAX];
	*w = *late;
	w->since_ns = began;
	w->tag = tag.len ? malloc(tag.len) : NULL;
	if (w->tag)
		memcpy(w->tag, tag.ptr, tag.len);
	else if (tag.len)
		w->fn = NULL; /* nobody can be told then */
	return w->fn ? -EINPROGRESS : -ETIMEDOUT;
}

int fetch_or_later(const struct fetch *q, struct fetched *ret, fetch_late_fn fn, void *ctx, struct slice tag)
{
	struct waiting late = { .fn = fn, .ctx = ctx };

	*ret = (struct fetched){ .fd = -1, .content = -1 };
	if (!pool.owner || pool.owner != getpid() || (!pool.always && mounts_all_local()))
		return fetch_directly(q->what, q->path, 0, ret);
	return ask(q, ret, &late, tag);
}

int fetch(const struct fetch *q, struct fetched *ret)
{
	return fetch_or_later(q, ret, NULL, NULL, SLICE_NONE);
}
