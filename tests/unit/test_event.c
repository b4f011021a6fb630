// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/cleanup.h"
#include "config/subjects.h"
#include "event/event.h"
#include "utf8.inc.c"

#define SECOND 1000000000ull

static struct identity *identity;
static struct arena arena;
static struct buf out;
static uint64_t sequence;
static const struct event_origin origin = {
	.host = SLICE_INIT("ws-042"),
	.machine_id = SLICE_INIT("0123456789abcdef0123456789abcdef"),
	.boot_id = SLICE_INIT("11111111-2222-3333-4444-555555555555"),
	.agent_id = SLICE_INIT("agent-1"),
	.version = SLICE_INIT("0.1.0"),
};
static struct event_context ctx;

/* REC_EXEC of a process; args hold their NULs. */
static void add_process(uint32_t pid, uint32_t ppid, uint32_t uid, const char *comm, struct slice path, struct slice cwd, struct slice args)
{
	struct rec_exec *r = calloc(1, sizeof(*r) + path.len + cwd.len + args.len);
	char *p = r->data;

	r->hdr.type = REC_EXEC;
	r->task = (struct rec_task){ .pid = pid, .tid = pid, .ppid = ppid, .uid = uid, .euid = uid, .start_ns = pid * SECOND };
	r->task.parent_start_ns = ppid * SECOND;
	memcpy(r->task.comm, comm, strnlen(comm, REC_COMM_LEN));
	r->task.loginuid = pid < 100 ? REC_UNSET_ID : 1001;
	r->task.sessionid = pid < 100 ? REC_UNSET_ID : 17;
	r->task.user_owner = REC_UNSET_ID;
	r->task.pid_ns = 0xeffffffcu;
	r->task.ns_pid = pid;
	r->task.exec_id = pid;
	r->task.sid = 100;
	r->task.tty = 34816;
	r->exe_ino = pid;
	r->exe_mode = 0100755;
	r->exe_nlink = 1;
	r->path_len = (uint16_t)path.len;
	r->cwd_len = (uint16_t)cwd.len;
	r->args_len = (uint16_t)args.len;
	if (path.len)
		memcpy(p, path.ptr, path.len);
	if (cwd.len)
		memcpy(p + path.len, cwd.ptr, cwd.len);
	if (args.len)
		memcpy(p + path.len + cwd.len, args.ptr, args.len);
	assert_int_equal(identity_exec(identity, r), 0);
	free(r);
}

/* As sshd begins a session: its child can still become root, and PAM has not set the login uid yet. */
static void add_login(uint32_t pid, uint32_t daemon, uint32_t uid)
{
	struct rec_task t = { .pid = pid, .tid = pid, .ppid = daemon, .start_ns = pid * SECOND, .parent_start_ns = daemon * SECOND };

	t.uid = t.euid = uid;
	t.loginuid = t.sessionid = t.user_owner = REC_UNSET_ID;
	assert_int_equal(identity_call(identity, &t, 0), 0);
}

static int setup(void **state)
{
	(void)state;
	if (identity_new(&identity))
		return -1;
	arena_init(&arena, 16u << 20);
	buf_init(&out, 64u << 20);
	sequence = 41;
	ctx = (struct event_context){
		&origin, identity, 1795459000ull * SECOND, &sequence, true, SLICE_INIT("abc123"), &arena, NULL, NULL
	};
	identity_user(identity, 0, SLICE("root"));
	identity_user(identity, 1001, SLICE("alice"));
	add_process(1, 0, 0, "systemd", SLICE("/usr/lib/systemd/systemd"), SLICE("/"), SLICE_NONE);
	add_process(90, 1, 0, "sshd", SLICE("/usr/sbin/sshd"), SLICE("/"), SLICE_NONE);
	add_login(100, 90, 1001);
	add_process(100, 90, 1001, "bash", SLICE("/usr/bin/bash"), SLICE("/home/alice"), SLICE("-bash\0"));
	add_process(110, 100, 1001, "sudo", SLICE("/usr/bin/sudo"), SLICE("/home/alice"), SLICE("sudo\0-i\0"));
	add_process(120, 110, 0, "psql", SLICE("/usr/lib/postgresql/15/bin/psql"), SLICE("/root"), SLICE("psql\0-h\0db7\0crm\0"));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	identity_free(identity);
	arena_done(&arena);
	buf_done(&out);
	return 0;
}

/* With QPROV_TEST_LINES=FILE all lines go there, for tests/validate.py --unordered. */
static void keep_line(struct slice line)
{
	const char *name = getenv("QPROV_TEST_LINES");
	FILE *f = name ? fopen(name, "a") : NULL;

	if (!f)
		return;
	fwrite(line.ptr, 1, line.len, f);
	fputc('\n', f);
	fclose(f);
}

