// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "cli/who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "decode/encode.h"
#include "identity/cgroup.h"
#include "identity/entry.h"
#include "identity/image.h"
#include "identity/lookup.h"
#include "identity/script.h"

#define FILE_RETRY_NS 5000000000u
#define ASKED_SLOTS 8192 /* a power of two; what falls out is asked again */

/* What was asked, and when. A question that collides with another one pushes it out. */
struct asked {
	uint64_t key; /* 0: free */
	uint64_t ts_ns;
};

struct who {
	int (*push)(void *ctx, struct slice record);
	void *ctx;
	struct passwd_names *passwd;
	struct lookup *names; /* may hang in a directory service */
	struct lookup *facts;
	struct lookup *packages; /* reads a file of each installed package: slow where the disk is */
	struct buf made;
	struct asked asked[ASKED_SLOTS];
	bool groups; /* wanted */
	bool told;   /* of a child that had to be replaced */
};

int who_new(int (*push)(void *ctx, struct slice record), void *ctx, struct who **ret)
{
	struct who *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->push = push;
	w->ctx = ctx;
	buf_init(&w->made, 4096);
	r = passwd_names_new("/etc/passwd", &w->passwd);
	if (!r)
		r = lookup_new(&w->names);
	if (!r)
		r = lookup_new(&w->facts);
	if (!r)
		r = lookup_new(&w->packages);
	if (r) {
		who_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

void who_free(struct who *w)
{
	if (!w)
		return;
	lookup_free(w->names);
	lookup_free(w->facts);
	lookup_free(w->packages);
	passwd_names_free(w->passwd);
	buf_done(&w->made);
	free(w);
}

void who_groups(struct who *w, bool wanted)
{
	w->groups = wanted;
}

void who_poll_fds(const struct who *w, int fds[WHO_POLL_FDS])
{
	fds[0] = lookup_poll_fd(w->names);
	fds[1] = lookup_poll_fd(w->facts);
	fds[2] = lookup_poll_fd(w->packages);
}

static uint64_t key_of(enum lookup_kind kind, uint64_t a, uint64_t b)
{
	return hash_u64(a, b ^ (uint64_t)kind << 60) | 1;
}

/* Was it asked within max_age? */
static bool is_asked(const struct who *w, uint64_t key, uint64_t now_ns, uint64_t max_age_ns)
{
	const struct asked *a = &w->asked[key >> 1 & (ASKED_SLOTS - 1)];

	return a->key == key && now_ns - a->ts_ns < max_age_ns;
}

static void note_asked(struct who *w, uint64_t key, uint64_t now_ns)
{
	w->asked[key >> 1 & (ASKED_SLOTS - 1)] = (struct asked){ key, now_ns };
}

static void ask(struct who *w, struct lookup *l, const struct lookup_request *q, uint64_t key, uint64_t now_ns)
{
	if (lookup_ask(l, q, now_ns) == 0)
		note_asked(w, key, now_ns);
}

/* ---- names ---- */

static void name_user(struct who *w, uint32_t uid, uint64_t ts_ns, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_USER, .uid = uid };
	struct rec_user r = { .hdr = { .type = REC_USER, .ts_ns = ts_ns }, .uid = uid };
	uint64_t key = key_of(LOOKUP_USER, uid, 0), elsewhere = key_of(LOOKUP_USER, uid, 1);
	struct slice name;

	if (uid == REC_UNSET_ID || is_asked(w, key, now_ns, WHO_NAME_AGE_NS))
		return;
	/* An account may be made after its number was first seen: the local file is looked at again each time, a directory is not. */
	name = passwd_name(w->passwd, uid, now_ns);
	if (!name.len) {
		if (!is_asked(w, elsewhere, now_ns, WHO_NAME_AGE_NS))
			ask(w, w->names, &q, elsewhere, now_ns);
		return;
	}
	if (encode_record(&w->made, &r, &name, 1) == 0) {
		w->push(w->ctx, buf_slice(&w->made));
		note_asked(w, key, now_ns);
	}
}

/* Of the person who logged in. With the first record of a session: what it runs later then finds the answer. */
static void ask_groups(struct who *w, uint32_t uid, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_GROUPS, .uid = uid };
	uint64_t key = key_of(LOOKUP_GROUPS, uid, 0);

	if (w->groups && uid != REC_UNSET_ID && !is_asked(w, key, now_ns, WHO_NAME_AGE_NS))
		ask(w, w->names, &q, key, now_ns);
}

static const struct rec_task *task_of(const struct decoded *d)
{
	switch (d->type) {
	case REC_CALL:
		return &d->call->task;
	case REC_EXEC:
	case REC_PROC:
		return &d->exec->task;
	case REC_FORK:
		return &d->fork->task;
	case REC_SOCKET: /* later ones of the same socket tell no user */
		return d->socket->event == REC_SOCKET_OPENING || d->socket->event == REC_SOCKET_HELD ? &d->socket->task : NULL;
	case REC_DBFILE:
		return &d->dbfile->task;
	case REC_COVERAGE:
		return d->coverage->task.start_ns ? &d->coverage->task : NULL;
	default:
		return NULL;
	}
}

