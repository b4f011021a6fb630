// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* MySQL's MYSQL_BIND buffers. Source: mysql.h, enum_field_types and MYSQL_TIME. */
#include <string.h>

#include "query/params.h"

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

void param_mysql(const struct param_out *o, const struct rec_param *p)
{
	uint32_t type = p->type & 0xff;

	switch (type) {
	case MY_TINY:
		param_put_int(o, p, 1, !(p->type & PARAM_MYSQL_UNSIGNED));
		return;
	case MY_SHORT:
	case MY_YEAR:
		param_put_int(o, p, 2, !(p->type & PARAM_MYSQL_UNSIGNED));
		return;
	case MY_LONG:
	case MY_INT24:
		param_put_int(o, p, 4, !(p->type & PARAM_MYSQL_UNSIGNED));
		return;
	case MY_LONGLONG:
		param_put_int(o, p, 8, !(p->type & PARAM_MYSQL_UNSIGNED));
		return;
	case MY_FLOAT:
		param_put_real(o, p, 4);
		return;
	case MY_DOUBLE:
		param_put_real(o, p, 8);
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
