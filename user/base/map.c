// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

void hmap_init(struct hmap *m)
{
	*m = (struct hmap){ 0 };
}

void hmap_done(struct hmap *m)
{
	free(m->buckets);
	hmap_init(m);
}

static int grow(struct hmap *m)
{
	size_t n = m->nbuckets ? m->nbuckets * 2 : 16;
	struct hnode **b = calloc(n, sizeof(struct hnode *));

	if (!b)
		return m->nbuckets ? 0 : -ENOMEM; /* longer chains are still correct */
	for (size_t i = 0; i < m->nbuckets; i++) {
		while (m->buckets[i]) {
			struct hnode *e = m->buckets[i];

			m->buckets[i] = e->next;
			e->next = b[e->hash & (n - 1)];
			b[e->hash & (n - 1)] = e;
		}
	}
	free(m->buckets);
	m->buckets = b;
	m->nbuckets = n;
	return 0;
}

int hmap_add(struct hmap *m, struct hnode *n, uint64_t hash)
{
	if (m->count >= m->nbuckets) {
		int r = grow(m);

		if (r)
			return r;
	}
	n->hash = hash;
	n->next = m->buckets[hash & (m->nbuckets - 1)];
	m->buckets[hash & (m->nbuckets - 1)] = n;
	m->count++;
	return 0;
}

void hmap_del(struct hmap *m, struct hnode *n)
{
	if (!m->nbuckets)
		return;
	for (struct hnode **p = &m->buckets[n->hash & (m->nbuckets - 1)]; *p; p = &(*p)->next) {
		if (*p == n) {
			*p = n->next;
			m->count--;
			return;
		}
	}
}

static struct hnode *same_hash(struct hnode *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct hnode *hmap_first(const struct hmap *m, uint64_t hash)
{
	return m->nbuckets ? same_hash(m->buckets[hash & (m->nbuckets - 1)], hash) : NULL;
}

struct hnode *hmap_next(const struct hnode *n)
{
	return same_hash(n->next, n->hash);
}

struct hnode *hmap_walk(const struct hmap *m, const struct hnode *prev)
{
	size_t i = 0;

	if (prev) {
		if (prev->next)
			return prev->next;
		i = (prev->hash & (m->nbuckets - 1)) + 1;
	}
	for (; i < m->nbuckets; i++)
		if (m->buckets[i])
			return m->buckets[i];
	return NULL;
}

void list_init(struct list *head)
{
	head->prev = head->next = head;
}

bool list_empty(const struct list *head)
{
	return head->next == head;
}

void list_add_tail(struct list *head, struct list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

void list_move_tail(struct list *head, struct list *n)
{
	list_del(n);
	list_add_tail(head, n);
}
