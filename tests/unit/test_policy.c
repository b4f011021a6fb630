// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Policy: tables of (relation, who) -> verdict, views, explanations, and thousands of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "policy/policy.h"

struct fixture {
	struct config *c;
	struct policy *p;
	struct arena arena;
};

static void setup(struct fixture *f, struct slice text)
{
	struct config_error e;

	if (config_parse(text, "t.yaml", &f->c, &e))
		fail_msg("%s", e.text);
	assert_int_equal(policy_new(f->c, &f->p), 0);
	arena_init(&f->arena, 64 << 20);
}

static void teardown(struct fixture *f)
{
	policy_free(f->p);
	config_free(f->c);
	arena_done(&f->arena);
}

/* "catalog.schema.name" as a statement's reference. */
static struct sql_relation relation(const char *text, uint32_t access)
{
	struct sql_relation r = { .access = access };
	struct slice *parts[] = { &r.name, &r.schema, &r.catalog };
	struct slice rest = slice_cstr(text);

	for (int i = 0; i < 3 && rest.ptr; i++) {
		const char *dot = memrchr(rest.ptr, '.', rest.len);
		size_t at = dot ? (size_t)(dot - rest.ptr) : 0;

		*parts[i] = dot ? slice_skip(rest, at + 1) : rest;
		rest = dot ? slice_head(rest, at) : SLICE_NONE;
	}
	return r;
}

static const struct policy_who nobody;

static struct policy_verdict ask(struct fixture *f, const char *system, const struct sql_relation *r, size_t n, enum sql_certainty c,
				 const struct policy_who *who)
{
	struct policy_verdict v;

	assert_int_equal(
		policy_match(f->p,
			     &(struct policy_question){ .system = slice_cstr(system), .relations = r, .n = n, .certainty = c, .who = who },
			     &f->arena, &v),
		0);
	return v;
}

static void assert_slice(struct slice s, const char *expected)
{
	if (!slice_eq(s, slice_cstr(expected)))
		fail_msg("%s, expected %s", slice_quote(s), expected);
}

