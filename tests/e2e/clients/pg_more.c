// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * libpq, what is left over: names that are refused, given up and used again, between SQL and the protocol; COPY and cursors that end badly;
 * cancellation; threads. One way per run: pg_more WAY. Ends with 0 when the server answered as it should.
 */
#include <libpq-fe.h>
#include <libpq/libpq-fs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SQL "SELECT ip FROM user_ip_log WHERE user_id = 1"
#define SQL_PARAM "SELECT ip FROM user_ip_log WHERE user_id = $1"
#define OTHER_PARAM "SELECT name FROM users WHERE id = $1"

enum { THREADS = 4, LINE = 8 };

static const char *const params[] = { "1" };

/* Rows of a result, or -1. */
static int rows(PGresult *r)
{
	int n = PQresultStatus(r) == PGRES_TUPLES_OK ? PQntuples(r) : -1;

	PQclear(r);
	return n;
}

static bool done(PGresult *r)
{
	bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;

	PQclear(r);
	return ok;
}

static int run_named(PGconn *c)
{
	return rows(PQexecPrepared(c, "q", 1, params, NULL, NULL, 0));
}

/* The server refuses a second text for a name. */
static bool refused(PGconn *c)
{
	return done(PQprepare(c, "q", SQL_PARAM, 1, NULL)) && !done(PQprepare(c, "q", OTHER_PARAM, 1, NULL)) && run_named(c) == 4 &&
	       !done(PQexec(c, "PREPARE q AS " OTHER_PARAM)) && rows(PQexec(c, "EXECUTE q(1)")) == 4;
}

/* Prepared by a call, run by SQL, and the other way round. */
static bool mixed(PGconn *c)
{
	return done(PQprepare(c, "q", SQL_PARAM, 1, NULL)) && rows(PQexec(c, "EXECUTE q('1')")) == 4 && done(PQexec(c, "DEALLOCATE q")) &&
	       done(PQexec(c, "PREPARE q(int) AS " OTHER_PARAM)) && run_named(c) == 1;
}

/* The name is gone: what runs is not known. */
static bool forgotten(PGconn *c, const char *how)
{
	return done(PQprepare(c, "q", SQL_PARAM, 1, NULL)) && done(PQexec(c, how)) && run_named(c) == -1;
}

/* Another connection, as a rule at the same place in memory: the name is not the other's. */
static bool again(PGconn **c)
{
	if (!done(PQprepare(*c, "q", SQL_PARAM, 1, NULL)))
		return false;
	PQfinish(*c);
	*c = PQconnectdb("");
	return run_named(*c) == -1;
}

static bool reset(PGconn *c)
{
	if (!done(PQprepare(c, "q", SQL_PARAM, 1, NULL)) || run_named(c) != 4)
		return false;
	PQreset(c);
	return run_named(c) == -1;
}

static bool closed(PGconn *c)
{
#ifdef LIBPQ_HAS_CLOSE_PREPARED
	return done(PQprepare(c, "q", SQL_PARAM, 1, NULL)) && run_named(c) == 4 && done(PQclosePrepared(c, "q")) && run_named(c) == -1;
#else
	(void)c;
	return false;
#endif
}

static bool copy_begin(PGconn *c, PGresult **ret)
{
	*ret = PQexec(c, "COPY contacts FROM STDIN");
	return PQresultStatus(*ret) == PGRES_COPY_IN;
}

/* n lines of LINE bytes. */
static bool put(PGconn *c, int n)
{
	bool ok = true;

	for (int i = 0; i < n && ok; i++)
		ok = PQputCopyData(c, "777\t888\n", LINE) == 1;
	return ok;
}

static bool copy_in(PGconn *c, const char *error)
{
	PGresult *r;
	bool ok = copy_begin(c, &r);

	PQclear(r);
	ok = ok && put(c, 1000) && PQputCopyEnd(c, error) == 1;
	ok = done(PQgetResult(c)) == !error && ok;
	PQclear(PQgetResult(c));
	return ok;
}

/* Ends without a last word, with what is left in the buffer on its way. */
static bool copy_killed(PGconn *c, bool finish)
{
	PGresult *r;
	bool ok = copy_begin(c, &r) && put(c, 1000);

	PQclear(r);
	if (finish)
		return ok; /* main closes the connection */
	raise(ok ? SIGKILL : SIGTERM);
	return false;
}

static bool copy_out_killed(PGconn *c)
{
	char *line = NULL;

	PQclear(PQexec(c, "COPY user_ip_log TO STDOUT"));
	if (PQgetCopyData(c, &line, 0) > 0)
		raise(SIGKILL);
	return false;
}

enum { SLOW_ROWS = 500, FAST_ROWS = 3000 };

