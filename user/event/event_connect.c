// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov.connect: which person opened a connection to which database, and its end. */
#include "event/event.h"

#include "event/line.h"
#include "event/memo.h"

#define SECOND_NS 1000000000ull

/* "alice connected to crm at db7 as crm_ro with psql" */
static void write_message(const struct event_context *ctx, const struct execution *x, uint64_t statements, struct buf *out)
{
	const struct db_connection *c = x->conn;
	struct slice who = event_human(ctx, &x->task), server = c->host.len ? c->host : c->path;

	buf_add(out, who.len ? line_cut(who, 64) : SLICE("unknown human"));
	buf_adds(out, x->end_ns ? " left " : " connected to ");
	buf_add(out, c->database.len ? line_cut(c->database, 64) : x->system_name);
	if (server.len) {
		buf_adds(out, " at ");
		buf_add(out, line_cut(server, 100));
	}
	if (c->user.len) {
		buf_adds(out, " as ");
		buf_add(out, line_cut(c->user, 64));
	}
	buf_adds(out, " with ");
	buf_add(out, line_comm(x->task.comm));
	if (!x->end_ns)
		return;
	buf_adds(out, " after ");
	buf_addu(out, (x->end_ns - x->start_ns) / SECOND_NS);
	buf_adds(out, " s, ");
	buf_addu(out, statements);
	buf_adds(out, statements == 1 ? " statement" : " statements");
}

static void write_db(struct json *j, const struct execution *x)
{
	json_open(j, "db", '{');
	json_open(j, "system", '{');
	json_str_max(j, "name", x->system_name.len ? x->system_name : SLICE("other_sql"), 32);
	json_close(j, '}');
	line_opt(j, "namespace", x->conn->database, LINE_NAME_MAX);
	json_close(j, '}');
}

unsigned event_connect(const struct event_context *ctx, const struct execution *x, uint64_t statements, struct buf *out)
{
	struct line_head h = { .kind = { "event", "database", x->end_ns ? "end" : "start", x->end_ns ? "disconnect" : "connect", NULL,
					 "qprov.connect" },
			       .ts_ns = x->start_ns,
			       .end_ns = x->end_ns };
	char bytes[EVENT_LINE_MAX], text[LINE_MESSAGE_MAX * 2];
	struct buf b, message;
	struct json j;
	bool cut;

	h.id = h.sequence = *ctx->sequence + 1;
	line_buf(&message, text, sizeof(text));
	write_message(ctx, x, statements, &message);
	h.message = buf_slice(&message);
	line_buf(&b, bytes, sizeof(bytes) - 2);
	json_init(&j, &b);
	line_begin(&j, ctx, &h, NULL);
	cut = line_who(&j, ctx, &x->task, false);
	line_endpoints(&j, x);
	write_db(&j, x);
	line_related(&j, ctx, &x->task, x->conn->user);
	json_open(&j, "qprov", '{');
	json_cstr(&j, "schema", EVENT_SCHEMA);
	line_attribution(&j, ctx, &x->task, x->start_ns, false, cut);
	line_connection(&j, x);
	if (x->end_ns)
		json_uint(&j, "statements", statements);
	json_close(&j, '}');
	json_close(&j, '}');
	return line_end(&b, ctx, out);
}
