// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/config.h"
#include "sink/sink.h"

#include "tree.inc.c"

static char path[128];
static uint32_t owner; /* of a file that somebody else writes */

static int setup(void **state)
{
	(void)state;
	if (!tree_make())
		return -1;
	snprintf(path, sizeof(path), "%s/events.json", tree_dir);
	return 0;
}

static struct sinks *open_file(const char *name, uint64_t max, unsigned keep)
{
	struct config_sink c = { CONFIG_SINK_FILE, slice_cstr(name), max, keep };
	struct sinks *s = NULL;
	struct slice which;

	assert_int_equal(sinks_open(&c, 1, &s, &which, &owner), 0);
	return s;
}

/* The content of path, or of path.n. */
static void expect_file(int n, const char *want)
{
	struct buf b;
	char name[160];

	snprintf(name, sizeof(name), n ? "%s.%d" : "%s", path, n);
	buf_init(&b, 65536);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, name), 0);
	buf_addc(&b, 0);
	assert_string_equal(b.ptr, want);
	buf_done(&b);
}

static void expect_lost(struct sinks *s, uint64_t n, int err)
{
	const char *why = NULL;

	assert_int_equal(sinks_lost(s, &why), n);
	assert_string_equal(why, err ? strerror(err) : "");
}

static void test_file(void **state)
{
	struct sinks *s = open_file(path, 1 << 20, 3);
	struct stat st;

	(void)state;
	assert_int_equal(sinks_write(s, SLICE("{\"a\":1}\n{\"b\":2}\n")), 0);
	sinks_sync(s);
	expect_lost(s, 0, 0);
	sinks_free(s);
	expect_file(0, "{\"a\":1}\n{\"b\":2}\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	s = open_file(path, 1 << 20, 3);
	assert_int_equal(sinks_write(s, SLICE("{}\n")), 0);
	sinks_free(s);
	expect_file(0, "{\"a\":1}\n{\"b\":2}\n{}\n");
}

static void test_rotation(void **state)
{
	struct sinks *s = open_file(path, 8, 2);

	(void)state;
	assert_int_equal(sinks_write(s, SLICE("1111\n2222\n3333\n4444\n")), 0);
	expect_file(0, "4444\n");
	expect_file(1, "3333\n");
	expect_file(2, "2222\n");
	assert_int_equal(sinks_write(s, SLICE("55\n")), 0);
	expect_file(0, "4444\n55\n");
	/* A line longer than the size still goes out, in a file of its own. */
	assert_int_equal(sinks_write(s, SLICE("0123456789\n6\n")), 0);
	expect_file(0, "6\n");
	expect_file(1, "0123456789\n");
	expect_file(2, "4444\n55\n");
	expect_lost(s, 0, 0);
	sinks_free(s);
}

static void test_keep_nothing(void **state)
{
	struct sinks *s = open_file(path, 8, 0);

	(void)state;
	assert_int_equal(sinks_write(s, SLICE("1111\n2222\n")), 0);
	expect_file(0, "2222\n");
	sinks_free(s);
}

static void test_torn_before_start(void **state)
{
	FILE *f = fopen(path, "w");
	struct sinks *s;

	(void)state;
	fputs("{\"half", f);
	fclose(f);
	s = open_file(path, 1 << 20, 1);
	assert_int_equal(sinks_write(s, SLICE("{}\n")), 0);
	sinks_free(s);
	expect_file(0, "{\"half\n{}\n");
}

/* The file size limit stands for a disk that fills up within a line and has room again later. */
static void test_torn_by_full_disk(void **state)
{
	struct sinks *s = open_file(path, 1 << 20, 1);
	struct rlimit old, small;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ 6, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(sinks_write(s, SLICE("111\n2222\n3\n")), 0);
	setrlimit(RLIMIT_FSIZE, &old);
	expect_lost(s, 2, EFBIG);
	assert_int_equal(sinks_write(s, SLICE("4\n")), 0);
	expect_lost(s, 0, 0);
	expect_file(0, "111\n22\n4\n");
	sinks_free(s);
}

static void test_full_disk(void **state)
{
	struct sinks *s = open_file("/dev/full", 8, 1);

	(void)state;
	assert_int_equal(sinks_write(s, SLICE("1\n2\n3\n")), 0);
	expect_lost(s, 3, ENOSPC);
	expect_lost(s, 0, 0);
	assert_int_equal(sinks_write(s, SLICE("4\n")), 0);
	expect_lost(s, 1, ENOSPC);
	sinks_sync(s);
	sinks_free(s);
}

static void test_moved_away(void **state)
{
	struct sinks *s = open_file(path, 1 << 20, 1);
	struct slice which = SLICE_NONE;
	char to[160];

	(void)state;
	snprintf(to, sizeof(to), "%s.5", path);
	assert_int_equal(sinks_check(s, &which), SINK_SAME);
	assert_int_equal(sinks_write(s, SLICE("1\n")), 0);
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(sinks_check(s, &which), SINK_MOVED);
	assert_true(slice_eq(which, slice_cstr(path)));
	assert_int_equal(sinks_check(s, &which), SINK_SAME);
	assert_int_equal(sinks_write(s, SLICE("2\n")), 0);
	expect_file(5, "1\n");
	expect_file(0, "2\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sinks_check(s, &which), SINK_REMOVED);
	assert_int_equal(sinks_write(s, SLICE("a longer line\n")), 0);
	assert_int_equal(truncate(path, 3), 0); /* within the line */
	assert_int_equal(sinks_check(s, &which), SINK_TRUNCATED);
	assert_int_equal(sinks_check(s, &which), SINK_SAME);
	assert_int_equal(sinks_write(s, SLICE("3\n")), 0);
	expect_file(0, "a l\n3\n");
	/* Without a folder there is no new file: told once, and the old one is written on. */
	assert_int_equal(unlink(path), 0);
	snprintf(to, sizeof(to), "%s-away", tree_dir);
	assert_int_equal(rename(tree_dir, to), 0);
	assert_int_equal(sinks_check(s, &which), SINK_REMOVED);
	assert_int_equal(sinks_check(s, &which), SINK_SAME);
	assert_int_equal(rename(to, tree_dir), 0);
	assert_int_equal(sinks_check(s, &which), SINK_REMOVED);
	assert_int_equal(sinks_check(s, &which), SINK_SAME);
	sinks_free(s);
}

static void test_refused(void **state)
{
	struct config_sink c[] = { { CONFIG_SINK_STDOUT, SLICE_NONE, 0, 0 }, { CONFIG_SINK_FILE, SLICE_INIT("/no/such/dir/x"), 8, 1 } };
	struct slice which = SLICE_NONE;
	struct sinks *s = NULL;

	(void)state;
	assert_int_equal(sinks_open(c, 2, &s, &which, &owner), -ENOENT);
	assert_true(slice_eq(which, SLICE("/no/such/dir/x")));
	assert_null(s);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	c[1].path = slice_cstr(path);
	assert_int_equal(sinks_open(c, 2, &s, &which, &owner), -ELOOP);
}

/* Two agents with one file: the second one is told who writes it; when that is gone it may. */
static void test_owned(void **state)
{
	struct config_sink c = { CONFIG_SINK_FILE, slice_cstr(path), 1 << 20, 1 };
	struct sinks *first = open_file(path, 1 << 20, 1), *s = NULL;
	struct slice which;

	(void)state;
	assert_int_equal(sinks_open(&c, 1, &s, &which, &owner), -EBUSY);
	assert_null(s);
	assert_int_equal(owner, getpid());
	assert_true(slice_eq(which, slice_cstr(path)));
	assert_int_equal(sinks_write(first, SLICE("1\n")), 0);
	sinks_free(first);
	s = open_file(path, 1 << 20, 1);
	assert_int_equal(sinks_write(s, SLICE("2\n")), 0);
	expect_file(0, "1\n2\n");
	sinks_free(s);
}

/* stdout as a pipe whose reader is gone; the file beside it still gets its lines. */
static void test_closed_pipe(void **state)
{
	struct config_sink c[] = { { CONFIG_SINK_STDOUT, SLICE_NONE, 0, 0 }, { CONFIG_SINK_FILE, slice_cstr(path), 1 << 20, 1 } };
	int saved = dup(STDOUT_FILENO), p[2];
	struct sinks *s = NULL;
	struct slice which;
	int r1, r2;
	char got[8];
	ssize_t n;

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDOUT_FILENO);
	close(p[1]);
	r1 = sinks_open(c, 2, &s, &which, &owner);
	if (r1 == 0)
		r1 = sinks_write(s, SLICE("1\n"));
	n = read(p[0], got, sizeof(got));
	close(p[0]);
	r2 = sinks_write(s, SLICE("2\n"));
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(r1, 0);
	assert_int_equal(n, 2);
	assert_int_equal(r2, -EPIPE);
	expect_lost(s, 1, EPIPE);
	assert_int_equal(sinks_write(s, SLICE("3\n")), -EPIPE);
	sinks_free(s);
	expect_file(0, "1\n2\n3\n");
}

/* A reader that sleeps: lines are lost and counted, and what follows starts on a line of its own. */
static void test_stalled_pipe(void **state)
{
	int saved = dup(STDOUT_FILENO), p[2];
	static char line[8000], all[1 << 17];
	struct sinks *s = NULL;
	struct slice which;
	const char *why;
	uint64_t lost;
	ssize_t n, tail;
	int r;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	fflush(stdout);
	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDOUT_FILENO);
	close(p[1]);
	r = sinks_open(NULL, 0, &s, &which, &owner);
	for (int i = 0; r == 0 && i < 20; i++)
		r = sinks_write(s, slice_mem(line, sizeof(line)));
	lost = sinks_lost(s, &why);
	n = read(p[0], all, sizeof(all));
	if (r == 0)
		r = sinks_write(s, SLICE("end\n"));
	tail = read(p[0], all + n, 16);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(p[0]);
	assert_int_equal(r, 0);
	assert_true(lost > 0 && lost < 20);
	assert_true(n > 0 && tail > 0);
	assert_memory_equal(all + n + tail - 5, "\nend\n", 5);
	sinks_free(s);
}

