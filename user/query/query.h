// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Calls -> executions. Joins what the client functions tell one by one (text, handle, prepared name, result, error) into one record per
 * run of a statement, and folds nested calls: a call whose return address lies in another function of the same library was made by it.
 *
 * Nothing waits for ever: an execution is emitted when its result is known and the thread goes on, QUERY_SETTLE_NS after its result,
 * when its process ends, or QUERY_WAIT_NS after its start with an unknown outcome.
 */
#ifndef QPROV_QUERY_H
#define QPROV_QUERY_H

#include "decode/decode.h"
#include "query/execution.h"

#define QUERY_SETTLE_NS 100000000ull
#define QUERY_WAIT_NS 60000000000ull
#define QUERY_LITE_WAIT_NS 5000000000ull /* SQLite tells of a run only when the statement is reset or finalized */
#define QUERY_PENDING_MAX 65536          /* executions in flight; beyond it the oldest is emitted with an unknown outcome */
#define QUERY_PROCESS_PENDING_MAX 1024   /* the same for one process */
#define QUERY_PROCESSES_MAX 32768        /* processes with state; beyond it the oldest is flushed and forgotten */
#define QUERY_HANDLES_MAX 65536          /* prepared names and statement handles; beyond it the oldest is forgotten */
#define QUERY_CONNECTIONS_MAX 16384      /* connections described; beyond it the oldest is forgotten */
#define QUERY_TEXT_BYTES_MAX                                                                                                               \
	(64u << 20) /* of statements beyond REC_TEXT_MAX, and of what is prepared; beyond it they stay cut, the oldest is forgotten */
#define QUERY_VIA_MAX 6

struct query;

typedef void (*query_emit_fn)(void *ctx, const struct execution *x);

struct query_stats {
	uint64_t calls;      /* records seen */
	uint64_t nested;     /* folded into their outer call */
	uint64_t executions; /* emitted */
	uint64_t evictions;  /* state given up under a limit: names, handles, processes, executions */
	uint64_t unmatched;  /* results without a known execution (begun before us) */
	uint64_t unknown_site;
};

int query_new(query_emit_fn emit, void *ctx, struct query **ret);
void query_free(struct query *q);
/*
 * Also tells of each execution when its text is known, long before its end: what it makes must be known before another connection uses it.
 * The outcome is unknown then, and a statement that is only prepared is told too.
 */
void query_on_begin(struct query *q, query_emit_fn begun);

/*
 * Names of prepared statements and cursors are the same for the protocol and for SQL: EXECUTE runs what PQprepare prepared, DEALLOCATE ends
 * it; PQexecPrepared runs what PREPARE did, PQclosePortal closes a cursor.
 */
enum query_name_kind {
	QUERY_NAME_CLOSED,        /* a prepared statement */
	QUERY_NAME_CURSOR_CLOSED, /* a cursor */
	QUERY_NAME_CONNECTION,    /* all of the connection: it was closed, or begins anew */
	QUERY_NAME_DATABASE,      /* none: the connection's database is another one */
};
/* A call closed x->statement; else only task, connection, conn, system and start_ns of x are set. */
typedef void (*query_name_fn)(void *ctx, enum query_name_kind kind, const struct execution *x);
void query_on_name(struct query *q, query_name_fn fn);
/*
 * A connection was met with its first statement (x->end_ns is 0), or closed, or its process ended; statements ran on it. Of x, task,
 * start_ns (when it was met), end_ns, system, system_name, connection and conn are set. One that is forgotten under a limit has no end.
 */
typedef void (*query_connection_fn)(void *ctx, const struct execution *x, uint64_t statements);
void query_on_connection(struct query *q, query_connection_fn fn);
/* DEALLOCATE ran as x: the name is forgotten, or all of the connection (SLICE_NONE), unless prepared anew since x began. */
void query_forget(struct query *q, const struct execution *x, struct slice name);
/* What a call prepared under this name on the connection of x, valid until the next call. 0, -ENOENT or -ENODATA (not whole). */
int query_prepared(struct query *q, const struct execution *x, struct slice name, struct slice *ret);

/* What attach found; needed before calls of its sites. 0 or -ENOMEM. */
int query_library(struct query *q, const struct decoded *d);
int query_site(struct query *q, const struct decoded *d);
int query_range(struct query *q, const struct decoded *d);

/* A connection was met; before the first call on it. 0 or -ENOMEM. */
int query_conn(struct query *q, const struct decoded *d);
/* A library is no longer hooked: its sites, ranges and number are free; the name lives on for executions in flight. */
void query_library_gone(struct query *q, uint32_t library, uint64_t ts_ns);

/* More of a call's text. 0 or -ENOMEM. */
int query_chunk(struct query *q, const struct decoded *d);
/* Values bound to a statement; behind the call that ran it. 0 or -ENOMEM. */
int query_params(struct query *q, const struct decoded *d);
/* One call. 0, -ENOENT (unknown site; counted) or -ENOMEM. */
int query_call(struct query *q, const struct decoded *d);
/* The process ended: what it has in flight is emitted at the next tick, when late calls have been read. */
void query_exit(struct query *q, uint32_t pid, uint64_t start_ns, uint64_t ts_ns);
/* The process became another program: what it prepared is gone. Takes effect with its first call after ts_ns. */
void query_exec(struct query *q, uint32_t pid, uint64_t start_ns, uint64_t ts_ns);
/* True when the call hands over a statement or runs one; *ret_handle: the connection or statement it names. */
bool query_is_statement(const struct query *q, const struct rec_call *c, enum client_system *ret_system, uint64_t *ret_handle);
/* True when the call asks a server to cancel what another connection runs: its thread opens a connection for that. */
bool query_is_cancel(const struct query *q, const struct rec_call *c);
void query_tick(struct query *q, uint64_t now_ns);
/* Emits everything in flight. */
void query_finish(struct query *q);
/* Executions in flight: the caller ticks faster while there are some. */
size_t query_inflight(const struct query *q);
const struct query_stats *query_stats(const struct query *q);

#endif
