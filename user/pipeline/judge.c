// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/judge.h"

#include <errno.h>
#include <string.h>

#include "redact/redact.h"

/* Merging compares each with each: beyond this many relations they are kept apart. */
enum { MERGE_MAX = 512 };

enum sql_dialect judge_dialect(enum client_system system)
{
	switch (system) {
	case SYSTEM_POSTGRESQL:
		return SQL_POSTGRES;
	case SYSTEM_MYSQL:
		return SQL_MYSQL;
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

static bool same_relation(const struct sql_relation *a, const struct sql_relation *b)
{
	return slice_eq(a->name, b->name) && slice_eq(a->schema, b->schema) && slice_eq(a->catalog, b->catalog) &&
	       slice_eq(a->server, b->server) && slice_eq(a->link, b->link);
}

static int merge_columns(struct sql_relation *to, const struct sql_relation *from, struct arena *arena)
{
	struct sql_column *v = arena_array(arena, to->ncolumns + from->ncolumns + 1, sizeof(*v));
	size_t n = to->ncolumns;

	if (!v)
		return -ENOMEM;
	if (n)
		memcpy(v, to->columns, n * sizeof(*v));
	for (size_t i = 0; i < from->ncolumns; i++) {
		size_t k = 0;

		while (k < to->ncolumns && !slice_eq(v[k].name, from->columns[i].name))
			k++;
		if (k == to->ncolumns)
			v[n++] = from->columns[i];
		else
			v[k].use |= from->columns[i].use;
	}
	to->columns = v;
	to->ncolumns = n;
	return 0;
}

struct gather {
	struct sql_relation *v;
	size_t n;
	struct arena *arena;
};

static int gather_result(struct gather *g, const struct sql_result *r)
{
	for (size_t s = 0; s < r->nstatements; s++) {
		for (size_t i = 0; i < r->statements[s].nrelations; i++) {
			const struct sql_relation *rel = &r->statements[s].relations[i];
			size_t k = g->n < MERGE_MAX ? 0 : g->n;

			while (k < g->n && !same_relation(&g->v[k], rel))
				k++;
			if (k == g->n) {
				g->v[g->n++] = *rel;
				continue;
			}
			g->v[k].access |= rel->access;
			if (rel->via < g->v[k].via)
				g->v[k].via = rel->via;
			g->v[k].all_columns |= rel->all_columns;
			if (merge_columns(&g->v[k], rel, g->arena))
				return -ENOMEM;
		}
	}
	return 0;
}

static size_t count_relations(const struct sql_result *r)
{
	size_t n = 0;

	for (size_t s = 0; s < r->nstatements; s++)
		n += r->statements[s].nrelations;
	return n;
}

/* The relations of the text and of what it runs by name, together. */
static int all_relations(const struct sql_result *r, const struct sql_result **extra, size_t nextra, struct arena *arena,
			 const struct sql_relation **ret, size_t *ret_n)
{
	struct gather g = { .arena = arena };
	size_t total = count_relations(r);
	int err;

	if (r->nstatements == 1 && !nextra) {
		*ret = r->statements[0].relations;
		*ret_n = r->statements[0].nrelations;
		return 0;
	}
	for (size_t i = 0; i < nextra; i++)
		total += count_relations(extra[i]);
	g.v = arena_array(arena, total + 1, sizeof(*g.v));
	if (!g.v)
		return -ENOMEM;
	err = gather_result(&g, r);
	for (size_t i = 0; i < nextra && !err; i++)
		err = gather_result(&g, extra[i]);
	if (err)
		return err;
	*ret = g.v;
	*ret_n = g.n;
	return 0;
}

static struct policy_who who(const struct event_context *ec, const struct rec_task *t)
{
	const struct process *proc = identity_process(ec->identity, t->pid, t->start_ns);

	return (struct policy_who){ .has_loginuid = t->loginuid != REC_UNSET_ID,
				    .loginuid = t->loginuid,
				    .user = event_human(ec, t),
				    .uid = t->uid,
				    .euid = t->euid,
				    .exe = proc ? proc->path : SLICE_NONE,
				    .comm = slice_mem(t->comm, strnlen(t->comm, REC_COMM_LEN)) };
}

/* The same execution with the secrets in its text replaced: neither names nor texts that come out of it can hold them. */
static const struct execution *without_secrets(const struct execution *x, struct arena *arena)
{
	struct slice text = redact_sql(judge_dialect(x->system), x->text, arena);
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

int judge(const struct policy *policy, struct sessions *sessions, const struct event_context *ec, struct event_query *q,
	  struct policy_verdict *verdict)
{
	const struct execution *x = without_secrets(q->exec, ec->arena);
	struct policy_who asks = who(ec, &q->exec->task);
	const struct sql_result *r = NULL;
	enum sql_certainty certainty = SQL_PARSED, more;
	struct sql_relation *expanded;
	int err;

	if (!x)
		return -ENOMEM;
	q->exec = x;
	if (x->text_unknown)
		certainty = SQL_DYNAMIC;
	if (x->text.ptr) {
		const struct sql_result **extra;
		size_t nextra;

		struct sql_options options = { .dialect = judge_dialect(x->system), .truncated = x->truncated };

		sql_analyze(&options, x->text, ec->arena, &r);
		certainty = r->certainty > certainty ? r->certainty : certainty;
		more = sessions_apply(sessions, x, judge_dialect(x->system), r, ec->arena, &extra, &nextra);
		certainty = more > certainty ? more : certainty;
		err = all_relations(r, extra, nextra, ec->arena, &q->relations, &q->nrelations);
		if (err)
			return err;
	}
	if (x->unreadable)
		certainty = SQL_UNREADABLE;
	err = policy_expand(policy, q->relations, q->nrelations, ec->arena, &expanded, &q->nrelations);
	if (err)
		return err;
	q->relations = expanded;
	q->sql = r;
	q->certainty = certainty;
	return policy_match(policy, x->system_name, q->relations, q->nrelations, certainty, &asks, ec->arena, verdict);
}
