// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* rules: */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/schema.h"

static int set_name(struct load *l, const struct yaml *n, void *target)
{
	static const struct slice builtin[] = { SLICE_INIT("sensitive table"),   SLICE_INIT("uncertain statement"),
						SLICE_INIT("watched function"),  SLICE_INIT("watched file"),
						SLICE_INIT("protected subject"), SLICE_INIT("table named in a string") };
	struct config_rule *r = target;
	int err = value_text(l, n, "the rule's name", &r->name);

	if (err)
		return err;
	for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
		if (slice_eq(r->name, builtin[i]))
			return yaml_fail(&l->f, n, "%s is the name of a built-in rule; give another", slice_quote(r->name));
	return 0;
}

int schema_action(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = {
		{ "alert", CONFIG_ALERT }, { "log", CONFIG_LOG }, { "ignore", CONFIG_IGNORE }, { NULL, 0 }
	};
	enum config_action *action = target;
	unsigned v;
	int err = value_word(l, n, words, &v);

	if (!err)
		*action = (enum config_action)v;
	return err;
}

static int set_action(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return schema_action(l, n, &r->action);
}

static int set_expires(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return schema_day(l, n, &r->expires_s);
}

static int set_reason(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_text(l, n, "why the rule is there", &r->reason);
}

static const struct config_key rule_keys[] = {
	{ "name", set_name, false },       { "when", schema_when, false },  { "action", set_action, false },
	{ "expires", set_expires, false }, { "reason", set_reason, false }, { NULL, NULL, false },
};

static int read_rule(struct load *l, const struct yaml *n, struct config_rule *r)
{
	int err = value_map(l, n, rule_keys, r, "a rule");

	if (err)
		return err;
	if (!r->name.ptr)
		return yaml_fail(&l->f, n, "a rule without name; give name: (events carry it)");
	if (!value_get(n, "action"))
		return yaml_fail(&l->f, n, "a rule without action; give action: alert, log or ignore");
	return 0;
}

int schema_rules(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST)
		return yaml_fail(&l->f, n, "%s; give a list, such as - {name: export, when: {user: svc_etl}, action: log}",
				 yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_rule rule = { .file = l->file, .line = i->line };
		struct config_rule *v;
		int err = read_rule(l, i, &rule);

		if (err)
			return err;
		v = value_push(&c->arena, c->rules, &c->nrules, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->rules = v;
		v[c->nrules - 1] = rule;
	}
	return 0;
}
