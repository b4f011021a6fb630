// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The words by which secrets are told, and whether a text has any of them. */
#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "redact/redact.h"

static const struct slice words[] = {
	SLICE_INIT("password"),
	SLICE_INIT("passwd"),
	SLICE_INIT("passphrase"),
	SLICE_INIT("passcode"),
	SLICE_INIT("pwd"),
	SLICE_INIT("pass"),
	SLICE_INIT("secret"),
	SLICE_INIT("token"),
	SLICE_INIT("apikey"),
	SLICE_INIT("api-key"),
	SLICE_INIT("api_key"),
	SLICE_INIT("accesskey"),
	SLICE_INIT("access_key"),
	SLICE_INIT("access-key"),
	SLICE_INIT("secret_key"),
	SLICE_INIT("secretkey"),
	SLICE_INIT("secret-key"),
	SLICE_INIT("privatekey"),
	SLICE_INIT("private_key"),
	SLICE_INIT("encryption_key"),
	SLICE_INIT("master_key"),
	SLICE_INIT("symmetric_key"),
	SLICE_INIT("secret_string"),
	SLICE_INIT("accountkey"),
	SLICE_INIT("sharedaccesssignature"),
	SLICE_INIT("bearer"),
	SLICE_INIT("credential"),
	SLICE_INIT("credentials"),
	SLICE_INIT("authorization"),
	SLICE_INIT("cookie"),
};

size_t redact_word(struct slice w)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (w.len >= words[i].len &&
		    (unsigned char)ascii_lower(w.ptr[w.len - 1]) == (unsigned char)words[i].ptr[words[i].len - 1] &&
		    slice_ieq(slice_skip(w, w.len - words[i].len), words[i]))
			return words[i].len;
	/* Too short to be told by its end. */
	if (w.len >= 2 && slice_ieq(slice_skip(w, w.len - 2), SLICE("pw")) && (w.len == 2 || !ascii_is_word(w.ptr[w.len - 3])))
		return 2;
	return 0;
}

bool redact_hint(struct slice s)
{
	static const struct slice hints[] = {
		SLICE_INIT("pass"),       SLICE_INIT("pwd"),    SLICE_INIT("secret"),      SLICE_INIT("token"),      SLICE_INIT("key"),
		SLICE_INIT("identified"), SLICE_INIT("bearer"), SLICE_INIT("basic "),      SLICE_INIT("cred"),       SLICE_INIT("crypt"),
		SLICE_INIT("auth"),       SLICE_INIT("cookie"), SLICE_INIT("://"),         SLICE_INIT("hmac"),       SLICE_INIT("ghp_"),
		SLICE_INIT("gho_"),       SLICE_INIT("ghs_"),   SLICE_INIT("github_pat_"), SLICE_INIT("glpat-"),     SLICE_INIT("xoxb-"),
		SLICE_INIT("xoxp-"),      SLICE_INIT("eyj"),    SLICE_INIT("pw"),          SLICE_INIT("sig="),       SLICE_INIT("connect"),
		SLICE_INIT("@tcp("),      SLICE_INIT("@unix("), SLICE_INIT("pdo("),        SLICE_INIT("openrowset"), SLICE_INIT("sql("),
		SLICE_INIT("godb("),      SLICE_INIT("emote"),  SLICE_INIT("s3("),         SLICE_INIT("oracle:"),    SLICE_INIT("sp_"),
	};

	/* Their first letters: most bytes are none of them. */
	static const bool first[256] = {
		['p'] = true, ['s'] = true, ['t'] = true, ['k'] = true, ['i'] = true, ['b'] = true, ['c'] = true, ['a'] = true,
		['h'] = true, ['g'] = true, ['e'] = true, [':'] = true, ['x'] = true, ['@'] = true, ['o'] = true
	};

	for (size_t i = 0; i + 3 <= s.len; i++) {
		unsigned char c = (unsigned char)ascii_lower(s.ptr[i]), next;

		if (!first[c])
			continue;
		next = (unsigned char)ascii_lower(s.ptr[i + 1]);
		for (size_t k = 0; k < ARRAY_SIZE(hints); k++)
			if (c == (unsigned char)hints[k].ptr[0] && next == (unsigned char)hints[k].ptr[1] && s.len - i >= hints[k].len &&
			    slice_ieq(slice_mem(s.ptr + i, hints[k].len), hints[k]))
				return true;
	}
	return false;
}
