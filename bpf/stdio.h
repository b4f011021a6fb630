// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where the data goes: what the standard descriptors of a process are when it queries, and of each program that is started into a pipeline.
 * A call is compared with what its thread saw told last: three pointers and an inode. When they differ, with what was told of its process.
 */
#ifndef QPROV_BPF_STDIO_H
#define QPROV_BPF_STDIO_H

#include "proc.h"
#include "thread.h"

#define PIPEFS_MAGIC 0x50495045
/* The record under construction. */
#define RAW(r) ((struct rec_stdio *)(r)->rec)
#define FMT_MASK 0170000
#define FMT_FILE 0100000
#define FMT_SOCKET 0140000
#define FMT_FIFO 0010000
#define ACCESS_MASK 3 /* O_ACCMODE */
#define ACCESS_WRITE 1
#define OUTPUT_FDS 16 /* what stands above is looked for in user space, see user/cli/trail.h */
#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10

_Static_assert(__builtin_offsetof(struct proc_scratch, path) == __builtin_offsetof(struct stdio_path, path), "path_walk() serves both");

/* Every process has room for 64 descriptors at least. */
static __always_inline bool stdio_files(struct task_struct *task, struct file **ret)
{
	struct files_struct *files = task->files;

	return files && bpf_probe_read_kernel(ret, 3 * sizeof(*ret), files->fdt->fd) == 0;
}

static __always_inline bool is_pipe(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	return file && (BPF_CORE_READ(inode, i_mode) & FMT_MASK) == FMT_FIFO && BPF_CORE_READ(inode, i_sb, s_magic) == PIPEFS_MAGIC;
}

/* The pieces are verified on their own: older kernels follow every way through all of them together otherwise. */
GLOBAL int fd_fill(struct rec_fd *f, __u64 addr)
{
	struct file *file = (struct file *)addr;
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if (!f)
		return 0;
	f->ino = BPF_CORE_READ(inode, i_ino);
	f->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	f->rdev = BPF_CORE_READ(inode, i_rdev);
	f->mode = BPF_CORE_READ(inode, i_mode);
	f->flags = file ? REC_FD_OPEN : 0;
	f->pad = 0;
	if (is_pipe(file))
		f->flags |= REC_FD_PIPE;
	else if (file && !BPF_CORE_READ(inode, i_nlink))
		f->flags |= REC_FD_DELETED;
	return 0;
}

/* enum path_end */
GLOBAL int file_path(struct stdio_path *p, __u64 addr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = (struct file *)addr;
	volatile struct path_walk *w = (struct path_walk *)p;

	if (!p)
		return PATH_FAILED;
	w->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	w->root_mnt = BPF_CORE_READ(task, fs, root.mnt);
	w->dentry = BPF_CORE_READ(file, f_path.dentry);
	w->mnt = BPF_CORE_READ(file, f_path.mnt);
	path_walk((struct proc_scratch *)p);
	return w->end;
}

/* Pipes and sockets have none. */
static __always_inline void fd_path(struct stdio_raw *r, const int i, struct file *file)
{
	struct rec_fd *fd = &RAW(r)->fd[i];
	int end;

	r->path[i].pos = REC_PATH_MAX;
	if (!(fd->flags & REC_FD_OPEN) || (fd->flags & REC_FD_PIPE) || (fd->mode & FMT_MASK) == FMT_SOCKET)
		return;
	end = file_path(&r->path[i], (__u64)file);
	if (end == PATH_CUT)
		RAW(r)->hdr.flags |= REC_STDIO_CUT;
	else if (end == PATH_FAILED)
		RAW(r)->hdr.flags |= REC_STDIO_FAILED;
}

GLOBAL int fd_peer(struct rec_stdio *r, __u64 addr)
{
	struct file *file = (struct file *)addr;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u32 v4;

	if (!r)
		return 0;
	r->peer_family = family;
	if (family == FAMILY_UNIX) {
		r->peer_pid = BPF_CORE_READ(sk, sk_peer_pid, numbers[0].nr);
	} else if (family == FAMILY_INET) {
		v4 = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		__builtin_memcpy(r->peer, &v4, sizeof(v4));
		r->peer_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	} else if (family == FAMILY_INET6) {
		BPF_CORE_READ_INTO(&r->peer, sk, __sk_common.skc_v6_daddr);
		r->peer_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	}
	return 0;
}

/* 1: told. */
GLOBAL int stdio_tell(__u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *files[3] = {};
	struct stdio_raw *r;

	if (!stdio_files(task, files))
		return 0;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	__builtin_memset(r->rec, 0, sizeof(r->rec));
	RAW(r)->hdr.size = sizeof(*r);
	RAW(r)->hdr.type = REC_STDIO;
	RAW(r)->hdr.flags = flags;
	RAW(r)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	RAW(r)->start_ns = task->group_leader->start_boottime;
	RAW(r)->pid = task->tgid;
	fd_fill(&RAW(r)->fd[0], (__u64)files[0]);
	fd_fill(&RAW(r)->fd[1], (__u64)files[1]);
	fd_fill(&RAW(r)->fd[2], (__u64)files[2]);
	fd_path(r, 0, files[0]);
	fd_path(r, 1, files[1]);
	if ((RAW(r)->fd[1].mode & FMT_MASK) == FMT_SOCKET)
		fd_peer(RAW(r), (__u64)files[1]);
	bpf_ringbuf_submit(r, 0);
	return 1;
}

