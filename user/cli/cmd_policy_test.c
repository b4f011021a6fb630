// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov policy test */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/cmd_policy.h"
#include "cli/sql_answer.h"
#include "decode/decode.h"
#include "event/json.h"
#include "identity/lookup_answer.h"
#include "pipeline/asker.h"
#include "pipeline/judge.h"

#define TEST_MEMORY (256u << 20)
#define OUTPUT_MAX (64u << 20)

struct request {
	const char *config;
	struct slice sql;
	struct slice system; /* none: any */
	enum sql_dialect dialect;
	struct policy_who who;
	struct db_connection conn;
	bool has_rows;
	uint64_t rows;
	int64_t time_s;
	bool has_uid, has_groups;
	struct buf groups;
	bool json;
};

/* What the policy was asked and what it said. */
struct answer {
	struct execution exec;
	struct event_query q;
	struct policy_question question;
	struct policy_verdict verdict;
	struct buf explanation;
};

/* The dialect, and the system that a table's systems: is compared with. */
static int set_dialect(struct request *r, const char *name)
{
	static const struct slice systems[SQL_DIALECTS] = {
		[SQL_POSTGRES] = SLICE_INIT("postgresql"),
		[SQL_MYSQL] = SLICE_INIT("mysql"),
		[SQL_MARIADB] = SLICE_INIT("mariadb"),
		[SQL_SQLITE] = SLICE_INIT("sqlite"),
	};
	enum sql_dialect d;

	if (sql_dialect_parse(slice_cstr(name), &d))
		return policy_usage_error("unknown dialect", slice_quote(slice_cstr(name)));
	r->dialect = d;
	r->system = systems[d];
	return 0;
}

static int set_uid(struct request *r, const char *text)
{
	uint64_t v;

	if (slice_u64(slice_cstr(text), &v) || v >= UINT32_MAX)
		return policy_usage_error("not a uid:", slice_quote(slice_cstr(text)));
	r->who.uid = r->who.euid = (uint32_t)v;
	r->has_uid = true;
	return 0;
}

static void set_user(struct request *r, const char *name)
{
	r->who.user = slice_cstr(name);
	r->who.has_loginuid = !slice_eq(r->who.user, SLICE("unset"));
}

static int set_rows(struct request *r, const char *text)
{
	if (slice_u64(slice_cstr(text), &r->rows))
		return policy_usage_error("not a number of rows:", slice_quote(slice_cstr(text)));
	r->has_rows = true;
	return 0;
}

static int set_time(struct request *r, const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);

	if (!end || *end)
		return policy_usage_error("not a time such as 2026-11-23T18:42:", slice_quote(slice_cstr(text)));
	r->time_s = (int64_t)timegm(&tm);
	return 0;
}

/* Separated by commas, as id(1) prints them. */
static void set_groups(struct request *r, const char *text)
{
	buf_clear(&r->groups);
	for (size_t n; *text; text += n + (text[n] == ',')) {
		n = strcspn(text, ",");
		if (!n)
			continue;
		buf_add(&r->groups, slice_mem(text, n));
		buf_addc(&r->groups, 0);
	}
	r->has_groups = true;
}

static int set_session(struct request *r, const char *word)
{
	for (unsigned way = 0; way < REC_WAY_MAX; way++) {
		const char *name = config_session_name(way);

		if (!name || strcmp(name, word) != 0)
			continue;
		r->who.sessions |= 1u << way;
		return 0;
	}
	return policy_usage_error("not a way in, such as sshd, console, cron or unit:", slice_quote(slice_cstr(word)));
}

enum {
	OPT_DIALECT = 256,
	OPT_UID,
	OPT_EXE,
	OPT_COMM,
	OPT_GROUP,
	OPT_SCRIPT,
	OPT_SESSION,
	OPT_DATABASE,
	OPT_SERVER,
	OPT_ROLE,
	OPT_ROWS,
	OPT_AT,
	OPT_JSON
};

