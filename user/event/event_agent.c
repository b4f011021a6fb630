// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Lines about qprov itself: what was lost, what cannot be seen, that it lives. */
#include "event/event.h"

#include <arpa/inet.h>
#include <string.h>

#include "event/line.h"
#include "identity/person.h"

#define SYMBOLS_MAX 1200

struct draft {
	struct json j;
	struct buf b;
	char bytes[EVENT_LINE_MAX];
};

/* Begins a line; message is printed with the line's own numbers by the caller. */
static void begin(struct draft *d, const struct event_context *ctx, uint64_t ts_ns, struct line_kind kind, struct slice message,
		  struct slice kernel)
{
	struct line_head h = { .kind = kind, .ts_ns = ts_ns, .message = message, .kernel = kernel };

	h.id = h.sequence = *ctx->sequence + 1;
	line_buf(&d->b, d->bytes, sizeof(d->bytes) - 2); /* the newline, and "below" */
	json_init(&d->j, &d->b);
	line_begin(&d->j, ctx, &h, NULL);
}

static void begin_qprov(struct draft *d)
{
	json_open(&d->j, "qprov", '{');
	json_cstr(&d->j, "schema", EVENT_SCHEMA);
}

/* Closes payload, qprov and line, and hands the line over; the sequence moves only when it got there. */
static unsigned end(struct draft *d, const struct event_context *ctx, struct buf *out)
{
	json_close(&d->j, '}');
	json_close(&d->j, '}');
	json_close(&d->j, '}');
	return line_end(&d->b, ctx, out);
}

static void write_policy_hash(struct draft *d, const struct event_context *ctx)
{
	if (!ctx->policy_hash.len)
		return;
	json_open(&d->j, "policy", '{');
	line_opt(&d->j, "hash", ctx->policy_hash, 64);
	json_close(&d->j, '}');
}

unsigned event_loss(const struct event_context *ctx, uint64_t ts_ns, const char *kind, uint64_t count, uint64_t total, struct buf *out)
{
	static const struct line_kind line = { "event", "host", "info", "loss", NULL, "qprov.loss" };
	char bytes[160];
	struct buf message;
	struct draft d;

	line_buf(&message, bytes, sizeof(bytes));
	buf_adds(&message, "lost ");
	buf_addu(&message, count);
	buf_adds(&message, count == 1 ? " record (" : " records (");
	buf_add(&message, slice_head(slice_cstr(kind), 64));
	buf_adds(&message, "), ");
	buf_addu(&message, total);
	buf_adds(&message, " since the start");
	begin(&d, ctx, ts_ns, line, buf_slice(&message), SLICE_NONE);
	begin_qprov(&d);
	json_open(&d.j, "loss", '{');
	json_str_max(&d.j, "kind", slice_cstr(kind), 64);
	json_uint(&d.j, "count", count);
	json_uint(&d.j, "total", total);
	return end(&d, ctx, out);
}

unsigned event_heartbeat(const struct event_context *ctx, uint64_t ts_ns, const struct event_heartbeat *h, struct buf *out)
{
	static const struct line_kind line = { "metric", "host", "info", "heartbeat", NULL, "qprov.heartbeat" };
	struct draft d;

	begin(&d, ctx, ts_ns, line, SLICE_NONE, SLICE_NONE);
	begin_qprov(&d);
	write_policy_hash(&d, ctx);
	json_open(&d.j, "heartbeat", '{');
	json_uint(&d.j, "calls", h->calls);
	json_uint(&d.j, "executions", h->executions);
	json_uint(&d.j, "events", h->events);
	json_uint(&d.j, "lost", h->lost);
	json_uint(&d.j, "libraries", h->libraries);
	json_uint(&d.j, "sites", h->sites);
	json_uint(&d.j, "rss_bytes", h->rss_bytes);
	json_uint(&d.j, "processes", h->processes);
	json_uint(&d.j, "evictions", h->evictions);
	json_uint(&d.j, "uptime_ns", h->uptime_ns);
	if (h->late_files) {
		json_open(&d.j, "late", '{');
		json_uint(&d.j, "files", h->late_files);
		json_uint(&d.j, "p50_us", h->late_p50_us);
		json_uint(&d.j, "p99_us", h->late_p99_us);
		json_uint(&d.j, "max_us", h->late_most_us);
		json_close(&d.j, '}');
	}
	return end(&d, ctx, out);
}

