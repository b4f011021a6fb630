// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Sessions as somebody thinks of them who wants rows of user_ip_log without its name being told: a question is a few statements, and of
 * each one what must be reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "questions_asked.inc.c"

/* What is made of it. */
static const struct question made[] = {
	PG({ A, "SELECT ip INTO TEMP a FROM user_ip_log", LOG, OK }, { A, "TABLE a", LOG "=session/a", OK }),
	PG({ A, "SELECT ip INTO UNLOGGED a FROM user_ip_log", LOG, OK }, { B, "TABLE a", LOG "=memory/a", OK }),
	PG({ A, "CREATE TEMP TABLE a AS TABLE user_ip_log WITH NO DATA", LOG, OK }, { A, "INSERT INTO a TABLE user_ip_log", LOG, OK },
	   { A, "SELECT 1 FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE a (LIKE user_ip_log INCLUDING ALL)", LOG, OK }, { A, "SELECT 1 FROM a", LOG "=session/a", OK },
	   { A, "INSERT INTO a SELECT * FROM user_ip_log", LOG, OK }, { A, "SELECT 1 FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TABLE a (ip text)", "", OK }, { A, "UPDATE a SET ip = l.ip FROM user_ip_log l WHERE l.id = 1", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "MERGE INTO a USING user_ip_log l ON a.id = l.id WHEN MATCHED THEN UPDATE SET ip = l.ip", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "WITH x AS (SELECT ip FROM user_ip_log) INSERT INTO a SELECT * FROM x", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "WITH x AS (DELETE FROM user_ip_log RETURNING *) INSERT INTO a SELECT * FROM x", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "INSERT INTO a SELECT 1 WHERE EXISTS (SELECT FROM user_ip_log)", LOG, OK }, { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "INSERT INTO a VALUES ((SELECT ip FROM user_ip_log LIMIT 1))", LOG, OK }, { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET ip = (SELECT ip FROM user_ip_log)", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "CREATE MATERIALIZED VIEW m AS SELECT ip FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM m", LOG "=memory/m", OK },
	   { B, "REFRESH MATERIALIZED VIEW m", LOG "=memory/m", OK }, { B, "DROP MATERIALIZED VIEW m", "", OK },
	   { B, "SELECT * FROM m", "", OK }),
	PG({ A, "CREATE TEMP VIEW a AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "CREATE TEMP VIEW b AS SELECT * FROM a", LOG "=session/a", OK },
	   { A, "CREATE TEMP TABLE c AS SELECT * FROM b", LOG "=session/b", OK }, { A, "DROP VIEW a CASCADE", "", OK },
	   { A, "SELECT * FROM c", LOG "=session/c", OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER TABLE a RENAME TO b", "", OK },
	   { A, "SELECT 1 FROM b", LOG "=session/b", OK }, { A, "CREATE TEMP TABLE a (id int)", "", OK }, { A, "SELECT 1 FROM a", "", OK }),
	PG({ A, "CREATE TABLE s1.a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER TABLE s1.a SET SCHEMA s2", "", OK },
	   { B, "SELECT 1 FROM s2.a", LOG "=memory/a", OK }, { B, "SELECT 1 FROM s1.a", "", OK }),
	PG({ A, "CREATE TABLE s1.a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER SCHEMA s1 RENAME TO s2", "", OK },
	   { B, "SELECT 1 FROM s2.a", LOG "=memory/a", OK }),
	PG({ A, "ALTER TABLE user_ip_log RENAME TO harmless", LOG, OK }, { B, "SELECT ip FROM harmless", LOG "=memory/harmless", OK }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { B, "CREATE TABLE b AS SELECT * FROM a", LOG "=memory/a", OK },
	   { B, "DROP TABLE a", "", OK }, { OTHER, "SELECT * FROM b", LOG "=memory/b", OK }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "TRUNCATE a", "", OK },
	   { A, "COPY a TO STDOUT", LOG "=memory/a", OK }),
	PG({ A, "CREATE TABLE part PARTITION OF user_ip_log FOR VALUES IN (1)", LOG, OK },
	   { A, "SELECT * FROM part", LOG "=memory/part", OK }),
	PG({ A, "CREATE TABLE kid () INHERITS (user_ip_log)", LOG, OK }, { A, "SELECT * FROM kid", LOG "=memory/kid", OK }),
	PG({ A, "ALTER TABLE user_ip_log DETACH PARTITION p1", LOG, OK }, { A, "SELECT * FROM p1", LOG "=memory/p1", OK }),
	PG({ A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK }, { A, "SELECT * FROM user_ip_log", LOG "!", OK },
	   { A, "SELECT * FROM public.user_ip_log", LOG, OK }, { B, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK }, { A, "DROP TABLE user_ip_log", LOG "!", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "CREATE TEMP TABLE user_ip_log (id int) ON COMMIT DROP", LOG, OK }, { A, "SELECT * FROM user_ip_log", LOG "!", OK }),
	PG({ A, "CREATE FUNCTION f() RETURNS SETOF text LANGUAGE sql AS 'SELECT ip FROM user_ip_log'", LOG, OK },
	   { B, "SELECT * FROM f()", LOG "=memory/f", OK }, { B, "DROP FUNCTION f()", "", OK }),
	PG({ A, "CREATE TEMP TABLE a AS EXECUTE q", "", OK }, { A, "SELECT * FROM a", "", OK }),
	PG({ A, "PREPARE q AS SELECT * FROM user_ip_log", LOG, OK }, { A, "CREATE TEMP TABLE a AS EXECUTE q", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { B, "CREATE TEMP TABLE a (id int)", "", OK },
	   { B, "SELECT * FROM a", "", OK }, { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE RECURSIVE VIEW rv (n) AS SELECT id FROM user_ip_log", LOG, OK }, { A, "SELECT n FROM rv", LOG "=memory/rv", OK }),
	PG({ A, "CREATE VIEW a AS SELECT 1", "", OK }, { A, "CREATE OR REPLACE VIEW a AS SELECT ip FROM user_ip_log", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }, { A, "CREATE OR REPLACE VIEW a AS SELECT 1", "", OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
};

/* What a transaction, or a failure, takes back. */
static const struct question taken_back[] = {
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, NO }, { A, "SELECT * FROM a", NULL, NO }),
	PG({ A, "BEGIN", "", OK }, { A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }, { A, "ROLLBACK", "", OK }, { A, "SELECT * FROM a", NULL, NO }),
	PG({ A, "BEGIN", "", OK }, { A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK },
	   { A, "SELECT * FROM user_ip_log", LOG "!", OK }, { A, "ABORT", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "SAVEPOINT s", "", OK }, { A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK },
	   { A, "ROLLBACK TO s", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK }, { A, "SAVEPOINT s", "", OK },
	   { A, "DROP TABLE user_ip_log", LOG "!", OK }, { A, "SELECT * FROM user_ip_log", LOG "!", OK },
	   { A, "ROLLBACK TO SAVEPOINT s", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "SAVEPOINT s", "", OK }, { A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "RELEASE s", "", OK }, { A, "COMMIT", "", OK }, { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "BEGIN", "", OK }, { A, "DROP TABLE a", "", OK }, { A, "ROLLBACK AND CHAIN", "", OK },
	   { A, "CREATE TEMP TABLE a AS TABLE user_ip_log", LOG, OK }, { A, "ROLLBACK", "", OK }, { A, "TABLE a", NULL, NO }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { B, "BEGIN", "", OK }, { B, "DROP TABLE a", "", OK },
	   { B, "ROLLBACK", "", OK }, { OTHER, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "BEGIN; SET LOCAL search_path = safe; COMMIT", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "DROP TABLE user_ip_log", "user_ip_log", NO }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "DROP TABLE a", "", NO },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "DISCARD TEMP", "", OK },
	   { A, "SELECT * FROM a", NULL, NO }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "DISCARD PLANS", "", OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "RESET ALL", "", OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE user_ip_log (id int)", LOG, OK }, { A, "DISCARD ALL", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "PREPARE TRANSACTION 'x'", "", NO }, { A, "SELECT * FROM a", NULL, NO }),
	MY({ A, "START TRANSACTION", "", OK }, { A, "CREATE TEMPORARY TABLE a AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "ROLLBACK", "", OK }, { A, "SELECT * FROM a", LOG "=session/a", OK }),
	LITE({ A, "BEGIN IMMEDIATE", "", OK }, { A, "CREATE TEMP TABLE a AS SELECT * FROM user_ip_log", LOG, OK },
	     { A, "ROLLBACK", "", OK }, { A, "SELECT * FROM a", NULL, NO }),
};

/* By what names. */
static const struct question named[] = {
	PG({ A, "SELECT * FROM \"USER_IP_LOG\"", "USER_IP_LOG", OK }),
	PG({ A, "SELECT (SELECT ip FROM user_ip_log LIMIT 1)", LOG, OK }),
	PG({ A, "PREPARE q AS SELECT ip FROM user_ip_log WHERE id = $1", LOG, OK }, { A, "EXECUTE q(1)", LOG, OK },
	   { A, "DEALLOCATE q", "", OK }, { A, "PREPARE q AS SELECT 1", "", OK }, { A, "EXECUTE q(1)", "", OK }),
	PG({ A, "PREPARE q AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "PREPARE q AS SELECT 1", "", NO }, { A, "EXECUTE q", LOG, OK }),
	PG({ A, "PREPARE q AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "BEGIN", "", OK }, { A, "DEALLOCATE q", "", OK },
	   { A, "ROLLBACK", "", OK }, { A, "PREPARE q AS SELECT 1", "", OK }, { A, "EXECUTE q", "", OK }),
	PG({ A, "PREPARE q AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "DEALLOCATE ALL", "", OK }, { A, "EXECUTE q", "", NO }),
	PG({ A, "PREPARE \"Q\" AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "PREPARE q AS SELECT 1", "", OK },
	   { A, "EXECUTE q", "", OK }, { A, "EXECUTE \"Q\"", LOG, OK }),
	PG({ A, "DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE a AS SELECT * FROM user_ip_log'; END $$", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	MY({ A, "PREPARE q FROM 'SELECT ip FROM user_ip_log'", LOG, OK }, { A, "EXECUTE q", LOG, OK },
	   { A, "PREPARE q FROM 'SELECT 1'", "", OK }, { A, "EXECUTE q", "", OK }),
	MY({ A, "PREPARE q FROM 'SELECT ip FROM user_ip_log'", LOG, OK }, { A, "DROP PREPARE q", "", OK }, { A, "EXECUTE q", "", NO }),
	MY({ A, "PREPARE q FROM 'SELECT ip FROM user_ip_log'", LOG, OK }, { A, "PREPARE q FROM 'SELEC'", "", NO },
	   { A, "EXECUTE q", NULL, NO }),
	MY({ A, "SET sql_mode = 'ANSI_QUOTES'", "", OK }, { A, "SELECT * FROM \"user_ip_log\"", LOG, OK }),
	MY({ A, "SELECT 1 /*!50000 FROM user_ip_log */", LOG, OK }),
	MY({ A, "CREATE TEMPORARY TABLE a SELECT * FROM user_ip_log", LOG, OK }, { A, "RENAME TABLE a TO b", "", OK },
	   { A, "SELECT * FROM b", LOG "=session/b", OK }),
	MY({ A, "CREATE TABLE a LIKE user_ip_log", LOG, OK }, { A, "INSERT a SELECT * FROM user_ip_log", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "RENAME TABLE user_ip_log TO t, other TO user_ip_log", LOG, OK }, { B, "SELECT * FROM t", LOG "=memory/t", OK }),
	MY({ A, "REPLACE INTO a SELECT * FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "INSERT INTO a SET ip = (SELECT ip FROM user_ip_log LIMIT 1)", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "UPDATE a, user_ip_log l SET a.ip = l.ip WHERE a.id = l.id", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "HANDLER user_ip_log OPEN AS h", LOG, OK }, { A, "HANDLER h READ FIRST", LOG "=session/h", OK },
	   { A, "HANDLER h CLOSE", LOG "=session/h", OK }),
	MY({ A, "CREATE TABLE a ENGINE=MERGE UNION=(user_ip_log)", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "ALTER TABLE p EXCHANGE PARTITION x WITH TABLE user_ip_log", LOG, OK }, { B, "SELECT * FROM p", LOG "=memory/p", OK }),
	LITE({ A, "ATTACH 'x.db' AS a", "", OK }, { A, "CREATE TABLE a.t AS SELECT * FROM user_ip_log", LOG, OK },
	     { A, "SELECT * FROM a.t", LOG "=memory/t", OK }),
	LITE({ A, "CREATE TEMP VIEW v AS SELECT * FROM user_ip_log", LOG, OK }, { A, "SELECT * FROM temp.v", LOG "=session/v", OK },
	     { A, "SELECT * FROM main.v", "", NO }),
	LITE({ A, "CREATE TEMP TABLE user_ip_log(id)", LOG, OK }, { A, "SELECT * FROM user_ip_log", LOG "!", OK },
	     { A, "SELECT * FROM main.user_ip_log", LOG, OK }),
	LITE({ A, "CREATE VIRTUAL TABLE f USING fts5(ip, content='user_ip_log')", LOG, OK }, { A, "SELECT * FROM f", LOG "=memory/f", OK }),
	LITE({ A, "ALTER TABLE user_ip_log RENAME TO x", LOG, OK }, { B, "SELECT * FROM x", LOG "=memory/x", OK }),
	LITE({ A, "CREATE TRIGGER t AFTER INSERT ON user_ip_log BEGIN INSERT INTO copy VALUES (new.ip); END", LOG, OK },
	     { B, "SELECT * FROM copy", LOG "=memory/copy", OK }),
	PG({ A, "CREATE RULE r AS ON INSERT TO user_ip_log DO ALSO INSERT INTO copy VALUES (new.ip)", LOG, OK },
	   { B, "SELECT * FROM copy", LOG "=memory/copy", OK }),
	PG({ A, "CREATE RULE r AS ON SELECT TO posts DO INSTEAD SELECT * FROM user_ip_log", LOG, OK },
	   { B, "SELECT * FROM posts", LOG "=memory/posts", OK }),
};

/* Settings that decide what a name means; sensitive here is secret.user_ip_log alone. A path that leads elsewhere is told, and clears
 * nobody: functions and the role's own settings may change it unseen. */
static const char in_schema[] = "tables: [{match: secret.user_ip_log}]\n";
static const struct question meant[] = {
	PG({ A, "SELECT * FROM user_ip_log", LOG, OK }), /* whose path is not known */
	PG({ A, "SET search_path = safe", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }, { A, "RESET search_path", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path TO safe, secret", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET SCHEMA 'secret'", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET SCHEMA 'safe'", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SELECT set_config('search_path', 'safe', false)", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SELECT set_config('search_path', 'secret', false)", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SELECT set_config('search_path', $1, false)", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SELECT set_config('search_' || 'path', 'secret', false)", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "UPDATE pg_settings SET setting = 'secret' WHERE name = 'search_path'", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "BEGIN", "", OK }, { A, "SET LOCAL search_path = secret", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }, { A, "COMMIT", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "BEGIN", "", OK }, { A, "SET search_path = secret", "", OK },
	   { A, "ROLLBACK", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = secret", "", OK }, { A, "BEGIN", "", OK }, { A, "SET search_path = safe", "", OK },
	   { A, "ROLLBACK", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "SET search_path = secret", "", OK }, { A, "SAVEPOINT a", "", OK },
	   { A, "SET search_path = safe", "", OK }, { A, "ROLLBACK TO a", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = secret", "", OK }, { A, "SET search_path = safe", "", NO }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SET search_path = safe, nothing; SELECT 1/0", "", NO },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "RESET ALL", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "DISCARD ALL", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { B, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SET ROLE other", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = \"Secret\"", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "DO $$ BEGIN SET search_path = secret; END $$", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SELECT my_function_that_sets_it()", "", OK },
	   { A, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe; SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "SET search_path = secret; SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "CREATE TEMP VIEW v AS SELECT * FROM secret.user_ip_log", LOG, OK },
	   { A, "SELECT * FROM v", LOG "=session/v", OK }),
	PG({ A, "SET search_path = secret", "", OK }, { A, "PREPARE q AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "SET search_path = safe", "", OK }, { A, "EXECUTE q", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "PREPARE q AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "SET search_path = secret", "", OK }, { A, "EXECUTE q", LOG, OK }),
	PG({ A, "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = secret AS 'SELECT 1 FROM user_ip_log'", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK },
	   { A, "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = secret AS 'SELECT 1 FROM user_ip_log'", LOG, OK }),
	PG({ A, "SET search_path = safe", "", OK }, { A, "ALTER TABLE user_ip_log SET SCHEMA secret", LOG, OK },
	   { A, "SELECT * FROM secret.user_ip_log", LOG, OK }),
	PG({ A, "ALTER SCHEMA secret RENAME TO plain", "", OK }, { B, "SELECT * FROM plain.user_ip_log", LOG "=memory/user_ip_log", OK }),
	PG({ A, "ALTER SCHEMA secret RENAME TO plain", "", OK }, { B, "SELECT * FROM plain.posts", "", OK },
	   { B, "ALTER SCHEMA plain RENAME TO dull", "", OK },
	   { B, "CREATE TABLE x AS SELECT * FROM dull.user_ip_log", LOG "=memory/user_ip_log", OK },
	   { A, "SELECT * FROM x", LOG "=memory/x", OK }),
	PG({ A, "ALTER SCHEMA secret RENAME TO plain", "", NO }, { B, "SELECT * FROM plain.user_ip_log", "", OK }),
	PG({ A, "ALTER SCHEMA other RENAME TO plain", "", OK }, { B, "SELECT * FROM plain.user_ip_log", "", OK }),
	PG({ A, "SET SESSION AUTHORIZATION bob", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "USE safe", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }, { A, "SELECT * FROM secret.user_ip_log", LOG, OK },
	   { A, "USE secret", "", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "USE safe", "", OK }, { A, "USE secret", "", NO }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "USE safe", "", OK }, { A, "DROP DATABASE safe", "", OK }, { A, "SELECT * FROM user_ip_log", NULL, NO }),
	MY({ A, "USE `safe`; SELECT * FROM user_ip_log; USE secret; SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "USE safe", "", OK }, { A, "CREATE TABLE x LIKE secret.user_ip_log", LOG, OK },
	   { A, "SELECT * FROM x", LOG "=memory/x", OK }),
	LITE({ A, "ATTACH '/srv/secret.db' AS secret", "", OK }, { A, "SELECT * FROM secret.user_ip_log", LOG, OK },
	     { A, "DETACH secret", "", OK }, { A, "ATTACH '/srv/safe.db' AS secret", "", OK },
	     { A, "SELECT * FROM secret.user_ip_log", LOG, OK }),
	LITE({ A, "ATTACH '/srv/secret.db' AS x", "", OK }, { A, "SELECT * FROM x.user_ip_log", "", OK }),
};

static void test_made(void **state)
{
	(void)state;
	ASK(policy_text, made);
}

static void test_taken_back(void **state)
{
	(void)state;
	ASK(policy_text, taken_back);
}

static void test_named(void **state)
{
	(void)state;
	ASK(policy_text, named);
}

static void test_meant(void **state)
{
	(void)state;
	ASK(in_schema, meant);
	print_message("%u questions\n", questions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