static int set_option(struct request *r, int option)
{
	switch (option) {
	case 'c':
		r->config = optarg;
		return 0;
	case 'e':
		r->sql = slice_cstr(optarg);
		return 0;
	case 'u':
		set_user(r, optarg);
		return 0;
	case OPT_DIALECT:
		return set_dialect(r, optarg);
	case OPT_UID:
		return set_uid(r, optarg);
	case OPT_EXE:
		r->who.exe = slice_cstr(optarg);
		return 0;
	case OPT_COMM:
		r->who.comm = slice_cstr(optarg);
		return 0;
	case OPT_GROUP:
		set_groups(r, optarg);
		return 0;
	case OPT_SCRIPT:
		r->who.script = slice_cstr(optarg);
		r->who.script_unknown = asker_goes_up(r->who.script);
		return 0;
	case OPT_SESSION:
		return set_session(r, optarg);
	case OPT_DATABASE:
		r->conn.database = r->conn.path = slice_cstr(optarg);
		return 0;
	case OPT_SERVER:
		r->conn.host = slice_cstr(optarg);
		return 0;
	case OPT_ROLE:
		r->conn.user = slice_cstr(optarg);
		return 0;
	case OPT_ROWS:
		return set_rows(r, optarg);
	case OPT_AT:
		return set_time(r, optarg);
	case OPT_JSON:
		r->json = true;
		return 0;
	default:
		policy_usage(stderr);
		return EXIT_USAGE;
	}
}

/* As the agent's own look-up does it. */
static void look_up_groups(struct request *r, uint32_t uid)
{
	struct decoded d;
	struct buf record;

	buf_init(&record, LOOKUP_ANSWER_MAX);
	r->who.groups_unknown = true;
	if (lookup_groups(uid, &record) == 0 && decode_record(buf_slice(&record), &d) == 0) {
		buf_add(&r->groups, d.str[0]);
		r->who.groups_unknown = d.hdr->flags & REC_GROUPS_CUT;
	}
	buf_done(&record);
}

/* Ids and groups that were not given: those of the user named, where this machine knows one. */
static void complete_who(struct request *r)
{
	const struct passwd *pw = r->who.has_loginuid ? getpwnam(r->who.user.ptr) : NULL;

	if (!r->has_uid && pw)
		r->who.uid = r->who.euid = (uint32_t)pw->pw_uid;
	if (r->who.has_loginuid)
		r->who.loginuid = pw ? (uint32_t)pw->pw_uid : r->who.uid;
	if (!r->has_groups && pw)
		look_up_groups(r, (uint32_t)pw->pw_uid);
	else if (!r->has_groups)
		r->who.groups_unknown = r->who.has_loginuid;
	if (r->who.has_loginuid) /* where nobody logged in no group matches */
		r->who.groups = buf_slice(&r->groups);
}

/* 0, an exit code, or -1 after --help. */
static int read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "execute", required_argument, NULL, 'e' },
		{ "user", required_argument, NULL, 'u' },
		{ "dialect", required_argument, NULL, OPT_DIALECT },
		{ "uid", required_argument, NULL, OPT_UID },
		{ "exe", required_argument, NULL, OPT_EXE },
		{ "comm", required_argument, NULL, OPT_COMM },
		{ "group", required_argument, NULL, OPT_GROUP },
		{ "script", required_argument, NULL, OPT_SCRIPT },
		{ "session", required_argument, NULL, OPT_SESSION },
		{ "database", required_argument, NULL, OPT_DATABASE },
		{ "server", required_argument, NULL, OPT_SERVER },
		{ "role", required_argument, NULL, OPT_ROLE },
		{ "rows", required_argument, NULL, OPT_ROWS },
		{ "at", required_argument, NULL, OPT_AT },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	optind = 0; /* a second look at an argument vector: glibc wants 0 to start afresh */
	while ((option = getopt_long(argc, argv, "c:e:u:h", options, NULL)) != -1) {
		int code;

		if (option == 'h') {
			policy_usage(stdout);
			return -1;
		}
		code = set_option(r, option);
		if (code)
			return code;
	}
	if (optind < argc)
		return policy_usage_error("what is", slice_quote(slice_cstr(argv[optind])));
	if (!r->sql.ptr)
		return policy_usage_error("test needs -e SQL", NULL);
	complete_who(r);
	return 0;
}

static enum client_system system_of(struct slice name)
{
	if (slice_eq(name, SLICE("postgresql")))
		return SYSTEM_POSTGRESQL;
	if (slice_eq(name, SLICE("mysql")) || slice_eq(name, SLICE("mariadb")))
		return SYSTEM_MYSQL;
	return slice_eq(name, SLICE("sqlite")) ? SYSTEM_SQLITE : SYSTEM_NONE;
}

