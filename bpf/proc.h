// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The life of processes: exec, fork, exit. Paths are walked by hand (the helper for it is not available here), from the leaf up
 * through mount points to the root of the process; a record is put together in per-CPU scratch, because tracepoint programs do not
 * nest on one CPU, and leaves with its exact size.
 */
#ifndef QPROV_BPF_PROC_H
#define QPROV_BPF_PROC_H

#include "task.h"

#define PATH_STEPS 64 /* components and mount points */
#define NAME_BYTES 256
#define CGROUP_STEPS 16
#define CTIME_NSEC 0x7fffffff /* since 6.13 bit 31 of i_ctime_nsec says that the time was asked for (I_CTIME_QUERIED, fs/inode.c) */
#define CGROUPS_SEEN 4096
#define DATA_BYTES (REC_PATH_MAX * 2 + REC_EXEC_ARGS_MAX)

enum path_end {
	PATH_WHOLE,
	PATH_CUT,
	PATH_FAILED,
};

struct path_walk {
	struct dentry *dentry;
	struct vfsmount *mnt;
	struct dentry *root_dentry;
	struct vfsmount *root_mnt;
	__u32 pos; /* where the path starts in scratch->path */
	__u32 end; /* enum path_end */
};

struct proc_scratch {
	struct path_walk walk;                /* in memory, not on the stack: the verifier follows no values through it */
	char path[REC_PATH_MAX + NAME_BYTES]; /* filled from the end */
	char name[NAME_BYTES];
	__u64 cgroup[(sizeof(struct rec_cgroup) + REC_CGROUP_MAX) / 8];
	__u64 out[(sizeof(struct rec_exec) + DATA_BYTES) / 8];
};

/* The record under construction. */
#define EXEC(s) ((struct rec_exec *)(s)->out)
#define DATA(s) ((char *)(s)->out + sizeof(struct rec_exec))
#define CGROUP(s) ((struct rec_cgroup *)(s)->cgroup)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct proc_scratch);
} scratch SEC(".maps");

/* Control groups whose path was told. One that is forgotten is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CGROUPS_SEEN);
	__type(key, __u64);
	__type(value, __u8);
} cgroups_seen SEC(".maps");

/* Puts "/name" before what is there. False: no room, or unreadable. */
static __always_inline bool path_prepend(struct proc_scratch *s, volatile struct path_walk *w, const void *name, __u32 len)
{
	__u32 pos = w->pos;

	if (len >= NAME_BYTES || pos > REC_PATH_MAX || pos < len + 1) {
		w->end = PATH_CUT;
		return false;
	}
	pos -= len + 1;
	/* Nothing is cut here: both values are known to be smaller, the masks tell the verifier so. */
	barrier_var(pos);
	pos &= REC_PATH_MAX - 1;
	s->path[pos] = '/';
	if (bpf_probe_read_kernel(&s->path[pos + 1], len & (NAME_BYTES - 1), name)) {
		w->end = PATH_FAILED;
		return false;
	}
	w->pos = pos;
	return true;
}

