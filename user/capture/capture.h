// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Capture: loads the BPF programs, holds the rings, and hands out raw records; see include/record.h. Attaching probes is
 * beside it (attach/). Needs root (CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN on older kernels).
 * For tests, the environment's QPROV_MECHANISM forces one way to attach: multi, multi-nosleep, perf, perf-nosleep; QPROV_BTF names a file
 * with the type information of a kernel, against which the programs are relocated instead of this one's.
 */
#ifndef QPROV_CAPTURE_H
#define QPROV_CAPTURE_H

#include "base/slice.h"
#include "record.h"

#define DESCRIPTORS_LEAST 256 /* that we may have; with a few client libraries about half of them are in use */

struct capture;

struct capture_options {
	uint64_t ring_bytes; /* calls ring; 0: 16 MiB */
	uint64_t text_max;   /* bytes of a text; <= REC_STATEMENT_MAX; 0: that */
	uint32_t skip_pid;   /* our own process: its calls are not recorded */
};

struct capture_error {
	char text[512]; /* what failed and the remedy */
};

/* 0, -EPERM/-EACCES (not permitted), -ENOTSUP (kernel without BTF, uprobes, ...) or another -errno, with err filled. */
int capture_open(const struct capture_options *o, struct capture **ret, struct capture_error *err);
/* Starts exec, fork and exit records. */
int capture_start_process_records(struct capture *c, struct capture_error *err);
/* Everything is detached when this returns, within 2 s (the remaining perf events of old kernels close in the background). */
void capture_close(struct capture *c);

/* The epoll-able descriptors that become readable with new records. */
int capture_poll_fd(const struct capture *c);

/* fn gets one whole record; a negative return stops the drain and is returned. */
typedef int (*capture_fn)(void *ctx, struct slice record);
/* Drains what is there: all process records first, again before each call record. Number of records or negative. */
int capture_drain(struct capture *c, capture_fn fn, void *ctx);

/* Totals so far for REC_TICK: lost[] and calls. */
void capture_counters(struct capture *c, uint64_t lost[REC_LOSS_KINDS], uint64_t *ret_calls);

/* Calls so far whose bytes or steps found no room to be counted: their statement's are not known. As of the last capture_counters(). */
uint64_t capture_uncounted(const struct capture *c);

#define CAPTURE_LOSERS_MAX 64 /* told at once; the others with the next call */

/* Once for each process whose calls were lost since it was last told, with their number; how many. */
typedef void (*capture_loser_fn)(void *ctx, const struct rec_task *task, uint64_t n);
unsigned capture_losers(struct capture *c, capture_loser_fn fn, void *ctx);

/* ---- for attach ---- */
/* Takes a free slot of the probe table: not soon one that was given back, whose probe may still be on its way out. Index, or -ENOSPC. */
int capture_spec_add(struct capture *c, const struct probe_spec *spec);
/* Its probe says nothing from here on. To be called before that is detached: see capture_detach(). */
void capture_spec_del(struct capture *c, uint32_t site);
/* The same for what is read of a connection: 1 + index, for probe_spec.conn; -ENOSPC. 0 is fine for the other. */
int capture_conn_add(struct capture *c, const struct conn_spec *spec);
void capture_conn_del(struct capture *c, uint16_t conn);
/* What was counted by PROBE_TAKEN in the file with this number (probe_spec.file). */
void capture_taken_forget(struct capture *c, uint8_t file);
struct capture_link; /* all probes of one file */
/*
 * One uprobe per offset (file offsets) with its site as cookie, inode-wide, in the file behind fd (kept only during the call).
 * Several sites at one offset are the caller's mistake (-EINVAL). Uses uprobe_multi, or perf events where that is missing.
 */
int capture_attach(struct capture *c, int fd, const uint64_t *offsets, const uint32_t *sites, size_t n, struct capture_link **ret);
/*
 * Multi links are gone when this returns, but where a program is held in the probe by its own memory: the kernel waits for that one, and a
 * background process with it. Perf events and their links take 40 to 500 ms each: they are left to background processes, and until those
 * are through (seconds) calls still cost the client a probe. Either way those processes begin when no program waits for a page of its own
 * process: on older kernels others wait for whoever takes a probe out while a program is in it. NULL is fine.
 */
void capture_detach(struct capture *c, struct capture_link *l);
/* The same for many at once: each waits for the kernel's grace periods, so they wait side by side. NULL elements are fine. */
void capture_detach_all(struct capture *c, struct capture_link **links, size_t n);
/* "uprobe_multi, sleepable", "uprobe_multi", "perf_event, sleepable", "perf_event" */
const char *capture_mechanism(const struct capture *c);

#endif
