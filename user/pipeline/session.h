// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * What a database session has set up, by connection (process, its start, address of the connection object, the server's number for it where
 * it is known), as far as it changes what statements mean: prepared names and cursors, the database and search path, the role, how strings
 * are read, attached files, temporary relations, and relations made from sensitive ones (derived.h).
 */
#ifndef QPROV_SESSION_H
#define QPROV_SESSION_H

#include "event/event.h"

#define SESSIONS_MAX 16384                  /* connections with state; beyond it the oldest is forgotten and counted */
#define SESSION_NAMES_MAX 16384             /* prepared names and cursors over all connections; the same */
#define SESSION_NAMES_BYTES_MAX (32u << 20) /* of their texts; the same, and a longer one is not known */
#define SESSION_RUN_BYTES_MAX (16u << 20)   /* of texts that one string runs by their names; what it runs beyond is not known */
#define SESSION_ATTACHED_MAX                                                                                                               \
	32 /* files attached to one connection; further ones are counted as state given up, and a name that is not known may be any of     \
	      them */
#define SESSION_TEXT_MAX 512             /* bytes kept of a setting */
#define SESSION_LINGER_NS 10000000000ull /* a process's state outlives it for so long: calls may still be read */

struct sessions;

/* What the statements of one execution mean in their session. */
struct session_effect {
	enum sql_certainty certainty;    /* SQL_DYNAMIC when a name was never seen */
	const struct sql_result **extra; /* analyses of what they run by name */
	size_t nextra;
	struct event_session state;  /* when the first statement on a relation ran */
	struct sql_relation *behind; /* what derived relations were made from */
	size_t nbehind;
	bool cut; /* there was more behind than is told */
};

int sessions_new(struct sessions **ret);
void sessions_free(struct sessions *s);

/* Where to look for names that SQL did not prepare: 0, or a negative errno. */
typedef int (*sessions_prepared_fn)(void *ctx, const struct execution *x, struct slice name, struct slice *ret);
void sessions_look_up(struct sessions *s, sessions_prepared_fn prepared, void *ctx);
/* The text that SQL prepared under the name that x runs, in arena. 0, or -ENOENT when there is none that is known. */
int sessions_statement(struct sessions *s, const struct execution *x, struct arena *arena, struct slice *ret);
/* A call closed x->statement, a prepared statement or a cursor. */
void sessions_close_name(struct sessions *s, const struct execution *x, bool cursor);
/* The connection of x was closed at its start: what runs on the same place later is another session. */
void sessions_close(struct sessions *s, const struct execution *x);
/* A call made another database the one of x: no statement's counts any more. */
void sessions_database(struct sessions *s, const struct execution *x);

/* How the session of x reads strings; the rest of options is left alone. */
void sessions_options(const struct sessions *s, const struct execution *x, struct sql_options *options);
/*
 * Applies what the statements of r do to the session of x, in order, and tells what they mean in it; marks relations of r that a temporary
 * one hides. Memory in arena. 0 or -ENOMEM.
 */
int sessions_apply(struct sessions *s, const struct policy *policy, const struct execution *x, const struct sql_options *options,
		   const struct sql_result *r, struct arena *arena, struct session_effect *ret);

/* Only what the statements make of sensitive relations; before they ran. */
void sessions_learn(struct sessions *s, const struct policy *policy, const struct execution *x, const struct sql_options *options,
		    const struct sql_result *r, struct arena *arena);

/* The process ended, or became another program: its sessions are forgotten SESSION_LINGER_NS later. */
void sessions_exit(struct sessions *s, uint32_t pid, uint64_t start_ns, uint64_t ts_ns);
void sessions_tick(struct sessions *s, uint64_t now_ns);

/* CLOCK_REALTIME - CLOCK_BOOTTIME from now on: when a relation was made is told in wall time. */
void sessions_clock(struct sessions *s, uint64_t wall_offset_ns);

/* ---- relations made from sensitive ones, for all sessions: what is kept over restarts ---- */

/* What a name stands for, as text; each valid during the call only. */
struct sessions_kept {
	enum client_system system;
	struct slice where;        /* database, or the last name of a file; SLICE_NONE: unknown */
	struct slice name;         /* [catalog.][schema.]name */
	const struct slice *bases; /* the same, of what it was made from */
	size_t nbases;
	bool view, routine;
	uint32_t loginuid, uid; /* who made it first; REC_UNSET_ID: nobody had logged in */
	struct slice user;      /* name of loginuid, as known when it was kept */
	uint64_t made_ns;       /* wall time */
};
typedef void (*sessions_kept_fn)(void *ctx, const struct sessions_kept *k);

/* Appends all of them; names: of login uids; last: nothing comes any more. out->err tells failure. */
void sessions_save(struct sessions *s, const struct identity *names, bool last, struct buf *out);
/* Adds what was saved. 0; 1 when that was not the last state of who wrote it; -EBADMSG (damaged, or of a later version: nothing is added)
 * or -ENOMEM. */
int sessions_load(struct sessions *s, struct slice in);
void sessions_each_kept(const struct sessions *s, sessions_kept_fn fn, void *ctx);
/* Forgets those of a name, [schema.]name, of any system and place. Number of them. */
size_t sessions_forget(struct sessions *s, struct slice name);
/* Another number when there is something new to keep. */
uint64_t sessions_kept_changes(const struct sessions *s);

/* State given up under a limit. */
uint64_t sessions_evictions(const struct sessions *s);

#endif
