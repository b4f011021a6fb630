// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * qprov.query. The line is written once without statement text and tables, whose places are remembered; what room
 * is left is then shared between them, and the parts are put together.
 */
#include "event/event.h"

#include <errno.h>
#include <string.h>

#include "event/line.h"
#include "event/memo.h"

#define LINE_LIMIT (EVENT_LINE_MAX - 1) /* "stays below", newline included */
#define PART_ROOM 16                    /* ,"part":NNNNN */
#define TEXT_ROOM_MIN 1200              /* of the text, when many tables compete with it */
#define SUMMARY_MAX 200

/* A line under construction, in memory of the caller. */
struct draft {
	struct buf b;
	struct json j;
	size_t event_end; /* where each missing piece goes */
	size_t text_at;   /* 0: there is no text */
	size_t tables_at; /* 0: there are no tables */
	char bytes[EVENT_LINE_MAX];
};

static struct slice query_text(const struct event_context *ctx, const struct event_query *q)
{
	if (q->sql && ctx->mask_literals)
		return q->sql->masked;
	return ctx->mask_literals ? SLICE_NONE : q->exec->text;
}

/* The statement that names the event: the first one that touches a relation. */
static const struct sql_statement *main_statement(const struct event_query *q)
{
	if (!q->sql || !q->sql->nstatements)
		return NULL;
	for (size_t i = 0; i < q->sql->nstatements; i++)
		if (q->sql->statements[i].nrelations)
			return &q->sql->statements[i];
	return &q->sql->statements[0];
}

/* A word of a constant is told where it is the name of a sensitive relation: else it may be what was looked for. */
static bool is_told(const struct event_query *q, const struct sql_relation *r)
{
	if (r->via < SQL_VIA_LITERAL)
		return true;
	for (size_t i = 0; r->via == SQL_VIA_LITERAL && q->verdict && q->verdict->tables && i < q->nrelations; i++)
		if (q->verdict->tables[i].sensitive && slice_eq(q->relations[i].name, r->name))
			return true;
	return false;
}

static void write_summary(struct json *j, const struct event_query *q, const struct sql_statement *st)
{
	char bytes[SUMMARY_MAX];
	struct buf b;

	line_buf(&b, bytes, sizeof(bytes));
	buf_add(&b, line_cut(st->operation, 64));
	for (size_t i = 0; i < st->nrelations; i++) {
		struct slice name = line_cut(st->relations[i].name, 100);

		if (!is_told(q, &st->relations[i]))
			continue;
		if (b.len + name.len + 1 > b.max)
			break;
		buf_addc(&b, ' ');
		buf_add(&b, name);
	}
	line_opt(j, "summary", buf_slice(&b), SUMMARY_MAX);
}

static void write_response(struct json *j, const struct execution *x)
{
	if (!x->has_rows && !x->status_code.len)
		return;
	json_open(j, "response", '{');
	if (x->has_rows)
		json_uint(j, "returned_rows", x->rows);
	line_opt(j, "status_code", x->status_code, 32);
	json_close(j, '}');
}

static void write_db(struct draft *d, const struct event_context *ctx, const struct event_query *q, bool slim)
{
	const struct sql_statement *st = main_statement(q);
	struct json *j = &d->j;

	json_open(j, "db", '{');
	json_open(j, "system", '{');
	json_str_max(j, "name", q->exec->system_name.len ? q->exec->system_name : SLICE("other_sql"), 32);
	json_close(j, '}');
	if (q->exec->conn)
		line_opt(j, "namespace", q->exec->conn->database, LINE_NAME_MAX);
	if (st && st->operation.len) {
		json_open(j, "operation", '{');
		line_opt(j, "name", st->operation, 64);
		json_close(j, '}');
	}
	if (!slim && (query_text(ctx, q).ptr || (st && st->operation.len))) {
		json_open(j, "query", '{');
		if (query_text(ctx, q).ptr) {
			json_str(j, "text", SLICE(""));
			d->text_at = j->out->len - 1;
		}
		if (st && st->operation.len)
			write_summary(j, q, st);
		json_close(j, '}');
	}
	if (!slim)
		write_response(j, q->exec);
	json_close(j, '}');
}

static void write_rule(struct json *j, const struct policy_verdict *v)
{
	if (!v || !v->rule.len)
		return;
	json_open(j, "rule", '{');
	line_opt(j, "name", v->rule, LINE_NAME_MAX);
	line_opt(j, "ruleset", v->ruleset, 200);
	json_close(j, '}');
}

