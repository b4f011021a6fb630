// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* For tests that ask many questions. */
#include <stdbool.h>

static unsigned questions, wrong;

/* What is answered otherwise is told of all, so that one sees them together. */
static void answered(bool as_expected, const char *question, const char *got)
{
	questions++;
	if (as_expected)
		return;
	wrong++;
	print_error("%s: got %s\n", question, got);
}
