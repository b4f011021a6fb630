// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* From the rings to whole, compact records: nothing of the ring's former content leaves with them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/internal.h"
#include "../../bpf/counters.h"
#include "capture/secret.h"

/* Bytes of a character of the site's text. */
static unsigned text_unit(const struct probe_spec *s)
{
	if (s->text == PROBE_TEXT_UTF32_UNITS)
		return 4;
	return s->text == PROBE_TEXT_UTF16 || s->text == PROBE_TEXT_UTF16_UNITS ? 2 : 1;
}

/* Bytes before the first NUL; all of them when there is none. */
static size_t wide_len(const char *text, size_t bytes, unsigned unit)
{
	static const char nul[4];
	size_t i;

	for (i = 0; i + unit <= bytes; i += unit) {
		if (!memcmp(text + i, nul, unit))
			return i;
	}
	return bytes;
}

/* Whether the caller said how long the text is. */
static bool len_given(const struct probe_spec *s, const struct rec_call *r)
{
	uint64_t given;

	if (s->len_arg < 0 || s->len_arg >= REC_ARGS)
		return false;
	given = r->args[s->len_arg];
	return (s->flags & PROBE_LEN_SHORT) ? (int16_t)given >= 0 : (int32_t)given >= 0;
}

/* BPF reads wide text in whole classes; where it ends is found here. */
static void trim_wide(const struct probe_spec *s, struct rec_call *r)
{
	unsigned unit = text_unit(s);
	size_t n;

	if (unit == 1 || (len_given(s, r) && !(s->flags & PROBE_STOP_NUL)))
		return;
	n = wide_len(r->text, r->cap_len, unit);
	if (n == r->cap_len)
		return;
	r->cap_len = (uint32_t)n;
	r->text_len = n;
	r->text_status = REC_TEXT_FULL;
	r->hdr.flags &= (uint16_t)~REC_CALL_LEN_AT_LEAST;
}

/* Behind the name may be anything, a password too. */
static void settle_name(const struct capture *c, struct rec_call *r)
{
	const struct probe_spec *s = r->site < PROBE_SITES_MAX ? &c->specs[r->site] : NULL;
	size_t n = r->name_len, unit;
	int16_t given;

	if (!s || !s->valid || !(s->flags & PROBE_NAME_LEN) || s->name_arg < 0 || s->name_arg + 1 >= REC_ARGS)
		return;
	unit = text_unit(s);
	given = (int16_t)r->args[s->name_arg + 1];
	if (given >= 0 && (size_t)given * unit < n)
		n = (size_t)given * unit;
	else if (given < 0)
		n = wide_len(r->name, n, unit);
	r->name_len = (uint8_t)n;
}

static void settle_text(const struct capture *c, struct rec_call *r)
{
	const struct probe_spec *s = r->site < PROBE_SITES_MAX ? &c->specs[r->site] : NULL;

	if (!s || !s->valid)
		return;
	trim_wide(s, r);
	if (s->flags & PROBE_SECRET)
		secret_mask(r->text, r->cap_len, text_unit(s));
}

/* Copies the record out of the ring without its unused bytes; size becomes a multiple of 8. */
static int compact_call(struct capture *c, const struct ring_record *rec)
{
	struct rec_call *r = (void *)c->record;
	size_t fixed = sizeof(*r), used;

	if (rec->size < fixed)
		return -EBADMSG;
	ring_copy(rec, 0, r, fixed);
	if (r->cap_len > rec->size - fixed || r->cap_len > REC_TEXT_MAX || r->name_len > REC_NAME_LEN)
		return -EBADMSG;
	ring_copy(rec, fixed, r->text, r->cap_len);
	settle_name(c, r);
	memset(r->name + r->name_len, 0, REC_NAME_LEN - r->name_len);
	settle_text(c, r);
	if (r->cap_len > c->text_max) {
		r->cap_len = c->text_max;
		if (r->text_status == REC_TEXT_FULL)
			r->text_status = REC_TEXT_TRUNCATED;
	}
	used = fixed + r->cap_len;
	r->hdr.size = (uint32_t)((used + 7) & ~(size_t)7);
	memset(c->record + used, 0, r->hdr.size - used);
	return 0;
}

