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
		struct slice text = slice_mem(copy, size);
		struct lexer lx;
		struct token t;
		size_t at = 0;

		lex_init(&lx, &(struct sql_options){ .dialect = (enum sql_dialect)d }, text);
		for (lex_next(&lx, &t); t.type != TOKEN_END; lex_next(&lx, &t)) {
			if (t.off < at || t.len == 0 || (size_t)t.off + t.len > size || lex_body(text, &t).len > t.len)
				abort();
			at = t.off + t.len;
			arena_reset(&arena);
			lex_name(text, &t, '\\', &arena);
		}
	}
	free(copy);
	return 0;
}
