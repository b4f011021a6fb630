// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "identity/identity.h"
#include "identity/identity_seed.h"

#define SECOND 1000000000ull

static struct identity *id;

static int setup(void **state)
{
	(void)state;
	return identity_new(&id);
}

static int teardown(void **state)
{
	(void)state;
	identity_free(id);
	return 0;
}

static struct rec_task task_of(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start)
{
	return (struct rec_task){
		.pid = pid, .tid = pid, .start_ns = start, .ppid = ppid, .parent_start_ns = parent_start, .comm = "task"
	};
}

static void feed_exec(enum rec_type type, struct rec_task t, const char *path)
{
	char bytes[sizeof(struct rec_exec) + 64] __attribute__((aligned(8))) = { 0 };
	struct rec_exec *r = (struct rec_exec *)(void *)bytes;

	r->hdr.type = (uint16_t)type;
	r->task = t;
	r->task.sid = 7;
	r->task.tty = 9;
	r->path_len = (uint16_t)strlen(path);
	r->cwd_len = 4;
	r->args_len = 4;
	memcpy(r->data, path, strlen(path));
	memcpy(r->data + strlen(path), "/cwda\0b", 8);
	assert_int_equal(identity_exec(id, r), 0);
}

static void feed_fork(struct rec_task t)
{
	struct rec_fork r = { .hdr = { .type = REC_FORK }, .task = t };

	r.task.sid = 7;
	r.task.tty = 9;
	assert_int_equal(identity_fork(id, &r), 0);
}

static void feed_exit(struct rec_task t, uint64_t ts_ns)
{
	struct rec_exit r = { .hdr = { .type = REC_EXIT, .ts_ns = ts_ns }, .task = t };

	identity_exit(id, &r);
}

static void expect_path(uint32_t pid, uint64_t start, const char *want)
{
	const struct process *p = identity_process(id, pid, start);

	if (!want) {
		assert_null(p);
		return;
	}
	assert_non_null(p);
	assert_true(slice_eq(p->path, slice_cstr(want)));
}

static void test_exec(void **state)
{
	const struct process *p;

	(void)state;
	feed_exec(REC_EXEC, task_of(10, 5, 1, 1), "/bin/a");
	p = identity_process(id, 10, 5);
	assert_non_null(p);
	assert_true(slice_eq(p->path, SLICE("/bin/a")));
	assert_true(slice_eq(p->cwd, SLICE("/cwd")));
	assert_true(slice_eq(p->args, SLICE("a\0b\0")));
	assert_true(p->known && !p->from_proc);
	assert_int_equal(p->sid, 7);
	assert_null(identity_process(id, 10, 6));
	assert_null(identity_process(id, 11, 5));
	assert_null(identity_parent(id, p));
	feed_exec(REC_EXEC, task_of(10, 5, 1, 1), "/bin/b");
	expect_path(10, 5, "/bin/b");
}

static void test_fork_inherits_until_exec(void **state)
{
	const struct process *p;

	(void)state;
	feed_exec(REC_EXEC, task_of(10, 5, 1, 1), "/bin/sh");
	feed_fork(task_of(11, 6, 10, 5));
	feed_exec(REC_EXEC, task_of(10, 5, 1, 1), "/bin/other");
	expect_path(11, 6, "/bin/sh");
	p = identity_process(id, 11, 6);
	assert_false(p->known);
	assert_int_equal(p->sid, 7);
	assert_int_equal(p->tty, 9);
	assert_ptr_equal(identity_parent(id, p), identity_process(id, 10, 5));
	feed_exec(REC_EXEC, task_of(11, 6, 10, 5), "/bin/ls");
	expect_path(11, 6, "/bin/ls");
	assert_true(identity_process(id, 11, 6)->known);
	feed_fork(task_of(12, 8, 99, 1));
	expect_path(12, 8, "");
}

/* A thread that runs exec takes over the group leader's pid and start time, whatever its own thread id was. */
static void test_exec_of_a_thread(void **state)
{
	struct rec_task t = task_of(10, 5, 1, 1);

	(void)state;
	feed_exec(REC_EXEC, t, "/bin/a");
	t.tid = 12;
	feed_exec(REC_EXEC, t, "/bin/b");
	expect_path(10, 5, "/bin/b");
	expect_path(12, 5, NULL);
}

