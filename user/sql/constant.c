// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Text put together of constants: strings, ||, CONCAT, format(), variables. */
#include <string.h>

#include "sql/reader.h"

/* ---- constants ---- */

enum { BRIEF_MAX = 1024, PIECES_MAX = 256, CONSTANT_DEPTH = 8 /* of nesting: they are 4 KB on the stack */ };

struct pieces {
	struct slice v[PIECES_MAX];
	size_t n;
	bool text, whole; /* whole: known, and certain */
};

static void piece(struct pieces *c, struct slice s)
{
	if (c->n < PIECES_MAX)
		c->v[c->n++] = s;
	else
		c->whole = false;
}

static void hole(struct pieces *c)
{
	piece(c, SLICE("\001"));
	c->whole = false;
}

static void read_pieces(struct reader *p, struct pieces *c, bool list);

/* CHR(117), CHAR(117, 115) */
static void characters(struct reader *p, struct pieces *c)
{
	advance(p);
	while (!at_stop(p)) {
		uint64_t v;
		char *out = arena_alloc(p->arena, 2);

		if (tok(p)->type == TOKEN_NUMBER && !slice_u64(tok_raw(p), &v) && v && v < 128 && out) {
			out[0] = (char)v;
			piece(c, slice_mem(out, 1));
			c->text = true;
		} else {
			hole(c);
		}
		advance(p);
		if (at(p, KW_USING))
			p->i += 2;
		if (!accept(p, ','))
			break;
	}
	if (!accept(p, ')'))
		hole(c);
}

/* One %I, %s or %L of the format, the letter at the front; *next: the argument that is due. */
static void conversion(struct pieces *c, const struct pieces *args, char letter, size_t *next)
{
	struct slice a = *next < args->n ? args->v[*next] : SLICE("\001");

	if (letter == '%') {
		piece(c, SLICE("%"));
		return;
	}
	(*next)++;
	if (letter == 'L') {
		piece(c, SLICE("NULL"));
		return;
	}
	if (slice_eq(a, SLICE("\001"))) {
		c->whole = false;
		piece(c, a);
	} else if (letter == 'I') {
		piece(c, SLICE("\""));
		piece(c, a);
		piece(c, SLICE("\""));
	} else {
		piece(c, a);
	}
}

static void put_together(struct pieces *c, const struct pieces *args, struct slice f)
{
	size_t next = 0;

	while (f.len) {
		const char *pc = memchr(f.ptr, '%', f.len);
		size_t n = pc ? (size_t)(pc - f.ptr) : f.len;

		piece(c, slice_mem(f.ptr, n));
		f = slice_skip(f, n);
		if (!f.len)
			return;
		f = slice_skip(f, 1);
		while (f.len > 1 && ((*f.ptr >= '0' && *f.ptr <= '9') || *f.ptr == '$' || *f.ptr == '-')) {
			if (*f.ptr >= '1' && *f.ptr <= '9' && f.ptr[1] == '$')
				next = (size_t)(*f.ptr - '1');
			f = slice_skip(f, 1);
		}
		conversion(c, args, f.len ? *f.ptr : 0, &next);
		f = slice_skip(f, 1);
	}
}

/* At '(': what is in it says nothing about the text. */
static void pass_group(struct reader *p)
{
	size_t end = p->ahead ? partner(p, p->i) : 0;

	if (end > p->i)
		p->i = end + 1;
	else
		read_group(p);
}

void pass_argument(struct reader *p)
{
	if (!p->ahead) {
		read_expr(p, EX_COMMA);
		return;
	}
	while (!at_stop(p) && !at(p, ','))
		at(p, '(') ? pass_group(p) : advance(p);
}

/* format('... %I ... %L', a, b): the arguments are put in as they are. */
static void formatted(struct reader *p, struct pieces *c)
{
	struct slice f = SLICE_NONE;
	struct pieces args;

	args.n = 0;
	args.whole = true;

	advance(p);
	if (tok(p)->type == TOKEN_STRING) {
		f = literal_value(p, tok(p));
		advance(p);
	}
	while (accept(p, ',')) {
		struct slice one;
		bool whole = false;

		if (!read_constant(p, &one, &whole) || !whole) {
			one = SLICE("\001");
			pass_argument(p);
		}
		piece(&args, one);
	}
	if (!accept(p, ')') || !f.ptr) {
		hole(c);
		return;
	}
	c->text = true;
	put_together(c, &args, f);
}

/* At '(' */
static void other_call(struct reader *p, struct pieces *c, struct slice function)
{
	bool whole = false;
	struct slice text;

	if (!read_computed(p, function, &text, &whole)) {
		hole(c);
		pass_group(p);
		return;
	}
	piece(c, text);
	c->text = true;
	c->whole &= whole;
}

/* Of the token i, which the reader is behind. */
static void variable_piece(struct reader *p, struct pieces *c, struct slice name, size_t i)
{
	bool certain = false;
	struct slice text = at(p, '.') || at(p, '[') ? SLICE_NONE : get_variable(p, name, i, &certain);

	if (!text.ptr) {
		hole(c);
		return;
	}
	piece(c, text);
	c->text = true;
	c->whole &= certain;
}

