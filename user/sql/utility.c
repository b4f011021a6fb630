// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statements that are neither queries nor DML nor DDL: maintenance, SHOW, GRANT, COMMENT and their kin. */
#include "sql/reader.h"

static void to_end(struct reader *p)
{
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p) && !ONE_OF(p, KW_WITH, KW_FOR, KW_SET)))
		advance(p);
}

static void if_exists(struct reader *p)
{
	if (at(p, KW_IF) && (peek_is(p, 1, KW_EXISTS) || peek_is(p, 1, KW_NOT)))
		p->i += peek_is(p, 1, KW_NOT) ? 3 : 2;
}

static struct sql_relation *all_of(struct sql_relation *r)
{
	if (r)
		r->all_columns = true;
	return r;
}

/* a [what not], b [what not] */
static void relation_list(struct reader *p, uint32_t access)
{
	do {
		SKIP(p, KW_ONLY);
		if_exists(p);
		if (at(p, '(') && is_name(peek(p, 1))) /* ONLY (t) */
			advance(p);
		if (at_statement_end(p) || !(is_name(tok(p)) || tok(p)->type == TOKEN_STRING)) {
			if (tok(p)->type == TOKEN_PARAM)
				dynamic(p);
			else
				partial(p);
			to_end(p);
			return;
		}
		all_of(read_target(p, access));
		while (!at_statement_end(p) && !at(p, ',') && !(p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_WITH)))
			at(p, '(') && tok(p)->match ? skip_group(p) : advance(p);
	} while (accept(p, ','));
}

static void read_truncate(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_DATABASE, KW_CLUSTER, KW_ALL)) {
		skip_rest(p);
		return;
	}
	SKIP(p, KW_TABLE, KW_TEMPORARY, KW_MATERIALIZED, KW_VIEW);
	relation_list(p, SQL_TRUNCATE);
}

static void read_lock(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_INSTANCE, KW_BINLOG)) {
		skip_rest(p);
		return;
	}
	SKIP(p, KW_TABLE, KW_TABLES);
	relation_list(p, SQL_LOCK);
}

/* ANALYZE, VACUUM, CLUSTER, REINDEX, CHECK, CHECKSUM, REPAIR, OPTIMIZE */
static void read_maintenance(struct reader *p)
{
	bool analyze = ONE_OF(p, KW_ANALYZE, KW_ANALYSE), vacuum = at(p, KW_VACUUM), reindex = at(p, KW_REINDEX);
	bool check = ONE_OF(p, KW_CHECK, KW_CHECKSUM);
	bool explains = false, cluster = at(p, KW_CLUSTER);

	advance(p);
	if (at(p, '('))
		skip_group(p);
	if (reindex && ONE_OF(p, KW_INDEX, KW_SCHEMA, KW_DATABASE, KW_SYSTEM)) {
		skip_rest(p);
		return;
	}
	while (ONE_OF(p, KW_FULL, KW_FREEZE, KW_VERBOSE, KW_ANALYZE, KW_ANALYSE, KW_TABLE, KW_TABLES, KW_VIEW, KW_CONCURRENTLY, KW_LOCAL,
		      KW_NO_WRITE_TO_BINLOG, KW_SORT, KW_DELETE, KW_ONLY, KW_REINDEX, KW_RECLUSTER, KW_COMPRESSION, KW_PREDICATE,
		      KW_DISABLE_PAGE_SKIPPING, KW_INCREMENTAL, KW_PERSISTENT, KW_MATERIALIZED, KW_INDEX)) {
		if (ONE_OF(p, KW_PREDICATE) && !peek_is(p, 1, KW_COLUMNS))
			break;
		advance(p);
	}
	if (analyze && ONE_OF(p, KW_FORMAT, KW_SELECT, KW_WITH, KW_UPDATE, KW_DELETE, KW_INSERT))
		explains = true;
	if (explains) {
		if (accept(p, KW_FORMAT)) {
			accept(p, '=');
			advance(p);
		}
		read_statement(p);
		return;
	}
	if (at_statement_end(p))
		return;
	if (vacuum && (p->dialect == SQL_SQLITE || at(p, KW_INTO))) {
		if (at(p, KW_INTO) || peek_is(p, 1, KW_INTO)) {
			SKIP(p, KW_INTO);
			if (is_name(tok(p)))
				p->i += 2;
			if (tok(p)->type == TOKEN_STRING)
				add_file_token(p, tok(p), true, false);
		}
		skip_rest(p);
		return;
	}
	if (ONE_OF(p, KW_IN, KW_FROM)) { /* ANALYZE TABLES IN db */
		skip_rest(p);
		return;
	}
	if (tok(p)->type == TOKEN_STRING && p->bits & DL_SPARK) {
		add_file_token(p, tok(p), !check, false);
		skip_rest(p);
		return;
	}
	if (cluster && is_name(tok(p)) && peek_is(p, 1, KW_ON)) /* CLUSTER i ON t */
		p->i += 2;
	relation_list(p, check || (analyze && !(p->bits & DL_PG)) ? SQL_READ : p->dialect == SQL_SQLITE ? SQL_LOCK : SQL_ALTER);
}

