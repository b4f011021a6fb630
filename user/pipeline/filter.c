// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/filter.h"

#include <stdio.h>
#include <string.h>

#include "identity/person.h"

/* The human, by whatever evidence; "unset" for those of whom there is none. */
static bool match_user(struct slice want, const struct event_context *ctx, const struct rec_task *t)
{
	struct story s;
	uint64_t id;

	story_of(ctx->identity, t, &s);
	if (s.person.uid == REC_UNSET_ID)
		return slice_eq(want, SLICE("unset"));
	if (slice_u64(want, &id) == 0 && id == s.person.uid)
		return true;
	return slice_eq(want, identity_user_name(ctx->identity, s.person.uid));
}

static bool match_table(struct slice want, const struct event_query *q)
{
	char full[600];

	for (size_t i = 0; i < q->nrelations; i++) {
		const struct sql_relation *r = &q->relations[i];
		int n;

		if (slice_glob(want, r->name, true))
			return true;
		n = snprintf(full, sizeof(full), "%.*s.%.*s", (int)slice_head(r->schema, 250).len, r->schema.ptr ? r->schema.ptr : "",
			     (int)slice_head(r->name, 250).len, r->name.ptr);
		if (n > 0 && slice_glob(want, slice_mem(full, (size_t)n), true))
			return true;
	}
	return false;
}

static bool match_db(struct slice want, const struct event_query *q)
{
	const struct db_connection *c = q->exec->conn;

	if (slice_glob(want, q->exec->system_name, true))
		return true;
	if (c && ((c->database.len && slice_glob(want, c->database, true)) ||
		  (c->path.len && q->exec->system == SYSTEM_SQLITE && slice_glob(want, c->path, false))))
		return true;
	for (size_t i = 0; i < q->nrelations; i++)
		if (q->relations[i].catalog.len && slice_glob(want, q->relations[i].catalog, true))
			return true;
	return false;
}

static bool touches_sensitive(const struct event_query *q)
{
	return q->verdict->action == POLICY_ALERT || q->verdict->action == POLICY_LOG;
}

bool filter_match(const struct filter *f, const struct event_context *ctx, const struct event_query *q)
{
	const struct execution *x = q->exec;
	const struct rec_task *t = &x->task;

	if (f->has_pid && t->pid != f->pid)
		return false;
	if (f->has_euid && t->euid != f->euid)
		return false;
	if (f->user.ptr && !match_user(f->user, ctx, t))
		return false;
	if (f->comm.ptr && !slice_glob(f->comm, slice_mem(t->comm, strnlen(t->comm, REC_COMM_LEN)), false))
		return false;
	if (f->lib.ptr && (!x->library.len || !memmem(x->library.ptr, x->library.len, f->lib.ptr, f->lib.len)))
		return false;
	if (f->has_min_rows && (!x->has_rows || x->rows < f->min_rows))
		return false;
	if (f->failed && x->outcome != OUTCOME_FAILURE)
		return false;
	if (f->sensitive && !touches_sensitive(q))
		return false;
	if (f->table.ptr && !match_table(f->table, q))
		return false;
	return !f->db.ptr || match_db(f->db, q);
}
