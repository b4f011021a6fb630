// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Shared by the files of the query stage only. */
#ifndef QPROV_QUERY_INTERNAL_H
#define QPROV_QUERY_INTERNAL_H

#include "base/buf.h"
#include "base/map.h"
#include "query/query.h"

/* ---- sites.c: what attach announced ---- */

struct library {
	uint32_t id;
	char *path;
	char *family;
	bool mariadb; /* exports mariadb_* functions, which Oracle's library does not have */
	bool own;     /* a site's own rows: the family is the system's name */
	struct range *ranges;
	size_t nranges, cap;
	uint64_t code_lo, code_hi; /* all of its code; 0: not known */
	uint32_t *sites;           /* numbers of its own, and of some that went over to another library */
	size_t nsites, sites_cap;
	struct library *next; /* of those that are gone */
	uint64_t gone_ns;
};

struct range {
	uint64_t lo, hi;
	const char *symbol; /* NULL: internal */
	bool hooked;        /* a site with text of its own: its nested calls are already told */
};

struct site {
	bool known;
	uint64_t vaddr, func_vaddr;
	struct library *library;
	enum client_op op;
	enum client_system system;
	unsigned handle_arg; /* which argument is the connection or the handle */
	uint8_t fields_known;
	enum rec_encoding encoding;
	const char *symbol;
	const char *qualified; /* "libtdsodbc.so:SQLExecute" */
};

struct sites {
	struct site site[PROBE_SITES_MAX];
	struct library **libraries; /* by id */
	size_t nlibraries;
	struct library *gone; /* newest first */
	size_t ngone;
	struct hmap symbols; /* names of functions: kept to the end, for executions in flight when a site is given to another file */
};

enum caller { CALLER_APPLICATION, CALLER_OUTER, CALLER_HOOKED, CALLER_INTERNAL };

int sites_library(struct sites *s, const struct decoded *d);
/*
 * Frees sites and ranges now, the names at sites_tick() when no execution can refer to them any more. False: so many are kept that
 * the caller has to let go of all executions and then call sites_tick() for the end of time.
 */
bool sites_gone(struct sites *s, uint32_t library, uint64_t ts_ns);
void sites_tick(struct sites *s, uint64_t now_ns);
int sites_site(struct sites *s, const struct decoded *d);
int sites_range(struct sites *s, const struct decoded *d);
void sites_done(struct sites *s);
/* Who called: decided by the return address. *ret_symbol: the outer function's name (OUTER, HOOKED). */
enum caller sites_caller(const struct site *site, const struct rec_call *c, struct slice *ret_symbol);

/* ---- query.c: processes and executions in flight ---- */

enum { TOLD_RESULTS = 64 };

#define QUERY_HITS_MAX 4096 /* threads; of one that lost its place in the middle of a hit that is told twice */

/* The last call of a thread that was taken: twice.c. */
struct hit {
	struct hnode node;
	struct list lru;
	uint64_t start_ns, ip;
	uint32_t tid, site;
	uint32_t passed; /* 1 + the first site that was passed over since; 0: none */
	uint8_t frame[5];
};

struct hits {
	struct hmap map;
	struct list lru;
};

struct qproc {
	struct hnode node;
	struct list all;
	uint32_t pid;
	uint64_t start_ns;
	uint64_t exited_ns;  /* 0: alive */
	uint64_t exec_ns;    /* another program since; 0: nothing of the old one is left */
	struct list pending; /* struct pending.in_proc, oldest first */
	size_t npending;
	struct list layers; /* struct pending.in_proc of layers, oldest first: see layer.h */
	size_t nlayers;
	uint64_t told[TOLD_RESULTS]; /* libpq: results that were taken and are not freed yet; 0: none */
	unsigned next_told;
	unsigned told_lost;  /* how many more there are */
	struct list handles; /* struct handle.in_proc */
	struct list conns;   /* struct conn.in_proc */
};

