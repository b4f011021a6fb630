// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * held_page WHAT: a call of SQLite with a pointer into a page that nobody ever fills (userfaultfd; a file on a FUSE mount of one's own does
 * the same without any privilege). Says "held" when the page was asked for, and stays. WHAT: text, end (the last page of a long one),
 * handle.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

enum { PAGE = 4096, LONG = 32 * PAGE };

static const char *what;
static char *pages; /* LONG bytes, then the held page */

static void *call(void *unused)
{
	sqlite3_stmt *st;
	sqlite3 *db;

	sqlite3_open(":memory:", &db);
	if (!strcmp(what, "text"))
		sqlite3_prepare_v2(db, pages + LONG, -1, &st, NULL);
	else if (!strcmp(what, "end"))
		sqlite3_prepare_v2(db, pages, LONG + PAGE, &st, NULL);
	else
		sqlite3_finalize((sqlite3_stmt *)(pages + LONG));
	return unused;
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffd_msg msg;
	pthread_t thread;

	what = argc == 2 ? argv[1] : "text";
	pages = mmap(NULL, LONG + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || pages == MAP_FAILED || ioctl(fd, UFFDIO_API, &api)) {
		perror("userfaultfd");
		return 2;
	}
	memset(pages, ' ', LONG);
	range.range.start = (unsigned long)(pages + LONG);
	range.range.len = PAGE;
	if (ioctl(fd, UFFDIO_REGISTER, &range)) {
		perror("UFFDIO_REGISTER");
		return 2;
	}
	pthread_create(&thread, NULL, call, NULL);
	if (read(fd, &msg, sizeof(msg)) != sizeof(msg))
		return 2;
	puts("held");
	fflush(stdout);
	pause();
	return 0;
}
