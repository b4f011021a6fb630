// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* base/fetch.h: questions put to children, of whom some are made to stand still; and base/mounts.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fetch.h"
#include "base/mounts.h"

#include "tree.inc.c"

#define TEXT "what stands in it"
#define MANY 3

struct test {
	const char *folder;
	char file[64];
	int calls, r;
	char text[64];
	char tag[8];
};

/* Our children, by what /proc says of each process. */
static size_t children(pid_t *pids, size_t max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(d)) && n < max) {
		char name[300], comm[32], state;
		int ppid, pid;
		FILE *f;

		snprintf(name, sizeof(name), "/proc/%s/stat", e->d_name);
		f = atoi(e->d_name) > 0 ? fopen(name, "re") : NULL;
		if (f && fscanf(f, "%d (%31[^)]) %c %d", &pid, comm, &state, &ppid) == 4 && state != 'Z' && ppid == getpid() &&
		    !strcmp(comm, "qprov-fetch"))
			pids[n++] = pid;
		if (f)
			fclose(f);
	}
	closedir(d);
	return n;
}

static int setup(void **state)
{
	struct test *t = calloc(1, sizeof(*t));
	pid_t pids[FETCH_CHILDREN_MAX];
	struct stat st;
	FILE *f;

	t->folder = tree_make();
	assert_non_null(t->folder);
	snprintf(t->file, sizeof(t->file), "%s/file", t->folder);
	f = fopen(t->file, "we");
	fputs(TEXT, f);
	fclose(f);
	while (children(pids, ARRAY_SIZE(pids))) /* of the test before, which are ending */
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	fetch_patience(10000);
	assert_int_equal(fetch_start(true), 0);
	assert_int_equal(fetch_stat(0, t->file, &st), 0); /* the child has begun */
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct test *t = *state;

	fetch_stop();
	free(t);
	return tree_remove(NULL);
}

static void text_of(int fd, char *to, size_t size)
{
	ssize_t n = pread(fd, to, size - 1, 0);

	to[n > 0 ? n : 0] = 0;
}

static void answered(void **state)
{
	struct test *t = *state;
	struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1 };
	char text[4096];
	struct fetched f;
	struct stat st;
	int fd;

	assert_int_equal(fetch(&q, &f), 0);
	text_of(f.content, text, sizeof(text));
	assert_string_equal(text, TEXT);
	assert_int_equal(f.st.st_size, strlen(TEXT));
	fetched_done(&f);
	assert_int_equal(f.fd, -1);
	q.what = FETCH_LIST;
	q.path = t->folder;
	assert_int_equal(fetch(&q, &f), 0);
	assert_int_equal(pread(f.fd, text, sizeof(text), 0), strlen(".") + strlen("..") + strlen("file") + 3);
	fetched_done(&f);
	assert_int_equal(fetch_stat((uint32_t)getpid(), t->file, &st), 0);
	assert_int_equal(st.st_size, strlen(TEXT));
	fd = fetch_proc((uint32_t)getpid(), "cmdline");
	text_of(fd, text, sizeof(text));
	assert_non_null(strstr(text, "test_fetch"));
	close(fd);
}

static void refused(void **state)
{
	struct test *t = *state;
	struct fetch q = { .what = FETCH_OPEN, .path = t->folder, .max = 1024 };
	char path[FETCH_PATH_MAX + 2];
	struct fetched f;
	struct stat st;

	assert_int_equal(fetch(&q, &f), -EISDIR);
	q.path = "/dev/null";
	assert_int_equal(fetch(&q, &f), -EINVAL);
	assert_int_equal(fetch_stat(0, "/nowhere", &st), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_int_equal(fetch_stat(0, path, &st), -ENAMETOOLONG);
}

static void on_late(void *ctx, const void *tag, int r, struct fetched *f)
{
	struct test *t = ctx;

	t->calls++;
	t->r = r;
	if (f)
		text_of(f->content, t->text, sizeof(t->text));
	memcpy(t->tag, tag, sizeof(t->tag) - 1);
}

static void drain(struct test *t, int calls)
{
	for (int i = 0; i < 1000 && t->calls < calls; i++) {
		fetch_drain(0);
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	assert_int_equal(t->calls, calls);
}

/* What is open now is no longer only slow. */
static void still_now(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 250000000 }, NULL);
}

