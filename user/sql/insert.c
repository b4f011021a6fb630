// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* INSERT, REPLACE, UPSERT, and INSERT ALL. */
#include "sql/dml.h"

/* ---- INSERT ---- */

/* ON CONFLICT (a) WHERE ... DO UPDATE SET ..., ON DUPLICATE KEY UPDATE ... */
static void on_conflict(struct reader *p, struct sql_relation *target)
{
	bool updates = false;

	while (at(p, KW_ON)) {
		advance(p);
		while (!at_stop(p) && !ONE_OF(p, KW_UPDATE, KW_NOTHING, KW_IGNORE, KW_REPLACE, KW_RETURNING) &&
		       !(at(p, KW_SELECT) && tok_at(p, p->i - 1)->id == KW_DO)) {
			if (at(p, '('))
				read_group(p);
			else if (at(p, KW_WHERE)) {
				advance(p);
				read_expr(p, 0);
			} else {
				skip_word(p);
			}
		}
		if (accept(p, KW_UPDATE)) {
			updates = true;
			accept(p, KW_SET);
			read_expr(p, EX_LIST | EX_ASSIGN);
			if (accept(p, KW_WHERE))
				read_expr(p, 0);
		} else if (accept(p, KW_SELECT)) { /* [FOR UPDATE] [WHERE ...]: the row that is there */
			while (!at_stop(p) && !ONE_OF(p, KW_WHERE, KW_RETURNING))
				advance(p);
			if (accept(p, KW_WHERE))
				read_expr(p, 0);
		} else {
			SKIP(p, KW_NOTHING, KW_IGNORE, KW_REPLACE);
		}
	}
	if (target && updates)
		target->access |= SQL_UPDATE;
}

/* OVERWRITE [LOCAL] DIRECTORY 'path' ... SELECT */
static bool insert_directory(struct reader *p)
{
	bool local = at(p, KW_LOCAL);

	if (!at(p, KW_DIRECTORY) && !(local && peek_is(p, 1, KW_DIRECTORY)))
		return false;
	p->i += local ? 2 : 1;
	if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), true, local);
		advance(p);
	}
	while (!at_stop(p) && !starts_query(tok(p)) && !at(p, KW_FROM) && !at(p, KW_TABLE)) {
		if (at(p, '(') && (starts_query(peek(p, 1))))
			break;
		if (at(p, '('))
			skip_group(p);
		else
			advance(p);
	}
	return true;
}

static struct sql_relation *insert_target(struct reader *p)
{
	struct name n;

	if (at(p, '(')) { /* Oracle: INTO (SELECT ...) */
		size_t before = p->nrelations;

		if (starts_query(peek(p, 1))) {
			read_group(p);
			for (size_t i = before; i < p->nrelations; i++)
				p->relations[i]->access |= SQL_INSERT;
			return NULL;
		}
	}
	if (nested_table(p, SQL_INSERT))
		return NULL;
	if (accept(p, KW_FUNCTION) || (ONE_OF(p, KW_OPENROWSET, KW_OPENQUERY, KW_OPENDATASOURCE) && peek_is(p, 1, '('))) {
		if (!read_name(p, &n) || !at(p, '(')) {
			partial(p);
			return NULL;
		}
		read_table_function(p, &n);
		if (accept(p, '.'))
			return read_target(p, SQL_INSERT);
		return NULL;
	}
	if (p->bits & DL_BATCH && at(p, KW_BULK) && is_name(peek(p, 1))) /* INSERT BULK t (a int), what bcp sends */
		advance(p);
	if (tok(p)->type == TOKEN_PARAM) {
		if (!(p->bits & DL_BATCH) || *tok_raw(p).ptr != '@')
			dynamic(p);
		advance(p);
		return NULL;
	}
	return read_target(p, SQL_INSERT);
}

static bool insert_columns_follow(struct reader *p)
{
	return at(p, '(') && !starts_query(peek(p, 1)) && !(peek_is(p, 1, KW_TABLE) && is_name(peek(p, 2))) && !peek_is(p, 1, '(') &&
	       !(peek_is(p, 1, KW_FROM) && p->bits & DL_FROM_FIRST);
}

