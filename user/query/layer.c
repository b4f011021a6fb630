// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "query/layer.h"

#include <string.h>

#include "base/cleanup.h"
#include "query/params.h"

enum { RETURNED_WAIT_NS = 2000000000, NORMAL_MAX = 16384 };

uint64_t layer_frame(const struct rec_call *r)
{
	uint64_t v = 0;

	for (unsigned i = sizeof(r->frame); i-- > 0;)
		v = v << 8 | r->frame[i];
	return v;
}

static struct pending *next_layer(const struct qproc *proc, const struct pending *prev)
{
	const struct list *e = prev ? prev->in_proc.next : proc->layers.next;

	return e == &proc->layers ? NULL : LIST_ENTRY(e, struct pending, in_proc);
}

/* Back in the caller. A statement that is not claimed by now was sent by this layer itself: its result may still be looked at. */
static void returned(struct query *q, struct pending *p, uint64_t ts_ns)
{
	p->returned = true;
	if (p->claimed || p->silent) {
		pending_drop(q, p);
		return;
	}
	if (!p->x.end_ns)
		p->x.end_ns = ts_ns;
	p->wait_ns = ts_ns - p->x.start_ns + RETURNED_WAIT_NS;
}

/* A function that ends in a jump to another one of the library, which then returns in its place. */
static bool jumped(const struct pending *p, const struct call *c)
{
	bool same = p->any_text ? !c->text.len || memmem(p->x.text.ptr, p->x.text.len, c->text.ptr, c->text.len)
				: c->text.len && slice_eq(p->x.text, c->text);

	return same && p->site != c->site && p->site->library == c->site->library && p->site->op == c->site->op && p->handle == c->handle &&
	       p->ret_addr == c->rec->ret_addr && c->site->encoding == REC_UTF8;
}

/* How many layers of the thread are under way, as the probe saw it; a large number when it could not tell. */
static size_t live_layers(const struct rec_call *r)
{
	unsigned n = r->hdr.flags >> REC_CALL_OUTER_SHIFT & REC_CALL_OUTER_MASK;

	return n == 0 || n > REC_LAYERS_MAX ? SIZE_MAX : n - 1;
}

bool layer_counted(const struct rec_call *r)
{
	return live_layers(r) != SIZE_MAX;
}

void layer_enter(struct query *q, const struct call *c)
{
	uint64_t frame = layer_frame(c->rec);
	size_t live = live_layers(c->rec);
	struct pending *next;

	for (struct pending *p = next_layer(c->proc, NULL); p && frame; p = next) {
		next = next_layer(c->proc, p);
		if (p->returned || p->x.task.tid != c->rec->task.tid)
			continue;
		if (frame >= p->frame || !live) {
			p->claimed |= frame == p->frame && jumped(p, c);
			returned(q, p, c->rec->hdr.ts_ns);
		} else if (live != SIZE_MAX) {
			live--;
		}
	}
}

void layer_put(struct query *q, struct pending *p, bool silent)
{
	if (p->proc->nlayers >= LAYERS_MAX) {
		pending_emit(q, next_layer(p->proc, NULL));
		q->stats.evictions++;
	}
	list_del(&p->in_proc);
	list_add_tail(&p->proc->layers, &p->in_proc);
	p->proc->npending--;
	p->proc->nlayers++;
	p->layer = true;
	p->silent = silent;
}

static bool encloses(const struct pending *outer, const struct pending *p)
{
	return outer != p && outer->x.task.tid == p->x.task.tid && !outer->returned && p->frame && outer->frame > p->frame;
}

/* Whether it was called by o's library. Where that one's extent is not known (it is part of a program), the stack has to do. */
static bool by_library_of(const struct pending *o, uint64_t ret_addr)
{
	const struct library *lib = o->site->library;

	return !lib || !lib->code_hi || !ret_addr || (ret_addr - o->base > lib->code_lo && ret_addr - o->base <= lib->code_hi);
}

/* Whether what called p is o's library, or that of a layer between them. A program that calls on its own is not inside of anything. */
static bool made_inside(const struct pending *o, const struct pending *p)
{
	for (const struct pending *m = next_layer(p->proc, NULL); m; m = next_layer(p->proc, m))
		if (encloses(m, p) && (m == o || encloses(o, m)) && by_library_of(m, p->ret_addr))
			return true;
	return false;
}

void layer_claim(struct pending *p)
{
	for (struct pending *o = next_layer(p->proc, NULL); o; o = next_layer(p->proc, o)) {
		bool same = o->site->library == p->site->library;

		if (o->claimed || o->silent || !encloses(o, p) || (same && !by_library_of(o, p->ret_addr)))
			continue;
		o->claimed = (!o->x.text_unknown && !p->x.text_unknown && layer_related(o->x.text, p->x.text)) ||
			     ((o->x.text_unknown || o->any_text || (p->counted && same)) && made_inside(o, p));
	}
}

