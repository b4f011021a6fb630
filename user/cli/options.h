// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The options that run, trace and replay share, from one table that also prints the help. */
#ifndef QPROV_OPTIONS_H
#define QPROV_OPTIONS_H

#include "pipeline/filter.h"

enum output { OUTPUT_JSON, OUTPUT_PRETTY };

struct options {
	const char *config;
	const char *record;
	const char *file; /* of replay */
	struct filter filter;
	enum output output;
	bool output_set;
	uint64_t duration_s; /* 0: until a signal */
	uint64_t count;      /* 0: no limit */
	bool quiet;
	bool verbose;
	bool help;
};

enum option_use { USE_RUN = 1, USE_TRACE = 2, USE_REPLAY = 4 };

/* 0, or -EINVAL after a message on stderr. The strings point into argv. */
int options_parse(int argc, char **argv, enum option_use use, struct options *ret);
void options_help(enum option_use use);

#endif
