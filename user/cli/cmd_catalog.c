// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov catalog: views, functions, partitions and foreign tables of a live database -> a file of policy.d, through its command-line client.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/catalog.h"
#include "cli/catalog_queries.h"
#include "cli/child.h"
#include "cli/cli.h"
#include "config/config.h"

#define ROWS_MAX (256u << 20) /* what a client may answer */

enum { ARGS_MAX = 256, OWN_ARGS_MAX = 12 };

static const char usage_text[] =
	"usage: qprov catalog postgresql|mariadb|sqlite [--output FILE] [client options]\n"
	"\n"
	"Writes which relations the views, functions, partitions and foreign tables of a database stand for, as a file\n"
	"for policy.d. Everything but --output goes to the database's command-line client, which has to be installed:\n"
	"\n"
	"  qprov catalog postgresql -h db7 -U auditor crm      psql\n"
	"  qprov catalog mariadb -h db8 -u auditor crm         mariadb\n"
	"  qprov catalog sqlite /srv/social.db                 sqlite3\n"
	"\n"
	"  --output FILE  write to FILE, mode 0600, in one step (default: stdout)\n"
	"  --help         this text\n"
	"\n"
	"Exit: 0 fine; 1 something could not be read, see the comments in the output; 2 wrong usage, or the client failed.\n";

/* A client: fixed arguments stand before or behind those of the user. */
struct client {
	const char *system;
	const char *const programs[3]; /* the first that exists */
	const char *const before[OWN_ARGS_MAX];
	const char *const behind[OWN_ARGS_MAX];
	const char *queries;
	enum sql_dialect dialect;
	bool needs_argument; /* the file */
};

static const struct client clients[] = {
	{ .system = "postgresql",
	  .programs = { "psql" },
	  .before = { "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1" },
	  .queries = catalog_postgresql,
	  .dialect = SQL_POSTGRES },
	/* --no-defaults and the like must come first, so the user's options do. */
	{ .system = "mariadb",
	  .programs = { "mariadb", "mysql" },
	  .behind = { "--batch", "--raw", "--skip-column-names" },
	  .queries = catalog_mariadb,
	  .dialect = SQL_MARIADB },
	{ .system = "sqlite",
	  .programs = { "sqlite3" },
	  .before = { "-readonly", "-batch", "-bail", "-noheader", "-list", "-init", "/dev/null" },
	  .queries = catalog_sqlite,
	  .dialect = SQL_SQLITE,
	  .needs_argument = true },
};

struct request {
	const struct client *client;
	const char *output;
	const char *args[ARGS_MAX];
	size_t nargs;
};

static int usage_error(const char *what, const char *which)
{
	fprintf(stderr, "qprov catalog: %s%s%s\n%s", what, which ? " " : "", which ? slice_quote(slice_cstr(which)) : "", usage_text);
	return EXIT_USAGE;
}

static int read_arguments(int argc, char **argv, struct request *r)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];

		if (strcmp(a, "--output") == 0) {
			if (++i == argc)
				return usage_error("--output needs a file", NULL);
			r->output = argv[i];
		} else if (strncmp(a, "--output=", 9) == 0) {
			r->output = a + 9;
		} else if (!r->client) {
			for (size_t k = 0; k < ARRAY_SIZE(clients); k++)
				if (strcmp(a, clients[k].system) == 0)
					r->client = &clients[k];
			if (!r->client)
				return usage_error("not one of postgresql, mariadb, sqlite:", a);
		} else if (r->nargs == ARGS_MAX - 1) {
			return usage_error("too many arguments", NULL);
		} else {
			r->args[r->nargs++] = a;
		}
	}
	if (!r->client)
		return usage_error("which system? postgresql, mariadb or sqlite", NULL);
	if (r->client->needs_argument && !r->nargs)
		return usage_error("which file?", NULL);
	return 0;
}

static size_t add_args(const char **to, size_t n, const char *const *from, size_t max)
{
	for (size_t i = 0; i < max && from[i]; i++)
		to[n++] = from[i];
	return n;
}

static void print_lines(struct slice s)
{
	while (s.len) {
		const char *nl = memchr(s.ptr, '\n', s.len);
		struct slice line = slice_head(s, nl ? (size_t)(nl - s.ptr) : s.len);

		s = slice_skip(s, line.len + 1);
		fprintf(stderr, "qprov catalog: client: %s\n", slice_quote(line));
	}
}