/* One line: strict JSON, below the limit. The object is the caller's. */
static struct json_object *parse_line(struct slice line)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;

	keep_line(line);
	assert_true(line.len + 1 < EVENT_LINE_MAX);
	assert_true(is_utf8(line));
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, line.ptr, (int)line.len);
	assert_int_equal(json_tokener_get_error(tok), json_tokener_success);
	assert_int_equal(json_tokener_get_parse_end(tok), line.len);
	json_tokener_free(tok);
	return o;
}

static struct json_object *at(struct json_object *o, const char *path)
{
	struct json_object *found = NULL;

	return json_pointer_get(o, path, &found) ? NULL : found;
}

/* Line n of out. */
static struct json_object *line_of(unsigned n)
{
	struct slice rest = buf_slice(&out);

	for (;;) {
		const char *end = memchr(rest.ptr, '\n', rest.len);

		assert_non_null(end);
		if (n-- == 0)
			return parse_line(slice_mem(rest.ptr, (size_t)(end - rest.ptr)));
		rest = slice_skip(rest, (size_t)(end - rest.ptr) + 1);
	}
}

static unsigned count_lines(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < out.len; i++)
		n += out.ptr[i] == '\n';
	return n;
}

static void assert_text(struct json_object *o, const char *path, const char *want)
{
	assert_non_null(at(o, path));
	assert_string_equal(json_object_get_string(at(o, path)), want);
}

/* ---- a filled-in event ---- */

static struct sql_column columns[] = { { .name = SLICE_INIT("email") }, { .name = SLICE_INIT("name") } };
static struct sql_relation relation = {
	.catalog = SLICE_INIT("crm"),
	.schema = SLICE_INIT("public"),
	.name = SLICE_INIT("customers"),
	.access = SQL_READ,
	.columns = columns,
	.ncolumns = 2,
};
static struct sql_statement statement = { .operation = SLICE_INIT("SELECT"), .relations = &relation, .nrelations = 1 };
static struct sql_result sql = {
	.statements = &statement,
	.nstatements = 1,
	.masked = SLICE_INIT("SELECT name, email FROM customers WHERE region = ?"),
	.fingerprint = 0x0123456789abcdef,
};
static const struct slice tags[] = { SLICE_INIT("pii") };
static struct policy_table table = { .sensitive = true, .tags = tags, .ntags = 1, .severity = 73 };
static struct policy_verdict verdict = {
	.action = POLICY_ALERT,
	.rule = SLICE_INIT("sensitive table"),
	.ruleset = SLICE_INIT("policy.d/crm.yaml"),
	.severity = 73,
	.tables = &table,
};
static const struct slice via[] = { SLICE_INIT("PQsendQuery") };
static const struct execution execution = {
	.task = { .start_ns = 120 * SECOND,
		  .parent_start_ns = 110 * SECOND,
		  .cgroup_id = 4711,
		  .pid = 120,
		  .tid = 121,
		  .ppid = 110,
		  .loginuid = 1001,
		  .sessionid = 17,
		  .comm = "psql",
		  .exec_id = 120,
		  .ns_pid = 120,
		  .pid_ns = 0xeffffffcu,
		  .user_owner = REC_UNSET_ID,
		  .tty = 34816,
		  .sid = 100 },
	.start_ns = 327318204551,
	.end_ns = 327402771093,
	.system = SYSTEM_POSTGRESQL,
	.system_name = SLICE_INIT("postgresql"),
	.text = SLICE_INIT("SELECT name, email FROM customers WHERE region = 'north pole street'"),
	.text_len = 67,
	.outcome = OUTCOME_SUCCESS,
	.has_rows = true,
	.rows = 18342,
	.status_code = SLICE_INIT("00000"),
	.library = SLICE_INIT("/usr/lib/x86_64-linux-gnu/libpq.so.5.15"),
	.symbol = SLICE_INIT("PQexec"),
	.via = via,
	.nvia = 1,
};
static const struct event_query query = {
	.exec = &execution, .sql = &sql, .certainty = SQL_PARSED, .relations = &relation, .nrelations = 1, .verdict = &verdict
};

