// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sink/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/owned.h"
#include "config/config.h"
#include "sink/rotate.h"

#define STALL_MS 2000   /* a reader that does not read for so long costs lines, not our life */
#define WINDOW_MS 10000 /* one that reads slowly may make us wait for STALL_MS in such a time, not with each line */

struct sink {
	enum config_sink_kind kind;
	char *path; /* NULL: stdout */
	uint64_t max_bytes;
	unsigned keep;
	int fd; /* -1: could not be opened again; tried with each line */
	bool regular;
	bool may_block;     /* a pipe or socket: asked before each write */
	bool stalled;       /* it did not take the last line: do not wait again */
	int64_t window_ms;  /* when the window began */
	int64_t waited_ms;  /* in it */
	bool torn;          /* the last line is not complete */
	bool closed;        /* stdout without a reader */
	bool failing;       /* it did not take the last line */
	uint32_t owner;     /* the other process that writes the file */
	bool astray;        /* its file has another name, or none, and that was told */
	uint64_t size;      /* of the file */
	uint64_t rotate_at; /* max_bytes, or later after a rotation that failed */
};

struct sinks {
	uint64_t lost;
	int why; /* errno of the last loss */
	size_t n;
	struct sink v[];
};

/* Does the file end within a line, as after a crash? */
static bool ends_torn(const char *path, uint64_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char last;

	return size && fd >= 0 && pread(fd, &last, 1, (off_t)(size - 1)) == 1 && last != '\n';
}

static void inspect(struct sink *s)
{
	struct stat st;

	if (fstat(s->fd, &st))
		return;
	s->regular = s->path && S_ISREG(st.st_mode);
	s->may_block = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	s->size = s->regular ? (uint64_t)st.st_size : 0;
	s->torn = s->regular && ends_torn(s->path, s->size);
	s->rotate_at = s->max_bytes;
	/* It may be an older file of somebody with a generous umask. */
	if (s->regular && (st.st_mode & 07777) != 0600)
		(void)!fchmod(s->fd, 0600);
}

static int reopen(struct sink *s)
{
	_cleanup_close_ int fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	r = S_ISREG(st.st_mode) ? owned_take(fd, &s->owner) : 0;
	if (r)
		return r;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = TAKE_FD(fd);
	inspect(s);
	return 0;
}

static int open_one(struct sink *s, const struct config_sink *c)
{
	*s = (struct sink){ .fd = -1, .kind = c ? c->kind : CONFIG_SINK_STDOUT };
	if (s->kind == CONFIG_SINK_STDOUT) {
		int flags = fcntl(STDOUT_FILENO, F_GETFL);

		if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
			return flags < 0 ? -errno : -EBADF;
		s->fd = STDOUT_FILENO;
		inspect(s);
		return 0;
	}
	if (!c->path.len || c->path.len >= PATH_MAX || memchr(c->path.ptr, 0, c->path.len))
		return -EINVAL;
	s->path = strndup(c->path.ptr, c->path.len);
	if (!s->path)
		return -ENOMEM;
	s->max_bytes = c->max_bytes ? c->max_bytes : UINT64_MAX;
	s->keep = c->keep;
	return reopen(s);
}

int sinks_open(const struct config_sink *v, size_t n, struct sinks **ret, struct slice *ret_which, uint32_t *ret_owner)
{
	size_t count = n ? n : 1;
	struct sinks *s = calloc(1, sizeof(*s) + count * sizeof(s->v[0]));
	int r;

	if (!s) {
		*ret_which = SLICE("memory");
		return -ENOMEM;
	}
	for (; s->n < count; s->n++) {
		const struct config_sink *c = n ? &v[s->n] : NULL;

		r = open_one(&s->v[s->n], c);
		if (r) {
			*ret_which = c && c->kind == CONFIG_SINK_FILE ? c->path : SLICE("stdout");
			*ret_owner = s->v[s->n].owner;
			s->n++;
			sinks_free(s);
			return r;
		}
	}
	*ret = s;
	return 0;
}

static int64_t now_ms(void)
{
	return (int64_t)(clock_ns(CLOCK_MONOTONIC) / 1000000);
}

/* A pipe that can be written to takes PIPE_BUF bytes without blocking, whatever the mode of its descriptor. */
static int wait_writable(struct sink *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	int64_t began = now_ms();
	int r;

	if (began - s->window_ms >= WINDOW_MS) {
		s->window_ms = began;
		s->waited_ms = 0;
	}
	do
		r = poll(&p, 1, s->stalled || s->waited_ms >= STALL_MS ? 0 : (int)(STALL_MS - s->waited_ms));
	while (r < 0 && errno == EINTR);
	s->waited_ms += now_ms() - began;
	s->stalled = r == 0;
	return r < 0 ? -errno : r == 0 ? -EAGAIN : 0;
}

