// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The BPF programs and their rings, live: a function of this program is probed and called by children, and what arrives is compared.
 * Needs root and a kernel with BTF; without them it fails, because then nothing has been tested. The whole list runs once for each
 * mechanism.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/bpf.h>

#include "../../bpf/counters.h"
#include "base/cleanup.h"
#include "capture/internal.h"

#define PAGE 4096
#define RECORDS_MAX 64

static const char *mechanism;
static struct capture *cap;
static uint64_t target_offset;
static struct capture_link *target_link;
static struct slice got[RECORDS_MAX]; /* owned copies */
static size_t got_n;

__attribute__((noinline)) static long target(const void *a, long b, const void *c, const void *d, long e, long f)
{
	__asm__ volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d), "r"(e), "r"(f) : "memory");
	return b;
}

/* Programs of a busy machine start and end beside this test: of process records only those of its own children are kept. */
static bool is_ours(const struct rec_hdr *h)
{
	const struct rec_exec *e = (const void *)h;

	if (h->type != REC_EXEC && h->type != REC_FORK && h->type != REC_EXIT)
		return true;
	return e->task.ppid == (uint32_t)getpid();
}

static int keep(void *ctx, struct slice r)
{
	char *copy;

	(void)ctx;
	if (!is_ours((const void *)r.ptr))
		return 0;
	copy = malloc(r.len);
	if (got_n == RECORDS_MAX || !copy) {
		free(copy);
		return -ENOSPC;
	}
	memcpy(copy, r.ptr, r.len);
	got[got_n++] = slice_mem(copy, r.len);
	return 0;
}

static void forget_all(void)
{
	while (got_n)
		free((void *)(uintptr_t)got[--got_n].ptr);
}

static int count_only(void *ctx, struct slice r)
{
	const struct rec_hdr *h = (const void *)r.ptr;
	size_t *n = ctx;

	*n += h->type == REC_CALL;
	return 0;
}

static const struct rec_call *first_call(void)
{
	for (size_t i = 0; i < got_n; i++) {
		const struct rec_call *r = (const void *)got[i].ptr;

		if (r->hdr.type != REC_CALL)
			continue;
		assert_int_equal(r->hdr.size, got[i].len);
		assert_int_equal(got[i].len, (sizeof(*r) + r->cap_len + 7) & ~7ul);
		for (size_t k = sizeof(*r) + r->cap_len; k < got[i].len; k++)
			assert_int_equal(got[i].ptr[k], 0);
		for (size_t k = r->name_len; k < REC_NAME_LEN; k++)
			assert_int_equal(r->name[k], 0);
		return r;
	}
	fail_msg("no call arrived");
	return NULL;
}

static pid_t run_child(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

/* Slot 0, which the probe names. */
static int take_slot(const struct probe_spec *spec)
{
	cap->next_spec = 0;
	return capture_spec_add(cap, spec);
}

/* Once for all tests: the probe stays, its specification (slot 0, the only one in use) changes. */
static int attach_target(void)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const uint32_t site = 0;

	return fd < 0 ? -errno : capture_attach(cap, fd, &target_offset, &site, 1, &target_link);
}

/* Runs fn in a child with the probe in place; the records are in got[]. */
static const struct rec_call *probe_child(const struct probe_spec *spec, void (*fn)(void))
{
	int site = take_slot(spec);
	const struct rec_call *r;
	pid_t pid;

	assert_int_equal(site, 0);
	forget_all();
	pid = run_child(fn);
	assert_true(capture_drain(cap, keep, NULL) > 0);
	capture_spec_del(cap, 0);
	r = first_call();
	assert_int_equal(r->task.pid, pid);
	assert_int_equal(r->task.tid, pid);
	assert_int_equal(r->task.ppid, getpid());
	assert_int_equal(r->task.uid, getuid());
	assert_int_equal(r->task.euid, geteuid());
	assert_true(r->task.start_ns > r->task.parent_start_ns);
	assert_true(r->hdr.ts_ns > r->task.start_ns);
	assert_int_equal(r->site, site);
	assert_true(r->ret_addr != 0);
	return r;
}

