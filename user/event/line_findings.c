// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a statement calls, reads and writes besides relations, whom it looks for, and what its session has set. */
#include "event/line.h"

#include <string.h>

#include "config/subjects.h"

#define FUNCTIONS_ROOM 900
#define FILES_ROOM 900
#define PARAMETERS_ROOM 1500
#define SUBJECTS_SHOWN 12
#define NAME_BYTES 128
#define PATH_BYTES 200
#define TAGS_ROOM 200

static void write_tags(struct json *j, const struct policy_table *t)
{
	size_t start = j->out->len;

	if (!t->ntags)
		return;
	json_open(j, "tags", '[');
	for (size_t i = 0; i < t->ntags && j->out->len - start < TAGS_ROOM; i++)
		json_str_max(j, NULL, t->tags[i], 64);
	json_close(j, ']');
}

static void write_call(struct json *j, const struct sql_call *c, const struct policy_table *t)
{
	json_open(j, NULL, '{');
	line_opt(j, "schema", c->schema, NAME_BYTES);
	json_str_max(j, "name", c->name, NAME_BYTES);
	if (c->procedure)
		json_boolean(j, "procedure", true);
	json_boolean(j, "sensitive", t->sensitive);
	write_tags(j, t);
	json_close(j, '}');
}

/* Sensitive ones first: what does not fit is counted. */
static void write_calls(struct json *j, const struct event_query *q)
{
	size_t start = j->out->len, shown = 0;

	if (!q->ncalls)
		return;
	json_open(j, "functions", '[');
	for (int sensitive = 1; sensitive >= 0; sensitive--)
		for (size_t i = 0; i < q->ncalls && j->out->len - start < FUNCTIONS_ROOM; i++) {
			if (q->verdict->calls[i].sensitive != sensitive)
				continue;
			write_call(j, &q->calls[i], &q->verdict->calls[i]);
			shown++;
		}
	json_close(j, ']');
	if (shown < q->ncalls)
		json_uint(j, "more_functions", q->ncalls - shown);
}

struct slice line_file_path(const struct sql_file *f, bool mask)
{
	struct slice p = f->path;
	const char *mark;

	if (!mask || !p.len)
		return p;
	if (f->kind == SQL_REMOTE)
		return SLICE_NONE;
	if (f->kind == SQL_PROGRAM) {
		mark = memchr(p.ptr, ' ', p.len);
		return mark ? slice_head(p, (size_t)(mark - p.ptr)) : p;
	}
	if (f->kind != SQL_URL)
		return p;
	mark = memchr(p.ptr, '?', p.len);
	if (mark)
		p = slice_head(p, (size_t)(mark - p.ptr));
	mark = memchr(p.ptr, '@', p.len);
	return mark ? slice_skip(p, (size_t)(mark - p.ptr) + 1) : p;
}

static void write_file(struct json *j, const struct sql_file *f, const struct policy_table *t, bool mask)
{
	static const char *const kinds[] = { "file", "url", "program", "stage", "remote" };
	struct slice path = line_file_path(f, mask);

	json_open(j, NULL, '{');
	line_opt(j, "path", path, PATH_BYTES);
	json_cstr(j, "kind", (unsigned)f->kind < 5 ? kinds[f->kind] : "file");
	json_cstr(j, "access", f->write ? "write" : "read");
	json_cstr(j, "side", f->client ? "client" : "server");
	json_boolean(j, "sensitive", t->sensitive);
	write_tags(j, t);
	json_close(j, '}');
}

static void write_files(struct json *j, const struct event_query *q, bool mask)
{
	size_t start = j->out->len, shown = 0;

	if (!q->nfiles)
		return;
	json_open(j, "external", '[');
	for (int sensitive = 1; sensitive >= 0; sensitive--)
		for (size_t i = 0; i < q->nfiles && j->out->len - start < FILES_ROOM; i++) {
			if (q->verdict->files[i].sensitive != sensitive)
				continue;
			write_file(j, &q->files[i], &q->verdict->files[i], mask);
			shown++;
		}
	json_close(j, ']');
	if (shown < q->nfiles)
		json_uint(j, "more_external", q->nfiles - shown);
}