/* At '(' of a function whose value is its first argument, or holds it. */
static void first_argument(struct reader *p, struct pieces *c, bool convert)
{
	advance(p);
	if (is_name(tok(p)) && convert) { /* CONVERT(type, value) */
		while (!at_stop(p) && !at(p, ','))
			at(p, '(') ? skip_group(p) : advance(p);
		accept(p, ',');
	}
	read_pieces(p, c, false);
	if (at(p, KW_FROM)) /* TRIM('x' FROM v) */
		hole(c);
	while (!at_stop(p))
		at(p, '(') ? skip_group(p) : advance(p);
	accept(p, ')');
}

static void name_piece(struct reader *p, struct pieces *c)
{
	struct name n;

	if (!read_name(p, &n)) {
		advance(p);
		hole(c);
		return;
	}
	if (!at(p, '(')) {
		if (n.n == 1)
			variable_piece(p, c, n.part[0], p->i - 1);
		else
			hole(c);
		return;
	}
	switch (keyword_of(last_part(&n))) {
	case KW_CONCAT:
		advance(p);
		read_pieces(p, c, true);
		if (!accept(p, ')'))
			hole(c);
		return;
	case KW_FORMAT:
	case KW_PRINTF:
		formatted(p, c);
		return;
	case KW_CHR:
	case KW_CHAR:
	case KW_NCHAR:
		characters(p, c);
		return;
	case KW_QUOTE_IDENT:
	case KW_QUOTENAME:
	case KW_TO_CHAR:
	case KW_TRIM:
	case KW_LOWER:
	case KW_CAST:
	case KW_CONVERT:
		first_argument(p, c, keyword_of(last_part(&n)) == KW_CONVERT);
		return;
	default:
		other_call(p, c, last_part(&n));
	}
}

/* MySQL: 0x6d61 is a string where one is wanted. */
static struct slice number_text(struct reader *p, struct slice raw)
{
	char *out =
		p->bits & DL_MYSQL && raw.len > 3 && raw.len % 2 == 0 && (raw.ptr[1] | 0x20) == 'x' ? arena_raw(p->arena, raw.len) : NULL;
	size_t n = 0;

	for (size_t i = 2; out && i < raw.len; i += 2) {
		int high = hex_digit(raw.ptr[i]), low = hex_digit(raw.ptr[i + 1]), c = high * 16 + low;

		if (high < 0 || low < 0 || c < 0x20)
			return raw;
		out[n++] = (char)c;
	}
	return out ? slice_mem(out, n) : raw;
}

static void one_after_another(struct reader *p, struct pieces *c, bool list)
{
	for (;;) {
		const struct token *t = tok(p);

		if (t->type == TOKEN_STRING) {
			piece(c, literal_value(p, t));
			c->text = true;
			advance(p);
		} else if (t->type == TOKEN_NUMBER) {
			piece(c, number_text(p, tok_raw(p)));
			advance(p);
		} else if (t->type == TOKEN_PARAM) {
			struct slice name = tok_raw(p);

			advance(p);
			variable_piece(p, c, name, p->i - 1);
		} else if (t->id == '(') {
			if (starts_query(peek(p, 1))) {
				pass_group(p);
				hole(c);
			} else {
				advance(p);
				read_pieces(p, c, false);
				if (!accept(p, ')')) {
					hole(c);
					return;
				}
			}
		} else if (is_name(t) && !(keyword_flags(t->id) & (KF_STOP | KF_OP)) && (peek_is(p, 1, '(') || !starts_statement(p))) {
			name_piece(p, c);
		} else {
			hole(c);
			return;
		}
		while (at(p, OP_CAST)) {
			struct name n;

			advance(p);
			read_name(p, &n);
			if (at(p, '('))
				skip_group(p);
		}
		if (at(p, OP_CONCAT) || at(p, '+') || at(p, '&') || (list && at(p, ',')))
			advance(p);
		else if (tok(p)->type != TOKEN_STRING)
			return;
	}
}

static void read_pieces(struct reader *p, struct pieces *c, bool list)
{
	if (too_deep(p)) {
		hole(c);
		return;
	}
	one_after_another(p, c, list);
	leave(p);
}

bool read_constant(struct reader *p, struct slice *ret, bool *ret_whole)
{
	size_t len = 0, o = 0;
	struct pieces c;
	char *out;

	if (p->depth + CONSTANT_DEPTH >= SQL_DEPTH_MAX)
		return false;
	c.n = 0;
	c.text = false;
	c.whole = true;
	p->depth += CONSTANT_DEPTH;
	read_pieces(p, &c, false);
	p->depth -= CONSTANT_DEPTH;
	if (!c.text)
		return false;
	*ret_whole = c.whole;
	if (c.n == 1) {
		*ret = c.v[0];
		return true;
	}
	for (size_t i = 0; i < c.n; i++)
		len += c.v[i].len;
	if (p->brief && len > BRIEF_MAX)
		return false;
	spend(p, len); /* format() and variables can double a text again and again */
	out = p->exhausted ? NULL : arena_raw(p->arena, len + 1);
	if (!out)
		return false;
	for (size_t i = 0; i < c.n; i++) {
		memcpy(out + o, c.v[i].ptr, c.v[i].len);
		o += c.v[i].len;
	}
	*ret = slice_mem(out, len);
	return true;
}

bool look_at_constant(struct reader *p, struct slice *ret, bool *ret_whole)
{
	bool ahead = p->ahead, found;

	p->ahead = true;
	found = read_constant(p, ret, ret_whole);
	p->ahead = ahead;
	return found;
}
