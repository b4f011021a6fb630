// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What is kept of a thread between its calls, so that a call at which nothing changed costs one look-up: the connection it used last, the
 * standard descriptors as they were told, the functions under way. And room for a copy of the object that the call is about: a read of user
 * memory costs about 70 ns, whether it is of 4 bytes or of 400. The kernel frees it with the thread.
 */
#ifndef QPROV_BPF_THREAD_H
#define QPROV_BPF_THREAD_H

#include "text.h"

struct thread {
	/* PROBE_LAYER: where the return addresses of the layers are, and what stood there; outermost first. */
	__u64 layers;
	struct {
		__u64 at;
		__u64 ret;
	} frame[8]; /* REC_LAYERS_MAX; eight so that a mask bounds the index */

	/* REC_STDIO that was told: struct file of each, and the inode of stdout, for the memory of a closed file is soon another one's. */
	__u64 file[3];
	__u64 out_inode;

	/* REC_CONN that was told or need not be. */
	__u64 conn;
	__u64 conn_id;
	__u64 id_at;   /* address of the id; 0: it has none */
	__u32 id_size; /* bytes of it; ID_BY_CHAIN: it takes more than one read */
	__u32 conn_spec;
	__u32 conn_epoch;
	__u32 spare; /* not kept: the kernel gave no room */

	/* Ids as its pid namespace numbers them: for good. ns_pid 0: not looked for. */
	__u32 ns_pid;
	__u32 pid_ns;

	/* Of the record under way: pages that were not resident. See page_missed(). */
	__u64 missed; /* where those begin that are worth a touch; 0: none */
	__u64 missed_len;
	__u64 touched; /* the last one that was touched */
	__u32 misses;  /* so many so far */
	__u32 skip;    /* so many of them did not come */
	__u32 touches; /* of this call; TOUCHES_MAX: it may not sleep */
	__u32 pad;

	__u64 looked; /* PROBE_LOOK; 0: nothing */

	__u64 block_at;
	__u64 block_len; /* 0: none */
	__u64 block[BLOCK_MAX / 8 + 1];
};

#define ID_BY_CHAIN 0xff

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/* Counts the ends of connections: what a thread keeps of one is good until then. */
__u32 conn_epoch = 0;

static __always_inline void thread_zero(struct thread *m)
{
	volatile __u64 *w = (volatile __u64 *)m; /* else it becomes a call of memset, of which there is none */

	for (unsigned i = 0; i < sizeof(*m) / 8; i++)
		w[i] = 0;
}

/* For a call: each time the room of a record is given up in the ring. What is then still missing is recorded as unreadable. */
#define TOUCHES_MAX 16
#define TOUCH_PAGES 64

/* These bytes could not be read: their pages are noted, for thread_touch(). */
GLOBAL int page_missed(__u64 addr, __u64 size)
{
	struct thread *m = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), 0, 0);

	if (!m || m->misses++ != m->skip)
		return 0;
	m->missed = addr;
	m->missed_len = size;
	return 0;
}

static __always_inline void thread_begin(struct thread *m)
{
	m->missed = m->touched = 0;
	m->misses = m->skip = 0;
}

/* Is the record to be given up and begun anew? */
static __always_inline bool thread_misses(const struct thread *m)
{
	return m->missed && m->touches < TOUCHES_MAX;
}

/* While no record is reserved: this may take as long as the program's memory takes to come. */
GLOBAL int thread_touch(struct thread *m)
{
	__u64 at, end;

	if (!m)
		return 0;
	at = m->missed;
	end = at + m->missed_len;
	if (at == m->touched || page_wait(at, 1))
		m->skip++;
	m->touched = at;
	m->missed = m->misses = 0;
	m->touches++;
	for (int i = 1; i < TOUCH_PAGES; i++) {
		at = (at | (PAGE_BYTES - 1)) + 1;
		if (at >= end || page_wait(at, 1))
			break;
	}
	return 0;
}

/* PROBE_LOOK, PROBE_LOOK_END: whether the call is to be sent. Of no object at all: always. */
static __always_inline bool thread_looks(struct thread *m, __u64 object, const bool end)
{
	bool again = object && m->looked == object;

	if (again && end)
		m->looked = 0;
	else if (!end)
		m->looked = object;
	return end || !again;
}

static __always_inline void block_read(struct thread *m, __u64 at, __u64 len, const bool sleepable)
{
	m->block_len = 0;
	len = at_most(len, BLOCK_MAX);
	if (!len || user_read(m->block, len, at, sleepable))
		return;
	m->block_at = at;
	m->block_len = len;
}

/* Where in the block size bytes of address addr are; -1: not all of them are there. */
static __always_inline __s64 block_find(const struct thread *m, __u64 addr, const __u32 size)
{
	__u64 at = addr - m->block_at, len = m->block_len;

	if (len < size || at > len - size)
		return -1;
	return at_most(at, BLOCK_MAX - size);
}

/* A value of 2, 4 or 8 bytes of the traced process: from the block, or else from its memory, by read. */
#define PEEK_OR(m, ret, addr, read)                                                                                                        \
	({                                                                                                                                 \
		__s64 at_ = block_find(m, addr, sizeof(*(ret)));                                                                           \
		long err_ = 0;                                                                                                             \
                                                                                                                                           \
		if (at_ >= 0)                                                                                                              \
			*(ret) = *(const typeof(*(ret)) *)((const char *)(m)->block + at_);                                                \
		else                                                                                                                       \
			err_ = (read);                                                                                                     \
		err_;                                                                                                                      \
	})

#define PEEK(m, ret, addr, sleepable) PEEK_OR(m, ret, addr, user_read(ret, sizeof(*(ret)), addr, sleepable))
/* While a record is reserved. */
#define RECORD_PEEK(m, ret, addr) PEEK_OR(m, ret, addr, record_read(ret, sizeof(*(ret)), addr))

#endif
