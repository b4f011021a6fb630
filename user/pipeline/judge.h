// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One execution is understood and judged: its text, what the session adds, the relations of all statements together, the policy. */
#ifndef QPROV_JUDGE_H
#define QPROV_JUDGE_H

#include "event/event.h"
#include "pipeline/session.h"

struct judge_context {
	const struct policy *policy;
	struct sessions *sessions;
	struct arena *arena;
	struct policy_who who;
	uint64_t wall_offset_ns;
	const struct sql_result *whole; /* the statement with the secrets that were taken out of it; NULL: none were */
};

/* Fills q (sql, certainty, relations ...), verdict and the question it answers from q->exec; memory in ec->arena. 0 or -ENOMEM. */
int judge(const struct policy *policy, struct sessions *sessions, const struct event_context *ec, struct event_query *q,
	  struct policy_question *ret_question, struct policy_verdict *verdict);
/* The verdict anew, when more rows are known of q->exec. 0 or -ENOMEM. */
int judge_again(const struct policy *policy, const struct event_context *ec, const struct event_query *q, struct policy_question *question,
		struct policy_verdict *verdict);
/* How its system reads text. */
enum sql_dialect judge_dialect(const struct execution *x);
/* May a statement make something of a relation that it reads? Cheap; false is certain. */
bool judge_may_derive(struct slice text);
/* An execution begins: sessions learn what it makes of sensitive relations, before its own judgement. */
void judge_begin(const struct policy *policy, struct sessions *sessions, const struct execution *x, struct arena *arena);
/* A COPY of something sensitive to the client begins, or one of which that is not certain: its rows are to be counted. */
bool judge_counts(const struct policy *policy, struct sessions *sessions, const struct execution *x, struct arena *arena);
/* judge() in a given dialect, with secrets left as they are; the question is for policy_explain(). */
int judge_text(const struct judge_context *jc, enum sql_dialect dialect, struct event_query *q, struct policy_question *ret_question,
	       struct policy_verdict *verdict);

#endif
