// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Lines as statements: the first byte chooses system and connection. Judged one after the other in one set of sessions, with people to look
 * for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/subjects.h"
#include "pipeline/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] = "tables: [{match: user_ip_log}, {match: \"*.users\", columns: [email]}, {match: \"s*\"}]\n"
				  "functions: [pg_read_file]\nfiles: [{match: \"/tmp/*\"}]\nviews: {v: [users], f: [v], w: [w]}\n"
				  "partitions: {user_ip_log: [p1, p2], p1: [p1a, user_ip_log]}\n"
				  "rules: [{name: r, when: {subjects: a, operations: read, star: false}, action: log}]\n";

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct policy *policy;

static void prepare(void)
{
	static const unsigned char key[SUBJECT_KEY_BYTES] = { 1 };
	struct config_error e;
	struct config *c;

	if (policy)
		return;
	require(config_parse(slice_mem(policy_text, sizeof(policy_text) - 1), "fuzz", &c, &e) == 0);
	require(subjects_parse(SLICE(SUBJECTS_HEADER "\n"), "fuzz", key, &c->subjects, &e) == 0);
	require(subjects_add(c->subjects, SUBJECT_ID, SLICE("42"), SLICE("a")) == 0);
	require(subjects_add(c->subjects, SUBJECT_NETWORK, SLICE("10.0.0.0/8"), SLICE("b")) == 0);
	require(subjects_add(c->subjects, SUBJECT_NAME, SLICE("maria muster"), SLICE("c")) == 0);
	require(policy_new(c, &policy) == 0);
}

static void judge_line(struct sessions *s, struct slice line, struct arena *arena)
{
	static const enum sql_dialect dialects[] = { SQL_ANSI, SQL_POSTGRES, SQL_MARIADB, SQL_SQLITE };
	static const char *const names[] = { "", "postgresql", "mariadb", "sqlite" };
	unsigned how = (unsigned char)line.ptr[0];
	struct judge_context jc = { .policy = policy, .sessions = s, .arena = arena };
	struct execution x = { .system = how % 4,
			       .system_name = slice_cstr(names[how % 4]),
			       .text = slice_skip(line, 1),
			       .connection = (how >> 2) % 3,
			       .outcome = (how >> 4) % 3,
			       .task = { .pid = 1, .start_ns = 1 } };
	struct event_query q = { .exec = &x };
	struct policy_question question;
	struct policy_verdict v;

	if (judge_text(&jc, dialects[how % 4], &q, &question, &v))
		return;
	require(question.certainty == SQL_PARSED || v.action != POLICY_NONE);
	for (size_t i = 0; i < q.nrelations; i++)
		require(!v.tables[i].sensitive || v.action != POLICY_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_mem(data, size);
	struct sessions *s;
	struct arena arena;

	prepare();
	require(sessions_new(&s) == 0);
	arena_init(&arena, 64 << 20);
	while (text.len) {
		const char *nl = memchr(text.ptr, '\n', text.len);
		struct slice line = slice_head(text, nl ? (size_t)(nl - text.ptr) : text.len);

		text = slice_skip(text, line.len + 1);
		if (line.len)
			judge_line(s, line, &arena);
		arena_reset(&arena);
	}
	sessions_exit(s, 1, 1, 1);
	sessions_tick(s, 1 + SESSION_LINGER_NS);
	sessions_free(s);
	arena_done(&arena);
	return 0;
}
