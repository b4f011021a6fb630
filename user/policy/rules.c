// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The rules: the first whose conditions all hold decides. An alert holds when it could be meant: what is not known counts as a match. An
 * allowance (log, ignore) holds only when it is proven for everything that was found, so that it never hides something else.
 */
#include <string.h>

#include "base/cleanup.h"
#include "policy/candidates.h"

_Static_assert((int)CONFIG_OP_READ == (int)SQL_READ && (int)CONFIG_OP_INSERT == (int)SQL_INSERT &&
		       (int)CONFIG_OP_UPDATE == (int)SQL_UPDATE && (int)CONFIG_OP_DELETE == (int)SQL_DELETE &&
		       (int)CONFIG_OP_TRUNCATE == (int)SQL_TRUNCATE && (int)CONFIG_OP_CREATE == (int)SQL_CREATE &&
		       (int)CONFIG_OP_ALTER == (int)SQL_ALTER && (int)CONFIG_OP_DROP == (int)SQL_DROP &&
		       (int)CONFIG_OP_LOCK == (int)SQL_LOCK && (int)CONFIG_OP_COPY_OUT == (int)SQL_COPY_OUT &&
		       (int)CONFIG_OP_COPY_IN == (int)SQL_COPY_IN,
	       "operations of the configuration are those of the reader");

static bool any_glob(const struct config_strings *patterns, struct slice text, bool fold)
{
	for (size_t i = 0; text.ptr && i < patterns->n; i++)
		if (slice_glob(patterns->v[i], text, fold))
			return true;
	return false;
}

static bool is_unset(struct slice pattern)
{
	return slice_eq(pattern, SLICE("unset"));
}

/* unknown: a person whose name is not known matches every name. */
static bool user_matches(const struct config_strings *patterns, const struct policy_who *who, bool unknown)
{
	for (size_t i = 0; i < patterns->n; i++) {
		if (is_unset(patterns->v[i]) ? !who->has_loginuid
		    : !who->has_loginuid     ? false
		    : who->user.ptr          ? slice_glob(patterns->v[i], who->user, false)
					     : unknown)
			return true;
	}
	return false;
}

static bool group_matches(const struct config_strings *patterns, struct slice names)
{
	while (names.len) {
		struct slice name = slice_head(names, strnlen(names.ptr, names.len));

		if (any_glob(patterns, name, false))
			return true;
		names = slice_skip(names, name.len + 1);
	}
	return false;
}

static bool uid_matches(const struct config_strings *uids, uint32_t uid)
{
	for (size_t i = 0; i < uids->n; i++) {
		uint64_t v;

		if (slice_u64(uids->v[i], &v) == 0 && v == uid)
			return true;
	}
	return false;
}

/* ---- what was found: tables, functions, files, people ---- */

static bool any_pattern(const struct rel_pattern *patterns, size_t n, const struct sql_relation *r, enum rel_strictness strictness)
{
	for (size_t i = 0; i < n; i++)
		if (rel_pattern_match(&patterns[i], r, strictness))
			return true;
	return false;
}

bool judgement_counts(const struct judgement *j, size_t i)
{
	return j->v.tables[i].sensitive && j->q->relations[i].via != SQL_VIA_LITERAL;
}

static bool tables_match(const struct judgement *j, const struct policy_rule *rule)
{
	bool alert = rule->action == POLICY_ALERT;

	for (size_t i = 0; i < j->q->n; i++) {
		if (!judgement_counts(j, i))
			continue;
		if (any_pattern(rule->tables, rule->ntables, &j->q->relations[i], alert ? REL_SUSPECT : REL_PROVEN) == alert)
			return alert;
	}
	return !alert;
}

static bool functions_match(const struct judgement *j, const struct policy_rule *rule)
{
	bool alert = rule->action == POLICY_ALERT, found = false;

	for (size_t i = 0; i < j->q->ncalls; i++) {
		const struct sql_call *c = &j->q->calls[i];
		struct sql_relation r = { .catalog = c->catalog, .schema = c->schema, .name = c->name };

		if (!j->v.calls[i].sensitive)
			continue;
		found = true;
		if (any_pattern(rule->functions, rule->nfunctions, &r, alert ? REL_SUSPECT : REL_PROVEN) == alert)
			return alert;
	}
	return found && !alert;
}

static bool files_match(const struct judgement *j, const struct policy_rule *rule)
{
	bool alert = rule->action == POLICY_ALERT, found = false;

	for (size_t i = 0; i < j->q->nfiles; i++) {
		if (!j->v.files[i].sensitive)
			continue;
		found = true;
		if (any_glob(&rule->config->files, j->q->files[i].path, false) == alert)
			return alert;
	}
	return found && !alert;
}

