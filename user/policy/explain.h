// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One question to the policy, and the sentences that explain its steps; private to this stage. */
#ifndef QPROV_EXPLAIN_H
#define QPROV_EXPLAIN_H

#include "policy/compiled.h"

struct judgement {
	const struct policy *p;
	struct slice system;
	const struct sql_relation *relations;
	size_t n;
	enum sql_certainty certainty;
	const struct policy_who *who;
	struct arena *arena;
	struct buf *out; /* where the steps are written, or NULL */
};

int policy_judge(const struct judgement *j, struct policy_verdict *ret);

/* All write to j->out, which is not NULL. why_not and misses are NULL when the entry or rule applies. */
void explain_entry(const struct judgement *j, const struct sql_relation *r, const struct config_table *t, const char *why_not);
void explain_harmless(const struct judgement *j, const struct sql_relation *r);
void explain_rule(const struct judgement *j, const struct policy_rule *rule, const char *misses);
void explain_uncertain(const struct judgement *j, bool decides);

#endif