/* One pattern, one reference: sensitive or not. */
static void test_names(void **state)
{
	static const struct {
		const char *pattern;
		const char *reference;
		bool sensitive;
	} rows[] = {
		{ "users", "users", true },
		{ "users", "public.users", true },
		{ "users", "crm.public.users", true },
		{ "users", "USERS", true },
		{ "Users", "users", true },
		{ "users", "users2", false },
		{ "users", "xusers", false },
		{ "users", "users.other", false },
		{ "public.users", "public.users", true },
		{ "public.users", "PUBLIC.Users", true },
		{ "public.users", "users", true },
		{ "public.users", "private.users", false },
		{ "public.users", "crm.public.users", true },
		{ "*.users", "users", true },
		{ "*.users", "any.users", true },
		{ "*.users", "a.b.users", true },
		{ "crm.public.users", "users", true },
		{ "crm.public.users", "public.users", true },
		{ "crm.public.users", "crm.public.users", true },
		{ "crm.public.users", "erp.public.users", false },
		{ "crm.*.users", "crm.private.users", true },
		{ "user_*", "user_ip_log", true },
		{ "user_*", "USER_", true },
		{ "user_*", "users", false },
		{ "p*.user_?", "public.user_x", true },
		{ "p*.user_?", "s.user_x", false },
		{ "p*.user_?", "user_xy", false },
		{ "*", "x.y.z", true },
		{ "a?b", "a.b", false },
		{ "données", "données", true },
		{ "*.ip", "log.ip.old", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[128];
		struct fixture f;
		struct sql_relation r = relation(rows[i].reference, SQL_READ);
		struct policy_verdict v;

		snprintf(text, sizeof(text), "tables: [{match: \"%s\"}]\n", rows[i].pattern);
		setup(&f, slice_cstr(text));
		v = ask(&f, "postgresql", &r, 1, SQL_PARSED, &nobody);
		if (v.tables[0].sensitive != rows[i].sensitive)
			fail_msg("%s against %s", rows[i].reference, rows[i].pattern);
		assert_int_equal(v.action, rows[i].sensitive ? POLICY_ALERT : POLICY_NONE);
		teardown(&f);
	}
}

/* A dot inside a quoted name is a part of the name; bytes that are not text match only what they are. */
static void test_odd_names(void **state)
{
	struct fixture f;
	struct sql_relation dotted = { .name = SLICE("a.b"), .access = SQL_READ };
	struct sql_relation nul = { .name = { "us\0ers", 6 }, .access = SQL_READ };
	struct sql_relation none = { .access = SQL_READ };
	char *name = malloc(100000);
	struct sql_relation big = { .name = { name, 100000 }, .access = SQL_READ };

	(void)state;
	memset(name, 'u', 100000);
	setup(&f, SLICE("tables: [{match: a?b}, {match: users}, {match: \"u*u*u*x\"}]\n"));
	assert_int_equal(ask(&f, "sqlite", &dotted, 1, SQL_PARSED, &nobody).action, POLICY_ALERT);
	assert_int_equal(ask(&f, "sqlite", &nul, 1, SQL_PARSED, &nobody).action, POLICY_NONE);
	assert_int_equal(ask(&f, "sqlite", &none, 1, SQL_PARSED, &nobody).action, POLICY_NONE);
	assert_int_equal(ask(&f, "sqlite", &big, 1, SQL_PARSED, &nobody).action, POLICY_NONE);
	assert_int_equal(ask(&f, "sqlite", NULL, 0, SQL_PARSED, &nobody).action, POLICY_NONE);
	teardown(&f);
	free(name);
}

static void test_systems(void **state)
{
	static const struct {
		const char *system;
		bool pg, my, maria;
	} rows[] = {
		{ "postgresql", true, false, false }, { "mysql", false, true, true }, { "mariadb", false, true, true },
		{ "sqlite", false, false, false },    { "", true, true, true },       { NULL, true, true, true },
	};
	struct sql_relation r[] = { relation("p", SQL_READ), relation("m", SQL_READ), relation("a", SQL_READ) };
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables:\n  - {match: p, systems: postgresql}\n  - {match: m, systems: [sqlite, mysql]}\n"
			"  - {match: a, systems: [mariadb]}\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_verdict v = ask(&f, rows[i].system, r, 3, SQL_PARSED, &nobody);

		assert_int_equal(v.tables[0].sensitive, rows[i].pg);
		if (i != 3)
			assert_int_equal(v.tables[1].sensitive, rows[i].my);
		assert_int_equal(v.tables[2].sensitive, rows[i].maria);
	}
	teardown(&f);
}

static void test_columns(void **state)
{
	static struct sql_column ip[] = { { .name = SLICE_INIT("ID") }, { .name = SLICE_INIT("IP") } },
				 id[] = { { .name = SLICE_INIT("id") } }, geo[] = { { .name = SLICE_INIT("geo_x") } };
	static const struct {
		struct sql_column *columns;
		size_t n;
		bool all;
		uint32_t access;
		enum sql_certainty certainty;
		bool sensitive;
	} rows[] = {
		{ ip, 2, false, SQL_READ, SQL_PARSED, true },
		{ id, 1, false, SQL_READ, SQL_PARSED, false },
		{ geo, 1, false, SQL_READ, SQL_PARSED, true },
		{ NULL, 0, false, SQL_READ, SQL_PARSED, false },
		{ NULL, 0, true, SQL_READ, SQL_PARSED, true },
		{ id, 1, true, SQL_READ, SQL_PARSED, true },
		{ id, 1, false, SQL_UPDATE, SQL_PARSED, false },
		{ id, 1, false, SQL_DELETE, SQL_PARSED, true },
		{ NULL, 0, false, SQL_TRUNCATE, SQL_PARSED, true },
		{ NULL, 0, false, SQL_DROP, SQL_PARSED, true },
		{ id, 1, false, SQL_READ | SQL_COPY_OUT, SQL_PARSED, true },
		{ id, 1, false, SQL_READ, SQL_PARTIAL, true },
		{ NULL, 0, false, SQL_READ, SQL_TRUNCATED, true },
	};
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: log, columns: [ip, \"geo*\"]}]\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sql_relation r = relation("log", rows[i].access);

		r.columns = rows[i].columns;
		r.ncolumns = rows[i].n;
		r.all_columns = rows[i].all;
		if (ask(&f, "sqlite", &r, 1, rows[i].certainty, &nobody).tables[0].sensitive != rows[i].sensitive)
			fail_msg("row %zu", i);
		r.via = SQL_VIA_LEXICAL;
		if (!ask(&f, "sqlite", &r, 1, rows[i].certainty, &nobody).tables[0].sensitive)
			fail_msg("row %zu, lexical", i);
	}
	teardown(&f);
}

