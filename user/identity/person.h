// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which person: the login uid where the kernel has one; without it the best further evidence, in the order of enum person_method. An
 * account that is root, or of which nothing shows that somebody logged in to it, is nobody: then there is no person, never a guess.
 */
#ifndef QPROV_PERSON_H
#define QPROV_PERSON_H

#include "identity/cgroup.h"
#include "identity/entry.h"

enum person_method {
	PERSON_NONE,
	PERSON_LOGINUID,        /* the kernel's, set at login */
	PERSON_LOGIND,          /* owner of the logind session, from its file */
	PERSON_SESSION_LEADER,  /* owner of the first process of a login, a cron or at job; or of a POSIX session with a terminal */
	PERSON_SYSTEMD_RUN,     /* login uid of who had the system's manager start its unit */
	PERSON_USER_UNIT,       /* user-UID.slice or user@UID.service in the control group's path */
	PERSON_CONTAINER_OWNER, /* who started the container's runtime, or made the user namespace */
	PERSON_ORIGIN,          /* the nearest ancestor that was not root */
	PERSON_METHODS
};

struct person {
	uint32_t uid; /* REC_UNSET_ID: nobody known */
	enum person_method method;
	const char *confidence; /* "certain", "high", "medium", "low"; NULL: nobody known */
};

void person_find(const struct identity *id, const struct rec_task *t, const struct entry_point *e, const struct cgroup_facts *group,
		 struct person *ret);
/* All of it for a call. Valid until the next feed or tick. */
struct story {
	const struct process *process; /* NULL: unknown */
	struct entry_point entry;
	struct cgroup_facts group;
	struct person person;
};
void story_of(const struct identity *id, const struct rec_task *t, struct story *ret);
const char *person_method_name(enum person_method method);

#endif
