// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Processes and humans: a bounded table of processes fed by exec, fork, exit and /proc records, and the names of uids.
 * Key: (pid, start time). Entries of ended processes stay for IDENTITY_LINGER_NS, so that a call that is read after the
 * exit is still attributed in full; evictions under pressure are counted. Nothing here reads /proc: see identity_seed.h.
 */
#ifndef QPROV_IDENTITY_H
#define QPROV_IDENTITY_H

#include "base/arena.h"
#include "base/slice.h"
#include "record.h"

#define IDENTITY_PROCESSES_MAX 32768
#define IDENTITY_LINGER_NS (30ull * 1000000000ull)
#define IDENTITY_DEPTH_MAX 64

struct identity;

struct process {
	uint32_t pid;
	uint64_t start_ns;
	uint32_t ppid;
	uint64_t parent_start_ns;
	uint32_t uid;
	uint32_t sid; /* POSIX session leader */
	uint32_t tty;
	char comm[REC_COMM_LEN];
	struct slice path;
	struct slice cwd;
	struct slice args; /* NUL-separated */
	uint16_t flags;    /* REC_EXEC_* */
	bool from_proc;    /* seeded from /proc: best effort */
	bool known;        /* an exec or /proc record was seen; else only a fork */
};

int identity_new(struct identity **ret);
void identity_free(struct identity *id);

/* Feed. 0 or -ENOMEM. r is a whole, valid record (decode has checked the lengths). */
int identity_exec(struct identity *id, const struct rec_exec *r); /* REC_EXEC and REC_PROC */
int identity_fork(struct identity *id, const struct rec_fork *r);
void identity_exit(struct identity *id, const struct rec_exit *r);
int identity_user(struct identity *id, uint32_t uid, struct slice name);
/* Forgets processes that ended more than IDENTITY_LINGER_NS before now. */
void identity_tick(struct identity *id, uint64_t now_ns);

/* The process at the time of the call; NULL when unknown. Valid until the next feed or tick. */
const struct process *identity_process(const struct identity *id, uint32_t pid, uint64_t start_ns);
const struct process *identity_parent(const struct identity *id, const struct process *p);
/* SLICE_NONE when the uid was never announced or has no name. */
struct slice identity_user_name(const struct identity *id, uint32_t uid);
/* Was the uid announced (even without a name)? */
bool identity_user_known(const struct identity *id, uint32_t uid);
uint64_t identity_evictions(const struct identity *id);

#endif
