// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Files that are opened for writing by a process that has called a client function: a file that is written and closed at once is not there
 * any more when user space looks. The hook is on opening alone, so it costs other system calls nothing, and an opening for reading only
 * two loads.
 */
#ifndef QPROV_BPF_OPEN_H
#define QPROV_BPF_OPEN_H

#include "task.h"

#define OPENS_A_SECOND 32 /* of one process; it may open files without end */
#define OPENING_PROCESSES 4096
#define FILE_ACCESS 3 /* O_ACCMODE */
#define FILE_READ_WRITE 2

struct opens {
	__u64 start_ns;
	__u64 since_ns;
	__u64 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, OPENING_PROCESSES);
	__type(key, __u32);
	__type(value, struct opens);
} opens SEC(".maps");

/* How many files it opened in this second, this one with them. */
static __always_inline __u64 count_open(__u32 pid, __u64 start_ns, __u64 now_ns)
{
	struct opens *o = bpf_map_lookup_elem(&opens, &pid), first = { start_ns, now_ns, 1 };

	if (o && o->start_ns == start_ns && now_ns - o->since_ns < 1000000000u)
		return __sync_fetch_and_add(&o->n, 1) + 1;
	bpf_map_update_elem(&opens, &pid, &first, BPF_ANY);
	return 1;
}

#define OPENED(r) ((struct rec_output *)(r)->rec)

/* The opening may still fail, which is rare at this point: the file has been found or made, and may be written. */
SEC("fentry/security_file_open")
int on_open(__u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	__u32 access = file->f_flags & FILE_ACCESS;
	struct task_struct *task;
	struct stdio_seen *seen;
	struct opened_raw *r;
	__u64 start_ns, n;
	__u32 pid;
	long len;

	if (!access || (file->f_inode->i_mode & S_IFMT) != S_IFREG)
		return 0;
	task = bpf_get_current_task_btf();
	pid = task->tgid;
	start_ns = task->group_leader->start_boottime;
	seen = bpf_map_lookup_elem(&stdio_seen, &pid);
	if (!seen || seen->start_ns != start_ns || pid == skip_pid)
		return 0;
	n = count_open(pid, start_ns, bpf_ktime_get_boot_ns());
	if (n > OPENS_A_SECOND)
		return 0;
	r = bpf_ringbuf_reserve(&procs, sizeof(*r), 0);
	if (!r) {
		counter_add(REC_LOSS_EXEC);
		return 0;
	}
	__builtin_memset(r->rec, 0, sizeof(r->rec));
	OPENED(r)->hdr.size = sizeof(*r);
	OPENED(r)->hdr.type = REC_OUTPUT;
	OPENED(r)->hdr.flags = (access >= FILE_READ_WRITE ? REC_OUTPUT_READ : 0) | (n == OPENS_A_SECOND ? REC_OUTPUT_MORE : 0);
	OPENED(r)->hdr.ts_ns = bpf_ktime_get_boot_ns();
	OPENED(r)->ino = file->f_inode->i_ino;
	task_fill(&OPENED(r)->task, task);
	len = bpf_d_path(&file->f_path, r->path, sizeof(r->path));
	r->len = len > 0 ? len - 1 : 0;
	r->pad = 0;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

#endif
