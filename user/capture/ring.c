// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "capture/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEPS = 64 }; /* of the ring, between two updates of the position */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int ring_open(int fd, size_t size, struct ring *ret)
{
	size_t page = page_size();
	void *consumer, *rest;

	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	rest = mmap(NULL, page + size, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (rest == MAP_FAILED) {
		int err = -errno;

		(void)munmap(consumer, page);
		return err;
	}
	*ret = (struct ring){ .consumer = consumer, .producer = rest, .data = (const char *)rest + page, .size = size };
	return 0;
}

void ring_close(struct ring *r)
{
	size_t page = page_size();

	if (!r->consumer)
		return;
	(void)munmap(r->consumer, page);
	(void)munmap((void *)(uintptr_t)r->producer, page + r->size);
	*r = (struct ring){ 0 };
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
		uint32_t header = header_at(r, pos), len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (header & BPF_RINGBUF_BUSY_BIT)
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
