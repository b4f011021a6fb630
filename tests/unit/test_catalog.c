// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Rows of a database's catalog -> a file of policy.d. What is written loads, and says what the rows said: for random objects with names
 * that YAML and policies stumble over, compared with a naive reading of the same rows. Random, but from a fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "policy/catalog.h"

enum { ROUNDS = 400, OBJECTS_MAX = 24, EDGES_MAX = 60, TENANTS = 40 };

static uint64_t seed = 1;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* A row of text fields joined by '|', the way the clients answer. */
static void put_row(struct buf *b, const char *text)
{
	buf_addc(b, text[0]);
	for (const char *p = text + 1; *p; p++)
		if (*p == '|')
			buf_addc(b, '|');
		else
			buf_printf(b, "%02x", (unsigned char)*p);
	buf_addc(b, '\n');
}

static int convert(enum sql_dialect dialect, struct slice rows, struct buf *yaml, struct catalog_summary *sum, size_t *line)
{
	struct catalog *c;
	int err;

	assert_int_equal(catalog_new(dialect, &c), 0);
	err = catalog_rows(c, rows, line);
	if (!err)
		catalog_write(c, yaml, sum);
	catalog_free(c);
	return err;
}

/* ---- what single rows say ---- */

static const struct {
	enum sql_dialect dialect;
	const char *rows[8];
	const char *expected; /* without the headings and comments */
	size_t unseen;
} cases[] = {
	/* a trigger copies into another table; a count holds no rows */
	{ SQL_MARIADB,
	  { "R|a|users", "R|a|copy", "R|a|n", "T|a|users|INSERT INTO copy VALUES (NEW.id)", "T|a|users|UPDATE n SET n = n + 1" },
	  "  \"a.copy\": [\"a.users\"]\n",
	  0 },
	{ SQL_SQLITE,
	  { "R||users", "R||copy", "T||users|CREATE TRIGGER t AFTER UPDATE ON users BEGIN INSERT INTO copy SELECT OLD.id; END" },
	  "  \"copy\": [\"users\"]\n",
	  0 },
	{ SQL_POSTGRES,
	  { "R|a|users", "R|a|copy", "R|a|more",
	    "T|a|users|CREATE RULE r AS ON INSERT TO a.users DO INSERT INTO a.copy SELECT new.id FROM a.more" },
	  "  \"a.copy\": [\"a.more\", \"a.users\"]\n",
	  0 },
	/* by way of a function that it calls, and one that that calls */
	{ SQL_POSTGRES,
	  { "R|a|users", "R|a|copy", "F|a|f", "F|a|g", "B|a|g|INSERT INTO a.copy VALUES ($1)", "B|a|f|SELECT a.g($1)",
	    "T|a|users|DO $q$ BEGIN PERFORM a.f(NEW.id); END $q$" },
	  "  \"a.copy\": [\"a.users\"]\n  \"a.f\": [\"a.g\"]\n  \"a.g\": [\"a.copy\"]\n",
	  0 },
	/* text that is put together */
	{ SQL_POSTGRES,
	  { "R|a|users", "R|a|copy", "T|a|users|DO $q$ BEGIN EXECUTE format('INSERT INTO %I VALUES (1)', TG_ARGV[0]); END $q$" },
	  "",
	  1 },
	/* an event belongs to no table */
	{ SQL_MARIADB,
	  { "R|a|users", "R|a|copy", "S|a|nightly|INSERT INTO copy SELECT * FROM users" },
	  "  \"a.copy\": [\"a.users\"]\n",
	  0 },
	/* "x" is a name under ANSI_QUOTES, and a string otherwise */
	{ SQL_MARIADB,
	  { "R|a|users", "F|a|f", "F|a|g", "B|a|f|SELECT id FROM \"users\"|1", "B|a|g|SELECT \"users\" FROM DUAL" },
	  "  \"a.f\": [\"a.users\"]\n",
	  0 },
	/* a query that runs elsewhere */
	{ SQL_POSTGRES,
	  { "R|a|remote", "R|a|users", "Q|a|remote|SELECT id FROM hr.people p JOIN users u ON u.id = p.id" },
	  "  \"a.remote\": [\"users\", \"hr.people\"]\n",
	  0 },
	{ SQL_MARIADB, { "R|a|m", "H|a|m|engine", "H||*|rights" }, "", 2 },
	{ SQL_POSTGRES,
	  { "R|a|users", "F|a|py", "W|a|py|plpy.execute('SELECT * FROM users')", "H|a|py|language" },
	  "  \"a.py\": [\"a.users\"]\n",
	  1 },
	{ SQL_MARIADB, { "R|a|v", "B|a|v|" }, "", 1 },
};

