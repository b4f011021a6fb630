// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Configuration: golden files (each bad one with its exact error), defaults, values, limits, policy.d, hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "tree.inc.c"

#define GOLDEN "tests/golden/config"

static int is_yaml(const struct dirent *e)
{
	return slice_ends(slice_cstr(e->d_name), SLICE(".yaml"));
}

/* Calls check for every .yaml file of a folder; returns how many. */
static int each_file(const char *dir, void (*check)(const char *path))
{
	struct dirent **names;
	int n = scandir(dir, &names, is_yaml, alphasort);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		char path[300];

		snprintf(path, sizeof(path), "%s/%.255s", dir, names[i]->d_name);
		check(path);
		free(names[i]);
	}
	free(names);
	return n;
}

static void check_bad(const char *path)
{
	struct config *c = (struct config *)&c;
	struct config_error e;
	struct buf expected;
	char err_path[300];

	buf_init(&expected, 4096);
	snprintf(err_path, sizeof(err_path), "%.*s.err", (int)strlen(path) - 5, path);
	assert_int_equal(buf_read_file(&expected, AT_FDCWD, err_path), 0);
	buf_addc(&expected, 0);
	*strchrnul(expected.ptr, '\n') = 0;
	assert_int_equal(config_load(path, &c, &e), -EINVAL);
	assert_string_equal(e.text, expected.ptr);
	assert_ptr_equal(c, &c); /* untouched */
	buf_done(&expected);
}

static void check_good(const char *path)
{
	struct config *c;
	struct config_error e = { "" };

	if (config_load(path, &c, &e))
		fail_msg("%s", e.text);
	assert_int_equal(strlen(c->hash), 64);
	config_free(c);
}

static void test_bad_files(void **state)
{
	(void)state;
	assert_true(each_file("bad", check_bad) >= 75);
}

static void test_good_files(void **state)
{
	(void)state;
	assert_true(each_file("good", check_good) >= 6);
	check_good("../../../doc/qprov.yaml");
}

static int parse(struct slice text, struct config_error *e)
{
	struct config *c;
	int r = config_parse(text, "t", &c, e);

	if (r == 0)
		config_free(c);
	return r;
}

/* Every truncation of every golden file either loads or says why, from a block of exactly its size. */
static void check_truncations(const char *path)
{
	struct buf b;

	buf_init(&b, CONFIG_FILE_MAX);
	assert_int_equal(buf_read_file(&b, AT_FDCWD, path), 0);
	for (size_t n = 0; n <= b.len; n++) {
		char *exact = malloc(n ? n : 1);
		struct config_error e;
		int r;

		if (n)
			memcpy(exact, b.ptr, n);
		r = parse(slice_mem(exact, n), &e);
		assert_true(r == 0 || r == -EINVAL);
		if (r)
			assert_true(strncmp(e.text, "t:", 2) == 0 && strchr(e.text, ' '));
		free(exact);
	}
	buf_done(&b);
}

static void test_truncations(void **state)
{
	(void)state;
	each_file("bad", check_truncations);
	each_file("good", check_truncations);
}

static void test_defaults(void **state)
{
	struct config *c;
	struct config_error e;

	(void)state;
	assert_int_equal(config_parse(SLICE("tables: []\n"), "t", &c, &e), 0);
	assert_int_equal(c->uncertain, CONFIG_ALERT);
	assert_true(c->mask_literals);
	assert_false(c->all_queries || c->connections);
	assert_false(c->sqlite_rows || c->mysql_rows);
	assert_true(c->expedite);
	assert_int_equal(c->max_statement, 16 << 20);
	assert_int_equal(c->ring_bytes, 32 << 20);
	assert_int_equal(c->heartbeat_s, 60);
	assert_int_equal(c->ntables + c->nviews + c->nrules + c->nsinks, 0);
	config_free(c);
	config_free(NULL);
}

