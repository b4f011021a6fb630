// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The compiled matcher against the naive one: globs in the index match what slice_glob() matches, each once; and on random policies and
 * questions the candidates lead to the same verdict as trying every rule in its order. Random, but from fixed seeds.
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
#include "policy/explain.h"

enum { INDEXES = 300, GLOBS = 200, TEXTS = 60, POLICIES = 400, QUESTIONS = 60, RULES = 40 };

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* ---- globs ---- */

/* Few letters, so that beginnings, ends and grams are shared. */
static struct slice random_text(char *to, unsigned max, const char *letters)
{
	unsigned n = pick(8) == 0 ? pick(max) : pick(8);

	for (unsigned i = 0; i < n; i++)
		to[i] = letters[pick((unsigned)strlen(letters))];
	return slice_mem(to, n);
}

static void check_index(const struct glob_index *x, const struct slice *globs, size_t n, struct slice text)
{
	unsigned char found[GLOBS] = { 0 };
	const struct glob_entry *e;
	struct glob_cursor c;

	globs_begin(x, text, &c);
	while ((e = globs_next(&c))) {
		assert_true(e->id < n);
		found[e->id]++;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned want = slice_glob(globs[i], text, x->fold);

		if (found[i] != want)
			fail_msg("%s on %s: %u times, want %u", slice_quote(globs[i]), slice_quote(text), found[i], want);
	}
}

static void test_globs(void **state)
{
	static char bytes[GLOBS][160], text[200];
	struct slice globs[GLOBS];
	struct arena arena;

	(void)state;
	arena_init(&arena, 16 << 20);
	seed = 1;
	for (unsigned k = 0; k < INDEXES; k++) {
		struct glob_index x;
		size_t n = 1 + pick(GLOBS);

		assert_int_equal(globs_init(&x, &arena, n, k % 2), 0);
		for (size_t i = 0; i < n; i++) {
			globs[i] = random_text(bytes[i], 150, k % 3 ? "abB**?_" : "aaaabAB*?");
			assert_int_equal(globs_add(&x, globs[i], (uint32_t)i), 0);
		}
		assert_int_equal(globs_add(&x, SLICE("more"), 0), -ENOMEM);
		for (unsigned i = 0; i < TEXTS; i++)
			check_index(&x, globs, n, random_text(text, 190, "abB_"));
		check_index(&x, globs, n, globs[0]);
		arena_reset(&arena);
	}
	arena_done(&arena);
}

/* ---- policies ---- */

static const char *const names[] = { "log", "contacts", "user_ip_log", "audit_1", "audit_2", "LOG", "posts" };
static const char *const name_globs[] = { "log",     "contacts", "user_ip_log", "audit_*", "*_log", "*ip*",      "a.log",     "*.contacts",
					  "c.a.log", "*",        "audit_?",     "b.*",     "posts", "c.*.posts", "public.log" };
static const char *const people[] = { "alice", "bob", "carol", "ts-1", "unset" };
static const char *const people_globs[] = { "alice", "bob", "ts-*", "unset", "*", "c?rol" };
static const char *const paths[] = { "/usr/bin/psql", "/usr/bin/python3.11", "/tmp/x", "/opt/etl/a.py" };
static const char *const path_globs[] = { "/usr/bin/psql", "/usr/bin/*", "*/x", "/opt/etl/*", "*python*", "*" };
static const char *const places[] = { "crm", "erp", "CRM", "db7", "10.0.0.1", "auditor" };
static const char *const place_globs[] = { "crm", "e*", "db?", "10.*", "auditor", "*" };

#define ANY(list) list[pick(ARRAY_SIZE(list))]

/* "key: [a, b], " with a chance of one in so many. */
static void maybe_list(struct buf *out, unsigned odds, const char *key, const char *const *from, unsigned n)
{
	if (pick(odds))
		return;
	buf_printf(out, "%s: [\"%s\"", key, from[pick(n)]);
	if (pick(2))
		buf_printf(out, ", \"%s\"", from[pick(n)]);
	buf_adds(out, "], ");
}

#define MAYBE(out, odds, key, list) maybe_list(out, odds, key, list, ARRAY_SIZE(list))

