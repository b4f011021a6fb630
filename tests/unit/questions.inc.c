// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* For tests that ask many questions, some of which are known to be answered otherwise (open). */
#include <stdbool.h>

static unsigned questions, open_ones, wrong;

/* What is answered otherwise is told of all, so that one sees them together. */
static void answered(bool as_expected, bool open, const char *question, const char *got)
{
	questions++;
	open_ones += open;
	if (as_expected != open)
		return;
	wrong++;
	print_error("%s: %s%s\n", question, open ? "is answered now" : "got ", open ? "" : got);
}
