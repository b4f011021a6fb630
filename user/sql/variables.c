// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Texts in variables. One is certain as long as nothing else can have been put into its variable: each token is looked through once for
 * their names, and a name that stands anywhere but where its text is put into another one, or is run, may be written to there.
 */
#include <string.h>

#include "sql/reader.h"

/* What tells variables apart: @x from x, not @x from @`x`, or x from :x. */
struct key {
	struct slice name;
	bool at, unclear; /* escapes: it may be any of them */
};

static struct key key_of(struct slice raw)
{
	struct key k = { .name = raw };
	char c;

	if (!raw.len || !strchr("@:$", raw.ptr[0]))
		return k;
	k.at = raw.ptr[0] == '@';
	k.name = slice_skip(raw, 1);
	c = k.name.len > 1 ? k.name.ptr[0] : 0;
	if (c && strchr("`'\"", c)) {
		k.name = slice_mem(k.name.ptr + 1, k.name.len - 2);
		k.unclear = k.name.len && (memchr(k.name.ptr, '\\', k.name.len) || memchr(k.name.ptr, c, k.name.len));
	}
	return k;
}

static bool same_key(const struct key *k, const struct variable *v)
{
	return k->at == v->at && k->name.len == v->key.len && slice_ieq(k->name, v->key);
}

/* Something else may be in it from here on. */
static void touch(struct reader *p, struct variable *v)
{
	v->uncertain = true;
	if (v < p->vars.v + p->vars.outer)
		v->shared = true;
	if (v->exposed) /* the loop comes back to where it was read */
		dynamic(p);
}

static void touch_all(struct reader *p)
{
	for (unsigned i = 0; i < p->vars.n; i++)
		touch(p, &p->vars.v[i]);
}

static void occurs(struct reader *p, const struct token *t)
{
	struct key k;

	if (t->type != TOKEN_PARAM && t->type != TOKEN_WORD && t->type != TOKEN_QUOTED)
		return;
	if (t->flags & TF_READ)
		return;
	if (t->type == TOKEN_QUOTED)
		k = (struct key){ .name = lex_name(p->text, t, '\\', p->arena), .unclear = t->flags & TF_UNICODE };
	else
		k = t->type == TOKEN_PARAM ? key_of(lex_raw(p->text, t)) : (struct key){ .name = lex_raw(p->text, t) };
	for (unsigned i = 0; i < p->vars.n; i++)
		if (k.unclear || same_key(&k, &p->vars.v[i]))
			touch(p, &p->vars.v[i]);
}

void variables_occur(struct reader *p, size_t end)
{
	struct variables *vs = &p->vars;
	const struct tokens *ts = &p->tokens;

	if (p->exhausted)
		return;
	if (end > ts->base + ts->n)
		end = ts->base + ts->n;
	if (end <= vs->seen)
		return;
	if (vs->n && vs->seen < ts->base) /* forgotten before they were looked through */
		touch_all(p);
	for (size_t i = vs->seen < ts->base ? ts->base : vs->seen; vs->n && i < end; i++)
		occurs(p, &ts->v[i - ts->base]);
	vs->seen = end;
}

void variables_lost(struct reader *p)
{
	variables_pass(p, p->i);
	touch_all(p);
}

void mark_read(struct reader *p, size_t i)
{
	size_t at = i - p->tokens.base;

	if (!p->exhausted && at < p->tokens.n && p->tokens.v[at].id != ';')
		p->tokens.v[at].flags |= TF_READ;
}

/* Exactly this one: names are as they compare, parameters are without regard to case. */
static struct variable *find_variable(struct reader *p, struct slice name)
{
	struct key k = key_of(name);

	for (unsigned i = 0; i < p->vars.n; i++) {
		struct variable *v = &p->vars.v[i];

		if (k.at ? same_key(&k, v) : slice_eq(v->name, name))
			return v;
	}
	return NULL;
}

static struct variable *new_variable(struct reader *p, struct slice name)
{
	struct variables *vs = &p->vars;
	struct variable *v;

	if (vs->n >= VARIABLES_MAX)
		return NULL;
	if (vs->n == vs->cap) {
		v = arena_array(p->arena, vs->cap ? vs->cap * 2 : 4, sizeof(*v));
		if (!v)
			return NULL;
		if (vs->n)
			memcpy(v, vs->v, vs->n * sizeof(*v));
		vs->v = v;
		vs->cap = vs->cap ? vs->cap * 2 : 4;
	}
	v = &vs->v[vs->n++];
	*v = (struct variable){ .name = name, .key = key_of(name).name, .at = key_of(name).at };
	return v;
}