static void put_rule(struct buf *out, unsigned i)
{
	static const char *const ops[] = { "read", "write", "copy_out", "insert" };
	static const char *const uids[] = { "1001", "007", "0", "1002" };
	static const char *const labels[] = { "journalist", "j*", "source", "*" };
	static const char *const sessions[] = { "sshd", "cron", "container" };
	size_t start;

	buf_printf(out, "  - {name: r%u, when: {", i);
	start = out->len;
	MAYBE(out, 3, "tables", name_globs);
	MAYBE(out, 6, "functions", name_globs);
	MAYBE(out, 6, "files", path_globs);
	MAYBE(out, 7, "subjects", labels);
	MAYBE(out, 4, "user", people_globs);
	MAYBE(out, 6, "group", people_globs);
	MAYBE(out, 7, "uid", uids);
	MAYBE(out, 6, "exe", path_globs);
	MAYBE(out, 9, "comm", people_globs);
	MAYBE(out, 8, "script", path_globs);
	MAYBE(out, 8, "session", sessions);
	MAYBE(out, 8, "database", place_globs);
	MAYBE(out, 8, "server", place_globs);
	MAYBE(out, 8, "role", place_globs);
	MAYBE(out, 8, "operations", ops);
	if (pick(8) == 0)
		buf_printf(out, "min_rows: %u, ", 1 + pick(20));
	if (pick(9) == 0 || out->len == start)
		buf_printf(out, "max_rows: %u, ", pick(20));
	out->len -= 2;
	buf_printf(out, "}, action: %s}\n", pick(2) ? "alert" : pick(2) ? "log" : "ignore");
}

static struct config *random_config(struct buf *text)
{
	struct config_error e;
	struct config *c;
	unsigned n = pick(RULES);

	buf_clear(text);
	buf_adds(text, "tables:\n");
	for (unsigned i = 0, tables = 1 + pick(6); i < tables; i++)
		buf_printf(text, "  - {match: \"%s\"}\n", ANY(name_globs));
	buf_adds(text, "functions:\n");
	for (unsigned i = 0, functions = 1 + pick(4); i < functions; i++)
		buf_printf(text, "  - {match: \"%s\"}\n", ANY(name_globs));
	buf_adds(text, "files:\n");
	for (unsigned i = 0, files = 1 + pick(4); i < files; i++)
		buf_printf(text, "  - {match: \"%s\", access: %s}\n", ANY(path_globs), pick(2) ? "read" : "write");
	if (n)
		buf_adds(text, "rules:\n");
	for (unsigned i = 0; i < n; i++)
		put_rule(text, i);
	if (config_parse(buf_slice(text), "t.yaml", &c, &e))
		fail_msg("%s", e.text);
	return c;
}

static struct slice maybe(const char *s)
{
	return pick(3) ? slice_cstr(s) : SLICE_NONE;
}

/* Memory of one question. */
struct asked {
	struct sql_relation relations[4];
	struct sql_call calls[2];
	struct sql_file files[2];
	struct policy_value values[2];
	struct policy_who who;
	struct policy_question q;
};

static void random_who(struct policy_who *who)
{
	*who = (struct policy_who){
		.has_loginuid = pick(4), .uid = pick(3) ? 1001 : 7, .exe = maybe(ANY(paths)), .comm = maybe(ANY(people))
	};
	if (who->has_loginuid)
		who->user = maybe(ANY(people));
	if (pick(2))
		who->groups = pick(2) ? slice_mem("alice\0ts-9\0", 11) : slice_mem("bob\0", 4);
	who->groups_unknown = pick(4) == 0;
	who->script = maybe(ANY(paths));
	who->script_unknown = pick(4) == 0;
	who->sessions = pick(3) ? 1u << (1 + pick(9)) : 0;
	who->sessions_claimed = pick(4) ? 0 : 1u << (1 + pick(9));
}

