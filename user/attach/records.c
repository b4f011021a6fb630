// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "attach/records.h"

#include "base/clock.h"

#define DELAY_NS 100000u /* unit of rec_coverage.delay */

/* The fixed part, whose header is filled in here, then the strings, then zeros up to a multiple of 8. */
static void build(struct buf *b, enum rec_type type, struct rec_hdr *fixed, size_t fixed_len, const struct slice *strings, size_t n)
{
	static const char zeros[8];
	size_t size = fixed_len, pad;

	for (size_t i = 0; i < n; i++)
		size += strings[i].len;
	pad = -size & 7;
	fixed->size = (uint32_t)(size + pad);
	fixed->type = type;
	fixed->ts_ns = boottime_ns();
	buf_clear(b);
	buf_add(b, slice_mem(fixed, fixed_len));
	for (size_t i = 0; i < n; i++)
		buf_add(b, strings[i]);
	buf_add(b, slice_mem(zeros, pad));
}

void record_library(struct buf *b, uint32_t library, const struct file_id *id, const struct plan *p, struct slice path,
		    struct slice build_id)
{
	struct slice family = slice_cstr(p->family->own_system ? p->family->own_system : p->name);
	struct rec_library r = { .ino = id->ino, .dev = id->dev, .library = library, .functions = (uint32_t)p->nsites };

	r.hdr.flags = p->family->own_system ? REC_LIBRARY_OWN : 0;
	path = slice_head(path, REC_PATH_MAX);
	r.path_len = (uint16_t)path.len;
	r.build_len = (uint16_t)build_id.len;
	r.family_len = (uint16_t)family.len;
	build(b, REC_LIBRARY, &r.hdr, offsetof(struct rec_library, data), (struct slice[]){ path, build_id, family }, 3);
}

/* SQLite's 16-bit forms are known by their names. */
static enum rec_encoding encoding_of(enum probe_text text)
{
	if (text == PROBE_TEXT_UTF16_UNITS)
		return REC_UTF16;
	return text == PROBE_TEXT_UTF32_UNITS ? REC_UTF32 : REC_UTF8;
}

void record_site(struct buf *b, uint32_t library, uint32_t site, const struct plan *p, const struct plan_site *s)
{
	struct slice symbol = slice_cstr(s->row->label ? s->row->label : s->row->symbol);
	struct rec_site r = { .vaddr = s->vaddr, .func_vaddr = s->func_vaddr, .func_size = s->func_size, .site = site, .library = library };

	r.hdr.flags = s->row->handle;
	r.op = s->row->op;
	r.system = p->system;
	r.encoding = encoding_of(s->row->text);
	r.symbol_len = (uint16_t)symbol.len;
	r.fields_known = s->fields_known;
	build(b, REC_SITE, &r.hdr, offsetof(struct rec_site, data), &symbol, 1);
}

void record_range(struct buf *b, uint32_t library, const struct plan_range *range)
{
	struct slice symbol = slice_cstr(range->symbol);
	struct rec_range r = { .vaddr = range->vaddr, .size = range->size, .library = library, .symbol_len = (uint16_t)symbol.len };

	r.hdr.flags = range->internal ? REC_RANGE_INTERNAL : range->code ? REC_RANGE_CODE : 0;
	build(b, REC_RANGE, &r.hdr, offsetof(struct rec_range, data), &symbol, 1);
}

void record_library_gone(struct buf *b, uint32_t library)
{
	struct rec_library_gone r = { .library = library };

	build(b, REC_LIBRARY_GONE, &r.hdr, sizeof(r), NULL, 0);
}

static void coverage(struct buf *b, struct rec_coverage *r, struct slice reason, struct slice path, struct slice symbols)
{
	path = slice_head(path, REC_PATH_MAX);
	symbols = slice_head(symbols, REC_PATH_MAX);
	r->reason_len = (uint16_t)reason.len;
	r->path_len = (uint16_t)path.len;
	r->symbols_len = (uint16_t)symbols.len;
	build(b, REC_COVERAGE, &r->hdr, offsetof(struct rec_coverage, data), (struct slice[]){ reason, path, symbols }, 3);
}

void record_coverage(struct buf *b, struct slice reason, struct slice path, struct slice symbols)
{
	struct rec_coverage r = { .delay = 0 };

	coverage(b, &r, reason, path, symbols);
}

void record_refused(struct buf *b, uint32_t pid, struct slice path, int err)
{
	struct rec_coverage r = { .task = { .pid = pid } };
	char text[160];

	snprintf(text, sizeof(text), "mapped, but cannot be opened: %s",
		 err == REFUSED_FOREIGN ? "its filesystem is a user's own (FUSE)"
		 : err == -ETIMEDOUT    ? "its storage does not answer"
					: strerror(-err));
	coverage(b, &r, slice_cstr(text), path, SLICE_NONE);
}

void record_delay(struct buf *b, uint32_t pid, struct slice path, uint64_t delay_ns)
{
	uint64_t delay = (delay_ns + DELAY_NS - 1) / DELAY_NS;
	struct rec_coverage r = { .task = { .pid = pid }, .delay = (uint16_t)(delay < UINT16_MAX ? delay : UINT16_MAX) };

	coverage(b, &r, SLICE("hooked while it was in use: statements before that were not seen"), path, SLICE_NONE);
}
