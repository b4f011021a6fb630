// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/person.h"

#include "base/cleanup.h"
#include "identity/sandbox.h"

static const char *const methods[] = { "none",        "loginuid",  "logind",          "session_leader",
				       "systemd_run", "user_unit", "container_owner", "origin" };

_Static_assert(ARRAY_SIZE(methods) == PERSON_METHODS, "a name for each method");

const char *person_method_name(enum person_method method)
{
	return method < PERSON_METHODS ? methods[method] : methods[PERSON_NONE];
}

static bool somebody(uint32_t uid)
{
	return uid != 0 && uid != REC_UNSET_ID;
}

/* The owner of what the login began with, or of a POSIX session that has a terminal. */
static uint32_t session_owner(const struct identity *id, const struct rec_task *t, const struct entry_point *e, const char **ret_confidence)
{
	const struct process *leader = e->leader;
	bool job = e->way == REC_WAY_CRON || e->way == REC_WAY_AT;

	if (leader && (entry_is_login(e->way) || job)) {
		*ret_confidence = "high";
		for (unsigned i = 0; i < leader->nchanges; i++) /* what the door itself made of it */
			if (e->daemon && slice_eq(slice_cstr(leader->changes[i].program), entry_program(e->daemon)))
				return leader->changes[i].to;
		return leader->first_uid;
	}
	leader = t->sid ? identity_process(id, t->sid, 0) : NULL;
	if (!leader || !leader->tty)
		return REC_UNSET_ID;
	*ret_confidence = "medium";
	return leader->first_uid;
}

/*
 * PAM opens a session of logind for whomever su and run0 change to as well: then it says who they became, and nothing of who they are. So
 * does a service's that runs under an account.
 */
static bool was_given(const struct identity *id, const struct process *p, uint32_t uid)
{
	static const struct slice givers[] = {
		SLICE_INIT("su"),     SLICE_INIT("sudo"),    SLICE_INIT("runuser"),        SLICE_INIT("doas"),
		SLICE_INIT("pkexec"), SLICE_INIT("systemd"), SLICE_INIT("systemd-executo")
	};

	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX; depth++, p = identity_parent(id, p))
		for (unsigned i = 0; i < p->nchanges; i++)
			for (size_t k = 0; k < ARRAY_SIZE(givers) && p->changes[i].to == uid; k++)
				if (slice_eq(slice_cstr(p->changes[i].program), givers[k]))
					return true;
	return false;
}

static uint32_t origin(const struct identity *id, const struct rec_task *t)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns);

	if (t->uid != 0 && t->euid != 0)
		return REC_UNSET_ID; /* a service that runs under its own account has come from nowhere */
	for (unsigned depth = 0; p && depth < IDENTITY_DEPTH_MAX; depth++) {
		for (unsigned i = p->nchanges; i > 0; i--)
			if (somebody(p->changes[i - 1].to))
				return p->changes[i - 1].to;
		if (somebody(p->first_uid))
			return p->first_uid;
		p = identity_parent(id, p);
	}
	return REC_UNSET_ID;
}

void person_find(const struct identity *id, const struct rec_task *t, const struct entry_point *e, const struct cgroup_facts *group,
		 struct person *ret)
{
	const struct process *p = identity_process(id, t->pid, t->start_ns);
	enum login_proof proof = identity_login_proof(id, t->sessionid);
	const char *confidence = NULL;
	uint32_t uid;

	*ret = (struct person){ REC_UNSET_ID, PERSON_NONE, NULL };
	if (t->loginuid != REC_UNSET_ID && proof != LOGIN_CLAIMED)
		*ret = (struct person){ t->loginuid, PERSON_LOGINUID, proof == LOGIN_PROVEN ? "certain" : "medium" };
	else if (e->runtime && somebody(e->runtime->loginuid))
		*ret = (struct person){ e->runtime->loginuid, PERSON_CONTAINER_OWNER, "high" };
	else if (e->session && somebody(e->session->uid))
		*ret = (struct person){ e->session->uid, PERSON_LOGIND, "high" };
	else if (uid = session_owner(id, t, e, &confidence), somebody(uid))
		*ret = (struct person){ uid, PERSON_SESSION_LEADER, confidence };
	else if (p && somebody(p->asked_by))
		*ret = (struct person){ p->asked_by, PERSON_SYSTEMD_RUN, "medium" };
	else if (group->has_owner && somebody(group->owner) && !(group->session.len && was_given(id, p, group->owner)))
		*ret = (struct person){ group->owner, PERSON_USER_UNIT, "medium" };
	else if (somebody(t->user_owner))
		*ret = (struct person){ t->user_owner, PERSON_CONTAINER_OWNER, "medium" };
	else if (uid = origin(id, t), somebody(uid))
		*ret = (struct person){ uid, PERSON_ORIGIN, "low" };
}

void story_of(const struct identity *id, const struct rec_task *t, struct story *ret)
{
	ret->process = identity_process(id, t->pid, t->start_ns);
	entry_find(id, t, &ret->entry);
	cgroup_parse(identity_cgroup_path(id, t->cgroup_id), &ret->group);
	/* The person is concluded from the control group alone: a file in a root folder of their own could say anything. */
	person_find(id, t, &ret->entry, &ret->group, &ret->person);
	sandbox_fill(identity_sandbox_of(id, ret->process), &ret->group);
}
