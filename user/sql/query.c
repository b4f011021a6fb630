// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Queries: WITH, SELECT and its clauses, set operators, queries in parentheses. */
#include "sql/reader.h"

/* ---- depth ---- */

/*
 * Too deep to recurse: what stands behind FROM, JOIN and the like is taken as a relation, up to the parenthesis that closes this
 * level; the rest is left to the lexical pass.
 */
static void read_flat(struct reader *p)
{
	size_t open = 0;

	partial(p);
	while (!at_end(p) && (open || !at(p, ')')) && !(at(p, ';') && !open)) {
		unsigned id = tok(p)->id;
		struct name n;

		open += id == '(';
		open -= id == ')';
		advance(p);
		if ((id == KW_FROM || id == KW_JOIN || id == KW_INTO || id == KW_UPDATE || id == KW_TABLE) && is_name(tok(p)) &&
		    !(keyword_flags(tok(p)->id) & KF_STOP) && read_relation_name(p, &n) && !at(p, '('))
			add_read(p, &n, SQL_READ);
	}
}

static bool enter(struct reader *p)
{
	if (p->depth >= SQL_DEPTH_MAX) {
		read_flat(p);
		return false;
	}
	p->depth++;
	return true;
}

/* ---- WITH ---- */

static bool mutual(const struct reader *p, bool recursive)
{
	return p->dialect == SQL_SQLITE || (recursive && p->dialect != SQL_MYSQL);
}

/* The names of a list whose elements may name each other, before any is read. */
static void all_names(struct reader *p)
{
	size_t back = p->i;

	while (is_name(tok(p))) {
		bool quoted = tok(p)->type == TOKEN_QUOTED;
		struct slice name = tok_name(p);

		advance(p);
		if (at(p, '('))
			skip_group(p);
		if (at(p, KW_USING) && peek_is(p, 1, KW_KEY) && peek_is(p, 2, '(')) {
			p->i += 2;
			skip_group(p);
		}
		if (at(p, KW_AS))
			scope_cte(p, name, quoted);
		while (!at_stop(p) && !at(p, '(') && !starts_query(tok(p)))
			advance(p);
		if (!at(p, '('))
			break;
		skip_group(p);
		while (!at_stop(p) && !at(p, ',') && !starts_query(tok(p)) && !at(p, '(') &&
		       !ONE_OF(p, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE))
			advance(p);
		if (!accept(p, ','))
			break;
	}
	p->i = back;
}

static void cte_body(struct reader *p, struct slice name, bool quoted)
{
	struct scope inner;

	if (!at(p, '(')) {
		partial(p);
		return;
	}
	advance(p);
	scope_push(p, &inner);
	inner.recursive = p->bits & DL_IMPLICIT_RECURSION ? name : SLICE_NONE;
	inner.recursive_quoted = quoted;
	read_query(p);
	scope_pop(p);
	if (!accept(p, ')'))
		partial(p);
}

/* SEARCH DEPTH FIRST BY a SET b, CYCLE a SET b TO x DEFAULT y USING z, USING KEY (a) */
static void cte_suffix(struct reader *p)
{
	while (ONE_OF(p, KW_SEARCH, KW_CYCLE, KW_USING))
		do
			advance(p);
		while (!at_stop(p) && !at(p, ',') && !starts_query(tok(p)) && !at(p, '(') &&
		       !ONE_OF(p, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE, KW_SEARCH, KW_CYCLE, KW_TABLE, KW_FROM));
}

/* ClickHouse: WITH expression AS name */
static bool with_expression(struct reader *p)
{
	if (p->dialect != SQL_CLICKHOUSE || (is_name(tok(p)) && peek_is(p, 1, KW_AS) && peek_is(p, 2, '(')) ||
	    (is_name(tok(p)) && peek_is(p, 1, '(') && tok_at(p, peek(p, 1)->match + 1)->id == KW_AS &&
	     tok_at(p, peek(p, 1)->match + 2)->id == '('))
		return false;
	read_expr(p, EX_COMMA);
	if (is_name(tok_at(p, p->i - 1)) && p->i > 1 && tok_at(p, p->i - 2)->id == KW_AS)
		scope_cte(p, lex_name(p->text, tok_at(p, p->i - 1), '\\', p->arena), false);
	return true;
}

