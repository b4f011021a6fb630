// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What the BPF side keeps of a thread between its calls (bpf/thread.h), live: a call at which nothing changed tells nothing twice, and
 * whatever changed is seen at the next call. Needs root and a kernel with BTF, as test_capture does.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "attach/block.h"
#include "base/cleanup.h"
#include "capture/internal.h"

#define PAGE 4096
#define NOBODY 65534

struct object {
	uint64_t filler[4];
	int32_t rows;
	uint32_t status;
	char tag[REC_NAME_LEN];
	uint32_t id;
};

/* Letters of what arrived of the child, in order: C a connection, c a call, s standard descriptors, o another kind. */
static char story[256];
static size_t story_n;
static struct rec_call last;
static struct capture *cap;
static pid_t child;
static const char *mechanism;

#define PROBED(name)                                                                                                                       \
	__attribute__((noinline)) static void name(const void *a, const void *b)                                                           \
	{                                                                                                                                  \
		__asm__ volatile("" : : "r"(a), "r"(b) : "memory");                                                                        \
	}
PROBED(use)
PROBED(end)
PROBED(look)

static int note(void *ctx, struct slice r)
{
	const struct rec_hdr *h = (const void *)r.ptr;
	const struct rec_call *c = (const void *)r.ptr;
	const struct rec_conn *n = (const void *)r.ptr;
	const struct rec_stdio *s = (const void *)r.ptr;
	char what = 0;

	(void)ctx;
	if (h->type == REC_CALL && c->task.pid == (uint32_t)child) {
		what = 'c';
		last = *c;
	} else if (h->type == REC_CONN && n->task.pid == (uint32_t)child) {
		what = 'C';
	} else if (h->type == REC_STDIO && s->pid == (uint32_t)child) {
		what = 's';
	}
	if (what && story_n + 1 < sizeof(story))
		story[story_n++] = what;
	return 0;
}