static void write_query(struct json *j, const struct event_context *ctx, const struct event_query *q, bool text_cut)
{
	const struct execution *x = q->exec;
	char hex[16];
	struct buf b;

	json_open(j, "query", '{');
	if (q->sql) {
		line_buf(&b, hex, sizeof(hex));
		for (int shift = 56; shift >= 0; shift -= 8)
			buf_hex(&b, &(unsigned char){ (unsigned char)(q->sql->fingerprint >> shift) }, 1);
		json_str(j, "fingerprint", buf_slice(&b));
	}
	if (x->text.ptr || x->text_len)
		json_uint(j, "bytes", x->text_len);
	if (x->text_len_at_least)
		json_boolean(j, "bytes_at_least", true);
	json_boolean(j, "truncated", x->truncated);
	if (text_cut)
		json_boolean(j, "text_cut", true);
	json_cstr(j, "certainty", sql_certainty_name(q->certainty));
	json_boolean(j, "prepared", x->prepared);
	if (event_cancelled(x))
		json_boolean(j, "cancelled", true);
	if (q->chatter)
		json_boolean(j, "chatter", true);
	if (x->synthetic)
		json_boolean(j, "synthetic", true);
	if (q->sql && q->sql->lossy)
		json_cstr(j, "encoding", "lossy");
	line_parameters(j, ctx, q);
	line_text_hash(j, q);
	json_close(j, '}');
}

/* What stands behind the tables, up to the end of the line. findings: in the first line of an event, slim or not. */
static void write_rest(struct json *j, const struct event_context *ctx, const struct event_query *q, bool slim, bool findings,
		       bool text_cut)
{
	if (findings)
		line_findings(j, ctx, q);
	write_query(j, ctx, q, text_cut);
	if (!slim)
		line_cursor(j, q->cursor);
	if (!slim)
		line_copy(j, &q->exec->copy);
	if (!slim)
		line_probe(j, q->exec);
	json_close(j, '}');
	json_close(j, '}');
}

static struct line_head head_of(const struct event_context *ctx, const struct event_query *q)
{
	static const char *const outcomes[] = { "unknown", "success", "failure" };
	bool alert = q->verdict && q->verdict->action == POLICY_ALERT;
	struct line_head h = { .ts_ns = q->exec->start_ns, .end_ns = q->exec->end_ns };

	h.kind = (struct line_kind){ alert ? "alert" : "event", "database", "access", "query", outcomes[q->exec->outcome], "qprov.query" };
	if (q->verdict && q->verdict->action != POLICY_NONE)
		h.severity = q->verdict->severity;
	h.id = h.sequence = *ctx->sequence + 1;
	return h;
}

/* All of a line up to the place of write_rest(). */
static void write_front(struct draft *d, const struct event_context *ctx, const struct event_query *q, const struct line_head *h, bool slim)
{
	bool args_cut;

	line_buf(&d->b, d->bytes, sizeof(d->bytes));
	json_init(&d->j, &d->b);
	d->text_at = d->tables_at = 0;
	line_begin(&d->j, ctx, h, &d->event_end);
	args_cut = slim ? line_who(&d->j, ctx, &q->exec->task, true) : memo_who(&d->j, ctx, &q->exec->task);
	if (!slim)
		line_endpoints(&d->j, q->exec);
	write_db(d, ctx, q, slim);
	write_rule(&d->j, q->verdict);
	if (!slim)
		line_related(&d->j, ctx, &q->exec->task, q->exec->conn ? q->exec->conn->user : SLICE_NONE);
	json_open(&d->j, "qprov", '{');
	json_cstr(&d->j, "schema", EVENT_SCHEMA);
	if (slim)
		line_attribution(&d->j, ctx, &q->exec->task, q->exec->start_ns, true, args_cut);
	else
		memo_attribution(&d->j, ctx, &q->exec->task, q->exec->start_ns, args_cut);
	if (!slim)
		line_flow(&d->j, ctx, &q->exec->task);
	if (!slim)
		line_connection(&d->j, q->exec);
	if (q->nrelations) {
		json_open(&d->j, "tables", '[');
		d->tables_at = d->b.len;
		json_close(&d->j, ']');
	}
}

static void add_range(struct buf *out, const struct draft *d, size_t from, size_t to)
{
	buf_add(out, slice_mem(d->bytes + from, to - from));
}

/* Puts the line together. text: escaped, without quotes. */
static void assemble(const struct draft *d, unsigned part, struct slice text, struct slice tables, struct buf *out)
{
	size_t at = d->event_end;

	add_range(out, d, 0, at);
	if (part) {
		buf_adds(out, ",\"part\":");
		buf_addu(out, part);
	}
	if (d->text_at) {
		add_range(out, d, at, d->text_at);
		buf_add(out, text);
		at = d->text_at;
	}
	if (d->tables_at) {
		add_range(out, d, at, d->tables_at);
		buf_add(out, tables);
		at = d->tables_at;
	}
	add_range(out, d, at, d->b.len);
	buf_addc(out, '\n');
}

