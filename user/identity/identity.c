// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table of processes. See image.h for their programs, users.h for names and facts.h for what was looked up beside the stream. */
#include "identity/identity.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "identity/identity_priv.h"

/* Bytes of all programs together; beyond it processes are forgotten. With entries of about 400 bytes, 50,000 living ones stay below 64 MiB.
 */
#define IMAGE_BYTES_MAX (28u << 20)
#define EVICT_LOOK 32 /* entries looked at for one without children */
/* Of a process that ended so long ago, and has no living children, no record can come any more: to forget it is no loss. */
#define EVICT_SAFE_NS 100000000u
/* /proc tells start times in clock ticks, 100 a second on every architecture we know; the kernel's records in nanoseconds. */
#define CLOCK_TICK_NS 10000000u

int identity_new(struct identity **ret)
{
	struct identity *id = calloc(1, sizeof(*id));

	if (!id)
		return -ENOMEM;
	hmap_init(&id->processes);
	list_init(&id->live);
	list_init(&id->ended);
	list_init(&id->needed);
	users_init(&id->users);
	logins_init(&id->logins);
	facts_init(&id->facts);
	*ret = id;
	return 0;
}

static struct entry *entry_of(struct hnode *n)
{
	return n ? CONTAINER_OF(n, struct entry, node) : NULL;
}

/* How far two start times are apart, or UINT64_MAX when they cannot be the same process. */
static uint64_t distance(const struct entry *e, uint64_t start_ns)
{
	uint64_t d = e->p.start_ns > start_ns ? e->p.start_ns - start_ns : start_ns - e->p.start_ns;

	if (d == 0)
		return 0;
	return d <= CLOCK_TICK_NS && (e->p.start_ns % CLOCK_TICK_NS == 0 || start_ns % CLOCK_TICK_NS == 0) ? d : UINT64_MAX;
}

struct entry *processes_find(const struct identity *id, uint32_t pid, uint64_t start_ns)
{
	uint64_t best = UINT64_MAX;
	struct entry *found = NULL;

	for (struct hnode *n = hmap_first(&id->processes, hash_u64(pid, 0)); n; n = hmap_next(n)) {
		struct entry *e = entry_of(n);
		uint64_t d;

		if (e->p.pid != pid)
			continue;
		if (start_ns == 0) {
			if (!found || e->p.start_ns > found->p.start_ns)
				found = e;
			continue;
		}
		d = distance(e, start_ns);
		if (d < best) {
			best = d;
			found = e;
		}
	}
	return found;
}

void processes_set_image(struct identity *id, struct entry *e, struct image *image)
{
	id->image_bytes -= image_unref(e->image);
	e->image = image;
	e->p.path = image ? image->path : SLICE_NONE;
	e->p.cwd = image ? image->cwd : SLICE_NONE;
	e->p.args = image ? image->args : SLICE_NONE;
	e->p.exe = image && image->exe.ino ? &image->exe : NULL;
	e->p.door = image ? (uint8_t)image->door : REC_WAY_UNKNOWN;
}

static void release(struct entry *e)
{
	free(e->changes);
	free(e);
}

static void forget(struct identity *id, struct entry *e)
{
	struct entry *parent = e->parent;

	while (!list_empty(&e->children)) {
		struct entry *child = LIST_ENTRY(e->children.next, struct entry, sibling);

		list_del(&child->sibling);
		child->parent = NULL;
	}
	list_del(&e->sibling);
	/* A parent that was kept for this child only goes with the next tick. */
	if (parent && list_empty(&parent->children) && parent->ended)
		list_move_tail(&id->ended, &parent->order);
	hmap_del(&id->processes, &e->node);
	list_del(&e->order);
	processes_set_image(id, e, NULL);
	release(e);
}

/* The oldest, but rather one without children than an ancestor of many; never the one being fed. */
static struct entry *victim_of(const struct list *head, const struct entry *keep)
{
	struct entry *first = NULL;
	unsigned seen = 0;

	for (struct list *n = head->next; n != head && seen < EVICT_LOOK; n = n->next, seen++) {
		struct entry *e = LIST_ENTRY(n, struct entry, order);

		if (e == keep)
			continue;
		if (list_empty(&e->children))
			return e;
		if (!first)
			first = e;
	}
	return first;
}

/* Ended processes first, then their kept ancestors, then living ones. */
void processes_evict(struct identity *id, const struct entry *keep)
{
	struct list *lists[] = { &id->ended, &id->needed, &id->live };

	while (id->processes.count > IDENTITY_PROCESSES_MAX || id->image_bytes > IMAGE_BYTES_MAX) {
		struct entry *victim = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(lists) && !victim; i++)
			victim = victim_of(lists[i], keep);
		if (!victim)
			return;
		if (!victim->ended || !list_empty(&victim->children) || id->now_ns < victim->end_ns + EVICT_SAFE_NS)
			id->evictions++;
		forget(id, victim);
	}
}

void identity_free(struct identity *id)
{
	struct list *lists[3];

	if (!id)
		return;
	lists[0] = &id->live;
	lists[1] = &id->ended;
	lists[2] = &id->needed;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		while (!list_empty(lists[i])) {
			struct entry *e = LIST_ENTRY(lists[i]->next, struct entry, order);

			list_del(&e->order);
			image_unref(e->image);
			release(e);
		}
	}
	hmap_done(&id->processes);
	users_done(&id->users);
	logins_done(&id->logins);
	facts_done(&id->facts);
	free(id);
}

uint64_t identity_ended(const struct identity *id, uint32_t pid, uint64_t start_ns)
{
	const struct entry *e = processes_find(id, pid, start_ns);

	return e && e->ended ? e->end_ns : 0;
}

void identity_tick(struct identity *id, uint64_t now_ns)
{
	id->generation++;
	while (!list_empty(&id->ended)) {
		struct entry *e = LIST_ENTRY(id->ended.next, struct entry, order);

		if (e->end_ns > now_ns || now_ns - e->end_ns <= IDENTITY_LINGER_NS)
			return;
		if (!list_empty(&e->children))
			list_move_tail(&id->needed, &e->order);
		else
			forget(id, e);
	}
}

const struct process *identity_process(const struct identity *id, uint32_t pid, uint64_t start_ns)
{
	const struct entry *e = processes_find(id, pid, start_ns);

	return e ? &e->p : NULL;
}

const struct process *identity_parent(const struct identity *id, const struct process *p)
{
	const struct entry *e = CONTAINER_OF(p, struct entry, p);

	if (e->parent)
		return &e->parent->p;
	return p->ppid ? identity_process(id, p->ppid, p->parent_start_ns) : NULL;
}

uint64_t identity_generation(const struct identity *id)
{
	return id->generation;
}

uint64_t identity_evictions(const struct identity *id)
{
	return id->evictions + id->facts.evictions + id->logins.evictions;
}
