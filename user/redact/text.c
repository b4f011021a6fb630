// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Secrets in free text, found by what stands before them. */
#include "redact/redact.h"

#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"

#define TOKEN_MIN 8      /* shorter words behind "Bearer" are words */
#define CONNECT_MAX 4096 /* of the arguments of a connect() */
#define USERINFO_MAX 16  /* a longer user name without password in a URI is a token */

static const struct slice tokens[] = { /* what issuers put before their tokens, so that scanners find them */
				       SLICE_INIT("ghp_"),   SLICE_INIT("gho_"),  SLICE_INIT("ghs_"),  SLICE_INIT("github_pat_"),
				       SLICE_INIT("glpat-"), SLICE_INIT("xoxb-"), SLICE_INIT("xoxp-"), SLICE_INIT("eyJ")
};

static size_t skip_spaces(struct slice s, size_t i)
{
	while (i < s.len && ascii_is_space(s.ptr[i]))
		i++;
	return i;
}

static void mark(unsigned char *hide, size_t from, size_t to)
{
	if (to > from)
		memset(hide + from, REDACT_HIDE, to - from);
}

/*
 * At an opening quote, perhaps with backslashes before it or doubled, as inside another constant: to the closing one of the same form.
 * Marks what stands between, so that the quotes can be found again. Returns where to go on.
 */
static size_t mark_quoted(struct slice s, size_t i, unsigned char *hide)
{
	/* How a shell writes a quote within quotes. */
	static const struct slice idioms[] = { SLICE_INIT("'\\''"), SLICE_INIT("'\"'\"'") };
	bool slashes = s.ptr[i] == '\\', doubled;
	size_t from;
	char quote;

	for (size_t k = 0; k < ARRAY_SIZE(idioms); k++) {
		const char *end;

		if (!slice_starts(slice_skip(s, i), idioms[k]))
			continue;
		from = i + idioms[k].len;
		end = memmem(s.ptr + from, s.len - from, idioms[k].ptr, idioms[k].len);
		i = end ? (size_t)(end - s.ptr) : s.len;
		mark(hide, from, i);
		return end ? i + idioms[k].len : i;
	}
	while (s.ptr[i] == '\\')
		i++;
	quote = s.ptr[i++];
	doubled = i + 1 < s.len && s.ptr[i] == quote && !strchr(" \t\r\n,;)", s.ptr[i + 1]);
	from = i += doubled;
	for (; i < s.len; i++) {
		bool again = i + 1 < s.len && s.ptr[i + 1] == quote;

		if (s.ptr[i] == '\\' && slashes && again)
			break;
		if (s.ptr[i] == '\\' && i + 1 < s.len)
			i++;
		else if (s.ptr[i] == quote && !doubled && again)
			i++;
		else if (s.ptr[i] == quote)
			break;
	}
	if (i > s.len)
		i = s.len;
	mark(hide, from, i);
	return i + 1 + (doubled || slashes) < s.len ? i + 1 + (doubled || slashes) : s.len;
}

/* Is a quote at i, perhaps behind backslashes? */
static bool at_quote(struct slice s, size_t i)
{
	while (i < s.len && s.ptr[i] == '\\')
		i++;
	return i < s.len && (s.ptr[i] == '\'' || s.ptr[i] == '"');
}

/* "&user=", "; UID=": the next pair of a URL's query or of an ODBC string; elsewhere these bytes belong to the value. */
static bool pair_follows(struct slice s, size_t i)
{
	i = skip_spaces(s, i + 1);
	if (i == s.len)
		return true;
	while (i < s.len && (ascii_is_word(s.ptr[i]) || s.ptr[i] == '-'))
		i++;
	return i < s.len && s.ptr[i] == '=';
}

/* Marks the value at i: between quotes, else to white space or to where another pair begins. line: headers go on to the line's end. */
static size_t mark_until(struct slice s, size_t i, bool line, unsigned char *hide)
{
	size_t from = i;

	if (at_quote(s, i))
		return mark_quoted(s, i, hide);
	while (i < s.len && !strchr("\r\n\"'", s.ptr[i])) {
		if (!line && ascii_is_space(s.ptr[i]))
			break;
		if ((s.ptr[i] == '&' || s.ptr[i] == ';') && pair_follows(s, i))
			break;
		i += s.ptr[i] == '\\' && i + 1 < s.len ? 2 : 1;
	}
	mark(hide, from, i);
	return i;
}

