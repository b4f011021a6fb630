// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Settings of a session: SET, USE, ATTACH, and the transaction that may undo them. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/session_internal.h"

static void set_text(struct setting *v, struct slice text)
{
	char *copy = NULL;

	text = slice_head(text, SESSION_TEXT_MAX);
	if (text.ptr) {
		copy = malloc(text.len + 1);
		if (copy)
			memcpy(copy, text.ptr, text.len);
	}
	free(v->text);
	*v = (struct setting){ .text = copy, .len = copy ? text.len : 0 };
}

void vars_done(struct vars *v)
{
	for (unsigned i = 0; i < VARS; i++)
		free(v->v[i].text);
	*v = (struct vars){ 0 };
}

void vars_database(struct session *t)
{
	set_text(&t->now.v[VAR_DATABASE], SLICE_NONE);
	set_text(&t->before.v[VAR_DATABASE], SLICE_NONE);
}

static void copy_vars(struct vars *to, const struct vars *from)
{
	vars_done(to);
	to->strings_unknown = from->strings_unknown;
	for (unsigned i = 0; i < VARS; i++) {
		set_text(&to->v[i], slice_mem(from->v[i].text, from->v[i].len));
		to->v[i].unknown = from->v[i].unknown;
	}
}

static void set_value(struct setting *v, const struct sql_setting *to)
{
	/* USE names what it sets; others give it as a value. */
	struct slice value = to->value.ptr || to->kind != SQL_SET_DATABASE ? to->value : to->name;

	set_text(v, to->reset ? SLICE_NONE : value);
	v->unknown = !to->reset && !v->text;
}

void attached_clear(struct session *t)
{
	for (size_t i = 0; i < t->nattached; i++) {
		free(t->attached[i].name);
		free(t->attached[i].file);
	}
	t->nattached = 0;
	t->attached_more = false;
}

static void detach(struct session *t, struct slice name)
{
	for (size_t i = 0; i < t->nattached; i++) {
		if (!slice_ieq(slice_cstr(t->attached[i].name), name))
			continue;
		free(t->attached[i].name);
		free(t->attached[i].file);
		t->attached[i] = t->attached[--t->nattached];
		return;
	}
}

static char *copy_text(struct slice s)
{
	s = slice_head(s, SESSION_TEXT_MAX);
	return strndup(s.ptr ? s.ptr : "", s.len);
}

static void attach(struct in_session *in, struct session *t, struct slice name, struct slice file)
{
	struct attached a;

	if (!t->attached)
		t->attached = calloc(SESSION_ATTACHED_MAX, sizeof(*t->attached));
	detach(t, name);
	a = (struct attached){ .name = copy_text(name), .file = copy_text(file) };
	if (!a.name || !a.file || !t->attached || t->nattached == SESSION_ATTACHED_MAX) {
		t->attached_more = true;
		in->s->evictions++;
		free(a.name);
		free(a.file);
		return;
	}
	t->attached[t->nattached++] = a;
}

/* What SQL text is in strings depends on it; a name or a value decides, so "off" in any form makes both readings possible. */
static void set_strings(struct session *t, const struct sql_setting *v)
{
	bool on = v->reset || slice_ieq(v->value, SLICE("on")) || slice_ieq(v->value, SLICE("true")) || slice_ieq(v->value, SLICE("yes")) ||
		  slice_eq(v->value, SLICE("1"));

	t->now.strings_unknown = !on;
}

static void discard_all(struct in_session *in, struct session *t, const struct sql_statement *st, bool temporary)
{
	bool all = slice_starts(st->operation, SLICE("DISCARD")); /* RESET ALL leaves names, relations and the role */

	if (all && temporary) {
		derived_clear(in->s, t);
		return;
	}
	if (!all) {
		set_text(&t->now.v[VAR_SEARCH_PATH], SLICE_NONE);
		t->now.strings_unknown = false;
		return;
	}
	vars_done(&t->now);
	vars_done(&t->before);
	t->in_transaction = t->implicit = t->aborted = false;
	names_clear(in->s, t);
	derived_clear(in->s, t);
}

static void copy_setting(struct setting *to, const struct setting *from)
{
	set_text(to, slice_mem(from->text, from->len));
	to->unknown = from->unknown;
}

static void begin(struct session *t)
{
	if (t->in_transaction)
		return;
	copy_vars(&t->before, &t->now);
	t->in_transaction = true;
	t->aborted = false;
	t->local = 0;
}