static const char who_rules[] = "tables: [{match: \"*.log\"}, {match: \"*.ips\"}]\n"
				"rules:\n"
				"  - {name: batch, when: {user: unset, uid: [990, 991], exe: /usr/bin/airflow}, action: ignore}\n"
				"  - {name: root never, when: {uid: 0, tables: ips}, action: alert}\n"
				"  - {name: team, when: {user: [alice, \"ts-*\"], tables: \"*.log\"}, action: log}\n"
				"  - {name: shell, when: {comm: \"psql*\", exe: [\"/usr/lib/postgresql/*\", /bin/psql]}, action: log}\n"
				"  - {name: anyone, when: {user: \"*\", tables: never}, action: ignore}\n";

struct who_row {
	const char *user; /* NULL: unset; "?": a loginuid without a name */
	uint32_t uid;
	const char *exe;
	const char *comm;
	const char *one, *two; /* relations */
	enum policy_action action;
	const char *rule;
};

static const struct who_row who_rows[] = {
	{ NULL, 990, "/usr/bin/airflow", "a", "log", NULL, POLICY_IGNORE, "batch" },
	{ NULL, 992, "/usr/bin/airflow", "a", "log", NULL, POLICY_ALERT, "sensitive table" },
	{ NULL, 991, "/tmp/airflow", "a", "log", NULL, POLICY_ALERT, "sensitive table" },
	{ NULL, 991, NULL, NULL, "log", NULL, POLICY_ALERT, "sensitive table" },
	{ "alice", 990, "/usr/bin/airflow", "a", "log", NULL, POLICY_LOG, "team" },
	{ "unset", 990, "/usr/bin/airflow", "a", "log", NULL, POLICY_ALERT, "sensitive table" },
	{ "?", 990, "/usr/bin/airflow", "a", "log", NULL, POLICY_ALERT, "sensitive table" },
	{ "alice", 0, "/bin/x", "a", "log", NULL, POLICY_LOG, "team" },
	{ "alice", 0, "/bin/x", "a", "log", "ips", POLICY_ALERT, "root never" },
	{ "alice", 1, "/bin/x", "a", "log", "ips", POLICY_ALERT, "sensitive table" },
	{ "alice", 1, "/bin/x", "a", "log", "harmless", POLICY_LOG, "team" },
	{ "alice", 1, "/bin/x", "a", "harmless", NULL, POLICY_NONE, "" },
	{ "Alice", 1, "/bin/x", "a", "log", NULL, POLICY_ALERT, "sensitive table" },
	{ "ts-bob", 1, "/bin/x", "a", "public.log", NULL, POLICY_LOG, "team" },
	{ "eve", 1, "/bin/psql", "psql", "log", NULL, POLICY_LOG, "shell" },
	{ "eve", 1, "/usr/lib/postgresql/15/bin/psql", "psql", "ips", "log", POLICY_LOG, "shell" },
	{ "eve", 1, "/bin/psql", "bash", "log", NULL, POLICY_ALERT, "sensitive table" },
};

static void test_who(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, slice_cstr(who_rules));
	for (size_t i = 0; i < ARRAY_SIZE(who_rows); i++) {
		const struct who_row *w = &who_rows[i];
		bool nameless = w->user && strcmp(w->user, "?") == 0;
		struct policy_who who = { .has_loginuid = w->user,
					  .user = nameless ? SLICE_NONE : slice_cstr(w->user),
					  .uid = w->uid,
					  .euid = w->uid,
					  .exe = slice_cstr(w->exe),
					  .comm = slice_cstr(w->comm) };
		struct sql_relation r[2] = { relation(w->one, SQL_READ), relation(w->two ? w->two : "none", SQL_READ) };
		struct policy_verdict v = ask(&f, "postgresql", r, w->two ? 2 : 1, SQL_PARSED, &who);

		if (v.action != w->action || !slice_eq(v.rule, slice_cstr(w->rule)))
			fail_msg("row %zu: %s by %s", i, policy_action_name(v.action), slice_quote(v.rule));
	}
	teardown(&f);
}

