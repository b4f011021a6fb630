// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/candidates.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define UNSELECTIVE 1000000u /* "*": as if so many rules had it */

/* The patterns of one condition of a rule. */
static const struct config_strings *patterns_of(const struct config_rule *r, enum rule_key key)
{
	switch (key) {
	case KEY_TABLE:
		return &r->tables;
	case KEY_FUNCTION:
		return &r->functions;
	case KEY_FILE:
		return &r->files;
	case KEY_SUBJECT:
		return &r->subjects;
	case KEY_USER:
		return &r->user;
	case KEY_GROUP:
		return &r->group;
	case KEY_UID:
		return &r->uid;
	case KEY_EXE:
		return &r->exe;
	case KEY_COMM:
		return &r->comm;
	case KEY_SCRIPT:
		return &r->script;
	case KEY_DATABASE:
		return &r->database;
	case KEY_SERVER:
		return &r->server;
	case KEY_ROLE:
		return &r->role;
	case KEYS:
		break;
	}
	return NULL;
}

/* Of tables and functions the last part counts. */
static struct slice filed_text(enum rule_key key, struct slice pattern)
{
	return key == KEY_TABLE || key == KEY_FUNCTION ? rel_pattern_parse(pattern).name : pattern;
}

/* ---- compilation ---- */

/* How many rules have a pattern under a key. */
struct used {
	struct hnode node;
	enum rule_key key;
	struct slice text;
	unsigned count;
};

struct census {
	struct hmap map;
	struct arena arena;
};

static struct used *find_used(const struct census *c, enum rule_key key, struct slice text)
{
	for (struct hnode *h = hmap_first(&c->map, hash_u64(slice_hash(text), key)); h; h = hmap_next(h)) {
		struct used *u = CONTAINER_OF(h, struct used, node);

		if (u->key == key && slice_eq(u->text, text))
			return u;
	}
	return NULL;
}

static int note_used(struct census *c, enum rule_key key, struct slice text)
{
	struct used *u = find_used(c, key, text);

	if (!u) {
		u = arena_alloc(&c->arena, sizeof(*u));
		if (!u || hmap_add(&c->map, &u->node, hash_u64(slice_hash(text), key)))
			return -ENOMEM;
		u->key = key;
		u->text = text;
	}
	u->count++;
	return 0;
}

static int take_census(const struct config *config, struct census *c)
{
	int err = 0;

	for (size_t i = 0; i < config->nrules; i++)
		for (enum rule_key key = 0; key < KEYS; key++) {
			const struct config_strings *s = patterns_of(&config->rules[i], key);

			for (size_t k = 0; k < s->n && !err; k++)
				err = note_used(c, key, filed_text(key, s->v[k]));
		}
	return err;
}

static bool is_selective(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] != '*' && pattern.ptr[i] != '?')
			return true;
	return pattern.len == 0;
}

/* The condition that leads to the fewest rules; KEYS: there is none. */
static enum rule_key best_key(const struct census *c, const struct config_rule *r)
{
	uint64_t best = UNSELECTIVE;
	enum rule_key found = KEYS;

	for (enum rule_key key = 0; key < KEYS; key++) {
		const struct config_strings *s = patterns_of(r, key);
		uint64_t cost = 0;

		for (size_t k = 0; k < s->n; k++) {
			struct slice text = filed_text(key, s->v[k]);
			const struct used *u = find_used(c, key, text);

			cost += is_selective(text) && u ? u->count : UNSELECTIVE;
		}
		if (s->n && cost < best) {
			best = cost;
			found = key;
		}
	}
	return found;
}

/* A number as it is looked up: without leading zeros. */
static int canonical_uid(struct arena *a, struct slice text, struct slice *ret)
{
	char bytes[24];
	uint64_t v = 0;

	(void)slice_u64(text, &v); /* the configuration checked it */
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)v);
	*ret = arena_dup(a, slice_cstr(bytes));
	return ret->ptr ? 0 : -ENOMEM;
}

