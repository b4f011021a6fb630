// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/chatter.h"

#include "base/cleanup.h"

static bool one_of(struct slice s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_ieq(s, slice_cstr(names[i])))
			return true;
	return false;
}

/* Statements without relations that change or ask the session only. */
static bool of_the_session(const struct sql_statement *st)
{
	static const char *const operations[] = {
		"BEGIN",     "START",   "START TRANSACTION", "COMMIT",  "END",   "ROLLBACK", "ABORT", "SET",    "RESET", "SHOW",
		"SAVEPOINT", "RELEASE", "DEALLOCATE",        "DISCARD", "CLOSE", "UNLISTEN", "USE",   "PRAGMA", "KILL"
	};

	return one_of(st->operation, operations, ARRAY_SIZE(operations));
}

static bool is_catalogue(const struct sql_relation *r)
{
	static const char *const schemas[] = { "pg_catalog", "information_schema", "performance_schema", "sys" };
	static const char *const names[] = { "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema" };

	/* Secrets, other people's statements, samples of the data, the data itself. */
	static const char *const telling[] = { "pg_authid",    "pg_shadow", "pg_user_mapping",  "pg_user_mappings",  "pg_largeobject",
					       "pg_statistic", "pg_stats",  "pg_stat_activity", "pg_stat_statements" };

	if ((r->access & ~(unsigned)SQL_READ) || one_of(r->name, telling, ARRAY_SIZE(telling)))
		return false;
	if (r->schema.len)
		return one_of(r->schema, schemas, ARRAY_SIZE(schemas));
	/* PostgreSQL keeps names that begin so for itself; its catalogue is searched first. */
	return slice_starts(r->name, SLICE("pg_")) || one_of(r->name, names, ARRAY_SIZE(names));
}

bool chatter(const struct sql_result *r, enum sql_certainty certainty, const struct sql_relation *relations, size_t n)
{
	if (!r || certainty != SQL_PARSED || !r->nstatements)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_catalogue(&relations[i]))
			return false;
	for (size_t i = 0; i < r->nstatements && !n; i++)
		if (!of_the_session(&r->statements[i]))
			return false;
	return true;
}
