// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Where a relation lies. By a database link, a linked server or dblink it may be anywhere: which server that is, which database and which
 * role there, is not known. */
#include "policy/explain.h"

static bool is_elsewhere(const struct sql_relation *r)
{
	return r->link.ptr || r->server.len;
}

struct slice judgement_database(const struct policy_question *q, const struct sql_relation *r)
{
	bool my = slice_eq(q->system, SLICE("mysql")) || slice_eq(q->system, SLICE("mariadb"));

	if (r->catalog.ptr)
		return r->catalog;
	if (is_elsewhere(r))
		return SLICE_NONE;
	return my && r->schema.ptr ? r->schema : q->database;
}

bool judgement_elsewhere(const struct judgement *j)
{
	bool counts = false, elsewhere = false, any = false;

	for (size_t i = 0; i < j->q->n; i++) {
		bool away = is_elsewhere(&j->q->relations[i]);

		any |= away;
		if (!judgement_counts(j, i))
			continue;
		counts = true;
		elsewhere |= away;
	}
	return counts ? elsewhere : any;
}