/* The text as it stands between quotes, at most max bytes. Returns the bytes of text taken. */
static size_t escape_text(struct slice text, char *bytes, size_t max, struct slice *ret)
{
	struct json j;
	struct buf b;
	size_t taken;

	line_buf(&b, bytes, max + 8);
	json_init(&j, &b);
	taken = json_str_max(&j, NULL, text, max);
	*ret = slice_mem(bytes + 1, b.len >= 2 ? b.len - 2 : 0);
	return taken;
}

static bool write_tables(const struct event_query *q, struct line_tables *at, size_t room, char *bytes, size_t n, struct slice *ret)
{
	struct json j;
	struct buf b;
	bool done;

	line_buf(&b, bytes, n);
	json_init(&j, &b);
	done = line_tables(&j, q, at, room);
	*ret = buf_slice(&b);
	return done;
}

static bool fits(const struct draft *d)
{
	return !d->b.err && d->b.len + PART_ROOM + 1 <= LINE_LIMIT;
}

/* The first or only line. Returns the number of lines written: 0 when hostile names left no room, so that a slim line is due. */
static unsigned write_first(struct draft *d, const struct event_context *ctx, const struct event_query *q, struct line_tables *at,
			    struct buf *out, bool *ret_done)
{
	char text_bytes[EVENT_LINE_MAX + 8], table_bytes[EVENT_LINE_MAX];
	struct slice text = query_text(ctx, q), shown, tables;
	struct json saved = d->j;
	size_t rest_at = d->b.len, room, text_room, taken;

	*ret_done = false;
	write_rest(&d->j, ctx, q, false, true, true);
	if (!fits(d))
		return 0;
	room = LINE_LIMIT - 1 - PART_ROOM - d->b.len;
	taken = escape_text(text, text_bytes, room, &shown);
	text_room = shown.len < TEXT_ROOM_MIN ? shown.len : TEXT_ROOM_MIN;
	*ret_done = write_tables(q, at, room > text_room ? room - text_room : 0, table_bytes, sizeof(table_bytes), &tables);
	if (shown.len > room - tables.len)
		taken = escape_text(text, text_bytes, room - tables.len, &shown);
	if (taken == text.len) {
		d->j = saved;
		d->b.len = rest_at;
		write_rest(&d->j, ctx, q, false, true, false);
	}
	assemble(d, *ret_done ? 0 : 1, shown, tables, out);
	return 1;
}

/* Lines that carry further tables: enough to know what they belong to. Returns the number of the last part. */
static unsigned write_more(struct draft *d, const struct event_context *ctx, const struct event_query *q, unsigned part,
			   struct line_tables *at, struct buf *out)
{
	char table_bytes[EVENT_LINE_MAX];
	struct line_head h = head_of(ctx, q);
	struct slice tables;
	bool done, first;

	h.id -= part; /* the sequence number of the first line */
	do {
		first = part == 0;
		h.sequence = ++*ctx->sequence;
		write_front(d, ctx, q, &h, true);
		write_rest(&d->j, ctx, q, true, first, false);
		if (!fits(d))
			break;
		done = write_tables(q, at, LINE_LIMIT - 1 - PART_ROOM - d->b.len, table_bytes, sizeof(table_bytes), &tables);
		assemble(d, ++part, SLICE_NONE, tables, out);
		if (done)
			return part;
	} while (!out->err && (tables.len || first));
	if (!out->err)
		out->err = -E2BIG; /* cannot be: every string has its maximum */
	return 0;
}

unsigned event_query(const struct event_context *ctx, const struct event_query *q, struct buf *out)
{
	uint64_t sequence = *ctx->sequence;
	size_t len = out->len;
	struct line_head h = head_of(ctx, q);
	struct line_tables at = { 0 };
	char bytes[LINE_MESSAGE_MAX * 2];
	struct buf message;
	struct draft d;
	unsigned lines;
	bool done;

	line_buf(&message, bytes, sizeof(bytes));
	event_message(ctx, q, &message);
	h.message = buf_slice(&message);
	write_front(&d, ctx, q, &h, false);
	lines = write_first(&d, ctx, q, &at, out, &done);
	*ctx->sequence += lines;
	if (!done)
		lines = write_more(&d, ctx, q, lines, &at, out);
	if (out->err) {
		out->len = len;
		*ctx->sequence = sequence;
		return 0;
	}
	return lines;
}
