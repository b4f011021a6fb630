// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Maps and constants shared by the programs. User space finds them by name (user/capture/). */
#ifndef QPROV_BPF_MAPS_H
#define QPROV_BPF_MAPS_H

#include "counters.h"
#include "record.h"

/*
 * A function with external linkage is verified once, by its own; a static one anew with the state of each call. It gets pointers it must
 * check and knows the size of what they point to by their type.
 */
#define GLOBAL __attribute__((noinline))

#define STDIO_SEEN 16384

/* Set before load. */
const volatile __u32 skip_pid = 0;
const volatile __u32 text_max = REC_TEXT_MAX;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20); /* resized before load */
} calls SEC(".maps");

/* On its own, so that a flood of queries cannot push out who made them. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} procs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PROBE_SITES_MAX);
	__type(key, __u32);
	__type(value, struct probe_spec);
} specs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CONN_SPECS_MAX);
	__type(key, __u32);
	__type(value, struct conn_spec);
} conn_specs SEC(".maps");

/* Programs that wait for a page of their process, on which nothing may be taken out of the kernel (user/capture/close.c). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} sleepers SEC(".maps");

struct conn_met {
	__u64 id;
	__u64 born; /* task_born() */
};

/* Connections that were told. What falls out of it is told once more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CONN_KEYS_MAX);
	__type(key, struct count_key);
	__type(value, struct conn_met);
} conns_met SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct stdio_seen {
	__u64 start_ns;
	__u64 file[3];
	__u64 inode; /* of stdout: the memory of a closed file is soon another one's */
};

/* What was told of the descriptors of each process that called a client function. One that is forgotten is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STDIO_SEEN);
	__type(key, __u32);
	__type(value, struct stdio_seen);
} stdio_seen SEC(".maps");

/* PROBE_COUNT: calls per (process, args[0]). Preallocated: older kernels demand it of sleepable programs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, COUNT_KEYS_MAX);
	__type(key, struct count_key);
	__type(value, struct count);
} counts SEC(".maps");

/* PROBE_TAKEN, by connection. What falls out of it begins anew: it is then known that it was not all. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, TAKEN_KEYS_MAX);
	__type(key, struct count_key);
	__type(value, struct taken);
} taken SEC(".maps");

/* Atomic although per CPU: a sleepable program may be preempted by another one on the same CPU. */
static __always_inline void counter_add(__u32 which)
{
	__u64 *v = bpf_map_lookup_elem(&counters, &which);

	if (v)
		__sync_fetch_and_add(v, 1);
}

#endif
