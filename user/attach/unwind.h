// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where functions end, from the tables of the unwinder (.eh_frame), which a stripped file keeps: Linux Standard Base, Core, chapter 10.6.
 * They come from a hostile file: lengths are checked, and what is not of the common form is passed over.
 */
#ifndef QPROV_UNWIND_H
#define QPROV_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#define UNWIND_FUNCTIONS_MAX (1u << 20)
#define UNWIND_PCREL_SDATA4 0x1b /* how x86-64 and aarch64 write addresses there: 32 bits, from where they stand */

struct extent {
	uint64_t begin, size;
};

/*
 * The functions that the table (len bytes, which lie at vaddr) tells of, by address, each once; the caller frees *ret. What is beyond
 * UNWIND_FUNCTIONS_MAX is left out. 0 or -ENOMEM.
 */
int unwind_functions(const uint8_t *table, size_t len, uint64_t vaddr, struct extent **ret, size_t *ret_n);
/* The function that begins there, or NULL. */
const struct extent *extent_at(const struct extent *x, size_t n, uint64_t begin);

#endif
