// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/entry.h"

#include <string.h>

#include "base/cleanup.h"
#include "identity/door.h"

static const char *const ways[REC_WAY_MAX] = { NULL,   "sshd",      "console", "display",    "cron",       "at",
					       "unit", "container", "sudo",    "machinectl", "multiplexer" };
static const char *const sources[REC_SOURCE_MAX] = { NULL, "socket", "logind", "utmp", "environ", "audit" };

_Static_assert(ARRAY_SIZE(ways) == REC_WAY_MULTIPLEXER + 1, "a name for each way");
_Static_assert(ARRAY_SIZE(sources) == REC_SOURCE_AUDIT + 1, "a name for each source");

const char *entry_way_name(enum rec_way way)
{
	return way < REC_WAY_MAX ? ways[way] : NULL;
}

const char *entry_source_name(enum rec_source source)
{
	return source < REC_SOURCE_MAX ? sources[source] : NULL;
}

struct slice entry_program(const struct process *p)
{
	struct slice name = door_program(p->path);

	return name.len ? name : slice_mem(p->comm, strnlen(p->comm, REC_COMM_LEN));
}

enum rec_way entry_door(const struct process *p)
{
	return (enum rec_way)p->door;
}

bool entry_is_login(enum rec_way way)
{
	return way == REC_WAY_SSH || way == REC_WAY_CONSOLE || way == REC_WAY_DISPLAY;
}

static bool is_strong(enum rec_way way)
{
	return entry_is_login(way) || way == REC_WAY_CRON || way == REC_WAY_AT;
}

/* Did root start it? Its own children have given that up, so the first of a run of the same program counts. */
static bool run_by_root(const struct identity *id, const struct process *p, enum rec_way way)
{
	const struct process *up = identity_parent(id, p);

	for (unsigned depth = 0; up && entry_door(up) == way && depth < IDENTITY_DEPTH_MAX; depth++) {
		p = up;
		up = identity_parent(id, p);
	}
	return p->first_uid == 0 || p->uid == 0;
}

static void offer(struct entry_point *e, enum rec_way way, const struct process *leader, const struct process *daemon)
{
	/* sudo and multiplexers only lead further; what stands above them says more. */
	if (e->way != REC_WAY_UNKNOWN && e->way != REC_WAY_SUDO && e->way != REC_WAY_MULTIPLEXER)
		return;
	e->way = way;
	e->leader = leader;
	e->daemon = daemon;
}

/* A session that somebody gave themselves is part of the one before it, which had no number. */
static uint32_t audit_session(const struct identity *id, uint32_t sessionid)
{
	return identity_login_proof(id, sessionid) == LOGIN_CLAIMED ? REC_UNSET_ID : sessionid;
}

/* systemd-nspawn unsets the login uid of what it starts, and with it the audit session: both go on above it. */
static void cross_runtime(const struct identity *id, const struct process *up, struct entry_point *e)
{
	uint32_t above = audit_session(id, up->sessionid);

	if (entry_door(up) != REC_WAY_CONTAINER || e->sessionid != REC_UNSET_ID || above == REC_UNSET_ID)
		return;
	e->runtime = up;
	e->sessionid = above;
}

/* The nearest door of this audit session; a door of a program run by the user is none. */
static void search_tree(const struct identity *id, const struct process *p, struct entry_point *e)
{
	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX; depth++) {
		const struct process *up = identity_parent(id, p);
		enum rec_way way = up ? entry_door(up) : REC_WAY_UNKNOWN;

		if (audit_session(id, p->sessionid) != e->sessionid && !e->runtime)
			return;
		if (up)
			cross_runtime(id, up, e);
		if (way == REC_WAY_MULTIPLEXER && !e->through)
			e->through = up;
		if (way != REC_WAY_UNKNOWN && entry_door(p) != way) {
			if (is_strong(way) && run_by_root(id, up, way)) {
				e->way = way;
				e->leader = p;
				e->daemon = up;
				return;
			}
			if (!is_strong(way))
				offer(e, way == REC_WAY_UNIT && p->unit_way ? (enum rec_way)p->unit_way : way, p, up);
		}
		p = up;
	}
}

/* What the table of sessions knows; where the tree is cut, it is all there is. */
static void add_session(const struct identity *id, struct entry_point *e)
{
	if (e->sessionid != REC_UNSET_ID)
		e->session = identity_session_of(id, e->sessionid, 0, 0);
	else if (e->leader)
		e->session = identity_session_of(id, REC_UNSET_ID, e->leader->pid, e->leader->start_ns);
	if (!e->session || is_strong(e->way) || e->session->way == REC_WAY_UNKNOWN)
		return;
	if (e->way != REC_WAY_UNKNOWN && !is_strong(e->session->way))
		return;
	e->way = e->session->way;
	e->leader = e->session->pid ? identity_process(id, e->session->pid, e->session->start_ns) : NULL;
	e->daemon = NULL;
}

/* The address that sshd's connection had when it came, where the session's own facts lack one: they may have been asked too late. */
static void add_address(const struct identity *id, struct entry_point *e)
{
	const struct process *p = e->daemon;

	e->address = e->session && e->session->source != REC_SOURCE_NONE ? e->session : NULL;
	if (e->address && e->address->source == REC_SOURCE_SOCKET)
		return;
	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX && entry_door(p) == REC_WAY_SSH; depth++, p = identity_parent(id, p)) {
		const struct session *s = identity_session_of(id, REC_UNSET_ID, p->pid, p->start_ns);

		if (s && s->source == REC_SOURCE_SOCKET)
			e->address = s;
	}
}

void entry_find(const struct identity *id, const struct rec_task *t, struct entry_point *ret)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns);

	*ret = (struct entry_point){ .way = REC_WAY_UNKNOWN, .sessionid = audit_session(id, t->sessionid) };
	if (p)
		search_tree(id, p, ret);
	add_session(id, ret);
	add_address(id, ret);
}
