// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* PostgreSQL's binary format. Source: src/backend/utils/adt, the *recv functions; catalog/pg_type.dat. */
#include <stdio.h>
#include <string.h>

#include "query/params.h"

static uint64_t big_endian(const char *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int64_t sign_extend(uint64_t v, unsigned bytes)
{
	unsigned shift = 64 - 8 * bytes;

	return (int64_t)(v << shift) >> shift;
}

/* numeric: digits of base 10000, weight of the first one. */
static void put_numeric(const struct param_out *o, const struct rec_param *p)
{
	unsigned n = (unsigned)big_endian(p->data, 2), sign = (unsigned)big_endian(p->data + 4, 2),
		 scale = (unsigned)big_endian(p->data + 6, 2);
	int weight = (int)sign_extend(big_endian(p->data + 2, 2), 2);
	char text[PARAM_TEXT_MAX] = "";
	size_t at = 0;

	if (p->cap < 8 + 2 * n || n > 16 || weight > 12 || weight < -4 || scale > 32 || (sign & 0xc000) == 0xc000) {
		param_put_bytes(o, PARAMETER_BYTES, p);
		return;
	}
	for (int i = 0; i <= weight || i == 0; i++) {
		unsigned d = i <= weight && (unsigned)i < n ? (unsigned)big_endian(p->data + 8 + 2 * i, 2) : 0;

		at += (size_t)snprintf(text + at, sizeof(text) - at, at ? "%04u" : "%u", d % 10000);
	}
	if (scale) {
		size_t point = at;

		at += (size_t)snprintf(text + at, sizeof(text) - at, ".");
		for (int i = weight + 1; at < point + 1 + scale && at + 5 < sizeof(text); i++) {
			unsigned d = i >= 0 && (unsigned)i < n ? (unsigned)big_endian(p->data + 8 + 2 * i, 2) : 0;

			at += (size_t)snprintf(text + at, sizeof(text) - at, "%04u", d % 10000);
		}
		at = point + 1 + scale < at ? point + 1 + scale : at;
	}
	param_put(o, PARAMETER_NUMBER, "%s%.*s", sign == 0x4000 ? "-" : "", (int)at, text);
}

enum pg_oid {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_CHAR = 18,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_OID = 26,
	OID_JSON = 114,
	OID_XML = 142,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_INET = 869,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_DATE = 1082,
	OID_TIMESTAMP = 1114,
	OID_TIMESTAMPTZ = 1184,
	OID_NUMERIC = 1700,
	OID_UUID = 2950,
};

static void put_uuid(const struct param_out *o, const char *p)
{
	param_put(o, PARAMETER_STRING, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)big_endian(p, 4),
		  (unsigned long long)big_endian(p + 4, 2), (unsigned long long)big_endian(p + 6, 2),
		  (unsigned long long)big_endian(p + 8, 2), (unsigned long long)big_endian(p + 10, 6));
}

static void put_inet(const struct param_out *o, const struct rec_param *p)
{
	const unsigned char *b = (const unsigned char *)p->data;

	if (p->len == 8 && b[0] == 2)
		param_put(o, PARAMETER_STRING, "%u.%u.%u.%u", b[4], b[5], b[6], b[7]);
	else
		param_put_bytes(o, PARAMETER_BYTES, p);
}

void param_pg(const struct param_out *o, const struct rec_param *p, uint32_t oid)
{
	uint64_t v = p->len <= 8 && p->cap == p->len ? big_endian(p->data, p->len) : 0;
	bool word = p->cap == p->len && (p->len == 2 || p->len == 4 || p->len == 8);
	uint32_t half = (uint32_t)v;
	double d;
	float f;

	if ((oid == OID_INT2 || oid == OID_INT4 || oid == OID_INT8 || oid == OID_OID) && word) {
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)(oid == OID_OID ? (int64_t)v : sign_extend(v, p->len)));
	} else if (oid == OID_BOOL && p->len == 1) {
		param_put(o, PARAMETER_STRING, "%s", v ? "t" : "f");
	} else if (oid == OID_FLOAT8 && p->len == 8 && word) {
		memcpy(&d, &v, sizeof(d));
		param_put_double(o, d);
	} else if (oid == OID_FLOAT4 && p->len == 4 && word) {
		memcpy(&f, &half, sizeof(f));
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
	} else if (oid == OID_DATE && p->len == 4 && word) {
		param_put_date(o, sign_extend(v, 4), 0, false);
	} else if ((oid == OID_TIMESTAMP || oid == OID_TIMESTAMPTZ) && p->len == 8 && word) {
		param_put_timestamp(o, (int64_t)v);
	} else if (oid == OID_NUMERIC && p->cap == p->len && p->len >= 8) {
		put_numeric(o, p);
	} else if (oid == OID_UUID && p->len == 16 && p->cap == 16) {
		put_uuid(o, p->data);
	} else if (oid == OID_INET) {
		put_inet(o, p);
	} else if (oid == OID_TEXT || oid == OID_VARCHAR || oid == OID_BPCHAR || oid == OID_NAME || oid == OID_CHAR || oid == OID_JSON ||
		   oid == OID_XML) {
		param_put_bytes(o, PARAMETER_STRING, p);
	} else {
		param_put_bytes(o, oid == OID_BYTEA ? PARAMETER_BYTES : PARAMETER_UNKNOWN, p);
	}
}
