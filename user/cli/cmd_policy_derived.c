// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov policy derived: relations made from sensitive ones, as the agent keeps them; and which of them are to be forgotten. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/cmd_policy.h"
#include "cli/state.h"
#include "event/json.h"
#include "pipeline/session.h"

#define FILE_MAX (32u << 20)
#define OUTPUT_MAX (64u << 20)

enum { NAMES_MAX = 64, NAME_BYTES_MAX = 1024 };

struct request {
	const char *config;
	struct slice names[NAMES_MAX];
	size_t n;
	bool json;
};

static const char *system_name(enum client_system s)
{
	static const char *const names[SYSTEM_COUNT] = {
		[SYSTEM_POSTGRESQL] = "postgresql", [SYSTEM_MYSQL] = "mysql",
		[SYSTEM_SQLITE] = "sqlite",         [SYSTEM_MSSQL] = "microsoft.sql_server",
		[SYSTEM_ORACLE] = "oracle.db",      [SYSTEM_DB2] = "ibm.db2",
		[SYSTEM_DUCKDB] = "duckdb",         [SYSTEM_MONGODB] = "mongodb",
		[SYSTEM_CASSANDRA] = "cassandra",   [SYSTEM_OTHER] = "other_sql",
	};

	return (unsigned)s < SYSTEM_COUNT && names[s] ? names[s] : "other_sql";
}

static void put_text(void *ctx, const struct sessions_kept *k)
{
	time_t when = (time_t)(k->made_ns / 1000000000u);
	struct buf *out = ctx;
	char text[32];
	struct tm tm;

	buf_printf(out, "%s", system_name(k->system));
	if (k->where.len)
		buf_printf(out, " %s", slice_quote(k->where));
	buf_printf(out, ": %s %s from ", k->routine ? "routine" : k->view ? "view" : "table", slice_quote(k->name));
	for (size_t i = 0; i < k->nbases; i++)
		buf_printf(out, "%s%s", i ? ", " : "", slice_quote(k->bases[i]));
	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_printf(out, "; made %s by ", text);
	if (k->loginuid == REC_UNSET_ID)
		buf_printf(out, "an unknown human (uid %u)\n", k->uid);
	else if (k->user.len)
		buf_printf(out, "%s\n", slice_quote(k->user));
	else
		buf_printf(out, "login uid %u\n", k->loginuid);
}

static void put_json(void *ctx, const struct sessions_kept *k)
{
	struct json j;

	json_init(&j, ctx);
	json_open(&j, NULL, '{');
	json_cstr(&j, "system", system_name(k->system));
	if (k->where.len)
		json_str(&j, "database", k->where);
	json_str(&j, "name", k->name);
	json_cstr(&j, "kind", k->routine ? "routine" : k->view ? "view" : "table");
	json_open(&j, "bases", '[');
	for (size_t i = 0; i < k->nbases; i++)
		json_str(&j, NULL, k->bases[i]);
	json_close(&j, ']');
	json_time(&j, "made", k->made_ns);
	if (k->loginuid != REC_UNSET_ID)
		json_uint(&j, "loginuid", k->loginuid);
	json_uint(&j, "uid", k->uid);
	if (k->user.len)
		json_str(&j, "user", k->user);
	json_close(&j, '}');
	buf_addc(ctx, '\n');
}

static int complain(const char *path, const char *what, int err)
{
	fprintf(stderr, "qprov policy: %s: %s%s\n", slice_quote(slice_cstr(path)), what, strerror(-err));
	return EXIT_USAGE;
}

