// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Table functions of ClickHouse that read the table their arguments name: loop(db, t), mergeTreeIndex(db, t), timeSeriesData(db.t). */
#include "base/cleanup.h"
#include "sql/reader.h"

static bool takes_table(struct slice function)
{
	static const struct slice names[] = { SLICE_INIT("loop"),
					      SLICE_INIT("mergeTreeIndex"),
					      SLICE_INIT("mergeTreeProjection"),
					      SLICE_INIT("mergeTreeAnalyzeIndexes"),
					      SLICE_INIT("timeSeriesData"),
					      SLICE_INIT("timeSeriesTags"),
					      SLICE_INIT("timeSeriesMetrics"),
					      SLICE_INIT("timeSeriesSelector"),
					      SLICE_INIT("dictionary") };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (slice_ieq(function, names[i]))
			return true;
	return false;
}

void table_of_arguments(struct reader *p, struct slice function)
{
	size_t end = partner(p, p->i);
	struct name n = { .n = 0 };
	struct sql_relation *r;

	if (p->dialect != SQL_CLICKHOUSE || !takes_table(function))
		return;
	for (size_t i = p->i + 1; i < end && n.n < 2; i++) {
		const struct token *t = tok_at(p, i);

		if ((is_name(t) || t->type == TOKEN_STRING) && tok_at(p, i + 1)->id != '(')
			n.part[n.n++] = lex_name(p->text, t, '\\', p->arena);
		else if (t->id != ',' && t->id != '.') /* currentDatabase(), another function */
			dynamic(p);
	}
	r = n.n ? add_read(p, &n, SQL_READ) : NULL;
	if (r)
		r->all_columns = true;
}
