// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* FROM: tables, subqueries, table functions. */
#include "sql/call.h"
#include "sql/naming.h"
#include "sql/reader.h"

/* ---- elements ---- */

static struct source *derived(struct reader *p, struct slice name)
{
	struct source *s;

	read_table_suffix(p, name, &s, NULL);
	return NULL;
}

/* f(...), TABLE(...), UNNEST(...), ROWS FROM (...): at what stands in front of the parenthesis. */
static struct source *function_item(struct reader *p, const struct name *n)
{
	read_table_function(p, n);
	/* OPENDATASOURCE('provider', 'connection').db.schema.t */
	if (at(p, '.') && is_name(peek(p, 1))) {
		struct sql_relation *r;

		advance(p);
		r = read_target(p, SQL_READ);
		if (r) {
			struct source *s;

			read_table_suffix(p, r->name, &s, r);
			return s;
		}
	}
	return derived(p, n ? last_part(n) : SLICE_NONE);
}

/* FROM t, t.items: an array in a row of a source. */
static bool is_array_path(struct reader *p, const struct name *n)
{
	return p->bits & DL_ARRAY_PATH && n->n > 1 && scope_find(p, n->part[0]);
}

static struct source *named_item(struct reader *p, const struct name *n, uint32_t access)
{
	struct sql_relation *r;
	struct source *s;

	if (is_array_path(p, n))
		return derived(p, last_part(n));
	r = p->target ? add_relation(p, n, access) : add_read(p, n, access);
	p->target = false;
	if (n->n > 2 || n->quoted)
		naming_suffix(p, n);
	if (r && p->bits & DL_ARRAY_PATH && n->n > 1)
		scope_path(p, n->part[0], r);
	read_table_suffix(p, last_part(n), &s, r);
	if (s)
		s->decided = access != 0;
	return s;
}

/* 'file.csv' in DuckDB, a stage in Snowflake. */
static struct source *text_item(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type == TOKEN_PARAM && p->flows && *tok_raw(p).ptr == '$') {
		; /* the result of a statement before */
	} else if (t->type == TOKEN_PARAM) {
		/* a table variable; of others it is not known what they name */
		if (*tok_raw(p).ptr != '@' || !(p->bits & DL_AT_VARIABLE))
			dynamic(p);
	} else {
		add_file_token(p, t, false, false);
		if (t->type == TOKEN_STRING && !looks_like_file(lex_body(p->text, t)))
			literal_relation(p, literal_value(p, t), SQL_VIA_LITERAL);
		else if (t->type == TOKEN_STRING && p->dialect == SQL_DUCKDB) /* a table "x.csv" goes before the file */
			literal_whole_name(p, literal_value(p, t));
	}
	advance(p);
	if ((t->type == TOKEN_STAGE || t->type == TOKEN_STRING) && at(p, '('))
		read_group(p);
	else if (t->type == TOKEN_PARAM && at(p, '.')) { /* @x.nodes('...') */
		struct name n;

		advance(p);
		if (read_name(p, &n) && at(p, '('))
			read_group(p);
	}
	return derived(p, SLICE_NONE);
}

static struct source *unpivoted_object(struct reader *p)
{
	struct name n;

	advance(p);
	if (read_name(p, &n) && !scope_find(p, n.part[0]))
		partial(p);
	while (at(p, '['))
		p->i += 3;
	if (accept(p, KW_AS) && is_name(tok(p)))
		advance(p);
	if (accept(p, KW_AT) && is_name(tok(p)))
		advance(p);
	return scope_source(p, SLICE_NONE, NULL);
}

/* Behind a word that stands in front of an item. */
static struct source *inner_item(struct reader *p, uint32_t access)
{
	struct source *s;

	if (too_deep(p))
		return NULL;
	s = read_from_item(p, access);
	leave(p);
	return s;
}

/* At TABLE: it stands in front of a table's name, and is not itself the name of one, or of a CTE. */
static bool table_word(struct reader *p)
{
	struct name n = { .part = { SLICE("table") }, .n = 1 };
	const struct token *next = peek(p, 1);
	unsigned flags = keyword_flags(next->id);

	if (!is_name(next) || flags & (KF_STOP | KF_NOALIAS) || (next->id == KW_SETTINGS && p->dialect == SQL_CLICKHOUSE))
		return false;
	return !(flags & KF_JOIN && (keyword_flags(peek(p, 2)->id) & KF_JOIN || peek_is(p, 2, KW_JOIN))) && !scope_is_cte(p, &n);
}