static const char golden[] =
	"{\"@timestamp\":\"2026-11-23T18:42:07.318204551Z\",\"ecs\":{\"version\":\"8.17\"},"
	"\"event\":{\"id\":\"01a209b7-2556-79ef-9e5a-0f122c22de9a\",\"kind\":\"alert\",\"category\":[\"database\"],"
	"\"type\":[\"access\"],\"action\":\"query\",\"outcome\":\"success\",\"dataset\":\"qprov.query\",\"module\":\"qprov\","
	"\"sequence\":42,\"start\":\"2026-11-23T18:42:07.318204551Z\",\"end\":\"2026-11-23T18:42:07.402771093Z\","
	"\"duration\":84566542,\"severity\":73},\"message\":\"alice (root via sudo) SELECT crm.public.customers with psql: 18342 rows\","
	"\"agent\":{\"type\":\"qprov\",\"version\":\"0.1.0\",\"id\":\"agent-1\"},\"host\":{\"name\":\"ws-042\","
	"\"id\":\"0123456789abcdef0123456789abcdef\",\"boot\":{\"id\":\"11111111-2222-3333-4444-555555555555\"}},"
	"\"user\":{\"id\":\"1001\",\"name\":\"alice\",\"effective\":{\"id\":\"0\",\"name\":\"root\"},\"real\":{\"id\":\"0\","
	"\"name\":\"root\"}},\"process\":{\"entity_id\":\"4b345f4e-68c8-8359-9fb0-440e8b9da4d1\",\"pid\":120,"
	"\"thread\":{\"id\":121},\"name\":\"psql\",\"executable\":\"/usr/lib/postgresql/15/bin/psql\",\"args\":[\"psql\","
	"\"-h\",\"db7\",\"crm\"],\"working_directory\":\"/root\",\"start\":\"2026-11-23T18:38:40.000000000Z\","
	"\"interactive\":true,\"tty\":{\"char_device\":{\"major\":136,\"minor\":0}},\"real_user\":{\"id\":\"0\","
	"\"name\":\"root\"},\"user\":{\"id\":\"0\",\"name\":\"root\"},"
	"\"parent\":{\"entity_id\":\"f802867b-0da9-8f3f-882d-fb4a471f37ba\",\"pid\":110,\"name\":\"sudo\"},"
	"\"session_leader\":{\"entity_id\":\"2dac7a49-4ca4-8493-a714-aed518607842\",\"pid\":100,\"name\":\"bash\"},"
	"\"entry_leader\":{\"entity_id\":\"2dac7a49-4ca4-8493-a714-aed518607842\",\"pid\":100,\"name\":\"bash\","
	"\"entry_meta\":{\"type\":\"sshd\"}}},\"db\":{\"system\":{\"name\":\"postgresql\"},\"operation\":{\"name\":\"SELECT\"},"
	"\"query\":{\"text\":\"SELECT name, email FROM customers WHERE region = ?\",\"summary\":\"SELECT customers\"},"
	"\"response\":{\"returned_rows\":18342,\"status_code\":\"00000\"}},\"rule\":{\"name\":\"sensitive table\","
	"\"ruleset\":\"policy.d/crm.yaml\"},\"related\":{\"user\":[\"alice\",\"root\"]},\"qprov\":{\"schema\":\"1\","
	"\"attribution\":{\"method\":\"loginuid\",\"confidence\":\"certain\",\"loginuid\":1001,\"audit_session\":17,"
	"\"cgroup_id\":\"4711\",\"terminal\":\"pts/0\",\"process\":\"exec\"},\"became\":[{\"id\":\"1001\",\"name\":\"alice\","
	"\"program\":\"sshd\",\"pid\":100,\"time\":\"2026-11-23T18:38:20.000000000Z\"},{\"id\":\"0\",\"name\":\"root\","
	"\"program\":\"sudo\",\"pid\":110}],\"lineage\":[{\"pid\":110,\"name\":\"sudo\",\"uid\":1001},{\"pid\":100,"
	"\"name\":\"bash\",\"uid\":1001},{\"pid\":90,\"name\":\"sshd\",\"uid\":0},{\"pid\":1,\"name\":\"systemd\",\"uid\":0}],"
	"\"program\":{\"writable_by_user\":false},\"tables\":[{\"catalog\":\"crm\",\"schema\":\"public\","
	"\"name\":\"customers\",\"access\":\"read\",\"sensitive\":true,\"tags\":[\"pii\"],\"columns\":[\"email\",\"name\"]}],"
	"\"query\":{\"fingerprint\":\"0123456789abcdef\",\"bytes\":67,\"truncated\":false,\"certainty\":\"parsed\","
	"\"prepared\":false},\"probe\":{\"library\":\"/usr/lib/x86_64-linux-gnu/libpq.so.5.15\",\"symbol\":\"PQexec\","
	"\"via\":[\"PQsendQuery\"]}}}\n";

static void test_golden(void **state)
{
	(void)state;
	assert_int_equal(event_query(&ctx, &query, &out), 1);
	buf_addc(&out, 0);
	assert_string_equal(out.ptr, golden);
	assert_int_equal(sequence, 42);
}

/* The same input gives the same bytes; only what the sequence makes different differs. */
static void test_deterministic(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(event_query(&ctx, &query, &out), 1);
	n = out.len;
	sequence = 41;
	assert_int_equal(event_query(&ctx, &query, &out), 1);
	assert_int_equal(out.len, 2 * n);
	assert_memory_equal(out.ptr, out.ptr + n, n);
}

