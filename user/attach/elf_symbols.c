// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach/elf_priv.h"
#include "attach/x86.h"
#include "base/cleanup.h"

#define DYNAMIC_MAX 4096 /* entries of the dynamic section */
#define GNU_BUCKETS_MAX (1u << 20)

struct dynamic {
	uint64_t symtab, strtab, strsz, hash, gnu_hash;
};

static int read_symbols(const struct elf *e, uint64_t sym_off, uint64_t count, uint64_t str_off, uint64_t str_len, struct elf_table *ret)
{
	struct elf_table t = { 0 };
	void *p = NULL;
	int err;

	if (count == 0)
		return 0;
	if (count > ELF_SYMBOLS_MAX)
		return -E2BIG;
	err = elf_read_table(e, str_off, str_len, &p);
	if (err)
		return err;
	t.strs = p;
	t.strs_len = (size_t)str_len;
	err = elf_read_table(e, sym_off, count * sizeof(Elf64_Sym), &p);
	if (err) {
		free(t.strs);
		return err;
	}
	t.syms = p;
	t.count = (size_t)count;
	*ret = t;
	return 0;
}

/* Index of the first chain entry at or after index whose low bit ends a chain. */
static int chain_end(const struct elf *e, uint64_t off, uint64_t *index)
{
	uint32_t block[256];

	while (*index < ELF_SYMBOLS_MAX && off < e->size) {
		uint64_t left = (e->size - off) / sizeof(block[0]);
		size_t n = left < ARRAY_SIZE(block) ? (size_t)left : ARRAY_SIZE(block);
		int err = n ? elf_pread(e, off, block, n * sizeof(block[0])) : -EBADMSG;

		if (err)
			return err;
		for (size_t i = 0; i < n; i++, (*index)++)
			if (block[i] & 1)
				return 0;
		off += n * sizeof(block[0]);
	}
	return -E2BIG;
}

/* DT_HASH says it; DT_GNU_HASH hides it: the chain of the highest bucket ends at the last symbol. */
static int count_gnu(const struct elf *e, uint64_t addr, uint64_t *ret)
{
	uint32_t head[4], *buckets, max = 0;
	uint64_t off, left, last;
	void *p = NULL;
	int err = elf_locate(e, addr, &off, &left);

	if (!err)
		err = elf_pread(e, off, head, sizeof(head));
	if (err)
		return err;
	if (head[0] > GNU_BUCKETS_MAX || head[2] > GNU_BUCKETS_MAX)
		return -E2BIG;
	off += sizeof(head) + 8ull * head[2];
	err = elf_read_table(e, off, 4ull * head[0], &p);
	if (err)
		return err;
	buckets = p;
	for (uint32_t i = 0; i < head[0]; i++)
		max = buckets[i] > max ? buckets[i] : max;
	free(p);
	if (max < head[1]) {
		*ret = head[1];
		return 0;
	}
	last = max;
	err = chain_end(e, off + 4ull * head[0] + 4ull * (max - head[1]), &last);
	if (!err)
		*ret = last + 1;
	return err;
}

static int count_symbols(const struct elf *e, const struct dynamic *d, uint64_t *ret)
{
	uint32_t head[2];
	uint64_t off, left;

	if (d->gnu_hash && !count_gnu(e, d->gnu_hash, ret))
		return 0;
	if (!d->hash || elf_locate(e, d->hash, &off, &left) || elf_pread(e, off, head, sizeof(head)))
		return -ENOENT;
	*ret = head[1];
	return 0;
}

