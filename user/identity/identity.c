// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table of processes. See image.h for their programs, users.h for names and facts.h for what was looked up beside the stream. */
#include "identity/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "identity/cgroup.h"
#include "identity/door.h"
#include "identity/facts.h"
#include "identity/image.h"
#include "identity/users.h"

/*
 * Bytes of all programs together. Beyond the first limit, arguments are kept short; beyond the second, processes are forgotten. With
 * entries of about 400 bytes, 50,000 living processes stay below 64 MiB.
 */
#define IMAGE_BYTES_SOFT (16u << 20)
#define IMAGE_BYTES_MAX (28u << 20)
#define IMAGE_ARGS_SHORT 128
#define EVICT_LOOK 32 /* entries looked at for one without children */
/* Of a process that ended so long ago, and has no living children, no record can come any more: to forget it is no loss. */
#define EVICT_SAFE_NS 100000000u
/* /proc tells start times in clock ticks, 100 a second on every architecture we know; the kernel's records in nanoseconds. */
#define CLOCK_TICK_NS 10000000u

struct entry {
	struct process p;
	struct hnode node;
	struct list order; /* in one of the lists of struct identity */
	struct image *image;
	struct entry *parent; /* NULL: not in the table when this entry came, or forgotten since */
	struct list children;
	struct list sibling; /* in the parent's children */
	struct change *changes;
	bool ended;
	uint64_t end_ns;
};

struct identity {
	struct hmap processes; /* by pid alone, so that a coarse start time is found too */
	struct list live;
	struct list ended;  /* oldest first */
	struct list needed; /* ended long ago, but on the way from a living process to init */
	size_t image_bytes;
	uint64_t now_ns; /* of the latest record */
	uint64_t evictions;
	uint64_t generation;
	struct users users;
	struct facts facts;
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

static void set_image(struct identity *id, struct entry *e, struct image *image)
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
	set_image(id, e, NULL);
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
static void evict(struct identity *id, const struct entry *keep)
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
	facts_done(&id->facts);
	free(id);
}

/* The program by its file, where that is known: the name is what the process says of itself. */
static void program_name(const struct process *p, char out[REC_COMM_LEN])
{
	struct slice name = door_program(p->path);

	if (!name.len)
		name = slice_mem(p->comm, strnlen(p->comm, REC_COMM_LEN));
	memset(out, 0, REC_COMM_LEN);
	memcpy(out, name.ptr, name.len < REC_COMM_LEN ? name.len : REC_COMM_LEN - 1);
}

static int note_uid(struct entry *e, uint32_t uid, uint64_t ts_ns)
{
	struct change *c;

	if (uid == e->p.uid)
		return 0;
	if (!e->changes && !(e->changes = calloc(IDENTITY_CHANGES_MAX, sizeof(*e->changes))))
		return -ENOMEM;
	e->p.changes = e->changes;
	if (e->p.nchanges < IDENTITY_CHANGES_MAX)
		e->p.nchanges++;
	c = &e->changes[e->p.nchanges - 1];
	c->ts_ns = ts_ns;
	c->to = uid;
	program_name(&e->p, c->program);
	e->p.uid = uid;
	return 0;
}

static void set_task(struct entry *e, const struct rec_task *t)
{
	e->p.uid = t->uid;
	e->p.euid = t->euid;
	e->p.gid = t->gid;
	e->p.egid = t->egid;
	e->p.loginuid = t->loginuid;
	e->p.sessionid = t->sessionid;
	e->p.sid = t->sid;
	e->p.tty = t->tty;
	if (t->cgroup_id)
		e->p.cgroup_id = t->cgroup_id;
	if (t->exec_id)
		e->p.exec_id = t->exec_id;
	if (t->pid_ns) {
		e->p.pid_ns = t->pid_ns;
		e->p.ns_pid = t->ns_pid;
	}
	if (t->mnt_ns)
		e->p.mnt_ns = t->mnt_ns;
	memcpy(e->p.comm, t->comm, sizeof(e->p.comm));
}

static void set_parent(struct identity *id, struct entry *e, uint32_t ppid, uint64_t start_ns)
{
	struct entry *parent = ppid ? find(id, ppid, start_ns) : NULL;

	e->p.ppid = ppid;
	e->p.parent_start_ns = start_ns;
	if (parent && parent != e) {
		e->parent = parent;
		list_add_tail(&parent->children, &e->sibling);
	}
}

