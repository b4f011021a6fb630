// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "attach/bits32.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

static bool is_elf32(int fd)
{
	unsigned char ident[EI_NIDENT];

	return pread(fd, ident, sizeof(ident), 0) == (ssize_t)sizeof(ident) && !memcmp(ident, ELFMAG, SELFMAG) &&
	       ident[EI_CLASS] == ELFCLASS32 && ident[EI_DATA] == ELFDATA2LSB;
}

static const struct client_family *family_of(const char *symbol)
{
	for (size_t i = 0; i < client_families_len; i++)
		for (size_t k = 0; k < client_families[i]->nrows; k++) {
			const struct client_row *r = &client_families[i]->rows[k];

			if ((r->flags & ROW_MARKER) && !(r->flags & ROW_PREFIX) && r->symbol[0] == symbol[0] && !strcmp(r->symbol, symbol))
				return client_families[i];
		}
	return NULL;
}

/* The bytes of a section, empty where it does not lie in what was read. */
static struct slice section(struct slice file, const Elf32_Shdr *s)
{
	return s->sh_type == SHT_NOBITS || s->sh_offset > file.len || s->sh_size > file.len - s->sh_offset
		       ? SLICE_NONE
		       : slice_mem(file.ptr + s->sh_offset, s->sh_size);
}

static const struct client_family *look_at(struct slice syms, struct slice strs)
{
	const struct client_family *f = NULL;

	for (size_t at = 0; !f && at + sizeof(Elf32_Sym) <= syms.len; at += sizeof(Elf32_Sym)) {
		Elf32_Sym s;

		memcpy(&s, syms.ptr + at, sizeof(s));
		if (s.st_shndx != SHN_UNDEF && ELF32_ST_TYPE(s.st_info) == STT_FUNC && s.st_name < strs.len &&
		    memchr(strs.ptr + s.st_name, 0, strs.len - s.st_name))
			f = family_of(strs.ptr + s.st_name);
	}
	return f;
}

const struct client_family *bits32_family(int fd)
{
	_cleanup_free_ char *data = NULL;
	const struct client_family *f = NULL;
	struct slice file;
	struct stat st;
	Elf32_Ehdr h;
	size_t n;

	if (!is_elf32(fd) || fstat(fd, &st))
		return NULL;
	data = read_head(fd, st.st_size < BITS32_BYTES_MAX ? (size_t)st.st_size : BITS32_BYTES_MAX, &n);
	if (!data || n < sizeof(h))
		return NULL;
	file = slice_mem(data, n);
	memcpy(&h, data, sizeof(h));
	for (size_t i = 0; !f && h.e_shentsize == sizeof(Elf32_Shdr) && i < h.e_shnum; i++) {
		size_t at = h.e_shoff + i * sizeof(Elf32_Shdr), link;
		Elf32_Shdr s, str;

		if (at > n || n - at < sizeof(s))
			break;
		memcpy(&s, data + at, sizeof(s));
		link = h.e_shoff + (size_t)s.sh_link * sizeof(str);
		if ((s.sh_type != SHT_DYNSYM && s.sh_type != SHT_SYMTAB) || s.sh_link >= h.e_shnum || n - sizeof(str) < link)
			continue;
		memcpy(&str, data + link, sizeof(str));
		f = look_at(section(file, &s), section(file, &str));
	}
	return f;
}
