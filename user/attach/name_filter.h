// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* A set of names that says no quickly: large libraries have a hundred thousand symbols, of which a few are looked for. */
#ifndef QPROV_NAME_FILTER_H
#define QPROV_NAME_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_FILTER_HEAD 16 /* bytes of a name that are looked at */

struct name_filter {
	uint64_t bits[64];
};

/* prefix: names that begin with it are of the set. All zero is the empty set. */
void name_filter_add(struct name_filter *f, const char *name, bool prefix);
/* False: it is not in the set. True: it may be. */
bool name_filter_has(const struct name_filter *f, const char *name);

#endif
