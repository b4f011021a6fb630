// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Functions and procedures of which it is known that an argument is SQL that runs, or a file: of PostgreSQL's modules,
 * Oracle's packages, T-SQL's system procedures. A row for each; what more they take is an expression like any other.
 */
#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/execute.h"

enum argument {
	ARG_RUNS,    /* SQL; what is no constant makes the statement dynamic */
	ARG_RUNS_IT, /* the same, and what comes of it is run, too */
	ARG_READS,   /* a file */
	ARG_WRITES,
};

struct known {
	struct slice package; /* none: of any name in front */
	struct slice name;
	enum argument what;
	unsigned at;        /* which one, from 0 */
	struct slice named; /* its name, where arguments may have one */
};

/* Behind the name, in parentheses. */
static const struct known functions[] = {
	/* PostgreSQL: https://www.postgresql.org/docs/current/contrib.html, textsearch-features */
	{ SLICE_INIT(""), SLICE_INIT("ts_rewrite"), ARG_RUNS, 1, SLICE_INIT("") },
	{ SLICE_INIT(""), SLICE_INIT("crosstab2"), ARG_RUNS, 0, SLICE_INIT("") },
	{ SLICE_INIT(""), SLICE_INIT("crosstab3"), ARG_RUNS, 0, SLICE_INIT("") },
	{ SLICE_INIT(""), SLICE_INIT("crosstab4"), ARG_RUNS, 0, SLICE_INIT("") },
	{ SLICE_INIT(""), SLICE_INIT("pg_stat_file"), ARG_READS, 0, SLICE_INIT("filename") },
	{ SLICE_INIT(""), SLICE_INIT("pg_file_read"), ARG_READS, 0, SLICE_INIT("") },
	{ SLICE_INIT(""), SLICE_INIT("pg_file_write"), ARG_WRITES, 0, SLICE_INIT("") },
	/* pg_cron, Citus, pg_background */
	{ SLICE_INIT("cron"), SLICE_INIT("schedule"), ARG_RUNS, 2, SLICE_INIT("command") },
	{ SLICE_INIT("cron"), SLICE_INIT("schedule_in_database"), ARG_RUNS, 2, SLICE_INIT("command") },
	{ SLICE_INIT(""), SLICE_INIT("run_command_on_workers"), ARG_RUNS, 0, SLICE_INIT("command") },
	{ SLICE_INIT(""), SLICE_INIT("run_command_on_all_nodes"), ARG_RUNS, 0, SLICE_INIT("command") },
	{ SLICE_INIT(""), SLICE_INIT("run_command_on_coordinator"), ARG_RUNS, 0, SLICE_INIT("command") },
	{ SLICE_INIT(""), SLICE_INIT("pg_background_launch"), ARG_RUNS, 0, SLICE_INIT("sql") },
	/* Oracle: Database PL/SQL Packages and Types Reference */
	{ SLICE_INIT("dbms_scheduler"), SLICE_INIT("create_job"), ARG_RUNS, 2, SLICE_INIT("job_action") },
	{ SLICE_INIT("dbms_scheduler"), SLICE_INIT("create_program"), ARG_RUNS, 2, SLICE_INIT("program_action") },
	{ SLICE_INIT("dbms_job"), SLICE_INIT("submit"), ARG_RUNS, 1, SLICE_INIT("what") },
	{ SLICE_INIT("dbms_job"), SLICE_INIT("what"), ARG_RUNS, 1, SLICE_INIT("what") },
	{ SLICE_INIT("dbms_utility"), SLICE_INIT("exec_ddl_statement"), ARG_RUNS, 0, SLICE_INIT("parse_string") },
	{ SLICE_INIT("dbms_sys_sql"), SLICE_INIT("parse_as_user"), ARG_RUNS, 1, SLICE_INIT("statement") },
	{ SLICE_INIT("dbms_parallel_execute"), SLICE_INIT("run_task"), ARG_RUNS, 1, SLICE_INIT("sql_stmt") },
	{ SLICE_INIT("dbms_parallel_execute"), SLICE_INIT("create_chunks_by_sql"), ARG_RUNS, 1, SLICE_INIT("sql_stmt") },
	{ SLICE_INIT("dbms_sqltune"), SLICE_INIT("create_tuning_task"), ARG_RUNS, 0, SLICE_INIT("sql_text") },
	{ SLICE_INIT("dbms_hs_passthrough"), SLICE_INIT("execute_immediate"), ARG_RUNS, 0, SLICE_INIT("") },
	{ SLICE_INIT("utl_file"), SLICE_INIT("fopen"), ARG_WRITES, 1, SLICE_INIT("filename") },
	{ SLICE_INIT("utl_file"), SLICE_INIT("fopen_nchar"), ARG_WRITES, 1, SLICE_INIT("filename") },
	{ SLICE_INIT("utl_file"), SLICE_INIT("fcopy"), ARG_READS, 1, SLICE_INIT("src_filename") },
	/* SQL Server */
	{ SLICE_INIT(""), SLICE_INIT("dm_exec_describe_first_result_set"), ARG_RUNS, 0, SLICE_INIT("") },
};

