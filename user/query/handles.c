// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Prepared handles: their creation, limits and end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/params.h"

void handle_put_back(struct handle *h)
{
	if (!h || --h->refs)
		return;
	free(h->name);
	free(h->text);
	free(h->types);
	free(h->long_data);
	values_free(h);
	free(h);
}

static uint64_t handle_hash(const struct qproc *proc, enum handle_kind kind, uint64_t key, struct slice name)
{
	uint64_t h = hash_u64(proc->start_ns ^ ((uint64_t)proc->pid << 32), key ^ ((uint64_t)kind << 62));

	return name.len ? h ^ slice_hash(name) : h;
}

struct handle *handle_find(struct query *q, struct qproc *proc, enum handle_kind kind, uint64_t key, struct slice name)
{
	uint64_t hash = handle_hash(proc, kind, key, name);

	for (struct hnode *n = hmap_first(&q->handles, hash); n; n = hmap_next(n)) {
		struct handle *h = CONTAINER_OF(n, struct handle, node);

		if (h->proc == proc && h->kind == kind && h->key == key && slice_eq(slice_mem(h->name, h->name_len), name)) {
			list_move_tail(&q->handles_lru, &h->lru);
			return h;
		}
	}
	return NULL;
}

static struct handle *handle_new(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key, struct slice name)
{
	struct handle *h;

	if (q->handles.count >= QUERY_HANDLES_MAX) {
		handle_free(q, LIST_ENTRY(q->handles_lru.next, struct handle, lru));
		q->stats.evictions++;
	}
	h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->proc = c->proc;
	h->refs = 1;
	h->kind = kind;
	h->key = key;
	h->name = name.len ? malloc(name.len) : NULL;
	if (h->name)
		memcpy(h->name, name.ptr, name.len);
	h->name_len = h->name ? name.len : 0;
	if ((name.len && !h->name) || hmap_add(&q->handles, &h->node, handle_hash(c->proc, kind, key, name))) {
		free(h->name);
		free(h);
		return NULL;
	}
	list_add_tail(&c->proc->handles, &h->in_proc);
	list_add_tail(&q->handles_lru, &h->lru);
	return h;
}

void handle_account(struct query *q, struct handle *h, size_t before)
{
	q->handle_bytes += h->text_len;
	q->handle_bytes -= before;
	while (q->handle_bytes > QUERY_TEXT_BYTES_MAX && q->handles_lru.next != &q->handles_lru) {
		struct handle *old = LIST_ENTRY(q->handles_lru.next, struct handle, lru);

		if (old == h)
			break;
		handle_free(q, old);
		q->stats.evictions++;
	}
}

struct handle *handle_put(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key, struct slice name)
{
	struct handle *h = handle_find(q, c->proc, kind, key, name);
	const struct rec_call *r = c->rec;
	size_t before;
	char *text;

	if (!h)
		h = handle_new(q, c, kind, key, name);
	if (!h || r->text_status == REC_TEXT_NONE)
		return h;
	text = malloc(c->text.len + 1);
	if (!text)
		return NULL;
	if (c->text.len)
		memcpy(text, c->text.ptr, c->text.len);
	free(h->text);
	h->text = text;
	before = h->text_len;
	h->text_len = c->text.len;
	h->call_ns = r->hdr.ts_ns;
	h->call_tid = r->task.tid;
	h->raw_len = r->cap_len;
	handle_account(q, h, before);
	h->true_len = c->text_len;
	h->truncated = r->text_status == REC_TEXT_TRUNCATED;
	h->unreadable = r->text_status == REC_TEXT_FAILED || r->text_status == REC_TEXT_NULL;
	return h;
}

struct handle *handle_put_bare(struct query *q, const struct call *c, enum handle_kind kind, uint64_t key)
{
	struct handle *h = handle_find(q, c->proc, kind, key, SLICE_NONE);

	return h ? h : handle_new(q, c, kind, key, SLICE_NONE);
}

int handle_append_text(struct query *q, struct handle *h, struct slice text)
{
	size_t before = h->text_len;
	struct slice fits = slice_head(text, h->text_len < REC_TEXT_MAX ? REC_TEXT_MAX - h->text_len : 0);
	char *v = realloc(h->text, h->text_len + fits.len + 1);

	if (!v)
		return -ENOMEM;
	h->text = v;
	if (fits.len)
		memcpy(v + h->text_len, fits.ptr, fits.len);
	h->text_len += fits.len;
	h->true_len += text.len;
	h->truncated |= fits.len < text.len;
	handle_account(q, h, before);
	return 0;
}

int handle_append(struct query *q, struct handle *h, const struct call *c)
{
	int r = handle_append_text(q, h, c->text);

	h->true_len += c->text_len - c->text.len;
	h->truncated |= c->rec->text_status == REC_TEXT_TRUNCATED;
	h->unreadable |= c->rec->text_status == REC_TEXT_FAILED || c->rec->text_status == REC_TEXT_NULL;
	return r;
}

struct handle *handle_take_out(struct query *q, struct handle *h)
{
	h->refs++;
	handle_free(q, h);
	return h;
}

void handle_put_in(struct query *q, struct qproc *proc, struct handle *h)
{
	struct slice name = slice_mem(h->name, h->name_len);
	struct handle *now = handle_find(q, proc, h->kind, h->key, name);

	if (now)
		handle_free(q, now);
	if (hmap_add(&q->handles, &h->node, handle_hash(proc, h->kind, h->key, name))) {
		q->stats.evictions++;
		return;
	}
	h->proc = proc;
	h->refs++;
	list_add_tail(&proc->handles, &h->in_proc);
	list_add_tail(&q->handles_lru, &h->lru);
	handle_account(q, h, 0);
}

void handle_free(struct query *q, struct handle *h)
{
	q->handle_bytes -= h->text_len;
	h->proc = NULL;
	hmap_del(&q->handles, &h->node);
	list_del(&h->in_proc);
	list_del(&h->lru);
	handle_put_back(h);
}
