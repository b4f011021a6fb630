// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Raw bytes -> a checked record. Trusts no length: after decode_record() succeeded, every slice lies inside the input and
 * nothing later re-checks. The result borrows from the input.
 */
#ifndef QPROV_DECODE_H
#define QPROV_DECODE_H

#include "base/slice.h"
#include "record.h"

#define DECODE_STRINGS_MAX 6
#define DECODE_RECORD_MAX (REC_TEXT_MAX + 4096u)

struct decoded {
	enum rec_type type;
	union {
		const struct rec_hdr *hdr;
		const struct rec_hello *hello;
		const struct rec_library *library;
		const struct rec_site *site;
		const struct rec_range *range;
		const struct rec_call *call;
		const struct rec_exec *exec;
		const struct rec_fork *fork;
		const struct rec_exit *exit;
		const struct rec_user *user;
		const struct rec_tick *tick;
		const struct rec_coverage *coverage;
		const struct rec_config *config;
		const struct rec_stdio *stdio;
		const struct rec_state *state;
		const struct rec_reader *reader;
		const struct rec_output *output;
		const struct rec_stop *stop;
		const struct rec_conn *conn;
		const struct rec_params *params;
		const struct rec_chunk *chunk;
		const struct rec_session *session;
		const struct rec_cgroup *cgroup;
		const struct rec_file *file;
		const struct rec_claim *claim;
		const struct rec_sandbox *sandbox;
		const struct rec_package *package;
		const struct rec_groups *groups;
		const struct rec_socket *socket;
		const struct rec_profile *profile;
		const struct rec_uring *uring;
		const struct rec_dbfile *dbfile;
		const struct rec_library_gone *gone;
		const struct rec_canary *canary;
	};
	struct slice str[DECODE_STRINGS_MAX]; /* the strings of the record, in order; of a call: name, text */
};

/* raw: one record, 8-byte aligned. 0, -EBADMSG (lengths that do not fit, unknown type) or -EINVAL (not aligned). */
int decode_record(struct slice raw, struct decoded *ret);

#endif
