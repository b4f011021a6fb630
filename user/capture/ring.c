// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "capture/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	STEPS = 64,       /* of the ring, between two updates of the position */
	PIECE = 512 << 10 /* several times the largest record */
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Address space without memory. */
static void *nothing(void *at, size_t size)
{
	return mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED : 0), -1, 0);
}

int ring_open(int fd, size_t size, struct ring *ret)
{
	size_t page = page_size();
	void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *producer = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);
	void *data = nothing(NULL, size);

	if (consumer == MAP_FAILED || producer == MAP_FAILED || data == MAP_FAILED) {
		int err = -errno;

		if (consumer != MAP_FAILED)
			(void)munmap(consumer, page);
		if (producer != MAP_FAILED)
			(void)munmap(producer, page);
		if (data != MAP_FAILED)
			(void)munmap(data, size);
		return err;
	}
	*ret = (struct ring){ .consumer = consumer, .producer = producer, .data = data, .size = size, .fd = fd };
	ret->piece = size < PIECE ? size : PIECE;
	return 0;
}

void ring_close(struct ring *r)
{
	size_t page = page_size();

	if (!r->consumer)
		return;
	(void)munmap(r->consumer, page);
	(void)munmap((void *)(uintptr_t)r->producer, page);
	(void)munmap((void *)(uintptr_t)r->data, r->size);
	*r = (struct ring){ 0 };
}

/* What is mapped becomes the bytes from pos on, which never goes back. The data start behind the two pages of the positions. */
static int ring_need(struct ring *r, unsigned long pos, size_t bytes)
{
	size_t at = pos & (r->size - 1), pieces, first, n;

	if (!r->piece)
		return 0;
	pieces = r->size / r->piece;
	first = at / r->piece;
	n = (at % r->piece + bytes + r->piece - 1) / r->piece;
	n = n > pieces ? pieces : n;
	for (; r->mapped && r->first != first; r->mapped--) {
		if (nothing((char *)(uintptr_t)r->data + r->first * r->piece, r->piece) == MAP_FAILED)
			return -errno;
		r->first = (r->first + 1) & (pieces - 1);
	}
	if (!r->mapped)
		r->first = first;
	for (; r->mapped < n; r->mapped++) {
		size_t off = ((r->first + r->mapped) & (pieces - 1)) * r->piece;

		if (mmap((char *)(uintptr_t)r->data + off, r->piece, PROT_READ, MAP_SHARED | MAP_FIXED, r->fd,
			 (off_t)(2 * page_size() + off)) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

void ring_copy(const struct ring_record *rec, size_t off, void *dst, size_t n)
{
	const struct ring *r = rec->ring;
	size_t at = (rec->at + off) & (r->size - 1), first = r->size - at;

	if (first > n)
		first = n;
	memcpy(dst, r->data + at, first);
	memcpy((char *)dst + first, r->data, n - first);
}

/* The header of a record: its length with the two state bits; it never wraps, records are aligned to its size. */
static uint32_t header_at(const struct ring *r, unsigned long pos)
{
	return __atomic_load_n((const uint32_t *)(r->data + (pos & (r->size - 1))), __ATOMIC_ACQUIRE);
}

/*
 * Only what was there at the beginning, and the position is told in steps: a producer that finds us caught up wakes us by an interrupt of
 * its own, which would be at each record while we read as fast as it writes; and the two do not fight for the page of the position.
 */
int ring_consume(struct ring *r, ring_fn fn, void *ctx)
{
	unsigned long pos = __atomic_load_n(r->consumer, __ATOMIC_RELAXED), told = pos;
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	int err = 0;

	while (pos < end && err >= 0) {
		uint32_t header, len;

		err = ring_need(r, pos, BPF_RINGBUF_HDR_SZ);
		if (err)
			break;
		header = header_at(r, pos);
		len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(header & BPF_RINGBUF_DISCARD_BIT) && len <= r->size)
			err = ring_need(r, pos, BPF_RINGBUF_HDR_SZ + len);
		if (err)
			break;
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			struct ring_record rec = { .ring = r, .at = pos + BPF_RINGBUF_HDR_SZ, .size = len };

			err = len > r->size ? -EBADMSG : fn(ctx, &rec);
		}
		pos += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
		if (pos - told >= r->size / STEPS) {
			__atomic_store_n(r->consumer, pos, __ATOMIC_RELEASE);
			told = pos;
		}
	}
	if (pos != told)
		__atomic_store_n(r->consumer, pos, __ATOMIC_RELEASE);
	return err < 0 ? err : 0;
}
