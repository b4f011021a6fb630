// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <string.h>

#include "attach/x86.h"

struct reader {
	const uint8_t *p;
	size_t n;
	size_t at;
	bool opsize;  /* 66 */
	bool rep;     /* f2, f3 */
	bool segment; /* 64, 65 */
	bool prefix;  /* any of 2e, 36, 3e, 26 */
	uint8_t rex;
};

static const uint8_t arg_regs[6] = { X86_RDI, X86_RSI, X86_RDX, X86_RCX, X86_R8, X86_R9 };

uint8_t x86_arg_reg(unsigned i)
{
	return i < 6 ? arg_regs[i] : X86_NONE;
}

int x86_reg_arg(uint8_t reg)
{
	for (int i = 0; i < 6; i++)
		if (arg_regs[i] == reg)
			return i;
	return -1;
}

static bool take(struct reader *r, uint8_t *ret)
{
	if (r->at >= r->n || r->at >= X86_INSN_MAX)
		return false;
	*ret = r->p[r->at++];
	return true;
}

/* A little-endian, sign-extended number of 1 or 4 bytes. */
static bool take_int(struct reader *r, unsigned bytes, int64_t *ret)
{
	uint32_t v = 0;
	uint8_t b;

	for (unsigned i = 0; i < bytes; i++) {
		if (!take(r, &b))
			return false;
		v |= (uint32_t)b << (8 * i);
	}
	*ret = bytes == 1 ? (int8_t)v : (int32_t)v;
	return true;
}

static bool take_prefixes(struct reader *r, uint8_t *ret_op)
{
	uint8_t b;

	while (take(r, &b)) {
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
			return take(r, ret_op);
		} else {
			*ret_op = b;
			return true;
		}
	}
	return false;
}

static uint8_t rex_bit(const struct reader *r, unsigned bit, uint8_t reg)
{
	return (uint8_t)(reg | (((r->rex >> bit) & 1) << 3));
}

static bool take_sib(struct reader *r, uint8_t mod, struct x86_insn *i)
{
	uint8_t sib;

	if (!take(r, &sib))
		return false;
	i->scale = (uint8_t)(1 << (sib >> 6));
	i->index = rex_bit(r, 1, (sib >> 3) & 7);
	if (i->index == X86_RSP)
		i->index = X86_NONE;
	if ((sib & 7) == 5 && mod == 0) {
		int64_t d;

		i->base = X86_NONE;
		if (!take_int(r, 4, &d))
			return false;
		i->disp = (int32_t)d;
		return true;
	}
	i->base = rex_bit(r, 0, sib & 7);
	return true;
}

/* ModRM: *ret_reg is the reg field, *ret_rm a register or X86_NONE when the operand is memory. */
static bool take_modrm(struct reader *r, struct x86_insn *i, uint8_t *ret_reg, uint8_t *ret_rm)
{
	uint8_t m, mod, rm;
	int64_t d = 0;

	if (!take(r, &m))
		return false;
	mod = m >> 6;
	rm = m & 7;
	*ret_reg = rex_bit(r, 2, (m >> 3) & 7);
	if (mod == 3) {
		*ret_rm = rex_bit(r, 0, rm);
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
		i->base = rex_bit(r, 0, rm);
	}
	if (mod == 0)
		return true;
	if (!take_int(r, mod == 1 ? 1 : 4, &d))
		return false;
	i->disp = (int32_t)d;
	return true;
}

static uint8_t full_width(const struct reader *r)
{
	return r->rex & 8 ? 8 : r->opsize ? 2 : 4;
}

/* spl, bpl, sil, dil only exist under REX; without it these numbers name the second byte of the first four registers. */
static uint8_t byte_reg(const struct reader *r, uint8_t reg)
{
	return !r->rex && reg >= 4 && reg < 8 ? reg & 3 : reg;
}

static int set_width(struct reader *r, struct x86_insn *i, bool byte, uint8_t *reg, uint8_t *rm)
{
	i->width = byte ? 1 : full_width(r);
	if (!byte)
		return 0;
	*reg = byte_reg(r, *reg);
	if (!i->memory)
		*rm = byte_reg(r, *rm);
	return 0;
}

static enum x86_kind alu_kind(unsigned op)
{
	static const enum x86_kind kinds[8] = { X86_ADD, X86_ALU, X86_ALU, X86_ALU, X86_ALU, X86_SUB, X86_XOR, X86_CMP };

	return kinds[op & 7];
}

/* 00-3b: the eight classic operations, register and memory forms. */
static bool alu_form(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if ((op & 7) > 3 || !take_modrm(r, i, &reg, &rm))
		return false;
	set_width(r, i, !(op & 1), &reg, &rm);
	i->kind = alu_kind(op >> 3);
	i->dst = op & 2 ? reg : rm;
	i->src = op & 2 ? rm : reg;
	if (i->memory)
		i->load = i->width;
	return true;
}

