// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Questions about who asks, what of it, and about whom: the rule that decides after a few statements on one connection, and whether a
 * protected person is found in one.
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
} decided[] = {
	{ { "SET ROLE app", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "SET ROLE app", "RESET ROLE", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET ROLE NONE", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE 'app'", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "SET SESSION AUTHORIZATION app", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "SET SESSION AUTHORIZATION app", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET SESSION AUTHORIZATION app", "RESET SESSION AUTHORIZATION", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET SESSION AUTHORIZATION boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SET LOCAL ROLE app", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "BEGIN", "SET LOCAL ROLE app", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SET ROLE app", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "DISCARD ALL", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "RESET ALL", "SELECT ip FROM user_ip_log" }, "app" }, /* the server leaves the role as it is */
	{ { "SET ROLE app", "SELECT set_config('role', 'boss', false)", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SELECT set_config('ro' || 'le', current_user, false)", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app; SET ROLE boss; SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "!SET ROLE app", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "!SET ROLE app; SELECT 1/0", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "!BEGIN; SET ROLE app; COMMIT; SELECT 1/0", "SELECT ip FROM user_ip_log" },
	  "sensitive table" }, /* how far it came is not known */
	{ { "SET ROLE app", "!SET ROLE boss; SELECT 1/0", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SET ROLE app", "!SELECT 1/0", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SET ROLE app", "!SELECT 1/0", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SET ROLE app", "COMMIT", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "BEGIN", "SAVEPOINT s", "SET ROLE app", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "BEGIN", "SAVEPOINT s", "SET ROLE app", "ROLLBACK TO s", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "BEGIN", "SET ROLE boss", "SAVEPOINT s", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "BEGIN", "SAVEPOINT s", "SELECT 1", "ROLLBACK TO s", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "SET ROLE boss", "BEGIN", "SET ROLE app", "!SELECT 1/0", "COMMIT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "ALTER ROLE app RENAME TO boss", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "DO $$ BEGIN SET ROLE app; END $$", "SET ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "DO $$ BEGIN SET ROLE boss; END $$", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET SESSION ROLE boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "set \"role\" to boss", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET role = DEFAULT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SET ROLE DEFAULT", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "UPDATE pg_settings SET setting = 'boss' WHERE name = 'role'", "SELECT ip FROM user_ip_log" },
	  "sensitive table" },
	{ { "SET ROLE app; SELECT ip FROM user_ip_log; SET ROLE boss" }, "app" },
	{ { "SET ROLE app; SELECT 1 FROM posts; SET ROLE boss; SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE boss", "DISCARD TEMP", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "DISCARD TEMP", "SELECT ip FROM user_ip_log" }, "app" },
	{ { "BEGIN", "COMMIT AND CHAIN", "SET ROLE app", "ROLLBACK", "SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "SET ROLE app", "SELECT set_config('search_path', 'x', false)", "SELECT ip FROM user_ip_log" }, "app" },
	/* columns, by whatever they are called */
	{ { "SELECT id FROM user_ip_log" }, "" },
	{ { "SELECT * FROM (SELECT * FROM user_ip_log) x" }, "sensitive table" },
	{ { "WITH x AS (SELECT * FROM user_ip_log) SELECT id FROM x" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log WHERE ip = 'x'" }, "sensitive table" },
	{ { "SELECT x.b FROM (SELECT id, ip FROM user_ip_log) x (a, b)" }, "sensitive table" },
	{ { "SELECT b FROM user_ip_log AS l (a, b)" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log NATURAL JOIN posts" }, "sensitive table" },
	{ { "SELECT 1 FROM user_ip_log, posts NATURAL JOIN users" }, "" },
	{ { "SELECT 1 FROM posts, (posts p NATURAL JOIN user_ip_log)" }, "sensitive table" },
	{ { "SELECT 1 FROM user_ip_log NATURAL JOIN (posts JOIN users USING (id))" }, "sensitive table" },
	{ { "SELECT 1 FROM user_ip_log JOIN posts ON true NATURAL LEFT JOIN users" }, "sensitive table" },
	{ { "SELECT 1 FROM (user_ip_log JOIN posts USING (id)) AS j (a, b, c)" }, "sensitive table" },
	{ { "SELECT j.ip FROM (user_ip_log JOIN posts USING (id)) AS j" }, "sensitive table" },
	{ { "SELECT j.* FROM ((user_ip_log JOIN posts USING (id)) AS j)" }, "sensitive table" },
	{ { "SELECT j.id FROM (user_ip_log JOIN posts USING (id)) j" }, "" },
	{ { "SELECT j.id FROM (SELECT id FROM user_ip_log) AS j (id)" }, "" },
	{ { "SELECT id FROM user_ip_log JOIN posts USING (id, ip)" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log JOIN posts USING (id)" }, "" },
	{ { "SELECT l FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT l::text FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT (l).ip FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT (l).* FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT row_to_json(l) FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT json_agg(l) FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT ARRAY(SELECT l FROM user_ip_log l)" }, "sensitive table" },
	{ { "SELECT count(*) FROM user_ip_log" }, "" },
	{ { "SELECT count(l) FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT count(l.*) FROM user_ip_log l" }, "sensitive table" },
	{ { "SELECT 1 FROM user_ip_log l WHERE l IS NOT NULL" }, "sensitive table" },
	{ { "SELECT 1 FROM user_ip_log GROUP BY ip" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log ORDER BY 1" }, "" },
	{ { "SELECT id, lag(id) OVER (PARTITION BY ip) FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT DISTINCT ON (ip) id FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log EXCEPT SELECT ip FROM user_ip_log" }, "sensitive table" },
	{ { "DELETE FROM user_ip_log WHERE id = 1 RETURNING *" }, "sensitive table" },
	{ { "DELETE FROM user_ip_log WHERE id = 1 RETURNING id" }, "sensitive table" }, /* deletes ips */
	{ { "UPDATE user_ip_log SET id = 1" }, "" },
	{ { "UPDATE user_ip_log SET id = 1 RETURNING user_ip_log" }, "sensitive table" },
	{ { "UPDATE user_ip_log SET (id, ip) = (1, 2)" }, "sensitive table" },
	{ { "INSERT INTO user_ip_log (id) VALUES (1)" }, "" },
	{ { "INSERT INTO user_ip_log (id) VALUES (1) RETURNING ip" }, "sensitive table" },
	{ { "INSERT INTO user_ip_log (id) VALUES (1) ON CONFLICT (ip) DO NOTHING" }, "sensitive table" },
	{ { "SELECT id FROM user_ip_log WHERE EXISTS (SELECT 1 WHERE ip = 'x')" }, "sensitive table" },
	{ { "SELECT (SELECT ip) FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT x FROM user_ip_log, LATERAL (SELECT ip AS x) y" }, "sensitive table" },
	{ { "SELECT \"ip\" FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT U&\"\\0069p\" FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT user_ip_log.ip FROM user_ip_log" }, "sensitive table" },
	{ { "SELECT public.user_ip_log.ip FROM public.user_ip_log" }, "sensitive table" },
	{ { "SELECT ip(l) FROM user_ip_log l" }, "sensitive table" }, /* a function's notation of a column */
	{ { "VALUES ((SELECT ip FROM user_ip_log LIMIT 1))" }, "sensitive table" },
	{ { "MERGE INTO t USING user_ip_log l ON t.id = l.id WHEN MATCHED THEN UPDATE SET x = l.ip" }, "sensitive table" },
	{ { "MERGE INTO t USING user_ip_log l ON t.id = l.id WHEN MATCHED THEN DELETE" }, "" },
	{ { "CREATE INDEX ON user_ip_log (ip)" }, "sensitive table" },
	{ { "COPY user_ip_log (id) TO STDOUT" }, "sensitive table" },
	{ { "SELECT jsonb_populate_record(NULL::user_ip_log, '{}')" }, "" },
	{ { "ANALYZE user_ip_log (ip)" }, "sensitive table" },
};

/* Who is looked for: ids 471100 and 47, mara@example.org, 192.0.2.7, network 10.20.0.0/16, +49 151 1234567, Mara Muster. */
static const struct {
	enum client_system system;
	const char *sql;
	bool found;
} looked_for[] = {
	/* a short number says something only where a column is compared with it */
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (46, 47)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY (ARRAY[46, 47])", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 47 AND 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log LIMIT 47", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = (47)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100::bigint", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = CAST('471100' AS int)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = int '471100'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE 471100 = user_id", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = +471100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = (471100)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100.0", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0x7303c", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471_100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 471100e0", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (1, 471100, 3)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY (ARRAY[1, 471100])", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY ('{1,471100}')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY ('{1,\"471100\"}'::int[])", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE (user_id, id) IN ((471100, 1))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471100 AND 471100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471090 AND 471110", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN '471090' AND '471110'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471101 AND 471110", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN SYMMETRIC 471110 AND 471090", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id >= 471100 AND user_id <= 471100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id >= 471090 AND user_id < 471110", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log JOIN (VALUES (471100), (2)) v (i) ON user_id = v.i", true },
	{ SYSTEM_POSTGRESQL, "WITH v (i) AS (SELECT 471100) SELECT 1 FROM user_ip_log JOIN v ON user_id = i", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT unnest(ARRAY[471100]))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT generate_series(471090, 471110))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id::text = '471100'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = '471' || '100'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE user_id = 471100", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log LIMIT 471100", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara@example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = E'mara\\x40example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = U&'mara\\0040example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = $q$mara@example.org$q$", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara@'\n'example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara' || '@' || 'example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = concat('mara', '@example.org')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail ILIKE 'MARA@%'", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail LIKE 'mara@example.org%'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail ~ '^mara@example\\.org$'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail SIMILAR TO '(mara@example.org|b@c.d)'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE doc @> '{\"mail\":\"mara@example.org\"}'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE doc @? '$.mail ? (@ == \"mara@example.org\")'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = convert_from('\\x6d617261406578616d706c652e6f7267', 'UTF8')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = convert_from(decode('bWFyYUBleGFtcGxlLm9yZw==', 'base64'), 'UTF8')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = lower('MARA@EXAMPLE.ORG')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = reverse('gro.elpmaxe@aram')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = '192.0.2.7'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = inet '192.0.2.7/32'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip <<= '192.0.2.0/28'::cidr", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip >>= '192.0.2.7'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip && '10.20.128.0/17'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN '192.0.2.1' AND '192.0.2.9'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN inet '192.0.2.1' AND inet '192.0.2.9'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN '192.0.2.1'::inet AND '192.0.2.9'::inet", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip > '192.0.2.6' AND ip < '192.0.2.8'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE host(ip) LIKE '192.0.2.%'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip BETWEEN 3221225984 AND 3221225999", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE phone = '+49 (0)151 / 1234567'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name = 'MUSTER, Mara'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE to_tsvector(body) @@ to_tsquery('mara & muster')", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = \"mara@example.org\"", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = 0x6d617261406578616d706c652e6f7267", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = x'6d617261406578616d706c652e6f7267'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = _utf8mb4'mara@example.org' COLLATE utf8mb4_bin", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = N'mara@example.org'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE ip = INET_ATON('192.0.2.7')", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE FIND_IN_SET(user_id, '1,471100,3')", true },
	{ SYSTEM_MYSQL, "SET @u = 'mara@example.org'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id <=> 471100", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id IS 471100", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT value FROM json_each('[1,471100]'))", true },
	/* beside a column, in whatever stands around it */
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY ('{46,47}'::int[])", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 47::bigint", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id::text = '47'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE CAST(user_id AS varchar(10)) = '47'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = CAST('47' AS numeric(10))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE note = CAST(10 AS varchar(47))", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = int '47'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = +47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN ((46), (47))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (VALUES (46), (47))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT unnest(ARRAY[46, 47]))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IS NOT DISTINCT FROM 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id + 0 = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE coalesce(user_id, 0) = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE (user_id, day) = (47, 1)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE (user_id, day) IN ((1, 2), (47, 1))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE 47 IN (user_id)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE age(user_id, day) = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE created > now() - 47 * interval '1 day'", false },
	{ SYSTEM_POSTGRESQL, "SELECT 47, user_id FROM user_ip_log", false },
	{ SYSTEM_POSTGRESQL, "SELECT user_id AS x, 47 FROM user_ip_log", false },
	{ SYSTEM_POSTGRESQL, "SELECT user_id <> 47 FROM user_ip_log", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log OFFSET 471100", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log FETCH FIRST 471100 ROWS ONLY", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log LIMIT (SELECT 1 FROM user_ip_log WHERE user_id = 47)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id BETWEEN 471110 AND 471090", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT generate_series(471110, 471090, -1))", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id <@ int8range(471090, 471110)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id <@ int8range(471101, 471110)", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara' || concat('@', 'example.org')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = concat(concat('mara', '@'), 'example', '.org')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = concat_ws('@', 'mara', 'example.org')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = format('%s@%s', 'mara', 'example.org')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = replace('mara#example.org', '#', '@')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = convert_from(decode('6d617261406578616d706c652e6f7267', 'hex'), 'UTF8')",
	  true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name ILIKE '%mara%muster%'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE body @@ to_tsquery('muster <-> mara:*')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE body @@ to_tsquery('mara & master')", false },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE MATCH (body) AGAINST ('+mara +muster' IN BOOLEAN MODE)", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = CHAR(109,97,114,97,64,101,120,97,109,112,108,101,46,111,114,103)", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = FROM_BASE64('bWFyYUBleGFtcGxlLm9yZw==')", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = UNHEX('6d617261406578616d706c652e6f7267')", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id <=> 47", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id IS 47", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id == 47", true },
	/* in notations that are not plain */
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = B'1110011000000111100'::int", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0b1110011000000111100", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0o1630074", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id = b'1110011000000111100'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0b1110011000000111100", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id = x'07303C'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM user_ip_log WHERE user_id = 0x07303C", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id <@ '[471090,471110)'::int8range", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id <@ '[471101,471110)'::int8range", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id <@ '{[1,2],[471090,471110]}'::int8multirange", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = '471100.00'::numeric", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = '0x7303c'::int", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id IN (SELECT x::int FROM regexp_split_to_table('1 471100', ' ') x)",
	  true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE user_id = ANY (string_to_array('46,471100', ',')::int[])", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE doc @> '{\"user\":{\"id\":471100}}'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE doc @@ '$.u.id == 471100'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail LIKE 'mara_example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail LIKE 'mara%example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail LIKE '%@example.org'", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail ~ '^mara@example[.]org$'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = '192.0.2.' || 7", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = '::ffff:192.0.2.7'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip = '192.0.2.7'::inet", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE ip - '0.0.0.0'::inet = 3221225991", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE ip = 0xC0000207", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE phone = 'tel:+491511234567'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE phone = '0049151-1234567'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE phone = '+49.151.1234567'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name = 'muster,mara'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name = 'Mara   Muster'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE name IN ('x', 'MARA MUSTER ')", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mailto:mara@example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE sender = 'Mara Muster <mara@example.org>'", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = CONCAT(0x6d617261, '@example.org')", true },
	{ SYSTEM_MYSQL, "SELECT 1 FROM posts WHERE mail = CONVERT(x'6d617261406578616d706c652e6f7267' USING utf8mb4)", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = chr(109) || 'ara@example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM posts WHERE mail = 'mara' || chr(64) || 'example.org'", true },
	{ SYSTEM_MSSQL, "SELECT 1 FROM posts WHERE mail = CHAR(109) + 'ara@example.org'", true },
	{ SYSTEM_MSSQL, "SELECT 1 FROM posts WHERE mail = N'mara' + N'@' + N'example.org'", true },
	{ SYSTEM_MSSQL, "EXEC p @mail = N'mara@example.org'", true },
	{ SYSTEM_MSSQL, "EXEC sp_executesql N'SELECT 1 FROM user_ip_log WHERE user_id = @i', N'@i int', @i = 471100", true },
	{ SYSTEM_ORACLE, "SELECT 1 FROM posts WHERE mail = q'[mara@example.org]'", true },
	{ SYSTEM_ORACLE, "SELECT 1 FROM posts WHERE mail = 'mara' || CHR(64) || 'example.org'", true },
	{ SYSTEM_ORACLE, "SELECT 1 FROM posts WHERE mail = UTL_RAW.CAST_TO_VARCHAR2('6D617261406578616D706C652E6F7267')", true },
	{ SYSTEM_ORACLE, "BEGIN EXECUTE IMMEDIATE 'DELETE FROM user_ip_log WHERE user_id = 471100'; END;", true },
	{ SYSTEM_ORACLE, "BEGIN EXECUTE IMMEDIATE 'DELETE FROM user_ip_log WHERE user_id = 47'; END;", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM user_ip_log WHERE user_id = CAST(x'343731313030' AS TEXT)", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM posts WHERE mail = printf('%s@%s', 'mara', 'example.org')", true },
	{ SYSTEM_SQLITE, "SELECT 1 FROM posts WHERE mail = char(109,97,114,97) || '@example.org'", true },
	{ SYSTEM_POSTGRESQL, "SELECT 471100 FROM user_ip_log", true },
	{ SYSTEM_POSTGRESQL, "COPY (SELECT 1 FROM user_ip_log WHERE user_id = 47) TO STDOUT", true },
	{ SYSTEM_POSTGRESQL, "DELETE FROM user_ip_log USING (VALUES (47)) v (i) WHERE user_id = v.i", false },
	{ SYSTEM_POSTGRESQL, "UPDATE user_ip_log SET note = 'x' WHERE user_id = 47 RETURNING id", true },
	{ SYSTEM_POSTGRESQL, "INSERT INTO user_ip_log (user_id) VALUES (47)", false },
	{ SYSTEM_POSTGRESQL, "EXECUTE q(471100)", false },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE CASE user_id WHEN 47 THEN true END", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log ORDER BY user_id = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT count(*) FILTER (WHERE user_id = 47) FROM user_ip_log", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log l JOIN posts p ON p.id = l.id AND l.user_id = 47", true },
	{ SYSTEM_POSTGRESQL, "SELECT 1 FROM user_ip_log WHERE NOT user_id <> 47", false },
	{ SYSTEM_SQLITE, "SELECT 1 FROM posts WHERE mail GLOB 'mara@example.org*'", true },
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
		answered(slice_eq(f.v.rule, slice_cstr(decided[i].rule)), b.ptr, slice_quote(f.v.rule));
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
		answered((f.v.nsubjects > 0) == looked_for[i].found, looked_for[i].sql, f.v.nsubjects ? "somebody" : "nobody");
		teardown(&f);
	}
	print_message("%u questions\n", questions);
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
