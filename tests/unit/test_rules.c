// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Policy on top of what a statement does: functions, files, mentions, partitions, and every condition of a rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "config/config.h"
#include "identity/entry.h"
#include "pipeline/judge.h"

struct ask {
	const char *sql;
	const char *system; /* postgresql when NULL */
	const char *database, *role, *server;
	const char *address; /* IPv4, port 5432 */
	int64_t rows;        /* -1: unknown */
	int64_t time_s;
	struct policy_who who;
};

struct answer {
	enum policy_action action;
	char rule[64];
	size_t nsensitive;
	char sensitive[8][64];
	unsigned severity;
};

static void judge_one(const char *yaml, const struct ask *a, struct answer *ret)
{
	struct db_connection conn = { .database = slice_cstr(a->database), .user = slice_cstr(a->role), .host = slice_cstr(a->server) };
	struct execution x = { .system = SYSTEM_POSTGRESQL,
			       .system_name = slice_cstr(a->system ? a->system : "postgresql"),
			       .text = slice_cstr(a->sql),
			       .conn = &conn,
			       .connection = 1,
			       .outcome = OUTCOME_SUCCESS,
			       .has_rows = a->rows >= 0,
			       .rows = (uint64_t)a->rows,
			       .start_ns = (uint64_t)a->time_s * 1000000000u };
	struct event_query q = { .exec = &x };
	struct policy_question question;
	struct policy_verdict v;
	struct judge_context jc;
	struct config_error e;
	struct config *c;
	struct policy *p;
	struct arena arena;
	struct buf b;

	if (a->address) {
		conn.family = AF_INET;
		conn.remote_port = 5432;
		assert_int_equal(inet_pton(AF_INET, a->address, conn.remote), 1);
	}
	if (config_parse(slice_cstr(yaml), "t.yaml", &c, &e))
		fail_msg("%s", e.text);
	assert_int_equal(policy_new(c, &p), 0);
	arena_init(&arena, 64 << 20);
	jc = (struct judge_context){ .policy = p, .arena = &arena, .who = a->who };
	assert_int_equal(sessions_new(&jc.sessions), 0);
	if (a->system && strcmp(a->system, "mysql") == 0)
		x.system = SYSTEM_MYSQL;
	assert_int_equal(judge_text(&jc, x.system == SYSTEM_MYSQL ? SQL_MYSQL : SQL_POSTGRES, &q, &question, &v), 0);
	*ret = (struct answer){ .action = v.action, .severity = v.severity };
	snprintf(ret->rule, sizeof(ret->rule), "%.*s", (int)v.rule.len, v.rule.len ? v.rule.ptr : "");
	for (size_t i = 0; i < q.nrelations && ret->nsensitive < 8; i++)
		if (v.tables[i].sensitive)
			snprintf(ret->sensitive[ret->nsensitive++], 64, "%.*s", (int)q.relations[i].name.len, q.relations[i].name.ptr);
	buf_init(&b, 1 << 20);
	policy_explain(p, &question, &b);
	assert_int_equal(b.err, 0);
	buf_addc(&b, 0);
	/* What is explained is what was decided. */
	if (v.action != POLICY_NONE && !strstr(b.ptr, policy_action_name(v.action)))
		fail_msg("%s", b.ptr);
	buf_done(&b);
	sessions_free(jc.sessions);
	policy_free(p);
	config_free(c);
	arena_done(&arena);
}

static const char watched[] =
	"tables: [{match: log, columns: [ip], severity: low}]\n"
	"functions: [pg_read_file, {match: \"lo_*\", tags: [lo], severity: critical}, {match: app.danger, systems: [mysql]}]\n"
	"files:\n  - {match: \"/tmp/*\", access: write}\n  - {match: \"*\", kind: program, severity: critical}\n"
	"  - {match: \"*\", side: client, access: read, severity: medium}\n";

