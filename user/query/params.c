// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Bound values become text: PostgreSQL's text and binary formats (source: src/backend/utils/adt, the *recv functions; catalog/pg_type.dat),
 * MySQL's MYSQL_BIND buffers (mysql.h: enum_field_types, MYSQL_TIME), SQLite's Mem (sqliteInt.h). A type that is not known stays bytes.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/params.h"

enum { TEXT_MAX = PARAM_TEXT_MAX, LONG_VALUES = 4 };

/* The first values of a statement's parameters that are sent in pieces. */
struct long_data {
	struct {
		uint32_t number, len;
		bool cut;
		char data[PARAM_BYTES];
	} v[LONG_VALUES];
	unsigned n;
	bool used; /* by a run: the next piece begins anew */
};

void params_free(struct params *p)
{
	free(p);
}

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

void param_put(const struct param_out *o, enum parameter_kind kind, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->text, TEXT_MAX, fmt, ap);
	va_end(ap);
	o->v->kind = kind;
	o->v->value = slice_mem(o->text, n < 0 ? 0 : (size_t)n >= TEXT_MAX ? TEXT_MAX - 1 : (size_t)n);
}

void param_put_bytes(const struct param_out *o, enum parameter_kind kind, const struct rec_param *p)
{
	memcpy(o->text, p->data, p->cap);
	o->v->kind = kind;
	o->v->value = slice_mem(o->text, p->cap);
	o->v->cut = p->cap < p->len || p->status == PARAM_CUT;
}

void param_put_double(const struct param_out *o, double d)
{
	/* The shortest form that reads back as the same number, as the servers print it. */
	for (int digits = 1; digits <= 17; digits++) {
		param_put(o, PARAMETER_NUMBER, "%.*g", digits, d);
		if (strtod(o->text, NULL) == d || isnan(d))
			return;
	}
}

/* Days since 2000-01-01 to a date. Source: howardhinnant.github.io/date_algorithms.html, civil_from_days. */
void param_put_date(const struct param_out *o, int64_t days, int64_t usecs, bool with_time)
{
	int64_t z = days + 730425, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100),
		mp = (5 * doy + 2) / 153;
	int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9, y = yoe + era * 400 + (m <= 2);
	int64_t s = usecs / 1000000;

	if (with_time)
		param_put(o, PARAMETER_STRING, "%04lld-%02lld-%02lld %02lld:%02lld:%02lld", (long long)y, (long long)m, (long long)d,
			  (long long)(s / 3600), (long long)(s / 60 % 60), (long long)(s % 60));
	else
		param_put(o, PARAMETER_STRING, "%04lld-%02lld-%02lld", (long long)y, (long long)m, (long long)d);
}

void param_put_timestamp(const struct param_out *o, int64_t usecs)
{
	int64_t day = 86400000000, days = usecs / day - (usecs % day < 0);

	param_put_date(o, days, usecs - days * day, true);
}

/* numeric: digits of base 10000, weight of the first one. */
static void put_numeric(const struct param_out *o, const struct rec_param *p)
{
	unsigned n = (unsigned)big_endian(p->data, 2), sign = (unsigned)big_endian(p->data + 4, 2),
		 scale = (unsigned)big_endian(p->data + 6, 2);
	int weight = (int)sign_extend(big_endian(p->data + 2, 2), 2);
	char text[TEXT_MAX] = "";
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

static void put_pg_binary(const struct param_out *o, const struct rec_param *p, uint32_t oid)
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

enum my_type {
	MY_TINY = 1,
	MY_SHORT,
	MY_LONG,
	MY_FLOAT,
	MY_DOUBLE,
	MY_NULL,
	MY_TIMESTAMP,
	MY_LONGLONG,
	MY_INT24,
	MY_DATE,
	MY_TIME,
	MY_DATETIME,
	MY_YEAR,
	MY_TINY_BLOB = 249,
	MY_BLOB = 252
};

static void put_my_int(const struct param_out *o, const struct rec_param *p, unsigned bytes)
{
	uint64_t v = 0;

	if (p->cap < bytes) {
		o->v->kind = PARAMETER_UNKNOWN;
		return;
	}
	memcpy(&v, p->data, bytes);
	if (p->type & PARAM_MYSQL_UNSIGNED)
		param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)v);
	else
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)sign_extend(v, bytes));
}

static void put_my_time(const struct param_out *o, const struct rec_param *p, uint32_t type)
{
	uint32_t t[6]; /* MYSQL_TIME: year, month, day, hour, minute, second */

	if (p->cap < sizeof(t)) {
		o->v->kind = PARAMETER_UNKNOWN;
		return;
	}
	memcpy(t, p->data, sizeof(t));
	if (type == MY_TIME)
		param_put(o, PARAMETER_STRING, "%02u:%02u:%02u", t[3], t[4], t[5]);
	else if (type == MY_DATE)
		param_put(o, PARAMETER_STRING, "%04u-%02u-%02u", t[0], t[1], t[2]);
	else
		param_put(o, PARAMETER_STRING, "%04u-%02u-%02u %02u:%02u:%02u", t[0], t[1], t[2], t[3], t[4], t[5]);
}

static void put_mysql(const struct param_out *o, const struct rec_param *p)
{
	uint32_t type = p->type & 0xff;
	double d;
	float f;

	switch (type) {
	case MY_TINY:
		put_my_int(o, p, 1);
		return;
	case MY_SHORT:
	case MY_YEAR:
		put_my_int(o, p, 2);
		return;
	case MY_LONG:
	case MY_INT24:
		put_my_int(o, p, 4);
		return;
	case MY_LONGLONG:
		put_my_int(o, p, 8);
		return;
	case MY_FLOAT:
		memcpy(&f, p->data, sizeof(f));
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
		return;
	case MY_DOUBLE:
		memcpy(&d, p->data, sizeof(d));
		param_put_double(o, d);
		return;
	case MY_TIMESTAMP:
	case MY_DATE:
	case MY_TIME:
	case MY_DATETIME:
		put_my_time(o, p, type);
		return;
	default:
		param_put_bytes(o, type >= MY_TINY_BLOB && type <= MY_BLOB ? PARAMETER_BYTES : PARAMETER_STRING, p);
	}
}