static __attribute__((noinline)) int path_walk(struct proc_scratch *s)
{
	volatile struct path_walk *w = &s->walk;

	w->pos = REC_PATH_MAX;
	w->end = PATH_CUT;
	for (int i = 0; i < PATH_STEPS; i++) {
		/* Locals: what is read through w itself would be relocated as if it were a kernel type. */
		struct vfsmount *mnt = w->mnt;
		struct dentry *parent, *here = w->dentry, *top = BPF_CORE_READ(mnt, mnt_root);

		if (!here || !top) {
			w->end = PATH_FAILED;
			break;
		}
		if (here == w->root_dentry && mnt == w->root_mnt) {
			w->end = PATH_WHOLE;
			break;
		}
		if (here == top) {
			struct mount *m = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
			struct mount *up = BPF_CORE_READ(m, mnt_parent);

			if (up == m) { /* the root of its namespace */
				w->end = PATH_WHOLE;
				break;
			}
			w->dentry = BPF_CORE_READ(m, mnt_mountpoint);
			w->mnt = (void *)up + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		if (!path_prepend(s, w, BPF_CORE_READ(here, d_name.name), BPF_CORE_READ(here, d_name.len)))
			break;
		parent = BPF_CORE_READ(here, d_parent);
		if (parent == here) { /* a file without a folder: memfd, pipe */
			w->end = PATH_WHOLE;
			break;
		}
		w->dentry = parent;
	}
	return 0;
}

/* Appends the walked path at data[off]. Its length; "/" for the root. */
static __always_inline __u32 path_append(struct proc_scratch *s, __u32 off)
{
	__u32 pos = s->walk.pos, len = REC_PATH_MAX - pos;

	if (off > REC_PATH_MAX || pos > REC_PATH_MAX)
		return 0;
	if (!len) {
		DATA(s)[off] = '/';
		return 1;
	}
	barrier_var(len);
	if (len > REC_PATH_MAX)
		return 0;
	barrier_var(pos);
	if (pos >= REC_PATH_MAX)
		return 0;
	/* The source may be read past its end by the verifier's reckoning, never in fact: a kernel-to-kernel copy by address. */
	if (bpf_probe_read_kernel(DATA(s) + off, len, s->path + pos))
		return 0;
	return len;
}

static __always_inline struct kernfs_node *kernfs_up(struct kernfs_node *kn)
{
	struct kernfs_node___v5 *old = (void *)kn;

	if (bpf_core_field_exists(kn->__parent))
		return BPF_CORE_READ(kn, __parent);
	return BPF_CORE_READ(old, parent);
}

/* The path of a control group, up to the root of its hierarchy. */
static __attribute__((noinline)) int cgroup_walk(struct proc_scratch *s, struct kernfs_node *kn)
{
	volatile struct path_walk *w = &s->walk;

	w->pos = REC_PATH_MAX;
	w->end = PATH_CUT;
	for (int i = 0; i < CGROUP_STEPS; i++) {
		struct kernfs_node *up = kernfs_up(kn);
		long n;

		if (!up) {
			w->end = PATH_WHOLE;
			break;
		}
		n = bpf_probe_read_kernel_str(s->name, sizeof(s->name), BPF_CORE_READ(kn, name));
		if (n < 2 || !path_prepend(s, w, s->name, n - 1))
			break;
		kn = up;
	}
	return 0;
}

/* A control group's path, before the first program that starts in it. */
static __always_inline void cgroup_tell(struct proc_scratch *s, struct task_struct *task)
{
	struct kernfs_node *kn = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	__u64 id = BPF_CORE_READ(kn, id);
	__u64 pos, len;
	__u8 one = 1;

	if (bpf_map_lookup_elem(&cgroups_seen, &id))
		return;
	cgroup_walk(s, kn);
	pos = s->walk.pos;
	len = REC_PATH_MAX - pos;
	if (s->walk.end != PATH_WHOLE)
		return;
	barrier_var(len);
	if (len > REC_CGROUP_MAX)
		return;
	barrier_var(pos);
	if (pos > REC_PATH_MAX)
		return;
	CGROUP(s)->hdr.type = REC_CGROUP;
	CGROUP(s)->hdr.flags = 0;
	CGROUP(s)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	CGROUP(s)->hdr.size = sizeof(struct rec_cgroup) + len;
	CGROUP(s)->cgroup_id = id;
	CGROUP(s)->path_len = len;
	for (int i = 0; i < 3; i++)
		CGROUP(s)->pad[i] = 0;
	if (len && bpf_probe_read_kernel(CGROUP(s)->data, len, s->path + pos))
		return;
	if (bpf_ringbuf_output(&procs, CGROUP(s), sizeof(struct rec_cgroup) + len, 0))
		counter_add(REC_LOSS_EXEC);
	else
		bpf_map_update_elem(&cgroups_seen, &id, &one, BPF_ANY);
}

static __always_inline __u64 inode_ctime_ns(struct inode *inode)
{
	struct inode___v6_6 *newer = (void *)inode;
	struct inode___v5 *older = (void *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return (__u64)BPF_CORE_READ(inode, i_ctime_sec) * 1000000000u + (BPF_CORE_READ(inode, i_ctime_nsec) & CTIME_NSEC);
	if (bpf_core_field_exists(newer->__i_ctime))
		return (__u64)BPF_CORE_READ(newer, __i_ctime.tv_sec) * 1000000000u + BPF_CORE_READ(newer, __i_ctime.tv_nsec);
	return (__u64)BPF_CORE_READ(older, i_ctime.tv_sec) * 1000000000u + BPF_CORE_READ(older, i_ctime.tv_nsec);
}

static __always_inline void exec_file(struct rec_exec *e, struct inode *inode)
{
	e->exe_ino = BPF_CORE_READ(inode, i_ino);
	e->exe_dev = BPF_CORE_READ(inode, i_sb, s_dev);
	e->exe_uid = BPF_CORE_READ(inode, i_uid.val);
	e->exe_gid = BPF_CORE_READ(inode, i_gid.val);
	e->exe_nlink = BPF_CORE_READ(inode, i_nlink);
	e->exe_mode = BPF_CORE_READ(inode, i_mode);
	e->exe_ctime_ns = inode_ctime_ns(inode);
}

static __always_inline __u16 path_flag(__u32 end, __u16 cut)
{
	return end == PATH_WHOLE ? 0 : end == PATH_CUT ? cut : REC_EXEC_FAILED;
}

static __always_inline void exec_args(struct proc_scratch *s, struct task_struct *task, __u32 off)
{
	__u64 start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
	__u64 len = end > start ? end - start : 0;

	EXEC(s)->args_len = 0;
	if (len > REC_EXEC_ARGS_MAX) {
		len = REC_EXEC_ARGS_MAX;
		EXEC(s)->hdr.flags |= REC_EXEC_ARGS_CUT;
	}
	if (!len || off > REC_PATH_MAX * 2)
		return;
	if (bpf_probe_read_user(DATA(s) + off, len, (const void *)start))
		EXEC(s)->hdr.flags |= REC_EXEC_FAILED;
	else
		EXEC(s)->args_len = len;
}

static __always_inline void exec_paths(struct proc_scratch *s, struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	volatile struct path_walk *w = &s->walk;

	exec_file(EXEC(s), BPF_CORE_READ(file, f_inode));
	w->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	w->root_mnt = BPF_CORE_READ(task, fs, root.mnt);
	w->dentry = BPF_CORE_READ(file, f_path.dentry);
	w->mnt = BPF_CORE_READ(file, f_path.mnt);
	path_walk(s);
	EXEC(s)->hdr.flags |= path_flag(w->end, REC_EXEC_PATH_CUT);
	EXEC(s)->path_len = path_append(s, 0);
	w->dentry = BPF_CORE_READ(task, fs, pwd.dentry);
	w->mnt = BPF_CORE_READ(task, fs, pwd.mnt);
	path_walk(s);
	EXEC(s)->hdr.flags |= path_flag(w->end, REC_EXEC_CWD_CUT);
	EXEC(s)->cwd_len = path_append(s, EXEC(s)->path_len);
}

#include "stdio.h"

SEC("tp_btf/sched_process_exec")
int on_exec(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct proc_scratch *s;
	__u32 zero = 0, len;
	__u64 size;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s)
		return 0;
	cgroup_tell(s, task);
	EXEC(s)->hdr.type = REC_EXEC;
	EXEC(s)->hdr.flags = 0;
	EXEC(s)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	task_fill(&EXEC(s)->task, task);
	exec_paths(s, task);
	exec_args(s, task, (__u32)EXEC(s)->path_len + EXEC(s)->cwd_len);
	len = (__u32)EXEC(s)->path_len + EXEC(s)->cwd_len + EXEC(s)->args_len;
	size = sizeof(struct rec_exec) + len;
	EXEC(s)->hdr.size = size;
	/* Compared and passed on as one value: before 6.8 the verifier does not follow a bound to a sum made of it. */
	barrier_var(size);
	if (size > sizeof(struct rec_exec) + DATA_BYTES || bpf_ringbuf_output(&procs, EXEC(s), size, 0))
		counter_add(REC_LOSS_EXEC);
	stdio_on_exec(task);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int on_fork(__u64 *ctx)
{
	struct task_struct *maker = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct rec_fork *r;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	r->hdr.size = sizeof(*r);
	r->hdr.type = REC_FORK;
	r->hdr.flags = 0;
	r->hdr.ts_ns = bpf_ktime_get_boot_ns();
	task_fill(&r->task, child);
	r->maker_pid = BPF_CORE_READ(maker, tgid);
	r->maker_start_ns = BPF_CORE_READ(maker, group_leader, start_boottime);
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int on_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct rec_exit *r;

	/* Already decremented. Two threads that end at once may both see 0: user space takes the first record. */
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	r->hdr.size = sizeof(*r);
	r->hdr.type = REC_EXIT;
	r->hdr.flags = 0;
	r->hdr.ts_ns = bpf_ktime_get_boot_ns();
	task_fill(&r->task, task);
	r->code = BPF_CORE_READ(task, exit_code);
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

#endif
