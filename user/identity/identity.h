// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Processes and humans: a bounded table of processes fed by exec, fork, exit, call and /proc records, the names of uids, how sessions
 * began, control groups and executables. Key: (pid, start time). Entries of ended processes stay for IDENTITY_LINGER_NS, so that a
 * call that is read after the exit is still attributed; evictions under pressure are counted. Nothing here reads /proc: see
 * identity_seed.h and lookup.h. What is concluded from it all stands in entry.h, person.h, became.h and program.h.
 */
#ifndef QPROV_IDENTITY_H
#define QPROV_IDENTITY_H

#include "base/arena.h"
#include "base/slice.h"
#include "identity/logins.h"
#include "record.h"

#define IDENTITY_PROCESSES_MAX 65536
#define IDENTITY_LINGER_NS (30ull * 1000000000ull)
#define IDENTITY_DEPTH_MAX 64
#define IDENTITY_CHANGES_MAX 6 /* of uid, per process; then the last one is overwritten */

struct identity;
struct exe;
struct session;
struct file_facts;
struct package;
struct sandbox;
struct groups;

/* The process took another real uid. */
struct change {
	uint64_t ts_ns; /* when it was first seen: at the next exec, fork, call or exit */
	uint32_t to;
	char program[REC_COMM_LEN]; /* what it ran when it did so */
};

struct process {
	uint32_t pid;
	uint64_t start_ns;
	uint32_t ppid; /* at its start */
	uint64_t parent_start_ns;
	uint64_t cgroup_id;
	uint32_t uid, euid, gid, egid;
	uint32_t first_uid; /* when it was first seen */
	uint64_t first_ns;
	uint32_t loginuid, sessionid;
	uint32_t exec_id;
	uint32_t ns_pid, pid_ns, mnt_ns;
	uint32_t sid; /* POSIX session leader */
	uint32_t tty;
	char comm[REC_COMM_LEN];
	struct slice path;
	struct slice cwd;
	struct slice args;            /* NUL-separated */
	const struct exe *exe;        /* NULL: not known */
	const struct change *changes; /* oldest first */
	uint32_t asked_by;            /* login uid of who had a service manager start it, by systemd-run or run0; REC_UNSET_ID */
	uint8_t nchanges;
	uint8_t unit_way; /* enum rec_way: what its unit's name says of the way in */
	uint8_t door;     /* enum rec_way: what kind of door this program is */
	uint16_t flags;   /* REC_EXEC_* */
	bool root;        /* one of its ids was root's when it was last seen */
	bool from_proc;   /* seeded from /proc: best effort */
	bool known;       /* an exec or /proc record was seen; else only a fork */
	bool lost;        /* a call showed that records of it, its exec for one, are missing: what program it runs is not known */
};

int identity_new(struct identity **ret);
void identity_free(struct identity *id);

/* Feed. 0 or -ENOMEM. r is a whole, valid record (decode has checked the lengths). */
int identity_exec(struct identity *id, const struct rec_exec *r); /* REC_EXEC and REC_PROC */
int identity_fork(struct identity *id, const struct rec_fork *r);
void identity_exit(struct identity *id, const struct rec_exit *r);
/* Who made a call, before the call is looked at: changes of uid, and whether the records before it were complete. */
int identity_call(struct identity *id, const struct rec_task *t, uint64_t ts_ns);
int identity_user(struct identity *id, uint32_t uid, struct slice name);
int identity_session(struct identity *id, const struct rec_session *r, const struct slice str[4]);
int identity_cgroup(struct identity *id, uint64_t cgroup_id, struct slice path);
int identity_file(struct identity *id, const struct rec_file *r, struct slice build_id, struct slice sha256);
int identity_package(struct identity *id, const struct rec_package *r, struct slice name);
int identity_groups(struct identity *id, uint32_t uid, struct slice names, bool more);
int identity_sandbox(struct identity *id, const struct rec_sandbox *r, const struct slice str[3]);
int identity_claim(struct identity *id, const struct rec_claim *r, struct slice notebook);
/* When the process ended; 0: it lives, or is not known. */
uint64_t identity_ended(const struct identity *id, uint32_t pid, uint64_t start_ns);
/* Forgets processes that ended more than IDENTITY_LINGER_NS before now. */
void identity_tick(struct identity *id, uint64_t now_ns);

/* The process at the time of the call; NULL when unknown. start_ns 0: the latest of this pid. Valid until the next feed or tick. */
const struct process *identity_process(const struct identity *id, uint32_t pid, uint64_t start_ns);
const struct process *identity_parent(const struct identity *id, const struct process *p);
/* How far the login uid of a record's process is to be believed; of an unset one LOGIN_PROVEN. */
enum login_proof identity_login_proof(const struct identity *id, uint32_t sessionid);
/* The login uid that root set, as far as the records tell: REC_UNSET_ID for an unset one and for all others. */
uint32_t identity_loginuid(const struct identity *id, const struct rec_task *t);
/* SLICE_NONE when the uid was never announced or has no name. */
struct slice identity_user_name(const struct identity *id, uint32_t uid);
/* Was the uid announced (even without a name)? */
bool identity_user_known(const struct identity *id, uint32_t uid);
/* How an audit session began, or the tree below a process (sessionid REC_UNSET_ID); NULL: not known. */
const struct session *identity_session_of(const struct identity *id, uint32_t sessionid, uint32_t pid, uint64_t start_ns);
/* SLICE_NONE: not known. */
struct slice identity_cgroup_path(const struct identity *id, uint64_t cgroup_id);
const struct file_facts *identity_file_of(const struct identity *id, const struct exe *exe);
/* NULL: not known; its name is empty when no package has the file. */
const struct package *identity_package_of(const struct identity *id, const struct exe *exe);
/* What was looked up of the process, or of the nearest ancestor in the same mount namespace of which it was; NULL: nothing. */
const struct sandbox *identity_sandbox_of(const struct identity *id, const struct process *p);
/* The mount namespace of init, or of the first kernel thread; 0: not known. */
uint32_t identity_host_mounts(const struct identity *id);
struct slice identity_notebook(const struct identity *id, const struct process *p);
/* Of a person; NULL: not looked up, or not yet. */
const struct groups *identity_groups_of(const struct identity *id, uint32_t uid);
uint64_t identity_evictions(const struct identity *id);
/* Another number whenever something may have changed in what the functions above, or those of person.h, answer. */
uint64_t identity_generation(const struct identity *id);

#endif