static void end_entry(struct identity *id, struct entry *e, uint64_t ts_ns)
{
	e->ended = true;
	e->end_ns = ts_ns;
	list_move_tail(&id->ended, &e->order);
}

static struct entry *insert(struct identity *id, const struct rec_task *t, uint64_t ts_ns)
{
	struct entry *e = calloc(1, sizeof(*e)), *old = find(id, t->pid, 0);

	if (!e)
		return NULL;
	if (hmap_add(&id->processes, &e->node, hash_u64(t->pid, 0))) {
		free(e);
		return NULL;
	}
	/* Its pid is taken again: the old one has ended, whether we heard of it or not. */
	if (old && !old->ended && old->p.start_ns < t->start_ns)
		end_entry(id, old, ts_ns);
	list_init(&e->children);
	list_init(&e->sibling);
	e->p.pid = t->pid;
	e->p.start_ns = t->start_ns;
	e->p.first_uid = t->uid;
	e->p.asked_by = REC_UNSET_ID;
	e->p.first_ns = ts_ns;
	set_task(e, t);
	set_parent(id, e, t->ppid, t->parent_start_ns);
	list_add_tail(&id->live, &e->order);
	if (ts_ns > id->now_ns)
		id->now_ns = ts_ns;
	return e;
}

static void set_exec(struct identity *id, struct entry *e, const struct rec_exec *r, struct image *image)
{
	set_task(e, &r->task);
	set_image(id, e, image);
	id->image_bytes += image->bytes;
	e->p.flags = r->hdr.flags;
	if (image->args.len < r->args_len)
		e->p.flags |= REC_EXEC_ARGS_CUT;
	e->p.from_proc = r->hdr.type == REC_PROC;
	e->p.known = true;
	e->p.lost = false;
}

static bool asks_for_units(const struct process *p)
{
	struct slice name = door_program(p->path);

	return p->exe && p->exe->uid == 0 && !(p->exe->mode & 022) &&
	       (slice_eq(name, SLICE("systemd-run")) || slice_eq(name, SLICE("run0")));
}

/*
 * The first program of a unit of the system's manager. Its login uid is unset, but its name may tell who asked for it: since systemd 257
 * systemd-run and run0 put their own pid into it, and machinectl has a template of its own.
 */
static void note_unit(struct identity *id, struct entry *e)
{
	const struct entry *asker;
	struct cgroup_facts group;

	if (!e->parent || e->parent->p.pid != 1 || e->parent->p.door != REC_WAY_UNIT)
		return;
	cgroup_parse(identity_cgroup_path(id, e->p.cgroup_id), &group);
	if (slice_starts(group.unit, SLICE("container-shell@")))
		e->p.unit_way = REC_WAY_MACHINECTL;
	asker = group.asker_pid ? find(id, group.asker_pid, 0) : NULL;
	if (asker && asks_for_units(&asker->p) && asker->p.start_ns < e->p.start_ns)
		e->p.asked_by = asker->p.loginuid;
}

int identity_exec(struct identity *id, const struct rec_exec *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);
	bool from_proc = r->hdr.type == REC_PROC;
	struct image *image;

	id->generation++;
	/* What the kernel said stays: /proc was read at some later or earlier moment. */
	if (from_proc && e && !e->p.lost && ((e->p.known && !e->p.from_proc) || e->ended))
		return 0;
	image = image_new(r, id->image_bytes > IMAGE_BYTES_SOFT ? IMAGE_ARGS_SHORT : REC_EXEC_ARGS_MAX);
	if (!image)
		return -ENOMEM;
	if (!e)
		e = insert(id, &r->task, r->hdr.ts_ns);
	if (!e || note_uid(e, r->task.uid, r->hdr.ts_ns)) {
		image_unref(image);
		return -ENOMEM;
	}
	if (!from_proc)
		e->p.start_ns = r->task.start_ns; /* exact, where it was a multiple of clock ticks before */
	set_exec(id, e, r, image);
	note_unit(id, e);
	evict(id, e);
	return 0;
}

int identity_fork(struct identity *id, const struct rec_fork *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);
	struct entry *maker = r->maker_pid ? find(id, r->maker_pid, r->maker_start_ns) : NULL;

	id->generation++;
	if (e) {
		e->p.start_ns = r->task.start_ns;
		return 0;
	}
	e = insert(id, &r->task, r->hdr.ts_ns);
	if (!e)
		return -ENOMEM;
	if (!maker)
		maker = e->parent;
	if (maker) {
		/* What the child inherited is what its maker has become. */
		if (note_uid(maker, r->task.uid, r->hdr.ts_ns))
			return -ENOMEM;
		maker->p.loginuid = r->task.loginuid;
		maker->p.sessionid = r->task.sessionid;
		set_image(id, e, image_ref(maker->image));
		e->p.flags = maker->p.flags;
		e->p.from_proc = maker->p.from_proc;
		e->p.lost = maker->p.lost;
		e->p.asked_by = maker->p.asked_by;
		e->p.unit_way = maker->p.unit_way;
	}
	evict(id, e);
	return 0;
}

