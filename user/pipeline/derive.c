// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a statement makes of sensitive relations. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/derived.h"

#define TARGETS (SQL_CREATE | SQL_INSERT | SQL_UPDATE)

static struct derived *next_named(const struct in_session *in, const struct sql_relation *r, struct hnode *n, bool start)
{
	return derived_next(in, r, false, n, start);
}

static bool is_temporary(const struct in_session *in, const struct sql_relation *r)
{
	const struct derived *d;

	if (r->name.len > 1 && r->name.ptr[0] == '#') /* T-SQL; ## is for all sessions */
		return r->name.ptr[1] != '#';
	if (r->access & SQL_TEMPORARY)
		return true;
	if (r->schema.ptr && !derived_schema(r->schema).ptr)
		return true;
	for (d = next_named(in, r, NULL, true); d; d = next_named(in, r, (struct hnode *)&d->node, false))
		if (d->session && d->temporary)
			return true;
	return false;
}

static struct derived *find_own(const struct in_session *in, const struct sql_relation *r, bool routine, const struct session *t)
{
	struct derived *d = derived_next(in, r, routine, NULL, true);

	while (d && d->session != t)
		d = derived_next(in, r, routine, &d->node, false);
	return d;
}

static bool has_base(const struct derived *d, const struct name *n)
{
	for (size_t i = 0; i < d->nbases; i++)
		if (slice_ieq(d->base[i].name, n->name) && slice_ieq(d->base[i].schema, n->schema) &&
		    slice_ieq(d->base[i].catalog, n->catalog))
			return true;
	return false;
}

static void add_base(struct derived *d, const struct name *n)
{
	if (d->nbases < BASES_MAX && derived_name_bytes(n) <= NAME_MAX_BYTES && !has_base(d, n))
		d->base[d->nbases++] = *n;
}

/* Remembers that target was made from the bases of d, besides what it was made from before. */
static void remember(struct in_session *in, const struct sql_relation *target, struct derived *d)
{
	struct session *t = NULL;
	struct derived *old;
	size_t known;

	d->temporary |= is_temporary(in, target);
	d->name = (struct name){ target->catalog, derived_schema(target->schema), target->name };
	if (derived_name_bytes(&d->name) > NAME_MAX_BYTES)
		return; /* longer than any server's names */
	if (d->temporary)
		t = session_get(in->s, in->x);
	if (d->temporary && !t)
		return;
	d->session = t;
	d->uncommitted = t && t->in_transaction && in->x->system != SYSTEM_MYSQL;
	d->system = in->x->system;
	d->where = derived_where(in, target);
	old = find_own(in, target, d->routine, t);
	d->made = old ? old->made
		      : (struct derived_maker){ .loginuid = in->x->task.loginuid,
						.uid = in->x->task.uid,
						.wall_ns = in->x->start_ns + in->s->wall_offset_ns };
	known = old ? old->nbases : 0;
	for (size_t i = 0; i < known; i++)
		add_base(d, &old->base[i]);
	if (old && d->nbases == known)
		return;
	if (old)
		derived_touch(in->s, old); /* not the one that makes room: its texts are still in use */
	derived_insert(in->s, d);
	if (old)
		derived_forget(in->s, old);
}

/* Only compared, sorted or grouped by: no data of it is passed on. */
static bool only_filters(const struct sql_relation *r)
{
	for (size_t i = 0; i < r->ncolumns; i++)
		if ((r->columns[i].use & ~(uint32_t)SQL_USE_AMBIGUOUS) != SQL_USE_FILTER)
			return false;
	return r->ncolumns && !r->all_columns;
}

/* What these assign counts as compared with. */
static bool assigns(const struct sql_statement *st)
{
	return slice_eq(st->operation, SLICE("UPDATE")) || slice_eq(st->operation, SLICE("MERGE"));
}

/* Data flows from it into what the statement writes. */
static bool is_source(const struct sql_statement *st, const struct sql_relation *r)
{
	if (r->via == SQL_VIA_LITERAL && r->link.ptr && slice_eq(st->operation, SLICE("CREATE TABLE")))
		return true; /* what a foreign table stands for */
	if (r->via >= SQL_VIA_LITERAL || (only_filters(r) && !assigns(st)))
		return false;
	if (r->access & (SQL_READ | SQL_DELETE | SQL_UPDATE)) /* these two RETURNING, into another one */
		return true;
	/* RENAME: the old name is altered, the new one created; of several in turn, one may be both. */
	return (r->access & SQL_ALTER) && (!(r->access & SQL_CREATE) || slice_starts(st->operation, SLICE("RENAME"))) &&
	       !slice_starts(st->operation, SLICE("CREATE INDEX"));
}

static bool sensitive(const struct in_session *in, const struct sql_statement *st, const struct sql_relation *r)
{
	return policy_touches(in->policy, in->x->system_name, r, st->certainty);
}

