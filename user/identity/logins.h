// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Whether a login uid is what a login program set. Once it is set, the kernel lets nobody without CAP_AUDIT_CONTROL change it; as long as
 * it is unset, everybody may set their own process' to whatever they like (audit_set_loginuid_perm(), kernel/audit.c). Setting it begins a
 * new audit session, so what is known of a session is known of all processes in it.
 */
#ifndef QPROV_LOGINS_H
#define QPROV_LOGINS_H

#include "base/map.h"
#include "record.h"

#define LOGINS_MAX 16384

enum login_proof {
	LOGIN_PROVEN,   /* root set it, or it was there before us */
	LOGIN_UNPROVEN, /* the records that say who set it were lost */
	LOGIN_CLAIMED,  /* set by a process that was not root */
};

struct logins {
	struct hmap map;
	struct list order;  /* oldest first */
	bool forgot;        /* one that was not proven was forgotten: what is not known is not proven any more */
	uint64_t evictions; /* of those */
};

void logins_init(struct logins *l);
void logins_done(struct logins *l);
/* The first word on a session counts. 0 or -ENOMEM. */
int logins_note(struct logins *l, uint32_t sessionid, enum login_proof proof);
enum login_proof logins_proof(const struct logins *l, uint32_t sessionid);

#endif
