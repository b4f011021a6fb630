// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <string.h>

#include "attach/accessor.h"
#include "attach/x86.h"

#define STEPS_MAX 48
#define NUMBER_MAX (1 << 24)

enum value_kind {
	VALUE_UNKNOWN,
	VALUE_CONST,   /* num */
	VALUE_POINTER, /* first argument + num */
	VALUE_LOADED,  /* the width bytes at first argument + num */
};

struct value {
	enum value_kind kind;
	uint8_t width;
	int64_t num;
};

enum zero { ZERO_UNKNOWN, ZERO_SET, ZERO_CLEAR };

struct machine {
	struct value reg[16];
	enum zero zero;                /* the flag, as far as known */
	struct value first32, first64; /* first words read through the first argument */
};

static struct value reg_value(const struct machine *m, uint8_t reg)
{
	return reg < 16 ? m->reg[reg] : (struct value){ 0 };
}

static void set_reg(struct machine *m, uint8_t reg, struct value v)
{
	/* Offsets are small; larger numbers are of no use and could overflow in the sums. */
	if (v.num < -NUMBER_MAX || v.num > NUMBER_MAX)
		v = (struct value){ 0 };
	if (reg < 16)
		m->reg[reg] = v;
}

/* The address an instruction names, when it is the first argument plus a constant. */
static struct value address(const struct machine *m, const struct x86_insn *i)
{
	struct value base = reg_value(m, i->base), index = reg_value(m, i->index);
	struct value v = { 0 };

	if (i->segment || i->base >= X86_NONE || base.kind == VALUE_UNKNOWN || base.kind == VALUE_LOADED)
		return v;
	v = base;
	v.num += i->disp;
	if (i->index == X86_NONE)
		return v;
	if (index.kind == VALUE_CONST) {
		v.num += index.num * i->scale;
		return v;
	}
	if (index.kind == VALUE_POINTER && i->scale == 1 && base.kind == VALUE_CONST) {
		v.kind = VALUE_POINTER;
		v.num += index.num;
		return v;
	}
	return (struct value){ 0 };
}

static struct value load(struct machine *m, const struct x86_insn *i)
{
	struct value a = address(m, i), v = { 0 };

	if (a.kind != VALUE_POINTER)
		return v;
	v = (struct value){ .kind = VALUE_LOADED, .width = i->load, .num = a.num };
	if (i->load == 4 && m->first32.kind == VALUE_UNKNOWN)
		m->first32 = v;
	if (i->load == 8 && m->first64.kind == VALUE_UNKNOWN)
		m->first64 = v;
	if (i->sign || i->width < i->load)
		v.kind = VALUE_UNKNOWN;
	return v;
}

static struct value operand(struct machine *m, const struct x86_insn *i)
{
	if (i->load)
		return load(m, i);
	if (i->has_imm)
		return (struct value){ .kind = VALUE_CONST, .num = i->imm };
	return reg_value(m, i->src);
}

/* A pointer cut to 32 bits is none any more; a constant stays one (ours are small). */
static struct value narrow(struct value v, uint8_t width)
{
	if (width == 8 || v.kind == VALUE_CONST || (v.kind == VALUE_LOADED && v.width <= width && width >= 4))
		return v;
	return (struct value){ 0 };
}

static enum zero zero_of(bool set)
{
	return set ? ZERO_SET : ZERO_CLEAR;
}

static void compare(struct machine *m, const struct x86_insn *i)
{
	struct value a = reg_value(m, i->dst), b = (struct value){ 0 };

	m->zero = ZERO_UNKNOWN;
	if (i->memory) {
		load(m, i);
		return;
	}
	b = i->has_imm ? (struct value){ .kind = VALUE_CONST, .num = i->imm } : reg_value(m, i->src);
	if (i->kind == X86_TEST) {
		if (!i->has_imm && i->dst == i->src && i->width == 8 && a.kind == VALUE_POINTER && a.num == 0)
			m->zero = ZERO_CLEAR; /* the argument is not NULL */
		else if (a.kind == VALUE_CONST && b.kind == VALUE_CONST)
			m->zero = zero_of((a.num & b.num) == 0);
		return;
	}
	if (a.kind == VALUE_CONST && b.kind == VALUE_CONST)
		m->zero = zero_of(a.num == b.num);
	else if (a.kind == VALUE_POINTER && a.num == 0 && b.kind == VALUE_CONST && b.num == 0 && i->width == 8)
		m->zero = ZERO_CLEAR;
}

static void arithmetic(struct machine *m, const struct x86_insn *i)
{
	struct value d = reg_value(m, i->dst), s, v = { 0 };
	bool same = !i->memory && !i->has_imm && i->dst == i->src;

	m->zero = ZERO_UNKNOWN;
	s = operand(m, i);
	if (i->memory && !i->load)
		return;
	if (i->memory && i->dst == X86_NONE) /* memory is the destination */
		return;
	if (i->kind == X86_XOR && same)
		v = (struct value){ .kind = VALUE_CONST };
	else if (i->kind == X86_ADD && s.kind == VALUE_CONST && (d.kind == VALUE_CONST || d.kind == VALUE_POINTER))
		v = (struct value){ .kind = d.kind, .num = d.num + s.num };
	else if (i->kind == X86_ADD && d.kind == VALUE_CONST && s.kind == VALUE_POINTER)
		v = (struct value){ .kind = VALUE_POINTER, .num = d.num + s.num };
	else if (i->kind == X86_SUB && s.kind == VALUE_CONST && (d.kind == VALUE_CONST || d.kind == VALUE_POINTER))
		v = (struct value){ .kind = d.kind, .num = d.num - s.num };
	set_reg(m, i->dst, i->width < 4 ? (struct value){ 0 } : narrow(v, i->width));
}

