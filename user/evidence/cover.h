// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Which connections and database files pass through nothing that is hooked. Fed by the floor's records and by the calls; a connection on
 * which no statement was captured within the grace time, or until it was closed, is told once, with the likely reason, and again each
 * hour while it lasts. A process that maps a hooked library gets time until it closes the connection or sends something over it
 * unseen: people think before they type. All times are those of the records, so a replay decides alike.
 */
#ifndef QPROV_COVER_H
#define QPROV_COVER_H

#include "decode/decode.h"
#include "event/event.h"

#define COVER_CONNECTIONS_MAX 16384
#define COVER_PROCESSES_MAX 8192
#define COVER_SETTLE_NS 1000000000ull /* after the end: calls that are still in the ring come first */
#define COVER_LINES_MAX 64            /* in one tick; the others wait for the next one */

struct cover;

int cover_new(struct cover **ret);
void cover_free(struct cover *c);

/* Feed. 0 or -ENOMEM. */
int cover_socket(struct cover *c, const struct decoded *d);
int cover_dbfile(struct cover *c, const struct decoded *d);
int cover_profile(struct cover *c, const struct decoded *d);
int cover_uring(struct cover *c, const struct decoded *d);
/* A statement was captured from this process, on this connection or statement handle. */
void cover_call(struct cover *c, const struct rec_task *t, enum client_system system, uint64_t handle, uint64_t ts_ns);
/* The handle is another connection from now on: a reconnect, before the old one's end is seen. */
void cover_moved(struct cover *c, const struct rec_task *t, uint64_t handle);
/* A call asks the server to cancel: the next connection of its thread, if it comes at once, carries no statement. */
void cover_cancel(struct cover *c, const struct rec_task *t, uint64_t ts_ns);
void cover_exit(struct cover *c, uint32_t pid, uint64_t start_ns, uint64_t ts_ns);

/* Appends the lines that are due, with all that is open when last is set. How many. */
unsigned cover_tell(struct cover *c, const struct event_context *ctx, uint64_t now_ns, unsigned grace_s, bool last, struct buf *out);
/* Connections and processes forgotten under the limits, undecided. */
uint64_t cover_evictions(const struct cover *c);

/* Whether one of the systems (bit n: enum client_system n) is the one of this name. */
bool cover_maps_system(uint32_t systems, struct slice name);

#endif
