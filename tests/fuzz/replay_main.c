// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Replays files and folders through a fuzz target without libFuzzer: the corpus is part of the ordinary test run. Every
 * input also runs at every length up to TRUNCATIONS, from a heap block of exactly its size, so that ASan sees one byte too far.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TRUNCATIONS 512
#define FILE_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

static int run_input(const uint8_t *data, size_t size)
{
	size_t cuts = size < TRUNCATIONS ? size : TRUNCATIONS;
	int r = run_exact(data, size);

	for (size_t n = 0; n < cuts && !r; n++)
		r = run_exact(data, n);
	return r;
}

static int run_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	int r;

	if (!f)
		return -errno;
	data = malloc(size ? size : 1);
	if (!data) {
		fclose(f);
		return -ENOMEM;
	}
	size = fread(data, 1, size, f);
	fclose(f);
	r = run_input(data, size);
	free(data);
	return r;
}

static int run_path(const char *path, unsigned *count);

static int run_folder(const char *path, unsigned *count)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char child[4096];
	int r = 0;

	if (!d)
		return -errno;
	while (!r && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", path, e->d_name) >= (int)sizeof(child))
			r = -ENAMETOOLONG;
		else
			r = run_path(child, count);
	}
	closedir(d);
	return r;
}

static int run_path(const char *path, unsigned *count)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return run_folder(path, count);
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	(*count)++;
	return run_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		int r = run_path(argv[i], &count);

		if (r) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 1;
		}
	}
	printf("%u inputs\n", count);
	return count ? 0 : 1;
}
