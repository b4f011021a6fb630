// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* For tests: is it UTF-8? The C library's own reader judges; json-c 0.18 refuses every text that is not ASCII when asked to validate. */

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/slice.h"

static bool is_utf8(struct slice s)
{
	mbstate_t state;

	memset(&state, 0, sizeof(state));
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return false;
	for (size_t at = 0; at < s.len;) {
		size_t n = mbrtowc(NULL, s.ptr + at, s.len - at, &state);

		if (n == (size_t)-1 || n == (size_t)-2)
			return false;
		at += n ? n : 1;
	}
	return true;
}
