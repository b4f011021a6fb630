// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* capture:, sinks:, the small settings, and the table of top-level keys. */
#include <errno.h>
#include <string.h>

#include "config/schema.h"

enum { SINKS_MAX = 16, KEEP_MAX = 100000 };

static int set_literals(struct load *l, const struct yaml *n, void *target)
{
	static const struct config_word words[] = { { "mask", true }, { "keep", false }, { NULL, 0 } };
	struct config *c = target;
	unsigned v;
	int err = value_word(l, n, words, &v);

	if (!err)
		c->mask_literals = v;
	return err;
}

static int set_all_queries(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_bool(l, n, &c->all_queries);
}

static int set_connections(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_bool(l, n, &c->connections);
}

static int set_sqlite_rows(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_bool(l, n, &c->sqlite_rows);
}

static int set_mysql_rows(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_bool(l, n, &c->mysql_rows);
}

static int set_expedite(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_bool(l, n, &c->expedite);
}

static int set_max_statement(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_size(l, n, 1 << 10, 16 << 20, &c->max_statement);
}

static int set_ring(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;
	uint64_t v;
	int err = value_size(l, n, 1 << 18, 1 << 30, &v);

	if (err)
		return err;
	if (v & (v - 1))
		return yaml_fail(&l->f, n, "%s is not a power of two; give 1MiB, 2MiB, 4MiB, 8MiB, 16MiB and so on", slice_quote(n->text));
	c->ring_bytes = v;
	return 0;
}

static const struct config_key capture_keys[] = {
	{ "literals", set_literals, false },
	{ "all_queries", set_all_queries, false },
	{ "connections", set_connections, false },
	{ "sqlite_rows", set_sqlite_rows, false },
	{ "mysql_rows", set_mysql_rows, false },
	{ "expedite", set_expedite, false },
	{ "max_statement", set_max_statement, false },
	{ "ring", set_ring, false },
	{ NULL, NULL, false },
};

static int set_capture(struct load *l, const struct yaml *n, void *target)
{
	return value_map(l, n, capture_keys, target, "capture");
}

static int set_absolute(struct load *l, const struct yaml *n, const char *example, struct slice *ret)
{
	int err = value_text(l, n, "an absolute path", ret);

	if (!err && (ret->ptr[0] != '/' || ret->ptr[ret->len - 1] == '/'))
		return yaml_fail(&l->f, n, "%s is not the absolute path of a file; give one such as %s", slice_quote(*ret), example);
	return err;
}

static int set_sink_file(struct load *l, const struct yaml *n, void *target)
{
	struct config_sink *s = target;

	return set_absolute(l, n, "/var/log/qprov/qprov.jsonl", &s->path);
}

static int set_sink_size(struct load *l, const struct yaml *n, void *target)
{
	struct config_sink *s = target;

	return value_size(l, n, 4 << 10, 1ull << 40, &s->max_bytes);
}

static int set_sink_keep(struct load *l, const struct yaml *n, void *target)
{
	struct config_sink *s = target;
	uint64_t v;
	int err = value_number(l, n, 1, KEEP_MAX, &v);

	if (!err)
		s->keep = (unsigned)v;
	return err;
}

static const struct config_key sink_keys[] = {
	{ "file", set_sink_file, false },
	{ "max_size", set_sink_size, false },
	{ "keep", set_sink_keep, false },
	{ NULL, NULL, false },
};

static int read_sink(struct load *l, const struct yaml *n, struct config_sink *s)
{
	static const struct config_word words[] = { { "stdout", CONFIG_SINK_STDOUT }, { NULL, 0 } };
	unsigned kind;
	int err;

	if (n->kind == YAML_SCALAR) {
		if (!slice_eq(n->text, SLICE("stdout")) && !value_nearest(n->text, &words->name, sizeof(*words)))
			return yaml_fail(&l->f, n, "unknown sink %s; give stdout, or {file: /path, max_size: 64MiB, keep: 10}",
					 slice_quote(n->text));
		err = value_word(l, n, words, &kind);
		s->kind = CONFIG_SINK_STDOUT;
		return err;
	}
	s->kind = CONFIG_SINK_FILE;
	err = value_map(l, n, sink_keys, s, "a sink");
	if (!err && !s->path.ptr)
		return yaml_fail(&l->f, n, "a sink without file; give file: /path");
	return err;
}

