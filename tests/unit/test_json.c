// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#define json_boolean json_c_bool /* a type there, a function here */
#include <json-c/json.h>
#undef json_boolean

#include "base/cleanup.h"
#include "event/json.h"
#include "utf8.inc.c"

static struct buf out;

static int setup(void **state)
{
	(void)state;
	buf_init(&out, 1u << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_done(&out);
	return 0;
}

static void expect(const char *want)
{
	buf_addc(&out, 0);
	assert_int_equal(out.err, 0);
	assert_string_equal(out.ptr, want);
}

static void test_structure(void **state)
{
	struct json j;

	(void)state;
	json_init(&j, &out);
	json_open(&j, NULL, '{');
	json_str(&j, "a", SLICE("x"));
	json_open(&j, "list", '[');
	json_uint(&j, NULL, 0);
	json_uint(&j, NULL, UINT64_MAX);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_close(&j, ']');
	json_id(&j, "id", 42);
	json_boolean(&j, "yes", true);
	json_boolean(&j, "no", false);
	json_null(&j, "nothing");
	json_cstr(&j, "c", "text");
	json_str(&j, "absent", SLICE_NONE);
	json_close(&j, '}');
	expect("{\"a\":\"x\",\"list\":[0,18446744073709551615,{},[]],\"id\":\"42\",\"yes\":true,\"no\":false,\"nothing\":null,"
	       "\"c\":\"text\",\"absent\":\"\"}");
}

static void test_depth_is_bounded(void **state)
{
	struct json j;

	(void)state;
	json_init(&j, &out);
	for (int i = 0; i < 16; i++)
		json_open(&j, NULL, '[');
	assert_int_equal(out.err, 0);
	json_open(&j, NULL, '[');
	assert_int_equal(out.err, -E2BIG);
}

struct escape_row {
	struct slice in;
	const char *want;
	bool lossy;
};

static const struct escape_row rows[] = {
	{ SLICE_INIT(""), "\"\"", false },
	{ SLICE_INIT("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"", false },
	{ SLICE_INIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", false },
	{ SLICE_INIT("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\"", false },
	{ SLICE_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", false },
	{ SLICE_INIT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "\"\\u0080\\u009b\\u009f\xc2\xa0\"", false }, /* C1 */
	{ SLICE_INIT("\xef\xbf\xbd"), "\"\xef\xbf\xbd\"", false },
	{ SLICE_INIT("a\xff\x62"), "\"a\xef\xbf\xbd\x62\"", true },
	{ SLICE_INIT("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", true },                 /* overlong */
	{ SLICE_INIT("\xe0\x9f\xbf"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", true }, /* overlong */
	{ SLICE_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", true }, /* surrogate */
	{ SLICE_INIT("\xf4\x90\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", true },
	{ SLICE_INIT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", true }, /* ends within a character */
	{ SLICE_INIT("\xe2\x82\""), "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\"", true },
};

static void test_escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json j;

		buf_clear(&out);
		json_init(&j, &out);
		json_str(&j, NULL, rows[i].in);
		expect(rows[i].want);
		assert_int_equal(j.lossy, rows[i].lossy);
	}
}

/* Every pair of bytes gives strict JSON. */
static void test_all_pairs_parse(void **state)
{
	struct json_tokener *tok = json_tokener_new();

	(void)state;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	for (unsigned v = 0; v < 65536; v++) {
		char in[2] = { (char)(v >> 8), (char)v };
		struct json_object *o;
		struct json j;

		buf_clear(&out);
		json_init(&j, &out);
		json_str(&j, NULL, slice_mem(in, 2));
		assert_true(is_utf8(buf_slice(&out)));
		json_tokener_reset(tok);
		o = json_tokener_parse_ex(tok, out.ptr, (int)out.len);
		assert_non_null(o);
		assert_int_equal(json_tokener_get_parse_end(tok), out.len);
		if (!j.lossy) {
			assert_int_equal(json_object_get_string_len(o), 2);
			assert_memory_equal(json_object_get_string(o), in, 2);
		}
		json_object_put(o);
	}
	json_tokener_free(tok);
}

static void test_cut(void **state)
{
	static const struct slice in = SLICE_INIT("ab\n\xe2\x82\xac\x01z");
	static const size_t taken[] = { 0, 1, 2, 2, 3, 3, 3, 6, 6, 6, 6, 6, 6, 7, 8, 8 };

	(void)state;
	for (size_t max = 0; max < ARRAY_SIZE(taken); max++) {
		struct json j;

		buf_clear(&out);
		json_init(&j, &out);
		assert_int_equal(json_str_max(&j, NULL, in, max), taken[max]);
		assert_true(out.len <= max + 2);
		assert_false(j.lossy);
	}
}

static void test_time(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} times[] = {
		{ 0, "\"1970-01-01T00:00:00.000000000Z\"" },
		{ 951782399999999999u, "\"2000-02-28T23:59:59.999999999Z\"" },
		{ 951782400000000000u, "\"2000-02-29T00:00:00.000000000Z\"" },
		{ 1795459327318204551u, "\"2026-11-23T18:42:07.318204551Z\"" },
		{ 4107542400000000001u, "\"2100-03-01T00:00:00.000000001Z\"" },
		{ UINT64_MAX, "\"2554-07-21T23:34:33.709551615Z\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct json j;

		buf_clear(&out);
		json_init(&j, &out);
		json_time(&j, NULL, times[i].ns);
		expect(times[i].want);
	}
}

/* Every day of 400 years against the C library. */
static void test_calendar(void **state)
{
	(void)state;
	for (uint64_t day = 0; day < 146097; day++) {
		time_t t = (time_t)(day * 86400);
		char want[64];
		struct json j;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "\"%Y-%m-%dT00:00:00.000000000Z\"", &tm);
		buf_clear(&out);
		json_init(&j, &out);
		json_time(&j, NULL, day * 86400u * 1000000000u);
		expect(want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_structure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_depth_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_pairs_parse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_calendar, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
