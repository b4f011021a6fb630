// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* functions: and files: of the configuration against what a statement calls, reads and writes. */
#include <errno.h>

#include "policy/explain.h"

_Static_assert(CONFIG_KIND_FILE == 1 << SQL_FILE && CONFIG_KIND_URL == 1 << SQL_URL && CONFIG_KIND_PROGRAM == 1 << SQL_PROGRAM &&
		       CONFIG_KIND_STAGE == 1 << SQL_STAGE && CONFIG_KIND_REMOTE == 1 << SQL_REMOTE,
	       "kinds of files of the configuration are those of the reader");

static int judge_call(struct judgement *j, size_t i)
{
	const struct sql_call *c = &j->q->calls[i];
	struct sql_relation name = { .catalog = c->catalog, .schema = c->schema, .name = c->name };
	struct policy_table *to = &j->v.calls[i];
	struct tag_union tags = { 0 };
	const struct rel_entry *e;
	struct rel_cursor cursor;
	int err = 0;

	rel_index_begin(&j->p->functions, &name, &cursor);
	while (!err && (e = rel_index_next(&cursor))) {
		const struct config_function *f = &j->p->config->functions[e->id];

		if (!policy_system_matches(&f->systems, j->q->system))
			continue;
		if (j->out)
			explain_call(j, c, f);
		to->sensitive = true;
		if (f->severity > to->severity)
			to->severity = f->severity;
		cause_note(&j->cause, "watched function", f->file, f->severity);
		err = tags_add(&tags, &f->tags, j->arena);
	}
	tags_put(&tags, to);
	return err;
}

int judge_calls(struct judgement *j)
{
	int err = 0;

	j->v.calls = arena_array(j->arena, j->q->ncalls, sizeof(*j->v.calls));
	if (!j->v.calls)
		return -ENOMEM;
	for (size_t i = 0; j->p->functions.n && i < j->q->ncalls && !err; i++)
		err = judge_call(j, i);
	return err;
}

/* The pattern itself is compared already. */
static bool path_matches(const struct config_path *p, const struct sql_file *f)
{
	if (p->kinds && !(p->kinds & (1u << f->kind)))
		return false;
	if (!(p->access & (f->write ? CONFIG_FILE_WRITE : CONFIG_FILE_READ)))
		return false;
	return !p->side || (p->side == 1) == f->client;
}

static int judge_file(struct judgement *j, size_t i)
{
	const struct sql_file *f = &j->q->files[i];
	struct policy_table *to = &j->v.files[i];
	struct tag_union tags = { 0 };
	struct glob_ids ids = { 0 };
	int err = globs_collect(&j->p->paths, f->path.ptr ? f->path : SLICE(""), j->arena, &ids);

	glob_ids_sort(&ids);
	for (size_t k = 0; k < ids.n && !err; k++) {
		const struct config_path *p = &j->p->config->paths[ids.v[k]];

		if (!path_matches(p, f))
			continue;
		if (j->out)
			explain_file(j, f, p);
		to->sensitive = true;
		if (p->severity > to->severity)
			to->severity = p->severity;
		cause_note(&j->cause, "watched file", p->file, p->severity);
		err = tags_add(&tags, &p->tags, j->arena);
	}
	tags_put(&tags, to);
	return err;
}

int judge_files(struct judgement *j)
{
	int err = 0;

	j->v.files = arena_array(j->arena, j->q->nfiles, sizeof(*j->v.files));
	if (!j->v.files)
		return -ENOMEM;
	for (size_t i = 0; i < j->q->nfiles && !err; i++)
		err = judge_file(j, i);
	return err;
}
