// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a statement holds besides relations: literals, predicates, calls, files, settings. All bounded. */
#include <string.h>

#include "sql/naming.h"
#include "sql/reader.h"

/* Room for one more element of an array that doubles; NULL: at the limit. */
static void *more(struct reader *p, void *array, size_t n, size_t size, size_t max, bool *ret_cut)
{
	void *v;

	if (n >= max) {
		*ret_cut = true;
		return NULL;
	}
	if (n && (n & (n - 1) || n < 4))
		return array;
	v = arena_raw(p->arena, (n < 4 ? 4 : n * 2) * size);
	if (!v) {
		*ret_cut = true;
		return NULL;
	}
	if (n)
		memcpy(v, array, n * size);
	return v;
}

struct slice literal_value(struct reader *p, const struct token *t)
{
	if (t->type == TOKEN_STRING)
		return lex_name(p->text, t, '\\', p->arena);
	return lex_raw(p->text, t);
}

static bool is_value(const struct token *t)
{
	return t->type == TOKEN_STRING || t->type == TOKEN_NUMBER;
}

/* Is v[i] a comparison that begins with this sign: > or >=, < or <=? */
static bool compares(const struct reader *p, size_t i, char sign)
{
	struct slice raw = lex_raw(p->text, &p->tokens.v[i]);

	return raw.len && raw.ptr[0] == sign && (raw.len == 1 || (raw.len == 2 && raw.ptr[1] == '='));
}

/* c >= a AND c < b, of one column: the tokens before b, which is v[at]. */
static bool ends_comparisons(const struct reader *p, size_t at)
{
	enum { NAME_TOKENS = 5 }; /* catalog.schema.column */
	size_t i = at;

	if (i < 6 || !compares(p, --i, '<'))
		return false;
	for (size_t n = 0; n < NAME_TOKENS && i > 3 && p->tokens.v[i - 1].id != KW_AND; n++)
		if (!is_name(&p->tokens.v[--i]) && p->tokens.v[i].id != '.')
			return false;
	return i > 3 && p->tokens.v[i - 1].id == KW_AND && is_value(&p->tokens.v[i - 2]) && compares(p, i - 3, '>') &&
	       slice_ieq(lex_raw(p->text, &p->tokens.v[i - 4]), lex_raw(p->text, &p->tokens.v[at - 2]));
}

/* generate_series(a, b), int8range(a, b): v[at] is b. */
static bool ends_series(const struct reader *p, size_t at)
{
	static const char *const makes[] = { "generate_series", "range",     "sequence", "generate_array",
					     "int4range",       "int8range", "numrange", NULL };

	return at >= 4 && p->tokens.v[at - 1].id == ',' && is_value(&p->tokens.v[at - 2]) && p->tokens.v[at - 3].id == '(' &&
	       slice_ieq_any(lex_raw(p->text, &p->tokens.v[at - 4]), makes);
}

/* BETWEEN a AND b, each perhaps in a cast or in one call, or the same by comparisons: the tokens before b. */
static bool ends_between(const struct reader *p, size_t at, bool *symmetric)
{
	enum { REACH = 12 };
	size_t values = 0, between = p->tokens.between;
	bool halfway = false;

	for (size_t i = between && between + REACH > p->i ? at : 0; i-- > 0 && at - i <= REACH;) {
		const struct token *u = &p->tokens.v[i];

		if (is_value(u))
			values++;
		else if (u->id == KW_AND && (halfway || values))
			break;
		else if (u->id == KW_AND)
			halfway = true;
		else if (u->id == KW_BETWEEN) {
			*symmetric = slice_ieq(lex_raw(p->text, u + 1), SLICE("symmetric"));
			return halfway && values == 1;
		}
		if (values > halfway)
			break;
	}
	return ends_comparisons(p, at);
}

static struct sql_literal *new_literal(struct reader *p, struct slice value, bool string)
{
	struct sql_statement *st = p->st;
	struct sql_literal *v = more(p, st->literals, st->nliterals, sizeof(*v), SQL_LITERALS_MAX, &st->literals_cut);

	if (!v)
		return NULL;
	st->literals = v;
	v += st->nliterals++;
	*v = (struct sql_literal){ .value = value, .string = string };
	return v;
}

/* x'1f', b'101': with the sign that numbers have; b'text' of BigQuery is as it is. */
static struct slice bytes_value(struct reader *p, const struct token *t)
{
	struct slice raw = lex_raw(p->text, t), body = literal_value(p, t);
	char sign = raw.len ? raw.ptr[0] | 0x20 : 0;
	bool digits = body.len && (sign == 'x' || sign == 'b');
	char *out;

	for (size_t i = 0; digits && i < body.len; i++)
		digits = sign == 'x' ? hex_digit(body.ptr[i]) >= 0 : body.ptr[i] == '0' || body.ptr[i] == '1';
	out = digits ? arena_raw(p->arena, body.len + 2) : NULL;
	if (!out)
		return body;
	out[0] = '0';
	out[1] = sign;
	memcpy(out + 2, body.ptr, body.len);
	return slice_mem(out, body.len + 2);
}

