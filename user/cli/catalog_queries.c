// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a database's command-line client is asked, so that it answers in the rows of policy/catalog.h. */
#include "cli/catalog_queries.h"

#include <stddef.h>

// clang-format off
#define CATALOG_END "SELECT 'E';\n"

/* A database in SQL_ASCII holds bytes of whatever encoding, which nothing converts. */
#define PG_HEX(x) "encode(convert_to(" x "::text, CASE getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END), 'hex')"
#define PG_ROW2(kind, s, n) "SELECT '" kind "|' || " PG_HEX(s) " || '|' || " PG_HEX(n) " "
#define PG_ROW3(kind, s, n, t) PG_ROW2(kind, s, n) "|| '|' || " PG_HEX(t) " "
#define PG_ROW4(kind, s, n, s2, n2) PG_ROW3(kind, s, n, s2) "|| '|' || " PG_HEX(n2) " "
#define PG_OURS(ns) ns ".nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND " ns ".nspname NOT LIKE 'pg\\_temp\\_%' "
#define PG_RELATION(c) c ".relkind IN ('r', 'v', 'm', 'f', 'p') "
#define PG_REWRITE \
	"FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid " \
	"JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace "
#define PG_FUNCTION \
	"FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid JOIN pg_namespace n ON n.oid = p.pronamespace "
#define PG_ON_CLASS \
	"JOIN pg_class b ON d.refclassid = 'pg_class'::regclass AND d.refobjid = b.oid JOIN pg_namespace bn ON bn.oid = b.relnamespace "
#define PG_ON_FUNCTION \
	"JOIN pg_proc b ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = b.oid JOIN pg_namespace bn ON bn.oid = b.pronamespace "
#define PG_ON_OPERATOR \
	"JOIN pg_operator op ON d.refclassid = 'pg_operator'::regclass AND d.refobjid = op.oid " \
	"JOIN pg_proc b ON b.oid = op.oprcode JOIN pg_namespace bn ON bn.oid = b.pronamespace "
/* The first of the options of a foreign table that have one of these names: wrappers call the same thing differently. */
#define PG_OPTION(names) \
	"(SELECT substr(o, strpos(o, '=') + 1) FROM unnest(f.ftoptions) o WHERE split_part(o, '=', 1) IN (" names ") LIMIT 1)"
#define PG_REMOTE_SCHEMA PG_OPTION("'schema_name', 'schema', 'dbname'")
#define PG_REMOTE_TABLE PG_OPTION("'table_name', 'table', 'relation', 'remote_table'")
#define PG_REMOTE_QUERY PG_OPTION("'query', 'sql'")
#define PG_FOREIGN "FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
#define PG_BODY "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang "
#define PG_OTHER_LANGUAGE "WHERE l.lanname NOT IN ('sql', 'plpgsql', 'internal', 'c') AND " PG_OURS("n") ";\n"
/* A tag that the body cannot hold. */
#define PG_BLOCK "'DO $q' || md5(p.prosrc) || '$' || p.prosrc || '$q' || md5(p.prosrc) || '$'"

/* pg_rewrite holds views, materialized views and rules; pg_depend what they, and functions with a body the server parsed, refer to. */
const char catalog_postgresql[] =
	"SET standard_conforming_strings = on; SET search_path = pg_catalog; SET lock_timeout = '60s';\n"
	"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n"
	/* relations and functions */
	PG_ROW2("R", "n.nspname", "c.relname") "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
	"WHERE " PG_RELATION("c") "AND " PG_OURS("n") ";\n"
	PG_ROW2("F", "n.nspname", "p.proname") "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE " PG_OURS("n") ";\n"
	/* views and rules -> relations, functions, also those behind an operator */
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname", "b.relname") PG_REWRITE PG_ON_CLASS
	"WHERE b.oid <> c.oid AND " PG_RELATION("b") "AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname", "b.proname") PG_REWRITE PG_ON_FUNCTION
	"WHERE " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname", "b.proname") PG_REWRITE PG_ON_OPERATOR
	"WHERE " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	/* functions with a parsed body -> relations, functions */
	PG_ROW4("D", "n.nspname", "p.proname", "bn.nspname", "b.relname") PG_FUNCTION PG_ON_CLASS
	"WHERE " PG_RELATION("b") "AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	PG_ROW4("D", "n.nspname", "p.proname", "bn.nspname", "b.proname") PG_FUNCTION PG_ON_FUNCTION
	"WHERE p.oid <> b.oid AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	/* foreign tables -> the relation on the other side, where its name is another one, or the query that runs there */
	PG_ROW4("D", "n.nspname", "c.relname", "coalesce(" PG_REMOTE_SCHEMA ", '')", "coalesce(nullif(" PG_REMOTE_TABLE ", ''), c.relname)")
	PG_FOREIGN "WHERE coalesce(" PG_REMOTE_TABLE ", " PG_REMOTE_SCHEMA ") IS NOT NULL AND coalesce(" PG_REMOTE_TABLE ", '') NOT LIKE '(%';\n"
	PG_ROW3("Q", "n.nspname", "c.relname", "coalesce(" PG_REMOTE_QUERY ", " PG_REMOTE_TABLE ")")
	PG_FOREIGN "WHERE " PG_REMOTE_QUERY " <> '' OR " PG_REMOTE_TABLE " LIKE '(%';\n"
	/* inheritance and partitions */
	PG_ROW4("P", "n.nspname", "c.relname", "bn.nspname", "b.relname")
	"FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace "
	"JOIN pg_class b ON b.oid = i.inhrelid JOIN pg_namespace bn ON bn.oid = b.relnamespace "
	"WHERE c.relkind IN ('r', 'p', 'f') AND " PG_OURS("n") "AND " PG_OURS("bn") ";\n"
	/* bodies that the server keeps as text */
	PG_ROW3("B", "n.nspname", "p.proname", "CASE l.lanname WHEN 'sql' THEN p.prosrc ELSE " PG_BLOCK " END") PG_BODY
	"WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosrc <> '' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) "
	"AND " PG_OURS("n") ";\n"
	PG_ROW3("W", "n.nspname", "p.proname", "p.prosrc") PG_BODY PG_OTHER_LANGUAGE
	PG_ROW3("H", "n.nspname", "p.proname", "'language'") PG_BODY PG_OTHER_LANGUAGE
	/* triggers by the function they run, where a comment stands for rows that go by names of their own; and rules of tables */
	PG_ROW3("T", "n.nspname", "c.relname", "CASE WHEN coalesce(t.tgoldtable, t.tgnewtable) IS NULL THEN '' ELSE '/* old new */ ' END || " PG_BLOCK)
	"FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
	"JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang "
	"WHERE NOT t.tgisinternal AND l.lanname = 'plpgsql' AND " PG_OURS("n") ";\n"
	PG_ROW3("T", "n.nspname", "c.relname", "pg_get_ruledef(r.oid)")
	"FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace "
	"WHERE c.relkind NOT IN ('v', 'm') AND " PG_OURS("n") ";\n"
	"COMMIT;\n"
	CATALOG_END;

