// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One instruction, carried out on symbolic values. */
#include "attach/machine.h"

static const struct value unknown;

static bool same_register(const struct x86_insn *i)
{
	return !i->memory && !i->has_imm && i->dst == i->src;
}

bool machine_explores(const struct machine *m)
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

static bool may_count(const struct machine *m, struct value v)
{
	return v.kind == K_LOADED && (v.width == 4 || (v.width == 2 && m->form == CHAIN_ARRAY)) && v.n == 0;
}

/*
 * A number of elements or bytes: there are more than the few that were looked at. An element holds something that is handed to who lets it
 * go. Flags of another byte that is not known are clear.
 */
static bool compare_count(struct machine *m, const struct x86_insn *i, struct value a, struct value b)
{
	if (m->form == CHAIN_ARRAY && a.kind == K_LOADED && a.width < 8 && a.n == 1) {
		m->flags = (struct flags){ 0, 0, 1 };
	} else if (may_count(m, a) && (b.kind == K_CONST || same_register(i))) {
		if (m->count_off < 0) {
			m->count_off = a.num;
			m->count_size = a.width;
		}
		m->flags = (struct flags){ 0, 0, 1 };
	} else if (a.kind == K_CONST && may_count(m, b)) {
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
	struct value a = i->memory ? machine_load(m, i) : machine_get(m, i->dst),
		     b = i->has_imm ? machine_number(i->imm) : machine_get(m, i->src);

	m->flags = (struct flags){ -1, -1, -1 };
	if (a.kind == K_CONST && b.kind == K_CONST) {
		int64_t r = i->kind == X86_TEST ? (a.num & b.num) : a.num - b.num;

		m->flags = (struct flags){ r == 0, r<0, r> 0 };
	} else if ((m->form == CHAIN_ARRAY || m->form == CHAIN_MEM) && compare_count(m, i, a, b)) {
		return;
	} else if (i->kind == X86_CMP && a.kind == K_LOADED && a.width == 8 && b.kind == K_STATIC) {
		m->flags.zero = 0; /* what a live object points to is not known when a program is built */
	} else if (i->kind == X86_TEST ? same_register(i) : b.kind == K_CONST) {
		/* Pointers are compared with NULL only. */
		if ((a.kind == K_POINTER || (a.kind == K_LOADED && a.width == 8)) && i->kind == X86_CMP && b.num)
			return;
		if (machine_explores(m) && a.kind == K_LOADED && a.width < 8)
			return; /* a state: either way */
		m->flags.zero = presumed(a, a.n > 0 && a.num == 0 && !(a.mult && a.index_at == a.n));
	}
}

static void arithmetic(struct machine *m, const struct x86_insn *i)
{
	struct value d = machine_get(m, i->dst), s = machine_operand(m, i), v = unknown;

	m->flags = (struct flags){ -1, -1, -1 };
	if (i->memory && (!i->load || i->dst == X86_NONE))
		return;
	if (i->segment && i->width == 8 && (i->kind == X86_SUB || i->kind == X86_XOR))
		m->flags.zero = 1; /* the guard of the stack, compared with the thread's own: it is as it was */
	if (i->kind == X86_XOR && same_register(i)) {
		v = machine_number(0);
	} else if ((i->kind == X86_ADD || i->kind == X86_SUB) && s.kind == K_CONST) {
		v = d.kind == K_LOADED ? machine_as_pointer(d) : d;
		if (v.kind == K_POINTER || v.kind == K_STACK || v.kind == K_CONST)
			v.num += i->kind == X86_ADD ? s.num : -s.num;
		else
			v = unknown;
	}
	machine_set(m, i->dst, i->width < 4 ? unknown : machine_narrow(v, i->width));
}

/* 1: taken, 0: not, -1: unknown. Conditions: 4 equal, 8 negative, 12 less, 14 not greater; odd ones are their contrary. */
int machine_taken(const struct machine *m, uint8_t cond)
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
	int t = machine_taken(m, i->cond);
	struct value v = machine_operand(m, i);

	if (t < 0 && machine_explores(m) && v.kind == K_UNKNOWN)
		return true; /* the largest number that the result has room for */
	if (t < 0)
		return false;
	if (t)
		machine_set(m, i->dst, machine_narrow(v, i->width));
	return true;
}

static void multiply(struct machine *m, const struct x86_insn *i)
{
	struct value v = i->kind == X86_SHL ? machine_get(m, i->dst) : i->load ? machine_load(m, i) : machine_get(m, i->src);

	m->flags = (struct flags){ -1, -1, -1 };
	if (v.kind != K_CONST || i->imm < 0 || i->imm > (i->kind == X86_SHL ? 16 : 4096))
		v = unknown;
	machine_set(m, i->dst, v.kind == K_CONST ? machine_number(i->kind == X86_SHL ? v.num << i->imm : v.num * i->imm) : unknown);
}

static void copied(struct machine *m, struct value to, struct value v)
{
	bool own = to.kind == K_POINTER && !to.n && !to.mult && v.kind == K_LOADED && v.width == 4 && !v.n && !v.mult;

	if (own && to.num == v.num + 4) {
		m->answer = v;
		m->answered = true;
	}
}

static void store(struct machine *m, const struct x86_insn *i)
{
	struct value to = machine_address(m, i), *s = machine_slot(m, to);

	if (to.kind == K_OUT && to.num == 0 && !i->has_imm) {
		m->answer = machine_get(m, i->src);
		m->answered = m->answer.kind == K_LOADED && m->answer.width >= 4;
	}
	if (m->form == CHAIN_COPIED && !m->answered && i->width == 4 && !i->has_imm)
		copied(m, to, machine_get(m, i->src));
	if (s)
		*s = i->width == 8 ? (i->has_imm ? machine_number(i->imm) : machine_get(m, i->src)) : unknown;
}

static void stack_move(struct machine *m, const struct x86_insn *i)
{
	struct value *rsp = &m->reg[X86_RSP], *s;

	if (i->kind == X86_PUSH)
		rsp->num -= 8;
	s = machine_slot(m, *rsp);
	if (i->kind == X86_PUSH && s)
		*s = machine_get(m, i->src);
	if (i->kind == X86_POP) {
		machine_set(m, i->dst, s ? *s : unknown);
		rsp->num += 8;
	}
}

bool machine_execute(struct machine *m, const struct x86_insn *i)
{
	switch (i->kind) {
	case X86_NOP:
	case X86_ENDBR:
		return true;
	case X86_PUSH:
	case X86_POP:
		stack_move(m, i);
		return true;
	case X86_LEAVE:
		machine_set(m, X86_RSP, machine_get(m, X86_RBP));
		stack_move(m, &(struct x86_insn){ .kind = X86_POP, .dst = X86_RBP });
		return true;
	case X86_STORE:
		store(m, i);
		return true;
	case X86_MOV:
		machine_set(m, i->dst,
			    i->width < 4         ? unknown
			    : i->sign && i->load ? machine_operand(m, i)
						 : machine_narrow(machine_operand(m, i), i->width));
		return true;
	case X86_LEA:
		machine_set(m, i->dst,
			    i->width < 8         ? unknown
			    : i->base == X86_RIP ? (struct value){ .kind = K_STATIC }
						 : machine_address(m, i));
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