static bool same_setting(const struct setting *a, const struct setting *b)
{
	return a->unknown == b->unknown && slice_eq(slice_mem(a->text, a->len), slice_mem(b->text, b->len));
}

/* Who asks is as it was at the beginning, or what was set since: a rule must not trust either. */
static void doubt_changes(struct session *t)
{
	for (unsigned i = VAR_ROLE; i <= VAR_USER; i++)
		if (!same_setting(&t->now.v[i], &t->before.v[i]))
			t->now.v[i].unknown = true;
}

static void commit(struct in_session *in, struct session *t)
{
	if (t->in_transaction && t->aborted) {
		doubt_changes(t);
		derived_settle(in->s, t, true);
	} else {
		derived_settle(in->s, t, false);
	}
	for (unsigned i = 0; t->in_transaction && i < VARS; i++)
		if (t->local & (1u << i))
			copy_setting(&t->now.v[i], &t->before.v[i]);
	if (t->in_transaction && (t->local & (1u << VAR_STRINGS)))
		t->now.strings_unknown = t->before.strings_unknown;
	t->in_transaction = t->implicit = t->aborted = false;
}

/* MySQL undoes no SET. */
static void roll_back(struct in_session *in, struct session *t)
{
	if (t->in_transaction && in->x->system != SYSTEM_MYSQL)
		copy_vars(&t->now, &t->before);
	derived_settle(in->s, t, true);
	t->in_transaction = t->implicit = t->aborted = false;
}

/* To a savepoint: what was set before it holds, but not which that was. */
static void roll_back_to(struct in_session *in, struct session *t)
{
	if (in->x->system != SYSTEM_MYSQL)
		doubt_changes(t);
	derived_settle(in->s, t, true);
	t->aborted = false;
}

void vars_end_string(struct in_session *in, struct session *t)
{
	if (t->implicit)
		commit(in, t);
	t->aborted |= t->in_transaction && in->x->outcome == OUTCOME_FAILURE && in->x->system == SYSTEM_POSTGRESQL;
}

static bool differs(const struct setting *v, struct slice shown, bool unknown)
{
	return v->unknown != unknown || !slice_eq(slice_mem(v->text, v->len), shown);
}

bool vars_role_differs(const struct session *t, const struct event_session *shown)
{
	return differs(&t->now.v[VAR_ROLE], shown->role, shown->role_unknown) ||
	       differs(&t->now.v[VAR_USER], shown->user, shown->user_unknown);
}

/* SET LOCAL outside a transaction holds for the rest of its string, which is one. */
static void mark_local(struct in_session *in, struct session *t, unsigned var, bool local)
{
	if (local && !t->in_transaction) {
		begin(t);
		t->implicit = !in->alone;
		t->in_transaction = t->implicit;
	}
	if (local)
		t->local |= 1u << var;
	else
		t->local &= ~(1u << var);
}

static void apply_transaction(struct in_session *in, struct session *t, const struct sql_setting *v)
{
	if (v->kind == SQL_TX_COMMIT)
		commit(in, t);
	else if (v->kind == SQL_TX_ROLLBACK && v->local && t->in_transaction)
		roll_back_to(in, t);
	else if (v->kind == SQL_TX_ROLLBACK)
		roll_back(in, t);
	if (v->kind == SQL_TX_BEGIN || v->reset)
		begin(t);
}

/* Of several in a string it is not known which one failed, and a failed string may have been undone. */
static void set_who(struct in_session *in, struct session *t, unsigned var, const struct sql_setting *v)
{
	set_value(&t->now.v[var], v);
	if (var == VAR_USER) { /* the role is that of the user again */
		set_text(&t->now.v[VAR_ROLE], SLICE_NONE);
		if (v->local)
			t->local |= 1u << VAR_ROLE;
	}
	if (in->x->outcome == OUTCOME_FAILURE)
		t->now.v[var].unknown = true;
}

