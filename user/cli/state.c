// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/owned.h"
#include "cli/records.h"
#include "decode/decode.h"
#include "decode/encode.h"
#include "evidence/repetition.h"

#define FILE_MAX (2u * REPETITION_BYTES_MAX)

static uint16_t kind_flag(const struct state *s)
{
	return s->what == KEPT_DERIVED ? REC_STATE_DERIVED : 0;
}

static int emit_piece(struct buf *b, struct slice path, struct slice data, const char *error, uint16_t flags, state_emit_fn emit, void *ctx)
{
	struct rec_state r = { .hdr = { .type = REC_STATE, .flags = flags, .ts_ns = boottime_ns() } };
	struct slice str[3] = { path, data, slice_cstr(error) };
	int err = encode_record(b, &r, str, 3);

	return err ? err : emit(ctx, buf_slice(b));
}

static int emit_failure(const struct state *s, const char *what, int err, state_emit_fn emit, void *ctx)
{
	struct slice path = slice_cstr(s->path);
	char text[160];
	struct buf b;
	int r;

	snprintf(text, sizeof(text), "%s: %s", what, strerror(-err));
	log_warn("%s: %s", slice_quote(path), text);
	buf_init(&b, DECODE_RECORD_MAX);
	r = emit_piece(&b, path, SLICE_NONE, text, kind_flag(s) | REC_STATE_FAILED | REC_STATE_LAST, emit, ctx);
	buf_done(&b);
	return r;
}

static int emit_all(const struct state *s, struct slice all, state_emit_fn emit, void *ctx)
{
	struct buf b;
	int r = 0;

	buf_init(&b, DECODE_RECORD_MAX);
	do {
		struct slice piece = slice_head(all, REC_STATE_PIECE);

		all = slice_skip(all, piece.len);
		r = emit_piece(&b, slice_cstr(s->path), piece, "", kind_flag(s) | (all.len ? 0 : REC_STATE_LAST), emit, ctx);
	} while (all.len && !r);
	buf_done(&b);
	return r;
}

/* The folder of the file: made when it is missing, and synced so that the new name lasts. */
static int open_folder(const char *name)
{
	const char *slash = strrchr(name, '/');
	_cleanup_free_ char *dir = strndup(name, slash == name ? 1 : (size_t)(slash - name));
	int fd;

	if (!dir)
		return -ENOMEM;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int state_lock(struct slice path, int *ret_fd, uint32_t *ret_pid)
{
	_cleanup_close_ int dir = -1, fd = -1;
	_cleanup_free_ char *name = NULL;
	int r;

	if (!path.len)
		return 0;
	if (asprintf(&name, "%.*s" STATE_LOCK_SUFFIX, (int)path.len, path.ptr) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	dir = open_folder(name);
	if (dir >= 0)
		fd = openat(dir, strrchr(name, '/') + 1, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0)
		return 0;
	r = owned_take(fd, ret_pid);
	if (!r)
		*ret_fd = TAKE_FD(fd);
	return r;
}

int state_load(struct state *s, enum pipeline_kept what, struct slice path, state_emit_fn emit, void *ctx)
{
	struct buf all;
	int r;

	*s = (struct state){ .path = NULL, .what = what, .saved = UINT64_MAX };
	if (!path.len)
		return 0;
	if (asprintf(&s->path, "%.*s%s", (int)path.len, path.ptr, what == KEPT_DERIVED ? STATE_DERIVED_SUFFIX : "") < 0) {
		s->path = NULL;
		return -ENOMEM;
	}
	buf_init(&all, FILE_MAX);
	r = buf_read_file(&all, AT_FDCWD, s->path);
	if (r == -ENOENT)
		r = 0;
	else if (r)
		r = emit_failure(s, "cannot be read", r, emit, ctx);
	else
		r = emit_all(s, buf_slice(&all), emit, ctx);
	buf_done(&all);
	return r;
}

void state_done(struct state *s)
{
	free(s->path);
	s->path = NULL;
}

static int write_new(int dir, const char *name, struct slice data)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, data, NULL);
	if (!r && fsync(fd))
		r = -errno;
	return r;
}

static int replace(const char *name, struct slice data)
{
	_cleanup_close_ int dir = open_folder(name);
	const char *base = strrchr(name, '/') + 1;
	_cleanup_free_ char *fresh = NULL;
	int r;

	if (dir < 0)
		return dir;
	if (asprintf(&fresh, "%s.new", base) < 0) {
		fresh = NULL;
		return -ENOMEM;
	}
	r = write_new(dir, fresh, data);
	if (!r && renameat(dir, fresh, dir, base))
		r = -errno;
	if (!r && fsync(dir))
		r = -errno;
	return r;
}

void state_save(struct state *s, const struct pipeline *p, uint64_t now_ns, bool last, state_emit_fn emit, void *ctx)
{
	uint64_t changes = pipeline_state_changes(p, s->what);
	struct buf all;
	int r;

	if (!s->path || (!last && (changes == s->saved || now_ns < s->next_ns)))
		return;
	s->next_ns = now_ns + (s->what == KEPT_DERIVED ? STATE_SAVE_DERIVED_NS : STATE_SAVE_NS);
	buf_init(&all, FILE_MAX);
	pipeline_state(p, s->what, last, &all);
	r = all.err;
	if (!r)
		r = replace(s->path, buf_slice(&all));
	buf_done(&all);
	if (!r)
		s->saved = changes;
	else if (!s->failing)
		emit_failure(s, "cannot be written", r, emit, ctx);
	s->failing = r != 0;
}

/* A record of what stands in a file that nobody adds to any more; then it is gone. None where there is none. */
static void take_requests(const char *taken, struct slice path, state_emit_fn emit, void *ctx)
{
	struct buf names, b;
	int r;

	buf_init(&names, REC_STATE_PIECE);
	buf_init(&b, DECODE_RECORD_MAX);
	r = buf_read_file(&names, AT_FDCWD, taken);
	if (!r)
		r = emit_piece(&b, path, buf_slice(&names), "", REC_STATE_DERIVED | REC_STATE_FORGET, emit, ctx);
	else if (r != -ENOENT)
		r = emit_piece(&b, path, SLICE_NONE, r == -E2BIG ? "too many names" : strerror(-r),
			       REC_STATE_DERIVED | REC_STATE_FORGET | REC_STATE_FAILED, emit, ctx);
	if (!r && unlink(taken))
		log_warn("%s: %s", slice_quote(slice_cstr(taken)), strerror(errno));
	buf_done(&b);
	buf_done(&names);
}

/* Who asks holds the lock while writing: first out of the way of the next one, then read, what an earlier run left behind before that. */
void state_take_requests(const struct state *s, state_emit_fn emit, void *ctx)
{
	_cleanup_free_ char *path = NULL, *taken = NULL;
	_cleanup_close_ int fd = -1;

	if (!s->path)
		return;
	if (asprintf(&path, "%s" STATE_FORGET_SUFFIX, s->path) < 0) {
		path = NULL;
		return;
	}
	if (asprintf(&taken, "%s.taken", path) < 0) {
		taken = NULL;
		return;
	}
	take_requests(taken, slice_cstr(path), emit, ctx);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || rename(path, taken))
		return; /* nobody asked, or somebody is still writing: the next time */
	take_requests(taken, slice_cstr(path), emit, ctx);
}