/* Words between the target and the rows: true when some were stepped over. */
static bool words_before_rows(struct reader *p)
{
	if ((at(p, KW_DEFAULT) && peek_is(p, 1, KW_VALUES)) || (at(p, KW_BY) && (peek_is(p, 1, KW_NAME) || peek_is(p, 1, KW_POSITION)))) {
		p->i += 2;
	} else if (at(p, KW_OVERRIDING)) {
		p->i += 3;
	} else if (at(p, KW_ASSERT_ROWS_MODIFIED)) {
		p->i += 2;
	} else if (at(p, KW_AS) && is_name(peek(p, 1)) && !starts_query(peek(p, 1))) { /* row alias of MySQL */
		p->i += 2;
		if (at(p, '('))
			skip_group(p);
	} else if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
		advance(p);
		skip_group(p);
	} else if ((at(p, KW_ROW) && p->dialect == SQL_BIGQUERY) || (at(p, KW_AS) && starts_query(peek(p, 1)))) {
		advance(p);
	} else if (at(p, KW_PARTITION) && peek_is(p, 1, '(')) { /* Impala: (columns) PARTITION (...) */
		advance(p);
		read_group(p);
	} else {
		return false;
	}
	return true;
}

/* ClickHouse: FROM INFILE 'x' COMPRESSION 'gzip' */
static bool from_infile(struct reader *p)
{
	if (!at(p, KW_FROM) || !peek_is(p, 1, KW_INFILE))
		return false;
	p->i += 2;
	if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), false, true);
		advance(p);
	}
	if (accept(p, KW_COMPRESSION))
		advance(p);
	return true;
}

/* What the rows come from, and what stands behind them. */
static void insert_source(struct reader *p, struct sql_relation *target)
{
	size_t before = p->i - 1;

	while (p->i != before) {
		before = p->i;
		if (words_before_rows(p) || read_error_log(p) || from_infile(p))
			continue;
		if (ONE_OF(p, KW_EXEC, KW_EXECUTE, KW_CALL)) {
			read_utility(p);
		} else if (at(p, KW_REPLACE) && (peek_is(p, 1, KW_WHERE) || peek_is(p, 1, KW_USING))) {
			p->i += 2;
			read_expr(p, 0);
		} else if (at(p, KW_SET)) {
			advance(p);
			read_expr(p, EX_LIST | EX_ASSIGN);
		} else if (ONE_OF(p, KW_OUTPUT, KW_RETURNING, KW_RETURN) || at_then_return(p)) {
			accept(p, KW_THEN);
			read_returning(p, target);
		} else if (at(p, KW_ON)) {
			on_conflict(p, target);
		} else if (at(p, KW_FORMAT) && p->dialect == SQL_CLICKHOUSE) { /* data follow */
			skip_rest(p);
		} else if (at(p, KW_VALUE) || at(p, KW_VALUES)) {
			advance(p);
			read_expr(p, 0);
		} else if (starts_query(tok(p)) || ONE_OF(p, KW_TABLE, '(') ||
			   (p->dialect == SQL_DUCKDB && ONE_OF(p, KW_PIVOT, KW_UNPIVOT, KW_DESCRIBE, KW_SUMMARIZE)) ||
			   (at(p, KW_FROM) && p->bits & DL_FROM_FIRST)) {
			read_query(p);
		} else if (at(p, KW_OPTION) || (at(p, KW_SETTINGS) && p->dialect == SQL_CLICKHOUSE) ||
			   (ONE_OF(p, KW_LIMIT, KW_ORDER, KW_WHERE) && p->bits & (DL_SPARK | DL_FROM_FIRST))) {
			read_clauses(p);
		} else {
			return;
		}
	}
}

/* [INTO] t [PARTITION (...)] [alias] [(columns)] */
static struct sql_relation *insert_head(struct reader *p)
{
	struct sql_relation *r;

