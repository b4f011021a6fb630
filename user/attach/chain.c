// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <string.h>

#include "attach/chain.h"
#include "attach/x86.h"

#define FIELD_CODE 67 /* 'C' */

enum { STEPS_MAX = 160, CALLS_MAX = 4, SLOTS = 24, OFFSET_MAX = 65536, NUMBER_MAX = 1 << 24 };
enum { FORKS_MAX = 10, FORK_STEPS_MAX = 20000 }; /* where both ways are followed: branches of one way, and steps of all of them */
enum { CS_ROW_COUNT = 800 };                     /* cspublic.h */

enum kind {
	K_UNKNOWN,
	K_CONST,   /* num */
	K_POINTER, /* the address at the end of the chain */
	K_LOADED,  /* the width bytes there */
	K_INDEX,   /* the signed 32 bits at argument + num, times mult */
	K_STACK,   /* the stack pointer at entry + num */
	K_FLAG,    /* what an unknown function returned */
	K_OUT,     /* where the result is to be stored, at num */
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
	/* CHAIN_ARRAY: the first element */
	struct value element;
	int64_t stride;
};

static const struct value unknown;

static struct value number(int64_t n)
{
	struct value v = { .kind = K_CONST, .num = n };

	return n < -NUMBER_MAX || n > NUMBER_MAX ? unknown : v;
}

static struct value get(const struct machine *m, uint8_t reg)
{
	return reg < 16 ? m->reg[reg] : unknown;
}

static void set(struct machine *m, uint8_t reg, struct value v)
{
	if (v.num < -NUMBER_MAX || v.num > NUMBER_MAX)
		v = unknown;
	if (reg < 16)
		m->reg[reg] = v;
}

/* A loaded pointer becomes the start of the next step. */
static struct value as_pointer(struct value v)
{
	if (v.kind == K_POINTER || v.kind == K_STACK || v.kind == K_CONST || v.kind == K_OUT)
		return v;
	if (v.kind != K_LOADED || v.width != 8 || v.n >= CONN_STEPS - 1)
		return unknown;
	v.kind = K_POINTER;
	v.off[v.n++] = (int32_t)v.num;
	v.num = 0;
	return v;
}

static struct value plus_index(struct value base, struct value index, uint8_t scale)
{
	if (index.kind == K_CONST) {
		base.num += index.num * scale;
		return base;
	}
	if (index.kind != K_INDEX)
		return unknown;
	if (base.kind == K_INDEX && base.num == index.num) { /* i + i * 4 */
		base.mult += index.mult * scale;
		return base;
	}
	if (base.kind != K_POINTER || base.mult)
		return unknown;
	base.index_off = (int32_t)index.num;
	base.mult = index.mult * scale;
	base.index_at = base.n;
	return base;
}

static struct value address(const struct machine *m, const struct x86_insn *i)
{
	struct value base = get(m, i->base), index = get(m, i->index);

	if (i->base == X86_NONE && !i->segment && i->memory && index.kind == K_CONST)
		return number(i->disp + index.num * i->scale);
	if (i->segment || i->base >= X86_NONE)
		return unknown;
	if (base.kind != K_INDEX)
		base = as_pointer(base);
	if (base.kind == K_UNKNOWN)
		return unknown;
	if (base.kind == K_INDEX && i->disp)
		return unknown;
	if (base.kind != K_INDEX)
		base.num += i->disp;
	return i->index == X86_NONE ? base : plus_index(base, index, i->scale);
}

static struct value *slot(struct machine *m, struct value at)
{
	int64_t k = -at.num / 8;

	return at.kind == K_STACK && at.num <= 0 && at.num % 8 == 0 && k < SLOTS ? &m->slot[k] : NULL;
}

/* What CHAIN_FIRST, CHAIN_SECOND and CHAIN_LIST look for. */
static void notice(struct machine *m, struct value v)
{
	if (v.width != 8)
		return;
	if (!m->answered && ((m->form == CHAIN_SECOND && v.n == 1) || ((m->form == CHAIN_FIRST || m->form == CHAIN_LIST) && v.n == 0))) {
		m->answer = v;
		m->answered = true;
	} else if (m->form == CHAIN_LIST && m->answered && v.n == 1 && v.off[0] == m->answer.num) {
		m->read_name |= v.num == 8;
		m->read_value |= v.num == 16;
	}
}

static struct value load(struct machine *m, const struct x86_insn *i)
{
	struct value v = address(m, i);

