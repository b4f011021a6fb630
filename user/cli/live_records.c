// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Records of all sources into the pipeline, and into a recording. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attach/records.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/live_priv.h"
#include "cli/records.h"
#include "decode/decode.h"
#include "decode/encode.h"
#include "sink/sink.h"

#define SYNC_NS 10000000000ull /* what was written reaches the disk after so long */
#define SINK_CHANGES_MAX 8     /* in one tick */

/* A recording holds statements with their literals, but no passwords. */
static void keep(struct live *l, struct slice record)
{
	struct slice clean = scrub(l->scrubber, record, true);
	int r = clean.ptr ? recfile_write(l->record, clean) : -ENOMEM;

	if (!r)
		return;
	log_error("recording stopped: %s", strerror(-r));
	recfile_close(l->record);
	l->record = NULL;
}

static int push_one(struct live *l, struct slice record)
{
	int r;

	if (l->record)
		keep(l, record);
	r = pipeline_push(l->view->pipeline, record);
	return r == -ENOMEM ? r : 0;
}

/* Names of users come before the record that needs them, so that a replay knows what was known; questions about it come after. */
int live_push(void *ctx, struct slice record)
{
	struct live *l = ctx;
	uint64_t now = boottime_ns();
	struct decoded d;
	int r;

	if (decode_record(record, &d))
		return push_one(l, record);
	who_before(l->who, &d, now);
	r = push_one(l, record);
	who_after(l->who, &d, pipeline_identity(l->view->pipeline), now);
	return r;
}

int live_found(void *ctx, struct slice record)
{
	return push_one(ctx, record);
}

/* From the rings: what the floor says is completed first. */
int live_captured(void *ctx, struct slice record)
{
	struct live *l = ctx;
	int r;

	live_notice_among(l);
	if (canary_record(l->canary, record) || sentry_record(l->sentry, record))
		return 0;
	if (trail_skips(l->trail, record))
		return 0;
	/* Before the call itself: a statement may be told at once. */
	trail_record(l->trail, pipeline_flows(l->view->pipeline), record);
	r = live_push(l, record);
	if (!r)
		sentry_process(l->sentry, record);
	return r;
}

/* From attaching: what is about a process waits until the records that say whose it is have been read. */
int live_attached(void *ctx, struct slice record)
{
	struct live *l = ctx;

	canary_attached(l->canary, record);
	return sentry_late(l->sentry, record) ? 0 : live_push(l, record);
}

int live_seeded(void *ctx, struct slice record)
{
	struct live *l = ctx;
	int r = live_push(l, record);

	sentry_process(l->sentry, record);
	return r;
}

void live_push_made(struct live *l, int built)
{
	if (built)
		log_error("no memory for a record");
	else
		push_one(l, buf_slice(&l->made));
}

/* The counts of statements that nobody ends fill their table until their process is gone. */
static void tell_uncounted(struct live *l)
{
	uint64_t n = capture_uncounted(l->capture);
	char text[128];

	if (n == l->uncounted)
		return;
	snprintf(text, sizeof(text), "%llu calls found no room to be counted: rows or bytes of their statements are not known",
		 (unsigned long long)(n - l->uncounted));
	l->uncounted = n;
	record_coverage(&l->made, slice_cstr(text), SLICE_NONE, SLICE_NONE);
	push_one(l, buf_slice(&l->made));
}

/* A flood of one must not hide what another one asked: all whose calls were lost are named, who made it among them. */
static void tell_loser(void *ctx, const struct rec_task *task, uint64_t n)
{
	struct rec_coverage r = { .hdr = { .type = REC_COVERAGE, .ts_ns = boottime_ns() }, .task = *task };
	struct live *l = ctx;
	struct slice str[3] = { SLICE_NONE, SLICE(""), SLICE("") };
	char text[96];

	snprintf(text, sizeof(text), "%llu calls found no room in the ring: lost, or their text is cut", (unsigned long long)n);
	str[0] = slice_cstr(text);
	if (!encode_record(&l->made, &r, str, 3))
		live_push(l, buf_slice(&l->made));
}

void live_save(struct live *l, bool last)
{
	state_save(&l->repetition, l->view->pipeline, boottime_ns(), last, live_push, l);
	state_save(&l->derived, l->view->pipeline, boottime_ns(), last, live_push, l);
}

/* What happens to the files is part of what they have to show. */
static void check_sinks(struct live *l, uint64_t now)
{
	static const char *const reasons[] = {
		[SINK_MOVED] = "somebody renamed the file that events are written to",
		[SINK_REMOVED] = "somebody removed the file that events are written to, with what was in it",
		[SINK_TRUNCATED] = "somebody truncated the file that events are written to",
	};
	enum sink_change change;
	struct slice path;

	for (unsigned i = 0; i < SINK_CHANGES_MAX && (change = sinks_check(l->view->sinks, &path)) != SINK_SAME; i++) {
		log_warn("%s: %s", slice_quote(path), reasons[change]);
		record_coverage(&l->made, slice_cstr(reasons[change]), path, SLICE_NONE);
		push_one(l, buf_slice(&l->made));
	}
	if (now < l->next_sync_ns)
		return;
	l->next_sync_ns = now + SYNC_NS;
	sinks_sync(l->view->sinks);
}

void live_tick(struct live *l)
{
	uint64_t lost[REC_LOSS_KINDS] = { 0 }, calls = 0;

	capture_counters(l->capture, lost, &calls);
	lost[REC_LOSS_MMAP] = watch_lost(l->watch);
	if (l->attach) {
		l->libraries = attach_libraries(l->attach);
		l->sites = attach_sites(l->attach);
	}
	who_tick(l->who, boottime_ns());
	tell_uncounted(l);
	capture_losers(l->capture, tell_loser, l);
	live_push_made(l, record_tick(&l->made, lost, calls, l->libraries, l->sites));
	view_account(l->view);
	check_sinks(l, boottime_ns());
	live_save(l, false);
}
