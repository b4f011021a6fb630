// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What is kept of a line must be what would be written anew, whatever was learnt in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "event/line.h"
#include "event/memo.h"
#include "event/event.h"

enum { PROCESSES = 4, ROUNDS = 4000 };

static struct identity *id;
static uint64_t sequence;
static struct arena arena;
static const struct event_origin origin = { .host = SLICE_INIT("ws"), .boot_id = SLICE_INIT("4a1f0f6e-95bb-4d2e-8d2f-93c2ea0c9d11") };

static struct rec_task task_of(uint32_t which, uint32_t uid)
{
	return (struct rec_task){ .pid = 100 + which,
				  .tid = 100 + which,
				  .start_ns = 1000000007u * (which + 1),
				  .ppid = which ? 99 + which : 1,
				  .parent_start_ns = which ? 1000000007u * which : 0,
				  .uid = uid,
				  .euid = uid,
				  .suid = uid,
				  .loginuid = 1000,
				  .sessionid = 3,
				  .cgroup_id = 77,
				  .sid = 100,
				  .comm = "psql" };
}

static void learn_exec(struct rec_task t, const char *path)
{
	char bytes[sizeof(struct rec_exec) + 64] __attribute__((aligned(8))) = { 0 };
	struct rec_exec *r = (struct rec_exec *)(void *)bytes;

	r->hdr.type = REC_EXEC;
	r->task = t;
	r->path_len = (uint16_t)strlen(path);
	r->args_len = 4;
	memcpy(r->data, path, strlen(path));
	memcpy(r->data + strlen(path), "a\0b", 4);
	assert_int_equal(identity_exec(id, r), 0);
}

/* One thing that may happen between two events. */
static void learn(unsigned what, struct rec_task *t, uint64_t now)
{
	static const char *const names[] = { "alice", "bob", "c" };
	struct rec_exit gone = { .hdr = { .type = REC_EXIT, .ts_ns = now }, .task = *t };

	switch (what) {
	case 0:
		learn_exec(*t, rand() % 2 ? "/usr/bin/psql" : "/usr/bin/python3");
		break;
	case 1:
		assert_int_equal(identity_user(id, 1000 + (uint32_t)rand() % 3, slice_cstr(names[rand() % 3])), 0);
		break;
	case 2:
		t->uid = t->euid = 1000 + (uint32_t)rand() % 3;
		break;
	case 3:
		t->euid = 1000 + (uint32_t)rand() % 3;
		break;
	case 4:
		memcpy(t->comm, rand() % 2 ? "psql" : "sh\0", 4);
		break;
	case 5:
		identity_exit(id, &gone);
		break;
	case 6:
		assert_int_equal(
			identity_cgroup(id, 77, slice_cstr(rand() % 2 ? "/user.slice/user-1001.slice" : "/system.slice/cron.service")), 0);
		break;
	default: /* nothing: the usual case */
		break;
	}
	assert_int_equal(identity_call(id, t, now), 0);
}

static void write_line(struct buf *out, struct event_memo *memo, const struct rec_task *t, uint64_t ts_ns)
{
	struct event_context ctx = { .origin = &origin,
				     .identity = id,
				     .sequence = &sequence,
				     .mask_literals = true,
				     .memo = memo,
				     .arena = &arena,
				     .wall_offset_ns = 1764000000000000000u };
	struct story scratch;
	struct json j;
	bool cut;

	arena_reset(&arena);
	buf_clear(out);
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_cstr(&j, "schema", EVENT_SCHEMA);
	cut = memo_who(&j, &ctx, t);
	memo_attribution(&j, &ctx, t, ts_ns, cut);
	json_uint(&j, "person", memo_story(&ctx, t, &scratch)->person.uid);
	json_close(&j, '}');
}

static void test_same_bytes(void **state)
{
	struct rec_task tasks[PROCESSES];
	struct buf with, without;
	struct event_memo *memo;
	unsigned kept = 0;

	(void)state;
	srand(1);
	assert_int_equal(identity_new(&id), 0);
	assert_int_equal(memo_new(&memo), 0);
	arena_init(&arena, 1 << 20);
	buf_init(&with, 1 << 16);
	buf_init(&without, 1 << 16);
	for (uint32_t i = 0; i < PROCESSES; i++)
		tasks[i] = task_of(i, 1000);
	for (uint64_t round = 1; round < ROUNDS; round++) {
		struct rec_task *t = &tasks[rand() % PROCESSES];
		uint64_t before = identity_generation(id), now = 5000000000u + round * 1000, past = (uint64_t)(rand() % 3) * 5000;

		learn((unsigned)rand() % 14, t, now);
		kept += before == identity_generation(id);
		write_line(&with, memo, t, now - past);
		write_line(&without, NULL, t, now - past);
		if (with.len != without.len || memcmp(with.ptr, without.ptr, with.len))
			fprintf(stderr, "%.*s\n%.*s\n", (int)with.len, with.ptr, (int)without.len, without.ptr);
		assert_int_equal(with.len, without.len);
		assert_memory_equal(with.ptr, without.ptr, with.len);
	}
	assert_true(kept > ROUNDS / 4);
	buf_done(&with);
	buf_done(&without);
	arena_done(&arena);
	memo_free(memo);
	identity_free(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_bytes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