	if (v.kind == K_STACK)
		return i->load == 8 && slot(m, v) ? *slot(m, v) : unknown;
	if (v.kind != K_POINTER)
		return unknown;
	v.kind = K_LOADED;
	v.width = i->load;
	notice(m, v);
	if (m->form == CHAIN_FIELD && i->load == 1 && v.n == 1 && v.num == 8) {
		m->read_name = true;
		return number(FIELD_CODE);
	}
	if (m->form == CHAIN_MEM && i->load == 2 && v.n == 0) {
		m->flags_off = v.num;
		return number(m->mem_flags);
	}
	if (i->sign && i->load == 4 && v.n == 0 && !v.mult)
		return (struct value){ .kind = K_INDEX, .num = v.num, .mult = 1 };
	return i->sign ? unknown : v;
}

static struct value operand(struct machine *m, const struct x86_insn *i)
{
	if (i->load)
		return load(m, i);
	return i->has_imm ? number(i->imm) : get(m, i->src);
}

static struct value narrow(struct value v, uint8_t width)
{
	bool whole = width == 8 || v.kind == K_CONST || v.kind == K_FLAG || (v.kind == K_LOADED && v.width <= width && width >= 4);

	return whole ? v : unknown;
}

static bool same_register(const struct x86_insn *i)
{
	return !i->memory && !i->has_imm && i->dst == i->src;
}

static bool explores(const struct machine *m)
{
	return m->form >= CHAIN_ADDRESS && m->form <= CHAIN_ROWS_INFO;
}

/* Is the value zero, or equal to the constant it is compared with? By what is assumed of a live object. */
static int presumed(struct value a, bool byte_of_string)
{
	if (a.kind == K_LOADED && a.width == 1)
		return !byte_of_string;
	if (a.kind == K_LOADED && a.width == 4)
		return 1;
	if (a.kind == K_FLAG)
		return 1;
	if (a.kind == K_POINTER || (a.kind == K_LOADED && a.width == 8))
		return 0;
	return -1;
}

/* A number of elements or bytes: there are more than the few that were looked at. Flags of a byte that is not known are clear. */
static bool compare_count(struct machine *m, const struct x86_insn *i, struct value a, struct value b)
{
	if (a.kind == K_LOADED && a.width == 4 && a.n == 0 && (b.kind == K_CONST || same_register(i))) {
		if (m->count_off < 0)
			m->count_off = a.num;
		m->flags = (struct flags){ 0, 0, 1 };
	} else if (a.kind == K_CONST && b.kind == K_LOADED && b.width == 4 && b.n == 0) {
		m->flags = (struct flags){ 0, 1, 0 };
	} else if (i->width == 1 && i->kind == X86_TEST && i->has_imm) {
		m->flags = (struct flags){ 1, 0, 0 };
	} else {
		return false;
	}
	return true;
}

static void compare(struct machine *m, const struct x86_insn *i)
{
	struct value a = i->memory ? load(m, i) : get(m, i->dst), b = i->has_imm ? number(i->imm) : get(m, i->src);

	m->flags = (struct flags){ -1, -1, -1 };
	if (a.kind == K_CONST && b.kind == K_CONST) {
		int64_t r = i->kind == X86_TEST ? (a.num & b.num) : a.num - b.num;

		m->flags = (struct flags){ r == 0, r<0, r> 0 };
	} else if ((m->form == CHAIN_ARRAY || m->form == CHAIN_MEM) && compare_count(m, i, a, b)) {
		return;
	} else if (i->kind == X86_TEST ? same_register(i) : b.kind == K_CONST) {
		/* Pointers are compared with NULL only. */
		if ((a.kind == K_POINTER || (a.kind == K_LOADED && a.width == 8)) && i->kind == X86_CMP && b.num)
			return;
		if (explores(m) && a.kind == K_LOADED && a.width < 8)
			return; /* a state: either way */
		m->flags.zero = presumed(a, a.n > 0 && a.num == 0 && !(a.mult && a.index_at == a.n));
	}
}

static void arithmetic(struct machine *m, const struct x86_insn *i)
{
	struct value d = get(m, i->dst), s = operand(m, i), v = unknown;

	m->flags = (struct flags){ -1, -1, -1 };
	if (i->memory && (!i->load || i->dst == X86_NONE))
		return;
	if (i->kind == X86_XOR && same_register(i)) {
		v = number(0);
	} else if ((i->kind == X86_ADD || i->kind == X86_SUB) && s.kind == K_CONST) {
		v = d.kind == K_LOADED ? as_pointer(d) : d;
		if (v.kind == K_POINTER || v.kind == K_STACK || v.kind == K_CONST)
			v.num += i->kind == X86_ADD ? s.num : -s.num;
		else
			v = unknown;
	}
	set(m, i->dst, i->width < 4 ? unknown : narrow(v, i->width));
}

