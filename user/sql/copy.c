// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* COPY, UNLOAD, LOAD DATA, EXPORT, IMPORT, PUT, GET: data between tables and files. */
#include "sql/ddl.h"
#include "sql/remote.h"
#include "sql/utility.h"

static void rest(struct reader *p)
{
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_WITH) && !at(p, KW_FOR)))
		skip_word(p);
}

static bool is_file(const struct token *t)
{
	return t->type == TOKEN_STRING || t->type == TOKEN_STAGE;
}

static void name_files(struct reader *p, bool write, bool client)
{
	if (at(p, KW_PROGRAM)) {
		advance(p);
		if (tok(p)->type == TOKEN_STRING)
			add_file(p, literal_value(p, tok(p)), SQL_PROGRAM, write, client);
		else
			dynamic(p);
		pass_word(p);
		return;
	} else if (ONE_OF(p, KW_STDIN, KW_STDOUT)) {
		add_file(p, SLICE_NONE, SQL_FILE, write, true);
	}
	while (is_file(tok(p)) || at(p, ',') || at(p, '(')) {
		if (is_file(tok(p)))
			add_file_token(p, tok(p), write, client);
		else if (starts_query(peek(p, 1)))
			dynamic(p); /* its name is what a query gives */
		pass_word(p);
	}
	if (tok(p)->type == TOKEN_PARAM)
		dynamic(p);
}

static void files_and_rest(struct reader *p, bool write, bool client)
{
	name_files(p, write, client);
	while (!at_statement_end(p) && !(p->bits & DL_BATCH && starts_statement(p) && !at(p, KW_WITH) && !at(p, KW_FOR))) {
		if (at(p, KW_WHERE)) {
			advance(p);
			read_expr(p, 0);
		} else {
			pass_word(p);
		}
	}
}

/* COPY INTO t FROM @stage | 'path' | (SELECT ... FROM @stage); COPY INTO @stage FROM t | (query) */
static void copy_into(struct reader *p)
{
	if (is_file(tok(p))) {
		add_file_token(p, tok(p), true, false);
		advance(p);
		if (accept(p, KW_FROM)) {
			if (at(p, '(')) {
				read_paren(p, true, SQL_READ);
			} else {
				struct sql_relation *r = read_target(p, SQL_READ | SQL_COPY_OUT);

				if (r)
					r->all_columns = true;
			}
		}
		for (size_t i = 0; i < p->nrelations; i++)
			if (p->relations[i]->access & SQL_READ)
				p->relations[i]->access |= SQL_COPY_OUT;
		rest(p);
		return;
	}
	if (at(p, '(')) {
		read_paren(p, true, SQL_READ);
		rest(p);
		return;
	}
	struct sql_relation *r = read_target(p, SQL_INSERT | SQL_COPY_IN);

	if (at(p, KW_BY))
		p->i += 2;
	if (at(p, '('))
		read_column_names(p, r, SQL_USE_WRITE);
	if (accept(p, KW_FROM)) {
		if (at(p, '('))
			starts_query(peek(p, 1)) ? read_group(p) : read_paren(p, true, SQL_READ);
		else
			name_files(p, false, false);
	}
	rest(p);
}

/* COPY t (a, b) FROM|TO file; COPY (query) TO file; ClickHouse and others have none */
static void read_copy_table(struct reader *p, bool client)
{
	struct sql_relation *r = NULL;
	size_t before = p->nrelations;
	bool query = false, out;

	if (at(p, KW_TESTCASE) && p->dialect == SQL_IMPALA) { /* COPY TESTCASE TO 'path' query */
		while (!at_statement_end(p) && !starts_query(tok(p)))
			advance(p);
		if (!at_statement_end(p))
			read_query(p);
		return;
	}
	accept(p, KW_BINARY);
	if (at(p, '(')) {
		advance(p);
		read_statement(p);
		if (!accept(p, ')'))
			partial(p);
		query = true;
	} else {
		if (at(p, KW_FROM) && p->dialect == SQL_DUCKDB && peek_is(p, 1, KW_DATABASE)) {
			whole_database(p);
			skip_rest(p);
			return;
		}
		r = read_target(p, 0);
		if (r && at(p, '('))
			read_column_names(p, r, SQL_USE_OUTPUT);
		else if (r)
			r->all_columns = true;
	}
	SKIP(p, KW_WITH, KW_OIDS);
	out = at(p, KW_TO);
	if (!out && !at(p, KW_FROM)) {
		partial(p);
		if (r)
			r->access |= SQL_READ;
		skip_rest(p);
		return;
	}
	advance(p);
	if ((query && !out) || (is_name(tok(p)) && !ONE_OF(p, KW_STDIN, KW_STDOUT, KW_PROGRAM)))
		partial(p); /* no file */
	if (r)
		r->access |= out ? SQL_READ | SQL_COPY_OUT : SQL_INSERT | SQL_COPY_IN;
	for (size_t i = before; query && i < p->nrelations; i++)
		if (p->relations[i]->access & SQL_READ)
			p->relations[i]->access |= SQL_COPY_OUT;
	files_and_rest(p, out, client);
}

void read_client_copy(struct reader *p, struct slice text)
{
	/* As COPY, but its files are the client's. */
	read_inner(p, text, false);
	for (size_t i = 0; i < p->nrelations; i++)
		p->relations[i]->via = p->via;
	for (size_t i = 0; i < p->st->nfiles; i++)
		p->st->files[i].client = true;
}

