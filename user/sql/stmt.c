// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One statement: by its first word, to the reader of its form. What has no reader is partial, and read lexically. */
#include <string.h>

#include "base/cleanup.h"
#include "sql/parse.h"

typedef void (*reader)(struct parser *p);

static void read_nothing(struct parser *p)
{
	parse_skip_rest(p);
}

static void read_dml(struct parser *p)
{
	parse_dml(p);
}

static struct slice upper(struct parser *p, struct slice s)
{
	char *out = arena_alloc(p->arena, s.len + 1);

	if (!out)
		return s;
	for (size_t i = 0; i < s.len; i++)
		out[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
	return slice_mem(out, s.len);
}

/* WITH ... SELECT, or WITH ... UPDATE: the operation is the main one. */
static void read_query(struct parser *p)
{
	struct scope s;

	scope_push(p, &s);
	if (parse_at(p, "WITH")) {
		parse_with(p);
		if (p->cur.type == TOKEN_WORD)
			p->st->operation = upper(p, p->cur.raw);
	}
	if (!parse_dml(p))
		parse_clauses(p, true, false, NULL);
	scope_pop(p);
}

static void read_explain(struct parser *p)
{
	static const char *const options[] = { "ANALYZE", "ANALYSE", "VERBOSE", "EXTENDED", "PARTITIONS", "QUERY", "PLAN", NULL };

	parse_advance(p);
	if (token_punct(&p->cur, '(')) {
		struct token next = parse_peek(p);

		if (!parse_query_starts(&next))
			parse_group(p);
	}
	parse_skip_words(p, options);
	if (parse_accept(p, "FORMAT")) {
		parse_accept_punct(p, '=');
		parse_advance(p);
	}
	if (parse_end(p))
		return;
	parse_statement(p);
}

/* DESCRIBE t, or MySQL's other word for EXPLAIN. */
static void read_describe(struct parser *p)
{
	static const char *const words[] = { "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "FORMAT", "ANALYZE", NULL };
	struct token next = parse_peek(p);
	struct name n;

	for (const char *const *w = words; *w; w++)
		if (token_is(&next, *w)) {
			read_explain(p);
			return;
		}
	parse_advance(p);
	if (parse_name(p, &n))
		parse_relation(p, &n, SQL_READ);
	parse_skip_rest(p);
}

static void relation_list(struct parser *p, uint32_t access)
{
	static const char *const words[] = { "TABLE", "TABLES", "ONLY", "IF", "EXISTS", NULL };

	parse_skip_words(p, words);
	do {
		struct name n;

		parse_skip_words(p, words);
		if (!parse_name(p, &n)) {
			parse_partial(p);
			return;
		}
		parse_relation(p, &n, access);
		parse_accept_punct(p, '*');
		while (!parse_end(p) && !token_punct(&p->cur, ','))
			parse_advance(p);
	} while (parse_accept_punct(p, ','));
}

static void read_truncate(struct parser *p)
{
	parse_advance(p);
	relation_list(p, SQL_TRUNCATE);
}

static void read_lock(struct parser *p)
{
	parse_advance(p);
	relation_list(p, SQL_LOCK);
	parse_skip_rest(p);
}

/* ANALYZE t, VACUUM t, CLUSTER t, REINDEX TABLE t, CHECK TABLE t: no data comes out; the name is told when there is one. */
static void read_maintenance(struct parser *p)
{
	static const char *const words[] = { "FULL", "FREEZE", "VERBOSE", "ANALYZE", "TABLE", "INDEX", "CONCURRENTLY", "LOCAL", NULL };
	struct name n;

	parse_advance(p);
	if (token_punct(&p->cur, '('))
		parse_group(p);
	parse_skip_words(p, words);
	if (parse_name(p, &n))
		parse_relation(p, &n, SQL_READ);
	parse_skip_rest(p);
}

static void read_copy(struct parser *p)
{
	struct sql_relation *r = NULL;
	struct name n;

	parse_advance(p);
	parse_accept(p, "BINARY");
	if (token_punct(&p->cur, '(')) {
		parse_group(p);
	} else if (parse_name(p, &n)) {
		r = parse_relation(p, &n, 0);
		if (r && token_punct(&p->cur, '(')) {
			parse_advance(p);
			while (parse_is_name(p)) {
				parse_add_column(p, r, token_name(&p->cur, p->arena));
				parse_advance(p);
				parse_accept_punct(p, ',');
			}
			parse_accept_punct(p, ')');
		} else if (r) {
			r->all_columns = true;
		}
	} else {
		parse_partial(p);
	}
	if (r)
		r->access |= parse_at(p, "FROM") ? SQL_INSERT | SQL_COPY_IN : SQL_READ | SQL_COPY_OUT;
	parse_skip_rest(p);
}

static void read_load(struct parser *p)
{
	struct name n;

	while (!parse_end(p) && !token_is(&p->prev, "TABLE"))
		parse_advance(p);
	if (parse_name(p, &n))
		parse_relation(p, &n, SQL_INSERT | SQL_COPY_IN);
	else
		parse_partial(p);
	parse_skip_rest(p);
}

static struct slice text_from(const struct parser *p, const char *start)
{
	const char *end = p->cur.type == TOKEN_END ? p->lx.end : p->cur.raw.ptr;

	return slice_trim(slice_mem(start, (size_t)(end - start)));
}

static void session(struct parser *p, enum sql_session kind, bool cursor)
{
	p->st->session = kind;
	p->st->cursor = cursor;
	p->st->session_name = SLICE_NONE;
	if (parse_is_name(p)) {
		p->st->session_name = token_name(&p->cur, p->arena);
		parse_advance(p);
	}
}

/* PREPARE n (types) AS statement; MySQL: PREPARE n FROM 'text' or FROM @variable. */
static void read_prepare(struct parser *p)
{
	struct token next = parse_peek(p);

	parse_advance(p);
	if (token_is(&next, "TRANSACTION")) {
		parse_skip_rest(p);
		return;
	}
	session(p, SQL_SESSION_PREPARE, false);
	if (token_punct(&p->cur, '('))
		parse_group(p);
	if (parse_accept(p, "AS")) {
		const char *start = p->cur.raw.ptr;

		if (parse_end(p))
			return;
		parse_statement(p);
		p->st->operation = SLICE("PREPARE");
		p->st->session = SQL_SESSION_PREPARE;
		p->st->session_body = text_from(p, start);
	} else if (parse_accept(p, "FROM") && p->cur.type == TOKEN_STRING) {
		struct token text = p->cur;

		text.type = TOKEN_QUOTED;
		p->st->session_body = token_name(&text, p->arena);
		parse_inner_text(p, p->st->session_body);
		parse_skip_rest(p);
	} else {
		p->certainty = SQL_DYNAMIC;
		parse_skip_rest(p);
	}
}

static void read_execute(struct parser *p)
{
	parse_advance(p);
	if (parse_accept(p, "IMMEDIATE")) {
		if (p->cur.type == TOKEN_STRING)
			parse_inner_text(p, p->cur.body);
		else
			p->certainty = SQL_DYNAMIC;
		parse_skip_rest(p);
		return;
	}
	session(p, SQL_SESSION_EXECUTE, false);
	parse_clauses(p, false, false, NULL);
}

static void read_deallocate(struct parser *p)
{
	parse_advance(p);
	parse_accept(p, "PREPARE");
	if (parse_at(p, "ALL"))
		parse_advance(p);
	session(p, SQL_SESSION_FORGET, false);
	parse_skip_rest(p);
}

static void read_declare(struct parser *p)
{
	struct slice name;

	parse_advance(p);
	session(p, SQL_SESSION_PREPARE, true);
	name = p->st->session_name;
	while (!parse_end(p) && !parse_at(p, "FOR"))
		parse_advance(p);
	if (parse_accept(p, "FOR")) {
		const char *start = p->cur.raw.ptr;

		if (parse_end(p))
			return;
		parse_statement(p);
		p->st->operation = SLICE("DECLARE");
		p->st->session = SQL_SESSION_PREPARE;
		p->st->cursor = true;
		p->st->session_name = name;
		p->st->session_body = text_from(p, start);
	}
}

/* FETCH [direction] [FROM | IN] cursor: the last name. */
static void read_fetch(struct parser *p)
{
	parse_advance(p);
	session(p, SQL_SESSION_EXECUTE, true);
	while (!parse_end(p)) {
		if (parse_is_name(p))
			p->st->session_name = token_name(&p->cur, p->arena);
		parse_advance(p);
	}
}

static void read_close(struct parser *p)
{
	parse_advance(p);
	if (parse_at(p, "ALL"))
		parse_advance(p);
	session(p, SQL_SESSION_FORGET, true);
	parse_skip_rest(p);
}

/* DO $$ ... $$: code; what it names is read, what it builds at run time cannot be. */
static void read_do(struct parser *p)
{
	bool body = false;

	parse_advance(p);
	p->certainty = SQL_DYNAMIC;
	while (!parse_end(p)) {
		if (p->cur.type == TOKEN_STRING) {
			parse_lexical(p, p->cur.body, 0);
			body = true;
		}
		if (token_punct(&p->cur, '('))
			parse_group(p);
		else
			parse_advance(p);
	}
	if (!body && p->dialect == SQL_MYSQL)
		p->certainty = SQL_PARSED; /* DO expression */
}

static void read_expressions(struct parser *p)
{
	parse_advance(p);
	parse_clauses(p, false, false, NULL);
}

/* SHOW COLUMNS FROM t, SHOW CREATE TABLE t, SHOW INDEX IN t */
static void read_show(struct parser *p)
{
	bool named = false;
	struct name n;

	while (!parse_end(p) && !named) {
		bool wants = parse_at(p, "TABLE") || parse_at(p, "VIEW") || parse_at(p, "FROM") || parse_at(p, "IN");
		bool about = token_is(&p->prev, "CREATE") || token_is(&p->prev, "COLUMNS") || token_is(&p->prev, "FIELDS") ||
			     token_is(&p->prev, "INDEX") || token_is(&p->prev, "KEYS") || token_is(&p->prev, "INDEXES");

		parse_advance(p);
		if (wants && about && parse_name(p, &n)) {
			parse_relation(p, &n, SQL_READ);
			named = true;
		}
	}
	parse_skip_rest(p);
}

static void read_handler(struct parser *p)
{
	struct name n;

	parse_advance(p);
	if (parse_name(p, &n)) {
		struct sql_relation *r = parse_relation(p, &n, SQL_READ);

		if (r)
			r->all_columns = true;
	}
	parse_skip_rest(p);
}

/* PRAGMA table_info(t): the name is told; other pragmas name settings. */
static void read_pragma(struct parser *p)
{
	struct name n;
	bool about_table;

	parse_advance(p);
	about_table = parse_name(p, &n) &&
		      (slice_starts(n.part[n.n - 1], SLICE("table_")) || slice_starts(n.part[n.n - 1], SLICE("index_list")) ||
		       slice_starts(n.part[n.n - 1], SLICE("foreign_key_")));
	if (about_table && (parse_accept_punct(p, '(') || parse_accept_punct(p, '=')) && parse_name(p, &n))
		parse_relation(p, &n, SQL_READ);
	parse_skip_rest(p);
}

static const struct {
	const char *word;
	reader read;
} readers[] = {
	{ "SELECT", read_query },
	{ "WITH", read_query },
	{ "VALUES", read_query },
	{ "TABLE", read_query },
	{ "INSERT", read_dml },
	{ "UPDATE", read_dml },
	{ "DELETE", read_dml },
	{ "MERGE", read_dml },
	{ "REPLACE", read_dml },
	{ "CREATE", parse_ddl },
	{ "ALTER", parse_ddl },
	{ "DROP", parse_ddl },
	{ "RENAME", parse_ddl },
	{ "COMMENT", parse_ddl },
	{ "GRANT", parse_ddl },
	{ "REVOKE", parse_ddl },
	{ "REFRESH", parse_ddl },
	{ "EXPLAIN", read_explain },
	{ "DESCRIBE", read_describe },
	{ "DESC", read_describe },
	{ "TRUNCATE", read_truncate },
	{ "LOCK", read_lock },
	{ "COPY", read_copy },
	{ "LOAD", read_load },
	{ "PREPARE", read_prepare },
	{ "EXECUTE", read_execute },
	{ "DEALLOCATE", read_deallocate },
	{ "DECLARE", read_declare },
	{ "FETCH", read_fetch },
	{ "MOVE", read_fetch },
	{ "CLOSE", read_close },
	{ "DO", read_do },
	{ "CALL", read_expressions },
	{ "SHOW", read_show },
	{ "HANDLER", read_handler },
	{ "PRAGMA", read_pragma },
	{ "ANALYZE", read_maintenance },
	{ "ANALYSE", read_maintenance },
	{ "VACUUM", read_maintenance },
	{ "CLUSTER", read_maintenance },
	{ "REINDEX", read_maintenance },
	{ "CHECK", read_maintenance },
	{ "OPTIMIZE", read_maintenance },
	{ "REPAIR", read_maintenance },
	{ "SET", read_expressions },
	{ "BEGIN", read_nothing },
	{ "START", read_nothing },
	{ "COMMIT", read_nothing },
	{ "ROLLBACK", read_nothing },
	{ "END", read_nothing },
	{ "ABORT", read_nothing },
	{ "SAVEPOINT", read_nothing },
	{ "RELEASE", read_nothing },
	{ "RESET", read_nothing },
	{ "DISCARD", read_nothing },
	{ "LISTEN", read_nothing },
	{ "NOTIFY", read_nothing },
	{ "UNLISTEN", read_nothing },
	{ "USE", read_nothing },
	{ "UNLOCK", read_nothing },
	{ "CHECKPOINT", read_nothing },
	{ "ATTACH", read_nothing },
	{ "DETACH", read_nothing },
	{ "KILL", read_nothing },
	{ "FLUSH", read_nothing },
	{ "XA", read_nothing },
	{ "PURGE", read_nothing },
	{ "HELP", read_nothing },
	{ "REASSIGN", read_nothing },
	{ "SECURITY", read_nothing },
	{ "SHUTDOWN", read_nothing },
};

void parse_statement(struct parser *p)
{
	if (token_punct(&p->cur, '(')) {
		if (!p->st->operation.len)
			p->st->operation = SLICE("SELECT");
		read_query(p);
		return;
	}
	if (p->cur.type == TOKEN_WORD) {
		if (!p->st->operation.len)
			p->st->operation = upper(p, p->cur.raw);
		for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
			if (token_is(&p->cur, readers[i].word)) {
				readers[i].read(p);
				return;
			}
	}
	parse_partial(p);
	parse_skip_rest(p);
}
