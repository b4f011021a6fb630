// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/probes_try.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach/attach.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/canary.h"
#include "cli/cli.h"
#include "cli/records.h"
#include "decode/decode.h"
#include "event/json.h"

#define WAIT_MS 10

struct trial {
	struct capture *capture;
	struct attach *attach;
	struct canary *canary;
	bool json;
	int result;
	uint32_t libraries, told;
	struct buf line;
};

static void tell_json(struct trial *t, const struct decoded *d)
{
	struct slice rest = d->str[1];
	struct json j;

	buf_clear(&t->line);
	json_init(&j, &t->line);
	json_open(&j, NULL, '{');
	json_str(&j, "path", d->str[0]);
	json_uint(&j, "tried", d->canary->tried);
	json_uint(&j, "fired", d->canary->fired);
	json_open(&j, "silent", '[');
	while (rest.len) {
		const char *space = memchr(rest.ptr, ' ', rest.len);
		size_t n = space ? (size_t)(space - rest.ptr) : rest.len;

		json_str(&j, NULL, slice_head(rest, n));
		rest = slice_skip(rest, n + (space != NULL));
	}
	json_close(&j, ']');
	json_close(&j, '}');
	buf_addc(&t->line, '\n');
	if (!t->line.err)
		fwrite(t->line.ptr, 1, t->line.len, stdout);
}

/* From the canary: its verdict about one library. */
static int on_verdict(void *ctx, struct slice record)
{
	struct trial *t = ctx;
	struct decoded d;

	if (decode_record(record, &d) || d.type != REC_CANARY)
		return 0;
	t->told++;
	if (d.str[1].len)
		t->result = EXIT_FINDINGS;
	if (t->json) {
		tell_json(t, &d);
		return 0;
	}
	printf("%s: %u of %u probes fired", slice_quote(d.str[0]), d.canary->fired, d.canary->tried);
	if (d.str[1].len)
		printf("; not: %.*s", (int)d.str[1].len, d.str[1].ptr);
	putchar('\n');
	return 0;
}

static int on_attached(void *ctx, struct slice record)
{
	struct trial *t = ctx;
	const struct rec_hdr *h = (const void *)record.ptr;

	t->libraries += h->type == REC_LIBRARY;
	canary_attached(t->canary, record);
	return 0;
}

static int on_captured(void *ctx, struct slice record)
{
	struct trial *t = ctx;

	(void)canary_record(t->canary, record);
	return 0;
}

static void hook(struct trial *t, int n, char **files)
{
	int r = n ? 0 : attach_scan(t->attach);

	if (r < 0) {
		log_error("cannot look through /proc: %s", strerror(-r));
		t->result = EXIT_DENIED;
	}
	for (int i = 0; i < n; i++) {
		r = attach_path(t->attach, files[i]);
		if (r >= 0)
			continue;
		log_error("%s: %s", slice_quote(slice_cstr(files[i])), strerror(-r));
		t->result = EXIT_FINDINGS;
	}
}

/* Calls of other processes come in meanwhile: they are read and dropped. */
static void wait_for_verdicts(struct trial *t)
{
	uint64_t until = boottime_ns() + PROBES_TRY_NS;

	while (canary_busy(t->canary) && boottime_ns() < until) {
		struct pollfd p = { .fd = capture_poll_fd(t->capture), .events = POLLIN };

		(void)poll(&p, 1, WAIT_MS);
		(void)capture_drain(t->capture, on_captured, t);
		canary_tick(t->canary, boottime_ns());
	}
}

int probes_try(const struct config *config, int n, char **files, bool json)
{
	struct capture_options co = { .skip_pid = (uint32_t)getpid() };
	struct attach_options ao = { .config = config };
	struct trial t = { .json = json, .result = EXIT_FINE };
	struct capture_error err = { .text = "" };
	int r = capture_open(&co, &t.capture, &err);

	if (r) {
		log_error("%s", err.text);
		return EXIT_DENIED;
	}
	buf_init(&t.line, 1u << 20);
	r = canary_new(on_verdict, &t, &t.canary);
	if (!r)
		r = attach_new(t.capture, &ao, on_attached, &t, &t.attach);
	if (!r) {
		hook(&t, n, files);
		wait_for_verdicts(&t);
		if (t.libraries > t.told && !json)
			printf("%u more libraries are hooked and were not tried: users may write them, or their functions take no harmless "
			       "call\n",
			       t.libraries - t.told);
	} else {
		log_error("probes: %s", strerror(-r));
		t.result = EXIT_DENIED;
	}
	canary_free(t.canary);
	attach_free(t.attach);
	capture_close(t.capture);
	buf_done(&t.line);
	return t.result;
}
