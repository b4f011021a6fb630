// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach/elf_priv.h"
#include "attach/unwind.h"
#include "base/cleanup.h"

#if defined(__x86_64__)
#define R_RELATIVE R_X86_64_RELATIVE
#define R_ADDRESS R_X86_64_64
#define R_GLOBAL R_X86_64_GLOB_DAT
#define R_STUB R_X86_64_JUMP_SLOT
#elif defined(__aarch64__)
#define R_RELATIVE R_AARCH64_RELATIVE
#define R_ADDRESS R_AARCH64_ABS64
#define R_GLOBAL R_AARCH64_GLOB_DAT
#define R_STUB R_AARCH64_JUMP_SLOT
#endif

int elf_image_load(struct elf_image *m, const struct elf *e, uint64_t max)
{
	uint64_t sum = 0;

	memset(m, 0, sizeof(*m));
	m->e = e;
	for (unsigned i = 0; i < e->nsegments; i++) {
		const struct elf_segment *s = &e->segments[i];
		void *p = NULL;
		int err;

		sum += s->size;
		if (sum > max)
			return -E2BIG;
		err = elf_read_table(e, s->offset, s->size, &p);
		if (err)
			return err;
		m->bytes[i] = p;
	}
	return 0;
}

void elf_image_done(struct elf_image *m)
{
	for (unsigned i = 0; i < m->e->nsegments; i++)
		free(m->bytes[i]);
}

static uint8_t *at(const struct elf_image *m, uint64_t vaddr, bool exec, uint64_t *ret_left)
{
	for (unsigned i = 0; i < m->e->nsegments; i++) {
		const struct elf_segment *s = &m->e->segments[i];

		if ((s->exec || !exec) && vaddr >= s->vaddr && vaddr - s->vaddr < s->size) {
			*ret_left = s->size - (vaddr - s->vaddr);
			return m->bytes[i] + (vaddr - s->vaddr);
		}
	}
	return NULL;
}

const uint8_t *elf_image_at(const struct elf_image *m, uint64_t vaddr, bool exec, uint64_t *ret_left)
{
	return at(m, vaddr, exec, ret_left);
}

/* The address of a symbol that the file has itself; 0: it has none. */
static uint64_t address_of(const struct elf *e, uint64_t index)
{
	Elf64_Sym s;

	if (index == 0 || index >= e->dynamic.count)
		return 0;
	memcpy(&s, e->dynamic.syms + index * sizeof(s), sizeof(s));
	return s.st_shndx == SHN_UNDEF ? 0 : s.st_value;
}

static void put(struct elf_image *m, const Elf64_Rela *a)
{
	uint64_t type = ELF64_R_TYPE(a->r_info), left, v = 0;
	uint8_t *p;

	if (type == R_ADDRESS || type == R_GLOBAL || type == R_STUB) {
		v = address_of(m->e, ELF64_R_SYM(a->r_info));
		if (!v)
			return;
	} else if (type != R_RELATIVE) {
		return;
	}
	p = at(m, a->r_offset, false, &left);
	v += (uint64_t)a->r_addend;
	if (p && left >= sizeof(v))
		memcpy(p, &v, sizeof(v));
}

/* Packed relocations (DT_RELR) leave the addresses in the file itself. */
void elf_image_relocate(struct elf_image *m)
{
	const struct elf_relocs *both[] = { &m->e->rela, &m->e->plt };

	for (size_t k = 0; k < ARRAY_SIZE(both); k++) {
		for (size_t i = 0; i < both[k]->count; i++) {
			Elf64_Rela a;

			memcpy(&a, both[k]->ptr + i * sizeof(a), sizeof(a));
			put(m, &a);
		}
	}
}

/* The unwinder's table by the section's name: programs that are linked statically have no segment that leads there. */
static uint64_t frames_section(const struct elf *e)
{
	static const char name[] = ".eh_frame";
	_cleanup_free_ void *strs = NULL;
	Elf64_Shdr s, str;
	Elf64_Ehdr h;

	if (elf_pread(e, 0, &h, sizeof(h)) || h.e_shentsize != sizeof(s) || h.e_shoff > e->size || h.e_shstrndx >= h.e_shnum ||
	    elf_pread(e, h.e_shoff + h.e_shstrndx * sizeof(str), &str, sizeof(str)) || elf_read_table(e, str.sh_offset, str.sh_size, &strs))
		return 0;
	for (unsigned i = 0; i < h.e_shnum; i++)
		if (!elf_pread(e, h.e_shoff + i * sizeof(s), &s, sizeof(s)) && s.sh_name < str.sh_size &&
		    !strcmp((const char *)strs + s.sh_name, name))
			return s.sh_addr;
	return 0;
}

/* ... or by .eh_frame_hdr, whose second word leads there. */
const uint8_t *elf_image_frames(const struct elf_image *m, uint64_t *ret_vaddr, uint64_t *ret_len)
{
	uint64_t left;
	const uint8_t *head = m->e->unwind_addr ? at(m, m->e->unwind_addr, false, &left) : NULL;
	int32_t to;

	if (head && left >= 8 && head[0] == 1 && head[1] == UNWIND_PCREL_SDATA4) {
		memcpy(&to, head + 4, sizeof(to));
		*ret_vaddr = m->e->unwind_addr + 4 + (uint64_t)(int64_t)to;
	} else {
		*ret_vaddr = frames_section(m->e);
	}
	return *ret_vaddr ? at(m, *ret_vaddr, false, ret_len) : NULL;
}