/* Paths, which the walk left at the end of their room, go behind the fixed part. */
static int compact_paths(struct capture *c, size_t fixed, uint16_t *const *lens, size_t n)
{
	const struct stdio_path *path = (const void *)(c->record + fixed);
	struct rec_hdr *h = (void *)c->record;
	const char *from[2];
	size_t used = fixed, len[2];

	for (size_t i = 0; i < n; i++) {
		if (path[i].pos > REC_PATH_MAX)
			return -EBADMSG;
		from[i] = path[i].path + path[i].pos;
		len[i] = REC_PATH_MAX - path[i].pos;
	}
	for (size_t i = 0; i < n; i++) {
		memmove(c->record + used, from[i], len[i]);
		*lens[i] = (uint16_t)len[i];
		used += len[i];
	}
	h->size = (uint32_t)((used + 7) & ~(size_t)7);
	memset(c->record + used, 0, h->size - used);
	return 0;
}

static int compact_stdio(struct capture *c, size_t size)
{
	struct rec_stdio *r = (void *)c->record;
	uint16_t *const lens[] = { &r->in_len, &r->out_len };

	return size == sizeof(struct stdio_raw) ? compact_paths(c, sizeof(*r), lens, 2) : -EBADMSG;
}

static int compact_opened(struct capture *c)
{
	const struct opened_raw *raw = (const void *)c->record;
	struct rec_output *r = (void *)c->record;
	uint32_t len = raw->len;
	size_t used = sizeof(*r) + len;

	if (len >= REC_PATH_MAX)
		return -EBADMSG;
	memmove(r->data, raw->path, len);
	r->path_len = (uint16_t)len;
	r->hdr.size = (uint32_t)((used + 7) & ~(size_t)7);
	memset(c->record + used, 0, r->hdr.size - used);
	return 0;
}

static int compact_output(struct capture *c, size_t size)
{
	struct rec_output *r = (void *)c->record;
	uint16_t *const lens[] = { &r->path_len };

	if (size == sizeof(struct opened_raw))
		return compact_opened(c);
	return size == sizeof(struct output_raw) ? compact_paths(c, sizeof(*r), lens, 1) : -EBADMSG;
}

static int compact_proc(struct capture *c, const struct ring_record *rec)
{
	struct rec_hdr *h = (void *)c->record;
	size_t size = rec->size;

	if (size < sizeof(*h) || size > RECORD_BYTES_MAX)
		return -EBADMSG;
	ring_copy(rec, 0, c->record, size);
	if (h->type == REC_STDIO)
		return compact_stdio(c, size);
	if (h->type == REC_OUTPUT)
		return compact_output(c, size);
	h->size = (uint32_t)((size + 7) & ~(size_t)7);
	memset(c->record + size, 0, h->size - size);
	return 0;
}

static int deliver(struct capture *c)
{
	struct rec_hdr *h = (void *)c->record;
	int r = c->fn(c->ctx, slice_mem(c->record, h->size));

	if (r < 0)
		return r;
	c->drained++;
	return 0;
}

/* It came and cannot be passed on: lost, as one that found no room. */
static int unreadable(struct capture *c, unsigned kind, int err)
{
	c->unreadable[kind]++;
	return err;
}

static int on_proc_record(void *ctx, const struct ring_record *rec)
{
	struct capture *c = ctx;
	int r = compact_proc(c, rec);

	return r ? unreadable(c, REC_LOSS_EXEC, r) : deliver(c);
}

static uint16_t ring_type(const struct ring_record *rec)
{
	struct rec_hdr h = { .type = 0 };

	if (rec->size >= sizeof(h))
		ring_copy(rec, 0, &h, sizeof(h));
	return h.type;
}

