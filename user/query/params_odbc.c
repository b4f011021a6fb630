// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Values as ODBC's and FreeTDS' programs hand them over. Source: sql.h, sqlext.h of unixODBC 2.3 (SQL_C_*, SQL_TIMESTAMP_STRUCT), sybdb.h
 * and cspublic.h of FreeTDS 1.3 (SYB*, CS_*_TYPE), [MS-TDS] 2.2.5.5 (DATETIME: days since 1900, three-hundredths of a second).
 */
#include <string.h>

#include "base/cleanup.h"
#include "query/params.h"
#include "query/utf16.h"

static void unknown(const struct param_out *o)
{
	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
}

static void put_wide(const struct param_out *o, const struct rec_param *p)
{
	struct buf b = { .ptr = o->text, .cap = PARAM_TEXT_MAX, .max = PARAM_TEXT_MAX };
	bool ends = false;

	for (size_t i = 0; i + 1 < p->cap; i += 2)
		ends |= !p->data[i] && !p->data[i + 1];
	utf16_to_utf8(slice_mem(p->data, p->cap & ~1u), &b);
	o->v->kind = PARAMETER_STRING;
	o->v->value = buf_slice(&b);
	o->v->cut = b.err || (!ends && (p->cap < p->len || p->cap == PARAM_BYTES));
}

/* SQL_DATE_STRUCT, SQL_TIME_STRUCT, SQL_TIMESTAMP_STRUCT */
static void put_time(const struct param_out *o, const struct rec_param *p, bool date, bool time)
{
	uint16_t t[6] = { 0 };
	uint32_t nanos = 0;
	size_t need = date && time ? 16 : 6;

	if (p->cap < need) {
		unknown(o);
		return;
	}
	memcpy(t, p->data, date && time ? 12 : 6);
	if (date && time)
		memcpy(&nanos, p->data + 12, sizeof(nanos));
	if (date && !time)
		param_put(o, PARAMETER_STRING, "%04u-%02u-%02u", t[0], t[1], t[2]);
	else if (time && !date)
		param_put(o, PARAMETER_STRING, "%02u:%02u:%02u", t[0], t[1], t[2]);
	else if (nanos && nanos < 1000000000)
		param_put(o, PARAMETER_STRING, "%04u-%02u-%02u %02u:%02u:%02u.%09u", t[0], t[1], t[2], t[3], t[4], t[5], nanos);
	else
		param_put(o, PARAMETER_STRING, "%04u-%02u-%02u %02u:%02u:%02u", t[0], t[1], t[2], t[3], t[4], t[5]);
}

