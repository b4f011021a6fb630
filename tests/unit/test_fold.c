// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Text as names are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fold.h"

static void test_rows(void **state)
{
	static const struct {
		const char *text, *folded;
	} rows[] = {
		{ "", "" },
		{ "Maria-Anne O'Hara 7", "maria-anne o'hara 7" },
		{ "MÜLLER", "muller" },
		{ "Mu\xcc\x88ller", "muller" },
		{ "Gro\xc3\x9f", "gross" },
		{ "\xe1\xba\x9e", "ss" },
		{ "Łukasz Đorđe Søren Æsa", "lukasz dorde soren aesa" },
		{ "İSTANBUL ısı", "istanbul isi" },
		{ "ﬁne ﬃ", "fine ffi" },
		{ "Ｍａｒｉａ＠ｘ．ｏｒｇ", "maria@x.org" },
		{ "𝐌𝒶𝕣𝗂𝚊", "maria" },
		{ "ΣΊΣΥΦΟΣ ς", "σισυφοσ σ" },
		{ "ЁЖ Й", "еж и" },
		{ "Ａ\xe2\x80\x8b"
		  "b\xc2\xad"
		  "c",
		  "abc" },
		{ "a\xc2\xa0"
		  "b\xe3\x80\x80"
		  "c",
		  "a b c" },
		{ "x\xe2\x80\x91y\xe2\x80\x99z", "x-y'z" },
		{ "\xd0\xb0", "\xd0\xb0" }, /* Cyrillic, not Latin a */
		{ "日本 한국", "日本 한국" },
		{ "M\xfcller", "muller" }, /* Latin-1 */
		{ "\xff\xc3(\xd7", "ya(\xc3\x97" },
		{ "\xc3\xc2\xad\xbc", "a\xc2\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char out[64];
		size_t n = 0, want = strlen(rows[i].folded);

		assert_int_equal(fold_text(slice_cstr(rows[i].text), out, sizeof(out) - 1, &n), 0);
		out[n] = 0;
		assert_string_equal(out, rows[i].folded);
		assert_int_equal(fold_text(slice_mem(out, want), out, want, &n), 0); /* folded again: the same */
		assert_true(slice_eq(slice_mem(out, n), slice_cstr(rows[i].folded)));
		if (want)
			assert_int_equal(fold_text(slice_cstr(rows[i].text), out, want - 1, &n), -E2BIG);
	}
}

/* Every code point, and every cut of it: in bounds, and folding twice changes nothing. */
static void test_all(void **state)
{
	(void)state;
	for (uint32_t code = 0x80; code < 0x110000; code++) {
		char in[4], once[16], twice[16], *cut;
		size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, a, b;
		uint32_t rest = code;

		for (size_t i = n; i-- > 1; rest >>= 6)
			in[i] = (char)(0x80 | (rest & 0x3f));
		in[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | rest);
		assert_int_equal(fold_text(slice_mem(in, n), once, sizeof(once), &a), 0);
		assert_int_equal(fold_text(slice_mem(once, a), twice, sizeof(twice), &b), 0);
		if (a != b || memcmp(once, twice, a) != 0)
			fail_msg("U+%04X", code);
		if (code % 97)
			continue;
		cut = malloc(n - 1); /* its end is watched */
		memcpy(cut, in, n - 1);
		assert_int_equal(fold_text(slice_mem(cut, n - 1), once, sizeof(once), &a), 0);
		assert_int_equal(fold_text(slice_mem(once, a), twice, sizeof(twice), &b), 0);
		assert_true(a == b && memcmp(once, twice, a) == 0);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_all) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
