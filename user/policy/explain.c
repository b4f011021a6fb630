// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

enum { COLUMNS_SHOWN = 32 };

#define EXPLAIN_MEMORY (64u << 20)

static void add_relation(struct buf *out, const struct sql_relation *r)
{
	if (r->catalog.ptr)
		buf_printf(out, "%s.", slice_quote(r->catalog));
	if (r->schema.ptr)
		buf_printf(out, "%s.", slice_quote(r->schema));
	buf_adds(out, slice_quote(r->name));
	if (r->link.ptr)
		buf_printf(out, " over the link %s", slice_quote(r->link));
	if (r->behind)
		buf_printf(out, " behind %s (%s)", slice_quote(r->through), sql_behind_name(r->behind));
	if (r->via)
		buf_printf(out, " found by %s", r->via == SQL_VIA_LITERAL ? "a string constant" : sql_via_name(r->via));
}

static void add_columns(struct buf *out, const struct sql_relation *r)
{
	if (!r->ncolumns && !r->all_columns)
		return;
	buf_printf(out, ", columns%s", r->all_columns ? " *" : "");
	for (size_t i = 0; i < r->ncolumns && i < COLUMNS_SHOWN; i++) {
		const char *sep = " (";

		buf_printf(out, " %s", slice_quote(r->columns[i].name));
		for (size_t k = 0; k < SQL_USES; k++) {
			if (!(r->columns[i].use & sql_uses[k].use))
				continue;
			buf_printf(out, "%s%s", sep, sql_uses[k].name);
			sep = ", ";
		}
		if (sep[0] == ',')
			buf_addc(out, ')');
	}
	if (r->ncolumns > COLUMNS_SHOWN)
		buf_printf(out, " and %zu more", r->ncolumns - COLUMNS_SHOWN);
}

static void add_tags(struct buf *out, const struct config_strings *tags)
{
	for (size_t i = 0; i < tags->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "; tags ", slice_quote(tags->v[i]));
	buf_adds(out, ")\n");
}

static const char *severity_name(unsigned severity)
{
	return severity >= 99 ? "critical" : severity >= 73 ? "high" : severity >= 47 ? "medium" : "low";
}

void explain_entry(const struct judgement *j, const struct sql_relation *r, const struct config_table *t, const char *why_not)
{
	buf_adds(j->out, "relation ");
	add_relation(j->out, r);
	buf_printf(j->out, " (%s", sql_access_name(r->access));
	add_columns(j->out, r);
	buf_printf(j->out, "): matches %s at ", slice_quote(t->match));
	buf_add(j->out, t->file);
	buf_printf(j->out, ":%u", t->line);
	if (why_not) {
		buf_printf(j->out, ", but it does not count: %s\n", why_not);
		return;
	}
	buf_printf(j->out, ", so it is sensitive (severity %s", severity_name(t->severity));
	add_tags(j->out, &t->tags);
}

void explain_call(const struct judgement *j, const struct sql_call *c, const struct config_function *f)
{
	buf_printf(j->out, "%s %s%s%s: matches %s at ", c->procedure ? "procedure" : "function",
		   c->schema.ptr ? slice_quote(c->schema) : "", c->schema.ptr ? "." : "", slice_quote(c->name), slice_quote(f->match));
	buf_add(j->out, f->file);
	buf_printf(j->out, ":%u, so its call is a finding (severity %s", f->line, severity_name(f->severity));
	add_tags(j->out, &f->tags);
}

void explain_file(const struct judgement *j, const struct sql_file *f, const struct config_path *p)
{
	static const char *const kinds[] = { "file", "URL", "program", "stage", "remote" };

	buf_printf(j->out, "%s %s (%s on the %s): matches %s at ", kinds[f->kind], slice_quote(f->path), f->write ? "written" : "read",
		   f->client ? "client" : "server", slice_quote(p->match));
	buf_add(j->out, p->file);
	buf_printf(j->out, ":%u, so it is a finding (severity %s", p->line, severity_name(p->severity));
	add_tags(j->out, &p->tags);
}