#define SPEC(kind, len, name, flag)                                                                                                        \
	{                                                                                                                                  \
		.text = (kind), .text_arg = 0, .len_arg = (len), .name_arg = (name), .text_off = -1, .flags = (flag)                       \
	}

static bool can_sleep(void)
{
	return strstr(capture_mechanism(cap), "sleepable") != NULL;
}

/* n bytes that are followed by memory nobody may read. */
static char *before_wall(size_t n)
{
	size_t pages = (n + PAGE - 1) / PAGE * PAGE;
	char *p = mmap(NULL, pages + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + pages, PAGE, PROT_NONE) < 0)
		_exit(1);
	return p + pages - n;
}

static char *letters(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 26);
	return p;
}

static void assert_letters(const struct rec_call *r, size_t n)
{
	assert_int_equal(r->cap_len, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(r->text[i], 'a' + (int)(i % 26));
}

static void child_simple(void)
{
	static const char text[] = "SELECT 1";
	static volatile int64_t fields[2];
	static char name[8];

	/* written, so that they are resident for a probe that may not sleep */
	fields[0] = 7;
	fields[1] = -5;
	memcpy(name, "a name", 7);
	if (text[0] != 'S' || !*(const volatile char *)text)
		_exit(1);
	(void)target(text, -1, name, (const void *)(uintptr_t)fields, 5, 6);
}

static void test_nul_fields_name(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, -1, 2, 0);
	const struct rec_call *r;

	(void)state;
	spec.field[0] = (struct probe_field_spec){ PROBE_FIELD_U64, 3, -1, 0 };
	spec.field[1] = (struct probe_field_spec){ PROBE_FIELD_S32, 3, -1, 8 };
	spec.field[2] = (struct probe_field_spec){ PROBE_FIELD_U32, 4, -1, 0 };
	r = probe_child(&spec, child_simple);
	assert_int_equal(r->text_status, REC_TEXT_FULL);
	assert_int_equal(r->text_len, 8);
	assert_memory_equal(r->text, "SELECT 1", 8);
	assert_int_equal(r->name_len, 6);
	assert_memory_equal(r->name, "a name", 6);
	assert_int_equal(r->field_ok, 3); /* address 5 cannot be read */
	assert_int_equal(r->fields[0], 7);
	assert_true((int64_t)r->fields[1] == -5);
	assert_int_equal(r->args[4], 5);
	assert_int_equal(r->args[5], 6);
}

static void child_null(void)
{
	(void)target(NULL, 0, NULL, NULL, 0, 0);
}

static void test_null(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, -1, -1, 0);
	const struct rec_call *r = probe_child(&spec, child_null);

	(void)state;
	assert_int_equal(r->text_status, REC_TEXT_NULL);
	assert_int_equal(r->cap_len, 0);
}

/* An object that holds its string in another one, behind what else that has. */
struct holder {
	uint64_t filler[3];
	struct held {
		uint64_t filler;
		const char *at;
		uint64_t len;
	} * held;
};

static bool has_no_string;

static void child_string(void)
{
	static struct held held = { .len = 5 };
	static struct holder holder;

	held.at = letters(before_wall(5), 5); /* the length counts, not a NUL */
	holder.held = has_no_string ? NULL : &held;
	(void)target(NULL, 0, &holder, NULL, 0, 0);
}

static void child_no_holder(void)
{
	(void)target(NULL, 0, (const char *)16, NULL, 0, 0);
}

static void test_string_of_object(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_STRING, -1, -1, PROBE_HEAD);
	const struct rec_call *r;

	(void)state;
	spec.text_arg = 2;
	spec.text_off = offsetof(struct holder, held);
	spec.string_off = offsetof(struct held, at);
	has_no_string = false;
	r = probe_child(&spec, child_string);
	assert_int_equal(r->text_status, REC_TEXT_FULL);
	assert_int_equal(r->text_len, 5);
	assert_letters(r, 5);
	has_no_string = true;
	r = probe_child(&spec, child_string);
	assert_int_equal(r->text_status, REC_TEXT_NULL);
	r = probe_child(&spec, child_no_holder);
	assert_int_equal(r->text_status, REC_TEXT_FAILED);
	assert_int_equal(r->cap_len, 0);
}