static void note_entry(struct elf *e, struct dynamic *d, const Elf64_Dyn *y)
{
	uint64_t v = y->d_un.d_val;

	switch (y->d_tag) {
	case DT_SYMTAB:
		d->symtab = v;
		break;
	case DT_STRTAB:
		d->strtab = v;
		break;
	case DT_STRSZ:
		d->strsz = v;
		break;
	case DT_HASH:
		d->hash = v;
		break;
	case DT_GNU_HASH:
		d->gnu_hash = v;
		break;
	case DT_JMPREL:
		e->plt_addr = v;
		break;
	case DT_PLTRELSZ:
		e->plt_size = v;
		break;
	case DT_RELA:
		e->rela_addr = v;
		break;
	case DT_RELASZ:
		e->rela_size = v;
		break;
	default:
		break;
	}
}

int elf_read_dynamic(struct elf *e)
{
	uint64_t n = e->dyn_size / sizeof(Elf64_Dyn), sym_off, str_off, left, count;
	struct dynamic d = { 0 };
	Elf64_Dyn y;
	int err;

	if (n > DYNAMIC_MAX)
		return -E2BIG;
	for (uint64_t i = 0; i < n; i++) {
		err = elf_pread(e, e->dyn_addr + i * sizeof(y), &y, sizeof(y));
		if (err)
			return err;
		if (y.d_tag == DT_NULL)
			break;
		note_entry(e, &d, &y);
	}
	if (!d.symtab || !d.strtab)
		return 0;
	e->dyn_symbols = true;
	err = elf_locate(e, d.symtab, &sym_off, &left);
	if (!err)
		err = elf_locate(e, d.strtab, &str_off, &left);
	if (err)
		return err;
	if (d.strsz > left)
		return -EBADMSG;
	if (count_symbols(e, &d, &count))
		return 0; /* the section headers may still tell */
	return read_symbols(e, sym_off, count, str_off, d.strsz, &e->dynamic);
}

static int read_section(struct elf *e, const Elf64_Ehdr *h, const Elf64_Shdr *s, struct elf_table *ret)
{
	Elf64_Shdr str;
	int err;

	if (s->sh_entsize != sizeof(Elf64_Sym) || s->sh_link >= h->e_shnum)
		return -EBADMSG;
	err = elf_pread(e, h->e_shoff + (uint64_t)s->sh_link * sizeof(str), &str, sizeof(str));
	if (err)
		return err;
	if (str.sh_type != SHT_STRTAB)
		return -EBADMSG;
	return read_symbols(e, s->sh_offset, s->sh_size / sizeof(Elf64_Sym), str.sh_offset, str.sh_size, ret);
}

/*
 * The loader never looks at sections, so a lie there does not keep a library from working, and must not keep us from hooking what
 * the dynamic section shows: with a loader's table in hand the sections' errors are ignored.
 */
int elf_read_sections(struct elf *e, const Elf64_Ehdr *h)
{
	bool known = e->dynamic.count > 0;
	Elf64_Shdr s;
	int err = 0;

	if (h->e_shoff == 0 || h->e_shnum == 0)
		return 0;
	if (h->e_shentsize != sizeof(s) || h->e_shoff > e->size)
		return known ? 0 : -EBADMSG;
	for (unsigned i = 0; i < h->e_shnum && !err; i++) {
		err = elf_pread(e, h->e_shoff + i * sizeof(s), &s, sizeof(s));
		if (err)
			break;
		if (s.sh_type == SHT_SYMTAB && !e->full.count)
			err = read_section(e, h, &s, &e->full);
		else if (s.sh_type == SHT_DYNSYM && !e->dynamic.count)
			err = read_section(e, h, &s, &e->dynamic);
	}
	return known ? 0 : err;
}

bool elf_mentions(const struct elf *e, const char *needle)
{
	size_t n = strlen(needle);

	return (e->dynamic.strs_len && memmem(e->dynamic.strs, e->dynamic.strs_len, needle, n)) ||
	       (e->full.strs_len && memmem(e->full.strs, e->full.strs_len, needle, n)) ||
	       (e->found.strs_len && memmem(e->found.strs, e->found.strs_len, needle, n));
}

