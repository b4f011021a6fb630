// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * libpq. A query is one of the four PQsend* entries; its results are seen when the client looks at them first (PQresultStatus) or, when it
 * never does, frees them (PQclear), joined by thread, oldest query first: a connection answers in order, while languages with a garbage
 * collector free results in any. Sources: libpq-int.h (struct pg_result), libpq-fe.h (ExecStatusType).
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "query/internal.h"

enum exec_status { /* ExecStatusType of libpq-fe.h */
		   PG_EMPTY_QUERY = 0,
		   PG_COMMAND_OK = 1,
		   PG_TUPLES_OK = 2,
		   PG_COPY_OUT = 3,
		   PG_COPY_IN = 4,
		   PG_BAD_RESPONSE = 5,
		   PG_NONFATAL_ERROR = 6,
		   PG_FATAL_ERROR = 7,
		   PG_COPY_BOTH = 8,
		   PG_SINGLE_TUPLE = 9,
		   PG_PIPELINE_SYNC = 10,
		   PG_PIPELINE_ABORTED = 11,
		   PG_TUPLES_CHUNK = 12,
};

/* "INSERT 0 5", "SELECT 3", "COPY 7": the last word, when it is a number. */
static bool tag_rows(struct slice tag, uint64_t *ret)
{
	size_t i = tag.len;

	while (i > 0 && tag.ptr[i - 1] != ' ')
		i--;
	return i > 0 && slice_u64(slice_skip(tag, i), ret) == 0;
}

static void add_rows(struct pending *p, uint64_t rows)
{
	p->x.has_rows = true;
	p->x.rows += rows;
}

/* The query goes on: what was complete before it on this connection is told. */
void pg_settle(struct query *q, const struct call *c)
{
	struct pending *next;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = next) {
		next = pending_next(c->proc, p);
		if (p->done_ns && (p->x.connection == c->handle || p->x.task.tid == c->rec->task.tid))
			pending_emit(q, p);
	}
}

static int submit(struct query *q, const struct call *c)
{
	pg_settle(q, c);
	return pending_new(q, c) ? 0 : -ENOMEM;
}

static struct slice first_word(struct slice s)
{
	size_t n = 0;

	s = slice_trim(s);
	while (n < s.len && ((s.ptr[n] | 0x20) >= 'a' && (s.ptr[n] | 0x20) <= 'z'))
		n++;
	return slice_head(s, n);
}

/* Drivers free results late and in another order (a cursor's rows after its COMMIT): the tag tells which command it was. */
static struct pending *find_by_tag(const struct call *c)
{
	struct slice word = first_word(c->name);

	for (struct pending *p = pending_next(c->proc, NULL); p && word.len; p = pending_next(c->proc, p))
		if (p->x.task.tid == c->rec->task.tid && !p->done_ns && !p->prepare && !p->x.synthetic &&
		    slice_ieq(first_word(p->x.text), word))
			return p;
	return NULL;
}

/* Which of the thread's queries this result answers. Without one there, any thread's when there is only one. */
static struct pending *find_query(const struct call *c, bool for_prepare)
{
	struct pending *only = for_prepare ? NULL : find_by_tag(c);
	unsigned n = 0;

	if (only)
		return only;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p)) {
		if ((for_prepare && !p->prepare) || p->x.synthetic) /* what the library makes of its own results is not seen */
			continue;
		if (p->x.task.tid == c->rec->task.tid && !p->done_ns)
			return p;
		if (!p->done_ns) {
			only = p;
			n++;
		}
	}
	if (n == 1)
		return only;
	/* A further result of a multi-statement text whose first result is in. */
	only = NULL;
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (p->done_ns && !for_prepare && p->x.task.tid == c->rec->task.tid)
			only = p;
	return only;
}

static void complete(struct pending *p, const struct call *c, enum outcome outcome)
{
	p->done_ns = c->rec->hdr.ts_ns;
	p->x.end_ns = c->rec->hdr.ts_ns;
	if (p->x.outcome != OUTCOME_FAILURE)
		p->x.outcome = outcome;
	copy_ends(p, false);
	if (p->x.outcome == OUTCOME_SUCCESS)
		pending_code(p, "00000");
	else
		p->x.status_code = SLICE_NONE;
	if (c->rec->hdr.flags & REC_CALL_STATE) {
		char code[8] = "";

		memcpy(code, c->name.ptr, c->name.len < 5 ? c->name.len : 5);
		pending_code(p, code);
		return;
	}
	memcpy(p->tag, c->name.ptr, c->name.len);
	p->x.command_tag = slice_mem(p->tag, c->name.len);
}

static void result_of_prepare(struct query *q, struct pending *p, const struct call *c, uint64_t status)
{
	if (status == PG_COMMAND_OK) {
		pending_drop(q, p);
		return;
	}
	pg_refused(q, p);
	/* A prepare that failed is an attempt: told as such. */
	p->prepare = false;
	complete(p, c, OUTCOME_FAILURE);
}

