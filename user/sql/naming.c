// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Constants that name a table: arguments of functions and procedures. */
#include "sql/naming.h"

#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"

struct naming {
	struct slice name;
	uint8_t first, last; /* of the arguments that are names, from 0 */
	bool reads;          /* rows of that table come back */
};

static const struct naming functions[] = {
	{ SLICE_INIT("alter_distributed_table"), 0, 0, false },
	{ SLICE_INIT("connectby"), 0, 0, true },
	{ SLICE_INIT("create_distributed_table"), 0, 0, false },
	{ SLICE_INIT("create_hypertable"), 0, 0, false },
	{ SLICE_INIT("create_reference_table"), 0, 0, false },
	{ SLICE_INIT("dblink_build_sql_delete"), 0, 0, true },
	{ SLICE_INIT("dblink_build_sql_insert"), 0, 0, true },
	{ SLICE_INIT("dblink_build_sql_select"), 0, 0, true },
	{ SLICE_INIT("dblink_build_sql_update"), 0, 0, true },
	{ SLICE_INIT("drop_chunks"), 0, 0, false },
	{ SLICE_INIT("dropgeometrytable"), 0, 2, false },
	{ SLICE_INIT("ducklake_add_data_files"), 1, 1, false },
	{ SLICE_INIT("ducklake_table_changes"), 2, 2, true },
	{ SLICE_INIT("ducklake_table_deletions"), 2, 2, true },
	{ SLICE_INIT("ducklake_table_insertions"), 2, 2, true },
	{ SLICE_INIT("get_ddl"), 1, 1, false },
	{ SLICE_INIT("heap_force_freeze"), 0, 0, false },
	{ SLICE_INIT("heap_force_kill"), 0, 0, false },
	{ SLICE_INIT("ident_current"), 0, 0, false },
	{ SLICE_INIT("index_scan"), 0, 0, true },
	{ SLICE_INIT("pg_check_visible"), 0, 0, false },
	{ SLICE_INIT("pg_prewarm"), 0, 0, false },
	{ SLICE_INIT("pg_truncate_visibility_map"), 0, 0, false },
	{ SLICE_INIT("pg_visibility"), 0, 0, false },
	{ SLICE_INIT("pg_visibility_map"), 0, 0, false },
	{ SLICE_INIT("pgstattuple_approx"), 0, 0, false },
	{ SLICE_INIT("pragma_foreign_key_check"), 0, 0, true },
	{ SLICE_INIT("pragma_integrity_check"), 0, 0, true },
	{ SLICE_INIT("pragma_quick_check"), 0, 0, true },
	{ SLICE_INIT("pragma_storage_info"), 0, 0, true },
	{ SLICE_INIT("prometheusquery"), 0, 1, true },
	{ SLICE_INIT("prometheusqueryrange"), 0, 1, true },
	{ SLICE_INIT("run_command_on_shards"), 0, 0, true },
	{ SLICE_INIT("seq_scan"), 0, 0, true },
	{ SLICE_INIT("system$reference"), 1, 1, true },
	{ SLICE_INIT("system$stream_has_data"), 0, 0, false },
	{ SLICE_INIT("table_changes"), 0, 1, true },
	{ SLICE_INIT("undistribute_table"), 0, 0, false },
	{ SLICE_INIT("verify_heapam"), 0, 0, false },
	{ SLICE_INIT("xpath_table"), 2, 2, true },
};

enum { SHORTEST = 7 }; /* of their names */

static const struct naming *find_function(struct slice name)
{
	for (size_t i = 0; name.len >= SHORTEST && i < ARRAY_SIZE(functions); i++)
		if (slice_ieq(functions[i].name, name))
			return &functions[i];
	return NULL;
}

