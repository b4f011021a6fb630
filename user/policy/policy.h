// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The policy: which relations are sensitive, who may touch them how, what happens to statements that could not be
 * understood. Immutable once compiled. Matching: each relation of a statement against tables; then the rules, first match decides; the
 * implicit last rule alerts on any sensitive table.
 */
#ifndef QPROV_POLICY_H
#define QPROV_POLICY_H

#include "sql/sql.h"

struct policy;
struct config;

enum policy_action { POLICY_NONE, POLICY_IGNORE, POLICY_LOG, POLICY_ALERT };

/* Who asks. Absent strings are SLICE_NONE and match no pattern. */
struct policy_who {
	bool has_loginuid;
	uint32_t loginuid;
	struct slice user; /* name of loginuid */
	uint32_t uid;
	uint32_t euid;
	struct slice exe;
	struct slice comm;
};

/* What the policy says about one relation. */
struct policy_table {
	bool sensitive;
	const struct slice *tags; /* union over the matching entries; owned by the policy or the arena */
	size_t ntags;
	unsigned severity; /* 0..100: low 21, medium 47, high 73, critical 99 */
};

struct policy_verdict {
	enum policy_action action; /* POLICY_NONE: nothing sensitive, nothing uncertain */
	bool uncertain;            /* the certainty, not a table, made the match */
	struct slice rule;         /* name of the rule; "sensitive table" and "uncertain statement" for the implicit ones */
	struct slice ruleset;      /* file it came from */
	unsigned severity;
	struct policy_table *tables; /* parallel to the relations passed in */
};

/* Compiles the policy part of a configuration; the configuration must outlive it. 0 or -ENOMEM. */
int policy_new(const struct config *config, struct policy **ret);
void policy_free(struct policy *p);

/*
 * system: "postgresql", "mysql", "mariadb", "sqlite" (a table's systems: list is compared with it; "mysql" and "mariadb" match each other).
 * relations: those of all statements of one event (views: already expanded relations are added by policy_expand()).
 * ret lives in arena. 0 or -ENOMEM.
 */
int policy_match(const struct policy *p, struct slice system, const struct sql_relation *relations, size_t n, enum sql_certainty certainty,
		 const struct policy_who *who, struct arena *arena, struct policy_verdict *ret);

/* Adds the base relations (views: of the configuration) of every named view, transitively; *ret_n >= n, the first n unchanged. */
int policy_expand(const struct policy *p, const struct sql_relation *relations, size_t n, struct arena *arena, struct sql_relation **ret,
		  size_t *ret_n);

/* Writes step by step why the verdict came out so (for "policy test"). */
void policy_explain(const struct policy *p, struct slice system, const struct sql_relation *relations, size_t n,
		    enum sql_certainty certainty, const struct policy_who *who, struct buf *out);

const char *policy_action_name(enum policy_action a);

#endif