void layer_name(struct pending *p)
{
	struct slice names[QUERY_VIA_MAX];
	size_t n = 0, own = p->x.nvia;
	const struct pending *first = NULL;

	for (struct pending *o = next_layer(p->proc, NULL); o; o = next_layer(p->proc, o)) {
		if (!encloses(o, p))
			continue;
		if (!first)
			first = o;
		else if (n < QUERY_VIA_MAX - 1)
			names[n++] = o->qualified;
	}
	if (!first)
		return;
	names[n++] = p->qualified;
	for (size_t i = 0; i < own && n < QUERY_VIA_MAX; i++)
		names[n++] = p->via[i];
	memcpy(p->via, names, n * sizeof(names[0]));
	p->x.nvia = n;
	p->x.symbol = first->own;
	p->x.library = first->x.library;
}

void layer_inherit(struct pending *p)
{
	for (struct pending *o = next_layer(p->proc, NULL); o; o = next_layer(p->proc, o)) {
		if (!encloses(o, p))
			continue;
		if (o->result && o->claimed)
			p->result = o->result;
		if (o->params && o->claimed && !p->params)
			params_hand_down(o, p);
		if (!o->conn)
			continue;
		if (!p->conn) {
			p->conn = o->conn;
			p->conn->refs++;
			p->x.conn = &p->conn->x;
		}
		if (!p->above && o->conn->x.source.len) {
			p->above = o->conn;
			p->above->refs++;
			p->x.source = p->above->x.source;
		}
	}
}

bool layer_nested(const struct call *c)
{
	uint64_t frame = layer_frame(c->rec);

	for (struct pending *o = next_layer(c->proc, NULL); o && frame; o = next_layer(c->proc, o))
		if (o->x.task.tid == c->rec->task.tid && !o->returned && o->frame > frame && o->site->library == c->site->library &&
		    by_library_of(o, c->rec->ret_addr))
			return true;
	return false;
}

struct pending *layer_of(const struct qproc *proc, uint64_t handle)
{
	struct pending *last = NULL;

	for (struct pending *p = next_layer(proc, NULL); p; p = next_layer(proc, p))
		if ((p->handle == handle || (handle && p->result == handle)) && !p->silent && !p->claimed)
			last = p;
	return last;
}

/* ---- the same statement? ---- */

struct normal {
	size_t n;
	char text[NORMAL_MAX];
};

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Layers may use different code pages: what is not ASCII counts for nothing. */
static void put(struct normal *o, char c)
{
	if (o->n < NORMAL_MAX && (unsigned char)c < 0x80)
		o->text[o->n++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Behind the quoted run that begins at i; a quote that is never closed reaches to the end. */
static size_t quoted(struct slice s, size_t i, struct normal *o)
{
	char q = s.ptr[i];

	put(o, s.ptr[i++]);
	while (i < s.len) {
		put(o, s.ptr[i]);
		if (s.ptr[i++] == q)
			break;
	}
	return i;
}

/* The matching brace, or the end. */
static size_t braces(struct slice s, size_t i)
{
	size_t depth = 0;

	for (; i < s.len; i++) {
		depth += s.ptr[i] == '{';
		if (s.ptr[i] == '}' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

/* Without white space and case; with marks, what the layer below may write otherwise (?, {escape}) becomes one NUL. */
static void normalize(struct slice s, bool marks, struct normal *o)
{
	o->n = 0;
	for (size_t i = 0; i < s.len && o->n < NORMAL_MAX;) {
		char c = s.ptr[i];

		if (c == '\'' || c == '"') {
			i = quoted(s, i, o);
		} else if (marks && (c == '?' || c == '{')) {
			put(o, 0);
			i = c == '?' ? i + 1 : braces(s, i);
		} else {
			if (!blank(c) && c)
				put(o, c);
			i++;
		}
	}
	while (marks && o->n && o->text[o->n - 1] == ';')
		o->n--;
}

bool layer_related(struct slice outer, struct slice inner)
{
	static _Thread_local struct normal a, b;
	const char *at = b.text, *end;

	normalize(outer, true, &a);
	normalize(inner, false, &b);
	end = b.text + b.n;
	/* Of a text that is cut here, the head has to do; what may stand before it in the other one needs room. */
	if (a.n > NORMAL_MAX - 1024)
		a.n = NORMAL_MAX - 1024;
	for (size_t i = 0; i < a.n;) {
		const char *mark = memchr(a.text + i, 0, a.n - i);
		size_t len = (mark ? (size_t)(mark - a.text) : a.n) - i;

		if (len) {
			const char *hit = memmem(at, (size_t)(end - at), a.text + i, len);

			if (!hit)
				return false;
			at = hit + len;
		}
		i += len + 1;
	}
	return true;
}
