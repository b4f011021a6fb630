// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Connections, calls and time in; which connections are told as uncovered out, and with what reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/encode.h"
#include "evidence/cover.h"

#define SECOND 1000000000ull
#define GRACE 2

struct bench {
	struct cover *c;
	struct identity *identity;
	struct event_origin origin;
	struct event_context ec;
	struct arena arena;
	struct buf record, out;
	uint64_t sequence;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	buf_init(&b->record, 1 << 16);
	buf_init(&b->out, 64 << 20);
	arena_init(&b->arena, 1 << 20);
	assert_int_equal(cover_new(&b->c), 0);
	assert_int_equal(identity_new(&b->identity), 0);
	b->ec = (struct event_context){
		.origin = &b->origin, .identity = b->identity, .sequence = &b->sequence, .arena = &b->arena, .mask_literals = true
	};
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	cover_free(b->c);
	identity_free(b->identity);
	arena_done(&b->arena);
	buf_done(&b->record);
	buf_done(&b->out);
	free(b);
	return 0;
}

static struct rec_task task(uint32_t pid)
{
	return (struct rec_task){ .pid = pid, .tid = pid, .start_ns = pid, .ppid = 1, .loginuid = 1001, .sessionid = 1, .comm = "client" };
}

static const struct decoded *decoded(struct bench *b, const void *fixed, const struct slice *str, unsigned n)
{
	static struct decoded d;

	assert_int_equal(encode_record(&b->record, fixed, str, n), 0);
	assert_int_equal(decode_record(buf_slice(&b->record), &d), 0);
	return &d;
}

/* system NULL: TCP to port 5432. */
static void sock(struct bench *b, uint32_t pid, uint64_t id, enum rec_socket_event event, uint64_t ts_ns, uint64_t bytes)
{
	struct rec_socket r = { .hdr = { .type = REC_SOCKET, .ts_ns = ts_ns },
				.task = task(pid),
				.id = id,
				.event = (uint16_t)event,
				.family = 2,
				.port = 5432,
				.sent = bytes,
				.addr = { 10, 1, 2, 3 } };
	struct slice str[2] = { SLICE(""), SLICE("postgresql") };

	assert_int_equal(cover_socket(b->c, decoded(b, &r, str, 2)), 0);
}

static void unix_sock(struct bench *b, uint32_t pid, uint64_t id, uint64_t ts_ns)
{
	struct rec_socket r = { .hdr = { .type = REC_SOCKET, .ts_ns = ts_ns }, .task = task(pid), .id = id, .family = 1 };
	struct slice str[2] = { SLICE("/run/.s.PGSQL.5432"), SLICE("postgresql") };

	assert_int_equal(cover_socket(b->c, decoded(b, &r, str, 2)), 0);
}

static void opened(struct bench *b, uint32_t pid, uint64_t id, uint64_t ts_ns)
{
	sock(b, pid, id, REC_SOCKET_OPENING, ts_ns, 0);
	sock(b, pid, id, REC_SOCKET_OPEN, ts_ns + 1, 0);
}

static void profile(struct bench *b, uint32_t pid, uint32_t systems, uint32_t flags, const char *kind)
{
	struct rec_profile r = {
		.hdr = { .type = REC_PROFILE, .ts_ns = 1 }, .pid = pid, .start_ns = pid, .systems = systems, .flags = flags
	};
	struct slice str[2] = { slice_cstr(kind), SLICE("/usr/bin/client") };

	assert_int_equal(cover_profile(b->c, decoded(b, &r, str, 2)), 0);
}

static void call(struct bench *b, uint32_t pid, uint64_t handle, uint64_t ts_ns)
{
	struct rec_task t = task(pid);

	cover_call(b->c, &t, SYSTEM_POSTGRESQL, handle, ts_ns);
}

/* The lines that are due; their text is in b->out. */
static unsigned tell(struct bench *b, uint64_t now_ns)
{
	buf_clear(&b->out);
	return cover_tell(b->c, &b->ec, now_ns, GRACE, false, &b->out);
}

static bool says(const struct bench *b, const char *text)
{
	return memmem(b->out.ptr, b->out.len, text, strlen(text)) != NULL;
}

#define PG (1u << SYSTEM_POSTGRESQL)

