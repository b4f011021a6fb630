// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* thresholds: */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/schema.h"

enum { DAYS_MAX = 400, HOURS_MAX = 168, SUBJECTS_MAX = 1000000, THRESHOLDS_MAX = 64 };

#define WANT_WITHIN "1h to 168h, 1d to 400d or 1w to 57w"

static int set_name(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return value_text(l, n, "the threshold's name", &t->name);
}

static int set_user(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return value_texts(l, n, "a user name or a pattern of them, or unset", &t->user);
}

static int set_tables(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;
	int err = value_texts(l, n, "a table or a pattern of them", &t->tables);

	for (const struct yaml *i = n->kind == YAML_LIST ? n->first : n; i && !err; i = n->kind == YAML_LIST ? i->next : NULL)
		err = schema_check_pattern(l, i, i->text);
	return err;
}

static int set_queries(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return value_number(l, n, 1, UINT32_MAX, &t->queries);
}

static int set_rows(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return value_number(l, n, 1, 1ull << 50, &t->rows);
}

static int set_subjects(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return value_number(l, n, 1, SUBJECTS_MAX, &t->subjects);
}

/* Hours are told apart for a week, days for more than a year. */
static int set_within(struct load *l, const struct yaml *n, void *target)
{
	static const struct {
		char unit;
		unsigned max, days; /* of one; 0: hours */
	} units[] = { { 'h', HOURS_MAX, 0 }, { 'd', DAYS_MAX, 1 }, { 'w', DAYS_MAX / 7, 7 } };
	struct slice s = n->kind == YAML_SCALAR ? n->text : SLICE_NONE;
	struct config_threshold *t = target;
	uint64_t v;

	for (size_t i = 0; s.len > 1 && i < ARRAY_SIZE(units); i++) {
		if (s.ptr[s.len - 1] != units[i].unit || slice_u64(slice_head(s, s.len - 1), &v))
			continue;
		if (!v || v > units[i].max)
			return yaml_fail(&l->f, n, "%s is out of range; give " WANT_WITHIN, slice_quote(s));
		t->days = (unsigned)v * units[i].days;
		t->hours = units[i].days ? 0 : (unsigned)v;
		return 0;
	}
	return yaml_fail(&l->f, n, "%s is no window; give " WANT_WITHIN, s.ptr ? slice_quote(s) : yaml_kind_name(n));
}

static int set_per(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "table", false }, { "subject", true }, { NULL, 0 } };
	struct config_threshold *t = target;
	unsigned v;
	int err = value_word(l, n, words, &v);

	if (!err)
		t->per_subject = v;
	return err;
}

static int set_severity(struct load *l, const struct yaml *n, void *target)
{
	struct config_threshold *t = target;

	return schema_severity(l, n, &t->severity);
}

static const struct config_key threshold_keys[] = {
	{ "name", set_name, false },         { "user", set_user, false },
	{ "tables", set_tables, false },     { "queries", set_queries, false },
	{ "rows", set_rows, false },         { "subjects", set_subjects, false },
	{ "within", set_within, false },     { "per", set_per, false },
	{ "severity", set_severity, false }, { NULL, NULL, false },
};

static int read_threshold(struct load *l, const struct yaml *n, struct config_threshold *t)
{
	int err = value_map(l, n, threshold_keys, t, "a threshold");

	if (err)
		return err;
	if (!t->name.ptr)
		return yaml_fail(&l->f, n, "a threshold without name; give name: (events carry it)");
	if (!t->queries && !t->rows && !t->subjects)
		return yaml_fail(&l->f, n, "a threshold without a limit; give queries, rows or subjects");
	if (!t->days && !t->hours)
		return yaml_fail(&l->f, n, "a threshold without within; give within: " WANT_WITHIN);
	if (t->per_subject && t->subjects)
		return yaml_fail(&l->f, value_get(n, "subjects"), "a threshold per subject counts no subjects; give queries or rows");
	return 0;
}

int schema_thresholds(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST)
		return yaml_fail(&l->f, n, "%s; give a list, such as - {name: slow drip, queries: 100, within: 120d}", yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_threshold t = { .severity = 73, .file = l->file, .line = i->line };
		struct config_threshold *v;
		int err = read_threshold(l, i, &t);

		if (err)
			return err;
		for (size_t k = 0; k < c->nthresholds; k++)
			if (slice_eq(c->thresholds[k].name, t.name))
				return yaml_fail(&l->f, i, "a second threshold %s; give each a name of its own", slice_quote(t.name));
		if (c->nthresholds == THRESHOLDS_MAX)
			return yaml_fail(&l->f, i, "more than %d thresholds; give fewer", THRESHOLDS_MAX);
		v = value_push(&c->arena, c->thresholds, &c->nthresholds, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->thresholds = v;
		v[c->nthresholds - 1] = t;
	}
	return 0;
}
