// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The reading side of a BPF ring buffer: kernel/bpf/ringbuf.c. Its pages are the kernel's and there from the beginning; each that is mapped
 * counts as resident memory of ours, read or not. libbpf's own reader maps all of them, twice. This one maps the piece in which the record
 * to be read lies, and copies a record that wraps in two parts.
 */
#ifndef QPROV_CAPTURE_RING_H
#define QPROV_CAPTURE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
	unsigned long *consumer;       /* a page of its own, ours to write */
	const unsigned long *producer; /* a page of its own, the kernel's */
	const char *data;              /* address space for all of it */
	size_t size;                   /* of the data; a power of two */
	size_t piece;                  /* bytes of a piece; 0: all is mapped */
	size_t first, mapped;          /* number of the first piece that is mapped, and how many are */
	int fd;
};

/* One record where it lies: valid until the callback returns. */
struct ring_record {
	struct ring *ring;
	unsigned long at; /* position of its first byte */
	size_t size;
};

/* Opens the ring buffer map behind fd, which stays the caller's and open, with so many bytes of data. 0 or -errno; ret untouched then. */
int ring_open(int fd, size_t size, struct ring *ret);
void ring_close(struct ring *r); /* an all-zero one is fine */
/* Copies n bytes from offset off of the record; the caller has checked that off + n <= size. */
void ring_copy(const struct ring_record *rec, size_t off, void *dst, size_t n);
/* Negative: the reading stops after this record, and ring_consume returns it. */
typedef int (*ring_fn)(void *ctx, const struct ring_record *rec);
/*
 * The complete records that are there now, oldest first; a poll of the map's descriptor tells whether there are more. 0, what fn returned,
 * or -errno when a piece cannot be mapped: nothing of it is lost then.
 */
int ring_consume(struct ring *r, ring_fn fn, void *ctx);

#endif