void who_before(struct who *w, const struct decoded *d, uint64_t now_ns)
{
	const struct rec_task *t = task_of(d);

	if (!t)
		return;
	name_user(w, t->loginuid, d->hdr->ts_ns, now_ns);
	ask_groups(w, t->loginuid, now_ns);
	name_user(w, t->uid, d->hdr->ts_ns, now_ns);
	name_user(w, t->euid, d->hdr->ts_ns, now_ns);
	name_user(w, t->user_owner, d->hdr->ts_ns, now_ns);
}

/* ---- sessions ---- */

static bool is_door(const struct process *p)
{
	enum rec_way way = p ? entry_door(p) : REC_WAY_UNKNOWN;

	return entry_is_login(way) || way == REC_WAY_CRON || way == REC_WAY_AT;
}

/* The oldest of its line in the same audit session, as far as that is known. */
static uint32_t elder_of(const struct identity *id, const struct rec_task *t)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns);
	uint32_t elder = 0;

	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX && t->sessionid != REC_UNSET_ID; depth++) {
		if (p->sessionid == t->sessionid && p->pid != t->pid && !is_door(p))
			elder = p->pid;
		p = identity_parent(id, p);
	}
	return elder;
}

/*
 * Nothing told where a session came from, and it is of a kind that may have come from elsewhere: another process of it may know more. A
 * tmux server, for one, has written its title over its environment.
 */
static bool may_tell_more(const struct session *s)
{
	return s && s->source == REC_SOURCE_NONE && (s->way == REC_WAY_UNKNOWN || s->way == REC_WAY_SUDO || s->way == REC_WAY_MULTIPLEXER);
}

static void ask_session(struct who *w, const struct identity *id, const struct rec_task *t, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_SESSION, .pid = t->pid, .sessionid = t->sessionid };
	struct entry_point e;
	uint64_t key = key_of(LOOKUP_SESSION, t->sessionid, 0);
	bool again = false;

	if (t->sessionid != REC_UNSET_ID && is_asked(w, key, now_ns, UINT64_MAX)) {
		if (!may_tell_more(identity_session_of(id, t->sessionid, 0, 0)))
			return;
		key = key_of(LOOKUP_SESSION, t->sessionid, t->start_ns ^ t->pid);
		if (is_asked(w, key, now_ns, UINT64_MAX))
			return;
		again = true;
	}
	/* sshd and its like are not what they let in: the question waits for that, when the door is known. */
	if (is_door(identity_process(id, t->pid, t->start_ns)))
		return;
	entry_find(id, t, &e);
	if ((e.session && !again) || (t->sessionid == REC_UNSET_ID && !entry_is_login(e.way)))
		return;
	/* An audit session that begins: cron and sshd set its number before the first program of it starts. */
	if (t->sessionid == REC_UNSET_ID)
		key = key_of(LOOKUP_SESSION, e.leader->pid, e.leader->start_ns);
	if (is_asked(w, key, now_ns, UINT64_MAX))
		return;
	q.elder = elder_of(id, t);
	q.way = (uint8_t)e.way;
	if (e.leader) {
		q.entry_pid = e.leader->pid;
		q.entry_start_ns = e.leader->start_ns;
		memcpy(q.entry_comm, e.leader->comm, sizeof(q.entry_comm));
	}
	for (const struct process *p = e.daemon; p && q.ndoors < LOOKUP_DOORS; p = identity_parent(id, p))
		if (slice_eq(entry_program(p), entry_program(e.daemon)) || q.ndoors == 0)
			q.doors[q.ndoors++] = p->pid;
	ask(w, w->facts, &q, key, now_ns);
}

/* A connection that just came to sshd: its peer, as long as the process is there. */
static void ask_connection(struct who *w, const struct identity *id, const struct rec_task *t, uint64_t now_ns)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns), *up = p ? identity_parent(id, p) : NULL;
	struct lookup_request q = { .kind = LOOKUP_SESSION, .pid = t->pid, .sessionid = REC_UNSET_ID, .way = REC_WAY_SSH, .ndoors = 1 };
	uint64_t key = key_of(LOOKUP_SESSION, t->pid, t->start_ns);

	if (!up || entry_door(p) != REC_WAY_SSH || entry_door(up) != REC_WAY_SSH || is_asked(w, key, now_ns, UINT64_MAX))
		return;
	q.entry_pid = q.doors[0] = p->pid;
	q.entry_start_ns = p->start_ns;
	memcpy(q.entry_comm, p->comm, sizeof(q.entry_comm));
	ask(w, w->facts, &q, key, now_ns);
}

/* ---- programs ---- */

static void ask_process(struct who *w, uint32_t pid, uint64_t start_ns, uint32_t exec_id, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_PROCESS, .pid = pid, .start_ns = start_ns };
	uint64_t key = key_of(q.kind, pid ^ (uint64_t)exec_id << 32, start_ns);

	if (!is_asked(w, key, now_ns, UINT64_MAX))
		ask(w, w->facts, &q, key, now_ns);
}

