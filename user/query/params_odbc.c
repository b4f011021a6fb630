// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Values as ODBC's and FreeTDS' programs hand them over. Source: sql.h, sqlext.h of unixODBC 2.3 (SQL_C_*, SQL_TIMESTAMP_STRUCT), sybdb.h
 * and cspublic.h of FreeTDS 1.3 (SYB*, CS_*_TYPE), [MS-TDS] 2.2.5.5 (DATETIME: days since 1900, three-hundredths of a second).
 */
#include <string.h>

#include "query/params.h"
#include "query/utf16.h"

static void unknown(const struct param_out *o)
{
	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
}

static void put_int(const struct param_out *o, const struct rec_param *p, unsigned bytes, bool is_signed)
{
	uint64_t v = 0;
	unsigned shift = 64 - 8 * bytes;

	if (p->cap < bytes) {
		unknown(o);
		return;
	}
	memcpy(&v, p->data, bytes);
	if (is_signed)
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)((int64_t)(v << shift) >> shift));
	else
		param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)v);
}

static void put_real(const struct param_out *o, const struct rec_param *p, unsigned bytes)
{
	double d = 0;
	float f = 0;

	if (p->cap < bytes) {
		unknown(o);
	} else if (bytes == sizeof(f)) {
		memcpy(&f, p->data, sizeof(f));
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
	} else {
		memcpy(&d, p->data, sizeof(d));
		param_put_double(o, d);
	}
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

void param_odbc(const struct param_out *o, const struct rec_param *p)
{
	switch ((int16_t)p->type) {
	case 1: /* SQL_C_CHAR */
		param_put_bytes(o, PARAMETER_STRING, p);
		return;
	case -8: /* SQL_C_WCHAR */
		put_wide(o, p);
		return;
	case -6: /* SQL_C_TINYINT, SQL_C_STINYINT */
	case -26:
		put_int(o, p, 1, true);
		return;
	case -28: /* SQL_C_UTINYINT, SQL_C_BIT */
	case -7:
		put_int(o, p, 1, false);
		return;
	case 5: /* SQL_C_SHORT, SQL_C_SSHORT */
	case -15:
		put_int(o, p, 2, true);
		return;
	case -17:
		put_int(o, p, 2, false);
		return;
	case 4: /* SQL_C_LONG, SQL_C_SLONG */
	case -16:
		put_int(o, p, 4, true);
		return;
	case -18:
		put_int(o, p, 4, false);
		return;
	case -25: /* SQL_C_SBIGINT */
		put_int(o, p, 8, true);
		return;
	case -27:
		put_int(o, p, 8, false);
		return;
	case 7: /* SQL_C_FLOAT */
		put_real(o, p, 4);
		return;
	case 8:
		put_real(o, p, 8);
		return;
	case 9: /* SQL_C_DATE of ODBC 2 and 3 */
	case 91:
		put_time(o, p, true, false);
		return;
	case 10:
	case 92:
		put_time(o, p, false, true);
		return;
	case 11:
	case 93:
		put_time(o, p, true, true);
		return;
	case -11:
		put_guid(o, p);
		return;
	case -2: /* SQL_C_BINARY */
		param_put_bytes(o, PARAMETER_BYTES, p);
		return;
	default:
		unknown(o);
	}
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

void param_tds(const struct param_out *o, const struct rec_param *p)
{
	switch (p->type) {
	case 48: /* SYBINT1 */
		put_int(o, p, 1, false);
		return;
	case 50: /* SYBBIT */
		put_int(o, p, 1, false);
		return;
	case 52: /* SYBINT2 */
		put_int(o, p, 2, true);
		return;
	case 56: /* SYBINT4 */
		put_int(o, p, 4, true);
		return;
	case 127: /* SYBINT8 */
		put_int(o, p, 8, true);
		return;
	case 59: /* SYBREAL */
		put_real(o, p, 4);
		return;
	case 62: /* SYBFLT8 */
		put_real(o, p, 8);
		return;
	case 61: /* SYBDATETIME */
		put_datetime(o, p);
		return;
	case 35: /* SYBTEXT, SYBVARCHAR, SYBCHAR, SYBNVARCHAR: in the client's character set */
	case 39:
	case 47:
	case 103:
		param_put_bytes(o, PARAMETER_STRING, p);
		return;
	case 34: /* SYBIMAGE, SYBVARBINARY, SYBBINARY */
	case 37:
	case 45:
		param_put_bytes(o, PARAMETER_BYTES, p);
		return;
	default:
		unknown(o);
	}
}

void param_ct(const struct param_out *o, const struct rec_param *p)
{
	switch (p->type) {
	case 0: /* CS_CHAR_TYPE, LONGCHAR, TEXT, VARCHAR, XML */
	case 2:
	case 4:
	case 18:
	case 34:
		param_put_bytes(o, PARAMETER_STRING, p);
		return;
	case 1: /* CS_BINARY_TYPE, LONGBINARY, IMAGE, VARBINARY */
	case 3:
	case 5:
	case 19:
		param_put_bytes(o, PARAMETER_BYTES, p);
		return;
	case 25: /* CS_UNICHAR_TYPE, UNITEXT */
	case 29:
		put_wide(o, p);
		return;
	case 6: /* CS_TINYINT_TYPE, BIT */
	case 11:
		put_int(o, p, 1, false);
		return;
	case 7: /* CS_SMALLINT_TYPE */
		put_int(o, p, 2, true);
		return;
	case 24: /* CS_USHORT_TYPE, USMALLINT */
	case 31:
		put_int(o, p, 2, false);
		return;
	case 8: /* CS_INT_TYPE */
		put_int(o, p, 4, true);
		return;
	case 32: /* CS_UINT_TYPE */
		put_int(o, p, 4, false);
		return;
	case 20: /* CS_LONG_TYPE, BIGINT */
	case 30:
		put_int(o, p, 8, true);
		return;
	case 33: /* CS_UBIGINT_TYPE */
		put_int(o, p, 8, false);
		return;
	case 9: /* CS_REAL_TYPE */
		put_real(o, p, 4);
		return;
	case 10: /* CS_FLOAT_TYPE */
		put_real(o, p, 8);
		return;
	case 12: /* CS_DATETIME_TYPE */
		put_datetime(o, p);
		return;
	case 13: /* CS_DATETIME4_TYPE */
		put_datetime4(o, p);
		return;
	case 14: /* CS_MONEY_TYPE */
		put_money(o, p, false);
		return;
	case 15: /* CS_MONEY4_TYPE */
		put_money(o, p, true);
		return;
	case 40: /* CS_UNIQUE_TYPE */
		put_guid(o, p);
		return;
	default:
		unknown(o);
	}
}