void set_variable(struct reader *p, struct slice name, struct slice text, bool whole)
{
	struct key k = key_of(name);
	struct variable *v;

	variables_pass(p, p->i);
	for (unsigned i = 0; i < p->vars.n; i++)
		if (k.unclear || same_key(&k, &p->vars.v[i]))
			touch(p, &p->vars.v[i]);
	v = find_variable(p, name);
	if (!v && (text.ptr || !(p->bits & DL_BATCH))) /* elsewhere it may belong to the routine around */
		v = new_variable(p, name);
	if (!v)
		return;
	spend(p, whole ? 0 : text.len);
	v->text = !whole && text.len && memchr(text.ptr, 1, text.len) ? SLICE_NONE : text;
	v->uncertain = !whole || k.unclear || p->vars.seen > p->i;
	v->given = ++p->vars.clock;
	v->exposed = 0;
}

void declare_variable(struct reader *p, struct slice name)
{
	struct variable *v;

	set_variable(p, name, SLICE_NONE, false);
	v = find_variable(p, name);
	if (v)
		v->declared = true;
}

void variables_called(struct reader *p)
{
	for (unsigned i = 0; i < p->vars.n; i++)
		if (!p->vars.v[i].declared)
			touch(p, &p->vars.v[i]);
}

bool is_variable(struct reader *p, struct slice name)
{
	const struct variable *v = find_variable(p, name);

	return v && v->text.ptr;
}

/* Behind a variable that is read: what cannot make it be written to. */
static bool only_read(struct reader *p)
{
	return at_stop(p) || ONE_OF(p, ',', '+', '&', OP_CONCAT, KW_INTO, KW_USING, KW_LOOP, KW_BULK) || starts_statement(p);
}

struct slice get_variable(struct reader *p, struct slice name, size_t i, bool *ret_certain)
{
	size_t back = p->i;
	struct variable *v;

	variables_pass(p, i);
	v = find_variable(p, name);
	*ret_certain = false;
	if (!v || !v->text.ptr)
		return SLICE_NONE;
	for (const struct block *b = p->vars.block; b && b->begin > v->given; b = b->up) {
		spend(p, 1);
		if (b->loop)
			v->exposed = b->begin;
	}
	if (p->exhausted)
		return SLICE_NONE;
	p->i = i + 1;
	if (!p->vars.written && only_read(p))
		mark_read(p, i);
	p->i = back;
	*ret_certain = !v->uncertain && !v->shared && !p->vars.unknown;
	return v->text;
}

/* ---- where the text runs another way ---- */

void block_begin(struct reader *p, struct block *b, bool loop)
{
	*b = (struct block){ .up = p->vars.block, .begin = ++p->vars.clock, .loop = loop };
	p->vars.block = b;
}

void block_end(struct reader *p, const struct block *b)
{
	variables_pass(p, p->i);
	p->vars.block = b->up;
	for (unsigned i = 0; i < p->vars.n; i++) {
		struct variable *v = &p->vars.v[i];

		v->uncertain |= v->given > b->begin;
		if (b->loop && v->exposed >= b->begin)
			v->exposed = 0;
	}
}

unsigned routine_begin(struct reader *p)
{
	unsigned outer = p->vars.outer;

	variables_pass(p, p->i);
	p->vars.outer = p->vars.n;
	return outer;
}

void routine_end(struct reader *p, unsigned outer)
{
	struct variables *vs = &p->vars;
	unsigned n = vs->outer;

	variables_pass(p, p->i);
	for (unsigned i = n; i < vs->n; i++) {
		if (!(p->bits & DL_MYSQL) || !vs->v[i].at)
			continue;
		vs->v[n] = vs->v[i]; /* of the session */
		vs->v[n++].shared = true;
	}
	vs->n = n;
	vs->outer = outer;
}

void variables_label(struct reader *p)
{
	p->vars.labels = true;
	if (p->vars.jumps)
		variables_lost(p);
}

void variables_jump(struct reader *p)
{
	p->vars.jumps = true;
	if (!p->vars.labels || !p->vars.n) /* to one that comes yet */
		return;
	p->vars.unknown = true;
	dynamic(p);
}

/* T-SQL: no other statement that is not known has begun in between: GET CONVERSATION, RECEIVE @s = a FROM q. */
static bool no_statement(struct reader *p, size_t i)
{
	while (i < p->i) {
		const struct token *t = tok_at(p, i);
		size_t end = partner(p, i);

		if (t->type == TOKEN_WORD && !(keyword_flags(t->id) & (KF_OP | KF_VALUE)) && tok_at(p, i + 1)->id != '(' &&
		    tok_at(p, i + 1)->id != '.')
			return false;
		i = end > i ? end + 1 : i + 1;
	}
	return true;
}

void read_condition(struct reader *p)
{
	size_t start = p->i;

	variables_pass(p, start);
	read_expr(p, 0);
	if (!p->vars.n || p->exhausted || !(p->bits & (DL_BATCH | DL_PG)))
		return;
	spend(p, p->i - start);
	if (p->i > p->vars.seen && start >= p->tokens.base && (p->bits & DL_PG || no_statement(p, start)))
		p->vars.seen = p->i;
}