static void test_unset_loginuid(void **state)
{
	struct execution x = execution;
	struct event_query q = query;
	struct json_object *o;

	(void)state;
	x.task.loginuid = x.task.sessionid = REC_UNSET_ID;
	x.task.uid = x.task.euid = 1001;
	x.task.sid = 0;
	q.exec = &x;
	assert_int_equal(event_query(&ctx, &q, &out), 1);
	o = line_of(0);
	assert_null(at(o, "/user"));
	assert_text(o, "/qprov/attribution/method", "none");
	assert_null(at(o, "/qprov/attribution/loginuid"));
	assert_null(at(o, "/qprov/attribution/audit_session"));
	assert_text(o, "/process/real_user/id", "1001");
	assert_text(o, "/process/user/name", "alice");
	assert_text(o, "/message", "unknown human (uid 1001 alice) SELECT crm.public.customers with psql: 18342 rows");
	json_object_put(o);
}

/* Without a loginuid, the owner of a POSIX session with a terminal is said to be so, and by what. */
static void test_session_leader(void **state)
{
	struct execution x = execution;
	struct event_query q = query;
	struct json_object *o;

	(void)state;
	x.task.loginuid = x.task.sessionid = REC_UNSET_ID;
	q.exec = &x;
	assert_int_equal(event_query(&ctx, &q, &out), 1);
	o = line_of(0);
	assert_text(o, "/user/id", "1001");
	assert_text(o, "/user/effective/id", "0");
	assert_text(o, "/qprov/attribution/method", "session_leader");
	assert_text(o, "/qprov/attribution/confidence", "medium");
	assert_text(o, "/message", "alice by session_leader (root via sudo) SELECT crm.public.customers with psql: 18342 rows");
	json_object_put(o);
}

static void test_absent(void **state)
{
	struct execution x = { .task = { .pid = 999, .tid = 999, .loginuid = 5, .uid = 5, .euid = 5, .sessionid = REC_UNSET_ID },
			       .start_ns = 5,
			       .unreadable = true };
	struct event_query q = { .exec = &x, .certainty = SQL_UNREADABLE };
	static const char *const absent[] = { "/event/end",         "/event/duration", "/event/severity",     "/event/part",
					      "/user/name",         "/user/effective", "/process/executable", "/process/args",
					      "/process/parent",    "/db/query",       "/db/response",        "/rule",
					      "/related",           "/qprov/lineage",  "/qprov/tables",       "/qprov/query/fingerprint",
					      "/qprov/query/bytes", "/qprov/probe",    "/qprov/became",       "/container" };
	struct json_object *o;

	(void)state;
	assert_int_equal(event_query(&ctx, &q, &out), 1);
	o = line_of(0);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_null(at(o, absent[i]));
	assert_text(o, "/event/kind", "event");
	assert_text(o, "/event/outcome", "unknown");
	assert_text(o, "/user/id", "5");
	assert_text(o, "/qprov/query/certainty", "unreadable");
	assert_text(o, "/qprov/attribution/process", "unknown");
	assert_text(o, "/message", "uid 5 ran a statement [unreadable]");
	json_object_put(o);
}

/* ---- secrets in arguments ---- */

struct args_row {
	struct slice args;
	const char *want; /* as JSON */
};

static const struct args_row args_rows[] = {
	{ SLICE_INIT("mysql\0-ubob\0-phunter2\0db\0"), "[\"mysql\",\"-ubob\",\"-p***\",\"db\"]" },
	{ SLICE_INIT("/usr/bin/mariadb-dump\0-phunter2\0"), "[\"/usr/bin/mariadb-dump\",\"-p***\"]" },
	{ SLICE_INIT("psql\0-p5433\0"), "[\"psql\",\"-p5433\"]" },
	{ SLICE_INIT("mysql\0-p\0db\0"), "[\"mysql\",\"-p\",\"db\"]" },
	{ SLICE_INIT("mysql\0--password=hunter two\0"), "[\"mysql\",\"--password=***\"]" },
	{ SLICE_INIT("tool\0--db-password\0hunter2\0--verbose\0"), "[\"tool\",\"--db-password\",\"***\",\"--verbose\"]" },
	{ SLICE_INIT("tool\0--password\0--verbose\0"), "[\"tool\",\"--password\",\"--verbose\"]" },
	{ SLICE_INIT("psql\0host=a PASSWORD=x\\ y user=b\0"), "[\"psql\",\"host=a PASSWORD=*** user=b\"]" },
	{ SLICE_INIT("psql\0password = 'a \\' y' dbname=c\0"), "[\"psql\",\"password = '***' dbname=c\"]" },
	{ SLICE_INIT("psql\0password='open\0"), "[\"psql\",\"password='***\"]" },
	{ SLICE_INIT("psql\0postgresql://u:p@ss@h:5432/d?sslmode=on\0"), "[\"psql\",\"postgresql://u:***@h:5432/d?sslmode=on\"]" },
	{ SLICE_INIT("psql\0postgresql://u@h:5432/d\0"), "[\"psql\",\"postgresql://u@h:5432/d\"]" },
	{ SLICE_INIT("psql\0postgresql://h/d?user=u&password=x&a=b\0"), "[\"psql\",\"postgresql://h/d?user=u&password=***&a=b\"]" },
	{ SLICE_INIT("env\0PGPASSWORD=x\0"), "[\"env\",\"PGPASSWORD=***\"]" },
	{ SLICE_INIT("env\0AWS_SECRET=\0x"), "[\"env\",\"AWS_SECRET=\",\"x\"]" },
	{ SLICE_INIT("a\0\0b\0"), "[\"a\",\"\",\"b\"]" },
};