/* A virtual table may be a view of another one, which it names in a string: fts5(.., content='t'). */
static void gather_contents(const struct in_session *in, const struct sql_statement *st, struct derived *d)
{
	for (size_t i = 0; i < st->nliterals; i++) {
		struct sql_relation r = { .name = st->literals[i].value, .access = SQL_READ, .all_columns = true };

		if (st->literals[i].string && r.name.len && r.name.len <= NAME_MAX_BYTES && sensitive(in, st, &r))
			add_base(d, &(struct name){ .name = r.name });
	}
}

/* The sensitive origins among relations. */
static void gather_bases(const struct in_session *in, const struct sql_statement *st, const struct sql_relation *v, size_t n,
			 const struct sql_relation *target, struct derived *d)
{
	for (size_t i = 0; i < n; i++) {
		if (&v[i] == target || !is_source(st, &v[i]) || !sensitive(in, st, &v[i]))
			continue;
		add_base(d, &(struct name){ v[i].catalog, v[i].schema, v[i].name });
	}
	if (slice_eq(st->operation, SLICE("CREATE TABLE")) && in->x->system == SYSTEM_SQLITE)
		gather_contents(in, st, d);
	/* What a source was made from itself, also where its rows are not touched: RENAME. */
	for (size_t i = 0; i < st->nrelations; i++) {
		struct derived *from = &v[i] != target && is_source(st, &v[i]) ? next_named(in, &v[i], NULL, true) : NULL;

		for (; from; from = next_named(in, &v[i], &from->node, false))
			for (size_t k = 0; k < from->nbases; k++)
				add_base(d, &from->base[k]);
	}
}

static bool makes_view(const struct sql_statement *st)
{
	return memmem(st->operation.ptr ? st->operation.ptr : "", st->operation.len, "VIEW", 4) ||
	       slice_eq(st->operation, SLICE("CREATE SYNONYM"));
}

/* A temporary one stays temporary under its new name. */
static bool renames_temporary(const struct in_session *in, const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nrelations; i++)
		if (derived_is_renamed(&st->relations[i]) && is_temporary(in, &st->relations[i]))
			return true;
	return false;
}

/* expanded: the statement's relations, then what is behind them. */
static void learn(struct in_session *in, const struct sql_statement *st, const struct sql_relation *target,
		  const struct sql_relation *expanded, size_t n)
{
	struct derived d = { .view = makes_view(st), .temporary = renames_temporary(in, st) };
	bool itself = sensitive(in, st, target);

	gather_bases(in, st, expanded, n, target, &d);
	if (itself && !(target->access & SQL_TEMPORARY) && !d.temporary)
		return;                                                              /* its name says enough */
	if (d.nbases || (target->access & SQL_TEMPORARY) || (itself && d.temporary)) /* one that bears, and hides, a sensitive name */
		remember(in, target, &d);
}

static void learn_routine(struct in_session *in, const struct sql_statement *st, const struct sql_relation *expanded, size_t n)
{
	struct sql_relation target = derived_called(&st->routine);
	struct derived d = { .routine = true };

	gather_bases(in, st, expanded, n, &target, &d);
	if (d.nbases)
		remember(in, &target, &d);
}

/* MySQL: HANDLER t OPEN AS h. */
static void learn_handler(struct in_session *in, const struct sql_statement *st, const struct sql_relation *expanded, size_t n)
{
	const struct sql_relation target = { .name = st->relations[0].alias, .access = SQL_CREATE | SQL_TEMPORARY };
	struct derived d = { .view = true };

	gather_bases(in, st, expanded, n, &target, &d);
	if (d.nbases)
		remember(in, &target, &d);
}

/* ATTACH PARTITION, INHERIT and EXCHANGE put one into the other; a rule makes one answer with another. */
static bool alters_into(const struct sql_statement *st)
{
	size_t altered = 0;

	for (size_t i = 0; i < st->nrelations; i++)
		altered += (st->relations[i].access & (SQL_ALTER | SQL_CREATE)) == SQL_ALTER && st->relations[i].via < SQL_VIA_LITERAL;
	return altered > 1 || slice_eq(st->operation, SLICE("CREATE RULE"));
}

static bool is_target(const struct sql_statement *st, const struct sql_relation *r)
{
	if (r->via >= SQL_VIA_LITERAL)
		return false;
	return (r->access & TARGETS) || ((r->access & SQL_ALTER) && alters_into(st));
}

static bool opens_handler(const struct sql_statement *st)
{
	return slice_eq(st->operation, SLICE("HANDLER")) && st->nrelations == 1 && st->relations[0].alias.len;
}