/* 1: taken, 0: not, -1: unknown. Conditions: 4 equal, 8 negative, 12 less, 14 not greater; odd ones are their contrary. */
static int taken(const struct machine *m, uint8_t cond)
{
	int flag = -1;

	switch (cond & ~1) {
	case 4:
		flag = m->flags.zero;
		break;
	case 8:
	case 12:
		flag = m->flags.sign;
		break;
	case 14:
		flag = m->flags.greater < 0 ? -1 : !m->flags.greater;
		break;
	default:
		break;
	}

	return flag < 0 ? -1 : flag ^ (cond & 1);
}

static bool conditional_move(struct machine *m, const struct x86_insn *i)
{
	int t = taken(m, i->cond);
	struct value v = operand(m, i);

	if (t < 0 && explores(m) && v.kind == K_UNKNOWN)
		return true; /* the largest number that the result has room for */
	if (t < 0)
		return false;
	if (t)
		set(m, i->dst, narrow(v, i->width));
	return true;
}

static void multiply(struct machine *m, const struct x86_insn *i)
{
	struct value v = i->kind == X86_SHL ? get(m, i->dst) : i->load ? load(m, i) : get(m, i->src);

	m->flags = (struct flags){ -1, -1, -1 };
	if (v.kind != K_CONST || i->imm < 0 || i->imm > (i->kind == X86_SHL ? 16 : 4096))
		v = unknown;
	set(m, i->dst, v.kind == K_CONST ? number(i->kind == X86_SHL ? v.num << i->imm : v.num * i->imm) : unknown);
}

static void store(struct machine *m, const struct x86_insn *i)
{
	struct value to = address(m, i), *s = slot(m, to);

	if (to.kind == K_OUT && to.num == 0 && !i->has_imm) {
		m->answer = get(m, i->src);
		m->answered = m->answer.kind == K_LOADED && m->answer.width >= 4;
	}
	if (s)
		*s = i->width == 8 ? (i->has_imm ? number(i->imm) : get(m, i->src)) : unknown;
}

static void stack_move(struct machine *m, const struct x86_insn *i)
{
	struct value *rsp = &m->reg[X86_RSP], *s;

	if (i->kind == X86_PUSH)
		rsp->num -= 8;
	s = slot(m, *rsp);
	if (i->kind == X86_PUSH && s)
		*s = get(m, i->src);
	if (i->kind == X86_POP) {
		set(m, i->dst, s ? *s : unknown);
		rsp->num += 8;
	}
}

static bool execute(struct machine *m, const struct x86_insn *i)
{
	switch (i->kind) {
	case X86_NOP:
	case X86_ENDBR:
		return true;
	case X86_PUSH:
	case X86_POP:
		stack_move(m, i);
		return true;
	case X86_STORE:
		store(m, i);
		return true;
	case X86_MOV:
		set(m, i->dst, i->width < 4 ? unknown : i->sign && i->load ? operand(m, i) : narrow(operand(m, i), i->width));
		return true;
	case X86_LEA:
		set(m, i->dst, i->width == 8 ? address(m, i) : unknown);
		return true;
	case X86_ADD:
	case X86_SUB:
	case X86_XOR:
	case X86_ALU:
		arithmetic(m, i);
		return true;
	case X86_SHL:
	case X86_IMUL:
		multiply(m, i);
		return true;
	case X86_CMP:
	case X86_TEST:
		compare(m, i);
		return true;
	case X86_CMOV:
		return conditional_move(m, i);
	default:
		return false;
	}
}

/* CHAIN_ARRAY: the second element's address tells how far the elements stand apart. */
static bool element_handed(struct machine *m)
{
	struct value v = m->reg[X86_RDI];

	if (v.kind != K_POINTER || v.n != 1 || v.mult)
		return false;
	if (m->element.kind == K_UNKNOWN) {
		m->element = v;
		return false;
	}
	m->stride = v.num - m->element.num;
	m->answer = m->element;
	m->answered = v.off[0] == m->element.off[0] && m->element.num == 0 && m->stride > 0;
	return m->answered;
}