static void test_args(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(args_rows); i++) {
		struct json_object *o;

		add_process(120, 110, 0, "x", SLICE("/x"), SLICE_NONE, args_rows[i].args);
		buf_clear(&out);
		assert_int_equal(event_query(&ctx, &query, &out), 1);
		o = line_of(0);
		assert_string_equal(json_object_to_json_string_ext(at(o, "/process/args"), JSON_C_TO_STRING_NOSLASHESCAPE),
				    args_rows[i].want);
		json_object_put(o);
	}
}

/* Literals of a statement on the command line are masked with the same care as the statement itself. */
static void test_args_literals(void **state)
{
	struct slice args = SLICE("psql\0-c\0SELECT * FROM t WHERE ip = '203.0.113.9'\0");

	(void)state;
	add_process(120, 110, 0, "psql", SLICE("/x"), SLICE_NONE, args);
	assert_int_equal(event_query(&ctx, &query, &out), 1);
	assert_null(memmem(out.ptr, out.len, "203.0.113.9", 11));
	assert_null(memmem(out.ptr, out.len, "north pole", 10));
	ctx.mask_literals = false;
	buf_clear(&out);
	assert_int_equal(event_query(&ctx, &query, &out), 1);
	assert_non_null(memmem(out.ptr, out.len, "203.0.113.9", 11));
	assert_non_null(memmem(out.ptr, out.len, "north pole", 10));
}

/* ---- hostile input ---- */

enum { HOSTILE = 100 }; /* functions, files */

static void fill(char *p, size_t n, unsigned byte)
{
	memset(p, (int)byte, n);
}

