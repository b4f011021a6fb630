// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sql/mask.h"
#include "sql/reader.h"

/* ---- one statement ---- */

static int column_order(const void *a, const void *b)
{
	struct slice x = ((const struct sql_column *)a)->name, y = ((const struct sql_column *)b)->name;

	if (x.len && y.len && x.ptr[0] != y.ptr[0]) /* most often */
		return (unsigned char)x.ptr[0] - (unsigned char)y.ptr[0];
	return slice_cmp(x, y);
}

enum { FEW = 16 };

static void sort_few(struct sql_column *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sql_column c = v[i];
		size_t k = i;

		for (; k && column_order(&v[k - 1], &c) > 0; k--)
			v[k] = v[k - 1];
		v[k] = c;
	}
}

static void finish_columns(struct sql_relation *r)
{
	if (r->ncolumns > 1 && r->ncolumns <= FEW)
		sort_few(r->columns, r->ncolumns);
	else if (r->ncolumns > 1)
		qsort(r->columns, r->ncolumns, sizeof(*r->columns), column_order);
	if (!r->ncolumns &&
	    (r->via == SQL_VIA_LEXICAL || r->access & (SQL_DELETE | SQL_TRUNCATE | SQL_DROP | SQL_CREATE | SQL_ALTER | SQL_LOCK)))
		r->all_columns = true;
}

static void finish_predicates(struct reader *p, struct sql_statement *st)
{
	size_t n = st->npredicates;
	struct sql_predicate *v;

	if (!n)
		return;
	v = arena_raw(p->arena, n * sizeof(*v));
	st->npredicates = 0;
	if (!v) {
		st->predicates_cut = true;
		return;
	}
	st->predicates = v;
	st->npredicates = n;
	for (struct predicate *q = p->predicates; q && n; q = q->all) {
		uint32_t owner = q->owner ? ((const struct relation *)(const void *)q->owner)->index : RELATION_DROPPED;

		if (owner != RELATION_DROPPED)
			q->out.relation = (int)owner;
		v[--n] = q->out;
	}
}

static void finish_statement(struct reader *p, struct sql_statement *st, struct slice text)
{
	/* Fail closed: not understood means that every name in it may be a relation. */
	if (p->certainty != SQL_PARSED)
		read_lexical(p, text, SQL_VIA_LEXICAL, 0);
	st->certainty = p->certainty;
	st->partial_at = p->certainty == SQL_PARSED ? 0 : p->partial_at;
	st->relations = arena_raw(p->arena, (p->nrelations + 1) * sizeof(*st->relations));
	if (!st->relations)
		return;
	for (size_t i = 0; i < p->nrelations; i++) {
		struct sql_relation *r = p->relations[i];
		struct relation *entry = (struct relation *)(void *)r;

		entry->index = RELATION_DROPPED;
		if (entry->paths && entry->paths == entry->named)
			continue;
		if (!r->access)
			r->access = SQL_READ;
		entry->index = (uint32_t)st->nrelations;
		finish_columns(r);
		st->relations[st->nrelations++] = *r;
	}
	finish_predicates(p, st);
}

static bool more(struct reader *p)
{
	while (accept(p, ';'))
		;
	variables_pass(p, p->i);
	tokens_trim(p);
	return !at_end(p);
}

static void begin_statement(struct reader *p, struct sql_statement *st)
{
	p->st = st;
	p->certainty = SQL_PARSED;
	p->partial_at = 0;
	p->relations = NULL;
	p->slots = NULL;
	p->nrelations = p->relations_cap = p->nslots = 0;
	p->predicates = NULL;
	p->computed = 0;
	p->parameters = 0;
	p->nctes = 0;
	p->cte_slots = NULL;
	p->ncte_slots = p->nvisible = 0;
	p->scope = NULL;
	p->depth = 0;
}

/* A statement, and in Snowflake those that it flows into. */
static void read_one(struct reader *p)
{
	bool command = tok(p)->type == TOKEN_COMMAND;
	size_t start = tok(p)->off;
	struct scope s;

	p->flows = false;
	for (;;) {
		scope_push(p, &s);
		read_statement(p);
		scope_pop(p);
		if (!at_flow(p))
			break;
		advance(p);
		p->flows = true;
	}
	if (!at_statement_end(p) && !command) {
		if (!(p->bits & DL_BATCH) || !starts_statement(p))
			partial(p);
		if (!starts_statement(p) || tok(p)->off == start)
			skip_rest(p);
	}
}

