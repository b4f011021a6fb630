// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* The second pass over what was not understood: every name could be a relation. */
#include "sql/reader.h"

enum { LEXICAL_MAX = 1024, LEXICAL_DEPTH = 3 };

/* Words that are no table without quotes. */
static bool is_grammar(const struct token *t)
{
	return t->id && keyword_flags(t->id) & (KF_STOP | KF_OP | KF_STATEMENT | KF_VALUE | KF_CASE | KF_SKIP | KF_NOALIAS);
}

/* a.b.c: the whole name, and its last part alone is not told again. */
static void dotted_name(struct reader *p, struct lexer *lx, struct slice text, struct token *t, enum sql_via via)
{
	struct name n = { .n = 0 };
	enum sql_via back = p->via;
	struct sql_relation *r;

	for (;;) {
		if (n.n < NAME_PARTS)
			n.part[n.n++] = lex_name(text, t, '\\', p->arena);
		lex_next(lx, t);
		if (t->id != '.')
			break;
		lex_next(lx, t);
		if (!is_name(t))
			break;
	}
	p->via = via;
	r = add_relation(p, &n, SQL_READ);
	if (r && r->via == via)
		r->all_columns = true;
	p->via = back;
}

void read_lexical(struct reader *p, struct slice text, enum sql_via via, unsigned depth)
{
	struct lexer lx;
	struct token t;

	if (depth >= LEXICAL_DEPTH)
		return;
	lex_init(&lx, p->options, text);
	lx.bits = p->lx.bits;
	lx.as_comment = p->lx.as_comment;
	lex_next(&lx, &t);
	while (t.type != TOKEN_END) {
		if (p->nrelations >= LEXICAL_MAX)
			return;
		if (t.type == TOKEN_STRING && t.len > 2)
			read_lexical(p, lex_name(text, &t, '\\', p->arena), via, depth + 1);
		if (t.type == TOKEN_COMMAND && t.len > 1)
			read_lexical(p, slice_skip(lex_raw(text, &t), 1), via, depth + 1);
		if (t.type == TOKEN_QUOTED || (t.type == TOKEN_WORD && !is_grammar(&t)))
			dotted_name(p, &lx, text, &t, via);
		else
			lex_next(&lx, &t);
	}
}
