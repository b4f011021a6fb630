// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <string.h>

#include "attach/x86_priv.h"

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

static int set_width(struct x86_reader *r, struct x86_insn *i, bool byte, uint8_t *reg, uint8_t *rm)
{
	i->width = byte ? 1 : x86_full_width(r);
	if (!byte)
		return 0;
	*reg = x86_byte_reg(r, *reg);
	if (!i->memory)
		*rm = x86_byte_reg(r, *rm);
	return 0;
}

static enum x86_kind alu_kind(unsigned op)
{
	static const enum x86_kind kinds[8] = { X86_ADD, X86_ALU, X86_ALU, X86_ALU, X86_ALU, X86_SUB, X86_XOR, X86_CMP };

	return kinds[op & 7];
}

/* 00-3b: the eight classic operations, register and memory forms. */
static bool alu_form(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if ((op & 7) > 3 || !x86_take_modrm(r, i, &reg, &rm))
		return false;
	set_width(r, i, !(op & 1), &reg, &rm);
	i->kind = alu_kind(op >> 3);
	i->dst = op & 2 ? reg : rm;
	i->src = op & 2 ? rm : reg;
	if (i->memory)
		i->load = i->width;
	return true;
}

/* Of an immediate that is as wide as its operand, as far as 4. */
static unsigned imm_bytes(const struct x86_reader *r)
{
	return x86_full_width(r) == 2 ? 2 : 4;
}

/* 80, 81, 83: the same with an immediate. */
static bool alu_imm(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm))
		return false;
	i->kind = alu_kind(reg & 7);
	set_width(r, i, op == 0x80, &reg, &rm);
	i->dst = rm;
	i->has_imm = true;
	if (i->memory)
		i->load = i->width;
	return x86_take_int(r, op == 0x81 ? imm_bytes(r) : 1, &i->imm);
}

static bool mov_form(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm))
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

static bool mov_imm(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg = 0, rm;

	i->has_imm = true;
	i->kind = X86_MOV;
	if (op < 0xc0) {
		int64_t high = 0;

		if (r->opsize)
			return false;
		i->width = x86_full_width(r);
		i->dst = x86_rex_bit(r, 0, op & 7);
		if (!x86_take_int(r, 4, &i->imm) || (i->width == 8 && !x86_take_int(r, 4, &high)))
			return false;
		i->imm = (int64_t)((uint64_t)high << 32 | (uint32_t)i->imm);
		return true;
	}
	if (!x86_take_modrm(r, i, &reg, &rm) || (reg & 7) != 0 || r->opsize)
		return false;
	set_width(r, i, op == 0xc6, &reg, &rm);
	i->dst = rm;
	if (i->memory)
		i->kind = X86_STORE;
	return x86_take_int(r, op == 0xc6 ? 1 : 4, &i->imm);
}

static bool test_form(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;
	bool byte = !(op & 1);

	if (!x86_take_modrm(r, i, &reg, &rm))
		return false;
	i->kind = X86_TEST;
	if (op >= 0xf6 && (reg & 7) > 1)
		return false;
	set_width(r, i, byte, &reg, &rm);
	i->dst = rm;
	i->src = reg;
	i->load = i->memory ? i->width : 0;
	if (op < 0xf6)
		return true;
	i->src = X86_NONE;
	i->has_imm = true;
	return x86_take_int(r, byte ? 1 : imm_bytes(r), &i->imm);
}

/* c1 /4: shift left by an immediate; its kin change a register too. */
static bool shift_form(struct x86_reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm) || i->memory || r->opsize)
		return false;
	i->kind = (reg & 7) == 4 ? X86_SHL : X86_ALU;
	i->width = x86_full_width(r);
	i->dst = rm;
	i->has_imm = true;
	return x86_take_int(r, 1, &i->imm);
}

/* 69, 6b: dst = operand * immediate. */
static bool imul_form(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm) || r->opsize)
		return false;
	i->kind = X86_IMUL;
	i->width = x86_full_width(r);
	i->dst = reg;
	i->src = rm;
	i->load = i->memory ? i->width : 0;
	i->has_imm = true;
	return x86_take_int(r, op == 0x69 ? 4 : 1, &i->imm);
}

