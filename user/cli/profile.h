// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What kind of program a process is, as far as it explains why no statement of it was seen: which hooked libraries it maps, in what
 * language it is written, whether its executable carries a client library without names. Read from /proc at that moment.
 */
#ifndef QPROV_PROFILE_H
#define QPROV_PROFILE_H

#include "attach/engine.h"
#include "base/buf.h"

#define PROFILE_EXE_MAX (64u << 20) /* of an executable, what is searched for a library carried inside */

struct profiler;

int profiler_new(struct attach *a, struct profiler **ret);
void profiler_free(struct profiler *p);

/* A new executable mapping: remembered for processes that end before they are looked at. */
void profile_mapping(struct profiler *p, const struct watch_mapping *m);
/* Builds a REC_PROFILE in out. 0 or -ENOMEM; a process that is gone gets REC_PROFILE_GONE. */
int profile_record(struct profiler *p, uint32_t pid, uint64_t start_ns, uint64_t ts_ns, struct buf *out);

enum profile_file {
	PROFILE_PLAIN,
	PROFILE_CARRIES_FILES, /* it carries a library that reads database files (SQLite, DuckDB) without its functions' names */
	PROFILE_LATER,         /* too much was searched in this second */
};
/* What an executable carries; searched once for each state of the file. */
enum profile_file profile_file(struct profiler *p, int fd, const struct stat *st);

#endif
