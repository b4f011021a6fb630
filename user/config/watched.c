// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* functions: and files: */
#include <errno.h>

#include "config/schema.h"

#define WANT_FUNCTION "a function or a pattern of them, such as pg_read_file"
#define WANT_PATH "a path or a pattern of them, such as \"/tmp/*\""

static int set_function(struct load *l, const struct yaml *n, void *target)
{
	struct config_function *f = target;
	int err = value_text(l, n, WANT_FUNCTION, &f->match);

	return err ? err : schema_check_pattern(l, n, f->match);
}

static int set_function_systems(struct load *l, const struct yaml *n, void *target)
{
	struct config_function *f = target;

	return schema_systems(l, n, &f->systems);
}

static int set_function_tags(struct load *l, const struct yaml *n, void *target)
{
	struct config_function *f = target;

	return value_texts(l, n, "a tag, such as server_file", &f->tags);
}

static int set_function_severity(struct load *l, const struct yaml *n, void *target)
{
	struct config_function *f = target;

	return schema_severity(l, n, &f->severity);
}

static const struct config_key function_keys[] = {
	{ "match", set_function, false },
	{ "systems", set_function_systems, false },
	{ "tags", set_function_tags, false },
	{ "severity", set_function_severity, false },
	{ NULL, NULL, false },
};

/* A plain name stands for {match: NAME}. */
static int read_function(struct load *l, const struct yaml *n, struct config_function *f)
{
	int err = n->kind == YAML_SCALAR ? set_function(l, n, f) : value_map(l, n, function_keys, f, "a function");

	if (!err && !f->match.ptr)
		return yaml_fail(&l->f, n, "a function without match; give match: " WANT_FUNCTION);
	return err;
}

int schema_functions(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST)
		return yaml_fail(&l->f, n, "%s; give a list, such as - match: pg_read_file", yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_function f = { .severity = 73, .file = l->file, .line = i->line };
		struct config_function *v;
		int err = read_function(l, i, &f);

		if (err)
			return err;
		v = value_push(&c->arena, c->functions, &c->nfunctions, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->functions = v;
		v[c->nfunctions - 1] = f;
	}
	return 0;
}

static int set_path(struct load *l, const struct yaml *n, void *target)
{
	struct config_path *p = target;

	return value_text(l, n, WANT_PATH, &p->match);
}

static int set_path_kind(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "file", CONFIG_KIND_FILE },       { "url", CONFIG_KIND_URL },
						    { "program", CONFIG_KIND_PROGRAM }, { "stage", CONFIG_KIND_STAGE },
						    { "remote", CONFIG_KIND_REMOTE },   { NULL, 0 } };
	struct config_path *p = target;

	return value_word(l, n, words, &p->kinds);
}

static int set_path_access(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "read", CONFIG_FILE_READ }, { "write", CONFIG_FILE_WRITE }, { NULL, 0 } };
	struct config_path *p = target;

	return value_word(l, n, words, &p->access);
}

static int set_path_side(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "client", 1 }, { "server", 2 }, { NULL, 0 } };
	struct config_path *p = target;

	return value_word(l, n, words, &p->side);
}

static int set_path_tags(struct load *l, const struct yaml *n, void *target)
{
	struct config_path *p = target;

	return value_texts(l, n, "a tag, such as export", &p->tags);
}

static int set_path_severity(struct load *l, const struct yaml *n, void *target)
{
	struct config_path *p = target;

	return schema_severity(l, n, &p->severity);
}

static const struct config_key path_keys[] = {
	{ "match", set_path, false },
	{ "kind", set_path_kind, false },
	{ "access", set_path_access, false },
	{ "side", set_path_side, false },
	{ "tags", set_path_tags, false },
	{ "severity", set_path_severity, false },
	{ NULL, NULL, false },
};

int schema_paths(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST)
		return yaml_fail(&l->f, n, "%s; give a list, such as - {match: \"/tmp/*\", access: write}", yaml_kind_name(n));
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_path p = { .severity = 73, .access = CONFIG_FILE_READ | CONFIG_FILE_WRITE, .file = l->file, .line = i->line };
		struct config_path *v;
		int err = value_map(l, i, path_keys, &p, "a file");

		if (err)
			return err;
		if (!p.match.ptr)
			return yaml_fail(&l->f, i, "a file without match; give match: " WANT_PATH);
		v = value_push(&c->arena, c->paths, &c->npaths, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->paths = v;
		v[c->npaths - 1] = p;
	}
	return 0;
}
