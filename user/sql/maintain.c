// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statements about a list of tables: TRUNCATE, LOCK, maintenance; GRANT and COMMENT. */
#include "sql/utility.h"

struct sql_relation *all_of(struct sql_relation *r)
{
	if (r)
		r->all_columns = true;
	return r;
}

/* a [what not], b [what not] */
void relation_list(struct reader *p, uint32_t access)
{
	do {
		SKIP(p, KW_ONLY);
		skip_if_exists(p);
		skip_leading_dots(p);
		if (at(p, '(') && is_name(peek(p, 1))) /* ONLY (t) */
			advance(p);
		if (at_statement_end(p) || !(is_name(tok(p)) || tok(p)->type == TOKEN_STRING)) {
			if (tok(p)->type == TOKEN_PARAM)
				dynamic(p);
			else
				partial(p);
			skip_to_next(p);
			return;
		}
		all_of(read_target(p, access));
		while (!at_statement_end(p) && !at(p, ',') && !next_in_batch(p)) {
			if (at(p, KW_HISTOGRAM) || (at(p, KW_COLUMNS) && is_name(peek(p, 1)))) { /* ... ON a, b; FOR COLUMNS a, b */
				skip_to_next(p);
				return;
			}
			if (at(p, KW_INTO) && p->dialect == SQL_ORACLE && is_name(peek(p, 1))) { /* ANALYZE ... CASCADE INTO t */
				advance(p);
				read_target(p, SQL_INSERT);
				continue;
			}
			partner(p, p->i) ? read_group(p) : skip_word(p);
		}
	} while (accept(p, ','));
}

void read_truncate(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_DATABASE, KW_ALL, KW_TABLES) && (is_name(peek(p, 1)) || peek_is(p, 1, KW_FROM))) { /* ClickHouse */
		whole_database(p);
		skip_known_rest(p);
		return;
	}
	if (at(p, KW_CLUSTER)) {
		skip_rest(p);
		return;
	}
	SKIP(p, KW_TABLE, KW_TEMPORARY, KW_MATERIALIZED, KW_VIEW);
	relation_list(p, SQL_TRUNCATE);
}