static void test_watched(void **state)
{
	static const struct {
		const char *sql;
		enum policy_action action;
		const char *rule;
		unsigned severity;
	} rows[] = {
		{ "SELECT pg_read_file('/x')", POLICY_ALERT, "watched function", 73 },
		{ "SELECT pg_catalog.PG_READ_FILE('/x')", POLICY_ALERT, "watched function", 73 },
		{ "SELECT lo_export(1, 'x')", POLICY_ALERT, "watched function", 99 },
		{ "SELECT app.danger()", POLICY_NONE, "", 0 }, /* of another system */
		{ "SELECT length('pg_read_file')", POLICY_NONE, "", 0 },
		{ "COPY posts TO '/tmp/x'", POLICY_ALERT, "watched file", 73 },
		{ "COPY posts FROM '/tmp/x'", POLICY_NONE, "", 0 },
		{ "COPY posts TO '/srv/x'", POLICY_NONE, "", 0 },
		{ "COPY posts TO PROGRAM 'cat'", POLICY_ALERT, "watched file", 99 },
		{ "COPY posts FROM STDIN", POLICY_ALERT, "watched file", 47 },
		{ "SELECT id FROM log", POLICY_NONE, "", 0 },
		{ "SELECT id FROM log WHERE ip = 'x'", POLICY_ALERT, "sensitive table", 21 },
		{ "SELECT ip FROM log, posts", POLICY_ALERT, "sensitive table", 21 }, /* ambiguous: it could be log's */
		{ "UPDATE log SET ip = NULL", POLICY_ALERT, "sensitive table", 21 },
		{ "SELECT lo_export(1, ip) FROM log", POLICY_ALERT, "watched function", 99 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = { .sql = rows[i].sql, .rows = -1 };
		struct answer got;

		judge_one(watched, &a, &got);
		if (got.action != rows[i].action || strcmp(got.rule, rows[i].rule) != 0 || got.severity != rows[i].severity)
			fail_msg("%s: %s by \"%s\", severity %u", rows[i].sql, policy_action_name(got.action), got.rule, got.severity);
	}
}

/* A table named in a string: told, and decided by its own setting; one that is read as well is just read. */
static void test_mentions(void **state)
{
	static const struct {
		const char *setting, *sql;
		enum policy_action action;
		const char *rule;
	} rows[] = {
		{ "log", "SELECT length('look at user_ip_log now')", POLICY_LOG, "table named in a string" },
		{ "log", "SELECT length('public.USER_IP_LOG')", POLICY_LOG, "table named in a string" },
		{ "log", "SELECT length('user_ip_logs')", POLICY_NONE, "" },
		{ "log", "SELECT length('anything else')", POLICY_NONE, "" },
		{ "alert", "SELECT length('user_ip_log')", POLICY_ALERT, "table named in a string" },
		{ "ignore", "SELECT length('user_ip_log')", POLICY_IGNORE, "table named in a string" },
		{ "ignore", "SELECT length('user_ip_log') FROM user_ip_log", POLICY_ALERT, "sensitive table" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = { .sql = rows[i].sql, .rows = -1 };
		struct answer got;
		char yaml[160];

		snprintf(yaml, sizeof(yaml), "tables: [{match: \"*.user_ip_log\"}, {match: \"*\", systems: [sqlite]}]\nmentions: %s\n",
			 rows[i].setting);
		judge_one(yaml, &a, &got);
		if (got.action != rows[i].action || strcmp(got.rule, rows[i].rule) != 0)
			fail_msg("%zu: %s by \"%s\"", i, policy_action_name(got.action), got.rule);
	}
}

/* 2026-11-25 is a Wednesday; 10:00 UTC. */
enum { WEDNESDAY = 1795600800 };

/* The condition as an allowance (log) and as an alert before a log for all: {does the allowance hold, does the alert hold}. */
static void test_conditions(void **state)
{
	static const struct {
		const char *when;
		struct ask ask;
		bool allowed, alerts;
	} rows[] = {
		{ "operations: read", { .sql = "SELECT * FROM log", .rows = 1 }, true, true },
		{ "operations: read", { .sql = "DELETE FROM log", .rows = 1 }, false, false },
		{ "operations: [read, write]", { .sql = "INSERT INTO log SELECT * FROM log", .rows = 1 }, true, true },
		{ "operations: copy_out", { .sql = "COPY log TO STDOUT", .rows = 1 }, false, true },
		{ "operations: [read, copy_out]", { .sql = "COPY log TO STDOUT", .rows = 1 }, true, true },
		{ "star: true", { .sql = "SELECT * FROM log", .rows = 1 }, true, true },
		{ "star: true", { .sql = "SELECT ip FROM log", .rows = 1 }, false, false },
		{ "star: false", { .sql = "SELECT ip FROM log", .rows = 1 }, true, true },
		{ "export: true", { .sql = "COPY log TO '/x'", .rows = 1 }, true, true },
		{ "export: true", { .sql = "CREATE TABLE t AS SELECT ip FROM log", .rows = 1 }, true, true },
		{ "export: false", { .sql = "CREATE TABLE t AS SELECT ip FROM log", .rows = 1 }, false, false },
		{ "export: false", { .sql = "SELECT ip FROM log", .rows = 1 }, true, true },
		{ "max_rows: 10", { .sql = "SELECT ip FROM log", .rows = 10 }, true, true },
		{ "max_rows: 10", { .sql = "SELECT ip FROM log", .rows = 11 }, false, false },
		{ "max_rows: 10", { .sql = "SELECT ip FROM log", .rows = -1 }, false, true },
		{ "min_rows: 10", { .sql = "SELECT ip FROM log", .rows = 10 }, true, true },
		{ "min_rows: 10", { .sql = "SELECT ip FROM log", .rows = 9 }, false, false },
		{ "min_rows: 10", { .sql = "SELECT ip FROM log", .rows = -1 }, false, true },
		{ "database: crm", { .sql = "SELECT ip FROM log", .database = "crm", .rows = 1 }, true, true },
		{ "database: \"c*\"", { .sql = "SELECT ip FROM log", .database = "CRM", .rows = 1 }, true, true },
		{ "database: crm", { .sql = "SELECT ip FROM log", .database = "erp", .rows = 1 }, false, false },
		{ "database: crm", { .sql = "SELECT ip FROM log", .rows = 1 }, false, true },
		{ "database: crm", { .sql = "SELECT ip FROM erp.public.log", .database = "crm", .rows = 1 }, false, false },
		{ "database: crm", { .sql = "SELECT ip FROM erp.log", .database = "crm", .rows = 1, .system = "mysql" }, false, false },
		{ "role: auditor", { .sql = "SELECT ip FROM log", .role = "auditor", .rows = 1 }, true, true },
		{ "role: auditor", { .sql = "SELECT ip FROM log", .role = "other", .rows = 1 }, false, false },
		{ "role: auditor", { .sql = "SELECT ip FROM log", .rows = 1 }, false, false },
		{ "role: auditor", { .sql = "SET ROLE boss; SELECT ip FROM log", .role = "auditor", .rows = 1 }, false, false },
		{ "role: boss", { .sql = "SET ROLE boss; SELECT ip FROM log", .role = "auditor", .rows = 1 }, true, true },
		{ "server: db7", { .sql = "SELECT ip FROM log", .server = "DB7", .rows = 1 }, true, true },
		{ "server: db7", { .sql = "SELECT ip FROM log", .server = "db8", .rows = 1 }, false, false },
		{ "server: db7", { .sql = "SELECT ip FROM log", .rows = 1 }, false, true },
		{ "server: [db7, \"10.1.*\"]",
		  { .sql = "SELECT ip FROM log", .server = "db8", .address = "10.1.2.3", .rows = 1 },
		  true,
		  true },
		{ "server: \"10.1.2.3:5432\"", { .sql = "SELECT ip FROM log", .address = "10.1.2.3", .rows = 1 }, true, true },
		{ "server: \"10.1.2.3:5433\"", { .sql = "SELECT ip FROM log", .address = "10.1.2.3", .rows = 1 }, false, false },
		{ "hours: \"08:00-18:00\"", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, true, true },
		{ "hours: \"08:00-10:00\"", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, false, false },
		{ "hours: \"22:00-06:00\"", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, false, false },
		{ "hours: \"22:00-10:01\"", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, true, true },
		{ "hours: \"08:00-18:00\"", { .sql = "SELECT ip FROM log", .rows = 1 }, false, true },
		{ "days: wed", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, true, true },
		{ "days: weekdays", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, true, true },
		{ "days: [weekend, tue]", { .sql = "SELECT ip FROM log", .time_s = WEDNESDAY, .rows = 1 }, false, false },
		/* what was found: an allowance covers what it names, and only that */
		{ "functions: f", { .sql = "SELECT f()", .rows = 1 }, true, true },
		{ "functions: g", { .sql = "SELECT f()", .rows = 1 }, false, false },
		{ "functions: f", { .sql = "SELECT f(ip) FROM log", .rows = 1 }, false, true },
		{ "{tables: log, functions: f}", { .sql = "SELECT f(ip) FROM log", .rows = 1 }, true, true },
		{ "tables: log", { .sql = "SELECT f(ip) FROM log", .rows = 1 }, false, true },
		{ "files: \"/out/*\"", { .sql = "COPY posts TO '/out/x'", .rows = 1 }, true, true },
		{ "files: \"/out/*\"", { .sql = "COPY posts TO '/tmp/x'", .rows = 1 }, false, false },
		{ "tables: log", { .sql = "COPY log TO '/out/x'", .rows = 1 }, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *open = rows[i].when[0] == '{' ? "" : "{", *close = open[0] ? "}" : "";
		struct answer allow, alert;
		char yaml[400];

		snprintf(yaml, sizeof(yaml),
			 "tables: [{match: log}]\nfunctions: [f]\nfiles: [{match: \"*\", access: write}]\n"
			 "rules:\n  - {name: r, when: %s%s%s, action: log}\n",
			 open, rows[i].when, close);
		judge_one(yaml, &rows[i].ask, &allow);
		snprintf(yaml, sizeof(yaml),
			 "tables: [{match: log}]\nfunctions: [f]\nfiles: [{match: \"*\", access: write}]\n"
			 "rules:\n  - {name: r, when: %s%s%s, action: alert}\n  - {name: rest, action: log}\n",
			 open, rows[i].when, close);
		judge_one(yaml, &rows[i].ask, &alert);
		if ((allow.action == POLICY_LOG) != rows[i].allowed || (alert.action == POLICY_ALERT) != rows[i].alerts)
			fail_msg("%zu, %s: %s: allowance %s, alert %s", i, rows[i].when, rows[i].ask.sql, policy_action_name(allow.action),
				 policy_action_name(alert.action));
	}
}

#define GROUPS(s) SLICE_INIT(s "\0") /* each followed by NUL */
#define WAY(w) (1u << REC_WAY_##w)

/* Who asks: {does an allowance hold, does an alert hold}. What is not known is enough for an alert only. */
static void test_who(void **state)
{
	static const struct {
		const char *when;
		struct policy_who who;
		bool allowed, alerts;
	} rows[] = {
		{ "user: alice", { .has_loginuid = true, .user = SLICE_INIT("alice") }, true, true },
		{ "user: alice", { .has_loginuid = true, .user = SLICE_INIT("bob") }, false, false },
		{ "user: alice", { .has_loginuid = true }, false, true },
		{ "user: unset", { .has_loginuid = true }, false, false },
		{ "user: [unset, bob]", { .user = SLICE_NONE }, true, true },
		{ "user: \"*\"", { .user = SLICE_NONE }, false, false },
		{ "group: dba", { .has_loginuid = true, .groups = GROUPS("staff\0dba") }, true, true },
		{ "group: \"db*\"", { .has_loginuid = true, .groups = GROUPS("staff\0dba") }, true, true },
		{ "group: sta", { .has_loginuid = true, .groups = GROUPS("staff\0dba") }, false, false },
		{ "group: dba", { .has_loginuid = true, .groups = GROUPS("staff"), .groups_unknown = true }, false, true },
		{ "group: staff", { .has_loginuid = true, .groups = GROUPS("staff"), .groups_unknown = true }, true, true },
		{ "group: dba", { .has_loginuid = true, .groups_unknown = true }, false, true },
		{ "group: \"*\"", { .user = SLICE_NONE }, false, false },
		{ "exe: /usr/bin/psql", { .exe = SLICE_INIT("/usr/bin/psql") }, true, true },
		{ "exe: /usr/bin/psql", { .exe = SLICE_INIT("/tmp/psql") }, false, false },
		{ "exe: /usr/bin/psql", { .exe = SLICE_NONE }, false, true },
		{ "script: /opt/etl/*", { .script = SLICE_INIT("/opt/etl/pull.py") }, true, true },
		{ "script: /opt/etl/*", { .script = SLICE_INIT("/home/alice/pull.py") }, false, false },
		{ "script: /opt/etl/*", { .script = SLICE_INIT("/opt/etl/../x.py"), .script_unknown = true }, false, true },
		{ "script: \"*\"", { .script = SLICE_NONE }, false, false },
		{ "script: /opt/etl/*", { .script_unknown = true }, false, true },
		{ "script: etl.pull", { .script = SLICE_INIT("etl.pull") }, true, true },
		{ "session: [cron, unit]", { .sessions = WAY(CRON) }, true, true },
		{ "session: [cron, unit]", { .sessions = WAY(SSH) | WAY(MULTIPLEXER) }, false, false },
		{ "session: multiplexer", { .sessions = WAY(SSH) | WAY(MULTIPLEXER) }, true, true },
		{ "session: cron", { .sessions = 0 }, false, true },
		{ "session: container", { .sessions = WAY(SSH), .sessions_claimed = WAY(CONTAINER) }, false, true },
		{ "session: cron", { .sessions = WAY(SSH), .sessions_claimed = WAY(CONTAINER) }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask ask = { .sql = "SELECT ip FROM log", .rows = 1, .who = rows[i].who };
		struct answer allow, alert;
		char yaml[300];

		snprintf(yaml, sizeof(yaml), "tables: [{match: log}]\nrules:\n  - {name: r, when: {%s}, action: log}\n", rows[i].when);
		judge_one(yaml, &ask, &allow);
		snprintf(yaml, sizeof(yaml),
			 "tables: [{match: log}]\nrules:\n  - {name: r, when: {%s}, action: alert}\n  - {name: rest, action: log}\n",
			 rows[i].when);
		judge_one(yaml, &ask, &alert);
		if ((allow.action == POLICY_LOG) != rows[i].allowed || (alert.action == POLICY_ALERT) != rows[i].alerts)
			fail_msg("%zu, %s: allowance %s, alert %s", i, rows[i].when, policy_action_name(allow.action),
				 policy_action_name(alert.action));
	}
}

/* The words of rules are those of events. */
static void test_session_words(void **state)
{
	(void)state;
	for (unsigned way = 0; way < REC_WAY_MAX; way++) {
		const char *word = config_session_name(way), *want = entry_way_name((enum rec_way)way);

		assert_int_equal(!word, !want);
		if (word)
			assert_string_equal(word, want);
	}
}

static void test_expiry(void **state)
{
	static const struct {
		int64_t time_s;
		enum policy_action action;
	} rows[] = { { WEDNESDAY, POLICY_LOG }, { 1795651199, POLICY_LOG }, { 1795651200, POLICY_ALERT } }; /* the last second of the day */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = { .sql = "SELECT ip FROM log", .rows = 1, .time_s = rows[i].time_s };
		struct answer got;

		judge_one("tables: [{match: log}]\nrules: [{name: r, action: log, expires: 2026-11-25, reason: ticket}]\n", &a, &got);
		assert_int_equal(got.action, rows[i].action);
	}
}

static void test_partitions(void **state)
{
	static const char yaml[] =
		"tables: [{match: log}, {match: secret_part}]\nviews: {v: [app.p1a], f: [app.p1]}\n"
		"partitions: {app.log: [app.p1, app.p2], app.p1: [app.p1a], events: [secret_part, plain_part], a: [b], b: [a]}\n";
	static const struct {
		const char *sql, *sensitive;
	} rows[] = {
		{ "SELECT 1 FROM p1", "log" },
		{ "SELECT 1 FROM app.p1a", "log" },
		{ "SELECT 1 FROM v", "log" },
		{ "SELECT f()", "log" },
		{ "SELECT 1 FROM events", "secret_part" },
		{ "SELECT 1 FROM plain_part", "" },
		{ "SELECT 1 FROM log", "log" },
		{ "SELECT 1 FROM a", "" },
		{ "DROP TABLE p1", "" },
		{ "DELETE FROM p2", "log" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = { .sql = rows[i].sql, .rows = -1 };
		struct answer got;

		judge_one(yaml, &a, &got);
		if (got.nsensitive != (rows[i].sensitive[0] ? 1 : 0) ||
		    strcmp(got.nsensitive ? got.sensitive[0] : "", rows[i].sensitive) != 0)
			fail_msg("%s: %zu, %s", rows[i].sql, got.nsensitive, got.nsensitive ? got.sensitive[0] : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watched),       cmocka_unit_test(test_mentions),   cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_expiry),        cmocka_unit_test(test_partitions), cmocka_unit_test(test_who),
		cmocka_unit_test(test_session_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
