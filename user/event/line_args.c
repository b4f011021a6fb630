// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* process.args: the command line is the easiest place to leak a password or the literals of a statement. */
#include "event/line.h"

#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "redact/redact.h"

#define ARG_MAX_BYTES 4096

/* Does it hold a word that begins or shapes a statement? Masking a text that is none does little harm. */
static bool looks_like_sql(struct slice s)
{
	static const struct slice words[] = {
		SLICE_INIT("select"), SLICE_INIT("insert"),  SLICE_INIT("update"), SLICE_INIT("delete"), SLICE_INIT("values"),
		SLICE_INIT("where"),  SLICE_INIT("replace"), SLICE_INIT("merge"),  SLICE_INIT("copy"),   SLICE_INIT("set"),
		SLICE_INIT("call"),   SLICE_INIT("execute"), SLICE_INIT("do"),     SLICE_INIT("alter"),  SLICE_INIT("create"),
	};
	size_t i = 0;

	while (i < s.len) {
		size_t start = i;

		while (i < s.len && ascii_is_word(s.ptr[i]))
			i++;
		for (size_t w = 0; w < ARRAY_SIZE(words); w++)
			if (i - start != s.len && slice_ieq(slice_mem(s.ptr + start, i - start), words[w]))
				return true;
		i += i == start;
		while (i < s.len && !ascii_is_word(s.ptr[i]))
			i++;
	}
	return false;
}

static struct slice mask_sql(const struct event_context *ctx, struct slice arg)
{
	const struct sql_options any = { .dialect = SQL_ANSI };
	const struct sql_result *sql;

	/* What cannot be masked is not shown. */
	if (sql_analyze(&any, arg, ctx->arena, &sql) < 0)
		return SLICE(REDACT_SHOWN);
	return sql->masked;
}

static struct slice shown(const struct event_context *ctx, struct slice arg, const unsigned char *hide, struct buf *scratch)
{
	buf_clear(scratch);
	redact_replace(slice_head(arg, ARG_MAX_BYTES), hide, scratch);
	if (ctx->mask_literals && looks_like_sql(buf_slice(scratch)))
		return mask_sql(ctx, buf_slice(scratch));
	return buf_slice(scratch);
}

bool line_args(struct json *j, const struct event_context *ctx, const struct process *p)
{
	char bytes[3 * ARG_MAX_BYTES];
	struct slice rest = p->args;
	bool cut = p->flags & REC_EXEC_ARGS_CUT;
	size_t left = LINE_ARGS_MAX;
	unsigned char *hide;
	struct buf scratch;

	if (!rest.len)
		return false;
	hide = arena_alloc(ctx->arena, rest.len);
	if (!hide)
		return true; /* what cannot be searched for secrets is not shown */
	redact_mark_args(rest, hide, ctx->arena);
	line_buf(&scratch, bytes, sizeof(bytes));
	json_open(j, "args", '[');
	while (rest.len && left > 8) {
		size_t n = strnlen(rest.ptr, rest.len), before = j->out->len;
		struct slice arg = shown(ctx, slice_head(rest, n), hide + (rest.ptr - p->args.ptr), &scratch);

		cut |= json_str_max(j, NULL, arg, left - 8) < arg.len;
		left -= j->out->len - before < left ? j->out->len - before : left;
		rest = slice_skip(rest, n + 1);
	}
	json_close(j, ']');
	return cut || rest.len;
}
