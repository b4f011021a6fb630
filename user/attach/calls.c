// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <string.h>

#include "attach/plan.h"
#include "attach/x86.h"

#define BODY_MAX 8192
#define HELPER_MAX 512
#define HELPERS 16
#define SLOTS 8

struct search {
	const struct elf *e;
	uint64_t inner;
	uint64_t slots[SLOTS]; /* where the loader puts its address */
	size_t nslots;
};

static uint64_t rel_target(const uint8_t *p, uint64_t end)
{
	uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return end + (uint64_t)(int64_t)(int32_t)v;
}

static bool slot_is(const struct search *s, uint64_t slot)
{
	for (size_t i = 0; i < s->nslots; i++)
		if (s->slots[i] == slot)
			return true;
	return false;
}

static bool stub_leads(const struct search *s, uint64_t stub)
{
	uint8_t code[16];
	uint64_t slot;

	return elf_read(s->e, stub, code, sizeof(code)) == (ssize_t)sizeof(code) && x86_stub_slot(code, stub, &slot) && slot_is(s, slot);
}

static bool leads(const struct search *s, uint64_t target)
{
	return target == s->inner || stub_leads(s, target);
}

/* Code addresses that a body loads (lea): functions it hands to others, to be run on another stack for example. */
struct helpers {
	uint64_t addr[HELPERS];
	size_t n;
};

static void note_helper(const struct search *s, uint64_t target, struct helpers *h)
{
	uint64_t off;

	if (h && h->n < HELPERS && !elf_offset(s->e, target, &off))
		h->addr[h->n++] = target;
}

static bool body_calls(const struct search *s, uint64_t vaddr, uint64_t size, struct helpers *h)
{
	uint8_t code[BODY_MAX];
	ssize_t n = elf_read(s->e, vaddr, code, size < sizeof(code) ? (size_t)size : sizeof(code));

	for (ssize_t at = 0; at + 5 <= n; at++) {
		const uint8_t *p = code + at;
		uint64_t pc = vaddr + (uint64_t)at;

		if ((p[0] == 0xe8 || p[0] == 0xe9) && leads(s, rel_target(p + 1, pc + 5)))
			return true;
		if (at + 6 <= n && p[0] == 0x0f && (p[1] & 0xf0) == 0x80 && leads(s, rel_target(p + 2, pc + 6)))
			return true;
		if (at + 6 <= n && p[0] == 0xff && (p[1] == 0x15 || p[1] == 0x25) && slot_is(s, rel_target(p + 2, pc + 6)))
			return true;
		if (at + 7 <= n && (p[0] & 0xfb) == 0x48 && p[1] == 0x8d && (p[2] & 0xc7) == 0x05)
			note_helper(s, rel_target(p + 3, pc + 7), h);
	}
	return false;
}

bool plan_calls(const struct elf *e, uint64_t vaddr, uint64_t size, uint64_t inner, const char *name)
{
	struct search s = { .e = e, .inner = inner };
	struct helpers h = { .n = 0 };

	s.nslots = elf_slots_of(e, name, s.slots, SLOTS);
	if (body_calls(&s, vaddr, size, &h))
		return true;
	for (size_t i = 0; i < h.n; i++)
		if (body_calls(&s, h.addr[i], HELPER_MAX, NULL))
			return true;
	return false;
}