/* STREAM(t) */
static struct source *stream_of(struct reader *p, uint32_t access)
{
	struct source *s;
	struct slice name;

	p->i += 2;
	s = inner_item(p, access);
	name = s ? s->alias : SLICE_NONE;
	if (!accept(p, ')'))
		partial(p);
	read_table_suffix(p, name, &s, s ? s->relation : NULL);
	return s;
}

static struct source *word_item(struct reader *p, uint32_t access, bool *ret_done)
{
	*ret_done = true;
	switch (tok(p)->id) {
	case KW_TABLE:
		if (peek_is(p, 1, '(')) {
			advance(p);
			return function_item(p, NULL);
		}
		if (!table_word(p))
			break; /* a table of that name */
		advance(p);
		if (at(p, KW_FUNCTION))
			advance(p);
		return inner_item(p, access);
	case KW_ROWS:
		if (!peek_is(p, 1, KW_FROM) || !peek_is(p, 2, '('))
			break;
		p->i += 2;
		return function_item(p, NULL);
	case KW_STREAM: /* Databricks, Spark: STREAM t, STREAM(t) */
		if (p->bits & DL_SPARK && peek_is(p, 1, '(') && is_name(peek(p, 2)) && !starts_query(peek(p, 2)))
			return stream_of(p, access);
		if (!(p->bits & DL_SPARK) || !is_name(peek(p, 1)) || keyword_flags(peek(p, 1)->id) & (KF_STOP | KF_NOALIAS))
			break;
		advance(p);
		return inner_item(p, access);
	case KW_UNPIVOT: /* Redshift: UNPIVOT t.object AS value AT key */
		if (p->dialect != SQL_REDSHIFT || !is_name(peek(p, 1)))
			break;
		return unpivoted_object(p);
	case KW_VALUES:
		if (!peek_is(p, 1, '(') && peek(p, 1)->type != TOKEN_NUMBER && peek(p, 1)->type != TOKEN_STRING)
			break;
		advance(p);
		do {
			if (at(p, '('))
				read_group(p);
			else
				read_expr(p, EX_COMMA);
		} while (accept(p, ','));
		return derived(p, SLICE_NONE);
	case KW_SELECT: /* Hive: FROM SELECT ... */
		read_query(p);
		return derived(p, SLICE_NONE);
	default:
		break;
	}
	*ret_done = false;
	return NULL;
}

/* PostgreSQL: FROM current_date, FROM user: these words are functions, whatever table has the name. */
static bool bare_function(struct reader *p)
{
	return tok(p)->id && p->dialect == SQL_POSTGRES && !peek_is(p, 1, '.') && !peek_is(p, 1, '(') &&
	       ONE_OF(p, KW_CURRENT_DATE, KW_CURRENT_TIME, KW_CURRENT_TIMESTAMP, KW_LOCALTIME, KW_LOCALTIMESTAMP, KW_CURRENT_ROLE,
		      KW_CURRENT_USER, KW_USER, KW_SESSION_USER, KW_SYSTEM_USER, KW_CURRENT_CATALOG, KW_CURRENT_SCHEMA);
}

static void words_before(struct reader *p)
{
	while ((at(p, KW_LATERAL) && !peek_is(p, 1, KW_VIEW)) ||
	       (at(p, KW_ONLY) && (is_name(peek(p, 1)) || peek_is(p, 1, '(')) && !peek_is(p, 1, KW_WHERE)))
		advance(p);
}

static bool starts_dml(const struct token *t)
{
	return t->id == KW_INSERT || t->id == KW_UPDATE || t->id == KW_DELETE || t->id == KW_MERGE;
}

/* FINAL TABLE (INSERT ...), OLD TABLE (DELETE ...) */
static struct source *changed_rows(struct reader *p)
{
	p->i += 3;
	read_statement(p);
	if (!accept(p, ')'))
		partial(p);
	return derived(p, SLICE_NONE);
}

/* Oracle: ANALYTIC VIEW (USING v HIERARCHIES (h) ADD MEASURES (m AS (...))) */
static struct source *analytic_view(struct reader *p)
{
	p->i += 4;
	read_target(p, SQL_READ);
	while (!at_statement_end(p) && !at(p, ')'))
		at(p, '(') ? read_group(p) : advance(p);
	if (!accept(p, ')'))
		partial(p);
	return derived(p, SLICE_NONE);
}

/* ODBC: { OJ a LEFT JOIN b }; ClickHouse: {name:Identifier}, a table that is a parameter. */
static struct source *braces(struct reader *p, uint32_t access)
{
	struct source *s = NULL;

