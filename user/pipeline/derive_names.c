// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names that stand for something else, or for nothing, from now on: DROP, RENAME, ALTER SCHEMA. */
#include "base/cleanup.h"
#include "pipeline/derived.h"

bool derived_is_renamed(const struct sql_relation *r)
{
	return (r->access & (SQL_ALTER | SQL_CREATE)) == SQL_ALTER && r->via < SQL_VIA_LITERAL;
}

void derived_drop(struct in_session *in, const struct sql_relation *r)
{
	const struct session *t = session_find(in->s, in->x);
	struct derived *d, *next;

	if (in->x->outcome != OUTCOME_SUCCESS || (t && t->in_transaction))
		return;
	for (d = derived_next(in, r, false, NULL, true); d; d = next) {
		next = derived_next(in, r, false, &d->node, false);
		if (d->session ? d->session == t : slice_ieq(d->name.schema, r->schema))
			derived_forget(in->s, d);
	}
}

void derived_drop_routine(struct in_session *in, const struct sql_call *c)
{
	struct sql_relation r = derived_called(c);
	const struct session *t = session_find(in->s, in->x);
	struct derived *d, *next;

	if (in->x->outcome != OUTCOME_SUCCESS || (t && t->in_transaction))
		return;
	for (d = derived_next(in, &r, true, NULL, true); d; d = next) {
		next = derived_next(in, &r, true, &d->node, false);
		if (slice_ieq(d->name.schema, r.schema))
			derived_forget(in->s, d);
	}
}

/* RENAME of one: what the old name stood for has gone with it. Where names are swapped nothing is forgotten. */
void derived_leave_old_name(struct in_session *in, const struct sql_statement *st)
{
	const struct sql_relation *old = NULL;
	size_t made = 0, renamed = 0;

	if (!slice_starts(st->operation, SLICE("ALTER")) && !slice_starts(st->operation, SLICE("RENAME")))
		return;
	for (size_t i = 0; i < st->nrelations; i++) {
		made += (st->relations[i].access & SQL_CREATE) != 0;
		if (!derived_is_renamed(&st->relations[i]))
			continue;
		old = &st->relations[i];
		renamed++;
	}
	if (made == 1 && renamed == 1)
		derived_drop(in, old);
}

/* ALTER SCHEMA .. RENAME: each that lay in it, and what the policy knows by its old name. */
void derived_move_all(struct in_session *in, const struct sql_statement *st)
{
	size_t left = in->s->nmemory;
	uint64_t given_up;

	derived_schema_renamed(in, st->moved_from, st->moved_to);
	given_up = in->s->evictions;
	for (struct list *e = in->s->memory.next, *next; e != &in->s->memory && left; e = next, left--) {
		const struct derived *from = LIST_ENTRY(e, struct derived, in_scope);
		struct derived d = *from;

		next = e->next;
		if (from->system != in->x->system || !slice_ieq(from->name.schema, st->moved_from))
			continue;
		d.name.schema = st->moved_to;
		derived_insert(in->s, &d);        /* the old one stays: in another database it may be there still */
		if (in->s->evictions != given_up) /* next may have made room for it */
			return;
	}
}