/* Every string of an event full of one byte: each value, and the ones that grow most. */
static void test_every_byte(void **state)
{
	static char big[70000], args[4096];
	struct slice s = { big, sizeof(big) };
	struct execution x = execution;
	struct sql_column column = { s, SQL_USE_OUTPUT };
	struct sql_relation r = {
		.catalog = s, .schema = s, .name = s, .access = 0xffff, .columns = &column, .ncolumns = 1, .all_columns = true
	};
	struct sql_statement st = { .operation = s, .relations = &r, .nrelations = 1 };
	struct sql_result res = { .statements = &st, .nstatements = 1, .masked = s, .lossy = true };
	struct policy_table t = { .sensitive = true, .tags = &s, .ntags = 1 };
	struct policy_table found[HOSTILE];
	struct sql_call calls[HOSTILE];
	struct sql_file files[HOSTILE];
	struct subject person = { .kind = SUBJECT_ID, .label = SLICE("a-label-of-the-greatest-length-that-is-allowed-here-64-bytes-long") };
	const struct subject *people[POLICY_SUBJECTS_MAX];
	struct event_attached attached = { s, s };
	struct policy_verdict v = {
		.action = POLICY_LOG, .rule = s, .ruleset = s, .severity = 1, .tables = &t, .calls = found, .files = found
	};
	struct event_query q = { .exec = &x, .sql = &res, .certainty = SQL_TRUNCATED, .relations = &r, .nrelations = 1, .verdict = &v };

	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		found[i] = t;
		calls[i] = (struct sql_call){ .schema = s, .name = s, .procedure = true };
		files[i] = (struct sql_file){ .path = s, .kind = (enum sql_file_kind)(i % 5), .write = i & 1 };
	}
	for (size_t i = 0; i < POLICY_SUBJECTS_MAX; i++)
		people[i] = &person;
	v.subjects = people;
	v.nsubjects = POLICY_SUBJECTS_MAX;
	v.more_subjects = 7;
	v.cut = true;
	r.server = r.link = r.through = s;
	r.behind = SQL_BEHIND_MEMORY;
	r.via = SQL_VIA_DYNAMIC;
	r.hidden = true;
	q.calls = calls;
	q.ncalls = HOSTILE;
	q.files = files;
	q.nfiles = HOSTILE;
	q.session = (struct event_session){ .database = s,
					    .search_path = s,
					    .role = s,
					    .user = s,
					    .sql_mode = s,
					    .role_unknown = true,
					    .user_unknown = true,
					    .attached = &attached,
					    .nattached = 1 };
	q.has_hmac = true;
	x.system_name = x.text = x.status_code = x.library = x.symbol = s;
	x.via = &s;
	x.task.uid = 77;
	for (unsigned byte = 0; byte < 256; byte++) {
		struct json_object *told;
		unsigned lines;

		fill(big, sizeof(big), byte);
		fill(args, sizeof(args), byte);
		fill(x.task.comm, sizeof(x.task.comm), byte);
		for (uint32_t uid = 0; uid < 3; uid++)
			identity_user(identity, (uint32_t[]){ 0, 77, 1001 }[uid], slice_head(s, 300));
		for (uint32_t pid = 200; pid < 240; pid++)
			add_process(pid, pid == 200 ? 90 : pid - 1, byte, x.task.comm, slice_head(s, 4096), slice_head(s, 4096),
				    slice_mem(args, 4096));
		x.task.pid = 239;
		x.task.start_ns = 239 * SECOND;
		buf_clear(&out);
		sequence = UINT64_MAX - 100;
		lines = event_query(&ctx, &q, &out);
		assert_true(lines >= 1);
		assert_int_equal(lines, count_lines());
		for (unsigned i = 0; i < lines; i++)
			json_object_put(line_of(i));
		/* Whatever had to be left out of the line, whom it is about and what was called is in the first one. */
		told = line_of(0);
		assert_true(at(told, "/qprov/subjects") && at(told, "/qprov/functions") && at(told, "/qprov/external"));
		json_object_put(told);
		buf_clear(&out);
		{
			struct event_coverage c = { .task = &x.task, .reason = s, .path = s, .symbols = s, .family = s, .build_id = s };

			assert_int_equal(event_coverage(&ctx, 1, &c, &out), 1);
		}
		assert_int_equal(event_policy(&ctx, 1, true, s, s, s, &out), 1);
		assert_int_equal(event_policy(&ctx, 1, false, s, s, SLICE_NONE, &out), 1);
		assert_int_equal(event_agent(&ctx, 1, "stop", s, s, &out), 1);
		for (unsigned i = 0; i < 4; i++)
			json_object_put(line_of(i));
		arena_reset(&arena);
	}
}

/* Deterministic noise: invalid UTF-8 of every kind in a text longer than a line. */
static void test_noise(void **state)
{
	static char text[65536];
	struct sql_result res = sql;
	struct event_query q = query;
	uint32_t x = 1;

	(void)state;
	q.sql = &res;
	for (int round = 0; round < 50; round++) {
		struct json_object *o;

		for (size_t i = 0; i < sizeof(text); i++) {
			x = x * 1664525 + 1013904223;
			text[i] = (char)(x >> 24);
		}
		res.masked = slice_mem(text, sizeof(text) >> (round % 8));
		buf_clear(&out);
		assert_int_equal(event_query(&ctx, &q, &out), 1);
		assert_true(out.len < EVENT_LINE_MAX);
		o = line_of(0);
		if (res.masked.len > EVENT_LINE_MAX)
			assert_true(json_object_get_boolean(at(o, "/qprov/query/text_cut")));
		json_object_put(o);
	}
}

/* A long text fills the line to the last characters, and every length near the edge is right. */
static void test_text_fills_line(void **state)
{
	static char text[65536];
	struct sql_result res = sql;
	struct event_query q = query;
	bool cut = false;

	(void)state;
	memset(text, 'x', sizeof(text));
	q.sql = &res;
	for (size_t n = 5500; n < 8000; n++) {
		struct json_object *o;
		bool now;

		res.masked = slice_mem(text, n);
		buf_clear(&out);
		assert_int_equal(event_query(&ctx, &q, &out), 1);
		o = line_of(0);
		now = at(o, "/qprov/query/text_cut") != NULL;
		assert_true(now || !cut);
		assert_true(now || (size_t)json_object_get_string_len(at(o, "/db/query/text")) == n);
		assert_true(!now || out.len > EVENT_LINE_MAX - 40);
		cut = now;
		json_object_put(o);
	}
	assert_true(cut);
}

