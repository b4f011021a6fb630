// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Reading the bytes of one instruction; shared by x86.c (what they mean) and x86_read.c only. All but the last three: false at the end. */
#ifndef QPROV_X86_PRIV_H
#define QPROV_X86_PRIV_H

#include "attach/x86.h"

struct x86_reader {
	const uint8_t *p;
	size_t n;
	size_t at;
	bool opsize;  /* 66 */
	bool rep;     /* f2, f3 */
	bool segment; /* 64, 65 */
	bool prefix;  /* any of 2e, 36, 3e, 26 */
	uint8_t rex;
};

bool x86_take(struct x86_reader *r, uint8_t *ret);
/* A little-endian, sign-extended number of 1, 2 or 4 bytes. */
bool x86_take_int(struct x86_reader *r, unsigned bytes, int64_t *ret);
/* All of them, and the byte behind. */
bool x86_take_prefixes(struct x86_reader *r, uint8_t *ret_op);
/* ModRM and what follows from it: *ret_reg is the reg field, *ret_rm a register or X86_NONE when the operand is memory. */
bool x86_take_modrm(struct x86_reader *r, struct x86_insn *i, uint8_t *ret_reg, uint8_t *ret_rm);
/* A register number with its fourth bit, from bit 0, 1 or 2 of the REX prefix. */
uint8_t x86_rex_bit(const struct x86_reader *r, unsigned bit, uint8_t reg);
/* Operand bytes of what is no byte operation. */
uint8_t x86_full_width(const struct x86_reader *r);
/* The register that a byte operation means by this number. */
uint8_t x86_byte_reg(const struct x86_reader *r, uint8_t reg);

#endif
