// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* uid -> name, bounded: beyond USERS_MAX the one announced longest ago is forgotten. */
#ifndef QPROV_USERS_H
#define QPROV_USERS_H

#include "base/map.h"
#include "base/slice.h"

#define USERS_MAX 8192
#define USER_NAME_MAX 256

struct user {
	struct hnode node;
	struct list order;
	uint32_t uid;
	struct slice name; /* SLICE_NONE: the uid has no name */
	char bytes[];
};

struct users {
	struct hmap map;
	struct list order; /* oldest first */
};

void users_init(struct users *u);
void users_done(struct users *u);
/* Adds or replaces; a forgotten one counts in *evictions. 0 or -ENOMEM. */
int users_set(struct users *u, uint32_t uid, struct slice name, uint64_t *evictions);
const struct user *users_find(const struct users *u, uint32_t uid);

#endif
