// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Values that are handed over by a call each (DuckDB, Cassandra, DB-Library, CT-Library): kept with the statement and told with every run
 * of it, until they are bound anew. The next statement on the same handle has none of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "query/layer.h"
#include "query/params.h"

struct values {
	struct query *q;
	size_t cap;
	uint32_t total; /* the highest number, kept or not */
	uint32_t known; /* the first of value that are set */
	uint32_t next;  /* of those without a number */
	/* The last call that bound one. */
	const struct site *site;
	uint64_t frame, ret_addr;
	uint32_t tid;
	struct value {
		struct parameter v;
		char text[PARAM_TEXT_MAX];
	} * value;
};

void values_clear(struct handle *h)
{
	if (h->values)
		h->values->total = h->values->known = h->values->next = 0;
}

void values_free(struct handle *h)
{
	if (!h->values)
		return;
	h->values->q->value_bytes -= h->values->cap * sizeof(struct value);
	free(h->values->value);
	free(h->values);
	h->values = NULL;
}

/* Room for number i. NULL: there is none, -ENOMEM in *ret_err where memory lacks. */
static struct value *room(struct values *s, uint32_t i, int *ret_err)
{
	size_t cap = s->cap ? s->cap : 4;
	struct value *v;

	*ret_err = 0;
	if (i >= PARAMS_MAX)
		return NULL;
	while (cap <= i)
		cap *= 2;
	if (cap != s->cap) {
		if (s->q->value_bytes + (cap - s->cap) * sizeof(*v) > VALUES_BYTES_MAX) {
			s->q->stats.evictions++;
			return NULL;
		}
		v = realloc(s->value, cap * sizeof(*v));
		if (!v) {
			*ret_err = -ENOMEM;
			return NULL;
		}
		s->q->value_bytes += (cap - s->cap) * sizeof(*v);
		s->value = v;
		s->cap = cap;
	}
	for (; s->known <= i; s->known++)
		s->value[s->known].v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
	return &s->value[i];
}

static bool has_number(enum client_op op)
{
	return op != OP_LAYER_VALUE_NAMED && op != OP_LAYER_VALUE_TDS;
}

/* Of an object whose form is not known, nothing is. */
static void object(const struct param_out *o, const struct call *c, struct rec_param *p, bool read)
{
	uint64_t type, null, low, high;

	if (!call_field(c, 0, &type) || !call_field(c, 1, &null) || !call_field(c, 2, &low) || !call_field(c, 3, &high))
		return;
	p->type = (uint8_t)type;
	if ((uint8_t)null)
		o->v->kind = PARAMETER_NULL;
	else
		param_duckdb(o, p, low, high, read);
}

/* The value in a record's form; text: as far as it was read. */
static struct rec_param raw(const struct call *c)
{
	struct rec_param p = { .len = c->text_len > UINT32_MAX ? UINT32_MAX : (uint32_t)c->text_len };

	p.cap = (uint16_t)(c->text.len < PARAM_BYTES ? c->text.len : PARAM_BYTES);
	if (p.cap)
		memcpy(p.data, c->text.ptr, p.cap);
	if (c->text_len >= PROBE_HEAD_BYTES)
		p.status = PARAM_CUT;
	return p;
}