static int list(const char *path, bool json)
{
	struct sessions *s;
	struct buf file, out;
	int err = sessions_new(&s);

	if (err)
		return complain(path, "", err);
	buf_init(&file, FILE_MAX);
	buf_init(&out, OUTPUT_MAX);
	err = buf_read_file(&file, AT_FDCWD, path);
	if (!err)
		err = sessions_load(s, buf_slice(&file));
	if (err > 0 || err == -ENOENT)
		err = 0; /* the agent is running, or was killed; nothing was kept yet */
	if (!err) {
		sessions_each_kept(s, json ? put_json : put_text, &out);
		err = out.err;
	}
	if (!err)
		fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	buf_done(&file);
	sessions_free(s);
	return err ? complain(path, err == -EBADMSG ? "damaged, or of another version: " : "", err) : policy_flush(EXIT_FINE);
}

/* The file under that name, locked: the agent may just have taken it away. A negative errno. */
static int open_locked(const char *path)
{
	for (int tries = 0; tries < 8; tries++) {
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat here, there;

		if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &here))
			return -errno;
		if (stat(path, &there) == 0 && here.st_ino == there.st_ino && here.st_dev == there.st_dev)
			return TAKE_FD(fd);
	}
	return -EBUSY;
}

static int forget(const char *derived, const struct request *r)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct buf lines;
	int err;

	if (asprintf(&path, "%s" STATE_FORGET_SUFFIX, derived) < 0) {
		path = NULL;
		return complain(derived, "", -ENOMEM);
	}
	buf_init(&lines, NAMES_MAX * (NAME_BYTES_MAX + 1));
	for (size_t i = 0; i < r->n; i++) {
		buf_add(&lines, r->names[i]);
		buf_addc(&lines, '\n');
	}
	fd = open_locked(path);
	err = fd < 0 ? fd : lines.err ? lines.err : write_all(fd, buf_slice(&lines), NULL);
	if (!err && fsync(fd))
		err = -errno;
	buf_done(&lines);
	if (err)
		return complain(path, "cannot be written: ", err);
	printf("asked for; the agent forgets %s when it reads its configuration again (SIGHUP), or starts\n", r->n == 1 ? "it" : "them");
	return policy_flush(EXIT_FINE);
}

static int add_name(struct request *r, const char *name)
{
	struct slice s = slice_cstr(name);

	if (!s.len || s.len > NAME_BYTES_MAX || memchr(s.ptr, '\n', s.len))
		return policy_usage_error("no name of a relation:", slice_quote(s));
	if (r->n == NAMES_MAX)
		return policy_usage_error("too many names at once", NULL);
	r->names[r->n++] = s;
	return 0;
}

/* 0, an exit code, or -1 after --help. */
static int read_options(int argc, char **argv, struct request *r)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "forget", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, code = 0;

	optind = 0; /* a second look at an argument vector: glibc wants 0 to start afresh */
	while (!code && (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			r->config = optarg;
		else if (option == 'j')
			r->json = true;
		else if (option == 'f')
			code = add_name(r, optarg);
		else
			policy_usage(option == 'h' ? stdout : stderr);
		if (option == 'h' || option == '?')
			return option == 'h' ? -1 : EXIT_USAGE;
	}
	if (!code && optind < argc)
		return policy_usage_error("what is", slice_quote(slice_cstr(argv[optind])));
	return code;
}

int policy_derived(int argc, char **argv)
{
	_cleanup_free_ char *path = NULL;
	struct request r = { .config = CONFIG_DEFAULT_PATH };
	struct config *c = NULL;
	int code = read_options(argc, argv, &r);

	if (code)
		return code < 0 ? policy_flush(EXIT_FINE) : code;
	code = policy_load(r.config, &c);
	if (code)
		return code;
	if (!c->state.len) {
		fprintf(stderr, "qprov policy: %s has no state: such as /var/lib/qprov/repetition, so nothing is kept\n", r.config);
		code = EXIT_USAGE;
	} else if (asprintf(&path, "%.*s" STATE_DERIVED_SUFFIX, (int)c->state.len, c->state.ptr) < 0) {
		path = NULL;
		code = complain(r.config, "", -ENOMEM);
	} else {
		code = r.n ? forget(path, &r) : list(path, r.json);
	}
	config_free(c);
	return code;
}