/* 1: taken, 0: not, -1: unknown. */
static int taken(const struct machine *m, uint8_t cond)
{
	if (m->zero == ZERO_UNKNOWN || (cond != 4 && cond != 5))
		return -1;
	return (cond == 4) == (m->zero == ZERO_SET);
}

static void conditional_move(struct machine *m, const struct x86_insn *i)
{
	int t = taken(m, i->cond);
	struct value v = operand(m, i);

	if (t < 0)
		v = (struct value){ 0 };
	if (t)
		set_reg(m, i->dst, narrow(v, i->width));
	else if (i->width < 8)
		set_reg(m, i->dst, narrow(reg_value(m, i->dst), i->width));
}

/* One instruction that does not branch. False when it cannot be followed. */
static bool execute(struct machine *m, const struct x86_insn *i)
{
	switch (i->kind) {
	case X86_NOP:
	case X86_ENDBR:
	case X86_PUSH:
		return true;
	case X86_POP:
		set_reg(m, i->dst, (struct value){ 0 });
		return true;
	case X86_STORE:
		return true;
	case X86_MOV:
		set_reg(m, i->dst, i->width < 4 ? (struct value){ 0 } : narrow(operand(m, i), i->width));
		return true;
	case X86_LEA:
		set_reg(m, i->dst, narrow(address(m, i), i->width));
		return true;
	case X86_ADD:
	case X86_SUB:
	case X86_XOR:
	case X86_ALU:
		arithmetic(m, i);
		return true;
	case X86_CMP:
	case X86_TEST:
		compare(m, i);
		return true;
	case X86_CMOV:
		conditional_move(m, i);
		return true;
	case X86_SHL:
	case X86_IMUL:
		m->zero = ZERO_UNKNOWN;
		set_reg(m, i->dst, (struct value){ 0 });
		return true;
	default:
		return false;
	}
}

static bool wanted(const struct machine *m, enum accessor_form form, bool returned, struct value *ret)
{
	struct value rax = m->reg[X86_RAX];

	if (form == ACCESSOR_FIRST_32 || form == ACCESSOR_FIRST_64 || form == ACCESSOR_INDEX_32) {
		*ret = form == ACCESSOR_FIRST_64 ? m->first64 : m->first32;
		return ret->kind == VALUE_LOADED;
	}
	*ret = rax;
	if (!returned)
		return false;
	if (form == ACCESSOR_ADDRESS)
		return rax.kind == VALUE_POINTER;
	return rax.kind == VALUE_LOADED && rax.width == (form == ACCESSOR_RETURN_32 ? 4 : 8);
}

static int follow(const uint8_t *code, size_t n, enum accessor_form form, unsigned index, int64_t *ret)
{
	struct machine m = { 0 };
	struct value v;
	size_t at = 0;

	m.reg[X86_RDI] = (struct value){ .kind = VALUE_POINTER };
	if (form == ACCESSOR_INDEX_32) {
		m.reg[X86_RSI] = (struct value){ .kind = VALUE_CONST, .num = index };
		m.reg[X86_RDX] = (struct value){ .kind = VALUE_CONST };
	}
	for (unsigned k = 0; k < STEPS_MAX && at < n; k++) {
		struct x86_insn i;
		bool jump;

		if (x86_decode(code + at, n - at, &i))
			return -ENOENT;
		at += i.len;
		jump = i.kind == X86_JMP || (i.kind == X86_JCC && taken(&m, i.cond) == 1);
		if (i.kind == X86_JCC && taken(&m, i.cond) < 0)
			return -ENOENT;
		if (jump && (i.imm < -(int64_t)at || i.imm > (int64_t)(n - at)))
			return -ENOENT;
		if (jump)
			at = (size_t)((int64_t)at + i.imm);
		else if (i.kind != X86_JCC && i.kind != X86_RET && !execute(&m, &i))
			return -ENOENT;
		if (wanted(&m, form, i.kind == X86_RET, &v)) {
			*ret = v.num;
			return 0;
		}
		if (i.kind == X86_RET)
			return -ENOENT;
	}
	return -ENOENT;
}

int accessor_decode(const uint8_t *code, size_t n, enum accessor_form form, unsigned index, int32_t *ret_off)
{
	int64_t off, next, align = form == ACCESSOR_ADDRESS ? 1 : form == ACCESSOR_RETURN_64 || form == ACCESSOR_FIRST_64 ? 8 : 4;
	int err = follow(code, n, form, index, &off);

	if (err)
		return err;
	if (off < 0 || off >= ACCESSOR_OFFSET_MAX || off % align)
		return -ENOENT;
	/* An array it is only when the next element lies one further. */
	if (form == ACCESSOR_INDEX_32 && (follow(code, n, form, index + 1, &next) || next != off + 4))
		return -ENOENT;
	*ret_off = (int32_t)off;
	return 0;
}
