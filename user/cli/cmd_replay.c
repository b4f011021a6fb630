// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "capture/recfile.h"
#include "cli/cli.h"
#include "cli/view.h"

static void help(void)
{
	puts("usage: qprov replay FILE [-c FILE] [options]\n\n"
	     "Runs recorded raw records (qprov run --record) through the same pipeline as live capture, without root.\n");
	options_help(USE_REPLAY);
}

/* Everything up to the first damage is told; the damage itself ends in exit code 1. */
static int feed(struct recfile *in, struct view *v, const char *path)
{
	struct slice record;
	int r;

	while (!v->done && (r = recfile_next(in, &record)) != 0) {
		if (r < 0) {
			log_error("%s: %s at byte %" PRIu64 "; what stands before it was read", path,
				  r == -ENODATA ? "the file ends within a record" : "corrupt record", recfile_offset(in));
			return EXIT_FINDINGS;
		}
		r = pipeline_push(v->pipeline, record);
		if (r)
			log_warn("%s: a record at byte %" PRIu64 " was refused: %s", path, recfile_offset(in), strerror(-r));
	}
	return EXIT_FINE;
}

static int replay(const struct options *o, const struct config *config, struct recfile *in)
{
	struct view v;
	int r = view_open(&v, NULL, 0, o, o->output_set && o->output == OUTPUT_PRETTY);

	if (r) {
		view_close(&v);
		return EXIT_USAGE;
	}
	r = pipeline_new(config, &o->filter, view_ops(&v), &v, &v.pipeline);
	if (r) {
		log_error("cannot start: %s", strerror(-r));
		view_close(&v);
		return EXIT_DENIED;
	}
	r = feed(in, &v, o->file);
	pipeline_finish(v.pipeline);
	if (!v.closed)
		view_account(&v);
	pipeline_free(v.pipeline);
	view_close(&v);
	return r;
}

int cmd_replay(int argc, char **argv)
{
	struct recfile *in;
	struct config_error err;
	struct config *config;
	struct options o;
	int r;

	if (options_parse(argc, argv, USE_REPLAY, &o))
		return EXIT_USAGE;
	if (o.help) {
		help();
		return EXIT_FINE;
	}
	if (config_load(o.config, &config, &err)) {
		log_error("%s", err.text);
		return EXIT_USAGE;
	}
	r = recfile_open(o.file, &in);
	if (r) {
		log_error("%s: %s", o.file,
			  r == -EBADMSG  ? "not a file that qprov recorded"
			  : r == -EPROTO ? "recorded by another version"
					 : strerror(-r));
		config_free(config);
		return EXIT_USAGE;
	}
	r = replay(&o, config, in);
	recfile_close(in);
	config_free(config);
	return r;
}