struct conn {
	struct hnode node;
	struct list in_proc, lru;
	const struct qproc *proc; /* NULL: forgotten, but executions refer to it */
	unsigned refs;
	uint64_t address;
	struct db_connection x;
	/* Where it was met with a statement; since_ns is 0 elsewhere: */
	struct rec_task task;
	struct slice system_name;
	enum client_system system;
	uint64_t since_ns, statements;
	char text[];
};

struct pending {
	struct list in_proc;
	struct list in_all;
	struct qproc *proc;
	struct execution x;
	struct conn *conn;     /* a reference, or NULL */
	struct conn *above;    /* the same, of a layer around it that knows the data source */
	struct params *params; /* or NULL */
	struct handle *names;  /* a reference to what it prepares or runs; NULL: unknown */
	struct handle *before; /* a reference to what had that name before; NULL: nothing */
	uint64_t call_ns;      /* of the record it was made of */
	uint64_t raw_len;      /* bytes of the call\'s text so far, before they became UTF-8 */
	size_t long_bytes;     /* counted in the query\'s long_bytes */
	struct buf text;
	struct slice via[QUERY_VIA_MAX];
	char code[24], tag[REC_NAME_LEN], statement[REC_NAME_LEN];
	uint64_t handle;  /* statement; of a SQLite prepare: known since its first reset */
	uint64_t result;  /* the handle of its result; 0: none */
	uint64_t diag_at; /* where the last SQLSTATE was asked for, and of which record */
	unsigned diag_number;
	uint64_t left_rows;      /* of results that were left for the next one */
	unsigned results;        /* calls that went to a result */
	uint64_t done_ns;        /* the result is complete since; 0: not yet */
	uint64_t wait_ns;        /* how long to wait for a result */
	bool prepare;            /* not an execution: waits for its own result (libpq) or for its first run (SQLite) */
	bool vouched;            /* a prepare that spoke for calls from inside: told whether it runs or not */
	bool told;               /* emitted before its end was seen: not again */
	bool result_open;        /* MySQL: a result set is being read */
	uint64_t rows_before;    /* MySQL: of the statements of the string that are over */
	uint64_t open_before;    /* MySQL: what that was when the last result was opened */
	uint64_t fetched;        /* MySQL: rows of the statement's result so far that mysql_stmt_fetch got */
	const struct site *site; /* that began it */
	uint64_t ret_addr;
	uint64_t at[2];   /* the call's second and third argument: where the text is, in most rows */
	uint64_t base;    /* of a layer: where its file lies in the process */
	uint64_t frame;   /* depth of the stack; 0: not known */
	struct slice own; /* its function, whatever x.symbol says later, and the same with the library's name */
	struct slice qualified;
	bool layer;    /* in qproc.layers */
	bool silent;   /* of a layer: no statement of its own */
	bool claimed;  /* a layer inside tells it */
	bool returned; /* of a layer: its function is over */
	bool any_text; /* of a layer: whatever it runs below is its statement */
	bool counted;  /* the layers around it are certain */
};

enum handle_kind {
	HANDLE_NAME,
	HANDLE_STMT,
	HANDLE_LITE,
	HANDLE_LAYER,
	HANDLE_FRESH,
	HANDLE_LINK,       /* of what has its connection from somewhere else */
	HANDLE_FRESH_LINK, /* key: thread and library; what was made there and is not known yet */
	HANDLE_LOGIN,      /* text: user */
};

