// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* struct config -> struct policy. */
#include <errno.h>
#include <stdlib.h>

#include "policy/candidates.h"

static enum policy_action action_of(enum config_action a)
{
	switch (a) {
	case CONFIG_IGNORE:
		return POLICY_IGNORE;
	case CONFIG_LOG:
		return POLICY_LOG;
	case CONFIG_ALERT:
		break;
	}
	return POLICY_ALERT;
}

static int compile_tables(struct policy *p)
{
	const struct config *c = p->config;
	int err = rel_index_init(&p->tables, &p->arena, c->ntables);

	for (size_t i = 0; !err && i < c->ntables; i++)
		err = rel_index_add(&p->tables, c->tables[i].match, (uint32_t)i);
	return err;
}

static int compile_functions(struct policy *p)
{
	const struct config *c = p->config;
	int err = rel_index_init(&p->functions, &p->arena, c->nfunctions);

	for (size_t i = 0; !err && i < c->nfunctions; i++)
		err = rel_index_add(&p->functions, c->functions[i].match, (uint32_t)i);
	return err;
}

static int compile_paths(struct policy *p)
{
	const struct config *c = p->config;
	int err = globs_init(&p->paths, &p->arena, c->npaths, false);

	for (size_t i = 0; !err && i < c->npaths; i++)
		err = globs_add(&p->paths, c->paths[i].match, (uint32_t)i);
	return err;
}

static const struct rel_pattern *compile_patterns(struct policy *p, const struct config_strings *from)
{
	struct rel_pattern *v = arena_array(&p->arena, from->n, sizeof(*v));

	for (size_t i = 0; v && i < from->n; i++)
		v[i] = rel_pattern_parse(from->v[i]);
	return v;
}

static int compile_rule(struct policy *p, const struct config_rule *from, struct policy_rule *to)
{
	*to = (struct policy_rule){ .config = from,
				    .tables = compile_patterns(p, &from->tables),
				    .ntables = from->tables.n,
				    .functions = compile_patterns(p, &from->functions),
				    .nfunctions = from->functions.n,
				    .action = action_of(from->action) };
	return to->tables && to->functions ? 0 : -ENOMEM;
}

static int compile_rules(struct policy *p)
{
	const struct config *c = p->config;
	int err = 0;

	p->rules = arena_array(&p->arena, c->nrules, sizeof(*p->rules));
	if (!p->rules)
		return -ENOMEM;
	for (size_t i = 0; !err && i < c->nrules; i++) {
		p->asks |= c->rules[i].server.n ? POLICY_ASKS_SERVER : 0;
		p->asks |= c->rules[i].group.n ? POLICY_ASKS_GROUP : 0;
		p->asks |= c->rules[i].script.n ? POLICY_ASKS_SCRIPT : 0;
		p->asks |= c->rules[i].sessions ? POLICY_ASKS_SESSION : 0;
		err = compile_rule(p, &c->rules[i], &p->rules[i]);
	}
	return err;
}

int policy_new(const struct config *config, struct policy **ret)
{
	struct policy *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->config = config;
	p->uncertain = action_of(config->uncertain);
	p->mentions = action_of(config->mentions);
	arena_init(&p->arena, POLICY_MEMORY_MAX);
	err = compile_tables(p);
	if (!err)
		err = compile_functions(p);
	if (!err)
		err = compile_paths(p);
	if (!err)
		err = compile_rules(p);
	if (!err)
		err = policy_compile_candidates(p);
	if (!err)
		err = policy_compile_views(p);
	if (!err)
		err = policy_compile_partitions(p);
	if (err) {
		policy_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	arena_done(&p->arena);
	free(p);
}

unsigned policy_asks(const struct policy *p)
{
	return p->asks;
}

const char *policy_action_name(enum policy_action a)
{
	static const char *const names[] = { "none", "ignore", "log", "alert" };

	return (unsigned)a < sizeof(names) / sizeof(names[0]) ? names[a] : "none";
}
