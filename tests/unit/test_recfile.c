// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Recorded files: what was written comes back; every cut and every flipped bit is told, at its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "capture/recfile.h"
#include "record.h"

#include "tree.inc.c"

#define RECORDS 4
#define HEADER_BYTES 16
#define TRAILER_BYTES 8

static const uint32_t sizes[RECORDS] = { 16, 96, 24, 272 };
static char path[64];

static void make_record(char *out, uint32_t i)
{
	struct rec_hdr h = { .size = sizes[i], .type = REC_CALL, .ts_ns = i };

	memset(out, (int)('a' + i), sizes[i]);
	memcpy(out, &h, sizeof(h));
}

static void write_bytes(const char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, slice_mem(p, n), NULL), 0);
	(void)close(fd);
}

/* The bytes of a good file. */
static void good_file(struct buf *b)
{
	struct recfile *f = NULL;
	char record[512];

	(void)unlink(path);
	assert_int_equal(recfile_create(path, &f), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		make_record(record, i);
		assert_int_equal(recfile_write(f, slice_mem(record, sizes[i])), 0);
	}
	assert_int_equal(recfile_close(f), 0);
	buf_init(b, 1 << 16);
	assert_int_equal(buf_read_file(b, AT_FDCWD, path), 0);
}

/* Reads all of it; counts good records, which must be the first ones. *ret_offset: where it stopped. */
static int read_all(uint32_t *ret_records, uint64_t *ret_offset)
{
	struct recfile *f = NULL;
	struct slice s;
	char want[512];
	int r = recfile_open(path, &f);

	*ret_records = 0;
	*ret_offset = 0;
	if (r)
		return r;
	while ((r = recfile_next(f, &s)) > 0) {
		assert_true(*ret_records < RECORDS);
		make_record(want, *ret_records);
		assert_int_equal(s.len, sizes[*ret_records]);
		assert_memory_equal(s.ptr, want, s.len);
		(*ret_records)++;
	}
	*ret_offset = recfile_offset(f);
	assert_int_equal(recfile_next(f, &s), r);
	assert_int_equal(recfile_close(f), 0);
	return r;
}

/* Offset of record i, and of the end for i = RECORDS. */
static uint64_t offset_of(uint32_t i)
{
	uint64_t at = HEADER_BYTES;

	for (uint32_t k = 0; k < i; k++)
		at += sizes[k] + TRAILER_BYTES;
	return at;
}

static void test_round_trip(void **state)
{
	struct recfile *f = NULL;
	struct buf b;
	struct stat st;
	uint64_t at;
	uint32_t n;

	(void)state;
	good_file(&b);
	assert_int_equal(b.len, offset_of(RECORDS));
	assert_int_equal(read_all(&n, &at), 0);
	assert_int_equal(n, RECORDS);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(recfile_create(path, &f), -EEXIST);
	buf_done(&b);
}

static void test_every_cut(void **state)
{
	struct buf b;
	uint64_t at;
	uint32_t n;

	(void)state;
	good_file(&b);
	for (size_t len = 0; len < b.len; len++) {
		uint32_t whole = 0;
		int r;

		write_bytes(b.ptr, len);
		r = read_all(&n, &at);
		if (len < HEADER_BYTES) {
			assert_int_equal(r, -EBADMSG);
			continue;
		}
		while (whole < RECORDS && offset_of(whole + 1) <= len)
			whole++;
		assert_int_equal(n, whole);
		assert_int_equal(at, offset_of(whole));
		assert_int_equal(r, offset_of(whole) == len ? 0 : -ENODATA);
	}
	buf_done(&b);
}

static void test_every_bit(void **state)
{
	struct buf b;
	uint64_t at;
	uint32_t n;

	(void)state;
	good_file(&b);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		uint32_t hit = 0;
		int r;

		b.ptr[bit / 8] ^= (char)(1 << bit % 8);
		write_bytes(b.ptr, b.len);
		b.ptr[bit / 8] ^= (char)(1 << bit % 8);
		r = read_all(&n, &at);
		if (bit / 8 < HEADER_BYTES) {
			assert_int_equal(r, bit / 8 < 8 ? -EBADMSG : -EPROTO);
			continue;
		}
		while (offset_of(hit + 1) <= bit / 8)
			hit++;
		/* A larger size may run over the end: that looks cut. */
		assert_true(r == -EBADMSG || r == -ENODATA);
		assert_int_equal(n, hit);
		assert_int_equal(at, offset_of(hit));
	}
	buf_done(&b);
}

static void test_bad_records(void **state)
{
	struct recfile *f = NULL;
	char record[512];

	(void)state;
	(void)unlink(path);
	assert_int_equal(recfile_create(path, &f), 0);
	make_record(record, 1);
	assert_int_equal(recfile_write(f, slice_mem(record, 8)), -EINVAL);
	assert_int_equal(recfile_write(f, slice_mem(record, 95)), -EINVAL);
	assert_int_equal(recfile_write(f, slice_mem(record, 88)), -EINVAL);
	assert_int_equal(recfile_close(f), 0);
	assert_int_equal(recfile_open("/nonexistent/file", &f), -ENOENT);
	assert_int_equal(recfile_close(NULL), 0);
}

static void test_no_link_followed(void **state)
{
	struct recfile *f = NULL;
	char record[512];
	int r = 0;

	(void)state;
	(void)unlink(path);
	assert_int_equal(symlink("/dev/full", path), 0);
	/* a link is never followed when a file is made */
	assert_int_equal(recfile_create(path, &f), -EEXIST);
	(void)unlink(path);
	assert_int_equal(recfile_create(path, &f), 0);
	make_record(record, 3);
	for (int i = 0; i < 10 && !r; i++)
		r = recfile_write(f, slice_mem(record, sizes[3]));
	assert_int_equal(r, 0);
	assert_int_equal(recfile_close(f), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!tree_make())
		return -1;
	(void)snprintf(path, sizeof(path), "%s/f", tree_dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_every_cut),        cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_bad_records), cmocka_unit_test(test_no_link_followed),
	};

	return cmocka_run_group_tests(tests, setup, tree_remove);
}
