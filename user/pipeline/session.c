// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"

struct named {
	struct hnode node;
	struct list lru;
	uint32_t pid;
	uint64_t start_ns, connection;
	bool cursor;
	size_t name_len, body_len;
	bool dynamic;
	char data[]; /* name, body */
};

struct sessions {
	struct hmap map;
	struct list lru;
	uint64_t evictions;
};

int sessions_new(struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	hmap_init(&s->map);
	list_init(&s->lru);
	*ret = s;
	return 0;
}

static void forget(struct sessions *s, struct named *n)
{
	hmap_del(&s->map, &n->node);
	list_del(&n->lru);
	free(n);
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	while (!list_empty(&s->lru))
		forget(s, LIST_ENTRY(s->lru.next, struct named, lru));
	hmap_done(&s->map);
	free(s);
}

static uint64_t key_hash(const struct execution *x, bool cursor, struct slice name)
{
	return hash_u64(x->task.start_ns ^ ((uint64_t)x->task.pid << 32), x->connection) ^ slice_hash(name) ^ cursor;
}

static struct named *find(struct sessions *s, const struct execution *x, bool cursor, struct slice name)
{
	for (struct hnode *e = hmap_first(&s->map, key_hash(x, cursor, name)); e; e = hmap_next(e)) {
		struct named *n = CONTAINER_OF(e, struct named, node);

		if (n->pid == x->task.pid && n->start_ns == x->task.start_ns && n->connection == x->connection && n->cursor == cursor &&
		    slice_eq(slice_mem(n->data, n->name_len), name))
			return n;
	}
	return NULL;
}

static void remember(struct sessions *s, const struct execution *x, const struct sql_statement *st)
{
	struct named *n = find(s, x, st->cursor, st->session_name);
	struct slice name = st->session_name, body = st->session_body;

	if (n)
		forget(s, n);
	if (s->map.count >= SESSION_NAMES_MAX) {
		forget(s, LIST_ENTRY(s->lru.next, struct named, lru));
		s->evictions++;
	}
	n = malloc(sizeof(*n) + name.len + body.len);
	if (!n) {
		s->evictions++;
		return;
	}
	*n = (struct named){ .pid = x->task.pid,
			     .start_ns = x->task.start_ns,
			     .connection = x->connection,
			     .cursor = st->cursor,
			     .name_len = name.len,
			     .body_len = body.len,
			     .dynamic = !body.ptr };
	if (name.len)
		memcpy(n->data, name.ptr, name.len);
	if (body.len)
		memcpy(n->data + name.len, body.ptr, body.len);
	if (hmap_add(&s->map, &n->node, key_hash(x, st->cursor, name))) {
		free(n);
		s->evictions++;
		return;
	}
	list_add_tail(&s->lru, &n->lru);
}

static void forget_names(struct sessions *s, const struct execution *x, const struct sql_statement *st)
{
	struct list *next;
	struct named *n;

	if (st->session_name.len) {
		n = find(s, x, st->cursor, st->session_name);
		if (n)
			forget(s, n);
		return;
	}
	for (struct list *e = s->lru.next; e != &s->lru; e = next) {
		next = e->next;
		n = LIST_ENTRY(e, struct named, lru);
		if (n->pid == x->task.pid && n->start_ns == x->task.start_ns && n->connection == x->connection && n->cursor == st->cursor)
			forget(s, n);
	}
}

enum sql_certainty sessions_apply(struct sessions *s, const struct execution *x, enum sql_dialect dialect, const struct sql_result *r,
				  struct arena *arena, const struct sql_result ***ret_extra, size_t *ret_nextra)
{
	enum sql_certainty worst = SQL_PARSED;
	const struct sql_result **extra = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->nstatements; i++) {
		const struct sql_statement *st = &r->statements[i];
		struct named *named;

		if (st->session == SQL_SESSION_PREPARE)
			remember(s, x, st);
		if (st->session == SQL_SESSION_FORGET)
			forget_names(s, x, st);
		if (st->session != SQL_SESSION_EXECUTE)
			continue;
		named = find(s, x, st->cursor, st->session_name);
		if (!extra)
			extra = arena_array(arena, r->nstatements, sizeof(struct sql_result *));
		if (!named || named->dynamic || !extra) {
			worst = SQL_DYNAMIC;
			continue;
		}
		sql_analyze(&(struct sql_options){ .dialect = dialect },
			    arena_dup(arena, slice_mem(named->data + named->name_len, named->body_len)), arena, &extra[n]);
		if (extra[n]->certainty > worst)
			worst = extra[n]->certainty;
		n++;
	}
	*ret_extra = extra;
	*ret_nextra = n;
	return worst;
}

uint64_t sessions_evictions(const struct sessions *s)
{
	return s->evictions;
}
