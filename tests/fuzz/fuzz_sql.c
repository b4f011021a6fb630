// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Any text in every dialect: slices stay inside, relations have names, a second run of the warm arena takes no memory. */
#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

static void check(const struct sql_result *r)
{
	if (r->masked.len > SQL_MASKED_MAX || r->nstatements > SQL_STATEMENTS_MAX)
		abort();
	for (size_t s = 0; s < r->nstatements; s++) {
		const struct sql_statement *st = &r->statements[s];

		if (!st->operation.len)
			abort();
		for (size_t i = 0; i < st->nrelations; i++)
			if (!st->relations[i].access || (st->relations[i].ncolumns && !st->relations[i].columns))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena;
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!arena.max)
		arena_init(&arena, 64 << 20);
	for (int d = 0; d < SQL_DIALECTS; d++) {
		const struct sql_options o = { .dialect = (enum sql_dialect)d,
					       .truncated = size & 1,
					       .strings_unknown = size & 2,
					       .ansi_quotes = size & 4,
					       .no_backslash = size & 8 };
		const struct sql_result *r;

		arena_reset(&arena);
		sql_analyze(&o, slice_mem(copy, size), &arena, &r);
		check(r);
	}
	free(copy);
	return 0;
}