/* GRANT privileges ON [TABLE] t TO ...; also REVOKE and DENY */
static void read_grant(struct reader *p)
{
	advance(p);
	while (!at_statement_end(p) && !at(p, KW_ON) && !at(p, KW_TO) && !at(p, KW_FROM)) {
		if (at(p, '('))
			skip_group(p);
		else
			advance(p);
	}
	if (accept(p, KW_ON)) {
		bool table = ONE_OF(p, KW_TABLE, KW_VIEW);

		if (at(p, KW_OBJECT) && peek_is(p, 1, OP_CAST)) {
			p->i += 2;
			table = true;
		}
		if (table)
			advance(p);
		if (ONE_OF(p, KW_ALL, KW_FUTURE) ||
		    (!table &&
		     (ONE_OF(p, KW_SCHEMA, KW_DATABASE, KW_FUNCTION, KW_PROCEDURE, KW_ROUTINE, KW_SEQUENCE, KW_LANGUAGE, KW_TYPE, KW_DOMAIN,
			     KW_FOREIGN, KW_TABLESPACE, KW_LARGE, KW_PARAMETER, KW_WAREHOUSE, KW_ROLE, KW_STAGE, KW_INTEGRATION, KW_CATALOG,
			     KW_USER, KW_ACCOUNT, KW_PACKAGE, KW_DIRECTORY, KW_URI, KW_SERVER, KW_EXTERNAL, KW_RESOURCE, KW_ANY,
			     KW_DATASHARE, KW_MODEL, KW_ASSEMBLY, KW_XML, KW_LOGIN, KW_CERTIFICATE, KW_MATERIALIZED) &&
		      is_name(peek(p, 1))))) {
			to_end(p);
			return;
		}
		if (at(p, '*') || (is_name(tok(p)) && peek_is(p, 1, '.') && peek_is(p, 2, '*')) || peek_is(p, 1, OP_CAST) || at(p, '{')) {
			to_end(p);
			return;
		}
		do {
			if (!is_name(tok(p)))
				break;
			read_target(p, SQL_GRANT);
			if (at(p, '('))
				skip_group(p);
		} while (accept(p, ','));
	}
	to_end(p);
}

