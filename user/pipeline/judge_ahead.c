// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What must be known of a statement when it begins, before it is judged. */
#include "base/cleanup.h"
#include "pipeline/judge.h"

void judge_begin(const struct policy *policy, struct sessions *sessions, const struct execution *x, struct arena *arena)
{
	struct sql_options options = { .dialect = judge_dialect(x), .truncated = x->truncated };
	const struct sql_result *r;

	sessions_options(sessions, x, &options);
	sql_analyze(&options, x->text, arena, &r);
	sessions_learn(sessions, policy, x, &options, r, arena);
}

static bool copies_out(const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nfiles; i++)
		if (st->files[i].client && st->files[i].write)
			return true;
	return false;
}

bool judge_counts(const struct policy *policy, struct sessions *sessions, const struct execution *x, struct arena *arena)
{
	struct sql_options options = { .dialect = judge_dialect(x), .truncated = x->truncated };
	const struct sql_result *r;

	if (x->system != SYSTEM_POSTGRESQL || !slice_imentions(x->text, SLICE("copy")))
		return false;
	sessions_options(sessions, x, &options);
	sql_analyze(&options, x->text, arena, &r);
	for (size_t i = 0; i < r->nstatements; i++) {
		const struct sql_statement *st = &r->statements[i];
		struct sql_relation *all;
		size_t n;

		if (!copies_out(st))
			continue;
		if (st->certainty != SQL_PARSED ||
		    policy_expand(policy, st->relations, st->nrelations, st->calls, st->ncalls, arena, &all, &n))
			return true;
		for (size_t k = 0; k < n; k++)
			if (policy_touches(policy, x->system_name, &all[k], st->certainty))
				return true;
	}
	return false;
}
