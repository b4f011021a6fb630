// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* rules: */
#include <errno.h>
#include <string.h>

#include "config/schema.h"

enum { COMM_MAX = 15 };

static int set_user(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return value_texts(l, n, "a user name or a pattern of them, or unset", &r->user);
}

static int check_uid(struct load *l, const struct yaml *n)
{
	uint64_t v;

	if (slice_u64(n->text, &v) == 0 && v < UINT32_MAX)
		return 0;
	if (slice_eq(n->text, SLICE("4294967295")))
		return yaml_fail(&l->f, n, "4294967295 is no user; give user: unset where nobody has logged in");
	return yaml_fail(&l->f, n, "%s is not a uid; give a decimal number (names go into user:)", slice_quote(n->text));
}

/* Globs on an absolute path: anything else could never match, and the rule would silently do nothing. */
static int check_exe(struct load *l, const struct yaml *n)
{
	if (n->text.ptr[0] == '/' || n->text.ptr[0] == '*' || n->text.ptr[0] == '?')
		return 0;
	return yaml_fail(&l->f, n, "%s is not an absolute path; give the whole path, or a pattern such as */NAME", slice_quote(n->text));
}

static int check_comm(struct load *l, const struct yaml *n)
{
	size_t least = 0;

	for (size_t i = 0; i < n->text.len; i++)
		least += n->text.ptr[i] != '*';
	if (least <= COMM_MAX)
		return 0;
	return yaml_fail(&l->f, n, "%s can never match; the kernel keeps %d bytes of a command name, give those, or use exe",
			 slice_quote(n->text), COMM_MAX);
}

static int check_tables(struct load *l, const struct yaml *n)
{
	return schema_check_pattern(l, n, n->text);
}

static int read_checked(struct load *l, const struct yaml *n, const char *wanted, int (*check)(struct load *, const struct yaml *),
			struct config_strings *ret)
{
	int err = value_texts(l, n, wanted, ret);

	for (const struct yaml *i = n->kind == YAML_LIST ? n->first : n; i && !err; i = n->kind == YAML_LIST ? i->next : NULL)
		err = check(l, i);
	return err;
}

static int set_uid(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a decimal uid", check_uid, &r->uid);
}

static int set_exe(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "an executable's path, or a pattern of them", check_exe, &r->exe);
}

static int set_comm(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a command name, or a pattern of them", check_comm, &r->comm);
}

static int set_tables(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;

	return read_checked(l, n, "a table or a pattern of them", check_tables, &r->tables);
}

static const struct config_key when_keys[] = {
	{ "user", set_user, false }, { "uid", set_uid, false },       { "exe", set_exe, false },
	{ "comm", set_comm, false }, { "tables", set_tables, false }, { NULL, NULL, false },
};

static int set_when(struct load *l, const struct yaml *n, void *target)
{
	int err = value_map(l, n, when_keys, target, "when");

	if (!err && n->count == 0)
		return yaml_fail(&l->f, n, "empty; give user, uid, exe, comm or tables, or leave when out for a rule that always matches");
	return err;
}

static int set_name(struct load *l, const struct yaml *n, void *target)
{
	struct config_rule *r = target;
	int err = value_text(l, n, "the rule's name", &r->name);

	if (err)
		return err;
	if (slice_eq(r->name, SLICE("sensitive table")) || slice_eq(r->name, SLICE("uncertain statement")))
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

static const struct config_key rule_keys[] = {
	{ "name", set_name, false },
	{ "when", set_when, false },
	{ "action", set_action, false },
	{ NULL, NULL, false },
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
