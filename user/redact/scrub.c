// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Records without secrets. Lengths stay, so that nothing else in a record changes. */
#include "redact/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"
#include "decode/decode.h"

#define ARENA_MAX (16u << 20)

struct scrubber {
	struct arena arena;
	struct buf out;
	unsigned char system[PROBE_SITES_MAX]; /* enum client_system of each site */
};

int scrubber_new(struct scrubber **ret)
{
	struct scrubber *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	arena_init(&s->arena, ARENA_MAX);
	buf_init(&s->out, DECODE_RECORD_MAX);
	*ret = s;
	return 0;
}

void scrubber_free(struct scrubber *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	buf_done(&s->out);
	free(s);
}

static enum sql_dialect dialect_of(const struct scrubber *s, uint32_t site)
{
	static const enum sql_dialect dialects[SYSTEM_COUNT] = {
		[SYSTEM_POSTGRESQL] = SQL_POSTGRES, [SYSTEM_MYSQL] = SQL_MYSQL,   [SYSTEM_SQLITE] = SQL_SQLITE,
		[SYSTEM_MSSQL] = SQL_TSQL,          [SYSTEM_ORACLE] = SQL_ORACLE, [SYSTEM_DUCKDB] = SQL_DUCKDB,
	}; /* the others: SQL_ANSI */
	unsigned system = site < PROBE_SITES_MAX ? s->system[site] : 0;

	return system < SYSTEM_COUNT ? dialects[system] : SQL_ANSI;
}

static void see_site(struct scrubber *s, const struct rec_site *r)
{
	if (r->site < PROBE_SITES_MAX)
		s->system[r->site] = r->system < SYSTEM_COUNT ? (unsigned char)r->system : 0;
}

/* Bytes of a character: wide ones leave NULs between those of ASCII text. */
static size_t unit_of(struct slice text)
{
	if (text.len < 4 || text.ptr[1] || text.ptr[3])
		return 1;
	return text.ptr[2] ? 2 : 4;
}

/* One byte for each unit, so that places can be found again; what is no ASCII becomes a letter. */
static struct slice narrow(struct slice wide, size_t unit, struct arena *arena)
{
	size_t n = wide.len / unit;
	char *p = arena_alloc(arena, n + 1);

	if (!p)
		return SLICE_NONE;
	for (size_t i = 0; i < n; i++) {
		unsigned char low = (unsigned char)wide.ptr[unit * i], high = 0;

		for (size_t k = 1; k < unit; k++)
			high |= (unsigned char)wide.ptr[unit * i + k];
		p[i] = high || low > 0x7f ? 'x' : (char)low;
	}
	return slice_mem(p, n);
}

/* Marks the text of a call. 1: something is marked; 0: nothing; -ENOMEM. */
static int mark_call(struct scrubber *s, const struct rec_call *c, struct slice text, unsigned char **ret)
{
	size_t unit = unit_of(text);
	struct slice plain = unit > 1 ? narrow(text, unit, &s->arena) : text;
	unsigned char *hide, *all;

	if (!plain.ptr)
		return -ENOMEM;
	if (!redact_hint(plain))
		return 0;
	all = hide = arena_alloc(&s->arena, plain.len + 1);
	if (!hide)
		return -ENOMEM;
	redact_mark_sql(dialect_of(s, c->site), plain, hide, &s->arena);
	if (unit > 1)
		all = arena_alloc(&s->arena, text.len + 1);
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; unit > 1 && i < plain.len; i++)
		all[unit * i] = hide[i]; /* the high bytes of what is no ASCII stay: a hint at most */
	*ret = all;
	return 1;
}

static int mark_args(struct scrubber *s, struct slice args, unsigned char **ret)
{
	*ret = arena_alloc(&s->arena, args.len);
	if (!*ret)
		return -ENOMEM;
	redact_mark_args(args, *ret, &s->arena);
	return 1;
}

struct slice scrub(struct scrubber *s, struct slice record, bool texts)
{
	unsigned char *hide = NULL;
	struct slice text;
	struct decoded d;
	int r = 0;

	if (decode_record(record, &d))
		return record; /* whoever reads it will refuse it */
	arena_reset(&s->arena);
	if (d.type == REC_SITE) {
		see_site(s, d.site);
		return record;
	}
	if (texts && d.type == REC_CALL && d.str[1].len) {
		text = d.str[1];
		r = mark_call(s, d.call, text, &hide);
	} else if ((d.type == REC_EXEC || d.type == REC_PROC) && d.str[2].len) {
		text = d.str[2];
		r = mark_args(s, text, &hide);
	}
	if (r <= 0)
		return r ? SLICE_NONE : record;
	buf_clear(&s->out);
	buf_add(&s->out, record);
	if (s->out.err)
		return SLICE_NONE;
	redact_fill(s->out.ptr + (text.ptr - record.ptr), text.len, hide);
	return buf_slice(&s->out);
}
