// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov probes --try: attaches for a moment and lets the canary try each hook. */
#ifndef QPROV_PROBES_TRY_H
#define QPROV_PROBES_TRY_H

#include "base/slice.h"
#include "config/config.h"

#define PROBES_TRY_NS 120000000000ull /* for all libraries; what is left over then was not tried */

/*
 * Hooks the libraries in the given files (n 0: those in use or installed) and prints for each how many of its probes were tried, how
 * many fired, and which did not. config may be NULL. Exit code: EXIT_FINDINGS when one did not fire or a file could not be hooked.
 */
int probes_try(const struct config *config, int n, char **files, bool json);

#endif