/* At "://": marks the password in user:password@, or a user that is long enough to be a token. Returns where to go on. */
static size_t mark_uri(struct slice s, size_t i, unsigned char *hide)
{
	size_t colon = 0, at = 0, start = i + 3, path = 0;
	bool digits = true;

	for (i = start; i < s.len && !strchr(" \t\r\n\"'<>", s.ptr[i]); i++) {
		char c = s.ptr[i];

		if (!path && (c == '/' || c == '?' || c == '#')) {
			if (at || !colon || digits) /* the authority is over; else a password with a slash in it */
				break;
			path = i;
		}
		if (c == ':' && !colon && !path)
			colon = i;
		else if (c == '@')
			at = i;
		else if (colon && !path && (c < '0' || c > '9'))
			digits = false;
	}
	if (at && colon && colon < at) {
		mark(hide, colon + 1, at);
		return at;
	}
	if (at && !colon && at - start > USERINFO_MAX)
		mark(hide, start, at);
	return start;
}

/* The end of the secret word that ends before i, white space, closing quotes and backslashes in between; 0: none. */
static bool word_before(struct slice s, size_t i)
{
	while (i && (ascii_is_space(s.ptr[i - 1]) || strchr("\"'`\\]", s.ptr[i - 1])))
		i--;
	return redact_word(slice_head(s, i)) != 0;
}

/* At = or :, with a secret word before it: marks the value. Returns where to go on. */
static size_t mark_value(struct slice s, size_t i, unsigned char *hide)
{
	bool line = s.ptr[i] == ':' && i + 1 < s.len && s.ptr[i + 1] != '=';

	while (i < s.len && strchr("=:>", s.ptr[i]))
		i++;
	return mark_until(s, skip_spaces(s, i), line, hide);
}

/* A secret word ended at i, white space follows: a quoted value, or what stands behind "Bearer". */
static size_t mark_next(struct slice s, size_t i, unsigned char *hide)
{
	size_t v = skip_spaces(s, i), end = v;
	bool bearer = i >= 6 && slice_ieq(slice_mem(s.ptr + i - 6, 6), SLICE("bearer"));

	if (at_quote(s, v))
		return mark_quoted(s, v, hide);
	while (bearer && end < s.len && !ascii_is_space(s.ptr[end]) && !strchr("\"'", s.ptr[end]))
		end++;
	if (end - v < TOKEN_MIN)
		return i;
	mark(hide, v, end);
	return end;
}

static bool identified_by(struct slice s, size_t i)
{
	struct slice head = slice_head(s, i);

	return head.len > 13 && slice_ieq(slice_skip(head, head.len - 2), SLICE("by")) &&
	       slice_ieq(slice_head(slice_skip(head, head.len - 13), 10), SLICE("identified"));
}

/* At the start of a word: a token with a well-known beginning. Returns its end, or i. */
static size_t mark_token(struct slice s, size_t i, unsigned char *hide)
{
	size_t end = i;

	for (size_t k = 0; k < ARRAY_SIZE(tokens); k++) {
		if (!slice_starts(slice_skip(s, i), tokens[k]))
			continue;
		while (end < s.len && (ascii_is_word(s.ptr[end]) || (s.ptr[end] && strchr("-.*", s.ptr[end]))))
			end++;
		if (end - i < 2 * TOKEN_MIN)
			return i;
		mark(hide, i + tokens[k].len, end); /* how it begins stays, so that it is found again */
		return end;
	}
	return i;
}

/* At @ of "user:password@tcp(host)/db" (Go): what stands before it, back to the colon. */
static void mark_go_source(struct slice s, size_t i, unsigned char *hide)
{
	size_t colon = 0;

	if (!slice_starts(slice_skip(s, i), SLICE("@tcp(")) && !slice_starts(slice_skip(s, i), SLICE("@unix(")))
		return;
	for (size_t k = i; k && !ascii_is_space(s.ptr[k - 1]) && !strchr("\"'`", s.ptr[k - 1]); k--)
		if (s.ptr[k - 1] == ':')
			colon = k;
	if (colon)
		mark(hide, colon, i);
}

/* At the colon behind "oracle:thin" or "oracle:oci": user/password@ */
static void mark_oracle_source(struct slice s, size_t i, unsigned char *hide)
{
	size_t slash = 0;

	if (!slice_ieq(slice_skip(slice_head(s, i), i > 11 ? i - 11 : i), SLICE("oracle:thin")) &&
	    !slice_ieq(slice_skip(slice_head(s, i), i > 10 ? i - 10 : i), SLICE("oracle:oci")))
		return;
	for (i++; i < s.len && !ascii_is_space(s.ptr[i]) && !strchr("\"'", s.ptr[i]); i++) {
		if (s.ptr[i] == '/' && !slash)
			slash = i;
		if (s.ptr[i] == '@') {
			if (slash)
				mark(hide, slash + 1, i);
			return;
		}
	}
}

