// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * MySQL: what may run a stored routine, which may write to the session's variables. A function that is none of the server's own; a table
 * that is written, which may have a trigger; a table that is read, which may be a view that calls a function. A text in a variable is
 * trusted as long as nothing of it stands between where it was put there and where it is run.
 */
#include "sql/reader.h"

/* Of MySQL and MariaDB, what stands around texts that are run: a routine of the same name is reached with its schema's only. */
static const char *const of_the_server[] = { "abs",
					     "adddate",
					     "ascii",
					     "cast",
					     "ceil",
					     "ceiling",
					     "char",
					     "char_length",
					     "coalesce",
					     "concat",
					     "concat_ws",
					     "convert",
					     "count",
					     "curdate",
					     "current_date",
					     "current_timestamp",
					     "current_user",
					     "curtime",
					     "database",
					     "date",
					     "date_add",
					     "date_format",
					     "date_sub",
					     "datediff",
					     "day",
					     "dayname",
					     "dayofweek",
					     "elt",
					     "field",
					     "find_in_set",
					     "floor",
					     "format",
					     "from_base64",
					     "from_days",
					     "from_unixtime",
					     "get_lock",
					     "greatest",
					     "group_concat",
					     "hex",
					     "hour",
					     "if",
					     "ifnull",
					     "in",
					     "insert",
					     "instr",
					     "interval",
					     "isnull",
					     "json_array",
					     "json_extract",
					     "json_object",
					     "last_day",
					     "last_insert_id",
					     "lcase",
					     "least",
					     "left",
					     "length",
					     "localtime",
					     "localtimestamp",
					     "locate",
					     "lower",
					     "lpad",
					     "ltrim",
					     "max",
					     "md5",
					     "mid",
					     "min",
					     "minute",
					     "mod",
					     "month",
					     "monthname",
					     "now",
					     "nullif",
					     "octet_length",
					     "ord",
					     "password",
					     "position",
					     "pow",
					     "power",
					     "quarter",
					     "quote",
					     "rand",
					     "release_lock",
					     "repeat",
					     "replace",
					     "reverse",
					     "right",
					     "round",
					     "row_count",
					     "rpad",
					     "rtrim",
					     "schema",
					     "second",
					     "session_user",
					     "sha1",
					     "sha2",
					     "sign",
					     "sleep",
					     "space",
					     "str_to_date",
					     "strcmp",
					     "subdate",
					     "substr",
					     "substring",
					     "substring_index",
					     "sum",
					     "sysdate",
					     "system_user",
					     "time",
					     "time_format",
					     "timediff",
					     "timestamp",
					     "timestampdiff",
					     "to_base64",
					     "to_days",
					     "trim",
					     "truncate",
					     "ucase",
					     "unhex",
					     "unix_timestamp",
					     "upper",
					     "user",
					     "uuid",
					     "values",
					     "version",
					     "week",
					     "weekday",
					     "year",
					     NULL };

/* At once, or when the text that is prepared here is run. */
static void may_run(struct reader *p)
{
	if (p->vars.prepares)
		p->vars.within = true;
	else
		variables_called(p);
}

void function_used(struct reader *p, const struct name *n)
{
	spend(p, 8);
	if (n->n != 1 || !slice_ieq_any(n->part[0], of_the_server))
		may_run(p);
}

void relation_used(struct reader *p, struct slice schema, uint32_t access)
{
	static const char *const of_schemas[] = { "information_schema", "performance_schema", "mysql", "sys", NULL };

	if (!(access & (SQL_READ | SQL_INSERT | SQL_UPDATE | SQL_DELETE)) || p->via > SQL_VIA_DYNAMIC)
		return;
	if (!schema.ptr || !slice_ieq_any(schema, of_schemas))
		may_run(p);
}
