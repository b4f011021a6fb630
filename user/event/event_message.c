// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One sentence about an event, for people. */
#include "event/event.h"

#include "event/line.h"
#include "event/memo.h"
#include "identity/became.h"

#define MESSAGE_TABLES 3
#define PART_MAX 64

struct slice event_human(const struct event_context *ctx, const struct rec_task *t)
{
	uint32_t loginuid = identity_loginuid(ctx->identity, t);

	return loginuid == REC_UNSET_ID ? SLICE_NONE : identity_user_name(ctx->identity, loginuid);
}

static void add_user(const struct event_context *ctx, uint32_t uid, struct buf *out)
{
	struct slice name = identity_user_name(ctx->identity, uid);

	if (name.len) {
		buf_add(out, line_cut(name, PART_MAX));
		return;
	}
	buf_adds(out, "uid ");
	buf_addu(out, uid);
}

static void add_nobody(const struct event_context *ctx, const struct rec_task *t, struct buf *out)
{
	struct slice name = identity_user_name(ctx->identity, t->euid);

	buf_adds(out, "unknown human (uid ");
	buf_addu(out, t->euid);
	if (name.len) {
		buf_addc(out, ' ');
		buf_add(out, line_cut(name, PART_MAX));
	}
	buf_addc(out, ')');
}

/* "alice", "alice by session_leader", "alice (root via sudo)" */
static void add_who(const struct event_context *ctx, const struct execution *x, struct buf *out)
{
	const struct rec_task *t = &x->task;
	struct became chain[BECAME_MAX];
	struct story scratch;
	const struct story *s = memo_story(ctx, t, &scratch);
	size_t n;
	bool cut;

	if (s->person.uid == REC_UNSET_ID) {
		add_nobody(ctx, t, out);
		return;
	}
	add_user(ctx, s->person.uid, out);
	if (s->person.method != PERSON_LOGINUID) {
		buf_adds(out, " by ");
		buf_adds(out, person_method_name(s->person.method));
	}
	if (t->euid == s->person.uid)
		return;
	n = became_chain(ctx->identity, t, x->start_ns, &s->entry, &s->person, chain, &cut);
	buf_adds(out, " (");
	add_user(ctx, t->euid, out);
	if (n > 1 && chain[n - 1].program[0]) {
		buf_adds(out, " via ");
		buf_add(out, line_comm(chain[n - 1].program));
	}
	buf_addc(out, ')');
}

static void add_relation(const struct sql_relation *r, struct buf *out)
{
	if (r->catalog.len) {
		buf_add(out, line_cut(r->catalog, PART_MAX));
		buf_addc(out, '.');
	}
	if (r->schema.len) {
		buf_add(out, line_cut(r->schema, PART_MAX));
		buf_addc(out, '.');
	}
	buf_add(out, line_cut(r->name, PART_MAX));
}

/* The sensitive ones, or all when none is. */
static void add_relations(const struct event_query *q, struct buf *out)
{
	const struct policy_table *tables = q->verdict ? q->verdict->tables : NULL;
	size_t sensitive = 0, named = 0, shown = 0, all;

	for (size_t i = 0; i < q->nrelations; i++) {
		sensitive += tables && tables[i].sensitive;
		named += !line_only_word(q, i);
	}
	all = sensitive ? sensitive : named;
	for (size_t i = 0; i < q->nrelations && shown < MESSAGE_TABLES; i++) {
		if (line_only_word(q, i) || (sensitive && !tables[i].sensitive))
			continue;
		buf_adds(out, shown++ ? ", " : " ");
		add_relation(&q->relations[i], out);
	}
	if (all > shown) {
		buf_adds(out, " and ");
		buf_addu(out, all - shown);
		buf_adds(out, " more");
	}
}

static void add_operation(const struct event_query *q, struct buf *out)
{
	struct slice op = SLICE_NONE;

	for (size_t i = 0; q->sql && i < q->sql->nstatements; i++)
		if (i == 0 || (q->sql->statements[i].nrelations && !q->sql->statements[0].nrelations)) {
			op = q->sql->statements[i].operation;
			if (q->sql->statements[i].nrelations)
				break;
		}
	buf_addc(out, ' ');
	if (op.len)
		buf_add(out, line_cut(op, PART_MAX));
	else
		buf_adds(out, "ran a statement");
}

bool event_cancelled(const struct execution *x)
{
	bool mysql = x->system == SYSTEM_MYSQL;

	/* query_canceled; ER_QUERY_INTERRUPTED */
	return x->outcome == OUTCOME_FAILURE && ((x->system == SYSTEM_POSTGRESQL && slice_eq(x->status_code, SLICE("57014"))) ||
						 (mysql && slice_eq(x->status_code, SLICE("1317"))));
}

static void add_result(const struct event_query *q, struct buf *out)
{
	const struct execution *x = q->exec;

	if (x->copy.state == COPY_RUNNING || x->copy.state == COPY_BROKEN_OFF)
		buf_adds(out, x->copy.state == COPY_RUNNING ? ": still copying" : ": broken off");
	if (x->outcome == OUTCOME_FAILURE) {
		buf_adds(out, event_cancelled(x) ? ": cancelled" : ": failed");
		if (x->status_code.len) {
			buf_adds(out, " (");
			buf_add(out, line_cut(x->status_code, 16));
			buf_addc(out, ')');
		}
		return;
	}
	if (!x->has_rows)
		return;
	buf_adds(out, x->copy.rows_at_least ? ": at least " : ": ");
	buf_addu(out, x->rows);
	buf_adds(out, x->rows == 1 ? " row" : " rows");
	if (q->cursor) {
		buf_adds(out, " in ");
		buf_addu(out, q->cursor->fetches);
		buf_adds(out, q->cursor->fetches == 1 ? " fetch" : " fetches");
	}
}

void event_message(const struct event_context *ctx, const struct event_query *q, struct buf *out)
{
	struct slice comm = line_comm(q->exec->task.comm);

	add_who(ctx, q->exec, out);
	add_operation(q, out);
	add_relations(q, out);
	if (comm.len) {
		buf_adds(out, " with ");
		buf_add(out, comm);
	}
	line_flow_short(ctx, &q->exec->task, out);
	add_result(q, out);
	if (q->certainty != SQL_PARSED) {
		buf_adds(out, " [");
		buf_adds(out, sql_certainty_name(q->certainty));
		buf_addc(out, ']');
	}
}
