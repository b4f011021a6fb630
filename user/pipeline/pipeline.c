// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "event/memo.h"
#include "evidence/cover.h"
#include "evidence/inventory.h"
#include "pipeline/judge.h"
#include "pipeline/kept.h"
#include "pipeline/repeat.h"
#include "pipeline/shared_names.h"
#include "redact/redact.h"

enum { ARENA_MAX = 64 << 20, LINES_MAX = 64 << 20 };

struct pipeline {
	const struct config *config;
	const struct filter *filter;
	struct pipeline_ops ops;
	void *ctx;
	uint32_t wanted[PIPELINE_WANTED_MAX];
	size_t nwanted;
	struct scrubber *scrubber;
	struct query *query;
	struct sessions *sessions;
	struct cursors *cursors;
	struct policy *policy;
	struct identity *identity;
	struct flows *flows;
	struct repeat repeat;
	struct kept kept;
	struct cover *cover;
	struct inventory *inventory;
	struct account account;
	struct event_context ec;
	struct event_origin origin;
	char *origin_text; /* owns the slices of origin */
	struct slice kernel;
	struct arena arena; /* one event */
	struct buf out;
	struct pipeline_stats stats;
	struct rec_tick tick; /* the last one */
	bool finished;
};

static void on_execution(void *ctx, const struct execution *x);
static void on_begin(void *ctx, const struct execution *x);
static void on_name(void *ctx, enum query_name_kind kind, const struct execution *x);
static void on_connection(void *ctx, const struct execution *x, uint64_t statements);
static int look_up(void *ctx, const struct execution *x, struct slice name, struct slice *ret);
static void on_cursor(void *ctx, struct event_query *q, struct policy_question *question, struct arena *arena, char ret_id[EVENT_ID_SIZE]);

int pipeline_config(struct pipeline *p, const struct config *config)
{
	struct policy *fresh;
	int r = policy_new(config, &fresh);

	if (r)
		return r;
	cursors_flush(p->cursors); /* they refer to the old one */
	policy_free(p->policy);
	p->policy = fresh;
	p->config = config;
	p->ec.mask_literals = config->mask_literals;
	memo_clear(p->ec.memo);
	p->ec.policy_hash = slice_cstr(config->hash);
	return 0;
}

int pipeline_new(const struct config *config, const struct filter *filter, const struct pipeline_ops *ops, void *ctx, struct pipeline **ret)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->filter = filter;
	p->ops = *ops;
	p->ctx = ctx;
	arena_init(&p->arena, ARENA_MAX);
	buf_init(&p->out, LINES_MAX);
	kept_init(&p->kept);
	p->ec.origin = &p->origin;
	p->ec.sequence = &p->account.sequence;
	p->ec.arena = &p->arena;
	r = scrubber_new(&p->scrubber);
	if (!r)
		r = query_new(on_execution, p, &p->query);
	if (!r)
		r = sessions_new(&p->sessions);
	if (!r)
		r = cursors_new(on_cursor, p, &p->cursors);
	if (!r)
		r = identity_new(&p->identity);
	if (!r)
		r = flows_new(&p->flows);
	if (!r)
		r = repeat_init(&p->repeat);
	if (!r)
		r = cover_new(&p->cover);
	if (!r)
		r = inventory_new(&p->inventory);
	if (!r)
		r = memo_new(&p->ec.memo);
	if (!r)
		r = pipeline_config(p, config);
	if (r) {
		pipeline_free(p);
		return r;
	}
	query_on_begin(p->query, on_begin);
	query_on_name(p->query, on_name);
	query_on_connection(p->query, on_connection);
	sessions_look_up(p->sessions, look_up, p);
	p->ec.identity = p->identity;
	p->ec.flows = p->flows;
	*ret = p;
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	scrubber_free(p->scrubber);
	query_free(p->query);
	sessions_free(p->sessions);
	cursors_free(p->cursors);
	policy_free(p->policy);
	identity_free(p->identity);
	flows_free(p->flows);
	repeat_done(&p->repeat);
	kept_done(&p->kept);
	cover_free(p->cover);
	inventory_free(p->inventory);
	memo_free(p->ec.memo);
	arena_done(&p->arena);
	buf_done(&p->out);
	free(p->origin_text);
	free(p);
}

