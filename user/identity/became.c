// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "identity/became.h"

#include <string.h>

struct chain {
	struct became *out;
	size_t n;
	bool cut;
	uint32_t uid; /* where it stands */
};

static void copy_name(char to[REC_COMM_LEN], struct slice name)
{
	memset(to, 0, REC_COMM_LEN);
	if (name.len)
		memcpy(to, name.ptr, name.len < REC_COMM_LEN ? name.len : REC_COMM_LEN - 1);
}

/* The last place is kept for the last one. */
static void add(struct chain *c, uint32_t uid, uint32_t pid, uint64_t ts_ns, struct slice program)
{
	struct became *b;

	if (c->n == BECAME_MAX) {
		c->cut = true;
		c->n--;
	}
	b = &c->out[c->n++];
	*b = (struct became){ .uid = uid, .pid = pid, .ts_ns = ts_ns };
	copy_name(b->program, program);
	c->uid = uid;
}

/* The door itself did that; systemd does it in a program of its own. */
static bool is_by(const struct change *change, struct slice door)
{
	struct slice program = slice_cstr(change->program);

	return slice_eq(program, door) || (slice_eq(door, SLICE("systemd")) && slice_eq(program, SLICE("systemd-executo")));
}

/* The first process: what the door itself did belongs to the login. */
static void begin(struct chain *c, struct slice door, const struct process *first)
{
	uint32_t uid = first->first_uid;

	for (unsigned i = 0; i < first->nchanges && door.len; i++)
		if (is_by(&first->changes[i], door))
			uid = first->changes[i].to;
	add(c, uid, first->pid, first->start_ns, door);
}

static void follow(struct chain *c, const struct process *p, uint64_t until_ns, struct slice skip)
{
	for (unsigned i = 0; i < p->nchanges; i++) {
		struct slice program = slice_cstr(p->changes[i].program);

		if (p->changes[i].ts_ns <= until_ns && p->changes[i].to != c->uid && !(skip.len && is_by(&p->changes[i], skip)))
			add(c, p->changes[i].to, p->pid, p->changes[i].ts_ns, program);
	}
}

/* From the process up to the first one of the login; without one up to what init started. Returns how many. */
static size_t lineage(const struct identity *id, const struct process *p, const struct process *leader, const struct process **out)
{
	size_t n = 0;

	while (p && n < IDENTITY_DEPTH_MAX) {
		out[n++] = p;
		if (p == leader)
			break;
		p = identity_parent(id, p);
		if (p && p->pid == 1)
			break;
	}
	return n;
}

static void put_person_first(struct chain *c, const struct person *person)
{
	if (person->uid == REC_UNSET_ID || (c->n && c->out[0].uid == person->uid))
		return;
	if (c->n == BECAME_MAX) {
		c->cut = true;
		c->n--;
	}
	memmove(c->out + 1, c->out, c->n * sizeof(*c->out));
	c->out[0] = (struct became){ .uid = person->uid };
	c->n++;
}

size_t became_chain(const struct identity *id, const struct rec_task *t, uint64_t ts_ns, const struct entry_point *e,
		    const struct person *person, struct became out[BECAME_MAX], bool *ret_cut)
{
	const struct process *line[IDENTITY_DEPTH_MAX], *p = identity_process(id, t->pid, t->start_ns);
	/* sudo or tmux as the only door: what stands above it belongs to the chain. */
	bool door = e->way != REC_WAY_SUDO && e->way != REC_WAY_MULTIPLEXER;
	struct slice by = door && e->daemon ? entry_program(e->daemon) : SLICE_NONE;
	struct chain c = { .out = out };
	size_t n = lineage(id, p, door ? e->leader : NULL, line);

	if (n)
		begin(&c, by, line[n - 1]);
	else
		add(&c, t->uid, t->pid, t->start_ns, SLICE_NONE);
	for (size_t i = n; i > 0; i--) {
		const struct process *child = i > 1 ? line[i - 2] : NULL;

		follow(&c, line[i - 1], child ? child->first_ns : ts_ns, i == n ? by : SLICE_NONE);
		if (child && child->first_uid != c.uid)
			add(&c, child->first_uid, line[i - 1]->pid, child->first_ns, entry_program(line[i - 1]));
	}
	if (t->euid != c.uid && p) {
		add(&c, t->euid, t->pid, ts_ns, entry_program(p));
		c.out[c.n - 1].effective = t->uid != t->euid;
	}
	put_person_first(&c, person);
	*ret_cut = c.cut;
	return c.n;
}
