// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Questions that a stranger can make wait: a name is looked up, a file opened and read, a process's memory looked at in /proc. The storage
 * behind a path may be a server's that stands still (NFS), or a program's of the user who is watched (FUSE); and who unmaps a file of the
 * latter holds the lock of his process's memory meanwhile, for which map_files, maps and cmdline wait. So children ask, one for each user
 * and filesystem that does not answer, and hand the open file over. Where nothing on the machine can wait, they are not needed: then,
 * without fetch_start() and in other processes than the one that called it, the question is put directly.
 */
#ifndef QPROV_FETCH_H
#define QPROV_FETCH_H

#include <sys/stat.h>

#include "base/slice.h"

#define FETCH_PATH_MAX 4352         /* a path of the greatest length below /proc/PID/root */
#define FETCH_COPY_MAX (128u << 20) /* of a file whose storage waits for others: what is larger is cut */
#define FETCH_CHILDREN_MAX 32       /* none is ended because it waits: it cannot be, where a FUSE server has taken its question */
#define FETCH_CHILDREN_OF_ONE 4     /* of one user */
#define FETCH_OPEN_MAX 64           /* questions put to a child that has not answered yet */
#define FETCH_WAIT_MS 50            /* so long a question may hold the caller; an answer that comes later is handed out by fetch_drain() */
#define FETCH_PATIENCE_NS 10000000000u /* then an answer that somebody is waiting for is told to be missing */

enum fetch_what {
	FETCH_STAT, /* stat(2) */
	FETCH_OPEN, /* open_regular() */
	FETCH_TEXT, /* a file of /proc, read whole */
	FETCH_LIST, /* the names in a folder, a NUL after each */
};

struct fetch {
	enum fetch_what what;
	const char *path;
	uint32_t max;  /* FETCH_OPEN: so many first bytes may be read later */
	uint32_t pid;  /* a process of the user on whose account it is: one who makes us wait makes nobody else wait */
	uint32_t user; /* that user, when there is no such process (0) */
	uint64_t dev;  /* of which filesystem, in any form; 0: whichever */
};

struct fetched {
	struct stat st;
	int fd;      /* OPEN: the file. TEXT, LIST: at its beginning. Else -1 */
	int content; /* OPEN: its bytes: fd itself, or a copy where reading may wait */
};

/* An answer that came late. r: 0 or -errno; -ETIMEDOUT: nothing after FETCH_PATIENCE_NS, and it will be called again. f and tag: during the
 * call. */
typedef void (*fetch_late_fn)(void *ctx, const void *tag, int r, struct fetched *f);

#define FETCH_NOBODY UINT32_MAX /* user: what nobody has led us to */

/* Once, by the thread that asks, before anything is open that a child should not hold. always: where nothing can wait, too (tests). 0 or
 * -errno. */
int fetch_start(bool always);
void fetch_stop(void);
/* How long a question may hold the caller from now on. */
void fetch_patience(int ms);
/*
 * 0, the error of the call, -ETIMEDOUT: no answer in time; -EBUSY: too many wait. On success fetched_done() releases.
 */
int fetch(const struct fetch *q, struct fetched *ret);
/* The same; instead of -ETIMEDOUT it is -EINPROGRESS, and the answer goes to fn, with a copy of tag. */
int fetch_or_later(const struct fetch *q, struct fetched *ret, fetch_late_fn fn, void *ctx, struct slice tag);
void fetched_done(struct fetched *f);

/* Readable when late answers are there; -1: no pool. */
int fetch_poll_fd(void);
/* Hands out late answers, and tells of those that are missing. Not while a question is put: what they do may put others. */
void fetch_drain(uint64_t now_ns);
/* There are some that were taken from their children already. */
bool fetch_ready(void);

/* Whether r says that there was no answer. */
bool fetch_unknown(int r);
/* stat(2), on the account of the user of that process. 0 or -errno. */
int fetch_stat(uint32_t pid, const char *path, struct stat *ret);
/* The descriptor of a text of /proc/PID, or -errno. */
int fetch_proc(uint32_t pid, const char *name);

#endif
