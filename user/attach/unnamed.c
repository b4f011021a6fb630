// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/elf_image.h"
#include "attach/elf_priv.h"
#include "attach/reach.h"
#include "attach/unnamed.h"
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
#define STUB_BYTES 16
#define UNNAMED_MAX 32 /* functions that are looked for */
#define CODE_BYTES 32  /* of a function that returns a constant */

const struct unnamed_function unnamed_functions[] = {
	{ "sqlite3_close", 16, 0, UNNAMED_HOOKED },
	{ "sqlite3_create_module", 47, 0, UNNAMED_MAKER },
	{ "sqlite3_data_count", 48, 0, UNNAMED_READ },
	{ "sqlite3_db_handle", 49, 0, UNNAMED_READ },
	{ "sqlite3_errmsg", 53, 0, UNNAMED_HOOKED },
	{ "sqlite3_exec", 55, 0, UNNAMED_HOOKED },
	{ "sqlite3_finalize", 57, 0, UNNAMED_HOOKED },
	{ "sqlite3_get_table", 62, 0, UNNAMED_HOOKED },
	{ "sqlite3_open", 70, 0, UNNAMED_READ }, /* registers the modules that are built in */
	{ "sqlite3_prepare", 72, 0, UNNAMED_HOOKED },
	{ "sqlite3_prepare16", 73, 0, UNNAMED_HOOKED },
	{ "sqlite3_reset", 77, 0, UNNAMED_HOOKED },
	{ "sqlite3_step", 94, 0, UNNAMED_HOOKED },
	{ "sqlite3_value_blob", 102, 0, UNNAMED_READ },
	{ "sqlite3_value_int64", 107, 0, UNNAMED_READ },
	{ "sqlite3_prepare_v2", 116, 3003013, UNNAMED_HOOKED },
	{ "sqlite3_prepare16_v2", 117, 3003013, UNNAMED_HOOKED },
	{ "sqlite3_clear_bindings", 118, 3003013, UNNAMED_READ },
	{ "sqlite3_create_module_v2", 119, 3005000, UNNAMED_MAKER },
	{ "sqlite3_blob_open", 123, 3005000, UNNAMED_HOOKED },
	{ "sqlite3_sql", 153, 3006023, UNNAMED_READ },
	{ "sqlite3_backup_init", 156, 3006023, UNNAMED_HOOKED },
	{ "sqlite3_stmt_status", 170, 3006023, UNNAMED_READ },
	{ "sqlite3_close_v2", 179, 3007016, UNNAMED_HOOKED },
	{ "sqlite3_db_filename", 180, 3007016, UNNAMED_READ },
	{ "sqlite3_prepare_v3", 217, 3020000, UNNAMED_HOOKED },
	{ "sqlite3_prepare16_v3", 218, 3020000, UNNAMED_HOOKED },
	{ "sqlite3_deserialize", 262, 3039000, UNNAMED_HOOKED },
	{ "sqlite3_serialize", 263, 3039000, UNNAMED_HOOKED },
};
const size_t unnamed_functions_len = ARRAY_SIZE(unnamed_functions);
_Static_assert(ARRAY_SIZE(unnamed_functions) <= UNNAMED_MAX, "UNNAMED_MAX");

static bool is_code(const struct elf *e, uint64_t vaddr)
{
	uint64_t off;

	return !elf_offset(e, vaddr, &off);
}

static uint64_t word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* What a function without arguments returns, when that is a constant, an address, or a pointer that lies in the file. */
static bool returned(const struct elf_image *m, uint64_t vaddr, uint64_t *ret)
{
	uint64_t left, more;
	const uint8_t *code = elf_image_at(m, vaddr, true, &left);
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
			const uint8_t *slot = elf_image_at(m, address, false, &more);

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
static bool same_version(const struct elf_image *m, uint64_t text, uint64_t number)
{
	char want[32];
	uint64_t left;
	const uint8_t *p = elf_image_at(m, text, false, &left);
	int n = snprintf(want, sizeof(want), "%u.%u.%u", (unsigned)(number / 1000000), (unsigned)(number / 1000 % 1000),
			 (unsigned)(number % 1000));

	if (!p || left <= (uint64_t)n || memcmp(p, want, (size_t)n))
		return false;
	/* A fourth part was written until 2015 (3.8.11.1). */
	return p[n] == 0 || p[n] == '.';
}

static uint64_t version_at(const struct elf_image *m, const uint8_t *table)
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
static bool find_table(const struct elf_image *m, struct table *ret)
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

/* Symbols that are written one after the other; elf_done() frees them. */
static int room_for(struct elf_table *f, size_t internals)
{
	size_t len = sizeof(UNNAMED_INTERNAL);

	for (size_t i = 0; i < unnamed_functions_len; i++)
		len += strlen(unnamed_functions[i].name) + 1;
	f->strs = malloc(len);
	f->syms = calloc(unnamed_functions_len + internals, sizeof(Elf64_Sym));
	if (!f->strs || !f->syms)
		return -ENOMEM;
	memcpy(f->strs, UNNAMED_INTERNAL, sizeof(UNNAMED_INTERNAL)); /* the first name is that of all internal ones */
	f->strs_len = sizeof(UNNAMED_INTERNAL);
	return 0;
}

static void add_symbol(struct elf_table *f, const struct extent *x, size_t name)
{
	Elf64_Sym s = { .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC), .st_shndx = 1, .st_value = x->begin, .st_size = x->size };

	s.st_name = (uint32_t)name;
	memcpy(f->syms + f->count++ * sizeof(s), &s, sizeof(s));
}

