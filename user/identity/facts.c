// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void table_init(struct fact_table *t)
{
	hmap_init(&t->map);
	list_init(&t->order);
}

/* An element begins with its struct fact, so this frees the whole. */
static void forget(struct fact_table *t, struct fact *f)
{
	hmap_del(&t->map, &f->node);
	list_del(&f->order);
	free(f);
}

static void table_done(struct fact_table *t)
{
	while (!list_empty(&t->order))
		forget(t, LIST_ENTRY(t->order.next, struct fact, order));
	hmap_done(&t->map);
}

void facts_init(struct facts *f)
{
	table_init(&f->sessions);
	table_init(&f->files);
	table_init(&f->packages);
	table_init(&f->cgroups);
	table_init(&f->claims);
	table_init(&f->sandboxes);
	table_init(&f->groups);
	f->evictions = 0;
}

void facts_done(struct facts *f)
{
	table_done(&f->sessions);
	table_done(&f->files);
	table_done(&f->packages);
	table_done(&f->cgroups);
	table_done(&f->claims);
	table_done(&f->sandboxes);
	table_done(&f->groups);
}

/* Takes the element: it is freed when there is no memory. old: what it replaces, or NULL. */
static int add(struct facts *f, struct fact_table *t, struct fact *one, uint64_t hash, struct fact *old, size_t max)
{
	if (hmap_add(&t->map, &one->node, hash)) {
		free(one);
		return -ENOMEM;
	}
	list_add_tail(&t->order, &one->order);
	if (old)
		forget(t, old);
	if (t->map.count > max) {
		forget(t, LIST_ENTRY(t->order.next, struct fact, order));
		f->evictions++;
	}
	return 0;
}

/* Appends to data; the copy. */
static struct slice keep(char **at, struct slice s)
{
	char *to = *at;

	s = slice_head(s, FACTS_TEXT_MAX);
	if (!s.len)
		return SLICE_NONE;
	memcpy(to, s.ptr, s.len);
	*at += s.len;
	return slice_mem(to, s.len);
}

static size_t room(const struct slice *str, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += str[i].len < FACTS_TEXT_MAX ? str[i].len : FACTS_TEXT_MAX;
	return total;
}

/* ---- sessions: by audit session, where there is one, else by first process ---- */

static uint64_t session_hash(uint32_t sessionid, uint32_t pid, uint64_t start_ns)
{
	return sessionid != REC_UNSET_ID ? hash_u64(sessionid, 2) : hash_u64(start_ns, (uint64_t)pid << 8 | 3);
}

const struct session *facts_session(const struct facts *f, uint32_t sessionid, uint32_t pid, uint64_t start_ns)
{
	struct hnode *n = hmap_first(&f->sessions.map, session_hash(sessionid, pid, start_ns));

	for (; n; n = hmap_next(n)) {
		const struct session *s = CONTAINER_OF(n, struct session, fact.node);

		if (s->sessionid == sessionid && (sessionid != REC_UNSET_ID || (s->pid == pid && s->start_ns == start_ns)))
			return s;
	}
	return NULL;
}

int facts_set_session(struct facts *f, const struct rec_session *r, const struct slice str[4])
{
	const struct session *old = facts_session(f, r->sessionid, r->entry_pid, r->entry_start_ns);
	struct session *s = calloc(1, sizeof(*s) + room(str, 4));
	char *at;

	if (!s)
		return -ENOMEM;
	at = s->data;
	s->sessionid = r->sessionid;
	s->pid = r->entry_pid;
	s->start_ns = r->entry_start_ns;
	s->uid = r->uid;
	memcpy(s->addr, r->addr, sizeof(s->addr));
	s->port = r->port;
	s->way = r->way < REC_WAY_MAX ? (enum rec_way)r->way : REC_WAY_UNKNOWN;
	s->source = r->source < REC_SOURCE_MAX ? (enum rec_source)r->source : REC_SOURCE_NONE;
	memcpy(s->comm, r->entry_comm, sizeof(s->comm));
	s->host = keep(&at, str[0]);
	s->service = keep(&at, str[1]);
	s->logind = keep(&at, str[2]);
	s->tty = keep(&at, str[3]);
	return add(f, &f->sessions, &s->fact, session_hash(s->sessionid, s->pid, s->start_ns),
		   old ? (struct fact *)(uintptr_t)&old->fact : NULL, FACTS_SESSIONS_MAX);
}

/* ---- control groups ---- */

const struct cgroup_path *facts_cgroup(const struct facts *f, uint64_t id)
{
	for (struct hnode *n = hmap_first(&f->cgroups.map, hash_u64(id, 4)); n; n = hmap_next(n)) {
		const struct cgroup_path *c = CONTAINER_OF(n, struct cgroup_path, fact.node);

		if (c->id == id)
			return c;
	}
	return NULL;
}

int facts_set_cgroup(struct facts *f, uint64_t id, struct slice path)
{
	const struct cgroup_path *old = facts_cgroup(f, id);
	struct cgroup_path *c;
	char *at;

	if (old && slice_eq(old->path, path))
		return 0;
	c = calloc(1, sizeof(*c) + room(&path, 1));
	if (!c)
		return -ENOMEM;
	at = c->data;
	c->id = id;
	c->path = keep(&at, path);
	return add(f, &f->cgroups, &c->fact, hash_u64(id, 4), old ? (struct fact *)(uintptr_t)&old->fact : NULL, FACTS_CGROUPS_MAX);
}

/* ---- executables ---- */

static uint64_t file_hash(uint32_t dev, uint64_t ino, uint64_t ctime_ns)
{
	return hash_u64(ino ^ (uint64_t)dev << 40, ctime_ns);
}

