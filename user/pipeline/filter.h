// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Which query events a viewer wants: the filters of the command line, the same for every subcommand. All given ones must match. */
#ifndef QPROV_FILTER_H
#define QPROV_FILTER_H

#include "event/event.h"

struct filter {
	bool has_pid, has_euid;
	uint32_t pid, euid;
	struct slice user;  /* the human: a name or a loginuid */
	struct slice comm;  /* glob */
	struct slice table; /* glob on [schema.]name or name */
	struct slice db;    /* glob on the database of the connection or named in the statement, an SQLite file, or the system ("sqlite") */
	struct slice lib;   /* part of the library's path */
	bool has_min_rows;
	uint64_t min_rows;
	bool sensitive;
	bool failed;
};

bool filter_match(const struct filter *f, const struct event_context *ctx, const struct event_query *q);

#endif
