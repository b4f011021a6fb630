// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the files of the capture stage share; nobody else includes it but their tests. */
#ifndef QPROV_CAPTURE_INTERNAL_H
#define QPROV_CAPTURE_INTERNAL_H

#include <bpf/libbpf.h>

#include "base/slice.h"
#include "capture/capture.h"
#include "capture/ring.h"

#define MECHANISMS 4
#define PROCESS_LINKS 3
#define RECORD_BYTES_MAX                                                                                                                   \
	(sizeof(struct rec_exec) + 2 * REC_PATH_MAX + REC_EXEC_ARGS_MAX > sizeof(struct rec_call) + REC_TEXT_MAX                           \
		 ? sizeof(struct rec_exec) + 2 * REC_PATH_MAX + REC_EXEC_ARGS_MAX                                                          \
		 : sizeof(struct rec_call) + REC_TEXT_MAX)

/* A way to attach; in order of preference. */
struct mechanism {
	const char *name; /* what capture_mechanism() says */
	const char *key;  /* QPROV_MECHANISM */
	bool multi;
	bool sleepable;
};

extern const struct mechanism mechanisms[MECHANISMS];

struct capture {
	const struct mechanism *mech;
	struct bpf_object *obj;
	struct bpf_program *prog; /* the uprobe program in use */
	struct ring calls;
	struct ring procs;
	struct bpf_link *process_links[PROCESS_LINKS];
	int epoll_fd;
	int specs_fd, counters_fd, counts_fd, conn_specs_fd, taken_fd, losers_fd;
	const volatile uint64_t *sleepers; /* programs that wait for a page; NULL: not known */
	bool conn_taken[CONN_SPECS_MAX];
	int uprobe_type; /* of the perf event source */
	int cpus;
	uint32_t text_max;
	uint32_t next_spec;   /* where a free slot is looked for first */
	uint64_t counts_full; /* at the last sweep of the counts map */
	/* drain */
	capture_fn fn;
	void *ctx;
	int drained;
	uint64_t unreadable[REC_LOSS_KINDS]; /* records that came and were none */
	char *record;                        /* one compacted record, RECORD_BYTES_MAX + 8 */
	struct probe_spec specs[PROBE_SITES_MAX];
};

struct capture_link {
	size_t n;
	int fds[]; /* one link (multi), or n perf events followed by their n links */
};

void capture_error_set(struct capture_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* capture.c: the constants of bpf/maps.h in an object that is not loaded yet. 0 or -errno. */
int capture_set_constants(struct bpf_object *obj, uint32_t skip_pid, uint32_t text_max);

/* link.c */
/* A link of a program to a target; its descriptor or -errno. */
int link_create_at(int prog_fd, int target_fd, uint32_t attach_type);
/* The place of an address of ours in its file. 0 or -ENOENT. */
int link_own_offset(uintptr_t addr, uint64_t *ret);
/* Attaches to one function of our own: does this mechanism work here? */
int link_probe(struct capture *c);
int link_uprobe_type(void);

/* close.c */
/* One multi link. Waits until it is closed, but not for long. */
void close_link(const struct capture *c, int link);
/* Perf events and their links, in ascending order, -1 for none; they are closed when this has returned. */
void close_events(const struct capture *c, const int *fds, size_t n);

/* drain.c */
int drain_open(struct capture *c);
void drain_close(struct capture *c);

/* descriptors.c: as many open files as we may have. 0, or -EMFILE and err: that is less than DESCRIPTORS_LEAST. */
int descriptors_raise(struct capture_error *err);

#endif
