// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "sql/dialect.h"

#include <errno.h>

#include "base/cleanup.h"

#define PG_TOKENS (DL_NESTED | DL_DOLLAR | DL_ESCAPE_PREFIX)
#define MY                                                                                                                                 \
	(DL_BACKTICK | DL_DQ_STRING | DL_BACKSLASH | DL_HASH | DL_DIGIT_NAMES | DL_EXECUTABLE | DL_DASH_SPACE | DL_AT_VARIABLE |           \
	 DL_MYSQL | DL_LOOSE_SPACE)
#define HADOOP (DL_UNICODE_SPACE | DL_BACKTICK | DL_DQ_STRING | DL_BACKSLASH | DL_DIGIT_NAMES | DL_SPARK | DL_FROM_FIRST)
#define PRESTO (DL_LOOSE_SPACE | DL_ESCAPE_PREFIX | DL_DIGIT_NAMES)

static const uint32_t bits[SQL_DIALECTS] = {
	[SQL_ANSI] = DL_UNICODE_SPACE | DL_BACKTICK | DL_DOLLAR | DL_ESCAPE_PREFIX | DL_EXECUTABLE | DL_AT_VARIABLE | DL_INTO_TABLE |
		     DL_FROM_FIRST | DL_DIGIT_NAMES,
	[SQL_POSTGRES] = PG_TOKENS | DL_INTO_TABLE | DL_EXACT_CTE | DL_PG,
	[SQL_MYSQL] = MY,
	[SQL_MARIADB] = MY,
	[SQL_SQLITE] = DL_BACKTICK | DL_BRACKET | DL_AT_VARIABLE,
	[SQL_TSQL] = DL_BRACKET | DL_NESTED | DL_UNICODE_SPACE | DL_AT_VARIABLE | DL_INTO_TABLE | DL_IMPLICIT_RECURSION | DL_BATCH,
	[SQL_ORACLE] = DL_IMPLICIT_RECURSION | DL_UPPER | DL_UNICODE_SPACE,
	[SQL_HIVE] = HADOOP,
	[SQL_SPARK] = HADOOP | DL_UNICODE_SPACE | DL_NESTED | DL_RAW,
	[SQL_DATABRICKS] = HADOOP | DL_UNICODE_SPACE | DL_NESTED | DL_RAW,
	[SQL_IMPALA] = HADOOP | DL_ARRAY_PATH,
	[SQL_TRINO] = PRESTO,
	[SQL_ATHENA] = PRESTO | DL_BACKTICK,
	[SQL_SNOWFLAKE] = DL_BACKSLASH | DL_DOLLAR | DL_SLASHES | DL_UNICODE_SPACE | DL_IMPLICIT_RECURSION | DL_UPPER,
	[SQL_BIGQUERY] = DL_BACKTICK | DL_DQ_STRING | DL_BACKSLASH | DL_HASH | DL_RAW | DL_UNICODE_SPACE | DL_ARRAY_PATH | DL_AT_VARIABLE |
			 DL_FROM_FIRST,
	[SQL_REDSHIFT] = PG_TOKENS | DL_BACKSLASH | DL_INTO_TABLE | DL_ARRAY_PATH | DL_PG,
	[SQL_DUCKDB] = PG_TOKENS | DL_UNICODE_SPACE | DL_FROM_FIRST | DL_PG,
	[SQL_CLICKHOUSE] = DL_BACKTICK | DL_BACKSLASH | DL_NESTED | DL_DOLLAR | DL_UNICODE_SPACE | DL_DIGIT_NAMES | DL_FROM_FIRST,
};

uint32_t dialect_bits(enum sql_dialect d)
{
	return (size_t)d < SQL_DIALECTS ? bits[d] : bits[SQL_ANSI];
}

static const struct {
	const char *name;
	enum sql_dialect dialect;
} dialects[] = {
	{ "ansi", SQL_ANSI },
	{ "postgres", SQL_POSTGRES },
	{ "mysql", SQL_MYSQL },
	{ "mariadb", SQL_MARIADB },
	{ "sqlite", SQL_SQLITE },
	{ "tsql", SQL_TSQL },
	{ "oracle", SQL_ORACLE },
	{ "hive", SQL_HIVE },
	{ "spark", SQL_SPARK },
	{ "databricks", SQL_DATABRICKS },
	{ "impala", SQL_IMPALA },
	{ "trino", SQL_TRINO },
	{ "athena", SQL_ATHENA },
	{ "snowflake", SQL_SNOWFLAKE },
	{ "bigquery", SQL_BIGQUERY },
	{ "redshift", SQL_REDSHIFT },
	{ "duckdb", SQL_DUCKDB },
	{ "clickhouse", SQL_CLICKHOUSE },
	/* further names */
	{ "postgresql", SQL_POSTGRES },
	{ "greenplum", SQL_POSTGRES },
	{ "cockroachdb", SQL_POSTGRES },
	{ "presto", SQL_TRINO },
	{ "mssql", SQL_TSQL },
	{ "sqlserver", SQL_TSQL },
	{ "transactsql", SQL_TSQL },
	{ "sparksql", SQL_SPARK },
	{ "plsql", SQL_ORACLE },
	{ "generic", SQL_ANSI },
};

int sql_dialect_parse(struct slice name, enum sql_dialect *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++)
		if (slice_ieq(name, slice_cstr(dialects[i].name))) {
			*ret = dialects[i].dialect;
			return 0;
		}
	return -EINVAL;
}

const char *sql_dialect_name(enum sql_dialect d)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++)
		if (dialects[i].dialect == d)
			return dialects[i].name;
	return "ansi";
}
