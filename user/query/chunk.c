// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The rest of long statements: REC_CHUNK records follow the call, whose record holds the beginning. What follows on is appended to the
 * execution, or to what was prepared, until it is whole; after a gap (a lost piece, or text beyond capture.max_statement) what comes
 * is the end of the text: it is kept behind a line break, and the text stays truncated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"
#include "query/utf16.h"

/* The bytes of a piece as UTF-8; a character that lies across two pieces of UTF-16 becomes U+FFFD. */
static struct slice piece(struct query *q, const struct decoded *d)
{
	if (!(d->hdr->flags & (REC_CHUNK_UTF16 | REC_CHUNK_UTF32)))
		return d->str[0];
	buf_clear(&q->wide);
	if (d->hdr->flags & REC_CHUNK_UTF32)
		utf32_to_utf8(d->str[0], &q->wide);
	else
		utf16_to_utf8(d->str[0], &q->wide);
	return buf_slice(&q->wide);
}

/* Adds to the text of an execution. False: no room, it stays as it is. */
static bool grow(struct query *q, struct pending *p, struct slice text)
{
	if (q->long_bytes + text.len > QUERY_TEXT_BYTES_MAX) {
		q->stats.evictions++;
		return false;
	}
	p->text.max = 2 * REC_STATEMENT_MAX;
	buf_add(&p->text, text);
	if (p->text.err)
		return false;
	p->long_bytes += text.len;
	q->long_bytes += text.len;
	p->x.text = buf_slice(&p->text);
	return true;
}

static void add_to_execution(struct query *q, struct pending *p, const struct decoded *d)
{
	const struct rec_chunk *k = d->chunk;
	struct slice text = piece(q, d);

	if (!p->x.truncated || p->x.unreadable || k->off < p->raw_len)
		return;
	if (k->off > p->raw_len) {
		if (grow(q, p, SLICE("\n")))
			grow(q, p, text);
		p->raw_len = UINT64_MAX; /* nothing follows on the end */
		return;
	}
	if (!grow(q, p, text)) {
		p->raw_len = UINT64_MAX;
		return;
	}
	p->raw_len += k->len;
	if (p->raw_len == k->total && !p->x.text_len_at_least)
		p->x.truncated = false;
	if (!p->x.truncated && d->hdr->flags & REC_CHUNK_NUL) /* no longer counted in units of its encoding */
		p->x.text_len = p->text.len;
}

static int add_to_handle(struct query *q, struct handle *h, const struct decoded *d)
{
	const struct rec_chunk *k = d->chunk;
	struct slice text = piece(q, d);
	size_t before = h->text_len;
	bool gap = k->off > h->raw_len;
	char *v;

	if (!h->truncated || h->unreadable || k->off < h->raw_len)
		return 0;
	v = realloc(h->text, h->text_len + gap + text.len + 1);
	if (!v)
		return -ENOMEM;
	h->text = v;
	if (gap)
		v[h->text_len++] = '\n';
	if (text.len)
		memcpy(v + h->text_len, text.ptr, text.len);
	h->text_len += text.len;
	h->raw_len = gap ? UINT64_MAX : h->raw_len + k->len;
	if (h->raw_len == k->total)
		h->truncated = false;
	if (!h->truncated && d->hdr->flags & REC_CHUNK_NUL)
		h->true_len = h->text_len;
	handle_account(q, h, before);
	return 0;
}

/* What was prepared by the call of this record; it is among the newest. */
static struct handle *handle_of_call(const struct qproc *proc, const struct rec_chunk *k)
{
	unsigned looked = 0;

	for (const struct list *e = proc->handles.prev; e != &proc->handles && looked < 64; e = e->prev, looked++) {
		struct handle *h = LIST_ENTRY(e, struct handle, in_proc);

		if (h->call_ns == k->hdr.ts_ns && h->call_tid == k->tid)
			return h;
	}
	return NULL;
}

int query_chunk(struct query *q, const struct decoded *d)
{
	const struct rec_chunk *k = d->chunk;
	struct rec_task who = { .pid = k->pid, .tid = k->tid, .start_ns = k->start_ns };
	struct qproc *proc = query_proc(q, &who, k->hdr.ts_ns);
	struct pending *p = proc ? pending_of_call(proc, k->hdr.ts_ns, k->tid) : NULL;
	struct handle *h;

	if (!proc)
		return -ENOMEM;
	if (p)
		add_to_execution(q, p, d);
	h = p && p->names ? p->names : handle_of_call(proc, k);
	/* Run from a handle: its text came with another call. */
	return h && h->proc && h->call_ns == k->hdr.ts_ns ? add_to_handle(q, h, d) : 0;
}
