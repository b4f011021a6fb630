// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Statement after statement on a few connections, and which sensitive relations each one reaches. The includer brings cmocka. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "pipeline/judge.h"

struct fixture {
	struct config *c;
	struct policy *p;
	struct sessions *s;
	struct arena arena;
	/* of the last statement */
	struct event_query q;
	struct policy_verdict v;
};

static const char policy_text[] = "tables:\n  - match: user_ip_log\n  - match: users\n    columns: [email]\n";

static void setup_with(struct fixture *f, const char *text)
{
	struct config_error e;

	memset(f, 0, sizeof(*f));
	if (config_parse(slice_cstr(text), "t.yaml", &f->c, &e))
		fail_msg("%s", e.text);
	assert_int_equal(policy_new(f->c, &f->p), 0);
	assert_int_equal(sessions_new(&f->s), 0);
	arena_init(&f->arena, 256 << 20);
}

static void teardown(struct fixture *f)
{
	sessions_free(f->s);
	policy_free(f->p);
	config_free(f->c);
	arena_done(&f->arena);
}

/* One statement as it ran; connection = pid * 16 + its address. */
struct step {
	unsigned connection;
	const char *sql;
	const char *reaches; /* "relation[=behind/through][!] ..." for the sensitive ones; "!": hidden; "" none */
	enum outcome outcome;
};

static void run_at(struct fixture *f, enum client_system system, const struct step *s, struct execution *x)
{
	static const char *const names[] = {
		[SYSTEM_POSTGRESQL] = "postgresql",      [SYSTEM_MYSQL] = "mariadb", [SYSTEM_SQLITE] = "sqlite",
		[SYSTEM_MSSQL] = "microsoft.sql_server", [SYSTEM_ORACLE] = "oracle", [SYSTEM_DUCKDB] = "duckdb"
	};
	struct judge_context jc = { .policy = f->p, .sessions = f->s, .arena = &f->arena };
	static const enum sql_dialect dialects[] = {
		[SYSTEM_POSTGRESQL] = SQL_POSTGRES, [SYSTEM_MYSQL] = SQL_MARIADB, [SYSTEM_SQLITE] = SQL_SQLITE,
		[SYSTEM_MSSQL] = SQL_TSQL,          [SYSTEM_ORACLE] = SQL_ORACLE, [SYSTEM_DUCKDB] = SQL_DUCKDB
	};
	struct policy_question unused;

	arena_reset(&f->arena);
	x->task.pid = s->connection / 16;
	x->task.start_ns = 1;
	x->connection = s->connection % 16;
	x->system = system;
	x->system_name = slice_cstr(names[system]);
	x->text = slice_cstr(s->sql);
	x->text_len = x->text.len;
	x->outcome = s->outcome;
	f->q = (struct event_query){ .exec = x };
	assert_int_equal(judge_text(&jc, dialects[system], &f->q, &unused, &f->v), 0);
}

static void told(const struct fixture *f, struct buf *b)
{
	for (size_t i = 0; i < f->q.nrelations; i++) {
		const struct sql_relation *r = &f->q.relations[i];

		if (!f->v.tables[i].sensitive)
			continue;
		if (b->len)
			buf_addc(b, ' ');
		buf_add(b, r->name);
		if (r->behind) {
			buf_printf(b, "=%s/", sql_behind_name(r->behind));
			buf_add(b, r->through);
		}
		if (r->hidden)
			buf_addc(b, '!');
	}
	buf_addc(b, 0);
}
