// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Patterns on relations, [catalog.][schema.]relation with globs, compared without ASCII case so that quoting and
 * folding hide nothing; and an index of thousands of them by the name of the relation.
 */
#ifndef QPROV_RELATION_H
#define QPROV_RELATION_H

#include "policy/globs.h"
#include "sql/sql.h"

struct rel_pattern {
	struct slice catalog; /* absent: any */
	struct slice schema;
	struct slice name;
};

enum rel_strictness {
	REL_SUSPECT, /* a part missing in the reference could be anything: it matches (what is sensitive) */
	REL_PROVEN,  /* a part that the pattern asks for must be in the reference (what is allowed) */
};

/* Splits text at its dots; at most three parts (the configuration is checked already, further dots stay in the catalog). */
struct rel_pattern rel_pattern_parse(struct slice text);
bool rel_pattern_match(const struct rel_pattern *p, const struct sql_relation *r, enum rel_strictness strictness);

struct rel_entry {
	struct rel_pattern pattern;
	uint32_t id; /* the caller's: place in the configuration */
};

struct rel_index {
	struct rel_entry *v;
	size_t n;
	struct glob_index names; /* id: place in v */
};

/* Room for cap entries, all of it in arena. 0 or -ENOMEM. */
int rel_index_init(struct rel_index *x, struct arena *a, size_t cap);
/* The text must outlive the index. 0 or -ENOMEM (also beyond cap). */
int rel_index_add(struct rel_index *x, struct slice pattern, uint32_t id);

/* Walks the entries that a relation matches (REL_SUSPECT), each once, in no order; the relation must stay until the end. */
struct rel_cursor {
	const struct rel_index *x;
	const struct sql_relation *r;
	struct glob_cursor names;
};
void rel_index_begin(const struct rel_index *x, const struct sql_relation *r, struct rel_cursor *c);
const struct rel_entry *rel_index_next(struct rel_cursor *c);
/* The first of them, or NULL. */
const struct rel_entry *rel_index_any(const struct rel_index *x, const struct sql_relation *r);

#endif
