// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The records by which attaching tells the pipeline what it did. Each replaces the buffer's content; check b->err once. */
#ifndef QPROV_ATTACH_RECORDS_H
#define QPROV_ATTACH_RECORDS_H

#include "attach/plan.h"
#include "base/buf.h"

struct file_id {
	uint64_t dev;
	uint64_t ino;
};

void record_library(struct buf *b, uint32_t library, const struct file_id *id, const struct plan *p, struct slice path,
		    struct slice build_id);
/* hdr.flags is the number of the argument that is the handle (0 nearly always). */
void record_site(struct buf *b, uint32_t library, uint32_t site, const struct plan *p, const struct plan_site *s);
void record_range(struct buf *b, uint32_t library, const struct plan_range *r);
void record_library_gone(struct buf *b, uint32_t library);
void record_coverage(struct buf *b, struct slice reason, struct slice path, struct slice symbols);
/*
 * A file that this process has mapped cannot be opened. err: negative; REFUSED_FOREIGN: it stands on a filesystem in which a program of an
 * ordinary user answers for the kernel (FUSE). Whoever opens a file there waits for that program, and whoever puts a probe in while a page
 * of it is read waits with a lock that every fork on the machine needs (dup_mmap_sem, kernel/events/uprobes.c), in the end deaf to signals
 * (request_wait_answer(), fs/fuse/dev.c). So nothing in them is opened, even where root may (user_allow_other in fuse.conf).
 */
#define REFUSED_FOREIGN (-EREMOTEIO)
void record_refused(struct buf *b, uint32_t pid, struct slice path, int err);
/* The probes of a file came delay_ns after this process mapped it. */
void record_delay(struct buf *b, uint32_t pid, struct slice path, uint64_t delay_ns);

#endif
