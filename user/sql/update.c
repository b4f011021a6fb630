// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* UPDATE: of one table, of a join, of an alias. */
#include "sql/dml.h"

/* ---- UPDATE ---- */

/* Which sources SET assigns to, by the qualifier of each column; a bare column may be any one's. */
static bool assigned(struct reader *p, size_t set, size_t end, struct slice alias)
{
	unsigned depth = 0;
	bool start = true;

	spend(p, end - set);
	for (size_t i = set; i < end; i++) {
		const struct token *t = tok_at(p, i);

		if (start && is_name(t)) {
			unsigned n = 0;
			struct slice q = SLICE_NONE;

			while (tok_at(p, i + 1)->id == '.' && is_name(tok_at(p, i + 2)) && n++ < NAME_PARTS) {
				q = lex_name(p->text, tok_at(p, i), '\\', p->arena);
				i += 2;
			}
			if (!q.ptr || slice_ieq(q, alias))
				return true;
			start = false;
			continue;
		}
		if (t->id == '(' || t->id == ')')
			depth += t->id == '(' ? 1 : -1u;
		start = depth == 0 && t->id == ',';
	}
	return false;
}

/* T-SQL and Snowflake: UPDATE a SET ... FROM t a JOIN ...: the target may be an alias of FROM, or the same table named again. */
static void target_by_alias(struct reader *p, const struct name *n, uint32_t access)
{
	struct source *s;

	for (s = p->scope->sources; s; s = s->next) {
		if (p->bits & DL_BATCH && n->n == 1 && s->alias.ptr && !s->relation && slice_ieq(s->alias, n->part[0]))
			return; /* a query, through which its table is updated */
		if (!s->alias.ptr || !s->relation || !slice_ieq(s->alias, last_part(n)))
			continue;
		if (p->bits & DL_BATCH || p->dialect == SQL_IMPALA ? n->n == 1 || slice_ieq(s->relation->name, last_part(n))
								   : n->n == 1 && !slice_ieq(s->relation->name, last_part(n))) {
			decide(s, access);
			return;
		}
	}
	s = scope_source(p, last_part(n), p->bits & DL_BATCH && scope_is_cte(p, n) ? NULL : add_relation(p, n, access));
	if (s)
		s->decided = true;
}

static void set_list(struct reader *p)
{
	read_expr(p, EX_LIST | EX_ASSIGN);
}

static size_t count_sources(const struct reader *p)
{
	size_t n = 0;

	for (struct source *s = p->scope->sources; s; s = s->next)
		n++;
	return n;
}

/* UPDATE a SET ... where the name may be an alias of the FROM behind it: at SET then. */
static bool only_a_name(struct reader *p, struct name *n)
{
	size_t back = p->i;

	if (!(p->bits & DL_BATCH) && p->dialect != SQL_SNOWFLAKE && p->dialect != SQL_ANSI && p->dialect != SQL_IMPALA)
		return false;
	if (is_name(tok(p)) && read_relation_name(p, n)) {
		if (at(p, KW_WITH) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		}
		if (at(p, KW_SET))
			return true;
	}
	move_to(p, back);
	return false;
}

/* Oracle: UPDATE (SELECT a, b FROM t): what the query at '(' reads is written. */
static bool updates_query(const struct reader *p, const struct token *open, const struct token *next)
{
	return (p->dialect == SQL_ORACLE || p->dialect == SQL_ANSI) && open->id == '(' && starts_query(next);
}

void read_update(struct reader *p)
{
	size_t before = p->nrelations;
	struct name n = { .n = 0 };
	struct source *last;
	struct scope s;
	size_t set, tables;
	bool query;

	advance(p);
	if (at(p, KW_STATISTICS)) { /* T-SQL: UPDATE STATISTICS t */
		advance(p);
		read_target(p, SQL_ALTER);
		skip_to_next(p);
		return;
	}
	skip_modifiers(p);
	scope_push(p, &s);
	if (nested_table(p, SQL_UPDATE) || only_a_name(p, &n)) {
		if (!accept(p, KW_SET))
			partial(p);
		set_list(p);
		rest_of_dml(p);
		if (n.n)
			target_by_alias(p, &n, SQL_UPDATE);
		rest_is_read(p);
		scope_pop(p);
		return;
	}
	query = updates_query(p, tok(p), peek(p, 1));
	p->target = true;
	read_from(p, 0);
	p->target = false;
	for (; query && before < p->nrelations; before++)
		p->relations[before]->access |= SQL_UPDATE;
	tables = count_sources(p);
	if (at(p, KW_FROM)) { /* Teradata: UPDATE t FROM u SET ... */
		for (struct source *src = s.sources; src; src = src->next)
			decide(src, SQL_UPDATE);
		advance(p);
		read_from(p, SQL_READ);
	}
	last = s.sources;
	if (!at(p, KW_SET)) {
		partial(p);
		if (tables == 1)
			decide(s.sources, SQL_UPDATE);
		rest_is_read(p);
		scope_pop(p);
		return;
	}
	advance(p);
	set = p->i;
	set_list(p);
	for (struct source *src = last; src; src = src->next)
		if (tables == 1 || (src->alias.ptr && assigned(p, set, p->i, src->alias)))
			decide(src, SQL_UPDATE);
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}
