// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SHOW and DESCRIBE. */
#include "sql/utility.h"

/* ---- PRAGMA ---- */

/* Those that show what a table holds or is made of, and DuckDB's that make an index of its text. */
static bool of_table(struct slice pragma)
{
	static const char *const names[] = { "table_info",        "table_xinfo",     "table_list",  "index_list", "foreign_key_list",
					     "foreign_key_check", "integrity_check", "quick_check", "show",       "storage_info",
					     "create_fts_index",  "drop_fts_index",  NULL };

	return slice_ieq_any(pragma, names);
}

void read_pragma(struct reader *p)
{
	struct name n = { .n = 0 };

	advance(p);
	if (is_name(tok(p)) && peek_is(p, 1, '.'))
		p->i += 2;
	if ((peek_is(p, 1, '(') || peek_is(p, 1, '=')) && of_table(tok_raw(p))) {
		p->i += 2;
		if (tok(p)->type == TOKEN_STRING)
			name_of_text(p, literal_value(p, tok(p)), &n);
		else if (is_name(tok(p)))
			read_relation_name(p, &n);
		if (n.n)
			all_of(add_relation(p, &n, SQL_READ));
	}
	skip_rest(p);
}

/* ---- SHOW, DESCRIBE ---- */

static bool show_from(struct reader *p)
{
	/* SHOW COLUMNS FROM t FROM db: the second one is the database */
	struct name n;

	if (!read_relation_name(p, &n))
		return false;
	if (ONE_OF(p, KW_FROM, KW_IN) && is_name(peek(p, 1)) && n.n == 1) {
		advance(p);
		n.part[1] = n.part[0];
		n.part[0] = tok_name(p);
		n.n = 2;
		advance(p);
	}
	all_of(add_relation(p, &n, SQL_READ));
	return true;
}

/* SHOW TABLES FROM db: not behind a word that a table belongs to. */
static bool names_database(unsigned before)
{
	return before != KW_SHOW && before != KW_TABLE && before != KW_COLUMNS && before != KW_FIELDS && before != KW_INDEX &&
	       before != KW_INDEXES && before != KW_KEYS;
}

/* SHOW CREATE TABLE t: behind CREATE. */
static void show_create(struct reader *p)
{
	SKIP(p, KW_TEMPORARY, KW_MATERIALIZED, KW_EXTERNAL);
	if (ONE_OF(p, KW_TABLE, KW_VIEW)) {
		advance(p);
		skip_if_exists(p);
		all_of(read_target(p, SQL_READ));
	} else if (!ONE_OF(p, KW_DATABASE, KW_SCHEMA, KW_FUNCTION, KW_PROCEDURE, KW_TRIGGER, KW_EVENT, KW_USER, KW_SEQUENCE, KW_PACKAGE,
			   KW_DICTIONARY, KW_ROLE, KW_CATALOG) &&
		   p->dialect == SQL_CLICKHOUSE && is_name(tok(p))) {
		all_of(read_target(p, SQL_READ));
	}
}

/* SHOW COLUMNS FROM t: behind the word. */
static void show_parts(struct reader *p)
{
	if (!at_statement_end(p) && !ONE_OF(p, KW_FROM, KW_IN, KW_TABLE, KW_VIEW, KW_LIKE, KW_FOR, KW_ON, KW_WHERE))
		partial(p);
	SKIP(p, KW_FROM, KW_IN, KW_TABLE, KW_VIEW);
	if (!ONE_OF(p, KW_ACCOUNT, KW_DATABASE, KW_SCHEMA) && is_name(tok(p)) && !at(p, KW_LIKE))
		show_from(p);
}

/* Trino: SHOW STATS FOR t | (query): behind FOR. */
static void show_stats(struct reader *p)
{
	if (at(p, '('))
		read_query(p);
	else
		all_of(read_target(p, SQL_READ));
}

/* n words on, a table whose parts are shown. */
static void shown_behind(struct reader *p, size_t n)
{
	p->i += n;
	all_of(read_target(p, SQL_READ));
}

static void show_what(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_CREATE:
		advance(p);
		show_create(p);
		break;
	case KW_COLUMNS:
	case KW_FIELDS:
	case KW_INDEX:
	case KW_INDEXES:
	case KW_KEYS:
		advance(p);
		show_parts(p);
		break;
	case KW_PARTITIONS:
	case KW_TBLPROPERTIES:
		advance(p);
		SKIP(p, KW_FROM, KW_IN);
		if (is_name(tok(p)))
			all_of(read_target(p, SQL_READ));
		break;
	case KW_STATS:
		advance(p);
		if (accept(p, KW_FOR))
			show_stats(p);
		break;
	case KW_TABLE:
	case KW_COLUMN: /* Impala: SHOW TABLE STATS t */
		if (peek_is(p, 1, KW_STATS))
			shown_behind(p, 2);
		break;
	case KW_RANGE:
		if (peek_is(p, 1, KW_PARTITIONS))
			shown_behind(p, 2);
		break;
	case KW_FILES:
		advance(p);
		if (accept(p, KW_IN) && is_name(tok(p)))
			all_of(read_target(p, SQL_READ));
		break;
	case KW_MASKING:
	case KW_PRIMARY:
		while (!at_statement_end(p) && !at(p, KW_TABLE) && !at(p, KW_IN))
			advance(p);
		break;
	case KW_VIEW: /* Redshift: SHOW VIEW v */
		if (p->dialect == SQL_REDSHIFT)
			shown_behind(p, 1);
		break;
	case KW_TABLES:
	case KW_DATABASES:
	case KW_SCHEMAS:
	case KW_VARIABLES:
	case KW_ALL:
		break;
	default: /* DuckDB: SHOW t is DESCRIBE t */
		if (p->dialect == SQL_DUCKDB && is_name(tok(p)) &&
		    (peek(p, 1)->type == TOKEN_END || peek_is(p, 1, ';') || peek_is(p, 1, '.')))
			all_of(read_target(p, SQL_READ));
		break;
	}
}

