// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * DuckDB's values. Source of the numbers: LogicalTypeId in src/include/duckdb/common/types.hpp, which database files hold as well; what
 * duckdb_create_*() of 1.5 puts into its objects. The first releases had others, but not duckdb_get_value_type(), without which nothing is
 * read of an object.
 */
#include <string.h>

#include "base/cleanup.h"
#include "query/params.h"

enum type {
	TYPE_BOOLEAN = 10,
	TYPE_TINYINT,
	TYPE_SMALLINT,
	TYPE_INTEGER,
	TYPE_BIGINT,
	TYPE_DATE,
	TYPE_TIME,
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
	TYPE_HUGEINT,
	TYPE_UUID = 54
};

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

/* Microseconds since midnight. */
static void put_time_of_day(const struct param_out *o, uint64_t v)
{
	unsigned long long s = v / 1000000;

	if (s <= 86400)
		param_put(o, PARAMETER_STRING, "%02llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

/* Kept with its first bit turned, so that they sort as numbers. */
static void put_uuid(const struct param_out *o, uint64_t high, uint64_t low)
{
	high ^= 1ull << 63;
	param_put(o, PARAMETER_STRING, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)high >> 32,
		  (unsigned long long)high >> 16 & 0xffff, (unsigned long long)high & 0xffff, (unsigned long long)low >> 48,
		  (unsigned long long)low & 0xffffffffffff);
}

static void put_date(const struct param_out *o, int32_t days)
{
	if (days != INT32_MAX && days != -INT32_MAX) /* infinity */
		param_put_date(o, (int64_t)days - 10957, 0, false);
}

static const struct {
	uint8_t type, bytes;
	bool is_signed;
} integers[] = {
	{ TYPE_TINYINT, 1, true },   { TYPE_SMALLINT, 2, true },   { TYPE_INTEGER, 4, true },   { TYPE_BIGINT, 8, true },
	{ TYPE_UTINYINT, 1, false }, { TYPE_USMALLINT, 2, false }, { TYPE_UINTEGER, 4, false }, { TYPE_UBIGINT, 8, false },
};

/* So many a second. */
static const struct {
	uint8_t type;
	int64_t per_second;
} timestamps[] = {
	{ TYPE_TIMESTAMP_S, 1 },        { TYPE_TIMESTAMP_MS, 1000 },       { TYPE_TIMESTAMP, 1000000 },
	{ TYPE_TIMESTAMP_TZ, 1000000 }, { TYPE_TIMESTAMP_NS, 1000000000 },
};

/* Of what has no case of its own. */
static void put_listed(const struct param_out *o, uint32_t type, const struct rec_param *number, int64_t v)
{
	for (size_t i = 0; i < ARRAY_SIZE(integers); i++)
		if (integers[i].type == type)
			param_put_int(o, number, integers[i].bytes, integers[i].is_signed);
	for (size_t i = 0; i < ARRAY_SIZE(timestamps); i++)
		if (timestamps[i].type == type)
			put_time(o, v, timestamps[i].per_second);
}

void param_duckdb(const struct param_out *o, const struct rec_param *p, uint64_t low, uint64_t high, bool text)
{
	unsigned __int128 huge = (unsigned __int128)high << 64 | low;
	struct rec_param number = { .len = sizeof(low), .cap = sizeof(low) };

	memcpy(number.data, &low, sizeof(low));
	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
	switch (p->type) {
	case TYPE_BOOLEAN:
		param_put(o, PARAMETER_STRING, "%s", (uint8_t)low ? "true" : "false");
		return;
	case TYPE_UHUGEINT:
		put_huge(o, huge, false);
		return;
	case TYPE_HUGEINT:
		put_huge(o, high >> 63 ? -huge : huge, high >> 63);
		return;
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		param_put_real(o, &number, p->type == TYPE_FLOAT ? 4 : 8);
		return;
	case TYPE_DATE:
		put_date(o, (int32_t)low);
		return;
	case TYPE_TIME:
		put_time_of_day(o, low);
		return;
	case TYPE_UUID:
		put_uuid(o, high, low);
		return;
	case TYPE_VARCHAR:
	case TYPE_BLOB:
		if (text)
			param_put_bytes(o, p->type == TYPE_VARCHAR ? PARAMETER_STRING : PARAMETER_BYTES, p);
		return;
	default: /* decimals, intervals, lists and so on are none of these */
		put_listed(o, p->type, &number, (int64_t)low);
	}
}
