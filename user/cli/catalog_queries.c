// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What a database's command-line client is asked, so that it answers in the rows of cli/catalog.h. */
#include "cli/catalog_queries.h"

#include <stddef.h>

#define PG_HEX(x) "encode(convert_to(" x "::text, 'UTF8'), 'hex')"
#define PG_ROW2(kind, s, n) "SELECT '" kind "|' || " PG_HEX(s) " || '|' || " PG_HEX(n) " "
#define PG_ROW4(kind, s, n, s2, n2) PG_ROW2(kind, s, n) "|| '|' || " PG_HEX(s2) " || '|' || " PG_HEX(n2) " "
#define PG_OURS(ns) ns ".nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND " ns ".nspname NOT LIKE 'pg\\_temp\\_%' "

/* pg_rewrite holds views, materialized views and rules; pg_depend what they, and functions with a body the server parsed, refer to. */
const char catalog_postgresql[] = "SET standard_conforming_strings = on; SET search_path = pg_catalog;\n"
	/* relations and functions */
	PG_ROW2("R", "n.nspname",
		"c.relname") "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') "
			     "AND " PG_OURS("n") ";\n" PG_ROW2("F", "n.nspname", "p.proname") "FROM pg_proc p JOIN pg_namespace n ON n.oid "
											      "= p.pronamespace WHERE " PG_OURS("n") ";\n"
	/* views and rules -> relations */
	PG_ROW4("D", "n.nspname", "c.relname", "bn.nspname",
		"b.relname") "FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid JOIN pg_class c "
			     "ON c.oid = r.ev_class "
			     "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class b ON d.refclassid = 'pg_class'::regclass AND "
			     "d.refobjid = b.oid "
			     "JOIN pg_namespace bn ON bn.oid = b.relnamespace WHERE b.oid <> c.oid AND b.relkind IN ('r', 'v', 'm', 'f', "
			     "'p') AND " PG_OURS("n") "AND " PG_OURS("bn") "GROUP BY n.nspname, c.relname, bn.nspname, b.relname;\n"
	/* views -> functions */
	PG_ROW4("D", "n.nspname", "c.relname", "pn.nspname",
		"p.proname") "FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid JOIN pg_class c "
			     "ON c.oid = r.ev_class "
			     "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND "
			     "d.refobjid = p.oid "
			     "JOIN pg_namespace pn ON pn.oid = p.pronamespace WHERE " PG_OURS("n") "AND " PG_OURS(
				     "pn") "GROUP BY n.nspname, c.relname, pn.nspname, p.proname;\n"
	/* functions with a parsed body -> relations, functions */
	PG_ROW4("D", "n.nspname", "p.proname", "bn.nspname",
		"b.relname") "FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid JOIN pg_namespace n "
			     "ON n.oid = p.pronamespace "
			     "JOIN pg_class b ON d.refclassid = 'pg_class'::regclass AND d.refobjid = b.oid JOIN pg_namespace bn ON bn.oid "
			     "= b.relnamespace "
			     "WHERE b.relkind IN ('r', 'v', 'm', 'f', 'p') AND " PG_OURS("n") "AND " PG_OURS(
				     "bn") "GROUP BY n.nspname, p.proname, bn.nspname, b.relname;\n" PG_ROW4("D", "n.nspname", "p.proname",
													     "bn.nspname",
													     "b.proname") "FROM pg_depend "
															  "d JOIN pg_proc "
															  "p ON d.classid "
															  "= "
															  "'pg_proc'::"
															  "regclass AND "
															  "d.objid = p.oid "
															  "JOIN "
															  "pg_namespace n "
															  "ON n.oid = "
															  "p.pronamespace "
															  "JOIN pg_proc b "
															  "ON d.refclassid "
															  "= "
															  "'pg_proc'::"
															  "regclass AND "
															  "d.refobjid = "
															  "b.oid JOIN "
															  "pg_namespace bn "
															  "ON bn.oid = "
															  "b.pronamespace "
															  "WHERE p.oid <> "
															  "b.oid "
															  "AND " PG_OURS("n") "AND " PG_OURS(
																  "bn") "GR"
																	"OU"
																	"P "
																	"BY"
																	" n"
																	".n"
																	"sp"
																	"na"
																	"me"
																	", "
																	"p."
																	"pr"
																	"on"
																	"am"
																	"e,"
																	" b"
																	"n."
																	"ns"
																	"pn"
																	"am"
																	"e,"
																	" b"
																	".p"
																	"ro"
																	"na"
																	"me"
																	";"
																	"\n"
	/* foreign tables -> the name of the relation on the other side */
	PG_ROW4("D", "n.nspname", "c.relname",
		"coalesce((SELECT substr(o, 13) FROM unnest(f.ftoptions) o WHERE o LIKE 'schema\\_name=%' LIMIT 1), '')",
		"coalesce((SELECT substr(o, 12) FROM unnest(f.ftoptions) o WHERE o LIKE 'table\\_name=%' LIMIT 1), c.relname)") "FROM "
																"pg_"
																"foreign_"
																"table f "
																"JOIN "
																"pg_class "
																"c ON "
																"c.oid = "
																"f.ftrelid "
																"JOIN "
																"pg_"
																"namespace "
																"n ON "
																"n.oid = "
																"c."
																"relnamespa"
																"ce;\n"
	/* inheritance and partitions */
	PG_ROW4("P", "n.nspname", "c.relname", "bn.nspname",
		"b.relname") "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace "
			     "JOIN pg_class b ON b.oid = i.inhrelid JOIN pg_namespace bn ON bn.oid = b.relnamespace WHERE c.relkind IN "
			     "('r', 'p', 'f');\n"
	/* bodies that the server keeps as text */
	PG_ROW2("B", "n.nspname", "p.proname") "|| '|' || " PG_HEX(
		"CASE l.lanname WHEN 'sql' THEN p.prosrc ELSE 'DO $qprov$' || p.prosrc || "
		"'$qprov$' END") " FROM pg_proc p JOIN pg_namespace n ON n.oid = "
				 "p.pronamespace JOIN pg_language l ON l.oid = p.prolang "
				 "WHERE l.lanname IN ('sql', 'plpgsql') AND p.prosrc <> '' "
				 "AND p.prorettype NOT IN ('trigger'::regtype, "
				 "'event_trigger'::regtype) AND " PG_OURS("n") ";\n" PG_ROW2(
					 "L", "n.nspname", "p.proname") "|| '|' || " PG_HEX("l.lanname") " FROM"
													 " pg_"
													 "proc "
													 "p "
													 "JOIN "
													 "pg_"
													 "names"
													 "pace "
													 "n ON "
													 "n."
													 "oid "
													 "= "
													 "p."
													 "prona"
													 "mespa"
													 "ce "
													 "JOIN "
													 "pg_"
													 "langu"
													 "age "
													 "l ON "
													 "l."
													 "oid "
													 "= "
													 "p."
													 "prola"
													 "ng "
													 "WHERE"
													 " l."
													 "lanna"
													 "me "
													 "NOT "
													 "IN "
													 "('"
													 "sql',"
													 " '"
													 "plpgs"
													 "ql', "
													 "'inte"
													 "rnal'"
													 ", "
													 "'c') "
													 "AND"
													 " " PG_OURS("n") ";\n";

