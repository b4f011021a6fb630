// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* How somebody came in: concluded from the tree of processes and from what was looked up about the session. */
#ifndef QPROV_ENTRY_H
#define QPROV_ENTRY_H

#include "identity/facts.h"
#include "identity/identity.h"

struct entry_point {
	enum rec_way way;
	const struct process *leader;  /* first process of the session; NULL: gone, see session */
	const struct process *daemon;  /* what let it in, where the tree still shows it */
	const struct process *through; /* the tmux or screen server between leader and process, or NULL */
	const struct process *runtime; /* a container's that unset the login uid and has one itself; or NULL */
	uint32_t sessionid;            /* audit session in which it all was found: the runtime's, where there is one */
	const struct session *session; /* looked up; or NULL */
	const struct session *address; /* the same, or what was looked up of sshd when the connection came; or NULL */
};

/* Of the process of a call. Every member of *ret is set. */
void entry_find(const struct identity *id, const struct rec_task *t, struct entry_point *ret);
/* Which door this program is; REC_WAY_UNKNOWN: none, or not root's. */
enum rec_way entry_door(const struct process *p);
/* Is it a login, that is, does a person stand behind it: ssh, console, display manager? */
bool entry_is_login(enum rec_way way);
/* "sshd", "console", ...; NULL for REC_WAY_UNKNOWN. */
const char *entry_way_name(enum rec_way way);
/* "socket", "logind", ...; NULL for REC_SOURCE_NONE. */
const char *entry_source_name(enum rec_source source);

/* The last component of the executable's path, without " (deleted)"; the process' own name where there is none. */
struct slice entry_program(const struct process *p);

#endif
