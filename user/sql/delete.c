// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* DELETE: from one table, by alias, with USING. */
#include "sql/dml.h"

/* ---- DELETE ---- */

enum { TARGETS_MAX = 64 };

static size_t delete_targets(struct reader *p, struct name *v)
{
	size_t n = 0;

	do {
		if (n == TARGETS_MAX) {
			partial(p);
			break;
		}
		if (!read_relation_name(p, &v[n]))
			break;
		if (at(p, '.') && peek_is(p, 1, '*')) /* t.* */
			p->i += 2;
		if (at(p, KW_PARTITION) && peek_is(p, 1, '(')) {
			advance(p);
			skip_group(p);
		}
		n++;
	} while (accept(p, ','));
	return n;
}

/* DELETE a, b FROM t a JOIN ...; DELETE FROM a USING t a JOIN ...: at the list of tables. */
static void delete_by_alias(struct reader *p, const struct name *targets, size_t n)
{
	read_from(p, 0);
	for (size_t i = 0; i < n; i++) {
		struct source *s = targets[i].n == 1 ? scope_find(p, targets[i].part[0]) : NULL;

		if (s && s->relation) {
			decide(s, SQL_DELETE);
			continue;
		}
		s = scope_find(p, last_part(&targets[i])); /* DELETE s.t FROM s.t */
		if (s && s->relation && slice_ieq(s->relation->name, last_part(&targets[i])))
			decide(s, SQL_DELETE);
		else if (!s)
			add_relation(p, &targets[i], SQL_DELETE);
	}
}

static void skip_hints(struct reader *p)
{
	if (!at(p, KW_WITH) || !peek_is(p, 1, '('))
		return;
	advance(p);
	skip_group(p);
}

/* The one table named: in a batch it may be a CTE, through which rows of its table are deleted. */
static struct sql_relation *only_target(struct reader *p, const struct name *n)
{
	return p->bits & DL_BATCH && scope_is_cte(p, n) ? NULL : add_relation(p, n, SQL_DELETE);
}

static void deleted_source(struct reader *p, struct slice alias, struct sql_relation *r)
{
	struct source *s = scope_source(p, alias, r);

	if (s)
		s->decided = true;
}

/* DELETE t ..., DELETE a, b FROM t a JOIN ... */
static void delete_without_from(struct reader *p, struct name *targets)
{
	struct sql_relation *r;
	size_t n;

	if (tok(p)->type == TOKEN_PARAM && p->bits & DL_BATCH) { /* DELETE @t: a table variable */
		advance(p);
		if (accept(p, KW_FROM))
			read_from(p, SQL_READ);
		return;
	}
	n = delete_targets(p, targets);
	if (at(p, KW_OUTPUT))
		read_returning(p, NULL);
	skip_hints(p);
	if (n && accept(p, KW_FROM)) {
		delete_by_alias(p, targets, n);
		return;
	}
	if (n != 1) {
		partial(p);
		return;
	}
	r = only_target(p, &targets[0]);
	if (is_alias(p))
		deleted_source(p, tok_name(p), r), advance(p);
	else
		deleted_source(p, last_part(&targets[0]), r);
}

/* OUTPUT deleted.*: behind it, what is deleted from is known. */
static void output_rows(struct reader *p)
{
	for (size_t i = 0; i < p->nrelations; i++)
		if (p->relations[i]->access & SQL_DELETE)
			p->relations[i]->all_columns = true;
	spend(p, p->nrelations / 8);
}

/* T-SQL: DELETE FROM a [WITH (hints)] [OUTPUT ...] [FROM t a ...] */
static void delete_in_batch(struct reader *p, struct name *targets)
{
	bool output;

	skip_hints(p);
	output = at(p, KW_OUTPUT);
	if (output)
		read_returning(p, NULL);
	if (accept(p, KW_FROM))
		delete_by_alias(p, targets, 1);
	else
		deleted_source(p, last_part(&targets[0]), only_target(p, &targets[0]));
	if (output)
		output_rows(p);
}

static void delete_from(struct reader *p, struct name *targets)
{
	size_t n = 0, back = p->i;
	struct source *src;

	if (!at(p, '(') && !at(p, KW_ONLY))
		n = delete_targets(p, targets);
	if (n && p->bits & (DL_MYSQL | DL_EXECUTABLE) && accept(p, KW_USING)) {
		delete_by_alias(p, targets, n);
		return;
	}
	if (n == 1 && p->bits & DL_BATCH && (ONE_OF(p, KW_FROM, KW_OUTPUT) || (at(p, KW_WITH) && peek_is(p, 1, '(')))) {
		delete_in_batch(p, targets);
		return;
	}
	move_to(p, back); /* not that form: back to the one table */
	p->target = !(p->bits & DL_BATCH);
	src = read_from_item(p, 0);
	p->target = false;
	if (src)
		decide(src, SQL_DELETE);
	else
		for (struct source *x = p->scope->sources; x; x = x->next)
			decide(x, SQL_DELETE);
}

void read_delete(struct reader *p)
{
	struct name *targets = arena_array(p->arena, TARGETS_MAX, sizeof(*targets));
	struct scope s;

	advance(p);
	if (!targets) {
		partial(p);
		return;
	}
	skip_modifiers(p);
	scope_push(p, &s);
	if (at(p, KW_FROM) && peek_is(p, 1, KW_TABLE) && peek_is(p, 2, '(') && starts_query(peek(p, 3)))
		advance(p);
	if (ONE_OF(p, KW_OPENQUERY, KW_OPENROWSET, KW_OPENDATASOURCE) && peek_is(p, 1, '('))
		read_from_item(p, 0);
	else if (nested_table(p, SQL_DELETE))
		;
	else if (accept(p, KW_FROM))
		delete_from(p, targets);
	else
		delete_without_from(p, targets);
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}
