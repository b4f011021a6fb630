// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* Tokens go forward, stay inside the text and end. */
#include <stdlib.h>
#include <string.h>

#include "sql/lex.h"

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
		const char *at = copy;
		struct lexer lx;

		lex_init(&lx, (enum sql_dialect)d, slice_mem(copy, size));
		for (struct token t = lex_next(&lx); t.type != TOKEN_END; t = lex_next(&lx)) {
			if (t.raw.ptr < at || t.raw.len == 0 || t.raw.ptr + t.raw.len > copy + size || t.body.len > t.raw.len)
				abort();
			at = t.raw.ptr + t.raw.len;
			arena_reset(&arena);
			token_name(&t, &arena);
		}
	}
	free(copy);
	return 0;
}
