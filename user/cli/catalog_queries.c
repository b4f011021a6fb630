// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a database's command-line client is asked, so that it answers in the rows of policy/catalog.h. */
#include "cli/catalog_queries.h"

#include <stddef.h>

// clang-format off
#define PG_HEX(x) "encode(convert_to(" x "::text, 'UTF8'), 'hex')"
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
#define PG_OPTION(name, at) \
	"(SELECT substr(o, " at ") FROM unnest(f.ftoptions) o WHERE o LIKE '" name "=%' LIMIT 1)"
#define PG_BODY "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang "

/* pg_rewrite holds views, materialized views and rules; pg_depend what they, and functions with a body the server parsed, refer to. */
const char catalog_postgresql[] =
	"SET standard_conforming_strings = on; SET search_path = pg_catalog;\n"
	/* relations and functions */
	PG_ROW2("R", "n.nspname", "c.relname") "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
	"WHERE " PG_RELATION("c") "AND " PG_OURS("n") ";\n"
	PG_ROW2("F", "n.nspname", "p.proname") "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE " PG_OURS("n") ";\n"
	/* views and rules -> relations, functions */
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname", "b.relname") PG_REWRITE PG_ON_CLASS
	"WHERE b.oid <> c.oid AND " PG_RELATION("b") "AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname", "b.proname") PG_REWRITE PG_ON_FUNCTION
	"WHERE " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	/* functions with a parsed body -> relations, functions */
	PG_ROW4("D", "n.nspname", "p.proname", "bn.nspname", "b.relname") PG_FUNCTION PG_ON_CLASS
	"WHERE " PG_RELATION("b") "AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	PG_ROW4("D", "n.nspname", "p.proname", "bn.nspname", "b.proname") PG_FUNCTION PG_ON_FUNCTION
	"WHERE p.oid <> b.oid AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY 1;\n"
	/* foreign tables -> the name of the relation on the other side, where it is another one */
	PG_ROW4("D", "n.nspname", "c.relname", "coalesce(" PG_OPTION("schema\\_name", "13") ", '')",
		"coalesce(" PG_OPTION("table\\_name", "12") ", c.relname)")
	"FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
	"WHERE " PG_OPTION("table\\_name", "12") " IS NOT NULL;\n"
	/* inheritance and partitions */
	PG_ROW4("P", "n.nspname", "c.relname", "bn.nspname", "b.relname")
	"FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace "
	"JOIN pg_class b ON b.oid = i.inhrelid JOIN pg_namespace bn ON bn.oid = b.relnamespace WHERE c.relkind IN ('r', 'p', 'f');\n"
	/* bodies that the server keeps as text */
	PG_ROW3("B", "n.nspname", "p.proname", "CASE l.lanname WHEN 'sql' THEN p.prosrc ELSE 'DO $qprov$' || p.prosrc || '$qprov$' END") PG_BODY
	"WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosrc <> '' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) "
	"AND " PG_OURS("n") ";\n"
	PG_ROW3("L", "n.nspname", "p.proname", "l.lanname") PG_BODY
	"WHERE l.lanname NOT IN ('sql', 'plpgsql', 'internal', 'c') AND " PG_OURS("n") ";\n";

#define MY_OURS(schema) "WHERE " schema " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys');\n"
#define MY_ROW(kind, s, n) "SELECT CONCAT('" kind "|', HEX(" s "), '|', HEX(" n ")"

const char catalog_mariadb[] =
	"SET NAMES utf8mb4; SET SESSION sql_mode = '';\n"
	MY_ROW("R", "table_schema", "table_name") ") FROM information_schema.tables " MY_OURS("table_schema")
	MY_ROW("F", "routine_schema", "routine_name") ") FROM information_schema.routines " MY_OURS("routine_schema")
	MY_ROW("B", "table_schema", "table_name") ", '|', HEX(view_definition)) FROM information_schema.views " MY_OURS("table_schema")
	MY_ROW("B", "routine_schema", "routine_name") ", '|', HEX(COALESCE(routine_definition, ''))) FROM information_schema.routines "
	MY_OURS("routine_schema");

/* A virtual table may keep its rows in another one that it names in its arguments. */
const char catalog_sqlite[] =
	"SELECT 'R||' || hex(name) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\';\n"
	"SELECT CASE type WHEN 'view' THEN 'B||' ELSE 'W||' END || hex(name) || '|' || hex(sql) FROM sqlite_master "
	"WHERE type = 'view' OR (type = 'table' AND sql LIKE 'create virtual%');\n";
// clang-format on
