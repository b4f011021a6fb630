// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov policy check | test: is a policy valid, and what would it say about a statement. */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/cli.h"
#include "config/config.h"
#include "config/subjects.h"
#include "event/json.h"
#include "pipeline/judge.h"

#define TEST_MEMORY (256u << 20)
#define OUTPUT_MAX (64u << 20)

static const char usage_text[] = "usage: qprov policy check [FILE]\n"
				 "       qprov policy test [-c FILE] -e SQL [options]\n"
				 "\n"
				 "check  validates FILE (" CONFIG_DEFAULT_PATH " when left out) and the policy.d/*.yaml beside it\n"
				 "test   says what the policy makes of a statement, and why\n"
				 "\n"
				 "  -c, --config FILE   the configuration\n"
				 "  -e, --execute SQL   the statement, or several\n"
				 "      --dialect D     postgresql, mysql, mariadb, sqlite or another one that qprov sql knows\n"
				 "  -u, --user USER     the human; nobody is logged in when left out\n"
				 "      --uid N         the process's real user id (that of USER when left out)\n"
				 "      --exe PATH      the executable\n"
				 "      --comm NAME     the command name\n"
				 "      --server S      the server, as the client names it\n"
				 "      --database D    the database of the session\n"
				 "      --role R        the role of the session\n"
				 "      --rows N        how many rows came back (unknown when left out)\n"
				 "      --at TIME       when, in UTC, such as 2026-11-23T18:42 (now when left out)\n"
				 "      --json          one JSON object instead of text\n"
				 "  -h, --help          this text\n"
				 "\n"
				 "Exit: 0 fine; 1 the statement would alert; 2 wrong usage or configuration.\n";

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
	bool has_uid;
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

static int usage_error(const char *what, const char *which)
{
	fprintf(stderr, "qprov policy: %s%s%s\n%s", what, which ? " " : "", which ? which : "", usage_text);
	return EXIT_USAGE;
}

static int load(const char *path, struct config **ret)
{
	struct config_error error;

	if (config_load(path, ret, &error) == 0)
		return 0;
	fprintf(stderr, "%s\n", error.text);
	return EXIT_USAGE;
}

static void put_count(size_t n, const char *what, const char *end)
{
	printf(" %zu %s%s%s", n, what, n == 1 ? "" : "s", end);
}

static int flush_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "qprov policy: cannot write to stdout: %s\n", strerror(errno));
	return EXIT_USAGE;
}

static int policy_check(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : CONFIG_DEFAULT_PATH;
	struct config *c;
	int code;

	if (argc > 2)
		return usage_error("one file at a time, not also", slice_quote(slice_cstr(argv[2])));
	if (path[0] == '-')
		return usage_error("unknown option", slice_quote(slice_cstr(path)));
	code = load(path, &c);
	if (code)
		return code;
	printf("%s: OK:", path);
	put_count(c->ntables, "table", ",");
	if (c->nfunctions)
		put_count(c->nfunctions, "function", ",");
	if (c->npaths)
		put_count(c->npaths, "file", ",");
	if (c->subjects)
		put_count(c->subjects->n, "subject", ",");
	put_count(c->nviews, "view", ",");
	put_count(c->nrules, "rule", ",");
	put_count(c->nsinks, "sink", " ");
	printf("(sha256 %s)\n", c->hash);
	config_free(c);
	return flush_stdout(EXIT_FINE);
}

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
		return usage_error("unknown dialect", slice_quote(slice_cstr(name)));
	r->dialect = d;
	r->system = systems[d];
	return 0;
}

static int set_uid(struct request *r, const char *text)
{
	uint64_t v;

	if (slice_u64(slice_cstr(text), &v) || v >= UINT32_MAX)
		return usage_error("not a uid:", slice_quote(slice_cstr(text)));
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
		return usage_error("not a number of rows:", slice_quote(slice_cstr(text)));
	r->has_rows = true;
	return 0;
}

static int set_time(struct request *r, const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);

	if (!end || *end)
		return usage_error("not a time such as 2026-11-23T18:42:", slice_quote(slice_cstr(text)));
	r->time_s = (int64_t)timegm(&tm);
	return 0;
}

enum { OPT_DIALECT = 256, OPT_UID, OPT_EXE, OPT_COMM, OPT_DATABASE, OPT_SERVER, OPT_ROLE, OPT_ROWS, OPT_AT, OPT_JSON };

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
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
}

/* Ids that were not given: those of the user named, where this machine knows one. */
static void complete_who(struct request *r)
{
	const struct passwd *pw = r->who.has_loginuid ? getpwnam(r->who.user.ptr) : NULL;

	if (!r->has_uid && pw)
		r->who.uid = r->who.euid = (uint32_t)pw->pw_uid;
	if (r->who.has_loginuid)
		r->who.loginuid = pw ? (uint32_t)pw->pw_uid : r->who.uid;
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
			fputs(usage_text, stdout);
			return -1;
		}
		code = set_option(r, option);
		if (code)
			return code;
	}
	if (optind < argc)
		return usage_error("what is", slice_quote(slice_cstr(argv[optind])));
	if (!r->sql.ptr)
		return usage_error("test needs -e SQL", NULL);
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

static void put_columns(struct json *j, const struct sql_relation *r)
{
	json_open(j, "columns", '[');
	if (r->all_columns)
		json_cstr(j, NULL, "*");
	for (size_t i = 0; i < r->ncolumns; i++)
		json_str(j, NULL, r->columns[i].name);
	json_close(j, ']');
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
	put_columns(j, r);
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
	while (rest.len) {
		const char *nl = memchr(rest.ptr, '\n', rest.len);
		size_t len = nl ? (size_t)(nl - rest.ptr) : rest.len;

		json_str(&j, NULL, slice_head(rest, len));
		rest = slice_skip(rest, len + 1);
	}
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
	return flush_stdout(a.verdict.action == POLICY_ALERT ? EXIT_FINDINGS : EXIT_FINE);
}

static int policy_test(int argc, char **argv)
{
	/* Without --uid no rule on a uid holds: "not given" is not root. */
	struct request r = { .dialect = SQL_ANSI, .who = { .uid = UINT32_MAX, .euid = UINT32_MAX }, .time_s = (int64_t)time(NULL) };
	struct config *c;
	struct policy *p;
	int code = read_options(argc, argv, &r);

	if (code)
		return code < 0 ? flush_stdout(EXIT_FINE) : code;
	code = load(r.config ? r.config : CONFIG_DEFAULT_PATH, &c);
	if (code)
		return code;
	if (policy_new(c, &p)) {
		fprintf(stderr, "qprov policy: out of memory\n");
		code = EXIT_USAGE;
	} else {
		code = answer(p, &r);
		policy_free(p);
	}
	config_free(c);
	return code;
}

static bool is_help(const char *s)
{
	return strcmp(s, "-h") == 0 || strcmp(s, "--help") == 0;
}

int cmd_policy(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = { { "check", policy_check }, { "test", policy_test } };

	if (argc < 2)
		return usage_error("check or test?", NULL);
	if (is_help(argv[1]) || (argc > 2 && is_help(argv[2]))) {
		fputs(usage_text, stdout);
		return flush_stdout(EXIT_FINE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return usage_error("no such subcommand:", slice_quote(slice_cstr(argv[1])));
}
