// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sodium.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "cli/canary.h"
#include "cli/cli.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *args;
	const char *help;
};

static const struct command commands[] = {
	{ "run", cmd_run, "[-c FILE] [--record FILE]", "the agent: JSON lines to the configured sinks (stdout when none)" },
	{ "trace", cmd_trace, "[filters] [-o pretty|json]", "live view for a responder" },
	{ "replay", cmd_replay, "FILE [-c FILE] [filters]", "recorded raw records through the same pipeline" },
	{ "policy", cmd_policy, "check FILE | test -e SQL", "validate a policy; what would a statement match, and why" },
	{ "catalog", cmd_catalog, "SYSTEM [client options]", "what a live database's views, functions, partitions stand for" },
	{ "subjects", cmd_subjects, "add | remove | list", "protected people: identifiers kept as keyed hashes" },
	{ "sql", cmd_sql, "[--dialect D]", "SQL in as JSON lines, references out" },
	{ "probes", cmd_probes, "[--json] [--try] [FILE...]", "libraries found, functions hooked, what is missing" },
	{ "doctor", cmd_doctor, "[--json]", "can this host be watched? what to do if not" },
};

static void usage(FILE *to)
{
	fputs("qprov: who, which person, ran which query on which sensitive table, from which process\n\nusage: qprov COMMAND "
	      "[options]\n\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(to, "  %-8s %-27s %s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs("\n  --help, -h     this text; 'qprov COMMAND --help' for one command\n"
	      "  --version, -V  the version\n\n"
	      "Exit codes: 0 fine; 1 findings; 2 wrong usage or configuration; 3 not permitted, or the kernel cannot do it.\n"
	      "stdout carries results, stderr the log. First steps: 'qprov doctor', then 'qprov trace'.\n",
	      to);
}

/*
 * A number below 3 that is free goes to the next file that is opened, and messages would be written into that. Standard output is filled by
 * what cannot be written to: results that nobody gets are an error.
 */
static int hold_standard(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct rlimit none = { 0, 0 };

	if (hold_standard())
		return EXIT_DENIED;
	(void)setrlimit(RLIMIT_CORE, &none); /* statements as they were typed, and the key of the protected people, are in memory */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write(2), which is counted */
	if (sodium_init() < 0) {
		log_error("the cryptographic library cannot start");
		return EXIT_DENIED;
	}
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return EXIT_FINE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("qprov " QPROV_VERSION);
		return EXIT_FINE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "canary")) /* for the agent only */
		return cmd_canary(argc - 1, argv + 1);
	log_error("unknown command %s; 'qprov --help' lists them", slice_quote(slice_cstr(argv[1])));
	return EXIT_USAGE;
}
