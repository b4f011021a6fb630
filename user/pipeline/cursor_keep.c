// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A copy of an execution whose text may be about a cursor: its event may have to wait longer than the query stage keeps it. */
#include "base/cleanup.h"
#include "pipeline/cursor.h"

#define LOOK_MAX 1024 /* what stands behind so much comment is told by itself */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool may_be_about(struct slice text)
{
	struct slice look = slice_head(text, LOOK_MAX);
	size_t n;

	for (size_t i = 0; i < look.len; i += n + 1) {
		struct slice word;

		for (n = 0; i + n < look.len && is_letter(look.ptr[i + n]);)
			n++;
		word = slice_mem(look.ptr + i, n);
		if (slice_ieq(word, SLICE("cursor")) || slice_ieq(word, SLICE("fetch")) || slice_ieq(word, SLICE("move")))
			return true;
	}
	return false;
}

static void keep(struct arena *a, struct slice *s)
{
	if (s->ptr)
		*s = arena_dup(a, *s);
}

static void keep_connection(struct execution *x, struct arena *a)
{
	struct db_connection *c = x->conn ? arena_alloc(a, sizeof(*c)) : NULL;

	if (c) {
		*c = *x->conn;
		keep(a, &c->database);
		keep(a, &c->user);
		keep(a, &c->host);
		keep(a, &c->application);
		keep(a, &c->path);
		keep(a, &c->source);
	}
	x->conn = c;
}

static void keep_parameters(struct execution *x, struct arena *a)
{
	struct parameter *v = x->nparameters ? arena_array(a, x->nparameters, sizeof(*v)) : NULL;

	for (size_t i = 0; v && i < x->nparameters; i++) {
		v[i] = x->parameters[i];
		keep(a, &v[i].value);
	}
	x->parameters = v;
}

static void keep_via(struct execution *x, struct arena *a)
{
	struct slice *v = x->nvia ? arena_array(a, x->nvia, sizeof(*v)) : NULL;

	for (size_t i = 0; v && i < x->nvia; i++) {
		v[i] = x->via[i];
		keep(a, &v[i]);
	}
	x->via = v;
}

const struct execution *cursors_keep(const struct execution *x, struct arena *a)
{
	struct execution *k = may_be_about(x->text) ? arena_alloc(a, sizeof(*k)) : NULL;

	if (!k)
		return x;
	*k = *x;
	keep(a, &k->system_name);
	keep(a, &k->text);
	keep(a, &k->status_code);
	keep(a, &k->command_tag);
	keep(a, &k->library);
	keep(a, &k->symbol);
	keep(a, &k->statement);
	keep(a, &k->source);
	keep_connection(k, a);
	keep_parameters(k, a);
	keep_via(k, a);
	if (!a->full)
		return k;
	arena_reset(a);
	return x;
}
