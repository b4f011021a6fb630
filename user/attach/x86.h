// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The part of x86-64 that compilers put at the start of functions and into one-line accessors. Strict: what it does not know it
 * refuses, so that no conclusion is drawn from half an understanding. This header is the only place that knows the processor.
 */
#ifndef QPROV_X86_H
#define QPROV_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X86_INSN_MAX 15

enum x86_reg {
	X86_RAX,
	X86_RCX,
	X86_RDX,
	X86_RBX,
	X86_RSP,
	X86_RBP,
	X86_RSI,
	X86_RDI,
	X86_R8,
	X86_R9,
	X86_R10,
	X86_R11,
	X86_R12,
	X86_R13,
	X86_R14,
	X86_R15,
	X86_NONE,
	X86_RIP
};

enum x86_kind {
	X86_NOP,
	X86_ENDBR,
	X86_PUSH,  /* src */
	X86_POP,   /* dst */
	X86_LEAVE, /* rsp = rbp, pop rbp */
	X86_MOV,   /* dst = src | memory | imm, zero-extended unless sign */
	X86_STORE, /* memory = src | imm */
	X86_LEA,   /* dst = address */
	X86_ADD,   /* dst += src | memory | imm */
	X86_SUB,
	X86_XOR,
	X86_SHL,  /* dst <<= imm */
	X86_IMUL, /* dst = (src | memory) * imm */
	X86_ALU,  /* dst = something else made of it */
	X86_CMP,  /* flags of dst | memory against src | memory | imm */
	X86_TEST,
	X86_CMOV, /* dst = src | memory when cond */
	X86_JMP,  /* target */
	X86_JCC,  /* target when cond */
	X86_CALL,
	X86_JUMP_INDIRECT,
	X86_RET,
};

struct x86_insn {
	enum x86_kind kind;
	uint8_t len;
	uint8_t width; /* operand bytes: 1, 2, 4, 8 */
	uint8_t load;  /* bytes read from memory, 0: none */
	uint8_t dst;   /* enum x86_reg */
	uint8_t src;
	uint8_t cond; /* condition code, 4: equal, 5: not equal */
	bool sign;    /* sign-extending load or move */
	bool memory;  /* base, index, scale, disp are set */
	bool segment; /* fs: or gs: relative */
	bool has_imm;
	uint8_t base;
	uint8_t index;
	uint8_t scale;
	int32_t disp;
	int64_t imm; /* immediate, or branch distance from the end of the instruction */
	bool cheap;  /* the kernel emulates it under a uprobe instead of single-stepping */
};

/* One instruction at p. 0, or -ENOEXEC: unknown, or longer than n bytes. */
int x86_decode(const uint8_t *p, size_t n, struct x86_insn *ret);

/* A PLT stub in 16 bytes of code at vaddr (optional endbr64, optional bnd, jmp *slot): the address of its slot. */
bool x86_stub_slot(const uint8_t code[16], uint64_t vaddr, uint64_t *ret);

/* Where the direct call, jump or conditional jump of 32 bits at p leads, if these n bytes at vaddr are one. */
bool x86_branch_target(const uint8_t *p, size_t n, uint64_t vaddr, uint64_t *ret);

/* Register of integer argument i (0-5), and the reverse: -1 when the register holds no argument. */
uint8_t x86_arg_reg(unsigned i);
int x86_reg_arg(uint8_t reg);

#endif
