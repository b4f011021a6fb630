// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Relations and routines made from sensitive ones: derived.c keeps and finds them, derived_behind.c tells what they stand for,
 * derive_names.c forgets names, derive.c learns of them, derived_store.c writes and reads them. */
#ifndef QPROV_DERIVED_H
#define QPROV_DERIVED_H

#include "pipeline/session_internal.h"

enum {
	DERIVED_MAX = 16384, /* in sessions; and as many that stay */
	PLAIN_MAX = 4096,    /* temporary ones without a sensitive origin */
	BASES_MAX = 16,      /* sensitive origins of one; further ones are as sensitive as these */
	NAME_MAX_BYTES = 1024,
	BEHIND_MAX = 4096,          /* told of one string */
	MEMORY_BYTES_MAX = 8 << 20, /* of those that stay, about as they are written out */
	WHERE_MAX = 256,
	MAKER_MAX = 64,
};

struct name {
	struct slice catalog, schema, name;
};

/* Who made it first, and when. */
struct derived_maker {
	uint32_t loginuid, uid; /* REC_UNSET_ID: nobody had logged in */
	uint64_t wall_ns;
	struct slice name; /* of the login uid; SLICE_NONE: not known yet */
};

struct derived {
	struct hnode node;
	struct list lru;
	struct list in_scope;
	const struct session *session; /* NULL: it stays */
	enum client_system system;
	struct slice where; /* database, or the last name of a file; none: unknown */
	uint64_t place;     /* the same, hashed; 0: unknown */
	bool temporary;
	bool uncommitted; /* made in the transaction under way */
	bool view;        /* what is written to it is written to them */
	bool routine;     /* a function or procedure that reads them */
	bool schema;      /* a schema that was renamed: it and its one base are called "*", for whatever lies in it */
	struct name name;
	struct name base[BASES_MAX];
	size_t nbases;
	struct derived_maker made;
	char *text;    /* owns the slices, but that of the maker's name */
	char *made_by; /* owns that */
};

/* The temporary schemas are those of the session: SLICE_NONE for them. */
struct slice derived_schema(struct slice schema);
/* The next one in scope with the name of r; start: the first, n is not looked at. */
struct derived *derived_next(const struct in_session *in, const struct sql_relation *r, bool routine, struct hnode *n, bool start);
/* The same of schemas that were renamed to that of r. */
struct derived *derived_next_schema(const struct in_session *in, const struct sql_relation *r, struct hnode *n, bool start);
/* Compared without case; one that is not there may be any. */
bool derived_may_be(struct slice a, struct slice b);
/* The schema was renamed: names in it stand for those in the old one. */
void derived_schema_renamed(struct in_session *in, struct slice from, struct slice to);
/* What is behind a relation of a statement, or a call, goes to in->effect; marks r when a temporary relation may stand for it. 0 or
 * -ENOMEM. */
int derived_behind(struct in_session *in, struct sql_relation *r);
int derived_behind_call(struct in_session *in, const struct sql_call *c);
/* Where target lies, for derived.where; the file or database is known by its last name. */
struct slice derived_where(const struct in_session *in, const struct sql_relation *target);
/* Remembers a copy of from, whose session decides how long it stays, with texts of its own. Limits make room. Counts what is given up. */
void derived_insert(struct sessions *s, const struct derived *from);
/* 0 or -ENOMEM. */
int derived_set_maker(struct derived *d, struct slice name);
void derived_forget(struct sessions *s, struct derived *d);
/* The last to make room for others. */
void derived_touch(struct sessions *s, struct derived *d);
struct sql_relation derived_called(const struct sql_call *c);
size_t derived_name_bytes(const struct name *n);

/* ---- derive_names.c ---- */
/* Its old name, in a RENAME. */
bool derived_is_renamed(const struct sql_relation *r);
/* A drop counts when it succeeded outside a transaction. */
void derived_drop(struct in_session *in, const struct sql_relation *r);
void derived_drop_routine(struct in_session *in, const struct sql_call *c);
void derived_leave_old_name(struct in_session *in, const struct sql_statement *st);
void derived_move_all(struct in_session *in, const struct sql_statement *st);

#endif