/* As one event of a session that begins with it. */
static int judge_request(const struct policy *p, const struct request *r, struct arena *arena, struct answer *a)
{
	struct judge_context jc = { .policy = p, .arena = arena, .who = r->who };
	int err = sessions_new(&jc.sessions);

	if (err)
		return err;
	a->exec = (struct execution){ .system = system_of(r->system),
				      .system_name = r->system,
				      .text = r->sql,
				      .text_len = r->sql.len,
				      .connection = 1,
				      .conn = &r->conn,
				      .start_ns = (uint64_t)r->time_s * 1000000000u,
				      .outcome = OUTCOME_SUCCESS,
				      .has_rows = r->has_rows,
				      .rows = r->rows };
	a->q.exec = &a->exec;
	err = judge_text(&jc, r->dialect, &a->q, &a->question, &a->verdict);
	if (!err) {
		policy_explain(p, &a->question, &a->explanation);
		err = a->explanation.err;
	}
	sessions_free(jc.sessions);
	return err;
}

static void put_relation(struct json *j, const struct answer *a, size_t i)
{
	const struct sql_relation *r = &a->q.relations[i];
	const struct policy_table *t = &a->verdict.tables[i];

	json_open(j, NULL, '{');
	if (r->catalog.ptr)
		json_str(j, "catalog", r->catalog);
	if (r->schema.ptr)
		json_str(j, "schema", r->schema);
	json_str(j, "name", r->name);
	json_cstr(j, "access", sql_access_name(r->access));
	json_boolean(j, "behind_view", r->behind != SQL_BEHIND_NOTHING);
	if (r->behind)
		json_str(j, "through", r->through);
	if (r->via)
		json_cstr(j, "via", sql_via_name(r->via));
	sql_answer_columns(j, r);
	json_boolean(j, "sensitive", t->sensitive);
	if (t->sensitive) {
		json_uint(j, "severity", t->severity);
		json_open(j, "tags", '[');
		for (size_t k = 0; k < t->ntags; k++)
			json_str(j, NULL, t->tags[k]);
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_json(const struct answer *a, struct buf *out)
{
	struct slice rest = buf_slice(&a->explanation);
	struct json j;

	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_cstr(&j, "action", policy_action_name(a->verdict.action));
	json_boolean(&j, "uncertain", a->verdict.uncertain);
	json_cstr(&j, "certainty", sql_certainty_name(a->q.certainty));
	if (a->verdict.action != POLICY_NONE) {
		json_str(&j, "rule", a->verdict.rule);
		json_str(&j, "ruleset", a->verdict.ruleset);
		json_uint(&j, "severity", a->verdict.severity);
	}
	json_open(&j, "relations", '[');
	for (size_t i = 0; i < a->q.nrelations; i++)
		put_relation(&j, a, i);
	json_close(&j, ']');
	json_open(&j, "explanation", '[');
	while (rest.len)
		json_str(&j, NULL, slice_line(&rest));
	json_close(&j, ']');
	json_close(&j, '}');
	buf_addc(out, '\n');
}

static int answer(const struct policy *p, const struct request *r)
{
	struct answer a = { 0 };
	struct arena arena;
	struct buf json;
	int err;

	arena_init(&arena, TEST_MEMORY);
	buf_init(&a.explanation, OUTPUT_MAX);
	buf_init(&json, OUTPUT_MAX);
	err = judge_request(p, r, &arena, &a);
	if (!err && r->json) {
		put_json(&a, &json);
		err = json.err;
	}
	if (!err) {
		struct slice out = buf_slice(r->json ? &json : &a.explanation);

		fwrite(out.ptr, 1, out.len, stdout);
	}
	buf_done(&json);
	buf_done(&a.explanation);
	arena_done(&arena);
	if (err) {
		fprintf(stderr, "qprov policy: %s\n", strerror(-err));
		return EXIT_USAGE;
	}
	return policy_flush(a.verdict.action == POLICY_ALERT ? EXIT_FINDINGS : EXIT_FINE);
}

int policy_test(int argc, char **argv)
{
	/* Without --uid no rule on a uid holds: "not given" is not root. */
	struct request r = { .dialect = SQL_ANSI, .who = { .uid = UINT32_MAX, .euid = UINT32_MAX }, .time_s = (int64_t)time(NULL) };
	struct config *c = NULL;
	struct policy *p;
	int code;

	buf_init(&r.groups, OUTPUT_MAX);
	code = read_options(argc, argv, &r);
	if (!code)
		code = policy_load(r.config ? r.config : CONFIG_DEFAULT_PATH, &c);
	if (code) {
		buf_done(&r.groups);
		return code < 0 ? policy_flush(EXIT_FINE) : code;
	}
	if (policy_new(c, &p)) {
		fprintf(stderr, "qprov policy: out of memory\n");
		code = EXIT_USAGE;
	} else {
		code = answer(p, &r);
		policy_free(p);
	}
	config_free(c);
	buf_done(&r.groups);
	return code;
}