void explain_subject(const struct judgement *j, const struct subject *s)
{
	buf_printf(j->out, "a value is the %s of the protected subject %s\n", subject_kind_name(s->kind), slice_quote(s->label));
}

void explain_harmless(const struct judgement *j, const struct sql_relation *r)
{
	buf_adds(j->out, "relation ");
	add_relation(j->out, r);
	buf_printf(j->out, " (%s", sql_access_name(r->access));
	add_columns(j->out, r);
	buf_adds(j->out, "): not sensitive\n");
}

static void put_groups(struct buf *out, const struct policy_who *who)
{
	struct slice rest = who->groups;

	for (const char *sep = ""; rest.len; sep = ", ") {
		struct slice name = slice_head(rest, strnlen(rest.ptr, rest.len));

		buf_printf(out, "%s%s", sep, slice_quote(name));
		rest = slice_skip(rest, name.len + 1);
	}
	if (who->groups_unknown)
		buf_adds(out, who->groups.len ? " and perhaps others" : "unknown");
	else if (!who->groups.len)
		buf_adds(out, "none");
}

static void put_sessions(struct buf *out, uint32_t proven, uint32_t claimed)
{
	uint32_t sessions = proven | claimed;
	const char *sep = "";

	for (unsigned way = 0; way < REC_WAY_MAX; way++) {
		if (!(sessions & 1u << way))
			continue;
		buf_printf(out, "%s%s", sep, config_session_name(way));
		sep = ", ";
	}
	if (!sessions)
		buf_adds(out, "unknown");
	else if (claimed)
		buf_adds(out, ", some of it by claims only");
}

static void put_script(struct buf *out, const struct policy_who *who)
{
	buf_adds(out, who->script.ptr ? slice_quote(who->script) : who->script_unknown ? "unknown" : "none");
	if (who->script.ptr && who->script_unknown)
		buf_adds(out, ", or another one");
}

/* What was there, for the condition that does not hold; false: it is told in words. */
static bool put_value(struct buf *out, const struct policy_question *q, const char *condition)
{
	const struct policy_who *who = q->who;

	if (strcmp(condition, "user") == 0)
		buf_adds(out, !who->has_loginuid ? "unset" : who->user.ptr ? slice_quote(who->user) : "unknown");
	else if (strcmp(condition, "group") == 0)
		put_groups(out, who);
	else if (strcmp(condition, "uid") == 0 && who->uid == UINT32_MAX)
		buf_adds(out, "unknown");
	else if (strcmp(condition, "uid") == 0)
		buf_addu(out, who->uid);
	else if (strcmp(condition, "exe") == 0)
		buf_adds(out, who->exe.ptr ? slice_quote(who->exe) : "unknown");
	else if (strcmp(condition, "comm") == 0)
		buf_adds(out, who->comm.ptr ? slice_quote(who->comm) : "unknown");
	else if (strcmp(condition, "script") == 0)
		put_script(out, who);
	else if (strcmp(condition, "session") == 0)
		put_sessions(out, who->sessions, who->sessions_claimed);
	else if (strcmp(condition, "rows") == 0 && !q->has_rows)
		buf_adds(out, "unknown");
	else if (strcmp(condition, "rows") == 0)
		buf_addu(out, q->rows);
	else if (strcmp(condition, "role") == 0)
		buf_adds(out, q->role.ptr ? slice_quote(q->role) : "unknown");
	else
		return false;
	return true;
}

/* Conditions of an alert that hold only because what they ask for is not known. */
static void put_unknown(struct buf *out, const struct policy_question *q, const struct config_rule *c)
{
	const struct policy_who *who = q->who;
	const struct {
		const char *condition;
		bool unknown;
	} all[] = {
		{ "user", c->user.n && who->has_loginuid && !who->user.ptr },
		{ "group", c->group.n && who->groups_unknown },
		{ "exe", c->exe.n && !who->exe.ptr },
		{ "comm", c->comm.n && !who->comm.ptr },
		{ "script", c->script.n && who->script_unknown },
		{ "session", c->sessions && !(c->sessions & who->sessions) },
		{ "number of rows", (c->has_min_rows || c->has_max_rows) && !q->has_rows },
		{ "role", c->role.n && q->role_unknown },
	};

	const char *sep = "; not known for certain, which is enough for an alert: ";

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i].unknown)
			continue;
		buf_printf(out, "%s%s", sep, all[i].condition);
		sep = ", ";
	}
}