static void write_hash(struct json *j, const char *key, const unsigned char v[16])
{
	char bytes[48];
	struct buf b;

	line_buf(&b, bytes, sizeof(bytes));
	buf_adds(&b, "hmac:");
	buf_hex(&b, v, 16);
	json_str(j, key, buf_slice(&b));
}

void line_text_hash(struct json *j, const struct event_query *q)
{
	if (q->has_hmac)
		write_hash(j, "hmac", q->hmac);
}

static void write_parameter(struct json *j, const struct event_context *ctx, const struct event_query *q, size_t i)
{
	const struct parameter *v = &q->exec->parameters[i];

	if (v->kind == PARAMETER_NULL)
		json_null(j, NULL);
	else if (v->kind == PARAMETER_UNKNOWN)
		json_cstr(j, NULL, "?");
	else if (!ctx->mask_literals && v->kind != PARAMETER_BYTES)
		json_str_max(j, NULL, v->value, PARAM_BYTES);
	else if (q->parameters && !v->cut)
		write_hash(j, NULL, q->parameters[i].v);
	else
		json_cstr(j, NULL, "?");
}

void line_parameters(struct json *j, const struct event_context *ctx, const struct event_query *q)
{
	size_t start = j->out->len, i = 0;

	if (!q->exec->parameters_total)
		return;
	json_open(j, "parameters", '[');
	for (; i < q->exec->nparameters && j->out->len - start < PARAMETERS_ROOM; i++)
		write_parameter(j, ctx, q, i);
	json_close(j, ']');
	if (i < q->exec->parameters_total)
		json_uint(j, "more_parameters", q->exec->parameters_total - i);
}

/* Hashes and labels, in the same order. */
static void write_subjects(struct json *j, const struct policy_verdict *v)
{
	size_t n = v->nsubjects < SUBJECTS_SHOWN ? v->nsubjects : SUBJECTS_SHOWN;

	if (!v->nsubjects)
		return;
	json_open(j, "subjects", '[');
	for (size_t i = 0; i < n; i++)
		write_hash(j, NULL, v->subjects[i]->hash.v);
	json_close(j, ']');
	json_open(j, "subject_labels", '[');
	for (size_t i = 0; i < n; i++)
		json_str_max(j, NULL, v->subjects[i]->label, SUBJECT_LABEL_MAX);
	json_close(j, ']');
	if (v->nsubjects + v->more_subjects > n)
		json_uint(j, "more_subjects", v->nsubjects + v->more_subjects - n);
}

static void write_session(struct json *j, const struct event_session *s)
{
	if (!s->database.len && !s->search_path.len && !s->role.len && !s->user.len && !s->sql_mode.len && !s->role_unknown &&
	    !s->user_unknown)
		return;
	json_open(j, "session", '{');
	line_opt(j, "database", s->database, NAME_BYTES);
	line_opt(j, "search_path", s->search_path, NAME_BYTES);
	line_opt(j, "role", s->role, NAME_BYTES);
	if (s->role_unknown)
		json_boolean(j, "role_unknown", true);
	line_opt(j, "user", s->user, NAME_BYTES);
	if (s->user_unknown)
		json_boolean(j, "user_unknown", true);
	line_opt(j, "sql_mode", s->sql_mode, NAME_BYTES);
	json_close(j, '}');
}

void line_findings(struct json *j, const struct event_context *ctx, const struct event_query *q)
{
	if (q->verdict) {
		write_calls(j, q);
		write_files(j, q, ctx->mask_literals);
		write_subjects(j, q->verdict);
		if (q->verdict->cut)
			json_boolean(j, "examined_in_part", true);
	}
	write_session(j, &q->session);
}
