// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names chosen by others: nothing but a regular file is ever opened, and no opening waits. */
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
#include <sys/inotify.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/regular.h"

#include "tree.inc.c"

static char path[128];

static int setup(void **state)
{
	(void)state;
	if (!tree_make())
		return -1;
	snprintf(path, sizeof(path), "%s/name", tree_dir);
	return 0;
}

static void write_file(const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void test_file(void **state)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	char text[8];

	(void)state;
	write_file("hello");
	fd = open_regular(AT_FDCWD, path, O_NOFOLLOW, &st);
	assert_true(fd >= 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
}

/* Not even for a moment: an inotify watch sees every opening. */
static void test_fifo_untouched(void **state)
{
	_cleanup_close_ int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char event[512];
	struct buf b;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	assert_int_equal(open_regular(AT_FDCWD, path, 0, NULL), -EINVAL);
	buf_init(&b, 100);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, path), -EINVAL);
	assert_int_equal(read(watch, event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	buf_done(&b);
}

static void test_others(void **state)
{
	(void)state;
	assert_int_equal(open_regular(AT_FDCWD, path, 0, NULL), -ENOENT);
	assert_int_equal(open_regular(AT_FDCWD, tree_dir, 0, NULL), -EISDIR);
	assert_int_equal(symlink("/dev/ptmx", path), 0);
	assert_int_equal(open_regular(AT_FDCWD, path, 0, NULL), -EINVAL);
	assert_int_equal(open_regular(AT_FDCWD, path, O_NOFOLLOW, NULL), -ELOOP);
}

/* The owner of a file may hold a lease on it: whoever opens it then would wait up to 45 s. */
static void test_lease(void **state)
{
	_cleanup_close_ int fd = -1;

	(void)state;
	write_file("x");
	fd = open(path, O_RDWR | O_CLOEXEC);
	signal(SIGIO, SIG_IGN);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	assert_int_equal(open_regular(AT_FDCWD, path, 0, NULL), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_fifo_untouched, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_others, setup, tree_remove),
		cmocka_unit_test_setup_teardown(test_lease, setup, tree_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
