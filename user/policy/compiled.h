// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What policy_new() makes of a configuration; shared by the files of this stage only. Immutable afterwards. */
#ifndef QPROV_COMPILED_H
#define QPROV_COMPILED_H

#include "base/map.h"
#include "config/config.h"
#include "policy/policy.h"
#include "policy/relation.h"

#define POLICY_MEMORY_MAX (512u << 20)

struct policy_rule {
	const struct config_rule *config;
	const struct rel_pattern *tables;
	size_t ntables;
	const struct rel_pattern *functions;
	size_t nfunctions;
	enum policy_action action;
};

/* Conditions that rules are found by, see candidates.h. */
enum rule_key {
	KEY_TABLE,
	KEY_FUNCTION,
	KEY_FILE,
	KEY_SUBJECT,
	KEY_USER,
	KEY_GROUP,
	KEY_UID,
	KEY_EXE,
	KEY_COMM,
	KEY_SCRIPT,
	KEY_DATABASE,
	KEY_SERVER,
	KEY_ROLE,
	KEYS
};

/* Ids are places in config->rules. */
struct rule_keys {
	struct glob_index globs;
	uint32_t *alerts; /* filed here, and alerting: they apply as well where what they ask for is not known */
	size_t nalerts;
};

struct rule_candidates {
	struct rule_keys key[KEYS];
	uint32_t *always;
	size_t nalways;
	uint32_t *untouched; /* filed under tables, and may apply where no sensitive table is touched */
	size_t nuntouched;
};

/* A relation that some view reads; one entry per distinct name. */
struct policy_base {
	struct hnode node;
	struct slice text;
	struct rel_pattern name;
};

struct policy {
	const struct config *config;
	struct rel_index tables;     /* id: place in config->tables */
	struct rel_index functions;  /* id: place in config->functions */
	struct glob_index paths;     /* id: place in config->paths */
	struct rel_index views;      /* id: place in config->views */
	struct rel_index parents;    /* names of parents; id: place in config->partitions */
	struct rel_index parts;      /* names of parts; the same */
	const uint32_t **view_bases; /* per view: places in bases, config->views[i].bases.n of them */
	struct policy_base *bases;
	size_t nbases;
	struct policy_rule *rules;
	struct rule_candidates candidates;
	enum policy_action uncertain;
	enum policy_action mentions;
	unsigned asks; /* POLICY_ASKS_* */
	struct arena arena;
};

/* The parts of the compilation that views.c does. 0 or -ENOMEM. */
int policy_compile_views(struct policy *p);
/* partitions.c */
int policy_compile_partitions(struct policy *p);
/*
 * Adds to relations (room for more is made in arena) the parents of parts, all the way up, and those parts of parents that are sensitive,
 * all the way down: whoever reads a part reads its parent's rows, but not its sisters'. 0 or -ENOMEM.
 */
int policy_add_partitions(const struct policy *p, struct arena *arena, struct sql_relation **v, size_t *n);

#endif
