// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The account of a run: sequence numbers without holes, losses told as they happen, a heartbeat. Driven by REC_TICK only, so that a
 * replay gives the same lines. (The hash chain and the signed checkpoints of the design will grow here.)
 */
#ifndef QPROV_ACCOUNT_H
#define QPROV_ACCOUNT_H

#include "event/event.h"

enum account_loss {                                      /* first the kernel's, in the order of enum rec_loss, then our own */
		    ACCOUNT_LOSS_STATE = REC_LOSS_KINDS, /* state of the query stage or of sessions given up under a limit */
		    ACCOUNT_LOSS_RECORD,                 /* a record that could not be decoded */
		    ACCOUNT_LOSS_SITE,                   /* a call of a site that was never announced */
		    ACCOUNT_LOSS_MEMORY,                 /* no memory for a record */
		    ACCOUNT_LOSS_PROCESS,                /* process entries evicted */
		    ACCOUNT_LOSS_REPETITION,             /* counts of a person and table forgotten */
		    ACCOUNT_LOSS_KINDS
};

struct account {
	uint64_t sequence;                  /* of the last line */
	uint64_t total[ACCOUNT_LOSS_KINDS]; /* as known now */
	uint64_t told[ACCOUNT_LOSS_KINDS];  /* as written */
	uint64_t start_ns;
	uint64_t heartbeat_ns; /* of the last one; 0: none yet */
};

const char *account_loss_name(unsigned kind);
/* Sets a total that only grows. */
void account_set(struct account *a, unsigned kind, uint64_t total);
void account_add(struct account *a, unsigned kind, uint64_t n);
uint64_t account_lost(const struct account *a);
/* One qprov.loss line for each kind that grew since it was last told. Number of lines. */
unsigned account_tell_losses(struct account *a, const struct event_context *ctx, uint64_t now_ns, struct buf *out);
/* A heartbeat when interval_s have passed since the last (or force). */
unsigned account_heartbeat(struct account *a, const struct event_context *ctx, uint64_t now_ns, unsigned interval_s, bool force,
			   struct event_heartbeat *h, struct buf *out);

#endif
