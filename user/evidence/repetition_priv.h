// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table behind repetition.h, shared with what writes and reads it. */
#ifndef QPROV_REPETITION_PRIV_H
#define QPROV_REPETITION_PRIV_H

#include "base/map.h"
#include "evidence/repetition.h"

#define NS_PER_HOUR (3600ull * 1000000000ull)
#define NS_PER_DAY (24 * NS_PER_HOUR)

struct seen_subject {
	uint64_t hash; /* of its id */
	uint32_t hour; /* the last one, since 1970 */
	uint32_t pad;
};

struct told {
	uint64_t threshold; /* hash of its name */
	uint64_t value;     /* when it was told last; 0: below since */
};

struct buckets {
	struct repetition_bucket *v;
	unsigned n, cap;
};

struct node {
	struct repetition_entry e; /* first: what is given out */
	struct hnode node;
	struct list lru;
	struct buckets days, hours;
	struct seen_subject *seen; /* ascending by hash */
	unsigned nseen, seen_cap;
	unsigned level; /* a hash is kept when so many low bits of it are zero */
	struct told *told;
	unsigned ntold;
	char *name; /* owned */
	char *text; /* system, table, subject */
};

struct repetition {
	struct hmap map;
	struct list lru; /* the longest unseen first */
	size_t bytes;
	uint64_t evictions, changes;
};

struct node *repetition_find(const struct repetition *r, bool human, uint32_t uid, struct slice system, struct slice table,
			     struct slice subject);
/* A new node, counted and linked; NULL: no memory. */
struct node *repetition_insert(struct repetition *r, bool human, uint32_t uid, struct slice system, struct slice table,
			       struct slice subject);
int repetition_set_name(struct repetition *r, struct node *n, struct slice name);
/* Room for one more at the end, zeroed; NULL: no memory. Of max buckets the first goes. */
struct repetition_bucket *repetition_push_bucket(struct repetition *r, struct node *n, struct buckets *b, unsigned max);
struct seen_subject *repetition_push_seen(struct repetition *r, struct node *n);
struct told *repetition_push_told(struct repetition *r, struct node *n);
/* What the entry says of its lists follows them. */
void repetition_sync(struct node *n);
/* Forgets the longest unseen until all limits hold; never keep. */
void repetition_evict(struct repetition *r, const struct node *keep);
/* Forgets everything, uncounted. */
void repetition_clear(struct repetition *r);
/* The same in every process. */
uint64_t repetition_hash(struct slice s);

#endif