static void test_exit_lingers(void **state)
{
	struct rec_task t = task_of(10, 5, 1, 1);

	(void)state;
	feed_exec(REC_EXEC, t, "/bin/a");
	feed_exit(t, 100 * SECOND);
	feed_exit(t, 300 * SECOND); /* only the first one counts */
	identity_tick(id, 99 * SECOND);
	identity_tick(id, 100 * SECOND + IDENTITY_LINGER_NS);
	expect_path(10, 5, "/bin/a");
	identity_tick(id, 100 * SECOND + IDENTITY_LINGER_NS + 1);
	expect_path(10, 5, NULL);
	assert_int_equal(identity_evictions(id), 0);
}

/* What stands between a living process and init stays, so that a double fork does not cut the lineage. */
static void test_ancestors_stay(void **state)
{
	struct rec_task parent = task_of(10, 5, 1, 1), child = task_of(11, 6, 10, 5);
	const struct process *p;

	(void)state;
	feed_exec(REC_EXEC, parent, "/bin/sh");
	feed_fork(child);
	feed_exit(parent, 1);
	identity_tick(id, 100 * SECOND);
	p = identity_parent(id, identity_process(id, 11, 6));
	assert_non_null(p);
	assert_true(slice_eq(p->path, SLICE("/bin/sh")));
	feed_exit(child, 200 * SECOND);
	identity_tick(id, 300 * SECOND);
	identity_tick(id, 300 * SECOND);
	expect_path(11, 6, NULL);
	expect_path(10, 5, NULL);
}

static void test_pid_reuse(void **state)
{
	struct rec_task t = task_of(10, 5 * SECOND, 1, 1);

	(void)state;
	feed_exec(REC_EXEC, t, "/bin/old");
	feed_exit(t, 9 * SECOND);
	feed_exec(REC_EXEC, task_of(10, 12 * SECOND, 1, 1), "/bin/new");
	expect_path(10, 5 * SECOND, "/bin/old");
	expect_path(10, 12 * SECOND, "/bin/new");
	expect_path(10, 0, "/bin/new"); /* start unknown: the latest */
	expect_path(10, 8 * SECOND, NULL);
}

/* /proc knows the start in ticks of 10 ms; the kernel's records in nanoseconds. */
static void test_coarse_start(void **state)
{
	uint64_t exact = 12345678912345ull, coarse = exact / 10000000 * 10000000;
	struct rec_task t = task_of(10, exact, 1, 1);

	(void)state;
	feed_exec(REC_PROC, task_of(10, coarse, 1, 1), "/bin/proc");
	expect_path(10, exact, "/bin/proc");
	assert_true(identity_process(id, 10, exact)->from_proc);
	expect_path(10, exact + 20000000, NULL);
	expect_path(10, exact - 20000000, NULL);
	feed_exec(REC_EXEC, t, "/bin/kernel");
	expect_path(10, exact, "/bin/kernel");
	assert_false(identity_process(id, 10, exact)->from_proc);
	assert_int_equal(identity_process(id, 10, coarse)->start_ns, exact);
	/* What the kernel told is not overwritten by a later look at /proc. */
	feed_exec(REC_PROC, task_of(10, coarse, 1, 1), "/bin/late");
	expect_path(10, exact, "/bin/kernel");
}

static void test_eviction(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= IDENTITY_PROCESSES_MAX; i++)
		feed_fork(task_of(i, i, i / 2, i / 2));
	assert_int_equal(identity_evictions(id), 0);
	feed_exit(task_of(30000, 30000, 0, 0), 1);
	feed_exit(task_of(20000, 20000, 0, 0), 2);
	feed_fork(task_of(100001, 1, 0, 0));
	assert_null(identity_process(id, 30000, 30000)); /* ended first, goes first */
	assert_non_null(identity_process(id, 20000, 20000));
	feed_fork(task_of(100002, 1, 0, 0));
	assert_null(identity_process(id, 20000, 20000));
	assert_non_null(identity_process(id, 1, 1));
	feed_fork(task_of(100003, 1, 0, 0));
	assert_null(identity_process(id, 1, 1)); /* none ended: the oldest living one */
	assert_non_null(identity_process(id, 2, 2));
	assert_null(identity_parent(id, identity_process(id, 2, 2)));
	assert_int_equal(identity_evictions(id), 3);
}

