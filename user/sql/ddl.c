// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* CREATE, ALTER, DROP and their kin. */
#include "base/cleanup.h"
#include "sql/parse.h"

static const char *const noise[] = { "OR",        "REPLACE",  "TEMPORARY",    "TEMP",    "UNLOGGED", "GLOBAL", "LOCAL",      "UNIQUE",
				     "RECURSIVE", "FOREIGN",  "MATERIALIZED", "VIRTUAL", "IF",       "NOT",    "EXISTS",     "CONCURRENTLY",
				     "ONLY",      "FULLTEXT", "SPATIAL",      "ONLINE",  "OFFLINE",  "IGNORE", "CONSTRAINT", "EVENT",
				     NULL };

/* Two words say what was done: CREATE TABLE, DROP VIEW. */
static void set_operation(struct parser *p, const char *verb, const char *object)
{
	struct buf b;

	buf_init(&b, 64);
	buf_printf(&b, "%s %s", verb, object);
	p->st->operation = arena_dup(p->arena, buf_slice(&b));
	buf_done(&b);
}

static void create_table(struct parser *p, bool view)
{
	struct sql_relation *r;
	struct scope s;
	struct name n;

	parse_skip_words(p, noise);
	if (!parse_name(p, &n)) {
		parse_partial(p);
		return;
	}
	r = parse_relation(p, &n, SQL_CREATE);
	if (r)
		r->all_columns = true;
	if (view && token_punct(&p->cur, '('))
		parse_group(p);
	scope_push(p, &s);
	/* Column definitions hold no tables but those of LIKE, REFERENCES and of subqueries. */
	while (!parse_end(p)) {
		if (parse_accept(p, "LIKE") || parse_accept(p, "REFERENCES") || parse_accept(p, "INHERITS") || parse_accept(p, "OF")) {
			parse_accept_punct(p, '(');
			if (parse_name(p, &n))
				parse_relation(p, &n, SQL_READ);
		} else if (parse_query_starts(&p->cur) && !token_is(&p->prev, "(")) {
			parse_query(p);
		} else if (parse_at(p, "TABLE") && token_is(&p->prev, "AS")) {
			parse_clauses(p, true, false, NULL);
		} else if (token_punct(&p->cur, '(')) {
			struct token next = parse_peek(p);

			if (parse_query_starts(&next) || token_punct(&next, '('))
				parse_group(p);
			else
				parse_advance(p);
		} else {
			parse_advance(p);
		}
	}
	scope_pop(p);
}

/* CREATE INDEX i ON t (..), CREATE TRIGGER g ... ON t ..., CREATE POLICY, CREATE RULE: the table is behind ON. */
static void on_table(struct parser *p, uint32_t access)
{
	struct name n;

	while (!parse_end(p) && !parse_at(p, "ON"))
		parse_advance(p);
	if (parse_accept(p, "ON")) {
		parse_skip_words(p, noise);
		if (parse_name(p, &n))
			parse_relation(p, &n, access);
	}
}

/* A body is code for later: what it names is told, how it will run is not known. */
static void create_code(struct parser *p)
{
	p->certainty = SQL_DYNAMIC;
	while (p->cur.type != TOKEN_END && !(parse_end(p) && p->dialect == SQL_POSTGRES)) {
		if (p->cur.type == TOKEN_STRING)
			parse_lexical(p, p->cur.body, 0);
		parse_advance(p);
	}
}

static void trigger(struct parser *p)
{
	on_table(p, SQL_ALTER);
	if (p->dialect != SQL_POSTGRES)
		create_code(p);
	else
		parse_skip_rest(p);
}

static void name_list(struct parser *p, uint32_t access)
{
	do {
		struct name n;

		parse_skip_words(p, noise);
		if (!parse_name(p, &n))
			return;
		parse_relation(p, &n, access);
	} while (parse_accept_punct(p, ','));
}

/* ALTER TABLE t RENAME TO u, ... */
static void alter_table(struct parser *p)
{
	struct name n;

	parse_skip_words(p, noise);
	name_list(p, SQL_ALTER);
	while (!parse_end(p)) {
		bool renames = parse_at(p, "RENAME") || (parse_at(p, "TO") && token_is(&p->prev, "RENAME"));
		bool refers =
			parse_at(p, "REFERENCES") || (parse_at(p, "PARTITION") && token_is(&p->prev, "ATTACH")) || parse_at(p, "INHERIT");

		parse_advance(p);
		if (renames && parse_accept(p, "TO") && parse_name(p, &n))
			parse_relation(p, &n, SQL_CREATE);
		else if (refers && parse_name(p, &n))
			parse_relation(p, &n, SQL_READ);
	}
}

static void rename_tables(struct parser *p)
{
	struct name n;

	do {
		if (parse_name(p, &n))
			parse_relation(p, &n, SQL_ALTER);
		if (parse_accept(p, "TO") && parse_name(p, &n))
			parse_relation(p, &n, SQL_CREATE);
	} while (parse_accept_punct(p, ','));
}

enum verb { VERB_CREATE, VERB_ALTER, VERB_DROP, VERB_OTHER };

static void relation_ddl(struct parser *p, enum verb verb, bool view)
{
	if (verb == VERB_CREATE)
		create_table(p, view);
	else if (verb == VERB_ALTER)
		alter_table(p);
	else
		name_list(p, SQL_DROP);
	parse_skip_rest(p);
}

void parse_ddl(struct parser *p)
{
	static const char *const code[] = { "FUNCTION", "PROCEDURE", "AGGREGATE", "PACKAGE", NULL };
	static const char *const on[] = { "INDEX", "POLICY", "RULE", NULL };
	enum verb verb = parse_at(p, "CREATE")  ? VERB_CREATE
			 : parse_at(p, "ALTER") ? VERB_ALTER
			 : parse_at(p, "DROP")  ? VERB_DROP
						: VERB_OTHER;
	const char *name = verb == VERB_CREATE ? "CREATE" : verb == VERB_ALTER ? "ALTER" : "DROP";
	bool rename = parse_at(p, "RENAME"), refresh = parse_at(p, "REFRESH");

	parse_advance(p);
	parse_skip_words(p, noise);
	if (verb == VERB_OTHER && !rename && !refresh) { /* GRANT ... ON t, COMMENT ON TABLE t */
		while (!parse_end(p) && !parse_at(p, "ON"))
			parse_advance(p);
		if (parse_accept(p, "ON") && (parse_accept(p, "TABLE") || parse_accept(p, "COLUMN") || parse_accept(p, "VIEW")))
			name_list(p, SQL_ALTER);
		parse_skip_rest(p);
		return;
	}
	if (parse_at(p, "TABLE") || parse_at(p, "VIEW")) {
		bool view = parse_at(p, "VIEW");

		if (verb != VERB_OTHER)
			set_operation(p, name, view ? "VIEW" : "TABLE");
		parse_advance(p);
		if (rename)
			rename_tables(p);
		else if (refresh)
			name_list(p, SQL_READ | SQL_UPDATE);
		else
			relation_ddl(p, verb, view);
	} else if (parse_at_any(p, code)) {
		if (verb == VERB_CREATE)
			create_code(p);
		parse_skip_rest(p);
	} else if (parse_at(p, "TRIGGER")) {
		trigger(p);
	} else if (parse_at_any(p, on)) {
		on_table(p, SQL_ALTER);
		parse_skip_rest(p);
	} else {
		/* users, schemas, sequences, extensions: no relation's data */
		parse_skip_rest(p);
	}
}