static bool writes(const struct sql_statement *st)
{
	if (st->routine.name.ptr || st->ndropped || st->moved_to.ptr || opens_handler(st))
		return true;
	for (size_t i = 0; i < st->nrelations; i++)
		if (is_target(st, &st->relations[i]) || ((st->relations[i].access & SQL_DROP) && st->relations[i].via < SQL_VIA_LITERAL))
			return true;
	return false;
}

/* The statement's relations and what is behind them, by derivation and by views of the policy. */
static int expand_all(struct in_session *in, const struct sql_statement *st, size_t behind_from, struct sql_relation **ret, size_t *ret_n)
{
	size_t more = in->effect->nbehind - behind_from;
	struct sql_relation *v = arena_array(in->arena, st->nrelations + more + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	memcpy(v, st->relations, st->nrelations * sizeof(*v));
	for (size_t i = 0; i < st->nrelations; i++)
		if (is_source(st, &v[i]))
			v[i].access |= SQL_READ; /* a view that is renamed, too, leads to what it reads */
	if (more)
		memcpy(v + st->nrelations, in->effect->behind + behind_from, more * sizeof(*v));
	return policy_expand(in->policy, v, st->nrelations + more, st->calls, st->ncalls, in->arena, ret, ret_n);
}

/* ALTER .. SET SCHEMA: the same relations, elsewhere. */
static void move(struct in_session *in, const struct sql_statement *st, const struct sql_relation *expanded, size_t n)
{
	for (size_t i = 0; i < st->nrelations; i++) {
		struct sql_relation target = st->relations[i];

		if (!(target.access & SQL_ALTER) || target.via >= SQL_VIA_LITERAL)
			continue;
		target.schema = st->moved_to;
		target.access = SQL_CREATE;
		learn(in, st, &target, expanded, n);
		derived_drop(in, &st->relations[i]);
	}
}

/* VACUUM copies each table into a database of its own, which is gone afterwards. */
static bool is_vacuum(const struct in_session *in, const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nrelations && in->x->inner; i++)
		if (slice_starts(st->relations[i].schema, SLICE("vacuum_")))
			return true;
	return false;
}

/* PostgreSQL: ALTER TABLE s.a RENAME TO b. */
static void stays_in_schema(const struct in_session *in, const struct sql_statement *st, struct sql_relation *target)
{
	if (in->x->system != SYSTEM_POSTGRESQL || !slice_starts(st->operation, SLICE("ALTER")) || target->schema.ptr ||
	    !(target->access & SQL_CREATE))
		return;
	for (size_t i = 0; i < st->nrelations; i++)
		if (derived_is_renamed(&st->relations[i]))
			target->schema = st->relations[i].schema;
}

/* Oracle: SELECT f FROM dual calls f, if there is one. */
static int behind_columns(struct in_session *in, const struct sql_relation *r)
{
	int err = 0;

	for (size_t i = 0; i < r->ncolumns && !err; i++)
		err = derived_behind_call(in, &(struct sql_call){ .name = r->columns[i].name });
	return err;
}

int derived_apply(struct in_session *in, struct sql_statement *st)
{
	size_t behind_from = in->effect->nbehind, n;
	struct sql_relation *expanded;
	int err = 0;

	in->statement = st;
	for (size_t i = 0; i < st->nrelations && !err && in->s->derived.count; i++)
		err = derived_behind(in, &st->relations[i]);
	for (size_t i = 0; i < st->nrelations && !err && in->s->derived.count && in->x->system == SYSTEM_ORACLE; i++)
		err = behind_columns(in, &st->relations[i]);
	for (size_t i = 0; i < st->ncalls && !err && in->s->derived.count; i++)
		err = derived_behind_call(in, &st->calls[i]);
	if (err || !writes(st) || is_vacuum(in, st) || (in->alone && in->x->outcome == OUTCOME_FAILURE))
		return err;
	err = expand_all(in, st, behind_from, &expanded, &n);
	if (!err && st->routine.name.ptr)
		learn_routine(in, st, expanded, n);
	if (!err && opens_handler(st))
		learn_handler(in, st, expanded, n);
	if (!err && st->moved_from.ptr)
		derived_move_all(in, st);
	else if (!err && st->moved_to.ptr)
		move(in, st, expanded, n);
	for (size_t i = 0; i < st->ndropped && !err; i++)
		derived_drop_routine(in, &st->dropped[i]);
	for (size_t i = 0; i < st->nrelations && !err; i++) {
		if (is_target(st, &st->relations[i])) {
			stays_in_schema(in, st, &expanded[i]);
			learn(in, st, &expanded[i], expanded, n);
		} else if ((st->relations[i].access & SQL_DROP) && st->relations[i].via < SQL_VIA_LITERAL)
			derived_drop(in, &st->relations[i]);
	}
	if (!err)
		derived_leave_old_name(in, st);
	return err;
}
