// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The files that keep repetition, and relations made from sensitive ones, over restarts. They enter the stream as records, so that a replay
 * knows what was known. */
#ifndef QPROV_STATE_H
#define QPROV_STATE_H

#include "pipeline/pipeline.h"

/* No more often than that; what was made from a sensitive relation is rare, and its loss lasts. */
#define STATE_SAVE_NS (60ull * 1000000000ull)
#define STATE_SAVE_DERIVED_NS (5ull * 1000000000ull)

#define STATE_DERIVED_SUFFIX ".derived" /* of the path of the configuration */
#define STATE_LOCK_SUFFIX ".lock"       /* held by the agent that keeps its state there */
#define STATE_FORGET_SUFFIX ".forget"   /* of that: names that somebody wants to be forgotten */

struct state {
	enum pipeline_kept what;
	char *path;     /* owned; NULL: nothing is kept. That of the start: a reload does not move it */
	uint64_t saved; /* pipeline_state_changes() when it was; UINT64_MAX: not by this run */
	uint64_t next_ns;
	bool failing; /* told already */
};

typedef int (*state_emit_fn)(void *ctx, struct slice record);

/*
 * One agent keeps its state there, as long as *ret_fd is open. 0, also where nothing can be written, which is told when it is tried;
 * -EBUSY: another one does, *ret_pid (0: unknown); -ENOMEM. path empty: nothing is kept.
 */
int state_lock(struct slice path, int *ret_fd, uint32_t *ret_pid);
/* Reads the file into REC_STATE records. None where it does not exist yet. 0 or -ENOMEM; what cannot be read is a record, too. */
int state_load(struct state *s, enum pipeline_kept what, struct slice path, state_emit_fn emit, void *ctx);
void state_done(struct state *s);
/*
 * Writes it anew beside the old one and takes its place, when something changed and it is time again, and at the end (last): a file that
 * says it is not the last tells the next run that this one was killed. A failure is a record, once, and tried again.
 */
void state_save(struct state *s, const struct pipeline *p, uint64_t now_ns, bool last, state_emit_fn emit, void *ctx);
/* Requests of "qprov policy derived --forget", as a record; then they are gone. */
void state_take_requests(const struct state *s, state_emit_fn emit, void *ctx);

#endif