static int file_rule(struct policy *p, size_t i, enum rule_key key)
{
	const struct config_rule *r = &p->config->rules[i];
	struct rule_keys *to = &p->candidates.key[key];
	const struct config_strings *s = patterns_of(r, key);
	uint32_t id = (uint32_t)i;
	int err = 0;

	for (size_t k = 0; k < s->n && !err; k++) {
		struct slice text = filed_text(key, s->v[k]);

		if (key == KEY_UID)
			err = canonical_uid(&p->arena, text, &text);
		if (!err)
			err = globs_add(&to->globs, text, id);
	}
	if (r->action == CONFIG_ALERT)
		to->alerts[to->nalerts++] = id;
	return err;
}

static int make_room(struct policy *p, const enum rule_key *chosen)
{
	size_t patterns[KEYS] = { 0 }, alerts[KEYS] = { 0 };
	struct rule_candidates *c = &p->candidates;
	int err = 0;

	for (size_t i = 0; i < p->config->nrules; i++) {
		if (chosen[i] == KEYS)
			continue;
		patterns[chosen[i]] += patterns_of(&p->config->rules[i], chosen[i])->n;
		alerts[chosen[i]] += p->config->rules[i].action == CONFIG_ALERT;
	}
	c->always = arena_array(&p->arena, p->config->nrules, sizeof(*c->always));
	c->untouched = arena_array(&p->arena, p->config->nrules, sizeof(*c->untouched));
	if (!c->always || !c->untouched)
		return -ENOMEM;
	for (enum rule_key key = 0; key < KEYS && !err; key++) {
		bool fold = key == KEY_TABLE || key == KEY_FUNCTION || key == KEY_DATABASE || key == KEY_SERVER;

		err = globs_init(&c->key[key].globs, &p->arena, patterns[key], fold);
		c->key[key].alerts = arena_array(&p->arena, alerts[key], sizeof(uint32_t));
		if (!c->key[key].alerts)
			err = -ENOMEM;
	}
	return err;
}

static int file_all(struct policy *p, struct census *census)
{
	const struct config *config = p->config;
	enum rule_key *chosen = arena_array(&census->arena, config->nrules, sizeof(*chosen));
	struct rule_candidates *c = &p->candidates;
	int err = chosen ? take_census(config, census) : -ENOMEM;

	for (size_t i = 0; i < config->nrules && !err; i++)
		chosen[i] = best_key(census, &config->rules[i]);
	if (!err)
		err = make_room(p, chosen);
	for (size_t i = 0; i < config->nrules && !err; i++) {
		const struct config_rule *r = &config->rules[i];

		if (chosen[i] == KEYS)
			c->always[c->nalways++] = (uint32_t)i;
		else
			err = file_rule(p, i, chosen[i]);
		/* An allowance for tables holds where none is touched, if it covers what was found instead. */
		if (chosen[i] == KEY_TABLE && r->action != CONFIG_ALERT && (r->functions.n || r->files.n || r->subjects.n))
			c->untouched[c->nuntouched++] = (uint32_t)i;
	}
	return err;
}

int policy_compile_candidates(struct policy *p)
{
	struct census census;
	int err;

	hmap_init(&census.map);
	arena_init(&census.arena, POLICY_MEMORY_MAX);
	err = file_all(p, &census);
	hmap_done(&census.map);
	arena_done(&census.arena);
	return err;
}

/* ---- a question ---- */

static int look_up(struct judgement *j, enum rule_key key, struct slice text, struct glob_ids *ids)
{
	const struct rule_keys *k = &j->p->candidates.key[key];

	return k->globs.n && text.ptr ? globs_collect(&k->globs, text, j->arena, ids) : 0;
}

/* What is not known counts for every alert. */
static int add_alerts(struct judgement *j, enum rule_key key, bool unknown, struct glob_ids *ids)
{
	const struct rule_keys *k = &j->p->candidates.key[key];

	return unknown ? glob_ids_add(ids, j->arena, k->alerts, k->nalerts) : 0;
}