/* Long arguments of many processes are bounded together, not only one by one. */
static void test_memory_bound(void **state)
{
	struct rec_exec *r = calloc(1, sizeof(*r) + 8192);

	(void)state;
	r->hdr.type = REC_EXEC;
	r->path_len = r->args_len = 4096;
	for (uint32_t i = 1; i < 8000; i++) {
		r->task = task_of(i, i, 0, 0);
		assert_int_equal(identity_exec(id, r), 0);
	}
	assert_true(identity_evictions(id) > 1000);
	assert_non_null(identity_process(id, 7999, 7999));
	free(r);
}

static void test_users(void **state)
{
	(void)state;
	assert_false(identity_user_known(id, 0));
	assert_null(identity_user_name(id, 0).ptr);
	assert_int_equal(identity_user(id, 0, SLICE("root")), 0);
	assert_int_equal(identity_user(id, 77, SLICE_NONE), 0);
	assert_true(slice_eq(identity_user_name(id, 0), SLICE("root")));
	assert_true(identity_user_known(id, 77));
	assert_null(identity_user_name(id, 77).ptr);
	assert_int_equal(identity_user(id, 0, SLICE("toor")), 0);
	assert_true(slice_eq(identity_user_name(id, 0), SLICE("toor")));
	for (uint32_t uid = 1000; uid < 50000; uid++)
		assert_int_equal(identity_user(id, uid, SLICE("x")), 0);
	assert_false(identity_user_known(id, 0));
	assert_true(identity_user_known(id, 49999));
}

/* ---- the real /proc and the real users ---- */

static int feed_seed(void *ctx, struct slice record)
{
	const struct rec_exec *r = (const void *)record.ptr;

	++*(unsigned *)ctx;
	if (r->hdr.type == REC_CGROUP)
		return 0;
	assert_int_equal(r->hdr.type, REC_PROC);
	assert_int_equal(r->hdr.size, record.len);
	assert_int_equal(identity_exec(id, r), 0);
	return 0;
}

static int stop_at_once(void *ctx, struct slice record)
{
	(void)record;
	++*(unsigned *)ctx;
	return -42;
}

static void test_seed(void **state)
{
	const struct process *p;
	unsigned n = 0;
	char exe[4096];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe));

	(void)state;
	assert_int_equal(identity_seed(feed_seed, &n), 0);
	assert_true(n >= 1);
	p = identity_process(id, (uint32_t)getpid(), 0);
	assert_non_null(p);
	assert_true(p->from_proc && p->known);
	assert_int_equal(p->uid, getuid());
	assert_int_equal(p->ppid, getppid());
	assert_int_equal(p->sid, getsid(0));
	assert_true(slice_eq(p->path, slice_mem(exe, (size_t)len)));
	assert_true(p->args.len > 0 && p->cwd.len > 0 && p->start_ns > 0);
	assert_non_null(identity_parent(id, p));
	n = 0;
	assert_int_equal(identity_seed(stop_at_once, &n), -42);
	assert_int_equal(n, 1);
}

static void test_user_record(void **state)
{
	const struct rec_user *r;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(identity_user_record(0, &b, 5), 0);
	r = (const void *)b.ptr;
	assert_int_equal(r->hdr.type, REC_USER);
	assert_int_equal(r->hdr.ts_ns, 5);
	assert_int_equal(r->uid, 0);
	assert_true(slice_eq(slice_mem(r->data, r->name_len), SLICE("root")));
	assert_int_equal(identity_user_record(3999999999u, &b, 5), 0);
	r = (const void *)b.ptr;
	assert_int_equal(r->name_len, 0);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fork_inherits_until_exec, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec_of_a_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exit_lingers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ancestors_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pid_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_coarse_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_eviction, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user_record, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
