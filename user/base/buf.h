// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * An append-only byte buffer with a maximum and a sticky error: appends after a failure do nothing, so a writer
 * checks once at the end. Invariants: len <= cap <= max; bytes below len are valid; not NUL-terminated.
 */
#ifndef QPROV_BUF_H
#define QPROV_BUF_H

#include <stdarg.h>

#include "base/slice.h"

struct buf {
	char *ptr;
	size_t len;
	size_t cap;
	size_t max;
	int err; /* 0, -ENOMEM or -E2BIG */
};

/* No memory is taken before the first append. max: bytes it may ever hold. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer may be used again as after buf_init(). */
void buf_done(struct buf *b);
/* Forgets content and error, keeps memory. */
void buf_clear(struct buf *b);

/* Room for n more bytes at ptr + len, for the caller to fill and add to len; NULL when it fails. */
char *buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, struct slice s);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addu(struct buf *b, uint64_t v);
void buf_hex(struct buf *b, const void *bytes, size_t n);
/* Between quotes; such as are in s are doubled. */
void buf_add_quoted(struct buf *b, struct slice s, char quote);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct slice buf_slice(const struct buf *b);

/* Reads a whole regular file (base/regular.h) of at most max bytes. 0, -E2BIG, -ENOMEM, -EINVAL or the error of open(2)/read(2). */
int buf_read_file(struct buf *b, int dirfd, const char *path);
/* The same for the rest of an open file. */
int buf_read_fd(struct buf *b, int fd);
/*
 * The first n bytes of an open file, fewer where it ends before, into new memory that the caller frees: a mapped file could be cut under
 * our hands. NULL: there is no memory.
 */
char *read_head(int fd, size_t n, size_t *ret_n);
/* Writes all bytes, through short writes and EINTR. 0 or -errno; *ret_done (may be NULL) tells what got out. */
int write_all(int fd, struct slice s, size_t *ret_done);
/* A file of mode 0600 with that text takes the place of path in one step, or path stays as it was. 0 or -errno. */
int write_replace(const char *path, struct slice text);

#endif