/* a8, a9: the accumulator against an immediate. */
static bool test_accumulator(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	if (r->opsize || (op == 0xa8 && r->rex))
		return false;
	i->kind = X86_TEST;
	i->width = op == 0xa8 ? 1 : x86_full_width(r);
	i->dst = X86_RAX;
	i->has_imm = true;
	return x86_take_int(r, op == 0xa8 ? 1 : 4, &i->imm);
}

static bool branch(struct x86_reader *r, enum x86_kind kind, unsigned bytes, struct x86_insn *i)
{
	i->kind = kind;
	/* A 16-bit operand prefix means different things to different makers; the kernel refuses it too. */
	i->cheap = !r->rex && !r->rep && !r->segment && !r->prefix;
	return !r->opsize && x86_take_int(r, bytes, &i->imm);
}

static bool wide_move(struct x86_reader *r, uint8_t load, bool sign, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm))
		return false;
	i->kind = X86_MOV;
	i->width = x86_full_width(r);
	i->sign = sign;
	i->dst = reg;
	i->src = rm;
	/* The source's own width; a register source of one or two bytes leaves nothing we follow. */
	i->load = i->memory ? load : 0;
	if (!i->memory && load < 4)
		i->kind = X86_ALU;
	return true;
}

static bool two_bytes(struct x86_reader *r, struct x86_insn *i)
{
	uint8_t op, reg, rm;

	if (!x86_take(r, &op))
		return false;
	if (op == 0x1e && r->rep && r->at == 3 && x86_take(r, &op)) {
		i->kind = X86_ENDBR;
		return op == 0xfa && r->p[0] == 0xf3;
	}
	if (op == 0x1f) {
		i->kind = X86_NOP;
		if (!x86_take_modrm(r, i, &reg, &rm) || (reg & 7) != 0)
			return false;
		i->memory = false;
		return true;
	}
	if ((op & 0xf0) == 0x80) {
		i->cond = op & 15;
		return branch(r, X86_JCC, 4, i);
	}
	if ((op & 0xf0) == 0x40) {
		if (!x86_take_modrm(r, i, &reg, &rm))
			return false;
		i->kind = X86_CMOV;
		i->cond = op & 15;
		i->width = x86_full_width(r);
		i->dst = reg;
		i->src = rm;
		i->load = i->memory ? i->width : 0;
		return true;
	}
	if (op == 0xb6 || op == 0xb7 || op == 0xbe || op == 0xbf)
		return wide_move(r, op & 1 ? 2 : 1, op >= 0xbe, i);
	return false;
}

static bool stack_form(struct x86_reader *r, uint8_t op, struct x86_insn *i)
{
	uint8_t reg = x86_rex_bit(r, 0, op & 7);

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

static bool group_ff(struct x86_reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm) || ((reg & 7) != 2 && (reg & 7) != 4))
		return false;
	i->kind = (reg & 7) == 2 ? X86_CALL : X86_JUMP_INDIRECT;
	i->dst = X86_NONE;
	i->src = rm;
	return true;
}

static bool lea_form(struct x86_reader *r, struct x86_insn *i)
{
	uint8_t reg, rm;

	if (!x86_take_modrm(r, i, &reg, &rm) || !i->memory || i->segment)
		return false;
	i->kind = X86_LEA;
	i->width = x86_full_width(r);
	i->dst = reg;
	return true;
}

static bool one_byte(struct x86_reader *r, uint8_t op, struct x86_insn *i)
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
	case 0xc9:
		i->kind = X86_LEAVE;
		return !r->opsize;
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
	struct x86_reader r = { .p = p, .n = n };
	struct x86_insn i = { .dst = X86_NONE, .src = X86_NONE, .base = X86_NONE, .index = X86_NONE };
	uint8_t op;

	if (!x86_take_prefixes(&r, &op))
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

bool x86_branch_target(const uint8_t *p, size_t n, uint64_t vaddr, uint64_t *ret)
{
	size_t at = n >= 6 && p[0] == 0x0f && (p[1] & 0xf0) == 0x80 ? 2 : 1;
	int32_t distance;

	if (n < 5 || (at == 1 && p[0] != 0xe8 && p[0] != 0xe9))
		return false;
	memcpy(&distance, p + at, sizeof(distance));
	*ret = vaddr + at + 4 + (uint64_t)(int64_t)distance;
	return true;
}
