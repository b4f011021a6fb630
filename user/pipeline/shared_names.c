// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/shared_names.h"

void shared_names_closed(struct sessions *s, struct cursors *c, enum query_name_kind kind, const struct execution *x)
{
	if (kind == QUERY_NAME_CLOSED)
		sessions_close_name(s, x, false);
	if (kind == QUERY_NAME_CURSOR_CLOSED)
		sessions_close_name(s, x, true);
	if (kind == QUERY_NAME_CONNECTION)
		sessions_close(s, x);
	if (kind == QUERY_NAME_DATABASE)
		sessions_database(s, x);
	if (kind != QUERY_NAME_CLOSED && kind != QUERY_NAME_DATABASE)
		cursors_close(c, x);
}

static bool discards_all(const struct sql_statement *st)
{
	for (size_t i = 0; i < st->nsettings; i++)
		if (st->settings[i].kind == SQL_DISCARD_ALL && st->settings[i].reset && slice_starts(st->operation, SLICE("DISCARD")))
			return true;
	return false;
}

void shared_names_forget(struct query *query, const struct event_query *q)
{
	/* Of several in a string it is not known which one failed. */
	if (!q->sql || (q->exec->outcome == OUTCOME_FAILURE && q->sql->nstatements == 1))
		return;
	for (size_t i = 0; i < q->sql->nstatements; i++) {
		const struct sql_statement *st = &q->sql->statements[i];

		if (st->session == SQL_SESSION_FORGET && !st->cursor)
			query_forget(query, q->exec, st->session_name.len ? st->session_name : SLICE_NONE);
		if (discards_all(st))
			query_forget(query, q->exec, SLICE_NONE);
	}
}

const struct execution *shared_names_text(struct sessions *s, const struct execution *x, struct arena *arena)
{
	struct execution *copy;
	struct slice text;

	if (!x->text_unknown || x->text.ptr || sessions_statement(s, x, arena, &text))
		return x;
	copy = arena_alloc(arena, sizeof(*copy));
	if (!copy)
		return x;
	*copy = *x;
	copy->text = text;
	copy->text_len = text.len;
	copy->text_unknown = false;
	return copy;
}
