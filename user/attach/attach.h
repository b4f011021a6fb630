// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Attach: finds client libraries by their exported symbols, resolves the functions of the client table in each file, decides where
 * to probe, attaches inode-wide, and describes what it did as REC_LIBRARY, REC_SITE, REC_RANGE and REC_COVERAGE records.
 */
#ifndef QPROV_ATTACH_H
#define QPROV_ATTACH_H

#include "base/slice.h"
#include "capture/capture.h"
#include "capture/hurry.h"
#include "capture/watch.h"
#include "config/config.h"

struct attach;

struct attach_options {
	bool sqlite_rows, mysql_rows;
	const struct config *config; /* its probes are hooked as well; NULL: none. Used by attach_new() only */
	bool dry_run;                /* "probes": resolve and describe, attach nothing (capture may be NULL) */
};

/* emit receives records to be pushed into the pipeline, in order, before any call of the new sites can arrive. */
typedef int (*attach_emit_fn)(void *ctx, struct slice record);

int attach_new(struct capture *c, const struct attach_options *o, attach_emit_fn emit, void *ctx, struct attach **ret);
/* Takes all probes out; what is known of files stays, for those who ask until attach_free(). NULL is fine. */
void attach_detach(struct attach *a);
void attach_free(struct attach *a);

/* Every executable mapping of every process, then the ld.so cache. Number of libraries newly hooked, or negative. */
int attach_scan(struct attach *a);
/* For what is hooked while it is in use, from now on; the caller's, NULL: the kernel takes its time. */
void attach_hurry(struct attach *a, struct hurry *h);
/* One new mapping, from the watcher. */
void attach_mapping(struct attach *a, const struct watch_mapping *m);
/* Now and then (it knows when it is due): files replaced, overwritten, gone; a new ld.so.cache. */
void attach_sweep(struct attach *a, uint64_t now_ns);
/*
 * A root other than ours that was met, each once: the pid of a process that lives there, for the long search (attach/walk.h). False: none
 * is left. Roots that come in masses are not all kept: what is below the others is found when it is used.
 */
bool attach_new_root(struct attach *a, unsigned *ret_pid);
/*
 * Functions of this library that are called for each row (ROW_COUNTED) are probed from now on, until nobody has asked for ATTACH_COUNT_NS.
 * 0, -ENOENT (no such library, or nothing to count in it) or -errno.
 */
#define ATTACH_COUNT_NS 3600000000000ull
int attach_count(struct attach *a, uint32_t library, uint64_t now_ns);
/* One file by path (tests, bench, probes PATH). 0, 1 (hooked), or -errno. */
int attach_path(struct attach *a, const char *path);

uint32_t attach_libraries(const struct attach *a);
uint32_t attach_sites(const struct attach *a);

#endif