/* COMMENT ON TABLE t IS ..., ON COLUMN t.c, ON CONSTRAINT c ON t */
static void read_comment(struct reader *p)
{
	struct name n;

	advance(p);
	if_exists(p);
	if (!accept(p, KW_ON)) {
		skip_rest(p);
		return;
	}
	if_exists(p);
	SKIP(p, KW_MATERIALIZED, KW_FOREIGN, KW_EXTERNAL);
	if (ONE_OF(p, KW_TABLE, KW_VIEW)) {
		advance(p);
		if_exists(p);
		read_target(p, SQL_ALTER);
	} else if (at(p, KW_COLUMN)) {
		advance(p);
		if (read_name(p, &n) && n.n > 1) {
			struct sql_relation *r;
			struct slice column = last_part(&n);

			n.n--;
			r = add_relation(p, &n, SQL_ALTER);
			if (r)
				add_column(p, r, column, SQL_USE_WRITE);
		}
	} else if (ONE_OF(p, KW_CONSTRAINT, KW_TRIGGER, KW_POLICY, KW_RULE) && is_name(peek(p, 1)) && peek_is(p, 2, KW_ON) &&
		   !peek_is(p, 3, KW_DOMAIN)) {
		p->i += 3;
		read_target(p, SQL_ALTER);
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

static void read_show(struct reader *p)
{
	advance(p);
	SKIP(p, KW_FULL, KW_EXTENDED, KW_TERSE);
	switch (tok(p)->id) {
	case KW_CREATE:
		advance(p);
		SKIP(p, KW_TEMPORARY, KW_MATERIALIZED, KW_EXTERNAL);
		if (ONE_OF(p, KW_TABLE, KW_VIEW)) {
			advance(p);
			if_exists(p);
			all_of(read_target(p, SQL_READ));
		} else if (!ONE_OF(p, KW_DATABASE, KW_SCHEMA, KW_FUNCTION, KW_PROCEDURE, KW_TRIGGER, KW_EVENT, KW_USER, KW_SEQUENCE,
				   KW_PACKAGE, KW_DICTIONARY, KW_ROLE, KW_CATALOG) &&
			   p->dialect == SQL_CLICKHOUSE && is_name(tok(p))) {
			all_of(read_target(p, SQL_READ));
		}
		break;
	case KW_COLUMNS:
	case KW_FIELDS:
	case KW_INDEX:
	case KW_INDEXES:
	case KW_KEYS:
		advance(p);
		SKIP(p, KW_FROM, KW_IN, KW_TABLE, KW_VIEW);
		if (ONE_OF(p, KW_ACCOUNT, KW_DATABASE, KW_SCHEMA))
			break;
		if (is_name(tok(p)) && !at(p, KW_LIKE))
			show_from(p);
		break;
	case KW_PARTITIONS:
	case KW_TBLPROPERTIES:
		advance(p);
		SKIP(p, KW_FROM, KW_IN);
		if (is_name(tok(p)))
			all_of(read_target(p, SQL_READ));
		break;
	case KW_STATS: /* Trino: SHOW STATS FOR t | (query) */
		advance(p);
		if (accept(p, KW_FOR)) {
			if (at(p, '('))
				read_query(p);
			else
				all_of(read_target(p, SQL_READ));
		}
		break;
	case KW_TABLE:
	case KW_COLUMN: /* Impala: SHOW TABLE STATS t */
		if (peek_is(p, 1, KW_STATS)) {
			p->i += 2;
			all_of(read_target(p, SQL_READ));
		}
		break;
	case KW_RANGE:
		if (peek_is(p, 1, KW_PARTITIONS)) {
			p->i += 2;
			all_of(read_target(p, SQL_READ));
		}
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
	default:
		break;
	}
	skip_rest(p);
}

/* DESCRIBE [EXTENDED|DETAIL|...] t; false: it explains a statement. */
static bool read_describe(struct reader *p)
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
		p->i = back;
		if (p->bits & DL_MYSQL)
			return false;
		advance(p);
		while (reader_one_of(p, words))
			advance(p);
		read_query(p);
		return true;
	}
	if (starts_statement(p) || ONE_OF(p, KW_FORMAT) || (p->bits & DL_MYSQL && at(p, KW_EXTENDED)) || at(p, KW_ANALYZE)) {
		p->i = back;
		return false;
	}
	if (is_name(tok(p)) || tok(p)->type == TOKEN_STRING)
		all_of(read_target(p, SQL_READ));
	else if (!at_statement_end(p))
		partial(p);
	skip_rest(p);
	return true;
}

/* ---- others ---- */

static void read_handler(struct reader *p)
{
	advance(p);
	all_of(read_target(p, SQL_READ));
	if (accept(p, KW_WHERE))
		read_expr(p, 0);
	read_expr(p, 0);
	skip_rest(p);
}

