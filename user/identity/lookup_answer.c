// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/lookup_answer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "decode/encode.h"
#include "identity/identity_seed.h"
#include "identity/procfs.h"

/* Jupyter's server names the notebook to its kernel. */
static int answer_claim(const struct lookup_request *q, struct buf *out)
{
	static const char key[] = "JPY_SESSION_NAME=";
	struct rec_claim r = { .hdr = { .type = REC_CLAIM, .ts_ns = boottime_ns() }, .pid = q->pid, .start_ns = q->start_ns };
	struct slice notebook = SLICE_NONE, rest;
	struct procfs p;
	int err = procfs_open(&p);
	_cleanup_close_ int dir = err ? -1 : procfs_dir(&p, q->pid);

	if (dir < 0 || !procfs_same(&p, dir, q->start_ns) || !procfs_text(&p, dir, "environ")) {
		procfs_close(&p);
		return -ESRCH;
	}
	for (rest = buf_slice(&p.text); rest.len; rest = slice_skip(rest, strnlen(rest.ptr, rest.len) + 1))
		if (slice_starts(rest, SLICE(key)))
			notebook = slice_skip(slice_head(rest, strnlen(rest.ptr, rest.len)), sizeof(key) - 1);
	err = notebook.len ? encode_record(out, &r, &notebook, 1) : -ENOENT;
	procfs_close(&p);
	return err;
}

static int answer_cgroup(const struct lookup_request *q, struct buf *out)
{
	struct rec_cgroup r = { .hdr = { .type = REC_CGROUP, .ts_ns = boottime_ns() }, .cgroup_id = q->cgroup_id };
	struct slice path = SLICE_NONE;
	struct procfs p;
	int err = procfs_open(&p);
	_cleanup_close_ int dir = err ? -1 : procfs_dir(&p, q->pid);

	if (dir >= 0)
		path = procfs_cgroup(&p, dir);
	/* It may have moved on, or its pid may be another's by now. */
	err = path.len && procfs_cgroup_id(&p, path) == q->cgroup_id ? encode_record(out, &r, &path, 1) : -ESRCH;
	procfs_close(&p);
	return err;
}

int lookup_answer(const struct lookup_request *q, struct buf *out)
{
	static const struct lookup_places places = { "/run/systemd/sessions", "/var/log/audit/audit.log", "/run/utmp" };

	switch (q->kind) {
	case LOOKUP_USER:
		return identity_user_record(q->uid, out, boottime_ns());
	case LOOKUP_SESSION:
		return lookup_session(q, &places, out);
	case LOOKUP_FILE:
		return lookup_file(q, out);
	case LOOKUP_PACKAGE:
		return lookup_package(q, out);
	case LOOKUP_CLAIM:
		return answer_claim(q, out);
	case LOOKUP_CGROUP:
		return answer_cgroup(q, out);
	case LOOKUP_PROCESS:
		return identity_process_record(q->pid, q->start_ns, out);
	case LOOKUP_GROUPS:
		return lookup_groups(q->uid, out);
	case LOOKUP_SANDBOX:
		return lookup_sandbox(q, out);
	default:
		return -EINVAL;
	}
}
