// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Objects of a database, shared by catalog.c (objects), catalog_rows.c, catalog_text.c (SQL of bodies) and catalog_yaml.c (what is
 * written). */
#ifndef QPROV_CATALOG_PRIV_H
#define QPROV_CATALOG_PRIV_H

#include "base/arena.h"
#include "base/map.h"
#include "policy/catalog.h"

enum { NAME_BYTES_MAX = 1024 }; /* longer than any server's names */

struct object;

struct objects {
	struct object **v;
	size_t n;
	bool cut; /* there were more than CATALOG_READS_MAX */
};

struct object {
	struct hnode by_name;  /* folded, without the schema */
	struct hnode by_whole; /* exact */
	struct slice schema, name;
	bool is_relation, is_function;
	const char *unseen; /* why not all of it is known; NULL: it is */
	struct objects reads, writes, children;
	size_t walk; /* the last walk that met it */
};

struct catalog {
	enum sql_dialect dialect;
	struct arena arena;
	struct arena scratch; /* one body */
	struct hmap names, wholes;
	struct object **v;
	size_t n, cap;
	size_t walk; /* number of the walk under way */
	bool ended;  /* the last row was met */
};

/* The object of that name, made when it is new. 0, -E2BIG (too many) or -ENOMEM. */
int catalog_intern(struct catalog *c, struct slice schema, struct slice name, struct object **ret);
/* Once each, as many as CATALOG_READS_MAX; then cut is set. 0 or -ENOMEM. */
int objects_add(struct objects *to, struct object *o);
/* Without a look whether it is there already, and without end. 0 or -ENOMEM. */
int objects_push(struct objects *to, struct object *o);
/*
 * Adds to `to` each relation, or function, that a reference in the text of o may mean: without a schema, any of that name, or when there
 * are many, the name alone, which a policy takes for any of them. 0, -E2BIG or -ENOMEM.
 */
int catalog_add_named(struct catalog *c, const struct object *o, struct objects *to, struct slice schema, struct slice name, bool function);
/* The first reason stays. */
void object_unseen(struct object *o, const char *why);

/* What an SQL text is to the object it belongs to. */
enum catalog_text {
	CATALOG_BODY,    /* a view or function that runs it: reads what it names */
	CATALOG_TRIGGER, /* runs when rows of the object change: what it writes holds rows of the object and of what it reads */
	CATALOG_EVENT,   /* runs by itself: what it writes holds rows of what it reads */
	CATALOG_REMOTE,  /* runs in another database: what it names is there */
};
/* Takes what a text refers to into the objects concerned. 0, -E2BIG or -ENOMEM. */
int catalog_add_text(struct catalog *c, struct object *o, enum catalog_text kind, struct slice text, bool ansi_quotes);
/* Each word that is the name of a relation: text that is not, or not wholly, understood. */
int catalog_add_words(struct catalog *c, struct object *o, struct slice text);

#endif