/* CACHE [LAZY] TABLE t [OPTIONS (...)] [AS query]; UNCACHE TABLE t */
static void read_cache(struct reader *p)
{
	struct name n;

	advance(p);
	SKIP(p, KW_LAZY);
	if (!accept(p, KW_TABLE)) {
		skip_rest(p);
		return;
	}
	if_exists(p);
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

static void read_refresh(struct reader *p)
{
	advance(p);
	if (at(p, KW_MATERIALIZED) || at(p, KW_DYNAMIC)) {
		p->i += 2;
		SKIP(p, KW_CONCURRENTLY);
		all_of(read_target(p, SQL_READ | SQL_UPDATE));
	} else if (ONE_OF(p, KW_TABLE, KW_STREAMING) || is_name(tok(p))) {
		bool streaming = at(p, KW_STREAMING);

		SKIP(p, KW_STREAMING);
		if (ONE_OF(p, KW_FUNCTION, KW_AUTHORIZATION, KW_FOREIGN)) {
			skip_rest(p);
			return;
		}
		accept(p, KW_TABLE);
		if (is_name(tok(p)))
			all_of(read_target(p, streaming ? SQL_UPDATE : SQL_READ));
	} else if (tok(p)->type == TOKEN_STRING) {
		add_file_token(p, tok(p), false, false);
	}
	skip_rest(p);
}

/* RENAME TABLE a TO b, c TO d; EXCHANGE TABLES a AND b */
static void read_rename(struct reader *p)
{
	bool exchange = at(p, KW_EXCHANGE);

	advance(p);
	if (ONE_OF(p, KW_USER, KW_DATABASE, KW_DICTIONARY)) {
		skip_rest(p);
		return;
	}
	SKIP(p, KW_TABLE, KW_TABLES);
	do {
		if_exists(p);
		read_target(p, SQL_ALTER);
		SKIP(p, KW_WAIT, KW_NOWAIT);
		if (tok(p)->type == TOKEN_NUMBER)
			advance(p);
		if (!accept(p, KW_TO) && !accept(p, KW_AND))
			break;
		read_target(p, exchange ? SQL_ALTER : SQL_CREATE);
	} while (accept(p, ','));
	skip_rest(p);
}

static void read_flush(struct reader *p)
{
	advance(p);
	SKIP(p, KW_LOCAL, KW_NO_WRITE_TO_BINLOG);
	if (ONE_OF(p, KW_TABLE, KW_TABLES) && is_name(peek(p, 1)) && !peek_is(p, 1, KW_WITH)) {
		advance(p);
		relation_list(p, SQL_LOCK);
	}
	skip_rest(p);
}

static void one_target(struct reader *p, uint32_t access)
{
	all_of(read_target(p, access));
	to_end(p);
}

/* The word, words that may follow, what happens to the table behind. */
static bool read_one_of_many(struct reader *p)
{
	unsigned next = peek(p, 1)->id;

	switch (tok(p)->id) {
	case KW_MSCK:
		p->i += 1;
		SKIP(p, KW_REPAIR, KW_TABLE);
		one_target(p, SQL_ALTER);
		return true;
	case KW_FSCK:
	case KW_REORG:
	case KW_PURGE:
	case KW_FLASHBACK:
	case KW_RESTORE:
		advance(p);
		SKIP(p, KW_REPAIR);
		if (!accept(p, KW_TABLE)) {
			skip_rest(p);
			return true;
		}
		one_target(p, SQL_ALTER);
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
		advance(p);
		accept(p, KW_TABLE);
		if (at(p, '(') || starts_query(tok(p)) || at(p, KW_FROM))
			read_query(p);
		else if (tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), false, false), advance(p);
		else
			all_of(read_target(p, SQL_READ));
		return true;
	case KW_EXISTS: /* ClickHouse: EXISTS [TEMPORARY] [TABLE|VIEW|DATABASE] t */
		if (p->dialect != SQL_CLICKHOUSE || peek_is(p, 1, '('))
			return false;
		advance(p);
		SKIP(p, KW_TEMPORARY, KW_TABLE, KW_VIEW);
		if (ONE_OF(p, KW_DATABASE, KW_DICTIONARY))
			skip_rest(p);
		else
			one_target(p, SQL_READ);
		return true;
	case KW_PIVOT:
	case KW_PIVOT_WIDER:
	case KW_PIVOT_LONGER:
	case KW_UNPIVOT: { /* DuckDB: PIVOT t ON a USING sum(b) GROUP BY c */
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
		return true;
	}
	case KW_GENERATE:
		while (!at_statement_end(p) && !at(p, KW_TABLE))
			advance(p);
		if (accept(p, KW_TABLE))
			one_target(p, SQL_READ);
		return true;
	case KW_APPLY: /* APPLY CHANGES INTO t FROM s */
		advance(p);
		SKIP(p, KW_CHANGES, KW_INTO, KW_LIVE);
		all_of(read_target(p, SQL_INSERT | SQL_UPDATE | SQL_DELETE));
		while (!at_statement_end(p) && !at(p, KW_FROM))
			advance(p);
		if (accept(p, KW_FROM)) {
			SKIP(p, KW_STREAM);
			if (!at(p, '('))
				all_of(read_target(p, SQL_READ));
		}
		skip_rest(p);
		return true;
	case KW_SECURITY:
		if (next != KW_LABEL)
			return false;
		while (!at_statement_end(p) && !at(p, KW_ON))
			advance(p);
		accept(p, KW_ON);
		if (ONE_OF(p, KW_TABLE, KW_VIEW)) {
			advance(p);
			read_target(p, SQL_ALTER);
		}
		skip_rest(p);
		return true;
	case KW_BULK: /* T-SQL: BULK INSERT t FROM 'file' */
		if (next != KW_INSERT)
			return false;
		p->i += 2;
		all_of(read_target(p, SQL_INSERT | SQL_COPY_IN));
		if (accept(p, KW_FROM) && tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), false, false);
		to_end(p);
		return true;
	case KW_ENABLE: /* T-SQL: ENABLE TRIGGER g ON t */
	case KW_DISABLE:
		if (next != KW_TRIGGER)
			return false;
		while (!at_statement_end(p) && !at(p, KW_ON))
			advance(p);
		if (accept(p, KW_ON) && !ONE_OF(p, KW_ALL, KW_DATABASE))
			read_target(p, SQL_ALTER);
		to_end(p);
		return true;
	case KW_ATTACH:
	case KW_DETACH: /* ClickHouse: ATTACH TABLE t */
		if (next != KW_TABLE && next != KW_VIEW)
			return false;
		p->i += 2;
		if_exists(p);
		one_target(p, SQL_ALTER);
		return true;
	default:
		return false;
	}
}

