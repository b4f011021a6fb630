// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * libmariadb and libmysqlclient. A connection runs one statement at a time: the next one on it, or a call that reads its
 * state (mysql_errno, mysql_affected_rows, mysql_store_result ...), tells how the last one ended, since the probe reads errno and
 * affected_rows from the structure at the entry of each. Source: mysql.h (struct st_mysql, st_mysql_res, st_mysql_stmt).
 *
 * A prepared statement whose rows come one by one (a cursor of the server, a result that is not stored) has their number nowhere: with
 * capture.mysql_rows the calls of mysql_stmt_fetch are counted. Each got a row, except the last one where the statement's state says so.
 */
#include <errno.h>
#include <stdio.h>

#include "query/internal.h"

#define NO_ROWS UINT64_MAX /* affected_rows of a query whose result is not read yet, or that failed */

#define STATE_WAITS 3 /* of a statement whose result is there and was not read yet, or (libmysqlclient) that has none */
/* The last mysql_stmt_fetch got a row: */
#define MARIADB_USER_FETCHING 5 /* libmariadb, enum mysqlnd_stmt_state */
#define MYSQL_FETCH_DONE 4      /* libmysqlclient, enum enum_mysql_stmt_state */

static struct pending *last_on(const struct call *c, bool statement)
{
	struct pending *last = NULL;

	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (!p->prepare && (statement ? p->handle == c->handle : !p->handle && p->x.connection == c->handle))
			last = p; /* how a statement ended is known by its own handle */
	return last;
}

/* Field 1 is the statement's state, not an error; elsewhere that is field 2. */
static bool sets_text(enum client_op op)
{
	return op == OP_STMT_PREPARE || op == OP_EXECUTE_STMT || op == OP_STMT_SUBMIT;
}

static bool has_fetched_row(const struct call *c, uint64_t state)
{
	return state == (c->site->library->mariadb ? MARIADB_USER_FETCHING : MYSQL_FETCH_DONE);
}

/* Calls of mysql_stmt_fetch since somebody asked for the last time. */
static void add_fetched(struct pending *p, const struct call *c)
{
	uint64_t n, state;

	if (!call_field(c, 3, &n) || !n || !call_field(c, sets_text(c->site->op) ? 1 : 2, &state))
		return;
	p->fetched += n - !has_fetched_row(c, state);
	if (!p->x.has_rows || p->x.rows < p->rows_before + p->fetched)
		p->x.rows = p->rows_before + p->fetched;
	p->x.has_rows = true;
}

/* Rows are counted, and the statement has more of them, as far as the client knows. */
static bool is_reading(const struct call *c)
{
	struct slice symbol = slice_cstr(c->site->symbol);
	uint64_t rows, state;

	if (c->site->op != OP_MY_STMT_STATUS || !(c->site->fields_known & 8) || !call_field(c, 2, &state))
		return false;
	if (slice_ends(symbol, SLICE("_free_result")) || slice_ends(symbol, SLICE("_reset")) ||
	    (call_field(c, 0, &rows) && rows != NO_ROWS))
		return false;
	return state == STATE_WAITS || has_fetched_row(c, state);
}

/* What the structure says about the last statement, at the entry of a later call. */
static void learn(struct pending *p, const struct call *c)
{
	uint64_t rows, err;
	char code[16];

	if (sets_text(c->site->op)) {
		add_fetched(p, c);
		return;
	}
	if (call_field(c, 1, &err)) {
		if (err) {
			p->x.outcome = OUTCOME_FAILURE;
			snprintf(code, sizeof(code), "%u", (unsigned)err);
			pending_code(p, code);
		} else if (p->x.outcome == OUTCOME_UNKNOWN) {
			p->x.outcome = OUTCOME_SUCCESS;
			pending_code(p, "0");
		}
		p->x.end_ns = p->x.end_ns ? p->x.end_ns : c->rec->hdr.ts_ns;
		p->done_ns = c->rec->hdr.ts_ns;
	}
	if (!call_field(c, 0, &rows))
		rows = NO_ROWS;
	if (rows != NO_ROWS && p->x.outcome != OUTCOME_FAILURE) {
		p->x.has_rows = true;
		p->x.rows = p->rows_before + rows;
	}
	if (!rows || rows == NO_ROWS) /* of a stored result the number is known, and the state is no help: it does not tell of its end */
		add_fetched(p, c);
	if (is_reading(c))
		p->done_ns = 0;
}

/* A prepared statement ran on the connection since: what that says is not of p any more. */
static bool overtaken(const struct pending *p)
{
	for (const struct pending *o = pending_next(p->proc, p); o; o = pending_next(p->proc, o))
		if (o->handle && o->x.connection == p->x.connection)
			return true;
	return false;
}

/* The connection goes on: its last statement is over. */
void my_settle(struct query *q, const struct call *c, bool statement)
{
	struct pending *p = last_on(c, statement);

	if (!p)
		return;
	if (c->site->op != OP_SUBMIT || (!p->x.has_rows && !overtaken(p)))
		learn(p, c);
	pending_emit(q, p);
}

