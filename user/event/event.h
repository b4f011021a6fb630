// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * One event -> JSON lines, as in the design's section 6. The writer escapes everything below 0x20, DEL and bad UTF-8
 * (U+FFFD). A line stays below EVENT_LINE_MAX bytes: text is cut in db.query.text; tables that do not fit continue in a
 * further line with the same event.id and event.part. "integrity" is not written here.
 */
#ifndef QPROV_EVENT_H
#define QPROV_EVENT_H

#include "base/buf.h"
#include "identity/flow.h"
#include "identity/identity.h"
#include "policy/policy.h"
#include "query/execution.h"
#include "sql/sql.h"

#define EVENT_LINE_MAX 8000
#define EVENT_SCHEMA "1"
#define EVENT_ID_SIZE 37 /* of a UUID as text, with its NUL */

/* Constant for a run; filled from REC_HELLO. */
struct event_origin {
	struct slice host;
	struct slice machine_id;
	struct slice boot_id;
	struct slice agent_id;
	struct slice version;
};

struct event_memo;

/* What every line needs. */
struct event_context {
	const struct event_origin *origin;
	const struct identity *identity;
	uint64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_BOOTTIME in force */
	uint64_t *sequence;      /* the last used; each line takes the next */
	bool mask_literals;
	struct slice policy_hash;
	struct arena *arena;       /* scratch */
	const struct flows *flows; /* NULL: not known */
	struct event_memo *memo;   /* NULL: none */
};

struct event_attached {
	struct slice name, file;
};

/* What the session has set, as far as it was seen. Absent: never set. */
struct event_session {
	struct slice database; /* USE */
	struct slice search_path;
	struct slice role; /* SET ROLE */
	struct slice user; /* SET SESSION AUTHORIZATION, EXECUTE AS */
	struct slice sql_mode;
	bool role_unknown, user_unknown; /* set to what is no constant */
	const struct event_attached *attached;
	size_t nattached;
};

struct event_hash {
	unsigned char v[16];
};

/* What was read of a cursor since its last event. */
struct event_cursor {
	struct slice name;
	uint64_t fetches;
	const char *end; /* "close", "transaction", ...; NULL: it may go on */
	/* Of a further event: */
	struct slice declared_in;       /* the first one's id; SLICE_NONE: this is the first */
	uint64_t all_fetches, all_rows; /* since the beginning */
};

struct event_query {
	const struct execution *exec;
	const struct sql_result *sql;         /* NULL: no text */
	enum sql_certainty certainty;         /* of the event: sql, truncation, unreadable, dynamic, worst wins */
	const struct sql_relation *relations; /* all statements together, what is behind views and derived relations appended */
	size_t nrelations;
	const struct sql_call *calls;
	size_t ncalls;
	const struct sql_file *files;
	size_t nfiles;
	struct event_session session;
	const struct event_hash *parameters; /* keyed hashes of exec->parameters; NULL: there is no key */
	const struct event_cursor *cursor;   /* NULL: none */
	bool chatter;                        /* a driver's or tool's own statement */
	bool has_hmac;
	unsigned char hmac[16]; /* keyed hash of the text */
	const struct policy_verdict *verdict;
};

/* The id of the event whose first line has this sequence number. */
void event_id(const struct event_context *ctx, uint64_t ts_ns, uint64_t sequence, char ret[EVENT_ID_SIZE]);
/* Appends one or more complete lines (each ends in \n) to out. Returns the number of lines; out->err tells failure. */
unsigned event_query(const struct event_context *ctx, const struct event_query *q, struct buf *out);

/* qprov.loss: kind "call_ring", "process_ring", ...; count since the last record of this kind, total since start. */
unsigned event_loss(const struct event_context *ctx, uint64_t ts_ns, const char *kind, uint64_t count, uint64_t total, struct buf *out);

struct event_heartbeat {
	uint64_t calls, executions, events, lost, libraries, sites, rss_bytes, processes, evictions;
	uint64_t uptime_ns;
	uint64_t late_files; /* files that were in use before they were hooked; 0: the next three are left out */
	uint32_t late_p50_us, late_p99_us, late_most_us;
};
unsigned event_heartbeat(const struct event_context *ctx, uint64_t ts_ns, const struct event_heartbeat *h, struct buf *out);
/* qprov.coverage about a library, a file or a process; what is not known is empty. */
struct event_coverage {
	const struct rec_task *task; /* NULL: not about a process */
	struct slice reason, path, symbols;
	struct slice family, build_id; /* of a hooked library */
	uint32_t functions;            /* hooked in it, 0: unknown */
	uint32_t delay_us;             /* from the mapping to the probes, 0: does not apply */
	bool again;                    /* the hourly account */
};
unsigned event_coverage(const struct event_context *ctx, uint64_t ts_ns, const struct event_coverage *c, struct buf *out);
/* A connection or database file whose statements nobody saw. */
struct event_uncovered {
	const struct rec_task *task;
	struct slice reason, system, kind, path;
	bool file, open, uring;
	bool cancel; /* a request to cancel, by the call that opened it: no gap by itself */
	uint16_t family, port;
	const uint8_t *addr;
	uint32_t opener; /* pid, 0: the process itself */
	uint64_t sent, received, began_ns;
};
unsigned event_uncovered(const struct event_context *ctx, uint64_t ts_ns, const struct event_uncovered *u, struct buf *out);
/* qprov.output: a process that had sensitive queries (so many) opened a file for writing. */
unsigned event_output(const struct event_context *ctx, uint64_t ts_ns, const struct rec_task *task, uint64_t queries, struct slice path,
		      bool read_too, struct buf *out);
/* qprov.connect: action "connect", or (x->end_ns) "disconnect"; x as query_connection_fn gets it. */
unsigned event_connect(const struct event_context *ctx, const struct execution *x, uint64_t statements, struct buf *out);
/* qprov.policy: action "loaded" or "refused". */
unsigned event_policy(const struct event_context *ctx, uint64_t ts_ns, bool refused, struct slice file, struct slice hash,
		      struct slice message, struct buf *out);
/*
 * qprov.policy, action "forgotten": so many relations made from sensitive ones of a name, because somebody asked for it in file. error: it
 * could not be done; name may be SLICE_NONE then.
 */
unsigned event_forgotten(const struct event_context *ctx, uint64_t ts_ns, struct slice file, struct slice name, size_t n,
			 struct slice error, struct buf *out);
/* qprov.agent: action "start", "stop" with a reason, or "clock" with what was done to it; kernel may be SLICE_NONE. */
unsigned event_agent(const struct event_context *ctx, uint64_t ts_ns, const char *action, struct slice reason, struct slice kernel,
		     struct buf *out);

/* The human the kernel names: the loginuid's name, or SLICE_NONE. Weaker evidence (identity/person.h) must not satisfy a policy's rule. */
struct slice event_human(const struct event_context *ctx, const struct rec_task *t);
/* The statement was ended on request: of the program, an administrator, a time limit. */
bool event_cancelled(const struct execution *x);
/* "alice (root via sudo) SELECT public.customers with psql: 18342 rows" */
void event_message(const struct event_context *ctx, const struct event_query *q, struct buf *out);

#endif
