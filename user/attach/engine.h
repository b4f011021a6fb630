// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The attacher's inside: what scan.c and the `probes` command need beyond attach.h. */
#ifndef QPROV_ENGINE_H
#define QPROV_ENGINE_H

#include <sys/stat.h>

#include "attach/attach.h"
#include "attach/plan.h"

#define ATTACH_FILES_MAX 16384 /* files remembered, hooked or not */
#define ATTACH_HOOKED_MAX 2048 /* files hooked at a time */

/* Called with each plan before it is carried out; the plan lives during the call only. */
typedef void (*attach_plan_fn)(void *ctx, struct slice path, const struct plan *p);
void attach_observe(struct attach *a, attach_plan_fn fn, void *ctx);

/* Tells of configured libraries of which none was found. */
void attach_missing(struct attach *a);
/* Bit n: a library of enum client_system n is hooked in this file. */
uint32_t attach_systems(const struct attach *a, const struct stat *st);

#endif