/* Takes rows slowly at first, as somebody who reads them would, and then as fast as they come; there are more. */
static bool take_rows(PGconn *c)
{
	char *line = NULL;

	PQclear(PQexec(c, "COPY (SELECT ip FROM user_ip_log, generate_series(1, 1000000)) TO STDOUT"));
	for (int i = 0; i < SLOW_ROWS + FAST_ROWS; i++) {
		if (PQgetCopyData(c, &line, 0) <= 0)
			return false;
		PQfreemem(line);
		if (i < SLOW_ROWS)
			usleep(2000);
	}
	return true;
}

static bool rows_killed(PGconn *c)
{
	raise(take_rows(c) ? SIGKILL : SIGTERM);
	return false;
}

static bool rows_cancelled(PGconn *c)
{
	PGcancel *cancel = PQgetCancel(c);
	bool ok = take_rows(c);
	char *line = NULL, text[256];
	PGresult *r;

	ok = cancel && PQcancel(cancel, text, sizeof(text)) && ok;
	PQfreeCancel(cancel);
	while (PQgetCopyData(c, &line, 0) > 0)
		PQfreemem(line);
	r = PQgetResult(c);
	ok = ok && PQresultStatus(r) == PGRES_FATAL_ERROR && !strcmp(PQresultErrorField(r, PG_DIAG_SQLSTATE), "57014");
	PQclear(r);
	PQclear(PQgetResult(c));
	return ok;
}

/* Rows of a COPY out, of a given length, in a given way; the first one is left lying for a while, so that whoever counts them can come. */
static bool copy_out(PGconn *c, const char *sql, int length, int want, const char *way)
{
	bool wait = !strcmp(way, "copy_waits"), ahead = !strcmp(way, "copy_looks_ahead"), ok;
	struct pollfd p = { .fd = PQsocket(c), .events = POLLIN };
	char *line = NULL;
	int n, count = 0;
	PGresult *r = PQexec(c, sql);

	ok = PQresultStatus(r) == PGRES_COPY_OUT;
	PQclear(r);
	while (ok && (n = PQgetCopyData(c, &line, !wait)) >= 0) {
		if (n == 0) {
			ok = poll(&p, 1, -1) == 1 && PQconsumeInput(c);
			continue;
		}
		PQfreemem(line);
		ok = !length || n == length;
		if (count++ == 0 && !length)
			usleep(1000000);
		if (ahead && count % 10 == 0)
			PQisBusy(c);
	}
	r = PQgetResult(c);
	ok = ok && PQresultStatus(r) == PGRES_COMMAND_OK && count == want;
	PQclear(r);
	PQclear(PQgetResult(c));
	return ok;
}

static bool copied_out(PGconn *c, const char *way)
{
	return copy_out(c, "COPY user_ip_log TO STDOUT", 0, 5, "copy_waits") &&
	       copy_out(c, "COPY (SELECT repeat('x', 99) FROM user_ip_log, generate_series(1, 400)) TO STDOUT", 100, 2000, way);
}

static bool cursor_killed(PGconn *c)
{
	if (done(PQexec(c, "BEGIN")) && done(PQexec(c, "DECLARE k CURSOR FOR " SQL)) && rows(PQexec(c, "FETCH 2 FROM k")) == 2 &&
	    rows(PQexec(c, "FETCH 1 FROM k")) == 1)
		raise(SIGKILL);
	return false;
}

/* The answer is on its way. A request to cancel that comes before the statement has begun ends nothing. */
static bool answered(PGconn *c)
{
	struct pollfd p = { .fd = PQsocket(c), .events = POLLIN };

	return poll(&p, 1, 100) > 0;
}

static bool cancelled(PGconn *c)
{
	PGcancel *cancel = PQgetCancel(c);
	char text[256];
	PGresult *r;
	bool ok = PQsendQuery(c, "SELECT ip, pg_sleep(60) FROM user_ip_log") && PQflush(c) == 0;

	ok = ok && cancel;
	do
		ok = ok && PQcancel(cancel, text, sizeof(text));
	while (ok && !answered(c));
	PQfreeCancel(cancel);
	r = PQgetResult(c);
	ok = ok && PQresultStatus(r) == PGRES_FATAL_ERROR && !strcmp(PQresultErrorField(r, PG_DIAG_SQLSTATE), "57014");
	PQclear(r);
	PQclear(PQgetResult(c));
	return ok;
}

static bool cancelled_anew(PGconn *c)
{
#ifdef LIBPQ_HAS_ASYNC_CANCEL
	PGcancelConn *cancel = PQcancelCreate(c);
	PGresult *r;
	bool ok = PQsendQuery(c, "SELECT ip, pg_sleep(60) FROM user_ip_log") && PQflush(c) == 0 && cancel;

	for (; ok && !answered(c); PQcancelReset(cancel))
		ok = PQcancelBlocking(cancel);
	PQcancelFinish(cancel);
	r = PQgetResult(c);
	ok = ok && PQresultStatus(r) == PGRES_FATAL_ERROR;
	PQclear(r);
	PQclear(PQgetResult(c));
	return ok;
#else
	(void)c;
	return false;
#endif
}

