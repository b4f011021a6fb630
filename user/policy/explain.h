// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One question to the policy, and the sentences that explain its steps; private to this stage. */
#ifndef QPROV_EXPLAIN_H
#define QPROV_EXPLAIN_H

#include "config/subjects.h"
#include "policy/compiled.h"

/* The weightiest thing found so far: what the implicit rule is named after. */
struct cause {
	const char *rule; /* NULL: nothing yet */
	struct slice file;
	unsigned severity;
};

struct judgement {
	const struct policy *p;
	const struct policy_question *q;
	struct arena *arena;
	struct buf *out; /* where the steps are written, or NULL */
	struct policy_verdict v;
	struct cause cause;
	bool mentioned; /* a string constant names a sensitive table */
};

/* With a place for the steps every rule is tried in its order, else only those that candidates.h finds. 0 or -ENOMEM. */
int policy_judge(struct judgement *j);
/* Is this relation sensitive, and named by more than a string constant? */
bool judgement_counts(const struct judgement *j, size_t relation);
/* The database of a reference: named in it, or the session's; SLICE_NONE: not known. */
struct slice judgement_database(const struct policy_question *q, const struct sql_relation *r);
/* One of those that count lies on another server. */
bool judgement_elsewhere(const struct judgement *j);
/* A finding of this weight: the heaviest names the implicit rule, the first of equals. */
void cause_note(struct cause *c, const char *rule, struct slice file, unsigned severity);
bool policy_system_matches(const struct config_strings *systems, struct slice system);
/* A tag list, united over several entries. */
struct tag_union {
	const struct config_strings *first;
	struct slice *v;
	size_t n;
};
int tags_add(struct tag_union *u, const struct config_strings *tags, struct arena *arena);
void tags_put(const struct tag_union *u, struct policy_table *to);

/* ---- watched.c, subjects.c, rules.c: 0 or -ENOMEM ---- */
int judge_calls(struct judgement *j);
int judge_files(struct judgement *j);
int judge_subjects(struct judgement *j);
int apply_rules(struct judgement *j);

/* All write to j->out, which is not NULL. why_not and misses are NULL when the entry or rule applies. */
void explain_entry(const struct judgement *j, const struct sql_relation *r, const struct config_table *t, const char *why_not);
void explain_harmless(const struct judgement *j, const struct sql_relation *r);
void explain_call(const struct judgement *j, const struct sql_call *c, const struct config_function *f);
void explain_file(const struct judgement *j, const struct sql_file *f, const struct config_path *p);
void explain_subject(const struct judgement *j, const struct subject *s);
void explain_rule(const struct judgement *j, const struct policy_rule *rule, const char *misses);
void explain_mention(const struct judgement *j, bool decides);
void explain_uncertain(const struct judgement *j, bool decides);

#endif
