// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Who: struct rec_task from a task_struct. */
#ifndef QPROV_BPF_TASK_H
#define QPROV_BPF_TASK_H

#include "maps.h"

/* Static and not inlined: verified and stored once per program, and its stack is its own. */
static __attribute__((noinline)) int task_fill(struct rec_task *t, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent);
	const struct cred *cred = BPF_CORE_READ(task, cred);

	t->start_ns = BPF_CORE_READ(leader, start_boottime);
	t->parent_start_ns = BPF_CORE_READ(parent, group_leader, start_boottime);
	t->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	t->pid = BPF_CORE_READ(task, tgid);
	t->tid = BPF_CORE_READ(task, pid);
	t->ppid = BPF_CORE_READ(parent, tgid);
	t->uid = BPF_CORE_READ(cred, uid.val);
	t->gid = BPF_CORE_READ(cred, gid.val);
	t->euid = BPF_CORE_READ(cred, euid.val);
	/* A kernel without audit knows no login user: that is "unset", never root. */
	t->loginuid = REC_UNSET_ID;
	t->sessionid = REC_UNSET_ID;
	if (bpf_core_field_exists(task->loginuid)) {
		t->loginuid = BPF_CORE_READ(task, loginuid.val);
		t->sessionid = BPF_CORE_READ(task, sessionid);
	}
	bpf_probe_read_kernel(t->comm, sizeof(t->comm), __builtin_preserve_access_index(&task->comm));
	return 0;
}

/* The same of the caller. Its task has a type the verifier knows: plain loads, where task_fill() calls a helper for each. */
static __always_inline void task_fill_current(struct rec_task *t)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *leader = task->group_leader;
	struct task_struct *parent = leader->real_parent;
	const struct cred *cred = task->cred;

	t->start_ns = leader->start_boottime;
	t->parent_start_ns = parent->group_leader->start_boottime;
	t->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	t->pid = task->tgid;
	t->tid = task->pid;
	t->ppid = parent->tgid;
	t->uid = cred->uid.val;
	t->gid = cred->gid.val;
	t->euid = cred->euid.val;
	t->loginuid = REC_UNSET_ID;
	t->sessionid = REC_UNSET_ID;
	if (bpf_core_field_exists(task->loginuid)) {
		t->loginuid = task->loginuid.val;
		t->sessionid = task->sessionid;
	}
	bpf_get_current_comm(t->comm, sizeof(t->comm));
}

#endif