static void test_built_in(void **state)
{
	struct config *c;
	struct config_error e;

	(void)state;
	if (access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		skip();
	assert_int_equal(config_load(NULL, &c, &e), 0);
	assert_true(c->all_queries);
	assert_int_equal(c->uncertain, CONFIG_ALERT);
	assert_int_equal(c->ntables, 0);
	config_free(c);
}

static void assert_slice(struct slice s, const char *expected)
{
	if (!slice_eq(s, slice_cstr(expected)))
		fail_msg("%s, expected %s", slice_quote(s), expected);
}

static void check_full_rules(const struct config *c)
{
	const struct config_rule *r = &c->rules[0];

	assert_int_equal(c->nrules, 2);
	assert_slice(r->name, "nightly export");
	assert_int_equal(r->user.n, 2);
	assert_slice(r->user.v[1], "unset");
	assert_int_equal(r->uid.n, 2);
	assert_slice(r->exe.v[0], "/usr/bin/airflow");
	assert_slice(r->comm.v[0], "airflow*");
	assert_slice(r->group.v[1], "etl-*");
	assert_slice(r->script.v[1], "etl.pull");
	assert_int_equal(r->sessions, 1 << REC_WAY_CRON | 1 << REC_WAY_UNIT);
	assert_true(c->asks_groups);
	assert_slice(r->tables.v[0], "*.user_ip_log");
	assert_int_equal(r->action, CONFIG_LOG);
	assert_int_equal(r->line, 12);
	assert_slice(r->file, "good/full.yaml");
	assert_int_equal(c->rules[1].action, CONFIG_IGNORE);
}

static void check_full_floor(const struct config_floor *f)
{
	assert_true(f->enabled);
	assert_false(f->files);
	assert_int_equal(f->grace_s, 5);
	assert_int_equal(f->nports, 3);
	assert_int_equal(f->ports[1].port, 6543);
	assert_slice(f->ports[2].system, "oracle.db");
	assert_int_equal(f->nsockets, 1);
	assert_slice(f->sockets[0].path, "*/my.sock");
	assert_slice(f->sockets[0].system, "mysql");
}

static void test_full(void **state)
{
	struct config *c;
	struct config_error e;

	(void)state;
	assert_int_equal(config_load("good/full.yaml", &c, &e), 0);
	check_full_floor(&c->floor);
	assert_int_equal(c->ntables, 2);
	assert_slice(c->tables[0].match, "*.user_ip_log");
	assert_int_equal(c->tables[0].systems.n, 2);
	assert_slice(c->tables[0].columns.v[1], "lat");
	assert_int_equal(c->tables[0].severity, 73);
	assert_int_equal(c->tables[1].severity, 99);
	assert_int_equal(c->tables[1].tags.n, 1);
	assert_int_equal(c->tables[1].line, 7);
	assert_int_equal(c->nviews, 2);
	assert_slice(c->views[0].name, "public.v_ips");
	assert_slice(c->views[0].bases.v[1], "public.users");
	check_full_rules(c);
	assert_int_equal(c->uncertain, CONFIG_LOG);
	assert_false(c->mask_literals);
	assert_true(c->all_queries && c->sqlite_rows && c->mysql_rows);
	assert_int_equal(c->max_statement, 4096);
	assert_int_equal(c->ring_bytes, 1 << 20);
	assert_int_equal(c->nsinks, 2);
	assert_int_equal(c->sinks[0].kind, CONFIG_SINK_STDOUT);
	assert_slice(c->sinks[1].path, "/var/log/q.jsonl");
	assert_int_equal(c->sinks[1].max_bytes, 1 << 30);
	assert_int_equal(c->sinks[1].keep, 3);
	assert_int_equal(c->heartbeat_s, 120);
	config_free(c);
}

static void test_fragments(void **state)
{
	struct config *c;
	struct config_error e;

	(void)state;
	assert_int_equal(config_load("fragments/qprov.yaml", &c, &e), 0);
	assert_int_equal(c->ntables, 3);
	assert_slice(c->tables[1].match, "contacts");
	assert_slice(c->tables[1].file, "fragments/policy.d/10-crm.yaml");
	assert_slice(c->tables[2].match, "user_ip_log");
	assert_int_equal(c->nviews, 1);
	assert_int_equal(c->nrules, 1);
	/* cat qprov.yaml policy.d/ *.yaml | sha256sum */
	assert_string_equal(c->hash, "6ff23e2196dcda73a131bedcb9e38119fdb8ce988352efeb29f63f80b57008c8");
	assert_slice(c->file, "fragments/qprov.yaml");
	config_free(c);
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void expect_load_error(const char *main_file, const char *suffix)
{
	struct config *c;
	struct config_error e;
	int r = config_load(main_file, &c, &e);

	assert_true(r < 0);
	if (!slice_ends(slice_cstr(e.text), slice_cstr(suffix)))
		fail_msg("%s; expected at its end: %s", e.text, suffix);
}

static void test_bad_fragments(void **state)
{
	const char *dir = tree_make();
	char main_file[64], fragments[64], one[80], two[80];

	(void)state;
	assert_non_null(dir);
	snprintf(main_file, sizeof(main_file), "%s/qprov.yaml", dir);
	snprintf(fragments, sizeof(fragments), "%s/policy.d", dir);
	snprintf(one, sizeof(one), "%s/a.yaml", fragments);
	snprintf(two, sizeof(two), "%s/b.yml", fragments);
	expect_load_error(main_file, "qprov.yaml: No such file or directory; give a readable file");
	expect_load_error(dir, "Is a directory; give a readable file");
	expect_load_error("/dev/zero", "/dev/zero: not a regular file; give a readable file");
	put_file(main_file, "tables: []\n");
	assert_int_equal(mkdir(fragments, 0700), 0);
	put_file(one, "uncertain: log\n");
	expect_load_error(main_file, "policy.d/a.yaml:1:1: uncertain: not allowed in policy.d; put it into the main file "
				     "(here: tables, functions, files, views, partitions, rules, thresholds)");
	put_file(one, "table: []\n");
	expect_load_error(main_file, "a.yaml:1:1: table: unknown key in a file of policy.d; did you mean \"tables\"? "
				     "(known: tables, functions, files, views, partitions, rules, thresholds)");
	put_file(one, "tables: []\n");
	put_file(two, "tables: []\n");
	expect_load_error(main_file, "policy.d/b.yml: would not be read; rename it to end in .yaml");
	unlink(one);
	unlink(two);
	rmdir(fragments);
	put_file(fragments, "");
	expect_load_error(main_file, "policy.d: Not a directory; make it a readable folder, or remove it");
}

static void expect_text(const struct buf *b, const char *expected)
{
	struct config_error e = { "" };

	assert_int_equal(b->err, 0);
	assert_int_equal(parse(buf_slice(b), &e), expected ? -EINVAL : 0);
	if (expected)
		assert_string_equal(e.text, expected);
}

/* Sizes: too large a file, too many nodes, too long a value, deep nesting of both kinds. */
static void test_limits(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 2 * CONFIG_FILE_MAX);
	while (b.len < CONFIG_FILE_MAX && !b.err)
		buf_adds(&b, "# a comment of some length, many times over\n");
	expect_text(&b, "t:1:1: YAML: a file of 16777244 bytes; at most 16777216 are read");
	buf_clear(&b);
	buf_adds(&b, "tables: [");
	for (int i = 0; i < 650000; i++)
		buf_adds(&b, "a, ");
	buf_adds(&b, "a]\n");
	expect_text(&b, "t:1:1800001: YAML: more than 600000 values; spread them over files in policy.d");
	buf_clear(&b);
	buf_adds(&b, "tables: [{match: ");
	for (int i = 0; i < 5000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "}]\n");
	expect_text(&b, "t:1:18: YAML: a value of 5000 bytes; at most 4096 are allowed");
	for (int kind = 0; kind < 2; kind++) {
		buf_clear(&b);
		buf_adds(&b, "tables: ");
		for (int i = 0; i < 200000; i++)
			buf_adds(&b, kind ? "[" : "{a: ");
		expect_text(&b, kind ? "t:1:16: YAML: nested deeper than 8 levels; no key needs that"
				     : "t:1:37: YAML: nested deeper than 8 levels; no key needs that");
	}
	buf_done(&b);
}

/* Ten thousand tables, views and keys of one map: linear, not quadratic. */
static void test_large(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, CONFIG_FILE_MAX);
	buf_adds(&b, "tables:\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "  - {match: public.table_%d, tags: [a, b]}\n", i);
	buf_adds(&b, "views:\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "  v_%d: table_%d\n", i, i);
	expect_text(&b, NULL);
	buf_adds(&b, "  v_17: x\n");
	expect_text(&b, "t:20003:3: \"v_17\": duplicate key, first given in line 10020; give each key once");
	buf_done(&b);
}

/* A hostile file cannot make an error that overruns or forges a line. */
static void test_hostile_messages(void **state)
{
	struct config_error e;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	buf_adds(&b, "\"");
	for (int i = 0; i < 600; i++)
		buf_adds(&b, "\xe2\x82\xac ");
	buf_adds(&b, "\": 1\n");
	assert_int_equal(parse(buf_slice(&b), &e), -EINVAL);
	assert_null(strchr(e.text, '\n'));
	assert_true(strlen(e.text) < sizeof(e.text));
	buf_done(&b);
}

static int to_golden(void **state)
{
	(void)state;
	return chdir(GOLDEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_files),        cmocka_unit_test(test_good_files),
		cmocka_unit_test(test_truncations),      cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_built_in),         cmocka_unit_test(test_full),
		cmocka_unit_test(test_fragments),        cmocka_unit_test_teardown(test_bad_fragments, tree_remove),
		cmocka_unit_test(test_limits),           cmocka_unit_test(test_large),
		cmocka_unit_test(test_hostile_messages),
	};

	return cmocka_run_group_tests(tests, to_golden, NULL);
}