/* Oracle: WITH FUNCTION f ... BEGIN ... END; SELECT */
static bool with_function(struct reader *p)
{
	if (!ONE_OF(p, KW_FUNCTION, KW_PROCEDURE) || !is_name(peek(p, 1)) || peek_is(p, 1, KW_AS))
		return false;
	read_routine(p, "WITH", "FUNCTION");
	while (accept(p, ';'))
		;
	return true;
}

void read_with(struct reader *p)
{
	bool recursive, known;

	advance(p);
	recursive = !peek_is(p, 1, KW_AS) && !peek_is(p, 1, '(') && accept(p, KW_RECURSIVE);
	if (at(p, KW_XMLNAMESPACES) && peek_is(p, 1, '(')) {
		advance(p);
		skip_group(p);
		if (!accept(p, ','))
			return;
	}
	known = mutual(p, recursive);
	if (known)
		all_names(p);
	do {
		struct slice name;
		bool quoted;

		if (with_function(p)) {
			if (starts_query(tok(p)) || at_stop(p))
				return;
			continue;
		}
		accept(p, KW_WITH);
		if (with_expression(p))
			continue;
		if (starts_query(tok(p)) && at(p, KW_SELECT)) /* a comma too many */
			return;
		if (!is_name(tok(p)) && tok(p)->type != TOKEN_STRING) {
			partial(p);
			return;
		}
		quoted = tok(p)->type != TOKEN_WORD;
		name = tok(p)->type == TOKEN_STRING ? literal_value(p, tok(p)) : tok_name(p);
		advance(p);
		if (recursive && !known)
			scope_cte(p, name, quoted);
		if (at(p, '(') && !(peek(p, 1)->id && starts_query(peek(p, 1))))
			skip_group(p);
		if (at(p, KW_USING) && peek_is(p, 1, KW_KEY)) { /* DuckDB */
			p->i += 2;
			if (at(p, '('))
				skip_group(p);
		}
		if (!accept(p, KW_AS) && !at(p, '('))
			partial(p);
		SKIP(p, KW_NOT, KW_MATERIALIZED);
		cte_body(p, name, quoted);
		if (!recursive && !known)
			scope_cte(p, name, quoted);
		cte_suffix(p);
	} while (accept(p, ','));
}

/* ---- SELECT ---- */

static void select_modifiers(struct reader *p)
{
	for (;;) {
		unsigned id = tok(p)->id, next = peek(p, 1)->id;

		if (id == KW_DISTINCT && next == KW_ON && peek_is(p, 2, '(')) {
			p->i += 2;
			read_group(p);
		} else if (id == KW_TOP && (next == '(' || peek(p, 1)->type == TOKEN_NUMBER || peek(p, 1)->type == TOKEN_PARAM)) {
			advance(p);
			if (at(p, '('))
				read_group(p);
			else
				advance(p);
			accept(p, KW_PERCENT);
			if (at(p, KW_WITH) && peek_is(p, 1, KW_TIES))
				p->i += 2;
		} else if (id == KW_AS && (is_name(peek(p, 1)))) { /* BigQuery: AS STRUCT, AS VALUE, AS a.type */
			struct name n;

			advance(p);
			read_name(p, &n);
		} else if ((id == KW_SKIP || id == KW_FIRST) && peek(p, 1)->type == TOKEN_NUMBER) { /* Informix, Firebird */
			p->i += 2;
		} else if ((id == KW_DISTINCT || id == KW_ALL || id == KW_DISTINCTROW || id == KW_UNIQUE || id == KW_STRAIGHT_JOIN ||
			    id == KW_HIGH_PRIORITY || id == KW_SQL_SMALL_RESULT || id == KW_SQL_BIG_RESULT || id == KW_SQL_BUFFER_RESULT ||
			    id == KW_SQL_CACHE || id == KW_SQL_NO_CACHE || id == KW_SQL_CALC_FOUND_ROWS) &&
			   next != ',' && next != '.' && next != KW_FROM && next != '(') {
			advance(p);
		} else if ((id == KW_DISTINCT || id == KW_ALL) && next == '(') {
			advance(p);
		} else if (id == KW_WITH &&
			   (next == KW_DIFFERENTIAL_PRIVACY || next == KW_ANONYMIZATION || next == KW_AGGREGATION_THRESHOLD)) {
			p->i += 2;
			accept(p, KW_OPTIONS);
			if (at(p, '('))
				skip_group(p);
		} else {
			return;
		}
	}
}