#define MY_OURS(schema) schema " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')"

const char catalog_mariadb[] =
	"SET NAMES utf8mb4; SET SESSION sql_mode = '';\n"
	"SELECT CONCAT('R|', HEX(table_schema), '|', HEX(table_name)) FROM information_schema.tables WHERE " MY_OURS(
		"table_schema") ";\n"
				"SELECT CONCAT('F|', HEX(routine_schema), '|', HEX(routine_name)) FROM information_schema.routines "
				"WHERE " MY_OURS(
					"routine_schema") ";\n"
							  "SELECT CONCAT('B|', HEX(table_schema), '|', HEX(table_name), '|', "
							  "HEX(view_definition)) FROM information_schema.views WHERE " MY_OURS(
								  "table_schema") ";\n"
										  "SELECT CONCAT('B|', HEX(routine_schema), '|', "
										  "HEX(routine_name), '|', "
										  "HEX(COALESCE(routine_definition, ''))) "
										  "FROM information_schema.routines WHERE " MY_OURS(
											  "routine_schema") ";\n";

/* A virtual table may keep its rows in another one that it names in its arguments. */
const char catalog_sqlite[] =
	"SELECT 'R||' || hex(name) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\';\n"
	"SELECT 'B||' || hex(name) || '|' || hex(sql) FROM sqlite_master WHERE type = 'view' OR (type = 'table' AND sql LIKE 'create "
	"virtual%');\n";
