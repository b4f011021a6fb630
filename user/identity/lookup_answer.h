// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The answering side of lookup.h: runs in the child, may block. */
#ifndef QPROV_LOOKUP_ANSWER_H
#define QPROV_LOOKUP_ANSWER_H

#include "base/buf.h"
#include "identity/lookup.h"

#define LOOKUP_ANSWER_MAX (64u << 10)

/* Builds the record in out (cleared first). 0; -ESRCH or another negative errno: there is no answer. */
int lookup_answer(const struct lookup_request *q, struct buf *out);

/* Where logind and login programs keep their sessions. */
struct lookup_places {
	const char *logind; /* /run/systemd/sessions */
	const char *utmp;   /* /run/utmp */
};
int lookup_session(const struct lookup_request *q, const struct lookup_places *places, struct buf *out);
int lookup_file(const struct lookup_request *q, struct buf *out);

#endif
