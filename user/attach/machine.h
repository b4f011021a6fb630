// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A processor with symbolic values, for chain.c: it carries out the instructions of an accessor function and keeps how each value was
 * reached from the function's arguments. What it cannot express becomes unknown, never wrong.
 */
#ifndef QPROV_MACHINE_H
#define QPROV_MACHINE_H

#include "attach/chain.h"
#include "attach/x86.h"

#define FIELD_CODE 67 /* 'C': CHAIN_FIELD asks for the SQLSTATE */

enum { CALLS_MAX = 4, SLOTS = 24, OFFSET_MAX = 65536, NUMBER_MAX = 1 << 24 };

enum kind {
	K_UNKNOWN,
	K_CONST,   /* num */
	K_POINTER, /* the address at the end of the chain */
	K_LOADED,  /* the width bytes there */
	K_INDEX,   /* the signed 32 bits at argument + num, times mult */
	K_STACK,   /* the stack pointer at entry + num */
	K_FLAG,    /* what an unknown function returned */
	K_OUT,     /* where the result is to be stored, at num */
	K_STATIC,  /* the address of something in the file */
};

/* A chain: off[0 .. n-1] were followed, num is added to the last pointer, and index * mult before step index_at. */
struct value {
	enum kind kind;
	uint8_t width, n, index_at;
	int32_t off[CONN_STEPS], index_off, mult;
	int64_t num;
};

struct flags {
	int zero, sign, greater; /* -1: unknown */
};

struct machine {
	const struct chain_code *code;
	enum chain_form form;
	struct value reg[16], slot[SLOTS], answer;
	struct flags flags;
	uint64_t pc, back[CALLS_MAX];
	unsigned depth;
	bool answered, read_name, read_value;
	unsigned forks, way; /* branches whose outcome was not known; steps on this way */
	/* CHAIN_MEM: what the flags are taken to be, where they were read, and the first number that was compared */
	int64_t mem_flags, flags_off, count_off;
	uint8_t count_size; /* its bytes */
	/* CHAIN_ARRAY: the first element */
	struct value element;
	int64_t stride;
};

/* ---- machine_value.c ---- */

/* Unknown when it is too large to be an offset. */
struct value machine_number(int64_t n);
struct value machine_get(const struct machine *m, uint8_t reg);
void machine_set(struct machine *m, uint8_t reg, struct value v);
/* A loaded pointer becomes the start of the next step. */
struct value machine_as_pointer(struct value v);
/* Of a memory operand. */
struct value machine_address(const struct machine *m, const struct x86_insn *i);
/* The word of the stack at this address, NULL: none that is kept. */
struct value *machine_slot(struct machine *m, struct value at);
/* A memory operand's value; notes in m what the form looks for. */
struct value machine_load(struct machine *m, const struct x86_insn *i);
/* The source: memory, immediate or register. */
struct value machine_operand(struct machine *m, const struct x86_insn *i);
/* What is left of it in so many bytes. */
struct value machine_narrow(struct value v, uint8_t width);

/* ---- machine_step.c ---- */

/* Whether both ways are followed where a branch is not decided. */
bool machine_explores(const struct machine *m);
/* 1: the branch is taken, 0: it is not, -1: not known. */
int machine_taken(const struct machine *m, uint8_t cond);
/* Anything but calls, jumps and returns. False: it cannot be followed. */
bool machine_execute(struct machine *m, const struct x86_insn *i);

#endif
