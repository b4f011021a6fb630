// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The life of processes: exec, fork, exit. Paths are walked by hand (the helper for it is not available here), from the leaf up
 * through mount points to the root of the process; a record is put together in per-CPU scratch, because raw tracepoint programs do not
 * nest on one CPU, and leaves with its exact size.
 */
#ifndef QPROV_BPF_PROC_H
#define QPROV_BPF_PROC_H

#include "task.h"

#define PATH_STEPS 64 /* components and mount points */
#define NAME_BYTES 256
#define PIDTYPE_SESSION 3
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
	__u64 out[(sizeof(struct rec_exec) + DATA_BYTES) / 8];
};

/* The record under construction. */
#define EXEC(s) ((struct rec_exec *)(s)->out)
#define DATA(s) ((char *)(s)->out + sizeof(struct rec_exec))

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct proc_scratch);
} scratch SEC(".maps");

/* Puts "/name" before what is there. False: no room, or unreadable. */
static __always_inline bool path_prepend(struct proc_scratch *s, volatile struct path_walk *w, struct dentry *d)
{
	__u32 len = BPF_CORE_READ(d, d_name.len), pos = w->pos;
	const unsigned char *name = BPF_CORE_READ(d, d_name.name);

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
		if (!path_prepend(s, w, here))
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

static __always_inline void exec_tty(struct rec_exec *e, struct task_struct *task)
{
	struct signal_struct *sig = BPF_CORE_READ(task, signal);
	struct tty_struct *tty = BPF_CORE_READ(sig, tty);
	struct pid *session = BPF_CORE_READ(sig, pids[PIDTYPE_SESSION]);

	e->tty = 0;
	e->sid = BPF_CORE_READ(session, numbers[0].nr);
	if (tty) {
		__u32 minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);

		/* as in /proc/PID/stat */
		e->tty = (minor & 0xff) | BPF_CORE_READ(tty, driver, major) << 8 | (minor & ~0xffu) << 12;
	}
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
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	EXEC(s)->exe_ino = BPF_CORE_READ(inode, i_ino);
	EXEC(s)->exe_dev = BPF_CORE_READ(inode, i_sb, s_dev);
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

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct proc_scratch *s;
	__u32 zero = 0, len;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (!s)
		return 0;
	EXEC(s)->hdr.type = REC_EXEC;
	EXEC(s)->hdr.flags = 0;
	EXEC(s)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	for (int i = 0; i < 3; i++)
		EXEC(s)->pad[i] = 0;
	task_fill(&EXEC(s)->task, task);
	exec_tty(EXEC(s), task);
	exec_paths(s, task);
	exec_args(s, task, (__u32)EXEC(s)->path_len + EXEC(s)->cwd_len);
	len = (__u32)EXEC(s)->path_len + EXEC(s)->cwd_len + EXEC(s)->args_len;
	EXEC(s)->hdr.size = sizeof(struct rec_exec) + len;
	if (len > DATA_BYTES || bpf_ringbuf_output(&procs, EXEC(s), sizeof(struct rec_exec) + len, 0))
		counter_add(REC_LOSS_EXEC);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx->args[1];
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
	bpf_ringbuf_submit(r, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
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
