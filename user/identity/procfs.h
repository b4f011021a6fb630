// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Reading /proc, for what is made into records: see proc(5). A process may end, and its pid be taken by another, at any moment. */
#ifndef QPROV_PROCFS_H
#define QPROV_PROCFS_H

#include "base/buf.h"
#include "record.h"

struct procfs {
	int proc;         /* /proc */
	int cgroups;      /* where the unified hierarchy is mounted; -1: nowhere */
	uint64_t tick_ns; /* a clock tick of start times */
	struct buf text;  /* of the file read last */
};

/* 0 or the error of opening /proc. */
int procfs_open(struct procfs *p);
void procfs_close(struct procfs *p);

/* The whole of a file as a NUL-terminated string, valid until the next read; NULL when it cannot be read. */
const char *procfs_text(struct procfs *p, int dir, const char *name);
/* An O_PATH descriptor of /proc/PID, or a negative errno. */
int procfs_dir(const struct procfs *p, uint32_t pid);

/* What /proc/PID/stat says. */
struct procfs_stat {
	char comm[REC_COMM_LEN];
	uint32_t ppid;
	uint32_t sid;
	uint32_t tty;
	uint64_t start_ns; /* whole clock ticks */
};
/* 0, -ESRCH or -EBADMSG. */
int procfs_stat(struct procfs *p, int dir, struct procfs_stat *ret);
int procfs_parse_stat(const char *text, uint64_t tick_ns, struct procfs_stat *ret);
/* Is this pid still the process that began then? Start times of /proc are whole clock ticks. */
bool procfs_same(struct procfs *p, int dir, uint64_t start_ns);
/* The number in a file: loginuid, sessionid. REC_UNSET_ID when there is none. */
uint32_t procfs_id(struct procfs *p, int dir, const char *name);
/* The path of the control group, in the unified hierarchy or, where that is not used, systemd's own; SLICE_NONE: unknown. Valid as text is.
 */
struct slice procfs_cgroup(struct procfs *p, int dir);
/* The id of a control group in the unified hierarchy; 0: unknown. */
uint64_t procfs_cgroup_id(const struct procfs *p, struct slice path);

#endif
