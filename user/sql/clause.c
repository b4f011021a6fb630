// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The clauses of a query, from FROM to the last. */
#include "sql/query.h"

/* FOR UPDATE OF a, b NOWAIT | FOR XML PATH | FOR JSON AUTO | FOR READ ONLY | FOR BROWSE */
static void for_clause(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_XML, KW_JSON, KW_BROWSE)) {
		while (!at_stop(p) && !at(p, KW_OPTION) && !at_set_operator(p)) {
			if (at(p, '('))
				skip_group(p);
			else
				advance(p);
			if (p->bits & DL_BATCH && starts_statement(p))
				return;
		}
		return;
	}
	SKIP(p, KW_NO, KW_KEY, KW_UPDATE, KW_SHARE, KW_READ, KW_FETCH, KW_ONLY);
	if (accept(p, KW_OF))
		do {
			struct name n;

			if (!read_name(p, &n))
				break;
		} while (accept(p, ','));
	SKIP(p, KW_NOWAIT, KW_SKIP, KW_LOCKED);
	if (accept(p, KW_WAIT))
		advance(p);
}

static void read_window(struct reader *p)
{
	do {
		advance(p);
		if (!is_name(tok(p)) || !peek_is(p, 1, KW_AS))
			return;
		p->i += 2;
		if (at(p, '('))
			read_group(p);
		else
			advance(p);
	} while (at(p, ','));
}

/* WHERE x, LIMIT n: at the word. */
static void word_and_expr(struct reader *p)
{
	bool counts = ONE_OF(p, KW_LIMIT, KW_OFFSET, KW_TABLESAMPLE, KW_SAMPLE);

	advance(p);
	read_expr(p, counts ? EX_COUNT : 0);
}

/* ClickHouse: ORDER BY a WITH FILL FROM x TO y STEP z INTERPOLATE (...), b WITH FILL */
static void fill_range(struct reader *p)
{
	while (ONE_OF(p, KW_FROM, KW_TO, KW_STEP, KW_STALENESS, KW_INTERPOLATE)) {
		if (at(p, KW_INTERPOLATE)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			continue;
		}
		do { /* a value: no table is named here */
			advance(p);
			if (at(p, '('))
				read_group(p);
		} while (!at_stop(p) && !at(p, ',') &&
			 !ONE_OF(p, KW_FROM, KW_TO, KW_STEP, KW_STALENESS, KW_INTERPOLATE, KW_LIMIT, KW_SETTINGS, KW_FORMAT) &&
			 !at_set_operator(p));
	}
	if (accept(p, ','))
		read_expr(p, 0);
}

/* WITH TIES, WITH ROLLUP, WITH CHECK OPTION, WITH NO DATA, WITH UR */
static bool with_suffix(struct reader *p)
{
	unsigned next = peek(p, 1)->id;

	if (next == KW_NO || next == KW_CHECK || next == KW_CASCADED || next == KW_LOCAL || next == KW_READ) {
		if (next == KW_LOCAL && !peek_is(p, 2, KW_CHECK))
			return false;
		p->i += 2;
		SKIP(p, KW_DATA, KW_SCHEMA, KW_BINDING, KW_CHECK, KW_OPTION, KW_ONLY);
		if (at(p, KW_CONSTRAINT) && is_name(peek(p, 1)))
			p->i += 2;
		return true;
	}
	if (next == KW_TIES || next == KW_ROLLUP || next == KW_CUBE || next == KW_TOTALS || next == KW_DATA || next == KW_UR ||
	    next == KW_CS || next == KW_RS || next == KW_RR || next == KW_FILL) {
		p->i += 2;
		if (next == KW_FILL) {
			fill_range(p);
			return true;
		}
		SKIP(p, KW_AND, KW_STATISTICS);
		return true;
	}
	return false;
}

/* FETCH FIRST n ROWS ONLY */
static bool fetch_clause(struct reader *p)
{
	size_t n = p->dialect == SQL_ORACLE && !peek(p, 1)->id ? 2 : 1; /* APPROX FIRST */

	if ((!peek_is(p, n, KW_FIRST) && !peek_is(p, n, KW_NEXT)) || peek_is(p, n + 1, KW_FROM)) /* a cursor */
		return false;
	p->i += n + 1;
	while (!at_stop(p) && !ONE_OF(p, KW_ONLY, KW_WITH, KW_FOR, KW_UNION, KW_EXCEPT, KW_INTERSECT, KW_ON))
		at(p, '(') ? read_group(p) : advance(p);
	if (!accept(p, KW_ONLY) && at(p, KW_WITH) && peek_is(p, 1, KW_TIES))
		p->i += 2;
	return true;
}

