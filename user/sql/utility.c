// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statements that are neither queries nor DML nor DDL, by their first word. */
#include "sql/naming.h"
#include "sql/utility.h"

/* ---- others ---- */

static void read_handler(struct reader *p)
{
	struct sql_relation *r;

	advance(p);
	r = read_target(p, SQL_READ);
	all_of(r);
	if (r && accept(p, KW_OPEN)) { /* [AS] h: it goes by that name in the session */
		accept(p, KW_AS);
		if (is_name(tok(p)))
			r->alias = lex_name(p->text, tok(p), '\\', p->arena);
	}
	if (accept(p, KW_WHERE))
		read_expr(p, 0);
	read_expr(p, 0);
	skip_rest(p);
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
		if (ONE_OF(p, KW_FUNCTION, KW_AUTHORIZATION, KW_FOREIGN) || (at(p, KW_FUNCTIONS) && is_name(peek(p, 1)))) {
			skip_rest(p);
			return;
		}
		accept(p, KW_EXTERNAL);
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
		skip_if_exists(p);
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

void one_target(struct reader *p, uint32_t access)
{
	all_of(read_target(p, access));
	skip_to_next(p);
}

/* Oracle: AUDIT SELECT, DELETE ON t BY ACCESS: who is recorded, as GRANT says who may. */
static bool read_audit(struct reader *p)
{
	while (!at_statement_end(p)) {
		bool on = at(p, KW_ON);

		skip_word(p);
		if (on && is_name(tok(p)) && !ONE_OF(p, KW_DEFAULT, KW_DIRECTORY))
			read_target(p, SQL_GRANT);
	}
	return true;
}

static bool read_nothing(struct reader *p)
{
	skip_to_next(p);
	return true;
}

bool read_more_utilities(struct reader *p)
{
	if (read_rare(p))
		return true;
	switch (tok(p)->id) {
	case KW_LISTEN:
	case KW_NOTIFY:
	case KW_UNLISTEN:
	case KW_CHECKPOINT:
	case KW_KILL:
	case KW_SHUTDOWN:
	case KW_STOP:
	case KW_HELP:
	case KW_BINLOG:
	case KW_CLEAR:
	case KW_ADD:
	case KW_REASSIGN:
	case KW_UNSET:
	case KW_UNINSTALL:
	case KW_RECONFIGURE:
	case KW_DEFINE:
	case KW_SUSPEND:
	case KW_RESUME:
	case KW_XA:
	case KW_CHANGE:
	case KW_RESTART:
	case KW_SYNC:
	case KW_REVERT:
	case KW_SETUSER:
		advance(p);
		return read_nothing(p);
	case KW_LIST: /* Snowflake: files of a stage */
	case KW_LS:
	case KW_RM:
	case KW_REMOVE:
		advance(p);
		if (tok(p)->type == TOKEN_STAGE)
			naming_stage(p, tok_raw(p));
		return read_nothing(p);
	case KW_SYSTEM: /* ClickHouse: SYSTEM DROP REPLICA 'r' FROM DATABASE d */
		if (p->dialect != SQL_CLICKHOUSE && p->dialect != SQL_ANSI)
			return false;
		skip_known_rest(p);
		return true;
	case KW_CANCEL:
	case KW_INSTALL: /* DuckDB: INSTALL x FROM community */
	case KW_UNLOCK:  /* Hive: UNLOCK TABLE t */
		skip_known_rest(p);
		return true;
	case KW_AUDIT:
	case KW_NOAUDIT:
		return read_audit(p);
	case KW_BACKUP:
		read_backup(p);
		return true;
	case KW_CLONE:
		read_clone(p);
		return true;
	case KW_REPACK: /* PostgreSQL: REPACK (VERBOSE) t USING INDEX i */
		if (!(p->bits & DL_PG))
			return false;
		read_maintenance(p);
		return true;
	default:
		return false;
	}
}

/* Statements of fewer databases, or that move files. */
static bool utility_of_engine(struct reader *p)
{
	switch (tok(p)->id) {
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
		if (peek_is(p, 1, KW_DICTIONARIES))
			skip_rest(p);
		else if (peek_is(p, 1, KW_TABLES))
			read_rename(p);
		else
			return false;
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
		if (peek_is(p, 1, KW_CONVERSATION))
			return false;
		read_copy(p, false);
		return true;
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
	default:
		return utility_of_engine(p);
	}
}
