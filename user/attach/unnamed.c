// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/elf_priv.h"
#include "attach/unnamed.h"
#include "attach/unwind.h"
#include "attach/x86.h"
#include "base/cleanup.h"

#define CODE_MIN (200u << 10) /* bytes of code: no build of SQLite has less */
#define LIBVERSION 66         /* places in the table */
#define LIBVERSION_NUMBER 67
#define TABLE_MIN 115 /* entries that every version has */
#define GAPS_MAX 32   /* of them, those that a build may leave out (NULL) */
#define CHECKS_MAX 4096
#define VERSION_MIN 3003013 /* has sqlite3_prepare_v2 */
#define VERSION_MAX 3999999
#define BLOCK (256u << 10)
#define PCREL_SDATA4 0x1b
#define UNNAMED_MAX 32 /* functions that are looked for */
#define CODE_BYTES 32  /* of a function that returns a constant */

#if defined(__x86_64__)
#define R_RELATIVE R_X86_64_RELATIVE
#elif defined(__aarch64__)
#define R_RELATIVE R_AARCH64_RELATIVE
#endif

const struct unnamed_function unnamed_functions[] = {
	{ "sqlite3_close", 16, 0 },
	{ "sqlite3_data_count", 48, 0 },
	{ "sqlite3_db_handle", 49, 0 },
	{ "sqlite3_errmsg", 53, 0 },
	{ "sqlite3_exec", 55, 0 },
	{ "sqlite3_finalize", 57, 0 },
	{ "sqlite3_get_table", 62, 0 },
	{ "sqlite3_prepare", 72, 0 },
	{ "sqlite3_prepare16", 73, 0 },
	{ "sqlite3_reset", 77, 0 },
	{ "sqlite3_step", 94, 0 },
	{ "sqlite3_value_blob", 102, 0 },
	{ "sqlite3_value_int64", 107, 0 },
	{ "sqlite3_prepare_v2", 116, 3003013 },
	{ "sqlite3_prepare16_v2", 117, 3003013 },
	{ "sqlite3_clear_bindings", 118, 3003013 },
	{ "sqlite3_blob_open", 123, 3005000 },
	{ "sqlite3_sql", 153, 3006023 },
	{ "sqlite3_backup_init", 156, 3006023 },
	{ "sqlite3_stmt_status", 170, 3006023 },
	{ "sqlite3_close_v2", 179, 3007016 },
	{ "sqlite3_db_filename", 180, 3007016 },
	{ "sqlite3_prepare_v3", 217, 3020000 },
	{ "sqlite3_prepare16_v3", 218, 3020000 },
	{ "sqlite3_deserialize", 262, 3039000 },
	{ "sqlite3_serialize", 263, 3039000 },
};
const size_t unnamed_functions_len = ARRAY_SIZE(unnamed_functions);
_Static_assert(ARRAY_SIZE(unnamed_functions) <= UNNAMED_MAX, "UNNAMED_MAX");

/* The segments in memory, with the pointers in place that the loader would put there. */
struct image {
	const struct elf *e;
	uint8_t *bytes[ELF_SEGMENTS_MAX];
};

static void image_done(struct image *m)
{
	for (unsigned i = 0; i < m->e->nsegments; i++)
		free(m->bytes[i]);
}

static int image_load(struct image *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->e->nsegments; i++) {
		const struct elf_segment *s = &m->e->segments[i];
		void *p = NULL;
		int err;

		sum += s->size;
		if (sum > UNNAMED_BYTES_MAX)
			return -E2BIG;
		err = elf_read_table(m->e, s->offset, s->size, &p);
		if (err)
			return err;
		m->bytes[i] = p;
	}
	return 0;
}

/* What lies at an address, and how many bytes of its segment follow. */
static uint8_t *image_at(const struct image *m, uint64_t vaddr, bool exec, uint64_t *ret_left)
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

static bool is_code(const struct elf *e, uint64_t vaddr)
{
	uint64_t off;

	return !elf_offset(e, vaddr, &off);
}

/* Packed relocations (DT_RELR) leave the addresses in the file itself. */
static void relocate(struct image *m)
{
	const struct elf_relocs *r = &m->e->rela;

	for (size_t i = 0; i < r->count; i++) {
		uint64_t left, v;
		uint8_t *at;
		Elf64_Rela a;

		memcpy(&a, r->ptr + i * sizeof(a), sizeof(a));
		if (ELF64_R_TYPE(a.r_info) != R_RELATIVE)
			continue;
		at = image_at(m, a.r_offset, false, &left);
		v = (uint64_t)a.r_addend;
		if (at && left >= sizeof(v))
			memcpy(at, &v, sizeof(v));
	}
}

