// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/formats.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fetch.h"

static const struct {
	size_t at;
	const char *magic;
	size_t len;
	const char *system;
} formats[] = {
	{ 0, NULL, 0, NULL },
	{ 0, "SQLite format 3", 16, "sqlite" },
	{ 8, "DUCK", 4, "duckdb" },
};

uint16_t format_of(const char head[FORMAT_BYTES])
{
	for (uint16_t i = 1; i < ARRAY_SIZE(formats); i++)
		if (!memcmp(head + formats[i].at, formats[i].magic, formats[i].len))
			return i;
	return 0;
}

const char *format_system(uint16_t format)
{
	return format < ARRAY_SIZE(formats) ? formats[format].system : NULL;
}

static bool starts_as_database(uint32_t pid, const char *path)
{
	struct fetch q = { .what = FETCH_OPEN, .path = path, .max = FORMAT_BYTES, .pid = pid };
	char head[FORMAT_BYTES];
	struct fetched f;
	bool does;

	if (fetch(&q, &f))
		return false;
	does = pread(f.content, head, sizeof(head), 0) == (ssize_t)sizeof(head) && format_of(head);
	fetched_done(&f);
	return does;
}

/* As the process sees it; when it is gone, as we do. */
static bool is_database(uint32_t pid, struct slice path)
{
	char name[4200];
	struct stat st;
	int r;

	if (snprintf(name, sizeof(name), "/proc/%u/root%.*s", pid, (int)path.len, path.ptr) >= (int)sizeof(name))
		return false;
	if (starts_as_database(pid, name))
		return true;
	r = fetch_stat(pid, name, &st);
	return r && !fetch_unknown(r) && starts_as_database(pid, name + strlen(name) - path.len);
}

bool format_is_database(uint32_t pid, struct slice path)
{
	static const struct slice beside[] = { SLICE_INIT("-journal"), SLICE_INIT("-wal"), SLICE_INIT("-shm") };

	for (size_t i = 0; i < ARRAY_SIZE(beside); i++)
		if (slice_ends(path, beside[i]))
			path.len -= beside[i].len;
	return path.len && *path.ptr == '/' && is_database(pid, path);
}