const struct file_facts *facts_file(const struct facts *f, uint32_t dev, uint64_t ino, uint64_t ctime_ns)
{
	for (struct hnode *n = hmap_first(&f->files.map, file_hash(dev, ino, ctime_ns)); n; n = hmap_next(n)) {
		const struct file_facts *one = CONTAINER_OF(n, struct file_facts, fact.node);

		if (one->dev == dev && one->ino == ino && one->ctime_ns == ctime_ns)
			return one;
	}
	return NULL;
}

int facts_set_file(struct facts *f, const struct rec_file *r, struct slice build_id, struct slice sha256)
{
	const struct file_facts *old = facts_file(f, r->dev, r->ino, r->ctime_ns);
	struct slice str[2] = { build_id, sha256 };
	struct file_facts *one = calloc(1, sizeof(*one) + room(str, 2));
	char *at;

	if (!one)
		return -ENOMEM;
	at = one->data;
	one->dev = r->dev;
	one->ino = r->ino;
	one->ctime_ns = r->ctime_ns;
	one->build_id = keep(&at, build_id);
	one->sha256 = keep(&at, sha256);
	return add(f, &f->files, &one->fact, file_hash(r->dev, r->ino, r->ctime_ns), old ? (struct fact *)(uintptr_t)&old->fact : NULL,
		   FACTS_FILES_MAX);
}

const struct package *facts_package(const struct facts *f, uint32_t dev, uint64_t ino, uint64_t ctime_ns)
{
	for (struct hnode *n = hmap_first(&f->packages.map, file_hash(dev, ino, ctime_ns)); n; n = hmap_next(n)) {
		const struct package *one = CONTAINER_OF(n, struct package, fact.node);

		if (one->dev == dev && one->ino == ino && one->ctime_ns == ctime_ns)
			return one;
	}
	return NULL;
}

int facts_set_package(struct facts *f, const struct rec_package *r, struct slice name)
{
	const struct package *old = facts_package(f, r->dev, r->ino, r->ctime_ns);
	struct package *one = calloc(1, sizeof(*one) + room(&name, 1));
	char *at;

	if (!one)
		return -ENOMEM;
	at = one->data;
	one->dev = r->dev;
	one->ino = r->ino;
	one->ctime_ns = r->ctime_ns;
	one->name = keep(&at, name);
	return add(f, &f->packages, &one->fact, file_hash(r->dev, r->ino, r->ctime_ns), old ? (struct fact *)(uintptr_t)&old->fact : NULL,
		   FACTS_FILES_MAX);
}

/* ---- claims ---- */

const struct claim *facts_claim(const struct facts *f, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&f->claims.map, hash_u64(pid, start_ns)); n; n = hmap_next(n)) {
		const struct claim *c = CONTAINER_OF(n, struct claim, fact.node);

		if (c->pid == pid && c->start_ns == start_ns)
			return c;
	}
	return NULL;
}

int facts_set_claim(struct facts *f, const struct rec_claim *r, struct slice notebook)
{
	const struct claim *old = facts_claim(f, r->pid, r->start_ns);
	struct claim *c = calloc(1, sizeof(*c) + room(&notebook, 1));
	char *at;

	if (!c)
		return -ENOMEM;
	at = c->data;
	c->pid = r->pid;
	c->start_ns = r->start_ns;
	c->notebook = keep(&at, notebook);
	return add(f, &f->claims, &c->fact, hash_u64(r->pid, r->start_ns), old ? (struct fact *)(uintptr_t)&old->fact : NULL,
		   FACTS_CLAIMS_MAX);
}

/* ---- containers and applications ---- */

const struct sandbox *facts_sandbox(const struct facts *f, uint32_t pid, uint64_t start_ns)
{
	for (struct hnode *n = hmap_first(&f->sandboxes.map, hash_u64(pid, start_ns)); n; n = hmap_next(n)) {
		const struct sandbox *s = CONTAINER_OF(n, struct sandbox, fact.node);

		if (s->pid == pid && s->start_ns == start_ns)
			return s;
	}
	return NULL;
}

int facts_set_sandbox(struct facts *f, const struct rec_sandbox *r, const struct slice str[3])
{
	const struct sandbox *old = facts_sandbox(f, r->pid, r->start_ns);
	struct sandbox *s = calloc(1, sizeof(*s) + room(str, 3));
	char *at;

	if (!s)
		return -ENOMEM;
	at = s->data;
	s->pid = r->pid;
	s->start_ns = r->start_ns;
	s->group = keep(&at, str[0]);
	s->app = keep(&at, str[1]);
	s->instance = keep(&at, str[2]);
	return add(f, &f->sandboxes, &s->fact, hash_u64(r->pid, r->start_ns), old ? (struct fact *)(uintptr_t)&old->fact : NULL,
		   FACTS_SANDBOXES_MAX);
}

/* ---- groups of a person ---- */

const struct groups *facts_groups(const struct facts *f, uint32_t uid)
{
	for (struct hnode *n = hmap_first(&f->groups.map, hash_u64(uid, 5)); n; n = hmap_next(n)) {
		const struct groups *g = CONTAINER_OF(n, struct groups, fact.node);

		if (g->uid == uid)
			return g;
	}
	return NULL;
}

int facts_set_groups(struct facts *f, uint32_t uid, struct slice names, bool more)
{
	const struct groups *old = facts_groups(f, uid);
	struct groups *g = calloc(1, sizeof(*g) + names.len);

	if (!g)
		return -ENOMEM;
	g->uid = uid;
	g->more = more;
	if (names.len)
		memcpy(g->data, names.ptr, names.len);
	g->names = slice_mem(g->data, names.len);
	return add(f, &f->groups, &g->fact, hash_u64(uid, 5), old ? (struct fact *)(uintptr_t)&old->fact : NULL, FACTS_GROUPS_MAX);
}
