// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* SQL that a database keeps, of views, functions, triggers and events: what it refers to. */
#include <stdlib.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "policy/catalog_priv.h"

#define PUTS_ROWS (SQL_INSERT | SQL_UPDATE)

/* The next run of bytes that may be a name, empty at the end. */
static struct slice next_word(struct slice *text)
{
	struct slice word;
	size_t n = 0;

	while (text->len && !ascii_is_name(text->ptr[0]))
		*text = slice_skip(*text, 1);
	while (n < text->len && ascii_is_name(text->ptr[n]))
		n++;
	word = slice_head(*text, n);
	*text = slice_skip(*text, n);
	return word;
}

int catalog_add_words(struct catalog *c, struct object *o, struct slice text)
{
	struct slice word;
	int err = 0;

	while (!err && (word = next_word(&text)).len)
		err = catalog_add_named(c, o, &o->reads, SLICE_NONE, word, false);
	return err;
}

/* A trigger that counts or checks only has no need of these. */
static bool names_its_row(struct slice text)
{
	struct slice word;

	while ((word = next_word(&text)).len)
		if (slice_ieq(word, SLICE("new")) || slice_ieq(word, SLICE("old")))
			return true;
	return false;
}

/* A name of another database, where nothing else is known of it. */
static int add_remote(struct catalog *c, struct object *o, const struct sql_relation *r)
{
	struct object *there;
	int err = catalog_intern(c, r->schema, r->name, &there);

	return err || there == o ? err : objects_add(&o->reads, there);
}

/* MariaDB runs what it keeps in the database where that is; elsewhere a search path decides, of which nothing is known. */
static struct slice meant(const struct catalog *c, const struct object *o, struct slice schema)
{
	return schema.len || c->dialect != SQL_MARIADB ? schema : o->schema;
}

static int add_relation(struct catalog *c, struct object *o, enum catalog_text kind, const struct sql_relation *r)
{
	struct slice schema = meant(c, o, r->schema);
	int err = 0;

	if (r->via >= SQL_VIA_LITERAL || !r->name.len)
		return 0;
	if (kind == CATALOG_REMOTE)
		return add_remote(c, o, r);
	if (kind == CATALOG_BODY || (r->access & SQL_READ))
		err = catalog_add_named(c, o, &o->reads, schema, r->name, false);
	if (!err && (r->access & PUTS_ROWS))
		err = catalog_add_named(c, o, &o->writes, schema, r->name, false);
	return err;
}

static int add_statement(struct catalog *c, struct object *o, enum catalog_text kind, const struct sql_statement *st)
{
	int err = 0;

	for (size_t i = 0; i < st->nrelations && !err; i++)
		err = add_relation(c, o, kind, &st->relations[i]);
	for (size_t i = 0; i < st->ncalls && !err && kind != CATALOG_REMOTE; i++)
		err = catalog_add_named(c, o, &o->reads, meant(c, o, st->calls[i].schema), st->calls[i].name, true);
	return err;
}

/* What a function that is called reads and writes is as if the text did it itself; and what that one calls. */
static int add_callees(struct catalog *c, struct object *o)
{
	int err = 0;

	c->walk++;
	for (size_t i = 0; i < o->reads.n && !err; i++) {
		struct object *f = o->reads.v[i];

		if (!f->is_function || f->walk == c->walk)
			continue;
		f->walk = c->walk;
		for (size_t k = 0; k < f->reads.n && !err; k++)
			err = objects_add(&o->reads, f->reads.v[k]);
		for (size_t k = 0; k < f->writes.n && !err; k++)
			err = objects_add(&o->writes, f->writes.v[k]);
		o->writes.cut |= f->writes.cut;
	}
	return err;
}

/* Whatever text has written stands for `of` (NULL: nothing) and for whatever it has read. */
static int add_copies(struct object *of, const struct object *text)
{
	int err = 0;

	for (size_t i = 0; i < text->writes.n && !err; i++) {
		struct object *copy = text->writes.v[i];

		if (of && copy != of)
			err = objects_add(&copy->reads, of);
		for (size_t k = 0; k < text->reads.n && !err; k++)
			if (text->reads.v[k] != copy && !text->reads.v[k]->is_function)
				err = objects_add(&copy->reads, text->reads.v[k]);
	}
	return err;
}

static int add_statements(struct catalog *c, struct object *o, enum catalog_text kind, struct slice text, bool ansi_quotes,
			  enum sql_certainty *ret)
{
	const struct sql_options options = { .dialect = c->dialect, .strings_unknown = true, .ansi_quotes = ansi_quotes };
	const struct sql_result *r;
	int err = 0;

	arena_reset(&c->scratch);
	sql_analyze(&options, text, &c->scratch, &r);
	for (size_t i = 0; i < r->nstatements && !err; i++)
		err = add_statement(c, o, kind, &r->statements[i]);
	*ret = r->certainty;
	return err;
}

/* Text that runs by itself; nobody calls it, so what it does is told of what it writes. */
static int add_copying(struct catalog *c, struct object *o, enum catalog_text kind, struct slice text, bool ansi_quotes)
{
	struct object does = { .schema = o->schema, .name = o->name };
	enum sql_certainty certainty;
	int err = add_statements(c, &does, kind, text, ansi_quotes, &certainty);

	if (!err)
		err = add_callees(c, &does);
	if (!err)
		err = add_copies(kind == CATALOG_TRIGGER && names_its_row(text) ? o : NULL, &does);
	if (certainty != SQL_PARSED || does.writes.cut)
		object_unseen(o, kind == CATALOG_TRIGGER ? "what a trigger or rule of it writes is not wholly known"
							 : "what this event writes is not wholly known");
	free(does.reads.v);
	free(does.writes.v);
	return err;
}

int catalog_add_text(struct catalog *c, struct object *o, enum catalog_text kind, struct slice text, bool ansi_quotes)
{
	enum sql_certainty certainty;
	int err;

	if (!text.len) {
		object_unseen(o, "its text cannot be read with these rights");
		return 0;
	}
	if (kind == CATALOG_TRIGGER || kind == CATALOG_EVENT)
		return add_copying(c, o, kind, text, ansi_quotes);
	err = add_statements(c, o, kind, text, ansi_quotes, &certainty);
	if (kind == CATALOG_REMOTE && certainty != SQL_PARSED)
		object_unseen(o, "its query in the other database was not wholly understood");
	return err || certainty == SQL_PARSED ? err : catalog_add_words(c, o, text);
}
