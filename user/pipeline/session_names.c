// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* PREPARE and DECLARE CURSOR: names and the texts they stand for, so that EXECUTE and FETCH are known by what they run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pipeline/session_internal.h"

struct named {
	struct hnode node;
	struct list lru, in_session;
	const struct session *session;
	bool cursor;
	bool dynamic;
	size_t name_len, body_len;
	char data[]; /* name, body */
};

static size_t bytes_of(const struct named *n)
{
	return sizeof(*n) + n->name_len + n->body_len;
}

static void forget(struct sessions *s, struct named *n)
{
	s->names_bytes -= bytes_of(n);
	hmap_del(&s->names, &n->node);
	list_del(&n->lru);
	list_del(&n->in_session);
	free(n);
}

static uint64_t name_hash(const struct session *t, bool cursor, struct slice name)
{
	return hash_u64(t->by_key.hash, slice_hash(name)) ^ cursor;
}

static struct named *find(const struct sessions *s, const struct session *t, bool cursor, struct slice name)
{
	for (struct hnode *e = hmap_first(&s->names, name_hash(t, cursor, name)); e; e = hmap_next(e)) {
		struct named *n = CONTAINER_OF(e, struct named, node);

		if (n->session == t && n->cursor == cursor && slice_eq(slice_mem(n->data, n->name_len), name))
			return n;
	}
	return NULL;
}

int names_find(const struct sessions *s, const struct session *t, bool cursor, struct slice name, struct slice *ret)
{
	const struct named *n = find(s, t, cursor, name);

	if (!n)
		return -ENOENT;
	if (n->dynamic)
		return -ENODATA;
	*ret = slice_mem(n->data + n->name_len, n->body_len);
	return 0;
}

void names_remember(struct sessions *s, struct session *t, const struct sql_statement *st)
{
	struct slice name = st->session_name, body = st->session_body;
	struct named *n = find(s, t, st->cursor, name);

	if (n)
		forget(s, n);
	if (sizeof(*n) + name.len + body.len > SESSION_NAMES_BYTES_MAX)
		body = SLICE_NONE;
	while (s->names.count >= SESSION_NAMES_MAX ||
	       (s->names.count && s->names_bytes + sizeof(*n) + name.len + body.len > SESSION_NAMES_BYTES_MAX)) {
		forget(s, LIST_ENTRY(s->names_lru.next, struct named, lru));
		s->evictions++;
	}
	n = malloc(sizeof(*n) + name.len + body.len);
	if (!n || hmap_add(&s->names, &n->node, name_hash(t, st->cursor, name))) {
		free(n);
		s->evictions++;
		return;
	}
	n->session = t;
	n->cursor = st->cursor;
	n->dynamic = !body.ptr;
	n->name_len = name.len;
	n->body_len = body.len;
	if (name.len)
		memcpy(n->data, name.ptr, name.len);
	if (body.len)
		memcpy(n->data + name.len, body.ptr, body.len);
	s->names_bytes += bytes_of(n);
	list_add_tail(&s->names_lru, &n->lru);
	list_add_tail(&t->names, &n->in_session);
}

void names_doubt(struct sessions *s, struct session *t, const struct sql_statement *st)
{
	struct named *n = find(s, t, st->cursor, st->session_name);

	if (n)
		n->dynamic = true;
	else
		names_remember(s, t, st);
}

void names_clear(struct sessions *s, struct session *t)
{
	while (!list_empty(&t->names))
		forget(s, LIST_ENTRY(t->names.next, struct named, in_session));
}

void names_forget(struct sessions *s, struct session *t, const struct sql_statement *st)
{
	struct list *next;
	struct named *n;

	if (st->session_name.len) {
		n = find(s, t, st->cursor, st->session_name);
		if (n)
			forget(s, n);
		return;
	}
	for (struct list *e = t->names.next; e != &t->names; e = next) {
		next = e->next;
		n = LIST_ENTRY(e, struct named, in_session);
		if (n->cursor == st->cursor)
			forget(s, n);
	}
}