/* Packages and schemas of procedures, of whose arguments each text may be a name. */
static const struct naming *find_package(struct reader *p, const struct name *n)
{
	static const char *const oracle[] = { "dbms_stats",
					      "dbms_redefinition",
					      "dbms_mview",
					      "dbms_metadata",
					      "dbms_xmlsave",
					      "dbms_xmlstore",
					      "dbms_rls",
					      "dbms_redact",
					      "dbms_fga",
					      "dbms_repair",
					      "dbms_comparison",
					      "dbms_cloud",
					      "dbms_data_mining",
					      "dbms_errlog",
					      "dbms_space",
					      "dbms_parallel_execute",
					      NULL };
	static const char *const system[] = { "system", NULL }, *const bq[] = { "bq", NULL };
	static const struct naming all = { SLICE_INIT(""), 0, 15, false };
	struct slice package = n->n > 1 ? n->part[n->n - 2] : SLICE_NONE;
	const char *const *names = p->dialect == SQL_ORACLE ? oracle : p->dialect == SQL_BIGQUERY ? bq : system;

	if (!package.len || !(p->dialect == SQL_ORACLE || p->dialect == SQL_BIGQUERY || p->dialect == SQL_TRINO ||
			      p->dialect == SQL_ATHENA || p->bits & DL_SPARK))
		return NULL;
	return slice_ieq_any(package, names) ? &all : NULL;
}

/* connectby('t', ...) puts the text behind FROM: '(SELECT ...) x' and 't JOIN u' are taken, too. */
static void name_or_more(struct reader *p, struct slice text)
{
	if (!memchr(text.ptr, ' ', text.len) && !memchr(text.ptr, '(', text.len) && !memchr(text.ptr, ',', text.len)) {
		literal_relation(p, text, SQL_VIA_LITERAL);
		return;
	}
	spend(p, text.len);
	read_lexical(p, text, SQL_VIA_LITERAL, 0);
}

void naming_arguments(struct reader *p, const struct name *n)
{
	const struct naming *f = find_function(last_part(n));
	size_t back = p->i, end = partner(p, back), hold = p->tokens.hold;

	if (!f)
		f = find_package(p, n);
	if (!f || end <= back)
		return;
	if (!hold)
		p->tokens.hold = back;
	advance(p);
	for (unsigned i = 0; p->i < end && i <= f->last; i++) {
		struct slice text;
		bool whole;

		if (is_name(tok(p)) && peek_is(p, 1, OP_NAMED))
			p->i += 2;
		if (i >= f->first && !at(p, ',')) {
			if (tok(p)->type != TOKEN_NUMBER && look_at_constant(p, &text, &whole) && whole)
				name_or_more(p, text);
			else if (f->reads && tok(p)->type != TOKEN_NUMBER)
				dynamic(p);
		}
		while (p->i < end && !at(p, ','))
			partner(p, p->i) ? skip_group(p) : advance(p);
		advance(p);
	}
	p->tokens.hold = hold;
	move_to(p, back);
}

/* ---- T-SQL's procedures ---- */

enum { ARGUMENTS_MAX = 48 /* tokens of them */ };

void naming_procedure(struct reader *p, struct slice procedure)
{
	static const char *const names[] = { "sp_help",
					     "sp_helpindex",
					     "sp_helpconstraint",
					     "sp_helptrigger",
					     "sp_spaceused",
					     "sp_columns",
					     "sp_statistics",
					     "sp_pkeys",
					     "sp_fkeys",
					     "sp_special_columns",
					     "sp_table_privileges",
					     "sp_column_privileges",
					     "sp_depends",
					     "sp_recompile",
					     "sp_refreshview",
					     "sp_tableoption",
					     "sp_indexoption",
					     "sp_autostats",
					     "sp_changeobjectowner",
					     "sp_addextendedproperty",
					     "sp_updateextendedproperty",
					     "sp_dropextendedproperty",
					     "sp_estimate_data_compression_savings",
					     "sp_cdc_enable_table",
					     "sp_cdc_disable_table",
					     "sp_fulltext_table",
					     "sp_fulltext_column",
					     "sp_addarticle",
					     "sp_droparticle",
					     "sp_bindrule",
					     "sp_bindefault",
					     "sp_settriggerorder",
					     NULL };

	if (!slice_ieq_any(procedure, names))
		return;
	for (size_t i = p->i; i < p->i + ARGUMENTS_MAX; i++) {
		const struct token *t = tok_at(p, i);

		if (t->id == ';' || t->type == TOKEN_END || (i > p->i && keyword_flags(t->id) & KF_STATEMENT))
			return;
		if (t->type == TOKEN_STRING)
			literal_relation(p, literal_value(p, t), SQL_VIA_LITERAL);
		else if (is_name(t) && !t->id && (i == p->i || tok_at(p, i - 1)->id == '=' || tok_at(p, i - 1)->id == ','))
			literal_relation(p, lex_name(p->text, t, '\\', p->arena), SQL_VIA_LITERAL);
		else if (t->type == TOKEN_PARAM && tok_at(p, i + 1)->id != '=') /* what it holds is not known */
			dynamic(p);
	}
}

