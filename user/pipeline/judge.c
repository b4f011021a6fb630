// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/judge.h"
#include "pipeline/chatter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/asker.h"
#include "pipeline/gather.h"
#include "redact/redact.h"

enum sql_dialect judge_dialect(const struct execution *x)
{
	switch (x->system) {
	case SYSTEM_POSTGRESQL:
		return SQL_POSTGRES;
	case SYSTEM_MYSQL:
		return slice_eq(x->system_name, SLICE("mariadb")) ? SQL_MARIADB : SQL_MYSQL;
	case SYSTEM_SQLITE:
		return SQL_SQLITE;
	case SYSTEM_MSSQL:
		return SQL_TSQL;
	case SYSTEM_ORACLE:
		return SQL_ORACLE;
	case SYSTEM_DUCKDB:
		return SQL_DUCKDB;
	default:
		return SQL_ANSI;
	}
}

/* The same execution with the secrets in its text replaced: neither names nor texts that come out of it can hold them. */
static const struct execution *without_secrets(const struct execution *x, struct arena *arena)
{
	struct slice text = redact_sql(judge_dialect(x), x->text, arena);
	struct execution *copy;

	if (text.ptr == x->text.ptr)
		return x;
	copy = arena_alloc(arena, sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *x;
	copy->text = text;
	return copy;
}

/* What is known of an execution before its verdict. */
struct draft {
	const struct policy *policy;
	struct sessions *sessions;
	struct arena *arena;
	struct event_query *q;
	struct session_effect effect;
	struct gathered g;
	const struct policy_text *whole; /* where more literals are than were gathered */
	enum sql_certainty certainty;
	enum sql_dialect dialect;
};

static void worsen(struct draft *d, enum sql_certainty c)
{
	if (c > d->certainty)
		d->certainty = c;
}

static bool changes_reading(const struct sql_result *r)
{
	for (size_t i = 0; i + 1 < r->nstatements; i++)
		for (size_t k = 0; k < r->statements[i].nsettings; k++)
			if (r->statements[i].settings[k].kind == SQL_SET_SQL_MODE || r->statements[i].settings[k].kind == SQL_SET_STRINGS)
				return true;
	return false;
}

/*
 * The text as its session reads it. A string that changes how strings are read, and goes on, is read once more as it is after the change:
 * what either reading names counts.
 */
static int understand(struct draft *d, const struct sql_result **ret_more)
{
	const struct execution *x = d->q->exec;
	struct sql_options options = { .dialect = d->dialect, .truncated = x->truncated }, before;
	const struct sql_result *r;
	int err;

	sessions_options(d->sessions, x, &options);
	before = options;
	sql_analyze(&options, x->text, d->arena, &r);
	worsen(d, r->certainty);
	err = sessions_apply(d->sessions, d->policy, x, &options, r, d->arena, &d->effect);
	if (err)
		return err;
	worsen(d, d->effect.certainty);
	d->q->sql = r;
	if (!changes_reading(r))
		return 0;
	sessions_options(d->sessions, x, &options);
	if (options.ansi_quotes == before.ansi_quotes && options.no_backslash == before.no_backslash &&
	    options.strings_unknown == before.strings_unknown)
		return 0;
	sql_analyze(&options, x->text, d->arena, ret_more);
	worsen(d, (*ret_more)->certainty);
	return 0;
}

/* What was bound, as the statement's values. */
static int bound_values(struct draft *d, struct gather_parameter **ret)
{
	const struct execution *x = d->q->exec;
	struct gather_parameter *v = arena_array(d->arena, x->nparameters + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < x->nparameters; i++) {
		enum parameter_kind kind = x->parameters[i].kind;

		v[i].value = kind == PARAMETER_NUMBER || kind == PARAMETER_STRING ? x->parameters[i].value : SLICE_NONE;
	}
	*ret = v;
	return 0;
}

/* Literals that are not kept are read again from the text, unless it is not all, or does not say how it is read. */
static int keep_whole(struct draft *d, bool others)
{
	const struct execution *x = d->q->exec;
	struct policy_text *t = arena_alloc(d->arena, sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct policy_text){ .text = x->text, .options = { .dialect = d->dialect, .truncated = x->truncated } };
	sessions_options(d->sessions, x, &t->options);
	d->g.cut |= others || x->truncated || t->options.strings_unknown;
	d->whole = t;
	return 0;
}

static int collect(struct draft *d)
{
	struct gather_parameter *parameters;
	const struct sql_result *more = NULL, **all;
	size_t n = 0;
	int err = understand(d, &more);

	if (err)
		return err;
	all = arena_array(d->arena, d->effect.nextra + 2, sizeof(struct sql_result *));
	if (!all)
		return -ENOMEM;
	all[n++] = d->q->sql;
	if (more)
		all[n++] = more;
	for (size_t i = 0; i < d->effect.nextra; i++)
		all[n++] = d->effect.extra[i];
	err = bound_values(d, &parameters);
	if (err)
		return err;
	err = gather(d->q->exec->text, all, n, parameters, d->q->exec->nparameters, d->arena, &d->g);
	if (err)
		return err;
	/* Somebody may be looked for by a parameter that was not captured. */
	d->g.cut |= policy_has_subjects(d->policy) && d->q->exec->parameters_total > d->q->exec->nparameters;
	d->g.cut |= d->effect.cut;
	if (d->g.more)
		err = keep_whole(d, n > 1);
	if (err)
		return err;
	return gather_relations(&d->g, d->effect.behind, d->effect.nbehind, d->arena);
}

/* Views, and tables that string constants name. */
static int expand(struct draft *d)
{
	const struct execution *x = d->q->exec;
	struct sql_relation *v;
	size_t n;
	bool cut;
	int err = policy_expand(d->policy, d->g.relations, d->g.n, d->g.calls, d->g.ncalls, d->arena, &v, &n);

	if (err)
		return err;
	d->g.relations = v;
	d->g.n = n;
	err = policy_mentions(d->policy, x->system_name, d->g.values, d->g.nvalues, d->whole, v, n, d->arena, &v, &n, &cut);
	if (err)
		return err;
	d->g.cut |= cut;
	return gather_relations(&d->g, v, n, d->arena);
}

/* The role in force: what the session became, else what it came as. */
static struct slice role_of(const struct draft *d)
{
	const struct event_session *s = &d->effect.state;

	if (s->role.ptr)
		return s->role;
	if (s->user.ptr)
		return s->user;
	return d->q->exec->conn && d->q->exec->conn->user.len ? d->q->exec->conn->user : SLICE_NONE;
}

static struct slice database_of(const struct draft *d)
{
	const struct execution *x = d->q->exec;

	if (d->effect.state.database.ptr)
		return d->effect.state.database;
	if (!x->conn)
		return SLICE_NONE;
	if (x->system == SYSTEM_SQLITE)
		return x->conn->path.len ? x->conn->path : SLICE_NONE;
	return x->conn->database.len ? x->conn->database : SLICE_NONE;
}

static struct slice address_text(const struct db_connection *c, bool port, struct arena *arena)
{
	char text[INET6_ADDRSTRLEN + 8] = "";
	size_t n;

	if ((c->family != AF_INET && c->family != AF_INET6) || !inet_ntop(c->family, c->remote, text, INET6_ADDRSTRLEN))
		return SLICE_NONE;
	n = strlen(text);
	if (port)
		snprintf(text + n, sizeof(text) - n, ":%u", c->remote_port);
	return arena_dup(arena, slice_cstr(text));
}

/* Only for rules that ask for it: texts are made for each event. */
static void name_server(const struct draft *d, struct policy_question *q)
{
	const struct db_connection *c = d->q->exec->conn;

	if (!c || !(policy_asks(d->policy) & POLICY_ASKS_SERVER))
		return;
	q->server[0] = c->host;
	q->server[1] = address_text(c, false, d->arena);
	q->server[2] = address_text(c, true, d->arena);
	q->server[3] = c->path;
}

static struct policy_question question(const struct draft *d, const struct judge_context *jc)
{
	const struct execution *x = d->q->exec;

	return (struct policy_question){ .system = x->system_name,
					 .relations = d->g.relations,
					 .n = d->g.n,
					 .calls = d->g.calls,
					 .ncalls = d->g.ncalls,
					 .files = d->g.files,
					 .nfiles = d->g.nfiles,
					 .values = d->g.values,
					 .nvalues = d->g.nvalues,
					 .whole = d->whole,
					 .cut = d->g.cut,
					 .certainty = d->certainty,
					 .who = &jc->who,
					 .has_rows = x->has_rows,
					 .rows = x->rows,
					 .database = database_of(d),
					 .role = role_of(d),
					 .role_unknown = d->effect.state.role_unknown || d->effect.state.user_unknown,
					 .time_s = (int64_t)((x->start_ns + jc->wall_offset_ns) / 1000000000u) };
}

/* NULL: no key, nothing bound, or no memory: then the values are not shown. */
static const struct event_hash *parameter_hashes(const struct draft *d)
{
	const struct execution *x = d->q->exec;
	struct event_hash *v = x->nparameters ? arena_array(d->arena, x->nparameters, sizeof(*v)) : NULL;

	for (size_t i = 0; v && i < x->nparameters; i++)
		if (!policy_text_hash(d->policy, x->parameters[i].value, v[i].v))
			return NULL;
	return v;
}

static void fill(struct event_query *q, const struct draft *d)
{
	const struct execution *x = q->exec;

	q->relations = d->g.relations;
	q->nrelations = d->g.n;
	q->calls = d->g.calls;
	q->ncalls = d->g.ncalls;
	q->files = d->g.files;
	q->nfiles = d->g.nfiles;
	q->certainty = d->certainty;
	q->session = d->effect.state;
	q->chatter = chatter(q->sql, d->certainty, d->g.relations, d->g.n);
	q->parameters = parameter_hashes(d);
	q->has_hmac = x->text.ptr && !x->truncated && policy_text_hash(d->policy, x->text, q->hmac);
}

/* Did more than a secret go? A session that reads strings in another way could make a part of the statement look like one. */
static bool hides(const struct sql_result *whole, const struct sql_result *shown)
{
	for (size_t s = 0; s < whole->nstatements; s++)
		for (size_t i = 0; i < whole->statements[s].nrelations; i++) {
			const struct sql_relation *rel = &whole->statements[s].relations[i];
			bool found = rel->via > SQL_VIA_DYNAMIC; /* the others are guesses, and may be the secret itself */

			for (size_t t = 0; shown && t < shown->nstatements && !found; t++)
				for (size_t k = 0; k < shown->statements[t].nrelations && !found; k++)
					found = slice_eq(shown->statements[t].relations[k].name, rel->name);
			if (!found)
				return true;
		}
	return false;
}

int judge_text(const struct judge_context *jc, enum sql_dialect dialect, struct event_query *q, struct policy_question *ret_question,
	       struct policy_verdict *verdict)
{
	struct draft d = {
		.policy = jc->policy, .sessions = jc->sessions, .arena = jc->arena, .q = q, .dialect = dialect, .certainty = SQL_PARSED
	};
	int err = 0;

	if (q->exec->text_unknown)
		worsen(&d, SQL_DYNAMIC);
	if (q->exec->text.ptr)
		err = collect(&d);
	if (!err && jc->whole && hides(jc->whole, q->sql))
		worsen(&d, SQL_PARTIAL);
	if (!err)
		err = expand(&d);
	if (err)
		return err;
	if (q->exec->unreadable)
		d.certainty = SQL_UNREADABLE;
	fill(q, &d);
	*ret_question = question(&d, jc);
	name_server(&d, ret_question);
	return policy_match(jc->policy, ret_question, jc->arena, verdict);
}

int judge(const struct policy *policy, struct sessions *sessions, const struct event_context *ec, struct event_query *q,
	  struct policy_question *ret_question, struct policy_verdict *verdict)
{
	const struct execution *x = without_secrets(q->exec, ec->arena);
	struct judge_context jc = { .policy = policy,
				    .sessions = sessions,
				    .arena = ec->arena,
				    .who = asker_of(policy, ec, &q->exec->task),
				    .wall_offset_ns = ec->wall_offset_ns };
	int err;

	if (!x)
		return -ENOMEM;
	if (x != q->exec) {
		struct sql_options options = { .dialect = judge_dialect(x), .truncated = x->truncated };

		sessions_options(sessions, x, &options);
		sql_analyze(&options, q->exec->text, ec->arena, &jc.whole);
	}
	q->exec = x;
	err = judge_text(&jc, judge_dialect(x), q, ret_question, verdict);
	ret_question->who = NULL; /* ours */
	return err;
}

int judge_again(const struct policy *policy, const struct event_context *ec, const struct event_query *q, struct policy_question *question,
		struct policy_verdict *verdict)
{
	struct policy_who w = asker_of(policy, ec, &q->exec->task);
	int err;

	question->who = &w;
	question->has_rows = q->exec->has_rows;
	question->rows = q->exec->rows;
	err = policy_match(policy, question, ec->arena, verdict);
	question->who = NULL;
	return err;
}