struct sql_literal *add_literal(struct reader *p, const struct token *t)
{
	struct sql_literal *v = new_literal(p, t->flags & TF_BYTES ? bytes_value(p, t) : literal_value(p, t), t->type == TOKEN_STRING);
	size_t at = p->i - p->tokens.base;

	if (!v || p->i < p->tokens.base || at >= p->tokens.n || t != &p->tokens.v[at])
		return v;
	v->between = ends_between(p, at, &v->symmetric);
	if (!v->between && ends_series(p, at)) /* which may go down */
		v->between = v->symmetric = true;
	return v;
}

void add_text(struct reader *p, struct slice text)
{
	new_literal(p, text, true);
}

struct predicate *add_predicate(struct reader *p, struct slice column, const struct token *value, unsigned nth)
{
	struct sql_statement *st = p->st;
	struct predicate *q;

	if (st->npredicates >= SQL_PREDICATES_MAX) {
		st->predicates_cut = true;
		return NULL;
	}
	q = arena_raw(p->arena, sizeof(*q));
	if (!q) {
		st->predicates_cut = true;
		return NULL;
	}
	*q = (struct predicate){ .out = { .relation = -1, .column = column } };
	if (value->type == TOKEN_PARAM) {
		struct slice raw = lex_raw(p->text, value);
		uint64_t n;

		q->out.parameter = p->parameters + 1 + nth;
		if (raw.len > 1 && !slice_u64(slice_skip(raw, 1), &n) && n && n < 65536)
			q->out.parameter = (unsigned)n;
	} else {
		q->out.value = literal_value(p, value);
		q->out.string = value->type == TOKEN_STRING;
	}
	q->all = p->predicates;
	p->predicates = q;
	st->npredicates++;
	return q;
}

static bool same(struct slice a, struct slice b)
{
	return a.len == b.len && !a.ptr == !b.ptr && (!a.len || (*a.ptr == *b.ptr && slice_eq(a, b)));
}

static struct sql_call call_of(const struct name *n, bool procedure)
{
	return (struct sql_call){ .name = last_part(n),
				  .schema = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE,
				  .catalog = n->n > 2 ? n->part[n->n - 3] : SLICE_NONE,
				  .procedure = procedure };
}

void set_routine(struct reader *p, const struct name *n)
{
	if (!p->inner && n->n && !p->st->routine.name.ptr)
		p->st->routine = call_of(n, false);
}

void add_dropped(struct reader *p, const struct name *n)
{
	struct sql_statement *st = p->st;
	struct sql_call *v = more(p, st->dropped, st->ndropped, sizeof(*v), SQL_CALLS_MAX, &st->calls_cut);

	if (!v)
		return;
	st->dropped = v;
	v[st->ndropped++] = call_of(n, false);
}

void add_call(struct reader *p, const struct name *n, bool procedure)
{
	struct sql_statement *st = p->st;
	struct sql_call c = call_of(n, procedure);
	struct sql_call *v;

	if (p->dialect == SQL_ORACLE)
		variables_called(p);
	else if (p->bits & DL_MYSQL && p->vars.n)
		function_used(p, n);
	for (size_t i = 0; i < st->ncalls; i++)
		if (same(st->calls[i].name, c.name) && same(st->calls[i].schema, c.schema) && same(st->calls[i].catalog, c.catalog)) {
			st->calls[i].procedure |= procedure;
			return;
		}
	v = more(p, st->calls, st->ncalls, sizeof(*v), SQL_CALLS_MAX, &st->calls_cut);
	if (!v)
		return;
	st->calls = v;
	v[st->ncalls++] = c;
}

/* ---- files ---- */

void add_file(struct reader *p, struct slice path, enum sql_file_kind kind, bool write, bool client)
{
	struct sql_statement *st = p->st;
	struct sql_file *v;

	for (size_t i = 0; i < st->nfiles; i++)
		if (same(st->files[i].path, path) && st->files[i].kind == kind && st->files[i].write == write)
			return;
	v = more(p, st->files, st->nfiles, sizeof(*v), SQL_FILES_MAX, &st->files_cut);
	if (!v)
		return;
	st->files = v;
	v[st->nfiles++] = (struct sql_file){ .path = path, .kind = kind, .write = write, .client = client };
}

void add_file_token(struct reader *p, const struct token *t, bool write, bool client)
{
	struct slice s = literal_value(p, t);
	enum sql_file_kind kind = SQL_FILE;
	const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;

	if (t->type == TOKEN_STAGE || (s.len && s.ptr[0] == '@'))
		kind = SQL_STAGE, naming_stage(p, s);
	else if (colon && s.len - (size_t)(colon - s.ptr) > 2 && colon[1] == '/' && colon[2] == '/')
		kind = slice_starts(s, SLICE("file:")) ? SQL_FILE : SQL_URL;
	add_file(p, s, kind, write, client);
}

/* ---- settings ---- */

void add_setting(struct reader *p, struct sql_setting s)
{
	struct sql_statement *st = p->st;
	struct sql_setting *v = more(p, st->settings, st->nsettings, sizeof(*v), SQL_SETTINGS_MAX, &st->settings_cut);

	if (!v)
		return;
	st->settings = v;
	v[st->nsettings++] = s;
}