static void into_variables(struct reader *p)
{
	do {
		if (tok(p)->type == TOKEN_PARAM) {
			advance(p);
			if (tok(p)->type == TOKEN_PARAM) /* :value:indicator */
				advance(p);
			if (at(p, '(') || at(p, '.'))
				read_expr(p, EX_COMMA);
		} else {
			struct name n;

			if (!read_name(p, &n))
				return;
			while (at(p, '(') || at(p, '['))
				at(p, '(') ? skip_group(p) : read_expr(p, EX_COMMA);
		}
	} while (accept(p, ','));
}

/* INTO OUTFILE 'x' ... */
static void into_file(struct reader *p)
{
	advance(p);
	if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), true, p->dialect == SQL_CLICKHOUSE);
		advance(p);
	}
	while (!at_statement_end(p) && !at(p, ')') && !ONE_OF(p, KW_FROM, KW_WHERE, KW_FOR, KW_UNION, KW_SETTINGS))
		advance(p);
}

/* SELECT ... INTO t (a new table), INTO @v, INTO OUTFILE 'x' */
void read_into(struct reader *p)
{
	struct sql_relation *r;
	bool temporary;

	advance(p);
	if (ONE_OF(p, KW_OUTFILE, KW_DUMPFILE)) {
		into_file(p);
		return;
	}
	accept(p, KW_STRICT);
	if (tok(p)->type == TOKEN_PARAM || p->pl || !(p->bits & DL_INTO_TABLE)) {
		into_variables(p);
		return;
	}
	temporary = ONE_OF(p, KW_TEMPORARY, KW_TEMP) ||
		    (ONE_OF(p, KW_LOCAL, KW_GLOBAL) && (peek_is(p, 1, KW_TEMP) || peek_is(p, 1, KW_TEMPORARY)));
	SKIP(p, KW_TEMPORARY, KW_TEMP, KW_UNLOGGED, KW_LOCAL, KW_GLOBAL);
	if (at(p, KW_TABLE))
		advance(p);
	r = read_target(p, SQL_CREATE | SQL_INSERT | (temporary ? SQL_TEMPORARY : 0));
	if (r)
		r->all_columns = true;
}

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

static void skip_words_until_clause(struct reader *p)
{
	advance(p);
	read_expr(p, 0);
}

