// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table of processes. See image.h for the memory of their strings and users.c for names. */
#include "identity/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "identity/image.h"
#include "identity/users.h"

#define IMAGE_BYTES_MAX (24u << 20)
/* /proc tells start times in clock ticks, 100 a second on every architecture we know; the kernel's records in nanoseconds. */
#define CLOCK_TICK_NS 10000000u

struct entry {
	struct process p;
	struct hnode node;
	struct list order; /* in one of the lists of struct identity */
	struct image *image;
	struct entry *parent; /* NULL: not in the table when this entry came, or forgotten since */
	unsigned children;    /* entries whose parent is this one */
	bool ended;
	uint64_t end_ns;
};

struct identity {
	struct hmap processes; /* by pid alone, so that a coarse start time is found too */
	struct list live;
	struct list ended;  /* oldest first */
	struct list needed; /* ended long ago, but on the way from a living process to init */
	size_t image_bytes;
	uint64_t evictions;
	struct users users;
};

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

/* start_ns 0: not known, the latest one of this pid. */
static struct entry *find(const struct identity *id, uint32_t pid, uint64_t start_ns)
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

static void drop_image(struct identity *id, struct entry *e)
{
	id->image_bytes -= image_unref(e->image);
	e->image = NULL;
}

static void set_image(struct identity *id, struct entry *e, struct image *image)
{
	drop_image(id, e);
	e->image = image;
	e->p.path = image ? image->path : SLICE_NONE;
	e->p.cwd = image ? image->cwd : SLICE_NONE;
	e->p.args = image ? image->args : SLICE_NONE;
}

static void disown_children(struct identity *id, const struct entry *e)
{
	for (struct hnode *n = hmap_walk(&id->processes, NULL); n; n = hmap_walk(&id->processes, n))
		if (entry_of(n)->parent == e)
			entry_of(n)->parent = NULL;
}

static void forget(struct identity *id, struct entry *e)
{
	struct entry *parent = e->parent;

	if (e->children)
		disown_children(id, e);
	/* A parent that was kept for this child only goes with the next tick. */
	if (parent && --parent->children == 0 && parent->ended)
		list_move_tail(&id->ended, &parent->order);
	hmap_del(&id->processes, &e->node);
	list_del(&e->order);
	drop_image(id, e);
	free(e);
}

/* Ended processes first, then their kept ancestors, then the oldest living one; never the one being fed. */
static void evict(struct identity *id, const struct entry *keep)
{
	struct list *lists[] = { &id->ended, &id->needed, &id->live };

	while (id->processes.count > IDENTITY_PROCESSES_MAX || id->image_bytes > IMAGE_BYTES_MAX) {
		struct entry *victim = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(lists) && !victim; i++) {
			struct list *n = lists[i]->next;

			if (n != lists[i] && LIST_ENTRY(n, struct entry, order) == keep)
				n = n->next;
			if (n != lists[i])
				victim = LIST_ENTRY(n, struct entry, order);
		}
		if (!victim)
			return;
		forget(id, victim);
		id->evictions++;
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
			free(e);
		}
	}
	hmap_done(&id->processes);
	users_done(&id->users);
	free(id);
}

static void set_task(struct entry *e, const struct rec_task *t)
{
	e->p.uid = t->uid;
	memcpy(e->p.comm, t->comm, sizeof(e->p.comm));
}

static void set_parent(struct identity *id, struct entry *e, uint32_t ppid, uint64_t start_ns)
{
	struct entry *parent = ppid ? find(id, ppid, start_ns) : NULL;

	e->p.ppid = ppid;
	e->p.parent_start_ns = start_ns;
	if (parent && parent != e) {
		e->parent = parent;
		parent->children++;
	}
}

static struct entry *insert(struct identity *id, const struct rec_task *t)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	if (hmap_add(&id->processes, &e->node, hash_u64(t->pid, 0))) {
		free(e);
		return NULL;
	}
	e->p.pid = t->pid;
	e->p.start_ns = t->start_ns;
	set_task(e, t);
	set_parent(id, e, t->ppid, t->parent_start_ns);
	list_add_tail(&id->live, &e->order);
	return e;
}

static void set_exec(struct identity *id, struct entry *e, const struct rec_exec *r, struct image *image)
{
	set_task(e, &r->task);
	set_image(id, e, image);
	id->image_bytes += image->bytes;
	e->p.sid = r->task.sid;
	e->p.tty = r->task.tty;
	e->p.flags = r->hdr.flags;
	e->p.from_proc = r->hdr.type == REC_PROC;
	e->p.known = true;
}

int identity_exec(struct identity *id, const struct rec_exec *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);
	bool from_proc = r->hdr.type == REC_PROC;
	struct image *image;

	/* What the kernel said stays: /proc was read at some later or earlier moment. */
	if (from_proc && e && ((e->p.known && !e->p.from_proc) || e->ended))
		return 0;
	image = image_new(r->data, r->path_len, r->cwd_len, r->args_len);
	if (!image)
		return -ENOMEM;
	if (!e)
		e = insert(id, &r->task);
	if (!e) {
		image_unref(image);
		return -ENOMEM;
	}
	if (!from_proc)
		e->p.start_ns = r->task.start_ns; /* exact, where it was a multiple of clock ticks before */
	set_exec(id, e, r, image);
	evict(id, e);
	return 0;
}

int identity_fork(struct identity *id, const struct rec_fork *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);
	struct entry *parent;

	if (e) {
		e->p.start_ns = r->task.start_ns;
		return 0;
	}
	e = insert(id, &r->task);
	if (!e)
		return -ENOMEM;
	parent = e->parent;
	if (parent) {
		set_image(id, e, image_ref(parent->image));
		e->p.sid = parent->p.sid;
		e->p.tty = parent->p.tty;
		e->p.flags = parent->p.flags;
		e->p.from_proc = parent->p.from_proc;
	}
	evict(id, e);
	return 0;
}

void identity_exit(struct identity *id, const struct rec_exit *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);

	if (!e || e->ended)
		return;
	e->ended = true;
	e->end_ns = r->hdr.ts_ns;
	list_move_tail(&id->ended, &e->order);
}

int identity_user(struct identity *id, uint32_t uid, struct slice name)
{
	return users_set(&id->users, uid, name, &id->evictions);
}

void identity_tick(struct identity *id, uint64_t now_ns)
{
	while (!list_empty(&id->ended)) {
		struct entry *e = LIST_ENTRY(id->ended.next, struct entry, order);

		if (e->end_ns > now_ns || now_ns - e->end_ns <= IDENTITY_LINGER_NS)
			return;
		if (e->children)
			list_move_tail(&id->needed, &e->order);
		else
			forget(id, e);
	}
}

const struct process *identity_process(const struct identity *id, uint32_t pid, uint64_t start_ns)
{
	const struct entry *e = find(id, pid, start_ns);

	return e ? &e->p : NULL;
}

const struct process *identity_parent(const struct identity *id, const struct process *p)
{
	const struct entry *e = CONTAINER_OF(p, struct entry, p);

	if (e->parent)
		return &e->parent->p;
	return p->ppid ? identity_process(id, p->ppid, p->parent_start_ns) : NULL;
}

struct slice identity_user_name(const struct identity *id, uint32_t uid)
{
	const struct user *u = users_find(&id->users, uid);

	return u ? u->name : SLICE_NONE;
}

bool identity_user_known(const struct identity *id, uint32_t uid)
{
	return users_find(&id->users, uid) != NULL;
}

uint64_t identity_evictions(const struct identity *id)
{
	return id->evictions;
}
