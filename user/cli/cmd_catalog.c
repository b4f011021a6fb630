// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov catalog: views, functions, triggers, partitions and foreign tables of a live database -> a file of policy.d. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/catalog_client.h"
#include "cli/cli.h"
#include "config/config.h"
#include "policy/catalog.h"

enum { SILENCE_S = 300, SILENCE_MAX_S = 86400 };

static const char usage_text[] =
	"usage: qprov catalog postgresql|mariadb|sqlite [--output FILE] [--timeout SECONDS] [client options]\n"
	"\n"
	"Writes which relations the views, functions, triggers, partitions and foreign tables of a database stand for, as a\n"
	"file for policy.d. All other options go to the database's command-line client, which has to be installed:\n"
	"\n"
	"  qprov catalog postgresql -h db7 -U auditor crm      psql; passwords in ~/.pgpass\n"
	"  qprov catalog mariadb --defaults-extra-file=FILE    mariadb; user and password in FILE\n"
	"  qprov catalog sqlite /srv/social.db                 sqlite3\n"
	"\n"
	"  --output FILE      write to FILE, mode 0600, in one step (default: stdout); untouched unless the answer is whole\n"
	"  --timeout SECONDS  end a client that says nothing for so long (300)\n"
	"  --help             this text\n"
	"\n"
	"Exit: 0 fine; 1 something could not be read, see the comments in the output; 2 wrong usage, or the client failed.\n";

struct request {
	const struct catalog_client *client;
	const char *output;
	int silence_s;
	const char *args[CATALOG_ARGS_MAX];
	size_t nargs;
};

/* What is not a system may be a connection string with a password: it is not repeated. */
static int usage_error(const char *what)
{
	fprintf(stderr, "qprov catalog: %s\n%s", what, usage_text);
	return EXIT_USAGE;
}

/* The value of "--name VALUE" or "--name=VALUE" at argv[*i], NULL when that is another option; "" when there is none. */
static const char *option(char **argv, int argc, int *i, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) != 0)
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (argv[*i][n])
		return NULL;
	return *i + 1 < argc ? argv[++*i] : "";
}

static int read_arguments(int argc, char **argv, struct request *r)
{
	const char *value;
	uint64_t n;

	for (int i = 1; i < argc; i++) {
		if ((value = option(argv, argc, &i, "--output"))) {
			if (!*value)
				return usage_error("--output needs a file");
			r->output = value;
		} else if ((value = option(argv, argc, &i, "--timeout"))) {
			if (slice_u64(slice_cstr(value), &n) || n < 1 || n > SILENCE_MAX_S)
				return usage_error("--timeout needs seconds, 1 to 86400");
			r->silence_s = (int)n;
		} else if (!r->client) {
			r->client = catalog_client(argv[i]);
			if (!r->client)
				return usage_error("the first argument is not one of postgresql, mariadb, sqlite");
		} else if (r->nargs == CATALOG_ARGS_MAX - 1) {
			return usage_error("too many arguments");
		} else {
			r->args[r->nargs++] = argv[i];
		}
	}
	if (!r->client)
		return usage_error("which system? postgresql, mariadb or sqlite");
	if (r->client->needs && !r->nargs)
		return usage_error("which file?");
	return catalog_client_check(r->client, r->args, r->nargs) ? EXIT_USAGE : 0;
}

/* Entries are the lines that this command indents and quotes. */
static size_t count_entries(struct slice yaml)
{
	size_t n = 0;

	while (yaml.len)
		n += slice_starts(slice_line(&yaml), SLICE("  \""));
	return n;
}

/* An import with fewer rights than the last one is no error of its own, and must not go unseen. */
static void tell_shrunk(const struct request *r, size_t entries)
{
	size_t before = 0;
	struct buf old;

	buf_init(&old, CONFIG_FILE_MAX);
	if (buf_read_file(&old, AT_FDCWD, r->output) == 0)
		before = count_entries(buf_slice(&old));
	buf_done(&old);
	if (before > entries)
		fprintf(stderr, "qprov catalog: %s had %zu entries and has %zu now: was the database or the user another one?\n", r->output,
			before, entries);
}

static int deliver(const struct request *r, struct buf *yaml, const struct catalog_summary *sum)
{
	int err = yaml->err;

	if (!err && yaml->len > CONFIG_FILE_MAX)
		err = -E2BIG;
	if (!err && r->output) {
		tell_shrunk(r, sum->views + sum->partitions);
		err = write_replace(r->output, buf_slice(yaml));
	} else if (!err) {
		err = write_all(STDOUT_FILENO, buf_slice(yaml), NULL);
	}
	if (err) {
		fprintf(stderr, "qprov catalog: %s: ", r->output ? r->output : "stdout");
		if (err == -E2BIG)
			fprintf(stderr, "more than the %u MiB that a policy file may have; nothing is written\n", CONFIG_FILE_MAX >> 20);
		else
			fprintf(stderr, "%s\n", strerror(-err));
		return EXIT_USAGE;
	}
	fprintf(stderr, "qprov catalog: %zu relations, %zu functions: %zu under views, %zu under partitions", sum->relations,
		sum->functions, sum->views, sum->partitions);
	if (sum->unseen || sum->unnamed)
		fprintf(stderr, "; %zu could not be read, %zu could not be named", sum->unseen, sum->unnamed);
	fputc('\n', stderr);
	return sum->unseen || sum->unnamed ? EXIT_FINDINGS : EXIT_FINE;
}

static int refuse(int err, size_t line)
{
	if (err == -EBADMSG)
		fprintf(stderr, "qprov catalog: line %zu of the client's answer is not what was asked for\n", line);
	else if (err == -ENODATA)
		fprintf(stderr, "qprov catalog: the client's answer ends in its middle, at line %zu; nothing is written\n", line);
	else
		fprintf(stderr, "qprov catalog: %s\n", err == -E2BIG ? "more than 1,000,000 objects in this database" : strerror(-err));
	return EXIT_USAGE;
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
		catalog_free(c);
		return refuse(err, line);
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
	struct request r = { .silence_s = SILENCE_S };
	struct buf rows;
	int code;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(usage_text, stdout);
		return fflush(stdout) ? EXIT_USAGE : EXIT_FINE;
	}
	code = read_arguments(argc, argv, &r);
	if (code)
		return code;
	buf_init(&rows, CATALOG_ROWS_MAX);
	code = catalog_client_ask(r.client, r.args, r.nargs, r.silence_s, &rows) ? EXIT_USAGE : convert(&r, buf_slice(&rows));
	buf_done(&rows);
	return code;
}
