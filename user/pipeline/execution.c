// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One execution: its text is understood, judged, attributed and written. */
#include <string.h>

#include "pipeline/judge.h"
#include "pipeline/pipeline_priv.h"
#include "pipeline/shared_names.h"

/* Queries on sensitive tables: from now on it is told what else the process writes to. */
static void count_flow(struct pipeline *p, const struct event_query *q)
{
	struct flow *f = flow_find(p->flows, q->exec->task.pid, q->exec->task.start_ns);

	if (f && q->verdict->action != POLICY_NONE)
		f->events++;
}

static unsigned count_repetition(struct pipeline *p, const struct event_context *ec, const struct event_query *q)
{
	unsigned lines = 0;

	if (q->verdict->action != POLICY_NONE && repeat_query(&p->repeat, ec, p->config, q, &p->out, &lines))
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
	return lines;
}

/* One that finds no room is asked for by the next statement. */
static void want(struct pipeline *p, uint32_t library)
{
	for (size_t i = 0; i < p->nwanted; i++)
		if (p->wanted[i] == library)
			return;
	if (p->nwanted < PIPELINE_WANTED_MAX)
		p->wanted[p->nwanted++] = library;
}

size_t pipeline_wanted(struct pipeline *p, uint32_t ret[PIPELINE_WANTED_MAX])
{
	size_t n = p->nwanted;

	memcpy(ret, p->wanted, n * sizeof(ret[0]));
	p->nwanted = 0;
	return n;
}

/* Executions are told when they end, each at its own time; what one makes of a sensitive relation is known from its beginning. */
static void on_begin(void *ctx, const struct execution *x)
{
	struct pipeline *p = ctx;

	if (p->config->ntables && judge_counts(p->policy, p->sessions, x, &p->arena))
		want(p, x->library_id);
	if (!p->config->ntables || !judge_may_derive(x->text)) {
		arena_reset(&p->arena);
		return;
	}
	judge_begin(p->policy, p->sessions, x, &p->arena);
	arena_reset(&p->arena);
}

/* Of what a library asks for itself, only what touches something sensitive, or may, and not what merely has its name in a string. */
static bool worth_telling(const struct event_query *q)
{
	const struct policy_verdict *v = q->verdict;

	if (!q->exec->inner || v->uncertain || v->cut || v->nsubjects)
		return true;
	for (size_t i = 0; i < q->nrelations; i++)
		if (v->tables[i].sensitive && q->relations[i].via != SQL_VIA_LITERAL)
			return true;
	for (size_t i = 0; i < q->ncalls; i++)
		if (v->calls[i].sensitive)
			return true;
	for (size_t i = 0; i < q->nfiles; i++)
		if (v->files[i].sensitive)
			return true;
	return false;
}

/* Counts what was judged and writes its lines. False: the policy or the filter does not ask for it. */
static bool tell(struct pipeline *p, const struct event_context *ec, const struct event_query *q)
{
	enum policy_action action = q->verdict->action;
	unsigned lines;

	if (action == POLICY_IGNORE || (action == POLICY_NONE && !p->config->all_queries) || !worth_telling(q))
		return false;
	if (p->filter && !filter_match(p->filter, ec, q)) {
		p->stats.filtered++;
		return false;
	}
	p->stats.events++;
	p->stats.alerts += action == POLICY_ALERT;
	count_flow(p, q);
	if (p->ops.query) {
		p->ops.query(p->ctx, ec, q);
		pipeline_hand_out(p, LINE_OTHER, count_repetition(p, ec, q));
		return true;
	}
	lines = event_query(ec, q, &p->out);
	/* In one go: a line that tells of a threshold stands behind the query that crossed it. */
	pipeline_hand_out(p, LINE_QUERY, lines + count_repetition(p, ec, q));
	return true;
}

static void on_name(void *ctx, enum query_name_kind kind, const struct execution *x)
{
	struct pipeline *p = ctx;

	shared_names_closed(p->sessions, p->cursors, kind, x);
}

/* It may end in the middle of another event. */
static void on_connection(void *ctx, const struct execution *x, uint64_t statements)
{
	struct pipeline *p = ctx;

	if (!x->end_ns)
		cover_moved(p->cover, &x->task, x->connection);
	if (p->config->connections)
		pipeline_hand_out(p, LINE_OTHER, event_connect(&p->ec, x, statements, &p->out));
}

static int look_up(void *ctx, const struct execution *x, struct slice name, struct slice *ret)
{
	struct pipeline *p = ctx;

	return query_prepared(p->query, x, name, ret);
}

/* What took more memory than an event has: who it was, and that it was not read. */
static void tell_unread(struct pipeline *p, const struct event_context *ec, const struct execution *x)
{
	struct execution bare = *x;
	struct policy_verdict verdict = { 0 };
	struct policy_question question;
	struct event_query q = { .exec = &bare, .verdict = &verdict };
	struct event_context again = *ec;
	struct arena spare; /* the other one holds x */

	arena_init(&spare, SPARE_ARENA_MAX);
	again.arena = &spare;
	bare.text = SLICE_NONE;
	bare.unreadable = true;
	bare.parameters = NULL;
	bare.nparameters = 0;
	if (judge(p->policy, p->sessions, &again, &q, &question, &verdict) == 0)
		tell(p, &again, &q);
	arena_done(&spare);
}

static void on_execution(void *ctx, const struct execution *x)
{
	struct pipeline *p = ctx;
	struct event_context ec = p->ec;
	const struct execution *known = shared_names_text(p->sessions, x, &p->arena), *kept;
	struct policy_verdict verdict = { 0 };
	struct policy_question question;
	struct event_query q = { .verdict = &verdict };
	struct arena own; /* what may have to wait has memory of its own */

	p->stats.executions += !x->inner;
	arena_init(&own, PIPELINE_ARENA_MAX);
	kept = cursors_keep(known, &own);
	if (kept != known)
		ec.arena = &own;
	q.exec = kept;
	if (judge(p->policy, p->sessions, &ec, &q, &question, &verdict)) {
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
		tell_unread(p, &ec, kept);
	} else {
		shared_names_forget(p->query, &q);
		if (!cursors_take(p->cursors, &q, &question, kept != known, ec.arena))
			tell(p, &ec, &q);
	}
	arena_done(&own);
	arena_reset(&p->arena);
}

/* A cursor's event, with all that was fetched. It may come in the middle of another one's. */
static void on_cursor(void *ctx, struct event_query *q, struct policy_question *question, struct arena *arena, char ret_id[EVENT_ID_SIZE])
{
	struct pipeline *p = ctx;
	struct event_context ec = p->ec;
	struct policy_verdict verdict = { 0 };
	struct event_query now = *q;
	char id[EVENT_ID_SIZE];

	ec.arena = arena;
	now.verdict = &verdict;
	if (judge_again(p->policy, &ec, &now, question, &verdict)) {
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
		return;
	}
	event_id(&ec, now.exec->start_ns, p->account.sequence + 1, id);
	if (tell(p, &ec, &now))
		memcpy(ret_id, id, sizeof(id));
}

int pipeline_wire(struct pipeline *p)
{
	int r = query_new(on_execution, p, &p->query);

	if (!r)
		r = sessions_new(&p->sessions);
	if (!r)
		r = cursors_new(on_cursor, p, &p->cursors);
	if (r)
		return r;
	query_on_begin(p->query, on_begin);
	query_on_name(p->query, on_name);
	query_on_connection(p->query, on_connection);
	sessions_look_up(p->sessions, look_up, p);
	return 0;
}