void identity_exit(struct identity *id, const struct rec_exit *r)
{
	struct entry *e = find(id, r->task.pid, r->task.start_ns);

	id->generation++;
	if (!e || e->ended)
		return;
	(void)note_uid(e, r->task.uid, r->hdr.ts_ns);
	end_entry(id, e, r->hdr.ts_ns);
}

int identity_call(struct identity *id, const struct rec_task *t, uint64_t ts_ns)
{
	struct entry *e = find(id, t->pid, t->start_ns);
	struct process before;

	if (!e) {
		id->generation++;
		e = insert(id, t, ts_ns);
		if (!e)
			return -ENOMEM;
		e->p.lost = true;
		evict(id, e);
		return 0;
	}
	before = e->p;
	if (e->p.exec_id && t->exec_id && e->p.exec_id != t->exec_id) {
		/* It runs another program than the one we know. */
		set_image(id, e, NULL);
		e->p.known = e->p.from_proc = false;
		e->p.lost = true;
	}
	if (note_uid(e, t->uid, ts_ns))
		return -ENOMEM;
	set_task(e, t);
	id->generation += memcmp(&before, &e->p, sizeof(before)) != 0;
	return 0;
}

uint64_t identity_ended(const struct identity *id, uint32_t pid, uint64_t start_ns)
{
	const struct entry *e = find(id, pid, start_ns);

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

uint64_t identity_generation(const struct identity *id)
{
	return id->generation;
}

uint64_t identity_evictions(const struct identity *id)
{
	return id->evictions + id->facts.evictions;
}

/* ---- names and facts ---- */

int identity_user(struct identity *id, uint32_t uid, struct slice name)
{
	id->generation++;
	return users_set(&id->users, uid, name, &id->evictions);
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

int identity_session(struct identity *id, const struct rec_session *r, const struct slice str[4])
{
	id->generation++;
	return facts_set_session(&id->facts, r, str);
}

const struct session *identity_session_of(const struct identity *id, uint32_t sessionid, uint32_t pid, uint64_t start_ns)
{
	return facts_session(&id->facts, sessionid, pid, start_ns);
}

int identity_cgroup(struct identity *id, uint64_t cgroup_id, struct slice path)
{
	id->generation++;
	return facts_set_cgroup(&id->facts, cgroup_id, path);
}

struct slice identity_cgroup_path(const struct identity *id, uint64_t cgroup_id)
{
	const struct cgroup_path *c = facts_cgroup(&id->facts, cgroup_id);

	return c ? c->path : SLICE_NONE;
}

int identity_file(struct identity *id, const struct rec_file *r, struct slice build_id, struct slice sha256)
{
	id->generation++;
	return facts_set_file(&id->facts, r, build_id, sha256);
}

const struct file_facts *identity_file_of(const struct identity *id, const struct exe *exe)
{
	return exe ? facts_file(&id->facts, exe->dev, exe->ino, exe->ctime_ns) : NULL;
}

int identity_package(struct identity *id, const struct rec_package *r, struct slice name)
{
	id->generation++;
	return facts_set_package(&id->facts, r, name);
}

const struct package *identity_package_of(const struct identity *id, const struct exe *exe)
{
	return exe ? facts_package(&id->facts, exe->dev, exe->ino, exe->ctime_ns) : NULL;
}

int identity_claim(struct identity *id, const struct rec_claim *r, struct slice notebook)
{
	id->generation++;
	return facts_set_claim(&id->facts, r, notebook);
}

struct slice identity_notebook(const struct identity *id, const struct process *p)
{
	const struct claim *c = facts_claim(&id->facts, p->pid, p->start_ns);

	return c ? c->notebook : SLICE_NONE;
}

int identity_groups(struct identity *id, uint32_t uid, struct slice names, bool more)
{
	return facts_set_groups(&id->facts, uid, names, more);
}

const struct groups *identity_groups_of(const struct identity *id, uint32_t uid)
{
	return facts_groups(&id->facts, uid);
}