/* Conditions whose failure is best told in words. {of an alert, of an allowance} */
static const struct {
	const char *condition;
	const char *alert, *allowance;
} sentences[] = {
	{ "tables", "none of its tables is touched", "a sensitive table is touched that its tables do not name for certain" },
	{ "functions", "none of its functions is called", "a watched function is called that its functions do not name, or none is" },
	{ "files", "none of its files is touched", "a watched file is touched that its files do not name, or none is" },
	{ "subjects", "none of its subjects is looked for", "a protected subject is looked for that its subjects do not name, or none is" },
	{ "operations", "none of its operations is done", "something else is done than its operations" },
	{ "star", "whole rows are read, or not, other than it says", "whole rows are read, or not, other than it says" },
	{ "export", "what is read goes on, or not, other than it says", "what is read goes on, or not, other than it says" },
	{ "database", "another database", "not for certain its database" },
	{ "server", "another server", "not for certain its server" },
	{ "time", "another time", "another time" },
	{ "expired", "it has expired", "it has expired" },
	{ "covers no tables", "", "a sensitive table is touched, and it names other things only" },
	{ "covers no functions", "", "a watched function is called, and it names other things only" },
	{ "covers no files", "", "a watched file is touched, and it names other things only" },
	{ "covers no subjects", "", "a protected subject is looked for, and it names other things only" },
};

void explain_rule(const struct judgement *j, const struct policy_rule *rule, const char *misses)
{
	bool alert = rule->action == POLICY_ALERT;
	size_t before;

	buf_printf(j->out, "rule %s at ", slice_quote(rule->config->name));
	buf_add(j->out, rule->config->file);
	buf_printf(j->out, ":%u: ", rule->config->line);
	if (!misses) {
		buf_printf(j->out, "applies: %s", policy_action_name(rule->action));
		if (rule->config->reason.ptr)
			buf_printf(j->out, " (%s)", slice_quote(rule->config->reason));
		if (alert)
			put_unknown(j->out, j->q, rule->config);
		buf_addc(j->out, '\n');
		return;
	}
	buf_adds(j->out, "does not apply: ");
	before = j->out->len;
	buf_printf(j->out, "%s is ", misses);
	if (!put_value(j->out, j->q, misses)) {
		j->out->len = before;
		for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
			if (strcmp(misses, sentences[i].condition) == 0)
				buf_adds(j->out, alert ? sentences[i].alert : sentences[i].allowance);
	}
	buf_addc(j->out, '\n');
}

void explain_mention(const struct judgement *j, bool decides)
{
	buf_printf(j->out, "a string constant names a sensitive table: mentions are set to %s%s\n", policy_action_name(j->p->mentions),
		   decides ? ", which decides" : ", which is not stronger");
}

void explain_uncertain(const struct judgement *j, bool decides)
{
	if (j->q->certainty != SQL_PARSED)
		buf_printf(j->out, "certainty is %s, not parsed", sql_certainty_name(j->q->certainty));
	else
		buf_adds(j->out, "a limit left something unexamined");
	buf_printf(j->out, ": uncertain statements are set to %s%s\n", policy_action_name(j->p->uncertain),
		   decides ? ", which decides" : ", which is not stronger");
}

void policy_explain(const struct policy *p, const struct policy_question *q, struct buf *out)
{
	struct arena arena;
	struct judgement j = { .p = p, .q = q, .arena = &arena, .out = out };

	arena_init(&arena, EXPLAIN_MEMORY);
	if (policy_judge(&j)) {
		buf_adds(out, "out of memory\n");
	} else if (j.v.action == POLICY_NONE) {
		buf_adds(out, "verdict: none: nothing sensitive, nothing uncertain\n");
	} else {
		buf_printf(out, "verdict: %s by rule %s, severity %s\n", policy_action_name(j.v.action), slice_quote(j.v.rule),
			   severity_name(j.v.severity));
	}
	arena_done(&arena);
}