#define MY_OURS(schema) schema " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')"
#define MY_ROW(kind, s, n) "SELECT CONCAT('" kind "|', HEX(" s "), '|', HEX(" n ")"
#define MY_MODE ", IF(FIND_IN_SET('ANSI_QUOTES', sql_mode), '|41', ''))"
/* CURRENT_USER() as information_schema writes it, 'user'@'host'; a user's name may hold an @. */
#define MY_HOST "SUBSTRING_INDEX(CURRENT_USER(), '@', -1)"
#define MY_GRANTEE \
	"CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(" MY_HOST ") - 1), '''@''', " MY_HOST ", '''')"

/* The text of a view is written anew for the session's sql_mode; the other texts are as they were typed, under the mode of then. */
const char catalog_mariadb[] =
	"SET NAMES utf8mb4; SET SESSION sql_mode = '';\n"
	MY_ROW("R", "table_schema", "table_name") ") FROM information_schema.tables WHERE " MY_OURS("table_schema") ";\n"
	MY_ROW("F", "routine_schema", "routine_name") ") FROM information_schema.routines WHERE " MY_OURS("routine_schema") ";\n"
	MY_ROW("B", "table_schema", "table_name") ", '|', HEX(view_definition)) FROM information_schema.views "
	"WHERE " MY_OURS("table_schema") ";\n"
	MY_ROW("B", "routine_schema", "routine_name") ", '|', HEX(COALESCE(routine_definition, ''))" MY_MODE " FROM information_schema.routines "
	"WHERE " MY_OURS("routine_schema") ";\n"
	MY_ROW("T", "event_object_schema", "event_object_table") ", '|', HEX(COALESCE(action_statement, ''))" MY_MODE
	" FROM information_schema.triggers WHERE " MY_OURS("event_object_schema") ";\n"
	MY_ROW("S", "event_schema", "event_name") ", '|', HEX(COALESCE(event_definition, ''))" MY_MODE " FROM information_schema.events "
	"WHERE " MY_OURS("event_schema") ";\n"
	MY_ROW("H", "table_schema", "table_name") ", '|', HEX('engine')) FROM information_schema.tables "
	"WHERE engine IN ('MRG_MyISAM', 'FEDERATED', 'CONNECT', 'SPIDER') AND " MY_OURS("table_schema") ";\n"
	/* what one has no rights for is left out of information_schema without a word */
	"SELECT CONCAT('H||', HEX('*'), '|', HEX('rights')) FROM (SELECT COUNT(DISTINCT privilege_type) n FROM information_schema.user_privileges "
	"WHERE privilege_type IN ('SELECT', 'SHOW VIEW', 'TRIGGER', 'EVENT') AND grantee = " MY_GRANTEE ") held WHERE n < 4;\n"
	CATALOG_END;

/* A virtual table may keep its rows in another one that it names in its arguments. */
const char catalog_sqlite[] =
	"SELECT 'R||' || hex(name) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\';\n"
	"SELECT CASE type WHEN 'view' THEN 'B||' ELSE 'W||' END || hex(name) || '|' || hex(sql) FROM sqlite_master "
	"WHERE type = 'view' OR (type = 'table' AND sql LIKE 'create virtual%');\n"
	"SELECT 'T||' || hex(tbl_name) || '|' || hex(sql) FROM sqlite_master WHERE type = 'trigger';\n"
	CATALOG_END;
// clang-format on
