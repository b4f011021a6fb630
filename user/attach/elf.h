// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * A reader for the parts of an ELF64 file that attaching needs: segments, function symbols, build id, PLT slots. The file is
 * hostile: it may lie in every header and shrink while it is read, so everything is read by bounded pread(2) into memory of our
 * own and checked before use. Limits turn a lie into an error, never into work without end.
 */
#ifndef QPROV_ELF_H
#define QPROV_ELF_H

#include <sys/types.h>

#include "base/slice.h"

#define ELF_SEGMENTS_MAX 64
#define ELF_SECTIONS_MAX 65536
#define ELF_SYMBOLS_MAX (1u << 20)
#define ELF_TABLE_MAX (64u << 20)
#define ELF_BUILD_ID_MAX 64

struct elf_segment {
	uint64_t vaddr;
	uint64_t offset;
	uint64_t size; /* bytes in the file */
	bool exec;
};

/* One symbol table with its strings (NUL-terminated copies); count 0: there is none. */
struct elf_table {
	uint8_t *syms;
	size_t count;
	char *strs;
	size_t strs_len;
};

struct elf_relocs {
	uint8_t *ptr;
	size_t count;
};

struct elf {
	int fd; /* borrowed */
	uint64_t size;
	bool program; /* has an interpreter, or is not a shared object at all */
	unsigned nsegments;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	struct elf_table dynamic; /* what the loader sees */
	struct elf_table full;    /* .symtab, when the file was not stripped */
	struct elf_table found;   /* functions that have no names in the file (attach/unnamed.h) */
	struct elf_relocs plt;    /* after elf_load_relocs() */
	struct elf_relocs rela;
	uint64_t dyn_addr, dyn_size; /* file position of the dynamic section */
	bool dyn_symbols;            /* it names a symbol table */
	uint64_t plt_addr, plt_size, rela_addr, rela_size;
	uint64_t unwind_addr; /* of .eh_frame_hdr; 0: none */
	uint8_t build_id[ELF_BUILD_ID_MAX];
	size_t build_id_len;
};

struct elf_symbol {
	const char *name;
	uint64_t vaddr;
	uint64_t size; /* 0: unknown */
	bool exported; /* in the loader's table */
};

/*
 * Reads the headers and the symbol tables. 0; -ENOEXEC: not an ELF64 file of this machine, so none of our business; -EBADMSG: it
 * contradicts itself; -E2BIG: beyond the limits above; -ENOMEM, or the error of pread(2). On failure nothing is held.
 */
int elf_open(struct elf *e, int fd);
void elf_done(struct elf *e);

/* Whether the bytes occur in a string table: a quick reject before walking a table. */
bool elf_mentions(const struct elf *e, const char *needle);

/* Every defined function in an executable segment, the loader's table first, then what was found without names. Names live as long as e. fn
 * returns false to stop. */
typedef bool (*elf_symbol_fn)(void *ctx, const struct elf_symbol *s);
void elf_each_function(const struct elf *e, elf_symbol_fn fn, void *ctx);

/* Up to n bytes of an executable segment at vaddr. The number read (at least 1) or -errno. */
ssize_t elf_read(const struct elf *e, uint64_t vaddr, void *buf, size_t n);
/* Position in the file of an address inside an executable segment. 0 or -ENOENT. */
int elf_offset(const struct elf *e, uint64_t vaddr, uint64_t *ret);

/* Relocations of PLT slots and pointers to functions, once, when needed. 0 or -errno. */
int elf_load_relocs(struct elf *e);
/* Addresses of the slots in which the loader stores the address of the function of this name; how many, at most max. */
size_t elf_slots_of(const struct elf *e, const char *name, uint64_t *slots, size_t max);

/* Where a PLT stub at vaddr leads, when that is a function of this file. Needs elf_load_relocs(). */
bool elf_stub_target(const struct elf *e, uint64_t vaddr, uint64_t *ret);

#endif
