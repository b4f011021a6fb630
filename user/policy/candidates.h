// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which of thousands of rules may apply to a question? Each rule is filed under one of its conditions, of those it has the one whose
 * patterns occur in the fewest rules: under the patterns of that condition, in an index of globs. A question looks up what it has: its
 * tables, its person, its program. What comes out is a superset of the rules that apply, in their order; rules.c then decides as if there
 * were no index. Rules that ask for nothing of the kind (an operation, a time, a number of rows) are always among them.
 */
#ifndef QPROV_CANDIDATES_H
#define QPROV_CANDIDATES_H

#include "policy/explain.h"

/* Prepares p->candidates. 0 or -ENOMEM. */
int policy_compile_candidates(struct policy *p);
/* Places in config->rules, in that order, each once. */
struct candidates {
	struct glob_ids found;
	size_t at_found, at_always;
};
/* 0 or -ENOMEM. */
int candidates_find(struct judgement *j, struct candidates *ret);
bool candidates_next(const struct policy *p, struct candidates *c, uint32_t *ret);

#endif