static void keep_entries(struct slice yaml, struct buf *to)
{
	while (yaml.len) {
		const char *nl = memchr(yaml.ptr, '\n', yaml.len);
		struct slice line = slice_head(yaml, nl ? (size_t)(nl - yaml.ptr) + 1 : yaml.len);

		if (slice_starts(line, SLICE("  \"")))
			buf_add(to, line);
		yaml = slice_skip(yaml, line.len);
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct catalog_summary sum;
		struct buf rows, yaml, found;
		size_t line;

		buf_init(&rows, 1 << 16);
		buf_init(&yaml, 1 << 16);
		buf_init(&found, 1 << 16);
		for (size_t k = 0; k < ARRAY_SIZE(cases[i].rows) && cases[i].rows[k]; k++)
			put_row(&rows, cases[i].rows[k]);
		put_row(&rows, "E");
		assert_int_equal(convert(cases[i].dialect, buf_slice(&rows), &yaml, &sum, &line), 0);
		keep_entries(buf_slice(&yaml), &found);
		if (!slice_eq(buf_slice(&found), slice_cstr(cases[i].expected)) || sum.unseen != cases[i].unseen)
			fail_msg("case %zu, %zu unseen:\n%.*s", i, sum.unseen, (int)yaml.len, yaml.ptr);
		buf_done(&rows);
		buf_done(&yaml);
		buf_done(&found);
	}
}

