// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where each record goes: route(). What becomes of a statement is in execution.c, what comes with time in clock.c. */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <stdlib.h>

#include "event/memo.h"
#include "pipeline/pipeline_priv.h"
#include "redact/redact.h"

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
	arena_init(&p->arena, PIPELINE_ARENA_MAX);
	buf_init(&p->out, PIPELINE_LINES_MAX);
	kept_init(&p->kept);
	p->ec.origin = &p->origin;
	p->ec.sequence = &p->account.sequence;
	p->ec.arena = &p->arena;
	r = scrubber_new(&p->scrubber);
	if (!r)
		r = pipeline_wire(p);
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

void pipeline_hand_out(struct pipeline *p, enum line_kind kind, unsigned lines)
{
	if (p->out.err)
		account_add(&p->account, ACCOUNT_LOSS_MEMORY, 1);
	else if (lines)
		p->ops.lines(p->ctx, kind, buf_slice(&p->out));
	buf_clear(&p->out);
}

void pipeline_flush(struct pipeline *p, enum line_kind kind, unsigned lines)
{
	pipeline_hand_out(p, kind, lines);
	arena_reset(&p->arena);
}

/* ---- the records ---- */

static int on_library(struct pipeline *p, const struct decoded *d)
{
	int r = query_library(p->query, d);

	if (r)
		return r;
	p->stats.libraries++;
	pipeline_flush(p, LINE_OTHER, inventory_feed(p->inventory, &p->ec, d, &p->out));
	return 0;
}

/* What is or is not watched, beside libraries that come. */
static void on_coverage(struct pipeline *p, const struct decoded *d)
{
	if (d->type == REC_LIBRARY_GONE)
		query_library_gone(p->query, d->gone->library, d->hdr->ts_ns);
	else
		p->stats.uncovered++;
	pipeline_flush(p, LINE_OTHER, inventory_feed(p->inventory, &p->ec, d, &p->out));
}

static void on_config(struct pipeline *p, const struct decoded *d)
{
	pipeline_flush(p, LINE_OTHER,
		       event_policy(&p->ec, d->hdr->ts_ns, d->hdr->flags & REC_CONFIG_REFUSED, d->str[0], d->str[1], d->str[2], &p->out));
}

/* A file that was opened after a sensitive query has a line of its own: what is open at the query stands in the query's. */
static int on_output(struct pipeline *p, const struct decoded *d)
{
	int r = flow_output(p->flows, d->output, d->str[0]);
	const struct flow *f = r > 0 ? flow_find(p->flows, d->output->task.pid, d->output->task.start_ns) : NULL;

	if (f && f->events)
		pipeline_flush(p, LINE_OTHER,
			       event_output(&p->ec, d->hdr->ts_ns, &d->output->task, f->events, d->str[0], d->hdr->flags & REC_OUTPUT_READ,
					    &p->out));
	return r < 0 ? r : 0;
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
		return pipeline_hello(p, d);
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
		pipeline_tick(p, d);
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
		pipeline_flush(p, LINE_OTHER, p->out.len != 0);
		return r;
	case REC_STDIO:
		return flow_stdio(p->flows, d->stdio, d->str[0], d->str[1]);
	case REC_READER:
		return flow_reader(p->flows, d->reader);
	case REC_OUTPUT:
		return on_output(p, d);
	case REC_STOP:
		pipeline_finish_at(p, d->hdr->ts_ns, d->str[0]);
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