static int put(struct sink *s, struct slice bytes, size_t *ret_done)
{
	size_t done = 0;
	int r = 0;

	if (!s->may_block)
		return write_all(s->fd, bytes, ret_done);
	while (r == 0 && done < bytes.len) {
		size_t part = 0;

		r = wait_writable(s);
		if (r == 0)
			r = write_all(s->fd, slice_head(slice_skip(bytes, done), PIPE_BUF), &part);
		done += part;
	}
	*ret_done = done;
	return r;
}

static void rotate_if_due(struct sink *s, size_t len)
{
	if (!s->regular || s->size == 0 || s->size + len <= s->rotate_at)
		return;
	(void)!fsync(s->fd);
	if (rotate_files(s->path, s->keep)) {
		s->rotate_at = s->size + s->max_bytes / 16 + 1; /* not with every line */
		return;
	}
	close(s->fd);
	s->fd = -1;
}

static int write_line(struct sink *s, struct slice line)
{
	size_t done = 0;
	int r = 0;

	if (s->closed)
		return -EPIPE;
	if (s->path && s->fd >= 0)
		rotate_if_due(s, line.len);
	if (s->fd < 0)
		r = reopen(s);
	if (r)
		return r;
	if (s->torn) {
		r = put(s, SLICE("\n"), &done);
		s->size += done;
		if (r)
			return r;
		s->torn = false;
	}
	done = 0;
	r = put(s, line, &done);
	s->size += done;
	s->torn = done && done < line.len;
	return r;
}

static void write_everywhere(struct sinks *s, struct slice line, bool *ret_closed)
{
	int failed = 0;

	for (size_t i = 0; i < s->n; i++) {
		int r = write_line(&s->v[i], line);

		if (r == -EPIPE && s->v[i].kind == CONFIG_SINK_STDOUT) {
			s->v[i].closed = true;
			*ret_closed = true;
		}
		s->v[i].failing = r != 0;
		if (r)
			failed = -r;
	}
	if (failed) {
		s->lost++;
		s->why = failed;
	}
}

int sinks_write(struct sinks *s, struct slice lines)
{
	bool closed = false;

	while (lines.len) {
		const char *end = memchr(lines.ptr, '\n', lines.len);
		size_t n = end ? (size_t)(end - lines.ptr) + 1 : lines.len;

		write_everywhere(s, slice_head(lines, n), &closed);
		lines = slice_skip(lines, n);
	}
	return closed ? -EPIPE : 0;
}

uint64_t sinks_lost(struct sinks *s, const char **ret_why)
{
	uint64_t lost = s->lost;

	*ret_why = lost ? strerror(s->why) : "";
	s->lost = 0;
	return lost;
}

bool sinks_divided(const struct sinks *s)
{
	size_t failing = 0;

	for (size_t i = 0; i < s->n; i++)
		failing += s->v[i].failing;
	return failing && failing < s->n;
}

/* Looks after the file of one sink. */
static enum sink_change check_one(struct sink *s)
{
	struct stat ours, there;

	if (!s->regular || s->fd < 0 || fstat(s->fd, &ours))
		return SINK_SAME;
	if ((uint64_t)ours.st_size < s->size) {
		inspect(s);
		return SINK_TRUNCATED;
	}
	s->size = (uint64_t)ours.st_size;
	if (!lstat(s->path, &there) && there.st_ino == ours.st_ino && there.st_dev == ours.st_dev) {
		s->astray = false;
		return SINK_SAME;
	}
	(void)!fsync(s->fd);
	/* Without a new file the old one is all there is; that it has no name is told once. */
	if (reopen(s) && s->astray)
		return SINK_SAME;
	s->astray = true;
	return ours.st_nlink ? SINK_MOVED : SINK_REMOVED;
}

enum sink_change sinks_check(struct sinks *s, struct slice *ret_path)
{
	for (size_t i = 0; i < s->n; i++) {
		enum sink_change c = check_one(&s->v[i]);

		if (c == SINK_SAME)
			continue;
		*ret_path = slice_cstr(s->v[i].path);
		return c;
	}
	return SINK_SAME;
}

void sinks_sync(struct sinks *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].path && s->v[i].fd >= 0)
			(void)!fsync(s->v[i].fd);
}

void sinks_free(struct sinks *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].path && s->v[i].fd >= 0) {
			(void)!fsync(s->v[i].fd);
			close(s->v[i].fd);
		}
		free(s->v[i].path);
	}
	free(s);
}
