// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void users_init(struct users *u)
{
	hmap_init(&u->map);
	list_init(&u->order);
}

static void forget(struct users *u, struct user *one)
{
	hmap_del(&u->map, &one->node);
	list_del(&one->order);
	free(one);
}

void users_done(struct users *u)
{
	while (!list_empty(&u->order))
		forget(u, LIST_ENTRY(u->order.next, struct user, order));
	hmap_done(&u->map);
}

static struct user *find(const struct users *u, uint32_t uid)
{
	for (struct hnode *n = hmap_first(&u->map, hash_u64(uid, 1)); n; n = hmap_next(n)) {
		struct user *one = CONTAINER_OF(n, struct user, node);

		if (one->uid == uid)
			return one;
	}
	return NULL;
}

const struct user *users_find(const struct users *u, uint32_t uid)
{
	return find(u, uid);
}

int users_set(struct users *u, uint32_t uid, struct slice name, uint64_t *evictions)
{
	struct slice kept = slice_head(name, USER_NAME_MAX);
	struct user *old = find(u, uid);
	struct user *one = malloc(sizeof(*one) + kept.len);

	if (!one)
		return -ENOMEM;
	if (hmap_add(&u->map, &one->node, hash_u64(uid, 1))) {
		free(one);
		return -ENOMEM;
	}
	if (old)
		forget(u, old);
	one->uid = uid;
	one->name = SLICE_NONE;
	if (kept.len) {
		memcpy(one->bytes, kept.ptr, kept.len);
		one->name = (struct slice){ one->bytes, kept.len };
	}
	list_add_tail(&u->order, &one->order);
	if (u->map.count > USERS_MAX) {
		forget(u, LIST_ENTRY(u->order.next, struct user, order));
		++*evictions;
	}
	return 0;
}
