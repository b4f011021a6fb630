// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"

/* Names of libraries that are gone: kept for longer than an execution can be in flight. */
#define GONE_KEEP_NS (2 * QUERY_WAIT_NS)
#define GONE_MAX 32768

enum { LIBRARIES_MAX = 16384, RANGES_MAX = 65536, SYMBOLS_MAX = 16384 };

struct symbol {
	struct hnode node;
	size_t len;
	char name[];
};

/* The one copy of this name. NULL at the limit or without memory. */
static const char *intern(struct sites *s, struct slice name)
{
	uint64_t hash = slice_hash(name);
	struct symbol *sym;

	for (struct hnode *n = hmap_first(&s->symbols, hash); n; n = hmap_next(n)) {
		sym = CONTAINER_OF(n, struct symbol, node);
		if (slice_eq(slice_mem(sym->name, sym->len), name))
			return sym->name;
	}
	sym = s->symbols.count < SYMBOLS_MAX ? malloc(sizeof(*sym) + name.len + 1) : NULL;
	if (!sym)
		return NULL;
	memcpy(sym->name, name.ptr, name.len);
	sym->name[name.len] = 0;
	sym->len = name.len;
	if (hmap_add(&s->symbols, &sym->node, hash)) {
		free(sym);
		return NULL;
	}
	return sym->name;
}

/* "libtdsodbc.so:SQLExecute" */
static const char *qualify(struct sites *s, const struct library *lib, struct slice symbol)
{
	const char *slash = strrchr(lib->path, '/');
	char name[160];
	int n = snprintf(name, sizeof(name), "%.80s:%.*s", slash ? slash + 1 : lib->path, (int)slice_head(symbol, 64).len, symbol.ptr);

	return intern(s, slice_mem(name, (size_t)n));
}

static char *dup_slice(struct slice s)
{
	return strndup(s.ptr, s.len);
}

int sites_library(struct sites *s, const struct decoded *d)
{
	uint32_t id = d->library->library;
	struct library *lib;

	if (id >= LIBRARIES_MAX)
		return -E2BIG;
	if (id >= s->nlibraries) {
		struct library **v = realloc(s->libraries, (id + 1) * sizeof(struct library *));

		if (!v)
			return -ENOMEM;
		memset(v + s->nlibraries, 0, (id + 1 - s->nlibraries) * sizeof(struct library *));
		s->libraries = v;
		s->nlibraries = id + 1;
	}
	if (s->libraries[id])
		return 0;
	lib = calloc(1, sizeof(*lib));
	if (!lib)
		return -ENOMEM;
	lib->id = id;
	lib->own = d->hdr->flags & REC_LIBRARY_OWN;
	lib->path = dup_slice(d->str[0]);
	lib->family = dup_slice(d->str[2]);
	if (!lib->path || !lib->family) {
		free(lib->path);
		free(lib->family);
		free(lib);
		return -ENOMEM;
	}
	s->libraries[id] = lib;
	return 0;
}

static struct library *library_by_id(const struct sites *s, uint32_t id)
{
	return id < s->nlibraries ? s->libraries[id] : NULL;
}

static bool tells_text(enum client_op op)
{
	return op == OP_SUBMIT || op == OP_PREPARE || op == OP_EXECUTE_NAMED || op == OP_EXECUTE_STMT || op == OP_STMT_PREPARE ||
	       op == OP_STMT_SUBMIT || op == OP_LITE_EXEC || op == OP_LITE_PREPARE || op == OP_LITE_BLOB || op == OP_LITE_BACKUP ||
	       op == OP_LITE_IMAGE;
}

static void mark_hooked(struct library *lib, const struct site *site)
{
	if (!tells_text(site->op))
		return;
	for (size_t i = 0; i < lib->nranges; i++)
		if (lib->ranges[i].symbol && lib->ranges[i].lo == site->func_vaddr)
			lib->ranges[i].hooked = true;
}

