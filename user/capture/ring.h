// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The reading side of a BPF ring buffer: kernel/bpf/ringbuf.c. libbpf's own reader maps the data twice in a row, so that a record never
 * wraps, and each mapping counts as resident: this one maps it once and copies a record that wraps in two parts.
 */
#ifndef QPROV_CAPTURE_RING_H
#define QPROV_CAPTURE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
	unsigned long *consumer;       /* a page of its own, ours to write */
	const unsigned long *producer; /* a page of its own, the kernel's; the data follow it */
	const char *data;
	size_t size; /* of the data; a power of two */
};

/* One record where it lies: valid until the callback returns. */
struct ring_record {
	const struct ring *ring;
	unsigned long at; /* position of its first byte */
	size_t size;
};

/* Maps the ring buffer map behind fd with so many bytes of data. 0 or -errno; ret untouched on failure. */
int ring_open(int fd, size_t size, struct ring *ret);
void ring_close(struct ring *r); /* an all-zero one is fine */
/* Copies n bytes from offset off of the record; the caller has checked that off + n <= size. */
void ring_copy(const struct ring_record *rec, size_t off, void *dst, size_t n);
/* Negative: the reading stops after this record, and ring_consume returns it. */
typedef int (*ring_fn)(void *ctx, const struct ring_record *rec);
/*
 * The complete records that are there now, oldest first; a poll of the map's descriptor tells whether there are more. 0, or what fn
 * returned.
 */
int ring_consume(struct ring *r, ring_fn fn, void *ctx);

#endif
