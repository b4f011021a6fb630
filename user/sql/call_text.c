// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Text that is SQL or a name, as a constant and as the argument of a function. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/naming.h"

/* Behind white space, comments, parentheses and empty statements. */
static struct slice behind_blank(struct slice s)
{
	for (;;) {
		const char *end;

		s = slice_trim(s);
		if (s.len && (*s.ptr == '(' || *s.ptr == ';')) {
			s = slice_skip(s, 1);
		} else if (s.len > 1 && s.ptr[0] == '/' && s.ptr[1] == '*') {
			end = memmem(s.ptr + 2, s.len - 2, "*/", 2);
			s = end ? slice_skip(s, (size_t)(end - s.ptr) + 2) : slice_head(s, 0);
		} else if (s.len > 1 && s.ptr[0] == '-' && s.ptr[1] == '-') {
			end = memchr(s.ptr, '\n', s.len);
			s = end ? slice_skip(s, (size_t)(end - s.ptr)) : slice_head(s, 0);
		} else {
			return s;
		}
	}
}

bool looks_like_sql(struct slice s)
{
	static const struct slice verbs[] = { SLICE_INIT("select"),   SLICE_INIT("insert"), SLICE_INIT("update"), SLICE_INIT("delete"),
					      SLICE_INIT("with"),     SLICE_INIT("merge"),  SLICE_INIT("table"),  SLICE_INIT("copy"),
					      SLICE_INIT("create"),   SLICE_INIT("drop"),   SLICE_INIT("exec"),   SLICE_INIT("replace"),
					      SLICE_INIT("truncate"), SLICE_INIT("alter"),  SLICE_INIT("explain") };

	s = behind_blank(s);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (s.len > verbs[i].len + 1 && slice_ieq(slice_head(s, verbs[i].len), verbs[i]) &&
		    !lex_is_word((unsigned char)s.ptr[verbs[i].len]))
			return true;
	return false;
}

static void literal_name(struct reader *p, const struct name *n, enum sql_via how)
{
	enum sql_via via = p->via;
	struct sql_relation *r;

	if (p->via < how)
		p->via = how;
	r = add_relation(p, n, SQL_READ);
	if (r)
		r->all_columns = true;
	p->via = via;
}

void literal_relation(struct reader *p, struct slice text, enum sql_via how)
{
	struct name n;

	name_of_text(p, text, &n);
	if (n.n)
		literal_name(p, &n, how);
}

void literal_whole_name(struct reader *p, struct slice text)
{
	struct name n = { .part = { text }, .n = 1 };

	literal_name(p, &n, SQL_VIA_LITERAL);
}

/* A constant that is SQL, perhaps in pieces: its names are possible ones. */
static void literal_sql(struct reader *p, const struct token *t)
{
	struct slice text = literal_value(p, t), all;
	size_t back = p->i;
	bool whole;

	if ((peek_is(p, 1, OP_CONCAT) || peek_is(p, 1, '+')) && tok(p) == t && look_at_constant(p, &all, &whole))
		text = all;
	move_to(p, back);
	spend(p, text.len);
	read_lexical(p, text, SQL_VIA_LITERAL, 0);
}

/* A block for a job: 'BEGIN p(1); END;'; DBURITYPE('/S/T'); the path of a table within a query of XML. */
static void oracle_text(struct reader *p, const struct token *t, struct slice body)
{
	bool uri = p->i > 1 && tok_at(p, p->i - 1)->id == '(' && slice_ieq(lex_raw(p->text, tok_at(p, p->i - 2)), SLICE("dburitype"));

	if (uri || memmem(body.ptr, body.len, "oradb:", 6))
		naming_path(p, body);
	if ((slice_ieq(slice_head(body, 6), SLICE("begin ")) || slice_ieq(slice_head(body, 8), SLICE("declare "))) &&
	    body.ptr[body.len - 1] == ';')
		literal_sql(p, t);
}

/* A string constant that is SQL, or stands where a name is meant. */
void literal_names(struct reader *p, const struct token *t)
{
	struct slice body = lex_body(p->text, t);

	if (peek_is(p, 1, OP_CAST) && peek_is(p, 2, KW_REGCLASS)) {
		literal_relation(p, literal_value(p, t), SQL_VIA_LITERAL);
		return;
	}
	if (body.len < 8 || t->flags & TF_BYTES || p->via == SQL_VIA_LITERAL)
		return;
	if (p->dialect == SQL_ORACLE)
		oracle_text(p, t, body);
	switch (body.ptr[0] | 0x20) {
	case 'a':
	case 'c':
	case 'e':
	case 't':
	case 's':
	case 'i':
	case 'u':
	case 'd':
	case 'w':
	case 'm':
	case ' ':
	case '(':
	case ';':
	case '/':
	case '-': /* as '\r' | 0x20 */
	case '\n' | 0x20:
	case '\t' | 0x20:
		if (looks_like_sql(body))
			literal_sql(p, t);
		break;
	default:
		break;
	}
}