static bool chunked(PGconn *c)
{
#ifdef LIBPQ_HAS_CHUNK_MODE
	PGresult *r;
	int n = 0;

	if (!PQsendQuery(c, SQL) || !PQsetChunkedRowsMode(c, 3))
		return false;
	while ((r = PQgetResult(c))) {
		n += PQntuples(r);
		PQclear(r);
	}
	return n == 4;
#else
	(void)c;
	return false;
#endif
}

static bool large_object(PGconn *c)
{
	char bytes[16];
	Oid oid;
	int fd;
	bool ok = done(PQexec(c, "BEGIN"));

	oid = lo_creat(c, INV_READ | INV_WRITE);
	fd = lo_open(c, oid, INV_READ | INV_WRITE);
	ok = ok && oid && fd >= 0 && lo_write(c, fd, "some", 4) == 4 && lo_lseek(c, fd, 0, SEEK_SET) == 0 && lo_read(c, fd, bytes, 16) == 4;
	return lo_close(c, fd) == 0 && done(PQexec(c, "ROLLBACK")) && ok;
}

static bool function(PGconn *c)
{
	PQArgBlock arg = { .len = 4, .isint = 1, .u.integer = 7 };
	int len, result[2];

	return done(PQfn(c, 1397 /* abs(integer) */, result, &len, 1, &arg, 1)) && result[0] == 7;
}

/* Each on its own connection, all at once. */
static void *thread(void *unused)
{
	PGconn *c = PQconnectdb("");
	bool ok = done(PQprepare(c, "q", SQL_PARAM, 1, NULL));

	(void)unused;
	for (int i = 0; i < 25 && ok; i++)
		ok = run_named(c) == 4;
	PQfinish(c);
	return ok ? NULL : (void *)1;
}

static bool threads(void)
{
	pthread_t t[THREADS];
	void *bad, *any = NULL;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, thread, NULL))
			return false;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &bad);
		any = any ? any : bad;
	}
	return !any;
}

static bool run_more(PGconn *c, const char *way)
{
	if (!strcmp(way, "copy_in"))
		return copy_in(c, NULL);
	if (!strcmp(way, "copy_given_up"))
		return copy_in(c, "given up");
	if (!strcmp(way, "copy_killed") || !strcmp(way, "copy_finished"))
		return copy_killed(c, !strcmp(way, "copy_finished"));
	if (!strcmp(way, "copy_out_killed"))
		return copy_out_killed(c);
	if (!strcmp(way, "rows_killed"))
		return rows_killed(c);
	if (!strcmp(way, "rows_finished"))
		return take_rows(c); /* main closes the connection */
	if (!strcmp(way, "rows_cancelled"))
		return rows_cancelled(c);
	if (!strcmp(way, "copy_waits") || !strcmp(way, "copy_asks") || !strcmp(way, "copy_looks_ahead"))
		return copied_out(c, way);
	if (!strcmp(way, "cursor_killed"))
		return cursor_killed(c);
	if (!strcmp(way, "cancel"))
		return cancelled(c);
	if (!strcmp(way, "cancel_blocking"))
		return cancelled_anew(c);
	if (!strcmp(way, "chunked"))
		return chunked(c);
	if (!strcmp(way, "large_object"))
		return large_object(c);
	return !strcmp(way, "function") && function(c);
}

static bool run(PGconn **c, const char *way)
{
	if (!strcmp(way, "refused"))
		return refused(*c);
	if (!strcmp(way, "mixed"))
		return mixed(*c);
	if (!strcmp(way, "deallocate"))
		return forgotten(*c, "DEALLOCATE q");
	if (!strcmp(way, "deallocate_all"))
		return forgotten(*c, "DEALLOCATE ALL");
	if (!strcmp(way, "discard"))
		return forgotten(*c, "DISCARD ALL");
	if (!strcmp(way, "again"))
		return again(c);
	if (!strcmp(way, "reset"))
		return reset(*c);
	if (!strcmp(way, "close"))
		return closed(*c);
	return run_more(*c, way);
}

int main(int argc, char **argv)
{
	PGconn *c;
	bool ok;

	if (argc == 2 && !strcmp(argv[1], "threads"))
		return threads() ? 0 : 1;
	c = PQconnectdb("");
	ok = argc == 2 && PQstatus(c) == CONNECTION_OK && run(&c, argv[1]);

	if (!ok)
		fprintf(stderr, "%s: %s", argc == 2 ? argv[1] : "", PQerrorMessage(c));
	PQfinish(c);
	return ok ? 0 : 1;
}
