// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Names and facts, handed on to the tables that keep them. */
#include "identity/identity_priv.h"

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

enum login_proof identity_login_proof(const struct identity *id, uint32_t sessionid)
{
	return sessionid == REC_UNSET_ID ? LOGIN_PROVEN : logins_proof(&id->logins, sessionid);
}

uint32_t identity_loginuid(const struct identity *id, const struct rec_task *t)
{
	return identity_login_proof(id, t->sessionid) == LOGIN_PROVEN ? t->loginuid : REC_UNSET_ID;
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

int identity_sandbox(struct identity *id, const struct rec_sandbox *r, const struct slice str[3])
{
	id->generation++;
	return facts_set_sandbox(&id->facts, r, str);
}

const struct sandbox *identity_sandbox_of(const struct identity *id, const struct process *p)
{
	const struct sandbox *s = NULL;
	uint32_t mnt_ns = p ? p->mnt_ns : 0;

	if (!mnt_ns || !id->facts.sandboxes.map.count)
		return NULL;
	for (unsigned depth = 0; !s && p && p->mnt_ns == mnt_ns && depth < IDENTITY_DEPTH_MAX; depth++) {
		s = facts_sandbox(&id->facts, p->pid, p->start_ns);
		p = identity_parent(id, p);
	}
	return s;
}

uint32_t identity_host_mounts(const struct identity *id)
{
	for (uint32_t pid = 1; pid <= 2; pid++) {
		const struct process *p = identity_process(id, pid, 0);

		if (p && p->mnt_ns)
			return p->mnt_ns;
	}
	return 0;
}

int identity_groups(struct identity *id, uint32_t uid, struct slice names, bool more)
{
	return facts_set_groups(&id->facts, uid, names, more);
}

const struct groups *identity_groups_of(const struct identity *id, uint32_t uid)
{
	return facts_groups(&id->facts, uid);
}
