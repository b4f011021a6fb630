// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* INSERT, UPDATE, DELETE, MERGE: which of the named relations is written. */
#include "sql/parse.h"

static const char *const modifiers[] = { "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "ONLY", NULL };

/* INSERT OR REPLACE, UPDATE OR IGNORE ... of SQLite, priorities of MySQL. */
static void skip_modifiers(struct parser *p)
{
	parse_skip_words(p, modifiers);
	if (parse_accept(p, "OR"))
		parse_advance(p);
	parse_skip_words(p, modifiers);
}

static void insert_columns(struct parser *p, struct sql_relation *r)
{
	parse_advance(p);
	while (!parse_end(p) && !token_punct(&p->cur, ')')) {
		if (parse_is_name(p) && r)
			parse_add_column(p, r, token_name(&p->cur, p->arena));
		parse_advance(p);
	}
	parse_accept_punct(p, ')');
}

void parse_insert(struct parser *p)
{
	struct sql_relation *r;
	struct token next;
	struct scope s;
	struct name n;

	parse_advance(p);
	skip_modifiers(p);
	parse_accept(p, "INTO");
	parse_accept(p, "TABLE");
	if (!parse_name(p, &n)) {
		parse_partial(p);
		return;
	}
	r = parse_relation(p, &n, SQL_INSERT);
	if (parse_accept(p, "PARTITION") && token_punct(&p->cur, '('))
		parse_group(p);
	if (parse_accept(p, "AS") && parse_is_name(p))
		parse_advance(p);
	next = parse_peek(p);
	if (token_punct(&p->cur, '(') && !parse_query_starts(&next) && !token_punct(&next, '('))
		insert_columns(p, r);
	else if (r)
		r->all_columns = true;
	scope_push(p, &s);
	if (parse_at(p, "WITH"))
		parse_with(p);
	parse_clauses(p, true, false, NULL);
	scope_pop(p);
}

/* Which tables SET assigns to, by the qualifier of each column; a bare column may be any one's. */
static bool assigned(const struct parser *p, struct slice alias)
{
	struct parser ahead = *p;
	unsigned open = 0;
	bool start = true;

	parse_advance(&ahead); /* SET */
	while (!parse_end(&ahead) && !(open == 0 && parse_at(&ahead, "WHERE"))) {
		if (start && (ahead.cur.type == TOKEN_WORD || ahead.cur.type == TOKEN_QUOTED)) {
			struct slice q = token_name(&ahead.cur, p->arena);

			parse_advance(&ahead);
			if (!token_punct(&ahead.cur, '.') || slice_ieq(q, alias))
				return true;
			start = false;
			continue;
		}
		open += token_punct(&ahead.cur, '(');
		open -= token_punct(&ahead.cur, ')') && open;
		start = open == 0 && token_punct(&ahead.cur, ',');
		parse_advance(&ahead);
	}
	return false;
}

/* Relations of the scope that nothing was decided for are read. */
static void rest_is_read(struct parser *p)
{
	for (size_t i = 0; i < p->nrelations; i++)
		if (!p->relations[i]->access)
			p->relations[i]->access = SQL_READ;
}

void parse_update(struct parser *p)
{
	static const char *const stop[] = { "SET", NULL };
	unsigned tables = 0;
	struct scope s;

	parse_advance(p);
	skip_modifiers(p);
	scope_push(p, &s);
	parse_table(p, 0);
	parse_clauses(p, true, true, stop);
	for (struct source *src = s.sources; src; src = src->next)
		tables++;
	for (struct source *src = s.sources; src; src = src->next)
		if (src->relation && (tables == 1 || (parse_at(p, "SET") && assigned(p, src->alias)))) {
			src->relation->access |= SQL_UPDATE;
			if (tables > 1)
				src->relation->access &= ~(uint32_t)SQL_READ;
		}
	rest_is_read(p);
	if (!parse_at(p, "SET"))
		parse_partial(p);
	parse_clauses(p, true, false, NULL);
	scope_pop(p);
}

bool parse_dml(struct parser *p)
{
	if (parse_at(p, "INSERT") || parse_at(p, "REPLACE"))
		parse_insert(p);
	else if (parse_at(p, "UPDATE"))
		parse_update(p);
	else if (parse_at(p, "DELETE"))
		parse_delete(p);
	else if (parse_at(p, "MERGE"))
		parse_merge(p);
	else
		return false;
	return true;
}

enum { TARGETS_MAX = 64 };

static size_t delete_targets(struct parser *p, struct name *v)
{
	size_t n = 0;

	do {
		if (n == TARGETS_MAX) {
			parse_partial(p);
			break;
		}
		if (!parse_name(p, &v[n]))
			break;
		parse_accept_punct(p, '*'); /* t.* */
		n++;
	} while (parse_accept_punct(p, ','));
	return n;
}

/* DELETE a, b FROM t a JOIN ...; DELETE FROM a USING t a JOIN ...: at the list of tables. */
static void delete_by_alias(struct parser *p, const struct name *targets, size_t n)
{
	static const char *const stop[] = { "WHERE", "ORDER", "LIMIT", "RETURNING", NULL };

	parse_table(p, 0);
	parse_clauses(p, true, true, stop);
	for (size_t i = 0; i < n; i++) {
		struct sql_relation *r = targets[i].n == 1 ? scope_find(p, targets[i].part[0]) : NULL;

		if (!r)
			r = parse_relation(p, &targets[i], SQL_DELETE);
		if (r)
			r->access = (r->access | SQL_DELETE) & ~(uint32_t)SQL_READ;
	}
	rest_is_read(p);
}

void parse_delete(struct parser *p)
{
	struct name targets[TARGETS_MAX];
	struct scope s;
	bool from;
	size_t n = 0;

	parse_advance(p);
	skip_modifiers(p);
	scope_push(p, &s);
	from = parse_accept(p, "FROM");
	parse_skip_words(p, modifiers);
	if (!from) {
		n = delete_targets(p, targets);
		if (parse_accept(p, "FROM"))
			delete_by_alias(p, targets, n);
		else if (n == 1)
			parse_relation(p, &targets[0], SQL_DELETE);
		else
			parse_partial(p);
	} else {
		struct parser at = *p;

		n = delete_targets(p, targets);
		if (p->dialect == SQL_MYSQL && parse_accept(p, "USING")) {
			delete_by_alias(p, targets, n);
		} else {
			/* Not that form: back to the one table. */
			struct lexer lx = at.lx;

			p->lx = lx;
			p->cur = at.cur;
			p->prev = at.prev;
			p->before = at.before;
			parse_table(p, SQL_DELETE);
			if (parse_accept(p, "USING"))
				parse_table(p, SQL_READ);
		}
	}
	parse_clauses(p, true, true, NULL);
	scope_pop(p);
}

void parse_merge(struct parser *p)
{
	static const char *const stop[] = { "INSERT", "UPDATE", "DELETE", NULL };
	struct sql_relation *target = NULL;
	struct scope s;

	parse_advance(p);
	parse_accept(p, "INTO");
	scope_push(p, &s);
	parse_table(p, 0);
	if (s.sources)
		target = s.sources->relation;
	if (parse_accept(p, "USING"))
		parse_table(p, SQL_READ);
	else
		parse_partial(p);
	for (;;) {
		parse_clauses(p, true, false, stop);
		if (!parse_at_any(p, stop))
			break;
		if (target)
			target->access |= parse_at(p, "INSERT") ? SQL_INSERT : parse_at(p, "UPDATE") ? SQL_UPDATE : SQL_DELETE;
		parse_advance(p);
	}
	if (target && !target->access)
		target->access = SQL_UPDATE;
	scope_pop(p);
}
