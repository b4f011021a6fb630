// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The text of a call: its record in the size class that fits, and the pieces of a longer one. */
#ifndef QPROV_BPF_CALL_TEXT_H
#define QPROV_BPF_CALL_TEXT_H

#include "call.h"

/* PROBE_TEXT_STRING: t->addr is what the object holds its string in. */
static __always_inline bool call_string(const struct probe_spec *spec, struct text *t, const bool sleepable)
{
	struct {
		__u64 at, len;
	} s;

	if (!t->addr)
		return true;
	if (user_read(&s, sizeof(s), t->addr + spec->string_off, sleepable))
		return false;
	t->addr = s.at;
	t->limit = s.len;
	return true;
}

/* Where the text is and how its length is given. False: the pointer could not be loaded. */
static __always_inline bool call_text(const struct call *c, const struct probe_spec *spec, const struct thread *m, struct text *t,
				      const bool sleepable)
{
	__u64 given = c->args[spec->len_arg & 7];
	bool has_len = spec->len_arg >= 0;
	__u32 unit = 1;

	t->addr = c->args[spec->text_arg & 7];
	t->limit = LEN_UNBOUNDED;
	if (spec->text_off >= 0 && t->addr) {
		if (PEEK(m, &t->addr, t->addr + spec->text_off, sleepable))
			return false;
		if (spec->text == PROBE_TEXT_STRING && !call_string(spec, t, sleepable))
			return false;
	}
	t->utf32 = spec->text == PROBE_TEXT_UTF32_UNITS;
	t->wide = t->utf32 || spec->text == PROBE_TEXT_UTF16 || spec->text == PROBE_TEXT_UTF16_UNITS;
	if (t->wide && spec->text != PROBE_TEXT_UTF16)
		unit = t->utf32 ? 4 : 2;
	if (spec->flags & PROBE_LEN_SHORT)
		given = (__u64)(__s64)(__s16)given;
	t->stop_nul = !t->wide && (spec->flags & PROBE_STOP_NUL);
	if (spec->text == PROBE_TEXT_VALUE) {
		t->limit = (__s32)given >= 0 ? (__u64)(__u32)given : (__s32)given == PROBE_VALUE_NUL ? LEN_UNBOUNDED : 8;
	} else if (spec->text == PROBE_TEXT_LEN_I32 || t->wide) {
		if (has_len && (__s32)given >= 0)
			t->limit = (__u64)(__u32)given * unit;
	} else if (has_len && spec->text != PROBE_TEXT_NUL) {
		t->limit = given;
	}
	/* All ones is "to the NUL" where the row says so; elsewhere it is a length no memory has, and the read ends at a page. */
	if (t->limit == LEN_UNBOUNDED && !t->wide)
		t->stop_nul = true;
	if ((spec->flags & PROBE_HEAD) && t->limit > PROBE_HEAD_BYTES)
		t->limit = PROBE_HEAD_BYTES;
	return true;
}

/* Where the rest of a long text is, and how far it was sent. */
struct chunk_job {
	__u64 addr, total, off;
	__u32 flags; /* REC_CHUNK_* */
	__u32 pad;
};

enum chunk_end {
	CHUNK_SENT,
	CHUNK_MISSING, /* a page is not resident */
	CHUNK_NO_ROOM,
};

/* The piece at off. enum chunk_end. The last quarter of the ring is for calls: long texts of one must not push out those of all others. */
GLOBAL int chunk_send(const struct call *c, const struct chunk_job *j)
{
	struct rec_chunk *r;
	__u64 off, n;

	if (!c || !j)
		return CHUNK_NO_ROOM;
	off = j->off;
	n = at_most(j->total - off, REC_TEXT_MAX);
	if (bpf_ringbuf_query(&calls, BPF_RB_AVAIL_DATA) > bpf_ringbuf_query(&calls, BPF_RB_RING_SIZE) / 4 * 3) {
		call_lost(c->pid);
		return CHUNK_NO_ROOM;
	}
	r = bpf_ringbuf_reserve(&calls, sizeof(*r) + REC_TEXT_MAX, 0);
	if (!r) {
		call_lost(c->pid);
		return CHUNK_NO_ROOM;
	}
	if (bpf_probe_read_user(r->data, n, (const void *)(j->addr + off))) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return CHUNK_MISSING;
	}
	r->hdr.size = sizeof(*r) + n;
	r->hdr.type = REC_CHUNK;
	r->hdr.flags = j->flags;
	r->hdr.ts_ns = c->ts;
	r->start_ns = bpf_get_current_task_btf()->group_leader->start_boottime;
	r->off = off;
	r->total = j->total;
	r->pid = c->pid;
	r->tid = (__u32)bpf_get_current_pid_tgid();
	r->site = c->site;
	r->len = n;
	bpf_ringbuf_submit(r, 0);
	return CHUNK_SENT;
}