static void random_question(struct asked *a)
{
	static const uint32_t accesses[] = { SQL_READ, SQL_INSERT, SQL_READ | SQL_COPY_OUT, SQL_UPDATE };

	memset(a, 0, sizeof(*a));
	random_who(&a->who);
	a->q = (struct policy_question){ .system = SLICE("postgresql"),
					 .relations = a->relations,
					 .n = pick(ARRAY_SIZE(a->relations) + 1),
					 .calls = a->calls,
					 .ncalls = pick(ARRAY_SIZE(a->calls) + 1),
					 .files = a->files,
					 .nfiles = pick(ARRAY_SIZE(a->files) + 1),
					 .values = a->values,
					 .nvalues = pick(ARRAY_SIZE(a->values) + 1),
					 .certainty = pick(10) ? SQL_PARSED : SQL_PARTIAL,
					 .who = &a->who,
					 .has_rows = pick(2),
					 .rows = pick(30),
					 .database = maybe(ANY(places)),
					 .role = maybe(ANY(places)),
					 .role_unknown = pick(5) == 0,
					 .time_s = 1795600800 };
	for (size_t i = 0; i < a->q.n; i++)
		a->relations[i] = (struct sql_relation){ .catalog = pick(4) ? SLICE_NONE : SLICE("c"),
							 .link = pick(8) ? SLICE_NONE : SLICE("l"),
							 .schema = pick(3)   ? SLICE_NONE
								   : pick(2) ? SLICE("a")
									     : SLICE("public"),
							 .name = slice_cstr(ANY(names)),
							 .access = ANY(accesses),
							 .all_columns = true,
							 .via = pick(6) ? SQL_VIA_NAME : SQL_VIA_LITERAL };
	for (size_t i = 0; i < a->q.ncalls; i++)
		a->calls[i] = (struct sql_call){ .name = slice_cstr(ANY(names)) };
	for (size_t i = 0; i < a->q.nfiles; i++)
		a->files[i] = (struct sql_file){ .path = maybe(ANY(paths)), .write = pick(2) };
	for (size_t i = 0; i < a->q.nvalues; i++)
		a->values[i] = (struct policy_value){ .value = pick(2) ? SLICE("a@example.org") : SLICE("b@example.org"), .string = true };
	for (size_t i = 0; i < POLICY_SERVER_NAMES; i++)
		a->q.server[i] = pick(3) ? SLICE_NONE : slice_cstr(ANY(places));
}

/* Every rule in its order, as "policy test" explains it. */
static void naive(const struct policy *p, const struct policy_question *q, struct arena *arena, struct buf *steps,
		  struct policy_verdict *ret)
{
	struct judgement j = { .p = p, .q = q, .arena = arena, .out = steps };

	buf_clear(steps);
	assert_int_equal(policy_judge(&j), 0);
	*ret = j.v;
}

static void check_policy(struct config *c, struct subjects *people_watched, struct arena *arena, struct buf *steps, unsigned decided[4])
{
	struct policy *p;

	c->subjects = people_watched;
	assert_int_equal(policy_new(c, &p), 0);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct policy_verdict got, want;
		struct asked a;

		random_question(&a);
		naive(p, &a.q, arena, steps, &want);
		assert_int_equal(policy_match(p, &a.q, arena, &got), 0);
		if (got.action != want.action || !slice_eq(got.rule, want.rule) || got.severity != want.severity)
			fail_msg("%s by %s, want %s by %s:\n%.*s", policy_action_name(got.action), slice_quote(got.rule),
				 policy_action_name(want.action), slice_quote(want.rule), (int)steps->len, steps->ptr);
		decided[got.action]++;
		arena_reset(arena);
	}
	policy_free(p);
	c->subjects = NULL;
}

static void test_policies(void **state)
{
	static const unsigned char key[SUBJECT_KEY_BYTES] = { 7 };
	unsigned decided[4] = { 0 };
	struct config_error e;
	struct subjects *s;
	struct arena arena;
	struct buf text, steps;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&steps, 1 << 20);
	arena_init(&arena, 16 << 20);
	assert_int_equal(subjects_parse(SLICE(SUBJECTS_HEADER "\n"), "s", key, &s, &e), 0);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("a@example.org"), SLICE("journalist")), 0);
	assert_int_equal(subjects_add(s, SUBJECT_EMAIL, SLICE("b@example.org"), SLICE("source")), 0);
	for (seed = 1; seed <= POLICIES; seed++) {
		uint64_t kept = seed;
		struct config *c = random_config(&text);

		check_policy(c, s, &arena, &steps, decided);
		config_free(c);
		seed = kept;
	}
	/* The comparison means something only where all of it occurs. */
	for (unsigned i = POLICY_NONE; i <= POLICY_ALERT; i++)
		assert_true(decided[i] > POLICIES * QUESTIONS / 50);
	subjects_free(s);
	arena_done(&arena);
	buf_done(&steps);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_globs), cmocka_unit_test(test_policies) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
