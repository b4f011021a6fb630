// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * Intrusive containers: a chained hash table that grows, and a doubly linked list (for LRU order). The element embeds
 * the node; neither owns its elements. Bounding the number of elements is the owner's duty (count is there for it).
 */
#ifndef QPROV_MAP_H
#define QPROV_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hnode {
	struct hnode *next;
	uint64_t hash;
};

struct hmap {
	struct hnode **buckets;
	size_t nbuckets; /* a power of two, or 0 before the first insert */
	size_t count;
};

void hmap_init(struct hmap *m);
/* Frees the table, not the elements. */
void hmap_done(struct hmap *m);
/* 0 or -ENOMEM. Duplicates are not checked. */
int hmap_add(struct hmap *m, struct hnode *n, uint64_t hash);
void hmap_del(struct hmap *m, struct hnode *n);
/* First element with this hash, and the next one with the same hash; the caller compares keys. */
struct hnode *hmap_first(const struct hmap *m, uint64_t hash);
struct hnode *hmap_next(const struct hnode *n);
/* Walks all elements in no order; start with NULL. The element returned last may be deleted only after the next step was taken. */
struct hnode *hmap_walk(const struct hmap *m, const struct hnode *prev);

struct list {
	struct list *prev;
	struct list *next;
};

void list_init(struct list *head);
bool list_empty(const struct list *head);
/* Adds before head, that is, at the end. */
void list_add_tail(struct list *head, struct list *n);
/* Unlinks and makes n an empty list of its own; harmless when already so. */
void list_del(struct list *n);
void list_move_tail(struct list *head, struct list *n);

#define LIST_ENTRY(p, type, member) CONTAINER_OF(p, type, member)

#endif
