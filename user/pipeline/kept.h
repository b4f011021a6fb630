// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What was kept over a restart comes back as REC_STATE: repetition, and relations made from sensitive ones. */
#ifndef QPROV_KEPT_H
#define QPROV_KEPT_H

#include "decode/decode.h"
#include "pipeline/repeat.h"
#include "pipeline/session.h"

struct kept {
	struct buf derived; /* pieces */
};

void kept_init(struct kept *k);
void kept_done(struct kept *k);
/* One record; lines that tell of a loss, or of what is forgotten on demand, are appended. 0 or -ENOMEM. */
int kept_state(struct kept *k, struct repeat *repeat, struct sessions *sessions, const struct event_context *ec, const struct decoded *d,
	       struct buf *out);

#endif
