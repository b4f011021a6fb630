// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* More sessions as somebody thinks of them who wants rows of user_ip_log without its name being told, for each kind of server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "questions_asked.inc.c"

static const struct question postgresql[] = {
	PG({ A, "BEGIN", "", OK }, { A, "DECLARE c CURSOR FOR SELECT ip FROM user_ip_log", LOG, OK }, { A, "FETCH 10 FROM c", LOG, OK },
	   { A, "MOVE ALL FROM c", LOG, OK }, { A, "CLOSE c", "", OK }),
	PG({ A, "BEGIN", "", OK }, { A, "DECLARE c CURSOR WITH HOLD FOR SELECT ip FROM user_ip_log", LOG, OK }, { A, "COMMIT", "", OK },
	   { A, "FETCH ALL FROM c", LOG, OK }),
	PG({ A, "BEGIN", "", OK }, { A, "SAVEPOINT s", "", OK }, { A, "CREATE TEMP VIEW v AS SELECT ip FROM user_ip_log", LOG, OK },
	   { A, "RELEASE s", "", OK }, { A, "SAVEPOINT t", "", OK }, { A, "DROP VIEW v", "", OK }, { A, "ROLLBACK TO t", "", OK },
	   { A, "SELECT * FROM v", LOG "=session/v", OK }),
	PG({ A, "CREATE TEMP TABLE a AS SELECT 1 AS x", "", OK }, { A, "INSERT INTO a SELECT ip FROM user_ip_log", LOG, OK },
	   { A, "ALTER TABLE a RENAME COLUMN x TO y", "", OK }, { A, "SELECT y FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE TEMP TABLE a (id int)", "", OK }, { A, "ALTER TABLE a RENAME TO user_ip_log", LOG, OK },
	   { A, "SELECT * FROM user_ip_log", LOG "!", OK }, { B, "SELECT * FROM user_ip_log", LOG, OK }),
	PG({ A, "PREPARE q AS INSERT INTO a SELECT * FROM user_ip_log", LOG, OK }, { A, "EXECUTE q", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "PREPARE q AS INSERT INTO a SELECT * FROM user_ip_log", LOG, OK }, { A, "BEGIN", "", OK }, { A, "EXECUTE q", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "CREATE VIEW b AS SELECT * FROM a", LOG "=memory/a", OK },
	   { A, "DROP TABLE a CASCADE", "", OK }, { A, "CREATE TABLE a (id int)", "", OK }, { B, "SELECT * FROM a", "", OK }),
	PG({ A, "CREATE FUNCTION f() RETURNS SETOF text LANGUAGE sql AS $$ SELECT ip FROM user_ip_log $$", LOG, OK },
	   { A, "CREATE VIEW v AS SELECT * FROM f()", LOG "=memory/f", OK }, { B, "SELECT * FROM v", LOG "=memory/v", OK }),
	PG({ A, "CREATE FUNCTION f() RETURNS SETOF text LANGUAGE sql AS $$ SELECT ip FROM user_ip_log $$", LOG, OK },
	   { A, "ALTER FUNCTION f() RENAME TO g", LOG "=memory/f", OK }, { B, "SELECT * FROM g()", LOG "=memory/g", OK },
	   { A, "ALTER FUNCTION g() SET SCHEMA other", LOG "=memory/g", OK }, { B, "SELECT * FROM other.g()", LOG "=memory/g", OK }),
	PG({ A, "CREATE FUNCTION f() RETURNS SETOF text LANGUAGE sql AS $$ SELECT ip FROM user_ip_log $$", LOG, OK },
	   { A, "CREATE TEMP TABLE a AS SELECT f()", LOG "=memory/f", OK }, { A, "SELECT * FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE PROCEDURE p() LANGUAGE sql AS $$ INSERT INTO c SELECT ip FROM user_ip_log $$", LOG, OK },
	   { A, "CALL p()", LOG "=memory/p", OK }, { B, "SELECT * FROM c", LOG "=memory/c", OK }),
	PG({ A, "ALTER TABLE a INHERIT user_ip_log", LOG, OK }, { A, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "ALTER TABLE a ATTACH PARTITION user_ip_log FOR VALUES IN (1)", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "CREATE PUBLICATION p FOR TABLE posts, user_ip_log WHERE (id > 1)", LOG, OK }),
	PG({ A, "CREATE VIEW v AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "ALTER VIEW v RENAME TO w", NULL, OK },
	   { B, "SELECT * FROM w", LOG "=memory/w", OK }, { B, "SELECT * FROM v", "", NO }),
	PG({ A, "IMPORT FOREIGN SCHEMA public LIMIT TO (user_ip_log) FROM SERVER s INTO f", LOG, OK },
	   { A, "SELECT * FROM f.user_ip_log", LOG, OK }),
	PG({ A, "CREATE FOREIGN TABLE x (ip text) SERVER s OPTIONS (table_name 'user_ip_log')", LOG, OK },
	   { B, "SELECT * FROM x", LOG "=memory/x", OK }),
	PG({ A, "SELECT * FROM dblink('dbname=x', 'SELECT ip FROM user_ip_log') AS t(ip text)", LOG " " LOG, OK }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM dblink('dbname=x', 'SELECT ip FROM user_ip_log') AS t(ip text)", LOG " " LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "UPDATE a SET note = (SELECT ip FROM user_ip_log LIMIT 1)", LOG, OK },
	   { B, "DELETE FROM a RETURNING *", LOG "=memory/a", OK }),
	PG({ A, "WITH d AS (DELETE FROM user_ip_log RETURNING *), i AS (INSERT INTO a SELECT * FROM d RETURNING *) SELECT * FROM i", LOG,
	     OK },
	   { B, "TABLE a", LOG "=memory/a", OK }),
	PG({ A, "SELECT pg_notify('x', string_agg(ip, ',')) FROM user_ip_log", LOG, OK }),
	PG({ A, "SELECT lo_from_bytea(0, string_agg(ip, '')::bytea) FROM user_ip_log", LOG, OK }),
	PG({ A, "EXPLAIN ANALYZE CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "EXPLAIN (ANALYZE, COSTS OFF) INSERT INTO a SELECT * FROM user_ip_log", LOG, OK },
	   { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	PG({ A, "SELECT most_common_vals FROM pg_stats WHERE tablename = 'user_ip_log'", LOG, OK }),
	PG({ A, "CREATE TABLE a (id int); INSERT INTO a SELECT id FROM user_ip_log; ALTER TABLE a RENAME TO b", LOG, OK },
	   { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	PG({ A, "CREATE TABLE s1.a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER TABLE s1.a RENAME TO b", "", OK },
	   { B, "SELECT * FROM s1.b", LOG "=memory/b", OK }, { B, "SELECT * FROM s2.b", "", OK }),
	PG({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log; CREATE TABLE b AS TABLE a; DROP TABLE a", LOG " " LOG "=memory/a", OK },
	   { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	PG({ A, "SELECT * FROM ONLY (user_ip_log)", LOG, OK }),
	PG({ A, "SELECT * FROM user_ip_log TABLESAMPLE system (1)", LOG, OK }),
	PG({ A, "LOCK TABLE ONLY user_ip_log IN SHARE MODE", LOG, OK }),
	PG({ A, "CREATE TEMP TABLE a ON COMMIT DELETE ROWS AS SELECT * FROM user_ip_log", LOG, OK },
	   { A, "SELECT 1 FROM a", LOG "=session/a", OK }),
	PG({ A, "CREATE SCHEMA s CREATE VIEW v AS SELECT ip FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM s.v", LOG "=memory/v", OK }),
};

static const struct question mariadb[] = {
	MY({ A, "CREATE TEMPORARY TABLE a LIKE user_ip_log", LOG, OK }, { A, "INSERT a SELECT * FROM user_ip_log", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }, { B, "SELECT * FROM a", "", NO }),
	MY({ A, "CREATE VIEW v AS SELECT ip FROM user_ip_log", LOG, OK }, { A, "ALTER VIEW v AS SELECT 1", NULL, OK },
	   { B, "SELECT * FROM v", LOG "=memory/v", OK }),
	MY({ A, "LOCK TABLES user_ip_log AS x READ", LOG, OK }, { A, "SELECT * FROM user_ip_log AS x", LOG, OK }),
	MY({ A, "CREATE OR REPLACE TABLE a SELECT ip FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "CREATE TABLE b (ip text) ENGINE=FEDERATED CONNECTION='mysql://u@h/db/user_ip_log'", LOG, OK },
	   { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	MY({ A, "CREATE PROCEDURE p() SELECT ip FROM user_ip_log", LOG, OK }, { B, "CALL p()", LOG "=memory/p", OK }),
	MY({ A, "CREATE TRIGGER t AFTER INSERT ON user_ip_log FOR EACH ROW INSERT INTO copy VALUES (NEW.ip)", LOG, OK },
	   { B, "SELECT * FROM copy", LOG "=memory/copy", OK }),
	MY({ A, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO c SELECT * FROM user_ip_log", LOG, OK },
	   { B, "SELECT * FROM c", LOG "=memory/c", OK }),
	MY({ A, "HANDLER user_ip_log OPEN", LOG, OK }, { A, "HANDLER user_ip_log READ FIRST", LOG, OK }),
	MY({ A, "ALTER TABLE user_ip_log RENAME AS other.x", LOG, OK }, { B, "SELECT * FROM other.x", LOG "=memory/x", OK }),
	MY({ A, "EXECUTE IMMEDIATE 'CREATE TEMPORARY TABLE a AS SELECT * FROM user_ip_log'", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	MY({ A, "PREPARE q FROM 'CREATE TEMPORARY TABLE a AS SELECT * FROM user_ip_log'", LOG, OK }, { A, "EXECUTE q", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
	MY({ A, "SET STATEMENT max_statement_time=1 FOR SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "CREATE TEMPORARY TABLE user_ip_log (id int)", LOG, OK }, { A, "SELECT * FROM user_ip_log", LOG "!", OK },
	   { A, "DROP TEMPORARY TABLE user_ip_log", LOG "!", OK }, { A, "SELECT * FROM user_ip_log", LOG, OK }),
	MY({ A, "INSERT INTO a TABLE user_ip_log", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	MY({ A, "CREATE TEMPORARY TABLE a SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER TABLE a RENAME b, ADD COLUMN x int", "", OK },
	   { A, "SELECT x FROM b", LOG "=session/b", OK }),
	MY({ A, "CREATE TABLE a SELECT * FROM user_ip_log", LOG, OK }, { A, "RENAME TABLE a TO db2.b, c TO a", NULL, OK },
	   { B, "SELECT * FROM db2.b", LOG "=memory/b", OK }),
	MY({ A, "CREATE DEFINER=root@localhost FUNCTION f() RETURNS text RETURN (SELECT ip FROM user_ip_log LIMIT 1)", LOG, OK },
	   { B, "SELECT f()", LOG "=memory/f", OK }),
	MY({ A, "LOAD DATA INFILE '/tmp/x' INTO TABLE user_ip_log", LOG, OK }),
	MY({ A, "CREATE SEQUENCE s", "", OK }, { A, "SELECT ip FROM user_ip_log FOR SYSTEM_TIME ALL", LOG, OK }),
	MY({ A, "BEGIN NOT ATOMIC CREATE TEMPORARY TABLE a AS SELECT * FROM user_ip_log; END", LOG, OK },
	   { A, "SELECT * FROM a", LOG "=session/a", OK }),
};

static const struct question sqlite[] = {
	LITE({ A, "ATTACH 'x.db' AS a", "", OK }, { A, "INSERT INTO a.t SELECT * FROM user_ip_log", LOG, OK }, { A, "DETACH a", "", OK },
	     { A, "ATTACH 'x.db' AS b", "", OK }, { A, "SELECT * FROM b.t", LOG "=memory/t", OK }),
	LITE({ A, "VACUUM INTO 'copy.db'", "", OK }, { A, "ATTACH 'copy.db' AS c", "", OK }, { A, "SELECT * FROM c.user_ip_log", LOG, OK }),
	LITE({ A, "BEGIN", "", OK }, { A, "SAVEPOINT s", "", OK }, { A, "CREATE TABLE b AS SELECT * FROM user_ip_log", LOG, OK },
	     { A, "RELEASE s", "", OK }, { A, "COMMIT", "", OK }, { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	LITE({ A, "CREATE TABLE b AS SELECT * FROM user_ip_log", LOG, OK }, { A, "ALTER TABLE b RENAME COLUMN ip TO x", "", OK },
	     { A, "SELECT x FROM b", LOG "=memory/b", OK }),
	LITE({ A, "CREATE TEMP TRIGGER t AFTER INSERT ON user_ip_log BEGIN INSERT INTO c VALUES (new.ip); END", LOG, OK },
	     { A, "SELECT * FROM c", LOG "=memory/c", OK }),
	LITE({ A, "REPLACE INTO b SELECT * FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	LITE({ A, "WITH x AS MATERIALIZED (SELECT ip FROM user_ip_log) INSERT INTO b SELECT * FROM x RETURNING *", LOG, OK },
	     { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	LITE({ A, "CREATE TEMP VIEW v(x) AS SELECT ip FROM main.user_ip_log", LOG, OK }, { A, "SELECT x FROM v", LOG "=session/v", OK },
	     { A, "DROP VIEW temp.v", "", OK }, { A, "SELECT x FROM v", "", NO }),
	LITE({ A, "SELECT 1 WHERE 'x' IN user_ip_log", LOG, OK }),
	LITE({ A, "EXPLAIN QUERY PLAN SELECT * FROM user_ip_log", LOG, OK }),
	LITE({ A, "SELECT * FROM sqlite_stat4 WHERE tbl = 'user_ip_log'", LOG, OK }),
	LITE({ A, "UPDATE b SET x = l.ip FROM user_ip_log AS l WHERE l.id = b.id", LOG, OK },
	     { B, "SELECT x FROM b", LOG "=memory/b", OK }),
	LITE({ A, "CREATE VIRTUAL TABLE temp.d USING dbstat(main)", NULL, OK },
	     { A, "SELECT * FROM pragma_table_info('user_ip_log')", LOG, OK }),
};

static const struct question tsql[] = {
	TSQL({ A, "SELECT ip INTO #a FROM user_ip_log", LOG, OK }, { A, "SELECT * FROM #a", LOG "=session/#a", OK },
	     { B, "SELECT * FROM #a", "", NO }),
	TSQL({ A, "SELECT ip INTO ##g FROM user_ip_log", LOG, OK }, { A, "SELECT * FROM ##g", LOG "=memory/##g", OK },
	     { B, "SELECT * FROM ##g", LOG "=memory/##g", OK }),
	TSQL({ A, "SELECT ip INTO #a FROM user_ip_log", LOG, OK }, { A, "SELECT * FROM tempdb..#a", LOG "=session/#a", OK }),
	TSQL({ A, "EXEC sp_rename 'user_ip_log', 'plain'", LOG, OK }, { B, "SELECT * FROM plain", LOG "=memory/plain", OK }),
	TSQL({ A, "SELECT * INTO a FROM user_ip_log; EXEC sp_rename 'a', 'b'", LOG, OK }, { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	TSQL({ A, "CREATE SYNONYM s FOR dbo.user_ip_log", LOG, OK }, { B, "SELECT * FROM s", LOG "=memory/s", OK }),
	TSQL({ A, "DECLARE c CURSOR GLOBAL FOR SELECT ip FROM user_ip_log", LOG, OK }, { A, "OPEN c", NULL, OK },
	     { A, "FETCH NEXT FROM c", LOG, OK }),
	TSQL({ A, "DECLARE @t TABLE (ip varchar(40)); INSERT INTO @t SELECT ip FROM user_ip_log; SELECT * FROM @t", LOG, OK }),
	TSQL({ A, "ALTER SCHEMA other TRANSFER dbo.user_ip_log", LOG, OK }, { B, "SELECT * FROM other.user_ip_log", LOG, OK }),
	TSQL({ A, "ALTER TABLE user_ip_log SWITCH TO b", LOG, OK }, { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	TSQL({ A, "INSERT INTO a EXEC('SELECT ip FROM user_ip_log')", LOG, OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	TSQL({ A, "INSERT INTO a EXEC sp_executesql N'SELECT ip FROM user_ip_log'", LOG, OK },
	     { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	TSQL({ A, "CREATE PROCEDURE p AS SELECT ip FROM user_ip_log", LOG, OK }, { B, "EXEC p", LOG "=memory/p", OK },
	     { B, "INSERT INTO a EXEC p", LOG "=memory/p", OK }, { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	TSQL({ A, "UPDATE a SET x = l.ip FROM a JOIN user_ip_log l ON a.id = l.id", LOG, OK },
	     { B, "SELECT * FROM a", LOG "=memory/a", OK }),
	TSQL({ A, "DELETE FROM user_ip_log OUTPUT deleted.* INTO arch WHERE id = 1", LOG, OK },
	     { B, "SELECT * FROM arch", LOG "=memory/arch", OK }),
	TSQL({ A, "EXEC ('CREATE VIEW v AS SELECT * FROM user_ip_log')", LOG, OK }, { B, "SELECT * FROM v", LOG "=memory/v", OK }),
	TSQL({ A, "BEGIN TRAN; SELECT * INTO b FROM user_ip_log; SELECT * FROM b; ROLLBACK", LOG " " LOG "=memory/b", OK }),
	TSQL({ A, "SELECT * FROM [user_ip_log] WITH (NOLOCK)", LOG, OK },
	     { A, "SELECT * FROM OPENQUERY(srv, 'SELECT ip FROM user_ip_log')", LOG " " LOG, OK }),
	TSQL({ A, "WITH x AS (SELECT ip FROM user_ip_log) SELECT * INTO #b FROM x", LOG, OK },
	     { A, "SELECT * FROM #b", LOG "=session/#b", OK }),
	TSQL({ A, "MERGE a USING user_ip_log l ON a.id = l.id WHEN NOT MATCHED THEN INSERT VALUES (l.ip);", LOG, OK },
	     { B, "SELECT * FROM a", LOG "=memory/a", OK }),
};

static const struct question oracle[] = {
	ORA({ A, "CREATE GLOBAL TEMPORARY TABLE g ON COMMIT PRESERVE ROWS AS SELECT * FROM user_ip_log", LOG, OK },
	    { A, "SELECT * FROM g", LOG "=session/g", OK }, { B, "INSERT INTO g SELECT * FROM user_ip_log", LOG, OK },
	    { B, "SELECT * FROM g", LOG "=memory/g", OK }),
	ORA({ A, "CREATE PRIVATE TEMPORARY TABLE ora$ptt_x AS SELECT * FROM user_ip_log", LOG, OK },
	    { A, "SELECT * FROM ora$ptt_x", LOG "=session/ora$ptt_x", OK }),
	ORA({ A, "CREATE PUBLIC SYNONYM s FOR hr.user_ip_log", LOG, OK }, { B, "SELECT * FROM s", LOG "=memory/s", OK }),
	ORA({ A, "RENAME user_ip_log TO plain", LOG, OK }, { B, "SELECT * FROM plain", LOG "=memory/plain", OK }),
	ORA({ A, "INSERT ALL INTO a VALUES (ip) INTO b VALUES (ip) SELECT ip FROM user_ip_log", LOG, OK },
	    { B, "SELECT * FROM a", LOG "=memory/a", OK }, { B, "SELECT * FROM b", LOG "=memory/b", OK }),
	ORA({ A, "BEGIN EXECUTE IMMEDIATE 'CREATE TABLE x AS SELECT * FROM user_ip_log'; END;", LOG, OK },
	    { B, "SELECT * FROM x", LOG "=memory/x", OK }),
	ORA({ A, "CREATE MATERIALIZED VIEW m AS SELECT ip FROM user_ip_log", LOG, OK }, { B, "SELECT * FROM m", LOG "=memory/m", OK }),
	ORA({ A, "ALTER TABLE p EXCHANGE PARTITION x WITH TABLE user_ip_log", LOG, OK }, { B, "SELECT * FROM p", LOG "=memory/p", OK }),
	ORA({ A, "FLASHBACK TABLE user_ip_log TO BEFORE DROP RENAME TO y", LOG, OK }, { B, "SELECT * FROM y", LOG "=memory/y", OK }),
	ORA({ A, "CREATE FUNCTION f RETURN VARCHAR2 IS v VARCHAR2(40); BEGIN SELECT ip INTO v FROM user_ip_log; RETURN v; END;", LOG, OK },
	    { B, "SELECT f() FROM dual", LOG "=memory/f", OK }, { B, "SELECT f FROM dual", LOG "=memory/f", OK }),
	ORA({ A, "CREATE PROCEDURE p IS BEGIN INSERT INTO c SELECT ip FROM user_ip_log; END;", LOG, OK },
	    { B, "BEGIN p; END;", LOG "=memory/p", OK }, { B, "SELECT * FROM c", LOG "=memory/c", OK }),
	ORA({ A, "SELECT ip FROM user_ip_log@lnk", LOG, OK }, { A, "SELECT ip FROM user_ip_log AS OF TIMESTAMP SYSDATE - 1", LOG, OK }),
	ORA({ A, "DECLARE CURSOR c IS SELECT ip FROM user_ip_log; BEGIN FOR r IN c LOOP NULL; END LOOP; END;", LOG, OK }),
	ORA({ A, "BEGIN DBMS_SCHEDULER.CREATE_JOB('j', 'PLSQL_BLOCK', 'BEGIN INSERT INTO c SELECT * FROM user_ip_log; END;'); END;", LOG,
	      OK },
	    { B, "SELECT * FROM c", LOG "=memory/c", OK }),
	ORA({ A, "CREATE TABLE a AS SELECT * FROM user_ip_log", LOG, OK }, { A, "DROP TABLE a PURGE", NULL, OK },
	    { B, "SELECT * FROM a", "", NO }),
	ORA({ A, "CREATE CLUSTER k (id NUMBER)", "", OK }, { A, "CREATE VIEW v AS SELECT ip FROM user_ip_log WITH READ ONLY", LOG, OK },
	    { B, "SELECT * FROM v", LOG "=memory/v", OK }),
};

static const struct question duckdb[] = {
	DUCK({ A, "CREATE TABLE \"x.csv\" AS SELECT * FROM user_ip_log", LOG, OK }, { A, "FROM 'x.csv'", LOG "=memory/x.csv", OK },
	     { A, "SELECT count(*) FROM 'y.csv'", "", NO }),
	DUCK({ A, "FROM 'user_ip_log'", LOG, OK }, { A, "SELECT * FROM query_table('user_ip_log')", LOG, OK }),
	DUCK({ A, "CREATE TEMP MACRO m() AS TABLE SELECT * FROM user_ip_log", LOG, OK }, { A, "FROM m()", LOG "=memory/m", OK }),
	DUCK({ A, "CREATE MACRO s(x) AS (SELECT max(ip) FROM user_ip_log WHERE id = x)", LOG, OK },
	     { B, "SELECT s(1)", LOG "=memory/s", OK }, { A, "DROP MACRO s", NULL, OK }, { B, "SELECT s(1)", "", NO }),
	DUCK({ A, "CREATE OR REPLACE FUNCTION d() AS TABLE FROM user_ip_log", LOG, OK }, { A, "DROP MACRO TABLE IF EXISTS d", NULL, OK },
	     { B, "FROM d()", "", NO }),
	DUCK({ A, "PIVOT user_ip_log ON ip", LOG, OK }, { A, "SUMMARIZE user_ip_log", LOG, OK }, { A, "DESCRIBE user_ip_log", NULL, OK }),
};

#define TEST(list)                                                                                                                         \
	static void test_##list(void **state)                                                                                              \
	{                                                                                                                                  \
		(void)state;                                                                                                               \
		wrong = 0;                                                                                                                 \
		ASK(policy_text, list);                                                                                                    \
	}

TEST(postgresql)
TEST(mariadb)
TEST(sqlite)
TEST(tsql)
TEST(oracle)
TEST(duckdb)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postgresql), cmocka_unit_test(test_mariadb), cmocka_unit_test(test_sqlite),
		cmocka_unit_test(test_tsql),       cmocka_unit_test(test_oracle),  cmocka_unit_test(test_duckdb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