static int add_found(struct judgement *j, struct glob_ids *ids)
{
	const struct policy_question *q = j->q;
	bool touched = false;
	int err = 0;

	for (size_t i = 0; i < q->n && !err; i++) {
		if (!judgement_counts(j, i))
			continue;
		touched = true;
		err = look_up(j, KEY_TABLE, q->relations[i].name, ids);
	}
	if (!touched && !err)
		err = glob_ids_add(ids, j->arena, j->p->candidates.untouched, j->p->candidates.nuntouched);
	for (size_t i = 0; i < q->ncalls && !err; i++)
		if (j->v.calls[i].sensitive)
			err = look_up(j, KEY_FUNCTION, q->calls[i].name, ids);
	for (size_t i = 0; i < q->nfiles && !err; i++)
		if (j->v.files[i].sensitive)
			err = look_up(j, KEY_FILE, q->files[i].path, ids);
	for (size_t i = 0; i < j->v.nsubjects && !err; i++)
		err = look_up(j, KEY_SUBJECT, j->v.subjects[i]->label, ids);
	return err;
}

static int add_groups(struct judgement *j, struct glob_ids *ids)
{
	struct slice names = j->q->who->groups;
	int err = add_alerts(j, KEY_GROUP, j->q->who->groups_unknown, ids);

	while (names.len && !err) {
		struct slice name = slice_head(names, strnlen(names.ptr, names.len));

		err = look_up(j, KEY_GROUP, name, ids);
		names = slice_skip(names, name.len + 1);
	}
	return err;
}

/* The one text of a condition, or that it is not known. */
static int add_one(struct judgement *j, enum rule_key key, struct slice text, bool unknown, struct glob_ids *ids)
{
	int err = add_alerts(j, key, unknown, ids);

	return err ? err : look_up(j, key, text, ids);
}

static int add_who(struct judgement *j, struct glob_ids *ids)
{
	const struct policy_who *who = j->q->who;
	char uid[12];
	int err = add_one(j, KEY_USER, who->has_loginuid ? who->user : SLICE("unset"), who->has_loginuid && !who->user.ptr, ids);

	snprintf(uid, sizeof(uid), "%u", who->uid);
	if (!err)
		err = add_groups(j, ids);
	if (!err)
		err = look_up(j, KEY_UID, slice_cstr(uid), ids);
	if (!err)
		err = add_one(j, KEY_EXE, who->exe, !who->exe.ptr, ids);
	if (!err)
		err = add_one(j, KEY_COMM, who->comm, !who->comm.ptr, ids);
	return err ? err : add_one(j, KEY_SCRIPT, who->script, who->script_unknown, ids);
}

static int add_where(struct judgement *j, struct glob_ids *ids)
{
	const struct policy_question *q = j->q;
	bool unknown = !q->database.ptr, known_server = false, elsewhere = judgement_elsewhere(j);
	int err = look_up(j, KEY_DATABASE, q->database, ids);

	for (size_t i = 0; i < q->n && !err && j->p->candidates.key[KEY_DATABASE].globs.n; i++) {
		struct slice db = judgement_database(q, &q->relations[i]);

		unknown |= !db.ptr;
		err = look_up(j, KEY_DATABASE, db, ids);
	}
	if (!err)
		err = add_alerts(j, KEY_DATABASE, unknown, ids);
	for (size_t i = 0; i < POLICY_SERVER_NAMES && !err; i++) {
		known_server |= q->server[i].len != 0;
		err = look_up(j, KEY_SERVER, q->server[i], ids);
	}
	if (!err)
		err = add_alerts(j, KEY_SERVER, !known_server || elsewhere, ids);
	return err ? err : add_one(j, KEY_ROLE, q->role, q->role_unknown || elsewhere, ids);
}

int candidates_find(struct judgement *j, struct candidates *ret)
{
	struct glob_ids ids = { 0 };
	int err = add_found(j, &ids);

	if (!err)
		err = add_who(j, &ids);
	if (!err)
		err = add_where(j, &ids);
	if (err)
		return err;
	glob_ids_sort(&ids);
	*ret = (struct candidates){ .found = ids };
	return 0;
}

bool candidates_next(const struct policy *p, struct candidates *c, uint32_t *ret)
{
	const struct rule_candidates *all = &p->candidates;
	bool found = c->at_found < c->found.n, always = c->at_always < all->nalways;

	if (!found && !always)
		return false;
	if (found && (!always || c->found.v[c->at_found] < all->always[c->at_always]))
		*ret = c->found.v[c->at_found++];
	else
		*ret = all->always[c->at_always++];
	return true;
}