/* ClickHouse: ORDER BY a WITH FILL FROM x TO y STEP z INTERPOLATE (...), b WITH FILL */
static void fill_range(struct reader *p)
{
	while (ONE_OF(p, KW_FROM, KW_TO, KW_STEP, KW_INTERPOLATE)) {
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
			 !ONE_OF(p, KW_FROM, KW_TO, KW_STEP, KW_INTERPOLATE, KW_LIMIT, KW_SETTINGS, KW_FORMAT) && !at_set_operator(p));
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

/* |> WHERE ..., |> JOIN t ..., |> UNION ALL (...) */
static void pipe(struct reader *p)
{
	advance(p);
	if (at_join(p) || at_set_operator(p) || at(p, KW_PIVOT) || at(p, KW_UNPIVOT) || at(p, KW_TABLESAMPLE)) {
		if (at_set_operator(p)) {
			SKIP(p, KW_UNION, KW_ALL, KW_DISTINCT, KW_INTERSECT, KW_EXCEPT, KW_BY, KW_NAME, KW_CORRESPONDING, KW_MINUS,
			     KW_STRICT, KW_LEFT, KW_FULL, KW_OUTER, KW_INNER, KW_ON);
			do {
				if (at(p, '('))
					read_paren(p, false, SQL_READ);
				else if (starts_query(tok(p)) || at(p, KW_FROM) || at(p, KW_TABLE))
					read_query_body(p);
			} while (accept(p, ','));
			return;
		}
		read_joins(p, SQL_READ);
		return;
	}
	if (ONE_OF(p, KW_SELECT, KW_EXTEND, KW_SET, KW_AGGREGATE, KW_WHERE, KW_LIMIT, KW_ORDER, KW_DISTINCT, KW_CALL, KW_WINDOW, KW_AS,
		   KW_DROP, KW_RENAME)) {
		bool output = ONE_OF(p, KW_SELECT, KW_EXTEND, KW_AGGREGATE);

		if (at(p, KW_AS)) {
			p->i += 2;
			return;
		}
		if (at(p, KW_DROP) || at(p, KW_RENAME)) {
			while (!at_stop(p) && !at(p, OP_PIPE))
				advance(p);
			return;
		}
		if (at(p, KW_SELECT)) {
			advance(p);
			select_modifiers(p);
		} else {
			advance(p);
		}
		for (;;) {
			read_expr(p, output ? EX_LIST | EX_OUTPUT : 0);
			if (!ONE_OF(p, KW_GROUP, KW_ORDER, KW_AND, KW_OFFSET, KW_BY))
				break;
			advance(p);
			SKIP(p, KW_AND, KW_ORDER, KW_BY);
		}
		return;
	}
	read_expr(p, 0);
}

/* True when a clause of SELECT was read. */
static bool one_clause(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_FROM:
		advance(p);
		if (ONE_OF(p, KW_FIRST, KW_LAST) &&
		    (peek_is(p, 1, KW_OVER) || peek_is(p, 2, KW_NULLS))) { /* NTH_VALUE(x, 2) FROM LAST OVER w */
			advance(p);
			read_expr(p, EX_LIST | EX_OUTPUT);
			return true;
		}
		read_from(p, SQL_READ);
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
		skip_words_until_clause(p);
		return true;
	case KW_GROUP:
	case KW_ORDER:
	case KW_CLUSTER:
	case KW_DISTRIBUTE:
	case KW_SORT:
	case KW_CONNECT:
	case KW_PARTITION:
		if (!peek_is(p, 1, KW_BY) && !peek_is(p, 1, KW_SIBLINGS) && !peek_is(p, 1, KW_ALL))
			return false;
		p->i += peek_is(p, 1, KW_ALL) ? 1 : peek_is(p, 1, KW_SIBLINGS) ? 3 : 2;
		read_expr(p, 0);
		return true;
	case KW_START:
		if (!peek_is(p, 1, KW_WITH))
			return false;
		p->i += 2;
		read_expr(p, 0);
		return true;
	case KW_WINDOW:
		read_window(p);
		return true;
	case KW_FETCH:
		if (!peek_is(p, 1, KW_FIRST) && !peek_is(p, 1, KW_NEXT))
			return false;
		p->i += 2;
		while (!at_stop(p) && !ONE_OF(p, KW_ONLY, KW_WITH, KW_FOR, KW_UNION, KW_EXCEPT, KW_INTERSECT, KW_ON))
			at(p, '(') ? read_group(p) : advance(p);
		if (!accept(p, KW_ONLY) && at(p, KW_WITH) && peek_is(p, 1, KW_TIES))
			p->i += 2;
		return true;
	case KW_FOR:
		if (!(peek_is(p, 1, KW_UPDATE) || peek_is(p, 1, KW_SHARE) || peek_is(p, 1, KW_NO) || peek_is(p, 1, KW_KEY) ||
		      peek_is(p, 1, KW_XML) || peek_is(p, 1, KW_JSON) || peek_is(p, 1, KW_BROWSE) || peek_is(p, 1, KW_READ) ||
		      peek_is(p, 1, KW_FETCH)))
			return false;
		for_clause(p);
		return true;
	case KW_LOCK:
		if (!peek_is(p, 1, KW_IN))
			return false;
		p->i += 4; /* LOCK IN SHARE MODE */
		return true;
	case KW_WITH:
		return with_suffix(p);
	case KW_OPTION:
		if (!peek_is(p, 1, '('))
			return false;
		advance(p);
		skip_group(p);
		return true;
	case KW_SETTINGS:
	case KW_FORMAT:
		if (p->dialect != SQL_CLICKHOUSE)
			return false;
		skip_words_until_clause(p);
		return true;
	case KW_LATERAL:
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_MATCH_RECOGNIZE:
		if (!peek_is(p, 1, KW_VIEW) && !peek_is(p, 1, '('))
			return false;
		read_joins(p, SQL_READ);
		return true;
	case KW_TABLESAMPLE:
	case KW_SAMPLE:
		advance(p);
		read_expr(p, 0);
		return true;
	case KW_USING:
		if (!peek_is(p, 1, KW_SAMPLE))
			return false;
		p->i += 2;
		read_expr(p, 0);
		return true;
	case OP_PIPE:
		pipe(p);
		return true;
	default:
		return false;
	}
}

void read_clauses(struct reader *p)
{
	size_t before;

	do
		before = p->i;
	while (one_clause(p) && p->i != before);
}

