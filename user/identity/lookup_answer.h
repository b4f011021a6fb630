// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The answering side of lookup.h: runs in the child, may block. */
#ifndef QPROV_LOOKUP_ANSWER_H
#define QPROV_LOOKUP_ANSWER_H

#include "base/buf.h"
#include "identity/lookup.h"

#define LOOKUP_ANSWER_MAX (64u << 10)

/* Builds the record in out (cleared first). 0; -ESRCH or another negative errno: there is no answer. */
int lookup_answer(const struct lookup_request *q, struct buf *out);

/* Where logind, auditd and login programs keep what they know of sessions. */
struct lookup_places {
	const char *logind; /* /run/systemd/sessions */
	const char *audit;  /* /var/log/audit/audit.log; the one before it has ".1" behind its name */
	const char *utmp;   /* /run/utmp */
};
/* How a session's login came in, as auditd's log has it. boot_s: wall clock of the boot in seconds. 0; -ENOENT: the ends of the logs do not
 * tell. */
struct audit_login {
	char addr[256]; /* a text, mostly an address */
	enum rec_way way;
};
int lookup_audit(const char *path, uint32_t sessionid, uint64_t boot_s, struct audit_login *ret);
/* The peer of the first TCP connection that the process of this /proc folder holds open: IPv6, IPv4 mapped. False: it holds none. */
bool lookup_peer(int dir, uint8_t addr[16], uint16_t *ret_port);
/* An IPv4 address in network order, mapped. */
void lookup_set_v4(uint8_t to[16], const void *addr);
int lookup_session(const struct lookup_request *q, const struct lookup_places *places, struct buf *out);
/* No answer where there is no dpkg, or the file is not the host's. */
int lookup_package(const struct lookup_request *q, struct buf *out);
/* Of a person: primary and supplementary, through NSS. */
int lookup_groups(uint32_t uid, struct buf *out);
/* Of a process in a mount namespace of its own; no answer when nothing tells what that is. */
int lookup_sandbox(const struct lookup_request *q, struct buf *out);
int lookup_file(const struct lookup_request *q, struct buf *out);

#endif