static uint64_t word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* What a function without arguments returns, when that is a constant, an address, or a pointer that lies in the file. */
static bool returned(const struct image *m, uint64_t vaddr, uint64_t *ret)
{
	uint64_t left, more;
	const uint8_t *code = image_at(m, vaddr, true, &left);
	size_t n = left < CODE_BYTES ? (size_t)left : CODE_BYTES, at = 0;
	bool known = false;
	struct x86_insn i;

	while (code && at < n && !x86_decode(code + at, n - at, &i)) {
		uint64_t address = vaddr + at + i.len + (uint64_t)(int64_t)i.disp;

		at += i.len;
		if (i.kind == X86_RET)
			return known;
		if (i.kind == X86_NOP || i.kind == X86_ENDBR || i.kind == X86_PUSH)
			continue;
		if ((i.kind == X86_MOV || i.kind == X86_POP) && i.dst != X86_RAX)
			continue;
		if (i.kind == X86_MOV && i.has_imm && !i.memory) {
			*ret = (uint64_t)i.imm;
		} else if (i.kind == X86_LEA && i.base == X86_RIP) {
			*ret = address;
		} else if (i.kind == X86_MOV && i.memory && i.base == X86_RIP && i.load == 8) {
			const uint8_t *slot = image_at(m, address, false, &more);

			if (!slot || more < sizeof(*ret))
				return false;
			*ret = word(slot);
		} else {
			return false;
		}
		known = true;
	}
	return false;
}

/* The number in words, "3.40.1", at the place to which the other function points. */
static bool same_version(const struct image *m, uint64_t text, uint64_t number)
{
	char want[32];
	uint64_t left;
	const uint8_t *p = image_at(m, text, false, &left);
	int n = snprintf(want, sizeof(want), "%u.%u.%u", (unsigned)(number / 1000000), (unsigned)(number / 1000 % 1000),
			 (unsigned)(number % 1000));

	if (!p || left <= (uint64_t)n || memcmp(p, want, (size_t)n))
		return false;
	/* A fourth part was written until 2015 (3.8.11.1). */
	return p[n] == 0 || p[n] == '.';
}

static uint64_t version_at(const struct image *m, const uint8_t *table)
{
	uint64_t number, text;
	unsigned gaps = 0;

	for (size_t i = 0; i < TABLE_MIN; i++) {
		uint64_t v = word(table + i * 8);

		gaps += v == 0;
		if (gaps > GAPS_MAX || (v && !is_code(m->e, v)))
			return 0;
	}
	if (!returned(m, word(table + LIBVERSION_NUMBER * 8), &number) || number < VERSION_MIN || number > VERSION_MAX)
		return 0;
	return returned(m, word(table + LIBVERSION * 8), &text) && same_version(m, text, number) ? number : 0;
}

struct table {
	const uint8_t *at;
	uint64_t left; /* bytes from there on */
	uint64_t version;
};

