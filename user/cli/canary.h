// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A canary proves each hook: a short-lived process of our own, without any privilege, loads the library and calls the hooked functions
 * with a text of its own; the records must arrive. They are taken out of the stream here. Only libraries that root alone can write are
 * loaded, only families whose functions take such a call; the others are "not proven" and no more. One library at a time, each within
 * CANARY_NS.
 */
#ifndef QPROV_CANARY_H
#define QPROV_CANARY_H

#include "attach/attach.h"

#define CANARY_QUEUE_MAX 256 /* libraries waiting; beyond it they are not tried */
#define CANARY_SITES_MAX 112 /* ODBC has most */
#define CANARY_NS 2000000000ull
#define CANARY_TEXT "SELECT 1 /* qprov canary */"

struct canary;

/* emit gets a REC_CANARY for each library that was tried. 0 or -ENOMEM. */
int canary_new(attach_emit_fn emit, void *ctx, struct canary **ret);
/*
 * Ends the running one; its calls that are still in the rings are known by canary_record() until canary_free(). Before probes are taken
 * out: until a canary has come through its exec it holds their descriptors too, and a process that is killed as their last holder leaves
 * the breakpoints where they are. NULL is fine.
 */
void canary_end(struct canary *c);
void canary_free(struct canary *c);

/* What attaching tells: libraries and sites are noted, to be tried later. */
void canary_attached(struct canary *c, struct slice record);
/* From the rings. True: a call of the canary's own, not to be pushed. NULL c is fine. */
bool canary_record(struct canary *c, struct slice record);
/* Starts the next one, ends the running one when it has spoken or its time is up. After the rings were drained. */
void canary_tick(struct canary *c, uint64_t now_ns);
/* True while one runs or waits: the caller should come again soon. */
bool canary_busy(const struct canary *c);

/* Whether the functions in this file are tried: it is of a family that takes a harmless call, and nobody but root can write it. */
bool canary_may_try(struct slice family, struct slice path);
/* Whether functions of this family take one. */
bool canary_knows(struct slice family);
/* The canary itself: "qprov canary FAMILY LIBRARY SYMBOL...". Writes each symbol before it is called. */
int cmd_canary(int argc, char **argv);

#endif
