// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What BPF and user space share beside include/record.h: slots of the counters map, and the key of the counts and conns_met maps. */
#ifndef QPROV_BPF_COUNTERS_H
#define QPROV_BPF_COUNTERS_H

#include "record.h"

/* 0 .. REC_LOSS_KINDS-1: losses by kind. */
enum counter {
	COUNTER_CALLS = REC_LOSS_KINDS, /* calls at sites that send a record, lost ones included */
	COUNTER_COUNTS_FULL,            /* PROBE_COUNT calls that found no room */
	COUNTERS
};

#define COUNT_KEYS_MAX 65536
#define TAKEN_KEYS_MAX 1024
#define CONN_KEYS_MAX 16384
#define BOUND_KEYS_MAX 1024
#define LOSERS_MAX 1024

/* Calls of a process that found no room in their ring. */
struct loser {
	struct rec_task task; /* of the first of them */
	__u64 n;
};

#define ALL_FILES 0 /* conns_met: a connection is told once, whichever file heard of it */

struct count_key {
	__u32 pid;
	__u32 file; /* probe_spec.file; ALL_FILES: of the process */
	__u64 handle;
};

/* PROBE_COUNT, PROBE_ADD */
struct count {
	__u64 n;
	__u64 born; /* task_born(): that of another program is none */
};

/* PROBE_TAKEN */
struct taken {
	__u64 born; /* task_born() */
	__u64 calls, rows, bytes;
};

/* A REC_STDIO in the ring: the two paths stand where the walk left them, user space puts them behind the fixed part. */
struct stdio_path {
	__u64 walk[4];
	__u32 pos; /* the path is path[pos .. REC_PATH_MAX) */
	__u32 end;
	char path[REC_PATH_MAX + 256];
};

struct stdio_raw {
	__u64 rec[sizeof(struct rec_stdio) / 8];
	struct stdio_path path[2]; /* of stdin, of stdout */
};

/* A REC_OUTPUT in the ring, likewise. */
struct output_raw {
	__u64 rec[sizeof(struct rec_output) / 8];
	struct stdio_path path;
};

/* A REC_OUTPUT of bpf/open.h: the path stands at its beginning. Told from the one above by its size. */
struct opened_raw {
	__u64 rec[sizeof(struct rec_output) / 8];
	__u32 len;
	__u32 pad;
	char path[REC_PATH_MAX];
};

_Static_assert(sizeof(struct opened_raw) != sizeof(struct output_raw), "user space tells them apart");

/* The floor's maps. */
#define FLOOR_PORTS_MAX 1024
#define FLOOR_PATH_MAX 108 /* sun_path */

struct floor_path {
	__u32 len;
	char path[FLOOR_PATH_MAX]; /* zeros after len */
};

#endif