static void test_told_once_after_grace(void **state)
{
	struct bench *b = *state;

	profile(b, 10, 0, 0, "python");
	opened(b, 10, 77, SECOND);
	assert_int_equal(tell(b, SECOND + GRACE * SECOND - 1), 0);
	assert_int_equal(tell(b, SECOND + GRACE * SECOND), 1);
	assert_true(says(b, "\"reason\":\"driver without a client library\""));
	assert_true(says(b, "\"driver\":\"python\""));
	assert_true(says(b, "\"ip\":\"10.1.2.3\",\"port\":5432"));
	assert_true(says(b, "\"open\":true"));
	assert_int_equal(tell(b, 100 * SECOND), 0);
	assert_int_equal(tell(b, 3700 * SECOND), 1); /* hourly */
	assert_int_equal(tell(b, 3701 * SECOND), 0);
}

static void test_statement_covers(void **state)
{
	struct bench *b = *state;

	profile(b, 10, 0, 0, "");
	opened(b, 10, 77, SECOND);
	call(b, 10, 0xabc, 2 * SECOND);
	assert_int_equal(tell(b, 100 * SECOND), 0);
	sock(b, 10, 77, REC_SOCKET_CLOSED, 101 * SECOND, 500);
	assert_int_equal(tell(b, 200 * SECOND), 0);
	/* the statements of another process do not help */
	opened(b, 11, 78, 201 * SECOND);
	call(b, 10, 0xabc, 202 * SECOND);
	assert_int_equal(tell(b, 210 * SECOND), 1);
}

static void test_second_connection_needs_its_own(void **state)
{
	struct bench *b = *state;

	profile(b, 10, PG, REC_PROFILE_HOOKED, "");
	opened(b, 10, 77, SECOND);
	call(b, 10, 0xabc, 2 * SECOND);
	opened(b, 10, 78, 3 * SECOND);
	call(b, 10, 0xabc, 4 * SECOND); /* the first connection again */
	sock(b, 10, 78, REC_SOCKET_CLOSED, 5 * SECOND, 321);
	assert_int_equal(tell(b, 5 * SECOND + COVER_SETTLE_NS - 1), 0);
	assert_int_equal(tell(b, 5 * SECOND + COVER_SETTLE_NS), 1);
	assert_true(says(b, "hooked, but no statement was seen on this connection"));
	assert_true(says(b, "\"sent\":321"));
	/* a handle whose connection has ended may come again on a new one */
	sock(b, 10, 77, REC_SOCKET_CLOSED, 7 * SECOND, 1);
	opened(b, 10, 79, 8 * SECOND);
	call(b, 10, 0xabc, 9 * SECOND);
	sock(b, 10, 79, REC_SOCKET_CLOSED, 10 * SECOND, 1);
	assert_int_equal(tell(b, 20 * SECOND), 0);
}

/* A reconnect: the old socket's end comes late, but the library says that the handle is another connection now. */
static void test_reconnect(void **state)
{
	struct bench *b = *state;
	struct rec_task t = task(10);

	profile(b, 10, PG, REC_PROFILE_HOOKED, "");
	opened(b, 10, 77, SECOND);
	call(b, 10, 0xabc, 2 * SECOND);
	opened(b, 10, 78, 3 * SECOND);
	cover_moved(b->c, &t, 0xabc);
	call(b, 10, 0xabc, 4 * SECOND);
	sock(b, 10, 77, REC_SOCKET_CLOSED, 5 * SECOND, 321);
	sock(b, 10, 78, REC_SOCKET_CLOSED, 6 * SECOND, 321);
	assert_int_equal(tell(b, 20 * SECOND), 0);
}

/* PQcancel opens a connection of its own; what sends more is none of it. */
static void test_cancel(void **state)
{
	struct bench *b = *state;

	opened(b, 10, 77, SECOND);
	sock(b, 10, 77, REC_SOCKET_CLOSED, SECOND + 1000, 16);
	assert_int_equal(tell(b, 10 * SECOND), 0);
	opened(b, 10, 78, 11 * SECOND);
	sock(b, 10, 78, REC_SOCKET_CLOSED, 11 * SECOND + 1000, 17);
	assert_int_equal(tell(b, 20 * SECOND), 1);
}

static void cancel(struct bench *b, uint32_t pid, uint32_t tid, uint64_t ts_ns)
{
	struct rec_task t = task(pid);

	t.tid = tid;
	cover_cancel(b->c, &t, ts_ns);
}