/* Hands out the lines gathered since the last time. */
static void hand_out(struct pipeline *p, enum line_kind kind, unsigned lines)
{
	if (p->out.err)
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
	else if (lines)
		p->ops.lines(p->ctx, kind, buf_slice(&p->out));
	buf_clear(&p->out);
}

/* The same at the end of an event. */
static void flush(struct pipeline *p, enum line_kind kind, unsigned lines)
{
	hand_out(p, kind, lines);
	arena_reset(&p->arena);
}

/* ---- one execution: the text is understood, judged, attributed and written ---- */

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

/* Counts what was judged and writes its lines. False: the policy or the filter does not ask for it. */
static bool tell(struct pipeline *p, const struct event_context *ec, const struct event_query *q)
{
	enum policy_action action = q->verdict->action;
	unsigned lines;

	if (action == POLICY_IGNORE || (action == POLICY_NONE && !p->config->all_queries))
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
		hand_out(p, LINE_OTHER, count_repetition(p, ec, q));
		return true;
	}
	lines = event_query(ec, q, &p->out);
	/* In one go: a line that tells of a threshold stands behind the query that crossed it. */
	hand_out(p, LINE_QUERY, lines + count_repetition(p, ec, q));
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
		hand_out(p, LINE_OTHER, event_connect(&p->ec, x, statements, &p->out));
}