/*
 * At ( of connect('host', 'user', 'password') and new PDO(dsn, user, password), in whatever language: the strings from the second on that
 * stand alone. The first is a host, a file or a source with a password found by itself. Returns where to go on.
 */
static size_t mark_connect(struct slice s, size_t i, unsigned char *hide)
{
	size_t from = i + 1, n = 0;

	for (i = from; i < s.len && i - from < CONNECT_MAX && s.ptr[i] != ')'; i++) {
		bool alone = s.ptr[i - 1] == '(' || s.ptr[i - 1] == ',' || ascii_is_space(s.ptr[i - 1]);

		if (!at_quote(s, i))
			continue;
		for (size_t k = i; alone && k > from && ascii_is_space(s.ptr[k - 1]); k--)
			alone = k < 2 || !strchr("=>:", s.ptr[k - 2]);
		if (alone && n++) {
			i = mark_quoted(s, i, hide) - 1;
			continue;
		}
		for (char q = s.ptr[i++]; i < s.len && s.ptr[i] != q;)
			i += s.ptr[i] == '\\' && i + 1 < s.len ? 2 : 1;
	}
	return from;
}

static bool opens_connect(struct slice s, size_t i)
{
	struct slice head = slice_head(s, i);

	return s.ptr[i] == '(' && ((i >= 7 && slice_ieq(slice_skip(head, i - 7), SLICE("connect"))) ||
				   (i >= 4 && slice_eq(slice_skip(head, i - 4), SLICE(" PDO"))));
}

/* "&sig=": a signature in a query of a URL (shared access to a store). */
static bool is_signature(struct slice s, size_t i)
{
	return s.ptr[i] == '=' && i >= 4 && (s.ptr[i - 4] == '&' || s.ptr[i - 4] == '?') &&
	       slice_eq(slice_mem(s.ptr + i - 3, 3), SLICE("sig"));
}

void redact_mark_tokens(struct slice s, unsigned char *hide)
{
	for (size_t i = 0; i < s.len; i++)
		if (ascii_is_word(s.ptr[i]) && (!i || !ascii_is_word(s.ptr[i - 1])))
			mark_token(s, i, hide);
}

void redact_mark_text(struct slice s, unsigned char *hide)
{
	size_t i = 0;

	while (i < s.len) {
		char c = s.ptr[i];
		size_t from = i;

		if (c == ':' && s.len - i > 3 && memcmp(s.ptr + i, "://", 3) == 0)
			i = mark_uri(s, i, hide);
		else if ((c == '=' || c == ':') && i && (word_before(s, i) || is_signature(s, i)))
			i = mark_value(s, i, hide);
		else if (c == '<' && i + 1 < s.len && s.ptr[i + 1] == '-' && i && word_before(s, i)) /* R */
			i = mark_until(s, skip_spaces(s, i + 2), false, hide);
		else if (c == '@')
			mark_go_source(s, i, hide);
		else if (c == ':')
			mark_oracle_source(s, i, hide);
		else if (opens_connect(s, i))
			i = mark_connect(s, i, hide);
		else if (ascii_is_space(c) && i && (redact_word(slice_head(s, i)) || identified_by(s, i)))
			i = mark_next(s, i, hide);
		else if (ascii_is_word(c) && (!i || !ascii_is_word(s.ptr[i - 1])))
			i = mark_token(s, i, hide);
		i += i == from;
	}
}

bool redact_fill(char *text, size_t n, const unsigned char *hide)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		bool edge = (!i || hide[i - 1] != REDACT_HIDE_BARE) || (i + 1 == n || hide[i + 1] != REDACT_HIDE_BARE);
		char c = hide[i] == REDACT_HIDE_BARE && edge ? '\'' : '*';

		if (!hide[i] || !text[i])
			continue;
		any |= text[i] != c;
		text[i] = c;
	}
	return any;
}

void redact_replace(struct slice s, const unsigned char *hide, struct buf *out)
{
	size_t i = 0;

	while (i < s.len) {
		size_t from = i;

		while (i < s.len && !hide[i])
			i++;
		buf_add(out, slice_mem(s.ptr + from, i - from));
		from = i;
		while (i < s.len && hide[i] && hide[i] == hide[from])
			i++;
		if (i > from)
			buf_adds(out, hide[from] == REDACT_HIDE_BARE ? "'" REDACT_SHOWN "'" : REDACT_SHOWN);
	}
}
