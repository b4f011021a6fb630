// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The package of an executable. Only the host's own files have one: a container's file may be called the same and is another. */
#include "identity/lookup_answer.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "decode/encode.h"
#include "identity/packages.h"

#define LISTS "/var/lib/dpkg/info"

/*
 * The path leads, on the host, to the very file that was asked about. The device is only compared while the process lives: stat(2) and the
 * kernel differ on some file systems.
 */
static bool is_host_file(const char *path, const char *exe, const struct lookup_request *q)
{
	struct stat st, running;

	if (stat(path, &st) || st.st_ino != q->ino ||
	    (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec != q->ctime_ns)
		return false;
	return stat(exe, &running) || (running.st_dev == st.st_dev && running.st_ino == st.st_ino);
}

int lookup_package(const struct lookup_request *q, struct buf *out)
{
	static struct packages *packages; /* as long as the child lives */
	struct rec_package r = { .hdr = { .type = REC_PACKAGE }, .ino = q->ino, .ctime_ns = q->ctime_ns, .dev = q->dev };
	char exe[32], name[PACKAGES_NAME_MAX] = "";
	struct slice str;
	int err;

	snprintf(exe, sizeof(exe), "/proc/%u/exe", q->pid);
	if (!is_host_file(q->path, exe, q) || (!packages && packages_new(LISTS, &packages)))
		return -ESRCH;
	err = packages_owner(packages, slice_cstr(q->path), name);
	if (err && err != -ENOENT)
		return err;
	r.hdr.ts_ns = boottime_ns();
	str = slice_cstr(name);
	return encode_record(out, &r, &str, 1);
}
