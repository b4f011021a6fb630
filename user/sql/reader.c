// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Moving over the tokens. */
#include "sql/expr.h"

#include <string.h>

bool too_deep(struct reader *p)
{
	if (p->depth < SQL_DEPTH_MAX) {
		p->depth++;
		return false;
	}
	partial(p);
	skip_rest(p);
	return true;
}

/* ---- moving ---- */

void reader_skip(struct reader *p, const uint16_t *ids)
{
	while (tok(p)->id && reader_one_of(p, ids))
		advance(p);
}

bool at_statement_end(struct reader *p)
{
	const struct token *t = tok(p);

	return t->id == ';' || t->type == TOKEN_END || t->type == TOKEN_COMMAND || (t->id == OP_OTHER && at_flow(p)) ||
	       (t->id == KW_END && p->procedural && p->bits & DL_BATCH); /* of a block: no semicolon is needed in front of it */
}

/* WITH a AS (...), WITH a (b) AS (...): not WITH CHECK, WITH (ONLINE = ON) */
static bool begins_ctes(struct reader *p)
{
	return is_name(peek(p, 1)) && (peek_is(p, 2, KW_AS) || peek_is(p, 2, '('));
}

/* At DELETE or UPDATE: ON DELETE CASCADE of a reference; not SET x ON DELETE t, a statement behind another. */
static bool on_change(struct reader *p)
{
	return p->i && tok_at(p, p->i - 1)->id == KW_ON &&
	       (slice_ieq(lex_raw(p->text, peek(p, 1)), SLICE("cascade")) || peek_is(p, 1, KW_SET) || peek_is(p, 1, KW_NO) ||
		peek_is(p, 1, KW_RESTRICT));
}

bool next_in_batch(struct reader *p)
{
	unsigned next, before;

	if (!(p->bits & DL_BATCH) || !starts_statement(p))
		return false;
	next = peek(p, 1)->id;
	before = p->i ? tok_at(p, p->i - 1)->id : 0;
	switch (tok(p)->id) {
	case KW_WITH:
		return begins_ctes(p);
	case KW_UPDATE: /* REFERENCES t ON DELETE CASCADE, FOR INSERT, UPDATE, START UPDATE POPULATION */
	case KW_DELETE:
	case KW_INSERT:
		return !on_change(p) && before != KW_FOR && before != ',' && before != KW_START;
	case KW_ALTER:
		return next != KW_COLUMN;
	case KW_DROP: /* an action of ALTER TABLE, or one more statement */
		return next == KW_TABLE || next == KW_VIEW || next == KW_SYNONYM || next == KW_PROC || next == KW_PROCEDURE ||
		       next == KW_FUNCTION || next == KW_TRIGGER || next == KW_DATABASE || next == KW_SCHEMA || next == KW_USER;
	case KW_MERGE: /* MERGE RANGE (1) */
		return !peek_is(p, 2, '(') || is_lock_hint(peek(p, 3)->id);
	case KW_SET: /* SET (LOCK_ESCALATION = AUTO) */
		return next != '(' && before != KW_DELETE && before != KW_UPDATE;
	case KW_ROLLBACK: /* ALTER DATABASE ... WITH ROLLBACK IMMEDIATE */
		return before != KW_WITH;
	case KW_FOR:
	case KW_REPLACE:
	case KW_ENABLE:
	case KW_DISABLE:
	case KW_DEFAULT:
		return false;
	default:
		return true;
	}
}

bool at_stop(struct reader *p)
{
	return at(p, ')') || at_statement_end(p);
}

bool at_model(struct reader *p)
{
	const struct token *next;

	if (!at(p, KW_MODEL) || (p->dialect != SQL_ORACLE && p->dialect != SQL_ANSI))
		return false;
	next = peek(p, 1);
	return next->id == KW_PARTITION || next->id == KW_DIMENSION || next->id == KW_RETURN || next->id == KW_IGNORE ||
	       next->id == KW_KEEP || next->id == KW_UNIQUE || next->id == KW_REFERENCE || next->id == KW_MAIN;
}