/* Procedures among whose arguments is a text that a server runs, now or later. */
static void texts_that_run(struct reader *p)
{
	for (size_t i = p->i; i < p->i + ARGUMENTS_MAX; i++) {
		const struct token *t = tok_at(p, i);
		struct slice text;

		if (t->id == ';' || t->type == TOKEN_END || (i > p->i && keyword_flags(t->id) & KF_STATEMENT))
			return;
		if (t->type != TOKEN_STRING)
			continue;
		text = literal_value(p, t);
		if (!text.len || *text.ptr == '@' || !memchr(text.ptr, ' ', text.len)) /* parameters, a name */
			continue;
		spend(p, text.len);
		read_lexical(p, text, SQL_VIA_LITERAL, 0);
	}
}

void naming_command(struct reader *p, struct slice procedure)
{
	static const char *const run[] = { "sp_execute_remote", "sp_execute_external_script", NULL };
	struct slice command;

	if (slice_ieq_any(procedure, run))
		texts_that_run(p);
	if (!slice_ieq(procedure, SLICE("xp_cmdshell")))
		return;
	if (tok(p)->type == TOKEN_PARAM && peek_is(p, 1, '='))
		p->i += 2;
	if (tok(p)->type != TOKEN_STRING) {
		dynamic(p);
		return;
	}
	command = literal_value(p, tok(p));
	add_file(p, command, SQL_PROGRAM, true, false);
	spend(p, command.len);
	read_lexical(p, command, SQL_VIA_LITERAL, 0);
}

void naming_dbcc(struct reader *p, struct slice what)
{
	static const struct {
		struct slice name;
		bool second; /* behind the database */
		bool shows;  /* values of it */
	} commands[] = {
		{ SLICE_INIT("SHOW_STATISTICS"), false, true },  { SLICE_INIT("CHECKTABLE"), false, false },
		{ SLICE_INIT("CHECKCONSTRAINTS"), false, true }, { SLICE_INIT("SHOWCONTIG"), false, false },
		{ SLICE_INIT("CHECKIDENT"), false, false },      { SLICE_INIT("DBREINDEX"), false, false },
		{ SLICE_INIT("CLEANTABLE"), true, false },       { SLICE_INIT("INDEXDEFRAG"), true, false },
		{ SLICE_INIT("UPDATEUSAGE"), true, false },      { SLICE_INIT("IND"), true, false },
	};
	enum sql_via via = p->via;
	struct name n = { .n = 0 };
	size_t c = 0;

	while (c < ARRAY_SIZE(commands) && !slice_ieq(what, commands[c].name))
		c++;
	if (c == ARRAY_SIZE(commands))
		return;
	p->i += 2;
	while (commands[c].second && !at_stop(p) && !accept(p, ','))
		skip_word(p);
	if (tok(p)->type == TOKEN_STRING)
		name_of_text(p, literal_value(p, tok(p)), &n);
	else if (tok(p)->type == TOKEN_NUMBER || at(p, ')') || at_statement_end(p))
		return; /* the current database; an object's number */
	else if ((!is_name(tok(p)) || !read_relation_name(p, &n)) && commands[c].shows)
		dynamic(p);
	if (n.n) {
		struct sql_relation *r;

		p->via = !commands[c].shows && via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
		r = add_relation(p, &n, SQL_READ);
		if (r)
			r->all_columns = true;
		p->via = via;
	}
}
