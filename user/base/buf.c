// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/regular.h"

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	free(b->ptr);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->err = 0;
}

char *buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (b->err)
		return NULL;
	if (n > b->max - b->len) {
		b->err = -E2BIG;
		return NULL;
	}
	if (n <= b->cap - b->len)
		return b->ptr + b->len;
	while (cap < b->len + n)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->ptr, cap);
	if (!p) {
		b->err = -ENOMEM;
		return NULL;
	}
	b->ptr = p;
	b->cap = cap;
	return b->ptr + b->len;
}

void buf_add(struct buf *b, struct slice s)
{
	char *p;

	if (s.len == 0)
		return;
	p = buf_reserve(b, s.len);
	if (!p)
		return;
	memcpy(p, s.ptr, s.len);
	b->len += s.len;
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, slice_mem(&c, 1));
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, slice_cstr(s));
}

void buf_addu(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(b, slice_mem(digits + n, sizeof(digits) - n));
}

void buf_hex(struct buf *b, const void *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *in = bytes;
	char *p = buf_reserve(b, 2 * n);

	if (!p)
		return;
	for (size_t i = 0; i < n; i++) {
		p[2 * i] = hex[in[i] >> 4];
		p[2 * i + 1] = hex[in[i] & 15];
	}
	b->len += 2 * n;
}

void buf_add_quoted(struct buf *b, struct slice s, char quote)
{
	buf_addc(b, quote);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == quote)
			buf_addc(b, quote);
		buf_addc(b, s.ptr[i]);
	}
	buf_addc(b, quote);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0) {
		char *p = buf_reserve(b, (size_t)n + 1);

		if (p) {
			vsnprintf(p, (size_t)n + 1, fmt, again);
			b->len += (size_t)n;
		}
	}
	va_end(again);
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->ptr ? b->ptr : "", b->len };
}

int buf_read_file(struct buf *b, int dirfd, const char *path)
{
	_cleanup_close_ int fd = open_regular(dirfd, path, 0, NULL);

	return fd < 0 ? fd : buf_read_fd(b, fd);
}

int buf_read_fd(struct buf *b, int fd)
{
	for (;;) {
		size_t want = b->max - b->len < 4096 ? b->max - b->len : 4096;
		char probe;
		ssize_t n;

		if (want == 0) {
			n = read(fd, &probe, 1);
			return n == 0 ? 0 : n < 0 ? -errno : -E2BIG;
		}
		if (!buf_reserve(b, want))
			return b->err;
		n = read(fd, b->ptr + b->len, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		b->len += (size_t)n;
	}
}

char *read_head(int fd, size_t n, size_t *ret_n)
{
	char *data = malloc(n ? n : 1);
	size_t have = 0;

	while (data && have < n) {
		ssize_t r = pread(fd, data + have, n - have, (off_t)have);

		if (r <= 0)
			break;
		have += (size_t)r;
	}
	*ret_n = have;
	return data;
}

int write_all(int fd, struct slice s, size_t *ret_done)
{
	size_t done = 0;
	int err = 0;

	while (done < s.len) {
		ssize_t n = write(fd, s.ptr + done, s.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : -EIO;
			break;
		}
		done += (size_t)n;
	}
	if (ret_done)
		*ret_done = done;
	return err;
}

int write_replace(const char *path, struct slice text)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *tmp = NULL;
	int r;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text, NULL);
	if (!r && (fchmod(fd, 0600) < 0 || fsync(fd) < 0 || rename(tmp, path) < 0))
		r = -errno;
	if (r)
		unlink(tmp);
	return r;
}
