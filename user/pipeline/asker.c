// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/asker.h"

#include <string.h>

#include "identity/facts.h"
#include "identity/person.h"
#include "identity/script.h"

static void add_groups(struct policy_who *who, const struct event_context *ec)
{
	const struct groups *g = who->loginuid != REC_UNSET_ID ? identity_groups_of(ec->identity, who->loginuid) : NULL;

	if (g)
		who->groups = g->names;
	who->groups_unknown = who->has_loginuid && (!g || g->more);
}

bool asker_goes_up(struct slice path)
{
	for (size_t i = 0; i + 2 <= path.len; i++)
		if (memcmp(path.ptr + i, "..", 2) == 0 && (i == 0 || path.ptr[i - 1] == '/') &&
		    (i + 2 == path.len || path.ptr[i + 2] == '/'))
			return true;
	return false;
}

static void add_script(struct policy_who *who, const struct event_context *ec, const struct story *s)
{
	struct script script;
	const struct process *p = s->process ? script_find(ec->identity, s->process, s->entry.leader, &script) : NULL;

	if (p)
		who->script = script_path(ec->identity, p, &script, ec->arena);
	who->script_unknown =
		!s->process || s->process->lost || asker_goes_up(who->script) || (p && script.kind == SCRIPT_FILE && !who->script.len);
}

/*
 * Several ways may be told of one process: a container's runtime that a unit started. Everybody can set SSH_CONNECTION, and name control
 * groups below their own.
 */
static void add_way(struct policy_who *who, const struct story *s)
{
	bool claim = s->entry.session && s->entry.session->source == REC_SOURCE_ENVIRON && !s->entry.daemon;

	if (s->entry.way != REC_WAY_UNKNOWN)
		*(claim ? &who->sessions_claimed : &who->sessions) |= 1u << s->entry.way;
	if (s->entry.through)
		who->sessions |= 1u << REC_WAY_MULTIPLEXER;
	if (s->group.container.len)
		*(s->group.has_owner ? &who->sessions_claimed : &who->sessions) |= 1u << REC_WAY_CONTAINER;
}

struct policy_who asker_of(const struct policy *policy, const struct event_context *ec, const struct rec_task *t)
{
	const struct process *proc = identity_process(ec->identity, t->pid, t->start_ns);
	/* Of one that nothing vouches for the name is unknown: it is neither that person nor nobody. */
	struct policy_who who = { .has_loginuid = t->loginuid != REC_UNSET_ID,
				  .loginuid = identity_loginuid(ec->identity, t),
				  .user = event_human(ec, t),
				  .uid = t->uid,
				  .euid = t->euid,
				  .exe = proc ? proc->path : SLICE_NONE,
				  .comm = slice_mem(t->comm, strnlen(t->comm, REC_COMM_LEN)) };
	unsigned asks = policy_asks(policy);

	if (asks & POLICY_ASKS_GROUP)
		add_groups(&who, ec);
	if (asks & (POLICY_ASKS_SCRIPT | POLICY_ASKS_SESSION)) {
		struct story s;

		story_of(ec->identity, t, &s);
		add_script(&who, ec, &s);
		add_way(&who, &s);
	}
	return who;
}