static void result_rows(struct pending *p, const struct call *c, uint64_t status, uint64_t ntups)
{
	uint64_t rows;

	if (status == PG_SINGLE_TUPLE || status == PG_TUPLES_CHUNK)
		add_rows(p, ntups);
	else if (status == PG_TUPLES_OK && (ntups || !p->x.has_rows))
		add_rows(p, ntups);
	else if (status == PG_COMMAND_OK && tag_rows(c->name, &rows))
		add_rows(p, rows);
}

/*
 * libpq builds the message of an error by PQresultErrorField, at once; psql never frees its last failed result. So an error is taken
 * from there, other results from the first look at them, and the later calls on the same result are no news. False: it was taken already.
 */
static bool news(const struct call *c, uint64_t status)
{
	uint64_t *told = c->proc->told, res = c->rec->args[0];
	unsigned free_slot = c->proc->next_told % TOLD_RESULTS;

	for (unsigned i = 0; i < TOLD_RESULTS; i++) {
		if (told[i] == res) {
			if (c->site->op == OP_PG_RESULT)
				told[i] = 0;
			return false;
		}
		if (!told[i] && told[free_slot])
			free_slot = i;
	}
	if (c->site->op == OP_PG_RESULT) {
		bool lost = c->proc->told_lost > 0;

		c->proc->told_lost -= lost;
		return !lost;
	}
	if (c->site->op == OP_PG_ERROR && status != PG_FATAL_ERROR)
		return false;
	if (told[free_slot]) {
		c->proc->told_lost++;
		c->proc->next_told++;
	}
	told[free_slot] = res;
	return true;
}

static bool has_further(struct slice text)
{
	const char *end = text.len ? memchr(text.ptr, ';', text.len) : NULL;

	return end && slice_trim(slice_skip(text, (size_t)(end - text.ptr) + 1)).len;
}

/* A walsender copies, too (BASE_BACKUP, START_REPLICATION). */
static bool can_copy(const struct pending *p)
{
	static const struct slice words[] = { SLICE_INIT("copy"), SLICE_INIT("backup"), SLICE_INIT("replication"), SLICE_INIT("timeline") };
	const struct execution *x = &p->x;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_imentions(x->text, words[i]))
			return true;
	return x->truncated || x->unreadable || x->text_unknown;
}

/* A result that announces a COPY. Drivers free it late: the COPY is over then, or another statement under way. */
static void result_of_copy(struct pending *p, bool in)
{
	struct copy *k = &p->x.copy;

	if (!can_copy(p))
		return;
	if (!p->done_ns || has_further(p->x.text)) {
		copy_begins(p, in);
	} else if (k->state == COPY_NONE) {
		k->in = in;
		k->state = p->x.outcome == OUTCOME_SUCCESS ? COPY_DONE : COPY_FAILED;
	}
}

static int result(struct query *q, const struct call *c)
{
	uint64_t status, ntups = 0;
	struct pending *p;

	if (!c->rec->args[0])
		return 0; /* PQclear(NULL) is allowed */
	if (!call_field(c, 1, &status))
		return 0;
	if (!news(c, status) || status == PG_PIPELINE_SYNC)
		return 0;
	/* PQprepare, PQdescribe* and PQclose* answer COMMAND_OK without a tag. */
	p = find_query(c, status == PG_COMMAND_OK && c->name.len == 0);
	if (!p) {
		q->stats.unmatched++;
		return 0;
	}
	if (p->prepare) {
		result_of_prepare(q, p, c, status);
		return 0;
	}
	if (call_field(c, 0, &ntups))
		result_rows(p, c, status, ntups);
	switch (status) {
	case PG_EMPTY_QUERY:
	case PG_COMMAND_OK:
	case PG_TUPLES_OK:
		complete(p, c, OUTCOME_SUCCESS);
		break;
	case PG_BAD_RESPONSE:
	case PG_FATAL_ERROR:
	case PG_PIPELINE_ABORTED:
		complete(p, c, OUTCOME_FAILURE);
		break;
	case PG_COPY_OUT:
	case PG_COPY_IN:
	case PG_COPY_BOTH:
		result_of_copy(p, status != PG_COPY_OUT);
		break;
	default: /* a row of many, a notice */
		break;
	}
	return 0;
}

int pg_call(struct query *q, const struct call *c)
{
	if (c->caller == CALLER_HOOKED && c->site->op != OP_PG_RESULT && c->site->op != OP_PG_ERROR && c->site->op != OP_PG_LOOK &&
	    call_fold(q, c))
		return 0;
	switch (c->site->op) {
	case OP_SUBMIT:
		return submit(q, c);
	case OP_PG_LO:
	case OP_PG_FN:
		return other_pg(q, c);
	case OP_PREPARE:
		return pg_prepare(q, c);
	case OP_EXECUTE_NAMED:
		return pg_execute(q, c);
	case OP_PG_CLOSE:
		return pg_close(q, c);
	case OP_PG_COPY_DATA:
	case OP_PG_COPY_ROWS:
	case OP_PG_COPY_OVER:
	case OP_PG_COPY_END:
		return copy_data(q, c);
	case OP_PG_RESULT:
	case OP_PG_ERROR:
	case OP_PG_LOOK:
		return result(q, c);
	default:
		return 0;
	}
}