static void from_clause(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_FIRST, KW_LAST) && (peek_is(p, 1, KW_OVER) || peek_is(p, 2, KW_NULLS))) { /* NTH_VALUE(x, 2) FROM LAST OVER w */
		advance(p);
		read_expr(p, EX_LIST | EX_OUTPUT);
		return;
	}
	read_from(p, SQL_READ);
}

/* GROUP BY, ORDER SIBLINGS BY, GROUP ALL */
static bool by_clause(struct reader *p)
{
	if (!peek_is(p, 1, KW_BY) && !peek_is(p, 1, KW_SIBLINGS) && !peek_is(p, 1, KW_ALL))
		return false;
	p->i += peek_is(p, 1, KW_ALL) ? 1 : peek_is(p, 1, KW_SIBLINGS) ? 3 : 2;
	read_expr(p, 0);
	return true;
}

/* Oracle: MODEL REFERENCE r ON (query) ... RULES ITERATE (4) UNTIL (x) (a[1] = b[2], ...): queries stand in parentheses only. */
static void model_clause(struct reader *p)
{
	do
		at(p, '(') ? read_group(p) : skip_word(p);
	while (!at_stop(p) && !(at(p, KW_ORDER) && peek_is(p, 1, KW_BY)) && !at_set_operator(p));
}

/* A word that begins a clause only with a second one behind it. */
static bool two_word_clause(struct reader *p)
{
	static const uint16_t locks[] = { KW_UPDATE, KW_SHARE, KW_NO, KW_KEY, KW_XML, KW_JSON, KW_BROWSE, KW_READ, KW_FETCH, 0 };
	unsigned next = peek(p, 1)->id;

	switch (tok(p)->id) {
	case KW_START:
	case KW_USING:
		if (next != (at(p, KW_START) ? KW_WITH : KW_SAMPLE))
			return false;
		p->i += 2;
		read_expr(p, 0);
		return true;
	case KW_FETCH:
		return fetch_clause(p);
	case KW_FOR:
		for (const uint16_t *l = locks; *l; l++)
			if (*l == next) {
				for_clause(p);
				return true;
			}
		return false;
	case KW_LOCK:
		if (next != KW_IN)
			return false;
		p->i += 4; /* LOCK IN SHARE MODE */
		SKIP(p, KW_NOWAIT, KW_SKIP, KW_LOCKED);
		return true;
	case KW_PROCEDURE: /* MariaDB: PROCEDURE ANALYSE(10, 2000) */
		if (next != KW_ANALYSE)
			return false;
		p->i += 2;
		if (at(p, '('))
			skip_group(p);
		return true;
	case KW_WITH:
		return with_suffix(p);
	case KW_OPTION:
		if (next != '(')
			return false;
		advance(p);
		skip_group(p);
		return true;
	case KW_LATERAL:
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_MATCH_RECOGNIZE:
		if (next != KW_VIEW && next != '(')
			return false;
		read_joins(p, SQL_READ);
		return true;
	default:
		return false;
	}
}

/* True when a clause of SELECT was read. */
static bool one_clause(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_FROM:
		from_clause(p);
		return true;
	case KW_INTO:
		read_into(p);
		return true;
	case KW_BULK:
		p->i += 2;
		if (accept(p, KW_INTO))
			into_variables(p);
		return true;
	case KW_WHERE:
	case KW_PREWHERE:
	case KW_HAVING:
	case KW_QUALIFY:
	case KW_LIMIT:
	case KW_OFFSET:
	case KW_TABLESAMPLE:
	case KW_SAMPLE:
		word_and_expr(p);
		return true;
	case KW_GROUP:
	case KW_ORDER:
	case KW_CLUSTER:
	case KW_DISTRIBUTE:
	case KW_SORT:
	case KW_CONNECT:
	case KW_PARTITION:
		return by_clause(p);
	case KW_WINDOW:
		read_window(p);
		return true;
	case KW_MODEL:
		if (!at_model(p))
			return false;
		model_clause(p);
		return true;
	case KW_SETTINGS:
	case KW_FORMAT:
		if (p->dialect != SQL_CLICKHOUSE)
			return false;
		word_and_expr(p);
		return true;
	case OP_PIPE:
		read_pipe(p);
		return true;
	default:
		return two_word_clause(p);
	}
}

void read_clauses(struct reader *p)
{
	size_t before;

	do
		before = p->i;
	while (begins_clause(tok(p)) && one_clause(p) && p->i != before);
}