/* SQLite takes the end of the text for the end of the comment. */
static bool unclosed_comment(const struct reader *p)
{
	return p->lx.open_comment && p->dialect != SQL_SQLITE;
}

/* rest: all that follow are read as one. */
static void analyze_one(struct reader *p, struct sql_statement *st, bool rest)
{
	size_t start = tok(p)->off;

	begin_statement(p, st);
	read_one(p);
	while (rest && more(p)) {
		read_one(p);
		partial(p);
	}
	if (at_end(p) && (unclosed_comment(p) || p->lx.executable || p->tokens.open))
		partial(p);
	if (!st->operation.len)
		st->operation = SLICE("UNKNOWN");
	finish_statement(p, st, slice_mem(p->text.ptr + start, tok(p)->off - start));
}

/* ---- the whole text ---- */

static int too_large(const struct sql_result **ret)
{
	static const struct sql_result empty = { .certainty = SQL_PARTIAL };

	*ret = &empty;
	return -ENOMEM;
}

static struct sql_statement *add_statement(struct reader *p, struct sql_result *r)
{
	size_t n = r->nstatements, cap = 1;

	while (cap < n)
		cap *= 8;
	if (n == cap || !n) { /* full: room for 1, 8, 64 ... */
		struct sql_statement *v = arena_raw(p->arena, (n ? n * 8 : 1) * sizeof(*v));

		if (!v)
			return NULL;
		if (n)
			memcpy(v, r->statements, n * sizeof(*v));
		r->statements = v;
	}
	r->nstatements++;
	r->statements[n] = (struct sql_statement){ .certainty = SQL_PARSED };
	return &r->statements[n];
}

static void worsen(struct sql_result *r, enum sql_certainty c)
{
	if (c > r->certainty)
		r->certainty = c;
}

/* What no buffer of tokens holds, or beyond the last statement that is kept: one more, read lexically only. */
static int read_rest(struct reader *p, struct sql_result *r, size_t from)
{
	struct sql_statement *st;

	worsen(r, SQL_PARTIAL);
	if (r->nstatements < SQL_STATEMENTS_MAX && from < p->text.len) {
		st = add_statement(p, r);
		if (!st)
			return -ENOMEM;
		begin_statement(p, st);
		p->certainty = SQL_PARTIAL;
		p->partial_at = from;
		st->operation = SLICE("UNKNOWN");
		finish_statement(p, st, slice_skip(p->text, from));
	}
	for (struct token t = { .type = TOKEN_PUNCT }; p->mask && t.type != TOKEN_END;) {
		lex_next(&p->lx, &t);
		mask_token(p->mask, &t);
	}
	return 0;
}

static int read_all(struct reader *p, struct sql_result *r)
{
	tokens_fill(p, 0);
	while (more(p)) {
		struct sql_statement *st;

		st = add_statement(p, r);
		if (!st)
			return -ENOMEM;
		analyze_one(p, st, r->nstatements == SQL_STATEMENTS_MAX);
		worsen(r, st->certainty);
	}
	if (p->tokens.cut) {
		size_t from = tok(p)->off;

		return read_rest(p, r, from);
	}
	return p->arena->full ? -ENOMEM : 0;
}

static void reader_init(struct reader *p, const struct sql_options *o, struct slice text, struct arena *arena)
{
	memset(p, 0, sizeof(*p));
	p->options = o;
	p->dialect = o->dialect;
	p->arena = arena;
	p->text = text;
	p->may_spend = SPEND_FREE + SPEND_PER_BYTE * text.len;
	lex_init(&p->lx, o, text);
	p->bits = p->lx.bits;
}

enum reading { OTHER_BACKSLASH, OTHER_COMMENT, OTHER_BYTES };

/*
 * The same text once more, with backslashes the other way, or with comments that depend on the server's version as comments: what is
 * found counts too, and the whole is partial, when it reads otherwise.
 */