/* The call is not followed: what a function may change is unknown, and it is taken to say no. */
static void pass_over(struct machine *m)
{
	static const uint8_t scratch[] = { X86_RCX, X86_RDX, X86_RSI, X86_RDI, X86_R8, X86_R9, X86_R10, X86_R11 };

	for (size_t k = 0; k < sizeof(scratch); k++)
		m->reg[scratch[k]] = unknown;
	m->reg[X86_RAX] = (struct value){ .kind = K_FLAG };
}

static bool answer(struct machine *m)
{
	struct value v = m->reg[X86_RAX];
	unsigned width = m->form == CHAIN_RETURN_8 ? 1 : m->form == CHAIN_RETURN_32 ? 4 : 8;

	if (m->form == CHAIN_ADDRESS) {
		m->answer = v;
		return m->answered = v.kind == K_POINTER && !v.n && !v.mult;
	}
	if (m->form == CHAIN_ROWS || m->form == CHAIN_WAYS_32) {
		m->answer = v;
		return m->answered = v.kind == K_LOADED && (v.width == 4 || (v.width == 8 && m->form == CHAIN_ROWS)) && v.n && !v.mult;
	}
	if (explores(m))
		return m->answered;
	if (m->form == CHAIN_FIELD) {
		m->answer = v;
		return v.kind == K_POINTER && v.n == 1 && v.num == 9 && !v.mult && m->read_name;
	}
	if (m->answered)
		return m->form != CHAIN_LIST || (m->read_name && m->read_value);
	if ((m->form >= CHAIN_FIRST && m->form != CHAIN_MEM) || v.kind != K_LOADED || v.width != width)
		return false;
	m->answer = v;
	return m->answered = true;
}

static bool same_place(const struct value *a, const struct value *b)
{
	return a->width == b->width && a->n == b->n && a->num == b->num && !memcmp(a->off, b->off, a->n * sizeof(a->off[0]));
}

static int run(struct machine *m, unsigned *steps);

/* Both ways of a branch, of which neither is known to be the one that counts. */
static int fork_at(struct machine *m, uint64_t target, unsigned *steps)
{
	struct machine other = *m;
	int a, b;

	if (++m->forks > FORKS_MAX)
		return -ENOENT;
	other.forks = m->forks;
	other.pc = target;
	a = run(m, steps);
	b = run(&other, steps);
	if (a > 0 && b > 0 && !same_place(&m->answer, &other.answer))
		return -ENOENT;
	if (a < 0 && b > 0)
		*m = other;
	return a > 0 || b > 0 ? 1 : -ENOENT;
}

/* Follows until the function returns (1), the answer is there (1), or nothing more can be known (-ENOENT). */
static int run(struct machine *m, unsigned *steps)
{
	while (++*steps < (explores(m) ? FORK_STEPS_MAX : STEPS_MAX) && ++m->way < STEPS_MAX) {
		uint8_t bytes[X86_INSN_MAX];
		struct x86_insn i;
		ssize_t n = m->code->read(m->code->ctx, m->pc, bytes, sizeof(bytes));
		uint64_t target;
		int t = 0;

		if (n <= 0 || x86_decode(bytes, (size_t)n, &i))
			return -ENOENT;
		m->pc += i.len;
		target = m->pc + (uint64_t)i.imm;
		if (i.kind == X86_RET) {
			if (!m->depth)
				return answer(m) ? 1 : -ENOENT;
			m->pc = m->back[--m->depth];
		} else if (i.kind == X86_CALL && i.dst != X86_NONE) {
			return -ENOENT;
		} else if (i.kind == X86_CALL) {
			struct machine saved = *m;

			if (m->form == CHAIN_ARRAY) {
				if (element_handed(m))
					return 1;
				pass_over(m);
				continue;
			}
			if (!m->code->stub(m->code->ctx, target, &m->pc))
				m->pc = target;
			m->back[m->depth++] = saved.pc;
			if (m->form == CHAIN_LIST || m->depth == CALLS_MAX || run(m, steps) < 0) {
				*m = saved;
				pass_over(m);
			} else {
				return 1;
			}
		} else if (i.kind == X86_JMP) {
			if (!m->code->stub(m->code->ctx, target, &m->pc))
				m->pc = target;
		} else if (i.kind == X86_JCC) {
			t = taken(m, i.cond);
			if (t < 0)
				return explores(m) ? fork_at(m, target, steps) : -ENOENT;
			m->pc = t ? target : m->pc;
		} else if (!execute(m, &i)) {
			return -ENOENT;
		}
		if (m->form > CHAIN_ROWS && m->form <= CHAIN_ROWS_INFO && m->answered)
			return 1;
		if ((m->form == CHAIN_FIRST || m->form == CHAIN_SECOND || m->form == CHAIN_LIST) && answer(m))
			return 1;
	}
	return -ENOENT;
}

