// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/block.h"

#include <stdbool.h>
#include <stdint.h>

struct span {
	int64_t lo, hi;
	unsigned reads;
};

static void add(struct span *s, unsigned arg, unsigned want, int64_t off, int64_t size)
{
	if (arg != want)
		return;
	if (!s->reads || off < s->lo)
		s->lo = off;
	if (!s->reads || off + size > s->hi)
		s->hi = off + size;
	s->reads++;
}

static int64_t field_size(const struct probe_field_spec *f)
{
	return f->deref >= 0 || f->kind == PROBE_FIELD_U64 ? 8 : 4;
}

/* What is read of the object that is argument arg. */
static struct span span_of(const struct probe_spec *p, const struct mem_layout *mem, unsigned arg)
{
	struct span s = { 0 };

	for (unsigned i = 0; i < REC_FIELDS; i++)
		if (p->field[i].kind != PROBE_FIELD_NONE)
			add(&s, p->field[i].arg, arg, p->field[i].deref >= 0 ? p->field[i].deref : p->field[i].off,
			    field_size(&p->field[i]));
	if (p->text != PROBE_TEXT_NONE && p->text_off >= 0)
		add(&s, (unsigned)p->text_arg, arg, p->text_off, 8);
	if (p->conn && p->conn_off >= 0)
		add(&s, p->conn_arg, arg, p->conn_off, 8);
	if (p->params == PARAMS_LITE && mem && mem->stride) {
		add(&s, 0, arg, mem->count, 4);
		add(&s, 0, arg, mem->array, 8);
	}
	/* A name without an offset is the argument itself, a string; its room in an object is that of libpq's cmdStatus. */
	if (p->name_arg >= 0 && p->name_off > 0 && s.reads)
		add(&s, (unsigned)p->name_arg, arg, p->name_off, REC_NAME_LEN);
	return s;
}

void block_plan(struct probe_spec *p, const struct mem_layout *mem)
{
	p->block_len = 0;
	for (unsigned arg = 0; arg < REC_ARGS; arg++) {
		struct span s = span_of(p, mem, arg);

		if (s.reads < 2 || s.hi - s.lo > BLOCK_MAX)
			continue;
		p->block_arg = (__u8)arg;
		p->block_off = (__s32)s.lo;
		p->block_len = (__u16)(s.hi - s.lo);
		return;
	}
}