void read_lock(struct reader *p)
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
void read_maintenance(struct reader *p)
{
	bool analyze = ONE_OF(p, KW_ANALYZE, KW_ANALYSE), vacuum = at(p, KW_VACUUM), reindex = at(p, KW_REINDEX);
	bool check = ONE_OF(p, KW_CHECK, KW_CHECKSUM);
	bool explains = false, cluster = at(p, KW_CLUSTER);

	advance(p);
	if (check && at(p, KW_GRANT)) { /* ClickHouse: CHECK GRANT SELECT ON t */
		read_grant(p);
		return;
	}
	if (at(p, '('))
		skip_group(p);
	if ((reindex && ONE_OF(p, KW_INDEX, KW_SCHEMA, KW_DATABASE, KW_SYSTEM)) ||
	    (analyze && p->dialect == SQL_ORACLE && ONE_OF(p, KW_INDEX, KW_CLUSTER))) {
		skip_rest(p);
		return;
	}
	if (p->bits & DL_MYSQL)
		accept(p, KW_LOCAL);
	while (ONE_OF(p, KW_FULL, KW_FREEZE, KW_VERBOSE, KW_ANALYZE, KW_ANALYSE, KW_TABLE, KW_TABLES, KW_VIEW, KW_CONCURRENTLY,
		      KW_NO_WRITE_TO_BINLOG, KW_SORT, KW_DELETE, KW_ONLY, KW_REINDEX, KW_RECLUSTER, KW_COMPRESSION, KW_PREDICATE,
		      KW_DISABLE_PAGE_SKIPPING, KW_INCREMENTAL, KW_PERSISTENT, KW_MATERIALIZED, KW_INDEX)) {
		if (at(p, KW_DELETE) && p->bits & DL_MYSQL)
			break;
		if ((at(p, KW_PREDICATE) && !peek_is(p, 1, KW_COLUMNS)) || peek_is(p, 1, ',')) /* a table of that name */
			break;
		advance(p);
	}
	if (analyze && ONE_OF(p, KW_REPLACE, KW_VALUES, KW_FORMAT, KW_SELECT, KW_WITH, KW_UPDATE, KW_DELETE, KW_INSERT))
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
			whole_database(p);
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

/* TO and FROM name people. */
static void behind_grant(struct reader *p)
{
	while (!at_statement_end(p) && !next_in_batch(p)) {
		if (at(p, KW_WITH) && peek_is(p, 1, KW_GRANT))
			advance(p);
		pass_word(p);
	}
}

/* GRANT privileges ON [TABLE] t TO ...; also REVOKE and DENY */
void read_grant(struct reader *p)
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
		} else if (table) {
			advance(p);
		}
		if (ONE_OF(p, KW_ALL, KW_FUTURE) ||
		    (!table &&
		     (ONE_OF(p, KW_SCHEMA, KW_DATABASE, KW_FUNCTION, KW_PROCEDURE, KW_ROUTINE, KW_SEQUENCE, KW_LANGUAGE, KW_TYPE, KW_DOMAIN,
			     KW_FOREIGN, KW_TABLESPACE, KW_LARGE, KW_PARAMETER, KW_WAREHOUSE, KW_ROLE, KW_STAGE, KW_INTEGRATION, KW_CATALOG,
			     KW_USER, KW_ACCOUNT, KW_PACKAGE, KW_DIRECTORY, KW_URI, KW_SERVER, KW_EXTERNAL, KW_RESOURCE, KW_ANY,
			     KW_DATASHARE, KW_MODEL, KW_ASSEMBLY, KW_XML, KW_LOGIN, KW_CERTIFICATE, KW_MATERIALIZED) &&
		      is_name(peek(p, 1))))) {
			behind_grant(p);
			return;
		}
		if (at(p, '*') || (is_name(tok(p)) && peek_is(p, 1, '.') && peek_is(p, 2, '*')) || peek_is(p, 1, OP_CAST) || at(p, '{')) {
			behind_grant(p);
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
	behind_grant(p);
}

/* t.c: the table is changed. */
static void alter_column(struct reader *p)
{
	struct sql_relation *r;
	struct slice column;
	struct name n;

	if (!read_name(p, &n) || n.n < 2)
		return;
	column = last_part(&n);
	n.n--;
	r = add_relation(p, &n, SQL_ALTER);
	if (r)
		add_column(p, r, column, SQL_USE_WRITE);
}

/* Behind ON: what a comment or a label is put on. */
static void labelled(struct reader *p)
{
	skip_if_exists(p);
	SKIP(p, KW_MATERIALIZED, KW_FOREIGN, KW_EXTERNAL);
	if (ONE_OF(p, KW_TABLE, KW_VIEW)) {
		advance(p);
		skip_if_exists(p);
		read_target(p, SQL_ALTER);
	} else if (at(p, KW_COLUMN)) {
		advance(p);
		alter_column(p);
	} else if (ONE_OF(p, KW_CONSTRAINT, KW_TRIGGER, KW_POLICY, KW_RULE) && is_name(peek(p, 1)) && peek_is(p, 2, KW_ON) &&
		   !peek_is(p, 3, KW_DOMAIN)) {
		p->i += 3;
		read_target(p, SQL_ALTER);
	}
	skip_rest(p);
}

/* COMMENT ON TABLE t IS ..., ON COLUMN t.c, ON CONSTRAINT c ON t */
void read_comment(struct reader *p)
{
	advance(p);
	skip_if_exists(p);
	if (accept(p, KW_ON))
		labelled(p);
	else
		skip_rest(p);
}

/* SECURITY LABEL FOR x ON TABLE t IS ... */
void read_security_label(struct reader *p)
{
	while (!at_statement_end(p) && !at(p, KW_ON))
		pass_word(p);
	accept(p, KW_ON);
	labelled(p);
}
