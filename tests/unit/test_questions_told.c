// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is told must not be the next leak: a line about a statement holds none of the values in it, wherever they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/subjects.h"
#include "identity/identity.h"
#include "questions.inc.c"
#include "session.inc.c"

enum { A = 16 + 1 };

static const struct event_origin origin = { .host = SLICE_INIT("h"), .agent_id = SLICE_INIT("a"), .version = SLICE_INIT("0.1.0") };

/* Each holds one of these, or a part by which somebody is known. */
static const char *const values[] = { "mara@",  "example.org", "471100",      "Mara",   "Muster",
				      "muster", "192.0.2.7",   "gro.elpmaxe", "bWFyYU", "6d6172" };

static const struct {
	enum client_system system;
	const char *sql;
} told_of[] = {
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = 'mara@example.org'" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE id IN (471100, 2) LIMIT 471100" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = E'mara\\x40example.org' OR mail = $q$mara@example.org$q$" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = U&'mara\\0040example.org' AND ip = inet '192.0.2.7'" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 /* mara@example.org */ FROM user_ip_log -- Mara Muster" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = concat('mara@', 'example.org')" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = reverse('gro.elpmaxe@aram')" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = convert_from(decode('bWFyYUBleGFtcGxlLm9yZw==', 'base64'), 'UTF8')" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE body @@ to_tsquery('Mara & Muster')" },
	{ SYSTEM_POSTGRESQL, "DO $$ BEGIN EXECUTE 'SELECT 1 FROM user_ip_log WHERE name = ''Mara Muster'''; END $$" },
	{ SYSTEM_POSTGRESQL, "PREPARE q AS SELECT 1 FROM user_ip_log WHERE mail = 'mara@example.org'" },
	{ SYSTEM_POSTGRESQL, "SELECT query_to_xml('SELECT 1 FROM user_ip_log WHERE name = ''Muster'' OR id = 471100', true, false, '')" },
	{ SYSTEM_POSTGRESQL,
	  "SELECT * FROM dblink('host=mara@example.org', 'SELECT ip FROM user_ip_log WHERE id = 471100') AS t(ip text)" },
	{ SYSTEM_POSTGRESQL, "COPY (SELECT * FROM user_ip_log WHERE id = 471100) TO PROGRAM 'grep mara@example.org > x'" },
	{ SYSTEM_POSTGRESQL, "SELECT 'SELECT Mara FROM Muster' FROM user_ip_log" },
	{ SYSTEM_POSTGRESQL, "SELECT 'user_ip_log mara@example.org Mara Muster'" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE doc @> '{\"mail\": \"mara@example.org\", \"id\": 471100}'" },
	{ SYSTEM_POSTGRESQL, "SELECT cron.schedule('x', '* * * * *', 'DELETE FROM user_ip_log WHERE name = ''Mara Muster''')" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE id = 471_100 OR id = 471100.0 OR id = 471100e0" },
	{ SYSTEM_POSTGRESQL, "SELECT pg_notify('Mara', ip) FROM user_ip_log" },
	{ SYSTEM_POSTGRESQL,
	  "INSERT INTO user_ip_log VALUES ('mara@example.org', 471100) ON CONFLICT (id) DO UPDATE SET ip = '192.0.2.7'" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE mail = 'mara@example.org" },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE FROM ) mail = 'mara@example.org' 471100" },
	{ SYSTEM_POSTGRESQL, "EXPLAIN SELECT 1 FROM user_ip_log WHERE name LIKE 'Mara%Muster'" },
	{ SYSTEM_POSTGRESQL, "SET application_name = 'mara@example.org'" },
	{ SYSTEM_POSTGRESQL, "SELECT set_config('my.person', 'mara@example.org', false) FROM user_ip_log" },
	{ SYSTEM_POSTGRESQL, "COMMENT ON TABLE user_ip_log IS 'of Mara Muster, mara@example.org'" },
	{ SYSTEM_POSTGRESQL, "CREATE TABLE x PARTITION OF user_ip_log FOR VALUES IN ('mara@example.org')" },
	{ SYSTEM_POSTGRESQL, "CREATE POLICY p ON user_ip_log USING (mail = 'mara@example.org')" },
	{ SYSTEM_POSTGRESQL, "DECLARE c CURSOR FOR SELECT 1 FROM user_ip_log WHERE id = 471100" },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE mail = \"mara@example.org\"" },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE mail = 0x6d617261406578616d706c652e6f7267 OR mail = x'6d617261'" },
	{ SYSTEM_MYSQL, "SET @u = 'mara@example.org'; SELECT 1 FROM user_ip_log WHERE mail = @u" },
	{ SYSTEM_MYSQL, "PREPARE q FROM 'SELECT 1 FROM user_ip_log WHERE mail = \"mara@example.org\"'" },
	{ SYSTEM_MYSQL, "EXECUTE IMMEDIATE CONCAT('SELECT 1 FROM user_ip_log WHERE name = ', QUOTE('Mara Muster'))" },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE MATCH (b) AGAINST ('+Mara +Muster' IN BOOLEAN MODE)" },
	{ SYSTEM_MYSQL, "SELECT 1 /*!50000 FROM user_ip_log WHERE id = 471100 */" },
	{ SYSTEM_MYSQL, "CREATE TABLE b (ip text) ENGINE=FEDERATED CONNECTION='mysql://mara@example.org/db/user_ip_log'" },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE mail GLOB 'mara@example.org*' OR id IS 471100" },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE mail = x'6d617261406578616d706c652e6f7267'" },
	{ SYSTEM_SQLITE, "INSERT INTO fts(fts, rank) SELECT 'Mara', ip FROM user_ip_log" },
	{ SYSTEM_MSSQL, "EXEC sp_executesql N'SELECT 1 FROM user_ip_log WHERE mail = @m', N'@m nvarchar(99)', @m = N'mara@example.org'" },
	{ SYSTEM_MSSQL, "EXEC xp_cmdshell 'sqlcmd -Q \"SELECT 1 FROM user_ip_log WHERE id = 471100\" -o mara@example.org'" },
	{ SYSTEM_MSSQL, "EXEC p 'mara@example.org', 471100; SELECT 1 FROM user_ip_log" },
	{ SYSTEM_MSSQL, "SELECT * FROM OPENROWSET('x', 'Server=s;Uid=mara@example.org', 'SELECT 1 FROM user_ip_log WHERE id = 471100')" },
	{ SYSTEM_ORACLE, "SELECT 1 FROM user_ip_log WHERE name = q'[Mara Muster]' OR mail = N'mara@example.org'" },
	{ SYSTEM_ORACLE, "BEGIN EXECUTE IMMEDIATE 'DELETE FROM user_ip_log WHERE id = 471100'; END;" },
	{ SYSTEM_ORACLE,
	  "BEGIN DBMS_SCHEDULER.CREATE_JOB('j', 'PLSQL_BLOCK', 'BEGIN DELETE FROM user_ip_log WHERE name = ''Muster''; END;'); END;" },
};

static void holds_none(const char *sql, struct slice line)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		answered(!memmem(line.ptr, line.len, values[i], strlen(values[i])), sql, line.ptr);
}

static void test_told(void **state)
{
	struct identity *identity;

	(void)state;
	assert_int_equal(identity_new(&identity), 0);
	for (size_t i = 0; i < ARRAY_SIZE(told_of); i++) {
		uint64_t sequence = 1;
		struct execution x = { .has_rows = true };
		struct event_context ctx = { .origin = &origin, .identity = identity, .sequence = &sequence, .mask_literals = true };
		struct fixture f;
		struct buf out, reached;

		setup_with(&f, "tables: [{match: user_ip_log}]\n");
		run_at(&f, told_of[i].system, &(struct step){ A, told_of[i].sql, NULL, OUTCOME_SUCCESS }, &x);
		ctx.arena = &f.arena;
		f.q.verdict = &f.v;
		buf_init(&out, 1 << 20);
		buf_init(&reached, 4096);
		assert_true(event_query(&ctx, &f.q, &out) > 0);
		told(&f, &reached);
		assert_true(!strstr(told_of[i].sql, "user_ip_log") || strstr(reached.ptr, "user_ip_log"));
		buf_addc(&out, 0);
		holds_none(told_of[i].sql, buf_slice(&out));
		buf_done(&out);
		buf_done(&reached);
		teardown(&f);
	}
	identity_free(identity);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
