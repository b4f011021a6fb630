// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statements of one database or two: CACHE, PIVOT, APPLY CHANGES, BULK INSERT and their kin. */
#include "sql/naming.h"
#include "sql/utility.h"

/* T-SQL: READTEXT t.c @pointer 0 10, WRITETEXT [BULK] t.c @pointer 'x' */
static void read_text_column(struct reader *p)
{
	uint32_t access = at(p, KW_READTEXT) ? SQL_READ : SQL_UPDATE;
	struct sql_relation *r;
	struct slice column;
	struct name n;

	advance(p);
	SKIP(p, KW_BULK);
	if (!read_name(p, &n) || n.n < 2) {
		partial(p);
		return;
	}
	column = n.part[--n.n];
	r = add_relation(p, &n, access);
	if (r)
		add_column(p, r, column, access == SQL_READ ? SQL_USE_OUTPUT : SQL_USE_WRITE);
	skip_to_next(p);
}

/* To where the next statement may begin; FROM and the like name no table. */
static void known_to_next(struct reader *p)
{
	while (!at_statement_end(p) && !next_in_batch(p))
		advance(p);
}

/* CACHE [LAZY] TABLE t [OPTIONS (...)] [AS query]; UNCACHE TABLE t; MySQL: CACHE INDEX t INDEX (i), u IN c */
static void read_cache(struct reader *p)
{
	struct name n;

	advance(p);
	SKIP(p, KW_LAZY);
	if (at(p, KW_INDEX) && p->bits & (DL_MYSQL | DL_EXECUTABLE)) {
		advance(p);
		relation_list(p, SQL_READ);
		return;
	}
	if (!accept(p, KW_TABLE)) {
		skip_rest(p);
		return;
	}
	skip_if_exists(p);
	if (!read_relation_name(p, &n)) {
		partial(p);
		return;
	}
	if (accept(p, KW_OPTIONS) && at(p, '('))
		skip_group(p);
	if (accept(p, KW_AS) || starts_query(tok(p)) || at(p, '(')) {
		all_of(add_relation(p, &n, SQL_CREATE | SQL_TEMPORARY));
		read_query(p);
	} else {
		all_of(add_relation(p, &n, SQL_READ));
		skip_rest(p);
	}
}

/* DuckDB: SUMMARIZE t, SUMMARIZE SELECT ... */
static void read_summarize(struct reader *p)
{
	advance(p);
	accept(p, KW_TABLE);
	if (at(p, '(') || starts_query(tok(p)) || at(p, KW_FROM))
		read_query(p);
	else if (tok(p)->type == TOKEN_STRING && looks_like_file(lex_body(p->text, tok(p))))
		add_file_token(p, tok(p), false, false), advance(p);
	else
		all_of(read_target(p, SQL_READ));
}

/* DuckDB: PIVOT t ON a USING sum(b) GROUP BY c */
static void read_pivot(struct reader *p)
{
	struct scope s;

	advance(p);
	scope_push(p, &s);
	read_from_item(p, SQL_READ);
	while (ONE_OF(p, KW_ON, KW_USING, KW_INTO, KW_GROUP, KW_ORDER, KW_LIMIT, KW_INCLUDE, KW_NAME)) {
		if (accept(p, KW_GROUP) || accept(p, KW_ORDER))
			accept(p, KW_BY);
		else
			advance(p);
		SKIP(p, KW_NULLS, KW_NAME);
		read_expr(p, 0);
		accept(p, KW_VALUE);
		accept(p, KW_VALUES);
	}
	scope_ref(p, SLICE_NONE, SLICE_NONE, SQL_USE_OUTPUT);
	scope_pop(p);
}

/* Databricks: APPLY CHANGES INTO t FROM s */
static void read_apply(struct reader *p)
{
	advance(p);
	SKIP(p, KW_CHANGES, KW_INTO, KW_LIVE);
	all_of(read_target(p, SQL_INSERT | SQL_UPDATE | SQL_DELETE));
	while (!at_statement_end(p) && !at(p, KW_FROM))
		advance(p);
	if (accept(p, KW_FROM)) {
		SKIP(p, KW_STREAM);
		accept(p, '(');
		all_of(read_target(p, SQL_READ));
	}
	skip_rest(p);
}

