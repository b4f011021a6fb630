// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Shared by the parts of the ELF reader only: bounded reads, and the two ways to find symbol tables. */
#ifndef QPROV_ELF_PRIV_H
#define QPROV_ELF_PRIV_H

#include <elf.h>

#include "attach/elf.h"

/* Exactly n bytes at a file position. 0, -EBADMSG when the file is shorter, or the error of pread(2). */
int elf_pread(const struct elf *e, uint64_t off, void *buf, size_t n);
/* The same into new memory, followed by a NUL. The caller frees it. */
int elf_read_table(const struct elf *e, uint64_t off, uint64_t n, void **ret);
/* File position of an address in any segment, and how many bytes follow there. 0 or -EBADMSG. */
int elf_locate(const struct elf *e, uint64_t vaddr, uint64_t *ret_off, uint64_t *ret_left);

/* The loader's symbols and relocations by the dynamic section, as the loader finds them; nothing when there is none. */
int elf_read_dynamic(struct elf *e);
/* .symtab, and .dynsym where the dynamic section did not tell its size, by the section headers. */
int elf_read_sections(struct elf *e, const Elf64_Ehdr *h);

#endif