/* What is not filled in holds bytes of older records. */
static int compact_params(struct capture *c, const struct ring_record *rec)
{
	struct rec_params *p = (void *)c->record;
	int r = compact_proc(c, rec);

	if (r || p->hdr.size < sizeof(*p) || p->count > (p->hdr.size - sizeof(*p)) / sizeof(p->p[0]))
		return r ? r : -EBADMSG;
	for (uint32_t i = 0; i < p->count; i++)
		if (p->p[i].cap <= PARAM_BYTES)
			memset(p->p[i].data + p->p[i].cap, 0, PARAM_BYTES - p->p[i].cap);
	p->hdr.size = (uint32_t)(sizeof(*p) + p->count * sizeof(p->p[0]));
	return 0;
}

/* Behind the NUL of wide text is something else of the program's. */
static void trim_chunk(struct rec_chunk *k)
{
	size_t n = wide_len(k->data, k->len, k->hdr.flags & REC_CHUNK_UTF32 ? 4 : 2);

	if (n == k->len)
		return;
	k->len = (uint32_t)n;
	k->total = k->off + n;
}

/* The ring holds it in full size. */
static int compact_chunk(struct capture *c, const struct ring_record *rec)
{
	struct rec_chunk *k = (void *)c->record;
	size_t used;

	if (rec->size < sizeof(*k))
		return -EBADMSG;
	ring_copy(rec, 0, k, sizeof(*k));
	if (k->len > REC_TEXT_MAX || k->len > rec->size - sizeof(*k))
		return -EBADMSG;
	ring_copy(rec, sizeof(*k), k->data, k->len);
	if (k->hdr.flags & REC_CHUNK_NUL)
		trim_chunk(k);
	used = sizeof(*k) + k->len;
	k->hdr.size = (uint32_t)((used + 7) & ~(size_t)7);
	memset(c->record + used, 0, k->hdr.size - used);
	return 0;
}

static int compact_any(struct capture *c, const struct ring_record *rec)
{
	switch (ring_type(rec)) {
	case REC_CONN:
		return compact_proc(c, rec);
	case REC_CHUNK:
		return compact_chunk(c, rec);
	case REC_PARAMS:
		return compact_params(c, rec);
	default:
		return compact_call(c, rec);
	}
}

/*
 * A process record written before this call must be known first: its ring is emptied each time. An empty one costs two loads. Whatever is
 * wrong with those, this one is taken too: it has left the ring.
 */
static int on_call_record(void *ctx, const struct ring_record *rec)
{
	struct capture *c = ctx;
	int before = ring_consume(&c->procs, on_proc_record, c);
	int r = compact_any(c, rec);

	r = r ? unreadable(c, REC_LOSS_CALL, r) : deliver(c);
	return before ? before : r;
}

int capture_drain(struct capture *c, capture_fn fn, void *ctx)
{
	int r;

	c->fn = fn;
	c->ctx = ctx;
	c->drained = 0;
	r = ring_consume(&c->procs, on_proc_record, c);
	if (!r)
		r = ring_consume(&c->calls, on_call_record, c);
	return r ? r : c->drained;
}

int capture_poll_fd(const struct capture *c)
{
	return c->epoll_fd;
}

static int open_ring(struct capture *c, const char *name, struct ring *ret)
{
	struct bpf_map *map = bpf_object__find_map_by_name(c->obj, name);
	struct epoll_event ev = { .events = EPOLLIN };
	int r;

	if (!map)
		return -ENOENT;
	r = ring_open(bpf_map__fd(map), bpf_map__max_entries(map), ret);
	if (r)
		return r;
	return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, bpf_map__fd(map), &ev) < 0 ? -errno : 0;
}

int drain_open(struct capture *c)
{
	int r;

	c->record = malloc(RECORD_BYTES_MAX + 8);
	if (!c->record)
		return -ENOMEM;
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll_fd < 0)
		return -errno;
	r = open_ring(c, "procs", &c->procs);
	return r ? r : open_ring(c, "calls", &c->calls);
}

void drain_close(struct capture *c)
{
	ring_close(&c->calls);
	ring_close(&c->procs);
	if (c->epoll_fd >= 0)
		(void)close(c->epoll_fd);
	free(c->record);
}
