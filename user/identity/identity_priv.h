// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The inside of struct identity, for identity.c (the table of processes), identity_feed.c (what records change in it) and
 * identity_facts.c (what was looked up).
 */
#ifndef QPROV_IDENTITY_PRIV_H
#define QPROV_IDENTITY_PRIV_H

#include "base/map.h"
#include "identity/facts.h"
#include "identity/identity.h"
#include "identity/image.h"
#include "identity/users.h"

struct entry {
	struct process p;
	struct hnode node;
	struct list order; /* in one of the lists of struct identity */
	struct image *image;
	struct entry *parent; /* NULL: not in the table when this entry came, or forgotten since */
	struct list children;
	struct list sibling; /* in the parent's children */
	struct change *changes;
	bool ended;
	uint64_t end_ns;
};

struct identity {
	struct hmap processes; /* by pid alone, so that a coarse start time is found too */
	struct list live;
	struct list ended;  /* oldest first */
	struct list needed; /* ended long ago, but on the way from a living process to init */
	size_t image_bytes;
	uint64_t now_ns; /* of the latest record */
	uint64_t evictions;
	uint64_t generation;
	struct users users;
	struct logins logins;
	struct facts facts;
};

/* start_ns 0: not known, the latest one of this pid; else a start time in clock ticks fits one in nanoseconds. NULL: none. */
struct entry *processes_find(const struct identity *id, uint32_t pid, uint64_t start_ns);
/* Takes the reference to image; NULL: its program is not known. */
void processes_set_image(struct identity *id, struct entry *e, struct image *image);
/* Brings the table back below its limits; keep stays. */
void processes_evict(struct identity *id, const struct entry *keep);

#endif
