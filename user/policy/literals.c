// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#include "policy/literals.h"

#define VALUE_MEMORY_MAX (32u << 20) /* a string as long as a statement may be */

void literals_init(struct literals *l, const struct policy_text *t)
{
	l->text = t->text;
	lex_init(&l->lexer, &t->options, t->text);
	arena_init(&l->arena, VALUE_MEMORY_MAX);
}

void literals_done(struct literals *l)
{
	arena_done(&l->arena);
}

bool literals_next(struct literals *l, struct policy_value *ret)
{
	struct token t;

	do {
		lex_next(&l->lexer, &t);
		if (t.type == TOKEN_END)
			return false;
	} while (t.type != TOKEN_STRING && t.type != TOKEN_NUMBER);
	arena_reset(&l->arena);
	*ret = (struct policy_value){ .value = t.type == TOKEN_STRING ? lex_name(l->text, &t, '\\', &l->arena) : lex_raw(l->text, &t),
				      .string = t.type == TOKEN_STRING,
				      .relation = -1 };
	return true;
}
