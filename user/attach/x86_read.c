// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The bytes of an instruction: prefixes, operands, numbers. */
#include "attach/x86_priv.h"

bool x86_take(struct x86_reader *r, uint8_t *ret)
{
	if (r->at >= r->n || r->at >= X86_INSN_MAX)
		return false;
	*ret = r->p[r->at++];
	return true;
}

/* A little-endian, sign-extended number of 1, 2 or 4 bytes. */
bool x86_take_int(struct x86_reader *r, unsigned bytes, int64_t *ret)
{
	uint32_t v = 0;
	uint8_t b;

	for (unsigned i = 0; i < bytes; i++) {
		if (!x86_take(r, &b))
			return false;
		v |= (uint32_t)b << (8 * i);
	}
	*ret = bytes == 1 ? (int8_t)v : bytes == 2 ? (int16_t)v : (int32_t)v;
	return true;
}

bool x86_take_prefixes(struct x86_reader *r, uint8_t *ret_op)
{
	uint8_t b;

	while (x86_take(r, &b)) {
		if (b == 0x66) {
			r->opsize = true;
		} else if (b == 0x64 || b == 0x65) {
			r->segment = true;
		} else if (b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26) {
			r->prefix = true;
		} else if (b == 0xf2 || b == 0xf3) {
			r->rep = true;
		} else if ((b & 0xf0) == 0x40) {
			r->rex = b; /* has to stand right before the opcode */
			return x86_take(r, ret_op);
		} else {
			*ret_op = b;
			return true;
		}
	}
	return false;
}

uint8_t x86_rex_bit(const struct x86_reader *r, unsigned bit, uint8_t reg)
{
	return (uint8_t)(reg | (((r->rex >> bit) & 1) << 3));
}

static bool take_sib(struct x86_reader *r, uint8_t mod, struct x86_insn *i)
{
	uint8_t sib;

	if (!x86_take(r, &sib))
		return false;
	i->scale = (uint8_t)(1 << (sib >> 6));
	i->index = x86_rex_bit(r, 1, (sib >> 3) & 7);
	if (i->index == X86_RSP)
		i->index = X86_NONE;
	if ((sib & 7) == 5 && mod == 0) {
		int64_t d;

		i->base = X86_NONE;
		if (!x86_take_int(r, 4, &d))
			return false;
		i->disp = (int32_t)d;
		return true;
	}
	i->base = x86_rex_bit(r, 0, sib & 7);
	return true;
}

/* ModRM: *ret_reg is the reg field, *ret_rm a register or X86_NONE when the operand is memory. */
bool x86_take_modrm(struct x86_reader *r, struct x86_insn *i, uint8_t *ret_reg, uint8_t *ret_rm)
{
	uint8_t m, mod, rm;
	int64_t d = 0;

	if (!x86_take(r, &m))
		return false;
	mod = m >> 6;
	rm = m & 7;
	*ret_reg = x86_rex_bit(r, 2, (m >> 3) & 7);
	if (mod == 3) {
		*ret_rm = x86_rex_bit(r, 0, rm);
		return true;
	}
	*ret_rm = X86_NONE;
	i->memory = true;
	i->segment = r->segment;
	i->index = X86_NONE;
	i->scale = 1;
	if (rm == 4) {
		if (!take_sib(r, mod, i))
			return false;
	} else if (rm == 5 && mod == 0) {
		i->base = X86_RIP;
		mod = 2;
	} else {
		i->base = x86_rex_bit(r, 0, rm);
	}
	if (mod == 0)
		return true;
	if (!x86_take_int(r, mod == 1 ? 1 : 4, &d))
		return false;
	i->disp = (int32_t)d;
	return true;
}

uint8_t x86_full_width(const struct x86_reader *r)
{
	return r->rex & 8 ? 8 : r->opsize ? 2 : 4;
}

/* spl, bpl, sil, dil only exist under REX; without it these numbers name the second byte of the first four registers. */
uint8_t x86_byte_reg(const struct x86_reader *r, uint8_t reg)
{
	return !r->rex && reg >= 4 && reg < 8 ? reg & 3 : reg;
}
