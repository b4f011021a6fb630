// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Each row plants "hunter2" (or a piece of it) and says what may be shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "decode/decode.h"
#include "records.inc.c"
#include "pipeline/pipeline.h"
#include "redact/redact.h"

static struct arena arena;
static struct buf out;

struct args_row {
	struct slice args;
	const char *want; /* blanks between arguments */
};

#define ROW(args, want)                                                                                                                    \
	{                                                                                                                                  \
		SLICE_INIT(args), want                                                                                                     \
	}

static const struct args_row args_rows[] = {
	ROW("mysql\0-phunter2\0db", "mysql -p*** db"),
	ROW("mysql\0-pmy-secret\0db", "mysql -p*** db"),
	ROW("mysql\0-uroot\0-Bphunter2", "mysql -uroot -Bp***"),
	ROW("mysql\0-uphil\0-hpluto\0-P3306\0-Dp", "mysql -uphil -hpluto -P3306 -Dp"),
	ROW("sudo\0-u\0bob\0mysql\0-phunter2", "sudo -u bob mysql -p***"),
	ROW("/usr/bin/mariadb-dump\0--password=hunter2 x", "/usr/bin/mariadb-dump --password=***"),
	ROW("mysqladmin\0-u\0root\0password\0hunter2", "mysqladmin -u root password ***"),
	ROW("psql\0-p5433\0-h\0db", "psql -p5433 -h db"),
	ROW("psql\0-p\0"
	    "5433\0-U\0bob",
	    "psql -p 5433 -U bob"),
	ROW("psql\0--no-password\0crm", "psql --no-password crm"),
	ROW("psql\0host=db password=hunter2 user=b", "psql host=db password=*** user=b"),
	ROW("psql\0host=db password=hun;ter2 user=b", "psql host=db password=*** user=b"),
	ROW("psql\0host=db password='hun ter2' user=b", "psql host=db password='***' user=b"),
	ROW("psql\0password = 'hun \\' ter2' dbname=c", "psql password = '***' dbname=c"),
	ROW("psql\0host=db sslpassword = hunter2", "psql host=db sslpassword = ***"),
	ROW("psql\0postgresql://u:hunter2@h/d", "psql postgresql://u:***@h/d"),
	ROW("psql\0postgresql://u:hun@ter2@h:5432/d", "psql postgresql://u:***@h:5432/d"),
	ROW("psql\0postgresql://u:hun/ter2@h/d", "psql postgresql://u:***@h/d"),
	ROW("psql\0postgresql:///d?user=u&password=hunter2&host=h", "psql postgresql:///d?user=u&password=***&host=h"),
	ROW("x\0http://h:80/a@b", "x http://h:80/a@b"),
	ROW("x\0jdbc:mysql://u:hunter2@h/d", "x jdbc:mysql://u:***@h/d"),
	ROW("git\0clone\0https://ghunter2ghunter2hunter2@github.com/x", "git clone https://***@github.com/x"),
	ROW("env\0PGPASSWORD=hunter 2\0psql", "env PGPASSWORD=*** psql"),
	ROW("sh\0-c\0PGPASSWORD=hunter2 psql -h db", "sh -c PGPASSWORD=*** psql -h db"),
	ROW("sh\0-c\0mysql -u root -phunter2 crm", "sh -c mysql -u root -p*** crm"),
	ROW("sh\0-c\0mysql -p'hun ter2' crm|wc", "sh -c mysql -p*** crm|wc"),
	ROW("bash\0-c\0ssh h \"mysql -phunter2 crm\"", "bash -c ssh h \"mysql -p*** crm\""),
	ROW("curl\0-u\0bob:hunter2\0https://h/", "curl -u bob:*** https://h/"),
	ROW("curl\0-ubob:hunter2\0--user\0bob:hunter2", "curl -ubob:*** --user bob:***"),
	ROW("curl\0-H\0Authorization: Bearer hunter2hunter2", "curl -H Authorization: ***"),
	ROW("curl\0-H\0X-Auth-Token: hunter2", "curl -H X-Auth-Token: ***"),
	ROW("curl\0-d\0{\"user\":\"b\",\"password\":\"hunter2\"}", "curl -d {\"user\":\"b\",\"password\":\"***\"}"),
	ROW("curl\0--oauth2-bearer\0hunter2", "curl --oauth2-bearer ***"),
	ROW("isql\0DSN\0bob\0hunter2", "isql DSN bob ***"),
	ROW("isql\0-v\0Driver=PG;UID=bob;PWD=hunter2;Port=1", "isql -v Driver=PG;UID=bob;PWD=***;Port=1"),
	ROW("tsql\0-S\0s\0-U\0bob\0-P\0hunter2", "tsql -S s -U bob -P ***"),
	ROW("sqlplus\0bob/hunter2@db", "sqlplus bob/***@db"),
	ROW("sshpass\0-phunter2\0ssh\0-p\0"
	    "22\0h",
	    "sshpass -p*** ssh -p 22 h"),
	ROW("redis-cli\0-a\0hunter2", "redis-cli -a ***"),
	ROW("tool\0-password\0hunter2", "tool -password ***"),
	ROW("tool\0--api-key=hunter2", "tool --api-key=***"),
	ROW("java\0-Ddb.password=hunter2\0-jar\0x.jar", "java -Ddb.password=*** -jar x.jar"),
	ROW("python3\0-c\0import psycopg2; psycopg2.connect(host='h', password='hunter2')",
	    "python3 -c import psycopg2; psycopg2.connect(host='h', password='***')"),
	ROW("python3\0-c\0c = dict(password=\"hun\\\"ter2\", x=1)", "python3 -c c = dict(password=\"***\", x=1)"),
	ROW("psql\0-c\0ALTER ROLE bob PASSWORD 'hunter2'", "psql -c ALTER ROLE bob PASSWORD '***'"),
	ROW("sh\0-c\0psql -c \"ALTER ROLE bob PASSWORD 'hunter2'\"", "sh -c psql -c \"ALTER ROLE bob PASSWORD '***'\""),
	ROW("sh\0-c\0psql -c 'ALTER ROLE bob PASSWORD '\\''hunter2'\\'''", "sh -c psql -c 'ALTER ROLE bob PASSWORD '\\''***'\\'''"),
	ROW("mysql\0-e\0CREATE USER a IDENTIFIED BY \"hunter2\"", "mysql -e CREATE USER a IDENTIFIED BY \"***\""),
	ROW("plink\0-pw\0hunter2\0h", "plink -pw *** h"),
	ROW("java\0Main\0jdbc:oracle:thin:u/hunter2@//h:1521/s", "java Main jdbc:oracle:thin:u/***@//h:1521/s"),
	ROW("java\0Main\0jdbc:sqlserver://h;databaseName=d;user=u;password=hunter2;encrypt=true",
	    "java Main jdbc:sqlserver://h;databaseName=d;user=u;password=***;encrypt=true"),
	ROW("db2\0connect\0to\0d\0user\0u\0using\0hunter2", "db2 connect to d user u using ***"),
	ROW("db2\0connect to d user u using hunter2", "db2 connect to d user u using ***"),
	ROW("python3\0-c\0import MySQLdb; MySQLdb.connect('h', 'u', 'hunter2')",
	    "python3 -c import MySQLdb; MySQLdb.connect('h', '***', '***')"),
	ROW("python3\0-c\0sqlite3.connect('a.db').execute('SELECT ip FROM user_ip_log')",
	    "python3 -c sqlite3.connect('a.db').execute('SELECT ip FROM user_ip_log')"),
	ROW("python3\0-c\0connect(host='h', user='u', passwd = 'hunter2')", "python3 -c connect(host='h', user='u', passwd = '***')"),
	ROW("Rscript\0-e\0pwd <- 'hunter2'", "Rscript -e pwd <- '***'"),
	ROW("perl\0-e\0DBI->connect(\"dbi:Pg:dbname=x\", \"u\", \"hunter2\")",
	    "perl -e DBI->connect(\"dbi:Pg:dbname=x\", \"***\", \"***\")"),
	ROW("php\0-r\0new PDO('mysql:host=h', 'u', 'hunter2');", "php -r new PDO('mysql:host=h', '***', '***');"),
	ROW("openssl\0enc\0-k\0hunter2\0-in\0x", "openssl enc -k *** -in x"),
	ROW("ssh-keygen\0-N\0hunter2", "ssh-keygen -N ***"),
	ROW("aws\0configure\0set\0aws_secret_access_key\0hunter2", "aws configure set aws_secret_access_key ***"),
	ROW("psql\0-v\0pw=hunter2", "psql -v pw=***"),
	ROW("mycli\0-p\0hunter2\0crm", "mycli -p *** crm"),
	ROW("mysqlsh\0u:hunter2@h", "mysqlsh u:***@h"),
	ROW("tool\0user:hunter2@tcp(h:3306)/d", "tool user:***@tcp(h:3306)/d"),
	ROW("tool\0https://x.blob.core.windows.net/c?sv=1&sig=hunter2", "tool https://x.blob.core.windows.net/c?sv=1&sig=***"),
	ROW("psql\0-c\0SELECT ip FROM user_ip_log", "psql -c SELECT ip FROM user_ip_log"),
	/* apart, exported, quoted */
	ROW("mysql\0--password\0hunter2\0db", "mysql --password *** db"),
	ROW("tool\0--token\0hunter2\0--db-pass\0hunter2", "tool --token *** --db-pass ***"),
	ROW("sh\0-c\0MYSQL_PWD=hunter2 mysql -u root", "sh -c MYSQL_PWD=*** mysql -u root"),
	ROW("sh\0-c\0export MYSQL_PWD=\"hun ter2\"; mysql", "sh -c export MYSQL_PWD=\"***\"; mysql"),
	/* URIs: escapes, IPv6, JDBC's */
	ROW("psql\0postgresql://u:hun%2Fter2%40x@[2001:db8::7]:5432/d", "psql postgresql://u:***@[2001:db8::7]:5432/d"),
	ROW("psql\0postgresql://u:hunter2@[::1]/d?sslpassword=hunter2", "psql postgresql://u:***@[::1]/d?sslpassword=***"),
	ROW("x\0jdbc:postgresql://db7/crm?user=ann&password=hunter2&ssl=true",
	    "x jdbc:postgresql://db7/crm?user=ann&password=***&ssl=true"),
	ROW("x\0jdbc:sqlserver://db7:1433;user=ann;password={hun;ter2};encrypt=true",
	    "x jdbc:sqlserver://db7:1433;user=ann;password=***;encrypt=true"),
	ROW("x\0jdbc:oracle:thin:ann/hunter2@//db7:1521/crm", "x jdbc:oracle:thin:ann/***@//db7:1521/crm"),
	ROW("x\0jdbc:oracle:thin:ann/hunter2@db7:1521:crm", "x jdbc:oracle:thin:ann/***@db7:1521:crm"),
	ROW("x\0jdbc:oracle:thin:@db7:1521/crm", "x jdbc:oracle:thin:@db7:1521/crm"),
	ROW("x\0mysql+pymysql://ann:hunter2@db7/crm", "x mysql+pymysql://ann:***@db7/crm"),
	ROW("redis-cli\0-u\0redis://:hunter2@h:6379", "redis-cli -u redis://:***@h:6379"),
	/* lines of .pgpass, and what only looks like one */
	ROW("echo\0db7:5432:crm:ann:hunter2", "echo db7:5432:crm:ann:***"),
	ROW("echo\0*:*:*:ann:hunter2", "echo *:*:*:ann:***"),
	ROW("ssh\0-L\0"
	    "5433:db7:5432\0h",
	    "ssh -L 5433:db7:5432 h"),
	ROW("ping\0"
	    "2001:db8:a:b:c",
	    "ping 2001:db8:a:b:c"),
	/* ODBC: braces, any case */
	ROW("isql\0-k\0Driver={PostgreSQL};UID=ann;Pwd={hun;ter2}};x};Port=1", "isql -k Driver={PostgreSQL};UID=ann;Pwd=***;Port=1"),
	ROW("x\0Driver=x;UID=a;pWd=hunter2", "x Driver=x;UID=a;pWd=***"),
	/* other tools */
	ROW("aws\0configure\0set\0aws_secret_access_key\0hunter2", "aws configure set aws_secret_access_key ***"),
	ROW("net\0use\0-U\0ann%hunter2", "net use -U ann%***"),
	ROW("db2\0connect\0to\0crm\0user\0ann\0using\0hunter2", "db2 connect to crm user ann using ***"),
	ROW("openssl\0rsa\0-passin\0pass:hunter2", "openssl rsa -passin pass:***"),
};

