// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <stdio.h>
#include <string.h>

#include "attach/prologue.h"
#include "attach/x86.h"

static const char *kind_name(const struct x86_insn *i)
{
	switch (i->kind) {
	case X86_NOP:
		return "nop";
	case X86_ENDBR:
		return "endbr64";
	case X86_PUSH:
		return "push";
	case X86_POP:
		return "pop";
	case X86_LEAVE:
		return "leave";
	case X86_MOV:
	case X86_STORE:
		return "mov";
	case X86_LEA:
		return "lea";
	case X86_ADD:
		return "add";
	case X86_SUB:
		return "sub";
	case X86_XOR:
		return "xor";
	case X86_CMP:
		return "cmp";
	case X86_TEST:
		return "test";
	case X86_CMOV:
		return "cmov";
	case X86_JMP:
	case X86_JUMP_INDIRECT:
		return "jmp";
	case X86_JCC:
		return "jcc";
	case X86_CALL:
		return "call";
	case X86_RET:
		return "ret";
	case X86_SHL:
	case X86_IMUL:
	case X86_ALU:
		break;
	}
	return "other";
}

/* Steps over an instruction that may stand before the probe; false when the search has to end. */
static bool step(const struct x86_insn *i, unsigned args, int32_t *sp_delta)
{
	int arg = x86_reg_arg(i->dst);

	switch (i->kind) {
	case X86_NOP:
	case X86_ENDBR:
	case X86_CMP:
	case X86_TEST:
		return true;
	case X86_PUSH:
		*sp_delta += 8;
		return true;
	case X86_SUB:
		if (i->dst == X86_RSP && i->has_imm && i->width == 8 && !i->memory && i->imm > 0 && i->imm < 1 << 16) {
			*sp_delta += (int32_t)i->imm;
			return true;
		}
		break;
	case X86_STORE:
		return true;
	case X86_MOV:
	case X86_LEA:
	case X86_ADD:
	case X86_XOR:
	case X86_SHL:
	case X86_IMUL:
	case X86_ALU:
	case X86_CMOV:
		break;
	default: /* pop, leave, ret, branches */
		return false;
	}
	if (i->dst == X86_RSP)
		return false;
	return arg < 0 || !(args & (1u << arg));
}

static int32_t rel32(const uint8_t *p)
{
	uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return (int32_t)v;
}

static bool leads_back(int64_t target, const uint32_t *starts, unsigned nstarts)
{
	for (unsigned i = 1; i < nstarts; i++)
		if (target == (int64_t)starts[i])
			return true;
	return false;
}

/*
 * Every byte that could begin a relative branch is taken for one: what is data or the middle of an instruction at worst costs a
 * cheap probe. starts: the instructions from the entry to the probe; the entry itself may be branched to.
 */
static bool branched_into(const uint8_t *code, size_t n, const uint32_t *starts, unsigned nstarts)
{
	for (size_t at = 0; at + 2 <= n; at++) {
		uint8_t op = code[at];

		if ((op == 0xeb || (op & 0xf0) == 0x70 || (op & 0xfc) == 0xe0) &&
		    leads_back((int64_t)at + 2 + (int8_t)code[at + 1], starts, nstarts))
			return true;
		if ((op == 0xe9 || op == 0xe8) && at + 5 <= n && leads_back((int64_t)at + 5 + rel32(code + at + 1), starts, nstarts))
			return true;
		if (op == 0x0f && (code[at + 1] & 0xf0) == 0x80 && at + 6 <= n &&
		    leads_back((int64_t)at + 6 + rel32(code + at + 2), starts, nstarts))
			return true;
	}
	return false;
}

static void describe(const struct x86_insn *i, bool known, struct prologue *ret)
{
	ret->cheap = known && i->cheap;
	snprintf(ret->insn, sizeof(ret->insn), "%s", known ? kind_name(i) : "other");
}

void prologue_choose(const uint8_t *code, size_t n, unsigned args, struct prologue *ret)
{
	size_t limit = n < PROLOGUE_BYTES ? n : PROLOGUE_BYTES;
	uint32_t starts[PROLOGUE_INSNS], at = 0;
	struct x86_insn i = { 0 };
	int32_t sp_delta = 0;

	memset(ret, 0, sizeof(*ret));
	describe(&i, false, ret);
	for (unsigned k = 0; k < PROLOGUE_INSNS && at < limit; k++) {
		if (x86_decode(code + at, n - at, &i))
			return;
		starts[k] = at;
		if (k == 0)
			describe(&i, true, ret);
		if (i.cheap) {
			if (branched_into(code, n < PROLOGUE_BODY ? n : PROLOGUE_BODY, starts, k + 1))
				return;
			ret->offset = at;
			ret->sp_delta = sp_delta;
			describe(&i, true, ret);
			return;
		}
		if (!step(&i, args, &sp_delta))
			return;
		at += i.len;
	}
}