static bool read_nothing(struct reader *p)
{
	to_end(p);
	return true;
}

bool read_more_utilities(struct reader *p)
{
	if (read_one_of_many(p))
		return true;
	switch (tok(p)->id) {
	case KW_LISTEN:
	case KW_NOTIFY:
	case KW_UNLISTEN:
	case KW_CHECKPOINT:
	case KW_KILL:
	case KW_INSTALL:
	case KW_SHUTDOWN:
	case KW_UNLOCK:
	case KW_STOP:
	case KW_HELP:
	case KW_LIST:
	case KW_LS:
	case KW_BINLOG:
	case KW_CLEAR:
	case KW_ADD:
	case KW_REASSIGN:
	case KW_UNSET:
	case KW_UNINSTALL:
	case KW_AUDIT:
	case KW_NOAUDIT:
	case KW_DBCC:
	case KW_BACKUP:
	case KW_RECONFIGURE:
	case KW_DEFINE:
	case KW_SUSPEND:
	case KW_RESUME:
	case KW_RM:
	case KW_REMOVE:
	case KW_SYSTEM:
	case KW_XA:
	case KW_CHANGE:
	case KW_RESTART:
	case KW_CLONE:
	case KW_SYNC:
	case KW_REVERT:
	case KW_SETUSER:
		advance(p);
		return read_nothing(p);
	default:
		return false;
	}
}

bool read_utility(struct reader *p)
{
	switch (tok(p)->id) {
	case KW_TRUNCATE:
		read_truncate(p);
		return true;
	case KW_LOCK:
		read_lock(p);
		return true;
	case KW_CLUSTER:
	case KW_ANALYZE:
	case KW_ANALYSE:
	case KW_VACUUM:
	case KW_REINDEX:
	case KW_CHECK:
	case KW_CHECKSUM:
	case KW_REPAIR:
	case KW_OPTIMIZE:
		read_maintenance(p);
		return true;
	case KW_GRANT:
	case KW_REVOKE:
	case KW_DENY:
		read_grant(p);
		return true;
	case KW_COMMENT:
		read_comment(p);
		return true;
	case KW_SHOW:
		read_show(p);
		return true;
	case KW_DESCRIBE:
	case KW_DESC:
		return read_describe(p);
	case KW_HANDLER:
		read_handler(p);
		return true;
	case KW_REFRESH:
		read_refresh(p);
		return true;
	case KW_RENAME:
		read_rename(p);
		return true;
	case KW_EXCHANGE:
		if (!peek_is(p, 1, KW_TABLES))
			return false;
		read_rename(p);
		return true;
	case KW_FLUSH:
		read_flush(p);
		return true;
	case KW_EXEC:
	case KW_EXECUTE:
	case KW_CALL:
		read_statement(p);
		return true;
	case KW_COPY:
	case KW_UNLOAD:
	case KW_EXPORT:
	case KW_IMPORT:
	case KW_LOAD:
	case KW_PUT:
	case KW_GET:
		read_copy(p, false);
		return true;
	default:
		return false;
	}
}
