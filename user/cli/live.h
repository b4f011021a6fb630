// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The live source: kernel rings, mapping notices, timers and signals become records, in one thread and one poll loop. */
#ifndef QPROV_LIVE_H
#define QPROV_LIVE_H

#include "cli/options.h"
#include "cli/view.h"

/*
 * Runs until a signal, o->duration_s, o->count or a closed stdout; SIGHUP loads the configuration again. Prints "ready" on stderr when all
 * probes are attached. *config may be replaced by a newer one, which the caller frees. Returns the exit code.
 */
int live_run(const struct options *o, struct config **config, struct view *view);

#endif
