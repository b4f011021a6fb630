// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* run and trace: the same live source, another view. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "cli/live.h"

static void help_run(void)
{
	puts("usage: qprov run [-c FILE] [options]\n\n"
	     "The agent: attaches to database client libraries and writes one JSON line per query on a sensitive table to the configured\n"
	     "sinks, stdout when there are none. Prints \"ready\" on stderr when all probes are attached. SIGHUP loads the configuration\n"
	     "again, SIGTERM and SIGINT end it in good order. Needs root.\n");
	options_help(USE_RUN);
}

static void help_trace(void)
{
	puts("usage: qprov trace [filters] [-o pretty|json]\n\n"
	     "Live view for a responder: attaches by itself, needs no running agent, leaves nothing behind. All filters must match.\n"
	     "Ends with totals, losses and what was not covered on stderr. Needs root.\n");
	options_help(USE_TRACE);
}

static int live(const struct options *o, struct config **config, const struct config_sink *sinks, size_t nsinks, bool trace)
{
	bool pretty = trace && (o->output_set ? o->output == OUTPUT_PRETTY : true);
	struct view v;
	int r = view_open(&v, sinks, nsinks, o, pretty);

	if (r) {
		view_close(&v);
		return EXIT_USAGE;
	}
	v.events_only = trace;
	r = pipeline_new(*config, &o->filter, view_ops(&v), &v, &v.pipeline);
	if (r) {
		log_error("cannot start: %s", strerror(-r));
		view_close(&v);
		return EXIT_DENIED;
	}
	r = live_run(o, config, &v);
	if (trace && r == EXIT_FINE)
		view_totals(&v);
	pipeline_free(v.pipeline);
	view_close(&v);
	return r;
}

static int start(int argc, char **argv, enum option_use use)
{
	bool trace = use == USE_TRACE;
	struct config_error err;
	struct config *config;
	struct options o;
	int r;

	if (options_parse(argc, argv, use, &o))
		return EXIT_USAGE;
	if (o.help) {
		trace ? help_trace() : help_run();
		return EXIT_FINE;
	}
	if (config_load(o.config, &config, &err)) {
		log_error("%s", err.text);
		return EXIT_USAGE;
	}
	/* The viewer writes to stdout whatever the agent's sinks are, and shows every statement unless told otherwise. */
	if (trace) {
		config->all_queries = true;
		config->state = SLICE_NONE; /* it belongs to the agent */
	}
	r = live(&o, &config, trace ? NULL : config->sinks, trace ? 0 : config->nsinks, trace);
	config_free(config);
	return r;
}

int cmd_run(int argc, char **argv)
{
	return start(argc, argv, USE_RUN);
}

int cmd_trace(int argc, char **argv)
{
	return start(argc, argv, USE_TRACE);
}