static size_t child_len;

static void child_letters(void)
{
	(void)target(letters(before_wall(child_len), child_len), (long)child_len, NULL, NULL, 0, 0);
}

static void child_letters_nul(void)
{
	char *p = letters(before_wall(child_len + 1), child_len);

	p[child_len] = 0;
	(void)target(p, -1, NULL, NULL, 0, 0);
}

/* Around each size class and page; the text ends where memory ends. */
static void test_every_size(void **state)
{
	static const size_t sizes[] = { 0,     1,     7,     510,   511,   512,    513,    514,    515,    4094,
					4095,  4096,  4097,  4098,  8192,  16383,  16384,  16385,  16386,  65534,
					65535, 65536, 65537, 65538, 65539, 100000, 131071, 131072, 131073, 1000000 };
	struct probe_spec nul = SPEC(PROBE_TEXT_NUL, -1, -1, 0), len = SPEC(PROBE_TEXT_LEN, 1, -1, 0);
	struct probe_spec i32 = SPEC(PROBE_TEXT_LEN_I32, 1, -1, PROBE_STOP_NUL);
	struct probe_spec ulong_nul = SPEC(PROBE_TEXT_LEN_ULONG_NUL, 1, -1, 0);
	const struct {
		const struct probe_spec *spec;
		void (*child)(void);
	} cases[] = { { &nul, child_letters_nul }, { &len, child_letters },           { &i32, child_letters },
		      { &i32, child_letters_nul }, { &ulong_nul, child_letters_nul }, { &ulong_nul, child_letters } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
			const struct rec_call *r;

			child_len = sizes[i];
			r = probe_child(cases[k].spec, cases[k].child);
			if (r->text_len != child_len || r->text_status == REC_TEXT_FAILED)
				print_error("case %zu, size %zu: len %llu cap %u status %u\n", k, child_len,
					    (unsigned long long)r->text_len, r->cap_len, r->text_status);
			assert_int_equal(r->text_len, child_len);
			assert_int_equal(r->text_status, child_len > REC_TEXT_MAX ? REC_TEXT_TRUNCATED : REC_TEXT_FULL);
			assert_int_equal(r->hdr.flags & 0xff, 0);
			assert_letters(r, child_len > REC_TEXT_MAX ? REC_TEXT_MAX : child_len);
		}
	}
}

static void child_stop(void)
{
	char *p = before_wall(20);

	memcpy(p, "SELECT 2\0garbage...", 20);
	(void)target(p, 1000000, NULL, NULL, 0, 0);
}

static void test_stop_at_nul(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_LEN_I32, 1, -1, PROBE_STOP_NUL);
	const struct rec_call *r = probe_child(&spec, child_stop);

	(void)state;
	assert_int_equal(r->text_status, REC_TEXT_FULL);
	assert_int_equal(r->cap_len, 8);
	assert_int_equal(r->text_len, 8);
}

/* The length lies: what is readable comes, marked as failed. */
static void child_lie(void)
{
	(void)target(letters(before_wall(5000), 5000), 50000, NULL, NULL, 0, 0);
}

static void test_unreadable_end(void **state)
{
	struct probe_spec len = SPEC(PROBE_TEXT_LEN, 1, -1, 0), nul = SPEC(PROBE_TEXT_NUL, -1, -1, 0);
	const struct rec_call *r;

	(void)state;
	r = probe_child(&len, child_lie);
	assert_int_equal(r->text_status, REC_TEXT_FAILED);
	assert_letters(r, 5000);
	r = probe_child(&nul, child_lie);
	assert_int_equal(r->text_status, REC_TEXT_FAILED);
	assert_letters(r, 5000);
}

