// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What opening and closing a file costs: for reading, for writing, for writing by a process that has queried (beyond the number that is
 * told in a second, and within it). argv: a file. "name ns" a line.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define TIMES 5000
#define TOLD 30 /* below OPENS_A_SECOND of bpf/open.h */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double once(const char *path, int flags, unsigned times)
{
	uint64_t began = now_ns();

	for (unsigned i = 0; i < times; i++) {
		int fd = open(path, flags | O_CLOEXEC);

		if (fd < 0 || close(fd))
			exit(1);
	}
	return (double)(now_ns() - began) / times;
}

/* pause: so long before each round that the second of the one before is over. */
static void measure(const char *name, const char *path, int flags, unsigned times, const struct timespec *pause)
{
	double least = 1e18;

	for (unsigned i = 0; i < ROUNDS; i++) {
		double t;

		if (pause)
			nanosleep(pause, NULL);
		t = once(path, flags, times);
		if (t < least)
			least = t;
	}
	printf("%s %.1f\n", name, least);
	fflush(stdout);
}

static void query(void)
{
	sqlite3 *db;
	sqlite3_stmt *s;

	if (sqlite3_open(":memory:", &db) || sqlite3_prepare_v2(db, "SELECT 1", -1, &s, NULL))
		exit(1);
	(void)sqlite3_step(s);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	static const struct timespec second = { .tv_sec = 1, .tv_nsec = 100000000 };

	if (argc != 2)
		return 2;
	measure("read", argv[1], O_RDONLY, TIMES, NULL);
	measure("write", argv[1], O_WRONLY, TIMES, NULL);
	query();
	measure("client-told", argv[1], O_WRONLY, TOLD, &second);
	measure("client-beyond", argv[1], O_WRONLY, TIMES, NULL);
	return 0;
}