static bool subjects_match(const struct judgement *j, const struct policy_rule *rule)
{
	bool alert = rule->action == POLICY_ALERT;

	for (size_t i = 0; i < j->v.nsubjects; i++)
		if (any_glob(&rule->config->subjects, j->v.subjects[i]->label, false) == alert)
			return alert;
	return !alert && j->v.nsubjects && !j->v.more_subjects;
}

static bool any_sensitive(const struct policy_table *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].sensitive)
			return true;
	return false;
}

/* An allowance that names objects of one kind says nothing about those of another. */
static const char *uncovered(const struct judgement *j, const struct config_rule *c)
{
	if (!c->tables.n && !c->functions.n && !c->files.n && !c->subjects.n)
		return NULL;
	for (size_t i = 0; !c->tables.n && i < j->q->n; i++)
		if (judgement_counts(j, i))
			return "covers no tables";
	if (!c->functions.n && any_sensitive(j->v.calls, j->q->ncalls))
		return "covers no functions";
	if (!c->files.n && any_sensitive(j->v.files, j->q->nfiles))
		return "covers no files";
	return !c->subjects.n && j->v.nsubjects ? "covers no subjects" : NULL;
}

/* ---- what was done ---- */

static bool any_counts(const struct judgement *j)
{
	for (size_t i = 0; i < j->q->n; i++)
		if (judgement_counts(j, i))
			return true;
	return false;
}

static bool operations_match(const struct judgement *j, uint32_t wanted, bool alert)
{
	bool only_sensitive = any_counts(j);

	for (size_t i = 0; i < j->q->n; i++) {
		uint32_t access = j->q->relations[i].access & ~(uint32_t)SQL_TEMPORARY;

		if (only_sensitive && !judgement_counts(j, i))
			continue;
		if (alert ? (access & wanted) != 0 : (access & ~wanted) != 0)
			return alert;
	}
	return !alert;
}

static bool reads_star(const struct judgement *j)
{
	for (size_t i = 0; i < j->q->n; i++)
		if (judgement_counts(j, i) && (j->q->relations[i].access & SQL_READ) && j->q->relations[i].all_columns)
			return true;
	return false;
}

/* What is read goes on: into a file or program, out by COPY, or into another relation. */
static bool exports(const struct judgement *j)
{
	bool reads = false, writes = false;

	for (size_t i = 0; i < j->q->nfiles; i++)
		if (j->q->files[i].write)
			return true;
	for (size_t i = 0; i < j->q->n; i++) {
		const struct sql_relation *r = &j->q->relations[i];

		if (r->access & SQL_COPY_OUT)
			return true;
		reads |= judgement_counts(j, i) && (r->access & SQL_READ);
		writes |= !j->v.tables[i].sensitive && (r->access & (SQL_INSERT | SQL_UPDATE | SQL_CREATE));
	}
	return reads && writes;
}

static bool rows_match(const struct policy_question *q, const struct config_rule *c, bool alert)
{
	if (!c->has_min_rows && !c->has_max_rows)
		return true;
	if (!q->has_rows)
		return alert;
	return (!c->has_min_rows || q->rows >= c->min_rows) && (!c->has_max_rows || q->rows <= c->max_rows);
}

static bool database_matches(const struct judgement *j, const struct config_strings *wanted, bool alert)
{
	bool only_sensitive = any_counts(j), seen = false;

	for (size_t i = 0; i < j->q->n; i++) {
		struct slice db;

		if (only_sensitive && !judgement_counts(j, i))
			continue;
		seen = true;
		db = judgement_database(j->q, &j->q->relations[i]);
		if ((db.ptr ? any_glob(wanted, db, true) : alert) == alert)
			return alert;
	}
	if (!seen)
		return j->q->database.ptr ? any_glob(wanted, j->q->database, true) : alert;
	return !alert;
}

static bool server_matches(const struct policy_question *q, const struct config_strings *wanted, bool alert)
{
	bool known = false;

	for (size_t i = 0; i < POLICY_SERVER_NAMES; i++) {
		if (any_glob(wanted, q->server[i], true))
			return true;
		known |= q->server[i].len != 0;
	}
	return alert && !known;
}

static bool time_matches(const struct policy_question *q, const struct config_rule *c, bool alert)
{
	unsigned minute, day;

	if (!c->has_hours && !c->days)
		return true;
	if (!q->time_s)
		return alert;
	minute = (unsigned)(q->time_s / 60 % (24 * 60));
	day = (unsigned)((q->time_s / 86400 + 3) % 7); /* 1970-01-01 was a Thursday */
	if (c->days && !(c->days & (1u << day)))
		return false;
	if (!c->has_hours)
		return true;
	if (c->hours_from < c->hours_to)
		return minute >= c->hours_from && minute < c->hours_to;
	return minute >= c->hours_from || minute < c->hours_to;
}