static struct slice shown_args(struct slice args, bool twice)
{
	char *copy = arena_alloc(&arena, args.len + 1);
	unsigned char *hide = arena_alloc(&arena, args.len + 1);

	memcpy(copy, args.ptr, args.len);
	redact_mark_args(slice_mem(copy, args.len), hide, &arena);
	if (twice) { /* as in a recording: what was overwritten is found again */
		redact_fill(copy, args.len, hide);
		memset(hide, 0, args.len);
		redact_mark_args(slice_mem(copy, args.len), hide, &arena);
	}
	buf_clear(&out);
	redact_replace(slice_mem(copy, args.len), hide, &out);
	for (size_t i = 0; i < out.len; i++)
		if (!out.ptr[i])
			out.ptr[i] = ' ';
	buf_addc(&out, 0);
	return slice_cstr(out.ptr);
}

static void test_args(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(args_rows); i++)
		for (int twice = 0; twice < 2; twice++)
			assert_string_equal(shown_args(args_rows[i].args, twice).ptr, args_rows[i].want);
}

/* Told by how it begins, which stays. */
static void test_token(void **state)
{
	(void)state;
	assert_string_equal(shown_args(SLICE("echo\0ghp_hunter2hunter2hunter2"), true).ptr, "echo ghp_***");
}

