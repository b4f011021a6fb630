// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Bound values become text. How SQLite's are kept: struct Mem in sqliteInt.h. A type that is not known stays bytes. */
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

void param_put_int(const struct param_out *o, const struct rec_param *p, unsigned bytes, bool is_signed)
{
	uint64_t v = 0;
	unsigned shift = 64 - 8 * bytes;

	if (p->cap < bytes) {
		o->v->kind = PARAMETER_UNKNOWN;
		return;
	}
	memcpy(&v, p->data, bytes);
	if (is_signed)
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)((int64_t)(v << shift) >> shift));
	else
		param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)v);
}

void param_put_real(const struct param_out *o, const struct rec_param *p, unsigned bytes)
{
	double d;
	float f;

	if (p->cap < bytes) {
		o->v->kind = PARAMETER_UNKNOWN;
	} else if (bytes == sizeof(f)) {
		memcpy(&f, p->data, sizeof(f));
		param_put(o, PARAMETER_NUMBER, "%g", (double)f);
	} else {
		memcpy(&d, p->data, sizeof(d));
		param_put_double(o, d);
	}
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
		param_pg(o, p, oid);
		break;
	case PARAM_MYSQL:
		param_mysql(o, p);
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
		if (h && h->array && k < p->x.nparameters) /* a driver manager's, which reads the first of each array */
			continue;
		if (h && h->array)
			*o.v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
		else
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
