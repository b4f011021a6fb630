// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Text from outside on a terminal: nothing in it is obeyed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/screen.h"

struct row {
	struct slice in;
	const char *want;
};

static const struct row rows[] = {
	{ SLICE_INIT(""), "" },
	{ SLICE_INIT("alice SELECT \"t\" \\ 'x'"), "alice SELECT \"t\" \\ 'x'" },
	{ SLICE_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ SLICE_INIT("\x1b[2J\x1b]0;x\x07"), "\\x1b[2J\\x1b]0;x\\x07" },
	{ SLICE_INIT("a\nb\rc\td\0e\x7f"), "a\\x0ab\\x0dc\\x09d\\x00e\\x7f" },
	{ SLICE_INIT("\x9b"
		     "2J\xff"),
	  "\\x9b2J\\xff" }, /* C1 as a byte */
	{ SLICE_INIT("\xc2\x9b"
		     "2J\xc2\xa0"),
	  "\\u{9b}2J\xc2\xa0" },                                          /* and as a character */
	{ SLICE_INIT("\xe2\x80\xaetxt.exe"), "\\u{202e}txt.exe" },        /* right to left */
	{ SLICE_INIT("\xe2\x81\xa6\xe2\x80\xa8"), "\\u{2066}\\u{2028}" }, /* isolate; a line's end */
	{ SLICE_INIT("\xc0\x9b\xed\xa0\x80\xe2\x82"), "\\xc0\\x9b\\xed\\xa0\\x80\\xe2\\x82" },
};

static void test_rows(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		buf_clear(&out);
		screen_add(&out, rows[i].in);
		assert_int_equal(out.len, strlen(rows[i].want));
		assert_memory_equal(buf_slice(&out).ptr, rows[i].want, out.len);
	}
	buf_done(&out);
}

/* Whatever three bytes come, what goes out has no control character. */
static void test_no_control(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (uint32_t v = 0; v < 1u << 24; v += 7) {
		char in[3] = { (char)(v >> 16), (char)(v >> 8), (char)v };

		buf_clear(&out);
		screen_add(&out, slice_mem(in, sizeof(in)));
		for (size_t i = 0; i < out.len; i++) {
			unsigned char c = (unsigned char)out.ptr[i];

			assert_true(c >= 0x20 && c != 0x7f);
			assert_false(c == 0xc2 && i + 1 < out.len && (unsigned char)out.ptr[i + 1] < 0xa0);
		}
	}
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
