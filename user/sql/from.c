// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* FROM: tables, joins, subqueries, table functions, and what may stand around a table's name. */
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
	while (is_name(tok(p)) || at(p, ',')) {
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

void read_joins(struct reader *p, uint32_t access)
{
	for (;;) {
		size_t n = join_words(p);

		if (n) {
			bool array = at(p, KW_ARRAY) || peek_is(p, 1, KW_ARRAY);

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

/* ---- what may stand behind a table ---- */

/* An expression of time or number: '...' and the rest up to something that cannot belong to it. */
static void point_in_time(struct reader *p)
{
	if (at(p, '(')) {
		read_group(p);
		return;
	}
	SKIP(p, KW_TIMESTAMP, KW_VERSION, KW_DATE, KW_SCN, KW_INTERVAL, KW_SYSTEM_TIME, KW_TIME);
	for (;;) {
		struct name n;

		if (is_name(tok(p))) {
			read_name(p, &n);
			if (at(p, '('))
				read_group(p);
			else if (tok(p)->type == TOKEN_STRING)
				advance(p);
		} else if (at(p, '(')) {
			read_group(p);
		} else {
			advance(p);
		}
		SKIP(p, KW_DAY, KW_HOUR, KW_MINUTE, KW_SECOND);
		if (!at(p, '-') && !at(p, '+') && !at(p, OP_CAST))
			return;
		advance(p);
		accept(p, KW_INTERVAL);
	}
}

/* FOR SYSTEM_TIME AS OF x | FROM x TO y | BETWEEN x AND y | ALL, FOR VERSION AS OF n, AS OF TIMESTAMP x, VERSION AS OF n */
static bool time_travel(struct reader *p)
{
	if (at(p, KW_FOR) && (peek_is(p, 1, KW_SYSTEM_TIME) || peek_is(p, 1, KW_VERSION) || peek_is(p, 1, KW_TIMESTAMP) ||
			      peek_is(p, 1, KW_SYSTEM_VERSION) || peek_is(p, 1, KW_PORTION) || peek_is(p, 1, KW_BUSINESS_TIME)))
		p->i += 2;
	else if (ONE_OF(p, KW_VERSION, KW_TIMESTAMP, KW_SYSTEM_TIME) && peek_is(p, 1, KW_AS) && peek_is(p, 2, KW_OF))
		advance(p);
	else if (at(p, KW_VERSIONS) && peek_is(p, 1, KW_BETWEEN))
		p->i += 2;
	else if (!(at(p, KW_AS) && peek_is(p, 1, KW_OF)))
		return false;
	if (accept(p, KW_OF) && is_name(tok(p)) && peek_is(p, 1, KW_FROM)) /* PORTION OF period FROM x TO y */
		advance(p);
	if (at(p, KW_AS) && peek_is(p, 1, KW_OF)) {
		p->i += 2;
		point_in_time(p);
		return true;
	}
	if (accept(p, KW_ALL))
		return true;
	if (accept(p, KW_CONTAINED)) {
		accept(p, KW_IN);
		if (at(p, '('))
			read_group(p);
		return true;
	}
	if (accept(p, KW_BETWEEN) || accept(p, KW_FROM) || tok(p)->type == TOKEN_NUMBER || ONE_OF(p, KW_TIMESTAMP, KW_SCN)) {
		point_in_time(p);
		if (accept(p, KW_AND) || accept(p, KW_TO))
			point_in_time(p);
	}
	return true;
}

/* TABLESAMPLE bernoulli (10) REPEATABLE (3), SAMPLE 1/10 OFFSET 1/2, TABLESAMPLE (10 PERCENT) */
static void sample(struct reader *p)
{
	advance(p);
	SKIP(p, KW_SYSTEM, KW_BERNOULLI, KW_BLOCK, KW_ROW, KW_RESERVOIR);
	if (is_name(tok(p)) && peek_is(p, 1, '(') && !at(p, KW_WHERE))
		advance(p);
	if (at(p, '('))
		read_group(p);
	while (tok(p)->type == TOKEN_NUMBER || at(p, '/') || at(p, '%') || at(p, KW_PERCENT) || at(p, KW_ROWS))
		advance(p);
	if (at(p, KW_OFFSET) && p->dialect == SQL_CLICKHOUSE && peek(p, 1)->type == TOKEN_NUMBER) {
		p->i += 2;
		while (tok(p)->type == TOKEN_NUMBER || at(p, '/'))
			advance(p);
	}
	if (at(p, '(')) /* bernoulli (10) behind the percentage */
		read_group(p);
	while (ONE_OF(p, KW_REPEATABLE, KW_SEED) && peek_is(p, 1, '(')) {
		advance(p);
		read_group(p);
	}
}

/* USE INDEX FOR JOIN (i), FORCE KEY (i), INDEXED BY i, NOT INDEXED */
static bool index_hint(struct reader *p)
{
	if (ONE_OF(p, KW_USE, KW_FORCE, KW_IGNORE) && (peek_is(p, 1, KW_INDEX) || peek_is(p, 1, KW_KEY))) {
		p->i += 2;
		while (!at_stop(p) && !at(p, '('))
			advance(p);
		if (at(p, '('))
			skip_group(p);
		if (at(p, ',') && (peek_is(p, 1, KW_USE) || peek_is(p, 1, KW_FORCE) || peek_is(p, 1, KW_IGNORE)) &&
		    (peek_is(p, 2, KW_INDEX) || peek_is(p, 2, KW_KEY)))
			advance(p);
		return true;
	}
	if (at(p, KW_INDEXED) && peek_is(p, 1, KW_BY)) {
		p->i += 3;
		return true;
	}
	if (at(p, KW_NOT) && peek_is(p, 1, KW_INDEXED)) {
		p->i += 2;
		return true;
	}
	return false;
}

static bool lock_hint(unsigned id)
{
	return id == KW_NOLOCK || id == KW_READUNCOMMITTED || id == KW_UPDLOCK || id == KW_HOLDLOCK || id == KW_READPAST ||
	       id == KW_TABLOCK || id == KW_TABLOCKX || id == KW_ROWLOCK || id == KW_PAGLOCK || id == KW_XLOCK || id == KW_INDEX ||
	       id == KW_FORCESEEK || id == KW_NOEXPAND || id == KW_SERIALIZABLE || id == KW_SNAPSHOT || id == KW_READCOMMITTED ||
	       id == KW_READCOMMITTEDLOCK;
}

/* One of the things that may follow a table's name, before or behind its alias. */
static bool one_suffix(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_PARTITION:
	case KW_SUBPARTITION:
	case KW_PARTITIONS:
		if (peek_is(p, 1, KW_FOR) && peek_is(p, 2, '('))
			advance(p);
		if (!peek_is(p, 1, '('))
			return false;
		advance(p);
		read_group(p);
		return true;
	case KW_TABLESAMPLE:
		sample(p);
		return true;
	case KW_SAMPLE:
		if (!peek_is(p, 1, '(') && peek(p, 1)->type != TOKEN_NUMBER && !(is_name(peek(p, 1)) && peek_is(p, 2, '(')))
			return false;
		sample(p);
		return true;
	case KW_FINAL:
		if (p->dialect != SQL_CLICKHOUSE)
			return false;
		advance(p);
		return true;
	case KW_AT:
	case KW_BEFORE:
	case KW_CHANGES:
		if (!peek_is(p, 1, '('))
			return false;
		advance(p);
		read_group(p);
		return true;
	case KW_END: /* CHANGES (...) AT (...) END (...) */
		if (p->dialect != SQL_SNOWFLAKE || !peek_is(p, 1, '('))
			return false;
		advance(p);
		read_group(p);
		return true;
	case KW_WITH:
		if (peek_is(p, 1, KW_ORDINALITY)) {
			p->i += 2;
			return true;
		}
		if (peek_is(p, 1, KW_OFFSET)) {
			p->i += 2;
			accept(p, KW_AS);
			if (is_alias(p))
				advance(p);
			return true;
		}
		if (!peek_is(p, 1, '('))
			return false;
		advance(p);
		skip_group(p);
		return true;
	case '(':
		if (!(p->bits & DL_BATCH) || !lock_hint(peek(p, 1)->id))
			return false;
		skip_group(p);
		return true;
	case KW_FOR:
	case KW_VERSION:
	case KW_TIMESTAMP:
	case KW_SYSTEM_TIME:
	case KW_VERSIONS:
	case KW_AS:
		return time_travel(p);
	case '@': /* Spark: t@v123, t@20240101 */
		if (!(p->bits & DL_SPARK))
			return false;
		p->i += 2;
		return true;
	case '*': /* PostgreSQL: with descendants */
		if (!(p->bits & DL_PG))
			return false;
		advance(p);
		return true;
	default:
		return index_hint(p);
	}
}

static void alias_columns(struct reader *p)
{
	if (at(p, '('))
		skip_group(p); /* names, or definitions of columns */
}

static struct slice read_alias(struct reader *p, struct slice name)
{
	bool as = accept(p, KW_AS);

	if (as && at(p, '(')) { /* a function's columns */
		skip_group(p);
		return name;
	}
	if (is_alias(p) || (as && is_name(tok(p)))) {
		name = tok_name(p);
		advance(p);
		if (tok_at(p, p->i - 1)->flags & TF_UNICODE && at(p, KW_UESCAPE))
			p->i += 2;
		if (!(at(p, '(') && p->bits & DL_BATCH && lock_hint(peek(p, 1)->id)))
			alias_columns(p);
	} else if (tok(p)->type == TOKEN_STRING && (as || p->bits & DL_DQ_STRING || p->dialect == SQL_SQLITE)) {
		name = literal_value(p, tok(p));
		advance(p);
		alias_columns(p);
	}
	return name;
}

void read_table_suffix(struct reader *p, struct slice name, struct source **source, struct sql_relation *r)
{
	struct slice alias;

	while (one_suffix(p))
		;
	alias = read_alias(p, name);
	while (one_suffix(p))
		;
	*source = scope_source(p, alias, r);
	if (r && alias.ptr && alias.ptr != name.ptr)
		r->alias = alias;
}

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
	read_table_suffix(p, last_part(n), &s, r);
	if (s)
		s->decided = access != 0;
	return s;
}

/* 'file.csv' in DuckDB, a stage in Snowflake. */
static struct source *text_item(struct reader *p)
{
	const struct token *t = tok(p);

	if (t->type == TOKEN_PARAM) {
		/* a table variable; of others it is not known what they name */
		if (*tok_raw(p).ptr != '@' || !(p->bits & DL_AT_VARIABLE))
			dynamic(p);
	} else {
		add_file_token(p, t, false, false);
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

static struct source *word_item(struct reader *p, uint32_t access, bool *ret_done)
{
	*ret_done = true;
	switch (tok(p)->id) {
	case KW_TABLE:
		if (peek_is(p, 1, '(')) {
			advance(p);
			return function_item(p, NULL);
		}
		if (!is_name(peek(p, 1)) || keyword_flags(peek(p, 1)->id) & (KF_STOP | KF_NOALIAS) ||
		    (peek_is(p, 1, KW_SETTINGS) && p->dialect == SQL_CLICKHOUSE))
			break; /* a table of that name */
		advance(p);
		if (at(p, KW_FUNCTION))
			advance(p);
		return read_from_item(p, access);
	case KW_ROWS:
		if (!peek_is(p, 1, KW_FROM) || !peek_is(p, 2, '('))
			break;
		p->i += 2;
		return function_item(p, NULL);
	case KW_STREAM: /* Databricks: STREAM t, STREAM(t) */
		if (p->dialect != SQL_DATABRICKS || !is_name(peek(p, 1)) || keyword_flags(peek(p, 1)->id) & (KF_STOP | KF_NOALIAS))
			break;
		advance(p);
		return read_from_item(p, access);
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

static void words_before(struct reader *p)
{
	while ((at(p, KW_LATERAL) && !peek_is(p, 1, KW_VIEW)) ||
	       (at(p, KW_ONLY) && (is_name(peek(p, 1)) || peek_is(p, 1, '(')) && !peek_is(p, 1, KW_WHERE)))
		advance(p);
}

struct source *read_from_item(struct reader *p, uint32_t access)
{
	struct source *s;
	struct name n;
	bool done, only;

	words_before(p);
	only = p->i && tok_at(p, p->i - 1)->id == KW_ONLY;
	if (at(p, '(') && only) { /* ONLY (t) */
		advance(p);
		if (!read_relation_name(p, &n))
			partial(p);
		if (!accept(p, ')'))
			partial(p);
		return n.n ? named_item(p, &n, access) : NULL;
	}
	if (at(p, '(')) {
		read_paren(p, true, access);
		return derived(p, SLICE_NONE);
	}
	if (at(p, '{')) { /* ODBC: { OJ a LEFT JOIN b } */
		p->i += 2;
		s = read_from_item(p, access);
		read_joins(p, access);
		if (!accept(p, '}'))
			partial(p);
		return s;
	}
	if (p->dialect == SQL_DUCKDB && is_name(tok(p)) && peek_is(p, 1, ':')) { /* alias: t */
		struct slice alias = tok_name(p);

		p->i += 2;
		s = read_from_item(p, access);
		if (s)
			s->alias = alias;
		return s;
	}
	s = word_item(p, access, &done);
	if (done)
		return s;
	if (tok(p)->type == TOKEN_PARAM || tok(p)->type == TOKEN_STAGE ||
	    (tok(p)->type == TOKEN_STRING && !(tok(p)->flags & TF_DOUBLE) && p->dialect != SQL_SQLITE && !(p->bits & DL_MYSQL)))
		return text_item(p);
	if (tok(p)->type == TOKEN_WORD && keyword_flags(tok(p)->id) & KF_STOP && !peek_is(p, 1, '.') && !peek_is(p, 1, '(')) {
		partial(p);
		return NULL;
	}
	if (!read_relation_name(p, &n)) {
		partial(p);
		return NULL;
	}
	if (at(p, '(') && !(p->bits & DL_BATCH && lock_hint(peek(p, 1)->id)))
		return function_item(p, &n);
	return named_item(p, &n, access);
}

void read_from(struct reader *p, uint32_t access)
{
	bool first = true;

	do {
		if (at(p, KW_WHERE) || at_stop(p)) { /* a comma too many */
			if (first || (p->dialect != SQL_DUCKDB && p->dialect != SQL_SNOWFLAKE && p->dialect != SQL_BIGQUERY))
				partial(p);
			return;
		}
		first = false;
		read_from_item(p, access);
		read_joins(p, access);
	} while (accept(p, ','));
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
		advance(p);
	} while (depth && !at_end(p));
}
