// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * DuckDB's values. Source of the numbers: LogicalTypeId in src/include/duckdb/common/types.hpp, which database files hold as well; what
 * duckdb_create_*() of 1.5 puts into its objects. The first releases had others, but not duckdb_get_value_type(), without which nothing is
 * read of an object.
 */
#include <string.h>

#include "query/params.h"

enum type {
	TYPE_BOOLEAN = 10,
	TYPE_TINYINT,
	TYPE_SMALLINT,
	TYPE_INTEGER,
	TYPE_BIGINT,
	TYPE_DATE,
	TYPE_TIMESTAMP_S = 17,
	TYPE_TIMESTAMP_MS,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMP_NS,
	TYPE_FLOAT = 22,
	TYPE_DOUBLE,
	TYPE_VARCHAR = 25,
	TYPE_BLOB,
	TYPE_UTINYINT = 28,
	TYPE_USMALLINT,
	TYPE_UINTEGER,
	TYPE_UBIGINT,
	TYPE_TIMESTAMP_TZ,
	TYPE_UHUGEINT = 49,
	TYPE_HUGEINT
};

static void put_signed(const struct param_out *o, int64_t v)
{
	param_put(o, PARAMETER_NUMBER, "%lld", (long long)v);
}

static void put_unsigned(const struct param_out *o, uint64_t v)
{
	param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)v);
}

/* In three groups of digits: 2^128 has 39. */
static void put_huge(const struct param_out *o, unsigned __int128 v, bool negative)
{
	const uint64_t group = 1000000000000000000;
	uint64_t low = (uint64_t)(v % group), mid = (uint64_t)(v / group % group), high = (uint64_t)(v / group / group);
	const char *sign = negative ? "-" : "";

	if (high)
		param_put(o, PARAMETER_NUMBER, "%s%llu%018llu%018llu", sign, (unsigned long long)high, (unsigned long long)mid,
			  (unsigned long long)low);
	else if (mid)
		param_put(o, PARAMETER_NUMBER, "%s%llu%018llu", sign, (unsigned long long)mid, (unsigned long long)low);
	else
		param_put(o, PARAMETER_NUMBER, "%s%llu", sign, (unsigned long long)low);
}

static void put_real(const struct param_out *o, uint64_t bits, bool half)
{
	uint32_t low = (uint32_t)bits;
	double d;
	float f;

	memcpy(&d, &bits, sizeof(d));
	memcpy(&f, &low, sizeof(f));
	if (half)
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
	else
		param_put_double(o, d);
}

/* Counted from 1970 on, so many a second. The ends of the range are "infinity": not known. */
static void put_time(const struct param_out *o, int64_t v, int64_t per_second)
{
	const int64_t usecs = 1000000, to_2000 = 10957 * 86400 * usecs;
	int64_t most = (INT64_MAX - to_2000) / usecs * (per_second < usecs ? per_second : usecs);

	if (v <= -most || v >= most)
		return;
	if (per_second > usecs)
		v = v / (per_second / usecs) - (v % (per_second / usecs) < 0);
	else
		v *= usecs / per_second;
	param_put_timestamp(o, v - to_2000);
}

static void put_date(const struct param_out *o, int32_t days)
{
	if (days != INT32_MAX && days != -INT32_MAX) /* infinity */
		param_put_date(o, (int64_t)days - 10957, 0, false);
}

void param_duckdb(const struct param_out *o, const struct rec_param *p, uint64_t low, uint64_t high, bool text)
{
	unsigned __int128 huge = (unsigned __int128)high << 64 | low;

	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
	switch (p->type) {
	case TYPE_BOOLEAN:
		param_put(o, PARAMETER_STRING, "%s", (uint8_t)low ? "true" : "false");
		return;
	case TYPE_TINYINT:
		put_signed(o, (int8_t)low);
		return;
	case TYPE_SMALLINT:
		put_signed(o, (int16_t)low);
		return;
	case TYPE_INTEGER:
		put_signed(o, (int32_t)low);
		return;
	case TYPE_BIGINT:
		put_signed(o, (int64_t)low);
		return;
	case TYPE_UTINYINT:
		put_unsigned(o, (uint8_t)low);
		return;
	case TYPE_USMALLINT:
		put_unsigned(o, (uint16_t)low);
		return;
	case TYPE_UINTEGER:
		put_unsigned(o, (uint32_t)low);
		return;
	case TYPE_UBIGINT:
		put_unsigned(o, low);
		return;
	case TYPE_UHUGEINT:
		put_huge(o, huge, false);
		return;
	case TYPE_HUGEINT:
		put_huge(o, high >> 63 ? -huge : huge, high >> 63);
		return;
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		put_real(o, low, p->type == TYPE_FLOAT);
		return;
	case TYPE_DATE:
		put_date(o, (int32_t)low);
		return;
	case TYPE_TIMESTAMP_S:
		put_time(o, (int64_t)low, 1);
		return;
	case TYPE_TIMESTAMP_MS:
		put_time(o, (int64_t)low, 1000);
		return;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_TZ:
		put_time(o, (int64_t)low, 1000000);
		return;
	case TYPE_TIMESTAMP_NS:
		put_time(o, (int64_t)low, 1000000000);
		return;
	case TYPE_VARCHAR:
	case TYPE_BLOB:
		if (text)
			param_put_bytes(o, p->type == TYPE_VARCHAR ? PARAMETER_STRING : PARAMETER_BYTES, p);
		return;
	default: /* decimals, intervals, lists and so on */
		return;
	}
}