static int set_sinks(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	if (n->kind != YAML_LIST || n->count == 0 || n->count > SINKS_MAX)
		return yaml_fail(&l->f, n, "%s%s; give a list of 1 to %d, such as - stdout",
				 n->kind == YAML_LIST && n->count == 0 ? "an empty list" : yaml_kind_name(n),
				 n->count > SINKS_MAX ? " that is too long" : "", SINKS_MAX);
	for (const struct yaml *i = n->first; i; i = i->next) {
		struct config_sink sink = { .max_bytes = 64 << 20, .keep = 10 };
		struct config_sink *v;
		int err = read_sink(l, i, &sink);

		if (err)
			return err;
		/* Two writers to one place would interleave and rotate each other's file away. */
		for (size_t k = 0; k < c->nsinks; k++)
			if (c->sinks[k].kind == sink.kind && slice_eq(c->sinks[k].path, sink.path))
				return yaml_fail(&l->f, i, "the same sink as sinks[%zu]; give each once", k);
		v = value_push(&c->arena, c->sinks, &c->nsinks, sizeof(*v));
		if (!v)
			return yaml_nomem(&l->f);
		c->sinks = v;
		v[c->nsinks - 1] = sink;
	}
	return 0;
}

static int set_uncertain(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return schema_action(l, n, &c->uncertain);
}

static int set_mentions(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return schema_action(l, n, &c->mentions);
}

static int set_subjects_file(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return set_absolute(l, n, "/etc/qprov/subjects", &c->subjects_file);
}

static int set_subjects_key(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return set_absolute(l, n, "/etc/qprov/subjects.key", &c->subjects_key);
}

static const struct config_key subjects_keys[] = {
	{ "file", set_subjects_file, false },
	{ "key", set_subjects_key, false },
	{ NULL, NULL, false },
};

/* The files themselves are read when the configuration is complete. */
static int set_subjects(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;
	int err = value_map(l, n, subjects_keys, target, "subjects");

	if (err)
		return err;
	if (!c->subjects_file.ptr)
		return yaml_fail(&l->f, n, "subjects without file; give file: /etc/qprov/subjects (\"qprov subjects add\" writes it)");
	return 0;
}

static int set_heartbeat(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;

	return value_seconds(l, n, 1, 3600, &c->heartbeat_s);
}

static int set_state(struct load *l, const struct yaml *n, void *target)
{
	struct config *c = target;
	int err = value_text(l, n, "an absolute path, such as /var/lib/qprov/repetition", &c->state);

	if (!err && (c->state.ptr[0] != '/' || c->state.ptr[c->state.len - 1] == '/'))
		return yaml_fail(&l->f, n, "%s is not the absolute path of a file; give one such as /var/lib/qprov/repetition",
				 slice_quote(c->state));
	return err;
}

/* schema_read() took it first: tables may name its systems. */
static int probes_done(struct load *l, const struct yaml *n, void *target)
{
	(void)l;
	(void)n;
	(void)target;
	return 0;
}

static const struct config_key top_keys[] = {
	{ "tables", schema_tables, false },
	{ "functions", schema_functions, false },
	{ "files", schema_paths, false },
	{ "views", schema_views, false },
	{ "partitions", schema_partitions, false },
	{ "rules", schema_rules, false },
	{ "thresholds", schema_thresholds, false },
	{ "state", set_state, true },
	{ "uncertain", set_uncertain, true },
	{ "mentions", set_mentions, true },
	{ "subjects", set_subjects, true },
	{ "capture", set_capture, true },
	{ "sinks", set_sinks, true },
	{ "heartbeat", set_heartbeat, true },
	{ "floor", schema_floor, true },
	{ "probes", probes_done, true },
	{ NULL, NULL, false },
};

int schema_read(struct load *l, const struct yaml *root)
{
	const struct yaml *probes = root->kind == YAML_MAP && !l->fragment ? value_get(root, "probes") : NULL;
	int err = probes ? schema_probes(l, probes, l->c) : 0;

	return err ? err : value_map(l, root, top_keys, l->c, l->fragment ? "a file of policy.d" : "the configuration");
}