/* SQLGUID: 32, 16, 16 bits in host order, eight bytes. */
static void put_guid(const struct param_out *o, const struct rec_param *p)
{
	const unsigned char *b = (const unsigned char *)p->data;

	if (p->cap < 16)
		unknown(o);
	else
		param_put(o, PARAMETER_STRING, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[3], b[2], b[1],
			  b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Days from 1900-01-01 to 2000-01-01. */
enum { DAYS_1900 = 36524 };

static void put_datetime(const struct param_out *o, const struct rec_param *p)
{
	int32_t days;
	uint32_t ticks;

	if (p->cap < 8) {
		unknown(o);
		return;
	}
	memcpy(&days, p->data, 4);
	memcpy(&ticks, p->data + 4, 4);
	if (days < -60000 || days > 3000000 || ticks >= 86400u * 300)
		unknown(o);
	else
		param_put_date(o, days - DAYS_1900, (int64_t)(ticks / 300) * 1000000, true);
}

/* CS_DATETIME4: days since 1900, minutes. */
static void put_datetime4(const struct param_out *o, const struct rec_param *p)
{
	uint16_t v[2];

	if (p->cap < sizeof(v)) {
		unknown(o);
		return;
	}
	memcpy(v, p->data, sizeof(v));
	param_put_date(o, (int64_t)v[0] - DAYS_1900, (int64_t)v[1] * 60000000, true);
}

/* Ten-thousandths; of the eight bytes the high half comes first. */
static void put_money(const struct param_out *o, const struct rec_param *p, bool small)
{
	int32_t high;
	uint32_t low;
	int64_t v;
	uint64_t abs;

	if (p->cap < (small ? 4 : 8)) {
		unknown(o);
		return;
	}
	memcpy(&high, p->data, sizeof(high));
	memcpy(&low, p->data + (small ? 0 : 4), sizeof(low));
	v = small ? high : (int64_t)((uint64_t)(uint32_t)high << 32 | low);
	abs = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	param_put(o, PARAMETER_NUMBER, "%s%llu.%04llu", v < 0 ? "-" : "", (unsigned long long)(abs / 10000),
		  (unsigned long long)(abs % 10000));
}

/* How a value lies there; of numbers the bytes and the sign. */
enum how {
	HOW_STRING,
	HOW_BYTES,
	HOW_WIDE,
	HOW_SIGNED,
	HOW_UNSIGNED,
	HOW_REAL,
	HOW_DATE,
	HOW_TIME,
	HOW_DATE_TIME,
	HOW_GUID,
	HOW_DATETIME, /* 4 or 8 bytes */
	HOW_MONEY,    /* 4 or 8 bytes */
};

struct type {
	int16_t number;
	uint8_t how;
	uint8_t bytes;
};

static const struct type odbc_types[] = {
	{ 1, HOW_STRING, 0 },                               /* SQL_C_CHAR */
	{ -8, HOW_WIDE, 0 },                                /* SQL_C_WCHAR */
	{ -6, HOW_SIGNED, 1 },                              /* SQL_C_TINYINT */
	{ -26, HOW_SIGNED, 1 },                             /* SQL_C_STINYINT */
	{ -28, HOW_UNSIGNED, 1 },                           /* SQL_C_UTINYINT */
	{ -7, HOW_UNSIGNED, 1 },                            /* SQL_C_BIT */
	{ 5, HOW_SIGNED, 2 },                               /* SQL_C_SHORT */
	{ -15, HOW_SIGNED, 2 },                             /* SQL_C_SSHORT */
	{ -17, HOW_UNSIGNED, 2 },                           /* SQL_C_USHORT */
	{ 4, HOW_SIGNED, 4 },                               /* SQL_C_LONG */
	{ -16, HOW_SIGNED, 4 },                             /* SQL_C_SLONG */
	{ -18, HOW_UNSIGNED, 4 },                           /* SQL_C_ULONG */
	{ -25, HOW_SIGNED, 8 },                             /* SQL_C_SBIGINT */
	{ -27, HOW_UNSIGNED, 8 },                           /* SQL_C_UBIGINT */
	{ 7, HOW_REAL, 4 },                                 /* SQL_C_FLOAT */
	{ 8, HOW_REAL, 8 },                                 /* SQL_C_DOUBLE */
	{ 9, HOW_DATE, 0 },                                 /* SQL_C_DATE of ODBC 2 */
	{ 91, HOW_DATE, 0 },                                /* and 3 */
	{ 10, HOW_TIME, 0 },                                /* SQL_C_TIME */
	{ 92, HOW_TIME, 0 },      { 11, HOW_DATE_TIME, 0 }, /* SQL_C_TIMESTAMP */
	{ 93, HOW_DATE_TIME, 0 }, { -11, HOW_GUID, 0 },     /* SQL_C_GUID */
	{ -2, HOW_BYTES, 0 },                               /* SQL_C_BINARY */
};

static const struct type tds_types[] = {
	{ 48, HOW_UNSIGNED, 1 }, /* SYBINT1 */
	{ 50, HOW_UNSIGNED, 1 }, /* SYBBIT */
	{ 52, HOW_SIGNED, 2 },   /* SYBINT2 */
	{ 56, HOW_SIGNED, 4 },   /* SYBINT4 */
	{ 127, HOW_SIGNED, 8 },  /* SYBINT8 */
	{ 59, HOW_REAL, 4 },     /* SYBREAL */
	{ 62, HOW_REAL, 8 },     /* SYBFLT8 */
	{ 61, HOW_DATETIME, 8 }, /* SYBDATETIME */
	{ 35, HOW_STRING, 0 },   /* SYBTEXT; strings are in the client's character set */
	{ 39, HOW_STRING, 0 },   /* SYBVARCHAR */
	{ 47, HOW_STRING, 0 },   /* SYBCHAR */
	{ 103, HOW_STRING, 0 },  /* SYBNVARCHAR */
	{ 34, HOW_BYTES, 0 },    /* SYBIMAGE */
	{ 37, HOW_BYTES, 0 },    /* SYBVARBINARY */
	{ 45, HOW_BYTES, 0 },    /* SYBBINARY */
};

static const struct type ct_types[] = {
	{ 0, HOW_STRING, 0 },    /* CS_CHAR_TYPE */
	{ 2, HOW_STRING, 0 },    /* CS_LONGCHAR_TYPE */
	{ 4, HOW_STRING, 0 },    /* CS_TEXT_TYPE */
	{ 18, HOW_STRING, 0 },   /* CS_VARCHAR_TYPE */
	{ 34, HOW_STRING, 0 },   /* CS_XML_TYPE */
	{ 1, HOW_BYTES, 0 },     /* CS_BINARY_TYPE */
	{ 3, HOW_BYTES, 0 },     /* CS_LONGBINARY_TYPE */
	{ 5, HOW_BYTES, 0 },     /* CS_IMAGE_TYPE */
	{ 19, HOW_BYTES, 0 },    /* CS_VARBINARY_TYPE */
	{ 25, HOW_WIDE, 0 },     /* CS_UNICHAR_TYPE */
	{ 29, HOW_WIDE, 0 },     /* CS_UNITEXT_TYPE */
	{ 6, HOW_UNSIGNED, 1 },  /* CS_TINYINT_TYPE */
	{ 11, HOW_UNSIGNED, 1 }, /* CS_BIT_TYPE */
	{ 7, HOW_SIGNED, 2 },    /* CS_SMALLINT_TYPE */
	{ 24, HOW_UNSIGNED, 2 }, /* CS_USHORT_TYPE */
	{ 31, HOW_UNSIGNED, 2 }, /* CS_USMALLINT_TYPE */
	{ 8, HOW_SIGNED, 4 },    /* CS_INT_TYPE */
	{ 32, HOW_UNSIGNED, 4 }, /* CS_UINT_TYPE */
	{ 20, HOW_SIGNED, 8 },   /* CS_LONG_TYPE */
	{ 30, HOW_SIGNED, 8 },   /* CS_BIGINT_TYPE */
	{ 33, HOW_UNSIGNED, 8 }, /* CS_UBIGINT_TYPE */
	{ 9, HOW_REAL, 4 },      /* CS_REAL_TYPE */
	{ 10, HOW_REAL, 8 },     /* CS_FLOAT_TYPE */
	{ 12, HOW_DATETIME, 8 }, /* CS_DATETIME_TYPE */
	{ 13, HOW_DATETIME, 4 }, /* CS_DATETIME4_TYPE */
	{ 14, HOW_MONEY, 8 },    /* CS_MONEY_TYPE */
	{ 15, HOW_MONEY, 4 },    /* CS_MONEY4_TYPE */
	{ 40, HOW_GUID, 0 },     /* CS_UNIQUE_TYPE */
};

static void put(const struct param_out *o, const struct rec_param *p, const struct type *t)
{
	switch ((enum how)t->how) {
	case HOW_STRING:
	case HOW_BYTES:
		param_put_bytes(o, t->how == HOW_STRING ? PARAMETER_STRING : PARAMETER_BYTES, p);
		return;
	case HOW_WIDE:
		put_wide(o, p);
		return;
	case HOW_SIGNED:
	case HOW_UNSIGNED:
		param_put_int(o, p, t->bytes, t->how == HOW_SIGNED);
		return;
	case HOW_REAL:
		param_put_real(o, p, t->bytes);
		return;
	case HOW_DATE:
	case HOW_TIME:
	case HOW_DATE_TIME:
		put_time(o, p, t->how != HOW_TIME, t->how != HOW_DATE);
		return;
	case HOW_GUID:
		put_guid(o, p);
		return;
	case HOW_DATETIME:
		if (t->bytes == 8)
			put_datetime(o, p);
		else
			put_datetime4(o, p);
		return;
	case HOW_MONEY:
		put_money(o, p, t->bytes == 4);
		return;
	}
}

static void put_by(const struct param_out *o, const struct rec_param *p, const struct type *types, size_t n, int64_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (types[i].number == number) {
			put(o, p, &types[i]);
			return;
		}
	}
	unknown(o);
}

void param_odbc(const struct param_out *o, const struct rec_param *p)
{
	put_by(o, p, odbc_types, ARRAY_SIZE(odbc_types), (int16_t)p->type);
}

void param_tds(const struct param_out *o, const struct rec_param *p)
{
	put_by(o, p, tds_types, ARRAY_SIZE(tds_types), p->type);
}

void param_ct(const struct param_out *o, const struct rec_param *p)
{
	put_by(o, p, ct_types, ARRAY_SIZE(ct_types), p->type);
}
