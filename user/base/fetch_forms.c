// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Questions that are put often, in the form in which they are. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fetch.h"

void fetched_done(struct fetched *f)
{
	if (f->content >= 0 && f->content != f->fd)
		close(f->content);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = f->content = -1;
}

bool fetch_unknown(int r)
{
	return r == -ETIMEDOUT || r == -EBUSY || r == -EINPROGRESS;
}

int fetch_stat(uint32_t pid, const char *path, struct stat *ret)
{
	struct fetch q = { .what = FETCH_STAT, .path = path, .pid = pid };
	struct fetched f;
	int r = fetch(&q, &f);

	if (!r)
		*ret = f.st;
	return r;
}

int fetch_proc(uint32_t pid, const char *name)
{
	char path[64];
	struct fetch q = { .what = FETCH_TEXT, .path = path, .pid = pid };
	struct fetched f;
	int r;

	snprintf(path, sizeof(path), "/proc/%u/%.32s", pid, name);
	r = fetch(&q, &f);
	return r ? r : f.fd;
}