/* Hive: SELECT TRANSFORM (a, b) ROW FORMAT ... USING 'script' AS (c, d) ROW FORMAT ... FROM t */
static bool transforms(struct reader *p)
{
	if (!(p->bits & (DL_SPARK | DL_FROM_FIRST)) || !at(p, KW_TRANSFORM) || !peek_is(p, 1, '('))
		return false;
	advance(p);
	read_group(p);
	while (!at_stop(p) && !ONE_OF(p, KW_FROM, KW_WHERE, KW_INSERT, KW_SELECT)) {
		if (at(p, '(')) {
			skip_group(p);
			continue;
		}
		if (tok(p)->type == TOKEN_STRING && tok_at(p, p->i - 1)->id == KW_USING)
			add_file(p, literal_value(p, tok(p)), SQL_PROGRAM, false, false);
		advance(p);
	}
	return true;
}

void read_select(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	select_modifiers(p);
	if (!transforms(p))
		read_expr(p, EX_LIST | EX_OUTPUT);
	read_clauses(p);
	scope_pop(p);
}

/* FROM t [SELECT a] [WHERE ...]; Hive: FROM t INSERT INTO a SELECT ... INSERT INTO b SELECT ... */
static void read_from_first(struct reader *p)
{
	struct scope s;
	bool selected = false;

	scope_push(p, &s);
	advance(p);
	read_from(p, SQL_READ);
	do {
		if (at(p, KW_SELECT)) {
			selected = true;
			advance(p);
			select_modifiers(p);
			if (!transforms(p))
				read_expr(p, EX_LIST | EX_OUTPUT);
		}
		if (at(p, KW_INSERT)) {
			selected = true;
			read_dml(p);
		}
		read_clauses(p);
	} while (at(p, KW_SELECT) || at(p, KW_INSERT));
	if (!selected)
		scope_ref(p, SLICE_NONE, SLICE_NONE, SQL_USE_OUTPUT);
	scope_pop(p);
}

/* ---- query expressions ---- */

static bool set_word(unsigned id)
{
	return id == KW_UNION || id == KW_INTERSECT || id == KW_EXCEPT;
}

bool at_set_operator(struct reader *p)
{
	if (ONE_OF(p, KW_UNION, KW_INTERSECT, KW_EXCEPT))
		return true;
	if (at(p, KW_MINUS))
		return starts_query(peek(p, 1)) || peek_is(p, 1, '(') || peek_is(p, 1, KW_ALL) || peek_is(p, 1, KW_DISTINCT);
	/* BigQuery: LEFT OUTER UNION, INNER UNION */
	return ONE_OF(p, KW_LEFT, KW_FULL, KW_INNER, KW_OUTER) &&
	       (set_word(peek(p, 1)->id) || (peek_is(p, 1, KW_OUTER) && set_word(peek(p, 2)->id)));
}

static void skip_set_operator(struct reader *p)
{
	SKIP(p, KW_LEFT, KW_FULL, KW_INNER, KW_OUTER);
	advance(p);
	SKIP(p, KW_ALL, KW_DISTINCT, KW_DISTINCTROW, KW_STRICT, KW_CORRESPONDING);
	if (at(p, KW_BY) && !peek_is(p, 1, '('))
		p->i += 2; /* BY NAME */
	if (at(p, KW_MATCHING) || at(p, KW_ON) || at(p, KW_BY)) {
		advance(p);
		if (at(p, '('))
			skip_group(p);
	}
	if (at(p, '(') && tok_at(p, p->i - 1)->id == KW_CORRESPONDING)
		skip_group(p);
}

static void read_values(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	read_expr(p, 0);
	read_clauses(p);
	scope_pop(p);
}

static void read_table_query(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	advance(p);
	read_from_item(p, SQL_READ);
	scope_ref(p, SLICE_NONE, SLICE_NONE, SQL_USE_OUTPUT);
	read_clauses(p);
	scope_pop(p);
}

static bool primary(struct reader *p)
{
	switch (tok(p)->id) {
	case '(':
		read_paren(p, false, SQL_READ);
		if (at(p, KW_AS) && is_name(peek(p, 1)) && p->dialect == SQL_BIGQUERY)
			p->i += 2;
		return true;
	case KW_SELECT:
		read_select(p);
		return true;
	case KW_VALUES:
		read_values(p);
		return true;
	case KW_TABLE:
		read_table_query(p);
		return true;
	case KW_FROM:
		read_from_first(p);
		return true;
	case KW_CREATE: /* WITH x AS (...) CREATE TABLE t AS SELECT * FROM x */
		read_create(p);
		return true;
	case KW_WITH: /* (...) UNION WITH x AS (...) SELECT */
		read_query(p);
		return true;
	case KW_PIVOT:
	case KW_UNPIVOT:
	case KW_PIVOT_WIDER:
	case KW_PIVOT_LONGER:
	case KW_COPY:
	case KW_SUMMARIZE:
	case KW_DESCRIBE:
	case KW_DESC:
	case KW_SHOW:
	case KW_EXEC:
	case KW_CALL:
		if (read_more_utilities(p))
			return true;
		return read_utility(p);
	default:
		return read_dml(p);
	}
}

