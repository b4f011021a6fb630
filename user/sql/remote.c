// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Servers elsewhere: CREATE SERVER, USER MAPPING and DATABASE LINK, IMPORT FOREIGN SCHEMA, and what a foreign table stands for. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/ddl.h"
#include "sql/remote.h"

static void remote(struct reader *p, struct slice name)
{
	add_file(p, name, SQL_REMOTE, false, false);
}

size_t argument_name(struct reader *p, size_t i, size_t end, struct name *n)
{
	*n = (struct name){ .n = 0 };
	for (; i < end && n->n < 2; i++) {
		const struct token *t = tok_at(p, i);

		if (is_name(t) || t->type == TOKEN_STRING) {
			n->part[n->n++] = lex_name(p->text, t, '\\', p->arena);
		} else if (t->id == '(' && n->n && tok_at(p, partner(p, i) + 1)->id == ',') { /* currentDatabase(), t */
			n->n = 0;
			i = partner(p, i);
		} else if (t->id != ',' && t->id != '.') {
			break;
		}
	}
	return i;
}

void argument_table(struct reader *p, const struct name *n)
{
	enum sql_via via = p->via;

	if (!n->n) {
		dynamic(p);
		return;
	}
	p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
	add_relation(p, n, SQL_READ);
	p->via = via;
}

/* remote('host', db, t), mysql('host', 'db', 't', ...): the names of tables elsewhere. */
void remote_arguments(struct reader *p, enum sql_file_kind where)
{
	struct name n;

	if (peek(p, 1)->type == TOKEN_STRING)
		add_file(p, literal_value(p, peek(p, 1)), where, false, false);
	argument_name(p, p->i + 2, partner(p, p->i), &n);
	argument_table(p, &n);
	if (n.n && n.part[0].len && memchr(n.part[0].ptr, '.', n.part[0].len)) /* 'db.t' in one */
		literal_relation(p, n.part[0], SQL_VIA_LITERAL);
}

bool server_clause(struct reader *p)
{
	if (!at(p, KW_SERVER) || !is_name(peek(p, 1)))
		return false;
	advance(p);
	remote(p, tok_name(p));
	advance(p);
	return true;
}

/* The value of an option at '(': [ADD|SET] name 'value'. names end with an empty one. SLICE_NONE: it is not there. */
static struct slice option(struct reader *p, const struct slice *names)
{
	size_t end = partner(p, p->i);

	for (size_t i = p->i + 1; i + 1 < end; i++)
		if (is_name(tok_at(p, i)) && tok_at(p, i + 1)->type == TOKEN_STRING)
			for (const struct slice *n = names; n->len; n++)
				if (slice_ieq(lex_raw(p->text, tok_at(p, i)), *n))
					return literal_value(p, tok_at(p, i + 1));
	return SLICE_NONE;
}

#define OPTION(p, ...)                                                                                                                     \
	({                                                                                                                                 \
		static const struct slice names_[] = { __VA_ARGS__, SLICE_INIT("") };                                                      \
		option(p, names_);                                                                                                         \
	})

/* The table elsewhere, by the names that postgres_fdw, tds_fdw, mysql_fdw and oracle_fdw give it; or the query there. */
static void foreign_table(struct reader *p)
{
	struct slice schema = OPTION(p, SLICE_INIT("schema_name"), SLICE_INIT("dbname"), SLICE_INIT("schema"));
	struct slice table = OPTION(p, SLICE_INIT("table_name"), SLICE_INIT("table")), query = OPTION(p, SLICE_INIT("query"));
	enum sql_via via = p->via;
	struct name n = { .n = 0 };

	if (table.len && *table.ptr == '(')
		query = table;
	if (query.len) {
		read_inner(p, query, false);
	} else if (table.len) {
		if (schema.len)
			n.part[n.n++] = schema;
		n.part[n.n++] = table;
		p->via = via < SQL_VIA_LITERAL ? SQL_VIA_LITERAL : via;
		add_relation(p, &n, SQL_READ);
		p->via = via;
	}
}

void foreign_options(struct reader *p, struct slice server)
{
	struct slice file = OPTION(p, SLICE_INIT("filename"), SLICE_INIT("location"));
	struct slice program = OPTION(p, SLICE_INIT("program")), link = p->link;

	if (server.ptr)
		p->link = server;
	foreign_table(p);
	p->link = link;
	if (file.len)
		add_file(p, file, SQL_FILE, false, false);
	if (program.len)
		add_file(p, program, SQL_PROGRAM, false, false);
}

/* SERVER s ..., USER MAPPING FOR u SERVER s, DATABASE LINK l ... USING 'where': no option is kept but the host, others are secrets. */
void read_server(struct reader *p, const char *verb)
{
	bool link = at(p, KW_DATABASE);

	name_operation(p, verb, link ? "DATABASE LINK" : at(p, KW_USER) ? "USER MAPPING" : "SERVER");
	if (!at(p, KW_SERVER))
		advance(p);
	if (link || at(p, KW_SERVER)) {
		advance(p);
		skip_if_exists(p);
		if (is_name(tok(p)))
			remote(p, tok_name(p));
	}
	while (!at_statement_end(p)) {
		if (server_clause(p))
			continue;
		if (at(p, KW_OPTIONS) && peek_is(p, 1, '(')) {
			struct slice host;

			advance(p);
			host = OPTION(p, SLICE_INIT("host"), SLICE_INIT("hostaddr"), SLICE_INIT("servername"), SLICE_INIT("dbserver"),
				      SLICE_INIT("address"));
			if (host.len)
				remote(p, host);
			skip_group(p);
			continue;
		}
		if (link && at(p, KW_USING) && peek(p, 1)->type == TOKEN_STRING)
			remote(p, literal_value(p, peek(p, 1)));
		skip_word(p);
	}
}

bool at_server(struct reader *p)
{
	return (at(p, KW_SERVER) && p->dialect != SQL_TSQL) || (at(p, KW_USER) && peek_is(p, 1, KW_MAPPING)) ||
	       (at(p, KW_DATABASE) && peek_is(p, 1, KW_LINK));
}

/* IMPORT FOREIGN SCHEMA s [LIMIT TO (a, b) | EXCEPT (c)] FROM SERVER v INTO t: the tables named, or no one knows which. */
void import_foreign_schema(struct reader *p)
{
	struct slice link = p->link;
	struct name n;
	bool named;

	name_operation(p, "IMPORT", "FOREIGN SCHEMA");
	p->i += 2;
	read_name(p, &n);
	named = at(p, KW_LIMIT);
	if (!named)
		whole_database(p);
	if (ONE_OF(p, KW_LIMIT, KW_EXCEPT)) {
		size_t list = p->i + (named ? 2 : 1), end = partner(p, list), behind = end + 1;

		if (!end) {
			partial(p);
			skip_rest(p);
			return;
		}
		if (tok_at(p, behind)->id == KW_FROM && tok_at(p, behind + 1)->id == KW_SERVER && is_name(tok_at(p, behind + 2)))
			p->link = lex_name(p->text, tok_at(p, behind + 2), '\\', p->arena);
		p->i = list + 1;
		while (named && p->i < end && is_name(tok(p))) {
			struct sql_relation *r = read_target(p, SQL_READ);

			if (r)
				r->all_columns = true;
			accept(p, ',');
		}
		if (named && p->i < end)
			partial(p);
		p->link = link;
		p->i = behind;
	}
	if (!accept(p, KW_FROM) || !server_clause(p))
		partial(p);
	skip_known_rest(p); /* INTO t OPTIONS (...) */
}