/* A fresh mapping of a file that nobody has touched: no page of it is resident. */
static void child_untouched(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	static char text[3 * PAGE];
	char *p;

	letters(text, sizeof(text) - 1);
	if (fd < 0 || write(fd, text, sizeof(text)) != (ssize_t)sizeof(text))
		_exit(1);
	p = mmap(NULL, sizeof(text), PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		_exit(1);
	(void)target(p, 0, p + PAGE, p, 0, 0);
}

static void test_not_resident(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, -1, 2, 0);
	const struct rec_call *r;

	(void)state;
	spec.field[0] = (struct probe_field_spec){ PROBE_FIELD_U32, 3, -1, 2 * PAGE };
	r = probe_child(&spec, child_untouched);
	if (can_sleep()) {
		assert_int_equal(r->text_status, REC_TEXT_FULL);
		assert_letters(r, 3 * PAGE - 1);
		assert_int_equal(r->name_len, REC_NAME_LEN - 1);
		assert_int_equal(r->field_ok, 1);
	} else {
		assert_int_equal(r->text_status, REC_TEXT_FAILED);
		assert_int_equal(r->hdr.flags & REC_CALL_NAME_FAILED, REC_CALL_NAME_FAILED);
		assert_int_equal(r->field_ok, 0);
	}
}

static void child_utf16(void)
{
	uint16_t *p = (void *)before_wall((child_len + 1) * 2);

	for (size_t i = 0; i < child_len; i++)
		p[i] = (uint16_t)('a' + i % 26);
	p[child_len] = 0;
	(void)target(p, -1, NULL, NULL, 0, 0);
}

static void child_utf16_room(void)
{
	static uint16_t text[100000];

	for (size_t i = 0; i < child_len; i++)
		text[i] = (uint16_t)('a' + i % 26);
	*(volatile uint16_t *)&text[child_len] = 0; /* resident */
	(void)target(text, -1, NULL, NULL, 0, 0);
}

static void test_utf16(void **state)
{
	static const size_t units[] = { 0, 1, 100, 255, 256, 2047, 2048, 8191, 8192, 30000, 32767, 32768, 40000 };
	struct probe_spec spec = SPEC(PROBE_TEXT_UTF16, 1, -1, 0);

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(units); i++) {
		size_t n = units[i / 2], bytes = n * 2 > REC_TEXT_MAX ? REC_TEXT_MAX : n * 2;
		const struct rec_call *r;

		child_len = n;
		r = probe_child(&spec, i % 2 ? child_utf16 : child_utf16_room);
		assert_int_equal(r->cap_len, bytes);
		if (n * 2 >= REC_TEXT_MAX) /* its NUL is beyond what is read */
			continue;
		assert_int_equal(r->text_status, REC_TEXT_FULL);
		assert_int_equal(r->text_len, bytes);
		assert_int_equal(r->hdr.flags & 0xff, 0);
	}
}

/* Longer than the record, up to its NUL: the pieces end where it does. */
static void test_long_utf16(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_UTF16, 1, -1, 0);

	(void)state;
	child_len = 40000;
	for (int wall = 0; wall < 2; wall++) {
		uint64_t end = 0;

		(void)probe_child(&spec, wall ? child_utf16 : child_utf16_room);
		for (size_t i = 0; i < got_n; i++) {
			const struct rec_chunk *k = (const void *)got[i].ptr;

			if (k->hdr.type != REC_CHUNK)
				continue;
			assert_int_equal(k->hdr.flags, REC_CHUNK_UTF16 | REC_CHUNK_NUL);
			assert_int_equal(k->off, REC_TEXT_MAX);
			end = k->off + k->len;
			assert_int_equal(k->total, end);
		}
		assert_int_equal(end, 2 * child_len);
	}
}

static void child_name(void)
{
	char *name = before_wall(12);

	memcpy(name, "anngeheim\0x", 12);
	(void)target("x", 1, name, (void *)(uintptr_t)child_len, 0, 0);
}

static void child_wide_name(void)
{
	uint16_t *name = (void *)before_wall(16);

	for (size_t i = 0; i < 8; i++)
		name[i] = (uint16_t) "anngeh\0x"[i];
	(void)target("x", 1, name, (void *)(uintptr_t)child_len, 0, 0);
}

