// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Sessions: statement after statement on a few connections, and which sensitive relations each one reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session.inc.c"

static void setup(struct fixture *f)
{
	setup_with(f, policy_text);
}

static void step_at(struct fixture *f, enum client_system system, const struct step *s, struct execution *x)
{
	struct buf b;

	run_at(f, system, s, x);
	buf_init(&b, 4096);
	told(f, &b);
	if (strcmp(b.ptr, s->reaches))
		fail_msg("%s: reaches \"%s\", expected \"%s\"", s->sql, b.ptr, s->reaches);
	buf_done(&b);
}

static void run(enum client_system system, const struct step *steps)
{
	struct fixture f;

	setup(&f);
	for (size_t i = 0; steps[i].sql; i++) {
		struct execution x = { 0 };

		step_at(&f, system, &steps[i], &x);
	}
	assert_int_equal(sessions_evictions(f.s), 0);
	teardown(&f);
}

#define OK OUTCOME_SUCCESS
#define FAILED OUTCOME_FAILURE

enum { A = 16 + 1, B = 16 + 2, OTHER = 32 + 1 };

static void test_temporary(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE TEMP VIEW v AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "SELECT ip FROM v", "user_ip_log=session/v", OK },
		{ A, "SELECT ip FROM V", "user_ip_log=session/v", OK },
		{ A, "SELECT ip FROM pg_temp.v", "user_ip_log=session/v", OK },
		{ B, "SELECT ip FROM v", "", OK },
		{ OTHER, "SELECT ip FROM v", "", OK },
		/* over itself, and further */
		{ A, "CREATE TEMPORARY VIEW w AS SELECT ip FROM v", "user_ip_log=session/v", OK },
		{ A, "SELECT 1 FROM w", "user_ip_log=session/w", OK },
		{ A, "CREATE TABLE pg_temp.t AS SELECT * FROM w", "user_ip_log=session/w", OK },
		{ A, "SELECT count(*) FROM t", "user_ip_log=session/t", OK },
		/* gone with its drop */
		{ A, "DROP VIEW w", "", OK },
		{ A, "SELECT 1 FROM w", "", OK },
		{ A, "SELECT 1 FROM t", "user_ip_log=session/t", OK },
		/* a failed drop drops nothing, and a failed creation makes nothing */
		{ A, "DROP TABLE t", "", FAILED },
		{ A, "SELECT 1 FROM t", "user_ip_log=session/t", OK },
		{ A, "CREATE TEMP TABLE u AS SELECT * FROM user_ip_log", "user_ip_log", FAILED },
		{ A, "SELECT 1 FROM u", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

/* What stays is known in every session of the same system. */
static void test_permanent(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE TABLE copy AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ OTHER, "SELECT * FROM copy", "user_ip_log=memory/copy", OK },
		{ OTHER, "SELECT * FROM public.copy", "user_ip_log=memory/copy", OK },
		{ A, "SELECT * INTO copy2 FROM copy", "user_ip_log=memory/copy", OK },
		{ B, "TABLE copy2", "user_ip_log=memory/copy2", OK },
		{ A, "INSERT INTO archive SELECT ip FROM user_ip_log", "user_ip_log", OK },
		{ B, "SELECT 1 FROM archive", "user_ip_log=memory/archive", OK },
		{ A, "ALTER TABLE archive RENAME TO old_archive", "", OK },
		{ B, "SELECT 1 FROM old_archive", "user_ip_log=memory/old_archive", OK },
		{ A, "ALTER TABLE user_ip_log RENAME TO plain", "user_ip_log", OK },
		{ B, "SELECT 1 FROM plain", "user_ip_log=memory/plain", OK },
		{ A, "UPDATE stats SET ip = (SELECT ip FROM user_ip_log LIMIT 1)", "user_ip_log", OK },
		{ B, "SELECT 1 FROM stats", "user_ip_log=memory/stats", OK },
		/* writing to a copy reads nothing; changing its rows does */
		{ B, "INSERT INTO stats VALUES (1)", "", OK },
		{ B, "UPDATE stats SET n = 1", "user_ip_log=memory/stats", OK },
		/* only compared with: nothing flows */
		{ A, "INSERT INTO seen SELECT p.id FROM posts p WHERE p.id IN (SELECT l.user_id FROM user_ip_log l WHERE l.ip = 'x')",
		  "user_ip_log", OK },
		/* of users, only email is sensitive */
		{ A, "CREATE TABLE names AS SELECT name FROM users", "", OK },
		{ B, "SELECT * FROM names", "", OK },
		{ A, "CREATE TABLE mails AS SELECT email FROM users", "users", OK },
		{ B, "SELECT * FROM mails", "users=memory/mails", OK },
		{ A, "DROP TABLE mails", "", OK },
		{ B, "SELECT * FROM mails", "", OK },
		{ A, "CREATE TABLE posts2 AS SELECT * FROM posts", "", OK },
		{ B, "SELECT * FROM posts2", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

/* Functions that were seen to be made, rules, partitions put into another table. */
static void test_routines(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE FUNCTION app.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT ip FROM user_ip_log'", "user_ip_log", OK },
		{ OTHER, "SELECT * FROM app.f()", "user_ip_log=memory/f", OK },
		{ OTHER, "SELECT f()", "user_ip_log=memory/f", OK },
		{ OTHER, "SELECT other.f()", "", OK },
		{ OTHER, "SELECT * FROM f", "", OK },
		{ A, "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM app.f(); RETURN 1; END $$",
		  "user_ip_log=memory/f", OK },
		{ B, "SELECT g()", "user_ip_log=memory/g", OK },
		{ A, "CREATE FUNCTION harmless() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM posts'", "", OK },
		{ B, "SELECT harmless()", "", OK },
		{ A, "CREATE FUNCTION app.gone() RETURNS text LANGUAGE sql AS 'SELECT ip FROM user_ip_log'", "user_ip_log", OK },
		{ A, "DROP FUNCTION app.gone(int)", "", OK }, /* one of that name: another may be left */
		{ B, "SELECT app.gone()", "user_ip_log=memory/gone", OK },
		{ A, "DROP FUNCTION other.gone", "", OK },
		{ B, "SELECT app.gone()", "user_ip_log=memory/gone", OK },
		{ A, "DROP FUNCTION IF EXISTS nothing, app.gone CASCADE", "", OK },
		{ B, "SELECT app.gone()", "", OK },
		{ A, "CREATE FOREIGN TABLE far (a int) SERVER s OPTIONS (schema_name 'app', table_name 'user_ip_log')", "user_ip_log", OK },
		{ B, "SELECT * FROM far", "user_ip_log=memory/far", OK },
		{ A, "CREATE FOREIGN TABLE near (a int) SERVER s OPTIONS (table_name 'posts')", "", OK },
		{ B, "SELECT * FROM near", "", OK },
		{ A, "CREATE TABLE copy AS SELECT g()", "user_ip_log=memory/g", OK },
		{ B, "SELECT * FROM copy", "user_ip_log=memory/copy", OK },
		{ A, "CREATE RULE r AS ON SELECT TO posts DO INSTEAD SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ B, "SELECT * FROM posts", "user_ip_log=memory/posts", OK },
		{ A, "ALTER TABLE parent ATTACH PARTITION user_ip_log FOR VALUES IN (1)", "user_ip_log", OK },
		{ B, "SELECT * FROM parent", "user_ip_log=memory/parent", OK },
		{ A, "ALTER TABLE plain ADD COLUMN x int", "", OK },
		{ B, "SELECT * FROM plain", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

/* A rolled back transaction may have undone it, or not: it stays. A drop in a transaction does not count. */
static void test_transactions(void **state)
{
	static const struct step steps[] = {
		{ A, "BEGIN", "", OK },
		{ A, "CREATE TEMP TABLE t AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "ROLLBACK", "", OK },
		{ A, "SELECT 1 FROM t", "user_ip_log=session/t", OK },
		{ A, "BEGIN; DROP TABLE t", "", OK },
		{ A, "ROLLBACK", "", OK },
		{ A, "SELECT 1 FROM t", "user_ip_log=session/t", OK },
		{ A, "DISCARD ALL", "", OK },
		{ A, "SELECT 1 FROM t", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

/* A temporary relation with a sensitive name stands before it: told, and still counted. */
static void test_hiding(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE TEMP TABLE user_ip_log (id int)", "user_ip_log", OK },
		{ A, "SELECT * FROM user_ip_log", "user_ip_log!", OK },
		{ B, "SELECT * FROM user_ip_log", "user_ip_log", OK },
		/* written to a temporary table: it stays in the session */
		{ A, "CREATE TEMP TABLE scratch (ip text)", "", OK },
		{ A, "INSERT INTO scratch SELECT ip FROM public.user_ip_log", "user_ip_log", OK },
		{ A, "SELECT * FROM scratch", "user_ip_log=session/scratch", OK },
		{ OTHER, "SELECT * FROM scratch", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

static void test_names(void **state)
{
	static const struct step steps[] = {
		{ A, "PREPARE q AS SELECT ip FROM user_ip_log", "user_ip_log", OK },
		{ A, "EXECUTE q", "user_ip_log", OK },
		{ A, "BEGIN; DECLARE c CURSOR FOR SELECT ip FROM user_ip_log", "user_ip_log", OK },
		{ A, "FETCH 10 FROM c", "user_ip_log", OK },
		{ A, "CREATE TEMP TABLE t AS EXECUTE q", "user_ip_log", OK },
		{ A, "DEALLOCATE q", "", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_POSTGRESQL, steps);
}

static void test_sqlite(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE TEMP VIEW v AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "SELECT ip FROM temp.v", "user_ip_log=session/v", OK },
		{ A, "ATTACH DATABASE '/tmp/out.db' AS out", "", OK },
		{ A, "CREATE TABLE out.copy AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "SELECT * FROM out.copy", "user_ip_log=memory/copy", OK },
		{ B, "SELECT * FROM copy", "user_ip_log=memory/copy", OK },
		{ A, "ALTER TABLE user_ip_log RENAME TO x", "user_ip_log", OK },
		{ B, "SELECT * FROM x", "user_ip_log=memory/x", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_SQLITE, steps);
}

/* More files than are kept: counted, and a copy in one of them is found again by any name. */
static void test_many_attached(void **state)
{
	static const struct step copy = { A, "CREATE TABLE d40.copy AS SELECT * FROM user_ip_log", "user_ip_log", OK };
	static const struct step read = { B, "SELECT * FROM copy", "user_ip_log=memory/copy", OK };
	struct execution x = { 0 }, y = { .conn = NULL };
	struct fixture f;
	struct buf got;

	(void)state;
	setup_with(&f, policy_text);
	for (unsigned i = 0; i <= SESSION_ATTACHED_MAX; i++) {
		char text[64];

		snprintf(text, sizeof(text), "ATTACH '/srv/%u.db' AS d%u", i, i == SESSION_ATTACHED_MAX ? 40 : i);
		assert_int_equal(sessions_evictions(f.s), 0);
		run_at(&f, SYSTEM_SQLITE, &(struct step){ A, text, "", OK }, &x);
	}
	assert_int_equal(sessions_evictions(f.s), 1);
	x.conn = &(struct db_connection){ .path = SLICE("/srv/main.db") };
	run_at(&f, SYSTEM_SQLITE, &copy, &x);
	y.conn = &(struct db_connection){ .path = SLICE("/srv/32.db") };
	run_at(&f, SYSTEM_SQLITE, &read, &y);
	buf_init(&got, 4096);
	told(&f, &got);
	assert_string_equal(got.ptr, read.reaches);
	buf_done(&got);
	teardown(&f);
}

/* The new name of a schema outlives a restart. */
static void test_schema_kept(void **state)
{
	static const char secret[] = "tables: [{match: secret.user_ip_log}]\n";
	struct execution x = { 0 };
	struct fixture f, g;
	struct buf kept, got;

	(void)state;
	setup_with(&f, secret);
	setup_with(&g, secret);
	buf_init(&kept, 65536);
	buf_init(&got, 4096);
	run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, "ALTER SCHEMA secret RENAME TO plain", "", OK }, &x);
	sessions_save(f.s, NULL, true, &kept);
	assert_int_equal(sessions_load(g.s, buf_slice(&kept)), 0);
	run_at(&g, SYSTEM_POSTGRESQL, &(struct step){ B, "SELECT * FROM plain.user_ip_log", "", OK }, &x);
	told(&g, &got);
	assert_string_equal(got.ptr, "user_ip_log=memory/user_ip_log");
	buf_done(&kept);
	buf_done(&got);
	teardown(&f);
	teardown(&g);
}

/* A schema is renamed when no more can be kept: what makes room is counted. */
static void test_schema_at_limit(void **state)
{
	enum { KEPT = 16384 };
	struct execution x = { 0 };
	struct fixture f;
	char text[80];

	(void)state;
	setup_with(&f, policy_text);
	for (unsigned i = 0; i < KEPT; i++) {
		snprintf(text, sizeof(text), "CREATE TABLE s1.t%u AS SELECT * FROM user_ip_log", i);
		run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, text, "", OK }, &x);
	}
	assert_int_equal(sessions_evictions(f.s), 0);
	run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, "ALTER SCHEMA s1 RENAME TO s2", "", OK }, &x);
	assert_true(sessions_evictions(f.s) > 0);
	teardown(&f);
}

static void test_mariadb(void **state)
{
	static const struct step steps[] = {
		{ A, "CREATE TEMPORARY TABLE t SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "SELECT * FROM t", "user_ip_log=session/t", OK },
		{ B, "SELECT * FROM t", "", OK },
		{ A, "RENAME TABLE user_ip_log TO quiet", "user_ip_log", OK },
		{ B, "SELECT * FROM quiet", "user_ip_log=memory/quiet", OK },
		{ A, "INSERT INTO other.copy SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ B, "SELECT * FROM copy", "user_ip_log=memory/copy", OK },
		{ B, "SELECT * FROM third.copy", "", OK },
		{ A, "SELECT \"x\" FROM posts", "", OK },
		{ A, "SET sql_mode = 'ANSI_QUOTES'", "", OK },
		{ A, "SELECT * FROM \"user_ip_log\"", "user_ip_log", OK },
		{ A, "SET SESSION sql_mode = ''", "", OK },
		/* both in one string */
		{ B, "SET sql_mode = 'ANSI_QUOTES,NO_ZERO_DATE'; SELECT * FROM \"user_ip_log\"", "user_ip_log", OK },
		{ 0, NULL, NULL, OK },
	};

	(void)state;
	run(SYSTEM_MYSQL, steps);
}

/* Known from the beginning, whatever comes of it; a statement that takes from nothing is not looked at. */
static void test_begin(void **state)
{
	static const struct {
		const char *text;
		bool may;
	} rows[] = {
		{ "CREATE TABLE a AS SELECT 1", true }, { "insert into a select 1", true },
		{ "INSERT INTO a VALUES (1)", false },  { "SELECT ip INTO a FROM b", true },
		{ "SELECT 1 FROM b", false },           { "RENAME TABLE a TO b", true },
		{ "ALTER VIEW v RENAME TO w", true },   { "UPDATE a SET b = 1", false },
		{ "CREATE SYNONYM a FOR b", true },     { "creates selects", false },
		{ "CREATE TABLE a (LIKE b)", true },    { "", false },
		{ "UPDATE a SET b = (TABLE c)", true }, { "create", false },
	};
	struct step use = { B, "SELECT * FROM copy", NULL, OK };
	struct execution x = { .task = { .pid = 1, .start_ns = 1 },
			       .connection = 1,
			       .system = SYSTEM_POSTGRESQL,
			       .system_name = SLICE("postgresql"),
			       .text = SLICE("CREATE TABLE copy AS SELECT * FROM user_ip_log") };
	struct execution y = { 0 };
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (judge_may_derive(slice_cstr(rows[i].text)) != rows[i].may)
			fail_msg("%s", rows[i].text);
	setup(&f);
	run_at(&f, SYSTEM_POSTGRESQL, &use, &y);
	assert_int_equal(f.v.action, POLICY_NONE);
	judge_begin(f.p, f.s, &x, &f.arena);
	run_at(&f, SYSTEM_POSTGRESQL, &use, &y);
	assert_int_equal(f.v.action, POLICY_ALERT);
	teardown(&f);
}

static void assert_text(struct slice s, const char *expected)
{
	if (!expected ? s.ptr != NULL : !slice_eq(s, slice_cstr(expected)))
		fail_msg("%s, expected %s", slice_quote(s), expected ? expected : "nothing");
}

/* Role, user, search path, database, as they are when each statement runs. */
static void test_state(void **state)
{
	static const struct {
		const char *sql;
		const char *role, *user, *path;
		bool role_unknown;
	} rows[] = {
		{ "SELECT 1 FROM users", NULL, NULL, NULL, false },
		{ "SET ROLE auditor", NULL, NULL, NULL, false },
		{ "SELECT 1 FROM users", "auditor", NULL, NULL, false },
		{ "SET search_path = app, public", "auditor", NULL, NULL, false },
		{ "SELECT 1 FROM users", "auditor", NULL, "app, public", false },
		{ "BEGIN; SET LOCAL ROLE boss", "auditor", NULL, "app, public", false },
		{ "SELECT 1 FROM users", "boss", NULL, "app, public", false },
		{ "COMMIT", "boss", NULL, "app, public", false },
		{ "SELECT 1 FROM users", "auditor", NULL, "app, public", false },
		{ "BEGIN; SET ROLE other; ROLLBACK", "auditor", NULL, "app, public", false },
		{ "SELECT 1 FROM users", "auditor", NULL, "app, public", false },
		{ "SET LOCAL ROLE boss; SELECT 1 FROM users", "boss", NULL, "app, public", false },
		{ "SELECT 1 FROM users", "auditor", NULL, "app, public", false },
		{ "SET SESSION AUTHORIZATION 'app owner'", "auditor", NULL, "app, public", false },
		{ "SELECT 1 FROM users", NULL, "app owner", "app, public", false }, /* whose role it is again */
		{ "SET ROLE boss", NULL, "app owner", "app, public", false },
		{ "RESET ROLE", "boss", "app owner", "app, public", false },
		{ "SELECT 1 FROM users", NULL, "app owner", "app, public", false },
		{ "DISCARD ALL", NULL, "app owner", "app, public", false },
		{ "SELECT 1 FROM users", NULL, NULL, NULL, false },
	};
	struct fixture f;

	(void)state;
	setup(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct step s = { A, rows[i].sql, NULL, OK };
		struct execution x = { 0 };

		run_at(&f, SYSTEM_POSTGRESQL, &s, &x);
		if (!strstr(rows[i].sql, "FROM users"))
			continue;
		assert_text(f.q.session.role, rows[i].role);
		assert_text(f.q.session.user, rows[i].user);
		assert_text(f.q.session.search_path, rows[i].path);
	}
	teardown(&f);
}

/* The same address, another connection: by the server's number, or another program. */
static void test_reuse(void **state)
{
	struct db_connection one = { .id = 100 }, two = { .id = 101 };
	struct step make = { A, "CREATE TEMP VIEW v AS SELECT * FROM user_ip_log", NULL, OK }, use = { A, "SELECT * FROM v", NULL, OK };
	struct execution x = { .conn = &one };
	struct fixture f;

	(void)state;
	setup(&f);
	run_at(&f, SYSTEM_POSTGRESQL, &make, &x);
	run_at(&f, SYSTEM_POSTGRESQL, &use, &x);
	assert_int_equal(f.v.action, POLICY_ALERT);
	x.conn = &two;
	run_at(&f, SYSTEM_POSTGRESQL, &use, &x);
	assert_int_equal(f.v.action, POLICY_NONE);

	x = (struct execution){ .start_ns = 1000 };
	run_at(&f, SYSTEM_POSTGRESQL, &make, &x);
	sessions_exit(f.s, A / 16, 1, 2000);
	run_at(&f, SYSTEM_POSTGRESQL, &use, &x); /* read late */
	assert_int_equal(f.v.action, POLICY_ALERT);
	x.start_ns = 3000;
	run_at(&f, SYSTEM_POSTGRESQL, &use, &x);
	assert_int_equal(f.v.action, POLICY_NONE);
	sessions_tick(f.s, 2000 + SESSION_LINGER_NS);
	x.start_ns = 1000;
	run_at(&f, SYSTEM_POSTGRESQL, &use, &x);
	assert_int_equal(f.v.action, POLICY_NONE);
	assert_int_equal(sessions_evictions(f.s), 0);
	teardown(&f);
}

static struct sessions *again(struct fixture *f, struct buf *b)
{
	struct sessions *s;

	buf_clear(b);
	sessions_save(f->s, NULL, true, b);
	assert_int_equal(b->err, 0);
	assert_int_equal(sessions_new(&s), 0);
	assert_int_equal(sessions_load(s, buf_slice(b)), 0);
	return s;
}

static void note_kept(void *ctx, const struct sessions_kept *k)
{
	char line[200];

	snprintf(line, sizeof(line), "%.*s:%.*s<%.*s%s by %u at %llu;", (int)k->where.len, k->where.len ? k->where.ptr : "",
		 (int)k->name.len, k->name.ptr, (int)k->bases[0].len, k->bases[0].ptr,
		 k->view      ? " view"
		 : k->routine ? " routine"
			      : "",
		 k->loginuid, (unsigned long long)k->made_ns);
	buf_adds(ctx, line);
}

/* What stays is there again after a restart, with who made it and when; a name is free after RENAME; and what people take out is gone. */
static void test_kept(void **state)
{
	static const struct step make[] = {
		{ A, "CREATE TABLE app.copy AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "CREATE VIEW v AS SELECT * FROM users", "users", OK },
		{ A, "CREATE TEMP TABLE passing AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "CREATE TABLE first AS SELECT * FROM user_ip_log", "user_ip_log", OK },
		{ A, "ALTER TABLE first RENAME TO second", "", OK },
		{ A, "SELECT 1 FROM first", "", OK },
		{ 0, NULL, NULL, OK },
	};
	static const struct step use[] = {
		{ B, "SELECT 1 FROM app.copy", "user_ip_log=memory/copy", OK },
		{ B, "SELECT 1 FROM v", "users=memory/v", OK },
		{ B, "SELECT 1 FROM passing", "", OK },
		{ B, "SELECT 1 FROM second", "user_ip_log=memory/second", OK },
		{ B, "SELECT 1 FROM first", "", OK },
		{ 0, NULL, NULL, OK },
	};
	struct db_connection conn = { .database = SLICE_INIT("crm") };
	struct execution x = { .start_ns = 7, .conn = &conn, .task = { .loginuid = 1001, .uid = 1001 } };
	struct sessions *other;
	struct buf b, list;
	struct fixture f;

	(void)state;
	setup(&f);
	buf_init(&b, 1 << 20);
	buf_init(&list, 1 << 20);
	sessions_clock(f.s, 1000);
	for (const struct step *s = make; s->sql; s++)
		run_at(&f, SYSTEM_POSTGRESQL, s, &x);
	other = again(&f, &b);
	sessions_free(f.s);
	f.s = other;
	for (const struct step *s = use; s->sql; s++)
		step_at(&f, SYSTEM_POSTGRESQL, s, &x);
	sessions_each_kept(f.s, note_kept, &list);
	buf_addc(&list, 0);
	assert_string_equal(list.ptr, "crm:app.copy<user_ip_log by 1001 at 1007;crm:v<users view by 1001 at 1007;"
				      "crm:second<user_ip_log by 1001 at 1007;");
	assert_int_equal(sessions_forget(f.s, SLICE("py")), 0);
	assert_int_equal(sessions_forget(f.s, SLICE("COPY")), 1);
	assert_int_equal(sessions_forget(f.s, SLICE("app.v")), 0);
	run_at(&f, SYSTEM_POSTGRESQL, &use[0], &x);
	assert_int_equal(f.v.action, POLICY_NONE);
	buf_clear(&b);
	sessions_save(f.s, NULL, false, &b);
	assert_int_equal(sessions_new(&other), 0);
	assert_int_equal(sessions_load(other, buf_slice(&b)), 1);
	sessions_free(other);
	/* Any damage is noticed, at any byte and any length; nothing is added then. */
	other = again(&f, &b);
	sessions_free(other);
	for (size_t n = 0; n < b.len; n++) {
		assert_int_equal(sessions_new(&other), 0);
		assert_int_equal(sessions_load(other, slice_mem(b.ptr, n)), -EBADMSG);
		b.ptr[n] ^= 4;
		assert_int_equal(sessions_load(other, buf_slice(&b)), -EBADMSG);
		b.ptr[n] ^= 4;
		buf_clear(&list);
		sessions_each_kept(other, note_kept, &list);
		assert_int_equal(list.len, 0);
		sessions_free(other);
	}
	buf_done(&list);
	buf_done(&b);
	teardown(&f);
}

/* What stays is bounded by what it takes on disk, too: the longest unused go, are counted, and what is left can be read again. */
static void test_kept_limit(void **state)
{
	enum { LONG = 900, MANY = 10000 };
	struct sessions *other;
	char sql[LONG + 100];
	struct fixture f;
	struct buf b;

	(void)state;
	setup(&f);
	buf_init(&b, 32 << 20);
	for (int i = 0; i < MANY; i++) {
		struct execution x = { 0 };

		snprintf(sql, sizeof(sql), "CREATE TABLE t%0*d AS SELECT * FROM user_ip_log", LONG, i);
		run_at(&f, SYSTEM_SQLITE, &(struct step){ A, sql, NULL, OK }, &x);
	}
	assert_true(sessions_evictions(f.s) > 0 && sessions_evictions(f.s) < MANY);
	other = again(&f, &b);
	assert_true(b.len > (6 << 20) && b.len < (9 << 20));
	assert_int_equal(sessions_evictions(other), 0);
	sessions_free(f.s);
	f.s = other;
	snprintf(sql, sizeof(sql), "SELECT 1 FROM t%0*d", LONG, MANY - 1);
	run_at(&f, SYSTEM_SQLITE, &(struct step){ B, sql, NULL, OK }, &(struct execution){ 0 });
	assert_int_equal(f.v.action, POLICY_ALERT);
	snprintf(sql, sizeof(sql), "SELECT 1 FROM t%0*d", LONG, 0);
	run_at(&f, SYSTEM_SQLITE, &(struct step){ B, sql, NULL, OK }, &(struct execution){ 0 });
	assert_int_equal(f.v.action, POLICY_NONE);
	buf_done(&b);
	teardown(&f);
}

/* Bounded, and what is given up is counted. */
static void test_limits(void **state)
{
	enum { MANY = SESSIONS_MAX + 100 };
	struct fixture f;
	char sql[96];

	(void)state;
	setup(&f);
	for (unsigned i = 0; i < MANY; i++) {
		struct step s = { 16 * (i + 1) + 1, "SET ROLE r", NULL, OK };
		struct execution x = { 0 };

		run_at(&f, SYSTEM_POSTGRESQL, &s, &x);
	}
	assert_int_equal(sessions_evictions(f.s), MANY - SESSIONS_MAX);
	for (unsigned i = 0; i < MANY; i++) {
		struct step s = { A, sql, NULL, OK };
		struct execution x = { 0 };

		snprintf(sql, sizeof(sql), "CREATE TABLE t%u AS SELECT * FROM user_ip_log", i);
		run_at(&f, SYSTEM_POSTGRESQL, &s, &x);
	}
	assert_int_equal(sessions_evictions(f.s), 2 * (MANY - 16384));
	/* Temporary ones without a sensitive origin push nothing sensitive out, and are no loss. */
	for (unsigned i = 0; i < 5000; i++) {
		struct step s = { A, sql, NULL, OK };
		struct execution x = { 0 };

		snprintf(sql, sizeof(sql), "CREATE TEMP TABLE p%u (a int)", i);
		run_at(&f, SYSTEM_POSTGRESQL, &s, &x);
	}
	assert_in_range(sessions_evictions(f.s), 2 * (MANY - 16384), 2 * (MANY - 16384) + 1);
	teardown(&f);
}

/* Texts of prepared statements: so many bytes over all connections, the oldest go; and what one string runs by their names. */
static void test_prepared_bytes(void **state)
{
	enum { TEXT = 2 << 20, NAMES = 40, RUNS = 64 };
	struct execution x = { 0 };
	struct fixture f;
	struct buf sql;

	(void)state;
	setup(&f);
	buf_init(&sql, 4 << 20);
	for (unsigned i = 0; i < NAMES; i++) {
		buf_clear(&sql);
		buf_printf(&sql, "PREPARE p%u AS SELECT ip FROM user_ip_log /*%*s*/", i, TEXT, "");
		buf_addc(&sql, 0);
		run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, sql.ptr, NULL, OK }, &x);
	}
	assert_true(sessions_evictions(f.s) >= NAMES - SESSION_NAMES_BYTES_MAX / TEXT);
	step_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, "EXECUTE p39", "user_ip_log", OK }, &x);
	assert_int_equal(f.q.certainty, SQL_PARSED);
	step_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, "EXECUTE p0", "", OK }, &x);
	assert_int_equal(f.q.certainty, SQL_DYNAMIC);
	buf_clear(&sql);
	for (unsigned i = 0; i < RUNS; i++)
		buf_adds(&sql, "EXECUTE p39; ");
	buf_addc(&sql, 0);
	step_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, sql.ptr, "user_ip_log", OK }, &x);
	assert_int_equal(f.q.certainty, SQL_DYNAMIC);
	teardown(&f);
	buf_done(&sql);
}

/* mysql_select_db() counts whatever USE said before; after mysql_reset_connection() nobody is who SET ROLE made him. */
static void test_calls(void **state)
{
	struct execution x = { .start_ns = 5 };
	struct fixture f;

	(void)state;
	setup(&f);
	step_at(&f, SYSTEM_MYSQL, &(struct step){ A, "USE crm; SET ROLE analyst; SELECT ip FROM user_ip_log", "user_ip_log", OK }, &x);
	assert_true(slice_eq(f.q.session.database, SLICE("crm")) && slice_eq(f.q.session.role, SLICE("analyst")));
	x.start_ns = 6;
	sessions_database(f.s, &x);
	x.start_ns = 7;
	step_at(&f, SYSTEM_MYSQL, &(struct step){ A, "SELECT ip FROM user_ip_log", "user_ip_log", OK }, &x);
	assert_true(!f.q.session.database.len && slice_eq(f.q.session.role, SLICE("analyst")));
	x.start_ns = 8;
	sessions_close(f.s, &x);
	x.start_ns = 9;
	step_at(&f, SYSTEM_MYSQL, &(struct step){ A, "SELECT ip FROM user_ip_log", "user_ip_log", OK }, &x);
	assert_true(!f.q.session.role.len);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),           cmocka_unit_test(test_prepared_bytes), cmocka_unit_test(test_temporary),
		cmocka_unit_test(test_permanent),       cmocka_unit_test(test_transactions),   cmocka_unit_test(test_routines),
		cmocka_unit_test(test_begin),           cmocka_unit_test(test_hiding),         cmocka_unit_test(test_names),
		cmocka_unit_test(test_sqlite),          cmocka_unit_test(test_mariadb),        cmocka_unit_test(test_many_attached),
		cmocka_unit_test(test_schema_at_limit), cmocka_unit_test(test_schema_kept),    cmocka_unit_test(test_state),
		cmocka_unit_test(test_reuse),           cmocka_unit_test(test_limits),         cmocka_unit_test(test_kept),
		cmocka_unit_test(test_kept_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
