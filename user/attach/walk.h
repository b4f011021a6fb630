// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The long search: folders in which language packages, environments and programs carry client libraries of their own. A thread of
 * low priority walks them, looks into each shared object and executable, and hands over the names of those that mention a client function;
 * a slow or endless tree holds up nobody. Other file systems than those of local disks are not entered.
 */
#ifndef QPROV_WALK_H
#define QPROV_WALK_H

#include "base/slice.h"

#define WALK_DEPTH_MAX 32
#define WALK_ENTRIES_MAX 20000000u /* in one walk; beyond it the rest is not seen before it is mapped */
#define WALK_QUEUE_MAX 256         /* names waiting to be taken; then the walker waits */

struct walk;

struct walk_stats {
	uint64_t folders, entries, files; /* files: looked into */
	uint64_t found;
	uint64_t milliseconds;
	bool done, cut;
};

/* roots: NULL-terminated glob patterns, NULL for the built-in ones, each taken below the folder below ("": none). 0 or -errno. */
int walk_start(const char *below, const char *const *roots, struct walk **ret);
/* Ends the walk wherever it is. NULL is fine. */
void walk_stop(struct walk *w);
/* Readable when there is something to take. */
int walk_poll_fd(const struct walk *w);
/* Hands over at most max names; how many. */
typedef void (*walk_fn)(void *ctx, const char *path);
unsigned walk_take(struct walk *w, unsigned max, walk_fn fn, void *ctx);
void walk_stats(struct walk *w, struct walk_stats *ret);

#endif