static int submit(struct query *q, const struct call *c)
{
	my_settle(q, c, false);
	return pending_new(q, c) ? 0 : -ENOMEM;
}

static int run_statement(struct query *q, const struct call *c)
{
	struct handle *h = handle_find(q, c->proc, HANDLE_STMT, c->handle, SLICE_NONE);
	struct pending *p;
	uint64_t conn;

	my_settle(q, c, true);
	p = pending_new(q, c);
	if (!p)
		return -ENOMEM;
	p->handle = c->handle;
	/* Where the handle's structure could not be read, the connection is unknown. */
	pending_conn(q, p, call_field(c, 2, &conn) ? conn : 0);
	p->x.prepared = true;
	pending_names(p, h);
	if (c->site->op == OP_EXECUTE_STMT && h && h->text)
		pending_text(q, p, slice_mem(h->text, h->text_len), h->true_len, h->truncated, h->unreadable);
	return 0;
}

/* mysql_free_result: it holds no connection, so it belongs to the thread's statement whose result is open. */
static int free_result(struct query *q, const struct call *c)
{
	struct pending *found = NULL;
	uint64_t rows;

	if (!c->rec->args[0])
		return 0;
	for (struct pending *p = pending_next(c->proc, NULL); p; p = pending_next(c->proc, p))
		if (!p->handle && p->x.task.tid == c->rec->task.tid && (p->result_open || !found)) /* statements keep theirs */
			found = p;
	if (!found) {
		q->stats.unmatched++;
		return 0;
	}
	if (call_field(c, 0, &rows) && (found->result_open || !found->x.has_rows)) {
		found->x.has_rows = true;
		found->x.rows = found->open_before + rows;
	}
	if (found->x.outcome == OUTCOME_UNKNOWN) {
		found->x.outcome = OUTCOME_SUCCESS;
		pending_code(found, "0");
	}
	found->x.end_ns = found->done_ns = c->rec->hdr.ts_ns;
	found->result_open = false;
	return 0;
}

static int status(struct query *q, const struct call *c, bool statement)
{
	struct pending *p = last_on(c, statement);

	(void)q;
	if (!p)
		return 0;
	learn(p, c);
	/* The next one of several statements in a string: what it says from now on is its own. */
	if (slice_ends(slice_cstr(c->site->symbol), SLICE("_next_result"))) {
		p->rows_before = p->x.rows;
		p->fetched = 0;
	}
	if (c->site->op == OP_MY_STORE) {
		/* The rows come with the result; until it is freed the statement is not over. */
		p->result_open = true;
		p->open_before = p->rows_before; /* of mysql_next_result may come before it is freed */
		p->done_ns = 0;
	}
	return 0;
}

int my_call(struct query *q, const struct call *c)
{
	bool text = c->site->op == OP_SUBMIT || c->site->op == OP_EXECUTE_STMT || c->site->op == OP_STMT_SUBMIT ||
		    c->site->op == OP_STMT_PREPARE;

	if (text && c->caller == CALLER_HOOKED && call_fold(q, c))
		return 0;
	switch (c->site->op) {
	case OP_SUBMIT:
		return submit(q, c);
	case OP_STMT_PREPARE:
		my_settle(q, c, true);
		return handle_put(q, c, HANDLE_STMT, c->handle, SLICE_NONE) ? 0 : -ENOMEM;
	case OP_EXECUTE_STMT:
	case OP_STMT_SUBMIT:
		if (c->site->op == OP_STMT_SUBMIT && !handle_put(q, c, HANDLE_STMT, c->handle, SLICE_NONE))
			return -ENOMEM;
		return run_statement(q, c);
	case OP_MY_ARRAY: {
		struct handle *h = handle_put_bare(q, c, HANDLE_STMT, c->handle);

		if (h)
			h->array = true;
		return h ? 0 : -ENOMEM;
	}
	case OP_LONG_DATA: {
		struct handle *h = handle_find(q, c->proc, HANDLE_STMT, c->handle, SLICE_NONE);

		return h ? params_long_data(h, c) : 0;
	}
	case OP_STMT_CLOSE: {
		struct handle *h = handle_find(q, c->proc, HANDLE_STMT, c->handle, SLICE_NONE);

		my_settle(q, c, true);
		if (h)
			handle_free(q, h);
		return 0;
	}
	case OP_MY_RESULT:
		return free_result(q, c);
	case OP_MY_STORE:
	case OP_MY_STATUS:
		return status(q, c, false);
	case OP_MY_STMT_STATUS:
		return status(q, c, true);
	case OP_MY_SESSION:
		my_settle(q, c, false);
		names_tell(q, slice_eq(slice_cstr(c->site->symbol), SLICE("mysql_select_db")) ? QUERY_NAME_DATABASE : QUERY_NAME_CONNECTION,
			   c, SLICE_NONE);
		return 0;
	default:
		return 0;
	}
}
