// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Sensitive tables named in string constants: text that a function may run (query_to_xml, dblink, sp_executesql) is a string to the reader.
 * Each word of a string is looked up among the tables; a pattern that any word would match (*) is left out.
 */
#include <errno.h>

#include "base/ascii.h"
#include "policy/explain.h"
#include "policy/literals.h"

struct scan {
	const struct policy *p;
	struct slice system;
	const struct sql_relation *known;
	size_t nknown;
	struct arena *arena;
	struct sql_relation *v;
	size_t n;
	uint64_t steps;
	bool cut;
};

/* A pattern that says something about the name. */
static bool is_selective(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] != '*' && pattern.ptr[i] != '?')
			return true;
	return false;
}

static bool names_table(struct scan *s, const struct sql_relation *r)
{
	const struct rel_entry *e;
	struct rel_cursor cursor;
	bool found = false;

	rel_index_begin(&s->p->tables, r, &cursor);
	while (!found && (e = rel_index_next(&cursor)))
		found = is_selective(e->pattern.name) && policy_system_matches(&s->p->config->tables[e->id].systems, s->system);
	s->steps += 1 + cursor.names.steps;
	return found;
}

static bool is_told(const struct sql_relation *v, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_ieq(v[i].name, name))
			return true;
	return false;
}

static int on_word(struct scan *s, struct slice word)
{
	struct sql_relation r = { .name = word, .access = SQL_READ, .via = SQL_VIA_LITERAL, .all_columns = true };

	if (s->steps > POLICY_MENTION_STEPS) {
		s->cut = true;
		return 0;
	}
	if (!names_table(s, &r) || is_told(s->v, s->n, word) || is_told(s->known, s->nknown, word))
		return 0;
	if (s->n == POLICY_MENTIONS_MAX) {
		s->cut = true;
		return 0;
	}
	if (!s->v) {
		s->v = arena_array(s->arena, POLICY_MENTIONS_MAX, sizeof(*s->v));
		if (!s->v)
			return -ENOMEM;
	}
	s->v[s->n++] = r;
	return 0;
}

static int on_value(struct scan *s, struct slice v)
{
	int err = 0;

	while (v.len && !err && !s->cut) {
		size_t n = 0;

		while (n < v.len && ascii_is_name(v.ptr[n]))
			n++;
		if (n)
			err = on_word(s, slice_head(v, n));
		v = slice_skip(v, n + 1);
	}
	return err;
}

/* A name that is found is kept for the event; the literal it stood in is not. */
static int on_text(struct scan *s, const struct policy_text *t)
{
	struct literals all;
	struct policy_value v;
	int err = 0;

	literals_init(&all, t);
	while (!err && !s->cut && literals_next(&all, &v)) {
		size_t known = s->n;

		if (v.string)
			err = on_value(s, v.value);
		for (; known < s->n && !err; known++) {
			s->v[known].name = arena_dup(s->arena, s->v[known].name);
			err = s->v[known].name.ptr ? 0 : -ENOMEM;
		}
	}
	literals_done(&all);
	return err;
}

int policy_mentions(const struct policy *p, struct slice system, const struct policy_value *values, size_t nvalues,
		    const struct policy_text *whole, const struct sql_relation *known, size_t nknown, struct arena *arena,
		    struct sql_relation **ret, size_t *ret_n, bool *ret_cut)
{
	struct scan s = { .p = p, .system = system, .known = known, .nknown = nknown, .arena = arena };
	int err = 0;

	for (size_t i = 0; i < nvalues && !err && p->tables.n; i++)
		if (values[i].string)
			err = on_value(&s, values[i].value);
	if (!err && whole && p->tables.n)
		err = on_text(&s, whole);
	if (err)
		return err;
	*ret = s.v;
	*ret_n = s.n;
	*ret_cut = s.cut;
	return 0;
}