/* One who makes us wait makes nobody else wait; his answer comes when it comes. */
static void late(void **state)
{
	struct test *t = *state;
	struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1 };
	pid_t pids[FETCH_CHILDREN_MAX];
	struct fetched f;
	struct stat st;

	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 1);
	kill(pids[0], SIGSTOP);
	fetch_patience(1);
	assert_int_equal(fetch_or_later(&q, &f, on_late, t, SLICE("first..")), -EINPROGRESS);
	still_now();
	assert_int_equal(fetch_or_later(&q, &f, on_late, t, SLICE("second.")), -EINPROGRESS);
	still_now();
	assert_int_equal(fetch(&q, &f), -ETIMEDOUT); /* he waits already, and so this does not */
	fetch_patience(10000);
	assert_int_equal(fetch_stat((uint32_t)getpid(), t->file, &st), 0); /* another one of us */
	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 2);
	assert_int_equal(t->calls, 0);
	fetch_drain(UINT64_MAX); /* long after */
	assert_int_equal(t->calls, 2);
	assert_int_equal(t->r, -ETIMEDOUT);
	fetch_drain(UINT64_MAX);
	assert_int_equal(t->calls, 2); /* told once */
	for (size_t i = 0; i < 2; i++)
		kill(pids[i], SIGCONT);
	drain(t, 4);
	assert_int_equal(t->r, 0);
	assert_string_equal(t->text, TEXT);
	assert_string_equal(t->tag, "second.");
}

/* What was slow and has answered is free again at the next question, and its answer waits until it is asked for. */
static void slow(void **state)
{
	struct test *t = *state;
	struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1 };
	pid_t pids[FETCH_CHILDREN_MAX];
	struct fetched f;

	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 1);
	kill(pids[0], SIGSTOP);
	fetch_patience(1);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(fetch_or_later(&q, &f, on_late, t, SLICE("tagged.")), -EINPROGRESS);
		still_now();
	}
	kill(pids[0], SIGCONT);
	still_now();
	fetch_patience(10000);
	assert_int_equal(fetch(&q, &f), 0);
	fetched_done(&f);
	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 1);
	assert_true(fetch_ready());
	assert_int_equal(t->calls, 0);
	fetch_drain(0);
	assert_false(fetch_ready());
	assert_int_equal(t->calls, MANY);
}

/* A user gets no more than his share of children, whatever he makes wait. */
static void share(void **state)
{
	struct test *t = *state;
	pid_t pids[FETCH_CHILDREN_MAX];
	struct fetched f;
	unsigned busy = 0;
	int r;

	fetch_patience(1);
	for (unsigned i = 0; i < FETCH_CHILDREN_OF_ONE + MANY; i++) {
		struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1, .dev = i + 1 };
		size_t n = children(pids, ARRAY_SIZE(pids));

		for (size_t k = 0; k < n; k++)
			kill(pids[k], SIGSTOP);
		r = fetch_or_later(&q, &f, on_late, t, SLICE("tagged."));
		busy += r == -EINPROGRESS;
		if (!r)
			fetched_done(&f);
	}
	assert_true(busy >= FETCH_CHILDREN_OF_ONE);
	assert_true(children(pids, ARRAY_SIZE(pids)) <= FETCH_CHILDREN_OF_ONE);
	for (unsigned i = 0; i < 2 * FETCH_CHILDREN_OF_ONE * FETCH_OPEN_MAX; i++) {
		struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1, .dev = 1 };

		r = fetch_or_later(&q, &f, on_late, t, SLICE("tagged."));
	}
	assert_int_equal(r, -EBUSY);
}

static void died(void **state)
{
	struct test *t = *state;
	struct fetch q = { .what = FETCH_OPEN, .path = t->file, .max = 1024, .user = 1 };
	pid_t pids[FETCH_CHILDREN_MAX];
	struct fetched f;

	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 1);
	kill(pids[0], SIGSTOP);
	fetch_patience(1);
	assert_int_equal(fetch_or_later(&q, &f, on_late, t, SLICE("tagged.")), -EINPROGRESS);
	kill(pids[0], SIGKILL);
	drain(t, 1);
	assert_int_equal(t->r, -EIO);
	fetch_patience(10000);
	assert_int_equal(fetch(&q, &f), 0); /* another child */
	fetched_done(&f);
	assert_int_equal(children(pids, ARRAY_SIZE(pids)), 1);
	kill(pids[0], SIGKILL); /* one that is free */
	while (children(pids, ARRAY_SIZE(pids)))
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	assert_int_equal(fetch(&q, &f), 0);
	fetched_done(&f);
}

static void without_children(void **state)
{
	struct test *t = *state;
	struct stat st;

	fetch_stop();
	assert_int_equal(fetch_stat(0, t->file, &st), 0);
	assert_int_equal(fetch_stat(0, "/nowhere", &st), -ENOENT);
}

static void devices(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc/self", &st), 0);
	assert_true(mounts_local(major(st.st_dev), minor(st.st_dev)));
	assert_false(mounts_users_fuse(major(st.st_dev), minor(st.st_dev)));
	assert_false(mounts_local(0, 999999)); /* not in our list: it may be anything */
	assert_true(mounts_local(8, 999999));  /* a disk */
	mounts_done();
	assert_true(mounts_local(major(st.st_dev), minor(st.st_dev)));
	mounts_done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answered, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(late, setup, teardown),
		cmocka_unit_test_setup_teardown(slow, setup, teardown),
		cmocka_unit_test_setup_teardown(share, setup, teardown),
		cmocka_unit_test_setup_teardown(died, setup, teardown),
		cmocka_unit_test_setup_teardown(without_children, setup, teardown),
		cmocka_unit_test(devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