/* Exit code 0 with the rows in out, or a complaint. */
static int ask(const struct request *r, struct buf *out)
{
	const char *argv[ARGS_MAX + 2 * OWN_ARGS_MAX + 2] = { NULL };
	const struct client *c = r->client;
	int err = -ENOENT, status = 0;
	size_t n = 1;
	struct buf says;

	n = add_args(argv, n, c->before, OWN_ARGS_MAX);
	n = add_args(argv, n, r->args, r->nargs);
	add_args(argv, n, c->behind, OWN_ARGS_MAX);
	buf_init(&says, CHILD_ERROR_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(c->programs) && c->programs[i] && err == -ENOENT; i++) {
		argv[0] = c->programs[i];
		err = child_run(argv, slice_cstr(c->queries), out, &says, &status);
	}
	print_lines(buf_slice(&says));
	buf_done(&says);
	if (err == -ENOENT)
		fprintf(stderr, "qprov catalog: there is no %s here; install the database's command-line client\n", c->programs[0]);
	else if (err)
		fprintf(stderr, "qprov catalog: %s: %s\n", argv[0],
			err == -E2BIG ? "more than 256 MiB of answer; ask for one database" : strerror(-err));
	else if (status)
		fprintf(stderr, "qprov catalog: %s ended with status %d\n", argv[0], status);
	return err || status ? EXIT_USAGE : 0;
}

static int deliver(const struct request *r, struct buf *yaml, const struct catalog_summary *sum)
{
	int err = yaml->err;

	if (!err && yaml->len > CONFIG_FILE_MAX)
		err = -E2BIG;
	if (!err && r->output)
		err = write_replace(r->output, buf_slice(yaml));
	else if (!err)
		err = write_all(STDOUT_FILENO, buf_slice(yaml), NULL);
	if (err) {
		fprintf(stderr, "qprov catalog: %s: %s\n", r->output ? r->output : "stdout",
			err == -E2BIG ? "more than the 1 MiB that a policy file may have" : strerror(-err));
		return EXIT_USAGE;
	}
	fprintf(stderr, "qprov catalog: %zu relations, %zu functions: %zu under views, %zu under partitions", sum->relations,
		sum->functions, sum->views, sum->partitions);
	if (sum->unseen || sum->unnamed)
		fprintf(stderr, "; %zu could not be read, %zu could not be named", sum->unseen, sum->unnamed);
	fputc('\n', stderr);
	return sum->unseen || sum->unnamed ? EXIT_FINDINGS : EXIT_FINE;
}

static int convert(const struct request *r, struct slice rows)
{
	struct catalog_summary sum;
	struct catalog *c = NULL;
	struct buf yaml;
	size_t line = 0;
	int code, err = catalog_new(r->client->dialect, &c);

	if (!err)
		err = catalog_rows(c, rows, &line);
	if (err) {
		if (err == -EBADMSG)
			fprintf(stderr, "qprov catalog: line %zu of the client's answer is not what was asked for\n", line);
		else
			fprintf(stderr, "qprov catalog: %s\n", err == -E2BIG ? "too many objects in this database" : strerror(-err));
		catalog_free(c);
		return EXIT_USAGE;
	}
	buf_init(&yaml, 4 * CONFIG_FILE_MAX);
	buf_printf(&yaml, "# Written by qprov catalog %s: what views, functions and foreign tables read, and partitions belong to.\n",
		   r->client->system);
	catalog_write(c, &yaml, &sum);
	code = deliver(r, &yaml, &sum);
	buf_done(&yaml);
	catalog_free(c);
	return code;
}

int cmd_catalog(int argc, char **argv)
{
	struct request r = { 0 };
	struct buf rows;
	int code;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage_text, stdout);
		return fflush(stdout) ? EXIT_USAGE : EXIT_FINE;
	}
	code = read_arguments(argc, argv, &r);
	if (code)
		return code;
	buf_init(&rows, ROWS_MAX);
	code = ask(&r, &rows);
	if (!code)
		code = convert(&r, buf_slice(&rows));
	buf_done(&rows);
	return code;
}
