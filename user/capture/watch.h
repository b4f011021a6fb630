// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* New executable mappings of every process, from perf mmap2 records (one dummy software event per CPU). */
#ifndef QPROV_WATCH_H
#define QPROV_WATCH_H

#include "base/slice.h"

struct watch;

struct watch_mapping {
	uint64_t ts_ns; /* CLOCK_BOOTTIME of the mapping */
	uint32_t pid;
	uint64_t addr, len; /* of the mapping, to open /proc/PID/map_files/addr-end */
	uint64_t ino;
	uint32_t major, minor;
	uint64_t generation;
	struct slice path; /* as the kernel prints it; may be "//anon", "[vdso]", "/memfd:x (deleted)" */
};

int watch_new(struct watch **ret);
void watch_free(struct watch *w);
int watch_poll_fd(const struct watch *w);
typedef void (*watch_fn)(void *ctx, const struct watch_mapping *m);
/* Delivers executable, file-backed mappings only. */
void watch_drain(struct watch *w, watch_fn fn, void *ctx);
/* Notices the kernel had to drop since start. */
uint64_t watch_lost(const struct watch *w);

#endif