/* 80, 81, 83: the same with an immediate. */
static bool alu_imm(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm) || (op == 0x81 && r->opsize))
		return false;
	i->kind = alu_kind(reg & 7);
	set_width(r, i, op == 0x80, &reg, &rm);
	i->dst = rm;
	i->has_imm = true;
	if (i->memory)
		i->load = i->width;
	return take_int(r, op == 0x81 ? 4 : 1, &i->imm);
}

static bool mov_form(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm))
		return false;
	set_width(r, i, !(op & 1), &reg, &rm);
	i->kind = X86_MOV;
	if (op & 2) {
		i->dst = reg;
		i->src = rm;
		i->load = i->memory ? i->width : 0;
	} else {
		i->dst = rm;
		i->src = reg;
		if (i->memory)
			i->kind = X86_STORE;
	}
	return true;
}

static bool mov_imm(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg = 0, rm;

	i->has_imm = true;
	i->kind = X86_MOV;
	if (op >= 0xb8) {
		if (r->opsize || (r->rex & 8))
			return false;
		i->width = 4;
		i->dst = rex_bit(r, 0, op & 7);
		if (!take_int(r, 4, &i->imm))
			return false;
		i->imm = (uint32_t)i->imm;
		return true;
	}
	if (!take_modrm(r, i, &reg, &rm) || (reg & 7) != 0 || r->opsize)
		return false;
	set_width(r, i, op == 0xc6, &reg, &rm);
	i->dst = rm;
	if (i->memory)
		i->kind = X86_STORE;
	return take_int(r, op == 0xc6 ? 1 : 4, &i->imm);
}

static bool test_form(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;
	bool byte = !(op & 1);

	if (!take_modrm(r, i, &reg, &rm))
		return false;
	i->kind = X86_TEST;
	if (op >= 0xf6 && ((reg & 7) > 1 || r->opsize))
		return false;
	set_width(r, i, byte, &reg, &rm);
	i->dst = rm;
	i->src = reg;
	i->load = i->memory ? i->width : 0;
	if (op < 0xf6)
		return true;
	i->src = X86_NONE;
	i->has_imm = true;
	return take_int(r, byte ? 1 : 4, &i->imm);
}

/* c1 /4: shift left by an immediate; its kin change a register too. */
static bool shift_form(struct reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm) || i->memory || r->opsize)
		return false;
	i->kind = (reg & 7) == 4 ? X86_SHL : X86_ALU;
	i->width = full_width(r);
	i->dst = rm;
	i->has_imm = true;
	return take_int(r, 1, &i->imm);
}

/* 69, 6b: dst = operand * immediate. */
static bool imul_form(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm) || r->opsize)
		return false;
	i->kind = X86_IMUL;
	i->width = full_width(r);
	i->dst = reg;
	i->src = rm;
	i->load = i->memory ? i->width : 0;
	i->has_imm = true;
	return take_int(r, op == 0x69 ? 4 : 1, &i->imm);
}

/* a8, a9: the accumulator against an immediate. */
static bool test_accumulator(struct reader *r, uint8_t op, struct x86_insn *i)
{
	if (r->opsize || (op == 0xa8 && r->rex))
		return false;
	i->kind = X86_TEST;
	i->width = op == 0xa8 ? 1 : full_width(r);
	i->dst = X86_RAX;
	i->has_imm = true;
	return take_int(r, op == 0xa8 ? 1 : 4, &i->imm);
}

static bool branch(struct reader *r, enum x86_kind kind, unsigned bytes, struct x86_insn *i)
{
	i->kind = kind;
	/* A 16-bit operand prefix means different things to different makers; the kernel refuses it too. */
	i->cheap = !r->rex && !r->rep && !r->segment && !r->prefix;
	return !r->opsize && take_int(r, bytes, &i->imm);
}

static bool wide_move(struct reader *r, uint8_t load, bool sign, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm))
		return false;
	i->kind = X86_MOV;
	i->width = full_width(r);
	i->sign = sign;
	i->dst = reg;
	i->src = rm;
	/* The source's own width; a register source of one or two bytes leaves nothing we follow. */
	i->load = i->memory ? load : 0;
	if (!i->memory && load < 4)
		i->kind = X86_ALU;
	return true;
}