/* Of EXEC, where arguments stand in no parentheses: https://learn.microsoft.com/sql/relational-databases/system-stored-procedures */
static const struct known procedures[] = {
	{ SLICE_INIT(""), SLICE_INIT("sp_prepare"), ARG_RUNS, 2, SLICE_INIT("@stmt") },
	{ SLICE_INIT(""), SLICE_INIT("sp_prepexec"), ARG_RUNS, 2, SLICE_INIT("@stmt") },
	{ SLICE_INIT(""), SLICE_INIT("sp_cursoropen"), ARG_RUNS, 1, SLICE_INIT("@stmt") },
	{ SLICE_INIT(""), SLICE_INIT("sp_cursorprepare"), ARG_RUNS, 2, SLICE_INIT("@stmt") },
	{ SLICE_INIT(""), SLICE_INIT("sp_cursorprepexec"), ARG_RUNS, 3, SLICE_INIT("@stmt") },
	{ SLICE_INIT(""), SLICE_INIT("sp_describe_first_result_set"), ARG_RUNS, 0, SLICE_INIT("@tsql") },
	{ SLICE_INIT(""), SLICE_INIT("sp_describe_undeclared_parameters"), ARG_RUNS, 0, SLICE_INIT("@tsql") },
	{ SLICE_INIT(""), SLICE_INIT("xp_execresultset"), ARG_RUNS_IT, 0, SLICE_INIT("@cmd") },
	{ SLICE_INIT(""), SLICE_INIT("sp_execresultset"), ARG_RUNS_IT, 0, SLICE_INIT("@cmd") },
	{ SLICE_INIT(""), SLICE_INIT("sp_add_jobstep"), ARG_RUNS, 5, SLICE_INIT("@command") },
	{ SLICE_INIT(""), SLICE_INIT("sp_update_jobstep"), ARG_RUNS, 5, SLICE_INIT("@command") },
	{ SLICE_INIT(""), SLICE_INIT("sp_send_dbmail"), ARG_RUNS, 10, SLICE_INIT("@query") },
	{ SLICE_INIT(""), SLICE_INIT("sp_makewebtask"), ARG_RUNS, 1, SLICE_INIT("@query") },
};

static bool is_of(const struct known *k, const struct name *n)
{
	return slice_ieq(k->name, last_part(n)) && (!k->package.len || (n->n > 1 && slice_ieq(n->part[n->n - 2], k->package)));
}

static const struct known *find(const struct known *v, size_t count, const struct name *n)
{
	for (size_t i = 0; i < count; i++)
		if (is_of(&v[i], n))
			return &v[i];
	return NULL;
}

static void runs(struct reader *p, const struct known *k)
{
	struct slice text;
	bool whole;

	if (!look_at_constant(p, &text, &whole)) {
		if (!at(p, KW_NULL))
			dynamic(p);
		return;
	}
	if (p->dialect == SQL_ORACLE && !memchr(text.ptr, ' ', text.len)) /* job_action: the name of a procedure */
		return;
	read_inner(p, text, p->dialect == SQL_ORACLE);
	if (!whole || k->what == ARG_RUNS_IT)
		dynamic(p);
}

