// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The plan for one client family in one file: which functions are there, where their probes go, what the probes read. Made from
 * the file alone, without privileges; the engine carries it out.
 */
#ifndef QPROV_PLAN_H
#define QPROV_PLAN_H

#include "attach/elf.h"
#include "attach/name_filter.h"
#include "attach/prologue.h"
#include "attach/table.h"

#define PLAN_RANGES_MAX 8192
#define PLAN_MISSING_MAX 512

struct plan_function {
	uint64_t vaddr; /* 0: not in this file */
	uint64_t size;
	bool exported;
	bool unsized; /* the symbol had no size; it was found from its neighbours */
};

struct plan_site {
	const struct client_row *row;
	uint64_t func_vaddr;
	uint64_t func_size;
	uint64_t vaddr;  /* of the probed instruction */
	uint64_t offset; /* the same in the file */
	struct prologue prologue;
	struct probe_spec spec;
	uint8_t fields_known;
	bool conn; /* its connection can be found */
};

struct plan_range {
	const char *symbol; /* "" for the library's own code */
	uint64_t vaddr;
	uint64_t size;
	bool internal;
	bool code; /* REC_RANGE_CODE */
};

struct plan {
	const struct client_family *family;
	const char *name; /* of the family, or of its variant */
	uint16_t system;  /* enum client_system */
	struct plan_site sites[ROWS_MAX];
	size_t nsites;
	struct plan_range *ranges;
	size_t nranges;
	bool has_conn;
	struct conn_spec conn;          /* what is read of a connection */
	struct value_layout value;      /* what is read of a value that is an object */
	char missing[PLAN_MISSING_MAX]; /* essential functions that are not there, separated by spaces */
};

#define PLAN_FAMILIES_MAX 64

/* Families that are looked for: families and n by the caller, the rest 0. */
struct plan_markers {
	const struct client_family *families[PLAN_FAMILIES_MAX];
	size_t n;
	bool found[PLAN_FAMILIES_MAX]; /* a function that marks it is in the file; plan_make() of the others would return 0 */
	struct name_filter wanted;
};

/* In one pass over the symbols, however many families there are. */
void plan_find_markers(const struct elf *e, struct plan_markers *m);

/*
 * 1: the file is of the family and *ret is filled; 0: it is not; or -errno. Names in the plan live as long as e.
 * plan_done() is due after 1 only.
 */
int plan_make(struct elf *e, const struct client_family *f, bool each_row, struct plan *ret);
void plan_done(struct plan *p);
/* A number that differs when the plan would be carried out differently. */
uint64_t plan_fingerprint(const struct plan *p);

/* Whether the function at [vaddr, vaddr + size) calls or jumps to the one at inner (named name), by whatever way compilers take. */
bool plan_calls(const struct elf *e, uint64_t vaddr, uint64_t size, uint64_t inner, const char *name);

#endif
