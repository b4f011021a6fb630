// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Grace periods in a hurry: the kernel's file is 1 between begin and end only, also when the program is killed between them. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/hurry.h"

#define FILE_NAME "/sys/kernel/rcu_expedited"

static char value(void)
{
	int fd = open(FILE_NAME, O_RDONLY);
	char c = '?';

	if (fd >= 0) {
		assert_true(read(fd, &c, 1) <= 1);
		close(fd);
	}
	return c;
}

/* The agent and other tests may change it for a moment, too. */
static void becomes(char c)
{
	for (int i = 0; i < 5000 && value() != c; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_int_equal(value(), c);
}

static struct hurry *hurry(void)
{
	struct hurry *h = NULL;
	int r = hurry_new(&h);

	if (!r)
		return h;
	assert_null(h);
	assert_true(r == -ENOTSUP || geteuid() || r == -EROFS || r == -EACCES);
	skip();
	return NULL;
}

static void test_between(void **state)
{
	struct hurry *h = hurry();
	bool seen = false;

	(void)state;
	for (int i = 0; i < 100 && !seen; i++) {
		hurry_begin(h);
		seen = value() == '1';
		hurry_end(h);
		becomes('0');
	}
	assert_true(seen);
	hurry_free(h);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* the child is gone */
}

static void test_killed(void **state)
{
	struct hurry *h = hurry();
	int status;
	pid_t pid;

	(void)state;
	hurry_free(h);
	pid = fork();
	if (pid == 0) {
		if (hurry_new(&h))
			_exit(1);
		hurry_begin(h);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	becomes('0');
}

static void test_none(void **state)
{
	(void)state;
	hurry_begin(NULL);
	hurry_end(NULL);
	hurry_free(NULL);
}

/* A child that looks things up must not run before others. */
static void test_priority(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (hurry_priority(-8))
			_exit(geteuid() ? 0 : 1);
		if (getpriority(PRIO_PROCESS, 0) != -8 || sched_getscheduler(0) != (SCHED_OTHER | 0x40000000))
			_exit(2);
		pid = fork();
		if (pid == 0)
			_exit(getpriority(PRIO_PROCESS, 0) == 0 ? 0 : 3);
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
