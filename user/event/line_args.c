// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* process.args: the command line is the easiest place to leak a password or the literals of a statement. */
#include "event/line.h"

#include <string.h>

#include "base/cleanup.h"

#define HIDDEN "***"
#define ARG_MAX_BYTES 4096

static const struct slice secret_words[] = {
	SLICE_INIT("password"), SLICE_INIT("passwd"), SLICE_INIT("passphrase"), SLICE_INIT("pwd"),
	SLICE_INIT("secret"),   SLICE_INIT("token"),  SLICE_INIT("apikey"),     SLICE_INIT("api-key"),
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_word(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of the secret word that ends at s[end - 1]; 0: none. */
static size_t secret_before(struct slice s, size_t end)
{
	for (size_t i = 0; i < ARRAY_SIZE(secret_words); i++) {
		size_t n = secret_words[i].len;

		if (n <= end && slice_ieq(slice_mem(s.ptr + end - n, n), secret_words[i]))
			return n;
	}
	return 0;
}

/* "--password" alone: the next argument is the secret. */
static bool is_secret_option(struct slice arg)
{
	return slice_starts(arg, SLICE("--")) && secret_before(arg, arg.len);
}

/* Where the value at i ends: quoted up to the closing quote, else at a separator of connection strings. */
static size_t value_end(struct slice s, size_t i, bool option)
{
	char quote = i < s.len ? s.ptr[i] : 0;

	if (option)
		return s.len;
	if (quote == '\'' || quote == '"') {
		for (i++; i < s.len && s.ptr[i] != quote; i++)
			if (s.ptr[i] == '\\')
				i++;
		return i < s.len ? i + 1 : s.len;
	}
	while (i < s.len && !strchr(" \t\r\n&;", s.ptr[i]))
		i += s.ptr[i] == '\\' && i + 1 < s.len ? 2 : 1;
	return i;
}

/* At "://": the end of "user:" and of the password in user:password@; false when there is none. */
static bool url_password(struct slice s, size_t i, size_t *ret_from, size_t *ret_to)
{
	size_t colon = 0, at = 0;

	for (i += 3; i < s.len && !strchr("/?# \t\r\n\"'", s.ptr[i]); i++) {
		if (s.ptr[i] == ':' && !colon)
			colon = i;
		if (s.ptr[i] == '@')
			at = i;
	}
	if (!colon || at <= colon)
		return false;
	*ret_from = colon + 1;
	*ret_to = at;
	return true;
}

static void hide_values(struct slice s, struct buf *out)
{
	bool option = slice_starts(s, SLICE("--"));
	size_t i = 0;

	while (i < s.len) {
		size_t eq = i, from, to;

		if (s.ptr[i] == ':' && s.len - i > 3 && memcmp(s.ptr + i, "://", 3) == 0 && url_password(s, i, &from, &to)) {
			buf_add(out, slice_mem(s.ptr + i, from - i));
			buf_adds(out, HIDDEN);
			i = to;
			continue;
		}
		if (i && (s.ptr[i] == '=' || s.ptr[i] == ' ') && secret_before(s, i)) {
			while (eq < s.len && s.ptr[eq] == ' ')
				eq++;
			if (eq < s.len && s.ptr[eq] == '=') {
				for (eq++; eq < s.len && s.ptr[eq] == ' '; eq++)
					;
				buf_adds(out, "=" HIDDEN);
				i = value_end(s, eq, option);
				continue;
			}
		}
		buf_addc(out, s.ptr[i++]);
	}
}

/* Programs whose -pSECRET is a password: told by the name they were called with. */
static bool takes_short_password(struct slice program)
{
	for (size_t i = 0; i < program.len; i++)
		if (program.ptr[i] == '/')
			return takes_short_password(slice_skip(program, i + 1));
	return slice_starts(program, SLICE("mysql")) || slice_starts(program, SLICE("mariadb"));
}

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

		while (i < s.len && is_word(s.ptr[i]))
			i++;
		for (size_t w = 0; w < ARRAY_SIZE(words); w++)
			if (i - start != s.len && slice_ieq(slice_mem(s.ptr + start, i - start), words[w]))
				return true;
		i += i == start;
		while (i < s.len && !is_word(s.ptr[i]))
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
		return SLICE(HIDDEN);
	return sql->masked;
}

static struct slice hide(const struct event_context *ctx, struct slice program, struct slice arg, bool after_option, struct buf *scratch)
{
	if (after_option && !slice_starts(arg, SLICE("-")))
		return SLICE(HIDDEN);
	if (slice_starts(arg, SLICE("-p")) && arg.len > 2 && takes_short_password(program))
		return SLICE("-p" HIDDEN);
	buf_clear(scratch);
	hide_values(slice_head(arg, ARG_MAX_BYTES), scratch);
	if (ctx->mask_literals && looks_like_sql(buf_slice(scratch)))
		return mask_sql(ctx, buf_slice(scratch));
	return buf_slice(scratch);
}

bool line_args(struct json *j, const struct event_context *ctx, const struct process *p)
{
	char bytes[2 * ARG_MAX_BYTES];
	struct slice rest = p->args, program = SLICE_NONE;
	bool after_option = false, cut = p->flags & REC_EXEC_ARGS_CUT;
	size_t left = LINE_ARGS_MAX;
	struct buf scratch;

	if (!rest.len)
		return false;
	line_buf(&scratch, bytes, sizeof(bytes));
	json_open(j, "args", '[');
	while (rest.len && left > 8) {
		size_t n = strnlen(rest.ptr, rest.len), before = j->out->len;
		struct slice arg = slice_head(rest, n), shown;

		if (!program.ptr)
			program = arg;
		shown = hide(ctx, program, arg, after_option, &scratch);
		cut |= json_str_max(j, NULL, shown, left - 8) < shown.len;
		left -= j->out->len - before < left ? j->out->len - before : left;
		after_option = is_secret_option(arg);
		rest = slice_skip(rest, n + 1);
	}
	json_close(j, ']');
	return cut || rest.len;
}
