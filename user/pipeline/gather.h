// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The references of all statements of one event together: relations united by name, calls, files, literals and parameters. */
#ifndef QPROV_GATHER_H
#define QPROV_GATHER_H

#include "policy/policy.h"

#define GATHER_CALLS_MAX 1024
#define GATHER_FILES_MAX 256
#define GATHER_VALUES_MAX 65536

/* A bind parameter of the execution, as text. */
struct gather_parameter {
	struct slice value; /* SLICE_NONE: NULL, or not readable */
};

struct gathered {
	struct sql_relation *relations;
	size_t n;
	struct sql_call *calls;
	size_t ncalls;
	struct sql_file *files;
	size_t nfiles;
	struct policy_value *values;
	size_t nvalues;
	bool cut;  /* something was left out, here or by sql_analyze() */
	bool more; /* more literals than are kept */
};

/* text: in it, strings that stand beside each other are seen to be one. parameters[i] is number i + 1. Everything in arena, slices of the
 * results and parameters. 0 or -ENOMEM. */
int gather(struct slice text, const struct sql_result *const *results, size_t n, const struct gather_parameter *parameters,
	   size_t nparameters, struct arena *arena, struct gathered *ret);
/* Adds relations, uniting them with those that are there. 0 or -ENOMEM. */
int gather_relations(struct gathered *g, const struct sql_relation *v, size_t n, struct arena *arena);

#endif