/* The arguments of the call at '(': each that is constant text, by what to do with it. */
void text_arguments(struct reader *p, bool query, bool first_only, enum sql_via how)
{
	size_t back = p->i, end = partner(p, back), hold = p->tokens.hold;
	bool written = p->vars.written;

	if (!hold)
		p->tokens.hold = back;
	p->vars.written |= p->dialect == SQL_ORACLE;
	advance(p);
	while (p->i < end) {
		bool first = p->i == back + 1, whole;
		struct slice text;
		size_t start;

		if (is_name(tok(p)) && peek_is(p, 1, OP_NAMED)) /* query => '...' */
			p->i += 2;
		start = p->i;
		if (tok(p)->type == TOKEN_STRING || is_name(tok(p)) || at(p, '(') || at(p, '[')) {
			accept(p, '[');
			if (look_at_constant(p, &text, &whole)) {
				if (query && looks_like_sql(text)) {
					read_inner(p, text, false);
					if (!whole)
						dynamic(p);
				} else if (!query) {
					if (whole)
						literal_relation(p, text, how);
					else
						dynamic(p);
				}
			} else if (query && first && !is_name(tok_at(p, start))) {
				dynamic(p);
			} else if (!query && tok_at(p, start)->type != TOKEN_NUMBER && first) {
				dynamic(p);
			}
		} else if (tok(p)->type == TOKEN_PARAM && !query && how == SQL_VIA_DYNAMIC) { /* query_table($1) */
			dynamic(p);
		}
		while (p->i < end && !at(p, ','))
			partner(p, p->i) ? skip_group(p) : advance(p);
		if (first_only)
			break;
		advance(p);
	}
	p->tokens.hold = hold;
	p->vars.written = written;
	move_to(p, back);
}

/* Of a call whose last text is run: which of its arguments that is, as a bit. */
static uint32_t last_text(struct reader *p)
{
	size_t end = partner(p, p->i), i = p->i + 1;
	uint32_t which = 0;

	for (unsigned n = 0; i < end && n < 31; n++) {
		const struct token *t = tok_at(p, i);

		if (t->type != TOKEN_NUMBER && t->id != KW_TRUE && t->id != KW_FALSE && t->id != KW_NULL)
			which = UINT32_C(1) << n;
		for (; i < end && tok_at(p, i)->id != ','; i++)
			if (partner(p, i) > i)
				i = partner(p, i);
		i++;
	}
	return which;
}

void run_arguments(struct reader *p, uint32_t which)
{
	size_t back = p->i, end = partner(p, back), hold = p->tokens.hold;

	if (!which)
		which = last_text(p);
	if (!hold)
		p->tokens.hold = back;
	advance(p);
	for (unsigned n = 0; p->i < end; n++) {
		bool runs = n < 32 && which >> n & 1, whole;
		struct slice text;

		if (is_name(tok(p)) && peek_is(p, 1, OP_NAMED)) {
			runs = slice_ieq(tok_raw(p), SLICE("query")) || slice_ieq(tok_raw(p), SLICE("sql")) ||
			       slice_ieq(tok_raw(p), SLICE("statement"));
			p->i += 2;
		}
		if (runs && tok(p)->type != TOKEN_NUMBER && !at(p, ',')) {
			if (!look_at_constant(p, &text, &whole) || !whole)
				dynamic(p);
			else if (!looks_like_sql(text)) /* else text_arguments() has read it */
				read_inner(p, text, false);
		}
		while (p->i < end && !at(p, ','))
			partner(p, p->i) ? skip_group(p) : advance(p);
		advance(p);
	}
	p->tokens.hold = hold;
	move_to(p, back);
}

/*
 * At '(' of a function that runs the arguments from..to as SQL: dynamic, unless they are constants. dblink(['connection',] 'query' [,
 * fail]) has it in the first one, if no other is text.
 */
void needs_text(struct reader *p, size_t from, size_t to)
{
	size_t back = p->i, end = partner(p, back), hold = p->tokens.hold, texts = 0;

	if (!hold)
		p->tokens.hold = back;
	advance(p);
	for (size_t n = 0; p->i < end; n++) {
		bool runs = n >= from && n <= to, whole;
		struct slice text;

		if (is_name(tok(p)) && peek_is(p, 1, OP_NAMED)) {
			runs = slice_ieq(tok_raw(p), SLICE("statement")) || slice_ieq(tok_raw(p), SLICE("sql"));
			p->i += 2;
		}
		if (!ONE_OF(p, KW_TRUE, KW_FALSE, KW_NULL) && tok(p)->type != TOKEN_NUMBER) {
			if (look_at_constant(p, &text, &whole))
				texts++;
			else if (runs)
				dynamic(p);
		}
		while (p->i < end && !at(p, ','))
			partner(p, p->i) ? skip_group(p) : advance(p);
		advance(p);
	}
	if (!texts)
		dynamic(p);
	p->tokens.hold = hold;
	move_to(p, back);
}