static int read_otherwise(const struct sql_options *o, struct slice text, struct arena *arena, struct sql_result *r, enum reading how)
{
	struct sql_result other = { .certainty = SQL_PARSED };
	struct reader p;
	int err;

	reader_init(&p, o, text, arena);
	switch (how) {
	case OTHER_BACKSLASH:
		p.lx.bits ^= DL_BACKSLASH;
		break;
	case OTHER_COMMENT:
		p.lx.as_comment = true;
		break;
	case OTHER_BYTES:
		p.lx.multibyte = true;
		break;
	}
	p.bits = p.lx.bits;
	err = read_all(&p, &other);
	if (err)
		return err;
	for (size_t i = 0; i < other.nstatements && r->nstatements < SQL_STATEMENTS_MAX; i++) {
		struct sql_statement *st = add_statement(&p, r);

		if (!st)
			return -ENOMEM;
		*st = other.statements[i];
		if (st->certainty == SQL_PARSED)
			st->certainty = SQL_PARTIAL;
	}
	r->steps += p.spent;
	worsen(r, SQL_PARTIAL);
	return 0;
}

static bool has_backslash_quote(struct slice text)
{
	const char *at = text.ptr;

	while (text.len && (at = memchr(at, '\\', (size_t)(text.ptr + text.len - at)))) {
		if (++at == text.ptr + text.len)
			return false;
		if (*at == '\'' || *at == '"')
			return true;
	}
	return false;
}

int sql_analyze(const struct sql_options *options, struct slice text, struct arena *arena, const struct sql_result **ret)
{
	struct sql_result *r = arena_alloc(arena, sizeof(*r));
	struct reader p;
	struct mask m;

	if (!text.ptr)
		text = SLICE("");
	if (!r || text.len > UINT32_MAX / 2 || mask_init(&m, arena, text))
		return too_large(ret);
	reader_init(&p, options, text, arena);
	p.mask = &m;
	if (read_all(&p, r))
		return too_large(ret);
	if (p.lx.version_dependent && read_otherwise(options, text, arena, r, OTHER_COMMENT))
		return too_large(ret);
	if (options->strings_unknown && has_backslash_quote(text) && read_otherwise(options, text, arena, r, OTHER_BACKSLASH))
		return too_large(ret);
	if (p.lx.multibyte_met && read_otherwise(options, text, arena, r, OTHER_BYTES))
		return too_large(ret);
	if (options->truncated && r->certainty < SQL_TRUNCATED)
		r->certainty = SQL_TRUNCATED;
	r->steps += p.spent;
	r->masked = slice_mem(m.out, m.len);
	r->fingerprint = m.hash;
	r->lossy = m.lossy || p.lx.bad_bytes;
	*ret = r;
	return 0;
}

/* ---- names ---- */

const struct sql_use_name sql_uses[SQL_USES] = {
	{ SQL_USE_OUTPUT, "output" }, { SQL_USE_FILTER, "filter" }, { SQL_USE_WRITE, "write" }, { SQL_USE_AMBIGUOUS, "ambiguous" }
};

const char *sql_via_name(enum sql_via v)
{
	static const char *const names[] = { "name", "dynamic", "literal", "lexical" };

	return (size_t)v < ARRAY_SIZE(names) ? names[v] : "lexical";
}

const char *sql_behind_name(enum sql_behind b)
{
	static const char *const names[] = { NULL, "view", "partition", "session", "memory" };

	return (size_t)b < ARRAY_SIZE(names) ? names[b] : NULL;
}

const char *sql_certainty_name(enum sql_certainty c)
{
	static const char *const names[] = { "parsed", "partial", "dynamic", "truncated", "unreadable" };

	return (size_t)c < ARRAY_SIZE(names) ? names[c] : "unreadable";
}

const char *sql_access_name(uint32_t access)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ SQL_DROP, "drop" },     { SQL_TRUNCATE, "truncate" }, { SQL_COPY_OUT, "copy out" }, { SQL_COPY_IN, "copy in" },
		{ SQL_DELETE, "delete" }, { SQL_UPDATE, "update" },     { SQL_INSERT, "insert" },     { SQL_CREATE, "create" },
		{ SQL_ALTER, "alter" },   { SQL_LOCK, "lock" },         { SQL_GRANT, "grant" },       { SQL_READ, "read" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (access & names[i].bit)
			return names[i].name;
	return "read";
}
