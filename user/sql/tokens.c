// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The tokens in front of the reader, and a few behind it. */
#include <string.h>

#include "sql/lex_fast.h"
#include "sql/mask.h"
#include "sql/reader.h"

enum {
	TOKENS_MAX = 4 << 20,
	TOKENS_WINDOW = 32768, /* of a statement with more than these the first ones are forgotten: half a MiB, which a cache holds */
	TOKENS_BEHIND = 8192,  /* the reader, kept: as far as it goes back */
	OPEN_MAX = 4096,       /* parentheses that find their partners */
	TRIM_BEHIND = 8,       /* kept at the beginning of a statement */
	TRIM_MIN = 32,
};

static bool grow(struct reader *p)
{
	struct tokens *ts = &p->tokens;
	size_t cap = ts->cap ? ts->cap * 2 : 64;
	struct token *v;

	/* A third of the arena at most: beyond it, the lexical pass reads the rest. */
	if (cap > TOKENS_MAX || cap * sizeof(*v) > p->arena->max / 3)
		return false;
	v = arena_raw(p->arena, cap * sizeof(*v));
	if (!v)
		return false;
	if (ts->n)
		memcpy(v, ts->v, ts->n * sizeof(*v));
	ts->v = v;
	ts->cap = cap;
	ts->other = NULL;
	return true;
}

/* Forget what is far behind. False: that is too little to be worth it. */
static bool slide(struct reader *p)
{
	struct tokens *ts = &p->tokens;
	size_t from = ts->hold && ts->hold < p->i ? ts->hold : p->i, gone;
	struct token *v = ts->other;

	if (from > ts->base + ts->n)
		from = ts->base + ts->n;
	if (ts->cap < TOKENS_WINDOW || from < ts->base + TOKENS_BEHIND + ts->cap / 4)
		return false;
	if (!v)
		v = arena_raw(p->arena, ts->cap * sizeof(*v));
	if (!v)
		return false;
	gone = from - TOKENS_BEHIND - ts->base;
	variables_pass(p, ts->base + gone);
	memcpy(v, ts->v + gone, (ts->n - gone) * sizeof(*v));
	ts->other = ts->v;
	ts->v = v;
	ts->base += gone;
	ts->n -= gone;
	return true;
}

static void end_tokens(struct reader *p)
{
	static struct token none[1];
	struct tokens *ts = &p->tokens;

	ts->ended = true;
	if (!ts->cap) {
		ts->v = none;
		ts->n = 1;
		return;
	}
	/* The last one stands for the end; a full buffer gives up its last token. */
	if (ts->n == ts->cap)
		ts->n--;
	ts->v[ts->n++] = (struct token){ .type = TOKEN_END, .off = (uint32_t)(p->lx.at - p->text.ptr) };
}

/* Within a statement: what is open is kept for the next time. */
static void pause(struct reader *p, const uint32_t *open, size_t n)
{
	struct tokens *ts = &p->tokens;

	ts->nparens = n;
	if (!n)
		return;
	if (!ts->parens)
		ts->parens = arena_raw(p->arena, OPEN_MAX * sizeof(*open));
	if (ts->parens)
		memcpy(ts->parens, open, (n < OPEN_MAX ? n : OPEN_MAX) * sizeof(*open));
	else
		ts->nparens = 0;
}

static void parenthesis(struct tokens *ts, const struct token *t, uint32_t *open, size_t *nopen)
{
	size_t index = ts->base + (size_t)(t - ts->v);

	if (t->id == '(') {
		if (*nopen < OPEN_MAX)
			open[*nopen] = (uint32_t)index;
		++*nopen;
	} else if (*nopen) {
		--*nopen;
		if (*nopen < OPEN_MAX && open[*nopen] >= ts->base)
			ts->v[open[*nopen] - ts->base].match = (uint32_t)index;
	}
}