/* The call was seen: the next connection of that thread, over a UNIX socket or in TLS, whichever record is read first. */
static void test_cancel_call(void **state)
{
	struct bench *b = *state;

	profile(b, 10, PG, REC_PROFILE_HOOKED, "");
	cancel(b, 10, 10, SECOND);
	unix_sock(b, 10, 77, SECOND + 1000);
	unix_sock(b, 10, 78, 2 * SECOND);
	cancel(b, 10, 10, 2 * SECOND - 1000);
	/* a statement covers none of them, but the connection that comes behind */
	unix_sock(b, 10, 79, 3 * SECOND);
	call(b, 10, 0xabc, 4 * SECOND);
	cancel(b, 10, 10, 5 * SECOND);
	opened(b, 10, 80, 5 * SECOND + 1000);
	sock(b, 10, 80, REC_SOCKET_CLOSED, 5 * SECOND + 2000, 900);
	cover_exit(b->c, 10, 10, 6 * SECOND);
	assert_int_equal(tell(b, 20 * SECOND), 3);
	assert_true(says(b, "\"cancel\":true") && says(b, "a request to cancel") && !says(b, "not covered"));
}

/* One connection for a call, of the same thread, at once, of a few bytes. */
static void test_cancel_is_no_cover(void **state)
{
	struct bench *b = *state;
	static const struct {
		uint32_t tid;
		uint64_t after_ns, sent;
	} told[] = { { 10, SECOND + 1, 900 }, { 99, 1000, 900 }, { 10, 1000, 16385 } };

	for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		uint64_t at = (100 * i + 1) * SECOND;

		cancel(b, 10, told[i].tid, at);
		opened(b, 10, 100 + i, at + told[i].after_ns);
		sock(b, 10, 100 + i, REC_SOCKET_CLOSED, at + 2 * SECOND, told[i].sent);
		assert_int_equal(tell(b, at + 10 * SECOND), 1);
	}
	cancel(b, 10, 10, 400 * SECOND);
	opened(b, 10, 200, 400 * SECOND + 1000);
	opened(b, 10, 201, 400 * SECOND + 2000);
	sock(b, 10, 200, REC_SOCKET_CLOSED, 401 * SECOND, 900);
	sock(b, 10, 201, REC_SOCKET_CLOSED, 401 * SECOND, 900);
	assert_int_equal(tell(b, 410 * SECOND), 2); /* one of them as what it is */
	assert_true(says(b, "\"cancel\":true") && says(b, "not covered"));
}

static void test_late_call_record(void **state)
{
	struct bench *b = *state;

	opened(b, 10, 77, SECOND);
	sock(b, 10, 77, REC_SOCKET_CLOSED, SECOND + 1000, 9);
	cover_exit(b->c, 10, 10, SECOND + 2000);
	call(b, 10, 0xabc, SECOND + 500); /* read after the end, made before it */
	assert_int_equal(tell(b, 10 * SECOND), 0);
}

static void test_hooked_waits_for_traffic(void **state)
{
	struct bench *b = *state;

	profile(b, 10, PG, REC_PROFILE_HOOKED, "");
	opened(b, 10, 77, SECOND);
	assert_int_equal(tell(b, 60 * SECOND), 0); /* somebody thinks before typing */
	sock(b, 10, 77, REC_SOCKET_HELD, 61 * SECOND, 100);
	assert_int_equal(tell(b, 70 * SECOND), 0);
	sock(b, 10, 77, REC_SOCKET_HELD, 71 * SECOND, 150);
	assert_int_equal(tell(b, 72 * SECOND), 1);
	assert_true(says(b, "\"sent\":150"));
}

static void test_refused_is_nothing(void **state)
{
	struct bench *b = *state;

	sock(b, 10, 77, REC_SOCKET_OPENING, SECOND, 0);
	sock(b, 10, 77, REC_SOCKET_CLOSED, SECOND + 5, 0);
	assert_int_equal(tell(b, 100 * SECOND), 0);
}