/* What is allowed must be proven by the reference; what is suspected need not. */
static void test_proven(void **state)
{
	static const struct {
		const char *reference;
		enum policy_action action;
	} rows[] = {
		{ "public.contacts", POLICY_LOG },   { "contacts", POLICY_ALERT },     { "old.contacts", POLICY_ALERT },
		{ "x.public.contacts", POLICY_LOG }, { "public.bare", POLICY_IGNORE }, { "bare", POLICY_IGNORE },
	};
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: contacts}, {match: bare}]\n"
			"rules:\n  - {name: a, when: {tables: public.contacts}, action: log}\n"
			"  - {name: b, when: {tables: \"*.bare\"}, action: ignore}\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sql_relation r = relation(rows[i].reference, SQL_READ);

		assert_int_equal(ask(&f, "postgresql", &r, 1, SQL_PARSED, &nobody).action, rows[i].action);
	}
	teardown(&f);
}

static void test_uncertain(void **state)
{
	static const struct {
		const char *uncertain;
		const char *reference;
		enum sql_certainty certainty;
		enum policy_action action;
		bool by_certainty;
		unsigned severity;
	} rows[] = {
		{ "alert", "harmless", SQL_PARSED, POLICY_NONE, false, 0 },
		{ "alert", "harmless", SQL_PARTIAL, POLICY_ALERT, true, 47 },
		{ "alert", "harmless", SQL_DYNAMIC, POLICY_ALERT, true, 47 },
		{ "alert", "harmless", SQL_TRUNCATED, POLICY_ALERT, true, 47 },
		{ "alert", "harmless", SQL_UNREADABLE, POLICY_ALERT, true, 47 },
		{ "log", "harmless", SQL_PARTIAL, POLICY_LOG, true, 47 },
		{ "ignore", "harmless", SQL_PARTIAL, POLICY_IGNORE, true, 47 },
		{ "alert", "allowed", SQL_PARSED, POLICY_LOG, false, 21 },
		{ "alert", "allowed", SQL_PARTIAL, POLICY_ALERT, true, 47 },
		{ "log", "allowed", SQL_PARTIAL, POLICY_LOG, false, 21 },
		{ "ignore", "allowed", SQL_PARTIAL, POLICY_LOG, false, 21 },
		{ "alert", "secret", SQL_PARTIAL, POLICY_ALERT, false, 99 },
		{ "log", "secret", SQL_PARTIAL, POLICY_ALERT, false, 99 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[256];
		struct fixture f;
		struct sql_relation r = relation(rows[i].reference, SQL_READ);
		struct policy_verdict v;

		snprintf(text, sizeof(text),
			 "uncertain: %s\ntables: [{match: allowed, severity: low}, {match: secret, severity: critical}]\n"
			 "rules: [{name: ok, when: {tables: allowed}, action: log}]\n",
			 rows[i].uncertain);
		setup(&f, slice_cstr(text));
		v = ask(&f, "sqlite", &r, 1, rows[i].certainty, &nobody);
		if (v.action != rows[i].action || v.uncertain != rows[i].by_certainty || v.severity != rows[i].severity)
			fail_msg("row %zu: %s %d %u", i, policy_action_name(v.action), v.uncertain, v.severity);
		if (v.uncertain)
			assert_slice(v.rule, "uncertain statement");
		if (v.action != POLICY_NONE)
			assert_slice(v.ruleset, "t.yaml");
		teardown(&f);
	}
}

/* No tables at all: what cannot be understood still counts, also when nothing was found in it. */
static void test_empty_policy(void **state)
{
	struct fixture f;
	struct sql_relation r = relation("users", SQL_READ);

	(void)state;
	setup(&f, SLICE("tables: []\n"));
	assert_int_equal(ask(&f, "sqlite", &r, 1, SQL_PARSED, &nobody).action, POLICY_NONE);
	assert_int_equal(ask(&f, "sqlite", &r, 1, SQL_PARTIAL, &nobody).action, POLICY_ALERT);
	assert_int_equal(ask(&f, "sqlite", NULL, 0, SQL_UNREADABLE, &nobody).action, POLICY_ALERT);
	teardown(&f);
}

/* Tags are the union in the order of the configuration, severity the highest. */
static void test_tags(void **state)
{
	struct sql_relation r[] = { relation("public.log", SQL_READ), relation("posts", SQL_READ) };
	struct policy_verdict v;
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables:\n  - {match: \"l*\", tags: [pii, a], severity: low}\n  - {match: log, tags: [b, pii], severity: high}\n"
			"  - {match: \"*.log\", tags: c}\n  - {match: other.log, tags: d, severity: critical}\n"));
	v = ask(&f, "sqlite", r, 2, SQL_PARSED, &nobody);
	assert_int_equal(v.tables[0].ntags, 4);
	assert_slice(v.tables[0].tags[0], "pii");
	assert_slice(v.tables[0].tags[1], "a");
	assert_slice(v.tables[0].tags[2], "b");
	assert_slice(v.tables[0].tags[3], "c");
	assert_int_equal(v.tables[0].severity, 73);
	assert_false(v.tables[1].sensitive);
	assert_int_equal(v.tables[1].ntags, 0);
	assert_int_equal(v.severity, 73);
	teardown(&f);
}

