// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/logins.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/slice.h"

struct login {
	struct hnode node;
	struct list order;
	uint32_t sessionid;
	enum login_proof proof;
};

void logins_init(struct logins *l)
{
	*l = (struct logins){ .forgot = false };
	hmap_init(&l->map);
	list_init(&l->order);
}

static void forget(struct logins *l, struct login *x)
{
	hmap_del(&l->map, &x->node);
	list_del(&x->order);
	free(x);
}

void logins_done(struct logins *l)
{
	while (!list_empty(&l->order))
		forget(l, LIST_ENTRY(l->order.next, struct login, order));
	hmap_done(&l->map);
}

static struct login *find(const struct logins *l, uint32_t sessionid)
{
	for (struct hnode *n = hmap_first(&l->map, hash_u64(sessionid, 0)); n; n = hmap_next(n)) {
		struct login *x = CONTAINER_OF(n, struct login, node);

		if (x->sessionid == sessionid)
			return x;
	}
	return NULL;
}

static void make_room(struct logins *l)
{
	struct login *oldest = LIST_ENTRY(l->order.next, struct login, order);

	if (l->map.count < LOGINS_MAX)
		return;
	l->forgot |= oldest->proof != LOGIN_PROVEN;
	l->evictions += oldest->proof != LOGIN_PROVEN;
	forget(l, oldest);
}

int logins_note(struct logins *l, uint32_t sessionid, enum login_proof proof)
{
	struct login *x;

	if (sessionid == REC_UNSET_ID || find(l, sessionid))
		return 0;
	make_room(l);
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->sessionid = sessionid;
	x->proof = proof;
	if (hmap_add(&l->map, &x->node, hash_u64(sessionid, 0))) {
		free(x);
		return -ENOMEM;
	}
	list_add_tail(&l->order, &x->order);
	return 0;
}

enum login_proof logins_proof(const struct logins *l, uint32_t sessionid)
{
	const struct login *x = find(l, sessionid);

	if (x)
		return x->proof;
	return l->forgot ? LOGIN_UNPROVEN : LOGIN_PROVEN;
}
