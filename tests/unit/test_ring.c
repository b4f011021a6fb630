// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The reader of a BPF ring buffer, over a ring in ordinary memory that is filled as the kernel does it. */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/ring.h"

enum { SIZE = 64, MAX = 16 };

struct fake {
	_Alignas(8) char data[SIZE];
	unsigned long consumer, producer;
	struct ring ring;
	char got[MAX][SIZE];
	size_t sizes[MAX];
	int n, stop_after;
};

static void setup(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->ring = (struct ring){ .consumer = &f->consumer, .producer = &f->producer, .data = f->data, .size = SIZE };
}

static void put(struct fake *f, const char *text, uint32_t bits)
{
	uint32_t head[2] = { (uint32_t)strlen(text) | bits, 0 };

	memcpy(f->data + f->producer % SIZE, head, sizeof(head));
	for (size_t i = 0; i < strlen(text); i++)
		f->data[(f->producer + sizeof(head) + i) % SIZE] = text[i];
	f->producer += (strlen(text) + sizeof(head) + 7) & ~7ul;
}

static int collect(void *ctx, const struct ring_record *rec)
{
	struct fake *f = ctx;

	assert_true(f->n < MAX && rec->size < SIZE);
	ring_copy(rec, 0, f->got[f->n], rec->size);
	f->sizes[f->n++] = rec->size;
	return f->stop_after && f->n == f->stop_after ? -EIO : 0;
}

static void test_order_and_discarded(void **state)
{
	struct fake f;

	(void)state;
	setup(&f);
	assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
	put(&f, "one", 0);
	put(&f, "given up", BPF_RINGBUF_DISCARD_BIT);
	put(&f, "three", 0);
	assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.got[0], "one");
	assert_string_equal(f.got[1], "three");
	assert_int_equal(f.consumer, f.producer);
}

/* Written but not committed: it and all behind it wait. */
static void test_busy(void **state)
{
	unsigned long at;
	struct fake f;

	(void)state;
	setup(&f);
	put(&f, "a", 0);
	at = f.producer;
	put(&f, "b", BPF_RINGBUF_BUSY_BIT);
	put(&f, "c", 0);
	assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.consumer, at);
	*(uint32_t *)(void *)(f.data + at) &= ~BPF_RINGBUF_BUSY_BIT;
	assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
	assert_int_equal(f.n, 3);
	assert_string_equal(f.got[2], "c");
}

/* Every place a record can wrap at, whole and in pieces. */
static void test_wrap(void **state)
{
	static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char piece[8];
	struct fake f;

	(void)state;
	for (unsigned long start = 0; start < SIZE; start += 8) {
		struct ring_record rec;

		setup(&f);
		f.consumer = f.producer = start;
		put(&f, text, 0);
		rec = (struct ring_record){ .ring = &f.ring, .at = start + 8, .size = strlen(text) };
		for (size_t off = 0; off + sizeof(piece) <= strlen(text); off++) {
			ring_copy(&rec, off, piece, sizeof(piece));
			assert_memory_equal(piece, text + off, sizeof(piece));
		}
		assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
		assert_int_equal(f.n, 1);
		assert_string_equal(f.got[0], text);
	}
}

/* The record at which the callback gave up counts as read: the next one follows. */
static void test_error_stops(void **state)
{
	struct fake f;

	(void)state;
	setup(&f);
	put(&f, "a", 0);
	put(&f, "b", 0);
	f.stop_after = 1;
	assert_int_equal(ring_consume(&f.ring, collect, &f), -EIO);
	f.stop_after = 0;
	assert_int_equal(ring_consume(&f.ring, collect, &f), 0);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.got[1], "b");
}

static void test_lying_length(void **state)
{
	uint32_t head[2] = { SIZE * 2, 0 };
	struct fake f;

	(void)state;
	setup(&f);
	memcpy(f.data, head, sizeof(head));
	f.producer = 16;
	assert_int_equal(ring_consume(&f.ring, collect, &f), -EBADMSG);
	assert_int_equal(f.n, 0);
}

static void test_open_refuses(void **state)
{
	struct ring r = { 0 };

	(void)state;
	assert_int_equal(ring_open(-1, 4096, &r), -EBADF);
	assert_null(r.consumer);
	ring_close(&r);
}

/* A ring in a file, as the kernel lays it out: two pages of positions, then the data. */
enum { BIG = 4 << 20, ROUNDS = 200 };

struct filed {
	char *all;
	struct ring ring;
	unsigned long written, seen;
	size_t most;
};

static size_t some_size(unsigned long i)
{
	return 1 + (i * 7919 * 7919) % 300000;
}

static void filed_put(struct filed *f, unsigned long i)
{
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE), pos = f->written;
	char *data = f->all + 2 * page;
	uint32_t head[2] = { (uint32_t)some_size(i), 0 };

	memcpy(data + pos % BIG, head, sizeof(head));
	for (size_t k = 0; k < head[0]; k++)
		data[(pos + sizeof(head) + k) % BIG] = (char)(i + k % 127);
	f->written += (head[0] + sizeof(head) + 7) & ~7ul;
	*(unsigned long *)(void *)(f->all + page) = f->written;
}

static int filed_check(void *ctx, const struct ring_record *rec)
{
	static char copy[300000];
	struct filed *f = ctx;

	assert_int_equal(rec->size, some_size(f->seen));
	ring_copy(rec, 0, copy, rec->size);
	for (size_t k = 0; k < rec->size; k++)
		if (copy[k] != (char)(f->seen + k % 127))
			fail_msg("record %lu differs at %zu", f->seen, k);
	if (f->ring.mapped * f->ring.piece > f->most)
		f->most = f->ring.mapped * f->ring.piece;
	f->seen++;
	return 0;
}

/* Of a large ring only the pieces around the record that is read are mapped. */
static void test_pieces(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("ring", MFD_CLOEXEC);
	struct filed f = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(2 * page + BIG)), 0);
	f.all = mmap(NULL, 2 * page + BIG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(f.all != MAP_FAILED);
	assert_int_equal(ring_open(fd, BIG, &f.ring), 0);
	assert_int_equal(f.ring.mapped, 0);
	for (unsigned long i = 0; i < ROUNDS; i++) {
		filed_put(&f, i);
		if (i % 3 == 0)
			assert_int_equal(ring_consume(&f.ring, filed_check, &f), 0);
	}
	assert_int_equal(ring_consume(&f.ring, filed_check, &f), 0);
	assert_int_equal(f.seen, ROUNDS);
	assert_true(f.written > 3ul * BIG);
	assert_true(f.most >= f.ring.piece && f.most <= BIG / 4);
	assert_int_equal(*f.ring.consumer, f.written);
	ring_close(&f.ring);
	(void)munmap(f.all, 2 * page + BIG);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_discarded),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_error_stops),
		cmocka_unit_test(test_lying_length),
		cmocka_unit_test(test_open_refuses),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
