// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One execution is understood and judged: its text, what the session adds, the relations of all statements together, the policy. */
#ifndef QPROV_JUDGE_H
#define QPROV_JUDGE_H

#include "event/event.h"
#include "pipeline/session.h"

/* Fills q (sql, certainty, relations) and verdict from q->exec; memory in ec->arena. 0 or -ENOMEM. */
int judge(const struct policy *policy, struct sessions *sessions, const struct event_context *ec, struct event_query *q,
	  struct policy_verdict *verdict);
enum sql_dialect judge_dialect(enum client_system system);

#endif
