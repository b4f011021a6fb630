// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Pieces of a line that several kinds of event share. They write into buffers of fixed size on the stack (no malloc),
 * and every foreign string has a maximum, counted in bytes after escaping, so that a line always fits.
 */
#ifndef QPROV_LINE_H
#define QPROV_LINE_H

#include "event/event.h"
#include "event/json.h"

#define LINE_NAME_MAX 128
#define LINE_PATH_MAX 400
#define LINE_ARGS_MAX 1024
#define LINE_LINEAGE_MAX 700
#define LINE_MESSAGE_MAX 400
#define LINE_FINDINGS_MAX 5200
#define LINE_ADDRESS_MAX 46 /* INET6_ADDRSTRLEN */

/* What tells one kind of event from another. Texts are constants. */
struct line_kind {
	const char *kind; /* "event", "metric", "alert" */
	const char *category;
	const char *type;
	const char *action;
	const char *outcome; /* NULL: does not apply */
	const char *dataset;
};

struct line_head {
	struct line_kind kind;
	uint64_t ts_ns;
	uint64_t end_ns;   /* 0: not known */
	unsigned severity; /* 0: none */
	unsigned part;     /* 0: the only line of its event */
	uint64_t id;       /* sequence number the event's id is made of */
	uint64_t sequence;
	struct slice message; /* SLICE_NONE: none */
	struct slice kernel;
};

/* A buffer over memory of the caller: never grows, never takes memory. */
void line_buf(struct buf *b, char *bytes, size_t n);
/* The finished line goes behind what out holds, and the sequence moves. 1; or 0, with the error in out and nothing added. */
unsigned line_end(const struct buf *line, const struct event_context *ctx, struct buf *out);
/* At most max first bytes, without the beginning of a UTF-8 character that was cut. */
struct slice line_cut(struct slice s, size_t max);
/* json_str_max, but nothing at all for SLICE_NONE and empty strings. */
void line_opt(struct json *j, const char *key, struct slice v, size_t max);
/* The name of a thread as a slice: ends at the first NUL. */
struct slice line_comm(const char comm[REC_COMM_LEN]);

/* Opens the object and writes @timestamp, ecs, event, message, agent, host; *ret_event_end is where the event object can be added to. */
void line_begin(struct json *j, const struct event_context *ctx, const struct line_head *h, size_t *ret_event_end);
/* user and process of a task; slim: only what names the process. Returns whether arguments are missing or cut. */
bool line_who(struct json *j, const struct event_context *ctx, const struct rec_task *t, bool slim);
/* qprov.attribution of a call at ts_ns; unless slim also qprov.became, lineage, script and program. */
void line_attribution(struct json *j, const struct event_context *ctx, const struct rec_task *t, uint64_t ts_ns, bool slim, bool args_cut);
/* The text of an IPv6 or mapped IPv4 address; SLICE_NONE when all of it is 0. */
struct slice line_address(const uint8_t addr[16], char out[LINE_ADDRESS_MAX]);
/* related.user: each name once, the human's first; role: of the database, SLICE_NONE unknown. */
void line_related(struct json *j, const struct event_context *ctx, const struct rec_task *t, struct slice role);
/* source, destination, file of the execution's connection; nothing where it is unknown. */
void line_endpoints(struct json *j, const struct execution *x);
/* qprov.connection: what neither ECS nor OpenTelemetry has a name for. */
void line_connection(struct json *j, const struct execution *x);

/* qprov.stdout, stdio, pipeline and outputs: where the data went. */
void line_flow(struct json *j, const struct event_context *ctx, const struct rec_task *t);
/* The same for the sentence: " | gzip > /tmp/x.gz". */
void line_flow_short(const struct event_context *ctx, const struct rec_task *t, struct buf *out);

/* process.args: NUL-separated arguments with secrets and, when literals are masked, SQL literals replaced. Returns whether some are cut. */
bool line_args(struct json *j, const struct event_context *ctx, const struct process *p);

/* Functions, files, subjects, session: each bounded, what matters first, the rest counted. Together below LINE_FINDINGS_MAX bytes. */
void line_findings(struct json *j, const struct event_context *ctx, const struct event_query *q);
/* A path as it is shown; mask: without what may be secret, user and query of a URL, the arguments of a program, connection strings. */
struct slice line_file_path(const struct sql_file *f, bool mask);
/* "hmac": the keyed hash of the text. */
void line_text_hash(struct json *j, const struct event_query *q);
/* qprov.query.parameters: bound values as they are, or their keyed hashes, or "?" when literals are masked and there is no key. */
void line_parameters(struct json *j, const struct event_context *ctx, const struct event_query *q);

/* Relation i is only a word of a statement that was not understood, and no sensitive table has that name: not told. */
bool line_only_word(const struct event_query *q, size_t i);

/* What a cut list of tables goes on with. */
struct line_tables {
	size_t relation;
	size_t column; /* 0: from the start of the relation, its "*" included */
};

/*
 * Appends objects of qprov.tables until room bytes are used or all is written; returns true when all is. A relation whose columns do not
 * fit is written again in the next line with the further columns.
 */
bool line_tables(struct json *j, const struct event_query *q, struct line_tables *at, size_t room);

/* Objects "probe", "cursor" and "copy"; nothing where there is none. */
void line_probe(struct json *j, const struct execution *x);
void line_cursor(struct json *j, const struct event_cursor *c);
void line_copy(struct json *j, const struct copy *c);

#endif
