// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Questions whose answer may take its time, put to a child process: the name of a uid (a directory service may be slow, or hang), how a
 * session began, what a file holds. Answers are records. A child that does not answer is ended and replaced; what it was asked is then
 * without an answer, and may be asked again.
 */
#ifndef QPROV_LOOKUP_H
#define QPROV_LOOKUP_H

#include "base/slice.h"
#include "record.h"

#define LOOKUP_PATIENCE_NS (10ull * 1000000000ull)
#define LOOKUP_DOORS 4
#define LOOKUP_PATH_MAX 512

enum lookup_kind {
	LOOKUP_USER,    /* -> REC_USER */
	LOOKUP_SESSION, /* -> REC_SESSION */
	LOOKUP_FILE,    /* -> REC_FILE */
	LOOKUP_CLAIM,   /* -> REC_CLAIM */
	LOOKUP_PACKAGE, /* -> REC_PACKAGE */
	LOOKUP_CGROUP,  /* -> REC_CGROUP */
	LOOKUP_PROCESS, /* -> REC_PROC of a process whose records were lost */
	LOOKUP_GROUPS,  /* -> REC_GROUPS */
	LOOKUP_SANDBOX, /* -> REC_SANDBOX */
};

struct lookup_request {
	enum lookup_kind kind;
	uint32_t uid;   /* USER, GROUPS */
	uint32_t pid;   /* the others: a process that shows it */
	uint32_t elder; /* LOOKUP_SESSION: an older process of the same session; 0: none */
	uint64_t start_ns;
	uint64_t cgroup_id; /* CGROUP */
	/* FILE, PACKAGE: as in struct rec_exec; path, for when the process is gone: empty when it is longer */
	uint64_t ino, ctime_ns;
	uint32_t dev;
	char path[LOOKUP_PATH_MAX];
	/* SESSION */
	uint32_t sessionid;
	uint32_t entry_pid;
	uint64_t entry_start_ns;
	uint8_t way;
	uint32_t ndoors;
	uint32_t doors[LOOKUP_DOORS]; /* sshd and its like, nearest first */
	char entry_comm[REC_COMM_LEN];
};

struct lookup;

/* Starts the child; to be called before anything is open that it should not hold. 0 or a negative errno. */
int lookup_new(struct lookup **ret);
/* Ends the child. NULL is fine. */
void lookup_free(struct lookup *l);
int lookup_poll_fd(const struct lookup *l);
/* Never waits. 0, or -EAGAIN: too many questions are open. */
int lookup_ask(struct lookup *l, const struct lookup_request *q, uint64_t now_ns);
/* Hands out the answers that are there; record is valid during the call. Number of answers, or a negative errno. */
int lookup_read(struct lookup *l, int (*emit)(void *ctx, struct slice record), void *ctx, uint64_t now_ns);
/* Replaces a child that has not answered for LOOKUP_PATIENCE_NS. Returns how many questions that cost. */
unsigned lookup_tick(struct lookup *l, uint64_t now_ns);

/*
 * Names of this machine's own accounts, from /etc/passwd (path), which is read again when it changed. That is looked at every
 * PASSWD_LOOK_NS at most: each record of an account without a name asks.
 */
#define PASSWD_LOOK_NS 100000000u
struct passwd_names;
int passwd_names_new(const char *path, struct passwd_names **ret);
void passwd_names_free(struct passwd_names *p);
/* SLICE_NONE: not a local account. Valid until the next call. */
struct slice passwd_name(struct passwd_names *p, uint32_t uid, uint64_t now_ns);

#endif
