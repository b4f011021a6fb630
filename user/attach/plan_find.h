// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The functions of a family in one file: where each is, and how far it reaches. */
#ifndef QPROV_PLAN_FIND_H
#define QPROV_PLAN_FIND_H

#include "attach/plan.h"

struct plan_finder {
	const struct client_family *f;
	struct name_filter wanted; /* the names of all that follow */
	struct plan_function rows[ROWS_MAX];
	struct plan_function accessors[ACC_COUNT];
	struct conn_found conn;
	size_t exported;          /* functions the loader sees */
	size_t exported_prefixed; /* of these, the family's own */
};

/* Fills d, whose f is set and the rest 0. False: the file does not carry this family. */
bool plan_find(struct elf *e, struct plan_finder *d);
/* Whether the function is the family's own by its name. */
bool plan_has_prefix(const struct client_family *f, const char *name);
/* No function reaches beyond its segment; one without a size ends at the latest there. True: it has none of its own. */
bool plan_settle_size(const struct elf *e, struct plan_function *p);

#endif