/* One that takes a line only now and then: most lines are lost, and counted, instead of each being waited for. */
static void test_slow_pipe(void **state)
{
	enum { LINES = 40, PAUSE_NS = 300000000 };
	static char line[4096], sink[4096];
	int fds[2], saved = dup(STDOUT_FILENO), r, took;
	struct timespec begin, end;
	struct sinks *s = NULL;
	struct slice which;
	const char *why;
	pid_t reader;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(pipe(fds), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, sizeof(line)) > 0);
	reader = fork();
	if (reader == 0) {
		close(fds[1]);
		while (read(fds[0], sink, sizeof(sink)) > 0)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		_exit(0);
	}
	close(fds[0]);
	fflush(stdout);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[1]);
	r = sinks_open(NULL, 0, &s, &which, &owner);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < LINES && s; i++)
		sinks_write(s, slice_mem(line, sizeof(line)));
	clock_gettime(CLOCK_MONOTONIC, &end);
	took = (int)(end.tv_sec - begin.tv_sec);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(r, 0);
	assert_in_range(took, 0, 7); /* of the 12 s that the reader needs for all */
	assert_true(sinks_lost(s, &why) > 10);
	sinks_free(s);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_rotation, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_keep_nothing, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_torn_before_start, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_torn_by_full_disk, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_full_disk, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_moved_away, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_owned, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_refused, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_closed_pipe, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_stalled_pipe, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_slow_pipe, setup, tree_remove),
	};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