/* Something prepared: libpq's (connection, name), MySQL's MYSQL_STMT, SQLite's sqlite3_stmt. */
struct handle {
	struct hnode node;
	struct list in_proc;
	struct list lru;
	struct qproc *proc;
	unsigned refs;
	enum handle_kind kind;
	uint64_t key; /* connection or statement */
	char *name;   /* HANDLE_NAME */
	size_t name_len;
	char *text;
	size_t text_len; /* captured */
	uint64_t true_len;
	bool truncated, unreadable;
	uint64_t call_ns, raw_len; /* of the record its text came with */
	uint32_t call_tid;
	uint32_t runs;     /* SQLite: run counter already told */
	uint64_t since_ns; /* SQLite: when the next run can have begun */
	bool spent;        /* layers: ran; the next text begins anew */
	bool procedure;    /* layers: the text is a procedure's name */
	bool unknown;      /* layers: what it runs was prepared before us */
	unsigned waiting;  /* HANDLE_FRESH: texts whose handles were not met yet; HANDLE_FRESH_LINK: connections */
	uint64_t conn;     /* layers: the address of its connection; 0: unknown */
	uint32_t *types;   /* libpq: OIDs of the parameters; NULL: not given */
	uint32_t ntypes;
	bool array;                  /* MySQL: bound to arrays, in which values lie otherwise */
	struct long_data *long_data; /* MySQL: values sent in pieces */
	struct values *values;       /* layers: bound to it; NULL: none */
};

struct query {
	query_emit_fn emit, begun;
	query_name_fn named;
	query_connection_fn connected;
	void *ctx;
	struct sites sites;
	struct hits hits;
	struct hmap procs;
	struct list procs_all;
	struct hmap handles;
	struct list handles_lru;
	struct hmap conns;
	struct list conns_lru;
	uint64_t opened;         /* connections whose address is not known; each gets a number that is no address */
	struct list pending_all; /* oldest first */
	size_t npending;
	size_t handle_bytes; /* of text in handles */
	size_t value_bytes;  /* of values in handles */
	size_t long_bytes;   /* of text in executions beyond REC_TEXT_MAX */
	size_t before_bytes; /* of text in handles whose name a prepare in flight may take */
	struct buf utf8;     /* the text of a UTF-16 call */
	struct buf wide;     /* the same for layers */
	struct list pool;
	size_t npool;
	struct query_stats stats;
};

/* One call with everything resolved. */
struct call {
	const struct rec_call *rec;
	const struct site *site;
	struct qproc *proc;
	uint64_t handle; /* connection or statement */
	struct slice name, text;
	uint64_t text_len; /* true length */
	enum caller caller;
	struct slice outer; /* symbol of the outer function */
	bool inner;         /* see struct execution */
};

/* A new execution in flight, filled from the call (task, text, library, symbol, via). NULL without memory. */
struct pending *pending_new(struct query *q, const struct call *c);
/* Replaces the text. */
void pending_text(struct query *q, struct pending *p, struct slice text, uint64_t true_len, bool truncated, bool unreadable);
void pending_code(struct pending *p, const char *code);
void pending_emit(struct query *q, struct pending *p);
void pending_drop(struct query *q, struct pending *p);
/* Oldest first; prev NULL starts. */
struct pending *pending_next(const struct qproc *proc, const struct pending *prev);

struct handle *handle_find(struct query *q, struct qproc *proc, enum handle_kind kind, uint64_t key, struct slice name);
/* Finds or creates; remembers the call's text. NULL without memory. */
struct handle *handle_put(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key, struct slice name);
/* Finds or creates, with no text of the call's. NULL without memory. */
struct handle *handle_put_bare(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key);
void handle_free(struct query *q, struct handle *h);
/* Takes a handle out, without an end of it; a reference is the caller's. And puts it back in place of another one with its name. */
struct handle *handle_take_out(struct query *q, struct handle *h);
void handle_put_in(struct query *q, struct qproc *proc, struct handle *h);
void handle_put_back(struct handle *h);
/* Adds to what the handle holds, up to REC_TEXT_MAX; the true length goes on. 0 or -ENOMEM. */
int handle_append(struct query *q, struct handle *h, const struct call *c);
int handle_append_text(struct query *q, struct handle *h, struct slice text);
/* The execution keeps a reference to its handle. */
void pending_names(struct pending *p, struct handle *h);