/* At the argument, which is read once more as an expression. */
static void use(struct reader *p, const struct known *k)
{
	const struct token *t = tok(p);

	if (k->what == ARG_RUNS || k->what == ARG_RUNS_IT)
		runs(p, k);
	else if (t->type == TOKEN_STRING)
		add_file_token(p, t, k->what == ARG_WRITES, false);
}

/* One has names, or stands in its place: cron.schedule('name', 'when', 'what') has two or three. */
static bool is_it(struct reader *p, const struct known *k, unsigned nth, unsigned sign)
{
	bool named = (is_name(tok(p)) || tok(p)->type == TOKEN_PARAM) && peek_is(p, 1, sign);

	if (!named)
		return nth == k->at;
	return k->named.len && slice_ieq(tok_raw(p), k->named);
}

static void pass_to(struct reader *p, size_t end)
{
	while (p->i < end && !at(p, ','))
		partner(p, p->i) ? skip_group(p) : advance(p);
}

void known_arguments(struct reader *p, const struct name *n)
{
	const struct known *k = p->ahead ? NULL : find(functions, ARRAY_SIZE(functions), n);
	size_t back = p->i, end = k ? partner(p, back) : 0, hold = p->tokens.hold;
	bool used = false;

	if (end <= back)
		return;
	if (!hold)
		p->tokens.hold = back;
	advance(p);
	for (unsigned nth = 0; p->i < end; nth++) {
		if (is_it(p, k, nth, OP_NAMED)) {
			p->i += peek_is(p, 1, OP_NAMED) ? 2 : 0;
			use(p, k);
			used = true;
		} else if (nth + 1 == k->at && slice_ieq(k->package, SLICE("cron"))) {
			size_t last = p->i;

			pass_to(p, end);
			if (p->i >= end) { /* the form without a name */
				p->i = last;
				use(p, k);
				used = true;
			}
		}
		pass_to(p, end);
		if (p->i < end)
			advance(p);
	}
	if (!used && k->what == ARG_RUNS && k->at == 0)
		dynamic(p);
	p->tokens.hold = hold;
	move_to(p, back);
}

bool known_procedure(struct reader *p, const struct name *n)
{
	const struct known *k = find(procedures, ARRAY_SIZE(procedures), n);
	size_t back = p->i, hold = p->tokens.hold;

	if (!k)
		return false;
	if (!hold)
		p->tokens.hold = back;
	for (unsigned nth = 0; !at_statement_end(p) && !starts_statement(p); nth++) {
		if (is_it(p, k, nth, '=')) {
			p->i += peek_is(p, 1, '=') ? 2 : 0;
			use(p, k);
		}
		while (!at_statement_end(p) && !starts_statement(p) && !at(p, ','))
			partner(p, p->i) ? skip_group(p) : advance(p);
		if (!accept(p, ','))
			break;
	}
	p->tokens.hold = hold;
	move_to(p, back);
	return true;
}

/* sp_rename 's.t', 'u' [, 'OBJECT']; 's.t.c', 'd', 'COLUMN' changes the table. */
void read_sp_rename(struct reader *p)
{
	struct name from, to;
	size_t back = p->i;
	bool part;

	if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
		p->i += 2;
	from.n = to.n = 0;
	if (tok(p)->type == TOKEN_STRING)
		name_of_text(p, literal_value(p, tok(p)), &from);
	advance(p);
	accept(p, ',');
	if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
		p->i += 2;
	if (tok(p)->type == TOKEN_STRING)
		name_of_text(p, SLICE("x"), &to), to.part[0] = literal_value(p, tok(p));
	advance(p);
	part = at(p, ',') && (peek(p, 1)->type == TOKEN_STRING || peek(p, 3)->type == TOKEN_STRING);
	if (part) {
		const struct token *kind = peek(p, peek(p, 1)->type == TOKEN_STRING ? 1 : 3);

		part = !slice_ieq(literal_value(p, kind), SLICE("object"));
	}
	move_to(p, back);
	if (!from.n || !to.n) {
		dynamic(p);
		return;
	}
	from.n -= part && from.n > 1;
	add_relation(p, &from, SQL_ALTER);
	if (part)
		return;
	from.part[from.n - 1] = to.part[0]; /* in the same schema */
	add_relation(p, &from, SQL_CREATE);
}
