// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "pipeline/repeat.h"

#include <errno.h>

#include "config/subjects.h"
#include "evidence/summary.h"
#include "identity/person.h"

#define NS_PER_HOUR (3600ull * 1000000000ull)

enum { STATE_MAX = 2 * REPETITION_BYTES_MAX, DATABASE_MAX = 64, NAME_MAX_BYTES = 128 };

/* What the lines of one call are written with. */
struct telling {
	struct repeat *repeat;
	const struct event_context *ec;
	uint64_t ts_ns;
	struct buf *out;
	unsigned lines;
};

int repeat_init(struct repeat *r)
{
	*r = (struct repeat){ 0 };
	buf_init(&r->state, STATE_MAX);
	return repetition_new(&r->repetition);
}

void repeat_done(struct repeat *r)
{
	repetition_free(r->repetition);
	if (r->repetition)
		buf_done(&r->state);
	r->repetition = NULL;
}

static void tell(void *ctx, const struct repetition_entry *e, const struct config_threshold *t, const struct repetition_window *w)
{
	struct telling *x = ctx;

	x->lines += summary_line(x->ec, x->ts_ns, x->repeat->repetition, e, t, w, x->out);
}

/* [database.]name of a relation: how its schema is written, or left out, makes no other table of it. */
static struct slice counted_name(const struct event_query *q, const struct sql_relation *rel, struct buf *b)
{
	const struct db_connection *conn = q->exec->conn;
	struct slice database = rel->catalog.len ? rel->catalog : conn ? conn->database : SLICE_NONE;

	buf_clear(b);
	if (database.len) {
		buf_add(b, slice_head(database, DATABASE_MAX));
		buf_addc(b, '.');
	}
	buf_add(b, slice_head(rel->name, NAME_MAX_BYTES));
	return buf_slice(b);
}

/* Labels of the protected people it was about, each once; several identifiers are one person's. */
static size_t subjects_of(const struct policy_verdict *v, struct slice subjects[POLICY_SUBJECTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v->nsubjects && n < POLICY_SUBJECTS_MAX; i++) {
		bool seen = false;

		for (size_t k = 0; k < n && !seen; k++)
			seen = slice_eq(subjects[k], v->subjects[i]->label);
		if (!seen)
			subjects[n++] = v->subjects[i]->label;
	}
	return n;
}

static struct repetition_access access_of(const struct event_context *ec, const struct event_query *q)
{
	const struct rec_task *t = &q->exec->task;
	struct story s;
	bool human;
	uint32_t uid;

	/* The same person as in the event: a session without a login uid must not hide behind root. */
	story_of(ec->identity, t, &s);
	human = s.person.uid != REC_UNSET_ID;
	uid = human ? s.person.uid : t->euid;
	return (struct repetition_access){ .who = { human, uid, identity_user_name(ec->identity, uid) },
					   .system = q->exec->system_name,
					   .rows = q->exec->has_rows ? q->exec->rows : 0,
					   .wall_ns = q->exec->start_ns + ec->wall_offset_ns };
}

int repeat_query(struct repeat *r, const struct event_context *ec, const struct config *c, const struct event_query *q, struct buf *out,
		 unsigned *ret_lines)
{
	struct telling x = { .repeat = r, .ec = ec, .ts_ns = q->exec->start_ns, .out = out };
	struct repetition_access a = access_of(ec, q);
	struct slice subjects[POLICY_SUBJECTS_MAX];
	char bytes[DATABASE_MAX + NAME_MAX_BYTES + 2];
	struct buf name = { .ptr = bytes, .cap = sizeof(bytes), .max = sizeof(bytes) };
	unsigned counted = 0;
	int err = 0;

	a.subjects = subjects;
	a.nsubjects = subjects_of(q->verdict, subjects);
	for (size_t i = 0; i < q->nrelations && !err; i++) {
		if (!q->verdict->tables || !q->verdict->tables[i].sensitive)
			continue;
		a.relation = &q->relations[i];
		a.table = counted_name(q, a.relation, &name);
		err = repetition_add(r->repetition, &a, c, tell, &x);
		counted++;
	}
	if (!counted && !err) {
		a.relation = NULL;
		a.table = q->verdict->uncertain ? SLICE("(uncertain)") : SLICE("(no sensitive table)");
		err = repetition_add(r->repetition, &a, c, tell, &x);
	}
	*ret_lines = x.lines;
	return err;
}

unsigned repeat_period(struct repeat *r, const struct event_context *ec, uint64_t ts_ns, bool last, struct buf *out)
{
	struct telling x = { .repeat = r, .ec = ec, .ts_ns = ts_ns, .out = out };
	uint64_t hour = (ts_ns + ec->wall_offset_ns) / NS_PER_HOUR;

	if (hour == r->hour && !last)
		return 0;
	if (r->hour || last)
		repetition_period(r->repetition, tell, &x);
	r->hour = hour;
	return x.lines;
}

static int start_anew(struct repeat *r)
{
	struct repetition *fresh;
	int err = repetition_new(&fresh);

	if (err)
		return err;
	repetition_free(r->repetition);
	r->repetition = fresh;
	return 0;
}

int repeat_state(struct repeat *r, const struct event_context *ec, const struct decoded *d, struct buf *out)
{
	bool failed = d->hdr->flags & REC_STATE_FAILED;
	struct slice why = d->str[2];
	int err = 0;

	if (!failed) {
		buf_add(&r->state, d->str[1]);
		if (!(d->hdr->flags & REC_STATE_LAST))
			return 0;
		err = r->state.err ? -EBADMSG : start_anew(r);
		if (!err)
			err = repetition_load(r->repetition, buf_slice(&r->state));
		if (err < 0) {
			start_anew(r);
			why = SLICE("the file is damaged, or of another version");
		}
	}
	buf_done(&r->state);
	if (err > 0)
		summary_state(ec, d->hdr->ts_ns, "repetition", false, d->str[0],
			      SLICE("what was counted after it was written is missing: the agent was killed"), out);
	else if (err || failed)
		summary_state(ec, d->hdr->ts_ns, "repetition", true, d->str[0], why, out);
	return err == -ENOMEM ? err : 0;
}
