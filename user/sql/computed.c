// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What functions make of constants: reverse('x'), from_base64('..'), replace('a', 'b', 'c'). */
#include <string.h>

#include "base/cleanup.h"
#include "sql/reader.h"

enum { ARGUMENTS_MAX = 16, OUT_MAX = 65536 /* bytes that come of one call */ };

/* Constant text; SLICE_NONE for one that is not. */
struct arguments {
	struct slice v[ARGUMENTS_MAX];
	size_t n;
};

/* Puts what becomes of them into out, which has room for room_of() them. Its length, or -1: it is not known. */
typedef long (*compute_fn)(const struct arguments *a, char *out);

static long reverse(const struct arguments *a, char *out)
{
	size_t n = a->v[0].len;

	for (size_t i = 0; i < n;) { /* whole characters of UTF-8 */
		size_t len = 1;

		while (i + len < n && ((unsigned char)a->v[0].ptr[i + len] & 0xc0) == 0x80)
			len++;
		memcpy(out + n - i - len, a->v[0].ptr + i, len);
		i += len;
	}
	return (long)n;
}

static long same(const struct arguments *a, char *out)
{
	memcpy(out, a->v[0].ptr, a->v[0].len);
	return (long)a->v[0].len;
}

static long upper_case(const struct arguments *a, char *out)
{
	for (size_t i = 0; i < a->v[0].len; i++) {
		char c = a->v[0].ptr[i];

		out[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	return (long)a->v[0].len;
}

int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static long unhex(const struct arguments *a, char *out)
{
	struct slice v = a->v[0];

	if (v.len % 2)
		return -1;
	for (size_t i = 0; i < v.len; i += 2) {
		int high = hex_digit(v.ptr[i]), low = hex_digit(v.ptr[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (char)(high * 16 + low);
	}
	return (long)(v.len / 2);
}

/* RFC 4648, section 4; line breaks in it are stepped over. */
static long base64(const struct arguments *a, char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, n = 0;
	long len = 0;

	for (size_t i = 0; i < a->v[0].len && a->v[0].ptr[i] != '='; i++) {
		char c = a->v[0].ptr[i];
		const char *at = c ? strchr(letters, c) : NULL;

		if (c == '\n' || c == '\r' || c == ' ')
			continue;
		if (!at)
			return -1;
		bits = bits << 6 | (unsigned)(at - letters);
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[len++] = (char)(bits >> n);
			bits &= (1u << n) - 1;
		}
	}
	return len;
}

/* PostgreSQL: decode('..', 'base64') */
static long decode(const struct arguments *a, char *out)
{
	if (a->n == 2 && slice_ieq(a->v[1], SLICE("base64")))
		return base64(a, out);
	if (a->n == 2 && slice_ieq(a->v[1], SLICE("hex")))
		return unhex(a, out);
	return a->n == 2 && slice_ieq(a->v[1], SLICE("escape")) && !memchr(a->v[0].ptr, '\\', a->v[0].len) ? same(a, out) : -1;
}

static long concat_ws(const struct arguments *a, char *out)
{
	size_t len = 0;

	if (a->n > ARGUMENTS_MAX)
		return -1;
	for (size_t i = 1; i < a->n; i++) {
		if (!a->v[i].ptr)
			return -1;
		if (i > 1) {
			memcpy(out + len, a->v[0].ptr, a->v[0].len);
			len += a->v[0].len;
		}
		memcpy(out + len, a->v[i].ptr, a->v[i].len);
		len += a->v[i].len;
	}
	return (long)len;
}

static long replace(const struct arguments *a, char *out)
{
	struct slice rest = a->v[0], what = a->v[1];
	size_t len = 0;

	if (a->n != 3 || !a->v[2].ptr || !what.len)
		return -1;
	while (rest.len) {
		bool hit = slice_starts(rest, what);

		memcpy(out + len, hit ? a->v[2].ptr : rest.ptr, hit ? a->v[2].len : 1);
		len += hit ? a->v[2].len : 1;
		rest = slice_skip(rest, hit ? what.len : 1);
	}
	return (long)len;
}

/* 0: too much. */
static size_t room_of(compute_fn compute, const struct arguments *a)
{
	size_t n = a->v[0].len + 1;

	for (size_t i = 1; compute == concat_ws && i < a->n && i < ARGUMENTS_MAX; i++)
		n += a->v[0].len + a->v[i].len;
	if (compute == replace && a->n == 3)
		n *= a->v[2].len + 1;
	return n <= OUT_MAX ? n : 0;
}

static const struct {
	struct slice name;
	compute_fn compute;
	size_t arguments; /* that have to be known */
} functions[] = {
	{ SLICE_INIT("reverse"), reverse, 1 },     { SLICE_INIT("upper"), upper_case, 1 },
	{ SLICE_INIT("ucase"), upper_case, 1 },    { SLICE_INIT("lcase"), same, 1 },
	{ SLICE_INIT("initcap"), same, 1 },        { SLICE_INIT("unhex"), unhex, 1 },
	{ SLICE_INIT("hextoraw"), unhex, 1 },      { SLICE_INIT("from_hex"), unhex, 1 },
	{ SLICE_INIT("from_base64"), base64, 1 },  { SLICE_INIT("unbase64"), base64, 1 },
	{ SLICE_INIT("base64decode"), base64, 1 }, { SLICE_INIT("base64_decode_string"), base64, 1 },
	{ SLICE_INIT("decode"), decode, 2 },       { SLICE_INIT("concat_ws"), concat_ws, 2 },
	{ SLICE_INIT("replace"), replace, 2 },     { SLICE_INIT("convert_from"), same, 1 },
	{ SLICE_INIT("to_text"), same, 1 },
};

/* At '(' */
static void read_known(struct reader *p, struct arguments *a)
{
	bool more = true, whole;

	advance(p);
	for (a->n = 0; more; a->n++) {
		struct slice v = SLICE_NONE;

		whole = false;
		if (!read_constant(p, &v, &whole) || !whole)
			v = SLICE_NONE;
		if (!at(p, ',') && !at(p, ')')) {
			v = SLICE_NONE;
			pass_argument(p);
		}
		if (a->n < ARGUMENTS_MAX)
			a->v[a->n] = v;
		more = accept(p, ',');
	}
	if (!accept(p, ')'))
		a->n = 0;
}

static struct slice compute(struct reader *p, compute_fn fn, size_t known, const struct arguments *a)
{
	size_t room = a->n >= known && a->v[0].ptr && (known < 2 || a->v[1].ptr) ? room_of(fn, a) : 0;
	char *out;
	long len;

	spend(p, room);
	out = room && !p->exhausted ? arena_raw(p->arena, room) : NULL;
	len = out ? fn(a, out) : -1;
	return len < 0 || memchr(out, 0, (size_t)len) || memchr(out, 1, (size_t)len) ? SLICE_NONE : slice_mem(out, (size_t)len);
}

bool read_computed(struct reader *p, struct slice function, struct slice *ret, bool *ret_whole)
{
	struct arguments a;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (!slice_ieq(functions[i].name, function))
			continue;
		read_known(p, &a);
		*ret = compute(p, functions[i].compute, functions[i].arguments, &a);
		*ret_whole = ret->ptr;
		if (!ret->ptr)
			*ret = SLICE("\001");
		return true;
	}
	return false;
}

/* One of those above, or of those that constant.c knows and that make more of their arguments than one of them. */
static bool makes_text(struct slice function)
{
	switch (keyword_of(function)) {
	case KW_CONCAT:
	case KW_CHR:
	case KW_CHAR:
	case KW_NCHAR:
	case KW_FORMAT:
	case KW_PRINTF:
		return true;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (slice_ieq(functions[i].name, function))
			return true;
	return false;
}

/* What stands between its unknown pieces. */
static void add_pieces(struct reader *p, struct slice text)
{
	while (text.len) {
		const char *hole = memchr(text.ptr, 1, text.len);
		size_t n = hole ? (size_t)(hole - text.ptr) : text.len;

		if (n)
			add_text(p, slice_head(text, n));
		text = slice_skip(text, n + 1);
	}
}

void computed_chain(struct reader *p)
{
	size_t back = p->i;
	struct slice text;
	bool whole;

	if (p->ahead || back < p->computed)
		return;
	if (peek(p, 2)->type != TOKEN_NUMBER && !(is_name(peek(p, 2)) && peek_is(p, 3, '(')))
		return;
	p->brief = true;
	if (look_at_constant(p, &text, &whole))
		add_pieces(p, text);
	p->brief = false;
	move_to(p, back);
}

void computed_literal(struct reader *p, const struct name *n)
{
	size_t back = p->i, end;
	struct slice text;
	bool whole;

	if (p->ahead || n->n != 1 || back < p->computed || !back || !makes_text(last_part(n)))
		return;
	end = partner(p, back);
	if (end <= back)
		return;
	p->computed = end;
	move_to(p, back - 1);
	p->brief = true;
	if (p->i == back - 1 && look_at_constant(p, &text, &whole))
		add_pieces(p, text);
	p->brief = false;
	move_to(p, back);
}
