// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Where functions end, from the tables of the unwinder (.eh_frame), which a stripped file keeps: Linux Standard Base, Core, chapter 10.6.
 * They come from a hostile file: lengths are checked, and what is not of the common form is passed over.
 */
#ifndef QPROV_UNWIND_H
#define QPROV_UNWIND_H

#include <stddef.h>
#include <stdint.h>

/* Size in bytes of each function that begins at one of n addresses; 0 where the table (len bytes, which lie at vaddr) does not tell. */
void unwind_sizes(const uint8_t *table, size_t len, uint64_t vaddr, const uint64_t *begin, uint64_t *size, size_t n);

#endif
