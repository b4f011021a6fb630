// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The tables behind one that is made: of ClickHouse's and MySQL's engines, SQLite's modules, Oracle's duality views. */
#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/ddl.h"
#include "sql/remote.h"

/* MySQL('host', 'db', 't', ...) */
static bool stands_elsewhere(struct slice engine)
{
	static const char *const names[] = { "MySQL", "PostgreSQL", "MaterializedPostgreSQL", "MongoDB", "ODBC", "JDBC", "SQLite", NULL };

	return slice_ieq_any(engine, names);
}

/* ENGINE = Merge(db, 'regex'), Distributed(cluster, db, t), Buffer(db, t, ...): at '(' the tables behind the one that is made. */
static void engine_tables(struct reader *p, struct slice engine)
{
	bool distributed = slice_ieq(engine, SLICE("Distributed"));
	size_t end = partner(p, p->i), i = p->i + 1;
	struct name n;

	if (slice_ieq(engine, SLICE("Merge"))) {
		read_merged(p);
		return;
	}
	if (stands_elsewhere(engine) && tok_at(p, i)->type == TOKEN_STRING) {
		remote_arguments(p, SQL_REMOTE);
		return;
	}
	while (i < end && !(tok_at(p, i)->id == KW_TABLE && tok_at(p, i + 1)->id == '=')) /* MySQL(collection, table = t) */
		i++;
	if (i < end)
		i += 2;
	else if (distributed || slice_ieq(engine, SLICE("Buffer")) || slice_ieq(engine, SLICE("Alias")) ||
		 slice_ieq(engine, SLICE("Dictionary")))
		i = p->i + (distributed ? 3 : 1);
	else
		return;
	i = argument_name(p, i, end, &n);
	if (i < end && tok_at(p, i)->id == '(') /* what a function gives */
		n.n = 0;
	argument_table(p, &n);
}

void read_engine(struct reader *p)
{
	struct slice engine;

	advance(p);
	accept(p, '=');
	if (!is_name(tok(p)))
		return;
	engine = tok_raw(p);
	advance(p);
	if (p->dialect == SQL_CLICKHOUSE && partner(p, p->i)) {
		engine_tables(p, engine);
		read_group(p);
	} else if (slice_ieq(engine, SLICE("FEDERATED"))) {
		add_file(p, SLICE("FEDERATED"), SQL_REMOTE, false, false);
	}
}

void virtual_table(struct reader *p, struct slice module)
{
	bool vocabulary = module.len > 5 && slice_ieq(slice_skip(module, module.len - 5), SLICE("vocab"));
	size_t end = partner(p, p->i);

	for (size_t i = p->i + 1; i < end; i++) {
		const struct token *t = tok_at(p, i);

		if ((is_name(t) || t->type == TOKEN_STRING) && (vocabulary || tok_at(p, i - 1)->id == '='))
			literal_relation(p, lex_name(p->text, t, '\\', p->arena), SQL_VIA_LITERAL);
		else if ((t->type == TOKEN_STRING || t->type == TOKEN_QUOTED) && looks_like_sql(lex_body(p->text, t))) /* unionvtab */
			read_lexical(p, lex_name(p->text, t, '\\', p->arena), SQL_VIA_LITERAL, 0);
	}
}

bool opens_object(struct reader *p, size_t n)
{
	return slice_starts(lex_raw(p->text, peek(p, n)), SLICE("@")) || peek_is(p, n, '{');
}

void duality_tables(struct reader *p)
{
	struct name n;

	while (!at_statement_end(p)) {
		size_t name = p->i;

		if (is_name(tok(p)) && tok_at(p, name - 1)->id != '@' && read_name(p, &n) && opens_object(p, 0))
			add_relation(p, &n, SQL_READ);
		else if (p->i == name)
			advance(p);
	}
}