void read_show(struct reader *p)
{
	advance(p);
	SKIP(p, KW_FULL, KW_EXTENDED, KW_TERSE);
	show_what(p);
	while (!at_statement_end(p)) {
		if (at(p, KW_FROM) && names_database(tok_at(p, p->i - 1)->id))
			advance(p);
		else if (at(p, KW_TABLE) && names_table_behind(p)) /* ... FOR TABLE t, LIKE 'x' IN TABLE t */
			advance(p), all_of(read_target(p, SQL_READ));
		else if (at(p, '(')) /* WHERE a IN (SELECT ...) */
			read_group(p);
		else
			skip_word(p);
	}
}

/* t, or a table function: DESCRIBE TABLE remote('h', db.t) */
static void described_name(struct reader *p)
{
	struct name n;

	if (!read_relation_name(p, &n))
		partial(p);
	else if (p->dialect == SQL_CLICKHOUSE && at(p, '('))
		read_table_function(p, &n);
	else
		all_of(add_read(p, &n, SQL_READ));
}

/* DESCRIBE [EXTENDED|DETAIL|...] t; false: it explains a statement. */
bool read_describe(struct reader *p)
{
	static const uint16_t words[] = {
		KW_EXTENDED, KW_FORMATTED, KW_DETAIL, KW_HISTORY, KW_TABLE, KW_VIEW, KW_QUERY, KW_MATERIALIZED, 0
	};
	size_t back = p->i;

	advance(p);
	while (reader_one_of(p, words) && (is_name(peek(p, 1)) || peek_is(p, 1, '(') || peek(p, 1)->type == TOKEN_STRING))
		advance(p);
	if (ONE_OF(p, KW_FUNCTION, KW_DATABASE, KW_SCHEMA, KW_CATALOG, KW_STAGE, KW_PROCEDURE, KW_USER, KW_WAREHOUSE, KW_INTEGRATION,
		   KW_TASK, KW_STREAM, KW_PIPE, KW_SEQUENCE, KW_EXTERNAL, KW_NAMESPACE, KW_SHARE, KW_INPUT, KW_OUTPUT, KW_FILE, KW_SHARE,
		   KW_RESULT, KW_TRANSACTION, KW_SEARCH, KW_SESSION, KW_ROW, KW_MASKING, KW_NETWORK, KW_DYNAMIC, KW_CREDENTIAL,
		   KW_CONNECTION, KW_STORAGE, KW_RECIPIENT, KW_PROVIDER, KW_LOCATION, KW_VOLUME) &&
	    is_name(peek(p, 1))) {
		if (!p->inner)
			p->st->operation = SLICE("DESCRIBE");
		if (ONE_OF(p, KW_DYNAMIC, KW_EXTERNAL) && peek_is(p, 1, KW_TABLE)) {
			p->i += 2;
			all_of(read_target(p, SQL_READ));
		}
		skip_rest(p);
		return true;
	}
	if (p->dialect == SQL_SNOWFLAKE && p->i == back + 1 && is_name(tok(p)) && is_name(peek(p, 1)) &&
	    !starts_query(tok(p))) { /* DESC ICEBERG TABLE t, DESC API INTEGRATION i */
		while (is_name(tok(p)) && !ONE_OF(p, KW_TABLE, KW_VIEW))
			advance(p);
		if (ONE_OF(p, KW_TABLE, KW_VIEW) && is_name(peek(p, 1))) {
			advance(p);
			all_of(read_target(p, SQL_READ));
		}
		skip_rest(p);
		return true;
	}
	if (starts_query(tok(p)) || at(p, '(') || at(p, KW_FROM)) {
		move_to(p, back);
		if (p->bits & DL_MYSQL)
			return false;
		advance(p);
		while (reader_one_of(p, words))
			advance(p);
		read_query(p);
		return true;
	}
	if (starts_statement(p) || ONE_OF(p, KW_FORMAT) || (p->bits & DL_MYSQL && at(p, KW_EXTENDED)) || at(p, KW_ANALYZE)) {
		move_to(p, back);
		return false;
	}
	if (tok(p)->type == TOKEN_STRING && p->bits & DL_SPARK)
		add_file_token(p, tok(p), false, false);
	else if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING)
		described_name(p);
	else if (!at_statement_end(p))
		partial(p);
	skip_rest(p);
	return true;
}