/* "PQexec PQprepare" -> a list; *_truncated tells that it was longer. */
static void write_symbols(struct json *j, struct slice s)
{
	size_t start = j->out->len, i = 0;

	if (!slice_trim(s).len)
		return;
	json_open(j, "symbols", '[');
	while (i < s.len && j->out->len - start < SYMBOLS_MAX) {
		size_t from = i;

		while (i < s.len && s.ptr[i] != ' ')
			i++;
		if (i > from)
			json_str_max(j, NULL, slice_mem(s.ptr + from, i - from), LINE_NAME_MAX);
		while (i < s.len && s.ptr[i] == ' ')
			i++;
	}
	json_close(j, ']');
	if (i < s.len)
		json_boolean(j, "symbols_truncated", true);
}

/* ".../libpq.so.5.15" -> "5.15"; nothing where the name tells none. */
static struct slice version_of(struct slice path)
{
	static const char mark[] = ".so.";
	const char *at = path.len ? memmem(path.ptr, path.len, mark, sizeof(mark) - 1) : NULL;
	size_t skip = at ? (size_t)(at - path.ptr) + sizeof(mark) - 1 : path.len, n = 0;

	while (skip + n < path.len && (path.ptr[skip + n] == '.' || (path.ptr[skip + n] >= '0' && path.ptr[skip + n] <= '9')))
		n++;
	return slice_head(slice_skip(path, skip), n);
}

static void write_library(struct json *j, const struct event_coverage *c)
{
	if (!c->family.len)
		return;
	json_open(j, "library", '{');
	json_str_max(j, "family", c->family, 32);
	line_opt(j, "version", version_of(c->path), 32);
	line_opt(j, "build_id", c->build_id, 128);
	json_uint(j, "functions", c->functions);
	json_close(j, '}');
}

static void coverage_message(const struct event_coverage *c, struct buf *message)
{
	if (!c->family.len && !c->delay_us)
		buf_adds(message, "not covered: ");
	buf_add(message, line_cut(c->reason, 128));
	if (c->path.len) {
		buf_adds(message, ": ");
		buf_add(message, line_cut(c->path, 256));
	}
}

/* Hostile names may leave too little room; then what is said of the process is kept short. */
static bool fits(const struct draft *d)
{
	return !d->b.err && d->b.len + strlen("}}}") <= d->b.max;
}

static void begin_about(struct draft *d, const struct event_context *ctx, uint64_t ts_ns, struct slice message, const struct rec_task *task,
			bool slim)
{
	static const struct line_kind line = { "event", "host", "info", "coverage", NULL, "qprov.coverage" };
	bool cut = false;

	begin(d, ctx, ts_ns, line, message, SLICE_NONE);
	if (task) {
		cut = line_who(&d->j, ctx, task, slim);
		line_related(&d->j, ctx, task, SLICE_NONE);
	}
	begin_qprov(d);
	if (task)
		line_attribution(&d->j, ctx, task, ts_ns, slim, cut);
	json_open(&d->j, "coverage", '{');
}

static void write_coverage(struct draft *d, const struct event_context *ctx, uint64_t ts_ns, const struct event_coverage *c,
			   struct slice message, bool slim)
{
	begin_about(d, ctx, ts_ns, message, c->task, slim);
	json_str_max(&d->j, "reason", c->reason.ptr ? c->reason : SLICE(""), 256);
	line_opt(&d->j, "path", c->path, LINE_PATH_MAX);
	write_library(&d->j, c);
	write_symbols(&d->j, c->symbols);
	if (c->delay_us)
		json_uint(&d->j, "delay_us", c->delay_us);
	if (c->again)
		json_boolean(&d->j, "again", true);
}

unsigned event_coverage(const struct event_context *ctx, uint64_t ts_ns, const struct event_coverage *c, struct buf *out)
{
	char bytes[LINE_MESSAGE_MAX + 64];
	struct buf message;
	struct draft d;

	line_buf(&message, bytes, sizeof(bytes));
	coverage_message(c, &message);
	write_coverage(&d, ctx, ts_ns, c, buf_slice(&message), false);
	if (!fits(&d))
		write_coverage(&d, ctx, ts_ns, c, buf_slice(&message), true);
	return end(&d, ctx, out);
}

