// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which functions of a file without symbols belong to a library inside: those that its known functions reach by direct calls and jumps.
 * A library calls its host by pointers only, so the host's functions are not among them.
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
	const void *ctx;
};

#define REACH_REACHED 1
#define REACH_CALLS 2 /* it calls one of those that are asked for */

/*
 * begin: n functions of the library; called: n of those that are asked for; 0 in both: none. flags: one byte for each function, 0 before.
 * Every function's code is read once. 0 or -ENOMEM.
 */
int reach_from(const struct reach *r, const uint64_t *begin, const uint64_t *called, size_t n, uint8_t *flags);

#endif