/* T-SQL: BULK INSERT t FROM 'file' */
static void read_bulk_insert(struct reader *p)
{
	p->i += 2;
	all_of(read_target(p, SQL_INSERT | SQL_COPY_IN));
	if (accept(p, KW_FROM) && tok(p)->type == TOKEN_STRING)
		add_file_token(p, tok(p), false, false);
	else if (!is_name(tok(p)))
		partial(p);
	if (!at_statement_end(p))
		advance(p);
	skip_to_next(p);
}

/* T-SQL: ENABLE TRIGGER g ON t */
static void read_trigger_switch(struct reader *p)
{
	while (!at_statement_end(p) && !at(p, KW_ON))
		advance(p);
	if (accept(p, KW_ON) && !ONE_OF(p, KW_ALL, KW_DATABASE))
		read_target(p, SQL_ALTER);
	skip_to_next(p);
}

/* ClickHouse: EXISTS [TEMPORARY] [TABLE|VIEW|DATABASE] t */
static void read_exists(struct reader *p)
{
	advance(p);
	SKIP(p, KW_TEMPORARY, KW_TABLE, KW_VIEW);
	if (ONE_OF(p, KW_DATABASE, KW_DICTIONARY))
		skip_rest(p);
	else
		one_target(p, SQL_READ);
}

/* FSCK [REPAIR] TABLE t, PURGE TABLE t: of a table, or of something else. */
static void read_of_table(struct reader *p)
{
	advance(p);
	SKIP(p, KW_REPAIR);
	if (at(p, KW_TABLE) && p->dialect == SQL_CLICKHOUSE &&
	    tok_at(p, p->i - 1)->id == KW_RESTORE) { /* RESTORE TABLE t AS u FROM Disk('d') */
		advance(p);
		read_target(p, SQL_ALTER);
		if (accept(p, KW_AS))
			read_target(p, SQL_CREATE);
		skip_known_rest(p);
	} else if (accept(p, KW_TABLE)) {
		do /* Oracle: FLASHBACK TABLE t, u TO BEFORE DROP RENAME TO v */
			read_target(p, SQL_ALTER);
		while (accept(p, ','));
		while (!at_statement_end(p) && !(at(p, KW_RENAME) && peek_is(p, 1, KW_TO)) && !(p->bits & DL_BATCH && starts_statement(p)))
			skip_word(p);
		if (accept(p, KW_RENAME)) {
			advance(p);
			read_target(p, SQL_CREATE);
		}
		skip_to_next(p);
	} else if (at(p, KW_DATABASE) || p->bits & DL_BATCH)
		known_to_next(p);
	else
		skip_rest(p);
}

/* Impala: DROP [INCREMENTAL] STATS t */
void read_drop_stats(struct reader *p)
{
	set_operation(p, "DROP", "STATS");
	advance(p);
	SKIP(p, KW_INCREMENTAL, KW_STATS);
	one_target(p, SQL_ALTER);
}

/* T-SQL: ADD SENSITIVITY CLASSIFICATION TO t.c, s.u.d; DROP ... FROM t.c */
void read_classification(struct reader *p)
{
	struct name n;

	set_operation(p, at(p, KW_ADD) ? "ADD" : "DROP", "SENSITIVITY CLASSIFICATION");
	p->i += 3;
	SKIP(p, KW_TO, KW_FROM);
	do {
		if (!read_name(p, &n))
			break;
		if (n.n == 1) {
			partial(p);
		} else {
			struct slice column = n.part[--n.n];
			struct sql_relation *r = add_relation(p, &n, SQL_ALTER);

			if (r)
				add_column(p, r, column, SQL_USE_WRITE);
		}
	} while (accept(p, ','));
	skip_to_next(p);
}

/* Redshift: ATTACH MASKING POLICY p ON t (a) TO ROLE r; ATTACH RLS POLICY p ON t, u TO PUBLIC */
static void attached_policy(struct reader *p)
{
	while (!at_statement_end(p) && !at(p, KW_ON))
		pass_word(p);
	if (accept(p, KW_ON))
		do {
			accept(p, KW_TABLE);
			read_target(p, SQL_ALTER);
			if (at(p, '('))
				skip_group(p);
		} while (accept(p, ','));
	skip_known_rest(p);
}

