// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The groups of a person as NSS has them, see getgrouplist(3). Runs in the child: a directory service may be slow. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "decode/encode.h"
#include "identity/lookup_answer.h"

#define NSS_BYTES_MAX (1u << 20) /* one account or group, with all its members */
#define NSS_BYTES 4096u

_Static_assert(REC_GROUPS_BYTES_MAX + sizeof(struct rec_groups) + 8 <= LOOKUP_ANSWER_MAX, "groups fit into an answer");

/* The name of the person and the primary group; name is valid as long as b is not used again. */
static int find_person(uint32_t uid, struct buf *b, const char **ret_name, gid_t *ret_gid)
{
	struct passwd pw, *found = NULL;
	int err = -ENOMEM;

	for (size_t n = NSS_BYTES; buf_reserve(b, n); n *= 2) {
		err = getpwuid_r(uid, &pw, b->ptr, n, &found);
		if (err != ERANGE && err != EINTR)
			break;
	}
	if (err || !found)
		return err > 0 ? -err : err ? err : -ENOENT;
	*ret_name = pw.pw_name;
	*ret_gid = pw.pw_gid;
	return 0;
}

static void add_group(gid_t gid, struct buf *b, struct buf *names)
{
	struct group gr, *found = NULL;

	for (size_t n = NSS_BYTES; buf_reserve(b, n); n *= 2) {
		int err = getgrgid_r(gid, &gr, b->ptr, n, &found);

		if (err != ERANGE && err != EINTR)
			break;
		found = NULL;
	}
	if (found)
		buf_adds(names, gr.gr_name);
	else
		buf_printf(names, "%u", gid);
	buf_addc(names, 0);
}

int lookup_groups(uint32_t uid, struct buf *out)
{
	struct rec_groups r = { .hdr = { .type = REC_GROUPS }, .uid = uid };
	gid_t gids[REC_GROUPS_MAX], gid;
	int n = REC_GROUPS_MAX;
	const char *name;
	struct buf b, names;
	struct slice text;
	int err;

	buf_init(&b, NSS_BYTES_MAX);
	buf_init(&names, REC_GROUPS_BYTES_MAX);
	err = find_person(uid, &b, &name, &gid);
	if (!err && getgrouplist(name, gid, gids, &n) < 0) {
		n = REC_GROUPS_MAX; /* the first of them were filled in */
		r.hdr.flags = REC_GROUPS_CUT;
	}
	for (int i = 0; !err && i < n && !names.err; i++) {
		size_t before = names.len;

		add_group(gids[i], &b, &names);
		if (names.err)
			names.len = before;
	}
	if (names.err)
		r.hdr.flags = REC_GROUPS_CUT;
	r.hdr.ts_ns = boottime_ns();
	text = slice_mem(names.ptr, names.len);
	if (!err)
		err = encode_record(out, &r, &text, 1);
	buf_done(&names);
	buf_done(&b);
	return err;
}