static void put_lite(const struct param_out *o, const struct rec_param *p)
{
	int64_t v;
	double d;

	memcpy(&v, p->data, sizeof(v));
	memcpy(&d, p->data, sizeof(d));
	if (p->type & 2) /* MEM_Str */
		param_put_bytes(o, PARAMETER_STRING, p);
	else if (p->type & 16) /* MEM_Blob */
		param_put_bytes(o, PARAMETER_BYTES, p);
	else if (p->cap == 8 && (p->type & 0x24)) /* MEM_Int, MEM_IntReal */
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)v);
	else if (p->cap == 8 && (p->type & 8)) /* MEM_Real */
		param_put_double(o, d);
	else
		o->v->kind = PARAMETER_UNKNOWN;
}

static void convert(const struct param_out *o, const struct rec_param *p, uint32_t oid)
{
	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
	if (p->status == PARAM_FAILED || p->status == PARAM_LATER)
		return;
	switch (p->form) {
	case PARAM_NULL:
		o->v->kind = PARAMETER_NULL;
		break;
	case PARAM_TEXT:
		param_put_bytes(o, PARAMETER_STRING, p);
		break;
	case PARAM_PG_BINARY:
		put_pg_binary(o, p, oid);
		break;
	case PARAM_MYSQL:
		put_mysql(o, p);
		break;
	case PARAM_LITE:
		put_lite(o, p);
		break;
	case PARAM_ODBC:
		param_odbc(o, p);
		break;
	case PARAM_TDS:
		param_tds(o, p);
		break;
	case PARAM_CT:
		param_ct(o, p);
		break;
	case PARAM_OCI:
		param_oci(o, p);
		break;
	default:
		break;
	}
}

static int keep_types(struct handle *h, const struct rec_params *r)
{
	uint32_t n = r->first + r->count;

	if (!h)
		return 0;
	if (n > h->ntypes) {
		uint32_t *v = realloc(h->types, n * sizeof(*v));

		if (!v)
			return -ENOMEM;
		h->types = v;
		for (uint32_t i = h->ntypes; i < n; i++)
			v[i] = 0;
		h->ntypes = n;
	}
	for (uint32_t i = 0; i < r->count; i++)
		h->types[r->first + i] = r->p[i].type;
	return 0;
}

static void add_long_data(struct pending *p, const struct handle *h)
{
	if (h && h->long_data)
		h->long_data->used = true;
	for (unsigned i = 0; h && h->long_data && i < h->long_data->n; i++) {
		uint32_t k = h->long_data->v[i].number;

		if (k >= p->x.nparameters)
			continue;
		memcpy(p->params->text[k], h->long_data->v[i].data, h->long_data->v[i].len);
		p->params->v[k] = (struct parameter){ .kind = PARAMETER_STRING,
						      .cut = h->long_data->v[i].cut,
						      .value = slice_mem(p->params->text[k], h->long_data->v[i].len) };
	}
}

int query_params(struct query *q, const struct decoded *d)
{
	const struct rec_params *r = d->params;
	struct rec_task who = { .pid = r->pid, .tid = r->tid, .start_ns = r->start_ns };
	struct qproc *proc = query_proc(q, &who, r->hdr.ts_ns);
	struct pending *p = proc ? pending_of_call(proc, r->hdr.ts_ns, r->tid) : NULL;
	const struct handle *h;

	if (!proc)
		return -ENOMEM;
	if (!p)
		return 0; /* a statement that ran nothing, or a call inside another one */
	if (p->prepare && p->x.system == SYSTEM_POSTGRESQL)
		return keep_types(p->names, r);
	h = p->names;
	if (!p->params)
		p->params = calloc(1, sizeof(*p->params));
	if (!p->params)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->count && r->first + i < PARAMS_MAX; i++) {
		uint32_t k = r->first + i;
		struct param_out o = { .v = &p->params->v[k], .text = p->params->text[k] };

		if (r->p[i].form == PARAM_NONE && k < p->x.nparameters) /* its own call told it */
			continue;
		convert(&o, &r->p[i], r->p[i].type ? r->p[i].type : h && k < h->ntypes ? h->types[k] : 0);
		if (k >= p->x.nparameters)
			p->x.nparameters = k + 1;
	}
	p->x.parameters = p->params->v;
	if (p->x.parameters_total < r->total)
		p->x.parameters_total = r->total;
	add_long_data(p, h);
	return 0;
}

int params_long_data(struct handle *h, const struct call *c)
{
	uint32_t number = (uint32_t)c->rec->args[1], i = 0, room;
	struct long_data *l = h->long_data;
	size_t n;

	if (!l)
		l = h->long_data = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	if (l->used)
		*l = (struct long_data){ .n = 0 };
	while (i < l->n && l->v[i].number != number)
		i++;
	if (i == LONG_VALUES)
		return 0;
	if (i == l->n)
		l->v[l->n++].number = number;
	room = PARAM_BYTES - l->v[i].len;
	n = c->text.len < room ? c->text.len : room;
	memcpy(l->v[i].data + l->v[i].len, c->text.ptr, n);
	l->v[i].len += (uint32_t)n;
	l->v[i].cut |= n < c->text_len;
	return 0;
}