struct sql_row {
	enum sql_dialect dialect;
	const char *sql;
	const char *want; /* NULL: unchanged */
};

static const struct sql_row sql_rows[] = {
	{ SQL_POSTGRES, "CREATE ROLE b LOGIN PASSWORD 'hunter2'", "CREATE ROLE b LOGIN PASSWORD '***'" },
	{ SQL_POSTGRES, "ALTER USER b WITH ENCRYPTED PASSWORD E'hun\\'ter2' VALID UNTIL 'x'",
	  "ALTER USER b WITH ENCRYPTED PASSWORD E'***' VALID UNTIL 'x'" },
	{ SQL_POSTGRES, "ALTER USER b PASSWORD $q$hunter2$q$", "ALTER USER b PASSWORD $q$***$q$" },
	{ SQL_POSTGRES, "ALTER USER b PASSWORD 'hun'\n'ter2'", "ALTER USER b PASSWORD '***'\n'***'" },
	{ SQL_POSTGRES, "ALTER USER b PASSWORD 'hunter2", "ALTER USER b PASSWORD '***" },
	{ SQL_POSTGRES, "ALTER ROLE b PASSWORD NULL", NULL },
	{ SQL_POSTGRES, "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'a', password 'hunter2')",
	  "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'a', password '***')" },
	{ SQL_POSTGRES, "SELECT * FROM dblink('host=h password=hunter2 user=a', 'SELECT 1')",
	  "SELECT * FROM dblink('host=h password=*** user=a', 'SELECT 1')" },
	{ SQL_POSTGRES, "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:hunter2@h/d' PUBLICATION p",
	  "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:***@h/d' PUBLICATION p" },
	{ SQL_POSTGRES, "DO $$ BEGIN EXECUTE 'ALTER ROLE b PASSWORD ''hunter2'''; END $$",
	  "DO $$ BEGIN EXECUTE 'ALTER ROLE b PASSWORD ''***'''; END $$" },
	{ SQL_POSTGRES, "COPY t FROM 's3://x' CREDENTIALS 'aws_secret_access_key=hunter2'", "COPY t FROM 's3://x' CREDENTIALS '***'" },
	{ SQL_POSTGRES, "SELECT pgp_sym_decrypt(c, 'hunter2') FROM t", "SELECT pgp_sym_decrypt(c, '***') FROM t" },
	{ SQL_POSTGRES, "SET app.token TO 'hunter2'", "SET app.token TO '***'" },
	{ SQL_POSTGRES, "SELECT 1 -- password: hunter2", "SELECT 1 -- password: ***" },
	{ SQL_POSTGRES, "SELECT a FROM t WHERE name = 'x'", NULL },
	{ SQL_MYSQL, "CREATE USER 'a'@'h' IDENTIFIED BY 'hunter2'", "CREATE USER 'a'@'h' IDENTIFIED BY '***'" },
	{ SQL_MYSQL, "CREATE USER a IDENTIFIED WITH mysql_native_password BY \"hunter2\"",
	  "CREATE USER a IDENTIFIED WITH mysql_native_password BY \"***\"" },
	{ SQL_MYSQL, "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD('hunter2')",
	  "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD('***')" },
	{ SQL_MYSQL, "GRANT ALL ON *.* TO 'a'@'%' IDENTIFIED BY PASSWORD '*hunter2'",
	  "GRANT ALL ON *.* TO 'a'@'%' IDENTIFIED BY PASSWORD '***'" },
	{ SQL_MYSQL, "SET PASSWORD = PASSWORD('hunter2')", "SET PASSWORD = PASSWORD('***')" },
	{ SQL_MYSQL, "SET PASSWORD FOR 'a'@'h' = 'hunter2'", "SET PASSWORD FOR 'a'@'h' = '***'" },
	{ SQL_MYSQL, "ALTER USER a IDENTIFIED BY 'hunter2' REPLACE 'hunter2'", "ALTER USER a IDENTIFIED BY '***' REPLACE '***'" },
	{ SQL_MYSQL, "CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='hunter2'",
	  "CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='***'" },
	{ SQL_MYSQL, "SELECT AES_DECRYPT(c, 'hunter2') FROM t", "SELECT AES_DECRYPT(c, '***') FROM t" },
	{ SQL_ANSI, "CREATE USER a IDENTIFIED BY hunter2", "CREATE USER a IDENTIFIED BY '***'" },
	{ SQL_SQLITE, "PRAGMA key = 'hunter2'", "PRAGMA key = '***'" },
	{ SQL_SQLITE, "PRAGMA main.rekey(\"hunter2\")", "PRAGMA main.rekey(\"***\")" },
	{ SQL_SQLITE, "PRAGMA key = hunter2; SELECT 1", "PRAGMA key = '***'; SELECT 1" },
	{ SQL_SQLITE, "ATTACH 'a.db' AS b KEY 'hunter2'", "ATTACH 'a.db' AS b KEY '***'" },
	{ SQL_DUCKDB, "ATTACH 'host=h password=hunter2' AS p (TYPE postgres)", "ATTACH 'host=h password=***' AS p (TYPE postgres)" },
	{ SQL_DUCKDB, "CREATE SECRET s (TYPE s3, KEY_ID 'A', SECRET 'hunter2', REGION 'x')",
	  "CREATE SECRET s (TYPE s3, KEY_ID 'A', SECRET '***', REGION 'x')" },
	{ SQL_DUCKDB, "SELECT * FROM 'user_ip_log', 'contacts.csv'", NULL },
	{ SQL_POSTGRES, "SELECT set_config('app.secret', 'hunter2', false), 'x'", "SELECT set_config('app.secret', '***', false), 'x'" },
	{ SQL_POSTGRES, "SELECT set_config('search_path', 'crm', false)", NULL },
	{ SQL_POSTGRES, "COPY t TO PROGRAM 'curl -u a:hunter2 https://h'", "COPY t TO PROGRAM 'curl -u a:*** https://h'" },
	{ SQL_MYSQL, "CLONE INSTANCE FROM 'u'@'h':3306 IDENTIFIED BY 'hunter2'", "CLONE INSTANCE FROM 'u'@'h':3306 IDENTIFIED BY '***'" },
	{ SQL_MYSQL, "SET @pw = 'hunter2', @x = 'y'", "SET @pw = '***', @x = 'y'" },
	{ SQL_TSQL, "SELECT * FROM OPENROWSET('SQLNCLI', 'h';'u';'hunter2', 'SELECT * FROM user_ip_log')",
	  "SELECT * FROM OPENROWSET('SQLNCLI', 'h';'***';'***', 'SELECT * FROM user_ip_log')" },
	{ SQL_TSQL, "SELECT * FROM OPENDATASOURCE('x', 'Data Source=h;User ID=u;Password=hunter2').d.s.user_ip_log",
	  "SELECT * FROM OPENDATASOURCE('x', 'Data Source=h;User ID=u;Password=***').d.s.user_ip_log" },
	{ SQL_TSQL, "EXEC sp_addlinkedsrvlogin 's', 'false', NULL, 'u', 'hunter2' SELECT 'x'",
	  "EXEC sp_addlinkedsrvlogin '***', '***', NULL, '***', '***' SELECT 'x'" },
	{ SQL_TSQL, "EXEC p @password = 'hunter2', @name = 'x'", "EXEC p @password = '***', @name = 'x'" },
	{ SQL_ORACLE, "ALTER USER u IDENTIFIED BY hunter2 REPLACE hunter2", "ALTER USER u IDENTIFIED BY '***' REPLACE '***'" },
	{ SQL_ORACLE, "ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY hunter2",
	  "ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY '***'" },
	{ SQL_SNOWFLAKE, "CREATE STAGE s ENCRYPTION = (TYPE = 'AWS_CSE' MASTER_KEY = 'hunter2')",
	  "CREATE STAGE s ENCRYPTION = (TYPE = 'AWS_CSE' MASTER_KEY = '***')" },
	{ SQL_CLICKHOUSE, "SELECT * FROM mysql('h:3306', 'd', 'user_ip_log', 'u', 'hunter2')",
	  "SELECT * FROM mysql('h:3306', 'd', 'user_ip_log', '***', '***')" },
	{ SQL_CLICKHOUSE, "SELECT * FROM remote('h', d.user_ip_log, 'u', 'hunter2') WHERE a = 'x'",
	  "SELECT * FROM remote('h', d.user_ip_log, '***', '***') WHERE a = 'x'" },
	{ SQL_CLICKHOUSE, "SELECT * FROM s3('https://b', 'AKIA', 'hunter2')", "SELECT * FROM s3('https://b', '***', '***')" },
	{ SQL_POSTGRES, "SELECT 'Bearer hunter2hunter2' AS h", "SELECT 'Bearer ***' AS h" },
	/* Tables stay, however they stand. */
	{ SQL_POSTGRES, "ALTER ROLE a VALID UNTIL 'infinity' ENCRYPTED PASSWORD U&'hunter2'",
	  "ALTER ROLE a VALID UNTIL 'infinity' ENCRYPTED PASSWORD U&'***'" },
	{ SQL_POSTGRES, "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET password 'hunter2')",
	  "ALTER USER MAPPING FOR a SERVER s OPTIONS (SET password '***')" },
	{ SQL_POSTGRES, "ALTER SUBSCRIPTION s CONNECTION 'host=h password = ''hunter2'''",
	  "ALTER SUBSCRIPTION s CONNECTION 'host=h password = ''***'''" },
	{ SQL_POSTGRES, "SELECT set_config('app.token', 'hunter2', false), set_config('app.user', 'ann', false)",
	  "SELECT set_config('app.token', '***', false), set_config('app.user', 'ann', false)" },
	{ SQL_REDSHIFT, "UNLOAD ('SELECT 1') TO 's3://b' ACCESS_KEY_ID 'A' SECRET_ACCESS_KEY 'hunter2' SESSION_TOKEN 'hunter2'",
	  "UNLOAD ('SELECT 1') TO 's3://b' ACCESS_KEY_ID 'A' SECRET_ACCESS_KEY '***' SESSION_TOKEN '***'" },
	{ SQL_SNOWFLAKE, "CREATE STAGE s URL='azure://x' CREDENTIALS=(AZURE_SAS_TOKEN='hunter2') ENCRYPTION=(MASTER_KEY='hunter2')",
	  "CREATE STAGE s URL='azure://x' CREDENTIALS=(AZURE_SAS_TOKEN='***') ENCRYPTION=(MASTER_KEY='***')" },
	{ SQL_SNOWFLAKE, "CREATE SECRET s TYPE = GENERIC_STRING SECRET_STRING = 'hunter2'",
	  "CREATE SECRET s TYPE = GENERIC_STRING SECRET_STRING = '***'" },
	{ SQL_MYSQL, "SET PASSWORD = 'hunter2' REPLACE 'hunter2' RETAIN CURRENT PASSWORD",
	  "SET PASSWORD = '***' REPLACE '***' RETAIN CURRENT PASSWORD" },
	{ SQL_MYSQL, "SET @password_q = 1, @q = REPLACE('SELECT x FROM user_ip_log', 'x', 'ip')", NULL },
	{ SQL_MYSQL, "CREATE USER a@h IDENTIFIED WITH 'caching_sha2_password' AS 'hunter2'",
	  "CREATE USER a@h IDENTIFIED WITH 'caching_sha2_password' AS '***'" },
	{ SQL_MYSQL, "CREATE TABLE t (a INT) ENGINE=FEDERATED CONNECTION='mysql://a:hunter2@h:3306/d/t'",
	  "CREATE TABLE t (a INT) ENGINE=FEDERATED CONNECTION='mysql://a:***@h:3306/d/t'" },
	{ SQL_DUCKDB, "CREATE OR REPLACE PERSISTENT SECRET s (TYPE S3, SECRET 'hunter2'); SELECT * FROM 'user_ip_log'",
	  "CREATE OR REPLACE PERSISTENT SECRET s (TYPE S3, SECRET '***'); SELECT * FROM 'user_ip_log'" },
	{ SQL_DUCKDB, "CREATE SECRET h (TYPE http, EXTRA_HTTP_HEADERS MAP {'A': 'Bearer hunter2hunter2'})",
	  "CREATE SECRET h (TYPE http, EXTRA_HTTP_HEADERS MAP {'A': 'Bearer ***'})" },
	{ SQL_DUCKDB, "ATTACH 'host=h password=hunter2' AS p (TYPE postgres)", "ATTACH 'host=h password=***' AS p (TYPE postgres)" },
	{ SQL_DUCKDB, "CREATE TABLE secret AS SELECT * FROM 'user_ip_log'", NULL },
	{ SQL_DUCKDB, "SELECT 1 AS sp_password FROM 'user_ip_log'", NULL },
	{ SQL_TSQL, "ALTER LOGIN a WITH PASSWORD = N'hunter2' OLD_PASSWORD = 'hunter2'",
	  "ALTER LOGIN a WITH PASSWORD = N'***' OLD_PASSWORD = '***'" },
	{ SQL_TSQL, "SELECT * FROM OPENROWSET('MSOLEDBSQL', 'h';'a';'hunter2', 'SELECT ip FROM user_ip_log')",
	  "SELECT * FROM OPENROWSET('MSOLEDBSQL', 'h';'***';'***', 'SELECT ip FROM user_ip_log')" },
	{ SQL_TSQL, "EXEC sp_addlinkedsrvlogin 'h', 'false', NULL, 'a', 'hunter2'",
	  "EXEC sp_addlinkedsrvlogin '***', '***', NULL, '***', '***'" },
	{ SQL_TSQL, "SELECT 1 AS sp_password EXEC('SELECT ip FROM user_ip_log')", NULL },
	{ SQL_TSQL, "EXEC sp_password 'hunter2', 'hunter2' EXEC('SELECT ip FROM user_ip_log')",
	  "EXEC sp_password '***', '***' EXEC('SELECT ip FROM user_ip_log')" },
	{ SQL_ORACLE, "ALTER USER a IDENTIFIED BY hunter2 REPLACE hunter2", "ALTER USER a IDENTIFIED BY '***' REPLACE '***'" },
	{ SQL_ORACLE, "ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY hunter2",
	  "ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN IDENTIFIED BY '***'" },
	{ SQL_CLICKHOUSE, "SELECT * FROM mysql('h:3306', 'd', 't', 'a', 'hunter2')",
	  "SELECT * FROM mysql('h:3306', 'd', 't', '***', '***')" },
	{ SQL_CLICKHOUSE, "SELECT * FROM remote('h', d.t, 'a', 'hunter2')", "SELECT * FROM remote('h', d.t, '***', '***')" },
	{ SQL_CLICKHOUSE, "SELECT * FROM s3('https://x', 'A', 'hunter2', 'CSV')", "SELECT * FROM s3('https://x', '***', '***', '***')" },
	{ SQL_SQLITE, "SELECT * FROM 'token', 'user_ip_log' WHERE token IN 'contacts'", NULL },
	{ SQL_SQLITE, "SELECT hmac((SELECT a FROM 'user_ip_log'))", NULL },
	{ SQL_POSTGRES, "CREATE TABLE identified AS SELECT * FROM user_ip_log", NULL },
	{ SQL_POSTGRES, "CREATE TABLE identified WITH (a=1) AS SELECT * FROM user_ip_log ORDER BY (SELECT x FROM contacts)", NULL },
	{ SQL_POSTGRES, "SELECT password FROM user_ip_log WHERE password=(SELECT x FROM contacts)", NULL },
	{ SQL_POSTGRES, "DO $$ BEGIN EXECUTE 'SELECT password FROM user_ip_log'; END $$", NULL },
	{ SQL_MYSQL, "SELECT 'q\\' password ' FROM user_ip_log WHERE x='1'", NULL },
	{ SQL_POSTGRES, "CREATE TABLE identified WITH (a=1) AS TABLE x ORDER BY FROM user_ip_log", NULL },
	/* A quote that a comment does not close ends with it. */
	{ SQL_POSTGRES, "SELECT 1 -- password='hunter2\nFROM user_ip_log", "SELECT 1 -- password='***\nFROM user_ip_log" },
	{ SQL_POSTGRES, "SELECT 1 -- password='hunter2\r\n--FROM contacts\n FROM user_ip_log",
	  "SELECT 1 -- password='***\r\n--***\n FROM user_ip_log" },
	{ SQL_MYSQL, "SELECT 1 /* password='hunter2 */ FROM user_ip_log", "SELECT 1 /* password='****/ FROM user_ip_log" },
	{ SQL_MYSQL, "SELECT 1 # password='hunter2\nFROM user_ip_log", "SELECT 1 # password='***\nFROM user_ip_log" },
	/* What is inside of a constant may not end it: no quotes around a word, no half of a doubled one. */
	{ SQL_ORACLE, "BEGIN EXECUTE IMMEDIATE 'ALTER USER b IDENTIFIED BY hunter2 ACCOUNT UNLOCK'; DELETE FROM t; END;",
	  "BEGIN EXECUTE IMMEDIATE 'ALTER USER b IDENTIFIED BY *** ACCOUNT UNLOCK'; DELETE FROM t; END;" },
	{ SQL_MYSQL, "PREPARE s FROM 'SELECT 1 /* password: hunter2\\'b */'; SELECT 1 FROM t",
	  "PREPARE s FROM 'SELECT 1 /* password: ***\\'b */'; SELECT 1 FROM t" },
	{ SQL_TRINO, "SELECT 1 FROM 'a -- password: hunter2''e' 'b', u", "SELECT 1 FROM 'a -- password: ***''e' 'b', u" },
};

