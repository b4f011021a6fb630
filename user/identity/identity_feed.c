// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What records say of processes: they begin, run programs, change their account, call and end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "identity/cgroup.h"
#include "identity/door.h"
#include "identity/identity_priv.h"

/* Bytes of all programs together beyond which arguments are kept short. */
#define IMAGE_BYTES_SOFT (16u << 20)
#define IMAGE_ARGS_SHORT 128

/* Root may set any login uid; who is not, only one that is unset. exec: the record is of the next program of the process. */
static int note_login(struct identity *id, const struct process *before, const struct rec_task *t, bool exec)
{
	bool lost = before->exec_id && t->exec_id && t->exec_id - before->exec_id > (exec ? 1u : 0u);

	if (t->loginuid == REC_UNSET_ID || t->sessionid == before->sessionid)
		return 0;
	if (before->loginuid != REC_UNSET_ID)
		return logins_note(&id->logins, t->sessionid, LOGIN_PROVEN);
	return logins_note(&id->logins, t->sessionid, lost ? LOGIN_UNPROVEN : before->root ? LOGIN_PROVEN : LOGIN_CLAIMED);
}

/* Of a process whose beginning no record told: the session is its parent's, or somebody set it unseen. */
static int note_login_unseen(struct identity *id, const struct entry *e, const struct rec_task *t, bool from_proc)
{
	const struct process *parent = e->parent ? &e->parent->p : NULL;
	enum login_proof proof = from_proc ? LOGIN_PROVEN : LOGIN_UNPROVEN;

	if (t->loginuid == REC_UNSET_ID || (parent && parent->sessionid == t->sessionid))
		return 0;
	if (parent && parent->loginuid == REC_UNSET_ID && !parent->root)
		proof = LOGIN_CLAIMED;
	return logins_note(&id->logins, t->sessionid, proof);
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
	e->p.root = !t->uid || !t->euid || !t->suid;
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
	struct entry *parent = ppid ? processes_find(id, ppid, start_ns) : NULL;

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
	struct entry *e = calloc(1, sizeof(*e)), *old = processes_find(id, t->pid, 0);

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
	processes_set_image(id, e, image);
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
	asker = group.asker_pid ? processes_find(id, group.asker_pid, 0) : NULL;
	if (asker && asks_for_units(&asker->p) && asker->p.start_ns < e->p.start_ns)
		e->p.asked_by = logins_proof(&id->logins, asker->p.sessionid) == LOGIN_CLAIMED ? REC_UNSET_ID : asker->p.loginuid;
}

int identity_exec(struct identity *id, const struct rec_exec *r)
{
	struct entry *e = processes_find(id, r->task.pid, r->task.start_ns);
	bool from_proc = r->hdr.type == REC_PROC;
	struct image *image;
	int err = 0;

	id->generation++;
	/* What the kernel said stays: /proc was read at some later or earlier moment. */
	if (from_proc && e && !e->p.lost && ((e->p.known && !e->p.from_proc) || e->ended))
		return 0;
	image = image_new(r, id->image_bytes > IMAGE_BYTES_SOFT ? IMAGE_ARGS_SHORT : REC_EXEC_ARGS_MAX);
	if (!image)
		return -ENOMEM;
	if (e)
		err = note_login(id, &e->p, &r->task, true);
	else if ((e = insert(id, &r->task, r->hdr.ts_ns)))
		err = note_login_unseen(id, e, &r->task, from_proc);
	if (!e || err || note_uid(e, r->task.uid, r->hdr.ts_ns)) {
		image_unref(image);
		return -ENOMEM;
	}
	if (!from_proc)
		e->p.start_ns = r->task.start_ns; /* exact, where it was a multiple of clock ticks before */
	set_exec(id, e, r, image);
	note_unit(id, e);
	processes_evict(id, e);
	return 0;
}

int identity_fork(struct identity *id, const struct rec_fork *r)
{
	struct entry *e = processes_find(id, r->task.pid, r->task.start_ns);
	struct entry *maker = r->maker_pid ? processes_find(id, r->maker_pid, r->maker_start_ns) : NULL;

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
	if (maker ? note_login(id, &maker->p, &r->task, false) : note_login_unseen(id, e, &r->task, false))
		return -ENOMEM;
	if (maker) {
		/* What the child inherited is what its maker has become. */
		if (note_uid(maker, r->task.uid, r->hdr.ts_ns))
			return -ENOMEM;
		maker->p.loginuid = r->task.loginuid;
		maker->p.sessionid = r->task.sessionid;
		processes_set_image(id, e, image_ref(maker->image));
		e->p.flags = maker->p.flags;
		e->p.from_proc = maker->p.from_proc;
		e->p.lost = maker->p.lost;
		e->p.asked_by = maker->p.asked_by;
		e->p.unit_way = maker->p.unit_way;
	}
	processes_evict(id, e);
	return 0;
}

void identity_exit(struct identity *id, const struct rec_exit *r)
{
	struct entry *e = processes_find(id, r->task.pid, r->task.start_ns);

	id->generation++;
	if (!e || e->ended)
		return;
	(void)note_uid(e, r->task.uid, r->hdr.ts_ns);
	end_entry(id, e, r->hdr.ts_ns);
}

int identity_call(struct identity *id, const struct rec_task *t, uint64_t ts_ns)
{
	struct entry *e = processes_find(id, t->pid, t->start_ns);
	struct process before;

	if (!e) {
		id->generation++;
		e = insert(id, t, ts_ns);
		if (!e)
			return -ENOMEM;
		e->p.lost = true;
		processes_evict(id, e);
		return note_login_unseen(id, e, t, false);
	}
	if (note_login(id, &e->p, t, false))
		return -ENOMEM;
	before = e->p;
	if (e->p.exec_id && t->exec_id && e->p.exec_id != t->exec_id) {
		/* It runs another program than the one we know. */
		processes_set_image(id, e, NULL);
		e->p.known = e->p.from_proc = false;
		e->p.lost = true;
	}
	if (note_uid(e, t->uid, ts_ns))
		return -ENOMEM;
	set_task(e, t);
	id->generation += memcmp(&before, &e->p, sizeof(before)) != 0;
	return 0;
}