static int look_up(void *ctx, const struct execution *x, struct slice name, struct slice *ret)
{
	struct pipeline *p = ctx;

	return query_prepared(p->query, x, name, ret);
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

	p->stats.executions++;
	arena_init(&own, ARENA_MAX);
	kept = cursors_keep(known, &own);
	if (kept != known)
		ec.arena = &own;
	q.exec = kept;
	if (judge(p->policy, p->sessions, &ec, &q, &question, &verdict)) {
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
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

/* ---- the other records ---- */

static int on_hello(struct pipeline *p, const struct decoded *d)
{
	struct slice *to[] = { &p->origin.host,     &p->origin.machine_id, &p->origin.boot_id,
			       &p->origin.agent_id, &p->origin.version,    &p->kernel };
	size_t total = 0, at = 0;
	char *text;

	if (d->hello->abi != REC_ABI)
		return -EBADMSG;
	for (unsigned i = 0; i < 6; i++)
		total += d->str[i].len;
	text = malloc(total + 1);
	if (!text)
		return -ENOMEM;
	for (unsigned i = 0; i < 6; i++) {
		if (d->str[i].len)
			memcpy(text + at, d->str[i].ptr, d->str[i].len);
		*to[i] = slice_mem(text + at, d->str[i].len);
		at += d->str[i].len;
	}
	free(p->origin_text);
	p->origin_text = text;
	p->ec.wall_offset_ns = d->hello->wall_offset_ns;
	sessions_clock(p->sessions, p->ec.wall_offset_ns);
	p->account.start_ns = p->account.heartbeat_ns = d->hdr->ts_ns;
	p->finished = false;
	flush(p, LINE_OTHER, event_agent(&p->ec, d->hdr->ts_ns, "start", SLICE_NONE, p->kernel, &p->out));
	return 0;
}

static void gather_losses(struct pipeline *p)
{
	const struct query_stats *qs = query_stats(p->query);

	for (unsigned k = 0; k < REC_LOSS_KINDS; k++)
		account_set(&p->account, k, p->tick.lost[k]);
	account_set(&p->account, ACCOUNT_LOSS_STATE,
		    qs->evictions + sessions_evictions(p->sessions) + cover_evictions(p->cover) + flow_evictions(p->flows));
	account_set(&p->account, ACCOUNT_LOSS_SITE, qs->unknown_site);
	account_set(&p->account, ACCOUNT_LOSS_PROCESS, identity_evictions(p->identity));
	account_set(&p->account, ACCOUNT_LOSS_REPETITION, repetition_evictions(p->repeat.repetition));
}

static unsigned heartbeat(struct pipeline *p, bool force)
{
	const struct delays *late = inventory_delays(p->inventory);
	struct event_heartbeat h = { .calls = p->tick.calls,
				     .executions = p->stats.executions,
				     .events = p->stats.events,
				     .libraries = p->tick.libraries,
				     .sites = p->tick.sites,
				     .rss_bytes = p->tick.rss_bytes,
				     .evictions = identity_evictions(p->identity),
				     .late_files = late->count,
				     .late_p50_us = delays_percentile(late, 50),
				     .late_p99_us = delays_percentile(late, 99),
				     .late_most_us = late->most_us };

	return account_heartbeat(&p->account, &p->ec, p->tick.hdr.ts_ns, p->config->heartbeat_s, force, &h, &p->out);
}

/* What passes through nothing hooked; last: at the end, when nothing can come any more. */
static void tell_uncovered(struct pipeline *p, uint64_t now_ns, bool last)
{
	unsigned lines = cover_tell(p->cover, &p->ec, now_ns, p->config->floor.grace_s, last, &p->out);

	p->stats.uncovered += lines;
	flush(p, LINE_OTHER, lines);
}

static void on_tick(struct pipeline *p, const struct decoded *d)
{
	p->tick = *d->tick;
	p->ec.wall_offset_ns = d->tick->wall_offset_ns;
	sessions_clock(p->sessions, p->ec.wall_offset_ns);
	query_tick(p->query, d->hdr->ts_ns);
	sessions_tick(p->sessions, d->hdr->ts_ns);
	cursors_tick(p->cursors, d->hdr->ts_ns);
	identity_tick(p->identity, d->hdr->ts_ns);
	flow_tick(p->flows, d->hdr->ts_ns);
	flush(p, LINE_OTHER, repeat_period(&p->repeat, &p->ec, d->hdr->ts_ns, false, &p->out));
	gather_losses(p);
	flush(p, LINE_LOSS, account_tell_losses(&p->account, &p->ec, d->hdr->ts_ns, &p->out));
	flush(p, LINE_OTHER, heartbeat(p, false));
	tell_uncovered(p, d->hdr->ts_ns, false);
	flush(p, LINE_OTHER, inventory_tick(p->inventory, &p->ec, d->hdr->ts_ns, &p->out));
}

static int on_library(struct pipeline *p, const struct decoded *d)
{
	int r = query_library(p->query, d);

	if (r)
		return r;
	p->stats.libraries++;
	flush(p, LINE_OTHER, inventory_feed(p->inventory, &p->ec, d, &p->out));
	return 0;
}

/* What is or is not watched, beside libraries that come. */
static void on_coverage(struct pipeline *p, const struct decoded *d)
{
	if (d->type == REC_LIBRARY_GONE)
		query_library_gone(p->query, d->gone->library, d->hdr->ts_ns);
	else
		p->stats.uncovered++;
	flush(p, LINE_OTHER, inventory_feed(p->inventory, &p->ec, d, &p->out));
}

static void on_config(struct pipeline *p, const struct decoded *d)
{
	flush(p, LINE_OTHER,
	      event_policy(&p->ec, d->hdr->ts_ns, d->hdr->flags & REC_CONFIG_REFUSED, d->str[0], d->str[1], d->str[2], &p->out));
}

/* A file that was opened after a sensitive query has a line of its own: what is open at the query stands in the query's. */
static int on_output(struct pipeline *p, const struct decoded *d)
{
	int r = flow_output(p->flows, d->output, d->str[0]);
	const struct flow *f = r > 0 ? flow_find(p->flows, d->output->task.pid, d->output->task.start_ns) : NULL;

	if (f && f->events)
		flush(p, LINE_OTHER,
		      event_output(&p->ec, d->hdr->ts_ns, &d->output->task, f->events, d->str[0], d->hdr->flags & REC_OUTPUT_READ,
				   &p->out));
	return r < 0 ? r : 0;
}

static void finish_at(struct pipeline *p, uint64_t ts_ns, struct slice reason)
{
	unsigned lines;

	if (p->finished)
		return;
	p->finished = true;
	query_finish(p->query);
	cursors_flush(p->cursors);
	gather_losses(p);
	p->tick.hdr.ts_ns = ts_ns;
	flush(p, LINE_LOSS, account_tell_losses(&p->account, &p->ec, ts_ns, &p->out));
	tell_uncovered(p, ts_ns, true);
	lines = repeat_period(&p->repeat, &p->ec, ts_ns, true, &p->out);
	lines += heartbeat(p, true);
	lines += event_agent(&p->ec, ts_ns, "stop", reason, SLICE_NONE, &p->out);
	flush(p, LINE_OTHER, lines);
}

void pipeline_finish(struct pipeline *p)
{
	finish_at(p, p->tick.hdr.ts_ns, SLICE("end of records"));
}

static int on_call(struct pipeline *p, const struct decoded *d)
{
	enum client_system system;
	uint64_t handle, ended_ns;
	int r = identity_call(p->identity, &d->call->task, d->hdr->ts_ns);

	if (r)
		return r;
	if (query_is_statement(p->query, d->call, &system, &handle))
		cover_call(p->cover, &d->call->task, system, handle, d->hdr->ts_ns);
	else if (query_is_cancel(p->query, d->call))
		cover_cancel(p->cover, &d->call->task, d->hdr->ts_ns);
	r = query_call(p->query, d);
	/* Records of processes overtake those of calls: its end may have been read before this. */
	ended_ns = identity_ended(p->identity, d->call->task.pid, d->call->task.start_ns);
	if (ended_ns)
		query_exit(p->query, d->call->task.pid, d->call->task.start_ns, ended_ns);
	return r;
}

/* The floor: what talks to a database below the libraries. */
static int on_floor(struct pipeline *p, const struct decoded *d)
{
	switch (d->type) {
	case REC_SOCKET:
		return cover_socket(p->cover, d);
	case REC_DBFILE:
		return cover_dbfile(p->cover, d);
	case REC_PROFILE:
		return cover_profile(p->cover, d);
	default:
		return cover_uring(p->cover, d);
	}
}

/* What was looked up beside the stream. */
static int on_fact(struct pipeline *p, const struct decoded *d)
{
	switch (d->type) {
	case REC_SESSION:
		return identity_session(p->identity, d->session, d->str);
	case REC_CGROUP:
		return identity_cgroup(p->identity, d->cgroup->cgroup_id, d->str[0]);
	case REC_GROUPS:
		return identity_groups(p->identity, d->groups->uid, d->str[0], d->hdr->flags & REC_GROUPS_CUT);
	case REC_FILE:
		return identity_file(p->identity, d->file, d->str[0], d->str[1]);
	case REC_PACKAGE:
		return identity_package(p->identity, d->package, d->str[0]);
	case REC_SANDBOX:
		return identity_sandbox(p->identity, d->sandbox, d->str);
	default:
		return identity_claim(p->identity, d->claim, d->str[0]);
	}
}

static int route(struct pipeline *p, const struct decoded *d)
{
	int r;

	switch (d->type) {
	case REC_HELLO:
		return on_hello(p, d);
	case REC_LIBRARY:
		return on_library(p, d);
	case REC_SITE:
		p->stats.sites++;
		return query_site(p->query, d);
	case REC_RANGE:
		return query_range(p->query, d);
	case REC_CONN:
		return query_conn(p->query, d);
	case REC_CHUNK:
		return query_chunk(p->query, d);
	case REC_PARAMS:
		return query_params(p->query, d);
	case REC_CALL:
		return on_call(p, d);
	case REC_EXEC:
		query_exec(p->query, d->exec->task.pid, d->exec->task.start_ns, d->hdr->ts_ns);
		sessions_exit(p->sessions, d->exec->task.pid, d->exec->task.start_ns, d->hdr->ts_ns);
		cursors_exit(p->cursors, d->exec->task.pid, d->exec->task.start_ns, d->hdr->ts_ns);
		return identity_exec(p->identity, d->exec);
	case REC_PROC:
		return identity_exec(p->identity, d->exec);
	case REC_FORK:
		return identity_fork(p->identity, d->fork);
	case REC_EXIT:
		identity_exit(p->identity, d->exit);
		flow_exit(p->flows, d->exit->task.pid, d->exit->task.start_ns, d->hdr->ts_ns);
		query_exit(p->query, d->exit->task.pid, d->exit->task.start_ns, d->hdr->ts_ns);
		sessions_exit(p->sessions, d->exit->task.pid, d->exit->task.start_ns, d->hdr->ts_ns);
		cursors_exit(p->cursors, d->exit->task.pid, d->exit->task.start_ns, d->hdr->ts_ns);
		cover_exit(p->cover, d->exit->task.pid, d->exit->task.start_ns, d->hdr->ts_ns);
		return 0;
	case REC_USER:
		return identity_user(p->identity, d->user->uid, d->str[0]);
	case REC_TICK:
		on_tick(p, d);
		return 0;
	case REC_COVERAGE:
	case REC_LIBRARY_GONE:
	case REC_CANARY:
		on_coverage(p, d);
		return 0;
	case REC_CONFIG:
		on_config(p, d);
		return 0;
	case REC_SOCKET:
	case REC_DBFILE:
	case REC_PROFILE:
	case REC_URING:
		return on_floor(p, d);
	case REC_SESSION:
	case REC_CGROUP:
	case REC_FILE:
	case REC_PACKAGE:
	case REC_GROUPS:
	case REC_CLAIM:
	case REC_SANDBOX:
		return on_fact(p, d);
	case REC_STATE:
		r = kept_state(&p->kept, &p->repeat, p->sessions, &p->ec, d, &p->out);
		flush(p, LINE_OTHER, p->out.len != 0);
		return r;
	case REC_STDIO:
		return flow_stdio(p->flows, d->stdio, d->str[0], d->str[1]);
	case REC_READER:
		return flow_reader(p->flows, d->reader);
	case REC_OUTPUT:
		return on_output(p, d);
	case REC_STOP:
		finish_at(p, d->hdr->ts_ns, d->str[0]);
		return 0;
	default:
		return -EBADMSG;
	}
}

int pipeline_push(struct pipeline *p, struct slice record)
{
	struct slice clean = scrub(p->scrubber, record, false);
	struct decoded d;
	int r = clean.ptr ? decode_record(clean, &d) : -ENOMEM;

	p->stats.records++;
	if (!r)
		r = route(p, &d);
	if (r == -ENOENT)
		return 0; /* a call of an unknown site: counted by the query stage */
	if (r)
		account_add(&p->account, r == -ENOMEM ? ACCOUNT_LOSS_MEMORY : ACCOUNT_LOSS_RECORD, 1);
	return r;
}

void pipeline_sink_lost(struct pipeline *p, uint64_t n, uint64_t total, const char *why)
{
	char kind[96] = "sink: ";

	strncat(kind, why, sizeof(kind) - sizeof("sink: "));
	flush(p, LINE_LOSS, event_loss(&p->ec, p->tick.hdr.ts_ns, kind, n, total, &p->out));
}

void pipeline_state(const struct pipeline *p, enum pipeline_kept what, bool last, struct buf *out)
{
	if (what == KEPT_DERIVED)
		sessions_save(p->sessions, p->identity, last, out);
	else
		repetition_save(p->repeat.repetition, last, out);
}

uint64_t pipeline_state_changes(const struct pipeline *p, enum pipeline_kept what)
{
	return what == KEPT_DERIVED ? sessions_kept_changes(p->sessions) : repetition_changes(p->repeat.repetition);
}

size_t pipeline_inflight(const struct pipeline *p)
{
	return query_inflight(p->query);
}

const struct flows *pipeline_flows(const struct pipeline *p)
{
	return p->flows;
}

const struct identity *pipeline_identity(const struct pipeline *p)
{
	return p->identity;
}

const struct pipeline_stats *pipeline_stats(const struct pipeline *p)
{
	return &p->stats;
}

const struct account *pipeline_account(const struct pipeline *p)
{
	return &p->account;
}