static void convert(const struct param_out *o, const struct call *c)
{
	enum { DAYS_TO_2000 = 10957 }; /* from 1970 on */
	const struct rec_call *r = c->rec;
	struct rec_param p = raw(c);
	bool read = r->text_status == REC_TEXT_FULL || r->text_status == REC_TEXT_TRUNCATED;

	*o->v = (struct parameter){ .kind = PARAMETER_UNKNOWN };
	switch (c->site->op) {
	case OP_LAYER_VALUE_NULL:
		o->v->kind = PARAMETER_NULL;
		break;
	case OP_LAYER_VALUE_STRING:
	case OP_LAYER_VALUE_BYTES:
		if (read)
			param_put_bytes(o, c->site->op == OP_LAYER_VALUE_STRING ? PARAMETER_STRING : PARAMETER_BYTES, &p);
		break;
	case OP_LAYER_VALUE_INT:
		param_put(o, PARAMETER_NUMBER, "%lld", (long long)r->args[2]);
		break;
	case OP_LAYER_VALUE_INT32:
		param_put(o, PARAMETER_NUMBER, "%d", (int32_t)r->args[2]);
		break;
	case OP_LAYER_VALUE_UINT:
		param_put(o, PARAMETER_NUMBER, "%llu", (unsigned long long)r->args[2]);
		break;
	case OP_LAYER_VALUE_BOOL:
		param_put(o, PARAMETER_STRING, "%s", r->args[2] & 0xff ? "true" : "false");
		break;
	case OP_LAYER_VALUE_DATE:
		param_put_date(o, (int64_t)(int32_t)r->args[2] - DAYS_TO_2000, 0, false);
		break;
	case OP_LAYER_VALUE_TIME:
		if ((int64_t)r->args[2] > INT64_MIN + DAYS_TO_2000 * 86400000000)
			param_put_timestamp(o, (int64_t)r->args[2] - DAYS_TO_2000 * 86400000000);
		break;
	case OP_LAYER_VALUE_OBJECT:
		object(o, c, &p, read);
		break;
	case OP_LAYER_VALUE_CT:
		p.type = (uint32_t)r->args[5];
		if (r->text_status == REC_TEXT_NULL)
			o->v->kind = PARAMETER_NULL;
		else if (read)
			param_ct(o, &p);
		break;
	case OP_LAYER_VALUE_TDS:
		p.type = (uint32_t)r->args[3];
		if (r->text_status == REC_TEXT_NULL || (int32_t)r->args[5] == 0)
			o->v->kind = PARAMETER_NULL;
		else if (read)
			param_tds(o, &p);
		break;
	default:
		break;
	}
}

/* A function of the library that makes an object of the value and binds that: by a call, or by a jump at its end. */
static bool was_told(const struct values *s, const struct call *c, uint64_t number)
{
	uint64_t type;

	if (c->site->op == OP_LAYER_VALUE_OBJECT ? call_field(c, 0, &type) : c->site->op != OP_LAYER_VALUE_OTHER)
		return false;
	if (s->next != number + 1)
		return false;
	if (c->outer.len)
		return true;
	return s->site != c->site && s->tid == c->rec->task.tid && s->frame == layer_frame(c->rec) && s->ret_addr == c->rec->ret_addr;
}

int values_add(struct query *q, struct handle *h, const struct call *c)
{
	uint64_t from = c->site->system == SYSTEM_CASSANDRA ? 0 : 1, number = c->rec->args[1] - from;
	struct values *s = h->values;
	struct value *v;
	int err;

	if (!s)
		s = h->values = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->q = q;
	if (was_told(s, c, number))
		return 0;
	s->site = c->site;
	s->frame = layer_frame(c->rec);
	s->ret_addr = c->rec->ret_addr;
	s->tid = c->rec->task.tid;
	if (!has_number(c->site->op))
		number = s->next;
	if (number >= UINT16_MAX) /* no library has so many: not a number */
		return 0;
	v = room(s, (uint32_t)number, &err);
	if (v) {
		struct param_out o = { .v = &v->v, .text = v->text };

		convert(&o, c);
	}
	s->next = (uint32_t)number + 1;
	if (s->total < s->next)
		s->total = s->next;
	return err;
}

int values_run(const struct handle *h, struct pending *p)
{
	const struct values *s = h->values;

	if (!s || !s->total)
		return 0;
	if (!p->params)
		p->params = calloc(1, sizeof(*p->params));
	if (!p->params)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->known; i++) {
		const struct value *from = &s->value[i];

		p->params->v[i] = from->v;
		if (from->v.value.len) {
			memcpy(p->params->text[i], from->text, from->v.value.len);
			p->params->v[i].value = slice_mem(p->params->text[i], from->v.value.len);
		}
		p->x.nparameters = i + 1;
	}
	p->x.parameters = p->params->v;
	p->x.parameters_total = s->total;
	return 0;
}

void params_hand_down(struct pending *from, struct pending *to)
{
	to->params = from->params;
	to->x.parameters = from->x.parameters;
	to->x.nparameters = from->x.nparameters;
	to->x.parameters_total = from->x.parameters_total;
	from->params = NULL;
	from->x.parameters = NULL;
	from->x.nparameters = from->x.parameters_total = 0;
}
