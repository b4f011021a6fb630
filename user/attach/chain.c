// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <string.h>

#include "attach/machine.h"

enum { STEPS_MAX = 160 };
enum { FORKS_MAX = 10, FORK_STEPS_MAX = 20000 }; /* where both ways are followed: branches of one way, and steps of all of them */
enum { CS_ROW_COUNT = 800 };                     /* cspublic.h */

static const struct value unknown;

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
	if (m->form == CHAIN_INSIDE) {
		m->answer = v;
		return m->answered = v.kind == K_POINTER && v.n == 1 && !v.mult;
	}
	if (m->form == CHAIN_ROWS || m->form == CHAIN_WAYS_32) {
		m->answer = v;
		return m->answered = v.kind == K_LOADED && (v.width == 4 || (v.width == 8 && m->form == CHAIN_ROWS)) && v.n && !v.mult;
	}
	if (machine_explores(m))
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

/* 1: the answer was found inside or stands ready; 0: the call is behind. */
static int call(struct machine *m, uint64_t target, unsigned *steps)
{
	struct machine saved = *m;

	if (m->form == CHAIN_ARRAY) {
		if (element_handed(m))
			return 1;
		pass_over(m);
		return 0;
	}
	if (!m->code->stub(m->code->ctx, target, &m->pc))
		m->pc = target;
	m->back[m->depth++] = saved.pc;
	if (m->form != CHAIN_LIST && saved.depth < CALLS_MAX - 1 && run(m, steps) > 0)
		return 1;
	*m = saved;
	pass_over(m);
	return 0;
}

/* Follows until the function returns (1), the answer is there (1), or nothing more can be known (-ENOENT). */
static int run(struct machine *m, unsigned *steps)
{
	while (++*steps < (machine_explores(m) ? FORK_STEPS_MAX : STEPS_MAX) && ++m->way < STEPS_MAX) {
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
			t = call(m, target, steps);
			if (t)
				return t;
		} else if (i.kind == X86_JMP) {
			if (!m->code->stub(m->code->ctx, target, &m->pc))
				m->pc = target;
		} else if (i.kind == X86_JCC) {
			t = machine_taken(m, i.cond);
			if (t < 0)
				return machine_explores(m) ? fork_at(m, target, steps) : -ENOENT;
			m->pc = t ? target : m->pc;
		} else if (!machine_execute(m, &i)) {
			return -ENOENT;
		}
		if ((m->form == CHAIN_COPIED || (m->form > CHAIN_ROWS && m->form <= CHAIN_ROWS_INFO)) && m->answered)
			return 1;
		if ((m->form == CHAIN_FIRST || m->form == CHAIN_SECOND || m->form == CHAIN_LIST || m->form == CHAIN_FIRST_8) && answer(m))
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
	m.reg[X86_RSI] = machine_number(form == CHAIN_FIELD ? FIELD_CODE : form == CHAIN_LIST);
	m.reg[X86_RSP] = (struct value){ .kind = K_STACK };
	if (form == CHAIN_ROWS_OUT)
		m.reg[X86_RSI] = (struct value){ .kind = K_OUT };
	if (form == CHAIN_ROWS_INFO) {
		m.reg[X86_RSI] = machine_number(CS_ROW_COUNT);
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
				    .count = (uint16_t)walk.count_off,
				    .count_size = walk.count_size,
				    .stride = (uint16_t)walk.stride,
				    .flags = (uint16_t)text.flags_off,
				    .z = (uint16_t)text.answer.num,
				    .n = (uint16_t)text.count_off };
	return 0;
}
