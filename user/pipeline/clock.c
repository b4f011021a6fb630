// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The stream's beginning and end, and what comes with time: losses, heartbeats, periods, what is not covered. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline_priv.h"

#define CLOCK_STEP_NS 1000000000u

int pipeline_hello(struct pipeline *p, const struct decoded *d)
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
	pipeline_flush(p, LINE_OTHER, event_agent(&p->ec, d->hdr->ts_ns, "start", SLICE_NONE, p->kernel, &p->out));
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
	pipeline_flush(p, LINE_OTHER, lines);
}

/*
 * Lines are told in the order of what happened, with the wall clock's time: where that was set, the next ones seem to come before the last
 * ones, or long after. What keeps it right (NTP) moves it far less between two ticks.
 */
static void tell_clock(struct pipeline *p, uint64_t ts_ns, uint64_t offset_ns)
{
	int64_t step = (int64_t)(offset_ns - p->ec.wall_offset_ns);
	uint64_t by = step < 0 ? -(uint64_t)step : (uint64_t)step;
	char text[64];

	p->ec.wall_offset_ns = offset_ns;
	if (by < CLOCK_STEP_NS)
		return;
	snprintf(text, sizeof(text), "%s by %llu.%03llu s", step < 0 ? "back" : "forward", (unsigned long long)(by / 1000000000u),
		 (unsigned long long)(by / 1000000u % 1000u));
	pipeline_flush(p, LINE_OTHER, event_agent(&p->ec, ts_ns, "clock", slice_cstr(text), SLICE_NONE, &p->out));
}

void pipeline_tick(struct pipeline *p, const struct decoded *d)
{
	p->tick = *d->tick;
	tell_clock(p, d->hdr->ts_ns, d->tick->wall_offset_ns);
	sessions_clock(p->sessions, p->ec.wall_offset_ns);
	query_tick(p->query, d->hdr->ts_ns);
	sessions_tick(p->sessions, d->hdr->ts_ns);
	cursors_tick(p->cursors, d->hdr->ts_ns);
	identity_tick(p->identity, d->hdr->ts_ns);
	flow_tick(p->flows, d->hdr->ts_ns);
	pipeline_flush(p, LINE_OTHER, repeat_period(&p->repeat, &p->ec, d->hdr->ts_ns, false, &p->out));
	gather_losses(p);
	pipeline_flush(p, LINE_LOSS, account_tell_losses(&p->account, &p->ec, d->hdr->ts_ns, &p->out));
	pipeline_flush(p, LINE_OTHER, heartbeat(p, false));
	tell_uncovered(p, d->hdr->ts_ns, false);
	pipeline_flush(p, LINE_OTHER, inventory_tick(p->inventory, &p->ec, d->hdr->ts_ns, &p->out));
}

void pipeline_finish_at(struct pipeline *p, uint64_t ts_ns, struct slice reason)
{
	unsigned lines;

	if (p->finished)
		return;
	p->finished = true;
	query_finish(p->query);
	cursors_flush(p->cursors);
	gather_losses(p);
	p->tick.hdr.ts_ns = ts_ns;
	pipeline_flush(p, LINE_LOSS, account_tell_losses(&p->account, &p->ec, ts_ns, &p->out));
	tell_uncovered(p, ts_ns, true);
	lines = repeat_period(&p->repeat, &p->ec, ts_ns, true, &p->out);
	lines += heartbeat(p, true);
	lines += event_agent(&p->ec, ts_ns, "stop", reason, SLICE_NONE, &p->out);
	pipeline_flush(p, LINE_OTHER, lines);
}

void pipeline_finish(struct pipeline *p)
{
	pipeline_finish_at(p, p->tick.hdr.ts_ns, SLICE("end of records"));
}

void pipeline_sink_lost(struct pipeline *p, uint64_t n, uint64_t total, const char *why)
{
	char kind[96] = "sink: ";

	strncat(kind, why, sizeof(kind) - sizeof("sink: "));
	pipeline_flush(p, LINE_LOSS, event_loss(&p->ec, p->tick.hdr.ts_ns, kind, n, total, &p->out));
}