/* All pages of the piece at off, with no record reserved. 1: they are there. */
GLOBAL int chunk_touch(const struct chunk_job *j)
{
	__u64 at, n;

	if (!j)
		return 0;
	at = j->addr + j->off;
	n = at_most(j->total - j->off, REC_TEXT_MAX);
	for (__u32 i = 0; i < REC_TEXT_MAX / PAGE_BYTES + 1; i++) {
		__u64 next = (at | (PAGE_BYTES - 1)) + 1;

		if (at >= j->addr + j->off + n)
			break;
		if (page_wait(at, 1))
			return 0;
		at = next;
	}
	return 1;
}

/* False: nothing more can be read, or there is no room. */
static __always_inline bool chunk_go(const struct call *c, const struct chunk_job *j, const bool sleepable)
{
	int end = chunk_send(c, j);

	if (end == CHUNK_MISSING && sleepable && chunk_touch(j))
		end = chunk_send(c, j);
	return end == CHUNK_SENT;
}

/* What follows on the record of the call, up to text_max; of what is longer then its end. */
static __always_inline int chunks_send(const struct call *c, const struct chunk_job *job, const bool sleepable)
{
	struct chunk_job j = *job;
	__u64 whole = j.total < text_max ? j.total : text_max;

	j.off = REC_TEXT_MAX;
	for (__u32 i = 0; i < REC_STATEMENT_MAX / REC_TEXT_MAX; i++) {
		if (j.off >= whole)
			break;
		if (!chunk_go(c, &j, sleepable))
			return 0;
		j.off += REC_TEXT_MAX;
	}
	if (j.off >= j.total || text_max < REC_TEXT_MAX)
		return 0;
	if (j.total - j.off >= REC_TEXT_MAX)
		j.off = j.total - REC_TEXT_MAX;
	return chunk_go(c, &j, sleepable);
}

GLOBAL int chunks_send_sleeping(const struct call *c, const struct chunk_job *j)
{
	return !c || !j ? 0 : chunks_send(c, j, true);
}

GLOBAL int chunks_send_atomic(const struct call *c, const struct chunk_job *j)
{
	return !c || !j ? 0 : chunks_send(c, j, false);
}

static __always_inline void call_more(const struct call *c, const struct text *t, const bool sleepable)
{
	struct chunk_job j = { .addr = t->addr, .total = t->len };

	if (t->wide)
		j.flags = (t->utf32 ? REC_CHUNK_UTF32 : REC_CHUNK_UTF16) | (t->page ? REC_CHUNK_NUL : 0);
	if (sleepable)
		chunks_send_sleeping(c, &j);
	else
		chunks_send_atomic(c, &j);
}

/* One size class. CLASS_*. */
static __always_inline int call_class(const struct call *c, const struct probe_spec *spec, struct thread *m, struct text *t,
				      const __u32 size, const bool last, const bool sleepable)
{
	struct rec_call *r;
	int result;
	__u8 status = REC_TEXT_FULL;
	__u16 flags = 0;

	r = bpf_ringbuf_reserve(&calls, sizeof(*r) + size + CLASS_SLACK, 0);
	if (!r) {
		call_lost(c->pid);
		return CLASS_DONE;
	}
	result = size == 512 && text_read_short(r->text, t) ? TEXT_FIT : text_read_class(r->text, t, size);
	if (result == TEXT_LONG && !last && size < text_max && !(spec->flags & PROBE_FIRST && text_ends_class(r->text, size))) {
		bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);
		return CLASS_SKIP;
	}
	if (result == TEXT_LONG) {
		status = REC_TEXT_TRUNCATED;
		if (last && (t->stop_nul || (t->wide && t->limit == LEN_UNBOUNDED)))
			flags = text_measure_class(r->text, t) ? REC_CALL_LEN_AT_LEAST : 0;
		else if (t->limit == LEN_UNBOUNDED)
			flags = REC_CALL_LEN_AT_LEAST;
	} else if (result == TEXT_FAULT) {
		status = REC_TEXT_FAILED;
	}
	r->text_len = t->len;
	r->cap_len = t->cap;
	if (call_finish(r, c, spec, m, status, flags))
		return CLASS_AGAIN;
	if (last && status == REC_TEXT_TRUNCATED && !(t->wide && t->limit == LEN_UNBOUNDED && !t->page))
		call_more(c, t, sleepable);
	return CLASS_DONE;
}

static __always_inline int call_plain(const struct call *c, const struct probe_spec *spec, struct thread *m, __u8 status)
{
	struct rec_call *r = bpf_ringbuf_reserve(&calls, sizeof(*r), 0);

	if (!r) {
		call_lost(c->pid);
		return CLASS_DONE;
	}
	r->text_len = 0;
	r->cap_len = 0;
	return call_finish(r, c, spec, m, status, 0);
}

#endif