	if (too_deep(p))
		return NULL;
	advance(p);
	if (accept(p, KW_OJ)) {
		s = read_from_item(p, access);
		read_joins(p, access);
	} else {
		dynamic(p);
		while (!at_stop(p) && !at(p, '}'))
			advance(p);
	}
	if (!accept(p, '}'))
		partial(p);
	leave(p);
	return s ? s : derived(p, SLICE_NONE);
}

/* At '(' */
static struct source *item_in_parentheses(struct reader *p, uint32_t access)
{
	struct name n;

	if (!p->i || tok_at(p, p->i - 1)->id != KW_ONLY) {
		struct source *before = p->scope->sources;

		read_paren(p, true, access);
		read_join_suffix(p, before);
		return NULL;
	}
	advance(p); /* ONLY (t) */
	if (!read_relation_name(p, &n))
		partial(p);
	if (!accept(p, ')'))
		partial(p);
	return n.n ? named_item(p, &n, access) : NULL;
}

/* At a string: in which dialects it is the name of a table. */
static bool string_is_table(struct reader *p)
{
	const struct token *t = tok(p);

	return t->flags & TF_DOUBLE || p->dialect == SQL_SQLITE || p->bits & DL_MYSQL ||
	       (p->dialect == SQL_DUCKDB && !looks_like_file(lex_body(p->text, t)));
}

struct source *read_from_item(struct reader *p, uint32_t access)
{
	bool done, word = tok(p)->id || !is_name(tok(p)); /* of the grammar, or a sign */
	struct source *s;
	struct name n;

	if (word)
		words_before(p);
	if (word && at(p, '('))
		return item_in_parentheses(p, access);
	if (word && at(p, '{'))
		return braces(p, access);
	if (p->dialect == SQL_DUCKDB && is_name(tok(p)) && peek_is(p, 1, ':')) { /* alias: t */
		struct slice alias = tok_name(p);

		p->i += 2;
		s = inner_item(p, access);
		if (s)
			s->alias = alias;
		return s;
	}
	if (p->bits & DL_BATCH && at(p, OP_CAST) && is_name(peek(p, 1))) /* ::fn_helpcollations() */
		advance(p);
	if (word) {
		s = word_item(p, access, &done);
		if (done)
			return s;
	}
	if (is_name(tok(p)) && peek_is(p, 1, KW_TABLE) && peek_is(p, 2, '(') && starts_dml(peek(p, 3)))
		return changed_rows(p);
	if (is_name(tok(p)) && peek_is(p, 1, KW_VIEW) && peek_is(p, 2, '(') && peek_is(p, 3, KW_USING))
		return analytic_view(p);
	if (bare_function(p)) {
		struct slice name = tok_name(p);

		advance(p);
		return derived(p, name);
	}
	if (tok(p)->type == TOKEN_PARAM || tok(p)->type == TOKEN_STAGE || (tok(p)->type == TOKEN_STRING && !string_is_table(p)))
		return text_item(p);
	if (tok(p)->type == TOKEN_WORD && keyword_flags(tok(p)->id) & KF_STOP && !peek_is(p, 1, '.') && !peek_is(p, 1, '(')) {
		partial(p);
		return NULL;
	}
	if (!read_relation_name(p, &n)) {
		partial(p);
		return NULL;
	}
	if (at(p, '(') && !(p->bits & DL_BATCH && is_lock_hint(peek(p, 1)->id))) {
		naming_call(p, &n);
		return function_item(p, &n);
	}
	return named_item(p, &n, access);
}

void read_from(struct reader *p, uint32_t access)
{
	struct source *before = p->scope->before;
	bool first = true;

	p->scope->in_from = true;
	do {
		if (at(p, KW_WHERE) || at_stop(p)) { /* a comma too many */
			if (first || (p->dialect != SQL_DUCKDB && p->dialect != SQL_SNOWFLAKE && p->dialect != SQL_BIGQUERY))
				partial(p);
			break;
		}
		first = false;
		p->scope->before = p->scope->sources;
		read_from_item(p, access);
		read_joins(p, access);
	} while (accept(p, ','));
	p->scope->before = before;
}

void read_column_names(struct reader *p, struct sql_relation *r, uint32_t use)
{
	unsigned depth = 0;

	do {
		if (at(p, '('))
			depth++;
		else if (at(p, ')'))
			depth--;
		else if (is_name(tok(p)) && r && !peek_is(p, 1, '('))
			add_column(p, r, tok_name(p), use);
		skip_word(p);
	} while (depth && !at_end(p));
}
