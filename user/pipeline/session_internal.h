// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Shared by the files about sessions only. */
#ifndef QPROV_SESSION_INTERNAL_H
#define QPROV_SESSION_INTERNAL_H

#include "base/map.h"
#include "pipeline/session.h"

/* A setting's text: owned; absent when never set. */
struct setting {
	char *text;
	size_t len;
	bool unknown; /* set to what is no constant */
};

enum { VAR_DATABASE, VAR_SEARCH_PATH, VAR_ROLE, VAR_USER, VAR_SQL_MODE, VARS, VAR_STRINGS = VARS };

struct vars {
	struct setting v[VARS];
	bool strings_unknown; /* read them both ways */
};

struct attached {
	char *name, *file;
};

struct session {
	struct hnode by_key, by_process;
	struct list lru;
	struct list names;   /* struct named.in_session */
	struct list derived; /* struct derived.in_scope */
	uint32_t pid;
	uint64_t start_ns, connection;
	uint64_t server_id; /* the server's number for the connection; 0: unknown */
	uint64_t gone_ns;   /* the process ended then, or became another program; 0: alive */
	struct vars now;
	struct vars before; /* the transaction, when in one */
	bool in_transaction;
	bool implicit;             /* of one string: it ends with it */
	bool aborted;              /* PostgreSQL: something failed in it, so that COMMIT will undo it */
	uint32_t local;            /* bits of VAR_*: set for the transaction only */
	struct attached *attached; /* SESSION_ATTACHED_MAX of them, or NULL */
	size_t nattached;
	bool attached_more; /* than are kept: which file a name stands for is not known of others */
};

struct sessions {
	struct hmap map;   /* by connection */
	struct hmap procs; /* by process */
	struct list lru;
	struct hmap names;
	struct list names_lru;
	size_t names_bytes;
	struct hmap derived; /* by folded name */
	struct list memory;  /* derived relations that stay: of no session */
	struct list derived_lru, memory_lru, plain_lru;
	size_t nderived, nmemory, nplain;
	sessions_prepared_fn prepared;
	void *prepared_ctx;
	size_t memory_bytes;
	uint64_t memory_changes;
	uint64_t wall_offset_ns; /* of the records' time */
	uint64_t gone_ns;        /* the earliest end of a process whose sessions are not yet forgotten; 0: none */
	uint64_t evictions;
};

/* One statement in its session. */
struct in_session {
	struct sessions *s;
	const struct policy *policy;
	const struct execution *x;
	const struct sql_options *options;
	struct arena *arena;
	struct session_effect *effect;
	const struct sql_statement *statement;
	bool alone;        /* the only statement of its string */
	size_t run_bytes;  /* of prepared texts read */
	size_t behind_cap; /* room in effect->behind */
};

struct session *session_find(const struct sessions *s, const struct execution *x);
/* Finds or makes; NULL without memory (counted). */
struct session *session_get(struct sessions *s, const struct execution *x);
bool session_is_of(const struct session *t, const struct execution *x);

/* ---- session_vars.c ---- */
void vars_done(struct vars *v);
/* No statement says which database it is any more. */
void vars_database(struct session *t);
void vars_apply(struct in_session *in, const struct sql_statement *st);
/* The string ends: with it a transaction that only it made. */
void vars_end_string(struct in_session *in, struct session *t);
/* Is somebody else asking by now than when ret was shown? */
bool vars_role_differs(const struct session *t, const struct event_session *shown);
/* Copies in arena. */
void vars_show(const struct session *t, struct arena *arena, struct event_session *ret);
void attached_clear(struct session *t);

/* ---- session_names.c ---- */
void names_remember(struct sessions *s, struct session *t, const struct sql_statement *st);
/* Whether the name stands for this now is not known: running it is dynamic, if it is known at all. */
void names_doubt(struct sessions *s, struct session *t, const struct sql_statement *st);
void names_forget(struct sessions *s, struct session *t, const struct sql_statement *st);
void names_clear(struct sessions *s, struct session *t);
/* The text a name stands for: 0, -ENOENT (never seen) or -ENODATA (not a constant). */
int names_find(const struct sessions *s, const struct session *t, bool cursor, struct slice name, struct slice *ret);

/* ---- derived.c ---- */
/* What relations of st were made from, and what st makes of sensitive ones. 0 or -ENOMEM. */
int derived_apply(struct in_session *in, struct sql_statement *st);
void derived_clear(struct sessions *s, struct session *t);
/* A transaction ended, or a part of it was undone: temporary relations made in it are there for good, or hide nothing any more. What was
 * made from sensitive ones stays watched. */
void derived_settle(struct sessions *s, struct session *t, bool undone);
void derived_done(struct sessions *s);

#endif
