// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Who: struct rec_task from a task_struct. Its pointer has a type the verifier knows (bpf_get_current_task_btf(), arguments of tp_btf), so
 * that these are plain loads; a helper call for each would cost the traced program far more.
 */
#ifndef QPROV_BPF_TASK_H
#define QPROV_BPF_TASK_H

#include "maps.h"

#define PIDTYPE_SESSION 3

/*
 * Stands for a program: what is kept by the number of a process is of one, but numbers come again, and exec leaves the addresses to
 * another. For the same sum two processes of one number would have to begin no more nanoseconds apart than programs were run before them.
 */
static __always_inline __u64 task_born(struct task_struct *task)
{
	return task->group_leader->start_boottime + (__u32)task->self_exec_id;
}

/* The login user as audit keeps it. A kernel without audit knows none: that is "unset", never root. */
static __always_inline void task_login(struct rec_task *t, struct task_struct *task)
{
	struct task_struct___audit *old = (void *)task;

	t->loginuid = REC_UNSET_ID;
	t->sessionid = REC_UNSET_ID;
	if (bpf_core_field_exists(task->loginuid)) {
		t->loginuid = task->loginuid.val;
		t->sessionid = task->sessionid;
	} else if (bpf_core_field_exists(old->audit)) {
		struct audit_task_info *info = BPF_CORE_READ(old, audit);

		if (!info)
			return;
		t->loginuid = BPF_CORE_READ(info, loginuid.val);
		t->sessionid = BPF_CORE_READ(info, sessionid);
	}
}

/* Ids are the kernel's own, which are those of the initial user namespace. */
static __always_inline void task_cred(struct rec_task *t, struct task_struct *task)
{
	const struct cred *cred = task->cred;
	struct user_namespace *ns = cred->user_ns;

	t->uid = cred->uid.val;
	t->gid = cred->gid.val;
	t->euid = cred->euid.val;
	t->suid = cred->suid.val;
	t->egid = cred->egid.val;
	t->user_ns = ns->ns.inum;
	t->user_owner = ns->parent ? ns->owner.val : REC_UNSET_ID;
}

static __always_inline void task_pid(struct rec_task *t, struct task_struct *leader)
{
	struct pid *pid = leader->thread_pid;
	__u32 level = pid->level;
	struct upid *own;

	if (!level) {
		t->ns_pid = pid->numbers[0].nr;
		t->pid_ns = pid->numbers[0].ns->ns.inum;
		return;
	}
	/* The element of an array of unknown length: its address is reckoned, not its type. */
	own = (void *)((__u64)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid));
	t->ns_pid = BPF_CORE_READ(own, nr);
	t->pid_ns = BPF_CORE_READ(own, ns, ns.inum);
}

static __always_inline void task_session(struct rec_task *t, struct task_struct *task)
{
	struct signal_struct *sig = task->signal;
	struct tty_struct *tty = sig->tty;
	struct pid *session = sig->pids[PIDTYPE_SESSION];

	t->tty = 0;
	t->sid = session->numbers[0].nr;
	if (tty) {
		__u32 minor = tty->driver->minor_start + tty->index;

		t->tty = (minor & 0xff) | tty->driver->major << 8 | (minor & ~0xffu) << 12;
	}
}

static __always_inline void task_comm(struct rec_task *t, struct task_struct *task)
{
	const __u64 *from = (const void *)__builtin_preserve_access_index(&task->comm);
	__u64 *to = (void *)t->comm;

	_Static_assert(REC_COMM_LEN == 16, "two words");
	to[0] = from[0];
	to[1] = from[1];
}

/* All but task_pid(). */
static __always_inline void task_fill_most(struct rec_task *t, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct task_struct *parent = leader->real_parent;

	t->start_ns = leader->start_boottime;
	t->parent_start_ns = parent->group_leader->start_boottime;
	t->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	t->pid = task->tgid;
	t->tid = task->pid;
	t->ppid = parent->tgid;
	task_cred(t, task);
	task_login(t, task);
	task_session(t, task);
	t->exec_id = task->self_exec_id;
	t->mnt_ns = task->nsproxy->mnt_ns->ns.inum;
	task_comm(t, task);
}

/* Static and not inlined: verified and stored once per program, and its stack is its own. */
static __attribute__((noinline)) int task_fill(struct rec_task *t, struct task_struct *task)
{
	task_fill_most(t, task);
	task_pid(t, task->group_leader);
	return 0;
}

/* Whose calls were lost. One that is forgotten is counted all the same, in `counters`. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LOSERS_MAX);
	__type(key, __u32);
	__type(value, struct loser);
} losers SEC(".maps");

/* What a loser begins as: too large for the stack of what is called from deep inside. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loser);
} no_loser SEC(".maps");

/* A call that finds no room is counted, and so is whose it was: who floods the ring must not hide among the others. */
GLOBAL int call_lost(__u32 pid)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct loser *l, *none;
	__u32 zero = 0;

	counter_add(REC_LOSS_CALL);
	l = bpf_map_lookup_elem(&losers, &pid);
	if (l && l->task.start_ns == task->group_leader->start_boottime) {
		__sync_fetch_and_add(&l->n, 1);
		return 0;
	}
	none = bpf_map_lookup_elem(&no_loser, &zero);
	if (!none || bpf_map_update_elem(&losers, &pid, none, BPF_ANY))
		return 0;
	l = bpf_map_lookup_elem(&losers, &pid);
	if (!l)
		return 0;
	task_fill_most(&l->task, task);
	__sync_fetch_and_add(&l->n, 1);
	return 0;
}

#endif