/* What else is found: sensitive things first, secrets of paths left out, uses in the order of the columns. */
static void test_findings(void **state)
{
	static const struct policy_table found[] = { { 0 }, { .sensitive = true, .tags = tags, .ntags = 1 } };
	static const struct sql_call calls[] = { { .name = SLICE_INIT("lower") },
						 { .schema = SLICE_INIT("sys"), .name = SLICE_INIT("xp"), .procedure = true } };
	static const struct sql_file files[] = {
		{ .path = SLICE_INIT("https://user:secret@host/x.csv?token=secret"), .kind = SQL_URL },
		{ .path = SLICE_INIT("curl --data secret"), .kind = SQL_PROGRAM, .write = true },
	};
	static struct sql_column used[] = { { SLICE_INIT("a"), SQL_USE_OUTPUT | SQL_USE_FILTER },
					    { SLICE_INIT("b"), SQL_USE_WRITE | SQL_USE_AMBIGUOUS } };
	struct subject person = { .label = SLICE("journalist-a") };
	const struct subject *people[] = { &person };
	struct policy_verdict v = verdict;
	struct sql_relation r = relation;
	struct event_query q = query;
	struct json_object *o;

	(void)state;
	v.calls = (struct policy_table *)found;
	v.files = (struct policy_table *)found;
	v.subjects = people;
	v.nsubjects = 1;
	r.columns = used;
	r.all_columns = true;
	r.behind = SQL_BEHIND_SESSION;
	r.through = SLICE("v");
	q.verdict = &v;
	q.relations = &r;
	q.calls = calls;
	q.files = files;
	q.ncalls = q.nfiles = 2;
	q.session.role = SLICE("boss");
	q.has_hmac = true;
	assert_int_equal(event_query(&ctx, &q, &out), 1);
	o = line_of(0);
	assert_text(o, "/qprov/functions/0/name", "xp");
	assert_text(o, "/qprov/functions/1/name", "lower");
	assert_text(o, "/qprov/external/0/path", "curl");
	assert_text(o, "/qprov/external/1/path", "host/x.csv");
	assert_text(o, "/qprov/subjects/0", "hmac:00000000000000000000000000000000");
	assert_text(o, "/qprov/subject_labels/0", "journalist-a");
	assert_text(o, "/qprov/query/hmac", "hmac:00000000000000000000000000000000");
	assert_text(o, "/qprov/session/role", "boss");
	assert_text(o, "/qprov/tables/0/via", "session");
	assert_text(o, "/qprov/tables/0/through", "v");
	assert_text(o, "/qprov/tables/0/columns/0", "*");
	assert_text(o, "/qprov/tables/0/uses/0", "");
	assert_text(o, "/qprov/tables/0/uses/1", "output+filter");
	assert_text(o, "/qprov/tables/0/uses/2", "write+ambiguous");
	assert_null(memmem(out.ptr, out.len, "secret", 6));
	json_object_put(o);
}

static void test_tables_overflow(void **state)
{
	enum { TABLES = 2000 };
	static struct sql_relation many[TABLES];
	static struct policy_table verdicts[TABLES];
	static char names[TABLES][16], text[20000];
	struct policy_verdict v = verdict;
	struct sql_result res = sql;
	struct event_query q = { .exec = &execution, .sql = &res, .relations = many, .nrelations = TABLES, .verdict = &v };
	unsigned lines, seen = 0;
	const char *id = NULL;
	struct json_object *first = NULL;

	(void)state;
	memset(text, 'y', sizeof(text));
	res.masked = slice_mem(text, sizeof(text));
	for (unsigned i = 0; i < TABLES; i++) {
		snprintf(names[i], sizeof(names[i]), "t%u", i);
		many[i] = (struct sql_relation){ .name = slice_cstr(names[i]), .access = SQL_READ, .columns = columns, .ncolumns = 2 };
	}
	v.tables = verdicts;
	lines = event_query(&ctx, &q, &out);
	assert_true(lines > 10);
	assert_int_equal(lines, count_lines());
	assert_int_equal(sequence, 41 + lines);
	for (unsigned i = 0; i < lines; i++) {
		struct json_object *o = line_of(i), *tables = at(o, "/qprov/tables");

		if (i == 0) {
			first = o;
			id = json_object_get_string(at(o, "/event/id"));
			assert_true(json_object_get_string_len(at(o, "/db/query/text")) >= 1100);
		}
		assert_text(o, "/event/id", id);
		assert_int_equal(json_object_get_int64(at(o, "/event/sequence")), 42 + i);
		assert_int_equal(json_object_get_int64(at(o, "/event/part")), i + 1);
		for (size_t k = 0; k < json_object_array_length(tables); k++) {
			struct json_object *t = json_object_array_get_idx(tables, k);

			if (!strcmp(json_object_get_string(at(t, "/name")), names[seen]))
				seen++;
			else
				assert_string_equal(json_object_get_string(at(t, "/name")), names[seen - 1]);
		}
		if (i)
			json_object_put(o);
	}
	json_object_put(first);
	assert_int_equal(seen, TABLES);
}