/* Runs fn in a child. Process records are drained first, so a change of descriptors stands before the calls of one drain. */
static const char *told(void (*fn)(void))
{
	int status, gate[2];

	story_n = 0;
	assert_int_equal(pipe(gate), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char go;

		if (read(gate[0], &go, 1) != 1)
			_exit(1);
		fn();
		_exit(0);
	}
	assert_int_equal(write(gate[1], "", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(capture_drain(cap, note, NULL) >= 0);
	(void)close(gate[0]);
	(void)close(gate[1]);
	story[story_n] = 0;
	return story;
}

static struct object a = { .id = 7 }, b = { .id = 8 };
#define TEXT "SELECT 1"

static void same(void)
{
	use(&a, TEXT);
	use(&a, TEXT);
	use(&a, TEXT);
}

static void test_same(void **state)
{
	(void)state;
	assert_string_equal(told(same), "sCccc");
}

static void another_id(void)
{
	use(&a, TEXT);
	*(volatile uint32_t *)&a.id = 9;
	use(&a, TEXT);
	use(&a, TEXT);
}

static void test_another_id(void **state)
{
	(void)state;
	assert_string_equal(told(another_id), "sCcCcc");
}

static void two(void)
{
	use(&a, TEXT);
	use(&b, TEXT);
	use(&a, TEXT);
	use(&b, TEXT);
	use(NULL, TEXT);
	use(&b, TEXT);
}

static void test_two(void **state)
{
	(void)state;
	assert_string_equal(told(two), "sCcCccccc");
}

static void ended(void)
{
	use(&a, TEXT);
	use(&b, TEXT);
	end(&a, NULL);
	use(&b, TEXT);
	use(&a, TEXT);
}

static void test_ended(void **state)
{
	(void)state;
	assert_string_equal(told(ended), "sCcCccCc");
}

static void *end_main(void *arg)
{
	end(arg, NULL);
	return NULL;
}

static void ended_elsewhere(void)
{
	pthread_t t;

	use(&a, TEXT);
	if (pthread_create(&t, NULL, end_main, &a) || pthread_join(t, NULL))
		_exit(1);
	use(&a, TEXT);
}

static void test_ended_elsewhere(void **state)
{
	(void)state;
	assert_string_equal(told(ended_elsewhere), "sCcCc");
}

static void *use_main(void *arg)
{
	use(arg, TEXT);
	return NULL;
}

static void other_thread(void)
{
	pthread_t t;

	use(&a, TEXT);
	if (pthread_create(&t, NULL, use_main, &a) || pthread_join(t, NULL))
		_exit(1);
}

static void test_other_thread(void **state)
{
	(void)state;
	assert_string_equal(told(other_thread), "sCcc");
}

static void stdout_moves(void)
{
	int fds[2], i;

	use(&a, TEXT);
	for (i = 0; i < 2; i++) {
		if (pipe(fds) || dup2(fds[1], 1) < 0)
			_exit(1);
		use(&a, TEXT);
		use(&a, TEXT);
	}
}

/* With a table of descriptors of the usual size and with one that grew. */
static void stdout_moves_high(void)
{
	if (dup2(1, 200) < 0)
		_exit(1);
	stdout_moves();
}

static void test_stdout(void **state)
{
	(void)state;
	assert_string_equal(told(stdout_moves), "sssCccccc");
	assert_string_equal(told(stdout_moves_high), "sssCccccc");
}

static void becomes_nobody(void)
{
	use(&a, TEXT);
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(1);
	use(&a, TEXT);
}

static void test_setuid(void **state)
{
	(void)state;
	assert_string_equal(told(becomes_nobody), "sCcc");
	assert_int_equal(last.task.uid, NOBODY);
	assert_int_equal(last.task.euid, NOBODY);
	assert_int_equal(last.task.suid, NOBODY);
	assert_int_equal(last.task.egid, NOBODY);
}

static void looks(void)
{
	a.rows = -3;
	a.status = 7;
	strcpy(a.tag, "SELECT 3");
	look(&a, NULL);
}

static void assert_looked(void)
{
	assert_int_equal(last.field_ok, 3);
	assert_true((int64_t)last.fields[0] == -3);
	assert_int_equal(last.fields[1], 7);
	assert_int_equal(last.name_len, 8);
	assert_memory_equal(last.name, "SELECT 3", 8);
	assert_int_equal(last.ret_addr, 0);
}

/* The object is the last thing before memory that cannot be read: the block cannot be, its pieces can. */
static void looks_at_wall(void)
{
	const size_t head = offsetof(struct object, tag) + sizeof("SELECT 3");
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + PAGE, PAGE, PROT_NONE))
		_exit(1);
	looks();
	memcpy(p + PAGE - head, &a, head);
	look(p + PAGE - head, NULL);
}

static void test_block(void **state)
{
	(void)state;
	assert_string_equal(told(looks), "c");
	assert_looked();
	assert_string_equal(told(looks_at_wall), "cc");
	assert_looked();
}

static void looks_at_nothing(void)
{
	look(NULL, NULL);
	look((void *)8, NULL);
}

static void test_no_object(void **state)
{
	(void)state;
	assert_string_equal(told(looks_at_nothing), "cc");
	assert_int_equal(last.field_ok, 0);
	assert_int_equal(last.name_len, 0);
}

