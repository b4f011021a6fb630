// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is behind a relation or routine that a statement names: the sensitive ones that it was made from. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/derived.h"

#define ABOUT_IT (SQL_CREATE | SQL_ALTER | SQL_DROP) /* touches no row of what it was made from */

static struct sql_relation *more_behind(struct in_session *in)
{
	struct session_effect *e = in->effect;
	size_t cap = in->behind_cap ? in->behind_cap * 2 : 8;
	struct sql_relation *v;

	if (e->nbehind < in->behind_cap)
		return &e->behind[e->nbehind++];
	v = arena_array(in->arena, cap, sizeof(*v));
	if (!v)
		return NULL;
	if (e->nbehind)
		memcpy(v, e->behind, e->nbehind * sizeof(*v));
	e->behind = v;
	in->behind_cap = cap;
	return &e->behind[e->nbehind++];
}

static struct slice keep(struct in_session *in, struct slice s)
{
	return s.ptr ? arena_dup(in->arena, s) : SLICE_NONE;
}

/* A view stands for what it reads; a copy only holds what was read, and writing to it reads nothing. */
static uint32_t passes_on(const struct derived *d, uint32_t access)
{
	if (d->view)
		return access & ~(uint32_t)(ABOUT_IT | SQL_TEMPORARY);
	return (access & (SQL_READ | SQL_COPY_OUT | SQL_UPDATE | SQL_DELETE | SQL_LOCK) ? SQL_READ : 0) | (access & SQL_COPY_OUT);
}

/* The statement names the origin itself. */
static bool is_named(const struct in_session *in, const struct name *n, uint32_t access)
{
	for (size_t i = 0; in->statement && i < in->statement->nrelations; i++) {
		const struct sql_relation *r = &in->statement->relations[i];

		if ((r->access & access) == access && r->via < SQL_VIA_LITERAL && slice_ieq(r->name, n->name) &&
		    derived_may_be(r->schema, n->schema))
			return true;
	}
	return false;
}

static int add_one(struct in_session *in, const struct derived *d, const struct sql_relation *r, const struct name *base, uint32_t access)
{
	struct sql_relation *to;

	if (in->effect->nbehind == BEHIND_MAX) {
		in->effect->cut = true;
		return 0;
	}
	to = more_behind(in);
	if (!to)
		return -ENOMEM;
	*to = (struct sql_relation){
		.catalog = keep(in, base->catalog),
		.schema = keep(in, base->schema),
		.name = keep(in, base->name),
		.access = access,
		.all_columns = true,
		.via = r->via,
		.behind = d->session ? SQL_BEHIND_SESSION : SQL_BEHIND_MEMORY,
		.through = r->name,
	};
	return 0;
}

static int add_behind(struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	uint32_t access = passes_on(d, r->access);
	int err = 0;

	for (size_t i = 0; access && i < d->nbases && !err; i++)
		if (!is_named(in, &d->base[i], access))
			err = add_one(in, d, r, &d->base[i], access);
	return err;
}

/* The same relation under the name that its schema had, where that is sensitive. */
static int add_renamed(struct in_session *in, const struct derived *d, const struct sql_relation *r)
{
	struct name old = { r->catalog, d->base[0].schema, r->name };
	struct sql_relation was = *r;

	was.schema = old.schema;
	if (!policy_touches(in->policy, in->x->system_name, &was, SQL_PARSED))
		return 0;
	return add_one(in, d, r, &old, r->access);
}

void derived_schema_renamed(struct in_session *in, struct slice from, struct slice to)
{
	struct derived d = { .schema = true, .view = true, .system = in->x->system, .nbases = 1 };
	struct sql_relation r = { .schema = to, .name = SLICE("*") };

	d.name = (struct name){ .schema = to, .name = SLICE("*") };
	d.base[0] = (struct name){ .schema = from, .name = SLICE("*") };
	if (from.len + to.len > NAME_MAX_BYTES / 2)
		return;
	for (struct derived *old = derived_next_schema(in, &r, NULL, true); old; old = derived_next_schema(in, &r, &old->node, false))
		if (slice_ieq(old->base[0].schema, from))
			return; /* to and fro */
	d.where = derived_where(in, &r);
	d.made = (struct derived_maker){ .loginuid = in->x->task.loginuid,
					 .uid = in->x->task.uid,
					 .wall_ns = in->x->start_ns + in->s->wall_offset_ns };
	derived_insert(in->s, &d);
}

/* Returns 0 or -ENOMEM; marks r when a temporary relation of the session may stand for it. */
int derived_behind(struct in_session *in, struct sql_relation *r)
{
	struct derived *d = derived_next(in, r, false, NULL, true);
	int err = 0;

	while (d && !err) {
		if (d->temporary && d->session && !(r->access & SQL_TEMPORARY))
			r->hidden = true;
		err = add_behind(in, d, r);
		derived_touch(in->s, d);
		d = derived_next(in, r, false, &d->node, false);
	}
	for (d = derived_next_schema(in, r, NULL, true); d && !err; d = derived_next_schema(in, r, &d->node, false))
		err = add_renamed(in, d, r);
	return err;
}

struct sql_relation derived_called(const struct sql_call *c)
{
	return (struct sql_relation){ .catalog = c->catalog, .schema = c->schema, .name = c->name, .access = SQL_READ };
}

/* A routine that was made from sensitive relations reads them when it is derived_called. */
int derived_behind_call(struct in_session *in, const struct sql_call *c)
{
	struct sql_relation r = derived_called(c);
	struct derived *d = derived_next(in, &r, true, NULL, true);
	int err = 0;

	for (; d && !err; d = derived_next(in, &r, true, &d->node, false)) {
		err = add_behind(in, d, &r);
		derived_touch(in->s, d);
	}
	return err;
}
