// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Objects of a database, shared by catalog.c (rows) and catalog_yaml.c (what is written of them). */
#ifndef QPROV_CATALOG_PRIV_H
#define QPROV_CATALOG_PRIV_H

#include "base/arena.h"
#include "base/map.h"
#include "policy/catalog.h"

enum { NAME_BYTES_MAX = 1024 }; /* longer than any server's names */

struct object {
	struct hnode node; /* by folded name */
	struct slice schema, name;
	bool is_relation, is_function;
	const char *unseen; /* why its text cannot be read; NULL: it can, or has none */
	struct object **reads, **children;
	size_t nreads, nchildren;
	size_t walk; /* the last walk that met it */
};

struct catalog {
	enum sql_dialect dialect;
	struct arena arena;
	struct arena scratch; /* one body */
	struct hmap names;
	struct object **v;
	size_t n, cap;
	size_t walk; /* number of the entry that is written */
};

#endif