/* Is it that pipe, open for reading? */
GLOBAL int reads_pipe(__u64 addr, __u64 pipe)
{
	struct file *file = (struct file *)addr;

	return file && (__u64)BPF_CORE_READ(file, f_inode) == pipe && !(BPF_CORE_READ(file, f_flags) & ACCESS_MASK);
}

/* Most pipes without a program behind them are read by the parent: subprocess.run(), $(...). */
GLOBAL int reader_tell(__u64 pipe)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *parent = task->group_leader->real_parent;
	struct files_struct *files = parent->files;
	struct inode *inode = (struct inode *)pipe;
	struct file *table[OUTPUT_FDS] = {};
	struct rec_reader *r;
	int i;

	if (!files || bpf_probe_read_kernel(table, sizeof(table), BPF_CORE_READ(files, fdt, fd)))
		return 0;
	for (i = 0; i < OUTPUT_FDS; i++)
		if (reads_pipe((__u64)table[i], pipe))
			break;
	if (i == OUTPUT_FDS)
		return 0;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	r->hdr.size = sizeof(*r);
	r->hdr.type = REC_READER;
	r->hdr.flags = 0;
	r->hdr.ts_ns = bpf_ktime_get_boot_ns();
	r->pipe = BPF_CORE_READ(inode, i_ino);
	r->pid = parent->tgid;
	r->start_ns = parent->group_leader->start_boottime;
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

#define OUTPUT(r) ((struct rec_output *)(r)->rec)

/* A descriptor behind the standard ones: told when it is a file that can be written and not read. A database's is open for both. */
GLOBAL int output_tell(__u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct files_struct *files = task->files;
	struct file **table = BPF_CORE_READ(files, fdt, fd), *file = NULL;
	struct output_raw *r;
	struct inode *inode;

	if (bpf_probe_read_kernel(&file, sizeof(file), table + fd) || !file || (BPF_CORE_READ(file, f_flags) & ACCESS_MASK) != ACCESS_WRITE)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	if ((BPF_CORE_READ(inode, i_mode) & FMT_MASK) != FMT_FILE)
		return 0;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	__builtin_memset(r->rec, 0, sizeof(r->rec));
	OUTPUT(r)->hdr.size = sizeof(*r);
	OUTPUT(r)->hdr.type = REC_OUTPUT;
	OUTPUT(r)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	OUTPUT(r)->ino = BPF_CORE_READ(inode, i_ino);
	task_fill(&OUTPUT(r)->task, task);
	r->path.pos = REC_PATH_MAX;
	file_path(&r->path, (__u64)file);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static __always_inline void stdio_on_exec(struct task_struct *task)
{
	struct file *files[3] = {};

	if (stdio_files(task, files) && (is_pipe(files[0]) || is_pipe(files[1])))
		stdio_tell(0);
}

static __always_inline void stdio_keep(struct thread *m, const struct stdio_seen *s)
{
	m->file[0] = s->file[0];
	m->file[1] = s->file[1];
	m->file[2] = s->file[2];
	m->out_inode = s->inode;
}

GLOBAL int stdio_compare(struct thread *m)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct stdio_seen now = {}, *seen;
	struct file *out; /* a local: what is read through the struct would be relocated as if it were a kernel type */
	__u32 pid = task->tgid;

	if (!m || !stdio_files(task, (struct file **)now.file))
		return 0;
	out = (struct file *)now.file[1];
	now.inode = (__u64)BPF_CORE_READ(out, f_inode);
	now.start_ns = task->group_leader->start_boottime;
	seen = bpf_map_lookup_elem(&stdio_seen, &pid);
	if (seen && seen->file[1] == now.file[1] && seen->inode == now.inode && seen->file[0] == now.file[0] &&
	    seen->file[2] == now.file[2] && seen->start_ns == now.start_ns) {
		stdio_keep(m, &now);
		return 0;
	}
	if (!stdio_tell(REC_STDIO_CALL))
		return 0;
	if (!bpf_map_update_elem(&stdio_seen, &pid, &now, BPF_ANY))
		stdio_keep(m, &now);
	if (is_pipe(out))
		reader_tell(now.inode);
	for (__u32 fd = 3; fd < OUTPUT_FDS; fd++)
		output_tell(fd);
	return 0;
}

/* The table of a process with few descriptors is part of its files_struct, where plain loads reach. */
static __always_inline bool stdio_same(struct task_struct *task, const struct thread *m)
{
	struct files_struct *files = task->files;
	struct fdtable *fdt = files->fdt;
	struct file *out, *table[3];

	if ((__u64)fdt == (__u64)files + bpf_core_field_offset(struct files_struct, fdtab)) {
		out = files->fd_array[1];
		return (__u64)out == m->file[1] && (__u64)out->f_inode == m->out_inode && (__u64)files->fd_array[0] == m->file[0] &&
		       (__u64)files->fd_array[2] == m->file[2];
	}
	if (bpf_probe_read_kernel(table, sizeof(table), fdt->fd))
		return false;
	out = table[1];
	return (__u64)out == m->file[1] && (__u64)table[0] == m->file[0] && (__u64)table[2] == m->file[2] &&
	       (__u64)BPF_CORE_READ(out, f_inode) == m->out_inode;
}

static __always_inline void stdio_on_call(struct task_struct *task, struct thread *m)
{
	if (!stdio_same(task, m))
		stdio_compare(m);
}

#endif