/* UNLOAD ('SELECT ...') TO 's3://'; Athena: UNLOAD (SELECT ...) TO 's3://' */
static void read_unload(struct reader *p)
{
	size_t before = p->nrelations;

	advance(p);
	if (at(p, '(') && peek(p, 1)->type == TOKEN_STRING) {
		enum sql_via via = p->via;

		advance(p);
		read_dynamic(p);
		p->via = via;
		if (!accept(p, ')'))
			partial(p);
	} else if (at(p, '(')) {
		read_group(p);
	} else {
		partial(p);
	}
	for (size_t i = before; i < p->nrelations; i++)
		p->relations[i]->access |= SQL_COPY_OUT;
	if (accept(p, KW_TO))
		name_files(p, true, false);
	rest(p);
}

/* LOAD DATA [LOCAL] INFILE 'x' INTO TABLE t; BigQuery: LOAD DATA INTO|OVERWRITE t FROM FILES (uris = [...]) */
static void read_load(struct reader *p)
{
	if (peek_is(p, 1, KW_INDEX) && peek_is(p, 2, KW_INTO) && peek_is(p, 3, KW_CACHE)) {
		p->i += 4;
		relation_list(p, SQL_READ);
		return;
	}
	bool local = false;

	advance(p);
	if (!ONE_OF(p, KW_DATA, KW_XML, KW_INDEX, KW_TABLE)) { /* LOAD extension */
		if (tok(p)->type == TOKEN_STRING && p->bits & DL_PG)
			add_file_token(p, tok(p), false, false);
		rest(p);
		return;
	}
	if (at(p, KW_INDEX)) {
		rest(p);
		return;
	}
	advance(p);
	if (p->dialect == SQL_BIGQUERY) {
		struct sql_relation *r;

		SKIP(p, KW_INTO, KW_OVERWRITE, KW_TEMP, KW_TEMPORARY, KW_TABLE);
		r = read_target(p, SQL_INSERT | SQL_COPY_IN);
		if (r)
			r->all_columns = true;
		for (; !at_statement_end(p); advance(p))
			if (tok(p)->type == TOKEN_STRING && tok_at(p, p->i - 1)->id == '[')
				add_file_token(p, tok(p), false, false);
		return;
	}
	while (!at_statement_end(p) && !at(p, KW_TABLE)) {
		local |= at(p, KW_LOCAL);
		if (tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), false, local);
		if ((at(p, KW_INTO) && peek_is(p, 1, KW_TABLE)) || at(p, KW_FROM)) /* Aurora: FROM S3 's3://...' */
			advance(p);
		else
			skip_word(p);
	}
	if (accept(p, KW_TABLE)) {
		struct sql_relation *r = read_target(p, SQL_INSERT | SQL_COPY_IN);

		if (r)
			r->all_columns = true;
	}
	while (!at_statement_end(p))
		pass_word(p);
}

/* BigQuery: EXPORT DATA OPTIONS (uri = '...') AS query; Hive: EXPORT TABLE t TO 'path', IMPORT TABLE t FROM 'path' */
static void read_export(struct reader *p)
{
	bool import = at(p, KW_IMPORT);

	advance(p);
	if (import && at(p, KW_FOREIGN) && peek_is(p, 1, KW_SCHEMA)) {
		import_foreign_schema(p);
		return;
	}
	if (at(p, KW_DATA)) {
		while (!at_statement_end(p) &&
		       !(at(p, KW_AS) && (starts_query(peek(p, 1)) || peek_is(p, 1, '(') || peek_is(p, 1, KW_FROM)))) {
			if (tok(p)->type == TOKEN_STRING && tok_at(p, p->i - 1)->id == '=' && tok_at(p, p->i - 2)->id == KW_URI)
				add_file_token(p, tok(p), true, false);
			skip_word(p);
		}
		if (accept(p, KW_AS))
			read_query(p);
		return;
	}
	if (at(p, KW_DATABASE) && !import)
		whole_database(p);
	SKIP(p, KW_EXTERNAL);
	if (accept(p, KW_TABLE) && is_name(tok(p)) && !(at(p, KW_FROM) && peek(p, 1)->type == TOKEN_STRING)) { /* MySQL: of the file */
		struct sql_relation *r = read_target(p, import ? SQL_CREATE | SQL_INSERT | SQL_COPY_IN : SQL_READ | SQL_COPY_OUT);

		if (r)
			r->all_columns = true;
	}
	while (!at_statement_end(p)) {
		if (tok(p)->type == TOKEN_STRING)
			add_file_token(p, tok(p), !import, false);
		pass_word(p);
	}
}

void read_copy(struct reader *p, bool client)
{
	switch (tok(p)->id) {
	case KW_UNLOAD:
		read_unload(p);
		return;
	case KW_LOAD:
		read_load(p);
		return;
	case KW_EXPORT:
	case KW_IMPORT:
		read_export(p);
		return;
	case KW_PUT:
	case KW_GET:
		advance(p);
		name_files(p, false, true);
		rest(p);
		return;
	default:
		break;
	}
	advance(p);
	if (at(p, KW_JOB) && p->dialect == SQL_REDSHIFT && is_name(peek(p, 1)) && !peek_is(p, 1, KW_FROM)) { /* COPY JOB RUN j */
		skip_rest(p);
		return;
	}
	if (accept(p, KW_INTO))
		copy_into(p);
	else
		read_copy_table(p, client);
}