/* "10.1.2.3", or nothing for a UNIX socket or a file. */
static const char *peer_ip(const struct event_uncovered *u, char text[INET6_ADDRSTRLEN])
{
	if ((u->family != AF_INET && u->family != AF_INET6) || !inet_ntop(u->family, u->addr, text, INET6_ADDRSTRLEN))
		text[0] = 0;
	return text;
}

static void write_connection(struct draft *d, const struct event_context *ctx, const struct event_uncovered *u, const char *ip)
{
	json_open(&d->j, "connection", '{');
	json_str_max(&d->j, "system", u->system, 33);
	json_time(&d->j, "since", u->began_ns + ctx->wall_offset_ns);
	json_boolean(&d->j, "open", u->open);
	if (ip[0]) {
		json_cstr(&d->j, "ip", ip);
		json_uint(&d->j, "port", u->port);
		json_uint(&d->j, "sent", u->sent);
		json_uint(&d->j, "received", u->received);
	}
	if (u->opener)
		json_uint(&d->j, "opener", u->opener);
	if (u->uring)
		json_boolean(&d->j, "io_uring", true);
	if (u->cancel)
		json_boolean(&d->j, "cancel", true);
	json_close(&d->j, '}');
}

static void write_uncovered(struct draft *d, const struct event_context *ctx, uint64_t ts_ns, const struct event_uncovered *u,
			    struct slice message, const char *ip, bool slim)
{
	begin_about(d, ctx, ts_ns, message, u->task, slim);
	json_str_max(&d->j, "reason", u->reason, 256);
	line_opt(&d->j, "path", u->path, LINE_PATH_MAX);
	line_opt(&d->j, "driver", u->kind, 16);
	write_connection(d, ctx, u, ip);
}

unsigned event_uncovered(const struct event_context *ctx, uint64_t ts_ns, const struct event_uncovered *u, struct buf *out)
{
	char bytes[LINE_MESSAGE_MAX + 64], ip[INET6_ADDRSTRLEN];
	struct slice human;
	struct story s;
	struct buf message;
	struct draft d;

	story_of(ctx->identity, u->task, &s);
	human = identity_user_name(ctx->identity, s.person.uid);
	peer_ip(u, ip);
	line_buf(&message, bytes, sizeof(bytes));
	if (!u->cancel)
		buf_adds(&message, "not covered: ");
	if (human.len) {
		buf_add(&message, line_cut(human, 64));
		buf_adds(&message, ", ");
	}
	buf_add(&message, line_cut(line_comm(u->task->comm), 16));
	buf_adds(&message, ", ");
	buf_add(&message, u->system);
	buf_addc(&message, ' ');
	if (ip[0])
		buf_printf(&message, "%s port %u", ip, u->port);
	else
		buf_add(&message, line_cut(u->path, 128));
	buf_adds(&message, ": ");
	buf_add(&message, u->reason);
	write_uncovered(&d, ctx, ts_ns, u, buf_slice(&message), ip, false);
	if (!fits(&d))
		write_uncovered(&d, ctx, ts_ns, u, buf_slice(&message), ip, true);
	return end(&d, ctx, out);
}

unsigned event_output(const struct event_context *ctx, uint64_t ts_ns, const struct rec_task *task, uint64_t queries, struct slice path,
		      bool read_too, struct buf *out)
{
	static const struct line_kind line = { "event", "file", "creation", "output", NULL, "qprov.output" };
	char bytes[LINE_MESSAGE_MAX + 64];
	struct slice who = event_human(ctx, task);
	struct buf message;
	struct draft d;
	bool cut;

	line_buf(&message, bytes, sizeof(bytes));
	buf_add(&message, who.len ? line_cut(who, 64) : SLICE("unknown human"));
	buf_adds(&message, ": ");
	buf_add(&message, line_comm(task->comm));
	buf_adds(&message, " writes to ");
	buf_add(&message, line_cut(path, 240));
	buf_adds(&message, " after ");
	buf_addu(&message, queries);
	buf_adds(&message, queries == 1 ? " query on sensitive tables" : " queries on sensitive tables");
	begin(&d, ctx, ts_ns, line, buf_slice(&message), SLICE_NONE);
	cut = line_who(&d.j, ctx, task, false);
	line_related(&d.j, ctx, task, SLICE_NONE);
	begin_qprov(&d);
	line_attribution(&d.j, ctx, task, ts_ns, false, cut);
	json_open(&d.j, "output", '{');
	json_str_max(&d.j, "path", path, LINE_PATH_MAX);
	json_uint(&d.j, "queries", queries);
	if (read_too)
		json_boolean(&d.j, "read_write", true);
	return end(&d, ctx, out);
}

