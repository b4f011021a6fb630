// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Questions about who asks, what of it, and about whom: the rule that decides after a few statements on one connection, and whether a
 * protected person is found in one. Those that are answered otherwise are marked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/subjects.h"
#include "questions.inc.c"
#include "session.inc.c"

enum { A = 16 + 1 };

#define OK OUTCOME_SUCCESS
#define NO OUTCOME_FAILURE

/* By which role, in whose database; what is exported. */
static const char who[] = "tables: [{match: user_ip_log, columns: [ip]}]\nrules: [{name: app, when: {role: app}, action: log}]\n";
static const struct {
	const char *steps[7]; /* "!": it failed */
	const char *rule;     /* of the last one; "": nothing is told */
	bool open;
} decided[] = {
	{ { "SET ROLE app", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "SET ROLE app", "RESET ROLE", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET ROLE NONE", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE 'app'", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "SET SESSION AUTHORIZATION app", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "SET SESSION AUTHORIZATION app", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET SESSION AUTHORIZATION app", "RESET SESSION AUTHORIZATION", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET SESSION AUTHORIZATION boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SET LOCAL ROLE app", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "BEGIN", "SET LOCAL ROLE app", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SET ROLE app", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "DISCARD ALL", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "RESET ALL", "SELECT ip FROM user_ip_log" }, "app", false }, /* the server leaves the role as it is */
	{ { "SET ROLE app", "SELECT set_config('role', 'boss', false)", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SELECT set_config('ro' || 'le', current_user, false)", "SELECT ip FROM user_ip_log" },
	  "sensitive table",
	  false },
	{ { "SET ROLE app; SET ROLE boss; SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "!SET ROLE app", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "!SET ROLE app; SELECT 1/0", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "!BEGIN; SET ROLE app; COMMIT; SELECT 1/0", "SELECT ip FROM user_ip_log" },
	  "sensitive table",
	  false }, /* how far it came is not known */
	{ { "SET ROLE app", "!SET ROLE boss; SELECT 1/0", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SET ROLE app", "!SELECT 1/0", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SET ROLE app", "!SELECT 1/0", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SET ROLE app", "COMMIT", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "BEGIN", "SAVEPOINT s", "SET ROLE app", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "BEGIN", "SAVEPOINT s", "SET ROLE app", "ROLLBACK TO s", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "BEGIN", "SET ROLE boss", "SAVEPOINT s", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" },
	  "sensitive table",
	  false },
	{ { "SET ROLE app", "BEGIN", "SAVEPOINT s", "SELECT 1", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "SET ROLE boss", "BEGIN", "SET ROLE app", "!SELECT 1/0", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "ALTER ROLE app RENAME TO boss", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "DO $$ BEGIN SET ROLE app; END $$", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "DO $$ BEGIN SET ROLE boss; END $$", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET SESSION ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "set \"role\" to boss", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET role = DEFAULT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SET ROLE DEFAULT", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "UPDATE pg_settings SET setting = 'boss' WHERE name = 'role'", "SELECT ip FROM user_ip_log" },
	  "sensitive table",
	  false },
	{ { "SET ROLE app; SELECT ip FROM user_ip_log; SET ROLE boss" }, "app", false },
	{ { "SET ROLE app; SELECT 1 FROM posts; SET ROLE boss; SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE boss", "DISCARD TEMP", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "DISCARD TEMP", "SELECT ip FROM user_ip_log" }, "app", false },
	{ { "BEGIN", "COMMIT AND CHAIN", "SET ROLE app", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SET ROLE app", "SELECT set_config('search_path', 'x', false)", "SELECT ip FROM user_ip_log" }, "app", false },
	/* columns, by whatever they are called */
	{ { "SELECT id FROM user_ip_log" }, "", false },
	{ { "SELECT * FROM (SELECT * FROM user_ip_log) x" }, "sensitive table", false },
	{ { "WITH x AS (SELECT * FROM user_ip_log) SELECT id FROM x" }, "sensitive table", false },
	{ { "SELECT id FROM user_ip_log WHERE ip = 'x'" }, "sensitive table", false },
	{ { "SELECT x.b FROM (SELECT id, ip FROM user_ip_log) x (a, b)" }, "sensitive table", false },
	{ { "SELECT b FROM user_ip_log AS l (a, b)" }, "sensitive table", true },
	{ { "SELECT id FROM user_ip_log NATURAL JOIN posts" }, "sensitive table", true },
	{ { "SELECT id FROM user_ip_log JOIN posts USING (id, ip)" }, "sensitive table", false },
	{ { "SELECT id FROM user_ip_log JOIN posts USING (id)" }, "", false },
	{ { "SELECT l FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT l::text FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT (l).ip FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT (l).* FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT row_to_json(l) FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT json_agg(l) FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT ARRAY(SELECT l FROM user_ip_log l)" }, "sensitive table", false },
	{ { "SELECT count(*) FROM user_ip_log" }, "", false },
	{ { "SELECT count(l) FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT count(l.*) FROM user_ip_log l" }, "sensitive table", false },
	{ { "SELECT 1 FROM user_ip_log l WHERE l IS NOT NULL" }, "sensitive table", false },
	{ { "SELECT 1 FROM user_ip_log GROUP BY ip" }, "sensitive table", false },
	{ { "SELECT id FROM user_ip_log ORDER BY 1" }, "", false },
	{ { "SELECT id, lag(id) OVER (PARTITION BY ip) FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT DISTINCT ON (ip) id FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT id FROM user_ip_log EXCEPT SELECT ip FROM user_ip_log" }, "sensitive table", false },
	{ { "DELETE FROM user_ip_log WHERE id = 1 RETURNING *" }, "sensitive table", false },
	{ { "DELETE FROM user_ip_log WHERE id = 1 RETURNING id" }, "sensitive table", false }, /* deletes ips */
	{ { "UPDATE user_ip_log SET id = 1" }, "", false },
	{ { "UPDATE user_ip_log SET id = 1 RETURNING user_ip_log" }, "sensitive table", false },
	{ { "UPDATE user_ip_log SET (id, ip) = (1, 2)" }, "sensitive table", false },
	{ { "INSERT INTO user_ip_log (id) VALUES (1)" }, "", false },
	{ { "INSERT INTO user_ip_log (id) VALUES (1) RETURNING ip" }, "sensitive table", false },
	{ { "INSERT INTO user_ip_log (id) VALUES (1) ON CONFLICT (ip) DO NOTHING" }, "sensitive table", false },
	{ { "SELECT id FROM user_ip_log WHERE EXISTS (SELECT 1 WHERE ip = 'x')" }, "sensitive table", false },
	{ { "SELECT (SELECT ip) FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT x FROM user_ip_log, LATERAL (SELECT ip AS x) y" }, "sensitive table", false },
	{ { "SELECT \"ip\" FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT U&\"\\0069p\" FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT user_ip_log.ip FROM user_ip_log" }, "sensitive table", false },
	{ { "SELECT public.user_ip_log.ip FROM public.user_ip_log" }, "sensitive table", false },
	{ { "SELECT ip(l) FROM user_ip_log l" }, "sensitive table", false }, /* a function's notation of a column */
	{ { "VALUES ((SELECT ip FROM user_ip_log LIMIT 1))" }, "sensitive table", false },
	{ { "MERGE INTO t USING user_ip_log l ON t.id = l.id WHEN MATCHED THEN UPDATE SET x = l.ip" }, "sensitive table", false },
	{ { "MERGE INTO t USING user_ip_log l ON t.id = l.id WHEN MATCHED THEN DELETE" }, "", false },
	{ { "CREATE INDEX ON user_ip_log (ip)" }, "sensitive table", false },
	{ { "COPY user_ip_log (id) TO STDOUT" }, "sensitive table", false },
	{ { "SELECT jsonb_populate_record(NULL::user_ip_log, '{}')" }, "", false },
	{ { "ANALYZE user_ip_log (ip)" }, "sensitive table", false },
};

/* Who is looked for: ids 471100 and 47, mara@example.org, 192.0.2.7, network 10.20.0.0/16, +49 151 1234567, Mara Muster. */
static const struct {
	enum client_system system;
	const char *sql;
	bool found;
	bool open;
} looked_for[] = {
	/* a short number says something only where a column is compared with it */
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 47", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (46, 47)", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY (ARRAY[46, 47])", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 47 AND 47", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log LIMIT 47", false, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = (47)", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100::bigint", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = CAST('471100' AS int)", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = int '471100'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE 471100 = user_id", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = +471100", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = (471100)", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100.0", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0x7303c", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471_100", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100e0", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (1, 471100, 3)", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY (ARRAY[1, 471100])", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY ('{1,471100}')", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY ('{1,\"471100\"}'::int[])", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE (user_id, id) IN ((471100, 1))", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471100 AND 471100", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471090 AND 471110", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN '471090' AND '471110'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471101 AND 471110", false, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN SYMMETRIC 471110 AND 471090", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id >= 471100 AND user_id <= 471100", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id >= 471090 AND user_id < 471110", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log JOIN (VALUES (471100), (2)) v (i) ON user_id = v.i", true, false },
	{ SYSTEM_POSTGRESQL, "WITH v (i) AS (SELECT 471100) SELECT 1 FROM user_ip_log JOIN v ON user_id = i", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT unnest(ARRAY[471100]))", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT generate_series(471090, 471110))", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id::text = '471100'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = '471' || '100'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE user_id = 471100", false, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log LIMIT 471100", false, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara@example.org'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = E'mara\\x40example.org'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = U&'mara\\0040example.org'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = $q$mara@example.org$q$", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara@'\n'example.org'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara' || '@' || 'example.org'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = concat('mara', '@example.org')", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail ILIKE 'MARA@%'", false, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail LIKE 'mara@example.org%'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail ~ '^mara@example\\.org$'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail SIMILAR TO '(mara@example.org|b@c.d)'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE doc @> '{\"mail\":\"mara@example.org\"}'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE doc @? '$.mail ? (@ == \"mara@example.org\")'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = convert_from('\\x6d617261406578616d706c652e6f7267', 'UTF8')", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = convert_from(decode('bWFyYUBleGFtcGxlLm9yZw==', 'base64'), 'UTF8')", true,
	  true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = lower('MARA@EXAMPLE.ORG')", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = reverse('gro.elpmaxe@aram')", true, true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = '192.0.2.7'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = inet '192.0.2.7/32'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip <<= '192.0.2.0/28'::cidr", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip >>= '192.0.2.7'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip && '10.20.128.0/17'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN '192.0.2.1' AND '192.0.2.9'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN inet '192.0.2.1' AND inet '192.0.2.9'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN '192.0.2.1'::inet AND '192.0.2.9'::inet", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip > '192.0.2.6' AND ip < '192.0.2.8'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE host(ip) LIKE '192.0.2.%'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN 3221225984 AND 3221225999", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE phone = '+49 (0)151 / 1234567'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name = 'MUSTER, Mara'", true, false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE to_tsvector(body) @@ to_tsquery('mara & muster')", true, true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = \"mara@example.org\"", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = 0x6d617261406578616d706c652e6f7267", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = x'6d617261406578616d706c652e6f7267'", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = _utf8mb4'mara@example.org' COLLATE utf8mb4_bin", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = N'mara@example.org'", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE ip = INET_ATON('192.0.2.7')", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE FIND_IN_SET(user_id, '1,471100,3')", true, false },
	{ SYSTEM_MYSQL, "SET @u = 'mara@example.org'", true, false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id <=> 471100", true, false },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id IS 471100", true, false },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT value FROM json_each('[1,471100]'))", true, false },
	{ SYSTEM_SQLITE, "SELECT 1 FROM posts WHERE mail GLOB 'mara@example.org*'", true, false },
};

static void test_decided(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(decided); i++) {
		const char *last = "";
		struct fixture f;
		struct buf b;

		buf_init(&b, 4096);

		setup_with(&f, who);
		for (size_t k = 0; k < ARRAY_SIZE(decided[i].steps) && decided[i].steps[k]; k++) {
			struct execution x = { 0 };

			last = decided[i].steps[k];
			run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, last + (*last == '!'), NULL, *last == '!' ? NO : OK }, &x);
			buf_printf(&b, "%s; ", last);
		}
		told(&f, &b);
		answered(slice_eq(f.v.rule, slice_cstr(decided[i].rule)), decided[i].open, b.ptr, slice_quote(f.v.rule));
		buf_done(&b);
		teardown(&f);
	}
	assert_int_equal(wrong, 0);
}

static void add_people(struct fixture *f)
{
	static const struct {
		enum subject_kind kind;
		const char *value;
	} people[] = {
		{ SUBJECT_ID, "471100" },
		{ SUBJECT_ID, "47" },
		{ SUBJECT_EMAIL, "mara@example.org" },
		{ SUBJECT_IP, "192.0.2.7" },
		{ SUBJECT_NETWORK, "10.20.0.0/16" },
		{ SUBJECT_PHONE, "+49 151 1234567" },
		{ SUBJECT_NAME, "Mara Muster" },
	};
	static const unsigned char key[SUBJECT_KEY_BYTES] = { 1 };
	struct config_error e;

	assert_int_equal(subjects_parse(SLICE(SUBJECTS_HEADER "\n"), "list", key, &f->c->subjects, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(people); i++)
		assert_int_equal(subjects_add(f->c->subjects, people[i].kind, slice_cstr(people[i].value), SLICE("mara")), 0);
}

static void test_looked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(looked_for); i++) {
		struct execution x = { 0 };
		struct fixture f;

		setup_with(&f, policy_text);
		add_people(&f);
		run_at(&f, looked_for[i].system, &(struct step){ A, looked_for[i].sql, NULL, OK }, &x);
		answered((f.v.nsubjects > 0) == looked_for[i].found, looked_for[i].open, looked_for[i].sql,
			 f.v.nsubjects ? "somebody" : "nobody");
		teardown(&f);
	}
	print_message("%u questions, %u of them open\n", questions, open_ones);
	assert_int_equal(wrong, 0);
}

/* A list longer than what is kept of a statement, as somebody makes it who copies people by the hundred thousand: each of them is looked
 * at. */
static void test_long_list(void **state)
{
	enum { IDS = 200000, LAST = 5000000, MEMORY_MAX = 24 << 20 };
	struct execution x = { 0 };
	struct fixture f;
	struct buf sql;

	(void)state;
	buf_init(&sql, 4 << 20);
	buf_adds(&sql, "SELECT ip FROM user_ip_log WHERE user_id IN (");
	for (unsigned i = 0; i < IDS; i++)
		buf_printf(&sql, "%u, ", 1000000 + i);
	buf_printf(&sql, "%d) AND note <> 'contacts'", LAST);
	buf_addc(&sql, 0);
	assert_int_equal(sql.err, 0);
	setup_with(&f, "tables: [{match: user_ip_log}, {match: contacts}]\n");
	add_people(&f);
	run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, sql.ptr, NULL, OK }, &x);
	assert_int_equal(f.v.nsubjects, 0);
	assert_false(f.v.cut);
	assert_int_equal(f.q.nrelations, 2); /* what the last string names */
	assert_int_equal(subjects_add(f.c->subjects, SUBJECT_ID, SLICE("5000000"), SLICE("last")), 0);
	assert_int_equal(subjects_add(f.c->subjects, SUBJECT_ID, SLICE("1100000"), SLICE("middle")), 0);
	run_at(&f, SYSTEM_POSTGRESQL, &(struct step){ A, sql.ptr, NULL, OK }, &x);
	assert_int_equal(f.v.nsubjects, 2);
	assert_false(f.v.cut);
	assert_true(f.arena.total < MEMORY_MAX);
	teardown(&f);
	buf_done(&sql);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decided),
		cmocka_unit_test(test_looked_for),
		cmocka_unit_test(test_long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