bool is_alias(struct reader *p)
{
	const struct token *t = tok(p);

	static const uint16_t after[] = { ',',      ')',        ';',      KW_ON,     KW_WHERE, KW_JOIN,  KW_SET,
					  KW_USING, KW_LEFT,    KW_INNER, KW_GROUP,  KW_ORDER, KW_CROSS, KW_RIGHT,
					  KW_FULL,  KW_NATURAL, KW_LIMIT, KW_HAVING, KW_UNION, 0 };
	unsigned flags;

	if (t->type == TOKEN_QUOTED)
		return true;
	if (t->type != TOKEN_WORD || at_batch_label(p))
		return false;
	flags = keyword_flags(t->id);
	if (flags & KF_JOIN && at_join(p))
		return false;
	if (p->bits & DL_PG && peek_is(p, 1, ',') &&
	    ONE_OF(p, KW_BETWEEN, KW_BY, KW_EXISTS, KW_OVER, KW_SET, KW_UNKNOWN, KW_VALUES)) /* PostgreSQL reserves none of these */
		return true;
	if (flags & (KF_STOP | KF_NOALIAS | KF_VALUE) || (flags & KF_OP && !(flags & KF_WEAK)))
		return false;
	if (t->id == KW_TABLE) /* BigQuery reserves it not */
		return p->dialect == SQL_BIGQUERY && (keyword_flags(peek(p, 1)->id) & KF_JOIN || peek_is(p, 1, KW_JOIN) ||
						      peek_is(p, 1, ',') || peek_is(p, 1, KW_WHERE) || peek_is(p, 1, KW_USING));
	if (t->id == KW_ARRAY && peek_is(p, 1, KW_JOIN) && p->dialect == SQL_CLICKHOUSE)
		return false;
	if (at_model(p))
		return false;
	if ((t->id == KW_DIRECTED && peek_is(p, 1, KW_JOIN)) || (t->id == KW_PROCEDURE && peek_is(p, 1, KW_ANALYSE)) ||
	    (t->id == KW_BEFORE && peek_is(p, 1, KW_SYSTEM_TIME)) || (t->id == KW_PARTITION && peek_is(p, 1, KW_BY)))
		return false;
	if (!(flags & (KF_MAYBE | KF_OP)))
		return true;
	if (flags & KF_STATEMENT && (p->bits & DL_BATCH || p->procedural))
		return false;
	for (const uint16_t *a = after; *a; a++)
		if (peek_is(p, 1, *a))
			return true;
	return peek(p, 1)->type == TOKEN_END;
}

void skip_if_exists(struct reader *p)
{
	if (at(p, KW_IF) && peek_is(p, 1, KW_EMPTY) && is_name(peek(p, 2))) /* ClickHouse */
		p->i += 2;
	if (at(p, KW_IF) && (peek_is(p, 1, KW_NOT) || peek_is(p, 1, KW_EXISTS)))
		p->i += peek_is(p, 1, KW_NOT) ? 3 : 2;
}

/* UPDATE t SET, UPDATE t a SET; not UPDATE HISTOGRAM, ON UPDATE CASCADE. */
static bool begins_update(struct reader *p)
{
	if (p->i && (tok_at(p, p->i - 1)->id == KW_ON || tok_at(p, p->i - 1)->id == KW_FOR))
		return false;
	return peek_is(p, 2, KW_SET) || peek_is(p, 2, '.') || peek_is(p, 2, ',') || (is_name(peek(p, 2)) && peek_is(p, 3, KW_SET));
}

