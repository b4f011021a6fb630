// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "event/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "event/line.h"

enum { ENTRIES = 64, PIECE_MAX = EVENT_LINE_MAX };

struct piece {
	struct buf text;
	bool written;
	bool lossy;
};

struct entry {
	struct rec_task task;
	uint64_t generation;
	uint64_t wall_offset_ns;
	bool used;
	bool args_cut;
	struct story story;
	struct piece who, attribution;
};

struct event_memo {
	struct entry entries[ENTRIES];
};

int memo_new(struct event_memo **ret)
{
	struct event_memo *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	for (size_t i = 0; i < ENTRIES; i++) {
		buf_init(&m->entries[i].who.text, PIECE_MAX);
		buf_init(&m->entries[i].attribution.text, PIECE_MAX);
	}
	*ret = m;
	return 0;
}

void memo_free(struct event_memo *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < ENTRIES; i++) {
		buf_done(&m->entries[i].who.text);
		buf_done(&m->entries[i].attribution.text);
	}
	free(m);
}

void memo_clear(struct event_memo *m)
{
	for (size_t i = 0; i < ENTRIES; i++)
		m->entries[i].used = false;
}

/* The entry of this task, made anew where it does not hold. NULL: no memo, or identity is not asked for. */
static struct entry *entry_of(const struct event_context *ctx, const struct rec_task *t)
{
	uint64_t generation = identity_generation(ctx->identity);
	struct entry *e;

	if (!ctx->memo)
		return NULL;
	e = &ctx->memo->entries[hash_u64(t->start_ns, (uint64_t)t->pid << 32 | t->tid) % ENTRIES];
	if (e->used && e->generation == generation && e->wall_offset_ns == ctx->wall_offset_ns && !memcmp(&e->task, t, sizeof(*t)))
		return e;
	e->task = *t;
	e->generation = generation;
	e->wall_offset_ns = ctx->wall_offset_ns;
	e->used = true;
	e->who.written = e->attribution.written = false;
	story_of(ctx->identity, t, &e->story);
	return e;
}

static bool recall(struct json *j, const struct piece *p)
{
	if (!p->written)
		return false;
	buf_add(j->out, buf_slice(&p->text));
	j->lossy |= p->lossy;
	return true;
}

/* What was written to j since from, unless something failed. */
static void keep(struct json *j, struct piece *p, size_t from, bool lossy_before)
{
	struct slice all = buf_slice(j->out);

	buf_clear(&p->text);
	if (!j->out->err)
		buf_add(&p->text, slice_mem(all.ptr + from, all.len - from));
	p->lossy = j->lossy;
	p->written = !j->out->err && !p->text.err;
	j->lossy |= lossy_before;
}

const struct story *memo_story(const struct event_context *ctx, const struct rec_task *t, struct story *ret)
{
	struct entry *e = entry_of(ctx, t);

	if (e)
		return &e->story;
	story_of(ctx->identity, t, ret);
	return ret;
}

bool memo_who(struct json *j, const struct event_context *ctx, const struct rec_task *t)
{
	struct entry *e = entry_of(ctx, t);
	size_t from = j->out->len;
	bool lossy = j->lossy;

	if (!e)
		return line_who(j, ctx, t, false);
	if (recall(j, &e->who))
		return e->args_cut;
	j->lossy = false;
	e->args_cut = line_who(j, ctx, t, false);
	keep(j, &e->who, from, lossy);
	return e->args_cut;
}

/* Which of a process's own changes of account are told depends on the time of the call. */
static bool depends_on_time(const struct process *p, const struct rec_task *t)
{
	return p && (p->nchanges || p->first_uid != t->euid);
}

void memo_attribution(struct json *j, const struct event_context *ctx, const struct rec_task *t, uint64_t ts_ns, bool args_cut)
{
	struct entry *e = entry_of(ctx, t);
	size_t from = j->out->len;
	bool lossy = j->lossy;

	if (!e || depends_on_time(e->story.process, t)) {
		line_attribution(j, ctx, t, ts_ns, false, args_cut);
		return;
	}
	if (recall(j, &e->attribution))
		return;
	j->lossy = false;
	line_attribution(j, ctx, t, ts_ns, false, args_cut);
	keep(j, &e->attribution, from, lossy);
}
