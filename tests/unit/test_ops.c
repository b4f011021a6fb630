// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The table of operations: each has a number of its own, a name, and flags that agree with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/op.h"

static const struct {
	const char *symbol, *shown;
	unsigned number, flags;
} listed[] = {
#define OP(name, number, shown, flags) { #name, shown, number, flags },
#include "op_list.h"
#undef OP
};

static void each_is_itself(void **state)
{
	const char *taken[OP_COUNT] = { NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		unsigned op = listed[i].number;

		assert_true(op < OP_COUNT);
		if (taken[op])
			fail_msg("%s and %s have the number %u", taken[op], listed[i].symbol, op);
		taken[op] = listed[i].symbol;
		assert_true(listed[i].shown[0]);
		assert_string_equal(op_name(op), listed[i].shown);
		assert_true(op_is(op, listed[i].flags));
		for (unsigned flag = 1; flag <= OPF_UNTRIED; flag <<= 1)
			assert_int_equal(op_is(op, flag), (listed[i].flags & flag) != 0);
	}
	/* Numbers that no operation has: also of a recorded file that is broken. */
	for (unsigned op = 0; op < 2 * OP_COUNT; op++) {
		if (op < OP_COUNT && taken[op])
			continue;
		assert_string_equal(op_name(op), "");
		assert_false(op_is(op, 0));
	}
	assert_string_equal(op_name(~0u), "");
}

static bool is(unsigned op, const char *shown)
{
	return !strcmp(op_name(op), shown);
}

/* What one says must agree with the other. */
static void agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		unsigned op = listed[i].number;
		bool looks = is(op, "status") || is(op, "close") || is(op, "connect") || is(op, "bind") || is(op, "count");

		/* Nothing but a library that may stand above another one has others inside. */
		if (op_is(op, OPF_AROUND) && op < OP_LAYER_SUBMIT)
			fail_msg("%s is no layer", listed[i].symbol);
		if (op_is(op, OPF_STATEMENT) && looks)
			fail_msg("%s sends nothing", listed[i].symbol);
		/* Who made a statement decides whether it is told. */
		if (op_is(op, OPF_STATEMENT) && !op_is(op, OPF_CALLER))
			fail_msg("%s is told whoever called", listed[i].symbol);
		if (op_is(op, OPF_STATEMENT) && op_is(op, OPF_UNTRIED))
			fail_msg("%s is a statement that is not sent", listed[i].symbol);
		if ((is(op, "submit") || is(op, "prepare")) && !op_is(op, OPF_STATEMENT))
			fail_msg("%s is no statement", listed[i].symbol);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_is_itself), cmocka_unit_test(agree) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
