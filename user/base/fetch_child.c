// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The child's side: it may wait, and nobody waits for it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fetch_priv.h"
#include "base/mounts.h"
#include "base/regular.h"
#include "base/serve.h"

#define TEXT_MAX (16u << 20) /* 100,000 mappings */
#define LIST_MAX 16384       /* names of a folder */
#define PIECE (1u << 20)
#define NICE (-8) /* as the one who waits for the answer */

static int open_text(const char *path, struct fetched *f)
{
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return f->fd < 0 ? -errno : 0;
}

static int list_folder(const char *path, struct fetched *f)
{
	_cleanup_close_ int to = memfd_create("qprov", MFD_CLOEXEC);
	DIR *d = to >= 0 ? opendir(path) : NULL;
	struct dirent *e;
	struct buf b;
	int r;

	if (!d)
		return -errno;
	buf_init(&b, TEXT_MAX);
	for (unsigned n = 0; n < LIST_MAX && (e = readdir(d)); n++)
		buf_add(&b, slice_mem(e->d_name, strlen(e->d_name) + 1));
	closedir(d);
	r = b.err ? b.err : write_all(to, buf_slice(&b), NULL);
	buf_done(&b);
	if (!r && lseek(to, 0, SEEK_SET) == 0)
		f->fd = TAKE_FD(to);
	return r;
}

int fetch_directly(enum fetch_what what, const char *path, uint32_t max, struct fetched *ret)
{
	(void)max;
	*ret = (struct fetched){ .fd = -1, .content = -1 };
	switch (what) {
	case FETCH_STAT:
		return stat(path, &ret->st) ? -errno : 0;
	case FETCH_OPEN:
		ret->fd = ret->content = open_regular(AT_FDCWD, path, 0, &ret->st);
		return ret->fd < 0 ? ret->fd : 0;
	case FETCH_TEXT:
		return open_text(path, ret);
	case FETCH_LIST:
		return list_folder(path, ret);
	}
	return -EINVAL;
}

/* A btrfs tells each subvolume's own number, which no list of mounts has; and waits for nobody. */
static bool is_local(int fd, const struct stat *st)
{
	struct statfs fs;

	return mounts_local(major(st->st_dev), minor(st->st_dev)) || (!fstatfs(fd, &fs) && fs.f_type == BTRFS_SUPER_MAGIC);
}

static int write_pieces(int to, const char *bytes, size_t n)
{
	int r = 0;

	for (size_t at = 0; at < n && !r; at += PIECE)
		r = write_all(to, slice_mem(bytes + at, n - at < PIECE ? n - at : PIECE), NULL);
	return r == -EFAULT ? -EIO : r; /* a page that could not be read, or that is no longer there */
}

/*
 * Read through a mapping, so that the kernel has the pages then: it reads one itself when a probe is put in, with locks that many wait
 * for.
 */
static int copy_file(int fd, size_t size, int *ret)
{
	_cleanup_close_ int to = memfd_create("qprov", MFD_CLOEXEC);
	char *p = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	int r;

	if (to < 0 || p == MAP_FAILED)
		return -errno;
	r = write_pieces(to, p, size);
	if (p)
		(void)munmap(p, size);
	if (!r && lseek(to, 0, SEEK_SET) == 0)
		*ret = TAKE_FD(to);
	return r;
}

/* What the asker reads must not wait: the descriptor of a copy takes the place of the text's, and comes beside the file's. */
static int make_readable(enum fetch_what what, uint32_t max, struct fetched *f)
{
	_cleanup_close_ int to = -1;
	struct buf b;
	size_t n;
	int r;

	if (what == FETCH_OPEN && max && !is_local(f->fd, &f->st)) {
		n = (uint64_t)f->st.st_size < max ? (size_t)f->st.st_size : max;
		return copy_file(f->fd, n < FETCH_COPY_MAX ? n : FETCH_COPY_MAX, &f->content);
	}
	if (what != FETCH_TEXT)
		return 0;
	to = memfd_create("qprov", MFD_CLOEXEC);
	if (to < 0)
		return -errno;
	buf_init(&b, PIECE);
	for (size_t all = 0;; all += n) {
		char *p = buf_reserve(&b, PIECE / 2);
		ssize_t got = p ? read(f->fd, p, PIECE / 2) : -1;

		n = got > 0 ? (size_t)got : 0;
		r = !p ? -ENOMEM : got < 0 ? -errno : write_all(to, slice_mem(p, n), NULL);
		if (r || !n || all + n > TEXT_MAX)
			break;
	}
	buf_done(&b);
	if (!r && lseek(to, 0, SEEK_SET) == 0) {
		close(f->fd);
		f->fd = TAKE_FD(to);
	}
	return r;
}

static bool answer(int sock, int err, const struct fetched *f)
{
	struct fetch_answer a = { .err = err, .st = f->st };
	int fds[2] = { f->fd, f->content };
	struct iovec io = { &a, sizeof(a) };
	union {
		struct cmsghdr h;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} u = { .h = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	a.fds = err || f->fd < 0 ? 0 : f->content >= 0 && f->content != f->fd ? 2 : 1;
	if (a.fds) {
		memcpy(CMSG_DATA(&u.h), fds, a.fds * sizeof(int));
		u.h.cmsg_len = CMSG_LEN(a.fds * sizeof(int));
		m.msg_control = u.bytes;
		m.msg_controllen = CMSG_SPACE(a.fds * sizeof(int));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)sizeof(a);
}

void fetch_serve(int sock)
{
	const size_t least = offsetof(struct fetch_question, path) + 1;
	struct fetch_question q;
	ssize_t n;

	mounts_done();
	serve_begin(sock, "qprov-fetch", NICE);
	while ((n = recv(SERVE_FD, &q, sizeof(q), 0)) >= (ssize_t)least && !((const char *)&q)[n - 1]) {
		struct fetched f;
		int err = fetch_directly((enum fetch_what)q.what, q.path, q.max, &f);

		if (!err)
			err = make_readable((enum fetch_what)q.what, q.max, &f);
		if (!answer(SERVE_FD, err, &f))
			break;
		fetched_done(&f);
	}
	_exit(0);
}
