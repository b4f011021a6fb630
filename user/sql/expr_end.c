// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Words that end an expression in some places only. */
#include "base/cleanup.h"
#include "sql/expr.h"

/* ---- where it ends ---- */

bool names_column(struct reader *p)
{
	static const uint16_t after[] = { ',',   ')',     '.',        '=',      '+',       '-',     '*',     '/',
					  '<',   '>',     OP_CAST,    OP_OTHER, OP_CONCAT, KW_FROM, KW_AS,   KW_IS,
					  KW_IN, KW_LIKE, KW_BETWEEN, KW_AND,   KW_OR,     KW_ASC,  KW_DESC, 0 };
	const struct token *next = peek(p, 1);

	for (const uint16_t *a = after; *a; a++)
		if (next->id == *a)
			return true;
	return next->type == TOKEN_END || next->id == ';';
}

/* By the word behind it alone; *ret says whether it ends. False: not one of those. */
static bool by_next_word(struct reader *p, const struct expr *e, bool *ret)
{
	unsigned id = tok(p)->id, next = peek(p, 1)->id;

	switch (id) {
	case KW_GROUP:
	case KW_ORDER:
	case KW_CLUSTER:
	case KW_DISTRIBUTE:
	case KW_SORT:
	case KW_PARTITION:
	case KW_CONNECT:
		*ret = next == KW_BY || next == KW_SIBLINGS || (next == KW_ALL && id != KW_PARTITION);
		return true;
	case KW_START:
		*ret = next == KW_WITH;
		return true;
	case KW_FETCH:
		*ret = next == KW_FIRST || next == KW_NEXT || (p->procedural && e->operand);
		return true;
	case KW_BULK:
		*ret = next == KW_COLLECT;
		return true;
	case KW_WINDOW:
		*ret = is_name(peek(p, 1)) && peek_is(p, 2, KW_AS);
		return true;
	case KW_MINUS:
		*ret = next == KW_SELECT || next == '(' || next == KW_ALL || next == KW_WITH || next == KW_DISTINCT;
		return true;
	case KW_LOG:
		*ret = next == KW_ERRORS;
		return true;
	case KW_LIMIT:
	case KW_OFFSET:
	case KW_QUALIFY:
	case KW_PREWHERE:
		*ret = !names_column(p) || next == '-' || next == '(';
		return true;
	default:
		return false;
	}
}

/* Behind a value: what begins a join, or hangs on a table. */
static bool behind_value(struct reader *p, unsigned next)
{
	switch (tok(p)->id) {
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_MATCH_RECOGNIZE:
	case KW_OPTION:
	case KW_TABLESAMPLE:
	case KW_OPTIONS:
		return next == '(';
	case KW_LOCK:
		return next == KW_IN;
	case KW_FORMAT:
	case KW_SETTINGS:
		return p->dialect == SQL_CLICKHOUSE && is_name(peek(p, 1));
	case KW_OUTPUT:
		return (p->bits & DL_BATCH || p->dialect == SQL_ANSI) && !names_column(p);
	case KW_WITH:
		return next != KW_TIME && next != KW_UNIQUE;
	case KW_DO:
	case KW_SAMPLE:
		return !names_column(p);
	case KW_USING: /* ORDER BY a USING < */
		return next != '<' && next != '>' && next != KW_OPERATOR && next != OP_OTHER;
	case KW_SET:
	case KW_FOR:
	case KW_RETURNING:
		return true;
	default:
		return at_join(p) || at_set_operator(p);
	}
}

bool maybe_stops(struct reader *p, const struct expr *e)
{
	unsigned id = tok(p)->id, next = peek(p, 1)->id;
	bool stops;

	if (by_next_word(p, e, &stops))
		return stops;
	switch (id) {
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_MATCH_RECOGNIZE:
	case KW_OPTION:
	case KW_TABLESAMPLE:
	case KW_OPTIONS:
	case KW_LOCK:
	case KW_FORMAT:
	case KW_SETTINGS:
	case KW_OUTPUT:
	case KW_WITH:
	case KW_DO:
	case KW_SAMPLE:
	case KW_USING:
	case KW_SET:
	case KW_FOR:
	case KW_RETURNING:
	case KW_LEFT:
	case KW_RIGHT:
	case KW_FULL:
	case KW_INNER:
	case KW_CROSS:
	case KW_NATURAL:
	case KW_OUTER:
	case KW_ASOF:
	case KW_GLOBAL:
	case KW_SEMI:
	case KW_ANTI:
	case KW_ANY:
	case KW_POSITIONAL:
	case KW_ARRAY:
		return e->operand && behind_value(p, next);
	case KW_LATERAL:
		return next == KW_VIEW || e->operand;
	case KW_VALUES:
		return e->operand || (next != '(' && !names_column(p));
	case KW_EXCEPT:
		return true;
	case KW_LOOP:
		return p->procedural;
	case KW_END:
		return !e->cases;
	case KW_MULTISET:
		return false;
	default: /* words that begin a statement: REPLACE(x, y) and INSERT(x, y) are functions */
		if (!e->operand)
			return false;
		if (id == KW_DELETE && next == KW_FROM && (p->bits & DL_BATCH || p->procedural))
			return true;
		if (names_column(p))
			return false;
		return p->bits & DL_BATCH || p->procedural || next != '(';
	}
}

enum { CALL_MAX = 64 }; /* tokens in front of FROM: TRIM(BOTH 'x' FROM a) */

/* The function whose arguments these are; SLICE_NONE: none near. */
static struct slice function_around(struct reader *p)
{
	size_t depth = 0;

	for (size_t i = p->i; i && i + CALL_MAX > p->i;) {
		unsigned id = tok_at(p, --i)->id;

		if (id == ')')
			depth++;
		else if (id == '(' && !depth--)
			return i && is_name(tok_at(p, i - 1)) ? lex_raw(p->text, tok_at(p, i - 1)) : SLICE_NONE;
	}
	return SLICE_NONE;
}

static bool takes_from(struct slice function)
{
	static const struct slice names[] = { SLICE_INIT("extract"),   SLICE_INIT("substring"),     SLICE_INIT("substr"),
					      SLICE_INIT("mid"),       SLICE_INIT("overlay"),       SLICE_INIT("position"),
					      SLICE_INIT("date_part"), SLICE_INIT("substringutf8"), SLICE_INIT("overlayutf8") };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_ieq(function, names[i]))
			return true;
	return function.len >= 4 && slice_ieq(slice_skip(function, function.len - 4), SLICE("trim"));
}

bool misplaced(struct reader *p)
{
	const struct token *next = peek(p, 1);

	if (ONE_OF(p, KW_JOIN, KW_INTO))
		return next->type == TOKEN_QUOTED || next->id == '(' || (next->type == TOKEN_WORD && !(keyword_flags(next->id) & KF_STOP));
	/* FOR y FROM 2001 TO 2005 in a rule of MODEL */
	return at(p, KW_FROM) && next->type != TOKEN_NUMBER && !takes_from(function_around(p));
}
