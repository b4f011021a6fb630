// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "evidence/inventory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* path, build id, family, missing functions follow each other in text. */
struct held_library {
	uint32_t functions;
	uint16_t path_len, build_len, family_len, missing_len;
	char *text;
};

struct inventory {
	struct held_library *held; /* by number; text NULL: free */
	size_t n;
	size_t next; /* of the hourly account; n: none under way */
	uint64_t told_ns;
	struct delays delays;
};

int inventory_new(struct inventory **ret)
{
	struct inventory *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	*ret = v;
	return 0;
}

void inventory_free(struct inventory *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		free(v->held[i].text);
	free(v->held);
	free(v);
}

const struct delays *inventory_delays(const struct inventory *v)
{
	return &v->delays;
}

static struct held_library *slot(struct inventory *v, uint32_t library)
{
	struct held_library *grown;
	size_t n = v->n ? v->n : 64;

	if (library >= INVENTORY_MAX)
		return NULL;
	while (n <= library)
		n *= 2;
	if (n == v->n)
		return &v->held[library];
	grown = realloc(v->held, n * sizeof(*grown));
	if (!grown)
		return NULL;
	memset(grown + v->n, 0, (n - v->n) * sizeof(*grown));
	v->held = grown;
	v->n = n;
	return &v->held[library];
}

static void set(struct held_library *h, struct slice path, struct slice build, struct slice family, struct slice missing)
{
	struct slice part[4] = { path, build, family, missing };
	char *text = malloc(path.len + build.len + family.len + missing.len + 1);
	size_t at = 0;

	for (unsigned i = 0; i < 4 && text; i++) {
		if (part[i].len)
			memcpy(text + at, part[i].ptr, part[i].len);
		at += part[i].len;
	}
	free(h->text);
	h->text = text;
	h->path_len = (uint16_t)path.len;
	h->build_len = (uint16_t)build.len;
	h->family_len = (uint16_t)family.len;
	h->missing_len = (uint16_t)missing.len;
}

/* What is remembered of it, as far as it goes into a line. */
static struct event_coverage account(const struct held_library *h, const char *reason)
{
	const char *at = h->text;

	return (struct event_coverage){ .reason = slice_cstr(reason),
					.path = slice_mem(at, h->path_len),
					.build_id = slice_mem(at + h->path_len, h->build_len),
					.family = slice_mem(at + h->path_len + h->build_len, h->family_len),
					.symbols = slice_mem(at + h->path_len + h->build_len + h->family_len, h->missing_len),
					.functions = h->functions };
}

static unsigned on_library(struct inventory *v, const struct event_context *ctx, const struct decoded *d, struct buf *out)
{
	struct event_coverage c = {
		.reason = SLICE("hooked"), .path = d->str[0], .build_id = d->str[1], .family = d->str[2], .functions = d->library->functions
	};
	struct held_library *h = slot(v, d->library->library);

	if (h) {
		set(h, c.path, c.build_id, c.family, SLICE_NONE);
		h->functions = c.functions;
	}
	return event_coverage(ctx, d->hdr->ts_ns, &c, out);
}

static unsigned on_gone(struct inventory *v, const struct event_context *ctx, const struct decoded *d, struct buf *out)
{
	struct held_library *h = d->gone->library < v->n ? &v->held[d->gone->library] : NULL;
	struct event_coverage c;
	unsigned lines;

	if (!h || !h->text)
		return 0;
	c = account(h, "no longer hooked");
	c.symbols = SLICE_NONE;
	lines = event_coverage(ctx, d->hdr->ts_ns, &c, out);
	free(h->text);
	h->text = NULL;
	return lines;
}

/* Functions that a library lacks come in a record of their own, by its path. */
static void note_missing(struct inventory *v, struct slice path, struct slice symbols)
{
	for (size_t i = 0; i < v->n; i++) {
		struct held_library *h = &v->held[i];
		struct event_coverage c;
		char *old = h->text;

		if (!old || h->missing_len || !slice_eq(slice_mem(old, h->path_len), path))
			continue;
		c = account(h, "");
		h->text = NULL; /* its parts are read while the new text is made */
		set(h, c.path, c.build_id, c.family, symbols);
		free(old);
	}
}

static unsigned on_coverage(struct inventory *v, const struct event_context *ctx, const struct decoded *d, struct buf *out)
{
	struct event_coverage c = { .task = d->coverage->task.start_ns ? &d->coverage->task : NULL,
				    .reason = d->str[0],
				    .path = d->str[1],
				    .symbols = d->str[2],
				    .delay_us = d->coverage->delay * 100u };

	if (c.delay_us)
		delays_add(&v->delays, c.delay_us);
	if (slice_eq(d->str[0], SLICE("symbols missing")))
		note_missing(v, d->str[1], d->str[2]);
	return event_coverage(ctx, d->hdr->ts_ns, &c, out);
}

static unsigned on_canary(const struct event_context *ctx, const struct decoded *d, struct buf *out)
{
	struct event_coverage c = { .reason = SLICE("a probe did not fire when it was tried"), .path = d->str[0], .symbols = d->str[1] };

	return d->str[1].len ? event_coverage(ctx, d->hdr->ts_ns, &c, out) : 0;
}

unsigned inventory_feed(struct inventory *v, const struct event_context *ctx, const struct decoded *d, struct buf *out)
{
	switch (d->type) {
	case REC_LIBRARY:
		return on_library(v, ctx, d, out);
	case REC_LIBRARY_GONE:
		return on_gone(v, ctx, d, out);
	case REC_COVERAGE:
		return on_coverage(v, ctx, d, out);
	case REC_CANARY:
		return on_canary(ctx, d, out);
	default:
		return 0;
	}
}

unsigned inventory_tick(struct inventory *v, const struct event_context *ctx, uint64_t now_ns, struct buf *out)
{
	unsigned lines = 0;

	if (!v->told_ns)
		v->told_ns = now_ns; /* at the start they are told one by one */
	if (now_ns >= v->told_ns + INVENTORY_AGAIN_NS) {
		v->told_ns = now_ns;
		v->next = 0;
	} else if (!v->next) {
		return 0;
	}
	for (; v->next < v->n && lines < INVENTORY_LINES_MAX; v->next++) {
		struct event_coverage c;

		if (!v->held[v->next].text)
			continue;
		c = account(&v->held[v->next], "hooked");
		c.again = true;
		lines += event_coverage(ctx, now_ns, &c, out);
	}
	if (v->next >= v->n)
		v->next = 0;
	return lines;
}
