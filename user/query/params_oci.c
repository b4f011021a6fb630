// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Values as OCI's programs hand them over. Source: Oracle Call Interface Programmer's Guide 19c, chapter 3 (external data types, SQLT_* of
 * ocidfn.h; NUMBER: an exponent of base 100, then digits of base 100; DATE: seven bytes).
 */
#include <string.h>

#include "query/params.h"

enum oci_type {
	SQLT_CHR = 1,
	SQLT_NUM = 2,
	SQLT_INT = 3,
	SQLT_FLT = 4,
	SQLT_STR = 5,
	SQLT_VNU = 6,
	SQLT_LNG = 8,
	SQLT_VCS = 9,
	SQLT_DAT = 12,
	SQLT_VBI = 15,
	SQLT_BFLOAT = 21,
	SQLT_BDOUBLE = 22,
	SQLT_BIN = 23,
	SQLT_LBI = 24,
	SQLT_UIN = 68,
	SQLT_LVC = 94,
	SQLT_LVB = 95,
	SQLT_AFC = 96,
	SQLT_AVC = 97,
	SQLT_ODT = 156,
	SQLT_BOL = 252,
};

static void unknown(const struct param_out *o)
{
	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
}

static void put_int(const struct param_out *o, const struct rec_param *p, bool is_signed)
{
	unsigned n = p->cap, shift = 64 - 8 * n;
	uint64_t v = 0;

	if (p->cap != p->len || (n != 1 && n != 2 && n != 4 && n != 8)) {
		unknown(o);
		return;
	}
	memcpy(&v, p->data, n);
	if (is_signed)
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)((int64_t)(v << shift) >> shift));
	else
		param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)v);
}

static void put_real(const struct param_out *o, const struct rec_param *p)
{
	double d;
	float f;

	if (p->cap == sizeof(f) && p->len == sizeof(f)) {
		memcpy(&f, p->data, sizeof(f));
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
	} else if (p->cap == sizeof(d) && p->len == sizeof(d)) {
		memcpy(&d, p->data, sizeof(d));
		param_put_double(o, d);
	} else {
		unknown(o);
	}
}

enum { NUMBER_BYTES = 21, NUMBER_ZERO = 0x80, NUMBER_END = 102 };

/* Of a negative number all bytes are turned, and one behind the digits says where they end. */
static void put_number(const struct param_out *o, const unsigned char *b, size_t n)
{
	bool positive = n && b[0] & 0x80;
	int exponent, digits = 0;
	char text[PARAM_TEXT_MAX];
	unsigned char d[NUMBER_BYTES];
	size_t at = 0;

	if (!n || n > NUMBER_BYTES) {
		unknown(o);
		return;
	}
	if (n == 1 && b[0] == NUMBER_ZERO) {
		param_put(o, PARAMETER_NUMBER, "0");
		return;
	}
	exponent = (positive ? b[0] : 255 - b[0]) - 193; /* of the first digit */
	if (!positive && b[n - 1] == NUMBER_END)
		n--;
	for (size_t i = 1; i < n; i++) {
		int v = positive ? b[i] - 1 : 101 - b[i];

		if (v < 0 || v > 99) {
			unknown(o);
			return;
		}
		d[digits++] = (unsigned char)v;
	}
	if (!digits || exponent > 25 || exponent < -20) { /* more places than there is room for */
		unknown(o);
		return;
	}
	for (int i = exponent < 0 ? exponent + 1 : 0; i <= exponent || i < digits; i++) {
		unsigned v = i >= 0 && i < digits ? d[i] : 0;

		if (i == exponent + 1)
			text[at++] = '.';
		text[at++] = (char)('0' + v / 10);
		text[at++] = (char)('0' + v % 10);
	}
	text[at] = 0;
	if (exponent + 1 < digits && text[at - 1] == '0')
		text[--at] = 0;
	{
		const char *from = text[0] == '0' && text[1] != '.' ? text + 1 : text;

		param_put(o, PARAMETER_NUMBER, "%s%s%s", positive ? "" : "-", *from == '.' ? "0" : "", from);
	}
}

/* Century and year with 100 added; hour, minute and second with 1. */
static void put_date(const struct param_out *o, const struct rec_param *p)
{
	const unsigned char *b = (const unsigned char *)p->data;

	if (p->cap < 7 || b[0] < 100 || b[1] < 100)
		unknown(o);
	else
		param_put(o, PARAMETER_STRING, "%02u%02u-%02u-%02u %02u:%02u:%02u", b[0] - 100u, b[1] - 100u, b[2], b[3],
			  b[4] ? b[4] - 1u : 0, b[5] ? b[5] - 1u : 0, b[6] ? b[6] - 1u : 0);
}

/* OCIDate */
static void put_oci_date(const struct param_out *o, const struct rec_param *p)
{
	const unsigned char *b = (const unsigned char *)p->data;
	int16_t year;

	if (p->cap < 7) {
		unknown(o);
		return;
	}
	memcpy(&year, b, sizeof(year));
	param_put(o, PARAMETER_STRING, "%04d-%02u-%02u %02u:%02u:%02u", year, b[2], b[3], b[4], b[5], b[6]);
}

/* The length stands in front of it, so many bytes of it. */
static void put_counted(const struct param_out *o, enum parameter_kind kind, const struct rec_param *p, unsigned bytes)
{
	struct rec_param v = { .len = 0 };
	int32_t n = 0;

	if (p->cap < bytes) {
		unknown(o);
		return;
	}
	memcpy(&n, p->data, bytes);
	v.len = n > 0 ? (uint32_t)n : 0;
	v.cap = (uint16_t)(p->cap - bytes);
	if (v.cap > v.len)
		v.cap = (uint16_t)v.len;
	memcpy(v.data, p->data + bytes, v.cap);
	param_put_bytes(o, kind, &v);
}

void param_oci(const struct param_out *o, const struct rec_param *p)
{
	const unsigned char *b = (const unsigned char *)p->data;

	switch (p->type) {
	case SQLT_CHR:
	case SQLT_STR:
	case SQLT_LNG:
	case SQLT_AFC:
	case SQLT_AVC:
		param_put_bytes(o, PARAMETER_STRING, p);
		return;
	case SQLT_BIN:
	case SQLT_LBI:
		param_put_bytes(o, PARAMETER_BYTES, p);
		return;
	case SQLT_VCS:
	case SQLT_LVC:
		put_counted(o, PARAMETER_STRING, p, p->type == SQLT_VCS ? 2 : 4);
		return;
	case SQLT_VBI:
	case SQLT_LVB:
		put_counted(o, PARAMETER_BYTES, p, p->type == SQLT_VBI ? 2 : 4);
		return;
	case SQLT_INT:
	case SQLT_UIN:
	case SQLT_BOL:
		put_int(o, p, p->type == SQLT_INT);
		return;
	case SQLT_FLT:
	case SQLT_BFLOAT:
	case SQLT_BDOUBLE:
		put_real(o, p);
		return;
	case SQLT_NUM:
		put_number(o, b, p->cap);
		return;
	case SQLT_VNU:
		if (p->cap && b[0] < p->cap)
			put_number(o, b + 1, b[0]);
		else
			unknown(o);
		return;
	case SQLT_DAT:
		put_date(o, p);
		return;
	case SQLT_ODT:
		put_oci_date(o, p);
		return;
	default: /* descriptors, arrays, objects */
		unknown(o);
	}
}
