// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which functions of a file without symbols belong to SQLite inside: those that its known functions reach by direct calls and jumps. A
 * library calls its host by pointers only, so the host's functions are not among them. Two kinds of pointers are followed all the same,
 * from tables that its own code names: to functions that register modules (sqlite3BuiltinExtensions), and, where such a function names a
 * module (struct sqlite3_module, whose form is public), to what that consists of. So the full text search and the R-tree are reached.
 */
#ifndef QPROV_REACH_H
#define QPROV_REACH_H

#include <stdbool.h>

#include "attach/unwind.h"

struct reach {
	const struct extent *functions; /* of the file, by address */
	size_t nfunctions;
	const uint8_t *(*code)(const void *ctx, const struct extent *f); /* the bytes of a function, NULL: not in the file */
	uint64_t (*stub)(const void *ctx, uint64_t vaddr);               /* where a PLT stub leads; 0: it is none */
	const uint8_t *(*data)(const void *ctx, uint64_t vaddr,
			       size_t *ret_left); /* what lies there beside code, and how much; NULL: nothing */
	const void *ctx;
	const uint64_t *makers; /* functions by which modules are registered; 0: none */
	size_t nmakers;
};

#define REACH_REACHED 1
#define REACH_CALLS 2 /* it calls one of those that are asked for, or what ends in a jump to one, which then returns to it */
#define REACH_MAKES 4 /* it registers modules */
#define REACH_MAKES_NONE 8
#define REACH_JUMPS 16 /* it ends in a jump to one of those that are asked for */

/*
 * begin: n functions of the library; called: n of those that are asked for; 0 in both: none. flags: one byte for each function, 0 before.
 * Every function's code is read once. 0 or -ENOMEM.
 */
int reach_from(const struct reach *r, const uint64_t *begin, const uint64_t *called, size_t n, uint8_t *flags);

#endif