/* A name of a given length: what stands behind it, a password perhaps, does not leave. */
static void test_name_length(void **state)
{
	struct probe_spec narrow = SPEC(PROBE_TEXT_LEN, 1, 2, PROBE_NAME_LEN);
	struct probe_spec wide = SPEC(PROBE_TEXT_UTF16_UNITS, 1, 2, PROBE_NAME_LEN | PROBE_NAME_WIDE);
	const struct rec_call *r;

	(void)state;
	child_len = 3;
	r = probe_child(&narrow, child_name);
	assert_int_equal(r->name_len, 3);
	assert_memory_equal(r->name, "ann", 4);
	r = probe_child(&wide, child_wide_name);
	assert_int_equal(r->name_len, 6);
	assert_memory_equal(r->name, "a\0n\0n\0\0", 8);
	child_len = (size_t)-3; /* to its NUL */
	r = probe_child(&narrow, child_name);
	assert_int_equal(r->name_len, 9);
	r = probe_child(&wide, child_wide_name);
	assert_int_equal(r->name_len, 12);
}

static void child_password(void)
{
	char password[] = "geheim", user[] = "ann"; /* resident */

	(void)target(password, 6, NULL, NULL, 3, 0);
	(void)target(user, 3, NULL, NULL, 2, 0);
}

/* One of many things: the others are not read. */
static void test_only(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_LEN, 1, -1, PROBE_ONLY);
	const struct rec_call *r;

	(void)state;
	spec.only_arg = 4;
	spec.only = 2;
	r = probe_child(&spec, child_password);
	assert_int_equal(r->cap_len, 3);
	assert_memory_equal(r->text, "ann", 3);
	/* Two of them, one of which is no text. */
	spec.flags |= PROBE_ONLY_SET;
	spec.only_set = 1u << 2 | 1u << 3;
	r = probe_child(&spec, child_password);
	assert_int_equal(r->args[4], 3);
	assert_int_equal(r->args[0] != 0, 1);
	assert_int_equal(r->cap_len, 0);
	spec.only_set = 1u << 2;
	r = probe_child(&spec, child_password);
	assert_int_equal(r->args[4], 2);
	assert_int_equal(r->cap_len, 3);
}

static void child_value(void)
{
	(void)target(letters(before_wall(PAGE), PAGE), (long)child_len, NULL, NULL, 0, 0);
}

/* A value: of a fixed type 8 bytes, else as long as it is said to be, and no more than the head of it. */
static void test_value(void **state)
{
	static const struct {
		size_t given, read;
	} lengths[] = { { (size_t)-1, 8 }, { 0, 0 }, { 3, 3 }, { PROBE_HEAD_BYTES, PROBE_HEAD_BYTES }, { 4000, PROBE_HEAD_BYTES } };
	struct probe_spec spec = SPEC(PROBE_TEXT_VALUE, 1, -1, PROBE_HEAD);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const struct rec_call *r;

		child_len = lengths[i].given;
		r = probe_child(&spec, child_value);
		assert_int_equal(r->text_status, REC_TEXT_FULL);
		assert_int_equal(r->cap_len, lengths[i].read);
	}
}

static void child_count(void)
{
	for (int i = 0; i < 5; i++)
		(void)target((void *)0x1234, 0, NULL, NULL, 0, 0);
}

static void child_one(void)
{
	(void)target((void *)0x1234, 0, NULL, NULL, 0, 0);
}

static void test_counts(void **state)
{
	struct probe_spec count = SPEC(PROBE_TEXT_NONE, -1, -1, PROBE_COUNT);
	struct probe_spec take = SPEC(PROBE_TEXT_NONE, -1, -1, PROBE_TAKE_COUNT);
	uint64_t lost[REC_LOSS_KINDS], before, after;
	const struct rec_call *r;
	int site = take_slot(&count);

	(void)state;
	assert_int_equal(site, 0);
	forget_all();
	capture_counters(cap, lost, &before);
	(void)run_child(child_count);
	(void)capture_drain(cap, keep, NULL);
	for (size_t i = 0; i < got_n; i++)
		assert_int_not_equal(((const struct rec_hdr *)(const void *)got[i].ptr)->type, REC_CALL);
	capture_spec_del(cap, 0);
	capture_counters(cap, lost, &after);
	assert_int_equal(after, before);
	/* Another process with the same handle has no count. */
	r = probe_child(&take, child_one);
	assert_int_equal(r->field_ok & 8, 0);
	assert_int_equal(r->text_status, REC_TEXT_NONE);
}

#define AGAIN "again" /* the argument of this program, run by itself */
#define ASKS 7        /* second argument of the call that asks for the count */

