// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Statements that take every table of a database: backups, exports, clones. Which ones is not in their words, so each counts as not
 * understood, and is judged as that.
 */
#include "sql/ddl.h"
#include "sql/utility.h"

void whole_database(struct reader *p)
{
	dynamic(p);
}

/* TO DISK = 'x', DISK = 'y'; TO File('x'), S3('y', ...); TO 'x' */
static void written_files(struct reader *p)
{
	while (!at_statement_end(p) && !ONE_OF(p, KW_WITH, KW_SETTINGS) && !next_in_batch(p)) {
		unsigned before = tok_at(p, p->i - 1)->id;

		if (tok(p)->type == TOKEN_STRING && (before == '=' || before == '(' || before == KW_TO))
			add_file_token(p, tok(p), true, false);
		skip_word(p);
	}
	skip_to_next(p);
}

/* ClickHouse, CockroachDB: BACKUP TABLE a, DATABASE b TO ... */
static void backup_list(struct reader *p)
{
	do {
		if (accept(p, KW_TABLE) || accept(p, KW_VIEW) || accept(p, KW_DICTIONARY))
			all_of(read_target(p, SQL_READ | SQL_COPY_OUT));
		else
			whole_database(p);
		while (!at_statement_end(p) && !at(p, ',') && !at(p, KW_TO))
			at(p, '(') && tok(p)->match ? skip_group(p) : skip_word(p);
	} while (accept(p, ','));
}

void read_backup(struct reader *p)
{
	advance(p);
	if (ONE_OF(p, KW_TABLE, KW_VIEW, KW_DICTIONARY)) {
		backup_list(p);
	} else if (accept(p, KW_LOCK)) { /* MariaDB */
		one_target(p, SQL_LOCK);
		return;
	} else if (ONE_OF(p, KW_DATABASE, KW_LOG, KW_ALL)) {
		whole_database(p);
	}
	written_files(p);
}

/* MySQL: CLONE LOCAL DATA DIRECTORY = 'x', CLONE INSTANCE FROM ... */
void read_clone(struct reader *p)
{
	advance(p);
	whole_database(p);
	written_files(p);
}

/* CREATE DATABASE d TEMPLATE x, CLONE x, AS SNAPSHOT OF x; at the word behind CREATE. */
void read_create_database(struct reader *p)
{
	name_operation_here(p, "CREATE");
	for (; !at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_WITH)); skip_word(p)) {
		if (at(p, KW_FROM) && (p->dialect == SQL_REDSHIFT || peek_is(p, 1, KW_SHARE))) /* FROM DATASHARE s, ARN 'a', SHARE s.t */
			advance(p);
		if (at(p, KW_CLONE) || (at(p, KW_SNAPSHOT) && peek_is(p, 1, KW_OF)))
			whole_database(p);
		if (at(p, KW_TEMPLATE)) {
			const struct token *of = peek_is(p, 1, '=') ? peek(p, 2) : peek(p, 1);
			struct slice name = lex_body(p->text, of);

			if (!slice_ieq(name, SLICE("template0")) && !slice_ieq(name, SLICE("template1")) &&
			    !slice_ieq(name, SLICE("default")))
				whole_database(p);
		}
	}
}