static bool two_bytes(struct reader *r, struct x86_insn *i)
{
	uint8_t op, reg, rm;

	if (!take(r, &op))
		return false;
	if (op == 0x1e && r->rep && r->at == 3 && take(r, &op)) {
		i->kind = X86_ENDBR;
		return op == 0xfa && r->p[0] == 0xf3;
	}
	if (op == 0x1f) {
		i->kind = X86_NOP;
		if (!take_modrm(r, i, &reg, &rm) || (reg & 7) != 0)
			return false;
		i->memory = false;
		return true;
	}
	if ((op & 0xf0) == 0x80) {
		i->cond = op & 15;
		return branch(r, X86_JCC, 4, i);
	}
	if ((op & 0xf0) == 0x40) {
		if (!take_modrm(r, i, &reg, &rm))
			return false;
		i->kind = X86_CMOV;
		i->cond = op & 15;
		i->width = full_width(r);
		i->dst = reg;
		i->src = rm;
		i->load = i->memory ? i->width : 0;
		return true;
	}
	if (op == 0xb6 || op == 0xb7 || op == 0xbe || op == 0xbf)
		return wide_move(r, op & 1 ? 2 : 1, op >= 0xbe, i);
	return false;
}

static bool stack_form(struct reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg = rex_bit(r, 0, op & 7);

	if (r->opsize)
		return false;
	i->width = 8;
	i->kind = op < 0x58 ? X86_PUSH : X86_POP;
	if (op < 0x58) {
		i->src = reg;
		i->cheap = r->at == 1 || (r->at == 2 && r->rex == 0x41);
	} else {
		i->dst = reg;
	}
	return true;
}

static bool group_ff(struct reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm) || ((reg & 7) != 2 && (reg & 7) != 4))
		return false;
	i->kind = (reg & 7) == 2 ? X86_CALL : X86_JUMP_INDIRECT;
	i->dst = X86_NONE;
	i->src = rm;
	return true;
}

static bool lea_form(struct reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!take_modrm(r, i, &reg, &rm) || !i->memory || i->segment)
		return false;
	i->kind = X86_LEA;
	i->width = full_width(r);
	i->dst = reg;
	return true;
}

static bool one_byte(struct reader *r, uint8_t op, struct x86_insn *i)
{
	if (op < 0x40)
		return alu_form(r, op, i);
	if (op >= 0x50 && op < 0x60)
		return stack_form(r, op, i);
	if ((op & 0xf0) == 0x70) {
		i->cond = op & 15;
		return branch(r, X86_JCC, 1, i);
	}
	switch (op) {
	case 0x63:
		return wide_move(r, 4, true, i);
	case 0x69:
	case 0x6b:
		return imul_form(r, op, i);
	case 0xa8:
	case 0xa9:
		return test_accumulator(r, op, i);
	case 0xc1:
		return shift_form(r, i);
	case 0x80:
	case 0x81:
	case 0x83:
		return alu_imm(r, op, i);
	case 0x84:
	case 0x85:
	case 0xf6:
	case 0xf7:
		return test_form(r, op, i);
	case 0x88 ... 0x8b:
		return mov_form(r, op, i);
	case 0x8d:
		return lea_form(r, i);
	case 0x90:
		i->kind = X86_NOP;
		i->cheap = !r->rep && !r->rex;
		return i->cheap; /* f3 90 waits, 41 90 exchanges */
	case 0xb8 ... 0xbf:
	case 0xc6:
	case 0xc7:
		return mov_imm(r, op, i);
	case 0xc3:
		i->kind = X86_RET;
		return true;
	case 0xe8:
		return branch(r, X86_CALL, 4, i);
	case 0xe9:
		return branch(r, X86_JMP, 4, i);
	case 0xeb:
		return branch(r, X86_JMP, 1, i);
	case 0xff:
		return group_ff(r, i);
	default:
		return false;
	}
}

int x86_decode(const uint8_t *p, size_t n, struct x86_insn *ret)
{
	struct reader r = { .p = p, .n = n };
	struct x86_insn i = { .dst = X86_NONE, .src = X86_NONE, .base = X86_NONE, .index = X86_NONE };
	uint8_t op;

	if (!take_prefixes(&r, &op))
		return -ENOEXEC;
	if (op == 0x0f ? !two_bytes(&r, &i) : !one_byte(&r, op, &i))
		return -ENOEXEC;
	/* Repeat prefixes change the meaning of what follows; only endbr64, ret and branches carry harmless ones. */
	if (r.rep && i.kind != X86_ENDBR && i.kind != X86_RET && i.kind != X86_JUMP_INDIRECT)
		return -ENOEXEC;
	i.len = (uint8_t)r.at;
	*ret = i;
	return 0;
}

bool x86_stub_slot(const uint8_t code[16], uint64_t vaddr, uint64_t *ret)
{
	size_t at = memcmp(code, "\xf3\x0f\x1e\xfa", 4) ? 0 : 4;
	int32_t distance;

	if (code[at] == 0xf2)
		at++;
	if (code[at] != 0xff || code[at + 1] != 0x25)
		return false;
	memcpy(&distance, code + at + 2, sizeof(distance));
	*ret = vaddr + at + 6 + (uint64_t)(int64_t)distance;
	return true;
}