/* The same object as child_count()'s. */
static void child_asks(void)
{
	(void)target((void *)0x1234, ASKS, NULL, NULL, 0, 0);
}

/* A process that counted, and then is another program. */
static void child_replaced(void)
{
	child_count();
	(void)execl("/proc/self/exe", "test_capture", AGAIN, (char *)NULL);
	_exit(1);
}

/* Of clone3(2), with a number of our choice. */
struct clone_args_v1 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

static void run_child_as(pid_t pid, void (*fn)(void))
{
	struct clone_args_v1 a = { .exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1 };
	long got_pid = syscall(SYS_clone3, &a, sizeof(a));
	int status;

	if (got_pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(got_pid, pid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* What came with the call that asks; 0: no count. */
static uint64_t count_told(void)
{
	uint64_t n = UINT64_MAX;

	(void)capture_drain(cap, keep, NULL);
	for (size_t i = 0; i < got_n; i++) {
		const struct rec_call *r = (const void *)got[i].ptr;

		if (r->hdr.type == REC_CALL && r->args[1] == ASKS)
			n = r->field_ok & 8 ? r->fields[3] : 0;
	}
	forget_all();
	return n;
}

static uint64_t count_kept(pid_t pid)
{
	struct count_key key = { .pid = (uint32_t)pid, .handle = 0x1234 };
	struct count c = { 0 };

	assert_int_equal(bpf_map_lookup_elem(cap->counts_fd, &key, &c), 0);
	return c.n;
}

static void spec_becomes(uint32_t flags)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NONE, -1, -1, flags);

	capture_spec_del(cap, 0);
	assert_int_equal(take_slot(&spec), 0);
}

/* What was counted of an object that never ended is not another program's: not when the number comes again, nor after an exec. */
static void test_counts_of_another(void **state)
{
	pid_t pid;

	(void)state;
	forget_all();
	spec_becomes(PROBE_COUNT);
	pid = run_child(child_count);
	assert_int_equal(count_kept(pid), 5);
	run_child_as(pid, child_one);
	assert_int_equal(count_kept(pid), 1);
	spec_becomes(PROBE_TAKE_COUNT);
	run_child_as(pid, child_asks);
	assert_int_equal(count_told(), 0);

	spec_becomes(PROBE_ADD | PROBE_TAKE_COUNT);
	pid = run_child(child_count);
	run_child_as(pid, child_asks);
	assert_int_equal(count_told(), 1);
	(void)run_child(child_replaced);
	assert_int_equal(count_told(), 1);
	capture_spec_del(cap, 0);
}

/* A connection of which inStart and inCursor are known; before each call so many bytes were handed out, or it stands elsewhere. */
static void child_rows(void)
{
	static const int32_t handed[] = { -5, 40, 40, 0, 40, INT32_MIN, 1000000000, 1 };
	static volatile struct {
		int64_t other;
		int32_t start, cursor;
	} conn;

	for (size_t i = 0; i < ARRAY_SIZE(handed); i++) {
		conn.start = handed[i] == INT32_MIN ? 0 : 100;
		conn.cursor = handed[i] == INT32_MIN ? INT32_MAX : 100 - handed[i];
		(void)target((const void *)(uintptr_t)&conn, 0, NULL, NULL, 0, 0);
	}
}

/* Rows that were handed out, seen at the next call: told when one of the counts has doubled. */
static void test_taken(void **state)
{
	static const uint64_t want[][3] = { { 1, 0, 0 },  { 2, 1, 40 },         { 3, 2, 80 },
					    { 4, 2, 80 }, { 7, 4, 1000000120 }, { 8, 5, 1000000121 } };
	struct probe_spec spec = SPEC(PROBE_TEXT_NONE, -1, -1, PROBE_TAKEN | PROBE_ADD);
	size_t n = 0;

	(void)state;
	spec.taken = 8;
	(void)probe_child(&spec, child_rows);
	for (size_t i = 0; i < got_n; i++) {
		const struct rec_call *r = (const void *)got[i].ptr;

		if (r->hdr.type != REC_CALL)
			continue;
		assert_true(n < ARRAY_SIZE(want));
		assert_int_equal(r->field_ok, 11);
		assert_int_equal(r->fields[3], want[n][0]);
		assert_int_equal(r->fields[0], want[n][1]);
		assert_int_equal(r->fields[1], want[n][2]);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(want));
	/* Nothing was counted of another process: its end is not told. */
	spec.flags = PROBE_TAKEN | PROBE_TAKE_COUNT;
	assert_int_equal(probe_child(&spec, child_one)->field_ok, 0);
}

static void child_flood(void)
{
	static const char text[] = "SELECT 3";

	for (int i = 0; i < 4000; i++)
		(void)target(text, 0, NULL, NULL, 0, 0);
}

/* The ring (1 MiB here) overflows: what is missing is counted, one by one. */
static void test_overflow(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, -1, -1, 0);
	uint64_t lost0[REC_LOSS_KINDS], lost1[REC_LOSS_KINDS], calls0, calls1;
	int site = take_slot(&spec);
	size_t n = 0;

	(void)state;
	assert_int_equal(site, 0);
	capture_counters(cap, lost0, &calls0);
	(void)run_child(child_flood);
	(void)capture_drain(cap, count_only, &n);
	capture_spec_del(cap, 0);
	capture_counters(cap, lost1, &calls1);
	assert_int_equal(calls1 - calls0, 4000);
	assert_true(n > 0 && n < 4000);
	assert_int_equal(lost1[REC_LOSS_CALL] - lost0[REC_LOSS_CALL], 4000 - n);
}