/* A look at two neighbours of the middle comes first: nearly all places fail there. */
static bool find_table(const struct image *m, struct table *ret)
{
	unsigned checks = 0;

	for (unsigned k = 0; k < m->e->nsegments; k++) {
		const struct elf_segment *s = &m->e->segments[k];
		uint64_t first = (8 - s->vaddr % 8) % 8;

		for (uint64_t at = first; at + TABLE_MIN * 8 <= s->size; at += 8) {
			const uint8_t *t = m->bytes[k] + at;

			if (!is_code(m->e, word(t + LIBVERSION * 8)) || !is_code(m->e, word(t + LIBVERSION_NUMBER * 8)))
				continue;
			ret->version = version_at(m, t);
			if (ret->version) {
				ret->at = t;
				ret->left = s->size - at;
				return true;
			}
			if (++checks == CHECKS_MAX)
				return false;
		}
	}
	return false;
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
static const uint8_t *frames(const struct image *m, uint64_t *ret_vaddr, uint64_t *ret_len)
{
	uint64_t left;
	const uint8_t *head = m->e->unwind_addr ? image_at(m, m->e->unwind_addr, false, &left) : NULL;
	int32_t to;

	if (head && left >= 8 && head[0] == 1 && head[1] == PCREL_SDATA4) {
		memcpy(&to, head + 4, sizeof(to));
		*ret_vaddr = m->e->unwind_addr + 4 + (uint64_t)(int64_t)to;
	} else {
		*ret_vaddr = frames_section(m->e);
	}
	return *ret_vaddr ? image_at(m, *ret_vaddr, false, ret_len) : NULL;
}

static int room_for(struct elf_table *f)
{
	size_t len = 0;

	for (size_t i = 0; i < unnamed_functions_len; i++)
		len += strlen(unnamed_functions[i].name) + 1;
	f->strs = malloc(len);
	f->syms = calloc(unnamed_functions_len, sizeof(Elf64_Sym));
	return f->strs && f->syms ? 0 : -ENOMEM; /* elf_done() frees them */
}

static int add_symbols(struct elf *e, const struct image *m, const struct table *t)
{
	uint64_t begin[UNNAMED_MAX] = { 0 }, size[UNNAMED_MAX], vaddr, len;
	const uint8_t *table = frames(m, &vaddr, &len);
	struct elf_table *f = &e->found;

	if (!table)
		return -ENOENT;
	if (room_for(f))
		return -ENOMEM;
	for (size_t i = 0; i < unnamed_functions_len; i++) {
		const struct unnamed_function *u = &unnamed_functions[i];

		if (t->version >= u->version && (uint64_t)(u->index + 1) * 8 <= t->left)
			begin[i] = word(t->at + (size_t)u->index * 8);
	}
	unwind_sizes(table, (size_t)len, vaddr, begin, size, unnamed_functions_len);
	for (size_t i = 0; i < unnamed_functions_len; i++) {
		Elf64_Sym s = { .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC), .st_shndx = 1, .st_value = begin[i], .st_size = size[i] };
		size_t n = strlen(unnamed_functions[i].name) + 1;

		if (!size[i] || !is_code(e, begin[i]))
			continue;
		s.st_name = (uint32_t)f->strs_len;
		memcpy(f->syms + f->count++ * sizeof(s), &s, sizeof(s));
		memcpy(f->strs + f->strs_len, unnamed_functions[i].name, n);
		f->strs_len += n;
	}
	return f->count ? 1 : -ENOENT;
}

/* SQLite's own functions of files: what carries it and is linked dynamically asks the C library for all of them. Cheap, and few others do.
 */
static bool may_carry(const struct elf *e)
{
	static const char *const calls[] = { "fchown", "ftruncate", "geteuid", "getcwd", "unlink", "fcntl", "rmdir", "fchmod" };
	uint64_t code = 0;

	for (unsigned i = 0; i < e->nsegments; i++)
		code += e->segments[i].exec ? e->segments[i].size : 0;
	if (code < CODE_MIN || elf_mentions(e, "sqlite3_prepare"))
		return false;
	for (size_t i = 0; e->dynamic.count && i < ARRAY_SIZE(calls); i++)
		if (!elf_mentions(e, calls[i]))
			return false;
	return true;
}

/* 1: the bytes with which a database begins are there, and the name of its catalogue, so SQLite is likely to be; 0: they are not. */
static int carries(const struct elf *e)
{
	static const char magic[] = "SQLite format 3" /* and its NUL */, catalogue[] = "sqlite_master";
	_cleanup_free_ uint8_t *block = malloc(BLOCK + sizeof(magic));
	bool begins = false, lists = false;
	uint64_t sum = 0;

	if (!block)
		return -ENOMEM;
	for (unsigned i = 0; i < e->nsegments; i++) {
		const struct elf_segment *s = &e->segments[i];

		/* Blocks overlap by what the words may reach over. */
		for (uint64_t at = 0; at < s->size; at += BLOCK) {
			size_t n = s->size - at < BLOCK + sizeof(magic) ? (size_t)(s->size - at) : BLOCK + sizeof(magic);
			int err = elf_pread(e, s->offset + at, block, n);

			if (err)
				return err;
			begins = begins || memmem(block, n, magic, sizeof(magic));
			lists = lists || memmem(block, n, catalogue, strlen(catalogue));
			if (begins && lists)
				return 1;
			sum += n;
			if (sum > UNNAMED_SEARCH_MAX)
				return -E2BIG;
		}
	}
	return 0;
}

int unnamed_sqlite(struct elf *e)
{
	struct image m = { .e = e };
	struct table t;
	int err;

	if (e->found.count || !may_carry(e))
		return 0;
	err = carries(e);
	if (err <= 0)
		return err;
	err = elf_load_relocs(e);
	if (!err)
		err = image_load(&m);
	if (!err) {
		relocate(&m);
		err = find_table(&m, &t) ? add_symbols(e, &m, &t) : -ENOENT;
	}
	image_done(&m);
	return err;
}