/* An answer that was cut off anywhere between two rows, or goes on behind its end, is none. */
static void test_whole(void **state)
{
	static const struct {
		const char *rows;
		int err;
		size_t line;
	} answers[] = {
		{ "", -ENODATA, 1 },
		{ "R||61\n", -ENODATA, 2 },
		{ "R||61\nE\nR||62\n", -EBADMSG, 3 },
		{ "E\nE\n", -EBADMSG, 2 },
		{ "R||61\nR||6\nE\n", -EBADMSG, 2 },
		{ "E|61\n", -EBADMSG, 1 },
		{ "H||61|62\nE\n", -EBADMSG, 1 },
		{ "R||61\nE\n", 0, 3 },
		{ "D||61||\nE\n", -EBADMSG, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct catalog_summary sum;
		struct buf yaml;
		size_t line;

		buf_init(&yaml, 1 << 16);
		assert_int_equal(convert(SQL_SQLITE, slice_cstr(answers[i].rows), &yaml, &sum, &line), answers[i].err);
		assert_int_equal(line, answers[i].line);
		buf_done(&yaml);
	}
}

/* A name that stands in very many schemas is written once, without one. */
static void test_tenants(void **state)
{
	struct catalog_summary sum;
	struct buf rows, yaml, found;
	size_t line;

	(void)state;
	buf_init(&rows, 1 << 20);
	buf_init(&yaml, 1 << 20);
	buf_init(&found, 1 << 20);
	for (unsigned i = 0; i < TENANTS; i++) {
		char row[64];

		snprintf(row, sizeof(row), "R|tenant%u|users", i);
		put_row(&rows, row);
		snprintf(row, sizeof(row), "F|tenant%u|f", i);
		put_row(&rows, row);
	}
	put_row(&rows, "B|tenant7|f|SELECT id FROM users");
	put_row(&rows, "B|tenant8|f|SELECT id FROM Tenant9.users");
	put_row(&rows, "E");
	assert_int_equal(convert(SQL_POSTGRES, buf_slice(&rows), &yaml, &sum, &line), 0);
	keep_entries(buf_slice(&yaml), &found);
	assert_string_equal(buf_slice(&found).len ? (buf_addc(&found, 0), found.ptr) : "",
			    "  \"tenant7.f\": [\"users\"]\n  \"tenant8.f\": [\"tenant9.users\"]\n");
	buf_done(&rows);
	buf_done(&yaml);
	buf_done(&found);
}

/* ---- there and back ---- */

static const char *const held[] = { "a",
				    "B",
				    "\xc3\xa9",
				    "\xe6\xbc\xa2",
				    "\xf0\x9f\x98\x80",
				    " ",
				    "#",
				    ":",
				    "- ",
				    "[",
				    "]",
				    "{",
				    "}",
				    ",",
				    "&",
				    "!",
				    "|",
				    ">",
				    "%",
				    "@",
				    "~",
				    "null",
				    "true",
				    "=",
				    "$",
				    "/" };
static const char *const refused[] = { ".", "\"", "'", "`", "*", "?", "\\", "\n", "\t", "\x7f", "\xff", "\xed\xa0\x80", "\xc2\x85" };

struct thing {
	char schema[64], name[64];
	bool held;
};

struct edge {
	unsigned from, to;
	bool part;
};

struct world {
	struct thing things[OBJECTS_MAX];
	unsigned n;
	struct edge edges[EDGES_MAX];
	unsigned nedges;
};

static bool make_name(char *to)
{
	bool ok = true;

	strcpy(to, "x");
	for (unsigned i = pick(4); i > 0; i--) {
		bool odd = pick(12) == 0;

		strcat(to, odd ? refused[pick(ARRAY_SIZE(refused))] : held[pick(ARRAY_SIZE(held))]);
		ok &= !odd;
	}
	strcat(to, "y");
	if (pick(100) == 0) {
		strcpy(to, "<<");
		ok = false;
	}
	return ok;
}

static const char *number(unsigned i)
{
	static char text[12];

	snprintf(text, sizeof(text), "%u", i);
	return text;
}

static void make_world(struct world *w)
{
	w->n = 1 + pick(OBJECTS_MAX);
	w->nedges = pick(EDGES_MAX);
	for (unsigned i = 0; i < w->n; i++) {
		struct thing *t = &w->things[i];
		bool schema = make_name(t->schema), name = make_name(t->name);

		t->held = (schema || slice_eq(slice_cstr(t->schema), SLICE("<<"))) && name;
		strcat(strcmp(t->name, "<<") ? t->name : t->schema, number(i)); /* each once */
	}
	for (unsigned i = 0; i < w->nedges; i++)
		w->edges[i] = (struct edge){ pick(w->n), pick(w->n), pick(3) == 0 };
}

static void put_hex(struct buf *b, const char *s)
{
	buf_addc(b, '|');
	for (; *s; s++)
		buf_printf(b, "%02x", (unsigned char)*s);
}

static void put_world(const struct world *w, struct buf *rows)
{
	for (unsigned i = 0; i < w->n; i++) {
		buf_addc(rows, 'R');
		put_hex(rows, w->things[i].schema);
		put_hex(rows, w->things[i].name);
		buf_addc(rows, '\n');
	}
	for (unsigned i = 0; i < w->nedges; i++) {
		const struct thing *a = &w->things[w->edges[i].from], *b = &w->things[w->edges[i].to];

		buf_addc(rows, w->edges[i].part ? 'P' : 'D');
		put_hex(rows, a->schema);
		put_hex(rows, a->name);
		put_hex(rows, b->schema);
		put_hex(rows, b->name);
		buf_addc(rows, '\n');
	}
	buf_adds(rows, "E\n");
}

/* Whom `from` names: by one edge, or by several through things that no policy can hold. */
static void spread(const struct world *w, bool part, unsigned root, unsigned from, bool *named)
{
	for (unsigned i = 0; i < w->nedges; i++) {
		unsigned to = w->edges[i].to;

		if (w->edges[i].part != part || w->edges[i].from != from || to == root || named[to])
			continue;
		named[to] = true;
		if (!w->things[to].held)
			spread(w, part, root, to, named);
	}
}

static bool is_thing(struct slice text, const struct thing *t)
{
	char whole[160];

	snprintf(whole, sizeof(whole), "%s.%s", t->schema, t->name);
	return slice_eq(text, slice_cstr(whole));
}

static const struct config_view *entry_of(const struct config_view *v, size_t n, const struct thing *t)
{
	for (size_t i = 0; i < n; i++)
		if (is_thing(v[i].name, t))
			return &v[i];
	return NULL;
}

static size_t check_entry(const struct world *w, const struct config_view *v, size_t n, bool part, unsigned from)
{
	const struct config_view *e = entry_of(v, n, &w->things[from]);
	bool named[OBJECTS_MAX] = { false };
	size_t count = 0;

	spread(w, part, from, from, named);
	for (unsigned i = 0; i < w->n; i++) {
		bool found = false;

		named[i] &= w->things[i].held;
		for (size_t k = 0; e && k < e->bases.n; k++)
			found |= is_thing(e->bases.v[k], &w->things[i]);
		assert_int_equal(found, named[i] && w->things[from].held);
		count += found;
	}
	assert_int_equal(e ? e->bases.n : 0, count);
	return e != NULL;
}

static void check_world(const struct world *w)
{
	struct config_error error;
	struct config *c = NULL;
	struct catalog_summary sum;
	struct buf rows, yaml;
	size_t line, views = 0, parts = 0;

	buf_init(&rows, 1 << 20);
	buf_init(&yaml, 1 << 20);
	put_world(w, &rows);
	assert_int_equal(convert(SQL_POSTGRES, buf_slice(&rows), &yaml, &sum, &line), 0);
	if (sum.views || sum.partitions) { /* a file of comments alone is no policy */
		if (config_parse(buf_slice(&yaml), "written", &c, &error))
			fail_msg("%s in\n%.*s", error.text, (int)yaml.len, yaml.ptr);
		for (unsigned i = 0; i < w->n; i++) {
			views += check_entry(w, c->views, c->nviews, false, i);
			parts += check_entry(w, c->partitions, c->npartitions, true, i);
		}
		assert_int_equal(views, c->nviews);
		assert_int_equal(parts, c->npartitions);
	}
	assert_int_equal(views, sum.views);
	assert_int_equal(parts, sum.partitions);
	config_free(c);
	buf_done(&rows);
	buf_done(&yaml);
}

static void test_round_trip(void **state)
{
	struct world w;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		make_world(&w);
		check_world(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
