// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The ELF reader, on this program itself, whole, cut at every length, and with lies in its headers. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach/plan.h"
#include "base/buf.h"
#include "base/cleanup.h"

#define LIES 3000

int elf_test_landmark(int x);

__attribute__((noinline, used)) int elf_test_landmark(int x)
{
	return x * 3 + 1;
}

struct image {
	struct buf bytes;
	int fd;
};

static int load(void **state)
{
	static struct image image;

	buf_init(&image.bytes, 256u << 20);
	if (buf_read_file(&image.bytes, AT_FDCWD, "/proc/self/exe"))
		return -1;
	image.fd = memfd_create("image", MFD_CLOEXEC);
	*state = &image;
	return image.fd < 0 || write_all(image.fd, buf_slice(&image.bytes), NULL);
}

static int unload(void **state)
{
	struct image *i = *state;

	close(i->fd);
	buf_done(&i->bytes);
	return 0;
}

struct landmark {
	uint64_t vaddr, size;
	unsigned count;
};

static bool look(void *ctx, const struct elf_symbol *s)
{
	struct landmark *l = ctx;

	if (!strcmp(s->name, "elf_test_landmark")) {
		l->vaddr = s->vaddr;
		l->size = s->size;
	}
	l->count++;
	return true;
}

static void test_itself(void **state)
{
	const struct image *i = *state;
	struct landmark l = { 0 };
	uint8_t code[8];
	uint64_t off;
	struct elf e;

	assert_int_equal(elf_open(&e, i->fd), 0);
	assert_true(e.program);
	assert_true(elf_mentions(&e, "elf_test_landmark"));
	assert_false(elf_mentions(&e, "no_such"
				      "_name_here"));
	elf_each_function(&e, look, &l);
	assert_true(l.vaddr && l.size && l.count > 10);
	assert_int_equal(elf_read(&e, l.vaddr, code, sizeof(code)), sizeof(code));
	assert_memory_equal(code, (const void *)(uintptr_t)elf_test_landmark, sizeof(code));
	assert_int_equal(elf_offset(&e, l.vaddr, &off), 0);
	assert_memory_equal(i->bytes.ptr + off, code, sizeof(code));
	assert_int_equal(elf_offset(&e, UINT64_MAX, &off), -ENOENT);
	assert_true(elf_read(&e, UINT64_MAX - 2, code, sizeof(code)) < 0);
	assert_int_equal(elf_load_relocs(&e), 0);
	elf_done(&e);
}

/* Whatever it holds, looking at the file ends, and ends cleanly. */
static int survive(int fd)
{
	struct elf e;
	int err = elf_open(&e, fd);

	if (err) {
		assert_in_range(-err, 1, 4095);
		return err;
	}
	for (size_t i = 0; i < client_families_len; i++) {
		struct plan p;

		if (plan_make(&e, client_families[i], true, &p) == 1)
			plan_done(&p);
	}
	elf_done(&e);
	return 0;
}

static void test_every_length(void **state)
{
	const struct image *i = *state;
	int fd = memfd_create("cut", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t n = 0; n <= 4096 && n < i->bytes.len; n++) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		if (n)
			assert_int_equal(pwrite(fd, i->bytes.ptr + n - 1, 1, (off_t)n - 1), 1);
		survive(fd);
	}
	/* Later on at a coarser step: tables that end early. */
	for (size_t n = i->bytes.len; n > 4096; n -= n / 16) {
		assert_int_equal(ftruncate(i->fd, (off_t)n), 0);
		survive(i->fd);
	}
	assert_int_equal(lseek(i->fd, 0, SEEK_SET), 0);
	assert_int_equal(write_all(i->fd, buf_slice(&i->bytes), NULL), 0);
	assert_int_equal(survive(i->fd), 0);
	close(fd);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* One to four bytes of the ELF header, program headers, section headers or dynamic section are replaced, then put back. */
static void test_lies(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	const struct image *i = *state;
	uint32_t seed = 1;
	Elf64_Ehdr h;

	memcpy(&h, i->bytes.ptr, sizeof(h));
	for (unsigned k = 0; k < LIES; k++) {
		size_t ranges[][2] = { { 0, sizeof(h) },
				       { h.e_phoff, h.e_phnum * sizeof(Elf64_Phdr) },
				       { h.e_shoff, h.e_shnum * sizeof(Elf64_Shdr) } };
		const size_t *r = ranges[k % 3];
		size_t at[4];

		for (unsigned b = 0; b < 4; b++) {
			uint8_t v = values[next_random(&seed) % sizeof(values)];

			at[b] = r[0] + next_random(&seed) % r[1];
			assert_int_equal(pwrite(i->fd, &v, 1, (off_t)at[b]), 1);
		}
		survive(i->fd);
		for (unsigned b = 0; b < 4; b++)
			assert_int_equal(pwrite(i->fd, i->bytes.ptr + at[b], 1, (off_t)at[b]), 1);
	}
	assert_int_equal(survive(i->fd), 0);
}

static int with_header(const struct image *i, void (*change)(Elf64_Ehdr *h))
{
	Elf64_Ehdr h;
	int err;

	memcpy(&h, i->bytes.ptr, sizeof(h));
	change(&h);
	assert_int_equal(pwrite(i->fd, &h, sizeof(h), 0), sizeof(h));
	err = survive(i->fd);
	assert_int_equal(pwrite(i->fd, i->bytes.ptr, sizeof(h), 0), sizeof(h));
	return err;
}

static void no_sections(Elf64_Ehdr *h)
{
	h->e_shoff = 0;
}

static void wild_sections(Elf64_Ehdr *h)
{
	h->e_shoff = UINT64_MAX - 8;
}

static void too_many_segments(Elf64_Ehdr *h)
{
	h->e_phnum = 0xfffe;
}

static void no_segments(Elf64_Ehdr *h)
{
	h->e_phnum = 0;
}

static void wild_segments(Elf64_Ehdr *h)
{
	h->e_phoff = UINT64_MAX - 8;
}

static void other_machine(Elf64_Ehdr *h)
{
	h->e_machine = EM_SPARC;
}

static void other_class(Elf64_Ehdr *h)
{
	h->e_ident[EI_CLASS] = ELFCLASS32;
}

static void test_headers(void **state)
{
	const struct image *i = *state;

	assert_int_equal(with_header(i, no_sections), 0);
	assert_int_equal(with_header(i, wild_sections), 0); /* the loader does not look at them either */
	assert_int_equal(with_header(i, too_many_segments), -E2BIG);
	assert_int_equal(with_header(i, no_segments), -EBADMSG);
	assert_int_equal(with_header(i, wild_segments), -EBADMSG);
	assert_int_equal(with_header(i, other_machine), -ENOEXEC);
	assert_int_equal(with_header(i, other_class), -ENOEXEC);
}

static void test_other_files(void **state)
{
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct elf e;

	(void)state;
	assert_int_equal(elf_open(&e, dir), -ENOEXEC);
	assert_int_equal(elf_open(&e, null), -ENOEXEC);
	assert_int_equal(elf_open(&e, -1), -EBADF);
	close(dir);
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_itself),  cmocka_unit_test(test_every_length), cmocka_unit_test(test_lies),
		cmocka_unit_test(test_headers), cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