unsigned event_policy(const struct event_context *ctx, uint64_t ts_ns, bool refused, struct slice file, struct slice hash,
		      struct slice message, struct buf *out)
{
	struct line_kind line = { "event", "configuration", "change", "loaded", "success", "qprov.policy" };
	char bytes[LINE_MESSAGE_MAX + 64];
	struct buf text;
	struct draft d;

	if (refused) {
		line.type = "error";
		line.action = "refused";
		line.outcome = "failure";
	}
	line_buf(&text, bytes, sizeof(bytes));
	buf_adds(&text, refused ? "policy refused, the old one stays in force: " : "policy loaded: ");
	buf_add(&text, line_cut(message.len ? message : file, 320));
	begin(&d, ctx, ts_ns, line, buf_slice(&text), SLICE_NONE);
	begin_qprov(&d);
	json_open(&d.j, "policy", '{');
	line_opt(&d.j, "file", file, LINE_PATH_MAX);
	line_opt(&d.j, "hash", hash, 64);
	line_opt(&d.j, "error", refused ? message : SLICE_NONE, 1024);
	return end(&d, ctx, out);
}

unsigned event_forgotten(const struct event_context *ctx, uint64_t ts_ns, struct slice file, struct slice name, size_t n,
			 struct slice error, struct buf *out)
{
	struct line_kind line = { "event", "configuration", "change", "forgotten", "success", "qprov.policy" };
	char bytes[LINE_MESSAGE_MAX + 64];
	struct buf text;
	struct draft d;

	if (error.len) {
		line.type = "error";
		line.outcome = "failure";
	}
	line_buf(&text, bytes, sizeof(bytes));
	buf_adds(&text, error.len ? "not forgotten: " : "forgotten, as asked for: ");
	buf_add(&text, line_cut(name.len ? name : error, 200));
	if (!error.len)
		buf_printf(&text, " (%zu relation%s made from sensitive ones)", n, n == 1 ? "" : "s");
	begin(&d, ctx, ts_ns, line, buf_slice(&text), SLICE_NONE);
	begin_qprov(&d);
	json_open(&d.j, "policy", '{');
	line_opt(&d.j, "file", file, LINE_PATH_MAX);
	line_opt(&d.j, "error", error, 1024);
	line_opt(&d.j, "name", name, 400);
	json_uint(&d.j, "count", n);
	return end(&d, ctx, out);
}

unsigned event_agent(const struct event_context *ctx, uint64_t ts_ns, const char *action, struct slice reason, struct slice kernel,
		     struct buf *out)
{
	bool start = slice_eq(slice_cstr(action), SLICE("start")), stop = slice_eq(slice_cstr(action), SLICE("stop"));
	struct line_kind line = { "event", "host", start ? "start" : stop ? "end" : "change", action, NULL, "qprov.agent" };
	char bytes[LINE_MESSAGE_MAX];
	struct buf message;
	struct draft d;

	line_buf(&message, bytes, sizeof(bytes));
	buf_adds(&message, start ? "qprov started" : stop ? "qprov stopped" : "the clock was set");
	if (reason.len) {
		buf_adds(&message, ": ");
		buf_add(&message, line_cut(reason, 256));
	}
	begin(&d, ctx, ts_ns, line, buf_slice(&message), kernel);
	begin_qprov(&d);
	write_policy_hash(&d, ctx);
	json_open(&d.j, "agent", '{');
	line_opt(&d.j, "reason", reason, 256);
	return end(&d, ctx, out);
}