static const uint8_t *code_of(const void *ctx, const struct extent *f)
{
	uint64_t left;
	const uint8_t *p = elf_image_at(ctx, f->begin, true, &left);

	return p && left >= f->size ? p : NULL;
}

static uint64_t stub_of(const void *ctx, uint64_t vaddr)
{
	uint64_t left, slot;
	const uint8_t *p = elf_image_at(ctx, vaddr, true, &left);

	if (!p || left < STUB_BYTES || !x86_stub_slot(p, vaddr, &slot))
		return 0;
	p = elf_image_at(ctx, slot, false, &left);
	return p && left >= sizeof(slot) ? word(p) : 0;
}

static const uint8_t *data_of(const void *ctx, uint64_t vaddr, size_t *ret_left)
{
	uint64_t left;
	const uint8_t *p = elf_image_at(ctx, vaddr, true, &left) ? NULL : elf_image_at(ctx, vaddr, false, &left);

	if (p)
		*ret_left = (size_t)left;
	return p;
}

/* It belongs to SQLite, and calls what has a probe. */
static bool reach_asks(uint8_t flags)
{
	return (flags & REACH_REACHED) && (flags & REACH_CALLS);
}

/* The table's functions by their names, and those inside SQLite that call them. */
static int add_symbols(struct elf *e, const uint64_t *begin, const struct reach *r, const uint8_t *flags)
{
	struct elf_table *f = &e->found;
	size_t internals = 0;

	for (size_t i = 0; i < r->nfunctions; i++)
		internals += reach_asks(flags[i]);
	if (room_for(f, internals))
		return -ENOMEM;
	for (size_t i = 0; i < unnamed_functions_len; i++) {
		const struct extent *x = begin[i] && is_code(e, begin[i]) ? extent_at(r->functions, r->nfunctions, begin[i]) : NULL;
		size_t n = strlen(unnamed_functions[i].name) + 1;

		if (!x)
			continue;
		add_symbol(f, x, f->strs_len);
		memcpy(f->strs + f->strs_len, unnamed_functions[i].name, n);
		f->strs_len += n;
	}
	if (!f->count)
		return -ENOENT;
	for (size_t i = 0; i < r->nfunctions; i++)
		if (reach_asks(flags[i]))
			add_symbol(f, &r->functions[i], 0);
	return 1;
}

static int name_functions(struct elf *e, const struct elf_image *m, const struct table *t)
{
	uint64_t begin[UNNAMED_MAX] = { 0 }, hooked[UNNAMED_MAX], vaddr, len;
	const uint8_t *table = elf_image_frames(m, &vaddr, &len);
	uint64_t makers[UNNAMED_MAX];
	struct reach r = { .code = code_of, .stub = stub_of, .data = data_of, .ctx = m, .makers = makers };
	_cleanup_free_ struct extent *x = NULL;
	_cleanup_free_ uint8_t *flags = NULL;
	int err;

	if (!table)
		return -ENOENT;
	for (size_t i = 0; i < unnamed_functions_len; i++) {
		const struct unnamed_function *u = &unnamed_functions[i];

		if (t->version >= u->version && (uint64_t)(u->index + 1) * 8 <= t->left)
			begin[i] = word(t->at + (size_t)u->index * 8);
		hooked[i] = u->use == UNNAMED_HOOKED ? begin[i] : 0;
		if (u->use == UNNAMED_MAKER && begin[i])
			makers[r.nmakers++] = begin[i];
	}
	err = unwind_functions(table, (size_t)len, vaddr, &x, &r.nfunctions);
	r.functions = x;
	if (!err)
		flags = calloc(r.nfunctions + 1, 1);
	if (err || !flags)
		return -ENOMEM;
	err = reach_from(&r, begin, hooked, unnamed_functions_len, flags);
	return err ? err : add_symbols(e, begin, &r, flags);
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
	struct elf_image m;
	struct table t;
	int err;

	if (e->found.count || !may_carry(e))
		return 0;
	err = carries(e);
	if (err <= 0)
		return err;
	err = elf_load_relocs(e);
	if (!err)
		err = elf_image_load(&m, e, UNNAMED_BYTES_MAX);
	if (!err) {
		elf_image_relocate(&m);
		err = find_table(&m, &t) ? name_functions(e, &m, &t) : -ENOENT;
	}
	elf_image_done(&m);
	return err;
}
