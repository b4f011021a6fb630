// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Functions of ClickHouse that read the table their arguments name: loop(db, t), mergeTreeIndex(db, t), timeSeriesData(db.t), in(a, t),
 * dictGetUInt64(d, 'a', 1).
 */
#include "base/cleanup.h"
#include "sql/call.h"
#include "sql/remote.h"

static bool takes_table(struct slice function)
{
	static const struct slice names[] = { SLICE_INIT("loop"),
					      SLICE_INIT("mergeTreeIndex"),
					      SLICE_INIT("mergeTreeProjection"),
					      SLICE_INIT("mergeTreeAnalyzeIndexes"),
					      SLICE_INIT("mergeTreeParts"),
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

	static const char *const elsewhere[] = { "sqlite", "odbc", "jdbc", NULL };

	if (p->dialect != SQL_CLICKHOUSE)
		return;
	if (slice_ieq_any(function, elsewhere))
		remote_arguments(p, SQL_REMOTE);
	if (!takes_table(function))
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

/* At the '(' of in(a, t), globalNotIn(a, t): the table, if it is a name. */
static void set_of_values(struct reader *p)
{
	size_t i = partner(p, p->i), comma = 0, back = p->i;
	struct name n;

	for (size_t k = p->i + 1; k < i; k++)
		if (tok_at(p, k)->id == ',')
			comma = k;
	if (!comma || !is_name(tok_at(p, comma + 1)))
		return;
	move_to(p, comma + 1);
	if (read_name(p, &n) && p->i == i)
		add_read(p, &n, SQL_READ);
	move_to(p, back);
}

void clickhouse_function(struct reader *p, struct slice function)
{
	static const struct slice sets[] = { SLICE_INIT("in"),           SLICE_INIT("notIn"),          SLICE_INIT("globalIn"),
					     SLICE_INIT("globalNotIn"),  SLICE_INIT("nullIn"),         SLICE_INIT("notNullIn"),
					     SLICE_INIT("globalNullIn"), SLICE_INIT("globalNotNullIn") };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (slice_ieq(function, sets[i]))
			set_of_values(p);
	if (function.len > 4 && slice_ieq(slice_head(function, 4), SLICE("dict")) && !slice_ieq(function, SLICE("dictionary")))
		text_arguments(p, false, true, SQL_VIA_LITERAL);
}