/* As many as there is room for. True: no more are wanted, or there are none. */
static bool read_tokens(struct reader *p, size_t upto, uint32_t *open, size_t *nopen)
{
	struct tokens *ts = &p->tokens;
	struct token *t = ts->v + ts->n, *last = ts->v + ts->cap - 1;
	struct mask *mask = p->mask;
	bool done = false;

	while (t < last) {
		struct token *this = t++;

		lex_fast(&p->lx, this);
		if (mask)
			mask_token(mask, this);
		if (this->flags & TF_OPEN)
			ts->open = true;
		if (this->id > ')') {
			if (this->id == KW_BETWEEN)
				ts->between = ts->base + (size_t)(t - ts->v);
			done = this->id == ';' && (!*nopen || this->flags & TF_BATCH) && ts->base + (size_t)(t - ts->v) > upto;
			if (done)
				break;
		} else if (this->id >= '(') {
			parenthesis(ts, this, open, nopen);
		} else if (this->type == TOKEN_END) {
			done = ts->ended = true;
			break;
		}
	}
	ts->n = (size_t)(t - ts->v);
	return done;
}

/* Tokens up to a ';' outside parentheses, or a window full of them, with the partners of the parentheses; at least up to the index. */
void tokens_fill(struct reader *p, size_t upto)
{
	struct tokens *ts = &p->tokens;
	uint32_t open[OPEN_MAX];
	size_t nopen = ts->nparens;

	if (nopen)
		memcpy(open, ts->parens, (nopen < OPEN_MAX ? nopen : OPEN_MAX) * sizeof(*open));
	ts->nparens = 0;
	while (!ts->ended) {
		if (ts->n + 1 >= ts->cap) {
			if (ts->cap >= TOKENS_WINDOW && ts->base + ts->n > upto) {
				pause(p, open, nopen);
				return;
			}
			if (!slide(p) && !grow(p)) {
				ts->cut = true;
				end_tokens(p);
				return;
			}
		}
		if (read_tokens(p, upto, open, &nopen))
			return;
	}
}

const struct token *tokens_beyond(struct reader *p, size_t i)
{
	struct tokens *ts = &p->tokens;

	if (i < ts->base) {
		reader_exhaust(p);
		return &ts->v[0];
	}
	if (!ts->ended)
		tokens_fill(p, i);
	return &ts->v[i - ts->base < ts->n ? i - ts->base : ts->n - 1];
}

size_t partner(struct reader *p, size_t i)
{
	const struct token *t = tok_at(p, i);

	if (t->id != '(')
		return 0;
	while (!t->match && p->tokens.nparens && !p->tokens.ended) {
		tokens_fill(p, p->tokens.base + p->tokens.n);
		t = tok_at(p, i);
	}
	return t->id == '(' ? t->match : 0;
}

void reader_exhaust(struct reader *p)
{
	static struct token none[1];
	struct token *end = arena_alloc(p->arena, sizeof(*end));

	if (p->certainty < SQL_PARTIAL) {
		p->certainty = SQL_PARTIAL;
		if (!p->inner)
			p->partial_at = (size_t)(p->lx.at - p->text.ptr);
	}
	p->exhausted = true;
	if (!end)
		end = none; /* the arena is full, and the result none */
	else
		*end = (struct token){ .type = TOKEN_END, .off = (uint32_t)p->text.len };
	p->tokens = (struct tokens){ .v = end, .n = 1, .ended = true, .cut = true, .open = p->tokens.open };
	p->i = SIZE_MAX / 2; /* the end, wherever one looks */
}

void tokens_trim(struct reader *p)
{
	struct tokens *ts = &p->tokens;
	size_t gone;

	if (p->i < ts->base + TRIM_BEHIND + TRIM_MIN || p->i > ts->base + ts->n)
		return;
	gone = p->i - TRIM_BEHIND - ts->base;
	if (ts->n - gone > gone) /* a batch without semicolons: all of it is read already */
		return;
	memmove(ts->v, ts->v + gone, (ts->n - gone) * sizeof(*ts->v));
	ts->base += gone;
	ts->n -= gone;
}