	accept(p, KW_OVERWRITE);
	accept(p, KW_INTO);
	if (at(p, KW_OVERWRITE))
		advance(p);
	if (insert_directory(p))
		return NULL;
	if (at(p, KW_TABLE) && !peek_is(p, 1, '('))
		advance(p);
	r = insert_target(p);
	if (at(p, KW_PARTITION) && peek_is(p, 1, KW_BY)) { /* ClickHouse: INTO FUNCTION s3(...) PARTITION BY a */
		p->i += 2;
		read_expr(p, EX_COMMA);
	}
	if (at(p, KW_IF) && peek_is(p, 1, KW_EXISTS))
		p->i += 2;
	while (ONE_OF(p, KW_PARTITION, KW_SUBPARTITION) || (at(p, KW_WITH) && peek_is(p, 1, '(') && !is_name(peek(p, 2))) || at(p, '@')) {
		if (at(p, '@')) {
			p->i += 2;
			continue;
		}
		advance(p);
		accept(p, KW_FOR);
		if (at(p, '('))
			read_group(p);
	}
	if (at(p, KW_WITH) && peek_is(p, 1, '(')) { /* hints of T-SQL */
		advance(p);
		skip_group(p);
	}
	if (at(p, KW_IF) && peek_is(p, 1, KW_NOT)) /* Hive: PARTITION (..) IF NOT EXISTS */
		p->i += 3;
	if (at(p, KW_AS) && is_name(peek(p, 1)) && !starts_query(peek(p, 1)))
		p->i += 2;
	else if (is_alias(p) && !ONE_OF(p, KW_FORMAT, KW_SETTINGS, KW_BY, KW_VALUE, KW_OVERRIDING, KW_DEFAULT, KW_LOG, KW_ROW) &&
		 (peek_is(p, 1, '(') || peek_is(p, 1, KW_VALUES) || peek_is(p, 1, KW_SELECT) || peek_is(p, 1, KW_SET)))
		advance(p);
	if (insert_columns_follow(p))
		read_column_names(p, r, SQL_USE_WRITE);
	else if (r)
		r->all_columns = true;
	if (at(p, KW_PARTITION) && peek_is(p, 1, '(')) { /* Impala: behind the columns */
		advance(p);
		read_group(p);
	}
	if (at(p, '[') && peek_is(p, 2, ']')) /* Impala: [SHUFFLE] */
		p->i += 3;
	return r;
}

/* INSERT ALL|FIRST [WHEN c THEN] INTO t (a) VALUES (b) [INTO ...] [ELSE ...] SELECT ... */
static void insert_all(struct reader *p)
{
	advance(p);
	for (;;) {
		if (at(p, KW_WHEN)) {
			advance(p);
			read_expr(p, 0);
			accept(p, KW_THEN);
		} else if (accept(p, KW_ELSE)) {
			;
		} else if (at(p, KW_INTO)) {
			insert_head(p);
			if (at(p, KW_VALUES)) {
				advance(p);
				if (at(p, '('))
					read_group(p);
			}
			read_error_log(p);
		} else {
			break;
		}
	}
	if (starts_query(tok(p)) || at(p, '('))
		read_query(p);
	else
		partial(p);
}

void read_insert(struct reader *p)
{
	struct sql_relation *r;
	struct scope s;

	advance(p);
	scope_push(p, &s);
	skip_modifiers(p);
	if (ONE_OF(p, KW_ALL, KW_FIRST) && (peek_is(p, 1, KW_INTO) || peek_is(p, 1, KW_WHEN))) {
		insert_all(p);
		scope_pop(p);
		return;
	}
	if (at(p, KW_OVERWRITE) && (peek_is(p, 1, KW_ALL) || peek_is(p, 1, KW_FIRST))) { /* Snowflake */
		advance(p);
		insert_all(p);
		scope_pop(p);
		return;
	}
	r = insert_head(p);
	scope_source(p, r ? r->name : SLICE_NONE, r);
	insert_source(p, r);
	scope_pop(p);
}