static bool each_in_table(const struct elf *e, const struct elf_table *t, bool exported, elf_symbol_fn fn, void *ctx)
{
	for (size_t i = 0; i < t->count; i++) {
		struct elf_symbol found;
		uint64_t off;
		Elf64_Sym s;

		memcpy(&s, t->syms + i * sizeof(s), sizeof(s));
		if (ELF64_ST_TYPE(s.st_info) != STT_FUNC || s.st_shndx == SHN_UNDEF || s.st_name >= t->strs_len)
			continue;
		if (elf_offset(e, s.st_value, &off))
			continue;
		found = (struct elf_symbol){ .name = t->strs + s.st_name, .vaddr = s.st_value, .size = s.st_size, .exported = exported };
		if (!fn(ctx, &found))
			return false;
	}
	return true;
}

void elf_each_function(const struct elf *e, elf_symbol_fn fn, void *ctx)
{
	if (each_in_table(e, &e->dynamic, true, fn, ctx) && each_in_table(e, &e->full, false, fn, ctx))
		each_in_table(e, &e->found, false, fn, ctx);
}

static int load_relocs(const struct elf *e, uint64_t addr, uint64_t size, struct elf_relocs *ret)
{
	uint64_t off, left;
	void *p = NULL;
	int err;

	if (ret->ptr || !addr || size < sizeof(Elf64_Rela))
		return 0;
	err = elf_locate(e, addr, &off, &left);
	if (!err && size > left)
		err = -EBADMSG;
	if (!err)
		err = elf_read_table(e, off, size, &p);
	if (err)
		return err;
	ret->ptr = p;
	ret->count = (size_t)(size / sizeof(Elf64_Rela));
	return 0;
}

int elf_load_relocs(struct elf *e)
{
	int err = load_relocs(e, e->plt_addr, e->plt_size, &e->plt);

	return err ? err : load_relocs(e, e->rela_addr, e->rela_size, &e->rela);
}

static size_t find_slots(const struct elf *e, const struct elf_relocs *r, const char *name, uint64_t *slots, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count && n < max; i++) {
		Elf64_Rela a;
		Elf64_Sym s;
		uint64_t index;

		memcpy(&a, r->ptr + i * sizeof(a), sizeof(a));
		index = ELF64_R_SYM(a.r_info);
		if (index == 0 || index >= e->dynamic.count)
			continue;
		memcpy(&s, e->dynamic.syms + index * sizeof(s), sizeof(s));
		if (s.st_name < e->dynamic.strs_len && !strcmp(e->dynamic.strs + s.st_name, name))
			slots[n++] = a.r_offset;
	}
	return n;
}

size_t elf_slots_of(const struct elf *e, const char *name, uint64_t *slots, size_t max)
{
	size_t n = find_slots(e, &e->plt, name, slots, max);

	return n + find_slots(e, &e->rela, name, slots + n, max - n);
}

/* The function of this file whose address the loader puts into the slot. */
static bool find_target(const struct elf *e, const struct elf_relocs *r, uint64_t slot, uint64_t *ret)
{
	for (size_t i = 0; i < r->count; i++) {
		Elf64_Rela a;
		Elf64_Sym s;
		uint64_t index;

		memcpy(&a, r->ptr + i * sizeof(a), sizeof(a));
		index = ELF64_R_SYM(a.r_info);
		if (a.r_offset != slot || index == 0 || index >= e->dynamic.count)
			continue;
		memcpy(&s, e->dynamic.syms + index * sizeof(s), sizeof(s));
		if (s.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(s.st_info) != STT_FUNC)
			return false;
		*ret = s.st_value;
		return true;
	}
	return false;
}

bool elf_stub_target(const struct elf *e, uint64_t vaddr, uint64_t *ret)
{
	uint8_t code[16];
	uint64_t slot;

	if (elf_read(e, vaddr, code, sizeof(code)) < (ssize_t)sizeof(code) || !x86_stub_slot(code, vaddr, &slot))
		return false;
	return find_target(e, &e->plt, slot, ret) || find_target(e, &e->rela, slot, ret);
}
