// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/catalog_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/catalog_queries.h"
#include "cli/child.h"
#include "redact/redact.h"

enum { OWN_ARGS_MAX = 12, PROGRAMS_MAX = 3, ARGS_MEMORY_MAX = 4 << 20 };

/* Fixed arguments stand before or behind those of the user. */
struct client {
	struct catalog_client shown;
	const char *const programs[PROGRAMS_MAX]; /* the first that exists */
	const char *const before[OWN_ARGS_MAX];
	const char *const alone[2]; /* before, where nobody could answer */
	const char *const behind[OWN_ARGS_MAX];
	const char *const asking[3]; /* options that make it ask for a password */
	const char *password;        /* where it belongs */
	const char *queries;
};

static const struct client clients[] = {
	{ .shown = { .system = "postgresql", .dialect = SQL_POSTGRES },
	  .programs = { "psql" },
	  .before = { "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1" },
	  .alone = { "--no-password" },
	  .asking = { "-W", "--password" },
	  .password = "~/.pgpass, or the file that PGPASSFILE names",
	  .queries = catalog_postgresql },
	/* --no-defaults and the like must come first, so the user's options do. A client that connects again has lost its settings. */
	{ .shown = { .system = "mariadb", .dialect = SQL_MARIADB },
	  .programs = { "mariadb", "mysql" },
	  .behind = { "--batch", "--raw", "--skip-column-names", "--skip-reconnect" },
	  .asking = { "-p", "--password" },
	  .password = "a file's [client] section, and that file behind --defaults-extra-file=, as the first option",
	  .queries = catalog_mariadb },
	{ .shown = { .system = "sqlite", .dialect = SQL_SQLITE, .needs = "file" },
	  .programs = { "sqlite3" },
	  .before = { "-readonly", "-batch", "-bail", "-noheader", "-list", "-init", "/dev/null" },
	  .queries = catalog_sqlite },
};

static const struct client *of(const struct catalog_client *c)
{
	return CONTAINER_OF(c, const struct client, shown);
}

const struct catalog_client *catalog_client(const char *system)
{
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		if (strcmp(system, clients[i].shown.system) == 0)
			return &clients[i].shown;
	return NULL;
}

static bool has_terminal(void)
{
	_cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd >= 0;
}

/* What would be hidden in an event about this command line must not be in it: number of the argument, from 1, or 0. */
static int find_password(const struct client *c, const char *const *args, size_t n, size_t *ret)
{
	_cleanup_free_ unsigned char *hide = NULL;
	struct arena arena;
	struct buf line;
	size_t at = strlen(c->programs[0]) + 1;

	buf_init(&line, ARGS_MEMORY_MAX);
	buf_add(&line, slice_mem(c->programs[0], at));
	for (size_t i = 0; i < n; i++)
		buf_add(&line, slice_mem(args[i], strlen(args[i]) + 1));
	hide = calloc(line.len + 1, 1);
	if (line.err || !hide) {
		buf_done(&line);
		return -ENOMEM;
	}
	arena_init(&arena, ARGS_MEMORY_MAX);
	redact_mark_args(buf_slice(&line), hide, &arena);
	arena_done(&arena);
	buf_done(&line);
	*ret = 0;
	for (size_t i = 0; i < n && !*ret; at += strlen(args[i++]) + 1)
		if (memchr(hide + at, REDACT_HIDE, strlen(args[i])))
			*ret = i + 1;
	return 0;
}

int catalog_client_check(const struct catalog_client *shown, const char *const *args, size_t n)
{
	const struct client *c = of(shown);
	size_t at;
	int err = c->password ? find_password(c, args, n, &at) : 0;
	bool answered = !c->password || has_terminal(); /* what it asks for */

	if (err) {
		fprintf(stderr, "qprov catalog: arguments: %s\n", strerror(-err));
		return -EINVAL;
	}
	if (c->password && at) {
		fprintf(stderr,
			"qprov catalog: client option %zu holds a password, which every user of this host can read in the list of "
			"processes; "
			"put it into %s\n",
			at, c->password);
		return -EINVAL;
	}
	for (size_t i = 0; !answered && i < n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(c->asking) && c->asking[k]; k++)
			if (strcmp(args[i], c->asking[k]) == 0) {
				fprintf(stderr, "qprov catalog: %s asks for a password, and there is no terminal; put it into %s\n",
					args[i], c->password);
				return -EINVAL;
			}
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
	while (s.len)
		fprintf(stderr, "qprov catalog: client: %s\n", slice_quote(slice_line(&s)));
}

static void complain(const char *program, int err, int status, int silence_s)
{
	if (err == -ENOENT)
		fprintf(stderr, "qprov catalog: there is no %s here; install the database's command-line client\n", program);
	else if (err == -ETIMEDOUT)
		fprintf(stderr, "qprov catalog: %s said nothing for %d seconds and was ended; --timeout gives it longer\n", program,
			silence_s);
	else if (err == -E2BIG)
		fprintf(stderr, "qprov catalog: %s: more than %u MiB of answer\n", program, CATALOG_ROWS_MAX >> 20);
	else if (err)
		fprintf(stderr, "qprov catalog: %s: %s\n", program, strerror(-err));
	else
		fprintf(stderr, "qprov catalog: %s ended with status %d\n", program, status);
}

int catalog_client_ask(const struct catalog_client *shown, const char *const *args, size_t nargs, int silence_s, struct buf *out)
{
	const char *argv[CATALOG_ARGS_MAX + 2 * OWN_ARGS_MAX + 4] = { NULL };
	const struct client *c = of(shown);
	int err = -ENOENT, status = 0;
	size_t n = 1, i = 0;
	struct buf says;

	n = add_args(argv, n, c->before, OWN_ARGS_MAX);
	if (!has_terminal())
		n = add_args(argv, n, c->alone, ARRAY_SIZE(c->alone));
	n = add_args(argv, n, args, nargs);
	add_args(argv, n, c->behind, OWN_ARGS_MAX);
	buf_init(&says, CHILD_ERROR_MAX);
	while (err == -ENOENT && i < PROGRAMS_MAX && c->programs[i]) {
		argv[0] = c->programs[i++];
		err = child_run(argv, slice_cstr(c->queries), silence_s * 1000, out, &says, &status);
	}
	print_lines(buf_slice(&says));
	buf_done(&says);
	if (err || status)
		complain(err == -ENOENT ? c->programs[0] : argv[0], err, status, silence_s);
	return err || status ? -EIO : 0;
}