static void child_nothing(void)
{
}

/* With each call a process comes and goes, and there is no memory for what is told of it. */
static int refuse_processes(void *ctx, struct slice r)
{
	const struct rec_hdr *h = (const void *)r.ptr;

	if (h->type == REC_FORK || h->type == REC_EXIT)
		return -ENOMEM;
	if (h->type == REC_CALL)
		(void)run_child(child_nothing);
	return count_only(ctx, r);
}

static void child_three(void)
{
	for (int i = 0; i < 3; i++)
		(void)target("SELECT 3", 0, NULL, NULL, 0, 0);
}

/* A record of a process that cannot be taken does not cost the call that is read after it. */
static void test_call_behind_failure(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, -1, -1, 0);
	size_t n = 0;

	(void)state;
	assert_int_equal(take_slot(&spec), 0);
	(void)run_child(child_three);
	for (int i = 0; i < 100 && n < 3; i++)
		(void)capture_drain(cap, refuse_processes, &n);
	capture_spec_del(cap, 0);
	assert_int_equal(n, 3);
}

static void child_exec(void)
{
	char *argv[] = { (char *)(uintptr_t) "true", (char *)(uintptr_t) "--an", (char *)(uintptr_t) "argument", NULL };

	if (chdir("/usr/lib") == 0)
		(void)execv("/bin/true", argv);
	_exit(1);
}

static void test_process_records(void **state)
{
	static const char args[] = "true\0--an\0argument";
	char want_path[PATH_MAX];
	bool forked = false, executed = false, ended = false;
	struct stat st;
	pid_t pid;

	(void)state;
	assert_non_null(realpath("/bin/true", want_path));
	assert_int_equal(stat(want_path, &st), 0);
	forget_all();
	(void)capture_drain(cap, keep, NULL);
	forget_all();
	pid = run_child(child_exec);
	assert_true(capture_drain(cap, keep, NULL) >= 3);
	for (size_t i = 0; i < got_n; i++) {
		const struct rec_exec *e = (const void *)got[i].ptr;

		if (e->hdr.type != REC_EXEC && e->hdr.type != REC_FORK && e->hdr.type != REC_EXIT)
			continue;
		if (e->task.pid != (uint32_t)pid)
			continue;
		forked |= e->hdr.type == REC_FORK && e->task.ppid == (uint32_t)getpid();
		ended |= e->hdr.type == REC_EXIT && executed;
		if (e->hdr.type != REC_EXEC)
			continue;
		executed = forked;
		assert_int_equal(e->hdr.flags, 0);
		assert_int_equal(e->exe_ino, st.st_ino);
		assert_int_equal(e->path_len, strlen(want_path));
		assert_memory_equal(e->data, want_path, e->path_len);
		assert_int_equal(e->cwd_len, 8);
		assert_memory_equal(e->data + e->path_len, "/usr/lib", 8);
		assert_int_equal(e->args_len, sizeof(args));
		assert_memory_equal(e->data + e->path_len + e->cwd_len, args, sizeof(args));
		assert_int_equal(e->task.sid, getsid(0));
	}
	assert_true(forked && executed && ended);
}

