// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Which container or application a process belongs to, from its control groups of all hierarchies and from its root folder. */
#include "identity/lookup_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/regular.h"
#include "decode/encode.h"
#include "identity/procfs.h"
#include "identity/sandbox.h"

#define INFO_MAX 16384

/* The root folder is whoever's made the namespace: no link is followed, nothing that could block is waited for. */
static size_t read_info(int dir, char text[INFO_MAX])
{
	_cleanup_close_ int fd = open_regular(dir, "root/.flatpak-info", O_NOFOLLOW, NULL);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, INFO_MAX);
	return n > 0 ? (size_t)n : 0;
}

int lookup_sandbox(const struct lookup_request *q, struct buf *out)
{
	struct rec_sandbox r = { .hdr = { .type = REC_SANDBOX }, .pid = q->pid, .start_ns = q->start_ns };
	struct flatpak_info info = { SLICE_NONE, SLICE_NONE };
	struct procfs p;
	int err = procfs_open(&p);
	_cleanup_close_ int dir = err ? -1 : procfs_dir(&p, q->pid);
	char text[INFO_MAX];

	if (dir < 0 || !procfs_same(&p, dir, q->start_ns)) {
		procfs_close(&p);
		return -ESRCH;
	}
	sandbox_parse_flatpak(slice_mem(text, read_info(dir, text)), &info);
	if (procfs_text(&p, dir, "cgroup")) {
		struct slice str[3] = { cgroup_choose(buf_slice(&p.text)), info.app, info.instance };

		r.hdr.ts_ns = boottime_ns();
		err = str[0].len || str[1].len ? encode_record(out, &r, str, 3) : -ENOENT;
	} else {
		err = -ESRCH;
	}
	procfs_close(&p);
	return err;
}
