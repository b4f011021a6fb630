// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/view.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/screen.h"

/* https://no-color.org: any value but the empty one. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

int view_open(struct view *v, const struct config_sink *sinks, size_t nsinks, const struct options *o, bool pretty)
{
	struct slice which = SLICE_NONE;
	uint32_t owner = 0;
	int r;

	*v = (struct view){ .output = pretty ? OUTPUT_PRETTY : OUTPUT_JSON, .count = o->count, .events_only = pretty };
	v->colour = pretty && wants_colour();
	buf_init(&v->line, 1 << 20);
	buf_init(&v->message, 1 << 20);
	r = sinks_open(sinks, nsinks, &v->sinks, &which, &owner);
	if (r == -EBUSY)
		log_error("the sink %s is written by another qprov that runs (pid %" PRIu32 "): one of them only, or another file",
			  slice_quote(which), owner);
	else if (r)
		log_error("cannot open sink %s: %s", slice_quote(which), strerror(-r));
	return r;
}

void view_close(struct view *v)
{
	if (v->sinks)
		sinks_sync(v->sinks);
	sinks_free(v->sinks);
	v->sinks = NULL;
	buf_done(&v->line);
	buf_done(&v->message);
}

static void put(struct view *v, struct slice lines)
{
	if (sinks_write(v->sinks, lines) == -EPIPE) {
		v->done = true;
		v->closed = true;
	}
}

static void on_lines(void *ctx, enum line_kind kind, struct slice lines)
{
	struct view *v = ctx;

	if (kind == LINE_OTHER && v->events_only)
		return; /* the closing line tells */
	if (kind == LINE_QUERY && v->count && v->shown >= v->count)
		return;
	v->shown += kind == LINE_QUERY;
	put(v, lines);
	if (v->count && v->shown >= v->count)
		v->done = true;
}

static const char *tag_of(enum policy_action a)
{
	return a == POLICY_ALERT ? "ALERT" : a == POLICY_LOG ? "log" : "-";
}

static const char *colour_of(const struct view *v, const struct event_query *q)
{
	if (!v->colour)
		return "";
	if (q->verdict->action == POLICY_ALERT)
		return "\033[1;31m";
	return q->exec->outcome == OUTCOME_FAILURE ? "\033[33m" : "";
}

/* "18:42:07.318 ALERT  alice (root via sudo) SELECT customers with psql: 18342 rows" and the text below it. */
static void on_query(void *ctx, const struct event_context *ec, const struct event_query *q)
{
	struct view *v = ctx;
	uint64_t ms = (q->exec->start_ns + ec->wall_offset_ns) / 1000000u % 86400000u;
	const char *colour = colour_of(v, q);

	if (v->done)
		return;
	buf_clear(&v->line);
	buf_clear(&v->message);
	buf_printf(&v->line, "%s%02u:%02u:%02u.%03u %-6s [%u] ", colour, (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60),
		   (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000), tag_of(q->verdict->action), q->exec->task.pid);
	event_message(ec, q, &v->message);
	screen_add(&v->line, buf_slice(&v->message));
	if (q->certainty != SQL_PARSED)
		buf_printf(&v->line, " (%s)", sql_certainty_name(q->certainty));
	if (*colour)
		buf_adds(&v->line, "\033[0m");
	buf_addc(&v->line, '\n');
	put(v, buf_slice(&v->line));
	v->shown++;
	if (v->count && v->shown >= v->count)
		v->done = true;
}

const struct pipeline_ops *view_ops(const struct view *v)
{
	static const struct pipeline_ops json = { .lines = on_lines };
	static const struct pipeline_ops pretty = { .lines = on_lines, .query = on_query };

	return v->output == OUTPUT_PRETTY ? &pretty : &json;
}

void view_account(struct view *v)
{
	const char *why = NULL, *again = NULL;
	uint64_t n = sinks_lost(v->sinks, &why), told;

	v->lost += n;
	if (n)
		log_warn("%" PRIu64 " lines lost: %s", n, why);
	told = sinks_divided(v->sinks) ? v->lost_told_some : v->lost_told;
	if (v->lost == told)
		return;
	/* Told only when the line that tells it was taken: a full disk does not take it either. The other sinks are not told each time
	 * again. */
	pipeline_sink_lost(v->pipeline, v->lost - told, v->lost, why ? why : "earlier");
	if (!sinks_lost(v->sinks, &again))
		v->lost_told = v->lost_told_some = v->lost;
	else if (sinks_divided(v->sinks))
		v->lost_told_some = v->lost;
}

void view_totals(const struct view *v)
{
	const struct pipeline_stats *s = pipeline_stats(v->pipeline);

	fprintf(stderr,
		"qprov: %" PRIu64 " events (%" PRIu64 " alerts) of %" PRIu64 " statements; %" PRIu64 " held back by filters; lost %" PRIu64
		"; %" PRIu64 " not covered; %" PRIu64 " libraries, %" PRIu64 " functions hooked\n",
		s->events, s->alerts, s->executions, s->filtered, account_lost(pipeline_account(v->pipeline)), s->uncovered, s->libraries,
		s->sites);
}