/* ORDER BY, LIMIT ... behind a query in parentheses. */
void read_tail(struct reader *p)
{
	struct scope s;

	scope_push(p, &s);
	read_clauses(p);
	scope_pop(p);
}

static void implicit_recursion(struct reader *p)
{
	struct scope *s = p->scope;

	/* The scope of WITH ... AS (, or that of the query right inside it. */
	for (unsigned n = 0; s && n < 2; n++, s = s->up)
		if (s->recursive.ptr) {
			struct scope *back = p->scope;

			p->scope = s;
			scope_cte(p, s->recursive, s->recursive_quoted);
			p->scope = back;
			s->recursive = SLICE_NONE;
			return;
		}
}

void read_query_body(struct reader *p)
{
	if (!primary(p)) {
		partial(p);
		return;
	}
	for (;;) {
		if (at(p, OP_PIPE))
			read_tail(p);
		if (!at_set_operator(p))
			break;
		skip_set_operator(p);
		implicit_recursion(p);
		if (!primary(p)) {
			partial(p);
			return;
		}
	}
	read_tail(p);
}

void read_query(struct reader *p)
{
	struct scope s;

	if (!enter(p))
		return;
	scope_push(p, &s);
	if (at(p, KW_WITH))
		read_with(p);
	read_query_body(p);
	scope_pop(p);
	p->depth--;
}

/* ---- parentheses ---- */

/* What may follow inside one level: joins and aliases of tables, set operators and clauses of queries. */
static void paren_tail(struct reader *p, bool from, uint32_t access)
{
	struct source *s;

	if (at_set_operator(p)) {
		while (at_set_operator(p)) {
			skip_set_operator(p);
			implicit_recursion(p);
			if (!primary(p))
				partial(p);
		}
		read_tail(p);
		return;
	}
	if (!at(p, ')') && from && (is_alias(p) || at(p, KW_AS)))
		read_table_suffix(p, SLICE_NONE, &s, NULL);
	if (from) {
		read_joins(p, access);
		while (accept(p, ',')) {
			read_from_item(p, access);
			read_joins(p, access);
		}
	}
	if (at_set_operator(p))
		paren_tail(p, from, access);
	else
		read_tail(p);
}

/* DuckDB: FROM (DESCRIBE t), FROM (SHOW TABLES), FROM (SUMMARIZE SELECT ...) */
static void description(struct reader *p, size_t end)
{
	bool show = at(p, KW_SHOW);

	advance(p);
	if (starts_query(tok(p)) || ONE_OF(p, KW_FROM, KW_PIVOT, KW_UNPIVOT, '('))
		read_query(p);
	else if (!show && is_name(tok(p)))
		read_target(p, SQL_READ);
	while (p->i < end && !at_end(p))
		advance(p);
}

void read_paren(struct reader *p, bool from, uint32_t access)
{
	size_t open = 0;

	while (at(p, '(')) {
		advance(p);
		open++;
	}
	if (!enter(p)) {
		while (open && accept(p, ')'))
			open--;
		return;
	}
	if (from && p->dialect == SQL_DUCKDB && ONE_OF(p, KW_SHOW, KW_DESCRIBE, KW_DESC, KW_SUMMARIZE) && tok_at(p, p->i - 1)->match > p->i)
		description(p, tok_at(p, p->i - 1)->match);
	else if (starts_query(tok(p)) || ONE_OF(p, KW_FROM, KW_SHOW, KW_DESCRIBE, KW_SUMMARIZE) ||
		 (p->bits & DL_BATCH && ONE_OF(p, KW_INSERT, KW_UPDATE, KW_DELETE, KW_MERGE)) ||
		 (p->dialect == SQL_DUCKDB && ONE_OF(p, KW_PIVOT, KW_UNPIVOT, KW_PIVOT_WIDER, KW_PIVOT_LONGER)) ||
		 (at(p, KW_TABLE) && !peek_is(p, 1, '(')) || !from)
		read_query(p);
	else
		read_from(p, access);
	for (; open; open--) {
		if (!at(p, ')'))
			paren_tail(p, from, access);
		if (!accept(p, ')')) {
			partial(p);
			break;
		}
	}
	p->depth--;
}