int chain_decode(const struct chain_code *code, uint64_t vaddr, enum chain_form form, struct conn_chain *ret)
{
	struct machine m = { .code = code, .form = form, .pc = vaddr, .flags = { -1, -1, -1 } };
	const struct value *v = &m.answer;
	struct conn_chain c = { .kind = ret->kind };
	unsigned steps = 0;

	m.reg[X86_RDI] = (struct value){ .kind = K_POINTER };
	m.reg[X86_RSI] = number(form == CHAIN_FIELD ? FIELD_CODE : form == CHAIN_LIST);
	m.reg[X86_RSP] = (struct value){ .kind = K_STACK };
	if (form == CHAIN_ROWS_OUT)
		m.reg[X86_RSI] = (struct value){ .kind = K_OUT };
	if (form == CHAIN_ROWS_INFO) {
		m.reg[X86_RSI] = number(CS_ROW_COUNT);
		m.reg[X86_RDX] = (struct value){ .kind = K_OUT };
	}
	if (run(&m, &steps) < 0 || v->n >= CONN_STEPS)
		return -ENOENT;
	if (form >= CHAIN_ROWS && form <= CHAIN_ROWS_INFO)
		c.kind = v->width == 4 ? CONN_U32 : CONN_U64;
	c.steps = (uint8_t)(v->n + 1);
	c.index_at = v->mult ? v->index_at : CONN_NO_INDEX;
	c.index_off = v->index_off;
	c.index_mult = v->mult;
	for (unsigned k = 0; k < c.steps; k++) {
		c.off[k] = k < v->n ? v->off[k] : (int32_t)v->num;
		if (c.off[k] < 0 || c.off[k] >= OFFSET_MAX)
			return -ENOENT;
	}
	if (c.index_off < 0 || c.index_off >= OFFSET_MAX || c.index_mult < 0 || c.index_mult >= OFFSET_MAX)
		return -ENOENT;
	*ret = c;
	return 0;
}

static bool offset_ok(int64_t off)
{
	return off >= 0 && off < OFFSET_MAX;
}

static bool run_mem(const struct chain_code *code, uint64_t vaddr, int64_t mem_flags, struct machine *ret)
{
	struct machine m = { .code = code, .form = CHAIN_MEM, .pc = vaddr, .flags = { -1, -1, -1 }, .mem_flags = mem_flags };
	unsigned steps = 0;

	m.flags_off = m.count_off = -1;
	m.reg[X86_RDI] = (struct value){ .kind = K_POINTER };
	m.reg[X86_RSP] = (struct value){ .kind = K_STACK };
	if (!vaddr || run(&m, &steps) < 0 || m.answer.n || m.answer.mult || !offset_ok(m.answer.num) || !offset_ok(m.flags_off))
		return false;
	*ret = m;
	return true;
}

int chain_mem_layout(const struct chain_code *code, const struct chain_mem *at, struct mem_layout *ret)
{
	enum { MEM_STR = 2, MEM_INT = 4 };
	struct machine walk = { .code = code, .form = CHAIN_ARRAY, .pc = at->clear_bindings, .flags = { -1, -1, -1 } };
	struct machine text, integer;
	unsigned steps = 0;

	walk.count_off = -1;
	walk.reg[X86_RDI] = (struct value){ .kind = K_POINTER };
	walk.reg[X86_RSP] = (struct value){ .kind = K_STACK };
	if (!at->clear_bindings || run(&walk, &steps) < 0 || !offset_ok(walk.count_off) || walk.stride > 4096)
		return -ENOENT;
	if (!run_mem(code, at->value_blob, MEM_STR, &text) || !offset_ok(text.count_off))
		return -ENOENT;
	/* The number stands first in the union that stands first; the flags are the same word for both. */
	if (!run_mem(code, at->value_int64, MEM_INT, &integer) || integer.answer.num || integer.flags_off != text.flags_off)
		return -ENOENT;
	if (text.answer.num >= walk.stride || text.count_off >= walk.stride || text.flags_off >= walk.stride)
		return -ENOENT;
	*ret = (struct mem_layout){ .array = (uint32_t)walk.element.off[0],
				    .count = (uint32_t)walk.count_off,
				    .stride = (uint16_t)walk.stride,
				    .flags = (uint16_t)text.flags_off,
				    .z = (uint16_t)text.answer.num,
				    .n = (uint16_t)text.count_off };
	return 0;
}