static void test_reasons(void **state)
{
	struct bench *b = *state;
	struct rec_uring u = { .hdr = { .type = REC_URING }, .task = task(12) };

	profile(b, 10, 0, REC_PROFILE_CARRIES, "");
	opened(b, 10, 1, SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "linked in, without the names"));
	profile(b, 11, 0, REC_PROFILE_STATIC, "");
	opened(b, 11, 2, SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "static program"));
	assert_int_equal(cover_uring(b->c, decoded(b, &u, NULL, 0)), 0);
	opened(b, 12, 3, SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "io_uring in use"));
	profile(b, 13, PG, REC_PROFILE_HOOKED | REC_PROFILE_EXEC, "");
	opened(b, 13, 4, SECOND);
	cover_exit(b->c, 13, 13, 2 * SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "its code was made writable"));
	assert_true(says(b, "\"open\":false"));
	/* PostgreSQL's library is no excuse for a connection to MySQL's port, and none at all for nobody knows what */
	profile(b, 14, 1u << SYSTEM_SQLITE, REC_PROFILE_HOOKED, "");
	opened(b, 14, 5, SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "no client library in the process"));
}

static void test_passed_socket(void **state)
{
	struct bench *b = *state;

	profile(b, 10, PG, REC_PROFILE_HOOKED, "");
	opened(b, 10, 77, SECOND);
	call(b, 10, 0xabc, 2 * SECOND);
	sock(b, 20, 77, REC_SOCKET_HELD, 3 * SECOND, 100);
	assert_int_equal(tell(b, 6 * SECOND), 1);
	assert_true(says(b, "a socket that another process opened"));
	assert_true(says(b, "\"opener\":10"));
}

static void test_unix_socket(void **state)
{
	struct bench *b = *state;

	unix_sock(b, 10, 77, SECOND);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "/run/.s.PGSQL.5432"));
	unix_sock(b, 11, 78, 6 * SECOND);
	call(b, 11, 1, 7 * SECOND);
	unix_sock(b, 11, 79, 8 * SECOND); /* the same handle: it may have moved there, nobody saw the first end */
	call(b, 11, 1, 9 * SECOND);
	assert_int_equal(tell(b, 100 * SECOND), 0);
}

static void test_files(void **state)
{
	struct bench *b = *state;
	struct rec_dbfile r = { .hdr = { .type = REC_DBFILE, .ts_ns = SECOND }, .task = task(10), .ino = 5, .dev = 8 };
	struct slice str[2] = { SLICE("/home/a/x.db"), SLICE("sqlite") };
	struct rec_task t = task(10);

	profile(b, 10, 0, REC_PROFILE_CARRIES, "");
	assert_int_equal(cover_dbfile(b->c, decoded(b, &r, str, 2)), 0);
	assert_int_equal(tell(b, 5 * SECOND), 1);
	assert_true(says(b, "/home/a/x.db"));
	r.ino = 6;
	assert_int_equal(cover_dbfile(b->c, decoded(b, &r, str, 2)), 0);
	cover_call(b->c, &t, SYSTEM_SQLITE, 1, 2 * SECOND);
	assert_int_equal(tell(b, 10 * SECOND), 0);
}

/* A stranger opens connections without end: memory stays bounded, what was forgotten is counted, lines come in portions. */
static void test_bounds(void **state)
{
	struct bench *b = *state;
	const unsigned n = COVER_CONNECTIONS_MAX + 5000;

	for (unsigned i = 0; i < n; i++)
		opened(b, 1000 + i % 3, 100000 + i, SECOND);
	assert_int_equal(cover_evictions(b->c), 5000);
	assert_int_equal(tell(b, 10 * SECOND), COVER_LINES_MAX);
	for (unsigned i = 0; i < 100000; i++)
		opened(b, 10000 + i, 200000 + i, 11 * SECOND);
	assert_true(cover_evictions(b->c) > 5000);
	for (unsigned i = 0; i < 100000; i++)
		cover_exit(b->c, 10000 + i, 10000 + i, 12 * SECOND);
	for (unsigned i = 0; i < 20000 / COVER_LINES_MAX + 1; i++)
		tell(b, 20 * SECOND + i);
	assert_int_equal(tell(b, 30 * SECOND), 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_told_once_after_grace),
		CASE(test_statement_covers),
		CASE(test_second_connection_needs_its_own),
		CASE(test_reconnect),
		CASE(test_cancel),
		CASE(test_cancel_call),
		CASE(test_cancel_is_no_cover),
		CASE(test_late_call_record),
		CASE(test_hooked_waits_for_traffic),
		CASE(test_refused_is_nothing),
		CASE(test_reasons),
		CASE(test_passed_socket),
		CASE(test_unix_socket),
		CASE(test_files),
		CASE(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
