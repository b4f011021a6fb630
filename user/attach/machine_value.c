// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Symbolic values: what registers, the stack and memory hold. */
#include <stddef.h>

#include "attach/machine.h"

static const struct value unknown;

struct value machine_number(int64_t n)
{
	struct value v = { .kind = K_CONST, .num = n };

	return n < -NUMBER_MAX || n > NUMBER_MAX ? unknown : v;
}

struct value machine_get(const struct machine *m, uint8_t reg)
{
	return reg < 16 ? m->reg[reg] : unknown;
}

void machine_set(struct machine *m, uint8_t reg, struct value v)
{
	if (v.num < -NUMBER_MAX || v.num > NUMBER_MAX)
		v = unknown;
	if (reg < 16)
		m->reg[reg] = v;
}

/* A loaded pointer becomes the start of the next step. */
struct value machine_as_pointer(struct value v)
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

struct value machine_address(const struct machine *m, const struct x86_insn *i)
{
	struct value base = machine_get(m, i->base), index = machine_get(m, i->index);

	if (i->base == X86_NONE && !i->segment && i->memory && index.kind == K_CONST)
		return machine_number(i->disp + index.num * i->scale);
	if (i->segment || i->base >= X86_NONE)
		return unknown;
	if (base.kind != K_INDEX)
		base = machine_as_pointer(base);
	if (base.kind == K_UNKNOWN)
		return unknown;
	if (base.kind == K_INDEX && i->disp)
		return unknown;
	if (base.kind != K_INDEX)
		base.num += i->disp;
	return i->index == X86_NONE ? base : plus_index(base, index, i->scale);
}

struct value *machine_slot(struct machine *m, struct value at)
{
	int64_t k = -at.num / 8;

	return at.kind == K_STACK && at.num <= 0 && at.num % 8 == 0 && k < SLOTS ? &m->slot[k] : NULL;
}

/* What CHAIN_FIRST, CHAIN_FIRST_8, CHAIN_SECOND and CHAIN_LIST look for. */
static void notice(struct machine *m, struct value v)
{
	if (!m->answered && m->form == CHAIN_FIRST_8 && v.width == 1 && !v.mult) {
		m->answer = v;
		m->answered = true;
	}
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

struct value machine_load(struct machine *m, const struct x86_insn *i)
{
	struct value v = machine_address(m, i);

	if (v.kind == K_STACK)
		return i->load == 8 && machine_slot(m, v) ? *machine_slot(m, v) : unknown;
	if (v.kind != K_POINTER)
		return unknown;
	v.kind = K_LOADED;
	v.width = i->load;
	notice(m, v);
	if (m->form == CHAIN_FIELD && i->load == 1 && v.n == 1 && v.num == 8) {
		m->read_name = true;
		return machine_number(FIELD_CODE);
	}
	if (m->form == CHAIN_MEM && i->load == 2 && v.n == 0) {
		m->flags_off = v.num;
		return machine_number(m->mem_flags);
	}
	if (i->sign && i->load == 4 && v.n == 0 && !v.mult)
		return (struct value){ .kind = K_INDEX, .num = v.num, .mult = 1 };
	if (m->form == CHAIN_ARRAY && i->load == 2 && v.n == 0 && !v.mult)
		return v; /* a number of elements may be a short */
	return i->sign ? unknown : v;
}

struct value machine_operand(struct machine *m, const struct x86_insn *i)
{
	if (i->load)
		return machine_load(m, i);
	return i->has_imm ? machine_number(i->imm) : machine_get(m, i->src);
}

struct value machine_narrow(struct value v, uint8_t width)
{
	bool whole = width == 8 || v.kind == K_CONST || v.kind == K_FLAG || (v.kind == K_LOADED && v.width <= width && width >= 4);

	return whole ? v : unknown;
}
