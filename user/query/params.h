// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Bound values as text. Private to the query stage. */
#ifndef QPROV_QUERY_PARAMS_H
#define QPROV_QUERY_PARAMS_H

#include "query/internal.h"

#define PARAM_TEXT_MAX (PARAM_BYTES + 8)
#define VALUES_BYTES_MAX (16u << 20) /* of values that statements hold before they run; beyond it they are not kept */

struct params {
	size_t cap;
	struct parameter v[PARAMS_MAX];
	char text[PARAMS_MAX][PARAM_TEXT_MAX];
};

/* One value being written: text has PARAM_TEXT_MAX bytes. */
struct param_out {
	struct parameter *v;
	char *text;
};

void param_put(const struct param_out *o, enum parameter_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The bytes as they are. */
void param_put_bytes(const struct param_out *o, enum parameter_kind kind, const struct rec_param *p);
void param_put_double(const struct param_out *o, double d);
/* A number of so many bytes in host order; a real one of 4 or 8. Unknown where fewer were read. */
void param_put_int(const struct param_out *o, const struct rec_param *p, unsigned bytes, bool is_signed);
void param_put_real(const struct param_out *o, const struct rec_param *p, unsigned bytes);
/* Days since 2000-01-01, and microseconds of the day. */
void param_put_date(const struct param_out *o, int64_t days, int64_t usecs, bool with_time);
/* Microseconds since 2000-01-01. */
void param_put_timestamp(const struct param_out *o, int64_t usecs);

/* ---- params_pg.c ---- */
/* oid: of its type. */
void param_pg(const struct param_out *o, const struct rec_param *p, uint32_t oid);

/* ---- params_mysql.c ---- */
void param_mysql(const struct param_out *o, const struct rec_param *p);

/* ---- params_odbc.c ---- */
void param_odbc(const struct param_out *o, const struct rec_param *p);
void param_tds(const struct param_out *o, const struct rec_param *p);
/* type: a CS_*_TYPE of cspublic.h. */
void param_ct(const struct param_out *o, const struct rec_param *p);

/* ---- params_oci.c ---- */
void param_oci(const struct param_out *o, const struct rec_param *p);

/* ---- params_duckdb.c ---- */
/* p->type: a LogicalTypeId; low, high: the halves of a number; text: p has what was read of a string. */
void param_duckdb(const struct param_out *o, const struct rec_param *p, uint64_t low, uint64_t high, bool text);

/* ---- values.c: values that a call hands over, kept until the statement runs ---- */
/* OP_LAYER_VALUE_*: bound to h. 0 or -ENOMEM. */
int values_add(struct query *q, struct handle *h, const struct call *c);
/* The run p has the values of h. 0 or -ENOMEM. */
int values_run(const struct handle *h, struct pending *p);
void values_clear(struct handle *h);
void values_free(struct handle *h);

/* The layer's values are those of the layer inside that tells the statement. */
void params_hand_down(struct pending *from, struct pending *to);

#endif
