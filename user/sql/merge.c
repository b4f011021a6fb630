// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* MERGE. */
#include "sql/dml.h"

/* ---- MERGE ---- */

static void merge_insert(struct reader *p, struct sql_relation *target)
{
	accept(p, KW_INTO);
	if (at(p, '('))
		read_column_names(p, target, SQL_USE_WRITE);
	else if (target)
		target->all_columns = true;
	if (at(p, KW_OVERRIDING))
		p->i += 3;
	if (at(p, KW_VALUES) || at(p, KW_ROW) || at(p, '*') || at(p, KW_DEFAULT)) {
		bool star = at(p, '*');

		advance(p);
		if (star && accept(p, KW_EXCEPT) && at(p, '(')) /* Spark: INSERT * EXCEPT (a) */
			skip_group(p);
		accept(p, KW_VALUES);
		if (at(p, '('))
			read_group(p);
	}
	if (at(p, KW_WHERE)) {
		advance(p);
		read_expr(p, 0);
	}
}

/* INSERT [ALL] BY NAME, UPDATE ALL BY NAME */
static void by_name(struct reader *p)
{
	accept(p, KW_ALL);
	if (at(p, KW_BY) && peek_is(p, 1, KW_NAME))
		p->i += 2;
}

static void merge_action(struct reader *p, struct sql_relation *target)
{
	uint32_t access = 0;

	if (accept(p, KW_INSERT)) {
		access = SQL_INSERT;
		by_name(p);
		merge_insert(p, target);
	} else if (accept(p, KW_UPDATE)) {
		access = SQL_UPDATE;
		by_name(p);
		accept(p, KW_SET);
		if (accept(p, '*')) {
			if (at(p, KW_EXCEPT) && peek_is(p, 1, '(')) { /* Databricks: SET * EXCEPT (a) */
				advance(p);
				skip_group(p);
			}
		} else if (!at(p, KW_WHEN)) {
			read_expr(p, EX_LIST | EX_ASSIGN);
		}
		if (accept(p, KW_WHERE))
			read_expr(p, 0);
		if (at(p, KW_DELETE)) { /* Oracle: UPDATE SET ... DELETE WHERE ... */
			access |= SQL_DELETE;
			advance(p);
			if (accept(p, KW_WHERE))
				read_expr(p, 0);
		}
	} else if (accept(p, KW_DELETE)) {
		access = SQL_DELETE;
	} else if (at(p, KW_DO)) {
		p->i += 2; /* DO NOTHING */
	} else if (at(p, KW_ERROR) || at(p, KW_RAISE)) {
		read_expr(p, 0);
	} else {
		partial(p);
		skip_rest(p);
	}
	if (target)
		target->access |= access;
}

/* H2: t (a, b); else a table of FROM. */
static struct source *merge_target(struct reader *p)
{
	struct source *s;
	struct name n;
	size_t back = p->i;

	if (p->dialect == SQL_ANSI && read_relation_name(p, &n) && at(p, '(')) {
		struct sql_relation *r = add_relation(p, &n, 0);

		read_column_names(p, r, SQL_USE_WRITE);
		return scope_source(p, last_part(&n), r);
	}
	p->i = back;
	p->target = !(p->bits & DL_BATCH);
	s = read_from_item(p, 0);
	p->target = false;
	return s;
}

static void merge_rows(struct reader *p, struct sql_relation *target)
{
	if (at(p, KW_KEY) && peek_is(p, 1, '(')) {
		advance(p);
		skip_group(p);
	}
	if (!starts_query(tok(p)) && !at(p, KW_TABLE))
		partial(p);
	else
		read_query(p);
	if (target)
		target->access |= SQL_INSERT | SQL_UPDATE;
}

void read_merge(struct reader *p)
{
	struct sql_relation *target = NULL;
	struct source *first;
	struct scope s;

	advance(p);
	skip_modifiers(p);
	accept(p, KW_INTO);
	scope_push(p, &s);
	first = merge_target(p);
	if (first) {
		target = first->relation;
		first->decided = true;
	}
	if (!at(p, KW_USING) && first && p->dialect == SQL_ANSI) { /* H2: MERGE INTO t (a, b) KEY (a) VALUES (1, 2) */
		merge_rows(p, target);
		scope_pop(p);
		return;
	}
	if (!accept(p, KW_USING)) {
		partial(p);
	} else {
		read_from_item(p, SQL_READ);
		read_joins(p, SQL_READ);
	}
	if (accept(p, KW_ON))
		read_expr(p, 0);
	while (accept(p, KW_WHEN)) {
		SKIP(p, KW_NOT, KW_MATCHED, KW_BY, KW_SOURCE, KW_TARGET);
		if (accept(p, KW_AND) || !at(p, KW_THEN))
			read_expr(p, 0);
		if (!accept(p, KW_THEN))
			partial(p);
		merge_action(p, target);
	}
	if (target && !(target->access & SQL_WRITES))
		target->access |= SQL_UPDATE;
	rest_of_dml(p);
	rest_is_read(p);
	scope_pop(p);
}
