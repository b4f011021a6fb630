// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What passes by the libraries right now: one look through all open sockets and files, for `qprov probes`. */
#ifndef QPROV_UNCOVERED_H
#define QPROV_UNCOVERED_H

#include "attach/attach.h"

/*
 * Prints a line (or, with json, an object) for each process that holds a connection to a database or a database file and maps no library
 * of that system in which functions are hooked. a has scanned. Takes a second or two. How many, or -errno: not permitted, or not here.
 */
int uncovered_print(struct attach *a, bool json);

#endif
