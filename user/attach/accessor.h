// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Offsets inside a library's private structures, read from that very file's accessor functions: the function is followed for a
 * first argument that is not NULL, and what it returns, or the first word it looks at, tells the offset. What cannot be
 * followed is unknown; nothing is guessed.
 */
#ifndef QPROV_ACCESSOR_H
#define QPROV_ACCESSOR_H

#include <stddef.h>
#include <stdint.h>

#define ACCESSOR_BYTES 256 /* of a function's code that are worth reading */
#define ACCESSOR_OFFSET_MAX 65536

enum accessor_form {
	ACCESSOR_RETURN_32, /* returns the 32 bits at the offset */
	ACCESSOR_RETURN_64,
	ACCESSOR_ADDRESS,  /* returns the address at the offset */
	ACCESSOR_FIRST_32, /* looks first at the 32 bits at the offset, whatever it returns */
	ACCESSOR_FIRST_64,
	ACCESSOR_INDEX_32, /* reads the 32 bits of an array's element args[1]: the offset of element `index` */
};

/* 0, or -ENOENT when the code cannot be followed to a certain answer. index is for ACCESSOR_INDEX_32 only. */
int accessor_decode(const uint8_t *code, size_t n, enum accessor_form form, unsigned index, int32_t *ret_off);

#endif