static void test_sql(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sql_rows); i++) {
		const struct sql_row *row = &sql_rows[i];
		struct slice got = redact_sql(row->dialect, slice_cstr(row->sql), &arena);

		assert_string_equal(arena_dup(&arena, got).ptr, row->want ? row->want : row->sql);
		/* Again, as when a recording is replayed. */
		assert_string_equal(arena_dup(&arena, redact_sql(row->dialect, got, &arena)).ptr, row->want ? row->want : row->sql);
	}
}

static bool holds(struct slice record, const char *what)
{
	return memmem(record.ptr, record.len, what, strlen(what));
}

static void test_records(void **state)
{
	struct test_call call = { .site = 3, .ts_ns = 5, .text = "ALTER USER b PASSWORD 'hunter2'; SELECT * FROM t" };
	struct test_call mysql = { .site = 4, .ts_ns = 5, .text = "SELECT 'q\\' password ' FROM user_ip_log WHERE x='1'" };
	struct test_call wide = { .site = 3, .ts_ns = 5, .text = "123456789012345678901234567890123456" };
	static const char secret[] = "PRAGMA key='hun2'";
	struct scrubber *s;
	struct slice r, before;

	(void)state;
	assert_int_equal(scrubber_new(&s), 0);
	scrub(s, test_site(3, 1, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQexec", 0x1000), true);
	scrub(s, test_site(4, 1, OP_SUBMIT, SYSTEM_MYSQL, "mysql_real_query", 0x2000), true);
	before = test_call(&call);
	r = scrub(s, before, true);
	assert_int_equal(r.len, before.len);
	assert_false(holds(r, "hunter2"));
	assert_true(holds(r, "PASSWORD '*******'; SELECT * FROM t"));
	assert_true(holds(before, "hunter2"));
	assert_true(holds(scrub(s, test_call(&mysql), true), "user_ip_log"));
	r = scrub(s, test_exec(7, "/usr/bin/mysql", "mysql -phunter2"), true);
	assert_true(holds(r, "mysql -p*******"));
	r = scrub(s, test_exec(7, "/bin/sh", "postgresql://u:hunter2@h"), true);
	assert_true(holds(r, "postgresql://u:*******@h"));
	before = test_call(&wide);
	for (size_t i = 0; i < sizeof(secret); i++) {
		((struct rec_call *)(uintptr_t)before.ptr)->text[2 * i] = secret[i];
		((struct rec_call *)(uintptr_t)before.ptr)->text[2 * i + 1] = 0;
	}
	r = scrub(s, before, true);
	assert_false(memmem(r.ptr, r.len,
			    "h\0u\0n\0"
			    "2",
			    7));
	assert_true(memmem(r.ptr, r.len, "k\0e\0y\0=\0'\0*\0*\0*\0*\0'", 19));
	scrubber_free(s);
}

static void on_lines(void *ctx, enum line_kind kind, struct slice lines)
{
	(void)ctx;
	if (kind == LINE_QUERY)
		buf_add(&out, lines);
}

/* The session reads backslashes as plain: what looks like a password behind a word to others is a table's place. It must not go unseen. */
static void test_nothing_hides(void **state)
{
	static const struct pipeline_ops ops = { .lines = on_lines };
	static const char *const texts[] = { "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
					     "SELECT 'a\\', 'password' FROM user_ip_log WHERE c = ''" };
	struct config_error err;
	struct config *config;
	struct pipeline *p;

	(void)state;
	buf_clear(&out);
	assert_int_equal(config_parse(SLICE("tables: [{match: user_ip_log}]\n"), "test", &config, &err), 0);
	assert_int_equal(pipeline_new(config, NULL, &ops, NULL, &p), 0);
	pipeline_push(p, test_hello());
	pipeline_push(p, test_library(1, "/usr/lib/libmariadb.so.3", "libmariadb"));
	pipeline_push(p, test_site(4, 1, OP_SUBMIT, SYSTEM_MYSQL, "mysql_real_query", 0x2000));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct test_call call = { .site = 4, .ts_ns = 1000 + i, .arg0 = 77, .text = texts[i] };

		pipeline_push(p, test_call(&call));
	}
	pipeline_finish(p);
	assert_non_null(memmem(out.ptr, out.len, "\"kind\":\"alert\"", 14));
	pipeline_free(p);
	config_free(config);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 64u << 20);
	buf_init(&out, 1u << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	buf_done(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_args), cmocka_unit_test(test_token), cmocka_unit_test(test_sql),
					    cmocka_unit_test(test_records), cmocka_unit_test(test_nothing_hides) };

	return cmocka_run_group_tests(tests, setup, teardown);
}
