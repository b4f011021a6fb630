// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * One bound value into a REC_PARAMS that is reserved: from libpq's arrays, where mysql_stmt_bind_param() and SQLBindParameter() said it
 * lies, or from SQLite's own copy. CT-Library's and OCI's are in bound.h, beside what remembers them.
 */
#ifndef QPROV_BPF_PARAM_VALUE_H
#define QPROV_BPF_PARAM_VALUE_H

#include "bound.h"
#include "text.h"

/* libpq's arrays, 0: there is none; values is SQLite's array too. */
struct pg_arrays {
	__u64 types, values, lengths, formats;
};

static __always_inline void param_pg(struct rec_param *p, const struct pg_arrays *a, __u64 i)
{
	__u64 value = 0;
	__u32 format = 0, type = 0, len = 0;

	if (a->types)
		record_read(&type, sizeof(type), a->types + i * 4);
	p->type = type;
	p->form = PARAM_TEXT;
	if (!a->values || record_read(&value, sizeof(value), a->values + i * 8)) {
		p->status = PARAM_FAILED;
		return;
	}
	if (!value) {
		p->form = PARAM_NULL;
		return;
	}
	if (a->formats)
		record_read(&format, sizeof(format), a->formats + i * 4);
	if (format == 0) {
		param_string(p, value);
		return;
	}
	p->form = PARAM_PG_BINARY;
	if (!a->lengths || record_read(&len, sizeof(len), a->lengths + i * 4))
		p->status = PARAM_FAILED;
	else
		param_bytes(p, value, len);
}

static __always_inline void param_mysql(struct rec_param *p, const struct bound *b)
{
	__u64 len = b->buffer_length;
	__u8 null = 0;

	p->form = PARAM_MYSQL;
	p->type = b->type | (b->is_unsigned ? PARAM_MYSQL_UNSIGNED : 0);
	if (b->is_null)
		record_read(&null, sizeof(null), b->is_null);
	if (null || b->type == 6 /* MYSQL_TYPE_NULL */ || !b->buffer) {
		p->form = PARAM_NULL;
		return;
	}
	if (b->length)
		record_read(&len, sizeof(len), b->length);
	/* Numbers and times have a length by their type, which may not be set: the largest is read, user space takes what it needs. */
	if (b->type <= 13 && b->type != 0)
		len = b->type == 7 || b->type >= 10 ? 40 : 8;
	param_bytes(p, b->buffer, len);
}

/* Source: sql.h, sqlext.h of unixODBC 2.3. The bytes of a value of this C type; 0: as many as its indicator says. */
static __always_inline __u32 odbc_size(__s16 type)
{
	switch (type) {
	case -6: /* SQL_C_TINYINT, STINYINT, UTINYINT, BIT */
	case -26:
	case -28:
	case -7:
		return 1;
	case 5: /* SQL_C_SHORT, SSHORT, USHORT */
	case -15:
	case -17:
		return 2;
	case 4: /* SQL_C_LONG, SLONG, ULONG, FLOAT */
	case -16:
	case -18:
	case 7:
		return 4;
	case 8: /* SQL_C_DOUBLE, SBIGINT, UBIGINT */
	case -25:
	case -27:
		return 8;
	case 9: /* SQL_C_DATE, TIME */
	case 10:
	case 91:
	case 92:
		return 6;
	case 11: /* SQL_C_TIMESTAMP, GUID */
	case 93:
	case -11:
		return 16;
	case 2: /* SQL_C_NUMERIC */
		return 19;
	default:
		return 0;
	}
}

#define ODBC_NULL (-1)
#define ODBC_AT_EXEC (-2)
#define ODBC_NTS (-3)
#define ODBC_LEN_AT_EXEC (-100) /* and below */
#define ODBC_WCHAR (-8)

/* To its NUL, which user space looks for: what there is of it up to the end of the page. */
static __always_inline void param_wide(struct rec_param *p, __u64 addr)
{
	__u64 left = PAGE_BYTES - (addr & (PAGE_BYTES - 1));

	param_bytes(p, addr, PARAM_BYTES);
	if (p->status != PARAM_FAILED || left >= PARAM_BYTES)
		return;
	p->status = PARAM_WHOLE;
	param_bytes(p, addr, left);
}

static __always_inline void param_odbc(struct rec_param *p, const struct bound *b)
{
	__s64 given = ODBC_NTS;
	__u32 size = odbc_size(b->type);

	p->form = PARAM_ODBC;
	p->type = b->type;
	if (b->length && record_read(&given, sizeof(given), b->length)) {
		p->status = PARAM_FAILED;
		return;
	}
	if (given == ODBC_NULL)
		p->form = PARAM_NULL;
	else if (given == ODBC_AT_EXEC || given <= ODBC_LEN_AT_EXEC)
		p->status = PARAM_LATER;
	else if (!b->buffer)
		p->status = PARAM_FAILED;
	else if (size)
		param_bytes(p, b->buffer, size);
	else if (given >= 0)
		param_bytes(p, b->buffer, given);
	else if ((__s16)b->type == ODBC_WCHAR)
		param_wide(p, b->buffer);
	else
		param_string(p, b->buffer);
}

static __always_inline void param_lite(struct rec_param *p, const struct mem_layout *m, __u64 mem)
{
	__u64 z = 0;
	__u32 n = 0;
	__u16 flags = 0;

	if (record_read(&flags, sizeof(flags), mem + m->flags)) {
		p->status = PARAM_FAILED;
		return;
	}
	p->form = PARAM_LITE;
	p->type = flags;
	if (flags & 1) { /* MEM_Null */
		p->form = PARAM_NULL;
	} else if (flags & 0x12) { /* MEM_Str, MEM_Blob */
		if (record_read(&z, sizeof(z), mem + m->z) || record_read(&n, sizeof(n), mem + m->n))
			p->status = PARAM_FAILED;
		else
			param_bytes(p, z, n);
	} else {
		param_bytes(p, mem, 8); /* the union of integer and double comes first */
	}
}

#endif