static bool may_be_session(const struct policy_who *who, uint32_t wanted)
{
	return (who->sessions_claimed & wanted) || !(who->sessions | who->sessions_claimed);
}

/* What is not known is enough for an alert. */
static const char *who_misses(const struct policy_who *who, const struct config_rule *c, bool alert)
{
	if (c->user.n && !user_matches(&c->user, who, alert))
		return "user";
	if (c->group.n && !group_matches(&c->group, who->groups) && !(alert && who->groups_unknown))
		return "group";
	if (c->uid.n && !uid_matches(&c->uid, who->uid))
		return "uid";
	if (c->exe.n && !(who->exe.ptr ? any_glob(&c->exe, who->exe, false) : alert))
		return "exe";
	if (c->comm.n && !(who->comm.ptr ? any_glob(&c->comm, who->comm, false) : alert))
		return "comm";
	if (c->script.n && !(who->script_unknown ? alert : any_glob(&c->script, who->script, false)))
		return "script";
	if (c->sessions && !(c->sessions & who->sessions) && !(alert && may_be_session(who, c->sessions)))
		return "session";
	return NULL;
}

static const char *found_misses(const struct judgement *j, const struct policy_rule *rule)
{
	const struct config_rule *c = rule->config;

	if (c->tables.n && !tables_match(j, rule))
		return "tables";
	if (c->functions.n && !functions_match(j, rule))
		return "functions";
	if (c->files.n && !files_match(j, rule))
		return "files";
	if (c->subjects.n && !subjects_match(j, rule))
		return "subjects";
	return rule->action == POLICY_ALERT ? NULL : uncovered(j, c);
}

static const char *done_misses(const struct judgement *j, const struct config_rule *c, bool alert)
{
	const struct policy_question *q = j->q;

	if (c->operations && !operations_match(j, c->operations, alert))
		return "operations";
	if (c->has_star && reads_star(j) != c->star)
		return "star";
	if (c->has_export && exports(j) != c->export)
		return "export";
	if (!rows_match(q, c, alert))
		return "rows";
	if (c->database.n && !database_matches(j, &c->database, alert))
		return "database";
	if (c->server.n && !(judgement_elsewhere(j) ? alert : server_matches(q, &c->server, alert)))
		return "server";
	if (c->role.n && !(q->role_unknown || judgement_elsewhere(j) ? alert : any_glob(&c->role, q->role, false)))
		return "role";
	return time_matches(q, c, alert) ? NULL : "time";
}

/* NULL: the rule applies; else the condition that does not hold. */
static const char *rule_misses(const struct judgement *j, const struct policy_rule *rule)
{
	const struct config_rule *c = rule->config;
	const char *misses;

	if (c->expires_s && j->q->time_s > c->expires_s)
		return "expired";
	misses = who_misses(j->q->who, c, rule->action == POLICY_ALERT);
	if (!misses)
		misses = found_misses(j, rule);
	return misses ? misses : done_misses(j, c, rule->action == POLICY_ALERT);
}

/* Whether it decides. */
static bool try_rule(struct judgement *j, size_t i)
{
	const struct policy_rule *rule = &j->p->rules[i];
	const char *misses = rule_misses(j, rule);

	if (j->out)
		explain_rule(j, rule, misses);
	if (misses)
		return false;
	j->v.action = rule->action;
	j->v.rule = rule->config->name;
	j->v.ruleset = rule->config->file;
	return true;
}

/* Each in its order, with its reasons. */
static bool try_all(struct judgement *j)
{
	for (size_t i = 0; i < j->p->config->nrules; i++)
		if (try_rule(j, i))
			return true;
	buf_printf(j->out, "no rule applies: a %s alerts\n", j->cause.rule);
	return false;
}

int apply_rules(struct judgement *j)
{
	struct candidates c;
	uint32_t i;
	int err = j->out ? 0 : candidates_find(j, &c);

	if (err)
		return err;
	j->v.severity = j->cause.severity;
	if (j->out && try_all(j))
		return 0;
	while (!j->out && candidates_next(j->p, &c, &i))
		if (try_rule(j, i))
			return 0;
	j->v.action = POLICY_ALERT;
	j->v.rule = slice_cstr(j->cause.rule);
	j->v.ruleset = j->cause.file;
	return 0;
}