/* Verbs of which only some forms name a relation, by the word behind. */
static bool read_by_second_word(struct reader *p)
{
	unsigned next = peek(p, 1)->id;

	switch (tok(p)->id) {
	case KW_EXISTS:
		if (p->dialect != SQL_CLICKHOUSE || next == '(')
			return false;
		read_exists(p);
		return true;
	case KW_SECURITY:
		if (next != KW_LABEL)
			return false;
		read_security_label(p);
		return true;
	case KW_SEND:
		if (next != KW_ON)
			return false;
		known_to_next(p);
		return true;
	case KW_GRAPH: /* BigQuery: GRAPH g MATCH ... RETURN ... */
		if (p->dialect != SQL_BIGQUERY || !is_name(peek(p, 1)))
			return false;
		advance(p);
		all_of(read_target(p, SQL_READ));
		read_graph_pattern(p, SIZE_MAX);
		return true;
	case KW_ADD:
		if (next != KW_SENSITIVITY)
			return false;
		read_classification(p);
		return true;
	case KW_GET: /* T-SQL: GET CONVERSATION GROUP @g FROM queue */
	case KW_BEGIN:
		if (next != KW_CONVERSATION && next != KW_DIALOG)
			return false;
		advance(p);
		known_to_next(p);
		return true;
	case KW_BULK:
		if (next != KW_INSERT)
			return false;
		read_bulk_insert(p);
		return true;
	case KW_ENABLE:
	case KW_DISABLE:
		if (next != KW_TRIGGER)
			return false;
		read_trigger_switch(p);
		return true;
	case KW_ATTACH:
	case KW_DETACH: /* ClickHouse: ATTACH TABLE t */
		if (next == KW_MASKING || next == KW_RLS) {
			attached_policy(p);
			return true;
		}
		if (next != KW_TABLE && next != KW_VIEW)
			return false;
		p->i += 2;
		skip_if_exists(p);
		one_target(p, SQL_ALTER);
		return true;
	default:
		return false;
	}
}

/* T-SQL: DBCC CHECKTABLE ('t'); what PAGE and LOG show may be of any table. */
static void read_dbcc(struct reader *p)
{
	struct slice what;

	advance(p);
	what = tok_raw(p);
	if (slice_ieq(what, SLICE("page")) || slice_ieq(what, SLICE("log")) || slice_ieq(what, SLICE("writepage")))
		dynamic(p);
	else if (peek_is(p, 1, '('))
		naming_dbcc(p, what);
	skip_to_next(p);
}

bool read_rare(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_DBCC:
		read_dbcc(p);
		return true;
	case KW_MSCK:
		advance(p);
		SKIP(p, KW_REPAIR, KW_TABLE);
		one_target(p, SQL_ALTER);
		return true;
	case KW_FSCK:
	case KW_REORG:
	case KW_PURGE:
	case KW_FLASHBACK:
	case KW_RESTORE:
		read_of_table(p);
		return true;
	case KW_CONVERT: /* Databricks: CONVERT TO DELTA t */
		if (!peek_is(p, 1, KW_TO) || !peek_is(p, 2, KW_DELTA))
			return false;
		p->i += 3;
		one_target(p, SQL_ALTER);
		return true;
	case KW_RECEIVE: /* T-SQL: of a queue, as SELECT of a table */
		if (!(p->bits & DL_BATCH))
			return false;
		read_select(p);
		return true;
	case KW_READTEXT:
	case KW_WRITETEXT:
	case KW_UPDATETEXT:
		if (!(p->bits & DL_BATCH))
			return false;
		read_text_column(p);
		return true;
	case KW_UNCACHE:
	case KW_CACHE:
		read_cache(p);
		return true;
	case KW_INVALIDATE:
		p->i += 2;
		if (!at_statement_end(p))
			one_target(p, SQL_READ);
		return true;
	case KW_COMPUTE: /* Impala: COMPUTE [INCREMENTAL] STATS t */
		advance(p);
		SKIP(p, KW_INCREMENTAL, KW_STATS);
		one_target(p, SQL_READ);
		return true;
	case KW_SUMMARIZE:
		read_summarize(p);
		return true;
	case KW_PIVOT:
	case KW_PIVOT_WIDER:
	case KW_PIVOT_LONGER:
	case KW_UNPIVOT:
		read_pivot(p);
		return true;
	case KW_GENERATE:
		while (!at_statement_end(p) && !at(p, KW_TABLE))
			advance(p);
		if (accept(p, KW_TABLE))
			one_target(p, SQL_READ);
		return true;
	case KW_APPLY:
		read_apply(p);
		return true;
	default:
		return read_by_second_word(p);
	}
}