/* One table with more columns than a line holds: each column once, in order. */
static void test_columns_overflow(void **state)
{
	enum { COLUMNS = 3000 };
	static struct sql_column cols[COLUMNS];
	static char names[COLUMNS][16];
	struct sql_relation r = relation;
	struct event_query q = query;
	unsigned lines, seen = 0;

	(void)state;
	for (unsigned i = 0; i < COLUMNS; i++) {
		snprintf(names[i], sizeof(names[i]), "column%u", i);
		cols[i].name = slice_cstr(names[i]);
	}
	r.columns = cols;
	r.ncolumns = COLUMNS;
	r.all_columns = true;
	q.relations = &r;
	lines = event_query(&ctx, &q, &out);
	assert_true(lines > 3);
	for (unsigned i = 0; i < lines; i++) {
		struct json_object *o = line_of(i), *list = at(o, "/qprov/tables/0/columns");

		assert_text(o, "/qprov/tables/0/name", "customers");
		for (size_t k = 0; k < json_object_array_length(list); k++, seen++)
			assert_string_equal(json_object_get_string(json_object_array_get_idx(list, k)), seen ? names[seen - 1] : "*");
		json_object_put(o);
	}
	assert_int_equal(seen, COLUMNS + 1);
}

/* A buffer that is full takes nothing, and the sequence stays without a hole. */
static void test_no_room(void **state)
{
	struct buf small;

	(void)state;
	buf_init(&small, 1000);
	assert_int_equal(event_query(&ctx, &query, &small), 0);
	assert_true(small.err < 0);
	assert_int_equal(small.len, 0);
	assert_int_equal(event_loss(&ctx, 1, "call_ring", 1, 1, &small), 0);
	assert_int_equal(sequence, 41);
	buf_done(&small);
}

/* ---- about the agent ---- */

static void test_agent_lines(void **state)
{
	struct event_heartbeat h = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	struct json_object *o;

	(void)state;
	event_agent(&ctx, 1, "start", SLICE_NONE, SLICE("6.18.0"), &out);
	event_policy(&ctx, 2, false, SLICE("/etc/qprov/qprov.yaml"), SLICE("abc"), SLICE_NONE, &out);
	event_policy(&ctx, 2, true, SLICE("x.yaml"), SLICE_NONE, SLICE("x.yaml:1:2: bad"), &out);
	event_coverage(&ctx, 3,
		       &(struct event_coverage){ .reason = SLICE("hooked"),
						 .path = SLICE("/lib/libpq.so.5.15"),
						 .family = SLICE("libpq"),
						 .build_id = SLICE("0badcafe"),
						 .functions = 7,
						 .symbols = SLICE("PQexec  PQprepare ") },
		       &out);
	event_coverage(&ctx, 3,
		       &(struct event_coverage){ .task = &execution.task, .reason = SLICE("stripped"), .path = SLICE("/opt/tool") }, &out);
	event_loss(&ctx, 4, "call_ring", 12, 40, &out);
	event_heartbeat(&ctx, 5, &h, &out);
	event_agent(&ctx, 6, "stop", SLICE("SIGTERM"), SLICE_NONE, &out);
	assert_int_equal(sequence, 49);
	o = line_of(3);
	assert_string_equal(json_object_to_json_string_ext(at(o, "/qprov/coverage/symbols"), 0), "[\"PQexec\",\"PQprepare\"]");
	json_object_put(o);
	o = line_of(4);
	assert_text(o, "/user/name", "alice");
	assert_text(o, "/process/entry_leader/entry_meta/type", "sshd");
	json_object_put(o);
	o = line_of(5);
	assert_text(o, "/qprov/loss/count", "12");
	assert_text(o, "/message", "lost 12 records (call_ring), 40 since the start");
	json_object_put(o);
	o = line_of(6);
	assert_text(o, "/qprov/heartbeat/late/files", "11");
	assert_text(o, "/qprov/heartbeat/late/p99_us", "13");
	json_object_put(o);
	for (unsigned i = 0; i < 8; i++)
		json_object_put(line_of(i));
}

/* The warm path takes no memory. */
static void test_no_malloc(void **state)
{
	uint64_t before;
	size_t cap;

	(void)state;
	event_query(&ctx, &query, &out);
	before = arena.mallocs;
	cap = out.cap;
	for (int i = 0; i < 100; i++) {
		buf_clear(&out);
		arena_reset(&arena);
		assert_int_equal(event_query(&ctx, &query, &out), 1);
	}
	assert_int_equal(arena.mallocs, before);
	assert_int_equal(out.cap, cap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_golden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deterministic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unset_loginuid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_session_leader, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_args, setup, teardown),
		cmocka_unit_test_setup_teardown(test_args_literals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_noise, setup, teardown),
		cmocka_unit_test_setup_teardown(test_findings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text_fills_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tables_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_columns_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_agent_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_malloc, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