static void test_block_plan(void **state)
{
	const struct mem_layout mem = { .array = 0x80, .count = 0x20, .stride = 56 };
	struct probe_spec p = { .text = PROBE_TEXT_NUL, .text_off = 0x100, .len_arg = -1, .name_arg = -1, .conn_off = -1 };

	(void)state;
	block_plan(&p, NULL);
	assert_int_equal(p.block_len, 0); /* one read */
	p.params = PARAMS_LITE;
	block_plan(&p, &mem);
	assert_int_equal(p.block_off, 0x20);
	assert_int_equal(p.block_len, 0x108 - 0x20);
	p.field[0] = (struct probe_field_spec){ PROBE_FIELD_U32, 0, -1, 8 };
	p.field[1] = (struct probe_field_spec){ PROBE_FIELD_U64, 1, -1, 9000 }; /* another object */
	block_plan(&p, &mem);
	assert_int_equal(p.block_off, 8);
	p.field[1].arg = 0; /* too far away */
	block_plan(&p, &mem);
	assert_int_equal(p.block_len, 0);
	p = (struct probe_spec){ .len_arg = -1, .name_arg = 2, .name_off = 44, .text_off = -1, .conn_off = -1 };
	p.field[0] = (struct probe_field_spec){ PROBE_FIELD_S32, 2, -1, 0 };
	block_plan(&p, NULL);
	assert_int_equal(p.block_arg, 2);
	assert_int_equal(p.block_len, 44 + REC_NAME_LEN);
}

static struct capture_link *link_all;

static int attach_all(void)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct conn_spec conn = { 0 };
	struct probe_spec s[3] = {
		{ .text = PROBE_TEXT_NUL, .text_arg = 1, .len_arg = -1, .name_arg = -1, .text_off = -1, .conn_off = -1 },
		{ .text_off = -1, .len_arg = -1, .name_arg = -1, .conn_off = -1, .flags = PROBE_CONN_END },
		{ .text_off = -1, .len_arg = -1, .name_off = offsetof(struct object, tag), .conn_off = -1, .flags = PROBE_NO_CALLER },
	};
	const uintptr_t functions[3] = { (uintptr_t)use, (uintptr_t)end, (uintptr_t)look };
	uint64_t offsets[3];
	uint32_t sites[3];

	conn.item[CONN_ID] =
		(struct conn_chain){ .kind = CONN_U32, .steps = 1, .index_at = CONN_NO_INDEX, .off = { offsetof(struct object, id) } };
	s[0].conn = (uint16_t)capture_conn_add(cap, &conn);
	s[2].field[0] = (struct probe_field_spec){ PROBE_FIELD_S32, 0, -1, offsetof(struct object, rows) };
	s[2].field[1] = (struct probe_field_spec){ PROBE_FIELD_U32, 0, -1, offsetof(struct object, status) };
	block_plan(&s[2], NULL);
	if (fd < 0 || !s[0].conn || !s[2].block_len)
		return -EINVAL;
	for (size_t i = 0; i < 3; i++)
		if (link_own_offset(functions[i], &offsets[i]))
			return -ENOENT;
	for (size_t i = 0; i < 3; i++)
		sites[i] = (uint32_t)capture_spec_add(cap, &s[i]);
	return capture_attach(cap, fd, offsets, sites, 3, &link_all);
}

static int setup(void **state)
{
	const struct capture_options o = { .ring_bytes = 1 << 20 };
	struct capture_error err = { "" };
	int r;

	(void)state;
	(void)setenv("QPROV_MECHANISM", mechanism, 1);
	r = capture_open(&o, &cap, &err);
	if (!r)
		r = attach_all();
	if (r)
		print_error("capture (%s): %s: %s; this test needs root and a kernel with BTF and uprobes\n", mechanism, strerror(-r),
			    err.text);
	return r ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	capture_detach(cap, link_all);
	capture_close(cap);
	return 0;
}

int main(void)
{
	static const char *const mechanism_keys[] = { "multi", "perf-nosleep" };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),      cmocka_unit_test(test_another_id),      cmocka_unit_test(test_two),
		cmocka_unit_test(test_ended),     cmocka_unit_test(test_ended_elsewhere), cmocka_unit_test(test_other_thread),
		cmocka_unit_test(test_stdout),    cmocka_unit_test(test_setuid),          cmocka_unit_test(test_block),
		cmocka_unit_test(test_no_object), cmocka_unit_test(test_block_plan),
	};
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mechanism_keys); i++) {
		mechanism = mechanism_keys[i];
		failed += cmocka_run_group_tests(tests, setup, teardown);
	}
	return failed != 0;
}