/* An ancestor of which no record came, or one that was forgotten, is read from /proc: the tree then reaches init again. */
static void ask_ancestor(struct who *w, const struct identity *id, const struct process *p, uint64_t now_ns)
{
	for (unsigned depth = 0; depth < IDENTITY_DEPTH_MAX; depth++) {
		const struct process *up = identity_parent(id, p);

		if (!up && p->ppid && p->parent_start_ns)
			ask_process(w, p->ppid, p->parent_start_ns, 0, now_ns);
		if (!up)
			return;
		p = up;
	}
}

/* It was moved to another group since its program started, and no program has started there. The root's path is empty: id 1. */
static void ask_group(struct who *w, const struct identity *id, const struct rec_task *t, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_CGROUP, .pid = t->pid, .cgroup_id = t->cgroup_id };
	uint64_t key = key_of(q.kind, t->cgroup_id, 0);

	if (t->cgroup_id > 1 && !identity_cgroup_path(id, t->cgroup_id).ptr && !is_asked(w, key, now_ns, UINT64_MAX))
		ask(w, w->facts, &q, key, now_ns);
}

/* Once for each file; again after a while when there was no answer: a container's file cannot be read when its process has ended. */
static void ask_file(struct who *w, struct lookup *l, enum lookup_kind kind, const struct process *p, bool known, uint64_t now_ns)
{
	struct lookup_request q = {
		.kind = kind, .pid = p->pid, .start_ns = p->start_ns, .dev = p->exe->dev, .ino = p->exe->ino, .ctime_ns = p->exe->ctime_ns
	};
	uint64_t key = key_of(kind, q.ino ^ (uint64_t)q.dev << 40, q.ctime_ns);

	if (known || is_asked(w, key, now_ns, FILE_RETRY_NS))
		return;
	if (p->path.len && p->path.len < sizeof(q.path))
		memcpy(q.path, p->path.ptr, p->path.len);
	ask(w, l, &q, key, now_ns);
}

/* It lives in a mount namespace of its own, and its control group does not say whose. */
static void ask_sandbox(struct who *w, const struct identity *id, const struct process *p, uint64_t now_ns)
{
	struct lookup_request q = { .kind = LOOKUP_SANDBOX, .pid = p->pid, .start_ns = p->start_ns };
	uint64_t key = key_of(q.kind, p->pid, p->start_ns);
	uint32_t host = identity_host_mounts(id);
	struct cgroup_facts group;

	if (!host || !p->mnt_ns || p->mnt_ns == host || is_asked(w, key, now_ns, UINT64_MAX) || identity_sandbox_of(id, p))
		return;
	cgroup_parse(identity_cgroup_path(id, p->cgroup_id), &group);
	if (!group.container.len)
		ask(w, w->facts, &q, key, now_ns);
}

static void ask_program(struct who *w, const struct identity *id, const struct rec_task *t, uint64_t now_ns)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns);
	struct lookup_request q = { .pid = t->pid, .start_ns = t->start_ns };
	struct script s;
	uint64_t key;

	if (!p)
		return;
	ask_ancestor(w, id, p, now_ns);
	ask_group(w, id, t, now_ns);
	ask_sandbox(w, id, p, now_ns);
	if (p->lost) {
		ask_process(w, t->pid, t->start_ns, t->exec_id, now_ns);
		return;
	}
	script_of(p, &s);
	q.kind = LOOKUP_CLAIM;
	key = key_of(q.kind, t->pid, t->start_ns);
	if (s.kind == SCRIPT_NOTEBOOK && !is_asked(w, key, now_ns, UINT64_MAX))
		ask(w, w->facts, &q, key, now_ns);
	if (!p->exe)
		return;
	ask_file(w, w->facts, LOOKUP_FILE, p, identity_file_of(id, p->exe) != NULL, now_ns);
	ask_file(w, w->packages, LOOKUP_PACKAGE, p, identity_package_of(id, p->exe) != NULL, now_ns);
}

void who_after(struct who *w, const struct decoded *d, const struct identity *id, uint64_t now_ns)
{
	const struct rec_task *t = task_of(d);

	if (!t)
		return;
	if (d->type != REC_CALL)
		ask_connection(w, id, t, now_ns);
	if (d->type == REC_FORK)
		return;
	if (d->type == REC_CALL)
		ask_program(w, id, t, now_ns);
	ask_session(w, id, t, now_ns);
}

void who_drain(struct who *w, uint64_t now_ns)
{
	lookup_read(w->names, w->push, w->ctx, now_ns);
	lookup_read(w->facts, w->push, w->ctx, now_ns);
	lookup_read(w->packages, w->push, w->ctx, now_ns);
}

void who_tick(struct who *w, uint64_t now_ns)
{
	unsigned lost = lookup_tick(w->names, now_ns) + lookup_tick(w->facts, now_ns) + lookup_tick(w->packages, now_ns);

	if (!lost)
		return;
	/* Asked again at the next occasion. */
	memset(w->asked, 0, sizeof(w->asked));
	if (!w->told)
		log_warn("looking up accounts, sessions or packages took too long; %u questions were given up (a slow directory service?)",
			 lost);
	w->told = true;
}
