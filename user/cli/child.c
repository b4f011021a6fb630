// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

enum { EXEC_FAILED = 127 };

struct child {
	pid_t pid;
	int in, out, err, failed; /* our ends; failed: tells the errno of exec */
};

/* In the child: never returns. */
static void become(const char *const *argv, int in, int out, int err, int failed)
{
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	int code = errno;

	(void)!write(failed, &code, sizeof(code));
	_exit(EXEC_FAILED);
}

static int start(const char *const *argv, struct child *c)
{
	int fds[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	int r = 0;

	for (int i = 0; i < 8 && !r; i += 2)
		if (pipe2(fds + i, O_CLOEXEC) < 0)
			r = -errno;
	if (!r) {
		c->pid = fork();
		if (c->pid == 0)
			become(argv, fds[0], fds[3], fds[5], fds[7]);
		r = c->pid < 0 ? -errno : 0;
	}
	if (!r) {
		c->in = TAKE_FD(fds[1]);
		c->out = TAKE_FD(fds[2]);
		c->err = TAKE_FD(fds[4]);
		c->failed = TAKE_FD(fds[6]);
	}
	for (int i = 0; i < 8; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return r;
}

static uint64_t monotonic_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* What is ready on *fd, which is closed at its end. Beyond the room of b: -E2BIG, or dropped. */
static int take(int *fd, struct buf *b, bool drop)
{
	char bytes[16384];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (n == 0) {
		shut(fd);
		return 0;
	}
	if (drop && b->len + (size_t)n > b->max)
		n = (ssize_t)(b->max - b->len);
	buf_add(b, slice_mem(bytes, (size_t)n));
	return b->err;
}

static void give(int *fd, struct slice *in)
{
	ssize_t n = in->len ? write(*fd, in->ptr, in->len) : 0;

	if (n > 0)
		*in = slice_skip(*in, (size_t)n);
	if (!in->len || (n < 0 && errno != EINTR && errno != EAGAIN))
		shut(fd); /* a child that reads no further says why on its own */
}

/* Time goes on while a child takes its input without a word of its own: only what it says begins it anew. */
static int talk(struct child *c, struct slice in, int silence_ms, struct buf *out, struct buf *err)
{
	uint64_t heard_ms = monotonic_ms(), now_ms;
	int n, r = 0;

	fcntl(c->in, F_SETFL, O_NONBLOCK);
	while (!r && (c->out >= 0 || c->err >= 0)) {
		struct pollfd p[] = { { c->out, POLLIN, 0 }, { c->err, POLLIN, 0 }, { c->in, POLLOUT, 0 } };

		now_ms = monotonic_ms();
		if (now_ms - heard_ms >= (uint64_t)silence_ms)
			return -ETIMEDOUT;
		n = poll(p, 3, silence_ms - (int)(now_ms - heard_ms));
		if (n < 0) {
			r = errno == EINTR ? 0 : -errno;
			continue;
		}
		if (p[0].revents || p[1].revents)
			heard_ms = monotonic_ms();
		if (p[0].revents)
			r = take(&c->out, out, false);
		if (!r && p[1].revents)
			r = take(&c->err, err, true);
		if (!r && p[2].revents)
			give(&c->in, &in);
	}
	return r;
}

int child_run(const char *const *argv, struct slice in, int silence_ms, struct buf *out, struct buf *err, int *ret_status)
{
	struct child c;
	int status, code = 0, r = start(argv, &c);

	if (r)
		return r;
	r = talk(&c, in, silence_ms, out, err);
	if (r)
		kill(c.pid, SIGKILL);
	if (!r && read(c.failed, &code, sizeof(code)) == sizeof(code))
		r = -code;
	while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
		;
	shut(&c.in);
	shut(&c.out);
	shut(&c.err);
	shut(&c.failed);
	if (!r)
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return r;
}