static void assert_expands(struct fixture *f, const char *from, uint32_t access, const char *expected)
{
	struct sql_relation r = relation(from, access), *all;
	struct buf b;
	size_t n;

	assert_int_equal(policy_expand(f->p, &r, 1, NULL, 0, &f->arena, &all, &n), 0);
	assert_true(n >= 1);
	assert_ptr_equal(all[0].name.ptr, r.name.ptr);
	buf_init(&b, 4096);
	for (size_t i = 1; i < n; i++) {
		assert_true(all[i].all_columns);
		if (all[i].schema.ptr)
			buf_printf(&b, "%.*s.", (int)all[i].schema.len, all[i].schema.ptr);
		buf_printf(&b, "%.*s ", (int)all[i].name.len, all[i].name.ptr);
	}
	buf_addc(&b, 0);
	if (strcmp(b.ptr, expected))
		fail_msg("%s expands to %s, expected %s", from, b.ptr, expected);
	buf_done(&b);
}

static void test_views(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, SLICE("tables: [{match: log, columns: ip}]\n"
			"views:\n  public.v: [public.log, users]\n  top: public.v\n  loop_a: loop_b\n  loop_b: [loop_a, log]\n"
			"  self: self\n  \"rep_*\": [top, posts]\n"));
	assert_expands(&f, "nothing", SQL_READ, "");
	assert_expands(&f, "v", SQL_READ, "public.log users ");
	assert_expands(&f, "PUBLIC.V", SQL_READ, "public.log users ");
	assert_expands(&f, "other.v", SQL_READ, "");
	assert_expands(&f, "top", SQL_READ, "public.v public.log users ");
	assert_expands(&f, "x.rep_1", SQL_READ, "top posts public.v public.log users ");
	assert_expands(&f, "loop_a", SQL_READ, "loop_b loop_a log ");
	assert_expands(&f, "self", SQL_READ, "self ");
	assert_expands(&f, "v", SQL_DROP, "");
	assert_expands(&f, "v", SQL_UPDATE | SQL_READ, "public.log users ");
	teardown(&f);
}