/* A function, or a view of the server's, that sets what it is told to: is it who asks? */
static bool may_set_role(const struct sql_statement *st)
{
	/* What clients set so every day; a name with a dot is the application's own. */
	static const char *const other[] = { "search_path",  "application_name", "statement_timeout", "lock_timeout",
					     "bytea_output", "timezone",         "datestyle",         NULL };
	bool sets = false, harmless = false;

	for (size_t i = 0; i < st->ncalls; i++)
		sets |= slice_ieq(st->calls[i].name, SLICE("set_config"));
	for (size_t i = 0; i < st->nrelations; i++)
		if (slice_ieq(st->relations[i].name, SLICE("pg_settings")) && (st->relations[i].access & SQL_WRITES))
			return true;
	for (size_t i = 0; i < st->nliterals && sets; i++) {
		struct slice v = st->literals[i].value;

		if (slice_ieq(v, SLICE("role")) || slice_ieq(v, SLICE("session_authorization")))
			return true;
		harmless |= slice_ieq_any(v, other) || memchr(v.ptr ? v.ptr : "", '.', v.len);
	}
	return sets && !harmless;
}

static void apply(struct in_session *in, struct session *t, const struct sql_statement *st, const struct sql_setting *v)
{
	static const unsigned char vars[] = {
		[SQL_SET_SEARCH_PATH] = VAR_SEARCH_PATH,
		[SQL_SET_DATABASE] = VAR_DATABASE,
		[SQL_SET_ROLE] = VAR_ROLE,
		[SQL_SET_USER] = VAR_USER,
		[SQL_SET_SQL_MODE] = VAR_SQL_MODE,
		[SQL_SET_STRINGS] = VAR_STRINGS,
	};

	switch (v->kind) {
	case SQL_SET_SEARCH_PATH:
	case SQL_SET_DATABASE:
	case SQL_SET_ROLE:
	case SQL_SET_USER:
	case SQL_SET_SQL_MODE:
		mark_local(in, t, vars[v->kind], v->local);
		if (v->local && !t->in_transaction)
			break;
		if (v->kind == SQL_SET_ROLE || v->kind == SQL_SET_USER)
			set_who(in, t, vars[v->kind], v);
		else
			set_value(&t->now.v[vars[v->kind]], v);
		break;
	case SQL_SET_STRINGS:
		mark_local(in, t, VAR_STRINGS, v->local);
		if (!v->local || t->in_transaction)
			set_strings(t, v);
		break;
	case SQL_ATTACH:
		attach(in, t, v->name, v->value);
		break;
	case SQL_DETACH:
		detach(t, v->name);
		break;
	case SQL_DISCARD_ALL:
		discard_all(in, t, st, !v->reset);
		break;
	case SQL_TX_BEGIN:
	case SQL_TX_COMMIT:
	case SQL_TX_ROLLBACK:
		apply_transaction(in, t, v);
		break;
	}
}

void vars_apply(struct in_session *in, const struct sql_statement *st)
{
	struct session *doubted;

	/* A failed statement set nothing; of several in a string it is not known which one failed. */
	if (in->alone && in->x->outcome == OUTCOME_FAILURE)
		return;
	if (in->x->system == SYSTEM_POSTGRESQL && may_set_role(st)) {
		doubted = session_get(in->s, in->x);
		if (doubted)
			doubted->now.v[VAR_ROLE].unknown = doubted->now.v[VAR_USER].unknown = true;
	}
	for (size_t i = 0; i < st->nsettings; i++) {
		struct session *t = session_get(in->s, in->x);

		if (t)
			apply(in, t, st, &st->settings[i]);
	}
}

static struct slice shown(const struct setting *v, struct arena *arena)
{
	return v->text ? arena_dup(arena, slice_mem(v->text, v->len)) : SLICE_NONE;
}

void vars_show(const struct session *t, struct arena *arena, struct event_session *ret)
{
	struct event_attached *a = t->nattached ? arena_array(arena, t->nattached, sizeof(*a)) : NULL;

	for (size_t i = 0; a && i < t->nattached; i++)
		a[i] = (struct event_attached){ arena_dup(arena, slice_cstr(t->attached[i].name)),
						arena_dup(arena, slice_cstr(t->attached[i].file)) };
	*ret = (struct event_session){ .database = shown(&t->now.v[VAR_DATABASE], arena),
				       .search_path = shown(&t->now.v[VAR_SEARCH_PATH], arena),
				       .role = shown(&t->now.v[VAR_ROLE], arena),
				       .user = shown(&t->now.v[VAR_USER], arena),
				       .sql_mode = shown(&t->now.v[VAR_SQL_MODE], arena),
				       .role_unknown = t->now.v[VAR_ROLE].unknown,
				       .user_unknown = t->now.v[VAR_USER].unknown,
				       .attached = a,
				       .nattached = a ? t->nattached : 0 };
}