bool names_table_behind(struct reader *p)
{
	unsigned id = tok(p)->id, before = p->i ? tok_at(p, p->i - 1)->id : 0;
	const struct token *next = peek(p, 1);

	if (next->id == '.' && p->bits & DL_BATCH) /* T-SQL: FROM ..t */
		return before != '.' && (id == KW_FROM || id == KW_JOIN || id == KW_INTO || id == KW_UPDATE || id == KW_TABLE);
	if (before == '.' || next->id == '.' || next->id == '=')
		return false;
	switch (id) {
	case KW_SELECT: /* not CREATE POLICY ... FOR SELECT USING (c), GRANT SELECT ON */
		return next->type != TOKEN_END && next->id != ',' && next->id != ')' && next->id != KW_ON &&
		       !(before == KW_FOR && (next->id == KW_USING || next->id == KW_TO || next->id == KW_WITH));
	case KW_UPDATE:
		return is_name(next) && begins_update(p);
	case KW_TABLE:
		if (next->id == KW_OF || next->id == KW_FUNCTION || next->id == KW_HINT || next->id == KW_OVERRIDE ||
		    next->id == KW_HANDLER || next->id == KW_STATUS || next->id == KW_TYPES || next->id == KW_STATS ||
		    next->id == KW_EXTENDED || (next->id == KW_PROPERTIES && before == KW_SET))
			return false;
		break;
	case KW_JOIN:
		if (next->id == KW_POLICY)
			return false;
		break;
	case KW_FROM:
		if (!misplaced(p)) /* EXTRACT(YEAR FROM a) */
			return false;
		break;
	case KW_INTO:
		if (next->id == KW_OUTFILE)
			return false;
		break;
	case KW_DELETE: /* T-SQL: one more statement, without FROM or INTO, that nobody saw begin; not FOR DELETE AS */
	case KW_INSERT:
	case KW_MERGE:
		if (!(p->bits & DL_BATCH) || on_change(p) || before == KW_FOR || before == ',' || before == KW_OF || peek_is(p, 2, '('))
			return false;
		break;
	default:
		return false;
	}
	return is_name(next) && (!(keyword_flags(next->id) & (KF_STOP | KF_NOALIAS)) || peek_is(p, 2, '.'));
}

void skip_word(struct reader *p)
{
	if (tok(p)->id > KW_NOT_ONE && names_table_behind(p))
		partial(p);
	if (tok(p)->type == TOKEN_STRING)
		add_literal(p, tok(p)); /* it may be the name of a table */
	advance(p);
}

void skip_group(struct reader *p)
{
	size_t end = partner(p, p->i);

	if (end > p->i) {
		while (p->i < end)
			skip_word(p);
		p->i = end + 1;
		return;
	}
	partial(p);
	skip_rest(p);
}

void skip_rest(struct reader *p)
{
	while (!at_statement_end(p))
		skip_word(p);
}

void skip_to_next(struct reader *p)
{
	while (!at_statement_end(p) && !next_in_batch(p))
		skip_word(p);
}

void pass_word(struct reader *p)
{
	at(p, '(') && starts_query(peek(p, 1)) ? read_group(p) : advance(p);
}

void skip_known_rest(struct reader *p)
{
	while (!at_statement_end(p))
		pass_word(p);
}

void partial(struct reader *p)
{
	if (p->certainty < SQL_PARTIAL) {
		p->certainty = SQL_PARTIAL;
		if (!p->inner)
			p->partial_at = tok(p)->off;
	}
}

void dynamic(struct reader *p)
{
	if (p->certainty < SQL_DYNAMIC)
		p->certainty = SQL_DYNAMIC;
}

struct slice upper(struct reader *p, struct slice s)
{
	char *out = arena_alloc(p->arena, s.len + 1);

	if (!out)
		return s;
	for (size_t i = 0; i < s.len; i++)
		out[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
	return slice_mem(out, s.len);
}

void set_operation(struct reader *p, const char *verb, const char *object)
{
	size_t a = strlen(verb), b = object ? strlen(object) + 1 : 0;
	char *out = arena_alloc(p->arena, a + b + 1);

	if (!out)
		return;
	memcpy(out, verb, a);
	if (object) {
		out[a] = ' ';
		memcpy(out + a + 1, object, b - 1);
	}
	p->st->operation = slice_mem(out, a + b);
}
