// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Joins, and the operators that follow a table: LATERAL VIEW, PIVOT, MATCH_RECOGNIZE. */
#include "sql/reader.h"

/* ---- joins ---- */

/* LEFT SEMI JOIN, CROSS APPLY, NATURAL FULL OUTER JOIN: how many words up to and with JOIN; 0: no join begins here. */
static size_t join_words(struct reader *p)
{
	for (size_t n = 0; n < 6; n++) {
		unsigned id = peek(p, n)->id;

		if (id == KW_JOIN || id == KW_STRAIGHT_JOIN)
			return n + 1;
		if (id == KW_APPLY && n && (peek_is(p, n - 1, KW_CROSS) || peek_is(p, n - 1, KW_OUTER)))
			return n + 1;
		if (!id || !(keyword_flags(id) & KF_JOIN))
			return 0;
	}
	return 0;
}

bool at_join(struct reader *p)
{
	return join_words(p) > 0;
}

/* LATERAL VIEW [OUTER] explode(x) t AS a, b */
static void lateral_view(struct reader *p)
{
	struct name n;

	p->i += 2;
	accept(p, KW_OUTER);
	if (read_name(p, &n) && at(p, '(')) {
		add_call(p, &n, false);
		read_group(p);
	}
	if (is_alias(p)) {
		scope_source(p, tok_name(p), NULL);
		advance(p);
	}
	if (accept(p, KW_AS) || is_alias(p))
		do {
			if (is_name(tok(p)))
				advance(p);
		} while (accept(p, ','));
}

/* ClickHouse: USING a, b */
static void using_list(struct reader *p)
{
	advance(p);
	do {
		if (!is_name(tok(p)))
			return;
		scope_ref(p, SLICE_NONE, tok_name(p), SQL_USE_FILTER);
		advance(p);
	} while (accept(p, ','));
}

static void using_columns(struct reader *p)
{
	advance(p);
	if (!at(p, '('))
		return;
	advance(p);
	while ((is_name(tok(p)) && !at(p, KW_FROM)) || at(p, ',')) {
		if (is_name(tok(p)))
			scope_ref(p, SLICE_NONE, tok_name(p), SQL_USE_FILTER);
		advance(p);
	}
	if (!accept(p, ')'))
		partial(p);
	if (at(p, KW_AS) && is_name(peek(p, 1)))
		p->i += 2;
}

/* PIVOT (...) alias, MATCH_RECOGNIZE (...) alias: at the word. */
static void table_operator(struct reader *p)
{
	advance(p);
	SKIP(p, KW_INCLUDE, KW_EXCLUDE, KW_NULLS, KW_XML);
	if (at(p, '('))
		read_group(p);
	accept(p, KW_AS);
	if (is_alias(p)) {
		scope_source(p, tok_name(p), NULL);
		advance(p);
		if (at(p, '('))
			skip_group(p);
	}
}

static bool at_table_operator(struct reader *p)
{
	if (at(p, KW_UNPIVOT) && (peek_is(p, 1, KW_INCLUDE) || peek_is(p, 1, KW_EXCLUDE)))
		return true;
	return ONE_OF(p, KW_PIVOT, KW_UNPIVOT, KW_MATCH_RECOGNIZE) && (peek_is(p, 1, '(') || peek_is(p, 1, KW_XML));
}

/* Oracle: t PARTITION BY (a) RIGHT JOIN u ..., LEFT JOIN t PARTITION BY (a) ON ...; not MODEL PARTITION BY (a) DIMENSION BY (b) */
static bool at_partitioned_join(struct reader *p)
{
	unsigned behind;
	size_t end;

	if (!at(p, KW_PARTITION) || !peek_is(p, 1, KW_BY) || !peek_is(p, 2, '(') || (p->dialect != SQL_ORACLE && p->dialect != SQL_ANSI))
		return false;
	end = partner(p, p->i + 2);
	behind = end ? tok_at(p, end + 1)->id : 0;
	return behind == KW_ON || behind == KW_USING || behind == KW_JOIN || keyword_flags(behind) & KF_JOIN;
}

static bool is_natural(struct reader *p, size_t words)
{
	for (size_t i = 0; i < words; i++)
		if (peek_is(p, i, KW_NATURAL))
			return true;
	return false;
}

/* Signs, and the words that most often stand behind the tables: none of what belongs to a join. */
static bool ends_joins(unsigned id)
{
	return id <= KW_NOT_ONE || id == KW_WHERE || id == KW_SET;
}

void read_joins(struct reader *p, uint32_t access)
{
	while (!ends_joins(tok(p)->id)) {
		size_t n = join_words(p);

		if (n) {
			bool array = at(p, KW_ARRAY) || peek_is(p, 1, KW_ARRAY), natural = is_natural(p, n);

			p->i += n;
			if (array && p->dialect == SQL_CLICKHOUSE) {
				read_expr(p, 0);
				continue;
			}
			SKIP(p, KW_HASH, KW_SHUFFLE, KW_BROADCAST);
			if (at(p, KW_BY) && peek_is(p, 1, '(')) { /* DuckDB: JOIN BY (TYPE semi) */
				advance(p);
				skip_group(p);
			}
			if (at(p, '[') && peek_is(p, 2, ']')) /* Impala: JOIN [SHUFFLE] t */
				p->i += 3;
			read_from_item(p, access);
			if (natural) /* by any column of every source of the item */
				scope_all_columns(p, p->scope->before);
		} else if (at(p, KW_ON) && !peek_is(p, 1, KW_CONFLICT) && !peek_is(p, 1, KW_DUPLICATE)) {
			advance(p);
			read_expr(p, EX_COMMA);
		} else if (at(p, KW_USING) && !peek_is(p, 1, KW_SAMPLE)) {
			if (!peek_is(p, 1, '(')) {
				if (p->dialect != SQL_CLICKHOUSE)
					return;
				using_list(p);
				continue;
			}
			using_columns(p);
		} else if (at_partitioned_join(p)) {
			p->i += 2;
			read_group(p);
		} else if (at(p, KW_LATERAL) && peek_is(p, 1, KW_VIEW)) {
			lateral_view(p);
		} else if (at_table_operator(p)) {
			table_operator(p);
		} else if (at(p, KW_NEAREST) && p->dialect == SQL_DUCKDB) { /* NEAREST 3 BY DISTANCE f(a, b) */
			advance(p);
			while (!at_stop(p) && !at(p, KW_BY))
				advance(p);
			p->i += 2;
			read_expr(p, EX_COMMA);
		} else if (at(p, KW_AT) && p->dialect == SQL_REDSHIFT && is_name(peek(p, 1))) { /* FROM t, t.items AS i AT n */
			p->i += 2;
		} else if (at(p, KW_MATCH_CONDITION) && peek_is(p, 1, '(')) {
			advance(p);
			read_group(p);
		} else {
			return;
		}
	}
}