static void *call_held(void *page)
{
	(void)target(page, 0, NULL, NULL, 0, 0);
	return NULL;
}

/* Calls with a text whose page never comes. Says so as soon as the probe asks for it, and stays. */
static void child_held(int say)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffd_msg msg;
	pthread_t thread;
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < target_link->n; i++) /* else the child would hold them */
		(void)close(target_link->fds[i]);
	range.range.start = (uintptr_t)page;
	range.range.len = PAGE;
	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    pthread_create(&thread, NULL, call_held, page) || read(fd, &msg, sizeof(msg)) != sizeof(msg) || write(say, "", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* The only probe of a file is taken away while somebody is held in it: whoever does that does not wait for him. */
static void test_detach_held(void **state)
{
	struct probe_spec spec = SPEC(PROBE_TEXT_NUL, 0, -1, 0);
	struct timespec a, b;
	int gate[2], status;
	pid_t pid;
	char c;

	(void)state;
	if (!cap->mech->sleepable) /* nobody can be held in this one */
		return;
	assert_int_equal(take_slot(&spec), 0);
	assert_int_equal(pipe(gate), 0);
	pid = fork();
	if (pid == 0)
		child_held(gate[1]);
	(void)close(gate[1]);
	assert_int_equal(read(gate[0], &c, 1), 1);
	assert_non_null(cap->sleepers);
	assert_int_equal(*cap->sleepers, 1);
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	capture_detach(cap, target_link);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 5);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(*cap->sleepers, 0);
	(void)close(gate[0]);
	capture_spec_del(cap, 0);
	assert_int_equal(attach_target(), 0);
}

static void test_duplicate_offset(void **state)
{
	const uint64_t offsets[2] = { target_offset, target_offset };
	const uint32_t sites[2] = { 0, 1 };
	struct capture_link *l = NULL;

	(void)state;
	assert_int_equal(capture_attach(cap, 0, offsets, sites, 2, &l), -EINVAL);
	assert_null(l);
}

static int setup(void **state)
{
	const struct capture_options o = { .ring_bytes = 1 << 20, .skip_pid = 0 };
	struct capture_error err = { "" };
	int r;

	(void)state;
	(void)setenv("QPROV_MECHANISM", mechanism, 1);
	r = capture_open(&o, &cap, &err);
	if (!r)
		r = capture_start_process_records(cap, &err);
	if (!r)
		r = link_own_offset((uintptr_t)target, &target_offset);
	if (!r)
		r = attach_target();
	if (r) {
		print_error("capture (%s): %s: %s; this test needs root and a kernel with BTF and uprobes\n", mechanism, strerror(-r),
			    err.text);
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	struct timespec a, b;

	(void)state;
	forget_all();
	capture_detach(cap, target_link);
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	capture_close(cap);
	cap = NULL;
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	return b.tv_sec - a.tv_sec > 2 ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const char *const mechanism_keys[] = { "multi", "perf", "perf-nosleep" };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nul_fields_name),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_stop_at_nul),
		cmocka_unit_test(test_unreadable_end),
		cmocka_unit_test(test_not_resident),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_long_utf16),
		cmocka_unit_test(test_name_length),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_counts_of_another),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_call_behind_failure),
		cmocka_unit_test(test_process_records),
		cmocka_unit_test(test_string_of_object),
		cmocka_unit_test(test_duplicate_offset),
		cmocka_unit_test(test_detach_held),
	};
	int failed = 0;

	if (argc == 2 && !strcmp(argv[1], AGAIN)) {
		child_asks();
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(mechanism_keys); i++) {
		mechanism = mechanism_keys[i];
		failed += cmocka_run_group_tests(tests, setup, teardown);
	}
	return failed != 0;
}
