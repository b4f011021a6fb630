// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Records: every truncation of every type is refused, lying lengths too, and encoding is decoding backwards. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "records.inc.c"

static void each_record(void (*check)(struct slice))
{
	check(test_hello());
	check(test_library(1, "/lib/libpq.so.5", "libpq"));
	check(test_site(1, 1, OP_SUBMIT, SYSTEM_POSTGRESQL, "PQsendQuery", 0x1000));
	check(test_range(1, "PQexec", 0x2000, 16));
	check(test_call(&(struct test_call){ .site = 1, .text = "SELECT 1", .name = "s" }));
	check(test_exit(5));
	check(test_tick(5));
	check(test_exec(5, "/usr/bin/psql", "psql"));
}

/* In its own allocation of the exact size, so that a read beyond it is seen by the sanitizer. */
static int decode_copy(struct slice raw, size_t len, uint32_t size_field, struct decoded *d)
{
	char *copy = malloc(len ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, raw.ptr, len);
	if (len >= 4)
		memcpy(copy, &size_field, 4);
	r = decode_record(slice_mem(copy, len), d);
	free(copy);
	return r;
}

static void check_truncations(struct slice raw)
{
	struct decoded d;

	assert_int_equal(decode_record(raw, &d), 0);
	for (size_t len = 0; len < raw.len; len++) {
		assert_int_equal(decode_copy(raw, len, (uint32_t)raw.len, &d), -EBADMSG);
		/* A header that owns up to the truncation is fine only while everything named still fits. */
		if (decode_copy(raw, len, (uint32_t)len, &d) == 0)
			assert_true(len % 8 == 0 && raw.len - len < 8);
	}
}

static void truncated_records_are_refused(void **state)
{
	(void)state;
	each_record(check_truncations);
}

static void lying_lengths_are_refused(void **state)
{
	struct slice raw = test_call(&(struct test_call){ .site = 1, .text = "SELECT 1" });
	struct rec_call *c = (struct rec_call *)(void *)(uintptr_t)raw.ptr;
	struct decoded d;

	(void)state;
	c->cap_len = 9;
	assert_int_equal(decode_record(raw, &d), -EBADMSG);
	c->cap_len = 8;
	c->name_len = REC_NAME_LEN + 1;
	assert_int_equal(decode_record(raw, &d), -EBADMSG);
	c->name_len = 0;
	c->text_status = 200;
	assert_int_equal(decode_record(raw, &d), -EBADMSG);
	c->text_status = REC_TEXT_FULL;
	assert_int_equal(decode_record(raw, &d), 0);
	c->hdr.type = REC_TYPE_MAX;
	assert_int_equal(decode_record(raw, &d), -EBADMSG);
	assert_int_equal(decode_record(slice_mem(raw.ptr + 1, raw.len - 1), &d), -EINVAL);
}

static void strings_come_back(void **state)
{
	struct decoded d;

	(void)state;
	assert_int_equal(decode_record(test_exec(5, "/usr/bin/psql", "psql"), &d), 0);
	assert_true(slice_eq(d.str[0], SLICE("/usr/bin/psql")));
	assert_true(slice_eq(d.str[1], SLICE("/home/alice")));
	assert_int_equal(d.str[2].len, 5);
	assert_int_equal(decode_record(test_call(&(struct test_call){ .site = 1, .text = "SELECT 1", .name = "s" }), &d), 0);
	assert_true(slice_eq(d.str[0], SLICE("s")));
	assert_true(slice_eq(d.str[1], SLICE("SELECT 1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_records_are_refused),
		cmocka_unit_test(lying_lengths_are_refused),
		cmocka_unit_test(strings_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