/* What the record of this time and thread is in flight as, or NULL. */
struct pending *pending_of_call(const struct qproc *proc, uint64_t ts_ns, uint32_t tid);
/* Keeps the account of texts in handles, and forgets the oldest other ones when they are too many. */
void handle_account(struct query *q, struct handle *h, size_t before);

/* ---- twice.c ---- */
void hits_init(struct hits *h);
void hits_done(struct hits *h);
/* True: this hit was taken already, through another number of the same file. */
bool call_is_told(struct query *q, const struct rec_call *r);

/* ---- params.c ---- */
struct params;
void params_free(struct params *p);
/* A piece of a long value: mysql_stmt_send_long_data. */
int params_long_data(struct handle *h, const struct call *c);

/* ---- connection.c ---- */
/* A reference to what is known of the object, or NULL. */
struct conn *conn_get(const struct query *q, const struct qproc *proc, uint64_t address);
void conn_put(struct conn *c);
void conn_forget(struct query *q, struct conn *c);
/* A statement on it was told. */
void conn_count(const struct query *q, const struct qproc *proc, uint64_t address);
/* The same, and its end is told; at_ns 0: it is not known to have ended. */
void conn_end(struct query *q, struct conn *c, uint64_t at_ns);
struct slice site_system_name(const struct site *s);
/* What is known of the connection at this address from now on; strings are copied. 0 or -ENOMEM. */
int conn_describe(struct query *q, struct qproc *proc, uint64_t address, const struct db_connection *x);
/* The process of a record, made where there is none; what an older program in it left is gone. NULL without memory. */
struct qproc *query_proc(struct query *q, const struct rec_task *t, uint64_t ts_ns);
/* The connection of an execution; 0: unknown. */
void pending_conn(struct query *q, struct pending *p, uint64_t address);

/* A field the probe read: true when it was read and its offset known. */
bool call_field(const struct call *c, unsigned i, uint64_t *ret);
/* The call as an inner layer of the last execution made by its outer function on this thread. False: there is none with its text. */
bool call_fold(struct query *q, const struct call *c);

/* ---- one file per library family ---- */
/* other.c: calls that carry no SQL */
int other_pg(struct query *q, const struct call *c);
int other_lite(struct query *q, const struct call *c);
int pg_call(struct query *q, const struct call *c);
/* pg.c: what was complete on this connection or thread is told. */
void pg_settle(struct query *q, const struct call *c);
/* names.c: libpq's prepared statements */
int pg_prepare(struct query *q, const struct call *c);
int pg_execute(struct query *q, const struct call *c);
int pg_close(struct query *q, const struct call *c);
/* The server did not take it. */
void pg_refused(struct query *q, struct pending *p);
void names_tell(struct query *q, enum query_name_kind kind, const struct call *c, struct slice name);
/* The connection is closed, or became another one. */
void prepared_forget(struct query *q, struct qproc *proc, uint64_t connection, uint64_t before_ns);
int conn_close(struct query *q, const struct call *c);
/* copy.c: COPY between client and server */
void copy_begins(struct pending *p, bool in);
/* What the call says of rows taken. */
void copy_calls(struct pending *p, const struct call *c);
int copy_data(struct query *q, const struct call *c);
/* It is still going on after a long time: told, and once more at its end. */
void copy_tell_running(struct query *q, struct pending *p);
/* Before it is told for the last time; gone: its process or connection is. */
void copy_ends(struct pending *p, bool gone);
int my_call(struct query *q, const struct call *c);
/* mysql.c: the last one on the connection, or on the statement, is over: it ended as the call's fields say. */
void my_settle(struct query *q, const struct call *c, bool statement);
int lite_call(struct query *q, const struct call *c);
int layer_call(struct query *q, const struct call *c);
/* A sqlite3_exec that takes long: told, and kept for the statements that are still to come. */
void exec_expire(struct query *q, struct pending *p);
/* A prepare whose time is over, or whose process ended (last). */
void prepare_expire(struct query *q, struct pending *p, bool last);

#endif
