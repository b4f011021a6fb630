// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* qprov policy check | test: is a policy valid, and what would it say about a statement. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/cmd_policy.h"
#include "config/subjects.h"

static const char usage_text[] =
	"usage: qprov policy check [FILE]\n"
	"       qprov policy test [-c FILE] -e SQL [options]\n"
	"       qprov policy derived [-c FILE] [--json | --forget NAME ...]\n"
	"\n"
	"check    validates FILE (" CONFIG_DEFAULT_PATH " when left out) and the policy.d/*.yaml beside it\n"
	"test     says what the policy makes of a statement, and why\n"
	"derived  lists relations made from sensitive ones that the agent keeps; --forget: as if NAME had been dropped\n"
	"\n"
	"  -c, --config FILE   the configuration\n"
	"  -e, --execute SQL   the statement, or several\n"
	"      --dialect D     postgresql, mysql, mariadb, sqlite or another one that qprov sql knows\n"
	"  -u, --user USER     the human; nobody is logged in when left out\n"
	"      --uid N         the process's real user id (that of USER when left out)\n"
	"      --exe PATH      the executable (unknown when left out, as what follows where nothing is said)\n"
	"      --comm NAME     the command name\n"
	"      --group LIST    the human's groups, with commas (those of USER when left out)\n"
	"      --script PATH   what an interpreter runs (nothing when left out)\n"
	"      --session WAY   how the session came in: sshd, console, cron, unit, ...\n"
	"      --server S      the server, as the client names it\n"
	"      --database D    the database of the session\n"
	"      --role R        the role of the session\n"
	"      --rows N        how many rows came back (unknown when left out)\n"
	"      --at TIME       when, in UTC, such as 2026-11-23T18:42 (now when left out)\n"
	"      --json          one JSON object instead of text\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit: 0 fine; 1 the statement would alert; 2 wrong usage or configuration.\n";

void policy_usage(FILE *to)
{
	fputs(usage_text, to);
}

int policy_usage_error(const char *what, const char *which)
{
	fprintf(stderr, "qprov policy: %s%s%s\n%s", what, which ? " " : "", which ? which : "", usage_text);
	return EXIT_USAGE;
}

int policy_load(const char *path, struct config **ret)
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

int policy_flush(int code)
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
		return policy_usage_error("one file at a time, not also", slice_quote(slice_cstr(argv[2])));
	if (path[0] == '-')
		return policy_usage_error("unknown option", slice_quote(slice_cstr(path)));
	code = policy_load(path, &c);
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
	return policy_flush(EXIT_FINE);
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
	} verbs[] = { { "check", policy_check }, { "test", policy_test }, { "derived", policy_derived } };

	if (argc < 2)
		return policy_usage_error("check, test or derived?", NULL);
	if (is_help(argv[1]) || (argc > 2 && is_help(argv[2]))) {
		fputs(usage_text, stdout);
		return policy_flush(EXIT_FINE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return policy_usage_error("no such subcommand:", slice_quote(slice_cstr(argv[1])));
}
