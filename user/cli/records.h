// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Builds the records about the run itself: who we are, the time, the configuration, the end. */
#ifndef QPROV_RECORDS_H
#define QPROV_RECORDS_H

#include "base/buf.h"
#include "record.h"

struct config;

/* Each clears out first; 0 or -ENOMEM. */
int record_hello(struct buf *out);
int record_tick(struct buf *out, const uint64_t lost[REC_LOSS_KINDS], uint64_t calls, uint32_t libraries, uint32_t sites);
int record_config(struct buf *out, const struct config *c, bool refused, struct slice message);
int record_stop(struct buf *out, struct slice reason);

#endif
