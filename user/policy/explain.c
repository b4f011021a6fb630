// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/explain.h"

#include <stdio.h>
#include <string.h>

#define EXPLAIN_MEMORY (64u << 20)

static void add_relation(struct buf *out, const struct sql_relation *r)
{
	if (r->catalog.ptr)
		buf_printf(out, "%s.", slice_quote(r->catalog));
	if (r->schema.ptr)
		buf_printf(out, "%s.", slice_quote(r->schema));
	buf_adds(out, slice_quote(r->name));
}

static const char *severity_name(unsigned severity)
{
	return severity >= 99 ? "critical" : severity >= 73 ? "high" : severity >= 47 ? "medium" : "low";
}

void explain_entry(const struct judgement *j, const struct sql_relation *r, const struct config_table *t, const char *why_not)
{
	buf_adds(j->out, "relation ");
	add_relation(j->out, r);
	buf_printf(j->out, " (%s): matches %s at ", sql_access_name(r->access), slice_quote(t->match));
	buf_add(j->out, t->file);
	buf_printf(j->out, ":%u", t->line);
	if (why_not) {
		buf_printf(j->out, ", but it does not count: %s\n", why_not);
		return;
	}
	buf_printf(j->out, ", so it is sensitive (severity %s", severity_name(t->severity));
	for (size_t i = 0; i < t->tags.n; i++)
		buf_printf(j->out, "%s%s", i ? ", " : "; tags ", slice_quote(t->tags.v[i]));
	buf_adds(j->out, ")\n");
}

void explain_harmless(const struct judgement *j, const struct sql_relation *r)
{
	buf_adds(j->out, "relation ");
	add_relation(j->out, r);
	buf_printf(j->out, " (%s): not sensitive\n", sql_access_name(r->access));
}

/* What was there, for the condition that does not hold. */
static const char *shown_value(const struct judgement *j, const char *condition, char *number, size_t size)
{
	const struct policy_who *who = j->who;

	if (strcmp(condition, "user") == 0)
		return !who->has_loginuid ? "unset" : who->user.ptr ? slice_quote(who->user) : "unknown";
	if (strcmp(condition, "uid") == 0) {
		snprintf(number, size, "%u", who->uid);
		return who->uid == UINT32_MAX ? "unknown" : number;
	}
	if (strcmp(condition, "exe") == 0)
		return who->exe.ptr ? slice_quote(who->exe) : "unknown";
	return who->comm.ptr ? slice_quote(who->comm) : "unknown";
}

void explain_rule(const struct judgement *j, const struct policy_rule *rule, const char *misses)
{
	char number[16];

	buf_printf(j->out, "rule %s at ", slice_quote(rule->config->name));
	buf_add(j->out, rule->config->file);
	buf_printf(j->out, ":%u: ", rule->config->line);
	if (!misses)
		buf_printf(j->out, "applies: %s\n", policy_action_name(rule->action));
	else if (strcmp(misses, "tables") == 0)
		buf_printf(j->out, "does not apply: %s\n",
			   rule->action == POLICY_ALERT ? "none of its tables is touched"
							: "a sensitive table is touched that its tables do not name for certain");
	else
		buf_printf(j->out, "does not apply: %s is %s\n", misses, shown_value(j, misses, number, sizeof(number)));
}

void explain_uncertain(const struct judgement *j, bool decides)
{
	buf_printf(j->out, "certainty is %s, not parsed: uncertain statements are set to %s%s\n", sql_certainty_name(j->certainty),
		   policy_action_name(j->p->uncertain), decides ? ", which decides" : ", which is not stronger");
}

void policy_explain(const struct policy *p, struct slice system, const struct sql_relation *relations, size_t n,
		    enum sql_certainty certainty, const struct policy_who *who, struct buf *out)
{
	struct policy_verdict v;
	struct arena arena;
	struct judgement j = {
		.p = p, .system = system, .relations = relations, .n = n, .certainty = certainty, .who = who, .arena = &arena, .out = out
	};

	arena_init(&arena, EXPLAIN_MEMORY);
	if (policy_judge(&j, &v)) {
		buf_adds(out, "out of memory\n");
	} else if (v.action == POLICY_NONE) {
		buf_adds(out, "verdict: none: nothing sensitive, nothing uncertain\n");
	} else {
		buf_printf(out, "verdict: %s by rule %s, severity %s\n", policy_action_name(v.action), slice_quote(v.rule),
			   severity_name(v.severity));
	}
	arena_done(&arena);
}
