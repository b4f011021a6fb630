// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any bytes as a configuration; what loads is compiled and asked about relations named by the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void ask(const struct policy *p, struct slice text, const struct sql_relation *relations, size_t n, struct arena *arena)
{
	struct policy_who who = { .has_loginuid = text.len & 1, .user = slice_head(text, 8), .exe = SLICE("/usr/bin/psql") };
	enum sql_certainty certainty = text.len % 3 ? SQL_PARSED : SQL_PARTIAL;
	struct policy_verdict v;
	struct buf out;

	const struct policy_value values[] = { { .value = text, .string = true, .relation = -1 } };
	struct sql_call call = { .name = slice_head(text, 12) };
	struct sql_file file = { .path = text, .kind = text.len % 5, .write = text.len & 1 };
	struct policy_question q = { .system = SLICE("mysql"),
				     .relations = relations,
				     .n = n,
				     .calls = &call,
				     .ncalls = 1,
				     .files = &file,
				     .nfiles = 1,
				     .values = values,
				     .nvalues = 1,
				     .certainty = certainty,
				     .who = &who,
				     .time_s = (int64_t)text.len * 3600 };

	require(policy_match(p, &q, arena, &v) == 0);
	require(v.action != POLICY_NONE || certainty == SQL_PARSED);
	for (size_t i = 0; i < n; i++)
		require(!v.tables[i].sensitive || v.action != POLICY_NONE);
	buf_init(&out, 16 << 20);
	policy_explain(p, &q, &out);
	require(out.len > 0);
	buf_done(&out);
}

static void use(const struct config *c, struct slice text)
{
	struct sql_relation named[] = {
		{ .name = slice_head(slice_skip(text, text.len / 2), 12), .access = SQL_READ },
		{ .schema = SLICE("public"), .name = SLICE("users"), .access = SQL_READ | SQL_COPY_OUT },
		{ .name = c->ntables ? c->tables[0].match : SLICE("v"), .access = SQL_UPDATE },
	};
	struct sql_relation *all;
	struct policy *p;
	struct arena arena;
	size_t n;

	arena_init(&arena, 256 << 20);
	require(policy_new(c, &p) == 0);
	require(policy_expand(p, named, 3, NULL, 0, &arena, &all, &n) == 0 && n >= 3);
	ask(p, text, all, n, &arena);
	policy_free(p);
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_mem(data, size);
	struct config_error e;
	struct config *c;
	int r = config_parse(text, "fuzz.yaml", &c, &e);

	if (r) {
		require(strncmp(e.text, "fuzz.yaml:", 10) == 0 && !memchr(e.text, '\n', strlen(e.text)));
		return 0;
	}
	use(c, text);
	config_free(c);
	return 0;
}