/* A view hides which columns are read: the base counts as wholly read. */
static void test_view_verdict(void **state)
{
	static struct sql_column id[] = { { .name = SLICE_INIT("id") } };
	struct sql_relation r = relation("top", SQL_READ), *all;
	struct fixture f;
	size_t n;

	(void)state;
	setup(&f, SLICE("tables: [{match: public.log, columns: ip}]\nviews: {v: public.log, top: v}\n"));
	r.columns = id;
	r.ncolumns = 1;
	assert_int_equal(policy_expand(f.p, &r, 1, NULL, 0, &f.arena, &all, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(ask(&f, "sqlite", all, n, SQL_PARSED, &nobody).action, POLICY_ALERT);
	assert_int_equal(policy_expand(f.p, NULL, 0, NULL, 0, &f.arena, &all, &n), 0);
	assert_int_equal(n, 0);
	teardown(&f);
}

static void test_explain(void **state)
{
	struct sql_relation r[] = { relation("public.log", SQL_READ), relation("posts", SQL_READ) };
	struct policy_who who = { .has_loginuid = true, .user = SLICE("eve"), .uid = 1 };
	struct fixture f;
	struct buf b;

	(void)state;
	setup(&f, slice_cstr(who_rules));
	buf_init(&b, 1 << 16);
	policy_explain(
		f.p,
		&(struct policy_question){ .system = SLICE("postgresql"), .relations = r, .n = 2, .certainty = SQL_PARTIAL, .who = &who },
		&b);
	buf_addc(&b, 0);
	assert_string_equal(
		b.ptr, "relation \"public\".\"log\" (read): matches \"*.log\" at t.yaml:1, so it is sensitive (severity medium)\n"
		       "relation \"posts\" (read): not sensitive\n"
		       "rule \"batch\" at t.yaml:3: does not apply: user is \"eve\"\n"
		       "rule \"root never\" at t.yaml:4: does not apply: uid is 1\n"
		       "rule \"team\" at t.yaml:5: does not apply: user is \"eve\"\n"
		       "rule \"shell\" at t.yaml:6: does not apply: exe is unknown\n"
		       "rule \"anyone\" at t.yaml:7: does not apply: a sensitive table is touched that its tables do not name for certain\n"
		       "no rule applies: a sensitive table alerts\n"
		       "certainty is partial, not parsed: uncertain statements are set to alert, which is not stronger\n"
		       "verdict: alert by rule \"sensitive table\", severity medium\n");
	buf_done(&b);
	teardown(&f);
}

static void fill_many(struct buf *b)
{
	buf_adds(b, "tables:\n");
	for (int i = 0; i < 10000; i++)
		buf_printf(b, "  - {match: s%d.table_%d, tags: [t%d]}\n", i % 7, i, i);
	buf_adds(b, "  - {match: \"*_secret\", tags: glob}\n");
}

/* 10,000 tables and 200,000 questions: far too slow unless names are hashed. */
static void test_many(void **state)
{
	struct fixture f;
	struct buf b;
	size_t hits = 0;

	(void)state;
	buf_init(&b, CONFIG_FILE_MAX);
	fill_many(&b);
	setup(&f, buf_slice(&b));
	for (unsigned i = 0; i < 200000; i++) {
		char name[32];
		struct sql_relation r = { .schema = SLICE("s3"), .access = SQL_READ };

		snprintf(name, sizeof(name), "TABLE_%u%s", i % 20000, i % 100000 == 5 ? "_secret" : "");
		r.name = slice_cstr(name);
		hits += ask(&f, "sqlite", &r, 1, SQL_PARSED, &nobody).action == POLICY_ALERT;
		arena_reset(&f.arena);
	}
	/* Of each 20,000 names, every seventh of the first 10,000 is in s3; and the two that end in _secret. */
	assert_int_equal(hits, 10 * 1429 + 2);
	assert_true(f.arena.mallocs <= 2);
	teardown(&f);
	buf_done(&b);
}

/* Without memory there is no verdict, not an empty one. */
static void test_no_memory(void **state)
{
	struct fixture f;
	struct arena none;
	struct sql_relation r = relation("v", SQL_READ), *all = NULL;
	struct policy_verdict v = { .severity = 1234 };
	size_t n = 77;

	(void)state;
	setup(&f, SLICE("tables: [{match: log}]\nviews: {v: log}\n"));
	arena_init(&none, 0);
	assert_int_equal(policy_match(f.p, &(struct policy_question){ .system = SLICE("sqlite"), .relations = &r, .n = 1, .who = &nobody },
				      &none, &v),
			 -12);
	assert_int_equal(v.severity, 1234);
	assert_int_equal(policy_expand(f.p, &r, 1, NULL, 0, &none, &all, &n), -12);
	assert_int_equal(n, 77);
	arena_done(&none);
	teardown(&f);
	policy_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),     cmocka_unit_test(test_odd_names),    cmocka_unit_test(test_systems),
		cmocka_unit_test(test_columns),   cmocka_unit_test(test_who),          cmocka_unit_test(test_proven),
		cmocka_unit_test(test_uncertain), cmocka_unit_test(test_empty_policy), cmocka_unit_test(test_tags),
		cmocka_unit_test(test_views),     cmocka_unit_test(test_view_verdict), cmocka_unit_test(test_explain),
		cmocka_unit_test(test_many),      cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