/* At most as many as there are, whatever a recording says. */
static int add_site(struct sites *s, struct library *lib, uint32_t id)
{
	if (s->site[id].known && s->site[id].library == lib)
		return 0;
	if (lib->nsites == PROBE_SITES_MAX)
		return -E2BIG;
	if (lib->nsites == lib->sites_cap) {
		size_t cap = lib->sites_cap ? lib->sites_cap * 2 : 32;
		uint32_t *v = realloc(lib->sites, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		lib->sites = v;
		lib->sites_cap = cap;
	}
	lib->sites[lib->nsites++] = id;
	return 0;
}

int sites_site(struct sites *s, const struct decoded *d)
{
	const struct rec_site *r = d->site;
	struct library *lib = library_by_id(s, r->library);
	struct site *site;
	const char *symbol, *qualified;
	int err;

	if (r->site >= PROBE_SITES_MAX || !lib || r->op >= OP_COUNT || r->system >= SYSTEM_COUNT || r->hdr.flags >= REC_ARGS ||
	    r->encoding >= REC_ENCODINGS)
		return -EBADMSG;
	symbol = intern(s, d->str[0]);
	qualified = r->op >= OP_LAYER_SUBMIT ? qualify(s, lib, d->str[0]) : symbol;
	if (!symbol || !qualified)
		return -ENOMEM;
	err = add_site(s, lib, r->site);
	if (err)
		return err;
	site = &s->site[r->site];
	*site = (struct site){ .known = true,
			       .vaddr = r->vaddr,
			       .func_vaddr = r->func_vaddr,
			       .library = lib,
			       .op = (enum client_op)r->op,
			       .system = (enum client_system)r->system,
			       .handle_arg = r->hdr.flags,
			       .fields_known = r->fields_known,
			       .encoding = (enum rec_encoding)r->encoding,
			       .symbol = symbol,
			       .qualified = qualified };
	lib->mariadb |= slice_starts(d->str[0], SLICE("mariadb_"));
	mark_hooked(lib, site);
	return 0;
}

int sites_range(struct sites *s, const struct decoded *d)
{
	const struct rec_range *r = d->range;
	struct library *lib = library_by_id(s, r->library);
	struct range *e;

	if (!lib || r->vaddr + r->size < r->vaddr)
		return -EBADMSG;
	if (r->hdr.flags & REC_RANGE_CODE) {
		lib->code_lo = lib->code_hi && lib->code_lo < r->vaddr ? lib->code_lo : r->vaddr;
		lib->code_hi = lib->code_hi > r->vaddr + r->size ? lib->code_hi : r->vaddr + r->size;
		return 0;
	}
	if (lib->nranges >= RANGES_MAX)
		return -E2BIG;
	if (lib->nranges == lib->cap) {
		size_t cap = lib->cap ? lib->cap * 2 : 32;
		struct range *v = realloc(lib->ranges, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		lib->ranges = v;
		lib->cap = cap;
	}
	e = &lib->ranges[lib->nranges];
	*e = (struct range){ .lo = r->vaddr, .hi = r->vaddr + r->size };
	if (!(r->hdr.flags & REC_RANGE_INTERNAL)) {
		e->symbol = intern(s, d->str[0]);
		if (!e->symbol)
			return -ENOMEM;
	}
	lib->nranges++;
	for (size_t i = 0; i < lib->nsites && e->symbol && !e->hooked; i++) { /* the other ranges were looked at when they came */
		const struct site *site = &s->site[lib->sites[i]];

		e->hooked = site->library == lib && site->func_vaddr == e->lo && tells_text(site->op);
	}
	return 0;
}

static void library_free(struct library *lib)
{
	free(lib->sites);
	free(lib->ranges);
	free(lib->path);
	free(lib->family);
	free(lib);
}

bool sites_gone(struct sites *s, uint32_t library, uint64_t ts_ns)
{
	struct library *lib = library_by_id(s, library);

	if (!lib)
		return true;
	for (size_t i = 0; i < lib->nsites; i++)
		if (s->site[lib->sites[i]].library == lib)
			s->site[lib->sites[i]] = (struct site){ .known = false };
	free(lib->sites);
	free(lib->ranges);
	lib->sites = NULL;
	lib->ranges = NULL;
	lib->nsites = lib->sites_cap = lib->nranges = lib->cap = 0;
	lib->gone_ns = ts_ns;
	lib->next = s->gone;
	s->gone = lib;
	s->libraries[library] = NULL;
	return ++s->ngone < GONE_MAX;
}

void sites_tick(struct sites *s, uint64_t now_ns)
{
	struct library **at = &s->gone, *next;

	while (*at && now_ns - (*at)->gone_ns < GONE_KEEP_NS && now_ns != UINT64_MAX)
		at = &(*at)->next;
	for (struct library *lib = *at; lib; lib = next) {
		next = lib->next;
		library_free(lib);
		s->ngone--;
	}
	*at = NULL;
}

void sites_done(struct sites *s)
{
	struct hnode *next;

	for (struct hnode *n = hmap_walk(&s->symbols, NULL); n; n = next) {
		next = hmap_walk(&s->symbols, n);
		free(CONTAINER_OF(n, struct symbol, node));
	}
	hmap_done(&s->symbols);
	for (size_t i = 0; i < s->nlibraries; i++) {
		if (s->libraries[i])
			library_free(s->libraries[i]);
	}
	free(s->libraries);
	sites_tick(s, UINT64_MAX);
}

/* A function is small, the library's whole text large: the smallest range that holds the address is the caller. */
enum caller sites_caller(const struct site *site, const struct rec_call *c, struct slice *ret_symbol)
{
	const struct library *lib = site->library;
	const struct range *best = NULL;
	uint64_t at;

	*ret_symbol = SLICE_NONE;
	if (c->ret_addr == 0)
		return CALLER_APPLICATION;
	at = c->ret_addr - (c->ip - site->vaddr);
	for (size_t i = 0; i < lib->nranges; i++) {
		const struct range *r = &lib->ranges[i];

		/* A return address is behind the call: it may equal the end of a function that ends in a call. */
		if (at > r->lo && at <= r->hi && (!best || r->hi - r->lo < best->hi - best->lo))
			best = r;
	}
	if (!best)
		return CALLER_APPLICATION;
	if (!best->symbol)
		return CALLER_INTERNAL;
	*ret_symbol = slice_cstr(best->symbol);
	return best->hooked ? CALLER_HOOKED : CALLER_OUTER;
}
