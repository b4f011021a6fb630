// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * SQLite in files whose symbols were stripped: inside R's RSQLite, a shell built from the amalgamation, a program that embeds it. Every
 * copy that can load extensions holds one table of pointers to its functions, in an order that is part of its interface (struct
 * sqlite3_api_routines, sqlite3ext.h: entries are only ever added at its end). It is known by sqlite3_libversion_number() and
 * sqlite3_libversion(), which have to lie at their places and to agree; how far each function reaches tells the unwinder's table
 * (unwind.h), which stripping leaves there.
 */
#ifndef QPROV_UNNAMED_H
#define QPROV_UNNAMED_H

#include "attach/elf.h"

#define UNNAMED_SEARCH_MAX (256u << 20) /* bytes of a file that are searched for signs of SQLite */
#define UNNAMED_BYTES_MAX (64u << 20)   /* ... and of one with signs, that are taken into memory */

enum {
	UNNAMED_READ,   /* an offset is read from it, or what it calls is of interest */
	UNNAMED_HOOKED, /* it has a probe */
	UNNAMED_MAKER,  /* it registers modules: calls of it are followed */
};

struct unnamed_function {
	const char *name;
	uint16_t index;   /* in the table of pointers */
	uint32_t version; /* the first that has it, as sqlite3_libversion_number() says it */
	uint8_t use;      /* UNNAMED_* */
};

extern const struct unnamed_function unnamed_functions[];
extern const size_t unnamed_functions_len;

/* The name of all functions inside SQLite that call those of the table: what they ask is no query of the program. */
#define UNNAMED_INTERNAL "sqlite3(internal)"

/*
 * Gives e the functions as symbols, where the file carries SQLite without naming them. 1: it does, and they were found; 0: it does not
 * carry it, or names it; -ENOENT: it carries it, and where the functions are is not to be told; -E2BIG: too large to be searched; -ENOMEM,
 * or the error of pread(2).
 */
int unnamed_sqlite(struct elf *e);

#endif
